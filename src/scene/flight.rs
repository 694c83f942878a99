//! Requests that are open, each with the leg of its way that it is on.
//!
//! ```text
//!  client ──Up──▶ balancer ──Forward──▶ instance: Queued, Serving
//!         ◀─Down─          ◀──Back────
//!                          ◀─Bounced──  (connection refused)
//! ```

use super::client::NONE;
use crate::event::{InstanceId, RequestId, RequestKind, SessionId, Status};
use crate::units::Nanos;

/// Open requests that hold a row of their own beside an instance; more are only counted.
pub const LANES: usize = 12;

/// A message's way: when it leaves and when it is there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Span {
    /// When it left.
    pub departed: Nanos,
    /// When it reaches the other side.
    pub arrives: Nanos,
}

impl Span {
    /// Which of `cells` cells it is in at `now`: ⌊cells · (now − departed) / (arrives − departed)⌋, and the last one from
    /// its arrival on.
    #[must_use]
    pub fn cell(self, now: Nanos, cells: u16) -> u16 {
        let last = cells.saturating_sub(1);
        if now >= self.arrives {
            return last;
        }
        let way = u128::from(self.arrives.since(self.departed).0);
        let done = u128::from(now.since(self.departed).0) * u128::from(cells);
        // `now < arrives`, so the quotient is below `cells`, and `way` is not 0 unless nothing is left of it.
        u16::try_from(done.checked_div(way).unwrap_or(0)).map_or(last, |cell| cell.min(last))
    }
}

/// Where an open request is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Leg {
    /// At the client: about to leave, or backing off until an instant.
    AtClient {
        /// When the next attempt leaves; zero if at once.
        until: Nanos,
    },
    /// On its way to the balancer.
    Up(Span),
    /// At the balancer, until an instance has started.
    Held,
    /// On its way to the instance.
    Forward(Span),
    /// The instance refused the connection, and the balancer is about to learn of it.
    Bounced(Span),
    /// In the instance's queue.
    Queued,
    /// A worker has it.
    Serving,
    /// It was inside when its instance died.
    Cut,
    /// The reply is on its way to the balancer.
    Back(Span, Status),
    /// The reply is on its way to the client.
    Down(Span, Status),
}

impl Leg {
    /// Whether it is between balancer and instance, or inside the instance.
    #[must_use]
    pub const fn behind_balancer(self) -> bool {
        matches!(self, Self::Forward(_) | Self::Bounced(_) | Self::Queued | Self::Serving | Self::Cut | Self::Back(..))
    }

    /// Whether it is inside the instance.
    #[must_use]
    pub const fn inside(self) -> bool {
        matches!(self, Self::Queued | Self::Serving)
    }
}

/// One attempt of an open request (or an attempt given up that the service still works on).
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Flight {
    /// Which request.
    pub request: RequestId,
    /// Of which visit.
    pub session: SessionId,
    /// The client's row.
    pub row: u32,
    /// Which attempt of the client, from 1.
    pub attempt: u8,
    /// Login, follow-up or re-login.
    pub purpose: RequestKind,
    /// The write it makes; 0 if it only reads.
    pub write: u32,
    /// Where it is.
    pub leg: Leg,
    /// The instance it was routed to; 0 if none yet.
    pub instance: InstanceId,
    /// The last instance that refused it; 0 if none did.
    pub refused: InstanceId,
    /// Items that the token on its way up holds.
    pub items: u32,
    /// How many of those this client had not sent before.
    pub fresh: u32,
    /// Items in the token that comes back; none if none does.
    pub returned: Option<u32>,
    /// Whether its worker waits for the store.
    pub asks_store: bool,
    /// Its row beside the instance; none if those were taken.
    pub lane: Option<u8>,
    /// The client gave this attempt up.
    pub ghost: bool,
}

/// A slab of flights: indices stay valid while a flight is open, freed ones are used again.
#[derive(Clone, Debug, Default)]
pub struct Flights {
    slots: Vec<Option<Flight>>,
    free: Vec<u32>,
}

impl Flights {
    pub(super) fn add(&mut self, flight: Flight) -> u32 {
        if let Some(index) = self.free.pop() {
            self.slots[index as usize] = Some(flight);
            return index;
        }
        self.slots.push(Some(flight));
        (self.slots.len() - 1) as u32
    }

    pub(super) fn remove(&mut self, index: u32) -> Option<Flight> {
        let flight = self.slots.get_mut(index as usize)?.take()?;
        self.free.push(index);
        Some(flight)
    }

    pub(super) fn get(&self, index: u32) -> Option<&Flight> {
        if index == NONE { None } else { self.slots.get(index as usize)?.as_ref() }
    }

    pub(super) fn get_mut(&mut self, index: u32) -> Option<&mut Flight> {
        if index == NONE { None } else { self.slots.get_mut(index as usize)?.as_mut() }
    }

    /// Indices of all flights, for steps that change them.
    pub(super) fn indices(&self) -> Vec<u32> {
        (0..self.slots.len() as u32).filter(|&index| self.slots[index as usize].is_some()).collect()
    }

    /// All flights, in a fixed order.
    pub fn iter(&self) -> impl Iterator<Item = &Flight> {
        self.slots.iter().flatten()
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.slots.len() - self.free.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The law of the picture, by hand: 1.3 s of a way of 2 s over 32 cells is 20.8 cells, so cell 20.
    #[test]
    fn the_cell_is_the_floor_of_the_true_share() {
        let way = Span { departed: Nanos(10_000_000_000), arrives: Nanos(12_000_000_000) };
        assert_eq!(way.cell(Nanos(11_300_000_000), 32), 20);
        assert_eq!(way.cell(Nanos(10_000_000_000), 32), 0);
        assert_eq!(way.cell(Nanos(11_999_999_999), 32), 31);
        assert_eq!(way.cell(Nanos(12_000_000_000), 32), 31);
        assert_eq!(way.cell(Nanos(9_000_000_000), 32), 0, "before it left: not ahead of its start");
    }

    #[test]
    fn degenerate_ways_have_a_cell_too() {
        let nothing = Span { departed: Nanos(5), arrives: Nanos(5) };
        assert_eq!(nothing.cell(Nanos(5), 0), 0);
        assert_eq!(nothing.cell(Nanos(4), 7), 0);
        let endless = Span { departed: Nanos(5), arrives: Nanos::NEVER };
        assert_eq!(endless.cell(Nanos(1_000_000), u16::MAX), 0);
    }
}

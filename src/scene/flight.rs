//! Requests that are open, each with the leg of its way that it is on.
//!
//! ```text
//!  client ──Up──▶ balancer ──Forward──▶ instance: Queued, Serving
//!         ◀─Down─          ◀──Back────
//!                          ◀─Bounced──  (connection refused)
//! ```

use super::client::NONE;
use crate::event::{Ask, InstanceId, RequestId, RequestKind, SessionId, Status};
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

/// What a message weighs, in bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Weight {
    /// All of it.
    pub all: u32,
    /// Token or cookie content among it.
    pub context: u32,
    /// What this client had sent before, among that.
    pub again: u32,
}

impl Weight {
    /// How many times its own bytes a message carries as context, and how many of those had been sent before: whole
    /// numbers, such that the sums over many requests have the true proportions.
    #[must_use]
    pub fn times(self, request: RequestId) -> (u32, u32) {
        // The golden section's multiples are spread evenly: a ratio of 0.6 is 1 for six requests of ten, else 0.
        let threshold = (request.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32) as f64 / 2f64.powi(32);
        let bare = f64::from(self.all.saturating_sub(self.context).max(1));
        let times = |bytes: u32| (f64::from(bytes) / bare + threshold) as u32;
        let all = times(self.context);
        (all, times(self.again).min(all))
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
    /// What its message on the way up weighs.
    pub up: Weight,
    /// What the reply to the client weighs.
    pub down: Weight,
    /// What its worker waits for the store to do; none if it does not wait for it.
    pub asks_store: Option<Ask>,
    /// Its row beside the instance; none if those were taken.
    pub lane: Option<u8>,
    /// The client gave this attempt up.
    pub ghost: bool,
}

impl Flight {
    /// One that has not left yet.
    pub(super) fn new(request: RequestId, session: SessionId, row: u32, purpose: RequestKind, write: u32) -> Self {
        Self {
            request,
            session,
            row,
            attempt: 0,
            purpose,
            write,
            leg: Leg::AtClient { until: Nanos::ZERO },
            instance: 0,
            refused: 0,
            items: 0,
            fresh: 0,
            returned: None,
            up: Weight::default(),
            down: Weight::default(),
            asks_store: None,
            lane: None,
            ghost: false,
        }
    }

    /// Whether somebody sends a copied token or cookie with it.
    #[must_use]
    pub fn stolen(&self) -> bool {
        self.purpose == RequestKind::Replay
    }
}

/// A slab of flights: indices stay valid while a flight is open, freed ones are used again.
#[derive(Clone, Debug, Default)]
pub struct Flights {
    slots: Vec<Option<Flight>>,
    free: Vec<u32>,
}

impl Flights {
    /// How many bytes of memory a clone of it takes elsewhere.
    pub(super) const fn bytes(&self) -> usize {
        size_of_val(self.slots.as_slice()) + size_of_val(self.free.as_slice())
    }

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
    fn fat_messages_have_their_true_proportions_in_the_sum() {
        let weight = Weight { all: 400, context: 150, again: 100 };
        let sums = (1..=1000).map(|request| weight.times(request)).fold((0, 0), |sum, at| (sum.0 + at.0, sum.1 + at.1));
        // 150 bytes of context beside 250 others are 0.6, 100 of them 0.4.
        assert!(sums.0.abs_diff(600) <= 2 && sums.1.abs_diff(400) <= 2, "{sums:?}");
        assert_eq!(Weight { all: 5600, context: 5400, again: 5400 }.times(9), (27, 27));
        assert_eq!(Weight::default().times(9), (0, 0));
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

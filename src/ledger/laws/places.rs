//! Where each request in flight is, found by its number in one step.

use crate::event::RequestId;

/// Where a request is, as far as its client's present attempt goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Place {
    /// With its client, which is about to send it or waits for a connection.
    Client,
    /// With its client, until the next attempt's turn.
    BackingOff,
    /// On the way to the balancer, or held there for an instance that starts.
    Balancer,
    /// On the way to an instance.
    Routed,
    /// In an instance's queue, or in a hung one's backlog.
    Queued,
    /// With a worker: served, or waiting for the store or a peer.
    Worker,
    /// Its reply is on the way to the balancer.
    Back,
    /// Its reply is on the way to the client.
    Returned,
    /// Its client has just given the attempt up.
    GivenUp,
}

/// How many places there are.
pub const PLACES: usize = Place::GivenUp as usize + 1;

impl Place {
    /// This place alone, as a set.
    pub(super) const fn bit(self) -> u16 {
        1 << self as u16
    }
}

/// A request in flight; number 0: a free slot.
#[derive(Clone, Copy, Debug)]
pub(super) struct Open {
    pub request: RequestId,
    pub attempt: u8,
    pub place: Place,
}

const FREE: Open = Open { request: 0, attempt: 0, place: Place::Client };

/// Requests by number, modulo a power of two. Two open ones that share a slot make it grow.
#[derive(Clone, Debug)]
pub(super) struct Ring {
    slots: Vec<Open>,
    counts: [u64; PLACES],
}

impl Ring {
    pub fn new() -> Self {
        Self { slots: vec![FREE; 64], counts: [0; PLACES] }
    }

    pub const fn counts(&self) -> &[u64; PLACES] {
        &self.counts
    }

    #[inline]
    fn slot(&mut self, request: RequestId) -> Option<&mut Open> {
        let index = request as usize & (self.slots.len() - 1);
        self.slots.get_mut(index).filter(|open| open.request == request)
    }

    pub fn find(&self, request: RequestId) -> Option<Open> {
        self.slots.get(request as usize & (self.slots.len() - 1)).copied().filter(|open| open.request == request)
    }

    #[inline]
    fn move_to(&mut self, from: Place, to: Place) {
        self.counts[from as usize] -= 1;
        self.counts[to as usize] += 1;
    }

    #[inline]
    pub fn issue(&mut self, request: RequestId) {
        while self.slots[request as usize & (self.slots.len() - 1)].request != 0 {
            self.grow();
        }
        let index = request as usize & (self.slots.len() - 1);
        self.slots[index] = Open { request, ..FREE };
        self.counts[Place::Client as usize] += 1;
    }

    #[cold]
    fn grow(&mut self) {
        let size = self.slots.len() * 2;
        for open in std::mem::replace(&mut self.slots, vec![FREE; size]) {
            if open.request != 0 {
                self.slots[open.request as usize & (size - 1)] = open;
            }
        }
    }

    /// A new attempt leaves; whether it may.
    #[inline]
    pub fn send(&mut self, request: RequestId, attempt: u8) -> bool {
        let Some(open) = self.slot(request) else { return false };
        let place = std::mem::replace(&mut open.place, Place::Balancer);
        let later = std::mem::replace(&mut open.attempt, attempt) < attempt;
        self.move_to(place, Place::Balancer);
        later && matches!(place, Place::Client | Place::BackingOff)
    }

    /// Moves a request on, and says whether it came from one of the places `from`; `None`: nobody waits for this attempt.
    #[inline]
    pub fn step(&mut self, request: RequestId, attempt: u8, to: Place, from: u16) -> Option<bool> {
        let open = self.slot(request).filter(|open| open.attempt == attempt)?;
        let given_up = open.place == Place::GivenUp || open.place == Place::BackingOff;
        if given_up && to != Place::BackingOff {
            return None;
        }
        let place = std::mem::replace(&mut open.place, to);
        self.move_to(place, to);
        Some(place.bit() & from != 0)
    }

    /// The client gives an attempt up; whether it had been sent. `None`: it does not wait for that one.
    pub fn give_up(&mut self, request: RequestId, attempt: u8) -> Option<bool> {
        let open = self.slot(request)?;
        let sent = open.attempt == attempt;
        // One that waits for a connection has the next number, and never left.
        let unsent = matches!(open.place, Place::Client | Place::BackingOff) && open.attempt.wrapping_add(1) == attempt;
        if sent == unsent || matches!(open.place, Place::GivenUp) {
            return None;
        }
        open.attempt = attempt;
        let place = std::mem::replace(&mut open.place, Place::GivenUp);
        self.move_to(place, Place::GivenUp);
        Some(sent)
    }

    /// Ends a request; whether it was in flight, and at one of the places `from`.
    #[inline]
    pub fn end(&mut self, request: RequestId, from: u16) -> bool {
        let Some(open) = self.slot(request) else { return false };
        let place = std::mem::replace(open, FREE).place;
        self.counts[place as usize] -= 1;
        place.bit() & from != 0
    }
}

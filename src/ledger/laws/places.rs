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
}

/// What a step turned out to be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Step {
    /// From one of the places that lead there.
    Legal,
    /// From somewhere else.
    Illegal,
    /// Of an attempt that nobody waits for.
    Stray,
}

impl Ring {
    pub fn new() -> Self {
        Self { slots: vec![FREE; 64] }
    }

    /// How many requests are at each place, by looking at all of them.
    pub fn counts(&self) -> [u64; PLACES] {
        let mut counts = [0; PLACES];
        for open in self.slots.iter().filter(|open| open.request != 0) {
            counts[open.place as usize] += 1;
        }
        counts
    }

    #[inline]
    fn at(&mut self, request: RequestId) -> &mut Open {
        let index = request as usize & (self.slots.len() - 1);
        &mut self.slots[index]
    }

    #[inline]
    fn slot(&mut self, request: RequestId) -> Option<&mut Open> {
        Some(self.at(request)).filter(|open| open.request == request)
    }

    pub fn find(&self, request: RequestId) -> Option<Open> {
        self.slots.get(request as usize & (self.slots.len() - 1)).copied().filter(|open| open.request == request)
    }

    #[inline]
    pub fn issue(&mut self, request: RequestId) {
        while self.at(request).request != 0 {
            self.grow();
        }
        *self.at(request) = Open { request, ..FREE };
    }

    #[cold]
    fn grow(&mut self) {
        let size = self.slots.len() * 2;
        for open in std::mem::replace(&mut self.slots, vec![FREE; size]) {
            if open.request != 0 {
                *self.at(open.request) = open;
            }
        }
    }

    /// A new attempt leaves; whether it may.
    #[inline]
    pub fn send(&mut self, request: RequestId, attempt: u8) -> bool {
        let Some(open) = self.slot(request) else { return false };
        let place = std::mem::replace(&mut open.place, Place::Balancer);
        let later = std::mem::replace(&mut open.attempt, attempt) < attempt;
        later && matches!(place, Place::Client | Place::BackingOff)
    }

    /// Moves a request on.
    #[inline]
    pub fn step(&mut self, request: RequestId, attempt: u8, to: Place, from: u16) -> Step {
        let open = self.at(request);
        if open.request != request || open.attempt != attempt {
            return Step::Stray;
        }
        if open.place.bit() & from != 0 {
            open.place = to;
            return Step::Legal;
        }
        if matches!(open.place, Place::GivenUp | Place::BackingOff) { Step::Stray } else { Step::Illegal }
    }

    /// The client gives an attempt up; whether it had been sent. `None`: it does not wait for that one.
    pub fn give_up(&mut self, request: RequestId, attempt: u8) -> Option<bool> {
        let open = self.slot(request)?;
        let sent = open.attempt == attempt;
        // One that waits for a connection has the next number, and never left.
        let at_client = matches!(open.place, Place::Client | Place::BackingOff);
        let unsent = at_client && open.attempt.wrapping_add(1) == attempt;
        if sent == unsent || at_client == sent || open.place == Place::GivenUp {
            return None;
        }
        open.attempt = attempt;
        open.place = Place::GivenUp;
        Some(sent)
    }

    /// Ends a request; whether it was in flight, and at one of the places `from`.
    #[inline]
    pub fn end(&mut self, request: RequestId, from: u16) -> bool {
        let Some(open) = self.slot(request) else { return false };
        let place = std::mem::replace(open, FREE).place;
        place.bit() & from != 0
    }
}

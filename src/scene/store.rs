//! What there is to see of the session store, and the messages between the service's own processes.

use super::flight::Span;
use super::instance::{Copies, Scar};
use crate::event::{Ask, Health, InstanceId, Seq, SessionId};
use crate::units::Nanos;
use std::collections::VecDeque;

/// Messages between processes that are kept for drawing; beyond it the oldest are not drawn.
const HOPS: usize = 4096;

/// The session store, its replica and its disk.
#[derive(Clone, Debug)]
pub struct Store {
    /// The truth.
    pub health: Health,
    /// Since when.
    pub since: Nanos,
    /// When a start or a takeover is over; else zero.
    pub until: Nanos,
    /// It takes this many times as long.
    pub slowness: f64,
    /// Whether its end was a kill.
    pub killed: bool,
    /// Operations that were asked and not answered yet, those on the wire included.
    pub pending: u32,
    /// State in its memory.
    pub copies: Copies,
    /// Copies in its replica; none without a replica.
    pub replica: Option<Copies>,
    /// How many states are on its disk.
    pub on_disk: u32,
    /// What went with its memory last, and not yet forgotten.
    pub scar: Option<Scar>,
    /// The command that killed it last, as a sequence number.
    pub(super) kill: Seq,
}

impl Store {
    pub(super) fn new(replica: bool) -> Self {
        Self {
            health: Health::Up,
            since: Nanos::ZERO,
            until: Nanos::ZERO,
            slowness: 1.0,
            killed: false,
            pending: 0,
            copies: Copies::default(),
            replica: replica.then(Copies::default),
            on_disk: 0,
            scar: None,
            kill: 0,
        }
    }
}

/// What a message between processes carries.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Cargo {
    /// A question on behalf of a request.
    Asked(Ask),
    /// Its answer.
    Answered(Ask),
    /// A write, or a whole state, for a copy.
    Copy,
}

/// A message between two of the service's own processes; 0 is the store (or, from the store, its replica).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Hop {
    /// Whose state it is about.
    pub session: SessionId,
    /// Who sent it.
    pub from: InstanceId,
    /// To whom.
    pub to: InstanceId,
    /// What it carries.
    pub cargo: Cargo,
    /// Its way.
    pub way: Span,
}

/// The messages between processes that are on the wire.
#[derive(Clone, Debug, Default)]
pub struct Hops(VecDeque<Hop>);

impl Hops {
    pub(super) fn add(&mut self, hop: Hop) {
        let now = hop.way.departed;
        while self.0.front().is_some_and(|first| first.way.arrives <= now) {
            self.0.pop_front();
        }
        if self.0.len() >= HOPS {
            self.0.retain(|other| other.way.arrives > now);
        }
        if self.0.len() >= HOPS {
            self.0.pop_front();
        }
        self.0.push_back(hop);
    }

    /// Those on the wire at `now`, in the order they left.
    pub fn at(&self, now: Nanos) -> impl Iterator<Item = &Hop> {
        self.0.iter().filter(move |hop| hop.way.departed <= now && now < hop.way.arrives)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hops_are_forgotten_when_they_have_arrived() {
        let hop = |departed, arrives| Hop {
            session: 1,
            from: 1,
            to: 2,
            cargo: Cargo::Copy,
            way: Span { departed: Nanos(departed), arrives: Nanos(arrives) },
        };
        let mut hops = Hops::default();
        hops.add(hop(0, 10));
        hops.add(hop(5, 20));
        assert_eq!(hops.at(Nanos(7)).count(), 2);
        assert_eq!(hops.at(Nanos(10)).count(), 1, "at its arrival it is no longer on the wire");
        hops.add(hop(12, 30));
        assert_eq!(hops.0.len(), 2);
        for at in 0..3 * HOPS as u64 {
            hops.add(hop(40 + at, 1_000_000));
        }
        assert_eq!(hops.0.len(), HOPS);
    }
}

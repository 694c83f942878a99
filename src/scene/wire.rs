//! Messages that nobody's open request stands for: between the service's own processes, and pushed to clients.

use super::flight::Span;
use crate::event::{InstanceId, SessionId};
use crate::units::Nanos;
use std::collections::VecDeque;

/// So many are kept for drawing; beyond it the oldest are not drawn.
const MOST: usize = 4096;

/// Something with a way to go.
pub trait Timed {
    /// Its way.
    fn way(&self) -> Span;
}

/// A message that an instance sends over a client's connection, unasked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Push {
    /// Whose connection.
    pub session: SessionId,
    /// The row of the client.
    pub row: u32,
    /// Who sends it.
    pub from: InstanceId,
    /// Its way, from the instance to the client.
    pub way: Span,
}

impl Timed for Push {
    fn way(&self) -> Span {
        self.way
    }
}

/// Those that are on the wire.
#[derive(Clone, Debug)]
pub struct OnWire<T>(VecDeque<T>);

impl<T> Default for OnWire<T> {
    fn default() -> Self {
        Self(VecDeque::new())
    }
}

impl<T: Timed> OnWire<T> {
    pub(super) fn add(&mut self, message: T) {
        let now = message.way().departed;
        while self.0.front().is_some_and(|first| first.way().arrives <= now) {
            self.0.pop_front();
        }
        if self.0.len() >= MOST {
            self.0.retain(|other| other.way().arrives > now);
        }
        if self.0.len() >= MOST {
            self.0.pop_front();
        }
        self.0.push_back(message);
    }

    /// Those on the wire at `now`, in the order they left.
    pub fn at(&self, now: Nanos) -> impl Iterator<Item = &T> {
        self.0.iter().filter(move |message| message.way().departed <= now && now < message.way().arrives)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scene::{Cargo, Hop};

    #[test]
    fn hops_are_forgotten_when_they_have_arrived() {
        let hop = |departed, arrives| Hop {
            session: 1,
            from: 1,
            to: 2,
            cargo: Cargo::Copy,
            way: Span { departed: Nanos(departed), arrives: Nanos(arrives) },
        };
        let mut wire = OnWire::default();
        wire.add(hop(0, 10));
        wire.add(hop(5, 20));
        assert_eq!(wire.at(Nanos(7)).count(), 2);
        assert_eq!(wire.at(Nanos(10)).count(), 1, "at its arrival it is no longer on the wire");
        wire.add(hop(12, 30));
        assert_eq!(wire.0.len(), 2);
        for at in 0..3 * MOST as u64 {
            wire.add(hop(40 + at, 1_000_000));
        }
        assert_eq!(wire.0.len(), MOST);
    }
}

//! The newest events of an arm, for whoever wants to read what happened.
//!
//! ```text
//!   ──▶ the newest, whole ──▶ of the older ones: commands, and what became of processes and beliefs
//! ```

use crate::event::{Event, Seq, Sink, What};
use std::collections::VecDeque;

/// How many events are kept: a few minutes of a service small enough to be read.
const CAPACITY: usize = 8192;
/// How many of the older ones are kept beyond that: those that chains of causes lead to.
const RARE: usize = 1024;

/// A bounded record of the newest events.
#[derive(Clone, Default, Debug)]
pub struct Journal {
    events: VecDeque<Event>,
    rare: VecDeque<Event>,
}

impl Journal {
    /// The newest events, without a gap, oldest first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Event> + ExactSizeIterator {
        self.events.iter()
    }

    /// The event with this number, if it is kept.
    #[must_use]
    pub fn get(&self, seq: Seq) -> Option<&Event> {
        let first = self.events.front()?.seq;
        match seq.checked_sub(first) {
            Some(place) => self.events.get(usize::try_from(place).ok()?),
            None => self.rare.get(self.rare.binary_search_by_key(&seq, |event| event.seq).ok()?),
        }
    }

    /// Of the events before the newest: those that are kept longer, oldest first.
    pub fn rare(&self) -> impl DoubleEndedIterator<Item = &Event> + ExactSizeIterator {
        self.rare.iter()
    }
}

/// Whether chains of causes lead to events of this kind long after they happened, and there are few of them.
const fn lasting(what: &What) -> bool {
    matches!(
        what,
        What::RunStarted { .. }
            | What::Commanded { .. }
            | What::Rejected { .. }
            | What::Instance { .. }
            | What::Slowed { .. }
            | What::Partitioned { .. }
            | What::Store { .. }
            | What::Believed { .. }
            | What::RateChanged { .. }
    )
}

impl Sink for Journal {
    fn take(&mut self, event: &Event) {
        if self.events.len() == CAPACITY
            && let Some(oldest) = self.events.pop_front()
            && lasting(&oldest.what)
        {
            if self.rare.len() == RARE {
                self.rare.pop_front();
            }
            self.rare.push_back(oldest);
        }
        self.events.push_back(*event);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Health;
    use crate::units::Nanos;

    fn event(seq: Seq, what: What) -> Event {
        Event { at: Nanos(seq), seq, cause: 0, root: 0, what }
    }

    #[test]
    fn what_chains_lead_to_outlives_the_rest_and_both_are_bounded() {
        let mut journal = Journal::default();
        let down = What::Instance { instance: 2, health: Health::Down, incarnation: 1, until: Nanos::ZERO, workers: 2 };
        journal.take(&event(1, What::Commanded { command: "kill 2".parse().unwrap() }));
        journal.take(&event(2, down));
        for seq in 3..=20_000 {
            journal.take(&event(seq, What::Late { request: seq, session: 1, attempt: 1 }));
        }
        assert_eq!(journal.iter().len(), CAPACITY);
        assert_eq!(journal.get(2), Some(&event(2, down)));
        assert_eq!(journal.get(3), None, "an ordinary event goes");
        assert_eq!(journal.get(20_000).map(|event| event.seq), Some(20_000));
        assert_eq!(journal.get(20_001), None);
        for seq in 20_001..=40_000 {
            journal.take(&event(seq, down));
        }
        assert_eq!((journal.iter().len(), journal.rare().len()), (CAPACITY, RARE));
        assert_eq!(journal.get(2), None);
    }
}

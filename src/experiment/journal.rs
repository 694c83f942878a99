//! The newest events of an arm, for whoever wants to read what happened.

use crate::event::{Event, Seq, Sink};
use std::collections::VecDeque;

/// How many events are kept: a few minutes of a service small enough to be read.
const CAPACITY: usize = 8192;

/// A bounded record of the newest events.
#[derive(Clone, Default, Debug)]
pub struct Journal {
    events: VecDeque<Event>,
}

impl Journal {
    /// The events kept, oldest first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Event> + ExactSizeIterator {
        self.events.iter()
    }

    /// The event with this number, if it is kept.
    #[must_use]
    pub fn get(&self, seq: Seq) -> Option<&Event> {
        let first = self.events.front()?.seq;
        self.events.get(usize::try_from(seq.checked_sub(first)?).ok()?)
    }
}

impl Sink for Journal {
    fn take(&mut self, event: &Event) {
        if self.events.len() == CAPACITY {
            self.events.pop_front();
        }
        self.events.push_back(*event);
    }
}

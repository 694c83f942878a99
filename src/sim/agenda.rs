//! What is still to happen, in order of time; among equal times, in order of scheduling.
//!
//! ```text
//!   soon (services, hops) ─▶ a 4-ary heap, small        far (thinking, arrivals) ─▶ a radix heap, large
//!   always the same span (time-outs, expiry) ─▶ a plain queue each        the next is the least of the four
//! ```
//!
//! Three decisions make it fast. Keys are (time, sequence), compared as one integer, so ties need no thought. The
//! many far timers stay out of the heap through which everything else passes. And spans that are always the same
//! need no heap at all: scheduled in order, they come due in order.

use super::radix::Radix;
use crate::units::Nanos;
use std::collections::VecDeque;

/// Four children a node: half the depth of a binary heap, and siblings share cache lines.
const CHILDREN: usize = 4;

/// Queues for things that come due in the order in which they are scheduled.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Lane {
    /// Client time-outs.
    Timeout,
    /// Expiry of idle sessions.
    Expiry,
}

const LANES: usize = 2;

/// Where the next item is.
#[derive(Clone, Copy)]
enum Source {
    Heap,
    Far,
    Lane(usize),
}

/// Something, and when it is due.
#[derive(Clone, Copy, Debug)]
pub struct Entry<T> {
    at: u64,
    sequence: u64,
    pub item: T,
}

impl<T> Entry<T> {
    /// Time first, then sequence, in one comparison. Kept as two words: a `u128` would align the entry to 16 bytes.
    pub const fn key(&self) -> u128 {
        (self.at as u128) << 64 | self.sequence as u128
    }
}

/// A priority queue over (time, sequence).
#[derive(Clone, Debug)]
pub struct Agenda<T> {
    heap: Vec<Entry<T>>,
    far: Radix<T>,
    lanes: [VecDeque<Entry<T>>; LANES],
    scheduled: u64,
}

impl<T: Copy> Agenda<T> {
    /// An empty agenda.
    pub fn new() -> Self {
        Self { heap: Vec::new(), far: Radix::new(), lanes: [VecDeque::new(), VecDeque::new()], scheduled: 0 }
    }

    const fn entry(&mut self, at: Nanos, item: T) -> Entry<T> {
        self.scheduled += 1;
        Entry { at: at.0, sequence: self.scheduled, item }
    }

    /// Schedules `item` for `at`.
    pub fn push(&mut self, at: Nanos, item: T) {
        let entry = self.entry(at, item);
        self.push_entry(entry);
    }

    fn push_entry(&mut self, entry: Entry<T>) {
        self.heap.push(entry);
        self.sift_up(self.heap.len() - 1);
    }

    /// Schedules `item` for `at`: best for many that are far away.
    pub fn push_far(&mut self, at: Nanos, item: T) {
        let entry = self.entry(at, item);
        if let Some(near) = self.far.push(entry) {
            self.push_entry(near);
        }
    }

    /// Schedules `item` for `at`, cheaper if nothing in its lane is later.
    pub fn push_lane(&mut self, lane: Lane, at: Nanos, item: T) {
        let entry = self.entry(at, item);
        let queue = &mut self.lanes[lane as usize];
        if queue.back().is_none_or(|last| last.key() < entry.key()) {
            queue.push_back(entry);
        } else {
            self.push_entry(entry);
        }
    }

    /// The next item due at or before `until`, and when it is due.
    pub fn pop_until(&mut self, until: Nanos) -> Option<(Nanos, T)> {
        let mut best = self.heap.first().map_or(u128::MAX, Entry::key);
        let mut source = Source::Heap;
        if let Some(key) = self.far.front()
            && key < best
        {
            (best, source) = (key, Source::Far);
        }
        for (lane, queue) in self.lanes.iter().enumerate() {
            if let Some(entry) = queue.front()
                && entry.key() < best
            {
                (best, source) = (entry.key(), Source::Lane(lane));
            }
        }
        let at = Nanos((best >> 64) as u64);
        if best == u128::MAX || at > until {
            return None;
        }
        let item = match source {
            Source::Heap => self.pop_heap(),
            Source::Far => self.far.pop()?,
            Source::Lane(lane) => self.lanes[lane].pop_front()?.item,
        };
        Some((at, item))
    }

    fn pop_heap(&mut self) -> T {
        let item = self.heap[0].item;
        let last = self.heap.pop().expect("the caller saw an entry");
        if !self.heap.is_empty() {
            self.sift_down(last);
        }
        item
    }

    fn sift_up(&mut self, mut at: usize) {
        let entry = self.heap[at];
        while at > 0 {
            let parent = (at - 1) / CHILDREN;
            if self.heap[parent].key() <= entry.key() {
                break;
            }
            self.heap[at] = self.heap[parent];
            at = parent;
        }
        self.heap[at] = entry;
    }

    fn sift_down(&mut self, entry: Entry<T>) {
        let mut at = 0;
        loop {
            let first = at * CHILDREN + 1;
            if first >= self.heap.len() {
                break;
            }
            let children = &self.heap[first..self.heap.len().min(first + CHILDREN)];
            let mut least = 0;
            for (index, child) in children.iter().enumerate().skip(1) {
                if child.key() < children[least].key() {
                    least = index;
                }
            }
            if children[least].key() >= entry.key() {
                break;
            }
            self.heap[at] = children[least];
            at = first + least;
        }
        self.heap[at] = entry;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comes_out_by_time_then_by_order_of_scheduling() {
        let mut agenda = Agenda::new();
        let mut expected = Vec::new();
        let mut state = 1u64;
        for item in 0..5_000u64 {
            state = super::super::draw::mix(state.wrapping_add(item));
            let at = Nanos(state % 97);
            match item % 4 {
                0 => agenda.push(at, item),
                3 => agenda.push_far(at, item),
                1 => agenda.push_lane(Lane::Timeout, at, item),
                _ => agenda.push_lane(Lane::Expiry, at, item),
            }
            expected.push((at, item));
        }
        expected.sort();
        let mut got = Vec::new();
        while let Some(next) = agenda.pop_until(Nanos::NEVER) {
            got.push(next);
        }
        assert_eq!(got, expected);
    }

    #[test]
    fn what_is_scheduled_on_the_way_comes_in_its_turn() {
        let mut agenda = Agenda::new();
        let mut state = 7u64;
        for item in 0..300u64 {
            agenda.push_far(Nanos(item * 37 % 1000), item);
        }
        let (mut before, mut got) = ((Nanos::ZERO, 0), 0);
        while let Some((at, item)) = agenda.pop_until(Nanos::NEVER) {
            assert!((at, item) > before || got == 0, "{at:?} after {before:?}");
            before = (at, item);
            got += 1;
            if got < 20_000 {
                state = super::super::draw::mix(state);
                // Spans of very different sizes, now and then none at all.
                let span = state % (1 << (state >> 32 & 31));
                agenda.push_far(Nanos(at.0 + span), 300 + got);
            }
        }
        assert_eq!(got, 20_000 + 299);
    }

    #[test]
    fn nothing_after_the_limit_comes_out() {
        let mut agenda = Agenda::new();
        agenda.push(Nanos(5), 'a');
        assert_eq!(agenda.pop_until(Nanos(4)), None);
        assert_eq!(agenda.pop_until(Nanos(5)), Some((Nanos(5), 'a')));
    }
}

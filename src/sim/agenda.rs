//! What is still to happen, in order of time; among equal times, in order of scheduling.
//!
//! ```text
//!   what comes next ─▶ a short sorted list ◀─ a few at a time ─ all that is further away: buckets        far.rs
//!   always the same span (time-outs, expiry) ─▶ a plain queue each                 the next is the least of the three
//! ```
//!
//! Three decisions make it fast. Keys are (time, sequence), compared as one integer, so ties need no thought. Only what
//! comes next is in order, however many timers are pending; so few entries are sorted faster than any heap. And spans
//! that are always the same need no order at all: scheduled in order, they come due in order.

use super::far::Far;
use crate::units::Nanos;
use std::collections::VecDeque;

/// Queues for things that come due in the order in which they are scheduled.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Lane {
    /// Client time-outs.
    Timeout,
    /// Expiry of idle sessions.
    Expiry,
}

const LANES: usize = 2;

/// A list with more entries than this gives half of them back.
const MANY: usize = 128;

/// Something, and when it is due.
#[derive(Clone, Copy, Debug)]
pub struct Entry<T> {
    pub at: u64,
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
    /// Whatever is due before everything that is far; the next at the end.
    near: Vec<Entry<T>>,
    far: Far<T>,
    lanes: [VecDeque<Entry<T>>; LANES],
    /// The least key at the front of a lane, and which lane that is.
    front: (u128, usize),
    scheduled: u64,
}

impl<T: Copy> Agenda<T> {
    /// An empty agenda.
    pub fn new() -> Self {
        Self {
            near: Vec::new(),
            far: Far::new(),
            lanes: [VecDeque::new(), VecDeque::new()],
            front: (u128::MAX, 0),
            scheduled: 0,
        }
    }

    const fn entry(&mut self, at: Nanos, item: T) -> Entry<T> {
        self.scheduled += 1;
        Entry { at: at.0, sequence: self.scheduled, item }
    }

    /// Schedules `item` for `at`.
    #[inline]
    pub fn push(&mut self, at: Nanos, item: T) {
        let entry = self.entry(at, item);
        self.push_entry(entry);
    }

    #[inline]
    fn push_entry(&mut self, entry: Entry<T>) {
        if let Some(entry) = self.far.push(entry) {
            let key = entry.key();
            let place = self.near.partition_point(|other| other.key() > key);
            self.near.insert(place, entry);
            if self.near.len() > MANY {
                self.thin_out();
            }
        }
    }

    /// Gives the later half of the list back to what is far.
    #[cold]
    fn thin_out(&mut self) {
        let begin = self.near[MANY / 2].at;
        self.far.take_back(begin, self.near.drain(..=MANY / 2));
    }

    /// Schedules `item` for `at`, cheaper if nothing in its lane is later.
    #[inline]
    pub fn push_lane(&mut self, lane: Lane, at: Nanos, item: T) {
        let entry = self.entry(at, item);
        let queue = &mut self.lanes[lane as usize];
        match queue.back() {
            Some(last) if last.key() > entry.key() => self.push_entry(entry),
            Some(_) => queue.push_back(entry),
            None => {
                queue.push_back(entry);
                self.front = self.front.min((entry.key(), lane as usize));
            }
        }
    }

    /// The next item due at or before `until`, and when it is due; `ahead` hears of those that come soon, a few at a time.
    #[inline(always)]
    pub fn pop_until(&mut self, until: Nanos, ahead: impl FnMut(&T)) -> Option<(Nanos, T)> {
        if self.near.is_empty() && self.far.may_be_due(until.0) {
            self.fetch(until);
            self.near.iter().map(|entry| &entry.item).for_each(ahead);
        }
        match self.near.last() {
            Some(entry) if entry.key() < self.front.0 => {
                if entry.at > until.0 {
                    return None;
                }
                self.near.pop().map(|entry| (Nanos(entry.at), entry.item))
            }
            _ => self.pop_lane(until),
        }
    }

    /// When the next item is due.
    pub fn next_at(&mut self) -> Option<Nanos> {
        if self.near.is_empty() && self.far.may_be_due(u64::MAX) {
            self.fetch(Nanos::NEVER);
        }
        let near = self.near.last().map_or(u128::MAX, Entry::key);
        let best = near.min(self.front.0);
        (best != u128::MAX).then_some(Nanos((best >> 64) as u64))
    }

    /// Fetches what comes next.
    #[inline(never)]
    fn fetch(&mut self, until: Nanos) {
        self.far.release(until.0, &mut self.near);
        // They come nearly in ascending order: turned round, there is little left to sort.
        self.near.reverse();
        self.near.sort_unstable_by_key(|entry| std::cmp::Reverse(entry.key()));
    }

    /// How many bytes of memory a clone of it takes elsewhere.
    pub fn bytes(&self) -> usize {
        let entries = self.near.len() + self.lanes.iter().map(VecDeque::len).sum::<usize>();
        entries * size_of::<Entry<T>>() + self.far.bytes()
    }

    /// The next item of the lane whose turn it is, if it is due.
    fn pop_lane(&mut self, until: Nanos) -> Option<(Nanos, T)> {
        let queue = &mut self.lanes[self.front.1];
        if queue.front().is_none_or(|entry| entry.at > until.0) {
            return None;
        }
        let entry = queue.pop_front()?;
        let fronts = self.lanes.iter().map(|queue| queue.front().map_or(u128::MAX, Entry::key));
        self.front = fronts.zip(0..).min().unwrap_or((u128::MAX, 0));
        Some((Nanos(entry.at), entry.item))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pop<T: Copy>(agenda: &mut Agenda<T>, until: Nanos) -> Option<(Nanos, T)> {
        agenda.pop_until(until, |_| {})
    }

    #[test]
    fn comes_out_by_time_then_by_order_of_scheduling() {
        let mut agenda = Agenda::new();
        let mut expected = Vec::new();
        let mut state = 1u64;
        for item in 0..5_000u64 {
            state = super::super::draw::mix(state.wrapping_add(item));
            let at = Nanos(state % 97);
            match item % 4 {
                0 | 3 => agenda.push(at, item),
                1 => agenda.push_lane(Lane::Timeout, at, item),
                _ => agenda.push_lane(Lane::Expiry, at, item),
            }
            expected.push((at, item));
        }
        expected.sort();
        let mut got = Vec::new();
        while let Some(at) = agenda.next_at() {
            let next = pop(&mut agenda, at).unwrap();
            assert_eq!(next.0, at);
            got.push(next);
        }
        assert_eq!(got, expected);
        assert_eq!(pop(&mut agenda, Nanos::NEVER), None);
    }

    #[test]
    fn what_is_scheduled_on_the_way_comes_in_its_turn() {
        let mut agenda = Agenda::new();
        let mut state = 7u64;
        for item in 0..300u64 {
            agenda.push(Nanos(item * 37 % 1000), item);
        }
        let (mut before, mut got) = ((Nanos::ZERO, 0), 0);
        while let Some((at, item)) = pop(&mut agenda, Nanos::NEVER) {
            assert!((at, item) > before || got == 0, "{at:?} after {before:?}");
            before = (at, item);
            got += 1;
            if got < 20_000 {
                state = super::super::draw::mix(state);
                // Spans of very different sizes, now and then none at all.
                let span = state % (1 << (state >> 32 & 31));
                agenda.push(Nanos(at.0 + span), 300 + got);
            }
        }
        assert_eq!(got, 20_000 + 299);
    }

    #[test]
    fn crowds_that_come_before_what_has_left_come_in_their_turn() {
        let mut agenda = Agenda::new();
        agenda.push(Nanos(1 << 40), 0);
        agenda.push(Nanos(1 << 41), 1);
        // Looks so far ahead that the first one leaves: what is scheduled next belongs before it.
        assert_eq!(pop(&mut agenda, Nanos(1 << 40)), Some((Nanos(1 << 40), 0)));
        agenda.push(Nanos((1 << 41) - 1), 2);
        assert_eq!(pop(&mut agenda, Nanos(1 << 41)), Some((Nanos((1 << 41) - 1), 2)));
        let mut expected = vec![(Nanos(1 << 41), 1)];
        for item in 3..2_000u64 {
            let at = Nanos((1 << 40) + super::super::draw::mix(item) % (1 << 42));
            agenda.push(at, item);
            expected.push((at, item));
        }
        expected.sort();
        let got: Vec<_> = std::iter::from_fn(|| pop(&mut agenda, Nanos::NEVER)).collect();
        assert_eq!(got, expected);
    }

    #[test]
    fn what_comes_before_a_crowd_that_was_looked_at_comes_before_it() {
        let mut agenda = Agenda::new();
        for item in 0..100 {
            agenda.push(Nanos((5 << 16) + (1 << 12) + (item << 8)), item);
        }
        agenda.push_lane(Lane::Timeout, Nanos(10), 100);
        // The crowd is due within the limit, and spreads; but first comes the lane, and what that schedules.
        assert_eq!(pop(&mut agenda, Nanos(5 << 16)), Some((Nanos(10), 100)));
        agenda.push(Nanos(70_000), 101);
        assert_eq!(pop(&mut agenda, Nanos::NEVER), Some((Nanos(70_000), 101)));
        assert_eq!(pop(&mut agenda, Nanos::NEVER), Some((Nanos((5 << 16) + (1 << 12)), 0)));
    }

    #[test]
    fn its_bytes_are_those_of_what_waits_anywhere() {
        let mut agenda = Agenda::new();
        assert_eq!(agenda.bytes(), 0);
        agenda.push_lane(Lane::Timeout, Nanos(3), 'a');
        agenda.push_lane(Lane::Expiry, Nanos(4), 'b');
        assert_eq!(agenda.bytes(), 2 * size_of::<Entry<char>>());
        // One is far; two leave together, and one of them stays near.
        for at in [1, 1, 1 << 40] {
            agenda.push(Nanos(at), 'c');
        }
        assert_eq!(pop(&mut agenda, Nanos(1)), Some((Nanos(1), 'c')));
        assert_eq!(agenda.bytes(), 3 * size_of::<Entry<char>>() + agenda.far.bytes());
        assert!(agenda.far.bytes() >= 16 * size_of::<Entry<char>>() + 4);
    }

    #[test]
    fn nothing_after_the_limit_comes_out() {
        let mut agenda = Agenda::new();
        agenda.push(Nanos(5), 'a');
        assert_eq!(pop(&mut agenda, Nanos(4)), None);
        assert_eq!(pop(&mut agenda, Nanos(5)), Some((Nanos(5), 'a')));
    }
}

//! Timers that are far away: a radix heap (Ahuja, Mehlhorn, Orlin, Tarjan 1990) over instants.
//!
//! ```text
//!   level 2  ░░▓░░░░▓░░    a timer waits in the bucket of the highest digit in which its instant differs from `base`;
//!   level 1  ░▓▓░░▓░░▓░    when that bucket's turn comes, its timers leave if they are few, or spread over the levels below
//!   level 0  ░░░░░░░░░░
//! ```
//!
//! So a timer costs the same with ten pending or ten million. Buckets are written and read in sequence, which caches
//! like, and hand the memory of those that are empty on to those that fill up.

use super::agenda::Entry;

const DIGIT_BITS: usize = 4;
const DIGITS: usize = 1 << DIGIT_BITS;
const LEVELS: usize = 64 / DIGIT_BITS;
/// The timers of a bucket leave together if they are no more than this; else they spread first.
const FEW: usize = 24;
/// Bucket after bucket leaves until there are so many: fewer would be fetched too often, more would take too long to sort.
const ENOUGH: usize = 16;

/// Timers whose instants all lie at or after `begin`.
#[derive(Clone, Debug)]
pub struct Far<T> {
    /// The instant from which digits differ; none that is filed lies before it.
    base: u64,
    /// Timers before this instant belong elsewhere: others like them have left already.
    begin: u64,
    /// By level and digit.
    buckets: Vec<Vec<Entry<T>>>,
    /// A bit for each bucket that holds something, and one for each level.
    taken: [u16; LEVELS],
    levels: u16,
    /// The memory of buckets that were emptied.
    spare: Vec<Vec<Entry<T>>>,
}

impl<T: Copy> Far<T> {
    pub fn new() -> Self {
        let buckets = vec![Vec::new(); LEVELS * DIGITS];
        Self { base: 0, begin: 0, buckets, taken: [0; LEVELS], levels: 0, spare: Vec::new() }
    }

    /// Whether some pending timer may be due at or before `limit`.
    #[inline]
    pub const fn may_be_due(&self, limit: u64) -> bool {
        self.levels != 0 && self.begin <= limit
    }

    /// Takes a timer in, unless it is due so early that it has to come before others which have left: then it comes back.
    #[inline]
    pub fn push(&mut self, entry: Entry<T>) -> Option<Entry<T>> {
        if entry.at < self.begin {
            return Some(entry);
        }
        self.file(entry);
        None
    }

    #[inline]
    fn file(&mut self, entry: Entry<T>) {
        let level = (63 - ((entry.at ^ self.base) | 1).leading_zeros() as usize) / DIGIT_BITS;
        let digit = (entry.at >> (level * DIGIT_BITS)) as usize % DIGITS;
        let bucket = &mut self.buckets[level * DIGITS + digit];
        if bucket.capacity() == 0
            && let Some(spare) = self.spare.pop()
        {
            *bucket = spare;
        }
        bucket.push(entry);
        self.taken[level] |= 1 << digit;
        self.levels |= 1 << level;
    }

    /// Moves the earliest timers to `left`, in any order, unless none is due at or before `limit`.
    pub fn release(&mut self, limit: u64, left: &mut Vec<Entry<T>>) {
        while self.levels != 0 && left.len() < ENOUGH {
            // The lowest bucket: everything else differs from `base` in a higher digit, or by more.
            let level = self.levels.trailing_zeros() as usize;
            let digit = self.taken[level].trailing_zeros() as usize;
            let shift = level * DIGIT_BITS;
            let above = self.base.checked_shr((shift + DIGIT_BITS) as u32).unwrap_or(0);
            let start = (above << DIGIT_BITS | digit as u64) << shift;
            let few = self.buckets[level * DIGITS + digit].len() <= FEW || level == 0;
            if start > limit || !left.is_empty() && !few {
                return;
            }
            self.base = start;
            self.begin = self.begin.max(start);
            let mut bucket = self.empty(level, digit);
            if few {
                let last = bucket.iter().map(|entry| entry.at).max().unwrap_or(start);
                self.begin = self.begin.max(last.saturating_add(1));
                left.append(&mut bucket);
            } else {
                for entry in bucket.drain(..) {
                    self.file(entry);
                }
            }
            self.spare.push(bucket);
        }
    }

    fn empty(&mut self, level: usize, digit: usize) -> Vec<Entry<T>> {
        self.taken[level] &= !(1 << digit);
        if self.taken[level] == 0 {
            self.levels &= !(1 << level);
        }
        std::mem::take(&mut self.buckets[level * DIGITS + digit])
    }

    /// Takes timers back that had left: from now on those at or after `begin` belong here again.
    pub fn take_back(&mut self, begin: u64, entries: impl Iterator<Item = Entry<T>>) {
        self.begin = begin;
        if begin < self.base {
            self.file_anew(begin);
        }
        entries.for_each(|entry| self.file(entry));
    }

    /// Files everything by how it differs from an earlier base.
    fn file_anew(&mut self, base: u64) {
        let all: Vec<Entry<T>> = self.buckets.iter_mut().flat_map(std::mem::take).collect();
        self.taken = [0; LEVELS];
        self.levels = 0;
        self.base = base;
        all.into_iter().for_each(|entry| self.file(entry));
    }
}

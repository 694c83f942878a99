//! A radix heap (Ahuja, Mehlhorn, Orlin, Tarjan 1990): for the many timers that are far away, such as users who think.
//!
//! An entry waits in the bucket of the highest digit (of three bits) in which its key differs from the last key that
//! left, and moves to a lower level when that digit comes up. So a push costs the same with ten pending entries or
//! ten million, and no entry moves more often than its key has digits that differ.

use super::agenda::Entry;

const DIGIT_BITS: usize = 3;
const DIGITS: usize = 1 << DIGIT_BITS;
const LEVELS: usize = 128_usize.div_ceil(DIGIT_BITS);

/// A queue for keys that are never below the last one that left.
#[derive(Clone, Debug)]
pub struct Radix<T> {
    /// No pending key is below this one.
    last: u128,
    /// The next to leave, once somebody asked for it.
    head: Option<Entry<T>>,
    /// By level and digit.
    buckets: Vec<Vec<Entry<T>>>,
    /// A bit for each digit of each level whose bucket holds something.
    digits: [u8; LEVELS],
    /// A bit for each level that holds something.
    levels: u64,
}

impl<T: Copy> Radix<T> {
    pub fn new() -> Self {
        let buckets = (0..LEVELS * DIGITS).map(|_| Vec::new()).collect();
        Self { last: 0, head: None, buckets, digits: [0; LEVELS], levels: 0 }
    }

    /// Takes an entry in, unless its key lies before the next one to leave: then it comes back.
    pub fn push(&mut self, entry: Entry<T>) -> Option<Entry<T>> {
        if entry.key() <= self.last {
            return Some(entry);
        }
        self.file(entry);
        None
    }

    fn file(&mut self, entry: Entry<T>) {
        let key = entry.key();
        let level = (key ^ self.last).ilog2() as usize / DIGIT_BITS;
        let digit = (key >> (level * DIGIT_BITS)) as usize % DIGITS;
        self.buckets[level * DIGITS + digit].push(entry);
        self.digits[level] |= 1 << digit;
        self.levels |= 1 << level;
    }

    /// The lowest key.
    pub fn front(&mut self) -> Option<u128> {
        if self.head.is_none() && self.levels != 0 {
            self.refill();
        }
        self.head.as_ref().map(Entry::key)
    }

    /// The entry with the lowest key, after [`Radix::front`] has found it.
    pub fn pop(&mut self) -> Option<T> {
        self.head.take().map(|entry| entry.item)
    }

    /// Finds the lowest key, and files its neighbours by how they differ from it.
    fn refill(&mut self) {
        // On the lowest level, the lowest digit: everything else differs from the last key in a higher place, or by more.
        let level = self.levels.trailing_zeros() as usize;
        let digit = self.digits[level].trailing_zeros() as usize;
        self.digits[level] &= !(1 << digit);
        if self.digits[level] == 0 {
            self.levels &= !(1 << level);
        }
        let bucket = level * DIGITS + digit;
        let mut entries = std::mem::take(&mut self.buckets[bucket]);
        let mut least = 0;
        for at in 1..entries.len() {
            if entries[at].key() < entries[least].key() {
                least = at;
            }
        }
        let head = entries.swap_remove(least);
        self.last = head.key();
        self.head = Some(head);
        for entry in entries.drain(..) {
            self.file(entry);
        }
        // Everything went to lower levels, so this bucket is empty: it keeps its buffer.
        self.buckets[bucket] = entries;
    }
}

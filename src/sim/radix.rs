//! A radix heap (Ahuja, Mehlhorn, Orlin, Tarjan 1990): for the many timers that are far away, such as users who think.
//!
//! An entry waits in the bucket of the highest bit in which its key differs from the last key that left, and moves
//! to lower buckets as that bit comes near. So a push costs the same with ten pending entries or ten million.

use super::agenda::Entry;

const BITS: usize = 128;

/// A queue for keys that are never below the last one that left.
#[derive(Clone, Debug)]
pub struct Radix<T> {
    /// No pending key is below this one.
    last: u128,
    /// The next to leave, once somebody asked for it.
    head: Option<Entry<T>>,
    buckets: Vec<Vec<Entry<T>>>,
    /// A bit for each bucket that holds something.
    occupied: u128,
}

impl<T: Copy> Radix<T> {
    pub fn new() -> Self {
        Self { last: 0, head: None, buckets: (0..BITS).map(|_| Vec::new()).collect(), occupied: 0 }
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
        let bucket = (entry.key() ^ self.last).ilog2() as usize;
        self.buckets[bucket].push(entry);
        self.occupied |= 1 << bucket;
    }

    /// The lowest key.
    pub fn front(&mut self) -> Option<u128> {
        if self.head.is_none() && self.occupied != 0 {
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
        let bucket = self.occupied.trailing_zeros() as usize;
        self.occupied &= !(1 << bucket);
        let mut entries = std::mem::take(&mut self.buckets[bucket]);
        let least =
            (1..entries.len()).fold(0, |least, at| if entries[at].key() < entries[least].key() { at } else { least });
        let head = entries.swap_remove(least);
        self.last = head.key();
        self.head = Some(head);
        for entry in entries.drain(..) {
            self.file(entry);
        }
        // Everything went to lower buckets, so this one is empty: it keeps its buffer.
        self.buckets[bucket] = entries;
    }
}

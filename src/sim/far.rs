//! Timers that are far away: a radix heap (Ahuja, Mehlhorn, Orlin, Tarjan 1990) over instants.
//!
//! ```text
//!   level 2  ░░▓░░░░▓░░    a timer waits in the bucket of the highest digit in which its instant differs from `base`;
//!   level 1  ░▓▓░░▓░░▓░    when that bucket's turn comes, its timers leave if they are few, or spread over the levels below
//!   level 0  ░░░░░░░░░░
//! ```
//!
//! So a timer costs the same with ten pending or ten million. A bucket is a chain of chunks: written and read in sequence,
//! which caches like, and no memory lies idle but in the last chunk of each.

use super::agenda::Entry;

const DIGIT_BITS: usize = 4;
const DIGITS: usize = 1 << DIGIT_BITS;
const LEVELS: usize = 64 / DIGIT_BITS;
/// The timers of a bucket leave together if they are no more than this; else they spread first.
const FEW: u32 = 24;
/// Bucket after bucket leaves until there are so many: fewer would be fetched too often, more would take too long to sort.
const ENOUGH: usize = 16;

/// Timers in a chunk: a kilobyte.
const CHUNK: usize = 32;
/// The end of a chain.
const NONE: u32 = u32::MAX;

/// A chain of chunks; all but the first are full.
#[derive(Clone, Copy, Debug)]
struct Bucket {
    first: u32,
    count: u32,
}

impl Bucket {
    const EMPTY: Self = Self { first: NONE, count: 0 };

    /// How many timers the first chunk holds.
    const fn in_first(self) -> usize {
        match self.count as usize % CHUNK {
            0 if self.count > 0 => CHUNK,
            part => part,
        }
    }
}

/// Timers whose instants all lie at or after `begin`.
#[derive(Clone, Debug)]
pub struct Far<T> {
    /// The instant from which digits differ; none that is filed lies before it.
    base: u64,
    /// Timers before this instant belong elsewhere: others like them have left already.
    begin: u64,
    /// By level and digit.
    buckets: [[Bucket; DIGITS]; LEVELS],
    /// A bit for each bucket that holds something, and one for each level.
    taken: [u16; LEVELS],
    levels: u16,
    /// The chunks, one after the other, and the chunk after each in its chain.
    entries: Vec<Entry<T>>,
    next: Vec<u32>,
    /// The first chunk that nobody uses.
    free: u32,
}

impl<T: Copy> Far<T> {
    pub fn new() -> Self {
        let buckets = [[Bucket::EMPTY; DIGITS]; LEVELS];
        let (entries, next) = (Vec::new(), Vec::new());
        Self { base: 0, begin: 0, buckets, taken: [0; LEVELS], levels: 0, entries, next, free: NONE }
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
        let mut bucket = self.buckets[level][digit];
        let place = bucket.count as usize % CHUNK;
        if place == 0 {
            bucket.first = self.take_chunk(entry, bucket.first);
        }
        self.entries[bucket.first as usize * CHUNK + place] = entry;
        bucket.count += 1;
        self.buckets[level][digit] = bucket;
        self.taken[level] |= 1 << digit;
        self.levels |= 1 << level;
    }

    /// A chunk that goes before `next` in its chain; a new one is filled with `entry`.
    fn take_chunk(&mut self, entry: Entry<T>, next: u32) -> u32 {
        if self.free == NONE {
            self.entries.resize(self.entries.len() + CHUNK, entry);
            self.next.push(next);
            return self.next.len() as u32 - 1;
        }
        let chunk = self.free;
        self.free = std::mem::replace(&mut self.next[chunk as usize], next);
        chunk
    }

    /// Copies the first chunk of a chain and gives it back; the rest of the chain, and how many timers were in the chunk.
    fn cut(&mut self, bucket: Bucket, copy: &mut [Entry<T>; CHUNK]) -> (Bucket, usize) {
        let (chunk, count) = (bucket.first as usize, bucket.in_first());
        copy.copy_from_slice(&self.entries[chunk * CHUNK..][..CHUNK]);
        let rest = Bucket { first: self.next[chunk], count: bucket.count - count as u32 };
        self.next[chunk] = self.free;
        self.free = bucket.first;
        (rest, count)
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
            let few = self.buckets[level][digit].count <= FEW || level == 0;
            if start > limit || !left.is_empty() && !few {
                return;
            }
            self.base = start;
            self.begin = self.begin.max(start);
            let mut bucket = self.empty(level, digit);
            let mut copy = [self.entries[0]; CHUNK];
            while bucket.count > 0 {
                let (rest, count) = self.cut(bucket, &mut copy);
                bucket = rest;
                for &entry in &copy[..count] {
                    if few {
                        self.begin = self.begin.max(entry.at.saturating_add(1));
                        left.push(entry);
                    } else {
                        self.file(entry);
                    }
                }
            }
        }
    }

    /// How many bytes of memory a clone of it takes elsewhere.
    pub const fn bytes(&self) -> usize {
        size_of_val(self.entries.as_slice()) + size_of_val(self.next.as_slice())
    }

    fn empty(&mut self, level: usize, digit: usize) -> Bucket {
        self.taken[level] &= !(1 << digit);
        if self.taken[level] == 0 {
            self.levels &= !(1 << level);
        }
        std::mem::replace(&mut self.buckets[level][digit], Bucket::EMPTY)
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
        let mut all = Vec::new();
        for mut bucket in self.buckets.into_iter().flatten() {
            let mut copy = [self.entries[0]; CHUNK];
            while bucket.count > 0 {
                let (rest, count) = self.cut(bucket, &mut copy);
                bucket = rest;
                all.extend_from_slice(&copy[..count]);
            }
        }
        self.buckets = [[Bucket::EMPTY; DIGITS]; LEVELS];
        self.taken = [0; LEVELS];
        self.levels = 0;
        self.base = base;
        all.into_iter().for_each(|entry| self.file(entry));
    }
}

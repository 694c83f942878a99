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

const DIGIT_BITS: usize = 5;
const DIGITS: usize = 1 << DIGIT_BITS;
const LEVELS: usize = 64usize.div_ceil(DIGIT_BITS);
/// The timers of a bucket leave together if they are no more than this; else they spread first.
const FEW: u32 = 48;
/// Bucket after bucket leaves until there are so many: fewer would be fetched too often, more would take too long to sort.
const ENOUGH: usize = 8;

/// Timers in a chunk: half a kilobyte.
const CHUNK: usize = 16;
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

    /// How many timers the first chunk holds, if there is one.
    const fn in_first(self) -> usize {
        (self.count as usize - 1) % CHUNK + 1
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
    taken: [u32; LEVELS],
    levels: u16,
    /// The chunks, one after the other, and the chunk after each in its chain.
    chunks: Vec<[Entry<T>; CHUNK]>,
    next: Vec<u32>,
    /// The first chunk that nobody uses.
    free: u32,
}

impl<T: Copy> Far<T> {
    pub fn new() -> Self {
        let buckets = [[Bucket::EMPTY; DIGITS]; LEVELS];
        let (chunks, next) = (Vec::new(), Vec::new());
        Self { base: 0, begin: 0, buckets, taken: [0; LEVELS], levels: 0, chunks, next, free: NONE }
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
        self.chunks[bucket.first as usize][place] = entry;
        bucket.count += 1;
        self.buckets[level][digit] = bucket;
        self.taken[level] |= 1 << digit;
        self.levels |= 1 << level;
    }

    /// A chunk that goes before `next` in its chain; a new one is filled with `entry`.
    fn take_chunk(&mut self, entry: Entry<T>, next: u32) -> u32 {
        if self.free == NONE {
            self.chunks.push([entry; CHUNK]);
            self.next.push(next);
            return self.next.len() as u32 - 1;
        }
        let chunk = self.free;
        self.free = std::mem::replace(&mut self.next[chunk as usize], next);
        chunk
    }

    /// The timers in the first chunk of a chain.
    fn first_chunk(&self, bucket: Bucket) -> &[Entry<T>] {
        &self.chunks[bucket.first as usize][..bucket.in_first()]
    }

    /// Gives the first chunk of a chain back; the rest of the chain.
    fn drop_chunk(&mut self, bucket: Bucket) -> Bucket {
        let next = std::mem::replace(&mut self.next[bucket.first as usize], self.free);
        self.free = bucket.first;
        Bucket { first: next, count: bucket.count - bucket.in_first() as u32 }
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
            // Whatever else comes into the span of a bucket whose timers leave, leaves at once.
            self.begin = self.begin.max(if few { start.saturating_add(1 << shift) } else { start });
            let mut bucket = self.empty(level, digit);
            while bucket.count > 0 {
                if few {
                    left.extend_from_slice(self.first_chunk(bucket));
                } else {
                    for at in 0..bucket.in_first() {
                        self.file(self.chunks[bucket.first as usize][at]);
                    }
                }
                bucket = self.drop_chunk(bucket);
            }
        }
    }

    /// How many bytes of memory a clone of it takes elsewhere.
    pub const fn bytes(&self) -> usize {
        size_of_val(self.chunks.as_slice()) + size_of_val(self.next.as_slice())
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
            while bucket.count > 0 {
                all.extend_from_slice(self.first_chunk(bucket));
                bucket = self.drop_chunk(bucket);
            }
        }
        self.buckets = [[Bucket::EMPTY; DIGITS]; LEVELS];
        self.taken = [0; LEVELS];
        self.levels = 0;
        self.base = base;
        all.into_iter().for_each(|entry| self.file(entry));
    }
}

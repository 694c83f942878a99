//! Timers that are far away: a radix heap (Ahuja, Mehlhorn, Orlin, Tarjan 1990) over instants.
//!
//! ```text
//!   level 2  ░░▓░░░░▓░░    a timer waits in the bucket of the highest digit in which its instant differs from `base`;
//!   level 1  ░▓▓░░▓░░▓░    when that bucket's turn comes, its timers leave if they are few, or spread over the levels below
//!   level 0  ░░░░░░░░░░
//! ```
//!
//! So a timer costs the same with ten pending or ten million. All lie in one vector, each bucket a chain through it:
//! nothing is allocated once that vector has grown, and a clone copies two blocks of memory.

use super::agenda::Entry;

const DIGIT_BITS: usize = 4;
const DIGITS: usize = 1 << DIGIT_BITS;
const LEVELS: usize = 64 / DIGIT_BITS;
/// The timers of a bucket leave together if they are no more than this; else they spread first.
const FEW: u32 = 24;
/// Bucket after bucket leaves until there are so many: fewer would be fetched too often, more would take too long to sort.
const ENOUGH: usize = 16;
/// The end of a chain.
const NONE: u32 = u32::MAX;

#[derive(Clone, Copy, Debug)]
struct Link<T> {
    entry: Entry<T>,
    next: u32,
}

#[derive(Clone, Copy, Debug)]
struct Bucket {
    first: u32,
    count: u32,
}

const EMPTY: Bucket = Bucket { first: NONE, count: 0 };

/// Timers whose instants all lie at or after `begin`.
#[derive(Clone, Debug)]
pub struct Far<T> {
    /// The instant from which digits differ; none that is filed lies before it.
    base: u64,
    /// Timers before this instant belong elsewhere: others like them have left already.
    begin: u64,
    links: Vec<Link<T>>,
    /// The first unused link.
    free: u32,
    buckets: Vec<Bucket>,
    /// A bit for each bucket that holds something, and one for each level.
    taken: [u16; LEVELS],
    levels: u32,
    count: usize,
}

impl<T: Copy> Far<T> {
    pub fn new() -> Self {
        Self {
            base: 0,
            begin: 0,
            links: Vec::new(),
            free: NONE,
            buckets: vec![EMPTY; LEVELS * DIGITS],
            taken: [0; LEVELS],
            levels: 0,
            count: 0,
        }
    }

    /// Whether some pending timer may be due at or before `limit`.
    #[inline]
    pub const fn may_be_due(&self, limit: u64) -> bool {
        self.count > 0 && self.begin <= limit
    }

    /// Takes a timer in, unless it is due so early that it has to come before others which have left: then it comes back.
    #[inline]
    pub fn push(&mut self, entry: Entry<T>) -> Option<Entry<T>> {
        if entry.at < self.begin {
            return Some(entry);
        }
        let link = Link { entry, next: NONE };
        let place = if self.free == NONE {
            self.links.push(link);
            self.links.len() as u32 - 1
        } else {
            let place = self.free;
            self.free = self.links[place as usize].next;
            self.links[place as usize] = link;
            place
        };
        self.count += 1;
        self.file(place);
        None
    }

    #[inline]
    fn file(&mut self, place: u32) {
        let at = self.links[place as usize].entry.at;
        let level = (63 - ((at ^ self.base) | 1).leading_zeros() as usize) / DIGIT_BITS;
        let digit = (at >> (level * DIGIT_BITS)) as usize % DIGITS;
        let bucket = &mut self.buckets[level * DIGITS + digit];
        self.links[place as usize].next = bucket.first;
        bucket.first = place;
        bucket.count += 1;
        self.taken[level] |= 1 << digit;
        self.levels |= 1 << level;
    }

    /// The lowest bucket: everything else differs from `base` in a higher digit, or by more.
    fn lowest(&self) -> Option<(usize, usize)> {
        let level = self.levels.trailing_zeros() as usize;
        let digits = self.taken.get(level)?;
        Some((level, digits.trailing_zeros() as usize))
    }

    fn empty(&mut self, level: usize, digit: usize) -> Bucket {
        self.taken[level] &= !(1 << digit);
        if self.taken[level] == 0 {
            self.levels &= !(1 << level);
        }
        std::mem::replace(&mut self.buckets[level * DIGITS + digit], EMPTY)
    }

    /// Moves the earliest timers to `left`, in any order, unless none is due at or before `limit`.
    pub fn release(&mut self, limit: u64, left: &mut Vec<Entry<T>>) {
        while let Some((level, digit)) = self.lowest() {
            let shift = level * DIGIT_BITS;
            let above = self.base.checked_shr((shift + DIGIT_BITS) as u32).unwrap_or(0);
            let start = (above << DIGIT_BITS | digit as u64) << shift;
            let few = self.buckets[level * DIGITS + digit].count <= FEW || level == 0;
            if start > limit || !left.is_empty() && !few {
                return;
            }
            self.base = start;
            let mut place = self.empty(level, digit).first;
            while place != NONE {
                let Link { entry, next } = self.links[place as usize];
                if few {
                    self.begin = self.begin.max(entry.at.saturating_add(1));
                    left.push(entry);
                    self.links[place as usize].next = self.free;
                    self.free = place;
                    self.count -= 1;
                } else {
                    self.file(place);
                }
                place = next;
            }
            if left.len() >= ENOUGH {
                return;
            }
        }
    }

    /// Takes timers back that had left: from now on those at or after `begin` belong here again.
    pub fn take_back(&mut self, begin: u64, entries: impl Iterator<Item = Entry<T>>) {
        self.begin = begin;
        if begin < self.base {
            self.file_anew(begin);
        }
        for entry in entries {
            let early = self.push(entry);
            debug_assert!(early.is_none(), "it is not due before `begin`");
        }
    }

    /// Files everything by how it differs from an earlier base.
    fn file_anew(&mut self, base: u64) {
        let mut places = Vec::with_capacity(self.count);
        for bucket in &mut self.buckets {
            let mut place = std::mem::replace(bucket, EMPTY).first;
            while place != NONE {
                places.push(place);
                place = self.links[place as usize].next;
            }
        }
        self.taken = [0; LEVELS];
        self.levels = 0;
        self.base = base;
        for place in places {
            self.file(place);
        }
    }
}

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

const DIGIT_BITS: usize = 8;
const DIGITS: usize = 1 << DIGIT_BITS;
const LEVELS: usize = 64 / DIGIT_BITS;
/// Words of 64 bits that say which buckets of a level hold something.
const WORDS: usize = DIGITS / 64;
/// So many timers leave together: more would make a heap of those that have left too large, fewer would spread too often.
const FEW: u32 = 24;
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
    taken: [[u64; WORDS]; LEVELS],
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
            taken: [[0; WORDS]; LEVELS],
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
        self.taken[level][digit / 64] |= 1 << (digit % 64);
    }

    /// The lowest bucket: everything else differs from `base` in a higher digit, or by more.
    fn lowest(&self) -> Option<(usize, usize)> {
        for (level, words) in self.taken.iter().enumerate() {
            for (word, &bits) in words.iter().enumerate() {
                if bits != 0 {
                    return Some((level, word * 64 + bits.trailing_zeros() as usize));
                }
            }
        }
        None
    }

    /// Hands the earliest timers to `leave`, unless none is due at or before `limit`; nothing before `begin` remains.
    pub fn release(&mut self, limit: u64, mut leave: impl FnMut(Entry<T>)) {
        while let Some((level, digit)) = self.lowest() {
            let shift = level * DIGIT_BITS;
            let above = self.base.checked_shr((shift + DIGIT_BITS) as u32).unwrap_or(0);
            let start = (above << DIGIT_BITS | digit as u64) << shift;
            if start > limit {
                return;
            }
            self.base = start;
            self.taken[level][digit / 64] &= !(1 << (digit % 64));
            let bucket = std::mem::replace(&mut self.buckets[level * DIGITS + digit], EMPTY);
            let mut place = bucket.first;
            if bucket.count <= FEW || level == 0 {
                while place != NONE {
                    let Link { entry, next } = self.links[place as usize];
                    self.begin = self.begin.max(entry.at.saturating_add(1));
                    leave(entry);
                    self.links[place as usize].next = self.free;
                    self.free = place;
                    self.count -= 1;
                    place = next;
                }
                return;
            }
            while place != NONE {
                let next = self.links[place as usize].next;
                self.file(place);
                place = next;
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
        self.taken = [[0; WORDS]; LEVELS];
        self.base = base;
        for place in places {
            self.file(place);
        }
    }
}

//! Sets of writes: what a copy of a session's state holds.
//!
//! Writes of a visit are numbered 1, 2, 3 … A user makes one request at a time, so a set is nearly always
//! one unbroken run of numbers, and only failed writes leave holes. Runs keep a set small however long the visit.

/// A set of write numbers, as sorted, disjoint, non-touching runs `first..end`.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct WriteSet {
    /// The last run; empty set: `first == end`.
    first: u32,
    end: u32,
    /// The runs before it, if any: behind a pointer, because hardly any set has them.
    #[expect(clippy::box_collection, reason = "a third of the size in every copy, where it is nearly always none")]
    earlier: Option<Box<Vec<(u32, u32)>>>,
}

impl WriteSet {
    /// The writes `1..=last`.
    pub const fn up_to(last: u32) -> Self {
        Self { first: 1, end: last + 1, earlier: None }
    }

    fn earlier(&self) -> &[(u32, u32)] {
        self.earlier.as_deref().map_or(&[], Vec::as_slice)
    }

    fn runs(&self) -> impl Iterator<Item = (u32, u32)> + '_ {
        let last = (self.first < self.end).then_some((self.first, self.end));
        self.earlier().iter().copied().chain(last)
    }

    /// The writes in it that are not in `other`, in order.
    pub fn beyond<'a>(&'a self, other: &'a Self) -> impl Iterator<Item = u32> + 'a {
        // Sets grow at their ends: what lies in the other's last run need not be looked at one by one.
        let unknown = |first: u32| if first >= other.first { first.max(other.end) } else { first };
        let runs = self.runs().map(move |(first, end)| (unknown(first), end));
        runs.flat_map(|(first, end)| first..end).filter(|&write| !other.contains(write))
    }

    /// How many writes in it are not in `other`.
    pub fn count_beyond(&self, other: &Self) -> u32 {
        let shared = self
            .runs()
            .flat_map(|(first, end)| other.runs().map(move |(low, high)| end.min(high).saturating_sub(first.max(low))));
        self.len() - shared.sum::<u32>()
    }

    /// How many writes are in it.
    pub fn len(&self) -> u32 {
        self.runs().map(|(first, end)| end - first).sum()
    }

    /// Whether nothing is in it.
    pub const fn is_empty(&self) -> bool {
        self.first == self.end
    }

    /// Whether `write` is in it.
    pub fn contains(&self, write: u32) -> bool {
        self.runs().any(|(first, end)| first <= write && write < end)
    }

    /// All of them, from the last to the first.
    pub fn newest_first(&self) -> impl Iterator<Item = u32> + '_ {
        let last = self.first..self.end;
        let earlier = self.earlier().iter().rev().flat_map(|&(first, end)| (first..end).rev());
        last.rev().chain(earlier)
    }

    /// Adds `write` (> 0); whether it was new.
    pub fn insert(&mut self, write: u32) -> bool {
        if self.is_empty() {
            (self.first, self.end) = (write, write + 1);
            true
        } else if write == self.end {
            self.end += 1;
            true
        } else if self.contains(write) {
            false
        } else if write > self.end {
            self.earlier.get_or_insert_default().push((self.first, self.end));
            (self.first, self.end) = (write, write + 1);
            true
        } else {
            self.rebuild(std::iter::once((write, write + 1)));
            true
        }
    }

    /// All of them but the last.
    pub fn without_newest(&self) -> Self {
        let mut runs: Vec<_> = self.runs().collect();
        if let Some((first, end)) = runs.pop()
            && first + 1 < end
        {
            runs.push((first, end - 1));
        }
        let mut rest = Self::default();
        rest.set_runs(runs);
        rest
    }

    /// Adds all of `other`.
    pub fn extend(&mut self, other: &Self) {
        if self.is_empty() {
            self.clone_from(other);
        } else if self.joins(other) {
            self.first = self.first.min(other.first);
            self.end = self.end.max(other.end);
        } else if !other.within(self) {
            let runs: Vec<_> = other.runs().collect();
            self.rebuild(runs.into_iter());
        }
    }

    /// Whether `other` is one run that only makes the last run here longer, as nearly always.
    const fn joins(&self, other: &Self) -> bool {
        let follows = self.first <= other.first && other.first <= self.end;
        let precedes = self.earlier.is_none() && other.first <= self.first && self.first <= other.end;
        other.earlier.is_none() && (follows || precedes)
    }

    /// Merges more runs in.
    fn rebuild(&mut self, more: impl Iterator<Item = (u32, u32)>) {
        let mut runs: Vec<_> = self.runs().chain(more).collect();
        runs.sort_unstable();
        let mut merged: Vec<(u32, u32)> = Vec::with_capacity(runs.len());
        for (first, end) in runs {
            match merged.last_mut() {
                Some(last) if first <= last.1 => last.1 = last.1.max(end),
                _ => merged.push((first, end)),
            }
        }
        self.set_runs(merged);
    }

    fn set_runs(&mut self, mut runs: Vec<(u32, u32)>) {
        (self.first, self.end) = runs.pop().unwrap_or_default();
        self.earlier = (!runs.is_empty()).then(|| Box::new(runs));
    }

    /// Whether all of it is in `other`.
    pub fn within(&self, other: &Self) -> bool {
        if self.earlier.is_none() && other.earlier.is_none() {
            return self.is_empty() || (other.first <= self.first && self.end <= other.end);
        }
        self.runs().all(|(first, end)| other.runs().any(|(low, high)| low <= first && end <= high))
    }

    /// Takes out everything that is not in `other`.
    pub fn keep_only(&mut self, other: &Self) {
        let kept = self.runs().flat_map(|(first, end)| {
            other.runs().filter_map(move |(low, high)| {
                let run = (first.max(low), end.min(high));
                (run.0 < run.1).then_some(run)
            })
        });
        let mut kept: Vec<_> = kept.collect();
        kept.sort_unstable();
        self.set_runs(kept);
    }

    /// Empties it.
    pub fn clear(&mut self) {
        (self.first, self.end) = (0, 0);
        self.earlier = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn of(items: &BTreeSet<u32>) -> WriteSet {
        let mut set = WriteSet::default();
        for &item in items.iter().rev() {
            assert!(set.insert(item));
        }
        set
    }

    /// A few runs, as sets of writes are: some touch, some overlap.
    fn runs() -> impl Strategy<Value = BTreeSet<u32>> {
        let runs = prop::collection::vec((1u32..30, 1u32..8), 0..4);
        runs.prop_map(|runs| runs.into_iter().flat_map(|(first, length)| first..first + length).collect())
    }

    proptest! {
        #[test]
        fn behaves_as_a_set(a in runs(), b in runs()) {
            let (left, right) = (of(&a), of(&b));
            prop_assert_eq!(left.len() as usize, a.len());
            prop_assert!(left.newest_first().eq(a.iter().rev().copied()));
            prop_assert_eq!(left.without_newest(), of(&a.iter().rev().skip(1).copied().collect()));
            prop_assert_eq!(left.is_empty(), a.is_empty());
            prop_assert_eq!(left.within(&right), a.is_subset(&b));
            prop_assert_eq!(left.count_beyond(&right) as usize, a.difference(&b).count());
            prop_assert!(left.beyond(&right).eq(a.difference(&b).copied()));
            for item in 0..45 {
                prop_assert_eq!(left.contains(item), a.contains(&item));
            }
            let mut union = left.clone();
            union.extend(&right);
            prop_assert_eq!(union, of(&a.union(&b).copied().collect()));
            let mut both = left.clone();
            both.keep_only(&right);
            prop_assert_eq!(both, of(&a.intersection(&b).copied().collect()));
        }
    }
}

//! A table from the numbers of visits to something small that is known of each.
//!
//! ```text
//!   number ─ multiply, shift ─▶ its slot, or the next free one after it (linear probing; Knuth, TAOCP 3, 6.4)
//! ```
//!
//! Visits come and go with every few requests. A tree would allocate and free its nodes with them; here a place that is
//! given up is closed (Knuth's algorithm R), so that a table which has grown large enough never asks for memory again.
//! Where everything stands follows from the numbers alone: equal runs, equal tables.

use crate::event::SessionId;

/// No visit has this number.
const FREE: SessionId = SessionId::MAX;
/// The golden ratio's share of 2⁶⁴: neighbouring numbers land far apart (Fibonacci hashing, TAOCP 3, 6.4).
const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;
/// The size of the first table.
const SMALLEST: usize = 16;

/// Something small for each of some visits.
#[derive(Clone, Default, Debug)]
pub struct ByVisit<V> {
    /// A power of two of them, or none at all; at most seven eighths are taken.
    slots: Vec<(SessionId, V)>,
    len: usize,
}

impl<V: Copy + Default> ByVisit<V> {
    /// How many visits are in it.
    pub const fn len(&self) -> usize {
        self.len
    }

    /// How many bytes of memory a clone of it takes elsewhere.
    pub const fn bytes(&self) -> usize {
        size_of_val(self.slots.as_slice())
    }

    /// What is known of each, in an order of its own.
    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut V> {
        self.slots.iter_mut().filter(|slot| slot.0 != FREE).map(|slot| &mut slot.1)
    }

    /// The same, to be looked at.
    pub fn values(&self) -> impl Iterator<Item = &V> {
        self.slots.iter().filter(|slot| slot.0 != FREE).map(|slot| &slot.1)
    }

    /// Where a visit would be if nobody were in its way.
    #[inline]
    const fn home(&self, visit: SessionId) -> usize {
        (visit.wrapping_mul(GOLDEN) >> (64 - self.slots.len().trailing_zeros())) as usize
    }

    /// The slot that a visit has, or would take. There must be a free one.
    #[inline]
    fn seek(&self, visit: SessionId) -> usize {
        let mut at = self.home(visit);
        while self.slots[at].0 != visit && self.slots[at].0 != FREE {
            at = (at + 1) & (self.slots.len() - 1);
        }
        at
    }

    /// What is known of a visit.
    #[inline]
    pub fn get(&self, visit: SessionId) -> Option<&V> {
        if self.slots.is_empty() {
            return None;
        }
        let slot = &self.slots[self.seek(visit)];
        (slot.0 == visit).then_some(&slot.1)
    }

    /// The same, to be changed.
    #[inline]
    pub fn get_mut(&mut self, visit: SessionId) -> Option<&mut V> {
        if self.slots.is_empty() {
            return None;
        }
        let at = self.seek(visit);
        let slot = &mut self.slots[at];
        (slot.0 == visit).then_some(&mut slot.1)
    }

    /// What is known of a visit; at first, nothing is.
    #[inline]
    pub fn entry(&mut self, visit: SessionId) -> &mut V {
        debug_assert_ne!(visit, FREE, "a number that no visit has");
        if (self.len + 1) * 8 > self.slots.len() * 7 {
            self.grow();
        }
        let at = self.seek(visit);
        let slot = &mut self.slots[at];
        if slot.0 == FREE {
            *slot = (visit, V::default());
            self.len += 1;
        }
        &mut slot.1
    }

    /// Forgets a visit; what was known of it.
    pub fn remove(&mut self, visit: SessionId) -> Option<V> {
        let value = *self.get(visit)?;
        self.len -= 1;
        let (mut gap, last) = (self.seek(visit), self.slots.len() - 1);
        let mut at = gap;
        loop {
            at = (at + 1) & last;
            let (next, _) = self.slots[at];
            if next == FREE {
                break;
            }
            // It may move back into the gap unless that is before its own place.
            if at.wrapping_sub(self.home(next)) & last >= at.wrapping_sub(gap) & last {
                self.slots[gap] = self.slots[at];
                gap = at;
            }
        }
        self.slots[gap].0 = FREE;
        Some(value)
    }

    /// Forgets all of them.
    pub fn clear(&mut self) {
        self.slots.fill((FREE, V::default()));
        self.len = 0;
    }

    #[cold]
    fn grow(&mut self) {
        let size = (self.slots.len() * 2).max(SMALLEST);
        let before = std::mem::replace(&mut self.slots, vec![(FREE, V::default()); size]);
        for slot in before.into_iter().filter(|slot| slot.0 != FREE) {
            let at = self.seek(slot.0);
            self.slots[at] = slot;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        #[test]
        fn behaves_as_a_map(steps in prop::collection::vec((0u64..60, any::<Option<u32>>()), 0..400)) {
            let (mut table, mut map) = (ByVisit::default(), BTreeMap::new());
            for (visit, value) in steps {
                match value {
                    Some(value) => {
                        *table.entry(visit) = value;
                        map.insert(visit, value);
                    }
                    None => prop_assert_eq!(table.remove(visit), map.remove(&visit)),
                }
                prop_assert_eq!(table.len(), map.len());
                for visit in 0..60 {
                    prop_assert_eq!(table.get(visit), map.get(&visit));
                    prop_assert_eq!(table.get_mut(visit), map.get_mut(&visit));
                }
            }
            let mut values: Vec<u32> = table.values().copied().collect();
            let mut expected: Vec<u32> = map.into_values().collect();
            values.sort_unstable();
            expected.sort_unstable();
            prop_assert_eq!(values, expected);
            table.clear();
            prop_assert_eq!((table.len(), table.values().count()), (0, 0));
        }
    }
}

//! A table from the numbers of visits to something small that is known of each.
//!
//! The numbers are given out one after the other, by nobody who means harm: so one multiplication hashes them, where the
//! standard library's own choice would take a good part of an event's time. It needs no seed either: equal runs, equal tables.

use crate::event::SessionId;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// Something small for each of some visits.
#[derive(Clone, Default, Debug)]
pub struct ByVisit<V>(HashMap<SessionId, V, BuildHasherDefault<Golden>>);

/// Fibonacci hashing (Knuth, TAOCP 3, 6.4): neighbouring numbers land far apart.
#[derive(Clone, Copy, Default, Debug)]
struct Golden(u64);

impl Hasher for Golden {
    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|&byte| self.write_u64(byte.into()));
    }

    fn write_u64(&mut self, number: u64) {
        // The golden ratio's share of 2⁶⁴.
        self.0 = (self.0 ^ number).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    }

    fn finish(&self) -> u64 {
        // Tables look at the low bits; the high ones are the well-mixed ones.
        self.0.rotate_left(32)
    }
}

impl<V: Copy + Default> ByVisit<V> {
    /// How many visits are in it.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// About how many bytes of memory a clone of it takes elsewhere.
    pub fn bytes(&self) -> usize {
        self.0.capacity() * size_of::<(SessionId, V)>() * 8 / 7
    }

    /// What is known of each. The order means nothing: for whoever counts.
    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut V> {
        self.0.values_mut()
    }

    /// The same, to be looked at.
    pub fn values(&self) -> impl Iterator<Item = &V> {
        self.0.values()
    }

    /// What is known of a visit.
    #[inline]
    pub fn get(&self, visit: SessionId) -> Option<&V> {
        self.0.get(&visit)
    }

    /// The same, to be changed.
    #[inline]
    pub fn get_mut(&mut self, visit: SessionId) -> Option<&mut V> {
        self.0.get_mut(&visit)
    }

    /// What is known of a visit; at first, nothing is.
    #[inline]
    pub fn entry(&mut self, visit: SessionId) -> &mut V {
        self.0.entry(visit).or_default()
    }

    /// Forgets a visit; what was known of it.
    pub fn remove(&mut self, visit: SessionId) -> Option<V> {
        self.0.remove(&visit)
    }

    /// Forgets all of them.
    pub fn clear(&mut self) {
        self.0.clear();
    }
}

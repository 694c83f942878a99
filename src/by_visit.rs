//! A table from the numbers of visits to something small that is known of each.
//!
//! The numbers are given out one after the other, by nobody who means harm: so one multiplication hashes them, where the
//! standard library's own choice would take a good part of an event's time. It needs no seed either: equal runs, equal tables.
//! The order of what is in it means nothing: only who counts may go through it.

use crate::event::SessionId;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// Something small for each of some visits.
pub type ByVisit<V> = HashMap<SessionId, V, BuildHasherDefault<Golden>>;

/// Fibonacci hashing (Knuth, TAOCP 3, 6.4): neighbouring numbers land far apart.
#[derive(Clone, Copy, Default, Debug)]
pub struct Golden(u64);

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

/// About how many bytes of memory a clone of it takes elsewhere.
pub fn bytes<V>(table: &ByVisit<V>) -> usize {
    // One slot in eight stays free.
    table.capacity() * size_of::<(SessionId, V)>() * 8 / 7
}

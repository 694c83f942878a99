//! What a full memory forgets: copies that nobody will ask for again first, then what was not used for longest.

use super::World;
use super::session::{Cause, Orphan};
use super::slab::Key;
use crate::event::{Gone, Place, What};
use crate::units::Nanos;

impl World {
    /// While a place holds more than its memory allows, what was not used for longest goes.
    pub(super) fn make_room(&mut self, place: Place) {
        let limit = if place == Place::Store { self.plan.store_memory } else { self.plan.instance_memory };
        let Some(limit) = limit else { return };
        let mut held: Vec<(Nanos, Key, u32)> = Vec::new();
        for key in self.sessions.keys() {
            if let Some(copy) = self.sessions[key].copy_at(place) {
                held.push((copy.used, key, copy.bytes));
            }
        }
        let mut total: u64 = held.iter().map(|&(_, _, bytes)| u64::from(bytes)).sum();
        total += self.orphaned_bytes(place);
        if total <= limit {
            return;
        }
        total -= self.evict_orphans(place, total - limit);
        held.sort_unstable_by_key(|&(used, key, _)| (used, key.slot()));
        for (_, key, bytes) in held {
            if total <= limit {
                return;
            }
            total -= u64::from(bytes);
            let session = &mut self.sessions[key];
            let id = session.id;
            session.copies.retain(|copy| copy.place != place);
            let cause = session.cause;
            let cause = self.emit(cause, What::Dropped { session: id, place, why: Gone::Evicted, bytes });
            self.settle_losses(key, cause);
        }
    }

    /// What orphans weigh at a place.
    fn orphaned_bytes(&self, place: Place) -> u64 {
        self.orphans_at(place).map(|key| u64::from(self.orphans[key].bytes)).sum()
    }

    /// Evicts the orphans at a place, least recently used first, until `enough` bytes are free; how many are.
    fn evict_orphans(&mut self, place: Place, enough: u64) -> u64 {
        let mut keys: Vec<Key> = self.orphans_at(place).collect();
        keys.sort_unstable_by_key(|&key| (self.orphans[key].used, key.slot()));
        let mut freed = 0;
        for key in keys {
            if freed >= enough {
                break;
            }
            let Orphan { session, place, bytes, .. } = self.orphans[key];
            self.orphans.free(key);
            freed += u64::from(bytes);
            self.emit(Cause::default(), What::Dropped { session, place, why: Gone::Evicted, bytes });
        }
        freed
    }
}

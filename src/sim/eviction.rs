//! What a full memory forgets: what was not used for longest, whether somebody will ask for it again or not. A server cannot know that.
//!
//! What a memory holds is counted as copies come and go; who was used least recently is looked up for many evictions at once,
//! because a list of that stays true: whoever is used later leaves it, and whoever comes later comes after all in it. Only a copy
//! that becomes an orphan takes another place.

use super::World;
use super::session::{Cause, Orphan};
use super::slab::Key;
use crate::event::{Gone, Place, SessionId, What};
use crate::scenario::Persistence;
use crate::units::Nanos;
use std::cmp::Reverse;

/// A memory with a limit.
#[derive(Clone, Default, Debug)]
pub struct Memory {
    /// Bytes of all copies in it.
    held: u64,
    /// Copies in order of their last use as of some instant, the least recent at the end; some were used since, or are gone.
    oldest: Vec<(Nanos, Held)>,
}

/// What takes memory up.
#[derive(Clone, Copy, Debug)]
enum Held {
    /// The copy of this visit.
    Copy(Key),
    Orphan(Key),
}

impl Held {
    /// Decides between those that were used at one instant.
    const fn rank(self) -> (bool, usize) {
        match self {
            Self::Copy(key) => (false, key.slot()),
            Self::Orphan(key) => (true, key.slot()),
        }
    }
}

impl Memory {
    /// How many bytes of memory a clone of it takes elsewhere.
    pub const fn bytes(&self) -> usize {
        size_of_val(self.oldest.as_slice())
    }
}

impl World {
    /// How many bytes a place may hold, if that is limited.
    fn limit_of(&self, place: Place) -> Option<u64> {
        match place {
            Place::Store => self.plan.store_memory,
            Place::Instance(_) => self.plan.instance_memory,
            Place::Client | Place::Replica | Place::Disk => None,
        }
    }

    /// What a place with a limit holds.
    fn memory_of(&mut self, place: Place) -> Option<&mut Memory> {
        self.limit_of(place)?;
        let at = if let Place::Instance(id) = place { usize::from(id) } else { 0 };
        if self.memories.len() <= at {
            self.memories.resize_with(at + 1, Memory::default);
        }
        Some(&mut self.memories[at])
    }

    /// A copy at a place has grown.
    #[inline]
    pub(super) fn fill(&mut self, place: Place, bytes: u32) {
        if let Some(memory) = self.memory_of(place) {
            memory.held += u64::from(bytes);
        }
    }

    /// Says that the copy of a visit's login is gone, and gives its memory back.
    pub(super) fn copy_gone(
        &mut self,
        cause: Cause,
        (session, login): (SessionId, u32),
        place: Place,
        why: Gone,
        bytes: u32,
    ) -> Cause {
        if let Some(memory) = self.memory_of(place) {
            memory.held -= u64::from(bytes);
        }
        self.emit(cause, What::Dropped { session, place, why, bytes, login })
    }

    /// A visit's copy at a place goes, if there is one; the event that says so.
    pub(super) fn drop_copy(&mut self, key: Key, place: Place, why: Gone, cause: Cause) -> Option<Cause> {
        let session = &mut self.sessions[key];
        let owner = session.login();
        let at = session.copies.iter().position(|copy| copy.place == place)?;
        let bytes = session.copies.remove(at).bytes;
        Some(self.copy_gone(cause, owner, place, why, bytes))
    }

    /// An orphan goes.
    pub(super) fn drop_orphan(&mut self, key: Key, why: Gone, cause: Cause) -> Cause {
        let Orphan { session, epoch, place, bytes, .. } = self.orphans[key];
        self.orphans.free(key);
        self.copy_gone(cause, (session, epoch), place, why, bytes)
    }

    /// A place's memory is destroyed.
    pub(super) fn empty(&mut self, place: Place) {
        if let Some(memory) = self.memory_of(place) {
            *memory = Memory::default();
        }
    }

    /// Whether a place holds more than it may.
    fn overflows(&mut self, place: Place) -> bool {
        let Some(limit) = self.limit_of(place) else { return false };
        self.memory_of(place).is_some_and(|memory| memory.held > limit)
    }

    /// While a place holds more than its memory allows, what was not used for longest goes, because of what has come.
    pub(super) fn make_room(&mut self, place: Place, cause: Cause) {
        while self.overflows(place) && self.evict_oldest(place, cause) {}
    }

    /// Evicts what was not used for longest at a place; `false` if nothing is there.
    fn evict_oldest(&mut self, place: Place, cause: Cause) -> bool {
        loop {
            let Some((used, held)) = self.memory_of(place).and_then(|memory| memory.oldest.pop()) else {
                let oldest = self.in_order_of_use(place);
                if oldest.is_empty() {
                    return false;
                }
                if let Some(memory) = self.memory_of(place) {
                    memory.oldest = oldest;
                }
                continue;
            };
            let evicted = match held {
                Held::Copy(session) => self.evict_copy(session, place, used, cause),
                Held::Orphan(orphan) => self.evict_orphan(orphan, cause),
            };
            if evicted {
                return true;
            }
        }
    }

    /// Evicts a visit's copy, if it is still there and was not used since.
    fn evict_copy(&mut self, key: Key, place: Place, used: Nanos, cause: Cause) -> bool {
        let Some(session) = self.sessions.get(key) else { return false };
        if session.copy_at(place).is_none_or(|copy| copy.used != used) {
            return false;
        }
        let Some(cause) = self.drop_copy(key, place, Gone::Evicted, cause) else { return false };
        if place == Place::Store {
            // What a store forgets it deletes from its replica and its disk, too, and whatever was on the way there comes too late.
            self.release_flights(key);
            for follower in [Place::Replica, Place::Disk] {
                self.drop_copy(key, follower, Gone::Evicted, cause);
            }
        }
        if self.plan.home.replicated() {
            self.sessions[key].rare_mut().evicted = cause;
        }
        self.settle_losses(key, cause);
        true
    }

    /// Evicts an orphan, if it is still there.
    fn evict_orphan(&mut self, key: Key, cause: Cause) -> bool {
        let Some(&Orphan { session, epoch, place, .. }) = self.orphans.get(key) else { return false };
        let cause = self.drop_orphan(key, Gone::Evicted, cause);
        let persists = self.plan.persistence != Persistence::None;
        if place == Place::Store && (persists || self.store.as_ref().is_some_and(|store| store.replica)) {
            for follower in [Place::Replica, Place::Disk] {
                self.drop_orphan_of(session, epoch, follower, Gone::Evicted, cause);
            }
        }
        true
    }

    /// A copy has become an orphan, which was last used at `used`: if it is older than what is listed, it is listed, too.
    pub(super) fn list_orphan(&mut self, orphan: Key, place: Place, used: Nanos) {
        let Some(memory) = self.memory_of(place) else { return };
        if memory.oldest.first().is_some_and(|&(newest, _)| used <= newest) {
            let at = memory.oldest.partition_point(|&(listed, _)| listed > used);
            memory.oldest.insert(at, (used, Held::Orphan(orphan)));
        }
    }

    /// What is at a place, the least recently used last.
    fn in_order_of_use(&mut self, place: Place) -> Vec<(Nanos, Held)> {
        let copy_of = |key: &Key| self.sessions[*key].copy_at(place);
        let keys = self.sessions.keys();
        let copies = keys.iter().filter_map(|key| Some((copy_of(key)?.used, Held::Copy(*key))));
        let orphans = self.orphans_at(place).map(|key| (self.orphans[key].used, Held::Orphan(key)));
        let mut held: Vec<_> = copies.chain(orphans).collect();
        held.sort_unstable_by_key(|&(used, held)| Reverse((used, held.rank())));
        #[cfg(debug_assertions)]
        {
            let copies = keys.iter().filter_map(copy_of).map(|copy| u64::from(copy.bytes)).sum::<u64>();
            let orphans = self.orphans_at(place).map(|key| u64::from(self.orphans[key].bytes)).sum::<u64>();
            let counted = self.memory_of(place).map(|memory| memory.held);
            assert_eq!(counted, Some(copies + orphans), "what {place:?} holds");
        }
        held
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{Home, Scenario};

    #[test]
    fn a_world_counts_the_bytes_of_its_memories() {
        let mut world = World::new(&Scenario::default(), Home::Sticky);
        let oldest = vec![(Nanos::ZERO, Held::Copy(world.sessions.take().0)); 100];
        let none = world.bytes();
        let each = size_of::<Memory>() + size_of_val(oldest.as_slice());
        world.memories = vec![Memory { held: 0, oldest }; 2];
        assert_eq!(world.bytes(), none + 2 * each);
    }
}

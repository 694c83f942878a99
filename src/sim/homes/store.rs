//! `store`: the instances keep nothing; they GET the state before each request and SET it after each write.

use super::super::World;
use super::super::session::Cause;
use super::super::slab::Key;
use super::super::writes::WriteSet;
use crate::event::{Ask, Place};
use crate::scenario::Persistence;

impl World {
    /// Asks the store for the state.
    pub(in crate::sim) fn look_up_in_store(&mut self, key: Key) {
        self.ask_store(key, Ask::Get);
    }

    /// Sends the store the new state, and waits until it is kept.
    pub(in crate::sim) fn save_in_store(&mut self, key: Key) {
        self.ask_store(key, Ask::Set);
    }

    /// A state that the store held before the run began, replica and disk included.
    pub(in crate::sim) fn place_in_store(&mut self, key: Key, writes: &WriteSet, cause: Cause) {
        self.store_copy(key, Place::Store, writes, cause);
        if self.plan.replica {
            self.store_copy(key, Place::Replica, writes, cause);
        }
        if self.plan.persistence != Persistence::None {
            self.store_copy(key, Place::Disk, writes, cause);
        }
    }
}

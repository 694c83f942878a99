//! `memory` and `sticky`: the state is in the instance that created it, and nowhere else.
//!
//! The two differ only in the balancer: `sticky` has a cookie that leads the user back.

use super::super::World;
use super::super::slab::Key;
use crate::event::{Place, Status};

impl World {
    /// Looks in this instance's memory.
    pub(in crate::sim) fn look_up_here(&mut self, key: Key) {
        let place = Place::Instance(self.attempts[key].instance);
        let session = self.session_of(key);
        if session.is_some_and(|session| self.judge(key, session, place)) || self.finds_orphan(key, place) {
            self.serve(key, 0.0);
        } else {
            self.blame_miss(key);
            self.reply(key, Status::Unknown);
        }
    }

    /// Keeps the new state in this instance's memory.
    pub(in crate::sim) fn save_here(&mut self, key: Key) {
        let place = Place::Instance(self.attempts[key].instance);
        self.keep(key, place);
        self.make_room(place, self.attempts[key].cause);
    }
}

//! `replicate-all`: every instance holds every state (Tomcat's DeltaManager).
//!
//! Any instance serves its own copy. After a write every peer is sent the write; asynchronously (the default) the
//! user's reply does not wait for them, and what a peer has not got yet dies with the sender.

use super::super::World;
use super::super::replication::Peers;
use super::super::slab::Key;
use crate::event::Place;

impl World {
    /// Keeps the new state here and sends the write to every peer.
    pub(in crate::sim) fn save_everywhere(&mut self, key: Key) {
        let id = self.attempts[key].instance;
        let kept = self.keep(key, Place::Instance(id));
        self.make_room(Place::Instance(id), self.attempts[key].cause);
        let peers: Peers = if kept { self.peers_of(id).collect() } else { Peers::new() };
        self.replicate(key, &peers);
    }
}

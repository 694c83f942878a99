//! How copies of state come and go, and who lost what.

use super::Scene;
use crate::event::{Event, Place, SessionId};
use crate::units::Nanos;

impl Scene {
    pub(super) fn stored(&mut self, session: SessionId, place: Place, writes: u32, at: Nanos) {
        let client = self.clients.get_mut(session);
        let orphan = client.is_none();
        let fresh = match place {
            Place::Client => {
                if let Some(client) = client {
                    if writes > client.items {
                        client.grown = at;
                    }
                    // A smaller token is a new one: nothing in it has been sent yet.
                    client.sent = if writes < client.items { 0 } else { client.sent };
                    (client.items, client.holds_token) = (writes, true);
                }
                false
            }
            Place::Instance(id) => {
                self.instance_mut(id).is_some_and(|instance| instance.copies.store(session, writes, orphan, at))
            }
            Place::Store => self.store.as_mut().is_some_and(|store| store.copies.store(session, writes, orphan, at)),
            Place::Replica => {
                if let Some(replica) = self.store.as_mut().and_then(|store| store.replica.as_mut()) {
                    replica.store(session, writes, orphan, at);
                }
                false
            }
            Place::Disk => {
                if let Some(store) = &mut self.store {
                    store.disk.store(session, writes, orphan, at);
                }
                false
            }
        };
        if let Some(client) = self.clients.get_mut(session).filter(|_| fresh) {
            client.copies += 1;
        }
    }

    pub(super) fn dropped(&mut self, session: SessionId, place: Place) {
        let live = match place {
            Place::Client => {
                if let Some(client) = self.clients.get_mut(session) {
                    (client.items, client.sent, client.holds_token) = (0, 0, false);
                }
                false
            }
            Place::Instance(id) => self.instance_mut(id).is_some_and(|instance| instance.copies.drop(session)),
            Place::Store => self.store.as_mut().is_some_and(|store| store.copies.drop(session)),
            Place::Replica => {
                if let Some(replica) = self.store.as_mut().and_then(|store| store.replica.as_mut()) {
                    replica.drop(session);
                }
                false
            }
            Place::Disk => {
                if let Some(store) = &mut self.store {
                    store.disk.drop(session);
                }
                false
            }
        };
        if let Some(client) = self.clients.get_mut(session).filter(|_| live) {
            client.copies = client.copies.saturating_sub(1);
        }
    }

    /// A denylist names a login of this visit.
    pub(super) fn revoked(&mut self, session: SessionId, place: Place) {
        let list = match place {
            Place::Store => 0,
            Place::Replica => 1,
            Place::Client | Place::Instance(_) | Place::Disk => return,
        };
        let Some(store) = &mut self.store else { return };
        if let Err(at) = store.revoked[list].binary_search(&session) {
            store.revoked[list].insert(at, session);
        }
    }

    /// Nobody will ask for this visit's copies any more.
    pub(super) fn orphan_copies(&mut self, session: SessionId) {
        let Some(client) = self.clients.get_mut(session) else { return };
        let mut left = std::mem::take(&mut client.copies);
        if let Some(store) = &mut self.store {
            left -= u32::from(store.copies.orphan(session)).min(left);
            store.disk.orphan(session);
            if let Some(replica) = &mut store.replica {
                replica.orphan(session);
            }
        }
        for instance in &mut self.instances {
            if left == 0 {
                break;
            }
            left -= u32::from(instance.copies.orphan(session));
        }
    }

    pub(super) fn lost(&mut self, session: SessionId, writes: u32, whole: bool, event: &Event) {
        let empty = writes == 0 && self.begins_empty;
        if let Some(fault) = self.fault.as_mut().filter(|fault| fault.seq == event.root) {
            if !whole {
                fault.reverted += 1;
            } else if self.clients.get_mut(session).is_some_and(|client| client.lost_first(event.root)) {
                fault.lost += 1;
                fault.empty += u32::from(empty);
            }
        }
        if !whole {
            return;
        }
        let Some(row) = self.clients.row(session) else { return };
        if let Some(client) = self.clients.get_mut(session) {
            client.lose(event.at, writes);
        }
        let scars = self.instances.iter_mut().filter_map(|instance| instance.scar.as_mut());
        let scars = scars.chain(self.store.iter_mut().filter_map(|store| store.scar.as_mut()));
        for scar in scars {
            let Some(place) = scar.undecided(row, session) else { continue };
            // What went with no process's end (it expired, nobody was led back to it) outlived all of them.
            if scar.end == event.cause {
                scar.lose(place, empty);
            } else {
                scar.lose_later(place);
            }
        }
    }
}

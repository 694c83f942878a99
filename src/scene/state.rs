//! How copies of state come and go, and who lost what.

use super::{Copies, Scene};
use crate::event::{Event, Gone, Place, SessionId};
use crate::units::Nanos;

impl Scene {
    /// The copies in a process or on the disk, where there is one.
    fn copies_mut(&mut self, place: Place) -> Option<&mut Copies> {
        match place {
            Place::Client => None,
            Place::Instance(id) => Some(&mut self.instance_mut(id)?.copies),
            Place::Store => Some(&mut self.store.as_mut()?.copies),
            Place::Replica => self.store.as_mut()?.replica.as_mut(),
            Place::Disk => Some(&mut self.store.as_mut()?.disk),
        }
    }

    pub(super) fn stored(&mut self, session: SessionId, login: u32, place: Place, writes: u32, at: Nanos) {
        let client = self.clients.get_mut(session);
        // What a late one leaves is nobody's from the start.
        let orphan = client.as_ref().is_none_or(|client| login < client.login);
        if let Some(client) = client.filter(|_| place == Place::Client) {
            if writes > client.items {
                client.grown = at;
            }
            // A smaller token is a new one: nothing in it has been sent yet.
            client.sent = if writes < client.items { 0 } else { client.sent };
            (client.items, client.holds_token) = (writes, true);
        }
        let fresh = self.copies_mut(place).is_some_and(|copies| copies.store((session, login), writes, orphan, at));
        if let Some(client) = self.clients.get_mut(session).filter(|_| fresh && answers(place)) {
            client.copies += 1;
        }
    }

    pub(super) fn dropped(&mut self, session: SessionId, login: u32, place: Place, why: Gone) {
        let live = self.copies_mut(place).is_some_and(|copies| copies.drop((session, login))) && answers(place);
        self.aged |= live && matches!(why, Gone::Expired | Gone::Evicted);
        let Some(client) = self.clients.get_mut(session) else { return };
        if place == Place::Client {
            (client.items, client.sent, client.holds_token) = (0, 0, false);
        }
        if live {
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
        if let Some(fault) = self.fault.as_mut().filter(|fault| fault.seq == event.root)
            && let Some(client) = self.clients.get_mut(session)
        {
            let before = client.robbed_by(event.root, whole);
            if whole && before != Some(true) {
                fault.lost += 1;
                fault.empty += u32::from(empty);
                fault.reverted -= u32::from(before.is_some());
            } else if before.is_none() {
                fault.reverted += 1;
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

/// Whether requests are answered from a copy there: a replica follows, and a disk is only read at a start.
const fn answers(place: Place) -> bool {
    matches!(place, Place::Instance(_) | Place::Store)
}

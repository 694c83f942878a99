//! The store's life and death, and what outlives it.
//!
//! ```text
//!   Up ── kill ──▶ Down ──▶ Starting: a replica takes over ─▶ Up, with what had reached the replica
//!    ╰─ restart ─▶ Down ──▶ Starting: the same server ──────▶ Up, with what is on its disk
//! ```

use super::{Operation, Phase};
use crate::event::{Gone, Health, Place, What};
use crate::scenario::Persistence;
use crate::sim::logout::Revoked;
use crate::sim::plan::FLUSH_INTERVAL;
use crate::sim::session::Cause;
use crate::sim::slab::Key;
use crate::sim::writes::WriteSet;
use crate::sim::{Next, World};
use crate::units::Nanos;

impl World {
    pub(in crate::sim) fn open_store(&mut self) {
        if self.store.is_some() {
            self.set_store_health(Health::Up, Nanos::ZERO, Cause::default());
            if self.plan.persistence == Persistence::Everysec {
                self.agenda.push(self.now + FLUSH_INTERVAL, Next::Flush(1));
            }
        }
    }

    fn set_store_health(&mut self, health: Health, until: Nanos, cause: Cause) -> Cause {
        let replica = self.the_store().replica;
        let event = self.emit(cause, What::Store { health, until, replica });
        let store = self.the_store();
        store.health = health;
        store.life = event;
        store.trouble = match health {
            Health::Up => None,
            // It was dead before, and whoever starts it again is not to blame for what it still refuses.
            Health::Starting => store.trouble,
            _ => Some(event),
        };
        self.reckon_strain();
        event
    }

    /// Clients that could not reach the store try again.
    pub(in crate::sim) fn unpark(&mut self) {
        let Some(store) = self.store.as_mut() else { return };
        for key in std::mem::take(&mut store.parked) {
            let Operation { attempt, ask, instance, .. } = self.operations[key];
            if self.instance(instance).health == Health::Hung {
                // Not before it goes on.
                self.the_store().parked.push(key);
                continue;
            }
            // Whoever has died meanwhile does not ask again.
            match attempt.filter(|&attempt| self.working(attempt)).zip(ask) {
                Some((attempt, ask)) => {
                    self.operations[key].phase = Phase::OnTheWay;
                    let arrives = self.send_to_store(attempt, ask);
                    self.agenda.push(arrives, Next::AtStore(key));
                }
                None => self.operations.free(key),
            }
        }
    }

    pub(in crate::sim) fn kill_store(&mut self, cause: Cause) {
        let event = self.set_store_health(Health::Down, Nanos::ZERO, cause);
        self.end_store(event);
        if self.the_store().replica {
            let until = self.now.saturating_add(self.plan.failover);
            self.the_store().failing_over = true;
            self.set_store_health(Health::Starting, until, event);
            let incarnation = self.the_store().incarnation;
            self.agenda.push(until, Next::StoreUp(incarnation));
        }
    }

    /// The process ends: its memory and what was on its way to the replica are gone; its clients try to connect anew.
    fn end_store(&mut self, cause: Cause) {
        let now = self.now;
        let store = self.the_store();
        store.incarnation += 1;
        store.busy = 0;
        store.out_free = now;
        let slowed = std::mem::replace(&mut store.slowness, 1.0) != 1.0;
        store.queue.clear();
        store.frozen.clear();
        store.dirty.clear();
        store.deleted.clear();
        store.revoked.iter_mut().for_each(|entry| entry.memory = false);
        if slowed {
            self.emit(cause, What::Slowed { instance: 0, factor: 1.0 });
        }
        // What was inside has to be asked again; answers already on the wire arrive.
        for key in self.operations.keys() {
            if self.operations[key].phase != Phase::Inside {
                continue;
            }
            let waiting = self.operations[key].attempt.filter(|&attempt| self.working(attempt));
            match waiting {
                Some(attempt) => {
                    self.attempts[attempt].obstacle = Some(cause);
                    self.park(key);
                }
                None => self.operations.free(key),
            }
        }
        self.forget_replica_transfers();
        self.destroy_copies(Place::Store, cause);
    }

    fn empty_replica(&mut self, cause: Cause) {
        self.the_store().revoked.iter_mut().for_each(|entry| entry.replica = false);
        self.remove_copies(Place::Replica, cause);
        for orphan in self.orphans_at(Place::Replica).collect::<Vec<_>>() {
            self.drop_orphan(orphan, Gone::Moved, cause);
        }
    }

    /// The copies at a place of which no event says that all of them go.
    fn remove_copies(&mut self, place: Place, cause: Cause) {
        for key in self.sessions.keys() {
            self.drop_copy(key, place, Gone::Moved, cause);
        }
    }

    /// A client cannot reach the store, and waits until it can.
    pub(super) fn park(&mut self, key: Key) {
        self.operations[key].phase = Phase::Parked;
        self.the_store().parked.push(key);
    }

    /// A replica has taken over, or the store has started again.
    pub(in crate::sim) fn store_up(&mut self, incarnation: u32) {
        if self.the_store().incarnation != incarnation {
            return;
        }
        let cause = self.the_store().life;
        let takes_over = std::mem::take(&mut self.the_store().failing_over);
        let source = if takes_over { Place::Replica } else { Place::Disk };
        // A replica persists what it is sent as its server does, on a disk of its own.
        let persists = takes_over && self.plan.persistence != Persistence::None;
        self.the_store().replica &= !takes_over;
        let cause = self.set_store_health(Health::Up, Nanos::ZERO, cause);
        let follows = self.the_store().replica;
        for entry in &mut self.the_store().revoked {
            entry.memory = if takes_over { entry.replica } else { entry.disk };
            entry.replica = follows && entry.memory;
            entry.disk = if takes_over { persists && entry.memory } else { entry.disk };
        }
        self.tell_denylist(Place::Store, cause, |entry| entry.memory);
        self.tell_denylist(Place::Replica, cause, |entry| entry.replica);
        if persists {
            self.tell_denylist(Place::Disk, cause, |entry| entry.disk);
        }
        if takes_over {
            // What only the dead server's disk held is out of reach.
            self.remove_copies(Place::Disk, cause);
        }
        for key in self.sessions.keys() {
            let Some(copy) = self.sessions[key].copy_at(source) else {
                // Whoever had not reached the replica has lost what only that disk held.
                self.settle_losses(key, cause);
                continue;
            };
            let (writes, bytes, owner) = (copy.writes.clone(), copy.bytes, self.sessions[key].login());
            if takes_over {
                self.sessions[key].copies.clear();
                self.copy_gone(cause, owner, source, Gone::Moved, bytes);
            }
            self.store_copy(key, Place::Store, &writes, cause);
            if follows {
                self.store_copy(key, Place::Replica, &writes, cause);
            }
            if persists {
                self.store_copy(key, Place::Disk, &writes, cause);
            }
            self.settle_losses(key, cause);
        }
        self.make_room(Place::Store, cause);
        if self.plan.persistence == Persistence::Everysec {
            let incarnation = self.the_store().incarnation;
            self.agenda.push(self.now + FLUSH_INTERVAL, Next::Flush(incarnation));
        }
        self.unpark();
    }

    /// Writes of the last second go to disk.
    pub(in crate::sim) fn flush(&mut self, incarnation: u32) {
        if self.store_stands_still(incarnation, Next::Flush(incarnation)) {
            return;
        }
        let store = self.the_store();
        let cause = store.life;
        for key in std::mem::take(&mut store.dirty) {
            let Some(copy) = self.sessions.get(key).and_then(|session| session.copy_at(Place::Store)) else { continue };
            let writes: WriteSet = copy.writes.clone();
            self.store_copy(key, Place::Disk, &writes, cause);
        }
        for (session, epoch) in std::mem::take(&mut self.the_store().deleted) {
            self.erase_orphan(session, epoch, Place::Disk, cause);
        }
        self.tell_denylist(Place::Disk, cause, |entry| entry.memory && !entry.disk);
        self.the_store().revoked.iter_mut().for_each(|entry| entry.disk |= entry.memory);
        self.agenda.push(self.now + FLUSH_INTERVAL, Next::Flush(incarnation));
    }

    /// Says which logins the denylist at a place names.
    fn tell_denylist(&mut self, place: Place, cause: Cause, named: impl Fn(&Revoked) -> bool) {
        let named: Vec<_> = self.the_store().revoked.iter().filter(|entry| named(entry)).map(|it| it.session).collect();
        for session in named {
            self.emit(cause, What::Revoked { session, place });
        }
    }

    /// Whether this life of the store is over, or it hangs: then what was to happen now is kept for later.
    pub(super) fn store_stands_still(&mut self, incarnation: u32, next: Next) -> bool {
        let now = self.now;
        let store = self.the_store();
        let hung = store.health == Health::Hung;
        if hung && store.incarnation == incarnation {
            store.frozen.push((now.since(store.hung_since), next));
        }
        hung || store.incarnation != incarnation
    }

    pub(in crate::sim) fn hang_store(&mut self, cause: Cause) {
        let now = self.now;
        let event = self.set_store_health(Health::Hung, Nanos::ZERO, cause);
        self.the_store().hung_since = now;
        for key in self.operations.keys() {
            let waiting = self.operations[key].attempt.filter(|&attempt| self.working(attempt));
            if let Some(attempt) = waiting {
                self.attempts[attempt].obstacle = Some(event);
            }
        }
    }

    pub(in crate::sim) fn resume_store(&mut self, cause: Cause) {
        self.set_store_health(Health::Up, Nanos::ZERO, cause);
        for (left, next) in std::mem::take(&mut self.the_store().frozen) {
            if let Next::AtStore(key) = next {
                self.operations[key].phase = Phase::OnTheWay;
            }
            self.agenda.push(self.now + left, next);
        }
    }

    pub(in crate::sim) fn restart_store(&mut self, cause: Cause) {
        let until = self.now + self.plan.start;
        if self.the_store().health == Health::Up || self.the_store().health == Health::Hung {
            let event = self.set_store_health(Health::Down, Nanos::ZERO, cause);
            // A restart takes the same server up again. Its replica does not take over: it follows the server, and
            // becomes as empty as that begins (a known pitfall of unpersisted Redis primaries).
            self.empty_replica(event);
            self.end_store(event);
        }
        self.set_store_health(Health::Starting, until, cause);
        let incarnation = self.the_store().incarnation;
        self.agenda.push(until, Next::StoreUp(incarnation));
    }
}

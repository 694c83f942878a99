//! How instances and the store live and die, and what goes with them.

use super::{Held, Instance, Leg, Scar, Scene, Wreck};
use crate::event::{Event, Health, InstanceId};
use crate::units::Nanos;

impl Scene {
    pub(super) fn health(
        &mut self,
        id: InstanceId,
        health: Health,
        incarnation: u32,
        until: Nanos,
        workers: u32,
        event: &Event,
    ) {
        let place = match self.instances.binary_search_by_key(&id, |instance| instance.id) {
            Ok(place) => place,
            Err(_) if health == Health::Removed => return,
            Err(place) => {
                self.instances.insert(place, Instance::new(id, health, workers, event.at));
                self.peak = self.peak.map(|peak| peak.max(self.instances.len()));
                place
            }
        };
        let destroyed = !health.runs();
        if destroyed {
            self.cut_off(id);
            let held = self.instances[place].copies.take_all();
            let wrecks = self.wrecks(held);
            let instance = &mut self.instances[place];
            (instance.applying, instance.accepting) = (0, 0);
            if !wrecks.is_empty() || health == Health::Down {
                instance.scar = Some(Scar::new(event, wrecks));
            }
        }
        let instance = &mut self.instances[place];
        if instance.health != health {
            instance.since = event.at;
        }
        if health == Health::Down {
            instance.killed = instance.kill != 0 && instance.kill == event.root;
        }
        (instance.health, instance.until, instance.incarnation, instance.workers) =
            (health, until, incarnation, workers);
        if !self.believes {
            instance.believed_up = instance.answers() || health == Health::Hung;
        }
        if health == Health::Removed {
            self.instances.remove(place);
            self.removed = (self.removed.0 + 1, event.at);
        }
        self.replaced(id, health, incarnation, event.at);
    }

    /// A deployment is done with an instance that is up anew, or gone, or has stopped because somebody wanted that.
    fn replaced(&mut self, id: InstanceId, health: Health, incarnation: u32, at: Nanos) {
        if !self.deploys() {
            return;
        }
        let done = |before: u32| match health {
            Health::Removed | Health::Down => true,
            health => health == Health::Up && incarnation > before,
        };
        self.outdated.retain(|&(outdated, before)| outdated != id || !done(before));
        if let Some(fault) = self.fault.as_mut().filter(|_| self.outdated.is_empty()) {
            fault.over = Some(at);
        }
    }

    /// The copies that somebody could still have asked for; their clients have one copy less.
    fn wrecks(&mut self, held: Vec<Held>) -> Vec<Wreck> {
        let mut wrecks = Vec::new();
        for held in held.into_iter().filter(|held| !held.orphan) {
            let Some(row) = self.clients.row(held.session) else { continue };
            if let Some(client) = self.clients.get_mut(held.session) {
                client.copies = client.copies.saturating_sub(1);
            }
            wrecks.push(Wreck { session: held.session, row, writes: held.writes, lost: false, later: false });
        }
        wrecks
    }

    /// What is inside a process that ends goes no further; replies already on the wire do.
    fn cut_off(&mut self, id: InstanceId) {
        for index in self.flights.indices() {
            let Some(flight) = self.flights.get(index).copied() else { continue };
            if flight.instance != id || !flight.leg.inside() {
                continue;
            }
            if flight.asks_store.is_some() {
                self.ask_store(flight.request, flight.session, 0, None);
            }
            self.set_leg(index, None, Leg::Cut);
            if flight.ghost {
                self.forget_ghost(flight.request, flight.attempt);
            }
        }
    }

    pub(super) fn store_health(&mut self, health: Health, until: Nanos, event: &Event) {
        let Some(store) = &mut self.store else { return };
        if store.health != health {
            store.since = event.at;
        }
        let failed_over = store.killed && store.health == Health::Starting && health == Health::Up;
        (store.health, store.until) = (health, until);
        if failed_over {
            // From here on the replica is the store, and none follows it.
            store.taken_over = store.replica.take().is_some();
            store.revoked[1].clear();
        }
        if health != Health::Down {
            return;
        }
        store.killed = store.kill != 0 && store.kill == event.root;
        store.revoked[0].clear();
        if !store.killed {
            // What follows a server that starts empty becomes empty with it.
            store.revoked[1].clear();
        }
        let held = store.copies.take_all();
        let wrecks = self.wrecks(held);
        if let Some(store) = &mut self.store {
            store.scar = Some(Scar::new(event, wrecks));
        }
    }
}

//! How each event changes the scene.

use super::client::NONE;
use super::{Cargo, Fault, Flight, Hop, Instance, Leg, Mark, Scar, Scene, Span, Wreck};
use crate::command::{Command, Target};
use crate::event::{Event, Health, InstanceId, Outcome, Place, RequestId, RequestKind, Seq, SessionId, What};
use crate::scenario::Home;
use crate::units::Nanos;

/// So many attempts that were given up are kept before those whose message found nobody are swept out.
const GHOSTS: usize = 256;

impl Scene {
    pub(super) fn fold(&mut self, event: &Event) {
        let at = event.at;
        let way = |arrives| Span { departed: at, arrives };
        match event.what {
            What::Commanded { command } => self.commanded(command, event.seq, at),
            What::SessionStarted { session, .. } => {
                self.clients.arrive(session, at);
            }
            What::SessionLeft { session, how } => {
                self.orphan_copies(session);
                if let Some(flight) = self.clients.get_mut(session).map(|client| client.flight) {
                    self.end_flight(flight);
                }
                self.clients.leave(session, how, at);
            }
            What::Lost { session, writes, whole } => self.lost(session, writes, whole, event),
            What::Pinned { session, instance } => {
                if let Some(client) = self.clients.get_mut(session) {
                    client.pinned = instance;
                }
            }
            What::Issued { request, session, purpose, write, .. } => self.issued(request, session, purpose, write),
            What::Sent { request, session, attempt, arrives, .. } => self.sent(request, session, attempt, way(arrives)),
            What::Routed { request, session, attempt, instance, arrives, .. } => {
                self.move_flight(request, session, attempt, Some(instance), Leg::Forward(way(arrives)));
            }
            What::Held { request, session, attempt, instance } => {
                self.move_flight(request, session, attempt, None, Leg::Held);
                if let Some(flight) = self.flight_mut(request, session, attempt) {
                    flight.instance = instance;
                }
            }
            What::Refused { request, session, attempt, instance, arrives } => {
                self.move_flight(request, session, attempt, None, Leg::Bounced(way(arrives)));
                if let Some(flight) = self.flight_mut(request, session, attempt) {
                    flight.refused = instance;
                }
            }
            What::Queued { request, session, attempt, .. } => {
                self.move_flight(request, session, attempt, None, Leg::Queued);
            }
            What::Started { request, session, attempt, .. } => {
                self.move_flight(request, session, attempt, None, Leg::Serving);
            }
            What::Asked { request, session, ask, instance, peer, arrives, .. } => {
                self.hops.add(Hop { session, from: instance, to: peer, cargo: Cargo::Asked(ask), way: way(arrives) });
                self.ask_store(request, session, peer, true);
            }
            What::Answered { request, session, ask, instance, peer, arrives, .. } => {
                self.hops.add(Hop {
                    session,
                    from: peer,
                    to: instance,
                    cargo: Cargo::Answered(ask),
                    way: way(arrives),
                });
                self.ask_store(request, session, peer, false);
            }
            What::Replied { request, session, attempt, status, arrives, .. } => {
                self.ask_store(request, session, 0, false);
                self.move_flight(request, session, attempt, None, Leg::Back(way(arrives), status));
            }
            What::Returned { request, session, attempt, status, arrives, context_bytes, .. } => {
                self.move_flight(request, session, attempt, None, Leg::Down(way(arrives), status));
                let token = self.home == Home::Token && context_bytes > 0;
                if let Some(flight) = self.flight_mut(request, session, attempt).filter(|_| token) {
                    flight.returned = Some(flight.items + u32::from(flight.write != 0));
                }
            }
            What::TimedOut { request, session, attempt } => self.give_up(request, session, attempt),
            What::BackedOff { request, session, attempt, until } => {
                self.move_flight(request, session, attempt, None, Leg::AtClient { until });
            }
            What::Ended { request, session, outcome, purpose, .. } => {
                self.ended(request, session, outcome, purpose, event);
            }
            What::Late { request, session: _, attempt } => {
                if let Ok(place) = self.ghost(request, attempt) {
                    let (_, _, index) = self.ghosts.remove(place);
                    self.end_flight(index);
                }
            }
            What::Stored { session, place, writes, .. } => self.stored(session, place, writes, at),
            What::Dropped { session, place, .. } => self.dropped(session, place),
            What::Copying { session, from, to, arrives, .. } => {
                self.hops.add(Hop { session, from, to, cargo: Cargo::Copy, way: way(arrives) });
            }
            What::Instance { instance, health, incarnation, until, workers } => {
                self.health(instance, health, incarnation, until, workers, event);
            }
            What::Slowed { instance: 0, factor } => {
                if let Some(store) = &mut self.store {
                    store.slowness = factor;
                }
            }
            What::Slowed { instance, factor } => {
                if let Some(instance) = self.instance_mut(instance) {
                    instance.slowness = factor;
                }
            }
            What::Partitioned { instance, cut } => {
                if let Some(instance) = self.instance_mut(instance) {
                    instance.partitioned = cut;
                }
            }
            What::Store { health, until } => self.store_health(health, until, event),
            What::Believed { instance, up, .. } => {
                if let Some(instance) = self.instance_mut(instance) {
                    instance.believed_up = up;
                }
                if let Some(fault) = self.fault.as_mut().filter(|fault| !up && fault.seq == event.root) {
                    fault.noticed.get_or_insert(at);
                }
            }
            What::Connected { session, instance } => {
                if let Some(client) = self.clients.get_mut(session) {
                    client.connected = instance;
                }
            }
            What::Disconnected { session, .. } => {
                if let Some(client) = self.clients.get_mut(session) {
                    client.connected = 0;
                }
            }
            What::RunStarted { .. }
            | What::Rejected { .. }
            | What::Checked { .. }
            | What::RateChanged { .. }
            | What::Pushed { .. } => {}
        }
    }

    fn commanded(&mut self, command: Command, seq: Seq, at: Nanos) {
        match command {
            Command::Kill(Target::Instance(id)) => {
                if let Some(instance) = self.instance_mut(id) {
                    instance.kill = seq;
                }
            }
            Command::Kill(Target::Store) => {
                if let Some(store) = &mut self.store {
                    store.kill = seq;
                }
            }
            _ => {}
        }
        if let Some(fault) = Fault::of(command, seq, at) {
            self.fault = Some(fault);
        }
    }

    // ── requests ────────────────────────────────────────────────────────────────────────────────────────────────

    fn issued(&mut self, request: RequestId, session: SessionId, purpose: RequestKind, write: u32) {
        let Some(row) = self.clients.row(session) else { return };
        if purpose == RequestKind::Relogin {
            // The state goes on under a new id; what is left of the old one nobody can ask for any more.
            self.orphan_copies(session);
        }
        let index = self.flights.add(Flight {
            request,
            session,
            row,
            attempt: 0,
            purpose,
            write,
            leg: Leg::AtClient { until: Nanos::ZERO },
            instance: 0,
            refused: 0,
            items: 0,
            fresh: 0,
            returned: None,
            asks_store: false,
            lane: None,
            ghost: false,
        });
        if let Some(client) = self.clients.get_mut(session) {
            let before = std::mem::replace(&mut client.flight, index);
            self.end_flight(before);
        }
    }

    fn sent(&mut self, request: RequestId, session: SessionId, attempt: u8, way: Span) {
        let Some(client) = self.clients.get_mut(session) else { return };
        let (index, items) = (client.flight, client.items);
        let fresh = items - client.sent.min(items);
        client.sent = client.sent.max(items);
        let Some(flight) = self.flights.get_mut(index).filter(|flight| flight.request == request) else { return };
        *flight = Flight { attempt, items, fresh, instance: 0, refused: 0, returned: None, ..*flight };
        self.set_leg(index, None, Leg::Up(way));
    }

    /// The client stops waiting; the service may still be at work on it.
    fn give_up(&mut self, request: RequestId, session: SessionId, attempt: u8) {
        let Some(client) = self.clients.get_mut(session) else { return };
        let index = client.flight;
        let Some(flight) = self.flights.get_mut(index).filter(|f| (f.request, f.attempt) == (request, attempt)) else {
            return;
        };
        flight.ghost = true;
        let next = Flight {
            leg: Leg::AtClient { until: Nanos::ZERO },
            lane: None,
            ghost: false,
            asks_store: false,
            ..*flight
        };
        let next = self.flights.add(next);
        if let Some(client) = self.clients.get_mut(session) {
            client.flight = next;
        }
        if let Err(place) = self.ghost(request, attempt) {
            self.ghosts.insert(place, (request, attempt, index));
        }
        if self.ghosts.len() > GHOSTS && self.ghosts.len().is_power_of_two() {
            self.sweep_ghosts();
        }
    }

    fn ended(&mut self, request: RequestId, session: SessionId, outcome: Outcome, purpose: RequestKind, event: &Event) {
        if let Some(fault) = self.fault.as_mut().filter(|fault| fault.seq == event.root && !outcome.useful()) {
            fault.failed += 1;
        }
        let Some(client) = self.clients.get_mut(session) else { return };
        let index = client.flight;
        match outcome {
            Outcome::Ok | Outcome::Stale => {
                client.mark = None;
                if purpose != RequestKind::Followup {
                    client.lost = None;
                }
            }
            Outcome::Lost | Outcome::TooLarge => {
                client.pinned = 0;
                client.mark = Some((event.at, Mark::Failed(outcome)));
            }
            _ => client.mark = Some((event.at, Mark::Failed(outcome))),
        }
        if self.flights.get(index).is_some_and(|flight| flight.request == request) {
            if let Some(client) = self.clients.get_mut(session) {
                client.flight = NONE;
            }
            self.end_flight(index);
        }
    }

    fn ghost(&self, request: RequestId, attempt: u8) -> Result<usize, usize> {
        self.ghosts.binary_search_by_key(&(request, attempt), |&(request, attempt, _)| (request, attempt))
    }

    /// Drops given-up attempts whose message has arrived without a further event: their receiver was dead.
    fn sweep_ghosts(&mut self) {
        let stale: Vec<(RequestId, u8, u32)> = self
            .ghosts
            .iter()
            .copied()
            .filter(|&(_, _, index)| match self.flights.get(index).map(|flight| flight.leg) {
                Some(Leg::Up(way) | Leg::Forward(way) | Leg::Bounced(way) | Leg::Back(way, _) | Leg::Down(way, _)) => {
                    way.arrives < self.now
                }
                Some(Leg::Cut | Leg::AtClient { .. }) | None => true,
                Some(Leg::Held | Leg::Queued | Leg::Serving) => false,
            })
            .collect();
        for &(_, _, index) in &stale {
            self.end_flight(index);
        }
        self.ghosts.retain(|entry| stale.binary_search(entry).is_err());
    }

    fn index_of(&mut self, request: RequestId, session: SessionId, attempt: u8) -> Option<u32> {
        if let Some(client) = self.clients.get_mut(session) {
            let index = client.flight;
            if self.flights.get(index).is_some_and(|f| f.request == request && f.attempt == attempt) {
                return Some(index);
            }
        }
        self.ghost(request, attempt).ok().map(|place| self.ghosts[place].2)
    }

    fn flight_mut(&mut self, request: RequestId, session: SessionId, attempt: u8) -> Option<&mut Flight> {
        let index = self.index_of(request, session, attempt)?;
        self.flights.get_mut(index)
    }

    fn move_flight(&mut self, request: RequestId, session: SessionId, attempt: u8, to: Option<InstanceId>, leg: Leg) {
        if let Some(index) = self.index_of(request, session, attempt) {
            self.set_leg(index, to, leg);
        }
    }

    /// Puts a flight on a leg, and keeps the instance's counts and rows in step with it.
    fn set_leg(&mut self, index: u32, to: Option<InstanceId>, leg: Leg) {
        let Some(flight) = self.flights.get(index).copied() else { return };
        let target = to.unwrap_or(flight.instance);
        let stays = flight.leg.behind_balancer() && leg.behind_balancer() && target == flight.instance;
        if let Some(instance) = self.instance_mut(flight.instance) {
            match flight.leg {
                Leg::Queued => instance.queued = instance.queued.saturating_sub(1),
                Leg::Serving => instance.serving = instance.serving.saturating_sub(1),
                _ => {}
            }
            if flight.leg.behind_balancer() && !stays {
                instance.leave_lane(flight.lane);
            }
        }
        let mut lane = flight.lane.filter(|_| stays);
        if let Some(instance) = self.instance_mut(target) {
            match leg {
                Leg::Queued => instance.queued += 1,
                Leg::Serving => instance.serving += 1,
                _ => {}
            }
            if leg.behind_balancer() && !stays {
                lane = instance.enter_lane(index);
            }
        }
        if let Some(flight) = self.flights.get_mut(index) {
            *flight = Flight { leg, instance: target, lane, ..*flight };
        }
    }

    /// Takes a flight out of the picture.
    fn end_flight(&mut self, index: u32) {
        let Some(flight) = self.flights.get(index).copied() else { return };
        if flight.asks_store {
            self.store_done();
        }
        self.set_leg(index, None, Leg::AtClient { until: Nanos::ZERO });
        self.flights.remove(index);
    }

    fn ask_store(&mut self, request: RequestId, session: SessionId, peer: InstanceId, asks: bool) {
        if peer != 0 || self.store.is_none() {
            return;
        }
        // A question bears no attempt: it belongs to the one that a worker has.
        let own = self.clients.get_mut(session).map_or(NONE, |client| client.flight);
        let mine =
            |flight: &Flight| flight.request == request && (flight.asks_store != asks) && flight.leg == Leg::Serving;
        let index = if self.flights.get(own).is_some_and(mine) {
            own
        } else {
            let first = self.ghosts.partition_point(|&(id, ..)| id < request);
            let of_request = self.ghosts[first..].iter().take_while(|&&(id, ..)| id == request);
            match of_request.map(|entry| entry.2).find(|&index| self.flights.get(index).is_some_and(mine)) {
                Some(index) => index,
                None => return,
            }
        };
        if let Some(flight) = self.flights.get_mut(index) {
            flight.asks_store = asks;
        }
        if let Some(store) = self.store.as_mut().filter(|_| asks) {
            store.pending += 1;
        } else {
            self.store_done();
        }
    }

    fn store_done(&mut self) {
        if let Some(store) = &mut self.store {
            store.pending = store.pending.saturating_sub(1);
        }
    }

    // ── state ───────────────────────────────────────────────────────────────────────────────────────────────────

    fn stored(&mut self, session: SessionId, place: Place, writes: u32, at: Nanos) {
        let orphan = self.clients.row(session).is_none();
        let fresh = match place {
            Place::Client => {
                if let Some(client) = self.clients.get_mut(session) {
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
                    store.on_disk += 1;
                }
                false
            }
        };
        if let Some(client) = self.clients.get_mut(session).filter(|_| fresh) {
            client.copies += 1;
        }
    }

    fn dropped(&mut self, session: SessionId, place: Place) {
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
                    store.on_disk = store.on_disk.saturating_sub(1);
                }
                false
            }
        };
        if let Some(client) = self.clients.get_mut(session).filter(|_| live) {
            client.copies = client.copies.saturating_sub(1);
        }
    }

    /// Nobody will ask for this visit's copies any more.
    fn orphan_copies(&mut self, session: SessionId) {
        let Some(client) = self.clients.get_mut(session) else { return };
        let mut left = std::mem::take(&mut client.copies);
        if let Some(store) = &mut self.store {
            left -= u32::from(store.copies.orphan(session)).min(left);
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

    fn lost(&mut self, session: SessionId, writes: u32, whole: bool, event: &Event) {
        if let Some(fault) = self.fault.as_mut().filter(|fault| fault.seq == event.root) {
            if whole { fault.lost += 1 } else { fault.reverted += 1 }
        }
        if !whole {
            return;
        }
        let Some(row) = self.clients.row(session) else { return };
        if let Some(client) = self.clients.get_mut(session) {
            client.lost = Some((event.at, writes));
        }
        let scars = self.instances.iter_mut().filter_map(|instance| instance.scar.as_mut());
        let scars = scars.chain(self.store.iter_mut().filter_map(|store| store.scar.as_mut()));
        let found = scars.filter_map(|scar| scar.undecided(row, session).map(|place| (scar, place)));
        // The last process to have held it is the one that it was lost in.
        if let Some((scar, place)) = found.max_by_key(|(scar, _)| scar.at) {
            scar.lose(place);
        }
    }

    // ── processes ───────────────────────────────────────────────────────────────────────────────────────────────

    fn health(&mut self, id: InstanceId, health: Health, incarnation: u32, until: Nanos, workers: u32, event: &Event) {
        let place = match self.instances.binary_search_by_key(&id, |instance| instance.id) {
            Ok(place) => place,
            Err(_) if health == Health::Removed => return,
            Err(place) => {
                self.instances.insert(place, Instance::new(id, health, workers));
                place
            }
        };
        let destroyed = matches!(health, Health::Down | Health::Starting | Health::Removed);
        if destroyed {
            self.cut_off(id);
            let held = self.instances[place].copies.take_all();
            let wrecks = self.wrecks(held);
            let instance = &mut self.instances[place];
            if !wrecks.is_empty() || health == Health::Down {
                instance.scar = Some(Scar::new(event.at, wrecks));
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
        if health == Health::Removed {
            self.instances.remove(place);
        }
    }

    /// The copies that somebody could still have asked for; their clients have one copy less.
    fn wrecks(&mut self, held: Vec<super::Held>) -> Vec<Wreck> {
        let mut wrecks = Vec::new();
        for held in held.into_iter().filter(|held| !held.orphan) {
            let Some(row) = self.clients.row(held.session) else { continue };
            if let Some(client) = self.clients.get_mut(held.session) {
                client.copies = client.copies.saturating_sub(1);
            }
            wrecks.push(Wreck { session: held.session, row, writes: held.writes, lost: false });
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
            if flight.asks_store {
                self.ask_store(flight.request, flight.session, 0, false);
            }
            self.set_leg(index, None, Leg::Cut);
            if flight.ghost {
                if let Ok(place) = self.ghost(flight.request, flight.attempt) {
                    self.ghosts.remove(place);
                }
                self.end_flight(index);
            }
        }
    }

    fn store_health(&mut self, health: Health, until: Nanos, event: &Event) {
        let Some(store) = &mut self.store else { return };
        if store.health != health {
            store.since = event.at;
        }
        (store.health, store.until) = (health, until);
        if health != Health::Down {
            return;
        }
        store.killed = store.kill != 0 && store.kill == event.root;
        let held = store.copies.take_all();
        let wrecks = self.wrecks(held);
        if let Some(store) = &mut self.store {
            store.scar = Some(Scar::new(event.at, wrecks));
        }
    }
}

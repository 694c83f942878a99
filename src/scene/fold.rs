//! Which event changes what in the scene.

use super::{Cargo, Fault, Hop, Instance, Leg, Push, Scene, Span, Weight};
use crate::command::{Command, Target};
use crate::event::{Event, Health, InstanceId, Seq, SessionId, What};
use crate::scenario::Home;
use crate::units::Nanos;

impl Scene {
    pub(super) fn fold(&mut self, event: &Event) {
        let at = event.at;
        let way = |arrives| Span { departed: at, arrives };
        self.notice_fault(event);
        match event.what {
            What::Commanded { command } => self.commanded(command, event.seq),
            What::SessionStarted { session, warm, .. } => {
                // A visit that was in progress when the run began had logged in before.
                self.clients.arrive(session, at).login = u32::from(warm);
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
            What::Sent { request, session, attempt, arrives, up_bytes, context_bytes, redundant_bytes } => {
                let up = Weight { all: up_bytes, context: context_bytes, again: redundant_bytes };
                self.sent(request, session, attempt, up, way(arrives));
            }
            What::Routed { request, session, attempt, instance, arrives, .. } => {
                self.move_flight(request, session, attempt, Some(instance), Leg::Forward(way(arrives)));
            }
            What::Held { request, session, attempt, instance } => {
                if let Some(flight) = self.move_flight(request, session, attempt, None, Leg::Held) {
                    flight.instance = instance;
                }
            }
            What::Refused { request, session, attempt, instance, arrives } => {
                if let Some(flight) = self.move_flight(request, session, attempt, None, Leg::Bounced(way(arrives))) {
                    flight.refused = instance;
                }
            }
            What::Queued { request, session, attempt, .. } => {
                self.move_flight(request, session, attempt, None, Leg::Queued);
            }
            What::Started { request, session, attempt, .. } => {
                self.move_flight(request, session, attempt, None, Leg::Serving);
            }
            What::Occupied { instance, work, begun } => {
                if let Some(instance) = self.instance_mut(instance) {
                    instance.occupy(work, begun);
                }
            }
            What::Asked { request, session, ask, instance, peer, arrives, .. } => {
                self.hops.add(Hop { session, from: instance, to: peer, cargo: Cargo::Asked(ask), way: way(arrives) });
                self.ask_store(request, session, peer, Some(ask));
            }
            What::Answered { request, session, ask, instance, peer, arrives, .. } => {
                self.hops.add(Hop {
                    session,
                    from: peer,
                    to: instance,
                    cargo: Cargo::Answered(ask),
                    way: way(arrives),
                });
                self.ask_store(request, session, peer, None);
            }
            What::Replied { request, session, attempt, status, arrives, .. } => {
                self.ask_store(request, session, 0, None);
                self.move_flight(request, session, attempt, None, Leg::Back(way(arrives), status));
            }
            What::Returned { request, session, attempt, status, arrives, down_bytes, context_bytes, .. } => {
                let (token, most) = (self.home == Home::Token && context_bytes > 0, self.most_items);
                let leg = Leg::Down(way(arrives), status);
                if let Some(flight) = self.move_flight(request, session, attempt, None, leg) {
                    flight.down = Weight { all: down_bytes, context: context_bytes, again: 0 };
                    if token {
                        flight.returned = Some((flight.items + u32::from(flight.write != 0)).min(most));
                    }
                }
            }
            What::TimedOut { request, session, attempt } => self.give_up(request, session, attempt),
            What::BackedOff { request, session, until, .. } => self.back_off(request, session, until),
            What::Ended { request, session, outcome, purpose, .. } => {
                self.ended(request, session, outcome, purpose, event);
            }
            What::Late { request, session: _, attempt } => {
                self.forget_ghost(request, attempt);
            }
            What::Stored { session, place, writes, login, .. } => self.stored(session, login, place, writes, at),
            What::Dropped { session, place, why, login, .. } => self.dropped(session, login, place, why),
            What::Revoked { session, place } => self.revoked(session, place),
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
            What::Store { health, until, .. } => self.store_health(health, until, event),
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
                    client.connect(instance);
                }
            }
            What::Disconnected { session, until, .. } => {
                if let Some(client) = self.clients.get_mut(session) {
                    client.disconnect(until);
                }
            }
            What::Pushed { session, instance, arrives } => self.pushed(session, instance, way(arrives)),
            What::RateChanged { factor } => self.traffic = factor,
            What::RunStarted { .. } | What::Rejected { .. } | What::Checked { .. } => {}
        }
    }

    fn pushed(&mut self, session: SessionId, from: InstanceId, way: Span) {
        // What has no connection to go over never leaves.
        if let Some(row) = self.clients.row(session).filter(|_| way.arrives != Nanos::NEVER) {
            self.pushes.add(Push { session, row, from, way });
        }
    }

    fn notice_fault(&mut self, event: &Event) {
        let Self { watch, instances, store, .. } = self;
        let down = |target| match target {
            Target::Instance(id) => instances.iter().any(|it| it.id == id && it.health == Health::Down),
            Target::Store => store.as_ref().is_some_and(|store| store.health == Health::Down),
        };
        if let Some((command, seq)) = watch.begun_by(event, down)
            && !command.misses_store(store.is_some())
        {
            self.fault = Some(Fault::new(command, seq, event.at));
            let found = self.instances.iter().filter(|_| command == Command::Deploy);
            // Whoever is down has no process that could be replaced: the one that starts has the number already.
            let old = |it: &Instance| it.incarnation - u32::from(it.health == Health::Down);
            self.outdated = found.map(|it| (it.id, old(it))).collect();
        }
    }

    fn commanded(&mut self, command: Command, seq: Seq) {
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
            Command::Policy(policy) => self.policy = policy,
            _ => {}
        }
    }
}

//! The load balancer: where a request goes, and what the balancer believes of the instances.
//!
//! Belief lags truth: a dead instance stays "up" until enough checks failed, and that lag is most of
//! what a failover is. Meanwhile its connections are refused, and each refusal makes it look idle.

use super::draw::{Purpose, mix};
use super::plan::{COOKIE_BYTES, PASSIVE_PENALTY, Plan, SMALL_MESSAGE_BYTES};
use super::session::Cause;
use super::slab::Key;
use super::{Next, World};
use crate::event::{Evidence, Health, InstanceId, Outcome, Status, What};
use crate::scenario::{DrainMode, Home, Policy, ScaleMode, Transport};
use crate::units::Nanos;

/// Points of one instance on the consistent-hash ring (ketama uses 160).
const RING_POINTS: u64 = 160;

/// What the balancer knows and wants.
#[derive(Clone, Debug)]
pub struct Balancer {
    pub policy: Policy,
    pub redispatch: bool,
    turn: usize,
    /// Instances that new sessions may go to, in order of their ids.
    pub usable: Vec<InstanceId>,
    /// The points of all that were not removed, in order; none: to be worked out when next a request needs them.
    ring: Vec<(u64, InstanceId)>,
    /// The newest event that took an instance out.
    pub last_down: Cause,
    /// The newest event that changed who is usable, and with it where `hash` and `ring` lead.
    pub reshaped_by: Cause,
}

/// What the balancer knows of one instance.
#[derive(Clone, Default, Debug)]
pub struct Belief {
    pub up: bool,
    /// What active checks say.
    checks_say_up: bool,
    pub draining: bool,
    pub in_flight: u32,
    failed_checks: u32,
    good_checks: u32,
    /// Until when it is out because a connection was refused, if it is.
    penalised_until: Option<Nanos>,
    /// The newest event that took it out.
    pub down_by: Cause,
}

impl Balancer {
    pub fn new(plan: &Plan) -> Self {
        Self {
            policy: plan.policy,
            redispatch: plan.redispatch,
            turn: 0,
            usable: Vec::new(),
            ring: Vec::new(),
            last_down: Cause::default(),
            reshaped_by: Cause::default(),
        }
    }

    /// How many bytes of memory a clone of it takes elsewhere.
    pub const fn bytes(&self) -> usize {
        size_of_val(self.usable.as_slice()) + size_of_val(self.ring.as_slice())
    }
}

impl World {
    pub(super) fn at_balancer(&mut self, key: Key) {
        let attempt = &self.attempts[key];
        let session = attempt.session.filter(|&session| self.sessions.get(session).is_some());
        let theft = attempt.theft.as_ref();
        let asked = match (self.plan.transport, session) {
            (Transport::Connection, _) if theft.is_some() => 0,
            (Transport::Request, _) if theft.is_some() => theft.map_or(0, |theft| theft.pin),
            (Transport::Connection, Some(session)) => self.socket(session),
            (Transport::Request, Some(session)) => self.sessions[session].pin,
            _ => 0,
        };
        self.attempts[key].asked = asked;
        if self.plan.scale_mode == ScaleMode::PerRequest {
            self.route_to_function(key);
        } else {
            self.route(key);
        }
    }

    /// Chooses an instance and sends the attempt there, or answers 503.
    pub(super) fn route(&mut self, key: Key) {
        let attempt = &self.attempts[key];
        let asked = attempt.asked;
        let chosen = if asked != 0 && self.accepts_pinned(asked) && !attempt.refused_by.contains(&asked) {
            Some(asked)
        } else if self.plan.transport == Transport::Connection && attempt.theft.is_none() {
            None
        } else {
            self.choose(key)
        };
        match chosen {
            Some(id) => self.route_to(key, id),
            None => {
                let cut_by = self.attempts[key].session.and_then(|session| self.cut_by(session));
                let attempt = &mut self.attempts[key];
                attempt.instance = 0;
                attempt.status = Some(Status::Unavailable);
                let cause = attempt.obstacle.or(cut_by).unwrap_or(self.balancer.last_down);
                attempt.cause = if cause.seq == 0 { attempt.cause } else { cause };
                self.return_reply(key);
            }
        }
    }

    fn accepts_pinned(&self, id: InstanceId) -> bool {
        let belief = &self.instance(id).belief;
        belief.up && !(belief.draining && self.plan.drain_mode == DrainMode::AtOnce)
    }

    pub(super) fn route_to(&mut self, key: Key, id: InstanceId) {
        let now = self.now;
        let attempt = &mut self.attempts[key];
        attempt.instance = id;
        let (session, bytes) = (attempt.id, attempt.up_bytes);
        let nth = attempt.refused_by.len().min(254) as u8 + 1;
        let draw_key = attempt.draw_key() << 4 | (attempt.refused_by.len() as u64 & 7) << 1;
        let hop = self.hop(&self.plan.backend_hop, Purpose::BackendHop, session, || draw_key);
        let takes = self.plan.backend_line.occupied(bytes);
        let instance = self.instance_mut(id);
        instance.belief.in_flight += 1;
        let arrives = Self::transmit(now, &mut instance.in_free, takes) + hop;
        self.tell(key, |attempt| What::Routed {
            request: attempt.request,
            session,
            attempt: attempt.number,
            instance: id,
            nth,
            asked: attempt.asked,
            arrives,
            bytes,
        });
        self.proceed(arrives, Next::AtInstance(key));
    }

    /// The policy's choice among the usable instances that have not refused this attempt.
    fn choose(&mut self, key: Key) -> Option<InstanceId> {
        let attempt = &self.attempts[key];
        let (session, tries) = (attempt.id, attempt.refused_by.len() as u64);
        let draw_key = attempt.draw_key() << 4 | tries & 15;
        if !attempt.refused_by.is_empty() {
            let others: Vec<_> =
                self.balancer.usable.iter().copied().filter(|id| !attempt.refused_by.contains(id)).collect();
            // The next in turn: were it to take a turn of its own, whoever follows the dead would be passed over each time.
            if self.balancer.policy == Policy::RoundRobin {
                let after = attempt.refused_by.last().and_then(|refused| others.iter().find(|id| *id > refused));
                return after.or(others.first()).copied();
            }
            return self.choose_among(&others, session, draw_key);
        }
        let usable = std::mem::take(&mut self.balancer.usable);
        let choice = self.choose_among(&usable, session, draw_key);
        self.balancer.usable = usable;
        choice
    }

    pub(super) fn choose_among(
        &mut self,
        candidates: &[InstanceId],
        session: u64,
        draw_key: u64,
    ) -> Option<InstanceId> {
        if candidates.is_empty() {
            return None;
        }
        let n = candidates.len();
        let load = |id: &InstanceId| {
            let instance = self.instance(*id);
            let open = if self.plan.transport == Transport::Connection { instance.pinned } else { 0 };
            open + instance.belief.in_flight
        };
        let draw = |purpose, n| self.draws.below(n, purpose, session, draw_key);
        let choice = match self.balancer.policy {
            Policy::RoundRobin => {
                self.balancer.turn = self.balancer.turn.wrapping_add(1);
                candidates[(self.balancer.turn - 1) % n]
            }
            Policy::Random => candidates[draw(Purpose::Route, n)],
            Policy::LeastConnections => {
                let least = candidates.iter().map(load).min()?;
                let ties = candidates.iter().filter(|id| load(id) == least);
                let nth = draw(Purpose::Route, ties.clone().count());
                *ties.clone().nth(nth)?
            }
            Policy::TwoChoices => {
                // Two different ones, if there are two: the second is drawn among the others.
                let first = draw(Purpose::Route, n);
                let second = (first + 1 + draw(Purpose::SecondRoute, n - 1)) % n;
                let (a, b) = (candidates[first], candidates[second]);
                if load(&b) < load(&a) { b } else { a }
            }
            Policy::Hash => candidates[(mix(session) % n as u64) as usize],
            Policy::Ring => {
                self.lay_ring();
                self.on_ring(candidates, session)?
            }
        };
        Some(choice)
    }

    /// The first candidate clockwise from the session's point.
    fn on_ring(&self, candidates: &[InstanceId], session: u64) -> Option<InstanceId> {
        let ring = &self.balancer.ring;
        let start = ring.partition_point(|&(point, _)| point < mix(session));
        let clockwise = ring[start..].iter().chain(&ring[..start]);
        clockwise.map(|&(_, id)| id).find(|id| candidates.binary_search(id).is_ok())
    }

    /// Works out anew who is usable, after a belief changed.
    pub(super) fn refresh_usable(&mut self) {
        let usable = |instance: &&super::Instance| instance.belief.up && !instance.belief.draining;
        self.balancer.usable = self.instances.iter().filter(usable).map(|instance| instance.id).collect();
    }

    /// Works the ring out, if whoever is on it has changed since: few policies look at it, and many instances may come at once.
    fn lay_ring(&mut self) {
        if !self.balancer.ring.is_empty() {
            return;
        }
        let there = self.instances.iter().filter(|instance| instance.health != Health::Removed);
        let points = |id: InstanceId| (0..RING_POINTS).map(move |point| (mix(u64::from(id) << 32 | point), id));
        self.balancer.ring.extend(there.flat_map(|instance| points(instance.id)));
        self.balancer.ring.sort_unstable();
    }

    /// An instance came, or is gone for good.
    pub(super) fn reshape_ring(&mut self) {
        self.balancer.ring.clear();
    }

    /// An instance refused the connection.
    pub(super) fn refusal_at_balancer(&mut self, key: Key) {
        let attempt = &mut self.attempts[key];
        let id = std::mem::take(&mut attempt.instance);
        attempt.refused_by.push(id);
        let tries = attempt.refused_by.len() as u32;
        self.instance_mut(id).belief.in_flight -= 1;
        self.maybe_drained(id);
        let cause = self.instance(id).trouble.unwrap_or(self.attempts[key].cause);
        if self.plan.passive {
            self.penalise(id, cause);
        }
        let attempt = &mut self.attempts[key];
        attempt.obstacle = Some(cause);
        if self.plan.transport == Transport::Connection {
            // The connection is gone: only the client can make a new one.
            attempt.status = Some(Status::Unavailable);
            attempt.cause = cause;
            self.return_reply(key);
        } else if self.plan.scale_mode == ScaleMode::PerRequest {
            self.route_to_function(key);
        } else if tries <= self.plan.balancer_retries && self.balancer.redispatch {
            self.route(key);
        } else if tries <= self.plan.balancer_retries {
            self.route_to(key, id);
        } else {
            attempt.status = Some(Status::Unavailable);
            attempt.cause = cause;
            self.return_reply(key);
        }
    }

    /// An instance's reply is at the balancer.
    pub(super) fn reply_at_balancer(&mut self, key: Key) {
        let id = self.attempts[key].instance;
        self.instance_mut(id).belief.in_flight -= 1;
        self.maybe_drained(id);
        self.maybe_idle(id);
        self.return_reply(key);
    }

    /// Sends a reply on to the client.
    pub(super) fn return_reply(&mut self, key: Key) {
        let attempt = &self.attempts[key];
        let status = attempt.status.expect("a reply has a status");
        let context = match self.plan.home {
            Home::Token => attempt.new_context,
            _ if attempt.login && status.outcome() == Outcome::Ok => COOKIE_BYTES,
            _ => 0,
        };
        let body = if status.code() == 200 { self.plan.response_bytes } else { SMALL_MESSAGE_BYTES };
        let down_bytes = body.saturating_add(context);
        let owner = attempt.session.filter(|&key| attempt.theft.is_none() && self.sessions.get(key).is_some());
        let on_wire = match owner {
            Some(owner) => self.on_wire(owner, down_bytes, |wire| &mut wire.down_free),
            None => self.now + self.plan.client_line.occupied(down_bytes),
        };
        let attempt = &self.attempts[key];
        let hop = self.hop(&self.plan.client_hop, Purpose::ClientHop, attempt.id, || attempt.draw_key() << 1 | 1);
        let arrives = on_wire + hop;
        self.tell(key, |attempt| What::Returned {
            request: attempt.request,
            session: attempt.id,
            attempt: attempt.number,
            instance: attempt.instance,
            status,
            arrives,
            down_bytes,
            context_bytes: context,
        });
        self.proceed(arrives, Next::AtClient(key));
    }

    /// The balancer changes its mind, if it did not think so already.
    pub(super) fn believe(&mut self, id: InstanceId, up: bool, evidence: Evidence, cause: Cause) {
        if self.instance(id).belief.up == up {
            return;
        }
        let cause = self.emit(cause, What::Believed { instance: id, up, evidence });
        self.instance_mut(id).belief.up = up;
        self.balancer.reshaped_by = cause;
        if !up {
            self.instance_mut(id).belief.down_by = cause;
            self.balancer.last_down = cause;
            self.cut_connections(id);
        }
        self.refresh_usable();
        if up {
            self.deploy_goes_on();
        }
    }

    /// Begins the checks of an instance, somewhere in their period.
    pub(super) fn begin_checks(&mut self, id: InstanceId) {
        if let Some(interval) = self.plan.check_interval {
            let phase = interval.scaled(self.draws.unit(Purpose::Phase, id.into(), 0));
            self.agenda.push(self.now + phase, Next::Check(id));
        }
    }

    pub(super) fn check(&mut self, id: InstanceId) {
        let instance = self.instance(id);
        if instance.health == Health::Removed {
            return;
        }
        let round_trip = self.plan.check_round_trip;
        let (ok, takes) = match instance.health {
            Health::Up | Health::Draining if round_trip <= self.plan.check_timeout => (true, round_trip),
            Health::Up | Health::Draining | Health::Hung => (false, self.plan.check_timeout),
            _ => (false, round_trip),
        };
        self.agenda.push(self.now + takes, Next::CheckAnswered(id, ok));
        if let Some(interval) = self.plan.check_interval {
            self.agenda.push(self.now + interval, Next::Check(id));
        }
    }

    pub(super) fn check_answered(&mut self, id: InstanceId, ok: bool) {
        let instance = self.instance(id);
        if instance.health == Health::Removed {
            return;
        }
        let cause = if ok { instance.life } else { instance.trouble.unwrap_or(instance.life) };
        let cause = self.emit(cause, What::Checked { instance: id, ok });
        let (rise, fall) = (self.plan.rise, self.plan.fall);
        let belief = &mut self.instance_mut(id).belief;
        if ok {
            belief.failed_checks = 0;
            belief.good_checks += 1;
            if !belief.checks_say_up && !belief.draining && belief.good_checks >= rise {
                belief.checks_say_up = true;
                if belief.penalised_until.is_none() {
                    self.believe(id, true, Evidence::Checks, cause);
                }
            }
        } else {
            belief.good_checks = 0;
            belief.failed_checks += 1;
            if belief.checks_say_up && belief.failed_checks >= fall {
                belief.checks_say_up = false;
                self.believe(id, false, Evidence::Checks, cause);
            }
        }
    }

    /// The balancer is told that an instance is ready (it is founded, or nothing checks it).
    pub(super) fn register(&mut self, id: InstanceId, cause: Cause) {
        let belief = &mut self.instance_mut(id).belief;
        belief.checks_say_up = true;
        // What an earlier process refused says nothing about the one that is ready now.
        belief.penalised_until = None;
        self.believe(id, true, Evidence::Told, cause);
    }

    /// The balancer is told that an instance is gone for good, or stops on purpose.
    pub(super) fn deregister(&mut self, id: InstanceId, cause: Cause) {
        let belief = &mut self.instance_mut(id).belief;
        belief.checks_say_up = false;
        belief.good_checks = 0;
        self.believe(id, false, Evidence::Told, cause);
    }

    fn penalise(&mut self, id: InstanceId, cause: Cause) {
        let until = self.now.saturating_add(PASSIVE_PENALTY);
        let belief = &mut self.instance_mut(id).belief;
        if belief.penalised_until.is_none() {
            belief.penalised_until = Some(until);
            self.agenda.push(until, Next::PenaltyOver(id));
            self.believe(id, false, Evidence::Passive, cause);
        }
    }

    pub(super) fn penalty_over(&mut self, id: InstanceId) {
        let now = self.now;
        let belief = &mut self.instance_mut(id).belief;
        // A penalty that was lifted and a later one are not over yet.
        if belief.penalised_until.take_if(|until| *until == now).is_some() && belief.checks_say_up {
            self.believe(id, true, Evidence::Passive, Cause::default());
        }
    }

    /// The time a message takes to a peer or to the store, with its bytes on the sender's line.
    pub(super) fn leave_instance(&mut self, id: InstanceId, bytes: u32, hop: Nanos) -> Nanos {
        let takes = self.plan.backend_line.occupied(bytes);
        let now = self.now;
        Self::transmit(now, &mut self.instance_mut(id).out_free, takes) + hop
    }
}

//! The simulated service: users, balancer, instances and store, for one home of state.
//!
//! ```text
//!   client.rs ──▶ balancer.rs ──▶ work.rs ──▶ store.rs          traffic.rs   who comes when
//!   (visits,      (policy,        (queue,     (only `store`)    faults.rs    commands
//!    retries)      beliefs)        workers)                     scaling.rs   autoscaler, deploy
//!                                   │  ╰────▶ replication.rs    instance.rs  life and death
//!                                   ╰─ homes/: where a state is found and kept, one file per home
//!   logout.rs    what is forgotten when a user logs out
//!   eviction.rs  what is forgotten when a memory is full
//!   replay.rs    requests with a copied token or cookie
//! ```
//!
//! The world is pure: no clock, no I/O, no hidden randomness; time is whole nanoseconds. It does nothing but emit
//! [`Event`]s. Cloning it forks the run.
//!
//! What makes it fast: whatever comes and goes has a slot to come back to, so that a run which has warmed up allocates
//! nothing (`slab.rs`); a visit is small, and what few visits need lies elsewhere (`session.rs`); what comes next is in
//! order and nothing else is (`agenda.rs`); what takes no time happens at once, without the agenda
//! (`World::proceed`); draws are made before anything waits for them (`client.rs`); and events are handed over in batches.

mod agenda;
mod balancer;
mod client;
mod connection;
mod draw;
mod eviction;
mod far;
mod faults;
mod homes;
mod instance;
mod logarithm;
mod logout;
mod plan;
mod replay;
mod replication;
mod scaling;
mod session;
mod sizes;
mod slab;
mod store;
mod traffic;
mod work;
mod writes;

pub use sizes::{growth_bytes, state_in_token, token_bytes};

use crate::command::Command;
use crate::event::{Event, InstanceId, Place, RequestId, Seq, Sink, What};
use crate::scenario::{Home, Policy, Scenario};
use crate::units::Nanos;
use agenda::Agenda;
use balancer::Balancer;
use client::{Attempt, Wire};
use connection::Line;
use draw::{Draws, Purpose, Span};
use eviction::Memory;
use instance::Instance;
use plan::Plan;
use replication::Transfer;
use scaling::Scaling;
use session::{Cause, Open, Orphan, Session};
use slab::{Key, Slab};
use std::sync::Arc;
use store::{Operation, Store};
use traffic::Traffic;

/// Something that is to happen. Keys may be stale by then: whoever is called looks first.
#[derive(Clone, Copy, Debug)]
enum Next {
    Scripted(u32),
    Arrival(u32),
    ChairTaken(u32),
    RateChange(u32),
    BurstEnds(u32),
    ThinkOver(Key),
    VisitEnds(Key),
    Retry(Key, u8),
    Timeout(Key),
    SessionExpires(Key),
    OrphanExpires(Key),

    AtBalancer(Key),
    RefusalAtBalancer(Key),
    ReplyAtBalancer(Key),
    AtClient(Key),
    Check(InstanceId),
    CheckAnswered(InstanceId, bool),
    PenaltyOver(InstanceId),

    AtInstance(Key),
    Served(Key),
    Applied(Key, InstanceId),
    Started(InstanceId, u32),
    DrainOver(InstanceId, u32),
    IdleStop(InstanceId, u32),

    AtStore(Key),
    StoreServed(Key, u32),
    StoreAnswer(Key),
    StoreTimeout(Key),
    StoreUp(u32),
    ReplicaApplies(Key),
    Flush(u32),

    TransferSent(Key),
    TransferArrives(Key),
    PeerAcknowledges(Key),
    PeerTimeout(Key, u32),
    FetchArrives(Key, u32),
    FetchAnswered(Key, u32),
    PeerGone(InstanceId, u32),

    Reconnect(Key, u16),
    Handshake(Key, InstanceId, u16),
    HandshakeDone(Key, InstanceId, u16, u16),
    Connected(Key, InstanceId, u16, u16),
    ConnectionLost(Key, InstanceId, u16),
    Push(Key, u32),

    Autoscale,
}

// Two of them fit into a cache line together with when they are due.
const _: () = assert!(size_of::<Next>() <= 16);

/// Handed to the listener in batches of about this many events: small enough to stay in the cache.
const BATCH: usize = 32;

/// One simulated service.
#[derive(Clone, Debug)]
pub struct World {
    plan: Arc<Plan>,
    draws: Draws,
    now: Nanos,
    agenda: Agenda<Next>,
    happened: u64,
    seq: Seq,
    /// Events not yet handed to the listener.
    news: Vec<Event>,
    /// Whether the first visits were let in.
    opened: bool,
    traffic: Traffic,
    sessions: Slab<Session>,
    /// What users wait for.
    requests: Slab<Open>,
    /// The lines of visits, where bytes take time on them.
    wires: Vec<Wire>,
    /// The connections of visits, where the transport is one.
    lines: Vec<Line>,
    last_request: RequestId,
    /// How many copied credentials were sent.
    replays: u32,
    /// What users who have logged out threw away.
    discarded: Vec<replay::Discarded>,
    attempts: Slab<Attempt>,
    orphans: Slab<Orphan>,
    /// Where memory has a limit: the store's first, then those of the instances by id.
    memories: Vec<Memory>,
    balancer: Balancer,
    /// By id, from 1.
    instances: Vec<Instance>,
    transfers: Slab<Transfer>,
    operations: Slab<Operation>,
    store: Option<Store>,
    scaling: Scaling,
    /// The newest command that keeps an instance or the store from its work.
    strain: Option<Cause>,
}

impl World {
    /// The service of `scenario` with session state in `home`, at its beginning.
    #[must_use]
    pub fn new(scenario: &Scenario, home: Home) -> Self {
        let plan = Arc::new(Plan::new(scenario, home));
        let mut world = Self {
            draws: Draws::new(plan.seed),
            now: Nanos::ZERO,
            agenda: Agenda::new(),
            happened: 0,
            seq: 0,
            news: Vec::with_capacity(2 * BATCH),
            opened: false,
            traffic: Traffic::new(),
            sessions: Slab::new(),
            requests: Slab::new(),
            wires: Vec::new(),
            lines: Vec::new(),
            last_request: 0,
            replays: 0,
            discarded: Vec::new(),
            attempts: Slab::new(),
            orphans: Slab::new(),
            memories: Vec::new(),
            balancer: Balancer::new(&plan),
            instances: Vec::new(),
            transfers: Slab::new(),
            operations: Slab::new(),
            store: plan.uses_store().then(|| Store::new(&plan)),
            scaling: Scaling::default(),
            strain: None,
            plan,
        };
        world.begin();
        world
    }

    fn begin(&mut self) {
        let plan = Arc::clone(&self.plan);
        self.emit(Cause::default(), What::RunStarted { seed: plan.seed, home: plan.home });
        // First of all, so that a command comes before whatever else happens at its instant.
        for (index, &(at, _)) in plan.commands.iter().enumerate() {
            self.agenda.push(at, Next::Scripted(index as u32));
        }
        self.open_store();
        for _ in 0..plan.instances {
            self.found_instance();
        }
    }

    /// Lets the first visits in, unless they are there already: so late, because their events need somebody who listens.
    fn open<S: Sink + ?Sized>(&mut self, sink: &mut S) {
        if !std::mem::replace(&mut self.opened, true) {
            self.begin_traffic(sink);
            self.begin_scaling();
        }
    }

    /// The present simulated instant.
    #[must_use]
    pub const fn now(&self) -> Nanos {
        self.now
    }

    /// How many entries of the agenda have happened: what simulation libraries call events. A request of `cluster` makes two of
    /// them; one with a network and a time-out of its own, seven and more.
    #[must_use]
    pub const fn happened(&self) -> u64 {
        self.happened
    }

    /// Lets everything happen up to and including `until`, and hands the events to `sink`.
    pub fn run_until<S: Sink + ?Sized>(&mut self, until: Nanos, sink: &mut S) {
        self.open(sink);
        while let Some((at, next)) = self.next_until(until) {
            debug_assert!(at >= self.now, "time runs forward");
            self.now = at;
            self.happened += 1;
            self.happen(next);
            self.hand_over_batch(sink);
        }
        self.now = self.now.max(until);
        self.hand_over(sink);
    }

    /// What comes next. The sessions of those who come soon are fetched together: so the trips to memory overlap.
    #[inline(always)]
    fn next_until(&mut self, until: Nanos) -> Option<(Nanos, Next)> {
        let sessions = &self.sessions;
        self.agenda.pop_until(until, |next| {
            if let &Next::ThinkOver(session) = next {
                sessions.touch(session, |session| session.ordinal);
            }
        })
    }

    /// The next instant at which something is to happen here, if there is one.
    pub fn next_at(&mut self) -> Option<Nanos> {
        if self.opened { self.agenda.next_at() } else { Some(self.now) }
    }

    /// Carries `command` out at the present instant, and hands the events to `sink`.
    ///
    /// # Errors
    /// Why it is impossible now; the refusal is an event, too.
    pub fn command<S: Sink + ?Sized>(&mut self, command: Command, sink: &mut S) -> Result<(), String> {
        self.open(sink);
        let result = self.carry_out(command);
        self.hand_over(sink);
        result
    }

    /// About how many bytes of memory a clone of it takes elsewhere: what its vectors hold, sets of writes with gaps left out.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let parts = [
            self.agenda.bytes(),
            self.traffic.bytes(),
            self.sessions.bytes(Session::bytes_beside),
            self.requests.bytes(|_| 0),
            size_of_val(self.wires.as_slice()),
            size_of_val(self.lines.as_slice()),
            self.attempts.bytes(|attempt| size_of_val(attempt.refused_by.as_slice())),
            self.orphans.bytes(|_| 0),
            self.memories.iter().map(|memory| size_of::<Memory>() + memory.bytes()).sum(),
            self.balancer.bytes(),
            size_of_val(self.instances.as_slice()),
            self.instances.iter().map(Instance::bytes_beside).sum(),
            self.transfers.bytes(|_| 0),
            self.operations.bytes(|_| 0),
            self.store.as_ref().map_or(0, Store::bytes),
        ];
        parts.iter().sum()
    }

    #[inline]
    fn hand_over_batch<S: Sink + ?Sized>(&mut self, sink: &mut S) {
        if self.news.len() >= BATCH {
            self.hand_over(sink);
        }
    }

    fn hand_over<S: Sink + ?Sized>(&mut self, sink: &mut S) {
        for event in &self.news {
            sink.take(event);
        }
        self.news.clear();
    }

    /// Says what happened; the result serves as the cause of what follows from it.
    fn emit(&mut self, cause: Cause, what: What) -> Cause {
        self.seq += 1;
        self.news.push(Event { at: self.now, seq: self.seq, cause: cause.seq, root: cause.root, what });
        Cause { seq: self.seq, root: cause.root }
    }

    /// Says what happened to an attempt: the cause of what happens to it next.
    #[inline]
    fn tell(&mut self, key: Key, what: impl FnOnce(&Attempt) -> What) {
        let attempt = &mut self.attempts[key];
        let Cause { seq: cause, root } = attempt.cause;
        self.seq += 1;
        self.news.push(Event { at: self.now, seq: self.seq, cause, root, what: what(attempt) });
        attempt.cause.seq = self.seq;
    }

    /// Says that a command was carried out: a root of causes.
    fn emit_root(&mut self, what: What) -> Cause {
        self.seq += 1;
        self.news.push(Event { at: self.now, seq: self.seq, cause: 0, root: self.seq, what });
        Cause { seq: self.seq, root: self.seq }
    }

    /// Lets `next` happen at `at`: at once if that is now.
    ///
    /// Only as the last act of whoever calls, because everything may have changed afterwards.
    #[inline(always)]
    fn proceed(&mut self, at: Nanos, next: Next) {
        if at == self.now {
            self.happen(next);
        } else {
            self.agenda.push(at, next);
        }
    }

    // Inlined because most callers know what is next, and then nothing remains of the choice but a call.
    #[inline(always)]
    fn happen(&mut self, next: Next) {
        match next {
            Next::Scripted(index) => self.scripted(index as usize),
            Next::Arrival(epoch) => self.arrival(epoch),
            Next::ChairTaken(chair) => self.chair_taken(chair),
            Next::RateChange(index) => self.scheduled_rate(index),
            Next::BurstEnds(number) => self.burst_ends(number),
            Next::ThinkOver(session) => self.think_over(session),
            Next::VisitEnds(session) => self.visit_ends(session),
            Next::Retry(session, attempt) => self.retry(session, attempt),
            Next::Timeout(attempt) => self.timeout(attempt),
            Next::SessionExpires(session) => self.session_expires(session),
            Next::OrphanExpires(orphan) => self.orphan_expires(orphan),

            Next::AtBalancer(attempt) => self.at_balancer(attempt),
            Next::RefusalAtBalancer(attempt) => self.refusal_at_balancer(attempt),
            Next::ReplyAtBalancer(attempt) => self.reply_at_balancer(attempt),
            Next::AtClient(attempt) => self.at_client(attempt),
            Next::Check(id) => self.check(id),
            Next::CheckAnswered(id, ok) => self.check_answered(id, ok),
            Next::PenaltyOver(id) => self.penalty_over(id),

            Next::AtInstance(attempt) => self.at_instance(attempt),
            Next::Served(attempt) => self.served(attempt),
            Next::Applied(transfer, id) => self.applied(transfer, id),
            Next::Started(id, incarnation) => self.instance_started(id, incarnation),
            Next::DrainOver(id, incarnation) => self.drain_over(id, incarnation),
            Next::IdleStop(id, token) => self.idle_stop(id, token),

            Next::AtStore(operation) => self.at_store(operation),
            Next::StoreServed(operation, incarnation) => self.store_served(operation, incarnation),
            Next::StoreAnswer(operation) => self.store_answer(operation),
            Next::StoreTimeout(operation) => self.store_timeout(operation),
            Next::StoreUp(incarnation) => self.store_up(incarnation),
            Next::ReplicaApplies(transfer) => self.replica_applies(transfer),
            Next::Flush(incarnation) => self.flush(incarnation),

            Next::TransferSent(transfer) => self.transfer_sent(transfer),
            Next::TransferArrives(transfer) => self.transfer_arrives(transfer),
            Next::PeerAcknowledges(attempt) => self.peer_acknowledges(attempt),
            Next::PeerTimeout(attempt, asks) => self.peer_timeout(attempt, asks),
            Next::FetchArrives(attempt, asks) => self.fetch_arrives(attempt, asks),
            Next::FetchAnswered(attempt, asks) => self.fetch_answered(attempt, asks),
            Next::PeerGone(id, incarnation) => self.peer_gone(id, incarnation),

            Next::Reconnect(session, nth) => self.reconnect(session, nth),
            Next::Handshake(session, id, nth) => self.handshake(session, id, nth),
            Next::HandshakeDone(session, id, life, nth) => self.handshake_done(session, id, life, nth),
            Next::Connected(session, id, life, nth) => self.connected(session, id, life, nth),
            Next::ConnectionLost(session, id, nth) => self.connection_lost(session, id, nth),
            Next::Push(session, nth) => self.push(session, nth),

            Next::Autoscale => self.autoscale(),
        }
    }

    fn instance(&self, id: InstanceId) -> &Instance {
        &self.instances[usize::from(id) - 1]
    }

    fn instance_mut(&mut self, id: InstanceId) -> &mut Instance {
        &mut self.instances[usize::from(id) - 1]
    }

    /// How often the memory of a place was destroyed so far.
    fn incarnation_of(&self, place: Place) -> u32 {
        match place {
            Place::Instance(id) => self.instance(id).incarnation,
            Place::Store | Place::Replica => self.store.as_ref().map_or(0, |store| store.incarnation),
            Place::Client | Place::Disk => 0,
        }
    }

    /// One hop's delay, jitter applied.
    #[inline]
    fn hop(&self, span: &Span, purpose: Purpose, key: u64, ordinal: impl FnOnce() -> u64) -> Nanos {
        match span.fixed() {
            Some(fixed) => fixed,
            None => self.drawn_hop(span, purpose, key, ordinal()),
        }
    }

    fn drawn_hop(&self, span: &Span, purpose: Purpose, key: u64, ordinal: u64) -> Nanos {
        let base = span.draw(&self.draws, purpose, key, ordinal);
        if self.plan.jitter_ratio == 0.0 {
            return base;
        }
        let unit = self.draws.unit(purpose, key, ordinal ^ 1 << 63);
        base.scaled(1.0 + self.plan.jitter_ratio * (2.0 * unit - 1.0))
    }

    /// Puts bytes on a line that is free at `free`; when the last of them is on it.
    fn transmit(now: Nanos, free: &mut Nanos, takes: Nanos) -> Nanos {
        if takes == Nanos::ZERO {
            return now;
        }
        *free = now.max(*free) + takes;
        *free
    }

    /// The balancer's policy in force.
    #[must_use]
    pub const fn policy(&self) -> Policy {
        self.balancer.policy
    }

    /// Whether the balancer sends a refused connection on to another instance.
    #[must_use]
    pub const fn redispatch(&self) -> bool {
        self.balancer.redispatch
    }
}

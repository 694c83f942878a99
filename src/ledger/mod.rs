//! The ledger: every figure of a run, as a fold over its events.
//!
//! ```text
//!   Event ─▶ Ledger ─┬─▶ requests, sessions, bytes, messages, duties     counted here
//!                    ├─▶ visits (what has to be remembered of each)      visits.rs
//!                    ├─▶ times (latency, wait; Little's law)             times.rs
//!                    ├─▶ credentials (logouts, copied tokens)            credentials.rs
//!                    ├─▶ places (what each instance and the store holds) places.rs, newcomers.rs
//!                    └─▶ faults (what each of them did)                  faults.rs       ─▶ RunReport (figures.rs)
//! ```
//!
//! It sees nothing but events, so whoever has the event log can compute the same figures again. Beside it, `laws.rs`
//! watches that the events obey the model at all.

mod credentials;
mod faults;
mod figures;
mod hash;
pub mod laws;
mod newcomers;
mod places;
mod times;
mod visits;

pub use figures::*;
pub use hash::EventHash;
pub use laws::Laws;

use crate::by_visit::{self, ByVisit};
use crate::command::Command;
use crate::event::{Event, Evidence, InstanceId, Leave, Outcome, Place, RequestKind, Seq, SessionId, Sink, Wait, What};
use crate::fault;
use crate::scenario::{Home, Scenario};
use crate::units::Nanos;
use credentials::Credentials;
use faults::Faults;
use places::Places;
use std::collections::BTreeMap;
use times::LittlesLaw;
pub use times::Times;
use visits::{FELT, Visit};

/// The figures of one arm.
#[derive(Clone, Debug)]
pub struct Ledger {
    requests: Requests,
    sessions: Sessions,
    bytes: Bytes,
    messages: Messages,
    duties: Duties,
    /// The event by which a client put its token away, just before the request ended that had brought it.
    token_stored: Seq,
    latency: Times,
    wait: Times,
    little: LittlesLaw,
    places: Places,
    watch: fault::Watch,
    faults: Faults,
    credentials: Credentials,
    visits: ByVisit<Visit>,
    home: Home,
    logged_in: u64,
    /// A request that takes longer is felt.
    felt: Nanos,
}

impl Default for Ledger {
    fn default() -> Self {
        Self::new()
    }
}

impl Ledger {
    /// Nothing happened yet.
    #[must_use]
    pub fn new() -> Self {
        Self {
            requests: Requests::default(),
            sessions: Sessions::default(),
            bytes: Bytes::default(),
            messages: Messages::default(),
            duties: Duties::default(),
            token_stored: 0,
            latency: Times::new(),
            wait: Times::new(),
            little: LittlesLaw::default(),
            places: Places::default(),
            watch: fault::Watch::default(),
            faults: Faults::default(),
            credentials: Credentials::default(),
            visits: ByVisit::default(),
            home: Home::Token,
            logged_in: 0,
            felt: FELT,
        }
    }

    /// The same, for a scenario whose service times are slowed: what is felt is so many times as long.
    #[must_use]
    pub fn of(scenario: &Scenario) -> Self {
        Self { felt: FELT.scaled(scenario.slow_motion), ..Self::new() }
    }

    /// About how many bytes of memory a clone of it takes elsewhere.
    #[must_use]
    pub fn memory_bytes(&self) -> usize {
        let times = self.latency.bytes() + self.wait.bytes();
        times + self.places.bytes() + self.faults.bytes() + by_visit::bytes(&self.visits)
    }

    /// Requests so far.
    #[must_use]
    pub const fn requests(&self) -> &Requests {
        &self.requests
    }

    /// Sessions so far; `active` is worked out in the report.
    #[must_use]
    pub fn sessions(&self) -> Sessions {
        let ended = self.sessions.completed + self.sessions.abandoned + self.sessions.lost;
        Sessions { active: self.sessions.created - ended, ..self.sessions }
    }

    /// Logouts so far.
    #[must_use]
    pub const fn logouts(&self) -> &Logouts {
        &self.credentials.logouts
    }

    /// Requests with a copied token or cookie so far.
    #[must_use]
    pub const fn replays(&self) -> &Replays {
        &self.credentials.replays
    }

    /// Visits that began and did not end.
    #[must_use]
    pub fn in_progress(&self) -> u64 {
        self.visits.len() as u64
    }

    /// Everything, as of `now`.
    #[must_use]
    pub fn report(&self, scenario: &Scenario, home: Home, now: Nanos, events: Events) -> RunReport {
        let useful = self.requests.outcomes.ok + self.requests.outcomes.stale;
        let duration_s = now.secs();
        let mut bytes = self.bytes;
        bytes.redundant_ratio = (bytes.up > 0).then(|| bytes.redundant as f64 / bytes.up as f64);
        let mut requests = self.requests;
        requests.in_flight = requests.issued - requests.ended;
        RunReport {
            schema: SCHEMA,
            version: env!("CARGO_PKG_VERSION"),
            scenario: scenario.name.clone(),
            home,
            seed: scenario.seed,
            duration_s,
            slow_motion: scenario.slow_motion,
            partial: false,
            settings: BTreeMap::new(),
            commands: Vec::new(),
            rejected: Vec::new(),
            requests,
            sessions: self.sessions(),
            logouts: self.credentials.logouts,
            replays: self.credentials.replays,
            duties: self.duties,
            latency_ms: self.latency.percentiles(),
            wait_ms: self.wait.percentiles(),
            throughput_per_s: if duration_s > 0.0 { useful as f64 / duration_s } else { 0.0 },
            bytes,
            messages: self.messages,
            instances: self.places.instances(now),
            store: self.places.store(),
            faults: self.faults.figures(),
            little: self.little.at(now),
            events,
        }
    }

    fn ended(&mut self, event: &Event) {
        let What::Ended { request, session, outcome, purpose, write, issued, wait, since } = event.what else { return };
        self.requests.ended += 1;
        if purpose == RequestKind::Replay {
            // Nobody's request: no user waits for it, and none is worse off for it.
            self.little.ended(event.at, issued);
            self.credentials.replayed(request, outcome);
            return;
        }
        *self.requests.outcomes.count_mut(outcome) += 1;
        match purpose {
            RequestKind::Login | RequestKind::Relogin => self.requests.logins += 1,
            RequestKind::Followup => {
                self.requests.followups += 1;
                self.requests.followups_lost += u64::from(outcome == Outcome::Lost);
                // Whoever only reads is given a token where the old one has expired.
                if event.seq == self.token_stored + 1 && write == 0 {
                    self.duties.refreshes += 1;
                }
            }
            RequestKind::Logout => self.credentials.logged_out(outcome),
            RequestKind::Replay => {}
        }
        let took = event.at - issued;
        if outcome.useful() {
            self.latency.record(took);
        }
        match wait {
            Wait::Open => {}
            Wait::Served => self.wait.record(event.at - since),
            Wait::Failed => self.wait.fail(),
        }
        self.little.ended(event.at, issued);
        self.faults.ended(issued, outcome, event.root);
        let felt = took > self.felt && self.faults.caused(event.root);
        if purpose == RequestKind::Followup && outcome.useful() && !felt {
            return;
        }
        let visit = self.visits.entry(session).or_default();
        if purpose.logs_in() && outcome.useful() && !visit.logged_in {
            visit.log_in(self.faults.windows());
            self.logged_in += 1;
        }
        if matches!(outcome, Outcome::Lost | Outcome::TooLarge) {
            visit.forgotten();
        }
        let failed = !outcome.useful();
        if (failed || felt)
            && let Some(mut effect) = self.faults.effect(event.root, session)
        {
            visit.counted = true;
            effect.touches();
            if failed {
                effect.affects();
            }
        }
    }

    /// How many logged-in visits depend on what a command hits.
    fn exposed(&self, command: Command) -> Option<u64> {
        let store = self.places.has_store();
        Visit::default().exposed_to(command, self.home, store)?;
        let exposed = |visit: &&Visit| visit.logged_in && visit.exposed_to(command, self.home, store) == Some(true);
        Some(self.visits.values().filter(exposed).count() as u64)
    }

    fn fault(&mut self, at: Nanos, seq: Seq, command: Command) {
        let exposed = self.exposed(command);
        let hits = !command.misses_store(self.places.has_store());
        self.faults.begin(at, seq, command, hits, self.logged_in, exposed);
    }

    fn visit(&mut self, session: SessionId, change: impl FnOnce(&mut Visit)) {
        if let Some(visit) = self.visits.get_mut(&session) {
            change(visit);
        }
    }

    #[cold]
    fn connected(&mut self, session: SessionId, instance: InstanceId) {
        let anew = self.visits.get_mut(&session).is_some_and(|visit| visit.connected(instance));
        self.duties.reconnects += u64::from(anew);
    }

    #[inline]
    fn held_by_client(&mut self, context_bytes: u32) {
        if u64::from(context_bytes) > self.bytes.client_peak {
            self.bytes.client_peak = context_bytes.into();
        }
    }

    fn lost(&mut self, session: SessionId, writes: u32, whole: bool, root: u64) {
        self.sessions.acked_writes_lost += u64::from(writes);
        self.faults.writes_lost(root, writes);
        let Some(visit) = self.visits.get_mut(&session) else { return };
        if let Some(mut effect) = self.faults.effect(root, session) {
            visit.counted = true;
            effect.takes(visit, whole);
        }
        if whole {
            self.logged_in -= u64::from(std::mem::take(&mut visit.logged_in));
            self.sessions.lost += u64::from(!std::mem::replace(&mut visit.lost, true));
        }
    }

    fn left(&mut self, session: SessionId, how: Leave) {
        self.credentials.left(session, how);
        let Some(visit) = self.visits.remove(&session) else { return };
        self.logged_in -= u64::from(visit.logged_in);
        if visit.counted {
            self.faults.forget(session);
        }
        match how {
            _ if visit.lost => {}
            Leave::Completed | Leave::LoggedOut => self.sessions.completed += 1,
            Leave::Abandoned => self.sessions.abandoned += 1,
        }
    }
}

impl Sink for Ledger {
    fn take(&mut self, event: &Event) {
        if let Some((command, seq)) = self.watch.begun_by(event, |target| self.places.is_down(target)) {
            self.fault(event.at, seq, command);
        }
        match event.what {
            What::RunStarted { home, .. } => self.home = home,
            What::Pinned { session, instance } => self.visit(session, |visit| visit.pinned(instance)),
            What::Connected { session, instance } => self.connected(session, instance),
            What::Disconnected { session, instance, .. } => self.visit(session, |visit| visit.disconnected(instance)),
            What::SessionStarted { session, warm, .. } => {
                self.sessions.created += 1;
                self.logged_in += u64::from(warm);
                self.visits.insert(session, Visit::begun(warm));
            }
            What::SessionLeft { session, how } => self.left(session, how),
            What::Lost { session, writes, whole } => self.lost(session, writes, whole, event.root),
            What::Issued { request, session, purpose, .. } => {
                self.credentials.issued(request, session, purpose);
                self.requests.issued += 1;
                self.sessions.relogins += u64::from(purpose == RequestKind::Relogin);
                self.little.issued(event.at);
            }
            What::Sent { attempt, up_bytes, context_bytes, redundant_bytes, .. } => {
                self.requests.attempts += 1;
                self.messages.client += 1;
                self.bytes.up += u64::from(up_bytes);
                self.bytes.context += u64::from(context_bytes);
                self.bytes.redundant += u64::from(redundant_bytes);
                self.held_by_client(context_bytes);
                self.duties.resends += u64::from(redundant_bytes > 0);
                self.duties.retries += u64::from(attempt > 1);
            }
            What::Routed { nth, .. } => {
                self.messages.backend += 1;
                self.requests.attempts += u64::from(nth > 1);
            }
            What::Refused { .. } => self.messages.backend += 1,
            What::Returned { down_bytes, context_bytes, .. } => {
                self.messages.client += 1;
                self.bytes.down += u64::from(down_bytes);
                self.bytes.context += u64::from(context_bytes);
                self.held_by_client(context_bytes);
            }
            What::Ended { .. } => self.ended(event),
            What::Started { instance, .. } => self.places.started(event.at, instance),
            What::Occupied { instance, begun, .. } => self.places.occupied(event.at, instance, begun),
            What::Replied { instance, worker, .. } => {
                self.messages.backend += 1;
                self.places.replied(event.at, instance, worker);
            }
            What::Asked { peer, bytes, .. } | What::Answered { peer, bytes, .. } => {
                if peer == 0 {
                    self.messages.store += 1;
                    self.bytes.store += u64::from(bytes);
                    self.places.store_operation(matches!(event.what, What::Answered { .. }));
                } else {
                    self.messages.replication += 1;
                    self.bytes.replication += u64::from(bytes);
                }
            }
            What::Copying { from, bytes, .. } => {
                if from == 0 {
                    self.messages.store += 1;
                    self.bytes.store += u64::from(bytes);
                } else {
                    self.messages.replication += 1;
                    self.bytes.replication += u64::from(bytes);
                }
            }
            What::Stored { session, place, bytes, login, .. } => {
                self.places.stored(session, login, place, bytes);
                if place == Place::Client {
                    self.duties.stores += 1;
                    self.token_stored = event.seq;
                }
                if matches!(self.home, Home::Memory | Home::Sticky) {
                    self.visit(session, |visit| visit.stored(place));
                }
            }
            What::Dropped { session, place, login, .. } => self.places.dropped(session, login, place),
            What::Revoked { session, place } => self.places.revoked(session, place),
            What::Instance { instance, health, workers, .. } => {
                self.places.instance(event.at, instance, health, workers);
            }
            What::Store { health, replica, .. } => self.places.store_health(health, replica),
            What::Checked { .. } => self.messages.health += 2,
            // Whoever drains or was added says so itself: that is nothing to notice.
            What::Believed { up: false, evidence: Evidence::Checks | Evidence::Passive, .. } => {
                self.faults.detected(event.at, event.root)
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_divided_by_nothing() {
        let none = Events { count: 0, sha256: String::new() };
        let scenario = Scenario::default();
        let mut ledger = Ledger::new();
        crate::sim::World::new(&scenario, Home::Token).run_until(Nanos::ZERO, &mut ledger);
        let report = ledger.report(&scenario, Home::Token, Nanos::ZERO, none);
        assert!(!report.instances.is_empty() && report.instances.iter().all(|instance| instance.busy_ratio.is_none()));
        assert_eq!((report.throughput_per_s, report.bytes.redundant_ratio), (0.0, None));
        let latency = report.latency_ms;
        assert_eq!((latency.mean, latency.p50, latency.max), (None, None, None));
    }
}

//! What is counted of a run in a study: nothing of its first moments, in which queues are still empty.
//!
//! ```text
//!   0 ─────── T ─────────────── first command ───────── end        T: the warm-up's end
//!     Early      Ledger: requests issued from T on
//!       └─ what exists at T ─▶ told to the ledger as if it had just begun
//! ```
//!
//! The ledger folds everything, so it cannot forget. It is given a run that begins at T instead: who runs, who is
//! logged in, which copies exist and which workers are busy, then the events from T on, without those of requests that were
//! issued before. What is done in a time counts whenever it was asked for: answers per second, and how busy workers are.
//! Visits in progress at T therefore count as `created`, as those do that a warm start brings.

use super::ties::Ties;
use crate::event::{Event, Health, InstanceId, Place, RequestId, RequestKind, SessionId, Sink, Wait, What};
use crate::ledger::{Events, Ledger, RunReport};
use crate::scenario::{Home, Scenario};
use crate::units::Nanos;
use std::collections::BTreeMap;

/// The part of a run that is warm-up.
const SHARE: f64 = 0.1;
/// The part of the time before the first planned change that may be warm-up.
const BEFORE_CHANGE: f64 = 0.5;

/// How long a study lets this scenario run before it counts.
///
/// A tenth of the run, but at most half of the time before the first command or burst: what is planned must find a
/// service that has been watched for a while, and a fault's window must be counted as a whole. Scenarios that begin
/// with a burst (such as silence) have none: their beginning is what they are about.
#[must_use]
pub fn warm_up(scenario: &Scenario) -> Nanos {
    let commands = scenario.commands.iter().map(|timed| timed.at_s);
    let bursts = scenario.workload.bursts.iter().map(|burst| burst.at_s);
    let first = commands.chain(bursts).fold(f64::INFINITY, f64::min);
    Nanos::from_secs((scenario.duration_s * SHARE).min(first * BEFORE_CHANGE))
}

/// Waits of planned requests, against the objective: over many runs of a few requests each, percentiles of a run tell
/// little.
#[derive(Clone, Copy, Default, Debug)]
pub struct Waits {
    /// All that ended, with success or not.
    pub all: u64,
    /// Those that ended without success.
    pub failed: u64,
    /// Those, and those that took longer than the objective.
    pub late: u64,
}

impl Waits {
    fn take(&mut self, event: &Event, objective: Nanos) {
        let What::Ended { wait, since, .. } = event.what else { return };
        let failed = match wait {
            Wait::Open => return,
            Wait::Served => false,
            Wait::Failed => true,
        };
        self.all += 1;
        self.failed += u64::from(failed);
        self.late += u64::from(failed || event.at - since > objective);
    }
}

/// A ledger that begins when the warm-up ends.
#[derive(Debug)]
pub struct AfterWarmUp {
    from: Nanos,
    ledger: Ledger,
    /// Until then: what there is.
    early: Option<Early>,
    /// The last request of the warm-up; they are numbered in order of issue.
    last_early: RequestId,
    /// Visits whose login of the warm-up has not ended: they begin when it does.
    logging_in: BTreeMap<SessionId, Ties>,
    /// Useful answers and instances' replies since then to requests of the warm-up.
    early_useful: u64,
    early_replies: u64,
    objective: Nanos,
    waits: Waits,
    /// Commands that had become impossible when their turn came.
    rejected: u32,
    events: u64,
}

impl AfterWarmUp {
    /// Counts what a study of this scenario counts.
    #[must_use]
    pub fn new(scenario: &Scenario) -> Self {
        let counting = Self::from(warm_up(scenario), Nanos::from_millis(scenario.slo_ms));
        Self { ledger: Ledger::of(scenario), ..counting }
    }

    /// Counts from this instant on.
    fn from(from: Nanos, objective: Nanos) -> Self {
        Self {
            from,
            ledger: Ledger::new(),
            early: Some(Early::default()),
            last_early: 0,
            logging_in: BTreeMap::new(),
            early_useful: 0,
            early_replies: 0,
            objective,
            waits: Waits::default(),
            rejected: 0,
            events: 0,
        }
    }

    /// The waits so far.
    #[must_use]
    pub const fn waits(&self) -> Waits {
        self.waits
    }

    /// How many commands had become impossible when their turn came.
    #[must_use]
    pub const fn rejected(&self) -> u32 {
        self.rejected
    }

    /// The figures at `now`; `duration_s` is the time that was counted. Events are counted, and not hashed.
    #[must_use]
    pub fn report(mut self, scenario: &Scenario, home: Home, now: Nanos) -> RunReport {
        self.open();
        let events = Events { count: self.events, sha256: String::new() };
        let mut report = self.ledger.report(scenario, home, now, events);
        report.duration_s = now.since(self.from).secs();
        report.messages.backend -= self.early_replies;
        let useful = report.requests.outcomes.ok + report.requests.outcomes.stale + self.early_useful;
        report.throughput_per_s = if report.duration_s > 0.0 { useful as f64 / report.duration_s } else { 0.0 };
        report
    }

    /// Tells the ledger what there is when it begins.
    fn open(&mut self) {
        let Some(early) = self.early.take() else { return };
        self.last_early = early.last_request;
        let mut tell = |what| self.ledger.take(&Event { at: self.from, seq: 0, cause: 0, root: 0, what });
        early
            .run
            .into_iter()
            .chain(early.instances.into_values())
            .chain(early.store)
            .chain(early.copies.into_values())
            .chain(early.revoked.into_values())
            .chain(early.busy.into_values())
            .chain(early.chores.into_iter().map(|(_, begun)| begun))
            .for_each(&mut tell);
        for (session, visit) in early.visits {
            if visit.logging_in {
                self.logging_in.insert(session, visit.ties);
            } else {
                tell(What::SessionStarted { session, warm: visit.logged_in, writes: 0 });
                visit.ties.tell(&mut tell);
            }
        }
    }

    /// An event of a request that was issued in the warm-up: what matters is the work done for it, and whether it logged
    /// somebody in.
    fn settle(&mut self, event: &Event) {
        if matches!(event.what, What::Started { .. } | What::Replied { .. }) {
            self.early_replies += u64::from(matches!(event.what, What::Replied { .. }));
            self.ledger.take(event);
        }
        let What::Ended { session, outcome, purpose, .. } = event.what else { return };
        if purpose == RequestKind::Replay {
            return;
        }
        self.early_useful += u64::from(outcome.useful());
        if let Some(ties) = self.logging_in.remove(&session) {
            let warm = purpose.logs_in() && outcome.useful();
            let what = What::SessionStarted { session, warm, writes: 0 };
            self.ledger.take(&Event { what, ..*event });
            ties.tell(|what| self.ledger.take(&Event { what, ..*event }));
        }
    }
}

impl Sink for AfterWarmUp {
    fn take(&mut self, event: &Event) {
        if event.at < self.from {
            if let Some(early) = &mut self.early {
                early.take(event);
            }
            return;
        }
        self.open();
        self.events += 1;
        self.rejected += u32::from(matches!(event.what, What::Rejected { .. }));
        if let Some(ties) = Ties::of(&event.what).and_then(|session| self.logging_in.get_mut(&session)) {
            ties.take(event.what);
        }
        match event.what {
            _ if event.what.request().is_some_and(|request| request <= self.last_early) => self.settle(event),
            What::SessionLeft { session, .. } if self.logging_in.remove(&session).is_some() => {}
            _ => {
                self.waits.take(event, self.objective);
                self.ledger.take(event);
            }
        }
    }
}

/// A visit of the warm-up.
#[derive(Clone, Copy, Default, Debug)]
struct Visit {
    logged_in: bool,
    logging_in: bool,
    ties: Ties,
}

/// What exists: the newest event about each thing.
#[derive(Default, Debug)]
struct Early {
    run: Option<What>,
    instances: BTreeMap<InstanceId, What>,
    store: Option<What>,
    copies: BTreeMap<(Place, SessionId, u32), What>,
    /// What denylists name.
    revoked: BTreeMap<(Place, SessionId), What>,
    /// What workers are busy with: requests, and what no request holds them for.
    busy: BTreeMap<(InstanceId, RequestId, u8), What>,
    chores: Vec<(InstanceId, What)>,
    visits: BTreeMap<SessionId, Visit>,
    last_request: RequestId,
}

impl Early {
    fn forget(&mut self, place: Place) {
        self.copies.retain(|&(at, ..), _| at != place);
        self.revoked.retain(|&(at, _), _| at != place);
    }
}

impl Sink for Early {
    fn take(&mut self, event: &Event) {
        if let Some(visit) = Ties::of(&event.what).and_then(|session| self.visits.get_mut(&session)) {
            visit.ties.take(event.what);
        }
        match event.what {
            What::RunStarted { .. } => self.run = Some(event.what),
            What::Instance { instance, health, .. } => {
                if !health.runs() {
                    self.forget(Place::Instance(instance));
                    self.busy.retain(|&(at, ..), _| at != instance);
                    self.chores.retain(|&(at, _)| at != instance);
                }
                self.instances.insert(instance, event.what);
            }
            What::Store { health, .. } => {
                if health == Health::Down {
                    self.forget(Place::Store);
                }
                self.store = Some(event.what);
            }
            What::Stored { session, place, login, .. } => {
                self.copies.insert((place, session, login), event.what);
            }
            What::Dropped { session, place, login, .. } => {
                self.copies.remove(&(place, session, login));
            }
            What::Revoked { session, place } => {
                self.revoked.insert((place, session), event.what);
            }
            What::Started { request, attempt, instance, .. } => {
                self.busy.insert((instance, request, attempt), event.what);
            }
            What::Replied { request, attempt, instance, worker: true, .. } => {
                self.busy.remove(&(instance, request, attempt));
            }
            What::Occupied { instance, begun: true, .. } => self.chores.push((instance, event.what)),
            What::Occupied { instance, work, begun: false } => {
                let begun = (instance, What::Occupied { instance, work, begun: true });
                if let Some(at) = self.chores.iter().position(|chore| *chore == begun) {
                    self.chores.swap_remove(at);
                }
            }
            What::SessionStarted { session, warm, .. } => {
                self.visits.insert(session, Visit { logged_in: warm, ..Visit::default() });
            }
            What::SessionLeft { session, .. } => {
                self.visits.remove(&session);
            }
            What::Lost { session, whole: true, .. } => {
                self.visits.entry(session).and_modify(|visit| visit.logged_in = false);
            }
            What::Issued { request, session, purpose, .. } => {
                self.last_request = request;
                if purpose != RequestKind::Replay {
                    self.visits.entry(session).and_modify(|visit| visit.logging_in = purpose.logs_in());
                }
            }
            What::Ended { session, outcome, purpose, .. } if purpose != RequestKind::Replay => {
                self.visits.entry(session).and_modify(|visit| {
                    visit.logging_in = false;
                    visit.logged_in |= purpose.logs_in() && outcome.useful();
                });
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::World;

    fn both(home: Home, from_s: f64) -> (RunReport, RunReport) {
        both_of(Scenario { duration_s: 60.0, ..Scenario::default() }, home, from_s)
    }

    fn both_of(mut scenario: Scenario, home: Home, from_s: f64) -> (RunReport, RunReport) {
        scenario.schedule([crate::scenario::TimedCommand { at_s: 30.0, command: "kill 2".parse().unwrap() }]);
        let from = Nanos::from_secs(from_s);
        let (mut whole, mut late) = (Ledger::new(), AfterWarmUp::from(from, Nanos::from_millis(scenario.slo_ms)));
        let mut world = World::new(&scenario, home);
        let end = Nanos::from_secs(60.0);
        world.run_until(end, &mut |event: &Event| {
            whole.take(event);
            late.take(event);
        });
        let events = Events { count: 0, sha256: String::new() };
        (whole.report(&scenario, home, end, events), late.report(&scenario, home, end))
    }

    #[test]
    fn without_a_warm_up_it_is_the_ledger() {
        for home in Home::ALL {
            let (whole, late) = both(home, 0.0);
            assert_eq!(RunReport { events: whole.events.clone(), ..late }, whole);
        }
    }

    #[test]
    fn what_exists_is_taken_over_and_what_was_issued_before_is_not_counted() {
        for home in Home::ALL {
            let (whole, late) = both(home, 12.3);
            let held = |report: &RunReport| -> Vec<_> {
                report.instances.iter().map(|i| (i.state, i.sessions, i.state_bytes)).collect()
            };
            assert_eq!(held(&late), held(&whole), "{home}");
            assert_eq!(late.store.as_ref().map(|s| s.sessions), whole.store.as_ref().map(|s| s.sessions));
            assert_eq!(late.faults, whole.faults, "{home}");
            assert_eq!(late.little.integral_ns, late.little.sum_ns, "{home}");
            let sessions = late.sessions;
            assert_eq!(
                sessions.created,
                sessions.completed + sessions.lost + sessions.abandoned + sessions.active,
                "{home}"
            );
            assert!(late.requests.issued < whole.requests.issued && late.requests.issued > whole.requests.issued / 2);
        }
    }

    #[test]
    fn whoever_lost_a_connection_before_connects_anew_after() {
        let mut scenario = Scenario { duration_s: 60.0, ..Scenario::default() };
        scenario.workload.transport = crate::scenario::Transport::Connection;
        scenario.client.jitter = false;
        scenario.client.backoff_ms = 2000.0;
        for home in Home::ALL {
            let (whole, late) = both_of(scenario.clone(), home, 31.0);
            assert!(whole.duties.reconnects > 5, "{home}: {:?}", whole.duties);
            assert_eq!(late.duties.reconnects, whole.duties.reconnects, "{home}");
        }
    }

    #[test]
    fn what_is_done_in_a_time_counts_whenever_it_was_asked_for() {
        for home in Home::ALL {
            let (from_s, end_s) = (12.3, 60.0);
            let scenario = Scenario { duration_s: end_s, ..Scenario::default() };
            let (from, end) = (Nanos::from_secs(from_s), Nanos::from_secs(end_s));
            let mut late = AfterWarmUp::from(from, Nanos::from_millis(scenario.slo_ms));
            let (mut useful, mut before) = (0u32, None);
            let mut whole = Ledger::new();
            let mut world = World::new(&scenario, home);
            let events = || Events { count: 0, sha256: String::new() };
            world.run_until(end, &mut |event: &Event| {
                if event.at >= from {
                    before.get_or_insert_with(|| whole.report(&scenario, home, from, events()));
                    useful += u32::from(matches!(event.what, What::Ended { outcome, .. } if outcome.useful()));
                }
                whole.take(event);
                late.take(event);
            });
            let (whole, before) = (whole.report(&scenario, home, end, events()), before.unwrap());
            let late = late.report(&scenario, home, end);
            assert_eq!(late.throughput_per_s, f64::from(useful) / (end_s - from_s), "{home}");
            for ((late, whole), before) in late.instances.iter().zip(&whole.instances).zip(&before.instances) {
                // Every instance is up from the beginning to the end.
                let busy = whole.busy_ratio.unwrap() * end_s - before.busy_ratio.unwrap() * from_s;
                assert!((late.busy_ratio.unwrap() * (end_s - from_s) - busy).abs() < 1e-9, "{home} {late:?}");
                assert_eq!(late.requests, whole.requests - before.requests, "{home}");
            }
        }
    }

    #[test]
    fn it_ends_long_before_anything_planned() {
        let seconds = |name: &str| warm_up(&Scenario::load(name).unwrap()).secs();
        assert_eq!(["classroom", "rest", "cart", "serverless"].map(seconds), [12.0, 15.0, 540.0, 0.0]);
    }
}

//! How much traffic so many instances carry: the highest rate at which users are still served well.
//!
//! ```text
//!   Bisection (one N): rate of visits ─▶ a trial: a warm run ─▶ p99 of wait ≤ SLO, other than ok ≤ 0.1 %, no growing backlog?
//!   CapacityStudy: N = 1, 2, 4, one after the other, beside the dashboard      sweep: any N, many seeds, on all cores
//! ```

use super::guarded::Guarded;
use crate::event::{Ask, Event, Outcome, RequestKind, Sink, Wait, What};
use crate::ledger::laws::Broken;
use crate::ledger::{Outcomes, Times};
use crate::scenario::{Dist, Home, Population, ScaleMode, Scenario, TEN_MILLION};
use crate::sim::World;
use crate::units::Nanos;
use serde::{Deserialize, Serialize};

/// The numbers of instances that are tried beside the dashboard.
const SIZES: [u16; 3] = [1, 2, 4];
/// Halvings there of the range of rates: an answer is exact to 1/128 of the workers' own capacity.
const HALVINGS: u32 = 7;
/// Follow-ups in a trial, after its warm-up; at least.
pub const FOLLOWUPS: f64 = 20_000.0;
/// The warm-up of a trial, as a share of the time that is counted. Its visits are in progress when it begins, but its queues
/// are empty.
pub const WARM_UP: f64 = 0.1;
/// Other than ok, at most.
pub const FAILURES: f64 = 0.001;
/// By so much of what was issued the number of open requests may grow in a trial; more is a backlog without end.
pub const BACKLOG: f64 = 0.01;
/// After each of these parts of a trial it is looked whether it can still succeed.
const PARTS: u64 = 10;

/// What was found for one number of instances.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub struct Capacity {
    /// How many instances.
    pub instances: u16,
    /// Requests answered ok per second at the highest good rate; `None`: none is good.
    pub requests_per_s: Option<f64>,
    /// How far the lowest bad rate is above the highest good one: no bisection can tell more.
    pub bracket_per_s: f64,
    /// What was wrong at the lowest rate that was tried, if none is good.
    pub flaw: Option<Flaw>,
}

/// Why a rate is not good.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Flaw {
    /// Too many requests end other than ok, most of them so.
    Outcome(Outcome),
    /// The p99 of waits is above the objective.
    Slow,
    /// The number of open requests grows.
    Backlog,
}

impl std::fmt::Display for Flaw {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Outcome(outcome) => write!(f, "failures ({})", outcome.text()),
            Self::Slow => f.write_str("p99 of wait too high"),
            Self::Backlog => f.write_str("growing backlog"),
        }
    }
}

/// The search for the capacity of one number of instances under one seed, a trial at a time.
#[derive(Clone, Debug)]
pub struct Bisection {
    scenario: Scenario,
    home: Home,
    followups: f64,
    low: f64,
    high: f64,
    trials: u32,
    best: Option<Trial>,
    flaw: Option<Flaw>,
    verdict: Result<(), Broken>,
}

/// What was measured at a good rate.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Trial {
    /// Requests answered ok per second. Not the rate that was tried: that is what users would ask if they never waited.
    pub goodput_per_s: f64,
    /// Operations that a request asked of the store, on average.
    pub store_operations: f64,
}

impl Bisection {
    /// A search among this scenario's traffic, without its bursts, commands and autoscaler: the number of instances is given.
    /// Each trial has so many follow-ups.
    #[must_use]
    pub fn new(scenario: &Scenario, home: Home, instances: u16, followups: f64) -> Self {
        let scenario = tried(scenario, instances);
        let high = highest_rate(&scenario);
        Self { scenario, home, followups, low: 0.0, high, trials: 0, best: None, flaw: None, verdict: Ok(()) }
    }

    /// Trials so far; each halves what is not known.
    #[must_use]
    pub const fn trials(&self) -> u32 {
        self.trials
    }

    /// The highest rate found good, zero if none was, and the lowest found bad, in requests per second, as users would ask
    /// if they never waited.
    ///
    /// Before any was bad, the latter is what the workers could do if they never waited for anything.
    #[must_use]
    pub fn bracket(&self) -> (f64, f64) {
        let requests = self.scenario.workload.requests_per_session.mean();
        (self.low * requests, self.high * requests)
    }

    /// What was measured at the highest good rate, if any was good.
    #[must_use]
    pub const fn best(&self) -> Option<Trial> {
        self.best
    }

    /// What was wrong at the lowest rate found bad, if any was.
    #[must_use]
    pub const fn flaw(&self) -> Option<Flaw> {
        self.flaw
    }

    /// Whether every trial so far can be believed.
    ///
    /// # Errors
    /// The first law of the model that one of them broke.
    pub const fn verdict(&self) -> Result<(), Broken> {
        self.verdict
    }

    /// Makes the next trial.
    pub fn step(&mut self) {
        let rate = f64::midpoint(self.low, self.high);
        match self.trial(rate) {
            Ok(trial) => (self.low, self.best) = (rate, Some(trial)),
            Err(flaw) => (self.high, self.flaw) = (rate, Some(flaw)),
        }
        self.trials += 1;
    }

    /// What is measured if visits at this rate are served well, or why they are not.
    fn trial(&mut self, sessions_per_s: f64) -> Result<Trial, Flaw> {
        let mut scenario = self.scenario.clone();
        scenario.workload.population = Population::SessionsPerSecond(sessions_per_s);
        let requests = scenario.workload.requests_per_session.mean();
        let followups_per_s = sessions_per_s * (requests - 1.0).max(1.0);
        let measured = Nanos::from_secs(self.followups / followups_per_s);
        let warm_up = measured.scaled(WARM_UP);
        let expected = measured.secs() * sessions_per_s * requests;
        let mut run = Guarded::new(&scenario, Window { from: warm_up, ..Window::default() });
        let mut world = World::new(&scenario, self.home);
        let hopeless = (1..=PARTS).any(|part| {
            world.run_until(warm_up + measured.scaled(part as f64 / PARTS as f64), &mut run);
            // With twice as many failures as all requests may have, the rest need not be waited for.
            run.sink.not_ok() as f64 > 2.0 * FAILURES * expected
        });
        self.verdict = self.verdict.and(run.verdict());
        let window = run.sink;
        let failing = hopeless || window.not_ok() as f64 > window.ended.total() as f64 * FAILURES;
        if let Some(outcome) = window.commonest_failure().filter(|_| failing) {
            return Err(Flaw::Outcome(outcome));
        }
        if window.waits.quantile_ms(0.99).is_none_or(|p99| p99 > scenario.slo_ms) {
            return Err(Flaw::Slow);
        }
        if window.backlog as f64 > window.issued as f64 * BACKLOG {
            return Err(Flaw::Backlog);
        }
        Ok(Trial {
            goodput_per_s: window.ok as f64 / measured.secs(),
            // Of the same stretch of time: some were asked for requests from before it, as many for such as end after it.
            store_operations: window.store_operations as f64 / window.ok as f64,
        })
    }
}

/// This scenario's traffic alone, without its bursts, commands and autoscaler.
pub(super) fn undisturbed(scenario: &Scenario) -> Scenario {
    let mut scenario = scenario.clone();
    scenario.commands.clear();
    scenario.workload.bursts.clear();
    scenario.autoscaler.mode = ScaleMode::Off;
    scenario
}

/// What is tried: this scenario's traffic on so many instances.
fn tried(scenario: &Scenario, instances: u16) -> Scenario {
    let mut scenario = undisturbed(scenario);
    scenario.warm_start = true;
    scenario.instance.count = instances;
    // A visit without end has no rate of visits; a hundred requests stand in for it.
    if matches!(scenario.workload.requests_per_session, Dist::Endless) {
        scenario.workload.requests_per_session = Dist::Fixed(100.0);
    }
    scenario
}

/// Visits per second of which the workers could do all work if they never waited for anything.
fn highest_rate(tried: &Scenario) -> f64 {
    f64::from(tried.instance.workers) * f64::from(tried.instance.count) / visit_demand_s(tried)
}

/// Why the capacity of so many instances cannot be sought, if it cannot: a trial may bring no more visits than a scenario may.
#[must_use]
pub fn unsearchable(scenario: &Scenario, instances: u16) -> Option<String> {
    let tried = tried(scenario, instances);
    let rate = highest_rate(&tried);
    let at_once = rate * tried.visit_s();
    if rate.is_infinite() {
        Some("visits demand nothing of the workers, so no number of instances limits them".into())
    } else if rate.max(at_once) > TEN_MILLION {
        let many = if instances == 1 { "1 instance".to_owned() } else { format!("{instances} instances") };
        Some(format!(
            "{many} could take {rate:.0} visits per second, and have {at_once:.0} in progress at once; at most \
             {TEN_MILLION} can be tried"
        ))
    } else {
        None
    }
}

/// What a visit demands of workers, on average, in seconds; its waits and the costs of its home not included.
fn visit_demand_s(scenario: &Scenario) -> f64 {
    let work = &scenario.workload;
    let service = work.service_ms.mean();
    let login = work.login_ms.map_or(work.login_factor * service, Dist::mean);
    (login + (work.requests_per_session.mean() - 1.0) * service) * scenario.slow_motion / 1e3
}

/// A study of a few sizes under way, a trial at a time, so that it can be paused between any two.
#[derive(Clone, Debug)]
pub struct CapacityStudy {
    scenario: Scenario,
    home: Home,
    done: Vec<Capacity>,
    search: Bisection,
    verdict: Result<(), Broken>,
    /// What is tried; nothing, if that is more than can be simulated.
    sizes: &'static [u16],
}

impl CapacityStudy {
    /// A study of this scenario's traffic, without its bursts, commands and autoscaler.
    #[must_use]
    pub fn new(scenario: &Scenario, home: Home) -> Self {
        let search = Bisection::new(scenario, home, SIZES[0], FOLLOWUPS);
        let sizes: &[u16] = if Self::impossible(scenario).is_some() { &[] } else { &SIZES };
        Self { scenario: scenario.clone(), home, done: Vec::new(), search, verdict: Ok(()), sizes }
    }

    /// Why there is nothing to be found out, if there is not.
    #[must_use]
    pub fn impossible(scenario: &Scenario) -> Option<String> {
        SIZES.iter().find_map(|&instances| unsearchable(scenario, instances))
    }

    /// Trials done, and trials in all.
    #[must_use]
    pub fn progress(&self) -> (u32, u32) {
        let trials = if self.finished() { 0 } else { self.search.trials() };
        (self.done.len() as u32 * HALVINGS + trials, self.sizes.len() as u32 * HALVINGS)
    }

    /// Whether what is known can be believed, as of each search.
    ///
    /// # Errors
    /// The first law of the model that a trial broke.
    pub fn verdict(&self) -> Result<(), Broken> {
        self.verdict
    }

    /// What is known so far.
    #[must_use]
    pub fn capacities(&self) -> &[Capacity] {
        &self.done
    }

    /// Whether everything is known.
    #[must_use]
    pub fn finished(&self) -> bool {
        self.done.len() == self.sizes.len()
    }

    /// Makes the next trial.
    pub fn step(&mut self) {
        let Some(&instances) = self.sizes.get(self.done.len()) else { return };
        self.search.step();
        self.verdict = self.verdict.and(self.search.verdict());
        if self.search.trials() == HALVINGS {
            let requests_per_s = self.search.best().map(|trial| trial.goodput_per_s);
            let flaw = self.search.flaw().filter(|_| requests_per_s.is_none());
            let (good, bad) = self.search.bracket();
            self.done.push(Capacity { instances, requests_per_s, bracket_per_s: bad - good, flaw });
            if let Some(&next) = self.sizes.get(self.done.len()) {
                self.search = Bisection::new(&self.scenario, self.home, next, FOLLOWUPS);
            }
        }
    }
}

/// Waits and outcomes of requests issued after the warm-up, and what becomes of those that are open.
#[derive(Default)]
struct Window {
    from: Nanos,
    waits: Times,
    issued: u64,
    /// Answers in the window, whenever their requests were issued: what was done in this time.
    ok: u64,
    /// How those ended that were issued in the window.
    ended: Outcomes,
    /// Open requests, less those that were open when the warm-up ended.
    backlog: i64,
    store_operations: u64,
}

impl Window {
    const fn not_ok(&self) -> u64 {
        self.ended.total() - self.ended.ok
    }

    /// How most of those ended that did not end ok.
    fn commonest_failure(&self) -> Option<Outcome> {
        let mut ended = self.ended;
        let failures = Outcome::ALL.into_iter().filter(|outcome| *outcome != Outcome::Ok);
        let counts = failures.map(|outcome| (*ended.count_mut(outcome), outcome)).filter(|&(count, _)| count > 0);
        counts.max_by_key(|&(count, _)| count).map(|(_, outcome)| outcome)
    }
}

impl Sink for Window {
    fn take(&mut self, event: &Event) {
        if event.at < self.from {
            return;
        }
        match event.what {
            What::Issued { .. } => {
                self.issued += 1;
                self.backlog += 1;
            }
            What::Asked { ask: Ask::Get | Ask::Set | Ask::Denylist | Ask::Delete | Ask::Revoke, peer: 0, .. } => {
                self.store_operations += 1
            }
            What::Ended { outcome, purpose, issued, wait, since, .. } => {
                self.backlog -= 1;
                let replayed = purpose == RequestKind::Replay;
                self.ok += u64::from(outcome == Outcome::Ok && !replayed);
                if replayed || issued < self.from || purpose == RequestKind::Relogin && since < self.from {
                    return;
                }
                *self.ended.count_mut(outcome) += 1;
                match wait {
                    Wait::Open => {}
                    Wait::Served => self.waits.record(event.at - since),
                    Wait::Failed => self.waits.fail(),
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn studied(home: Home) -> Vec<Capacity> {
        let scenario = Scenario { slo_ms: 200.0, ..Scenario::default() };
        let mut study = CapacityStudy::new(&scenario, home);
        while !study.finished() {
            study.step();
        }
        assert_eq!(study.progress(), (21, 21));
        study.capacities().to_vec()
    }

    #[test]
    fn instances_add_up_without_affinity_and_memory_bears_no_second_instance() {
        let token = studied(Home::Token);
        let rate = |index: usize| token[index].requests_per_s.unwrap();
        // Two workers of 100 requests/s each; no queueing system is good at more than its capacity.
        assert!(rate(0) > 100.0 && rate(0) < 200.0, "{}", rate(0));
        assert!(rate(2) > 3.5 * rate(0), "{token:?}");
        let memory = studied(Home::Memory);
        assert!(memory[0].requests_per_s.is_some());
        assert_eq!((memory[1].requests_per_s, memory[1].flaw), (None, Some(Flaw::Outcome(Outcome::Lost))));
    }

    #[test]
    fn where_workers_limit_nothing_there_is_no_search() {
        let mut idle = Scenario::default();
        assert_eq!(CapacityStudy::impossible(&idle), None);
        idle.workload.service_ms = Dist::Fixed(1e-6);
        let why = CapacityStudy::impossible(&idle).unwrap();
        assert!(why.contains("1 instance could take") && why.contains("at most 10000000"), "{why}");
        idle.workload.service_ms = Dist::Fixed(0.0);
        assert!(CapacityStudy::impossible(&idle).unwrap().contains("demand nothing"));
        let study = CapacityStudy::new(&idle, Home::Token);
        assert!(study.finished());
        assert_eq!(study.progress(), (0, 0));
    }

    #[test]
    fn more_than_the_workers_can_do_is_never_good_however_long_users_may_wait() {
        let scenario = Scenario { slo_ms: 1e9, ..Scenario::load("queue").unwrap() };
        let mut search = Bisection::new(&scenario, Home::Memory, 1, FOLLOWUPS);
        // As if workers were thought to do twice what they can.
        search.high *= 2.0;
        while search.trials() < 8 {
            search.step();
        }
        let (good, bad) = search.bracket();
        assert!(good > 0.95 && bad < 1.03, "{good} … {bad}");
    }
}

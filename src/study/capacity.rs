//! How much traffic so many instances carry: the highest rate at which users are still served well.
//!
//! ```text
//!   N = 1, 2, 4: bisect the rate of visits ─▶ a trial: a warm run ─▶ p99 of wait ≤ SLO, other than ok ≤ 0.1 %?
//! ```

use crate::event::{Event, Outcome, RequestKind, Sink, Wait, What};
use crate::ledger::Times;
use crate::scenario::{Dist, Home, Population, Scenario};
use crate::sim::World;
use crate::units::Nanos;

/// The numbers of instances that are tried.
const SIZES: [u16; 3] = [1, 2, 4];
/// Halvings of the range of rates: an answer is exact to 1/128 of the workers' own capacity.
const HALVINGS: u32 = 7;
/// Follow-ups in a trial, after its warm-up.
const FOLLOWUPS: f64 = 20_000.0;
/// The share of a trial that is not counted, because its queues began empty.
const WARM_UP: f64 = 0.1;
/// Other than ok, at most.
const FAILURES: f64 = 0.001;

/// What was found for one number of instances.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Capacity {
    /// How many instances.
    pub instances: u16,
    /// The highest good rate, in requests per second; `None`: none at any rate.
    pub requests_per_s: Option<f64>,
}

/// A study under way, a trial at a time, so that it can be paused between any two.
#[derive(Clone, Debug)]
pub struct CapacityStudy {
    scenario: Scenario,
    home: Home,
    done: Vec<Capacity>,
    low: f64,
    high: f64,
    halvings: u32,
}

impl CapacityStudy {
    /// A study of this scenario's traffic, without its bursts and commands.
    #[must_use]
    pub fn new(scenario: &Scenario, home: Home) -> Self {
        let mut scenario = scenario.clone();
        scenario.commands.clear();
        scenario.workload.bursts.clear();
        scenario.warm_start = true;
        // A visit without end has no rate of visits; a hundred requests stand in for it.
        if matches!(scenario.workload.requests_per_session, Dist::Endless) {
            scenario.workload.requests_per_session = Dist::Fixed(100.0);
        }
        let mut study = Self { scenario, home, done: Vec::new(), low: 0.0, high: 0.0, halvings: 0 };
        study.begin_size();
        study
    }

    fn size(&self) -> Option<u16> {
        SIZES.get(self.done.len()).copied()
    }

    fn begin_size(&mut self) {
        let workers = f64::from(self.scenario.instance.workers) * f64::from(self.size().unwrap_or(1));
        let work = &self.scenario.workload;
        let service = work.service_ms.mean() * self.scenario.slow_motion / 1e3;
        let requests = work.requests_per_session.mean();
        let logins =
            work.login_ms.map_or(work.login_factor * service, |login| login.mean() * self.scenario.slow_motion / 1e3);
        let demand = logins + (requests - 1.0) * service;
        self.low = 0.0;
        self.high = workers / demand;
        self.halvings = 0;
    }

    /// Trials done, and trials in all.
    #[must_use]
    pub fn progress(&self) -> (u32, u32) {
        (self.done.len() as u32 * HALVINGS + self.halvings, SIZES.len() as u32 * HALVINGS)
    }

    /// What is known so far.
    #[must_use]
    pub fn capacities(&self) -> &[Capacity] {
        &self.done
    }

    /// Whether everything is known.
    #[must_use]
    pub fn finished(&self) -> bool {
        self.size().is_none()
    }

    /// Makes the next trial.
    pub fn step(&mut self) {
        let Some(instances) = self.size() else { return };
        let rate = f64::midpoint(self.low, self.high);
        if self.trial(instances, rate) {
            self.low = rate;
        } else {
            self.high = rate;
        }
        self.halvings += 1;
        if self.halvings == HALVINGS {
            let requests = self.scenario.workload.requests_per_session.mean();
            let requests_per_s = (self.low > 0.0).then_some(self.low * requests);
            self.done.push(Capacity { instances, requests_per_s });
            self.begin_size();
        }
    }

    /// Whether so many instances serve visits at this rate well.
    fn trial(&self, instances: u16, sessions_per_s: f64) -> bool {
        let mut scenario = self.scenario.clone();
        scenario.instance.count = instances;
        scenario.workload.population = Population::SessionsPerSecond(sessions_per_s);
        let followups_per_s = sessions_per_s * (scenario.workload.requests_per_session.mean() - 1.0).max(1.0);
        let measured = Nanos::from_secs(FOLLOWUPS / followups_per_s);
        let warm_up = measured.scaled(WARM_UP);
        let mut window = Window { from: warm_up, waits: Times::new(), requests: 0, not_ok: 0 };
        let mut world = World::new(&scenario, self.home);
        world.run_until(warm_up + measured, &mut window);
        let p99 = window.waits.quantile_ms(0.99);
        window.not_ok as f64 <= window.requests as f64 * FAILURES && p99.is_some_and(|p99| p99 <= scenario.slo_ms)
    }
}

/// Waits and outcomes of requests issued after the warm-up.
struct Window {
    from: Nanos,
    waits: Times,
    requests: u64,
    not_ok: u64,
}

impl Sink for Window {
    fn take(&mut self, event: &Event) {
        let What::Ended { outcome, purpose, issued, wait, since, .. } = event.what else { return };
        if issued < self.from || purpose == RequestKind::Relogin && since < self.from {
            return;
        }
        self.requests += 1;
        self.not_ok += u64::from(outcome != Outcome::Ok);
        match wait {
            Wait::Open => {}
            Wait::Served => self.waits.record(event.at - since),
            Wait::Failed => self.waits.fail(),
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
        assert_eq!(memory[1].requests_per_s, None);
    }
}

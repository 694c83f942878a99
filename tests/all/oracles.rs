//! Oracles: what theory says must come out, within a confidence interval.
//!
//! Each figure is measured under several seeds. Theory has to lie in the 99.9 % confidence interval of their mean
//! (Student's t), and the interval has to be narrow, or the test would say nothing. λ and μ are in 1/s, W in s.

use statelab::event::{Ask, Event, Outcome, Sink, What};
use statelab::experiment::run_headless;
use statelab::report::RunReport;
use statelab::scenario::{Home, Scenario, TimedCommand};
use statelab::sim::World;
use statelab::units::Nanos;
use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;

/// Seeds of each measurement.
const SEEDS: u64 = 16;
/// The 99.95 % quantile of Student's t with 15 degrees of freedom.
const T: f64 = 4.073;

fn with(name: &str, set: &[&str]) -> Scenario {
    let mut scenario = Scenario::load(name).expect("a shipped scenario");
    for assignment in set {
        scenario.set(assignment).unwrap_or_else(|faults| panic!("{faults}"));
    }
    scenario.validate().unwrap_or_else(|faults| panic!("{faults}"));
    scenario
}

fn run(scenario: &Scenario, home: Home) -> RunReport {
    run_headless(scenario, home, &AtomicBool::new(false), None).expect("nothing is written").report
}

/// Measures under all seeds, and compares the mean with `theory`; the interval may be `width` wide, relatively.
fn agrees(what: &str, theory: f64, width: f64, scenario: &Scenario, measure: impl Fn(&Scenario) -> f64) {
    let mut scenario = scenario.clone();
    let values: Vec<f64> = (1..=SEEDS)
        .map(|seed| {
            scenario.seed = seed;
            measure(&scenario)
        })
        .collect();
    let n = SEEDS as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (n - 1.0);
    let half = T * (variance / n).sqrt();
    let found = format!("{what}: {mean:.4} ± {half:.4}, in theory {theory:.4}");
    assert!((mean - theory).abs() <= half.max(1e-9 * theory), "{found}");
    assert!(2.0 * half <= width * theory, "too wide to tell anything: {found}");
}

/// Times in the system of requests issued after `warm` seconds.
struct Sojourns {
    warm: Nanos,
    times: Vec<f64>,
}

impl Sink for Sojourns {
    fn take(&mut self, event: &Event) {
        if let What::Ended { issued, .. } = event.what
            && issued >= self.warm
        {
            self.times.push((event.at - issued).secs());
        }
    }
}

fn sojourns(scenario: &Scenario, warm_s: f64) -> Vec<f64> {
    let mut sink = Sojourns { warm: Nanos::from_secs(warm_s), times: Vec::new() };
    World::new(scenario, Home::Memory).run_until(Nanos::from_secs(scenario.duration_s), &mut sink);
    sink.times
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

fn mean_sojourn(scenario: &Scenario) -> f64 {
    mean(&sojourns(scenario, 500.0))
}

#[test]
fn mm1_has_its_mean_and_its_tail() {
    let queue = with("queue", &["duration_s=20000"]);
    agrees("M/M/1 W", 5.0, 0.15, &queue, mean_sojourn);
    // P(T > t) = e^−(μ−λ)t.
    let beyond = |limit: f64| {
        move |scenario: &Scenario| {
            let times = sojourns(scenario, 500.0);
            times.iter().filter(|&&time| time > limit).count() as f64 / times.len() as f64
        }
    };
    agrees("M/M/1 P(T > 5)", libm::exp(-1.0), 0.12, &queue, beyond(5.0));
    agrees("M/M/1 P(T > 15)", libm::exp(-3.0), 0.5, &queue, beyond(15.0));
}

#[test]
fn mm4_waits_as_erlang_says() {
    let queue = with("queue", &["instance.workers=4", "workload.sessions_per_s=3.2", "duration_s=40000"]);
    agrees("M/M/4 W", 1.7455, 0.06, &queue, mean_sojourn);
    let busy = |scenario: &Scenario| run(scenario, Home::Memory).instances[0].busy_ratio.expect("it was up");
    agrees("M/M/4 ρ = λS/c", 0.8, 0.03, &queue, busy);
}

#[test]
fn one_server_waits_as_pollaczek_and_khinchine_say() {
    let fixed = with("queue", &["workload.service_ms=1000", "duration_s=20000"]);
    agrees("M/D/1 W", 1.0 + 2.0, 0.1, &fixed, mean_sojourn);
    // E[S²] = e^σ² for a log-normal S with mean 1; Wq = λ E[S²] / (2 (1 − ρ)).
    let wild = with("queue", &["workload.service_ms={ lognormal = 1000, sigma = 0.8 }", "duration_s=40000"]);
    let waits = 0.8 * libm::exp(0.64) / 0.4;
    agrees("M/G/1 W", 1.0 + waits, 0.15, &wild, mean_sojourn);
}

#[test]
fn random_routing_makes_queues_of_their_own() {
    let queues = with("queue", &["instance.count=5", "workload.sessions_per_s=4", "duration_s=6000"]);
    agrees("5 × M/M/1 W", 5.0, 0.15, &queues, mean_sojourn);
}

/// Σ ρ^(2^i − 2) holds for endlessly many servers; a hundred are a little worse (Mitzenmacher 1996 found 2.64 for 100).
#[test]
fn two_choices_approach_their_limit() {
    let set = ["instance.count=100", "workload.sessions_per_s=90", "balancer.policy=two-choices", "duration_s=900"];
    let queues = with("queue", &set);
    let limit: f64 = (1..8).map(|i| 0.9f64.powi(2i32.pow(i) - 2)).sum();
    assert!((limit - 2.614).abs() < 1e-3);
    let values: Vec<f64> = (1..=4).map(|seed| mean(&sojourns(&Scenario { seed, ..queues.clone() }, 200.0))).collect();
    let found = mean(&values);
    assert!(found > 0.98 * limit && found < 1.04 * limit, "power of two choices: {found:.3}, in the limit {limit:.3}");
}

/// A plain service behind a balancer: no limits that could disturb.
const SERVICE: &[&str] = &[
    "workload.sessions_per_s=10",
    "workload.requests_per_session={ geometric = 10 }",
    "workload.think_ms={ exponential = 1000 }",
    "workload.service_ms=1",
    "workload.write_ratio=0.3",
    "workload.growth_bytes_per_write=57",
    "workload.state_bytes=0",
    "balancer.affinity=auto",
    "warm_start=true",
    "instance.workers=8",
];

fn service(set: &[&str]) -> Scenario {
    with("queue", &[SERVICE, set].concat())
}

fn script(scenario: &mut Scenario, commands: &[(f64, &str)]) {
    let timed = |&(at_s, text): &(f64, &str)| TimedCommand { at_s, command: text.parse().expect("a command") };
    scenario.schedule(commands.iter().map(timed).collect::<Vec<_>>());
}

#[test]
fn memory_behind_random_routing_misses_all_but_one_in_n() {
    for n in [2, 3, 4, 8] {
        let count = format!("instance.count={n}");
        let scenario = service(&[&count, "duration_s=60"]);
        let misses = |scenario: &Scenario| {
            let requests = run(scenario, Home::Memory).requests;
            requests.followups_lost as f64 / requests.followups as f64
        };
        agrees(&format!("misses with N = {n}"), 1.0 - 1.0 / f64::from(n), 0.06, &scenario, misses);
    }
}

#[test]
fn a_kill_under_sticky_loses_one_in_n() {
    for n in [3, 4] {
        let count = format!("instance.count={n}");
        let mut scenario = service(&[&count, "duration_s=12"]);
        script(&mut scenario, &[(10.0, "kill 2")]);
        let share = |scenario: &Scenario| {
            let fault = &run(scenario, Home::Sticky).faults[0];
            fault.sessions_lost as f64 / fault.sessions_alive as f64
        };
        agrees(&format!("lost by a kill of 1 in {n}"), 1.0 / f64::from(n), 0.5, &scenario, share);
    }
}

/// Checks every 2 s, three in a row: a death is noticed between the third check after it at the earliest and …
#[test]
fn detection_takes_between_two_and_three_intervals() {
    let checks = ["balancer.check_interval_ms=2000", "balancer.fall=3", "instance.count=4", "duration_s=30"];
    let mut scenario = service(&checks);
    script(&mut scenario, &[(10.0, "kill 2")]);
    let detected = |scenario: &Scenario| {
        let after = run(scenario, Home::Token).faults[0].detected_s.expect("it is noticed");
        assert!(after > 4.0 && after <= 6.0, "noticed after {after} s, with seed {}", scenario.seed);
        after
    };
    agrees("mean detection", 5.0, 0.35, &scenario, detected);
}

#[test]
fn until_it_is_noticed_a_dead_instance_fails_its_share_of_requests() {
    let set = [
        "workload.requests_per_session=1",
        "workload.sessions_per_s=320",
        "balancer.check_interval_ms=2000",
        "instance.count=4",
        "duration_s=20",
    ];
    let mut scenario = service(&set);
    script(&mut scenario, &[(10.0, "kill 2")]);
    let per_second = |scenario: &Scenario| {
        let report = run(scenario, Home::Token);
        report.requests.outcomes.refused as f64 / report.faults[0].detected_s.expect("it is noticed")
    };
    agrees("failures a second, λ/N", 80.0, 0.15, &scenario, per_second);
}

/// Who is tied to which instance.
#[derive(Default)]
struct Pins {
    of: BTreeMap<u64, u16>,
    lost: usize,
}

impl Pins {
    fn at(&self, instance: u16) -> f64 {
        self.of.values().filter(|&&pin| pin == instance).count() as f64
    }
}

impl Sink for Pins {
    fn take(&mut self, event: &Event) {
        match event.what {
            What::Pinned { session, instance } => {
                self.of.insert(session, instance);
            }
            What::SessionLeft { session, .. } => {
                self.of.remove(&session);
            }
            What::Lost { whole: true, .. } => self.lost += 1,
            _ => {}
        }
    }
}

/// Visits of exponential length: a geometric number of exponential thoughts, D = 10 · 1 s on average.
#[test]
fn visits_outlive_a_pinned_drain_exponentially() {
    let scenario = service(&["instance.count=3", "workload.sessions_per_s=90", "instance.drain_s=8"]);
    let outlive = |scenario: &Scenario| {
        let (mut world, mut pins) = (World::new(scenario, Home::Sticky), Pins::default());
        world.run_until(Nanos::from_secs(20.0), &mut pins);
        let before = pins.at(2);
        world.command("drain 2".parse().expect("a command"), &mut pins).expect("it is up");
        world.run_until(Nanos::from_secs(40.0), &mut pins);
        pins.lost as f64 / before
    };
    agrees("visits that outlive a drain of 8 s", libm::exp(-0.8), 0.2, &scenario, outlive);
}

#[test]
fn a_new_instance_gets_its_share_as_visits_end() {
    let set = ["instance.count=3", "workload.sessions_per_s=90", "instance.start_ms=0", "balancer.policy=random"];
    let scenario = service(&set);
    for t in [4.0, 12.0] {
        let share = |scenario: &Scenario| {
            let (mut world, mut pins) = (World::new(scenario, Home::Sticky), Pins::default());
            world.run_until(Nanos::from_secs(20.0), &mut pins);
            world.command("add".parse().expect("a command"), &mut pins).expect("there is room");
            world.run_until(Nanos::from_secs(20.0 + t), &mut pins);
            pins.at(4) / pins.of.len() as f64
        };
        let theory = (1.0 - libm::exp(-t / 10.0)) / 4.0;
        agrees(&format!("share of a new instance after {t} s"), theory, 0.3, &scenario, share);
    }
}

/// Writes that were acknowledged, and the bytes in which they went to copies.
#[derive(Default)]
struct Copied {
    writes: u64,
    bytes: u64,
}

impl Sink for Copied {
    fn take(&mut self, event: &Event) {
        match event.what {
            What::Ended { write, outcome, .. } if write > 0 => {
                assert_eq!(outcome, Outcome::Ok);
                self.writes += 1;
            }
            What::Copying { write, bytes, .. } if write > 0 => self.bytes += u64::from(bytes),
            // A login brings no write, and its state no bytes but those of the message.
            What::Asked { ask: Ask::Replicate, bytes: 57, .. } => self.bytes += 57,
            _ => {}
        }
    }
}

#[test]
fn replication_sends_each_write_to_each_copy() {
    for (home, copies) in [(Home::ReplicateAll, 3), (Home::ReplicateBackup, 1)] {
        for sync in ["true", "false"] {
            let sync = format!("replication.sync={sync}");
            let end = "workload.bursts=[{ at_s = 30, factor = 0, for_s = 1000 }]";
            let scenario = service(&["instance.count=4", &sync, end]);
            let mut copied = Copied::default();
            World::new(&scenario, home).run_until(Nanos::from_secs(600.0), &mut copied);
            assert!(copied.writes > 500);
            assert_eq!(copied.bytes, copied.writes * 57 * copies, "{home}, {sync}");
        }
    }
}

#[test]
fn littles_law_holds_exactly_on_a_run_that_starts_and_ends_empty() {
    let end = "workload.bursts=[{ at_s = 1000, factor = 0, for_s = 10000 }]";
    let report = run(&with("queue", &["duration_s=2000", end]), Home::Memory);
    assert!(report.little.started_empty && report.little.ended_empty);
    assert_eq!(report.little.integral_ns, report.little.sum_ns);
    let from_mean = report.latency_ms.mean.expect("requests ended") * 1e6 * report.requests.ended as f64;
    assert!((report.little.sum_ns as f64 / from_mean - 1.0).abs() < 1e-9, "L = λW");
}

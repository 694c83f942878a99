//! Oracles of where state is: misses, what a kill takes, who outlives a drain, how a new instance fills, what a death costs.

use super::case::{Case, Claim, Effort, Seen, run, scenario, set};
use crate::event::{Event, Evidence, Health, SessionId, Sink, What};
use crate::scenario::{Faults, Home, Scenario};
use crate::sim::World;
use crate::study::theory;
use crate::units::Nanos;
use std::collections::BTreeMap;

/// The mean length of a visit in progress: a geometric number of exponential thoughts of 1 s, ten requests on average.
const VISIT_S: f64 = 10.0;
/// Visits that begin per second in a quick run.
const VISITS_PER_S: f64 = 120.0;

/// All of them.
pub(super) fn cases(effort: Effort) -> Result<Vec<Case>, Faults> {
    let mut cases = Vec::new();
    for instances in [2, 3, 4, 8] {
        cases.push(misses(instances, effort)?);
    }
    for instances in [2, 3, 4, 8] {
        cases.push(killed(instances, effort)?);
    }
    for (drain_s, width) in [(4.0, 0.06), (8.0, 0.09), (16.0, 0.16)] {
        cases.push(outlived(drain_s, Lengths::Exponential, width, effort)?);
    }
    for (drain_s, width) in [(4.0, 0.07), (8.0, 0.17)] {
        cases.push(outlived(drain_s, Lengths::Fixed, width, effort)?);
    }
    for (instances, t_s, width) in [(3, 4.0, 0.15), (3, 12.0, 0.1), (3, 30.0, 0.08), (7, 12.0, 0.14)] {
        cases.push(filled(instances, t_s, width, effort)?);
    }
    for (fall, interval_s, width) in [(3, 2.0, 0.06), (2, 5.0, 0.1), (1, 2.0, 0.3)] {
        cases.push(detected(fall, interval_s, width, effort)?);
    }
    for (instances, width) in [(2, 0.05), (4, 0.06), (8, 0.1)] {
        cases.push(refused(instances, width, effort)?);
    }
    Ok(cases)
}

/// A plain service behind a balancer: no limits that could disturb, and visits in progress when the run begins.
pub(super) fn service(visits_per_s: f64, set: &[String], script: &[(f64, String)]) -> Result<Scenario, Faults> {
    let mut all = Vec::from(set![
        "workload.sessions_per_s={}", visits_per_s;
        "workload.requests_per_session={{ geometric = 10 }}";
        "workload.think_ms={{ exponential = 1000 }}";
        "workload.service_ms=1";
        "workload.write_ratio=0.3";
        "workload.growth_bytes_per_write=57";
        "balancer.affinity=auto";
        "warm_start=true";
        "instance.workers=64";
    ]);
    all.extend_from_slice(set);
    scenario("queue", &all, script)
}

fn misses(instances: u16, effort: Effort) -> Result<Case, Faults> {
    let set = set!["instance.count={}", instances; "duration_s=60"];
    let scenario = service(10.0 * effort.length(), &set, &[])?;
    let claim = Claim {
        figure: "follow-ups that find no session",
        formula: "1 − 1/N",
        source: "each goes to any of N, one holds it",
        unit: "",
        parameters: format!("N = {instances}"),
        exact: Some((theory::miss_ratio(instances), 0.02)),
    };
    Ok(Case::estimated("memory, random routing", vec![claim], move |seed| {
        let requests = run(&scenario, Home::Memory, seed).requests;
        vec![requests.followups_lost as f64 / requests.followups as f64]
    }))
}

fn killed(instances: u16, effort: Effort) -> Result<Case, Faults> {
    let set = set!["instance.count={}", instances; "duration_s=12"];
    let scenario = service(VISITS_PER_S * effort.length(), &set, &[(10.0, "kill 2".into())])?;
    let claim = Claim {
        figure: "sessions lost by a kill",
        formula: "1/N",
        source: "sessions are spread evenly, each in one place",
        unit: "",
        parameters: format!("N = {instances}"),
        exact: Some((1.0 / f64::from(instances), 0.043 * libm::sqrt(f64::from(instances) - 1.0))),
    };
    Ok(Case::estimated("sticky, one of N killed", vec![claim], move |seed| {
        let fault = &run(&scenario, Home::Sticky, seed).faults[0];
        vec![(fault.sessions_alive - fault.sessions_intact) as f64 / fault.sessions_alive as f64]
    }))
}

/// How long visits are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Lengths {
    Exponential,
    /// Two requests with a fixed thought between them.
    Fixed,
}

fn outlived(drain_s: f64, lengths: Lengths, width: f64, effort: Effort) -> Result<Case, Faults> {
    let mut set = Vec::from(set!["instance.count=3"; "instance.drain_s={}", drain_s]);
    let (words, formula, exact) = match lengths {
        Lengths::Exponential => ("exponential visits", "e^(−T/D)", theory::outlive_exponential(drain_s, VISIT_S)),
        Lengths::Fixed => {
            let think_ms = VISIT_S * 1e3;
            set.extend(set!["workload.requests_per_session=2"; "workload.think_ms={}", think_ms]);
            ("fixed visits", "1 − T/D", theory::outlive_fixed(drain_s, VISIT_S))
        }
    };
    let scenario = service(VISITS_PER_S * effort.length(), &set, &[])?;
    let claim = Claim {
        figure: "visits that outlive a drain of T",
        formula,
        source: "∫(1−F)/D from T on; Kleinrock 1975, §5.2",
        unit: "",
        parameters: format!("{words}, T = {} D", drain_s / VISIT_S),
        exact: Some((exact, width)),
    };
    Ok(Case::estimated("sticky, pinned drain", vec![claim], move |seed| {
        let seeded = Scenario { seed, ..scenario.clone() };
        let (mut world, mut pins) = (World::new(&seeded, Home::Sticky), Pins::default());
        world.run_until(Nanos::from_secs(20.0), &mut pins);
        let before = pins.at(2);
        // It is up, since nothing has happened to it; were the drain refused, nothing would be lost, and the oracle fail.
        let _refusal = world.command(crate::command::Command::Drain(2), &mut pins);
        world.run_until(Nanos::from_secs(22.0 + drain_s), &mut pins);
        vec![pins.lost as f64 / before]
    }))
}

fn filled(instances: u16, t_s: f64, width: f64, effort: Effort) -> Result<Case, Faults> {
    let set = set!["instance.count={}", instances; "instance.start_ms=0"];
    let scenario = service(VISITS_PER_S * effort.length(), &set, &[])?;
    let claim = Claim {
        figure: "share of a new instance after t",
        formula: "(1 − e^(−t/D))/(N+1)",
        source: "only visits that began since are spread anew",
        unit: "",
        parameters: format!("N = {instances}, t = {} D", t_s / VISIT_S),
        exact: Some((theory::new_instance_share(instances, t_s, VISIT_S), width)),
    };
    Ok(Case::estimated("sticky, scale-out", vec![claim], move |seed| {
        let seeded = Scenario { seed, ..scenario.clone() };
        let (mut world, mut pins) = (World::new(&seeded, Home::Sticky), Pins::default());
        world.run_until(Nanos::from_secs(20.0), &mut pins);
        // There is room for one more; were it refused, its share would be zero, and the oracle fail.
        let _refusal = world.command(crate::command::Command::Add, &mut pins);
        world.run_until(Nanos::from_secs(20.0 + t_s), &mut pins);
        vec![pins.at(instances + 1) / pins.of.len() as f64]
    }))
}

fn detected(fall: u32, interval_s: f64, width: f64, effort: Effort) -> Result<Case, Faults> {
    let deaths = (8.0 * effort.length()) as u16;
    let set = set![
        "balancer.check_interval_ms={}", interval_s * 1e3;
        "balancer.fall={}", fall;
        "instance.count={}", 2 * deaths;
        "duration_s=30";
    ];
    // Half of them die at once, so that one run tells many times.
    let script: Vec<(f64, String)> = (1..=deaths).map(|id| (10.0, format!("kill {id}"))).collect();
    let scenario = service(1.0, &set, &script)?;
    let mean = Claim {
        figure: "mean time until a death is noticed",
        formula: "(fall − ½)·interval",
        source: "HAProxy's checks; deaths at any instant of the period",
        unit: "s",
        parameters: format!("fall = {fall}, interval = {interval_s} s"),
        exact: Some((theory::detection_s(fall, interval_s), width)),
    };
    let within = Claim {
        figure: "deaths noticed within the bounds",
        formula: "(fall−1)·interval < t ≤ fall·interval",
        source: "the first failed check, and fall − 1 more",
        unit: "",
        parameters: mean.parameters.clone(),
        exact: None,
    };
    let end = Nanos::from_secs(scenario.duration_s);
    let measure = move |seed| {
        let mut noticed = Noticed::default();
        World::new(&Scenario { seed, ..scenario.clone() }, Home::Token).run_until(end, &mut noticed);
        let times = noticed.after_s;
        let (first, last) = (f64::from(fall - 1) * interval_s, f64::from(fall) * interval_s);
        let within = times.iter().filter(|&&time| time > first && time <= last).count();
        let mean = times.iter().sum::<f64>() / times.len() as f64;
        vec![Seen::Value(mean), Seen::Sides { exact: deaths.into(), found: within as u128 }]
    };
    Ok(Case { system: "active health checks", claims: vec![mean, within], measure: Box::new(measure) })
}

fn refused(instances: u16, width: f64, effort: Effort) -> Result<Case, Faults> {
    let rate = 480.0 * effort.length();
    let set = set![
        "workload.requests_per_session=1";
        "balancer.check_interval_ms=2000";
        "instance.count={}", instances;
        "duration_s=20";
    ];
    let scenario = service(rate, &set, &[(10.0, "kill 2".into())])?;
    let claim = Claim {
        figure: "failures a second until it is noticed",
        formula: "λ/N",
        source: "random routing, no redispatch, no retries",
        unit: "1/s",
        parameters: format!("λ = {rate} 1/s, N = {instances}"),
        exact: Some((rate / f64::from(instances), width)),
    };
    Ok(Case::estimated("token, one of N killed", vec![claim], move |seed| {
        let report = run(&scenario, Home::Token, seed);
        vec![report.requests.outcomes.refused as f64 / report.faults[0].detected_s.unwrap_or(f64::NAN)]
    }))
}

/// Who is tied to which instance, and who lost everything.
#[derive(Default)]
struct Pins {
    of: BTreeMap<SessionId, u16>,
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

/// How long after each death failed checks told the balancer of it.
#[derive(Default)]
struct Noticed {
    died: BTreeMap<u16, Nanos>,
    after_s: Vec<f64>,
}

impl Sink for Noticed {
    fn take(&mut self, event: &Event) {
        match event.what {
            What::Instance { instance, health: Health::Down, .. } => {
                self.died.insert(instance, event.at);
            }
            What::Believed { instance, up: false, evidence: Evidence::Checks } => {
                self.after_s.extend(self.died.remove(&instance).map(|died| (event.at - died).secs()));
            }
            _ => {}
        }
    }
}

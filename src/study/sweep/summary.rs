//! From answers to the report.

use super::plan::{Axis, Outline, Task};
use super::report::{
    CapacityHome, CapacityPoint, FieldFigure, FieldHome, FieldPoint, Findings, Mean, SCHEMA, StoreLimit, SweepReport,
};
use crate::scenario::Home;
use crate::study::capacity::{BACKLOG, FAILURES, FOLLOWUPS, WARM_UP};
use crate::study::compare::{BYTES, NOT_OK, REJECTED};
use crate::study::{Answers, Estimate, LEVEL, usl};
use serde_json::Value;

/// What is reported of a run over a field, and what tables call it.
pub const FIGURES: [(&str, &str); 6] = [
    ("sessions.lost", "sessions lost"),
    (NOT_OK, "other than ok"),
    ("wait_ms.p50", "wait p50, ms"),
    ("wait_ms.p99", "wait p99, ms"),
    (BYTES, "bytes per request"),
    ("throughput_per_s", "answered per s"),
];

/// The report of these answers; partial if some are missing.
#[must_use]
pub fn summarise(outline: &Outline, answers: &Answers) -> SweepReport {
    let findings = match &outline.axis {
        Axis::Sizes(sizes) => Findings::Capacity {
            slo_ms: outline.slo_ms,
            failures_ratio: FAILURES,
            backlog_ratio: BACKLOG,
            followups: FOLLOWUPS,
            warmup_ratio: WARM_UP,
            homes: (0..outline.homes.len()).map(|home| capacity_home(outline, sizes, answers, home)).collect(),
        },
        Axis::Field { values, .. } => Findings::Field {
            duration_s: outline.duration_s,
            warmup_s: outline.warmup_s,
            homes: outline.homes.iter().map(|&home| field_home(outline, values, answers, home)).collect(),
        },
    };
    SweepReport {
        schema: SCHEMA,
        version: env!("CARGO_PKG_VERSION"),
        scenario: outline.scenario.clone(),
        slow_motion: outline.slow_motion,
        settings: outline.settings.clone(),
        commands: outline.commands.clone(),
        partial: answers.len() < outline.tasks(),
        seed: outline.seed,
        runs: outline.runs,
        level: LEVEL,
        axis: outline.axis.clone(),
        findings,
    }
}

/// One seed's search: what was answered ok per second at the highest good rate (zero: none is good), how far the lowest bad
/// one is from it, operations per request asked of the store.
struct Found {
    size: usize,
    good: f64,
    gap: f64,
    operations: f64,
}

fn capacity_home(outline: &Outline, sizes: &[u16], answers: &Answers, home: usize) -> CapacityHome {
    let found: Vec<Found> = answers
        .iter()
        .filter_map(|(&task, answer)| match outline.task(task) {
            Task::Capacity { home: of, size, .. } if of == home => {
                let number = |i: usize| answer.get(i).and_then(Value::as_f64);
                Some(Found { size, good: number(0)?, gap: number(1)?, operations: number(2)? })
            }
            _ => None,
        })
        .collect();
    let mut points: Vec<CapacityPoint> =
        sizes.iter().enumerate().map(|(size, &instances)| point(&found, size, instances)).collect();
    // The seeds under which it carries something are those that suit it: of them there is no ratio.
    let always = |point: &CapacityPoint| point.requests_per_s.filter(|_| point.none == 0);
    let one = points.iter().find(|point| point.instances == 1).and_then(always);
    for point in &mut points {
        let ratio = always(point).zip(one).map(|(many, one)| many.mean / one.mean);
        point.efficiency = ratio.map(|ratio| ratio / f64::from(point.instances));
    }
    let pairs: Vec<(f64, f64)> = found.iter().map(|found| (f64::from(sizes[found.size]), found.good)).collect();
    let bracket = points.last().and_then(|largest| largest.bracket_per_s).unwrap_or(0.0);
    let (usl, usl_missing) = match usl::fit(&pairs, bracket, LEVEL) {
        Ok(usl) => (Some(usl), None),
        Err(_) if sizes.len() >= 3 && found.len() < sizes.len() * outline.runs as usize => {
            (None, Some("interrupted before enough of it was measured"))
        }
        Err(why) => (None, Some(why)),
    };
    let store = store_limit(outline, &found, one);
    CapacityHome { home: outline.homes[home], points, usl, usl_missing, store }
}

fn point(found: &[Found], size: usize, instances: u16) -> CapacityPoint {
    let found: Vec<&Found> = found.iter().filter(|found| found.size == size).collect();
    let rates: Vec<f64> = found.iter().map(|found| found.good).collect();
    let good: Vec<f64> = rates.iter().copied().filter(|rate| *rate > 0.0).collect();
    let gaps: f64 = found.iter().map(|found| found.gap).sum();
    CapacityPoint {
        instances,
        requests_per_s: mean(&good),
        none: rates.len() - good.len(),
        bracket_per_s: (!found.is_empty()).then(|| gaps / found.len() as f64),
        by_seed: rates.iter().map(|&rate| (rate > 0.0).then_some(rate)).collect(),
        efficiency: None,
    }
}

fn store_limit(outline: &Outline, found: &[Found], one: Option<Mean>) -> Option<StoreLimit> {
    let asked: Vec<f64> = found.iter().map(|found| found.operations).filter(|operations| *operations > 0.0).collect();
    let operations_per_request = mean(&asked)?.mean;
    let store_demand_s = operations_per_request * outline.store_demand_s;
    (store_demand_s > 0.0).then(|| StoreLimit {
        operations_per_request,
        requests_per_s: 1.0 / store_demand_s,
        binds_at: one.map(|one| 1.0 / store_demand_s / one.mean),
    })
}

fn field_home(outline: &Outline, values: &[String], answers: &Answers, home: Home) -> FieldHome {
    let points = values.iter().enumerate().map(|(place, value)| {
        let runs: Vec<&Value> = answers
            .iter()
            .filter(|(task, _)| matches!(outline.task(**task), Task::Runs { value, .. } if value == place))
            .filter_map(|(_, answer)| answer.get(home.id()))
            .collect();
        let figure = |name: &'static str| {
            let values: Vec<f64> = runs.iter().filter_map(|run| run.get(name)?.as_f64()).collect();
            let defined = values.len();
            let mean = mean(&values).filter(|_| defined == runs.len());
            let (low, high) = (mean.and_then(|mean| mean.low), mean.and_then(|mean| mean.high));
            (name, FieldFigure { mean: mean.map(|mean| mean.mean), low, high, defined })
        };
        let figures = FIGURES.into_iter().map(|(name, _)| figure(name)).collect();
        let rejects = runs.iter().any(|run| run.get(REJECTED).and_then(Value::as_f64) > Some(0.0));
        FieldPoint { value: value.clone(), runs: runs.len(), rejects, figures }
    });
    FieldHome { home, points: points.collect() }
}

fn mean(values: &[f64]) -> Option<Mean> {
    // No figure is negative.
    let estimate = Estimate::of(values, LEVEL)?.not_negative();
    let (low, high) = estimate.ends();
    Some(Mean { mean: estimate.mean, low, high, n: estimate.n })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Format;
    use crate::scenario::Scenario;
    use crate::study::sweep::{Options, Sweep};
    use serde_json::json;

    /// The report of what one, two and four instances carry under each seed, with brackets of half a request per second.
    fn report(runs: u32, rates: &[[f64; 3]]) -> SweepReport {
        let options = Options { homes: vec![Home::Token], runs, axis: Axis::Sizes(vec![1, 2, 4]) };
        let sweep = Sweep::new(&Scenario::default(), options).unwrap();
        let answers = rates.iter().flatten().map(|rate| json!([rate, 0.5, 0.0])).enumerate().collect();
        summarise(sweep.plan(), &answers)
    }

    fn text(report: &SweepReport) -> String {
        report.render(Format::Text).unwrap()
    }

    #[test]
    fn what_carries_nothing_under_some_seeds_is_averaged_over_the_others_and_has_no_efficiency() {
        let report = report(3, &[[10.0, 20.0, 40.0], [0.0, 22.0, 0.0], [12.0, 24.0, 44.0]]);
        let Findings::Capacity { homes, .. } = &report.findings else { panic!("{report:?}") };
        let means: Vec<f64> = homes[0].points.iter().map(|point| point.requests_per_s.unwrap().mean).collect();
        assert_eq!(means, [11.0, 22.0, 42.0]);
        assert!(homes[0].points.iter().all(|point| point.efficiency.is_none()), "{report:?}");
        let text = text(&report);
        assert!(text.contains("11.00 ±12.71 with 2 of 3") && text.contains("42.00 ±25.41 with 2 of 3"), "{text}");
    }

    /// The runs in which a percentile falls among failures are the worst: a mean of the others would praise the value.
    #[test]
    fn what_is_not_defined_in_every_run_has_no_mean() {
        let axis = Axis::Field { path: "workload.users".into(), values: vec!["6".into(), "12".into()] };
        let sweep = Sweep::new(&Scenario::default(), Options { homes: vec![Home::Memory], runs: 2, axis }).unwrap();
        let answer = |p99: Option<f64>| json!({ "memory": { "wait_ms.p99": p99, "wait_ms.p50": 100.0, NOT_OK: 0.01 } });
        let all = [Some(900.0), Some(500.0), Some(1100.0), None];
        let report = summarise(sweep.plan(), &all.map(answer).into_iter().enumerate().collect());
        let Findings::Field { homes, .. } = &report.findings else { panic!("{report:?}") };
        let p99: Vec<_> = homes[0].points.iter().map(|point| point.figures["wait_ms.p99"]).collect();
        assert_eq!([p99[0].mean, p99[1].mean], [Some(1000.0), None], "{p99:?}");
        assert_eq!([p99[0].defined, p99[1].defined], [2, 1]);
        assert!(text(&report).contains("some failed"), "{}", text(&report));
    }

    #[test]
    fn where_nobody_failed_no_wait_is_said_to_have() {
        let axis = Axis::Field { path: "workload.users".into(), values: vec!["6".into()] };
        let sweep = Sweep::new(&Scenario::default(), Options { homes: vec![Home::Memory], runs: 1, axis }).unwrap();
        let said = |not_ok: Option<f64>| {
            let answer = json!({ "memory": { "sessions.lost": 0, NOT_OK: not_ok } });
            text(&summarise(sweep.plan(), &[(0, answer)].into()))
        };
        assert!(!said(None).contains("failed") && !said(Some(0.0)).contains("failed"), "{}", said(None));
        assert!(said(Some(0.2)).contains("failed"));
    }

    #[test]
    fn no_spread_is_printed_that_is_less_than_a_bisection_can_tell() {
        let text = text(&report(3, &[[10.0, 20.0, 40.0], [10.0, 20.0, 40.0], [10.0, 20.0, 40.1]]));
        assert!(text.contains("10.00 ±0.50") && text.contains("40.03 ±0.50"), "{text}");
        // 20,000·√N follow-ups at 10, 20 and 40 requests a second.
        assert!(text.contains("trials last, s        2,000        1,414          999\n"), "{text}");
        // Half of 10 and half of 20: 5 % and 2.5 % of an efficiency of 1.
        assert!(text.contains("1.000 ±0.075"), "{text}");
    }

    #[test]
    fn an_interrupted_sweep_says_how_many_seeds_its_points_have() {
        let interrupted = report(5, &[[10.0, 20.0, 40.0], [10.0, 20.0, 40.0]]);
        assert!(text(&interrupted).contains("interrupted: 2 of 5 paired seeds"), "{}", text(&interrupted));
        // Which of them belong together is not known.
        assert!(
            text(&interrupted).contains("1.000  ") && !text(&interrupted).contains("1.000 ±"),
            "{}",
            text(&interrupted)
        );
        let options = Options { homes: vec![Home::Token], runs: 5, axis: Axis::Sizes(vec![1, 2, 4]) };
        let sweep = Sweep::new(&Scenario::default(), options).unwrap();
        let four = (0..4).map(|task| (task, json!([10.0, 0.5, 0.0]))).collect();
        let uneven = text(&summarise(sweep.plan(), &four));
        assert!(uneven.contains("interrupted: 1 to 2 of 5 paired seeds"), "{uneven}");
        let one = text(&summarise(sweep.plan(), &[(0, json!([10.0, 0.5, 0.0]))].into()));
        assert!(one.contains("bisected to      0.50      –      –\n"), "nothing is known of what was not begun: {one}");
    }
}

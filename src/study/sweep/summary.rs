//! From answers to the report.

use super::plan::{Axis, Outline, Task};
use super::report::{
    CapacityHome, CapacityPoint, FieldHome, FieldPoint, Findings, LEVEL, Mean, SCHEMA, StoreLimit, SweepReport,
};
use crate::scenario::Home;
use crate::study::capacity::{BACKLOG, FAILURES, FOLLOWUPS, WARM_UP};
use crate::study::compare::{BYTES, NOT_OK};
use crate::study::{Answers, Estimate, usl};
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
        slow_motion: outline.slow_motion.unwrap_or(1.0),
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
    let one = points.iter().find(|point| point.instances == 1).and_then(|point| point.requests_per_s);
    for point in &mut points {
        let ratio = point.requests_per_s.zip(one).map(|(many, one)| many.mean / one.mean);
        point.efficiency = ratio.map(|ratio| ratio / f64::from(point.instances));
    }
    let pairs: Vec<(f64, f64)> = found.iter().map(|found| (f64::from(sizes[found.size]), found.good)).collect();
    let (usl, usl_missing) = match usl::fit(&pairs, LEVEL) {
        Ok(usl) => (Some(usl), None),
        Err(why) => (None, Some(why)),
    };
    let store = store_limit(outline, &found, one);
    CapacityHome { home: outline.homes[home], points, usl, usl_missing, store }
}

fn point(found: &[Found], size: usize, instances: u16) -> CapacityPoint {
    let found: Vec<&Found> = found.iter().filter(|found| found.size == size).collect();
    let good: Vec<f64> = found.iter().map(|found| found.good).collect();
    let gaps: f64 = found.iter().map(|found| found.gap).sum();
    CapacityPoint {
        instances,
        requests_per_s: mean(&good).filter(|mean| mean.mean > 0.0),
        none: good.iter().filter(|good| **good == 0.0).count(),
        bracket_per_s: if found.is_empty() { 0.0 } else { gaps / found.len() as f64 },
        by_seed: good.iter().map(|&good| (good > 0.0).then_some(good)).collect(),
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
            (name, mean(&values))
        };
        let figures = FIGURES.into_iter().map(|(name, _)| figure(name)).collect();
        FieldPoint { value: value.clone(), runs: runs.len(), figures }
    });
    FieldHome { home, points: points.collect() }
}

fn mean(values: &[f64]) -> Option<Mean> {
    let Estimate { mean, low, high, n } = Estimate::of(values, LEVEL)?;
    let known = n > 1;
    Some(Mean { mean, low: known.then_some(low), high: known.then_some(high), n })
}

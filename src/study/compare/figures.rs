//! What is kept of one run: every leaf of its report, and a few figures that follow from it.

use crate::command::Harm;
use crate::flat::flatten;
use crate::ledger::{FaultFigures, RunReport};
use crate::scenario::{Scenario, TimedCommand, knobs};
use crate::study::warm::Waits;
use crate::table::Measured;
use crate::units::Nanos;
use serde_json::{Map, Value, json};

/// The leaves of a run's report by their dotted names, in the order of the report. Numbers are figures; texts (such as
/// a fault's command) say what they are about.
pub type Leaves = Map<String, Value>;

/// Names that say which run it was, and are no figures.
const ABOUT: [&str; 7] = ["schema", "version", "scenario", "home", "seed", "duration_s", "events.sha256"];

/// Requests that ended other than `ok`, divided by all that ended.
pub const NOT_OK: &str = "derived.not_ok_ratio";
/// Bytes between clients and balancer, between instances, and between them and the store, divided by requests ended.
pub const BYTES: &str = "derived.bytes_per_request";
/// Kinds of component: balancer and instance; with a store one more.
pub const KINDS: &str = "derived.component_kinds";
/// Messages between instances, and between them and the store, divided by requests ended.
pub const MESSAGES: &str = "derived.server_messages_per_request";
/// Context bytes that clients sent again, divided by requests issued.
pub const RESENT: &str = "derived.resent_bytes_per_request";
/// Processes of the service, those that ended among them.
pub const PARTS: &str = "derived.parts";
/// Those among them that keep sessions.
pub const STATEFUL: &str = "derived.stateful_parts";
/// Instances that keep sessions.
pub const HOLDING: &str = "derived.holding_instances";
/// Keys of the service that the scenario sets to something other than their default.
pub const KNOBS: &str = "derived.knobs";
/// Waits of planned requests that are over, with success or not.
pub const WAITS: &str = "derived.waits";
/// Those without success.
pub const WAITS_FAILED: &str = "derived.waits_failed";
/// Those without success, and those longer than the objective.
pub const LATE: &str = "derived.waits_late";
/// Commands that had become impossible when their turn came.
pub const REJECTED: &str = "derived.commands_rejected";

/// How busy the busiest instance was / the mean of all that ran.
pub const IMBALANCE: &str = "derived.imbalance";
/// Seconds until an instance that came up meanwhile took up 80 % of the mean; the mean of those that did.
pub const ABSORBED: &str = "derived.absorbed_s";

/// The commands of a scenario that may be faults, in their order: the figures of the first are called `faults.1.…`, of the
/// second `faults.2.…`, in every home and under every seed.
pub fn scheduled(scenario: &Scenario) -> Vec<TimedCommand> {
    let ends = |timed: &&TimedCommand| timed.at_s <= scenario.duration_s && timed.command.harm() != Harm::Never;
    scenario.commands.iter().filter(ends).copied().collect()
}

/// The faults of a run by their number in the schedule: what was rejected, or did no harm, is not there.
fn numbered(faults: &[FaultFigures], schedule: &[TimedCommand]) -> Value {
    let mut open: Vec<(usize, &TimedCommand)> = (1..).zip(schedule).collect();
    let number = |fault: &FaultFigures| {
        let is = |timed: &TimedCommand| {
            timed.command == fault.command && Nanos::from_secs(timed.at_s) == Nanos::from_secs(fault.at_s)
        };
        let place = open.iter().position(|(_, timed)| is(timed))?;
        Some((open.remove(place).0.to_string(), json!(fault)))
    };
    Value::Object(faults.iter().filter_map(number).collect())
}

/// All of them, with what is known of the waits; faults are numbered as in the scenario's schedule.
pub fn leaves(report: &RunReport, waits: Waits, rejected: u32, scenario: &Scenario) -> Leaves {
    let mut document = serde_json::to_value(report).unwrap_or_default();
    document["faults"] = numbered(&report.faults, &scheduled(scenario));
    let mut leaves: Leaves = flatten(&document)
        .into_iter()
        .filter(|(name, value)| {
            let identity = name.starts_with("instances.") && name.ends_with(".id");
            // A list or an object that is not there has no figures.
            let absent = value.is_null() && !name.contains('.');
            !identity && !absent && !ABOUT.contains(&name.as_str())
        })
        .map(|(name, value)| (name, value.clone()))
        .collect();

    let measured = Measured::of(report.home, report);
    let bytes = report.bytes.up + report.bytes.down + report.bytes.replication + report.bytes.store;
    let per = |part: f64, whole: f64| (whole > 0.0).then(|| part / whole);
    let (ok, users) = (report.requests.outcomes.ok as f64, report.requests.outcomes.total() as f64);
    let derived = [
        (NOT_OK, per(users - ok, users)),
        (BYTES, per(bytes as f64, measured.ended)),
        (MESSAGES, per(measured.server_messages, measured.ended)),
        (RESENT, per(measured.redundant_bytes, measured.issued)),
        (KINDS, Some(if measured.has_store { 3.0 } else { 2.0 })),
        (PARTS, Some(measured.parts)),
        (STATEFUL, Some(measured.stateful_parts)),
        (HOLDING, Some(measured.holding_instances)),
        (KNOBS, Some(knobs(scenario, report.home).len() as f64)),
        (WAITS, Some(waits.all as f64)),
        (WAITS_FAILED, Some(waits.failed as f64)),
        (LATE, Some(waits.late as f64)),
        (REJECTED, Some(rejected.into())),
        (IMBALANCE, measured.imbalance),
        (ABSORBED, measured.absorbed_s),
    ];
    leaves.extend(derived.into_iter().map(|(name, value)| (name.to_owned(), value.into())));
    leaves
}

/// A figure in each of these runs; `None` where it is not defined.
pub fn values(runs: &[&Leaves], name: &str) -> Vec<Option<f64>> {
    runs.iter().map(|run| run.get(name).and_then(Value::as_f64)).collect()
}

/// The names of all figures in these runs, in the order of the report.
pub fn names<'a>(runs: impl Iterator<Item = &'a Leaves>) -> Vec<String> {
    let mut seen = std::collections::HashSet::new();
    let mut groups: Vec<String> = Vec::new();
    let mut names: Vec<(usize, u32, String)> = Vec::new();
    for (name, value) in runs.flatten() {
        if !value.is_number() || !seen.insert(name.clone()) {
            continue;
        }
        let mut parts = name.split('.');
        let group = parts.next().unwrap_or_default();
        let rank = groups.iter().position(|known| known == group).unwrap_or_else(|| {
            groups.push(group.to_owned());
            groups.len() - 1
        });
        let number = parts.next().and_then(|id| id.parse().ok()).unwrap_or(0);
        names.push((rank, number, name.clone()));
    }
    // Runs differ in how many instances they had: those that only later runs have go to their place.
    names.sort_by_key(|&(rank, number, _)| (rank, number));
    names.into_iter().map(|(_, _, name)| name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_are_numbered_as_they_were_scheduled() {
        let scheduled = |(at_s, command): (f64, &str)| TimedCommand { at_s, command: command.parse().unwrap() };
        let schedule = [(130.0, "kill 7"), (200.0, "kill 2"), (200.0, "kill 2"), (200.1, "scale 2")].map(scheduled);
        let fault = |timed: &TimedCommand| FaultFigures {
            at_s: timed.at_s,
            command: timed.command,
            sessions_alive: 0,
            sessions_intact: 0,
            sessions_exposed: None,
            sessions_touched: 0,
            sessions_lost: 0,
            sessions_reverted: 0,
            sessions_affected: 0,
            requests_failed: 0,
            acked_writes_lost: 0,
            detected_s: None,
            recovered_s: None,
        };
        let numbers = |faults: &[&TimedCommand]| {
            let faults: Vec<FaultFigures> = faults.iter().map(|timed| fault(timed)).collect();
            numbered(&faults, &schedule).as_object().unwrap().keys().cloned().collect::<Vec<_>>()
        };
        assert_eq!(numbers(&[&schedule[1], &schedule[3]]), ["2", "4"]);
        assert_eq!(numbers(&[&schedule[0], &schedule[1], &schedule[2]]), ["1", "2", "3"]);
    }
}

//! Oracles without chance: both sides are counted apart, and must be equal to the last digit.

use super::case::{Case, Claim, run, scenario, set};
use super::state::service;
use crate::event::{Ask, Event, Outcome, Sink, What};
use crate::scenario::{Faults, Home, Scenario};
use crate::sim::World;
use crate::study::theory;
use crate::units::Nanos;

/// All of them.
pub(super) fn cases() -> Result<Vec<Case>, Faults> {
    // Traffic ends long before the run does, so that it ends empty, as it began.
    let empty = |workers: u32| {
        let set = set![
            "workload.bursts=[{{ at_s = 1000, factor = 0, for_s = 10000 }}]";
            "duration_s=2000";
            "instance.workers={}", workers;
            "workload.sessions_per_s={}", 0.8 * f64::from(workers);
        ];
        scenario("queue", &set, &[])
    };
    let faults = ["kill 1", "hang 2", "restart 1", "restart 2", "kill store", "restart store"];
    let script: Vec<(f64, String)> =
        faults.iter().zip([20.0, 25.0, 30.0, 35.0, 40.0, 45.0]).map(|(&text, at)| (at, text.to_owned())).collect();
    let rough = |script: &[(f64, String)]| scenario("rest", &set!["duration_s=60"], script);
    let mut cases = vec![
        little("M/M/1, empty at both ends", empty(1)?, Home::Memory),
        little("M/M/4, empty at both ends", empty(4)?, Home::Memory),
        little("rest, killed and hung, sticky", rough(&script[..4])?, Home::Sticky),
        little("rest, killed and hung, store too", rough(&script)?, Home::Store),
    ];
    for instances in [2, 4, 8] {
        for sync in [false, true] {
            cases.push(copied(Home::ReplicateAll, instances, sync)?);
        }
    }
    for sync in [false, true] {
        cases.push(copied(Home::ReplicateBackup, 4, sync)?);
    }
    Ok(cases)
}

/// Little's law in whole nanoseconds: the two sides share no number in the ledger.
fn little(words: &str, scenario: Scenario, home: Home) -> Case {
    let claim = Claim {
        figure: "∫N dt against ΣW, request-ns",
        formula: "∫N dt = ΣW",
        source: "Little 1961",
        unit: "",
        parameters: words.into(),
        exact: None,
    };
    Case::identity("Little's law", claim, move |seed| {
        let little = run(&scenario, home, seed).little;
        (little.integral_ns, little.sum_ns)
    })
}

/// Each acknowledged write goes to each copy, once.
fn copied(home: Home, instances: u16, sync: bool) -> Result<Case, Faults> {
    let set = set![
        "workload.state_bytes=0";
        "instance.count={}", instances;
        "replication.sync={}", sync;
        "workload.bursts=[{{ at_s = 30, factor = 0, for_s = 1000 }}]";
    ];
    let scenario = service(10.0, &set, &[])?;
    let (formula, copies_among) =
        if home == Home::ReplicateAll { ("w·z·(N−1)", u64::from(instances)) } else { ("w·z", 2) };
    let claim = Claim {
        figure: "bytes of acknowledged writes on the wire",
        formula,
        source: "Tomcat's DeltaManager and BackupManager",
        unit: "B",
        parameters: format!("{home}, N = {instances}, {}", if sync { "sync" } else { "async" }),
        exact: None,
    };
    Ok(Case::identity("replication", claim, move |seed| {
        let mut copied = Copied::default();
        let seeded = Scenario { seed, ..scenario.clone() };
        World::new(&seeded, home).run_until(Nanos::from_secs(600.0), &mut copied);
        let exact = theory::replication_bytes(copied.writes, u64::from(WRITE_BYTES), copies_among);
        (exact.into(), copied.bytes.into())
    }))
}

/// What a write adds to the state in [`service`].
const WRITE_BYTES: u32 = 57;

/// Writes that were acknowledged, and the bytes in which writes went to copies.
#[derive(Default)]
struct Copied {
    writes: u64,
    bytes: u64,
}

impl Sink for Copied {
    fn take(&mut self, event: &Event) {
        match event.what {
            What::Ended { write, outcome: Outcome::Ok, .. } if write > 0 => self.writes += 1,
            What::Copying { write, bytes, .. } if write > 0 => self.bytes += u64::from(bytes),
            // A login brings no write, and its state no bytes but those of the message.
            What::Asked { ask: Ask::Replicate, bytes: WRITE_BYTES, .. } => self.bytes += u64::from(WRITE_BYTES),
            _ => {}
        }
    }
}

//! The page about the event log says what stands in one, no more and no less; and a program in another language, which
//! knows nothing but that page, computes the figures of a report from the log, and its hash.

use crate::cli::{Folder, outcome};
use crate::shortened;
use serde_json::Value;
use statelab::experiment::run_headless;
use statelab::scenario::{Home, Scenario};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;
use std::sync::atomic::AtomicBool;

/// Kinds, and the fields of each.
type Kinds = BTreeMap<String, BTreeSet<String>>;

/// Adds every kind and field that occurs in a run's log.
fn collect(kinds: &mut Kinds, scenario: &Scenario, home: Home) {
    let mut log = Vec::new();
    run_headless(scenario, home, &AtomicBool::new(false), Some(&mut log)).expect("a vector takes it all");
    for (i, line) in log.split(|&byte| byte == b'\n').filter(|line| !line.is_empty()).enumerate() {
        let event: Value = serde_json::from_slice(line).expect("a line of JSON");
        let mut fields: BTreeSet<String> = event.as_object().expect("an object").keys().cloned().collect();
        let schema = fields.remove("schema").then(|| event["schema"].as_str()).flatten();
        assert_eq!(schema, (i == 0).then_some("statelab.events/1"), "{event}");
        let common = ["at_ns", "seq", "cause", "root", "kind"].iter().all(|name| fields.remove(*name));
        assert!(common, "{event}");
        kinds.entry(event["kind"].as_str().expect("a text").to_owned()).or_default().extend(fields);
    }
}

/// Kinds and fields of the page.
fn documented() -> Kinds {
    let mut kinds = Kinds::new();
    let mut kind = None;
    for line in include_str!("../../assets/event-log.md").lines() {
        if let Some(name) = line.strip_prefix("### `") {
            kind = Some(kinds.entry(name.trim_end_matches('`').to_owned()).or_default());
        } else if line.starts_with("## ") {
            kind = None;
        } else if let (Some(fields), Some(field)) = (&mut kind, line.strip_prefix("- `")) {
            fields.insert(field.split('`').next().unwrap_or_default().to_owned());
        }
    }
    kinds
}

#[test]
fn the_page_and_the_logs_hold_the_same_kinds_and_fields() {
    let mut kinds = Kinds::new();
    let small = |scenario: &Scenario| !["queue", "cluster"].contains(&scenario.name.as_str());
    for mut scenario in shortened::scenarios().into_iter().filter(small) {
        scenario.duration_s = scenario.duration_s.min(45.0);
        // The third drain is impossible by then, whatever happened before.
        for (at_s, text) in [(9.0, "redispatch off"), (9.5, "slow store x2"), (10.0, "drain 1"), (11.0, "drain 1")] {
            let command = text.parse().expect("a command");
            scenario.schedule([statelab::scenario::TimedCommand { at_s, command }]);
        }
        scenario.client.timeout_ms = Some(scenario.client.timeout_ms.unwrap_or(f64::MAX).min(2000.0));
        scenario.client.retries = 1;
        let homes = [Home::Token, Home::Store, Home::ReplicateBackup];
        homes.into_iter().for_each(|home| collect(&mut kinds, &scenario, home));
    }
    let mut denying = Scenario { duration_s: 30.0, ..Scenario::load("classroom").expect("a shipped scenario") };
    denying.token.denylist = true;
    let command = "logout gus".parse().expect("a command");
    denying.schedule([statelab::scenario::TimedCommand { at_s: 20.0, command }]);
    collect(&mut kinds, &denying, Home::Token);
    let page = documented();
    let names = |kinds: &Kinds| kinds.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&kinds), names(&page));
    assert_eq!(kinds, page);
}

#[test]
fn a_program_in_another_language_computes_the_report_and_its_hash() {
    if Command::new("python3").arg("--version").output().is_err() {
        println!("skipped: there is no python3");
        return;
    }
    let folder = Folder::new("refold");
    let (report, log) = (folder.path("report.json"), folder.path("log.jsonl"));
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/examples/refold.py");
    let refold = || {
        let output = Command::new("python3").arg(&script).args([&log, &report]).output().expect("python3");
        (output.status.code(), String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned())
    };
    for (scenario, home, duration) in [
        ("classroom", "sticky", "60s"),
        ("rest", "store", "8s"),
        ("cart", "replicate-all", "6s"),
        ("rest", "token", "5s"),
        ("chat", "token", "5s"),
    ] {
        let run = ["run", scenario, "--no-commands", "--home", home, "--duration", duration, "--format", "json"];
        let mut commands =
            vec!["2s kill 2", "2s kill 2", "3s slow 1 x1.5", "3s burst x2 1m1s", "4s policy hash", "4s scale 5"];
        if scenario == "classroom" {
            commands.extend(["5s replay bob", "30s logout 2", "50s replay 2", "50s replay bob old", "20s replay ann"]);
        }
        let small = ["--set", "workload.users=30", "--set", "client.retries=2", "--set", "token.ttl_s=0.05"];
        let small = small.into_iter().filter(|_| scenario == "chat");
        let commands = commands.iter().flat_map(|command| ["--do", command]);
        let files = ["--out", &report, "--events", &log];
        let (code, _, err) = outcome(&run.into_iter().chain(small).chain(commands).chain(files).collect::<Vec<_>>());
        assert_eq!(code, 0, "{err}");
        let (code, text) = refold();
        assert_eq!(code, Some(0), "{scenario} in {home}: {text}");
        assert!(text.ends_with("events give the figures of the report, and its hash\n"), "{text}");
        let figures = std::fs::read_to_string(&report).expect("the report");
        let figures: serde_json::Value = serde_json::from_str(&figures).expect("JSON");
        let duties = figures["duties"].as_object().expect("duties");
        assert!(scenario != "chat" || duties.values().all(|n| n.as_u64() > Some(0)), "{duties:?}");
    }
    // And it would tell: an event fewer is another run.
    let text = std::fs::read_to_string(&log).expect("the log");
    let shorter = text.trim_end().rsplit_once('\n').expect("several lines").0;
    std::fs::write(&log, shorter).expect("our own file");
    assert_eq!(refold().0, Some(1));
}

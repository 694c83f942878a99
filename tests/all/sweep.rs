//! `statelab sweep`: capacities and the fitted law, a field and its values, and what is the same whoever does the work.

use crate::cli::{Folder, outcome};
use serde_json::Value;

/// A small search: two workers of 100 requests/s, two homes.
const SMALL: &[&str] = &["sweep", "queue", "--set", "workload.service_ms={ exponential = 10 }", "--slo", "100"];

fn small(more: &[&str]) -> Vec<String> {
    [SMALL, more].concat().into_iter().map(str::to_owned).collect()
}

fn ended_well(arguments: &[String]) -> String {
    let (code, out, err) = outcome(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!((code, err.as_str()), (0, ""), "{arguments:?}");
    out
}

fn json(arguments: &[String]) -> Value {
    serde_json::from_str(&ended_well(arguments)).expect("JSON")
}

#[test]
fn capacity_is_what_theory_says_and_does_not_depend_on_threads_or_shards() {
    let what = ["--homes", "token,memory", "--sizes", "1,2", "--runs", "2"];
    let whole = ended_well(&small(&[&what[..], &["--jobs", "1"]].concat()));
    assert_eq!(whole, ended_well(&small(&[&what[..], &["--jobs", "3"]].concat())));

    let folder = Folder::new("sweep");
    let parts: Vec<String> = (1..=2)
        .map(|i| {
            let part = ended_well(&small(&[&what[..], &["--shard", &format!("{i}/2")]].concat()));
            folder.file(&format!("{i}.json"), &part)
        })
        .collect();
    assert_eq!(whole, ended_well(&["merge".into(), parts[1].clone(), parts[0].clone()]));

    let report: Value = serde_json::from_str(&whole).expect("JSON");
    assert_eq!((&report["schema"], &report["warmup_ratio"]), (&"statelab.sweep/1".into(), &0.1.into()));
    for home in report["homes"].as_array().expect("a list") {
        // Waits in M/M/1 are exponential: p99 = ln 100/(μ−λ) ≤ 0.1 s means λ ≤ 100 − 46.
        let rate = home["points"][0]["requests_per_s"]["mean"].as_f64().expect("a rate");
        assert!((rate - 53.9).abs() < 3.0, "{home}");
        assert!((home["points"][0]["bracket_per_s"].as_f64().expect("a width") - 100.0 / 256.0).abs() < 1e-6);
        // Without follow-ups nothing can be missed: even `memory` scales.
        let efficiency = home["points"][1]["efficiency"].as_f64().expect("two instances");
        assert!((efficiency - 1.0).abs() < 0.06, "{home}");
        assert!(home["usl"].is_null() && home["usl_missing"] == "three parameters need three sizes");
    }
}

#[test]
fn memory_bears_no_second_instance_and_the_store_has_a_limit() {
    let arguments = ["sweep", "rest", "--homes", "memory,store", "--sizes", "1,2", "--runs", "1"].map(str::to_owned);
    let report = json(&arguments);
    let memory = &report["homes"][0]["points"];
    assert!(memory[0]["requests_per_s"]["mean"].is_number());
    assert_eq!((&memory[1]["requests_per_s"], &memory[1]["none"]), (&Value::Null, &1.into()));
    let limit = &report["homes"][1]["store"];
    // A GET per follow-up, a SET per write and login: about one operation of 40 µs a request.
    let operations = limit["operations_per_request"].as_f64().expect("a number");
    assert!(operations > 0.9 && operations < 1.2, "{limit}");
    let (binds_at, most) = (limit["binds_at"].as_f64().expect("a number"), limit["requests_per_s"].as_f64());
    let one = report["homes"][1]["points"][0]["requests_per_s"]["mean"].as_f64().expect("a rate");
    assert!((most.expect("a number") - 25_000.0 / operations).abs() < 1e-6, "{limit}");
    assert!((binds_at * one * operations - 25_000.0).abs() < 1e-6, "{limit}");

    let text = ended_well(&[&arguments[..], &["--format".into(), "text".into()]].concat());
    assert!(text.contains("none") && text.contains("┤") && text.contains("binds beyond"), "{text}");
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
}

#[test]
fn no_more_is_answered_than_the_store_can_do_though_users_who_wait_ask_for_less() {
    // In a chat everybody waits for the last answer before they ask again: they put up with any rate, and get no more.
    let arguments = ["sweep", "chat", "--homes", "store", "--sizes", "4", "--runs", "1"].map(str::to_owned);
    let store = &json(&arguments)["homes"][0];
    let answered = store["points"][0]["requests_per_s"]["mean"].as_f64().expect("a rate");
    let limit = store["store"]["requests_per_s"].as_f64().expect("a limit");
    assert!(answered > 0.97 * limit && answered < 1.01 * limit, "{answered} of {limit}");
}

#[test]
fn a_field_is_swept_over_its_values_in_every_format() {
    let arguments = small(&[
        "--homes",
        "token,memory",
        "--over",
        "workload.sessions_per_s=10,{ bad = 1 }",
        "--runs",
        "2",
        "--duration",
        "60s",
    ]);
    let (code, out, err) = outcome(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!((code, out.as_str()), (2, ""));
    assert!(err.starts_with("statelab: ") && err.contains("--over workload.sessions_per_s={ bad = 1 }"), "{err}");

    let arguments = small(&[
        "--homes",
        "token,memory",
        "--over",
        "workload.sessions_per_s=10,60",
        "--runs",
        "3",
        "--duration",
        "60s",
    ]);
    let report = json(&arguments);
    assert_eq!(report["axis"]["field"]["values"], serde_json::json!(["10", "60"]));
    for home in report["homes"].as_array().expect("a list") {
        let figure =
            |point: usize, name: &str| home["points"][point]["figures"][name]["mean"].as_f64().expect("a mean");
        assert!(
            (figure(0, "throughput_per_s") - 10.0).abs() < 1.5 && (figure(1, "throughput_per_s") - 60.0).abs() < 3.0
        );
        assert!(figure(1, "wait_ms.p99") > 1.5 * figure(0, "wait_ms.p99"), "{home}");
    }
    let in_format = |format: &str| ended_well(&[&arguments[..], &["--format".into(), format.into()]].concat());
    assert!(in_format("text").contains("What varies most: ") && in_format("markdown").starts_with("# queue"));
    assert_eq!(in_format("csv").lines().count(), 1 + 2 * 2 * 6);
}

#[test]
fn what_values_do_not_have_in_common_is_not_said_of_all_of_them() {
    let over = |over: &str| {
        let arguments = small(&["--over", over, "--homes", "token", "--runs", "1", "--duration", "40s", "--format"]);
        let text = ended_well(&[&arguments[..], &["text".to_owned()]].concat());
        (json(&[&arguments[..], &["json".to_owned()]].concat()), text)
    };
    let (report, text) = over("duration_s=20,60");
    assert_eq!((&report["duration_s"], &report["warmup_s"]), (&Value::Null, &Value::Null));
    assert!(text.contains("\nOf each run a warm-up is not counted. ±"), "{text}");
    let (report, text) = over("slow_motion=1,10");
    assert_eq!((&report["duration_s"], &report["warmup_s"]), (&40.0.into(), &4.0.into()));
    assert!(text.contains("Each run has 40 s, of which 4 s") && !text.contains("slowed"), "{text}");
}

#[test]
fn mistakes_in_the_arguments_end_with_2() {
    for (arguments, words) in [
        (&["--sizes", "0"][..], "--sizes"),
        (&["--sizes", "1,x"], "--sizes"),
        (&["--homes", "cloud"], "--homes"),
        (&["--over", "workload.users"], "workload.users=10,20,40"),
        (&["--over", "workload.usrs=1,2"], "usrs"),
        (&["--over", "seed=1,2"], "every value is run with the same seeds; --seed gives the first of them"),
        (&["--over", "workload.users=1,2", "--sizes", "1"], "--sizes"),
        (&["--runs", "0"], "--runs"),
    ] {
        let (code, out, err) = outcome(&[&["sweep", "queue"], arguments].concat());
        assert_eq!((code, out.as_str()), (2, ""), "{arguments:?}");
        assert!(err.starts_with("statelab: ") && err.contains(words), "{err}");
    }
}

#[test]
fn options_that_a_search_does_not_use_are_named() {
    let arguments = small(&["--homes", "token", "--sizes", "1", "--runs", "1", "--duration", "5s", "--instances", "7"]);
    let (code, _, err) = outcome(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
    assert!(code == 0 && err.contains("warning: --duration and --instances have no effect"), "{err}");
    let (code, _, err) = outcome(&["run", "--duration", "5s", "--slo", "5"]);
    assert!(code == 0 && err.contains("warning: --slo has no effect"), "{err}");
}

#[test]
fn warnings_are_true_of_every_value() {
    let warned_of = |over: &str, commands: &[&str]| {
        let sweep = ["sweep", "classroom", "--over", over, "--homes", "token", "--runs", "1"];
        let commands: Vec<&str> = commands.iter().flat_map(|command| ["--do", command]).collect();
        let (code, _, err) = outcome(&[&sweep[..], &commands].concat());
        assert_eq!(code, 0, "{err}");
        err
    };
    let warned = |over: &str, command: &str| warned_of(over, &[command]);
    assert_eq!(warned("token.denylist=false,true", "5s kill store"), "", "with a denylist there is a store");
    assert!(warned("workload.users=3,6", "5s kill store").contains("home token has no store"));
    assert_eq!(warned("duration_s=140,150", "130s kill 2"), "", "every run is longer than the scenario's own");
    let err = warned("duration_s=10,20,200", "15s kill 2");
    assert_eq!(err.lines().count(), 1, "{err}");
    assert!(err.contains("`kill 2` at 15 s comes after the end at 10 s"), "{err}");
    let err = warned_of("workload.users=3,6", &["5s kill 2", "6s kill 2"]);
    assert!(err.contains("with some value and seed, a command was rejected"), "{err}");
}

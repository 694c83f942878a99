//! Oracles: what theory says must come out. The library has them; here each is held to its verdict.
//!
//! These are the oracles of `statelab validate --quick`, so a mean lies in an interval that holds with certainty for all of them
//! together, and that is narrow. A simulator that is wrong by more than that is found out, which the last tests make sure of.

use crate::cli::outcome;
use statelab::experiment::run_headless;
use statelab::scenario::{Home, Scenario};
use statelab::study::Watch;
use statelab::study::validate::{Effort, Oracles, Request, SCHEMA, Validation, Verdict};
use std::sync::atomic::AtomicBool;

fn validated(only: &str, skew: f64, jobs: usize) -> Validation {
    let request = Request { effort: Effort::Quick, seed: 1, only: only.into(), skew };
    let stop = AtomicBool::new(false);
    let oracles = Oracles::new(request).expect("the shipped scenarios");
    oracles.validate(jobs, &Watch::unseen(&stop)).expect("threads")
}

/// All oracles with this name pass; there are so many claims.
fn hold(only: &str, claims: usize) {
    let validation = validated(only, 1.0, 1);
    let (failed, passed) = (validation.failed, validation.passed);
    assert_eq!((failed, passed, validation.partial), (0, claims, false), "{only}: {:#?}", validation.oracles);
}

macro_rules! oracles {
    ($($name:ident: $only:literal, $claims:literal;)*) => { $(#[test] fn $name() { hold($only, $claims); })* };
}

oracles! {
    mm1_has_its_mean_its_tail_and_its_load: "M/M/1", 12;
    mmc_waits_as_erlang_says: "M/M/c", 15;
    fixed_service_waits_as_pollaczek_and_khinchine_say: "M/D/1", 3;
    any_service_waits_as_pollaczek_and_khinchine_say: "M/G/1", 4;
    random_routing_makes_queues_of_their_own: "queues, at random", 3;
    round_robin_makes_gaps_more_even: "queues, in turn", 3;
    two_choices_approach_their_limit: "power of two choices", 3;
    memory_behind_random_routing_misses_all_but_one_in_n: "find no session", 4;
    a_kill_under_sticky_loses_one_in_n: "lost by a kill", 4;
    visits_outlive_a_pinned_drain: "outlive a drain", 5;
    a_new_instance_gets_its_share_as_visits_end: "share of a new instance", 4;
    detection_takes_its_number_of_intervals: "health checks", 6;
    until_it_is_noticed_a_dead_instance_fails_its_share_of_requests: "until it is noticed", 3;
    littles_law_holds_exactly: "little's law", 4;
    replication_sends_each_write_to_each_copy: "replication", 8;
}

#[test]
fn littles_law_is_that_of_the_reported_figures() {
    let mut queue = Scenario::load("queue").expect("a shipped scenario");
    for set in ["duration_s=2000", "workload.bursts=[{ at_s = 1000, factor = 0, for_s = 10000 }]"] {
        queue.set(set).unwrap_or_else(|faults| panic!("{faults}"));
    }
    let report = run_headless(&queue, Home::Memory, &AtomicBool::new(false), None).expect("nothing is written").report;
    assert!(report.little.started_empty && report.little.ended_empty);
    assert_eq!(report.little.integral_ns, report.little.sum_ns);
    let from_mean = report.latency_ms.mean.expect("requests ended") * 1e6 * report.requests.ended as f64;
    assert!((report.little.sum_ns as f64 / from_mean - 1.0).abs() < 1e-9, "L = λW");
}

#[test]
fn a_theory_that_is_wrong_by_a_tenth_is_found_out() {
    for (only, skew) in [("M/D/1", 1.1), ("M/D/1", 0.9), ("find no session", 1.03), ("replication", 1.1)] {
        let validation = validated(only, skew, 1);
        assert_eq!(validation.passed, 0, "{only} × {skew}: {:#?}", validation.oracles);
        assert!(validation.oracles.iter().all(|finding| finding.verdict == Verdict::Fail));
    }
}

#[test]
fn threads_do_not_matter() {
    assert_eq!(validated("health checks", 1.0, 1), validated("health checks", 1.0, 3));
}

#[test]
fn the_command_ends_with_0_or_1_and_writes_every_format() {
    let quick = |more: &[&str]| outcome(&[&["validate", "--quick", "--only", "health checks"], more].concat());
    let (code, out, err) = quick(&[]);
    assert_eq!((code, err.as_str()), (0, ""));
    let json: serde_json::Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!((&json["schema"], &json["passed"], &json["failed"]), (&SCHEMA.into(), &6.into(), &0.into()));
    let rows = json["oracles"].as_array().expect("a list");
    for row in rows.iter().filter(|row| row["kind"] == "estimate") {
        let number = |key: &str| row[key].as_f64().expect("a number");
        assert!(number("low") <= number("exact") && number("exact") <= number("high"), "{row}");
        assert!(number("half_width_ratio") <= number("allowed_ratio"), "{row}");
    }
    assert_eq!(rows.iter().filter(|row| row["kind"] == "identity" && row["exact"] == row["simulated"]).count(), 3);

    let (code, out, _) = quick(&["--skew", "1.5", "--format", "text"]);
    assert_eq!(code, 1);
    assert!(out.contains("6 FAIL, 0 pass") && out.contains("exact values times 1.5"), "{out}");
    assert!(out.lines().all(|line| line.chars().count() <= 80), "{out}");
    let (code, out, _) = quick(&["--format", "csv"]);
    assert_eq!((code, out.lines().count()), (0, 7));
    let (code, out, _) = quick(&["--format", "markdown"]);
    assert!(code == 0 && out.starts_with("# the simulator against theory"), "{out}");
}

#[test]
fn mistakes_in_the_arguments_end_with_2() {
    for (arguments, words) in [
        (["--only", "astrology"], "no oracle is called `astrology`"),
        (["--skew", "0"], "above 0"),
        (["--jobs", "0"], "--jobs"),
        (["--seed", "x"], "--seed"),
    ] {
        let (code, out, err) = outcome(&[&["validate", "--quick"], &arguments[..]].concat());
        assert_eq!((code, out.as_str()), (2, ""), "{arguments:?}");
        assert!(err.starts_with("statelab: ") && err.contains(words), "{err}");
    }
}

//! Who is to blame: the fault whose chain of causes a loss must reach, and the one it must not.

use statelab::experiment::run_headless;
use statelab::report::RunReport;
use statelab::scenario::{Home, Scenario, TimedCommand};
use std::sync::atomic::AtomicBool;

/// The shopping cart for twenty minutes, with one command after five of them.
fn cart(home: Home, command: &str, set: &[&str]) -> RunReport {
    let mut scenario = Scenario::load("cart").expect("a shipped scenario");
    scenario.seed = 11;
    scenario.duration_s = 1200.0;
    scenario.commands.clear();
    for assignment in set {
        scenario.set(assignment).expect("a field");
    }
    let at_s = 300.0;
    scenario.schedule([TimedCommand { at_s, command: command.parse().expect("a command") }]);
    run_headless(&scenario, home, &AtomicBool::new(false), None).expect("nothing is written").report
}

#[test]
fn a_kill_takes_no_token_that_was_too_large_anyway() {
    let report = cart(Home::Token, "kill 2", &["balancer.check_interval_ms=10000"]);
    assert!(report.requests.outcomes.too_large > 100);
    assert_eq!((report.faults[0].sessions_lost, report.faults[0].requests_failed), (0, 0));
}

#[test]
fn whoever_a_hang_leads_away_from_the_state_is_lost_to_it() {
    for set in [&[][..], &["balancer.policy=\"hash\""], &["workload.transport=\"connection\""]] {
        let report = cart(Home::Sticky, "hang 2", set);
        assert!(report.faults[0].sessions_lost > 100, "a sixth of 871 or so: {:?}", report.faults);
        assert_eq!(report.faults[0].sessions_lost, report.sessions.lost, "{set:?}");
    }
}

#[test]
fn whoever_misses_what_a_kill_destroyed_was_failed_by_it() {
    for (home, command) in [(Home::Sticky, "kill 2"), (Home::Store, "restart store")] {
        let report = cart(home, command, &["store.persistence=\"none\""]);
        let lost = report.requests.outcomes.lost;
        assert!(lost > 100, "a sixth of 871 or so ask for a state that is gone, or all: {lost}");
        assert!(report.faults[0].requests_failed >= lost, "{lost}: {:?}", report.faults);
    }
}

#[test]
fn whatever_fails_only_because_of_a_fault_was_failed_by_it() {
    let quiet = ["workload.bursts=[]", "autoscaler.mode=\"off\""];
    let chat = ["workload.users=200", "workload.requests_per_session={geometric=40}"];
    for (scenario, set, home, seconds, (at_s, command)) in [
        ("serverless", &[][..], Home::ReplicateAll, 960.0, (920.0, "partition 5")),
        (
            "rest",
            &["balancer.affinity=\"none\"", "workload.write_ratio=0.5"][..],
            Home::ReplicateAll,
            60.0,
            (20.0, "partition 2"),
        ),
        ("chat", &chat[..], Home::Store, 40.0, (10.0, "hang store")),
        ("chat", &chat[..], Home::ReplicateBackup, 40.0, (10.0, "hang 2")),
        ("cart", &[][..], Home::ReplicateBackup, 900.0, (600.0, "hang 2")),
    ] {
        let run = |commands: Vec<TimedCommand>| {
            let mut scenario = Scenario::load(scenario).expect("a shipped scenario");
            scenario.commands = commands;
            scenario.duration_s = seconds;
            let quiet = if scenario.name == "rest" { &quiet[..] } else { &[] };
            for assignment in quiet.iter().chain(set) {
                scenario.set(assignment).expect("a field");
            }
            run_headless(&scenario, home, &AtomicBool::new(false), None).expect("nothing is written").report
        };
        let failed = |report: &RunReport| {
            let outcomes = &report.requests.outcomes;
            outcomes.total() - outcomes.ok - outcomes.stale
        };
        let timed = TimedCommand { at_s, command: command.parse().expect("a command") };
        let (without, with) = (run(vec![]), run(vec![timed]));
        assert_eq!(failed(&without), 0, "{scenario} in {home} is at peace");
        let failed = failed(&with);
        assert!(failed > 20, "{scenario}, {command}: {failed}");
        assert_eq!(with.faults[0].requests_failed, failed, "{scenario} in {home}, {command}");
    }
}

#[test]
fn peers_that_were_dropped_are_not_asked_for_a_state() {
    let failed = |home| cart(home, "hang 2", &[]).faults[0].requests_failed;
    let (backup, sticky) = (failed(Home::ReplicateBackup), failed(Home::Sticky));
    assert!(backup < sticky, "with a copy elsewhere no more fail than without: {backup} and {sticky}");
}

#[test]
fn whatever_a_deploy_takes_the_sessions_alive_when_it_began_are_counted_by_themselves() {
    let fault = cart(Home::Sticky, "deploy", &[]).faults.remove(0);
    assert!(fault.sessions_lost > fault.sessions_alive - fault.sessions_intact, "it also takes later ones: {fault:?}");
    assert!(fault.sessions_intact > fault.sessions_alive / 10, "some had left before their instance went: {fault:?}");
}

#[test]
fn a_drain_at_once_loses_whoever_is_pinned() {
    let report = cart(Home::Sticky, "drain 2", &["instance.drain_mode=\"at-once\""]);
    assert!(report.faults[0].sessions_lost > 100);
    assert_eq!(report.faults[0].sessions_lost, report.sessions.lost);
}

#[test]
fn without_a_pin_a_hang_loses_nobody_who_would_have_been_found() {
    let hung = cart(Home::Memory, "hang 2", &[]);
    assert_eq!(hung.faults[0].sessions_lost, 0, "the next instance does not hold them either");
    let killed = cart(Home::Memory, "kill 2", &[]);
    let sixth = killed.faults[0].sessions_alive / 6;
    assert!(killed.faults[0].sessions_lost < sixth + sixth / 5, "only what was there: {:?}", killed.faults);
}

/// Even a token's holder depends on an instance while connected to it: a sixth of all do, and a cookie's holder without a line.
#[test]
fn whoever_is_connected_depends_on_the_other_end() {
    for set in [&["workload.transport=\"connection\""][..], &["balancer.affinity=\"cookie\""]] {
        let fault = &cart(Home::Token, "kill 2", set).faults[0];
        let (exposed, sixth) = (fault.sessions_exposed.expect("it hits an instance"), fault.sessions_alive / 6);
        assert!(exposed.abs_diff(sixth) < sixth / 3, "{set:?}: {exposed} of {}", fault.sessions_alive);
    }
}

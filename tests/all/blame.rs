//! Who is to blame: the fault whose chain of causes a loss must reach, and the one it must not.

use statelab::experiment::run_headless;
use statelab::report::RunReport;
use statelab::scenario::{Home, Scenario};
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
    scenario.schedule([statelab::scenario::TimedCommand { at_s, command: command.parse().expect("a command") }]);
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
    let report = cart(Home::Sticky, "kill 2", &[]);
    let lost = report.requests.outcomes.lost;
    assert!(lost > 100, "a sixth of 871 or so ask for a state that is gone: {lost}");
    assert!(report.faults[0].requests_failed >= lost, "{lost}: {:?}", report.faults);
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

//! Who is to blame: the fault whose chain of causes a loss must reach, and the one it must not.

use crate::runs::events;
use statelab::event::{Ask, Event, Seq, Sink, Status, What};
use statelab::experiment::run_headless;
use statelab::ledger::RunReport;
use statelab::scenario::{Home, Scenario, TimedCommand};
use statelab::sim::World;
use statelab::units::Nanos;
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
    let crowd = ["workload.users=200", "connection.handshake_ms=50", "instance.queue=5"];
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
        // Who is left cannot take on all who come from the dead one.
        ("chat", &crowd[..], Home::Token, 40.0, (10.0, "kill 2")),
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
        let timed = TimedCommand { at_s, command: command.parse().expect("a command") };
        let (without, with) = (run(vec![]), run(vec![timed]));
        assert_eq!(failed(&without), 0, "{scenario} in {home} is at peace");
        let all = failed(&with);
        assert!(all > 20, "{scenario}, {command}: {all}");
        assert_eq!(with.faults[0].requests_failed, all, "{scenario} in {home}, {command}");
    }
}

/// One instance with two workers, which 12 visits a second of one request each keep busy for 100 ms each.
fn two_workers(set: &[&str]) -> Scenario {
    let mut scenario = Scenario::default();
    let usual = [
        "duration_s=200",
        "workload.sessions_per_s=12",
        "workload.requests_per_session=1",
        "workload.write_ratio=0",
        "workload.service_ms={exponential=100}",
        "workload.login_factor=1",
        "client.timeout_ms=1000",
        "client.backoff_ms=50",
        "client.backoff_cap_ms=200",
        "client.patience=1000",
        "instance.count=1",
        "instance.workers=2",
    ];
    for assignment in usual.iter().chain(set) {
        scenario.set(assignment).expect("a field");
    }
    scenario
}

/// … and what comes of it with these commands.
fn they_do(set: &[&str], commands: &[(f64, &str)]) -> RunReport {
    they_do_in(Home::Token, set, commands)
}

/// … in this home.
fn they_do_in(home: Home, set: &[&str], commands: &[(f64, &str)]) -> RunReport {
    let mut scenario = two_workers(set);
    for &(at_s, command) in commands {
        scenario.schedule([TimedCommand { at_s, command: command.parse().expect("a command") }]);
    }
    run_headless(&scenario, home, &AtomicBool::new(false), None).expect("nothing is written").report
}

fn failed(report: &RunReport) -> u64 {
    let outcomes = &report.requests.outcomes;
    outcomes.total() - outcomes.ok - outcomes.stale
}

#[test]
fn a_queue_that_began_under_a_fault_is_its_doing_until_it_is_gone() {
    let slowed = [(40.0, "slow 1 x4"), (50.0, "slow 1 x1")];
    // Retries keep it up for good, though what began it is over.
    let storm = ["client.retries=3", "instance.queue=\"none\""];
    assert_eq!(failed(&they_do(&storm, &[])), 0, "at peace");
    let report = they_do(&storm, &slowed);
    assert!(failed(&report) > 1000);
    assert_eq!((report.faults[0].requests_failed, report.faults[0].recovered_s), (failed(&report), None));
    // Without them it goes, and the next one has another reason.
    let calm = ["client.retries=0", "instance.queue=20"];
    let alone = they_do(&calm, &slowed);
    let by_it = alone.faults[0].requests_failed;
    assert!(by_it > 10 && by_it * 10 > failed(&alone) * 9, "{by_it} of {}", failed(&alone));
    let report = they_do(&calm, &[slowed[0], slowed[1], (120.0, "burst x5 20s")]);
    assert!(failed(&report) > by_it + 100, "{by_it} of {}", failed(&report));
    assert_eq!(report.faults[0].requests_failed, by_it);
    assert!(report.faults[0].recovered_s.is_some_and(|at| at < 30.0), "{:?}", report.faults);
}

/// A store that was in trouble is to blame long after it is well again.
#[test]
fn a_queue_that_began_behind_a_store_is_its_doing_until_it_is_gone() {
    let storm = ["client.retries=3", "instance.queue=\"none\"", "store.timeout_ms=\"none\""];
    assert_eq!(failed(&they_do_in(Home::Store, &storm, &[])), 0, "at peace");
    for [begins, ends] in [["slow store x10000", "slow store x1"], ["hang store", "heal"]] {
        let report = they_do_in(Home::Store, &storm, &[(40.0, begins), (50.0, ends)]);
        assert!(failed(&report) > 1000, "{begins}: {}", failed(&report));
        assert_eq!(report.faults[0].requests_failed, failed(&report), "{begins}");
    }
}

/// Who is left has to do the work of whoever starts again.
#[test]
fn a_queue_that_began_while_another_starts_again_is_the_restarts_doing() {
    let set = [
        "client.retries=0",
        "instance.count=2",
        "instance.queue=20",
        "instance.start_ms=20000",
        "workload.sessions_per_s=24",
    ];
    let report = they_do(&set, &[(100.0, "restart 2")]);
    let by_it = report.faults[0].requests_failed;
    assert!(by_it > 50 && by_it * 10 > failed(&report) * 9, "{by_it} of {}", failed(&report));
}

#[test]
fn where_nobody_may_wait_it_matters_who_is_missing_at_the_time() {
    let set = [
        "client.retries=0",
        "instance.count=2",
        "instance.queue=0",
        "instance.start_ms=20000",
        "workload.sessions_per_s=24",
    ];
    let mut turned_away = [0, 0];
    for event in events(&two_workers(&set), Home::Token, &[(100.0, "restart 2")]) {
        if let What::Replied { status: Status::Overload, .. } = event.what {
            let missing = (100.0..120.0).contains(&event.at.secs());
            assert_eq!(event.root != 0, missing, "{event:?}");
            turned_away[usize::from(missing)] += 1;
        }
    }
    assert!(turned_away.iter().all(|&times| times > 50), "{turned_away:?}");
}

#[test]
fn a_crowd_that_has_waited_for_an_instance_is_the_doing_of_what_kept_it_away() {
    let patient =
        ["client.retries=30", "client.backoff_cap_ms=1000", "instance.queue=\"none\"", "instance.start_ms=10000"];
    assert_eq!(failed(&they_do(&patient, &[])), 0, "at peace");
    let report = they_do(&patient, &[(40.0, "restart 1")]);
    assert!(failed(&report) > 100, "{}", failed(&report));
    assert_eq!(report.faults[0].requests_failed, failed(&report));
}

/// Whoever was kept waiting by what is over by now gives up because of it.
#[test]
fn what_is_over_was_in_the_way_of_whoever_waited_then() {
    let idle = ["client.retries=0", "workload.sessions_per_s=40", "workload.service_ms=300", "instance.workers=100"];
    assert_eq!(failed(&they_do(&idle, &[])), 0, "at peace");
    for (fault, ends) in [("hang 1", "heal"), ("slow 1 x15", "heal"), ("slow 1 x15", "slow 1 x1")] {
        let report = they_do(&idle, &[(40.0, fault), (40.9, ends)]);
        assert!(failed(&report) > 5, "{fault}");
        assert_eq!(report.faults[0].requests_failed, failed(&report), "{fault}, {ends}");
    }
}

#[test]
fn each_of_several_that_die_at_once_has_its_own_part() {
    let mut scenario = Scenario::load("cart").expect("a shipped scenario");
    (scenario.duration_s, scenario.seed) = (600.0, 11);
    scenario.commands.clear();
    for text in ["kill 2", "kill 3"] {
        scenario.schedule([TimedCommand { at_s: 300.0, command: text.parse().expect("a command") }]);
    }
    let report =
        run_headless(&scenario, Home::Sticky, &AtomicBool::new(false), None).expect("nothing is written").report;
    let [two, three] = report.faults.as_slice() else { panic!("{:?}", report.faults) };
    assert_eq!(two.sessions_lost + three.sessions_lost, report.sessions.lost);
    assert_eq!(two.requests_failed + three.requests_failed, failed(&report));
    assert_eq!(two.sessions_alive - three.sessions_alive, two.sessions_lost, "alive just before the second one");
    for fault in [two, three] {
        assert!(fault.sessions_lost > 100 && fault.requests_failed > 50, "a sixth of 871 or so: {fault:?}");
        assert_eq!(fault.sessions_alive - fault.sessions_intact, fault.sessions_lost);
        assert!(fault.detected_s.is_some(), "{fault:?}");
    }
}

#[test]
fn a_queue_that_was_there_before_a_fault_is_not_its_doing() {
    let crowded = ["workload.sessions_per_s=60", "instance.queue=20", "instance.count=2"];
    let (without, with) = (they_do(&crowded, &[]), they_do(&crowded, &[(100.0, "hang 2"), (101.0, "heal")]));
    assert!(failed(&without) > 100, "it is overloaded: {}", failed(&without));
    assert!(
        with.faults[0].requests_failed < failed(&with) / 10,
        "{} fail, of them by it: {:?}",
        failed(&with),
        with.faults
    );
}

/// What each request that was of no use goes back to.
#[derive(Default)]
struct Roots(Vec<Seq>);

impl Sink for Roots {
    fn take(&mut self, event: &Event) {
        if matches!(event.what, What::Ended { outcome, .. } if !outcome.useful()) {
            self.0.push(event.root);
        }
    }
}

#[test]
fn whoever_sends_for_an_instance_is_to_blame_for_nothing() {
    let crowd = "workload.bursts=[{ at_s = 101, for_s = 30, factor = 10 }]";
    let scenario = two_workers(&[crowd, "instance.start_ms=20000"]);
    let (mut world, mut roots) = (World::new(&scenario, Home::Token), Roots::default());
    world.run_until(Nanos::from_secs(100.0), &mut roots);
    world.command("add".parse().expect("a command"), &mut roots).expect("possible");
    world.run_until(Nanos::from_secs(150.0), &mut roots);
    assert!(roots.0.len() > 100, "a crowd comes while it starts: {}", roots.0.len());
    assert!(roots.0.iter().all(|&root| root == 0), "it would have come anyway");
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

/// Forty visits begin at once and wait in two queues of twenty seconds; nobody waits for longer than ten.
fn rush() -> Scenario {
    let mut scenario = Scenario::default();
    for assignment in [
        "warm_start=false",
        "duration_s=180",
        "workload.users=40",
        "workload.think_ms=100000",
        "workload.write_ratio=0",
        "workload.login_factor=1",
        "workload.service_ms=1000",
        "client.timeout_ms=10000",
        "client.retries=0",
        "instance.count=2",
        "instance.workers=1",
        "instance.queue=1000",
        "balancer.retries=0",
    ] {
        scenario.set(assignment).unwrap_or_else(|why| panic!("{assignment}: {why:?}"));
    }
    scenario
}

/// A queue may have begun a moment before the trouble that keeps it: it stays for that, too.
#[test]
fn a_queue_that_began_just_before_a_fault_is_its_doing() {
    let late_at_1 = |kill_s: f64| {
        let mut at_1 = std::collections::BTreeSet::new();
        let mut roots = Vec::new();
        for event in events(&rush(), Home::Token, &[(kill_s, "kill 2")]) {
            match event.what {
                What::Routed { request, instance: 1, .. } => drop(at_1.insert(request)),
                What::Ended { request, outcome, .. } if !outcome.useful() && at_1.contains(&request) => {
                    roots.push(event.root != 0);
                }
                _ => {}
            }
        }
        assert!(roots.len() >= 8, "{kill_s}: {}", roots.len());
        roots
    };
    let begun = events(&rush(), Home::Token, &[]).iter().find_map(|event| match event.what {
        What::Queued { instance: 1, .. } => Some(event.at.secs()),
        _ => None,
    });
    let begun = begun.expect("a queue");
    assert!(late_at_1(begun + 0.5).iter().all(|&blamed| blamed));
    assert!(late_at_1(begun + 1.5).iter().all(|&blamed| !blamed));
}

/// Whoever waits in vain for an answer that cannot come through a partition was failed by the partition, wherever the question,
/// or the answer, was when it began.
#[test]
fn what_cannot_be_answered_through_a_partition_is_its_doing() {
    let one_user = |home, set: &[&str], cut_s: f64| {
        let mut scenario = crate::homes::quiet();
        scenario.duration_s = 250.0;
        scenario.client.retries = 0;
        for assignment in set {
            scenario.set(assignment).expect("a field");
        }
        let log = events(&scenario, home, &[]);
        // Its first request after the login.
        let asked = log.iter().filter_map(|event| match event.what {
            What::Asked { ask: Ask::Replicate | Ask::Get, instance, .. } => Some((event.at.secs(), instance)),
            _ => None,
        });
        let (at, instance) = asked.into_iter().find(|(at, _)| *at > 190.0).expect("it asks");
        let log = events(&scenario, home, &[(at + cut_s, &format!("partition {instance}"))]);
        let command = log.iter().find(|event| matches!(event.what, What::Commanded { .. })).expect("it was given").seq;
        let ended = log.iter().rev().find(|event| matches!(event.what, What::Ended { .. })).expect("it ends");
        let What::Ended { outcome, .. } = ended.what else { unreachable!() };
        assert!(!outcome.useful(), "{home} {set:?} at {cut_s}: {outcome:?}");
        assert_eq!(ended.root, command, "{home} {set:?} at {cut_s}: {outcome:?}");
    };
    let peers =
        ["replication.sync=true", "replication.apply_us=500000", "network.peer_ms=500", "client.timeout_ms=2000"];
    let store = ["store.service_us=500000", "network.store_ms=500", "store.timeout_ms=2000", "balancer.retries=0"];
    // On its way there; while it is applied, or read.
    for cut_s in [0.2, 0.7] {
        one_user(Home::ReplicateAll, &peers, cut_s);
        one_user(Home::Store, &store, cut_s);
    }
}

//! Relations between runs (*metamorphic*): inputs that differ in a way whose effect is known, and what may then differ.
//!
//! They need no second model: whatever the model is, a partition that cuts nobody off changes nothing, and homes that cost nothing
//! are alike.

use crate::runs::events;
use statelab::event::{Ask, Event, Gone, Health, Place, SessionId, What};
use statelab::experiment::run_headless;
use statelab::ledger::RunReport;
use statelab::scenario::{Home, Scenario, TimedCommand};
use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;

fn scenario(name: &str, set: &[&str]) -> Scenario {
    let mut scenario = Scenario::load(name).expect("a shipped scenario");
    scenario.commands.clear();
    for assignment in set {
        scenario.set(assignment).expect("a field");
    }
    scenario
}

fn report(scenario: &Scenario, home: Home, commands: &[(f64, &str)]) -> RunReport {
    let mut scenario = scenario.clone();
    let timed = |&(at_s, command): &(f64, &str)| TimedCommand { at_s, command: command.parse().expect("a command") };
    scenario.schedule(commands.iter().map(timed));
    run_headless(&scenario, home, &AtomicBool::new(false), None).expect("nothing is written").report
}

fn failed(report: &RunReport) -> u64 {
    let outcomes = &report.requests.outcomes;
    outcomes.total() - outcomes.ok - outcomes.stale
}

/// REST without its bursts and its autoscaler, for a minute.
fn rest() -> Scenario {
    scenario("rest", &["autoscaler.mode=\"off\"", "workload.bursts=[]", "duration_s=60"])
}

/// A single server, where nothing costs anything but the service: what clients have given up is worked on in every home alike,
/// though its visit may be over by then.
#[test]
fn homes_that_cost_nothing_are_alike() {
    let free = [
        "duration_s=60",
        "workload.sessions_per_s=2",
        "workload.requests_per_session=2",
        "workload.think_ms=100",
        "workload.service_ms=600",
        "workload.login_factor=0.1",
        "workload.write_ratio=0",
        "client.timeout_ms=1000",
        "instance.count=1",
        "instance.workers=1",
        "instance.header_limit_bytes=\"none\"",
        "network.client_mbit=\"none\"",
        "network.backend_mbit=\"none\"",
        "network.store_ms=0",
        "store.service_us=0",
        "token.verify_us=0",
        "token.verify_us_per_kib=0",
    ];
    let free = scenario("cart", &free);
    let outcomes = Home::ALL.map(|home| report(&free, home, &[]).requests.outcomes);
    assert!(outcomes[0].timeout > 50 && outcomes[0].ok > 50, "{:?}", outcomes[0]);
    for (home, of_home) in Home::ALL.iter().zip(&outcomes) {
        assert_eq!(of_home, &outcomes[0], "{home}");
    }
}

/// The bare queue has no costs of state, however many queues there are.
#[test]
fn a_bare_queue_is_the_same_wherever_state_is_kept() {
    let queues = scenario("queue", &["duration_s=500", "instance.count=3", "workload.sessions_per_s=2.4"]);
    let waits = Home::ALL.map(|home| report(&queues, home, &[]).wait_ms.mean);
    assert!(waits[0].is_some_and(|mean| mean > 2000.0), "{waits:?}");
    assert!(waits.iter().all(|wait| *wait == waits[0]), "{waits:?}");
}

/// Where no instance needs another, nor a store, nobody feels a partition: it changes no outcome, and no other fault's part.
#[test]
fn a_partition_that_nobody_feels_is_to_blame_for_nothing() {
    let rest = rest();
    for home in [Home::Token, Home::Memory, Home::Sticky] {
        let crowded = report(&rest, home, &[(20.0, "partition 2"), (30.0, "burst x10 10s")]);
        assert!(failed(&crowded) > 100, "{home}");
        assert_eq!(crowded.faults[0].requests_failed, 0, "{home}");
    }
    for fault in ["slow 2 x100", "hang 2"] {
        let alone = report(&rest, Home::Sticky, &[(30.0, fault)]);
        let by_it = alone.faults[0].requests_failed;
        assert!(by_it > 50, "{fault}: {by_it}");
        for at_s in [20.0, 31.0] {
            let both = report(&rest, Home::Sticky, &[(30.0, fault), (at_s, "partition 2")]);
            assert_eq!(both.requests.outcomes, alone.requests.outcomes, "{fault}");
            let parts: Vec<u64> = both.faults.iter().map(|fault| fault.requests_failed).collect();
            // The partition closes the window of what came before it; what it does not do is take the blame.
            let cut = usize::from(at_s > 30.0);
            assert_eq!(parts[cut], 0, "{fault}, partition at {at_s}: {parts:?}");
            assert!(at_s > 30.0 || parts[1] == by_it, "{fault}: {parts:?}");
        }
    }
}

/// What is slow stays so while it is drained, and is to blame as before.
#[test]
fn a_drain_does_not_hide_that_an_instance_is_slow() {
    let log = events(&rest(), Home::Sticky, &[(30.0, "slow 2 x100"), (31.0, "drain 2")]);
    let failed = |event: &&Event| matches!(event.what, What::Ended { outcome, .. } if !outcome.useful());
    assert!(log.iter().filter(failed).count() > 20);
    assert!(log.iter().filter(failed).all(|event| event.root != 0));
}

#[test]
fn functions_that_overflow_because_of_a_fault_do_so_by_it() {
    let set = ["workload.bursts=[]", "workload.sessions_per_s=5", "autoscaler.max=12", "duration_s=60"];
    let functions = scenario("serverless", &set);
    assert_eq!(failed(&report(&functions, Home::Store, &[])), 0, "at peace");
    let hung = report(&functions, Home::Store, &[(30.0, "hang store")]);
    assert!(hung.requests.outcomes.overload > 100, "{:?}", hung.requests.outcomes);
    assert_eq!(hung.faults[0].requests_failed, failed(&hung));
}

/// A write that reaches an instance which was restarted meanwhile is lost by whatever restarted it.
#[test]
fn every_write_that_a_deploy_takes_is_its_doing() {
    let set = [
        "seed=1",
        "workload.users=6",
        "workload.requests_per_session=\"none\"",
        "workload.think_ms=1000",
        "workload.write_ratio=1",
        "workload.service_ms=5",
        "instance.count=2",
        "instance.start_ms=100",
        "instance.drain_s=0",
        "network.peer_ms=400",
        "replication.sync=false",
        "balancer.check_interval_ms=\"none\"",
        "duration_s=40",
    ];
    let deployed = report(&scenario("cart", &set), Home::ReplicateBackup, &[(20.0, "deploy")]);
    assert!(deployed.sessions.acked_writes_lost > 50, "{:?}", deployed.sessions);
    assert_eq!(deployed.faults[0].acked_writes_lost, deployed.sessions.acked_writes_lost);
    assert_eq!(deployed.faults[0].sessions_lost, deployed.sessions.lost);
}

/// All copies of a session are used together, and so none that is left behind expires before the others.
#[test]
fn what_is_left_behind_expires_so_long_after_its_last_use() {
    let set = [
        "workload.sessions_per_s=0.5",
        "workload.requests_per_session=10",
        "workload.think_ms=1000",
        "workload.write_ratio=0",
        "session.timeout_s=5",
        "warm_start=false",
        "duration_s=60",
    ];
    for home in [Home::ReplicateAll, Home::ReplicateBackup] {
        let mut used: BTreeMap<SessionId, f64> = BTreeMap::new();
        let mut expired = 0;
        for event in events(&scenario("cart", &set), home, &[]) {
            match event.what {
                What::Started { session, .. } => _ = used.insert(session, event.at.secs()),
                What::Dropped { session, why: Gone::Expired, .. } => {
                    expired += 1;
                    assert!(event.at.secs() >= used[&session] + 5.0, "{home}: {event:?}");
                }
                _ => {}
            }
        }
        assert!(expired > 20, "{home}: {expired}");
    }
}

/// Who waits for a connection has sent nothing yet.
#[test]
fn nothing_is_sent_again_that_was_not_sent_before() {
    let set = [
        "seed=2",
        "workload.transport=\"connection\"",
        "workload.sessions_per_s=2",
        "warm_start=false",
        "workload.think_ms=2000",
        "workload.write_ratio=0",
        "workload.state_bytes=3000",
        "client.retries=5",
        "instance.count=1",
        "instance.start_ms=100",
        "duration_s=40",
    ];
    let log = events(&scenario("cart", &set), Home::Token, &[(20.0, "kill 1"), (25.0, "restart 1")]);
    let mut before: BTreeMap<SessionId, u32> = BTreeMap::new();
    let mut again = 0;
    for event in &log {
        if let What::Sent { session, context_bytes, redundant_bytes, .. } = event.what {
            let sent = before.insert(session, context_bytes).unwrap_or(0);
            assert!(redundant_bytes <= sent, "{event:?}");
            again += u32::from(redundant_bytes > 0);
        }
    }
    assert!(again > 100, "{again}");
}

/// What the store had not answered when it died is sent once more: a message with its bytes like any other.
#[test]
fn what_is_asked_again_after_a_failover_is_a_message() {
    let set = ["store.replica=true", "store.timeout_ms=\"none\"", "client.timeout_ms=\"none\"", "workload.bursts=[]"];
    let mut cart = scenario("cart", &set);
    cart.duration_s = 400.0;
    let log = events(&cart, Home::Store, &[(300.0, "kill store")]);
    let up = |event: &&Event| matches!(event.what, What::Store { health: Health::Up, .. });
    let back = log.iter().rfind(up).expect("it failed over").at;
    assert!(back.secs() > 300.0);
    let mut arrives = BTreeMap::new();
    let mut anew = 0;
    for event in &log {
        match event.what {
            What::Asked { request, ask, peer: 0, arrives: at, .. } => {
                let before = arrives.insert((request, ask as u8), at);
                anew += u32::from(before.is_some());
            }
            What::Answered { request, ask, peer: 0, .. } if event.at >= back => {
                assert!(arrives[&(request, ask as u8)] >= back, "{event:?} answers what a dead store was asked");
            }
            _ => {}
        }
    }
    assert!(anew > 0);
}

/// Bytes take their time on a line whichever way they go.
#[test]
fn a_confirmation_takes_the_time_of_its_bytes() {
    let set = [
        "replication.sync=true",
        "workload.users=1",
        "workload.requests_per_session=\"none\"",
        "workload.write_ratio=1",
        "instance.count=2",
        "network.backend_mbit=0.01",
        "network.peer_ms=1",
        "duration_s=60",
    ];
    let log = events(&scenario("cart", &set), Home::ReplicateAll, &[]);
    let on_its_way = |event: &Event| match event.what {
        What::Answered { ask: Ask::Replicate, arrives, bytes, .. } => Some(((arrives - event.at).millis(), bytes)),
        _ => None,
    };
    let confirmed: Vec<_> = log.iter().filter_map(on_its_way).collect();
    assert!(!confirmed.is_empty());
    for (took, bytes) in confirmed {
        assert!(took >= 1.0 + f64::from(bytes) * 8.0 / 10.0, "{bytes} bytes at 10 kbit/s in {took} ms");
    }
    assert!(log.iter().any(|event| matches!(event.what, What::Stored { place: Place::Instance(2), .. })));
}

//! What commands do to instances and the store, beyond what becomes of states (`homes.rs`) and of traffic (`traffic.rs`).

use crate::runs::events;
use statelab::event::{Ask, Event, Evidence, Health, InstanceId, Place, SessionId, What};
use statelab::scenario::{Dist, Home, MOST_INSTANCES, Policy, Population, Scenario, Transport};
use statelab::sim::World;
use statelab::units::Nanos;
use std::collections::{BTreeMap, BTreeSet};

/// Five visits a second that write at each request, and no check that would take an instance out.
fn plain() -> Scenario {
    let mut s = Scenario { duration_s: 60.0, ..Scenario::default() };
    s.workload.population = Population::SessionsPerSecond(5.0);
    s.workload.requests_per_session = Dist::Fixed(4.0);
    s.workload.think_ms = Dist::Exponential(2000.0);
    s.workload.service_ms = Dist::Exponential(5.0);
    s.workload.write_ratio = 1.0;
    s.instance.count = 3;
    s.client.timeout_ms = None;
    s.balancer.check_interval_ms = None;
    s
}

/// What an instance was, one after the other.
fn life(events: &[Event], id: InstanceId) -> Vec<Health> {
    let health = |event: &Event| match event.what {
        What::Instance { instance, health, .. } if instance == id => Some(health),
        _ => None,
    };
    events.iter().filter_map(health).collect()
}

#[test]
fn a_hung_instance_is_removed_at_once_and_does_nothing_more() {
    for command in ["remove", "scale 2"] {
        let log = events(&plain(), Home::Sticky, &[(20.0, "hang 3"), (22.0, command)]);
        assert_eq!(life(&log, 3), [Health::Up, Health::Hung, Health::Removed], "{command}");
        let cut_off = |event: &&Event| {
            matches!(event.what, What::Replied { instance: 3, status, .. } if status.code() != 200)
                && event.at == Nanos::from_secs(22.0)
        };
        assert!(log.iter().any(|event| cut_off(&event)), "what waited there is cut off");
        let works = |event: &&Event| matches!(event.what, What::Started { instance: 3, .. });
        assert_eq!(log.iter().filter(works).filter(|event| event.at >= Nanos::from_secs(20.0)).count(), 0);
    }
}

#[test]
fn a_deploy_goes_on_when_the_instance_that_it_waits_for_is_removed() {
    let mut s = plain();
    s.instance.drain_s = 5.0;
    s.instance.start_ms = 1000.0;
    // The third one is being drained, or has just stopped, or has not had its turn when it is taken away.
    let deploy = events(&s, Home::Sticky, &[(10.0, "deploy")]);
    let begins = |event: &&Event| {
        matches!(event.what, What::Instance { instance: 3, health: Health::Draining | Health::Starting, .. })
    };
    let moments: Vec<f64> = deploy.iter().filter(begins).map(|event| event.at.secs() + 0.1).collect();
    assert_eq!(moments.len(), 2);
    for at in moments.into_iter().chain([10.1]) {
        // That the second one is possible says that the first has ended.
        let log = events(&s, Home::Sticky, &[(10.0, "deploy"), (at, "remove"), (50.0, "deploy")]);
        assert_eq!(life(&log, 3).last(), Some(&Health::Removed));
    }
}

/// The next has to wait until the one before is up, and known to be.
#[test]
fn a_deploy_takes_one_instance_at_a_time() {
    let mut s = plain();
    s.balancer.check_interval_ms = Some(2000.0);
    (s.instance.drain_s, s.instance.start_ms) = (1.0, 1000.0);
    let log = events(&s, Home::Token, &[(10.0, "deploy")]);
    let (mut known, mut taken) = (BTreeSet::new(), 0);
    for event in &log {
        match event.what {
            What::Believed { instance, up: true, .. } => _ = known.insert(instance),
            What::Believed { instance, up: false, .. } => {
                known.remove(&instance);
                taken += 1;
                assert_eq!(known.len(), 2, "{event:?}");
            }
            _ => {}
        }
    }
    assert_eq!((known.len(), taken), (3, 3));
}

#[test]
fn slowness_ends_with_the_process_and_is_told() {
    let mut s = plain();
    s.store.replica = true;
    for (slow, ends, who) in [
        ("slow 2 x4", "kill 2", 2),
        ("slow 2 x4", "restart 2", 2),
        ("slow store x4", "kill store", 0),
        ("slow store x4", "restart store", 0),
    ] {
        let log = events(&s, Home::Store, &[(20.0, slow), (25.0, ends)]);
        let factors = |event: &Event| match event.what {
            What::Slowed { instance, factor } if instance == who => Some((event.at, factor)),
            _ => None,
        };
        let told: Vec<_> = log.iter().filter_map(factors).collect();
        assert_eq!(told, [(Nanos::from_secs(20.0), 4.0), (Nanos::from_secs(25.0), 1.0)], "{slow}, {ends}");
        let command = log.iter().find(|event| matches!(event.what, What::Commanded { .. }) && event.at > told[0].0);
        let end = log.iter().find(|event| factors(event).is_some() && event.at == told[1].0).expect("told");
        assert_eq!(Some(end.root), command.map(|event| event.seq), "{ends} ended it");
    }
    let usual = events(&s, Home::Store, &[(25.0, "kill 2"), (26.0, "kill store")]);
    assert!(!usual.iter().any(|event| matches!(event.what, What::Slowed { .. })), "nobody was slow");
}

/// A message that comes while an instance hangs is there when it goes on; only work goes on where it stopped.
#[test]
fn messages_to_a_hung_instance_do_not_wait_for_as_long_again() {
    let healed = Nanos::from_secs(22.9);
    let soon = healed + Nanos::from_secs(0.1);
    let mut lines = plain();
    lines.workload.transport = Transport::Connection;
    let log = events(&lines, Home::Token, &[(20.0, "hang 2"), (22.9, "heal")]);
    let mut begun = BTreeMap::new();
    let mut waited = 0;
    for event in &log {
        match event.what {
            What::SessionStarted { session, .. } => {
                begun.insert(session, event.at);
            }
            What::Connected { session, .. } if begun[&session] < healed && event.at > healed => {
                waited += 1;
                assert!(event.at < soon, "visit {session} is connected at {}", event.at);
            }
            _ => {}
        }
    }
    assert!(waited > 2, "visits waited for the hung instance: {waited}");

    let mut copies = plain();
    copies.replication.sync = Some(false);
    let log = events(&copies, Home::ReplicateAll, &[(20.0, "hang 2"), (22.9, "heal")]);
    let mut sent = BTreeSet::new();
    let mut waited = 0;
    for event in &log {
        match event.what {
            What::Copying { to: 2, arrives, .. } if arrives < healed => {
                sent.insert(event.seq);
            }
            What::Stored { place: Place::Instance(2), .. } if sent.contains(&event.cause) && event.at > healed => {
                waited += 1;
                assert!(event.at < soon, "a copy that had arrived is kept at {}", event.at);
            }
            _ => {}
        }
    }
    assert!(waited > 2, "copies waited for the hung instance: {waited}");

    // The store answers an instance that has just begun to hang.
    let mut asks = plain();
    asks.network.store_ms = Dist::Fixed(1000.0);
    asks.store.timeout_ms = None;
    let log = events(&asks, Home::Store, &[(20.0, "hang 2"), (22.9, "heal")]);
    let mut answered = BTreeMap::new();
    let mut waited = 0;
    for event in &log {
        match event.what {
            What::Answered { request, instance: 2, arrives, .. } => {
                answered.insert(request, arrives);
            }
            What::Replied { request, instance: 2, .. } => {
                // A request that writes asks once more.
                let Some(&arrived) = answered.get(&request) else { continue };
                if arrived > Nanos::from_secs(20.0) && arrived < healed {
                    waited += 1;
                    assert!(event.at < soon, "answered at {arrived}, replied at {}", event.at);
                }
            }
            _ => {}
        }
    }
    assert!(waited > 0, "answers waited for the hung instance");
}

#[test]
fn scale_counts_the_living() {
    let up = |log: &[Event]| (1..=6).filter(|&id| life(log, id).last() == Some(&Health::Up)).collect::<Vec<_>>();
    let run = |commands: &[(f64, &str)]| up(&events(&plain(), Home::Token, commands));
    assert_eq!(run(&[(20.0, "kill 3"), (22.0, "scale 3")]), [1, 2, 4]);
    assert_eq!(run(&[(20.0, "kill 3"), (22.0, "scale 2")]), [1, 2], "those that are there already");
    assert_eq!(run(&[(20.0, "kill 3"), (22.0, "scale 1")]), [1], "the highest of the living goes");
    assert_eq!(run(&[(20.0, "kill 1"), (22.0, "scale 4")]), [2, 3, 4, 5]);
}

/// What the balancer came to think of an instance, when, and why.
fn believed(events: &[Event], id: InstanceId) -> Vec<(Nanos, bool, Evidence)> {
    let change = |event: &Event| match event.what {
        What::Believed { instance, up, evidence } if instance == id => Some((event.at, up, evidence)),
        _ => None,
    };
    events.iter().filter_map(change).collect()
}

#[test]
fn a_refused_connection_keeps_an_instance_out_for_ten_seconds() {
    let mut s = plain();
    s.balancer.passive = true;
    let log = events(&s, Home::Token, &[(20.0, "kill 2")]);
    let changes = believed(&log, 2);
    let (told, passive) = changes.split_first().expect("it was founded");
    assert_eq!((told.1, told.2), (true, Evidence::Told));
    assert!(passive.len() >= 6 && passive.iter().all(|change| change.2 == Evidence::Passive), "{passive:?}");
    for pair in passive.chunks_exact(2) {
        assert_eq!((pair[0].1, pair[1].1, pair[1].0 - pair[0].0), (false, true, Nanos::from_secs(10.0)));
    }
}

/// A check takes a round trip; one that takes longer than its time-out has failed, however well the instance is.
#[test]
fn checks_that_take_too_long_fail() {
    let mut s = plain();
    s.balancer.check_interval_ms = Some(2000.0);
    s.balancer.check_timeout_ms = 1000.0;
    s.network.backend_ms = Dist::Fixed(501.0);
    let log = events(&s, Home::Token, &[]);
    assert_eq!(believed(&log, 2).last().map(|change| (change.1, change.2)), Some((false, Evidence::Checks)));
}

/// What is slow is to blame for time-outs while it is, and neither who heals it nor who slows what is cut off already.
#[test]
fn slowness_is_to_blame_while_it_lasts() {
    let mut s = plain();
    s.workload.population = Population::SessionsPerSecond(20.0);
    s.client.timeout_ms = Some(500.0);
    s.store.timeout_ms = Some(200.0);
    // The roots of what failed, and whether it did before 30 s; the two commands.
    let run = |home, commands: &[(f64, &str)]| {
        let log = events(&s, home, commands);
        let told = |event: &Event| matches!(event.what, What::Commanded { .. }).then_some(event.seq);
        let failed = |event: &Event| match event.what {
            What::Ended { outcome, .. } if !outcome.useful() => Some((event.at.secs() < 30.0, event.root)),
            _ => None,
        };
        let roots: Vec<_> = log.iter().filter_map(failed).collect();
        (roots, log.iter().filter_map(told).collect::<Vec<_>>())
    };
    for (home, slow) in [(Home::Token, "slow 2 x100"), (Home::Store, "slow store x10000")] {
        let (failed, told) = run(home, &[(20.0, slow), (30.0, "heal")]);
        let (during, after): (Vec<_>, Vec<_>) = failed.into_iter().partition(|&(before, _)| before);
        assert!(during.len() > 50 && during.iter().all(|&(_, root)| root == told[0]), "{slow}: {during:?}");
        assert!(after.iter().all(|&(_, root)| root != told[1]), "{slow}: {after:?}");
    }
    let (failed, told) = run(Home::Store, &[(20.0, "partition 2"), (20.0, "slow 2 x2")]);
    assert!(failed.len() > 50 && failed.iter().all(|&(_, root)| root == told[0]), "{failed:?}");
}

/// Whoever restarts an instance keeps it from its work from then on, not what ailed it before; and a start that was broken off
/// is none.
#[test]
fn a_restart_is_to_blame_until_it_is_over() {
    let mut s = plain();
    s.instance.start_ms = 5000.0;
    let ups = |log: &[Event]| {
        let up = |event: &&Event| matches!(event.what, What::Instance { instance: 2, health: Health::Up, .. });
        log.iter().filter(up).map(|event| event.at.secs()).collect::<Vec<_>>()
    };
    let log = events(&s, Home::Token, &[(20.0, "hang 2"), (22.0, "restart 2")]);
    let restart = log.iter().rfind(|event| matches!(event.what, What::Commanded { .. })).expect("two commands").seq;
    let refused: Vec<_> = log.iter().filter(|event| matches!(event.what, What::Refused { .. })).collect();
    assert!(refused.len() > 5 && refused.iter().all(|event| event.root == restart), "{refused:?}");
    assert_eq!(ups(&log), [0.0, 27.0]);
    let log = events(&s, Home::Token, &[(20.0, "restart 2"), (22.0, "kill 2"), (23.0, "restart 2")]);
    assert_eq!(ups(&log), [0.0, 28.0]);
}

/// A drain waits for those who are pinned there, and not for those whom a fault has led elsewhere.
#[test]
fn a_drain_waits_for_nobody_who_was_pinned_anew() {
    let mut s = plain();
    s.workload.population = Population::Users(30);
    s.workload.requests_per_session = Dist::Endless;
    s.balancer.check_interval_ms = Some(1000.0);
    s.client.timeout_ms = Some(1000.0);
    let log = events(&s, Home::ReplicateAll, &[(10.0, "hang 2"), (40.0, "heal"), (50.0, "drain 2")]);
    let ends = |event: &&Event| matches!(event.what, What::Instance { instance: 2, health: Health::Down, .. });
    assert_eq!(log.iter().find(ends).map(|event| event.at), Some(Nanos::from_secs(50.0)));
}

/// The store takes on what its workers and its queue have room for, and turns the rest away.
#[test]
fn a_store_holds_no_more_than_it_has_room_for() {
    let mut s = plain();
    s.workload.population = Population::SessionsPerSecond(20.0);
    s.store.workers = 2;
    s.store.queue = Some(3.0);
    s.store.service_us = Dist::Exponential(200_000.0);
    s.store.timeout_ms = None;
    // An operation is inside from its arrival to its answer; one that is turned away is answered as it comes.
    let mut inside = Vec::new();
    for event in events(&s, Home::Store, &[]) {
        match event.what {
            What::Asked { arrives, .. } => inside.push((arrives, 1)),
            What::Answered { .. } => inside.push((event.at, -1)),
            _ => {}
        }
    }
    inside.sort_unstable();
    let held = inside.iter().scan(0, |held, &(_, change)| {
        *held += change;
        Some(*held)
    });
    assert_eq!(held.max(), Some(5));
}

/// Why a command is impossible is said in the words of the moment.
#[test]
fn what_cannot_be_done_now_is_refused_with_the_reason() {
    let mut s = plain();
    s.store.replica = true;
    for (before, command, why) in [
        (&["kill store"][..], "restart store", "the store is down, its replica is about to take over"),
        (&["restart store"], "restart store", "the store is still starting"),
        (&["hang store"], "slow store x2", "the store is hung"),
        (&["kill 2"], "kill 2", "instance 2 is down"),
        (&["kill 2"], "hang 2", "instance 2 is down"),
        (&["kill 2"], "slow 2 x4", "instance 2 is down"),
        (&["kill 2"], "partition 2", "instance 2 is down"),
        (&["kill 2"], "drain 2", "instance 2 is down"),
        (&["partition 2"], "partition 2", "instance 2 is cut off already"),
        (&["hang 2"], "drain 2", "instance 2 hangs: it cannot finish what it has; restart or kill it"),
        (&["kill 3", "remove"], "restart 3", "instance 3 is gone for good"),
        (&["remove", "remove"], "remove", "the last instance stays"),
        (&["deploy"], "deploy", "a deploy is under way already"),
    ] {
        let mut world = World::new(&s, Home::Store);
        let mut carry_out = |text: &str| world.command(text.parse().expect("a command"), &mut |_: &Event| {});
        for text in before {
            assert_eq!(carry_out(text), Ok(()));
        }
        assert_eq!(carry_out(command), Err(why.to_owned()));
    }
}

#[test]
fn the_dead_count_among_the_most() {
    let mut world = World::new(&plain(), Home::Token);
    let mut sink = |_: &Event| {};
    let mut command = |text: &str| world.command(text.parse().expect("a command"), &mut sink);
    assert_eq!(command("kill 3"), Ok(()));
    assert!(command(&format!("scale {MOST_INSTANCES}")).is_err(), "the dead one can be restarted");
    assert_eq!(command(&format!("scale {}", MOST_INSTANCES - 1)), Ok(()));
    assert!(command("add").is_err());
}

/// Where the ring leads depends on nothing but who is there: not on how long it has been looked at.
#[test]
fn the_ring_is_the_same_whenever_it_comes_into_force() {
    let mut s = plain();
    s.duration_s = 40.0;
    let mut led = |policy, command| {
        s.balancer.policy = policy;
        let commands = [(5.0, "add"), (8.0, "remove"), (9.0, "add"), (10.0, command), (12.0, "scale 6")];
        let mut led: BTreeMap<SessionId, InstanceId> = BTreeMap::new();
        for event in events(&s, Home::Token, &commands) {
            if let What::Routed { session, instance, .. } = event.what
                && event.at > Nanos::from_secs(20.0)
            {
                led.insert(session, instance);
            }
        }
        led
    };
    let always = led(Policy::Ring, "policy ring");
    assert_eq!(led(Policy::RoundRobin, "policy ring"), always);
    assert!(always.values().collect::<BTreeSet<_>>().len() > 4, "it leads everywhere");
    assert_ne!(led(Policy::Ring, "policy hash"), always);
}

/// Sizes beyond four gibibytes stay the largest there is: they neither end the program nor become small again.
#[test]
fn a_token_that_outgrows_all_numbers_stays_large() {
    let mut s = plain();
    s.duration_s = 30.0;
    s.workload.state_bytes = 1 << 30;
    s.workload.growth_bytes_per_write = Dist::Fixed(1e9);
    s.workload.requests_per_session = Dist::Fixed(12.0);
    s.instance.header_limit_bytes = None;
    s.network.client_mbit = None;
    s.network.backend_mbit = None;
    for home in Home::ALL {
        let mut sizes: BTreeMap<SessionId, u32> = BTreeMap::new();
        for event in events(&s, home, &[(10.0, "kill 2"), (15.0, "restart 2")]) {
            if let What::Returned { session, context_bytes, .. } = event.what
                && home == Home::Token
                && context_bytes > 0
            {
                let before = sizes.insert(session, context_bytes);
                assert!(before <= Some(context_bytes), "a token shrank from {before:?} to {context_bytes} bytes");
            }
        }
        assert!(home != Home::Token || sizes.values().any(|&bytes| bytes == u32::MAX));
    }
}

#[test]
fn the_balancer_is_as_it_was_told_to_be() {
    let mut world = World::new(&plain(), Home::Token);
    for (text, policy, redispatch) in [
        ("policy ring", Policy::Ring, true),
        ("redispatch off", Policy::Ring, false),
        ("redispatch on", Policy::Ring, true),
    ] {
        world.command(text.parse().expect("a command"), &mut |_: &Event| {}).expect(text);
        assert_eq!((world.policy(), world.redispatch()), (policy, redispatch), "{text}");
    }
}

/// Whoever is on the way out stays on it.
#[test]
fn a_deploy_brings_nobody_back_who_is_to_go() {
    let mut s = plain();
    s.duration_s = 160.0;
    s.instance.start_ms = 1000.0;
    s.instance.drain_s = 60.0;
    s.instance.workers = 1000;
    s.workload.service_ms = Dist::Fixed(25_000.0);
    for (command, end) in [("remove", Health::Removed), ("drain 3", Health::Down)] {
        // Each has to wait for up to 50 s of work, a login: the third is at it when its turn comes, after some 100 s.
        let log = events(&s, Home::Token, &[(10.0, "deploy"), (80.0, command)]);
        let begun = life(&log, 3);
        assert_eq!(begun, [Health::Up, Health::Draining, end], "{command}");
        let replaced = |id| life(&log, id).contains(&Health::Starting);
        assert!(replaced(1) && replaced(2), "{command}: the deploy was under way");
    }
}

#[test]
fn functions_are_never_fewer_than_the_least_that_is_wanted() {
    let mut s = plain();
    s.workload.population = Population::SessionsPerSecond(0.05);
    s.workload.requests_per_session = Dist::Fixed(1.0);
    for change in ["autoscaler.mode=per-request", "autoscaler.min=2", "autoscaler.idle_stop_s=5", "instance.count=4"] {
        s.set(change).expect("a field");
    }
    let log = events(&s, Home::Token, &[]);
    let gone = |event: &&Event| matches!(event.what, What::Instance { health: Health::Removed, .. });
    let removed = log.iter().filter(gone).count();
    let began = |event: &&Event| matches!(event.what, What::Instance { health: Health::Starting, .. });
    assert!(removed >= 2, "{removed}");
    assert_eq!(4 + log.iter().filter(began).count() - removed, 2);
}

/// What an instance refused before it was started anew says nothing about it afterwards.
#[test]
fn a_new_process_is_judged_anew_by_what_it_refuses() {
    let mut s = plain();
    s.balancer.passive = true;
    s.instance.start_ms = 500.0;
    let log = events(&s, Home::Token, &[(10.0, "kill 1"), (11.0, "restart 1"), (13.0, "kill 1")]);
    let beliefs = log.iter().filter_map(|event| match event.what {
        What::Believed { instance: 1, up, evidence } if event.at > Nanos::ZERO => Some((event.at.secs(), up, evidence)),
        _ => None,
    });
    let beliefs: Vec<_> = beliefs.take(4).collect();
    let told: Vec<_> = beliefs.iter().map(|&(_, up, evidence)| (up, evidence)).collect();
    assert_eq!(told[..3], [(false, Evidence::Passive), (true, Evidence::Told), (false, Evidence::Passive)]);
    assert!(beliefs[2].0 < 14.0, "it refuses again: {beliefs:?}");
    // That penalty has a length of its own: the one before would have ended it too early.
    assert!(beliefs.get(3).is_none_or(|&(at, ..)| at >= beliefs[2].0 + 10.0), "{beliefs:?}");
}

#[test]
fn a_drain_that_was_interrupted_says_when_it_ends() {
    let mut s = plain();
    s.instance.drain_s = 30.0;
    // Long requests, so that there is something to wait for.
    s.workload.service_ms = Dist::Fixed(25_000.0);
    s.instance.workers = 100;
    let log = events(&s, Home::Token, &[(10.0, "drain 1"), (12.0, "hang 1"), (14.0, "heal")]);
    let until = |event: &Event| match event.what {
        What::Instance { instance: 1, health: Health::Draining, until, .. } => Some(until.secs()),
        _ => None,
    };
    assert_eq!(log.iter().filter_map(until).collect::<Vec<_>>(), [40.0, 40.0]);
}

/// What is asked before a partition may be answered after it, but not through it.
#[test]
fn nothing_is_answered_through_a_partition() {
    let mut s = plain();
    s.set("store.service_us=300000").expect("a field");
    s.set("store.workers=20").expect("a field");
    s.instance.workers = 100;
    let log = events(&s, Home::Store, &[(20.0, "partition 1"), (30.0, "heal")]);
    let [cut, healed] = [20.0, 30.0].map(Nanos::from_secs);
    let answered = |event: &&Event| matches!(event.what, What::Answered { instance: 1, .. });
    let during = log.iter().filter(answered).filter(|event| event.at > cut && event.at < healed).count();
    assert_eq!(during, 0);
    // Whoever waited then asks again.
    let asks = log.iter().filter(|event| matches!(event.what, What::Asked { instance: 1, .. }) && event.at == healed);
    assert!(asks.count() > 1);
    // Nor is a peer's word: it takes 3 s until the writer goes on without it.
    let mut s = plain();
    s.set("replication.sync=true").expect("a field");
    s.set("replication.apply_us=300000").expect("a field");
    s.instance.workers = 100;
    let log = events(&s, Home::ReplicateAll, &[(20.0, "partition 1"), (22.0, "heal")]);
    let answers = |from: f64, until: f64| {
        let within = log.iter().filter(|event| event.at > Nanos::from_secs(from) && event.at < Nanos::from_secs(until));
        within
            .filter(|event| matches!(event.what, What::Answered { instance, peer, .. } if instance == 1 || peer == 1))
            .count()
    };
    assert!(answers(18.0, 20.0) > 10, "{}", answers(18.0, 20.0));
    assert_eq!(answers(20.0, 22.0), 0);
}

/// After a partition each state comes from one peer that has it, however many there are.
#[test]
fn a_state_is_copied_once() {
    let mut s = plain();
    s.instance.count = 6;
    let log = events(&s, Home::ReplicateAll, &[(20.0, "partition 2"), (30.0, "heal")]);
    let healed = Nanos::from_secs(30.0);
    let mut copied: BTreeMap<SessionId, u32> = BTreeMap::new();
    for event in log.iter().filter(|event| event.at == healed) {
        if let What::Copying { session, to: 2, write: 0, .. } = event.what {
            *copied.entry(session).or_default() += 1;
        }
    }
    assert!(copied.len() > 10, "{}", copied.len());
    assert!(copied.values().all(|&times| times == 1), "{copied:?}");
}

/// The connection is refused at once; a peer that hangs would have been waited for.
#[test]
fn a_question_to_a_peer_that_is_killed_is_answered_at_once() {
    let mut s = plain();
    s.balancer.affinity = statelab::scenario::Affinity::None;
    let log = events(&s, Home::ReplicateBackup, &[(20.0, "hang 2"), (21.0, "kill 2")]);
    let asked: BTreeSet<_> = log
        .iter()
        .filter_map(|event| match event.what {
            What::Asked { request, ask: Ask::Fetch, peer: 2, .. } if (20.0..20.9).contains(&event.at.secs()) => {
                Some(request)
            }
            _ => None,
        })
        .collect();
    assert!(!asked.is_empty());
    let late = log.iter().filter(|event| match event.what {
        What::Replied { request, .. } => asked.contains(&request) && event.at.secs() > 21.5,
        _ => false,
    });
    assert_eq!(late.count(), 0, "of {}", asked.len());
}

/// Once its penalty is over, an instance that the checks found dead is still dead.
#[test]
fn a_penalty_that_is_over_revives_nobody_whom_the_checks_have_found_dead() {
    let mut s = plain();
    s.balancer.passive = true;
    s.balancer.check_interval_ms = Some(1000.0);
    let log = events(&s, Home::Token, &[(20.0, "kill 2")]);
    let believed: Vec<(bool, Evidence)> = believed(&log, 2).iter().map(|change| (change.1, change.2)).collect();
    assert_eq!(believed, [(true, Evidence::Told), (false, Evidence::Passive)]);
}

/// Whoever knocks at a hung process is counted by that process alone, and only while it hangs.
#[test]
fn those_who_knocked_at_an_earlier_life_are_counted_no_more() {
    let mut s = plain();
    s.balancer.check_interval_ms = None;
    s.instance.start_ms = 100.0;
    for (first, back) in [("kill 2", "restart 2"), ("heal", "heal")] {
        let commands = [(20.0, "hang 2"), (25.0, first), (25.0, back), (40.0, "hang 2")];
        let mut depths = events(&s, Home::Token, &commands).into_iter().filter_map(|event| match event.what {
            What::Queued { instance: 2, depth, .. } => Some((event.at, depth)),
            _ => None,
        });
        let again = depths.find(|(at, _)| *at >= Nanos::from_secs(40.0)).expect("somebody knocks");
        assert!(again.1 <= 2, "{first}: {again:?}");
    }
}

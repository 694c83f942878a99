//! Traffic that comes in waves: reconnects after a death, bursts, retries, cold starts, the autoscaler.

use crate::runs::events;
use statelab::command::Command;
use statelab::event::{Event, Health, Leave, Outcome, Place, RequestKind, What, Work};
use statelab::experiment::run_headless;
use statelab::scenario::{
    Affinity, Burst, Dist, Home, Policy, Population, ScaleMode, Scenario, TimedCommand, Transport,
};
use statelab::sim::World;
use statelab::units::Nanos;
use std::sync::atomic::AtomicBool;

fn plain() -> Scenario {
    let mut s = Scenario { duration_s: 60.0, ..Scenario::default() };
    s.workload.population = Population::Users(200);
    s.workload.requests_per_session = Dist::Endless;
    s.workload.service_ms = Dist::Exponential(5.0);
    s.instance.count = 4;
    s
}

fn sockets() -> Scenario {
    let mut s = plain();
    s.workload.transport = Transport::Connection;
    s.connection.push_per_s = 1.0;
    s
}

/// Each message of a visit, each wait of its client and each operation of the store has a draw of its own.
#[test]
fn no_two_things_that_take_time_share_a_draw() {
    let mut s = plain();
    s.duration_s = 30.0;
    s.workload.write_ratio = 0.5;
    s.workload.think_ms = Dist::Exponential(1000.0);
    s.client.timeout_ms = Some(100.0);
    s.client.retries = 2;
    s.client.patience = 1000;
    s.network.client_ms = Dist::Exponential(20.0);
    s.network.backend_ms = Dist::Exponential(20.0);
    s.network.peer_ms = Dist::Exponential(20.0);
    s.network.store_ms = Dist::Exponential(20.0);
    s.network.client_mbit = None;
    s.network.backend_mbit = None;
    // Nobody waits in line there.
    s.store.workers = 1000;
    s.store.service_us = Dist::Exponential(20_000.0);
    let pinned_and_not = Home::ALL.map(|home| [(home, Affinity::Auto), (home, Affinity::None)]);
    for (home, affinity) in pinned_and_not.into_iter().flatten() {
        s.balancer.affinity = affinity;
        // A write that is tried again is the same write to a peer.
        s.client.retries = if home.replicated() { 0 } else { 2 };
        let mut taken = std::collections::BTreeSet::new();
        let mut asked = std::collections::BTreeMap::new();
        // After a death whole states are copied again and again, each time as long to the same peer.
        let both = [(5.0, "replay 1"), (5.1, "replay 1"), (10.0, "kill 2")];
        for event in events(&s, home, &both[..if home.replicated() { 2 } else { 3 }]) {
            let (session, arrives) = match event.what {
                What::Sent { session, arrives, .. }
                | What::Routed { session, arrives, .. }
                | What::Refused { session, arrives, .. }
                | What::Replied { session, arrives, .. }
                | What::Returned { session, arrives, .. }
                | What::Asked { session, arrives, .. }
                | What::Answered { session, arrives, .. }
                | What::Copying { session, arrives, .. } => (session, arrives),
                What::BackedOff { session, until, .. } => (session, until),
                _ => continue,
            };
            assert!(taken.insert((session, arrives - event.at)), "{home}: {event:?} takes as long as something else");
            match event.what {
                // An answer does not say which attempt it is for: whoever asks twice is left out.
                What::Asked { request, ask, peer: 0, .. } => {
                    asked.entry((request, ask as u8)).and_modify(|at| *at = None).or_insert(Some(arrives));
                }
                What::Answered { request, ask, peer: 0, .. } => {
                    let took = asked[&(request, ask as u8)].map(|arrived| event.at - arrived);
                    let new = took.is_none_or(|took| taken.insert((session, took)));
                    assert!(new, "{home}: {event:?} after as long as another operation");
                }
                _ => {}
            }
        }
        assert!(taken.len() > 20_000, "{home}: {}", taken.len());
    }
}

/// Nor do a connection's: what is pushed, and the news that it was cut, take times of their own on either part of the way.
#[test]
fn no_two_things_on_a_line_share_a_draw() {
    for far in [true, false] {
        let mut s = sockets();
        let hop = |varies| if varies { Dist::Exponential(20.0) } else { Dist::Fixed(0.0) };
        (s.network.client_ms, s.network.backend_ms) = (hop(far), hop(!far));
        (s.network.client_mbit, s.network.backend_mbit) = (None, None);
        let mut taken = std::collections::BTreeSet::new();
        // Some are cut off twice.
        for event in events(&s, Home::Token, &[(20.0, "kill 2"), (40.0, "kill 3")]) {
            let (session, took) = match event.what {
                What::Sent { session, arrives, .. } | What::Returned { session, arrives, .. } if far => {
                    (session, arrives - event.at)
                }
                What::Routed { session, arrives, .. } | What::Replied { session, arrives, .. } if !far => {
                    (session, arrives - event.at)
                }
                What::Pushed { session, arrives, .. } if arrives < Nanos::NEVER => (session, arrives - event.at),
                What::Disconnected { session, instance: 2, .. } => (session, event.at - Nanos::from_secs(20.0)),
                What::Disconnected { session, instance: 3, .. } => (session, event.at - Nanos::from_secs(40.0)),
                _ => continue,
            };
            assert!(taken.insert((session, took)), "{event:?} takes as long as something else");
        }
        assert!(taken.len() > 15_000, "{}", taken.len());
    }
}

/// Nor do the waits of a client that gets no connection and those of its requests, which give up meanwhile.
#[test]
fn no_two_waits_of_a_client_share_a_draw() {
    let mut s = sockets();
    s.workload.population = Population::SessionsPerSecond(20.0);
    s.workload.requests_per_session = Dist::Fixed(2.0);
    s.instance.count = 1;
    s.client.timeout_ms = Some(200.0);
    (s.client.retries, s.client.patience) = (5, 1);
    (s.client.backoff_ms, s.client.backoff_cap_ms) = (100.0, 100.0);
    let mut taken = std::collections::BTreeSet::new();
    for event in events(&s, Home::Token, &[(20.0, "kill 1")]) {
        if let What::BackedOff { session, until, .. } | What::Disconnected { session, until, .. } = event.what {
            assert!(taken.insert((session, until - event.at)), "{event:?} takes as long as something else");
        }
    }
    assert!(taken.len() > 1000, "{}", taken.len());
}

/// Least connections takes the least loaded instance; two choices never the most loaded of all, because it looks at another.
#[test]
fn policies_that_look_at_the_load_avoid_the_loaded() {
    let mut s = plain();
    for policy in [Policy::LeastConnections, Policy::TwoChoices] {
        s.balancer.policy = policy;
        let (mut load, mut chosen) = ([0_i32; 4], [0; 4]);
        for event in events(&s, Home::Token, &[]) {
            match event.what {
                What::Routed { instance, .. } => {
                    let here = usize::from(instance) - 1;
                    let others = load.iter().enumerate().filter(|&(id, _)| id != here).map(|(_, load)| *load);
                    let beaten = if policy == Policy::TwoChoices { others.max() } else { others.min() };
                    assert!(Some(load[here]) <= beaten, "{policy:?}: {instance} of {load:?}");
                    load[here] += 1;
                    chosen[here] += 1;
                }
                What::Returned { instance, .. } => load[usize::from(instance) - 1] -= 1,
                _ => {}
            }
        }
        let n: i32 = chosen.iter().sum();
        assert!(chosen.iter().all(|&times| (times - n / 4).abs() < n / 20), "{policy:?}: {chosen:?}");
    }
}

/// In every home: as many lines are cut as the dead instance had, all of them come back, and none goes to the dead.
#[test]
fn a_kill_makes_the_same_reconnect_wave_in_every_home() {
    for home in Home::ALL {
        let log = events(&sockets(), home, &[(20.0, "kill 2")]);
        let mut lines = std::collections::BTreeMap::new();
        let (mut cut, mut back, mut first_try) = (0, 0, 0);
        for event in &log {
            match event.what {
                What::Connected { session, instance } => {
                    assert!(event.at < Nanos::from_secs(20.0) || instance != 2, "nobody connects to the dead");
                    back += usize::from(event.at >= Nanos::from_secs(20.0));
                    lines.insert(session, instance);
                }
                What::Disconnected { session, instance, until } => {
                    assert!(until >= event.at);
                    if instance != 0 {
                        assert_eq!(lines.remove(&session), Some(instance));
                        assert_eq!(instance, 2, "only the dead instance's lines are cut");
                        assert_ne!(event.root, 0, "the kill did it");
                        cut += 1;
                        // Full jitter over the first back-off.
                        assert!(until - event.at <= Nanos::from_millis(100.0));
                        first_try += 1;
                    }
                }
                What::Occupied { work: Work::Handshake, .. } if event.at > Nanos::from_secs(20.0) => {
                    assert_ne!(event.root, 0, "it is why they connect anew");
                }
                _ => {}
            }
        }
        assert_eq!((cut, first_try), (50, 50), "{home}: a quarter of 200");
        assert_eq!(back, cut, "{home}: everybody is connected again");
        assert_eq!(lines.len(), 200);
    }
}

#[test]
fn pushes_to_whoever_is_not_connected_are_lost() {
    let log = events(&sockets(), Home::Token, &[(20.0, "kill 2")]);
    let pushed = |event: &&Event| matches!(event.what, What::Pushed { .. });
    let lost = |event: &&Event| matches!(event.what, What::Pushed { arrives: Nanos::NEVER, .. });
    let all = log.iter().filter(pushed).count();
    assert!((11_700..=12_200).contains(&all), "200 clients, one a second, for 60 s: {all}");
    let gone: Vec<_> = log.iter().filter(lost).collect();
    assert!(!gone.is_empty(), "some were in the air");
    assert!(gone.iter().all(|event| event.at >= Nanos::from_secs(20.0)), "none before the kill");
    // Visits that begin cold are pushed to as well.
    let mut cold = sockets();
    cold.warm_start = false;
    let reached = |event: &&Event| matches!(event.what, What::Pushed { arrives, .. } if arrives < Nanos::NEVER);
    assert!(events(&cold, Home::Sticky, &[]).iter().filter(reached).count() > 5000);
}

/// A hung instance keeps its lines until the balancer takes it out; then they are cut, and its clients go elsewhere.
#[test]
fn a_hung_instance_holds_its_lines_until_it_is_noticed() {
    let log = events(&sockets(), Home::Token, &[(20.0, "hang 2")]);
    let noticed = log.iter().find(|event| matches!(event.what, What::Believed { instance: 2, up: false, .. }));
    let noticed = noticed.expect("checks notice").at;
    let cut = |event: &&Event| matches!(event.what, What::Disconnected { instance: 2, .. });
    assert_eq!(log.iter().filter(cut).count(), 50);
    assert!(log.iter().filter(cut).all(|event| event.at > noticed));
    let late = |event: &&Event| event.at > noticed + Nanos::from_secs(15.0);
    let failed = |event: &&Event| matches!(event.what, What::Ended { outcome, .. } if !outcome.useful());
    assert_eq!(log.iter().filter(late).filter(failed).count(), 0, "nobody is tied to the hung one any more");
}

/// Whoever connects to a hung instance waits until it goes on, unless the balancer knows better.
#[test]
fn a_hung_instance_keeps_whoever_connects_waiting() {
    let mut s = sockets();
    s.balancer.check_interval_ms = None;
    let log = events(&s, Home::Token, &[(19.0, "hang 2"), (20.0, "kill 3"), (30.0, "heal")]);
    let to_2 =
        |event: &&Event| event.at > Nanos::from_secs(19.0) && matches!(event.what, What::Connected { instance: 2, .. });
    let connected: Vec<_> = log.iter().filter(to_2).map(|event| event.at.secs()).collect();
    assert!(connected.len() > 5 && connected.iter().all(|at| (30.0..30.1).contains(at)), "{connected:?}");
}

/// The balancer offers a connection that was refused to so many others; then the client is told, and chooses anew.
#[test]
fn a_refused_connection_goes_elsewhere_or_back_to_its_client() {
    for (redispatch, retries, in_vain) in [(true, 1, false), (true, 0, true), (false, 1, true)] {
        let mut s = sockets();
        s.instance.count = 2;
        s.balancer.policy = Policy::Random;
        (s.balancer.redispatch, s.balancer.retries, s.balancer.check_interval_ms) = (redispatch, retries, None);
        let (mut told, mut lines) = (0, std::collections::BTreeMap::new());
        for event in events(&s, Home::Token, &[(20.0, "kill 2")]) {
            match event.what {
                What::Connected { session, instance } => _ = lines.insert(session, instance),
                What::Disconnected { instance: 0, .. } => told += 1,
                _ => {}
            }
        }
        assert_eq!(told > 0, in_vain, "{redispatch} {retries}: {told}");
        assert!(lines.len() == 200 && lines.values().all(|&instance| instance == 1), "{redispatch} {retries}");
    }
}

/// Full jitter again: the wait before try k + 1 to connect is uniform on (0, min(cap, base · 2^k)).
#[test]
fn whoever_reconnects_in_vain_waits_for_longer_each_time() {
    let mut s = sockets();
    (s.client.backoff_ms, s.client.backoff_cap_ms) = (100.0, 600.0);
    (s.balancer.redispatch, s.balancer.check_interval_ms) = (false, None);
    let kills = [(5.0, "kill 1"), (5.0, "kill 2"), (5.0, "kill 3"), (5.0, "kill 4")];
    let (mut tries, mut waits) = (std::collections::BTreeMap::new(), vec![Vec::new(); 5]);
    for event in events(&s, Home::Token, &kills) {
        if let What::Disconnected { session, until, .. } = event.what {
            let nth = tries.entry(session).or_insert(0);
            waits[*nth.min(&mut 4)].push((until - event.at).millis());
            *nth += 1;
        }
    }
    for (of, bound) in waits.iter().zip([100.0, 200.0, 400.0, 600.0, 600.0]) {
        assert!(of.len() >= 200 && of.iter().all(|&wait| wait <= bound), "{} within {bound} ms", of.len());
        let mean = of.iter().sum::<f64>() / of.len() as f64;
        let error = bound / 12f64.sqrt() / (of.len() as f64).sqrt();
        assert!((mean - bound / 2.0).abs() < 4.0 * error, "mean wait {mean} ms of {bound}");
    }
}

#[test]
fn bursts_multiply_arrivals_and_silence_stops_them() {
    let mut s = Scenario { duration_s: 400.0, warm_start: false, ..Scenario::default() };
    s.workload.population = Population::SessionsPerSecond(20.0);
    s.workload.requests_per_session = Dist::Fixed(1.0);
    s.workload.service_ms = Dist::Fixed(0.1);
    s.workload.bursts = vec![
        Burst { at_s: 100.0, factor: 3.0, for_s: 100.0 },
        Burst { at_s: 250.0, factor: 0.0, for_s: 50.0 },
        Burst { at_s: 280.0, factor: 5.0, for_s: 40.0 },
    ];
    let log = events(&s, Home::Token, &[(320.0, "burst x2 40s")]);
    let arrivals = |from: f64, to: f64| {
        let began = |event: &&Event| matches!(event.what, What::SessionStarted { .. });
        let within = |event: &&Event| event.at >= Nanos::from_secs(from) && event.at < Nanos::from_secs(to);
        log.iter().filter(began).filter(within).count() as f64
    };
    // A Poisson count lies within four standard deviations.
    let rates = [(0.0, 20.0), (100.0, 60.0), (200.0, 20.0), (250.0, 0.0), (300.0, 100.0), (320.0, 40.0), (360.0, 20.0)];
    for ((from, rate), (to, _)) in rates.into_iter().zip(rates.into_iter().skip(1).chain([(400.0, 0.0)])) {
        let expected = (to - from) * rate;
        let found = arrivals(from, to);
        assert!((found - expected).abs() <= 4.0 * expected.sqrt(), "{found} arrivals from {from} to {to} s");
    }
}

/// Threefold traffic is threefold traffic, whatever makes it so, also among those who are there when the run begins.
#[test]
fn whoever_comes_does_not_ask_what_made_the_rate() {
    let came = |rate: f64, factor: f64| {
        let mut s = Scenario { duration_s: 60.0, ..Scenario::default() };
        s.workload.population = Population::SessionsPerSecond(rate);
        s.workload.requests_per_session = Dist::Geometric(5.0);
        s.workload.bursts = vec![Burst { at_s: 0.0, factor, for_s: 100.0 }];
        let log = events(&s, Home::Token, &[]);
        let began = |event: &Event| match event.what {
            What::SessionStarted { session, warm, .. } => Some((event.at, session, warm)),
            _ => None,
        };
        log.iter().filter_map(began).collect::<Vec<_>>()
    };
    let all = came(30.0, 1.0);
    assert!(all.iter().any(|&(_, _, warm)| warm) && all.len() > 1000);
    assert_eq!(came(10.0, 3.0), all);
    assert_eq!(came(60.0, 0.5), all);
}

#[test]
fn a_run_may_begin_in_silence() {
    let mut s = Scenario { duration_s: 60.0, ..Scenario::default() };
    s.workload.population = Population::SessionsPerSecond(10.0);
    s.workload.requests_per_session = Dist::Fixed(1.0);
    s.workload.bursts = vec![Burst { at_s: 0.0, factor: 0.0, for_s: 10.0 }];
    let log = events(&s, Home::Token, &[]);
    let began = |event: &&Event| matches!(event.what, What::SessionStarted { .. });
    let came: Vec<_> = log.iter().filter(began).map(|event| event.at.secs()).collect();
    assert!(came[0] > 10.0 && (400..600).contains(&came.len()), "{} from {} s on", came.len(), came[0]);
}

/// Where the session's number leads, there its state is, also if it was there before the run.
#[test]
fn a_hash_finds_whoever_was_there_before() {
    for policy in [Policy::Hash, Policy::Ring] {
        let mut s = plain();
        s.balancer.policy = policy;
        let log = events(&s, Home::Memory, &[]);
        let ended = |outcome| {
            let ended = move |event: &&Event| matches!(event.what, What::Ended { outcome: how, .. } if how == outcome);
            log.iter().filter(ended).count()
        };
        assert_eq!(ended(Outcome::Lost), 0, "{policy:?}");
        assert!(ended(Outcome::Ok) > 1000);
    }
}

/// Jitter spreads each message's time evenly around what it takes without, and each by itself.
#[test]
fn jitter_is_even_and_each_messages_own() {
    for (ratio, spread) in [(0.5, 50.0), (0.0, 0.0)] {
        let mut s = plain();
        s.network.client_ms = Dist::Fixed(100.0);
        s.network.client_mbit = None;
        s.network.jitter_ratio = ratio;
        let log = events(&s, Home::Token, &[]);
        let took = log.iter().filter_map(|event| match event.what {
            What::Sent { session, arrives, .. } | What::Returned { session, arrives, .. } => {
                Some((session, arrives - event.at))
            }
            _ => None,
        });
        let took: Vec<_> = took.collect();
        let different: std::collections::BTreeSet<_> = took.iter().collect();
        assert!(different.len() == took.len() || spread == 0.0, "{} of {}", different.len(), took.len());
        let took: Vec<f64> = took.into_iter().map(|(_, span)| span.millis()).collect();
        let mean = took.iter().sum::<f64>() / took.len() as f64;
        let deviation = (took.iter().map(|span| (span - mean).powi(2)).sum::<f64>() / took.len() as f64).sqrt();
        assert!(took.len() > 1000 && took.iter().all(|span| (span - 100.0).abs() <= spread), "{took:?}");
        assert!((mean - 100.0).abs() <= spread / 25.0, "{mean}");
        assert!((deviation - spread / 3f64.sqrt()).abs() <= spread / 25.0, "{deviation}");
    }
}

#[test]
fn a_burst_makes_users_on_chairs_think_so_many_times_as_fast() {
    let mut s = plain();
    s.workload.think_ms = Dist::Exponential(2000.0);
    s.workload.bursts = vec![Burst { at_s: 20.0, factor: 4.0, for_s: 20.0 }];
    let log = events(&s, Home::Token, &[]);
    let issued = |from: f64| {
        let within = |event: &&Event| (from..from + 15.0).contains(&event.at.secs());
        log.iter().filter(within).filter(|event| matches!(event.what, What::Issued { .. })).count() as f64
    };
    let ratio = issued(25.0) / issued(5.0);
    assert!((3.5..4.5).contains(&ratio), "four times as many requests: {ratio}");
}

/// What was begun in a process that has died meanwhile connects nobody to the next one, and its client begins anew.
#[test]
fn a_handshake_dies_with_its_process() {
    let mut s = sockets();
    s.warm_start = false;
    s.connection.handshake_ms = 2000.0;
    s.instance.workers = 200;
    s.instance.start_ms = 0.0;
    s.balancer.check_interval_ms = None;
    let log = events(&s, Home::Token, &[(2.0, "kill 2"), (2.5, "restart 2")]);
    let to_2 = |event: &&Event| matches!(event.what, What::Connected { instance: 2, .. });
    let connected: Vec<_> = log.iter().filter(to_2).map(|event| event.at.secs()).collect();
    assert!(connected.iter().all(|&at| at > 4.5), "a handshake takes two seconds: {connected:?}");
    assert!(connected.len() > 20, "{connected:?}");
    let anybody = log.iter().filter_map(|event| match event.what {
        What::Connected { session, .. } => Some(session),
        _ => None,
    });
    assert_eq!(anybody.collect::<std::collections::BTreeSet<_>>().len(), 200);
}

#[test]
fn bursts_that_nobody_could_simulate_are_refused_when_they_are_commanded() {
    let rejected = |population: Population, think_ms: f64, all: &[(f64, &str)]| {
        let mut s = Scenario { duration_s: 20.0, warm_start: false, ..Scenario::default() };
        s.workload.population = population;
        s.workload.think_ms = Dist::Fixed(think_ms);
        s.network.client_ms = Dist::Fixed(0.0);
        let timed = |&(at_s, text): &(f64, &str)| TimedCommand { at_s, command: text.parse().expect("a command") };
        s.commands = all.iter().map(timed).collect();
        let log = events(&s, Home::Token, &[]);
        let times = log.iter().filter(|event| matches!(event.what, What::Rejected { .. }));
        times.map(|event| event.at.secs()).collect::<Vec<_>>()
    };
    let stream = Population::SessionsPerSecond(10.0);
    // Alone each is within the limits; together they are not.
    let twice = [(5.0, "burst x1000 10ms"), (5.005, "burst x1100 10ms"), (6.0, "burst x1100 10ms")];
    assert_eq!(rejected(stream, 1000.0, &twice), [5.005]);
    assert_eq!(rejected(stream, 100_000.0, &[(5.0, "burst x10000 1h"), (6.0, "burst x2 10ms")]), [5.0]);
    let users = Population::Users(2);
    assert_eq!(rejected(users, 1.0, &[(5.0, "burst x10000 1s")]), [5.0]);
    assert_eq!(rejected(users, 1000.0, &[(5.0, "burst x1e-300 1s"), (6.0, "burst x0.5 1s")]), [5.0]);
}

/// The limits are those of scenarios: ten million visits a second, or at once; a microsecond, or a day, of thinking.
#[test]
fn bursts_are_refused_beyond_their_limits_and_not_before() {
    let possible = |population: Population, think_ms: f64, hop_ms: f64, factor: f64, span_s: f64| {
        let mut s = Scenario { warm_start: false, ..Scenario::default() };
        s.workload.population = population;
        s.workload.requests_per_session = Dist::Fixed(2.0);
        (s.workload.think_ms, s.workload.service_ms) = (Dist::Fixed(think_ms), Dist::Fixed(0.0));
        (s.network.client_ms, s.network.backend_ms) = (Dist::Fixed(hop_ms), Dist::Fixed(0.0));
        // There is twice as much traffic as usual already.
        let mut world = World::new(&s, Home::Token);
        world.command("burst x2 100s".parse().expect("a command"), &mut |_: &Event| {}).expect("possible");
        world.possible(Command::Burst { factor, span: Nanos::from_secs(span_s) })
    };
    let refused = |result: Result<(), String>, why: &str| {
        let refused = result.expect_err(why);
        assert!(refused.contains(why), "{refused}");
    };
    // Twenty visits a second, of two seconds each.
    let stream = |factor, span_s| possible(Population::SessionsPerSecond(10.0), 1000.0, 0.0, factor, span_s);
    assert_eq!(stream(500_000.0, 0.5), Ok(()));
    refused(stream(500_001.0, 0.5), "visits per second");
    assert_eq!(stream(250_000.0, 3600.0), Ok(()));
    refused(stream(250_001.0, 3600.0), "in progress");
    // Of a burst of a second, and of those who were there before: 2 · 20 + 1 · (20 · 499999 - 20).
    assert_eq!(stream(499_999.0, 1.0), Ok(()));
    refused(stream(499_999.2, 1.0), "in progress");
    refused(stream(500_000.0, 1.0), "in progress");

    let users = |think_ms, hop_ms, factor| possible(Population::Users(2), think_ms, hop_ms, factor, 1.0);
    assert_eq!(users(0.008, 0.0, 4.0), Ok(()));
    refused(users(0.008, 0.0, 4.1), "for ever at one instant");
    assert_eq!(users(0.008, 0.001, 4.1), Ok(()));
    refused(users(0.008, 0.0005, 4.1), "for ever at one instant");
    let day_ms = 86_400_000.0;
    assert_eq!(users(day_ms, 0.0, 0.5), Ok(()));
    refused(users(day_ms, 0.0, 0.4), "longer than a day");
    assert_eq!(users(day_ms, 0.0, 0.6), Ok(()));
    assert_eq!(users(3.0 * day_ms, 0.0, 1.0), Ok(()), "it is no longer than without");
}

/// Full jitter: the wait before attempt k + 1 is uniform on (0, min(cap, base · 2^(k−1))).
#[test]
fn retries_back_off_within_their_bounds() {
    let mut s = plain();
    s.client.retries = 5;
    s.client.patience = 1000;
    s.client.backoff_ms = 100.0;
    s.client.backoff_cap_ms = 600.0;
    s.balancer.redispatch = false;
    s.balancer.retries = 0;
    s.balancer.check_interval_ms = None;
    let log = events(&s, Home::Token, &[(5.0, "kill 1"), (5.0, "kill 2"), (5.0, "kill 3")]);
    let mut waits: [Vec<f64>; 6] = Default::default();
    let mut attempts = std::collections::BTreeMap::new();
    for event in &log {
        match event.what {
            What::BackedOff { attempt, until, .. } => waits[usize::from(attempt)].push((until - event.at).millis()),
            What::Sent { request, attempt, .. } => {
                attempts.insert(request, attempt);
            }
            What::Ended { request, outcome, .. } => {
                let needed = attempts[&request];
                assert!(outcome == Outcome::Ok || needed == 6, "all attempts are used up before a request fails");
            }
            _ => {}
        }
    }
    for (attempt, bound) in [(1, 100.0), (2, 200.0), (3, 400.0), (4, 600.0), (5, 600.0)] {
        let of = &waits[attempt];
        assert!(of.len() > 300, "attempt {attempt} fails often enough: {}", of.len());
        assert!(of.iter().all(|&wait| wait <= bound), "within {bound} ms");
        let mean = of.iter().sum::<f64>() / of.len() as f64;
        let error = bound / 12f64.sqrt() / (of.len() as f64).sqrt();
        assert!((mean - bound / 2.0).abs() < 4.0 * error, "attempt {attempt}: mean wait {mean} ms of {bound}");
    }
}

#[test]
fn without_jitter_every_wait_is_the_whole_bound() {
    for (mut s, home) in [(plain(), Home::Token), (sockets(), Home::Sticky)] {
        (s.client.jitter, s.client.retries) = (false, 2);
        (s.client.backoff_ms, s.client.backoff_cap_ms) = (100.0, 300.0);
        let log = events(&s, home, &[(5.0, "kill 1"), (5.0, "kill 2"), (5.0, "kill 3"), (5.0, "kill 4")]);
        let waits: std::collections::BTreeSet<u64> = log
            .iter()
            .filter_map(|event| match event.what {
                What::BackedOff { until, .. } | What::Disconnected { until, .. } => Some(until - event.at),
                _ => None,
            })
            .map(|wait| wait.0 / 1_000_000)
            .collect();
        let waits: Vec<_> = waits.into_iter().collect();
        assert!([100, 200, 300].starts_with(&waits) && waits.len() > 1, "{home}: {waits:?}");
    }
}

/// A store that reads 30 kB for each request sends them one after the other: at 8 Mbit/s one takes 30 ms and more.
#[test]
fn what_leaves_the_store_goes_over_its_line_in_turn() {
    let mut s = plain();
    s.workload.state_bytes = 30_000;
    s.network.backend_mbit = Some(8.0);
    let hop = Nanos::from_millis(s.network.store_ms.mean());
    let log = events(&s, Home::Store, &[]);
    let mut last = Nanos::ZERO;
    let mut queued = 0;
    for event in &log {
        if let What::Answered { arrives, bytes, .. } = event.what {
            let takes = Nanos(u64::from(bytes) * 1000);
            let leaves = arrives.since(hop);
            assert!(leaves >= last + takes && leaves >= event.at + takes, "{event:?} after {last}");
            queued += u32::from(leaves > event.at + takes);
            last = leaves;
        }
    }
    assert!(queued > 100, "200 users keep it busy: {queued}");
}

#[test]
fn users_give_up_after_so_many_failures_in_a_row() {
    let mut s = plain();
    s.instance.count = 1;
    s.workload.population = Population::SessionsPerSecond(5.0);
    s.workload.requests_per_session = Dist::Fixed(30.0);
    s.client.patience = 3;
    let log = events(&s, Home::Token, &[(10.0, "kill 1")]);
    let mut in_a_row = std::collections::BTreeMap::new();
    let mut abandoned = 0;
    for event in &log {
        match event.what {
            What::Ended { session, outcome, .. } => {
                let failures = in_a_row.entry(session).or_insert(0);
                *failures = if outcome.useful() { 0 } else { *failures + 1 };
                assert!(*failures <= 3);
            }
            What::SessionLeft { session, how: Leave::Abandoned } => {
                assert_eq!(in_a_row[&session], 3);
                abandoned += 1;
            }
            _ => {}
        }
    }
    assert!(abandoned > 100, "{abandoned}");
}

fn functions() -> Scenario {
    let mut s = Scenario { duration_s: 120.0, warm_start: false, ..Scenario::default() };
    s.workload.population = Population::SessionsPerSecond(10.0);
    s.workload.requests_per_session = Dist::Fixed(4.0);
    s.workload.service_ms = Dist::Exponential(100.0);
    s.workload.bursts = vec![Burst { at_s: 40.0, factor: 0.0, for_s: 1000.0 }];
    s.balancer.check_interval_ms = None;
    s.instance.count = 1;
    s.instance.workers = 1;
    s.autoscaler.mode = ScaleMode::PerRequest;
    s.autoscaler.min = 0;
    s.autoscaler.max = 100;
    s.autoscaler.cold_start_ms = 400.0;
    s.autoscaler.idle_stop_s = 10.0;
    s
}

/// One instance a request: nobody queues, whoever finds no idle instance waits out a cold start, and all stop when idle.
#[test]
fn functions_start_cold_serve_one_and_stop() {
    let log = events(&functions(), Home::Token, &[]);
    let mut inside = std::collections::BTreeMap::<u16, u32>::new();
    let mut held = std::collections::BTreeMap::new();
    let mut last_health = std::collections::BTreeMap::new();
    let mut cold = 0;
    for event in &log {
        match event.what {
            What::Queued { .. } => panic!("nobody queues at a function"),
            What::Held { request, instance, .. } => {
                held.insert(request, (event.at, instance));
                cold += 1;
            }
            What::Routed { request, instance, .. } => {
                let others = inside.entry(instance).or_default();
                assert_eq!(*others, 0, "one request at a time");
                *others += 1;
                if let Some((since, started)) = held.remove(&request) {
                    assert_eq!((event.at - since, instance), (Nanos::from_millis(400.0), started), "a cold start");
                }
            }
            What::Returned { instance, .. } => *inside.entry(instance).or_default() -= 1,
            What::Instance { instance, health, .. } => {
                last_health.insert(instance, health);
            }
            _ => {}
        }
    }
    assert!(cold > 2 && held.is_empty(), "{cold} cold starts");
    assert_eq!(cold + 1, last_health.len(), "each started for a request, but the first");
    assert!(last_health.values().all(|&health| health == Health::Removed), "all have stopped: {last_health:?}");
}

/// A platform that loses an instance starts another, and sends nothing to the dead.
#[test]
fn functions_survive_the_death_of_any_instance() {
    let log = events(&functions(), Home::Token, &[(3.0, "kill 2"), (3.5, "restart 2"), (5.0, "hang 3"), (7.0, "heal")]);
    let ended = |event: &&Event| matches!(event.what, What::Ended { .. });
    let issued = |event: &&Event| matches!(event.what, What::Issued { .. });
    assert_eq!(log.iter().filter(ended).count(), log.iter().filter(issued).count());
    let failed = |event: &&Event| matches!(event.what, What::Ended { outcome, .. } if !outcome.useful());
    assert!(log.iter().filter(failed).count() <= 2, "at most whoever was inside");
    let last = log.iter().rev().find(|event| matches!(event.what, What::Instance { instance: 2, .. }));
    assert!(matches!(last.expect("it was there").what, What::Instance { health: Health::Removed, .. }));
    let kills = [(2.0, "kill 1"), (2.2, "kill 2"), (2.4, "kill 3"), (2.6, "kill 4"), (2.8, "kill 5")];
    let mut alive = std::collections::BTreeSet::new();
    for event in events(&functions(), Home::Token, &kills) {
        match event.what {
            What::Instance { instance, health: Health::Up | Health::Hung, .. } => _ = alive.insert(instance),
            What::Instance { instance, .. } => _ = alive.remove(&instance),
            What::Routed { instance, .. } => assert!(alive.contains(&instance), "{event:?}"),
            _ => {}
        }
    }
}

/// One that hung begins to wait anew.
#[test]
fn a_function_that_nobody_needs_stops_after_its_time() {
    let mut s = functions();
    s.workload.bursts[0].at_s = 0.0;
    for (commands, stops) in [(&[][..], 10.0), (&[(4.0, "hang 1"), (6.0, "heal")], 16.0)] {
        let log = events(&s, Home::Token, commands);
        let removed = |event: &&Event| matches!(event.what, What::Instance { health: Health::Removed, .. });
        assert_eq!(log.iter().find(removed).map(|event| event.at), Some(Nanos::from_secs(stops)));
    }
}

/// Whoever finds as many instances as may be, and none idle, is turned away.
#[test]
fn functions_are_no_more_than_their_most() {
    let mut s = functions();
    s.autoscaler.max = 2;
    let log = events(&s, Home::Token, &[]);
    let started = |event: &&Event| matches!(event.what, What::Instance { health: Health::Up, .. });
    let overload = |event: &&Event| matches!(event.what, What::Ended { outcome: Outcome::Overload, .. });
    assert_eq!(log.iter().filter(started).count(), 2);
    assert!(log.iter().filter(overload).count() > 100);
}

/// Within a tenth of the target nothing is done; beyond it no more instances start than the rule says.
#[test]
fn the_autoscaler_starts_as_many_as_it_needs_and_no_more() {
    let started = |rate: f64, service_ms: f64, target: f64| {
        let mut s = Scenario { duration_s: 34.0, warm_start: false, ..Scenario::default() };
        s.workload.population = Population::SessionsPerSecond(rate);
        s.workload.requests_per_session = Dist::Fixed(1.0);
        s.workload.service_ms = Dist::Fixed(service_ms);
        s.workload.login_factor = 1.0;
        (s.client.timeout_ms, s.instance.queue) = (None, None);
        (s.instance.count, s.instance.workers) = (2, 2);
        // Who is started by the first decision is not there at the second.
        s.instance.start_ms = 20_000.0;
        (s.autoscaler.mode, s.autoscaler.target, s.autoscaler.max) = (ScaleMode::Utilisation, target, 12);
        s.autoscaler.interval_s = 15.0;
        let log = events(&s, Home::Token, &[]);
        log.iter().filter(|event| matches!(event.what, What::Instance { health: Health::Starting, .. })).count()
    };
    // 2.4 of 4 workers are the target: ⌈2 · 1.05⌉ would be three.
    assert_eq!(started(400.0, 6.3, 0.6), 0);
    assert_eq!(started(400.0, 7.0, 0.6), 1);
    // Four busy workers, and not a moment's rest: ⌈2 · 1 / 0.5⌉.
    assert_eq!(started(20.0, 1000.0, 0.5), 2);
}

/// Kubernetes' rule, ⌈n · utilisation / target⌉: more at once, fewer only after a while.
#[test]
fn the_autoscaler_follows_utilisation() {
    let mut s = Scenario { duration_s: 900.0, ..Scenario::default() };
    s.workload.population = Population::SessionsPerSecond(20.0);
    s.workload.requests_per_session = Dist::Fixed(1.0);
    s.workload.service_ms = Dist::Exponential(100.0);
    s.workload.login_factor = 1.0;
    s.workload.bursts = vec![Burst { at_s: 100.0, factor: 3.0, for_s: 200.0 }];
    s.instance.count = 2;
    s.autoscaler.mode = ScaleMode::Utilisation;
    s.autoscaler.min = 1;
    s.autoscaler.max = 12;
    s.autoscaler.down_after_s = 195.0;
    let log = events(&s, Home::Token, &[]);
    let serving_at = |at: f64| {
        let mut health = std::collections::BTreeMap::new();
        for event in log.iter().take_while(|event| event.at <= Nanos::from_secs(at)) {
            if let What::Instance { instance, health: now, .. } = event.what {
                health.insert(instance, now);
            }
        }
        health.values().filter(|&&health| health == Health::Up).count()
    };
    // 20/s · 0.1 s keep 2 of 4 workers busy: ⌈2 · 0.5 / 0.6⌉ = 2.
    assert_eq!(serving_at(90.0), 2);
    // 60/s · 0.1 s = 6 workers busy; at 60 % that is five instances of two.
    assert!((5..=6).contains(&serving_at(290.0)), "{}", serving_at(290.0));
    // The decision at 300 s is the last of the burst, and that at 495 s remembers it.
    assert!(serving_at(505.0) >= 5, "nothing is removed within 195 s");
    assert_eq!(serving_at(880.0), 2, "and then it is");
}

/// Where no cookie ties anybody to an instance, the one goes that keeps the fewest states.
#[test]
fn the_autoscaler_removes_whoever_keeps_the_fewest_states() {
    let mut s = Scenario { duration_s: 600.0, ..Scenario::default() };
    s.workload.population = Population::SessionsPerSecond(4.0);
    s.workload.requests_per_session = Dist::Geometric(10.0);
    s.workload.think_ms = Dist::Exponential(1000.0);
    s.workload.service_ms = Dist::Exponential(50.0);
    s.workload.bursts = vec![Burst { at_s: 60.0, factor: 4.0, for_s: 60.0 }];
    s.session.timeout_s = Some(60.0);
    s.balancer.policy = Policy::Random;
    s.autoscaler.mode = ScaleMode::Utilisation;
    s.autoscaler.max = 12;
    s.autoscaler.down_after_s = 30.0;
    let mut kept = std::collections::BTreeMap::<u16, std::collections::BTreeSet<(u64, u32)>>::new();
    let mut present = std::collections::BTreeSet::<u64>::new();
    let mut up = std::collections::BTreeSet::<u16>::new();
    let mut removed = 0;
    for event in events(&s, Home::Memory, &[]) {
        match event.what {
            What::SessionStarted { session, .. } => drop(present.insert(session)),
            What::SessionLeft { session, .. } => drop(present.remove(&session)),
            What::Stored { session, place: Place::Instance(id), login, .. } => {
                kept.entry(id).or_default().insert((session, login));
            }
            // Whoever is told that it is unknown asks for it no more.
            What::Ended { session, outcome: Outcome::Lost, .. } => {
                kept.values_mut().for_each(|kept| kept.retain(|&(of, _)| of != session));
            }
            What::Dropped { session, place: Place::Instance(id), login, .. } => {
                kept.entry(id).or_default().remove(&(session, login));
            }
            What::Instance { instance, health: Health::Up, .. } => drop(up.insert(instance)),
            What::Instance { instance, health, .. } => {
                let count = |id: u16| {
                    let kept = kept.get(&id).into_iter().flatten();
                    kept.filter(|(session, _)| present.contains(session)).count()
                };
                if health == Health::Draining {
                    let least = up.iter().map(|&id| count(id)).min();
                    assert_eq!(Some(count(instance)), least, "{instance} at {}", event.at);
                    removed += 1;
                }
                up.remove(&instance);
            }
            _ => {}
        }
    }
    assert!(removed >= 3, "{removed}");
}

/// Visits on chairs: never more than one a chair but for an open last request, however slow the service; between two of
/// them it is empty, also when the run begins.
#[test]
fn a_fixed_population_stays_fixed() {
    let mut s = plain();
    s.workload.population = Population::Users(20);
    s.workload.requests_per_session = Dist::Uniform(3.0, 8.0);
    s.workload.think_ms = Dist::Exponential(500.0);
    let log = events(&s, Home::Sticky, &[(20.0, "kill 1"), (30.0, "slow 2 x20")]);
    let mut present = std::collections::BTreeMap::<u64, i32>::new();
    let mut logins = 0;
    for event in &log {
        match event.what {
            What::SessionStarted { session, .. } => *present.entry(session % 20).or_default() += 1,
            What::SessionLeft { session, .. } => *present.entry(session % 20).or_default() -= 1,
            What::Issued { purpose: RequestKind::Login, .. } => logins += 1,
            _ => {}
        }
        assert!(present.values().all(|&visits| (0..=2).contains(&visits)));
    }
    assert!(logins > 100, "visits follow one another: {logins}");
    (s.workload.population, s.duration_s) = (Population::Users(1000), 0.0);
    let warm = |event: &&Event| matches!(event.what, What::SessionStarted { warm: true, .. });
    let there = events(&s, Home::Sticky, &[]).iter().filter(warm).count();
    // Five and a half turns, and one more to think.
    assert!((810..880).contains(&there), "{there}");
    assert!(present.values().sum::<i32>() <= 24);
}

/// What restarts gets traffic again once so many checks in a row have found it well, and not a check sooner.
#[test]
fn an_instance_is_believed_in_again_after_its_number_of_good_checks() {
    for rise in [1, 2, 4] {
        let mut s = plain();
        s.balancer.rise = rise;
        let (mut good, mut returns) = (0, Vec::new());
        for event in events(&s, Home::Token, &[(10.0, "kill 2"), (30.0, "restart 2")]) {
            match event.what {
                What::Checked { instance: 2, ok } => good = if ok { good + 1 } else { 0 },
                What::Believed { instance: 2, up: true, .. } if event.at > Nanos::from_secs(30.0) => returns.push(good),
                _ => {}
            }
        }
        assert_eq!(returns, [rise]);
    }
}

/// A dead instance that is still believed in has its turns, and whoever it refuses goes on to the next in turn; those who are
/// left share evenly what comes to them at first.
#[test]
fn whoever_follows_the_dead_keeps_its_turns() {
    let mut s = plain();
    s.workload.population = Population::Users(20);
    s.instance.count = 6;
    s.balancer.policy = Policy::RoundRobin;
    s.balancer.check_interval_ms = None;
    let log = events(&s, Home::Token, &[(5.0, "kill 2")]);
    let mut firsts = [0; 7];
    for event in log.iter().filter(|event| event.at > Nanos::from_secs(5.0)) {
        if let What::Routed { instance, nth: 1, .. } = event.what {
            firsts[usize::from(instance)] += 1;
        }
    }
    let [_, counts @ ..] = firsts;
    let (least, most) = (counts.iter().min().unwrap(), counts.iter().max().unwrap());
    assert!(*least > 20 && most - least <= 1, "{counts:?}");
}

/// What peers sent occupies workers as requests do, and so do new connections: so many, each for so long.
#[test]
fn workers_are_busy_with_more_than_requests() {
    let busy_s = |s: &Scenario, home: Home| {
        let report = run_headless(s, home, &AtomicBool::new(false), None).expect("no log to write").report;
        let workers = f64::from(s.instance.workers);
        report.instances.iter().map(|it| it.busy_ratio.expect("it was up") * workers * s.duration_s).sum::<f64>()
    };
    let occupied = |s: &Scenario, home: Home, work: Work| {
        let is = |event: &&Event| matches!(event.what, What::Occupied { work: of, begun: true, .. } if of == work);
        events(s, home, &[]).iter().filter(is).count() as f64
    };
    let mut s = plain();
    s.duration_s = 20.0;
    s.workload.write_ratio = 1.0;
    s.workload.service_ms = Dist::Fixed(0.0);
    s.workload.login_ms = Some(Dist::Fixed(0.0));
    s.replication.apply_us = 2000.0;
    let (busy, applied) = (busy_s(&s, Home::ReplicateAll), occupied(&s, Home::ReplicateAll, Work::Apply));
    assert!(applied > 1000.0 && (busy / (applied * 2e-3) - 1.0).abs() < 0.01, "{applied} writes, busy {busy} s");

    let mut s = sockets();
    s.warm_start = false;
    s.workload.population = Population::SessionsPerSecond(50.0);
    s.workload.requests_per_session = Dist::Fixed(1.0);
    s.workload.service_ms = Dist::Fixed(0.0);
    s.workload.login_ms = Some(Dist::Fixed(0.0));
    s.connection.handshake_ms = 4.0;
    let (busy, accepted) = (busy_s(&s, Home::Memory), occupied(&s, Home::Memory, Work::Handshake));
    assert!(accepted > 1000.0 && (busy / (accepted * 4e-3) - 1.0).abs() < 0.01, "{accepted} lines, busy {busy} s");
}

/// A new instance carries its share at once where any request may go there, and under cookies only when the visits that it was
/// not there for are over: its part is (1 − e^(−t/D))/(N+1), which is 80 % of its share at t = D·ln 5.
#[test]
fn a_new_instance_carries_its_share_when_old_visits_are_over() {
    let absorbed = |home: Home| {
        let mut s = Scenario { duration_s: 200.0, ..Scenario::default() };
        s.workload.population = Population::SessionsPerSecond(100.0);
        s.workload.requests_per_session = Dist::Geometric(20.0);
        s.workload.think_ms = Dist::Exponential(1000.0);
        s.workload.service_ms = Dist::Fixed(0.1);
        s.workload.login_ms = Some(Dist::Fixed(0.1));
        (s.network.client_ms, s.network.backend_ms) = (Dist::Fixed(0.0), Dist::Fixed(0.0));
        s.balancer.policy = Policy::Random;
        (s.instance.count, s.instance.start_ms) = (4, 5000.0);
        // Whoever is up is believed in at once.
        s.balancer.check_interval_ms = None;
        s.schedule([TimedCommand { at_s: 100.0, command: Command::Add }]);
        let report = run_headless(&s, home, &AtomicBool::new(false), None).expect("no log to write").report;
        assert!(report.instances[..4].iter().all(|it| it.absorbed_s.is_none()), "they were there when it began");
        report.instances[4].absorbed_s.expect("it carries its share in time")
    };
    // A visit has 20 requests on average, with a second between them; and a window is a second long.
    let after_s = 19.0 * (std::f64::consts::LN_10 - std::f64::consts::LN_2);
    let (anywhere, tied) = (absorbed(Home::Token), absorbed(Home::Sticky));
    assert!(anywhere < 1.5, "{anywhere} s: the first window");
    assert!((tied / after_s - 1.0).abs() < 0.2, "{tied} s of {after_s}");
}

/// Whoever is known by the connection sends no cookie.
#[test]
fn a_connection_needs_no_cookie() {
    for (transport, bytes) in [("connection", false), ("request", true)] {
        let mut s = sockets();
        s.set(&format!("workload.transport=\"{transport}\"")).expect("a field");
        for home in [Home::Sticky, Home::Store] {
            let context = events(&s, home, &[]).into_iter().filter_map(|event| match event.what {
                What::Sent { context_bytes, .. } => Some(context_bytes),
                _ => None,
            });
            assert_eq!(context.max(), Some(if bytes { 32 } else { 0 }), "{home} by {transport}");
        }
    }
}

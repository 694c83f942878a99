//! Wherever one goes, it is as in a fresh run to that instant.

use super::*;
use crate::event::Event;
use crate::ledger::Events;
use crate::sim::World;
use proptest::prelude::*;
use std::fmt::Write as _;

/// Everything that can be seen of a world.
fn sight(arm: &Arm, scenario: &Scenario, at: Nanos) -> String {
    let report = arm.ledger.report(scenario, arm.home, at, Events { count: arm.events(), sha256: String::new() });
    let mut sight = serde_json::to_string(&report).unwrap();
    let events: Vec<_> = arm.journal.iter().collect();
    write!(sight, "{:?}{:?}{:?}{:?}", arm.scene, events, arm.series, arm.story).unwrap();
    sight
}

fn fresh(scenario: &Arc<Scenario>, homes: &[Home], commands: &[(Nanos, Command)], at: Nanos) -> Experiment {
    let mut experiment = Experiment::new(scenario.clone(), homes);
    for &(when, command) in commands.iter().filter(|&&(when, _)| when <= at) {
        experiment.run_until(when);
        experiment.carry_out(command);
    }
    experiment.run_until(at);
    experiment
}

/// Holds the present of a timeline against a fresh run.
fn compare(timeline: &Timeline, scenario: &Arc<Scenario>, homes: &[Home]) {
    let now = timeline.now();
    let fresh = fresh(scenario, homes, timeline.plan(), now);
    assert_eq!(timeline.present().commands(), fresh.commands());
    for &home in homes {
        let (seen, wanted) = (timeline.present().arm(home).unwrap(), fresh.arm(home).unwrap());
        assert!(sight(seen, scenario, now) == sight(wanted, scenario, now), "{home} at {now:?}");
    }
}

const fn secs(at: f64) -> Nanos {
    Nanos((at * 1e9) as u64)
}

#[test]
fn any_instant_is_as_it_was_in_every_home() {
    let scenario = Arc::new(Scenario::load("classroom").unwrap());
    let mut timeline = Timeline::new(scenario.clone(), &Home::ALL);
    for (at, command) in [(22.0, "kill 2"), (22.0, "add"), (31.0, "restart 2"), (40.0, "burst x3 5s")] {
        timeline.run_until(secs(at));
        timeline.command(command.parse().unwrap()).unwrap();
    }
    timeline.run_until(secs(70.0));
    for at in [69.9, 3.0, 22.0, 21.999, 55.5, 0.0, 40.0, 70.0, 80.0, 31.0] {
        assert_eq!(timeline.go(Goal::At(secs(at))), None);
        assert_eq!(timeline.finish(), Some(Arrival::There));
        assert_eq!((timeline.now(), timeline.rewound()), (secs(at), secs(at) < timeline.newest()));
        compare(&timeline, &scenario, &Home::ALL);
    }
    timeline.go(Goal::At(secs(30.0)));
    timeline.finish();
    for at in [30.5, 45.0, 79.0, 95.0] {
        timeline.run_until(secs(at));
        compare(&timeline, &scenario, &Home::ALL);
    }
    assert!(!timeline.rewound() && timeline.plan().len() == 4);
}

#[test]
fn what_is_looked_for_is_found_where_it_was_forwards_and_back() {
    let scenario = Arc::new(Scenario::load("classroom").unwrap());
    let mut timeline = Timeline::new(scenario.clone(), &[Home::Sticky]);
    timeline.run_until(secs(22.0));
    timeline.command("kill 2".parse().unwrap()).unwrap();
    timeline.run_until(secs(120.0));
    let mut all = World::new(&scenario, Home::Sticky);
    let mut log: Vec<Event> = Vec::new();
    let mut write = |event: &Event| log.push(*event);
    all.run_until(secs(22.0), &mut write);
    all.command("kill 2".parse().unwrap(), &mut write).unwrap();
    all.run_until(secs(120.0), &mut write);
    for look in [Look::Failure, Look::Hop, Look::Event] {
        let mut expected: Vec<Nanos> = log.iter().filter(|event| look.sees(event)).map(|event| event.at).collect();
        expected.dedup();
        expected.retain(|at| look == Look::Failure || (secs(20.0)..=secs(30.0)).contains(at));
        assert!(expected.len() > 3, "{look:?} {}", expected.len());
        timeline.go(Goal::At(if look == Look::Failure { Nanos::ZERO } else { Nanos(expected[0].0 - 1) }));
        timeline.finish();
        for &at in &expected {
            timeline.go(Goal::Next(look, Home::Sticky));
            assert_eq!((timeline.finish(), timeline.now()), (Some(Arrival::There), at), "{look:?}");
        }
        compare(&timeline, &scenario, &[Home::Sticky]);
        for &at in expected.iter().rev().skip(1) {
            let gone = timeline.go(Goal::Previous(look, Home::Sticky)).or_else(|| timeline.finish());
            assert_eq!((gone, timeline.now()), (Some(Arrival::There), at), "{look:?}");
        }
        compare(&timeline, &scenario, &[Home::Sticky]);
        if look == Look::Failure {
            let goal = Goal::Previous(look, Home::Sticky);
            assert_eq!(timeline.go(goal).or_else(|| timeline.finish()), Some(Arrival::Nowhere(goal)));
        }
    }
    assert_eq!(timeline.go(Goal::Newest).or_else(|| timeline.finish()), Some(Arrival::There));
    assert!(!timeline.rewound() && timeline.now() >= secs(120.0));
}

#[test]
fn a_command_in_the_past_makes_the_future_a_ghost_and_so_does_undo() {
    let scenario = Arc::new(Scenario::load("classroom").unwrap());
    let homes = [Home::Token, Home::Sticky];
    let mut timeline = Timeline::new(scenario.clone(), &homes);
    timeline.run_until(secs(22.0));
    timeline.command("kill 2".parse().unwrap()).unwrap();
    timeline.run_until(secs(50.0));
    let was = sight(timeline.present().arm(Home::Sticky).unwrap(), &scenario, secs(50.0));
    timeline.go(Goal::At(secs(30.0)));
    timeline.finish();
    timeline.command("hang 1".parse().unwrap()).unwrap();
    let ghost = timeline.ghost().unwrap().clone();
    assert_eq!((ghost.from, ghost.until, ghost.commands.len(), ghost.arms.len()), (secs(30.0), secs(50.0), 0, 2));
    let sticky = ghost.arms.iter().find(|arm| arm.home == Home::Sticky).unwrap();
    assert!(was.contains(&format!("{:?}", sticky.series)), "the ghost is the future that was");
    assert!(!timeline.rewound());
    timeline.run_until(secs(60.0));
    compare(&timeline, &scenario, &homes);
    assert_eq!(timeline.go(Goal::Undo), None);
    assert_eq!(timeline.finish(), Some(Arrival::Undone("hang 1".parse().unwrap(), 0)));
    assert_eq!((timeline.now(), timeline.rewound(), timeline.plan().len()), (secs(30.0), false, 1));
    let ghost = timeline.ghost().unwrap();
    assert_eq!(
        (ghost.from, ghost.until, ghost.commands.as_slice()),
        (secs(30.0), secs(60.0), &["hang 1".parse().unwrap()][..])
    );
    compare(&timeline, &scenario, &homes);
    timeline.go(Goal::Undo);
    timeline.finish();
    assert_eq!(timeline.go(Goal::Undo), Some(Arrival::Nowhere(Goal::Undo)));
}

#[test]
fn checkpoints_stay_within_their_budget_and_change_nothing() {
    let mut scenario = Scenario::load("cart").unwrap();
    scenario.set("workload.sessions_per_s=2").unwrap();
    let scenario = Arc::new(scenario);
    let homes = [Home::Store, Home::ReplicateAll];
    let budget = 20 << 20;
    let mut timeline = Timeline::new(scenario.clone(), &homes);
    timeline.set_budget(budget);
    for second in 1..=300 {
        timeline.run_until(secs(f64::from(second)));
        assert!(timeline.past.size().1 <= budget);
    }
    assert!(timeline.checkpoints().0 > 4, "{:?}", timeline.checkpoints());
    // Just after a checkpoint, too: its journal is forgotten.
    let points: Vec<Nanos> = timeline.past.of(Home::Store).map(|(point, _)| point.at + secs(5.0)).collect();
    for at in points.into_iter().chain([299.9, 120.0, 7.0, 260.0].map(secs)) {
        timeline.go(Goal::At(at));
        timeline.finish();
        assert!(timeline.past.size().1 <= budget);
        compare(&timeline, &scenario, &homes);
    }
}

#[test]
fn two_futures_are_what_two_runs_are() {
    let scenario = Arc::new(Scenario::load("classroom").unwrap());
    let mut timeline = Timeline::new(scenario.clone(), &[Home::Sticky]);
    timeline.run_until(secs(38.1));
    timeline.command("kill 2".parse().unwrap()).unwrap();
    timeline.run_until(secs(45.0));
    let kill: Command = "kill 2".parse().unwrap();
    let changes = Change::possible(&timeline, Home::Sticky);
    assert_eq!(changes[0], Change::Without(kill));
    assert!(changes.contains(&Change::Home(Home::Store)) && !changes.contains(&Change::Replica));
    for change in changes {
        let mut fork = Fork::new(&timeline, Home::Sticky, change).unwrap();
        while fork.travelling() {
            fork.travel(secs(1.3));
        }
        for at in [46.0, 70.0, 50.0, 60.0] {
            fork.seek(secs(at));
            while fork.travelling() {
                fork.travel(secs(2.9));
            }
            let [first, second] = fork.arms();
            let was = fresh(&scenario, &[Home::Sticky], timeline.plan(), secs(at));
            assert!(sight(first, &scenario, secs(at)) == sight(&was.arms()[0], &scenario, secs(at)), "{change}");
            let (commands, home) = match change {
                Change::Without(_) => (vec![], Home::Sticky),
                Change::With(command) => (vec![(secs(38.1), kill), (secs(45.0), command)], Home::Sticky),
                Change::Home(home) => (vec![(secs(38.1), kill)], home),
                Change::Replica => unreachable!("there is no store"),
            };
            let would = fresh(&scenario, &[home], &commands, secs(at));
            assert!(sight(second, &scenario, secs(at)) == sight(&would.arms()[0], &scenario, secs(at)), "{change}");
        }
        if change == Change::Without(kill) {
            let differs = fork.differs().expect("the kill has cost somebody something");
            assert!(!differs.first.0.useful() && differs.second.0.useful(), "{differs:?}");
        }
    }
}

#[test]
fn what_was_done_in_both_futures_stays_done() {
    let scenario = Arc::new(Scenario::load("classroom").unwrap());
    let homes = [Home::Token, Home::Sticky];
    let mut timeline = Timeline::new(scenario.clone(), &homes);
    timeline.run_until(secs(30.0));
    timeline.command("kill 2".parse().unwrap()).unwrap();
    timeline.run_until(secs(35.0));
    let mut fork = Fork::new(&timeline, Home::Sticky, Change::Without("kill 2".parse().unwrap())).unwrap();
    while fork.travelling() {
        fork.travel(secs(1.0));
    }
    fork.run_until(secs(40.0));
    fork.command("hang 1".parse().unwrap()).unwrap();
    fork.run_until(secs(44.0));
    timeline.rejoin(fork);
    assert_eq!((timeline.now(), timeline.plan().len(), timeline.rewound()), (secs(44.0), 2, false));
    timeline.send_for(Home::Token);
    timeline.finish();
    compare(&timeline, &scenario, &homes);
    timeline.go(Goal::At(secs(33.0)));
    timeline.finish();
    compare(&timeline, &scenario, &homes);
}

#[test]
fn whoever_looks_for_a_quiet_instant_carries_nothing_out_that_is_planned() {
    let mut timeline = Timeline::new(Arc::new(Scenario::load("classroom").unwrap()), &[Home::Sticky]);
    timeline.run_until(secs(30.0));
    timeline.find_quiet();
    timeline.command("kill 2".parse().unwrap()).unwrap();
    timeline.run_until(secs(35.0));
    timeline.go(Goal::At(secs(30.0)));
    timeline.finish();
    let mut fork = Fork::new(&timeline, Home::Sticky, Change::With("kill 1".parse().unwrap())).unwrap();
    while fork.travelling() {
        fork.travel(secs(1.0));
    }
    fork.find_quiet();
    fork.command("hang 3".parse().unwrap()).unwrap();
    assert_eq!(fork.commands().len(), 1, "only the new one, in the future as it was");
    timeline.find_quiet();
    assert_eq!((timeline.now() > secs(30.0), timeline.present().commands().len()), (true, 0));
    timeline.command("hang 3".parse().unwrap()).unwrap();
    assert_eq!(timeline.plan().len(), 1);
}

#[test]
fn what_was_planned_amid_other_events_leaves_no_trace_once_it_is_replaced() {
    let scenario = Arc::new(Scenario::load("classroom").unwrap());
    let homes = [Home::Sticky];
    let mut timeline = Timeline::new(scenario.clone(), &homes);
    timeline.run_until(secs(30.0));
    let busy = timeline.next_at().unwrap();
    timeline.run_until(busy);
    timeline.command("kill 2".parse().unwrap()).unwrap();
    timeline.run_until(secs(35.0));
    timeline.go(Goal::At(Nanos(busy.0 - 1)));
    timeline.finish();
    timeline.find_quiet();
    assert!(timeline.now() > busy && timeline.present().commands().is_empty());
    timeline.command("hang 3".parse().unwrap()).unwrap();
    timeline.run_until(secs(40.0));
    for at in [busy, Nanos(busy.0 + 1), secs(33.0), secs(38.0)] {
        timeline.go(Goal::At(at));
        timeline.finish();
        compare(&timeline, &scenario, &homes);
    }
}

/// Without sessions to wait for, a drain is over at the instant at which it begins.
#[test]
fn what_follows_a_command_at_once_is_there_at_once() {
    let scenario = Arc::new(Scenario::load("classroom").unwrap());
    let mut timeline = Timeline::new(scenario.clone(), &[Home::Token]);
    timeline.run_until(Nanos::ZERO);
    timeline.command("drain 2".parse().unwrap()).unwrap();
    compare(&timeline, &scenario, &[Home::Token]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Random commands and instants, in a random home: the present is always a fresh run to that instant.
    #[test]
    fn any_course_through_time_is_exact(
        home in 0..Home::ALL.len(),
        course in proptest::collection::vec((0..6u8, 0.0..60.0f64, 0..Command::FORMS.len()), 1..14),
    ) {
        let homes = [Home::ALL[home]];
        let scenario = Arc::new(Scenario::load("classroom").unwrap());
        let mut timeline = Timeline::new(scenario.clone(), &homes);
        timeline.set_budget(300_000);
        timeline.run_until(Nanos::ZERO);
        for (what, at, form) in course {
            match what {
                0 | 1 => timeline.run_until(secs(at).max(timeline.now())),
                2 => drop(timeline.command(Command::FORMS[form].parse().unwrap())),
                3 => drop(timeline.go(Goal::Undo)),
                _ => drop(timeline.go(Goal::At(secs(at)))),
            }
            timeline.finish();
        }
        compare(&timeline, &scenario, &homes);
    }
}

#[test]
fn a_store_is_killed_only_where_some_world_has_one() {
    let scenario = Arc::new(Scenario::load("classroom").unwrap());
    let kill = "kill store".parse().unwrap();
    let mut without = Experiment::new(scenario.clone(), &[Home::Token, Home::Sticky]);
    assert_eq!(without.command(kill), Err("there is no store in these worlds".into()));
    assert!(without.commands().is_empty());
    let mut with = Experiment::new(scenario, &[Home::Token, Home::Store]);
    assert_eq!(with.command(kill), Ok(()));
    assert_eq!(with.command(kill), Err("the store is down".into()), "and not that the other world has none");
}

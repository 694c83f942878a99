//! Wherever one goes, it is as in a fresh run to that instant.

use super::*;
use crate::report::Events;
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

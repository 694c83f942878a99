//! The shipped scenarios, cut down to a few seconds of traffic with every kind of command in them.

use statelab::scenario::{Scenario, TimedCommand};

/// Changes to a shipped scenario, and what happens in it.
struct Cut {
    name: &'static str,
    set: &'static [&'static str],
    commands: &'static [(f64, &'static str)],
}

const CUTS: &[Cut] = &[
    Cut {
        name: "classroom",
        set: &["duration_s=120"],
        commands: &[(20.0, "kill 2"), (35.0, "restart 2"), (50.0, "hang 1"), (75.0, "heal"), (80.0, "kill store")],
    },
    Cut {
        name: "rest",
        set: &["duration_s=40", "workload.bursts=[{ at_s = 20, factor = 3, for_s = 10 }]", "instance.start_ms=5000"],
        commands: &[(5.0, "kill 2"), (12.0, "partition 1"), (16.0, "heal"), (18.0, "restart 2"), (30.0, "drain 3")],
    },
    Cut {
        name: "chat",
        set: &["duration_s=12", "workload.users=60"],
        commands: &[(4.0, "kill 2"), (7.0, "restart 2"), (8.0, "hang 3")],
    },
    Cut {
        name: "cart",
        set: &["duration_s=150", "instance.start_ms=4000", "instance.drain_s=5", "workload.think_ms=4000"],
        commands: &[(20.0, "kill 2"), (40.0, "kill store"), (60.0, "deploy"), (70.0, "slow 1 x4")],
    },
    Cut {
        name: "serverless",
        set: &[
            "duration_s=40",
            "workload.bursts=[{ at_s = 0, factor = 0, for_s = 5 }, { at_s = 20, factor = 0, for_s = 20 }]",
            "autoscaler.idle_stop_s=5",
        ],
        commands: &[(8.0, "kill 2"), (10.0, "hang 5"), (15.0, "heal")],
    },
    Cut { name: "queue", set: &["duration_s=3000"], commands: &[(500.0, "slow 1 x2"), (900.0, "heal")] },
    Cut { name: "cluster", set: &["duration_s=8", "workload.users=400"], commands: &[(3.0, "kill 3")] },
];

/// All of them.
pub fn scenarios() -> Vec<Scenario> {
    CUTS.iter().map(cut).collect()
}

fn cut(cut: &Cut) -> Scenario {
    let mut scenario = Scenario::load(cut.name).expect("a shipped scenario");
    for assignment in cut.set {
        scenario.set(assignment).unwrap_or_else(|faults| panic!("{}: {faults}", cut.name));
    }
    let timed = |&(at_s, text): &(f64, &str)| TimedCommand { at_s, command: text.parse().expect("a command") };
    scenario.commands = cut.commands.iter().map(timed).collect();
    scenario.validate().unwrap_or_else(|faults| panic!("{}: {faults}", cut.name));
    scenario
}

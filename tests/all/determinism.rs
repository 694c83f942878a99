//! Same scenario, seed, home and commands: the same events, byte for byte, however the run is sliced, cloned or watched.

use crate::random::{Chance, cases, commands, repeatable, scenario};
use crate::shortened;
use statelab::command::Command;
use statelab::event::{Event, Sink, What};
use statelab::experiment::{Experiment, run_headless};
use statelab::ledger::{EventHash, Events, Ledger, RunReport};
use statelab::scenario::{Home, Population, Scenario};
use statelab::sim::World;
use statelab::units::Nanos;
use std::fmt::Write;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// One line a shortened scenario and home: how many events, and their hash.
const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden.txt");

fn straight(scenario: &Scenario, home: Home) -> Events {
    let run = run_headless(scenario, home, &AtomicBool::new(false), None).expect("nothing is written");
    run.report.events
}

/// Runs in slices of any length, the shortest of one nanosecond.
fn sliced(scenario: &Scenario, home: Home, chance: &mut Chance) -> Events {
    let mut world = World::new(scenario, home);
    let mut hash = EventHash::default();
    let end = Nanos::from_secs(scenario.duration_s);
    while world.now() < end {
        let longest = chance.pick(&[1, 1_000_000, 400_000_000, 9_000_000_000]);
        let until = world.now() + Nanos(1 + chance.below(longest));
        world.run_until(until.min(end), &mut hash);
    }
    hash.figures()
}

#[test]
fn slices_do_not_matter() {
    let mut chance = Chance::new(1);
    for scenario in shortened::scenarios() {
        for home in [Home::Token, Home::Sticky, Home::ReplicateBackup, Home::Store] {
            let (one, many) = (straight(&scenario, home), sliced(&scenario, home, &mut chance));
            assert_eq!(one, many, "{} in {home}", scenario.name);
        }
    }
    for case in cases(20) {
        for home in Home::ALL {
            let scenario = scenario(case);
            repeatable("slices", case, home, || {
                assert_eq!(straight(&scenario, home), sliced(&scenario, home, &mut chance));
            });
        }
    }
}

/// The hashes that stand in `tests/golden.txt`. If a change of the simulation is meant, write them anew with
/// `STATELAB_BLESS=1 cargo test --test all golden`, and say in the commit why they changed.
#[test]
fn hashes_are_the_golden_ones() {
    let mut lines = String::new();
    for scenario in shortened::scenarios() {
        for home in Home::ALL {
            let Events { count, sha256 } = straight(&scenario, home);
            writeln!(lines, "{:<10} {:<16} {count:>7} {sha256}", scenario.name, home.id()).expect("a string");
        }
    }
    if std::env::var_os("STATELAB_BLESS").is_some() {
        std::fs::write(GOLDEN, &lines).expect("the golden file can be written");
    }
    let golden = std::fs::read_to_string(GOLDEN).expect("tests/golden.txt");
    for (now, before) in lines.lines().zip(golden.lines()) {
        assert_eq!(now, before, "if that is meant, see the comment on this test");
    }
    assert_eq!(lines.lines().count(), golden.lines().count());
}

/// Two runs whose figures can be compared whole.
struct Figures {
    ledger: Ledger,
    hash: EventHash,
}

impl Figures {
    fn new() -> Self {
        Self { ledger: Ledger::new(), hash: EventHash::default() }
    }

    fn report(&self, scenario: &Scenario, home: Home, now: Nanos) -> RunReport {
        self.ledger.report(scenario, home, now, self.hash.figures())
    }
}

impl Sink for Figures {
    fn take(&mut self, event: &Event) {
        self.ledger.take(event);
        self.hash.take(event);
    }
}

#[test]
fn a_clone_goes_on_like_its_original() {
    for case in cases(30) {
        let scenario = scenario(case);
        for home in Home::ALL {
            repeatable("clone", case, home, || {
                let mut world = World::new(&scenario, home);
                let mut straight = EventHash::default();
                let script = commands(case);
                let half = script.len() / 2;
                live(&mut world, &mut straight, &script[..half]);
                let (mut fork, mut forked) = (world.clone(), straight.clone());
                live(&mut world, &mut straight, &script[half..]);
                live(&mut fork, &mut forked, &script[half..]);
                assert_eq!(straight.figures(), forked.figures());
            });
        }
    }
}

fn live(world: &mut World, hash: &mut EventHash, script: &[(Nanos, Command)]) {
    for &(at, command) in script {
        world.run_until(at, hash);
        let _refusal = world.command(command, hash);
    }
}

#[test]
fn lockstep_equals_single_runs() {
    for case in cases(12) {
        let scenario = Arc::new(scenario(case));
        let mut experiment = Experiment::new(Arc::clone(&scenario), &Home::ALL);
        let mut singles: Vec<_> =
            Home::ALL.map(|home| (home, World::new(&scenario, home), Figures::new())).into_iter().collect();
        for (at, command) in commands(case) {
            experiment.run_until(at);
            for (_, world, figures) in &mut singles {
                world.run_until(at, figures);
            }
            // A world without a store takes commands to one, and does nothing: that alone makes them possible nowhere.
            let does =
                |home: Home, world: &World| !scenario.misses_store(home, command) && world.possible(command).is_ok();
            let possible = singles.iter().any(|(home, world, _)| does(*home, world));
            assert_eq!(experiment.command(command).is_ok(), possible, "case {case}: {command} at {at}");
            for (_, world, figures) in singles.iter_mut().filter(|_| possible) {
                let _refusal = world.command(command, figures);
            }
        }
        for (home, _, figures) in &singles {
            let arm = experiment.arm(*home).expect("all six run");
            let now = experiment.now();
            let together = arm.ledger.report(&scenario, *home, now, figures.hash.figures());
            assert_eq!(together, figures.report(&scenario, *home, now), "case {case}, {home}");
        }
    }
}

/// What can be seen of an experiment: every arm's figures and its newest events.
fn seen(experiment: &Experiment) -> Vec<(RunReport, Vec<Event>)> {
    let none = || Events { count: 0, sha256: String::new() };
    let of = |arm: &statelab::experiment::Arm| {
        let report = arm.ledger.report(experiment.scenario(), arm.home, experiment.now(), none());
        (report, arm.journal.iter().copied().collect())
    };
    experiment.arms().iter().map(of).collect()
}

#[test]
fn undo_returns_to_just_before_the_last_command() {
    for case in cases(12) {
        let scenario = Arc::new(scenario(case));
        let mut experiment = Experiment::new(scenario, &[Home::Token, Home::Sticky, Home::ReplicateAll]);
        for (at, command) in commands(case).into_iter().take(12) {
            experiment.run_until(at);
            let before = seen(&experiment);
            if experiment.command(command).is_err() {
                continue;
            }
            experiment.run_until(at + Nanos::from_secs(1.5));
            assert_eq!(experiment.undo(), Some(command));
            assert_eq!(experiment.now(), at);
            assert!(before == seen(&experiment), "case {case}: undo of {command} at {at}");
            let _again = experiment.command(command);
        }
    }
}

#[test]
fn an_arm_that_is_begun_late_has_lived_through_everything() {
    for case in cases(12) {
        let scenario = Arc::new(scenario(case));
        let mut early = Experiment::new(Arc::clone(&scenario), &[Home::Token, Home::Store]);
        let mut late = Experiment::new(scenario, &[Home::Token]);
        for (at, command) in commands(case) {
            for experiment in [&mut early, &mut late] {
                experiment.run_until(at);
            }
            // Only commands that both can carry out: a refusal in every arm is forgotten, one in some is not.
            if late.command(command).is_ok() {
                early.command(command).expect("possible in one arm at least");
            }
        }
        let now = early.now();
        late.ensure(Home::Store);
        // What the last command brought about at its own instant is part of an arm's life.
        early.run_until(now);
        let report = |experiment: &Experiment| {
            let arm = experiment.arm(Home::Store).expect("it runs");
            arm.ledger.report(experiment.scenario(), Home::Store, now, Events { count: 0, sha256: String::new() })
        };
        assert_eq!(report(&early), report(&late), "case {case}");
    }
}

#[test]
fn a_request_of_the_cluster_makes_two_entries_of_the_agenda() {
    let mut world = World::new(&Scenario::load("cluster").unwrap(), Home::Token);
    let mut ended = 0_u64;
    let mut sink = |event: &Event| ended += u64::from(matches!(event.what, What::Ended { .. }));
    world.run_until(Nanos::from_secs(2.0), &mut sink);
    let each = world.happened() as f64 / ended as f64;
    assert!((1.9..2.1).contains(&each), "{each} of {ended}");
}

#[test]
fn a_clone_takes_a_few_hundred_bytes_a_visit() {
    let bytes = |users| {
        let mut scenario = Scenario::default();
        scenario.workload.population = Population::Users(users);
        let mut world = World::new(&scenario, Home::Sticky);
        world.run_until(Nanos::from_secs(1.0), &mut |_: &Event| {});
        world.bytes()
    };
    let each = (bytes(11_000) - bytes(1000)) / 10_000;
    assert!((200..600).contains(&each), "{each}");
}

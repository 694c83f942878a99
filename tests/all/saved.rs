//! A saved run is the run that was saved: the same events, in every home.

use super::cli::{Folder, outcome};
use statelab::event::Event;
use statelab::experiment::{Experiment, run_headless};
use statelab::scenario::{Home, Opened, Saved, Seen};
use statelab::units::Nanos;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// The events of what somebody did in the dashboard, at the very instants at which something happens, where they can be hit; and
/// the run, saved.
fn played(opened: &Opened, home: Home) -> (Vec<Event>, Seen, String) {
    let mut experiment = Experiment::new(Arc::new(opened.scenario.clone()), &[home]);
    for (at, command) in
        [(20.0, "kill 2"), (20.0, "add"), (26.5, "burst x3 5s"), (31.25, "restart 2"), (31.25, "hang 1")]
    {
        experiment.run_until(Nanos::from_secs(at));
        let next = experiment.next_at().expect("something is always about to happen");
        experiment.run_until(next);
        experiment.settle();
        experiment.command(command.parse().unwrap()).unwrap();
    }
    experiment.run_until(Nanos(42_123_456_789));
    let seen = Seen { home, beside: if home.stateful() { home } else { Home::Store }, until: experiment.now() };
    let origin = opened.origin.with(experiment.commands());
    let events = experiment.arm(home).unwrap().journal.iter().copied().collect();
    let saved = Saved { origin, seed: opened.scenario.seed, seen };
    (events, seen, saved.to_toml(&opened.scenario, experiment.commands()).unwrap())
}

#[test]
fn a_saved_run_comes_to_the_same_events_in_every_home() {
    let opened = Opened::load("classroom").unwrap();
    for home in Home::ALL {
        let (events, seen, text) = played(&opened, home);
        let again = Opened::from_toml("x", "x.toml", &text).unwrap();
        assert_eq!(again.seen, Some(seen));
        let mut log = Vec::new();
        let run = run_headless(&again.scenario, home, &AtomicBool::new(false), Some(&mut log)).unwrap();
        assert!(run.rejected.is_empty());
        // Its first line says the schema besides.
        let log = String::from_utf8(log).unwrap().replacen("\"schema\":\"statelab.events/1\",", "", 1);
        let log: Vec<&str> = log.lines().collect();
        let lines: Vec<String> = events.iter().map(|event| serde_json::to_string(event).unwrap()).collect();
        assert_eq!(run.report.events.count, events.last().unwrap().seq, "{home}");
        assert_eq!(log[log.len() - lines.len()..], lines, "{home}");
        assert!(lines.len() > 250, "{home}: {}", lines.len());
    }
}

#[test]
fn run_takes_a_saved_run_as_it_takes_the_same_on_the_command_line() {
    let folder = Folder::new("saved-run");
    let file = folder.file(
        "kill.toml",
        "run = \"statelab.saved/1\"\nscenario = \"classroom\"\nhome = \"store\"\nseed = 9\nuntil_s = 45.5\n\
         set = [\"instance.count=4\", \"balancer.policy=round-robin\"]\n\n\
         [[command]]\nat_s = 30.000000001\ndo = \"kill 2\"\n",
    );
    let line = "run classroom --seed 9 --duration 45.5s --instances 4 --policy round-robin --format json";
    for home in Home::ALL.map(Home::id) {
        let told: Vec<&str> = line.split(' ').chain(["--home", home, "--do", "30.000000001s kill 2"]).collect();
        assert_eq!(outcome(&["run", &file, "--home", home, "--format", "json"]), outcome(&told), "{home}");
    }
    assert!(outcome(&["run", &file, "--format", "json"]).1.contains("\"home\": \"store\""), "its own home");
    assert_eq!(outcome(&["check", &file]), (0, format!("{file}: ok, a run of \"Classroom\"\n"), String::new()));
}

#[test]
fn a_broken_saved_run_is_told_line_column_and_hint() {
    let folder = Folder::new("saved-bad");
    let file = folder
        .file("bad.toml", "run = \"statelab.saved/1\"\nscenario = \"classrom\"\nhome = \"sticky\"\nuntil_s = 9\n");
    let (code, _, err) = outcome(&["run", &file]);
    assert_eq!(code, 2);
    for words in [
        format!("{file}:2:12: "),
        "did you mean `classroom`".into(),
        format!("{file}:1:1: this saved run lacks `seed`"),
    ] {
        assert!(err.contains(&words), "{words}\n{err}");
    }
    let newer = folder.file("newer.toml", "run = \"statelab.saved/2\"\n");
    assert!(outcome(&["check", &newer]).1.contains("it reads statelab.saved/1"));
    assert_eq!(outcome(&["check", &file]).0, 1);
}

//! What is said when the dashboard is left: what ran, what it cost, and how to have it again.

use super::snapshot::{ArmView, Snapshot};
use crate::scenario::{Home, Instant, LONGEST_S, Scenario, TimedCommand};
use crate::text::{plural, quoted};
use std::fmt::Write;

/// The words on the command line that led here, from the scenario on: without seed and length.
pub type Call = Vec<String>;

/// The summary; none where nothing has happened yet. Its command line comes to the figures above it; there is none if what
/// ran last was not the scenario that `call` leads to, but a lesson's.
#[must_use]
pub fn farewell(snapshot: &Snapshot, shown: Home, call: &Call, opened: &Scenario) -> Option<String> {
    if snapshot.now.0 == 0 || snapshot.arms.is_empty() {
        return None;
    }
    let given = snapshot.history.len() as u32;
    let known = snapshot.times.newest.map_or(String::new(), |newest| format!(" of {:.1} s", newest.secs()));
    let mut out = format!(
        "{}, seed {}: {:.1} s{known} simulated, {given} {} of yours\n",
        snapshot.scenario.title,
        snapshot.scenario.seed,
        snapshot.now.secs(),
        plural("command", given),
    );
    // A String takes whatever is written to it.
    let worlds = worlds(snapshot);
    let width = worlds.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
    for (name, arm) in &worlds {
        let _ = writeln!(out, "  {name:width$}  {}", outcome(arm));
    }
    if snapshot.now.secs() > LONGEST_S {
        return Some(out);
    }
    if *snapshot.scenario != (Scenario { seed: snapshot.scenario.seed, ..opened.clone() }) {
        return Some(out);
    }
    let (shown, others) = match &snapshot.fork {
        // The commands are those of the first future.
        Some(fork) => (fork.homes[0], " (as it was)".to_owned()),
        None => {
            let other = snapshot.arms.iter().map(|arm| arm.home).find(|home| *home != shown);
            (shown, other.map_or(String::new(), |other| format!(" (the other world: --home {other})")))
        }
    };
    let _ = writeln!(out, "The same again without a screen{others}:");
    let _ = writeln!(out, "  {}", again(snapshot, shown, call));
    Some(out)
}

/// How a lesson is taken up where it was left.
#[must_use]
pub fn go_on(lesson: &str) -> String {
    format!("Go on with `statelab lesson {lesson}`\n")
}

/// What ran, with its name: the worlds, or both futures of one.
fn worlds(snapshot: &Snapshot) -> Vec<(String, &ArmView)> {
    match (&snapshot.fork, snapshot.futures(false)) {
        (Some(fork), Some([was, would])) => {
            vec![(format!("{}, as it was", was.home), was), (format!("{}, {}", would.home, fork.change), would)]
        }
        _ => snapshot.arms.iter().map(|arm| (arm.home.to_string(), arm)).collect(),
    }
}

fn outcome(arm: &ArmView) -> String {
    let (sessions, outcomes) = (&arm.figures.sessions, &arm.figures.requests.outcomes);
    let failed = outcomes.failed();
    let unknown = if outcomes.lost > 0 { format!(", {} of them found no state", outcomes.lost) } else { String::new() };
    format!(
        "{} of {} sessions lost, {failed} of {} requests failed{unknown}",
        sessions.lost,
        sessions.created,
        outcomes.total(),
    )
}

/// The command line that repeats the run.
fn again(snapshot: &Snapshot, shown: Home, call: &Call) -> String {
    let mut words: Vec<String> = vec!["statelab".into(), "run".into()];
    words.extend(call.iter().cloned());
    let mut option = |name: &str, value: String| words.extend([name.to_owned(), value]);
    option("--home", shown.id().into());
    option("--seed", snapshot.scenario.seed.to_string());
    option("--duration", format!("{}s", Instant(snapshot.now)));
    for &(at, command) in &snapshot.history {
        option("--do", TimedCommand { at_s: at.secs(), command }.to_string());
    }
    words.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" ")
}

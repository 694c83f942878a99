//! `statelab list`: what comes with the program, a line each.

use super::{Failure, output};
use statelab::challenge::{self, Challenge};
use statelab::lesson::{self, Lesson};
use statelab::scenario::{self, Scenario};
use std::process::ExitCode;

/// Prints the list.
pub(super) fn list() -> Result<ExitCode, Failure> {
    let mut scenarios = Vec::new();
    for shipped in scenario::shipped() {
        let about = Scenario::load(shipped.name)?.about;
        let first = about.split_inclusive(['.', ':']).next().unwrap_or("").trim_end_matches(['.', ':']);
        scenarios.push((shipped.name, first.to_owned()));
    }
    let mut lessons = Vec::new();
    for shipped in lesson::shipped() {
        lessons.push((shipped.name, Lesson::load(shipped.name)?.question));
    }
    let mut challenges = Vec::new();
    for shipped in challenge::shipped() {
        challenges.push((shipped.name, Challenge::load(shipped.name)?.title));
    }
    let out = format!(
        "Scenarios: statelab NAME\n{}\nLessons: statelab lesson NAME\n{}\nChallenges: statelab challenge NAME\n{}",
        lines(&scenarios),
        lines(&lessons),
        lines(&challenges)
    );
    output::print(&out)?;
    Ok(ExitCode::SUCCESS)
}

fn lines(rows: &[(&str, String)]) -> String {
    let longest = rows.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    rows.iter().map(|(name, about)| format!("  {name:longest$}  {about}\n")).collect()
}

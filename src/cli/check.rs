//! `statelab check`: every fault of every file.

use super::{Failure, complain_of, late_commands, output};
use statelab::challenge::Challenge;
use statelab::kind::Kind;
use statelab::lesson::{Lesson, Sheet, play};
use statelab::scenario::{Fault, Faults, Opened, open_file, printable, read_file};
use std::fmt::Write;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

/// Ends with 1 if a file has a fault; files that are not there are a mistake in the command line.
pub(super) fn check(files: &[String]) -> Result<ExitCode, Failure> {
    let mut out = String::new();
    let mut code = ExitCode::SUCCESS;
    let mut missing = Vec::new();
    for file in files {
        if let Err(error) = open_file(file) {
            let hint = if Path::new(file).is_dir() { "name the files in it" } else { "check the path" };
            missing.push(format!("{file} cannot be read: {error}; {hint}"));
            continue;
        }
        let name = Path::new(file).file_stem().map_or_else(|| file.into(), |stem| stem.to_string_lossy());
        let line = match read_file(file).and_then(|text| examine(&name, file, &text)) {
            Ok(what) => writeln!(out, "{}: ok, {what}", printable(file)),
            Err(faults) => {
                code = ExitCode::FAILURE;
                writeln!(out, "{faults}")
            }
        };
        line.map_err(|_| Failure::Usage("the result cannot be put into words".into()))?;
    }
    output::print(&out)?;
    if missing.is_empty() { Ok(code) } else { Err(Failure::of_lines(&missing)) }
}

/// What is in a file. A lesson is played, too: whatever it says and calls right must be true. So is a challenge, with
/// every design that its author says reaches it, or does not.
fn examine(name: &str, file: &str, text: &str) -> Result<String, Faults> {
    if Kind::declared(text) == Some(Kind::Lesson) {
        let lesson = Arc::new(Lesson::from_toml(name, file, text)?);
        return match play(&lesson, &Sheet::default()) {
            Ok(_) => Ok(format!("a lesson, \"{}\"", lesson.title)),
            Err(error) => Err(error.in_file(&lesson, file, text)),
        };
    }
    if Kind::declared(text) == Some(Kind::Challenge) {
        let challenge = Challenge::from_toml(name, file, text)?;
        return match challenge.prove() {
            Ok(()) => Ok(format!("a challenge, \"{}\"", challenge.title)),
            Err(error) => Err(Fault::of(file, error.to_string(), None).into()),
        };
    }
    Opened::from_toml(name, file, text).map(|Opened { scenario, seen, .. }| {
        if seen.is_some() {
            return format!("a run of \"{}\"", scenario.title);
        }
        let (opens, ends) = (scenario.open_at_s, scenario.duration_s);
        let opens_late = (opens > ends).then(|| format!("`open_at_s` {opens} comes after the end at {ends} s"));
        let late = late_commands(&scenario).map(|late| format!("{late}; a longer `duration_s` reaches it"));
        complain_of(late.chain(opens_late).map(|late| format!("warning: {file}: {late}")));
        format!("\"{}\"", scenario.title)
    })
}

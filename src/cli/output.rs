//! Where results go when no file is named, how they are written there, and what is said when they cannot be.

use super::Failure;
use serde::Serialize;
use statelab::report::Format;
use std::io::{self, ErrorKind, IsTerminal, Write};
use std::process::ExitCode;

/// The formats of what is no report of a study.
pub(super) const FORMATS: [Format; 2] = [Format::Text, Format::Json];

/// What suits whoever reads stdout: people at a terminal, programs elsewhere.
pub(super) fn fitting() -> Format {
    if io::stdout().is_terminal() { Format::Text } else { Format::Json }
}

/// As indented JSON, with a newline at its end.
pub(super) fn json(what: &impl Serialize) -> Result<String, Failure> {
    let text = serde_json::to_string_pretty(what).map_err(|error| Failure::Usage(error.to_string()))?;
    Ok(text + "\n")
}

/// Prints all that was asked for.
pub(super) fn say(text: &str) -> Result<ExitCode, Failure> {
    print(text).map(|()| ExitCode::SUCCESS)
}

/// Prints to stdout.
pub(super) fn print(text: &str) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()).map_err(|error| failure("stdout", &error))
}

/// What could not be written, and why.
pub(super) fn failure(what: &str, error: &io::Error) -> Failure {
    match error.kind() {
        ErrorKind::BrokenPipe => Failure::ClosedPipe,
        ErrorKind::NotFound => Failure::Usage(format!("{what} cannot be written: {error}; is there such a folder?")),
        _ => Failure::Usage(format!("{what} cannot be written: {error}")),
    }
}

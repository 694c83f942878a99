//! Where results go when no file is named, and what is said when they cannot go there.

use super::Failure;
use std::io::{self, ErrorKind, Write};

/// Prints to stdout.
pub(super) fn print(text: &str) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()).map_err(|error| failure("stdout", &error))
}

/// What could not be written, and why.
pub(super) fn failure(what: &str, error: &io::Error) -> Failure {
    match error.kind() {
        ErrorKind::BrokenPipe => Failure::ClosedPipe,
        _ => Failure::Usage(format!("{what} cannot be written: {error}")),
    }
}

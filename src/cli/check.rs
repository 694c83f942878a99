//! `statelab check`: every fault of every file.

use super::{Failure, output};
use statelab::scenario::{Opened, open_file, printable, read_file};
use std::fmt::Write;
use std::path::Path;
use std::process::ExitCode;

/// Ends with 1 if a file has a fault; a file that is not there is a mistake in the command line.
pub(super) fn check(files: &[String]) -> Result<ExitCode, Failure> {
    let mut out = String::new();
    let mut code = ExitCode::SUCCESS;
    for file in files {
        if let Err(error) = open_file(file) {
            let hint = if Path::new(file).is_dir() { "name the files in it" } else { "check the path" };
            return Err(Failure::Usage(format!("{file} cannot be read: {error}; {hint}")));
        }
        let name = Path::new(file).file_stem().map_or_else(|| file.into(), |stem| stem.to_string_lossy());
        let line = match read_file(file).and_then(|text| Opened::from_toml(&name, file, &text)) {
            Ok(Opened { scenario, seen, .. }) => {
                let kind = if seen.is_some() { "a run of " } else { "" };
                writeln!(out, "{}: ok, {kind}\"{}\"", printable(file), scenario.title)
            }
            Err(faults) => {
                code = ExitCode::FAILURE;
                writeln!(out, "{faults}")
            }
        };
        line.map_err(|_| Failure::Usage("the result cannot be put into words".into()))?;
    }
    output::print(&out)?;
    Ok(code)
}

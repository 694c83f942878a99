//! `statelab check`: every fault of every file.

use super::{Failure, output};
use statelab::scenario::{Scenario, read_file};
use std::fmt::Write;
use std::fs::File;
use std::path::Path;
use std::process::ExitCode;

/// Ends with 1 if a file has a fault; a file that is not there is a mistake in the command line.
pub(super) fn check(files: &[String]) -> Result<ExitCode, Failure> {
    let mut out = String::new();
    let mut code = ExitCode::SUCCESS;
    for file in files {
        let readable = File::open(file).and_then(|file| file.metadata());
        match readable {
            Err(error) => return Err(Failure::Usage(format!("{file} cannot be read: {error}; check the path"))),
            Ok(about) if about.is_dir() => {
                return Err(Failure::Usage(format!("{file} is a directory; name the files in it")));
            }
            Ok(_) => {}
        }
        let name = Path::new(file).file_stem().map_or_else(|| file.into(), |stem| stem.to_string_lossy());
        let line = match read_file(file).and_then(|text| Scenario::from_toml(&name, file, &text)) {
            Ok(scenario) => writeln!(out, "{file}: ok, \"{}\"", scenario.title),
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

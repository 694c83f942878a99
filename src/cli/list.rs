//! `statelab list`: what comes with the program, a line each.

use super::{Failure, output};
use statelab::scenario::{Scenario, shipped};
use std::process::ExitCode;

/// Prints the list.
pub(super) fn list() -> Result<ExitCode, Failure> {
    let longest = shipped().iter().map(|shipped| shipped.name.len()).max().unwrap_or(0);
    let mut out = String::new();
    for shipped in shipped() {
        let about = Scenario::load(shipped.name)?.about;
        let first = about.split_inclusive(['.', ':']).next().unwrap_or("").trim_end_matches(['.', ':']);
        out += &format!("{:longest$}  {first}\n", shipped.name);
    }
    output::print(&out)?;
    Ok(ExitCode::SUCCESS)
}

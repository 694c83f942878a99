//! `statelab challenge`: the list, what one asks, a design to be judged.

use super::changes::one_of;
use super::{Failure, complain, complain_of, late_commands, output};
use clap::{ArgGroup, Args};
use statelab::challenge::{Challenge, Design, JudgeError, shipped};
use statelab::report::Format;
use statelab::scenario::{Home, TimedCommand, parse_timed};
use statelab::text::beside;
use std::process::ExitCode;

/// Options of `statelab challenge`.
#[derive(Args)]
#[command(group = ArgGroup::new("design").args(["home", "set", "commands"]).multiple(true).requires("name"))]
pub(super) struct Arguments {
    /// A challenge's name, or a file: then with a `/` in it, or ending in .toml. Without it: the list.
    name: Option<String>,
    /// Your design: where the state is to live.
    #[arg(long, value_parser = one_of(Home::ALL, Home::id))]
    home: Option<Home>,
    /// Your design: a field of the scenario, such as instance.count=4; may be repeated.
    #[arg(long, value_name = "PATH=VALUE")]
    set: Vec<String>,
    /// Your design: what is done at a simulated instant, such as '38.1s restart 2'; may be repeated.
    #[arg(long = "do", value_name = "TIME COMMAND", allow_hyphen_values = true, value_parser = parse_timed)]
    commands: Vec<TimedCommand>,
    /// How the verdict is written [default: text on a terminal, else json].
    #[arg(long, value_name = "FORMAT", requires = "design", value_parser = one_of(output::FORMATS, Format::id))]
    format: Option<Format>,
}

/// Ends with 1 if a design does not reach the challenge.
pub(super) fn challenge(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let Some(name) = &arguments.name else {
        return output::say(&list()?);
    };
    let challenge = Challenge::load(name)?;
    let Arguments { home, set, commands, .. } = arguments;
    if home.is_none() && set.is_empty() && commands.is_empty() {
        return output::say(&challenge.task(name));
    }
    judge(&challenge, &Design { home: *home, set: set.clone(), commands: commands.clone() }, arguments.format)
}

fn judge(challenge: &Challenge, design: &Design, format: Option<Format>) -> Result<ExitCode, Failure> {
    complain_of(late_commands(&challenge.allow(design)?.0).map(|late| format!("warning: {late}")));
    let verdict = challenge.judge(design).map_err(|error| match error {
        JudgeError::Run(error) => Failure::Untrue(error.to_string()),
        other => Failure::Usage(other.to_string()),
    })?;
    for rejected in &verdict.rejected {
        complain(&format!("warning: with some seed, {rejected} was rejected: it had become impossible"));
    }
    output::print(&match format.unwrap_or_else(output::fitting) {
        Format::Json => output::json(&verdict)?,
        _ => verdict.text(),
    })?;
    Ok(if verdict.reached { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn list() -> Result<String, Failure> {
    let longest = shipped().iter().map(|shipped| shipped.name.len()).max().unwrap_or(0);
    let mut out = String::from("Challenges, the easier first; a design is judged with seeds that nobody sees:\n\n");
    for shipped in shipped() {
        out += &beside(&format!("  {:<longest$}  ", shipped.name), &Challenge::load(shipped.name)?.title);
    }
    out += "\nstatelab challenge NAME says what is asked, and how to hand in.\n";
    Ok(out)
}

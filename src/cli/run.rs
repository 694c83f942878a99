//! `statelab run`: one arm, headless.

use super::changes::{Changes, meaning, words};
use super::draft::{self, Draft};
use super::{Failure, complain, output};
use clap::Args;
use clap::builder::TypedValueParser;
use signal_hook::consts::{SIGINT, SIGTERM};
use statelab::experiment::{Headless, run_headless};
use statelab::report::Format;
use statelab::scenario::{Home, Scenario};
use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// What can be asked of a run.
#[derive(Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    changes: Changes,
    /// Where session state lives.
    #[arg(long, default_value = "sticky", value_parser = words(Home::ALL.map(Home::id)).map(|id| meaning(&id, Home::ALL, Home::id)))]
    home: Home,
    /// How the figures are written [default: text on a terminal, json otherwise].
    #[arg(long, value_parser = words(Format::ALL.map(Format::id)).map(|id| meaning(&id, Format::ALL, Format::id)))]
    format: Option<Format>,
    /// Write the figures to a file; an old one stays as it is until the new one is complete.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Write every event to a file, as JSON lines.
    #[arg(long, value_name = "FILE")]
    events: Option<PathBuf>,
}

/// Runs, reports, and ends with 130 if it was interrupted.
pub(super) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let scenario = arguments.changes.apply()?;
    warn_of_late_commands(&scenario);
    let mut events = arguments.events.as_deref().map(Draft::create).transpose()?;
    let stop = stop_on_signals()?;

    let sink = events.as_mut().map(|draft| draft as &mut dyn Write);
    let Headless { report, rejected } = run_headless(&scenario, arguments.home, &stop, sink)
        .map_err(|error| output::failure("the event log", &error))?;
    events.map_or(Ok(()), Draft::publish)?;
    for (at, command) in rejected {
        complain(&format!("warning: `{command}` at {} s was rejected: it had become impossible", at.secs()));
    }

    let terminal = arguments.out.is_none() && std::io::stdout().is_terminal();
    let format = arguments.format.unwrap_or(if terminal { Format::Text } else { Format::Json });
    let text = report.render(format).map_err(|error| output::failure("the report", &error))?;
    match &arguments.out {
        Some(path) => draft::replace(path, &text)?,
        None => output::print(&text)?,
    }
    Ok(if report.partial { ExitCode::from(130) } else { ExitCode::SUCCESS })
}

/// A command after the end is no mistake in a scenario, which may be run for longer; but nobody should wait for it.
fn warn_of_late_commands(scenario: &Scenario) {
    for late in scenario.commands.iter().filter(|timed| timed.at_s > scenario.duration_s) {
        let (command, at, end) = (late.command, late.at_s, scenario.duration_s);
        complain(&format!(
            "warning: `{command}` at {at} s comes after the end at {end} s; a longer --duration reaches it"
        ));
    }
}

/// A flag that SIGINT or SIGTERM raises. A second signal ends the program at once.
pub(super) fn stop_on_signals() -> Result<Arc<AtomicBool>, Failure> {
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        signal_hook::flag::register_conditional_default(signal, Arc::clone(&stop))
            .and_then(|_| signal_hook::flag::register(signal, Arc::clone(&stop)))
            .map_err(|error| Failure::Usage(format!("cannot listen for signals: {error}")))?;
    }
    Ok(stop)
}

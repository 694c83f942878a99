//! `statelab run`: one arm, headless.

use super::changes::{Changes, file, one_of};
use super::draft::{self, Draft};
use super::study::{Target, stop_on_signals};
use super::{Failure, complain_of, output, warn_of_idle_options, warn_of_late_commands, warn_of_vain_commands};
use clap::Args;
use statelab::experiment::{Headless, HeadlessError, run_while};
use statelab::scenario::Home;
use statelab::study::Watch;
use statelab::units::Nanos;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

/// What can be asked of a run.
#[derive(Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    changes: Changes,
    /// Where session state lives [default: sticky; of a saved run, the world that was shown].
    #[arg(long, value_parser = one_of(Home::ALL, Home::id))]
    home: Option<Home>,
    #[command(flatten)]
    target: Target,
    /// Write every event to a file, as JSON lines.
    #[arg(long, value_name = "FILE", value_parser = file)]
    events: Option<PathBuf>,
}

/// Runs, reports, and ends with 130 if it was interrupted.
pub(super) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let opened = arguments.changes.open()?;
    let home = arguments.home.or_else(|| opened.home()).unwrap_or(Home::Sticky);
    let scenario = opened.scenario;
    if !arguments.target.quiet {
        warn_of_late_commands(&scenario);
        let why = "a run is not judged by an objective, as compare and sweep are";
        warn_of_idle_options(&arguments.changes.given(&["--slo"]), why);
    }
    if let (Some(events), Some(out)) = (&arguments.events, arguments.target.out())
        && draft::same(events, out)
    {
        let file = out.display();
        return Err(Failure::Usage(format!("--events and --out both name {file}: give the report another file")));
    }
    arguments.target.refuse_over(arguments.changes.files())?;
    draft::refuse_over(arguments.changes.files(), "--events", arguments.events.as_deref())?;
    arguments.target.rehearse()?;
    let mut events = arguments.events.as_deref().map(Draft::create).transpose()?;
    let stop = stop_on_signals()?;

    let sink = events.as_mut().map(|draft| draft as &mut dyn Write);
    let run = {
        let watch = Watch::new(&stop, scenario.duration_s.ceil() as u64, "simulated seconds", arguments.target.quiet);
        let goes_on = |now: Nanos| {
            watch.reach(now.secs() as u64);
            !watch.stopped()
        };
        run_while(&scenario, home, goes_on, sink)
    };
    let Headless { report, rejected } = run.map_err(|error| match error {
        HeadlessError::Log(error) => output::failure("the event log", &error),
        HeadlessError::Law(_) => Failure::Untrue(error.to_string()),
    })?;
    events.map_or(Ok(()), Draft::publish)?;
    if !arguments.target.quiet {
        complain_of(rejected.iter().map(|(at, command)| {
            format!("warning: `{command}` at {} s was rejected: it had become impossible", at.secs())
        }));
        warn_of_vain_commands(&scenario, &[home], report.duration_s);
    }

    let text = report.render(arguments.target.format()).map_err(|error| output::failure("the report", &error))?;
    arguments.target.write_last(&text, &stop, report.partial)
}

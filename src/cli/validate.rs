//! `statelab validate`: the simulator against theory.

use super::changes::{SEEDS, whole};
use super::study::{INTERRUPTED, Target, stop_on_signals};
use super::{Failure, output};
use clap::Args;
use statelab::study::Watch;
use statelab::study::validate::{Effort, Oracles, Request};
use std::process::ExitCode;

/// What can be asked of a validation.
#[derive(Args)]
pub(super) struct Arguments {
    /// A quarter of the work: shorter runs, and so wider intervals.
    #[arg(long)]
    quick: bool,
    /// Only oracles whose system or figure contains this, such as M/M/1.
    #[arg(long, value_name = "WORD", default_value = "", hide_default_value = true)]
    only: String,
    /// Multiply what theory says by this first, as a check of the check: it has to fail.
    #[arg(long, value_name = "FACTOR", default_value = "1", hide_default_value = true, value_parser = factor)]
    skew: f64,
    /// Base of the seeds of all runs.
    #[arg(long, value_name = "N", default_value = "1", allow_negative_numbers = true, value_parser = whole::<u64>(SEEDS))]
    seed: u64,
    /// Threads [default: one per core].
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = whole::<u16>(1..=1024))]
    jobs: Option<u16>,
    #[command(flatten)]
    target: Target,
}

/// Validates, reports, and ends with 1 if anything failed.
pub(super) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let effort = if arguments.quick { Effort::Quick } else { Effort::Full };
    let Arguments { seed, skew, .. } = *arguments;
    let request = Request { effort, seed, skew, only: arguments.only.clone() };
    let oracles = Oracles::new(request)?;
    if oracles.runs() == 0 {
        let only = &arguments.only;
        return Err(Failure::Usage(format!("no oracle is called `{only}`; without --only all of them are listed")));
    }
    arguments.target.rehearse()?;
    let stop = stop_on_signals()?;
    let watch = Watch::new(&stop, oracles.runs(), "runs", arguments.target.quiet);
    let validation = oracles.validate(arguments.jobs.map_or(0, usize::from), &watch).map_err(Failure::Usage)?;
    drop(watch);
    if validation.partial && validation.passed + validation.failed == 0 && arguments.target.spare() {
        return Ok(ExitCode::from(INTERRUPTED));
    }
    let text = validation.render(arguments.target.format()).map_err(|error| output::failure("the table", &error))?;
    let code = arguments.target.write_last(&text, &stop, validation.partial)?;
    Ok(if validation.partial || validation.failed == 0 { code } else { ExitCode::FAILURE })
}

fn factor(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(factor) if factor > 0.0 && f64::is_finite(factor) => Ok(factor),
        _ => Err("it must be a number above 0".into()),
    }
}

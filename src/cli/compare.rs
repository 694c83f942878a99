//! `statelab compare`: all homes of state on the same traffic.

use super::Failure;
use super::changes::{Changes, one_of, whole};
use super::study::Work;
use clap::Args;
use statelab::scenario::{Home, Scenario};
use statelab::study::CapacityStudy;
use statelab::study::compare::{Compare, Options, summarise};
use statelab::table::workloads;
use std::process::ExitCode;

/// What can be asked of a comparison.
#[derive(Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    changes: Changes,
    /// The homes of state to compare, such as token,sticky,store [default: all six].
    #[arg(long, alias = "home", value_delimiter = ',', value_parser = one_of(Home::ALL, Home::id))]
    homes: Vec<Home>,
    /// All four workloads of the textbook: rest, chat, cart and serverless.
    #[arg(long, conflicts_with = "scenario")]
    workloads: bool,
    /// Paired seeds: every home is run with each. The first is --seed, the others follow it.
    #[arg(long, value_name = "N", default_value_t = 30, allow_negative_numbers = true, value_parser = whole::<u32>(1..=100_000))]
    runs: u32,
    /// Paired seeds with each main parameter of a workload halved and doubled, to see what changes the winner; 0 leaves
    /// that out [default: a tenth of --runs, at least 3, at most --runs].
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = whole::<u32>(0..=100_000))]
    variant_runs: Option<u32>,
    /// Leave out the study of capacity, which has a tenth of the seeds, at least 3; then the table cannot tell about scalability.
    #[arg(long)]
    no_capacity: bool,
    #[command(flatten)]
    work: Work,
}

/// Compares, reports, and ends with 130 if it was interrupted.
pub(super) fn compare(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let scenarios: Vec<Scenario> = if arguments.workloads {
        workloads().iter().map(|workload| arguments.changes.apply_to(&workload.scenario)).collect::<Result<_, _>>()?
    } else {
        vec![arguments.changes.apply()?]
    };
    let loud = !arguments.work.target.quiet;
    scenarios.iter().filter(|_| loud).for_each(super::warn_of_late_commands);
    let few = (arguments.runs / 10).max(3);
    let options = Options {
        homes: homes(&arguments.homes),
        runs: arguments.runs,
        variant_runs: arguments.variant_runs.unwrap_or(few),
        capacity_runs: if arguments.no_capacity { 0 } else { few },
    };
    let study = Compare::new(&scenarios, &options)?;
    for scenario in scenarios.iter().filter(|_| loud && options.capacity_runs > 0) {
        if let Some(why) = CapacityStudy::impossible(scenario) {
            super::complain(&format!("warning: the capacity of {} is not measured: {why}", scenario.name));
        }
    }
    let code = arguments.work.carry_out(&study, arguments.changes.files(), |answers, format| {
        let report = summarise(study.plan(), answers);
        for study in report.studies.iter().filter(|study| loud && study.rejects()) {
            let scenario = &study.scenario;
            super::complain(&format!(
                "warning: with some seed, a command of {scenario} was rejected: it had become impossible"
            ));
        }
        report.render(format)
    })?;
    let warn = |scenario: &Scenario| super::warn_of_vain_commands(scenario, &options.homes, scenario.duration_s);
    scenarios.iter().filter(|_| loud).for_each(warn);
    Ok(code)
}

/// Those that were named, each once; all if none was.
pub(super) fn homes(named: &[Home]) -> Vec<Home> {
    let mut homes = Vec::new();
    for home in if named.is_empty() { &Home::ALL } else { named } {
        if !homes.contains(home) {
            homes.push(*home);
        }
    }
    homes
}

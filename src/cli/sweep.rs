//! `statelab sweep`: capacity against the number of instances, or a scenario against one of its fields.

use super::Failure;
use super::changes::{Changes, one_of, whole};
use super::study::Work;
use clap::Args;
use statelab::scenario::{Home, MOST_INSTANCES};
use statelab::study::sweep::{Axis, Options, Sweep, summarise};
use std::process::ExitCode;

/// What the search for a capacity decides itself.
const SEARCHED: [&str; 4] = ["--do", "--commands", "--duration", "--instances"];

/// What can be asked of a sweep.
#[derive(Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    changes: Changes,
    /// The homes of state, such as token,sticky,store [default: all six].
    #[arg(long, alias = "home", value_delimiter = ',', value_parser = one_of(Home::ALL, Home::id))]
    homes: Vec<Home>,
    /// The numbers of instances whose capacity is sought.
    #[arg(long, value_name = "N", value_delimiter = ',', default_value = "1,2,4,8,16", allow_negative_numbers = true, value_parser = whole::<u16>(1..=MOST_INSTANCES.into()))]
    sizes: Vec<u16>,
    /// Instead of capacities: run the scenario with each of these values of a field, such as
    /// workload.growth_bytes_per_write=0,57,200; values are TOML, else texts.
    #[arg(long, value_name = "PATH=VALUES", value_parser = over, conflicts_with = "sizes")]
    over: Option<Axis>,
    /// Paired seeds: everything is run with each. The first is --seed, the others follow it.
    #[arg(long, value_name = "N", default_value_t = 5, allow_negative_numbers = true, value_parser = whole::<u32>(1..=100_000))]
    runs: u32,
    #[command(flatten)]
    work: Work,
}

/// Sweeps, reports, and ends with 130 if it was interrupted.
pub(super) fn sweep(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let scenario = arguments.changes.apply()?;
    let sizes = {
        let mut sizes = arguments.sizes.clone();
        sizes.sort_unstable();
        sizes.dedup();
        sizes
    };
    let axis = arguments.over.clone().unwrap_or(Axis::Sizes(sizes));
    let lives = matches!(axis, Axis::Field { .. });
    let loud = !arguments.work.target.quiet;
    let mut homes = super::compare::homes(&arguments.homes);
    let study = Sweep::new(&scenario, Options { homes: homes.clone(), runs: arguments.runs, axis })?;
    let variants = study.scenarios();
    if lives && loud {
        let lengths = variants.chunk_by(|one, next| one.duration_s == next.duration_s);
        lengths.for_each(|of_one| super::warn_of_late_commands(&of_one[0]));
    } else if loud {
        let why = "capacities are sought without commands, in trials as long as it takes, with --sizes instances";
        super::warn_of_idle_options(&arguments.changes.given(&SEARCHED), why);
    }
    let code = arguments.work.carry_out(&study, arguments.changes.files(), |answers, format| {
        let report = summarise(study.plan(), answers);
        if loud && report.rejects() {
            super::complain("warning: with some value and seed, a command was rejected: it had become impossible");
        }
        report.render(format)
    })?;
    if lives && loud {
        // What holds of every value.
        homes.retain(|home| variants.iter().all(|variant| !variant.has_store(*home)));
        super::warn_of_vain_commands(&variants[0], &homes, variants[0].duration_s);
    }
    Ok(code)
}

/// `PATH=V1,V2`: commas inside brackets, braces and quotes belong to a value.
fn over(text: &str) -> Result<Axis, String> {
    let (path, values) = text.split_once('=').ok_or("write it as workload.users=10,20,40")?;
    let (mut depth, mut quote) = (0u32, None);
    let between = |c: char| {
        match (c, quote) {
            ('"' | '\'', None) => quote = Some(c),
            (_, Some(open)) if c == open => quote = None,
            ('[' | '{', None) => depth += 1,
            (']' | '}', None) => depth = depth.saturating_sub(1),
            _ => {}
        }
        c == ',' && depth == 0 && quote.is_none()
    };
    let values: Vec<String> = values.split(between).map(|value| value.trim().to_owned()).collect();
    let path = path.trim();
    let is_path = !path.is_empty() && path.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'));
    match () {
        () if !is_path => Err(format!("`{path}` is no path of a field, such as workload.users")),
        () if values.iter().any(String::is_empty) => Err("a value is missing".into()),
        () => Ok(Axis::Field { path: path.into(), values }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commas_inside_a_value_belong_to_it() {
        let axis = over("workload.think_ms={ uniform = [1, 2] }, 5,\"none\"").unwrap();
        let values = ["{ uniform = [1, 2] }", "5", "\"none\""].map(str::to_owned).to_vec();
        assert_eq!(axis, Axis::Field { path: "workload.think_ms".into(), values });
        for bad in ["workload.users", "=1,2", "a b=1", "x=1,,2", "x="] {
            assert!(over(bad).is_err(), "{bad}");
        }
    }
}

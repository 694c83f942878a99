//! `statelab merge`: the parts of a study, joined.

use super::study::Target;
use super::{Failure, output};
use clap::Args;
use statelab::study::{Joined, Part, compare, join, sweep};
use std::fs;
use std::process::ExitCode;

/// What can be asked of it.
#[derive(Args)]
pub(super) struct Arguments {
    /// The part files, in any order; all shards of one study.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<String>,
    #[command(flatten)]
    target: Target,
}

/// Writes the report that the study would have written as a whole, byte for byte.
pub(super) fn merge(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let parts = arguments.files.iter().map(|file| read(file).map(|part| (file.clone(), part)));
    let joined = join(parts.collect::<Result<_, _>>()?).map_err(Failure::Usage)?;
    let text = render(&joined, arguments.target.format())?;
    arguments.target.write(&text)?;
    Ok(ExitCode::SUCCESS)
}

fn read(file: &str) -> Result<Part, Failure> {
    let text = fs::read_to_string(file)
        .map_err(|error| Failure::Usage(format!("{file} cannot be read: {error}; check the path")))?;
    Part::read(&text).map_err(|why| Failure::Usage(format!("{file} {why}")))
}

/// Each kind of study knows how to write its own report.
fn render(joined: &Joined, format: statelab::report::Format) -> Result<String, Failure> {
    let bad = |error: serde_json::Error| Failure::Usage(format!("the parts cannot be understood: {error}"));
    let text = match joined.schema.as_str() {
        compare::PART => {
            let outline: compare::Outline = serde_json::from_value(joined.outline.clone()).map_err(bad)?;
            // Looked at before anything is made of it: a file may claim any number of runs.
            if outline.size() != joined.answers.len() {
                return Err(Failure::Usage("the parts do not hold what their outline says".into()));
            }
            compare::summarise(&outline, &joined.answers).render(format)
        }
        sweep::PART => {
            let outline = serde_json::from_value(joined.outline.clone()).map_err(bad)?;
            sweep::summarise(&outline, &joined.answers).render(format)
        }
        other => return Err(Failure::Usage(format!("this program cannot join parts of {other}"))),
    };
    text.map_err(|error| output::failure("the report", &error))
}

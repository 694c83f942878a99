//! `statelab merge`: the parts of a study, joined.

use super::study::Target;
use super::{Failure, output};
use clap::Args;
use serde::Deserialize;
use statelab::scenario::open_file;
use statelab::study::{Joined, Part, compare, join, sweep};
use std::io::{self, BufReader, Read};
use std::process::ExitCode;

/// The largest part file that is read: some 17,000 paired seeds in all homes.
const LIMIT: u64 = 256 << 20;

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
    arguments.target.refuse_over(arguments.files.iter().map(String::as_str))?;
    arguments.target.rehearse()?;
    let parts = arguments.files.iter().map(|file| read(file).map(|part| (file.clone(), part)));
    let joined = join(parts.collect::<Result<_, _>>()?).map_err(Failure::Usage)?;
    let text = render(&joined, arguments.target.format())?;
    arguments.target.write(&text)?;
    Ok(ExitCode::SUCCESS)
}

fn read(file: &str) -> Result<Part, Failure> {
    let unreadable = |error: io::Error| Failure::Usage(format!("{file} cannot be read: {error}; check the path"));
    let opened = open_file(file).map_err(unreadable)?;
    if opened.metadata().map_err(unreadable)?.len() > LIMIT {
        let limit = LIMIT >> 20;
        return Err(Failure::Usage(format!("{file} is larger than {limit} MiB; divide the study into more shards")));
    }
    // Whatever has grown since then is cut, and is then no JSON any more.
    Part::read(BufReader::new(opened.take(LIMIT))).map_err(|why| Failure::Usage(format!("{file} {why}")))
}

/// Each kind of study knows how to write its own report.
fn render(joined: &Joined, format: statelab::report::Format) -> Result<String, Failure> {
    let bad = |error: serde_json::Error| Failure::Usage(format!("the parts cannot be understood: {error}"));
    // Looked at before anything is made of it: a file may claim any number of runs.
    let fits = |fit: bool| {
        if fit { Ok(()) } else { Err(Failure::Usage("the parts do not hold what their outline says".into())) }
    };
    let text = match joined.schema.as_str() {
        compare::PART => {
            let outline = compare::Outline::deserialize(&joined.outline).map_err(bad)?;
            fits(outline.fits(&joined.answers))?;
            compare::summarise(&outline, &joined.answers).render(format)
        }
        sweep::PART => {
            let outline = sweep::Outline::deserialize(&joined.outline).map_err(bad)?;
            fits(outline.fits(&joined.answers))?;
            sweep::summarise(&outline, &joined.answers).render(format)
        }
        other => return Err(Failure::Usage(format!("this program cannot join parts of {other}"))),
    };
    text.map_err(|error| output::failure("the report", &error))
}

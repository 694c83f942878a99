//! `statelab list`: what comes with the program; or the fields of scenarios.

use super::changes::one_of;
use super::{Failure, output};
use clap::Args;
use serde::Serialize;
use statelab::challenge::{self, Challenge};
use statelab::lesson::{self, Lesson};
use statelab::report::Format;
use statelab::scenario::{self, FieldFacts, Scenario};
use statelab::text::beside;
use std::process::ExitCode;

/// Options of `statelab list`.
#[derive(Args)]
pub(super) struct Arguments {
    /// List the fields of scenarios instead: the default of each, what it may be, and what it means.
    #[arg(long)]
    fields: bool,
    /// How they are written.
    #[arg(long, value_name = "FORMAT", default_value = "text", value_parser = one_of(output::FORMATS, Format::id))]
    format: Format,
}

/// What comes with the program, for programs.
#[derive(Serialize)]
struct All {
    scenarios: Vec<Listed>,
    lessons: Vec<Listed>,
    challenges: Vec<Listed>,
}

#[derive(Serialize)]
struct Listed {
    name: &'static str,
    about: String,
}

/// Prints the list.
pub(super) fn list(arguments: &Arguments) -> Result<ExitCode, Failure> {
    if arguments.fields {
        let fields = scenario::fields();
        return output::say(&match arguments.format {
            Format::Json => output::json(&fields)?,
            _ => field_lines(&fields),
        });
    }
    let mut scenarios = Vec::new();
    for shipped in scenario::shipped() {
        let about = Scenario::load(shipped.name)?.about;
        let first = about.split_inclusive(['.', ':']).next().unwrap_or("").trim_end_matches(['.', ':']);
        scenarios.push((shipped.name, first.to_owned()));
    }
    let mut lessons = Vec::new();
    for shipped in lesson::shipped() {
        lessons.push((shipped.name, Lesson::load(shipped.name)?.question));
    }
    let mut challenges = Vec::new();
    for shipped in challenge::shipped() {
        challenges.push((shipped.name, Challenge::load(shipped.name)?.title));
    }
    if arguments.format == Format::Json {
        let named = |all: Vec<(&'static str, String)>| {
            all.into_iter().map(|(name, about)| Listed { name, about }).collect::<Vec<_>>()
        };
        let all = All { scenarios: named(scenarios), lessons: named(lessons), challenges: named(challenges) };
        return output::say(&output::json(&all)?);
    }
    output::say(&format!(
        "Scenarios: statelab NAME\n{}\nLessons: statelab lesson NAME\n{}\nChallenges: statelab challenge NAME\n{}",
        lines(&scenarios),
        lines(&lessons),
        lines(&challenges)
    ))
}

/// Of each field: its path, its default and its unit on a line, and below it what it may be and what it means.
fn field_lines(fields: &[FieldFacts]) -> String {
    let default = |field: &FieldFacts| field.default.clone().unwrap_or_else(|| "–".into());
    let width = |of: &dyn Fn(&FieldFacts) -> String| fields.iter().map(|f| of(f).chars().count()).max().unwrap_or(0);
    let (paths, defaults) = (width(&|field| field.path.clone()), width(&default));
    let line = |path: &str, default: &str, unit: &str, allowed: &str, meaning: &str| {
        let first = format!("{path:paths$}  {default:defaults$}  {unit}");
        format!("{}\n{}{}", first.trim_end(), beside("    ", allowed), beside("    ", meaning))
    };
    let rows = fields.iter().map(|field| line(&field.path, &default(field), field.unit, &field.allowed, field.meaning));
    let head = line("field", "default", "unit", "may be", "means");
    let shapes = beside("", &format!("A distribution is one of {}.", scenario::DISTRIBUTIONS));
    std::iter::once(head).chain(rows).chain(["\n".to_owned(), shapes]).collect()
}

fn lines(rows: &[(&str, String)]) -> String {
    let longest = rows.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    rows.iter().map(|(name, about)| beside(&format!("  {name:longest$}  "), about)).collect()
}

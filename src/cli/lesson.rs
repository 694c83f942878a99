//! `statelab lesson`: the list, a lesson, a worksheet to be marked.

use super::changes::{SEEDS, one_of, whole};
use super::{Failure, output};
#[cfg(feature = "tui")]
use clap::ArgGroup;
use clap::Args;
use statelab::lesson::step::Step;
use statelab::lesson::value::Value;
#[cfg(feature = "tui")]
use statelab::lesson::{CONFIDENCES, Calibration, Progress};
use statelab::lesson::{Lesson, Marks, PlayError, Sheet, Told, Truth, next_seed, play, shipped};
use statelab::report::Format;
use statelab::scenario::{printable, read_file};
use statelab::text::beside;
use std::process::ExitCode;
use std::sync::Arc;

/// Options of `statelab lesson`.
#[derive(Args)]
#[cfg_attr(feature = "tui", command(group = ArgGroup::new("printed")
    .args(["answers", "transcript", "worksheet", "progress"])
    .multiple(true)
    .conflicts_with_all(["theme", "ascii", "fps", "no_motion", "no_mouse", "record"])))]
pub(super) struct Arguments {
    /// A lesson's name, or a file: then with a `/` in it, or ending in .toml. Without it: the list.
    name: Option<String>,
    /// Mark a worksheet instead: a TOML file with an answer, or what is done, for each question and goal.
    #[arg(long, value_name = "FILE", requires = "name")]
    answers: Option<String>,
    /// How the marks are written [default: text on a terminal, else json].
    #[arg(long, value_name = "FORMAT", requires = "answers", value_parser = one_of(output::FORMATS, Format::id))]
    format: Option<Format>,
    /// Print the whole lesson as it goes, with all that it does and every right answer: the teacher's copy.
    #[arg(long, requires = "name", conflicts_with = "answers")]
    transcript: bool,
    /// Print a blank worksheet: every question and goal of the lesson, with room for what --answers marks.
    #[arg(long, requires = "name", conflicts_with_all = ["answers", "transcript"])]
    worksheet: bool,
    /// Other users than the lesson's own: the right answers are computed anew.
    #[arg(long, value_name = "N", requires = "name", allow_negative_numbers = true, value_parser = whole::<u64>(SEEDS))]
    seed: Option<u64>,
    /// Hide what is right, and show big figures: for a class.
    #[arg(long, requires = "name", conflicts_with_all = ["transcript", "worksheet"])]
    present: bool,
    /// Show what was learnt so far: lessons, goals, and how often answers were right, by how sure you were.
    #[cfg(feature = "tui")]
    #[arg(long, conflicts_with = "name")]
    progress: bool,
    #[cfg(feature = "tui")]
    #[command(flatten)]
    look: super::dashboard::Look,
}

/// Ends with 1 if a worksheet is not all right.
pub(super) fn lesson(arguments: &Arguments) -> Result<ExitCode, Failure> {
    #[cfg(feature = "tui")]
    if arguments.progress {
        let memories = super::memory::Memories::of_user(arguments.look.no_save);
        return output::say(&progress(&memories.recall().unwrap_or_default()));
    }
    let Some(name) = &arguments.name else {
        return output::say(&list()?);
    };
    let mut lesson = Lesson::load(name)?;
    if let Some(seed) = arguments.seed {
        lesson.set_seed(seed);
    }
    let lesson = Arc::new(lesson);
    if arguments.transcript {
        return output::say(&transcript(&lesson)?);
    }
    if arguments.worksheet {
        let seed = arguments.seed.map_or_else(String::new, |seed| format!(" --seed {seed}"));
        let call = format!("statelab lesson {}{seed} --answers FILE", printable(name));
        return output::say(&Sheet::blank(&lesson, &call).map_err(|error| untrue(&lesson, &error))?);
    }
    match &arguments.answers {
        Some(file) => mark(&lesson, file, arguments),
        None => {
            if arguments.seed.is_some() {
                rehearse(&lesson)?;
            }
            take(lesson, arguments)
        }
    }
}

#[cfg(feature = "tui")]
fn take(lesson: Arc<Lesson>, arguments: &Arguments) -> Result<ExitCode, Failure> {
    Ok(super::dashboard::lesson(lesson, &arguments.look, arguments.present))
}

#[cfg(not(feature = "tui"))]
fn take(_: Arc<Lesson>, _: &Arguments) -> Result<ExitCode, Failure> {
    Err(Failure::Usage("this build has no dashboard; --transcript, --worksheet and --answers work without".into()))
}

fn mark(lesson: &Arc<Lesson>, file: &str, arguments: &Arguments) -> Result<ExitCode, Failure> {
    let sheet = Sheet::from_toml(lesson, file, &read_file(file)?)?;
    let marks = Marks::of(lesson, &sheet).map_err(|error| untrue(lesson, &error))?;
    let marks = Marks { sheet: Some(file.to_owned()), ..marks };
    output::print(&match arguments.format.unwrap_or_else(output::fitting) {
        Format::Json => output::json(&marks)?,
        _ => marks.text(lesson, arguments.present),
    })?;
    Ok(if marks.reached == marks.of { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn transcript(lesson: &Arc<Lesson>) -> Result<String, Failure> {
    let played = play(lesson, &Sheet::default()).map_err(|error| untrue(lesson, &error))?;
    let right =
        |id: &str| played.answers.iter().find(|answer| answer.question == id).and_then(|answer| answer.truth.as_ref());
    let mut out = format!("{}\n{}\n\n", lesson.title, lesson.question);
    for (step, told) in &played.story {
        match told {
            Told::Said(sentence) => out += &format!("{step:>3}  {sentence}\n"),
            Told::Does(what) => out += &format!("{step:>3}  {what}\n"),
            Told::Asked(asked) => {
                out += &format!("{step:>3}  [{}] {}\n", asked.id, asked.text);
                let among =
                    |choice: &usize| matches!(right(&asked.id), Some(Truth::Choices(right)) if right.contains(choice));
                for (number, choice) in (1..).zip(&asked.choices) {
                    let mark = if among(&number) { '✓' } else { ' ' };
                    out += &format!("     {mark} {number}  {choice}\n");
                }
                if let Some(Truth::Number(Some(right), within)) = right(&asked.id) {
                    out += &format!("     ✓ {} (within {within})\n", Value::Number(*right).show(&asked.unit));
                }
            }
            Told::Set(task) => {
                out += &format!("{step:>3}  [{}] {}\n", task.id, task.text);
                out += &format!("       hint: {}\n       one way: {}\n", task.hint, task.way);
            }
        }
    }
    Ok(out + "\n✓: right in this run.\n")
}

/// Whether a lesson compares homes, which takes too long to be done on trial.
fn compares(lesson: &Lesson) -> bool {
    lesson.steps.iter().any(|step| matches!(step, Step::Compare(..)))
}

/// With other users than its own a lesson may not hold; it is better to know that before it begins.
fn rehearse(lesson: &Arc<Lesson>) -> Result<(), Failure> {
    if compares(lesson) {
        return Ok(());
    }
    play(lesson, &Sheet::default()).map(drop).map_err(|error| untrue(lesson, &error))
}

fn untrue(lesson: &Lesson, error: &PlayError) -> Failure {
    let seed = lesson.scenario.seed;
    let next = if compares(lesson) { None } else { next_seed(lesson) };
    let hint = next.map_or_else(String::new, |next| format!("; with --seed {next} it does"));
    Failure::Usage(format!("the lesson does not hold with seed {seed}: {error}{hint}"))
}

/// What was learnt so far, for people.
#[cfg(feature = "tui")]
fn progress(progress: &Progress) -> String {
    if progress.lessons.is_empty() {
        return "No lesson was taken yet; `statelab lesson` lists them.\n".into();
    }
    let mut out = String::from("lesson         finished   right    of   goals   left at step\n");
    for (name, record) in &progress.lessons {
        let name = printable(name);
        let judged = record.all().filter_map(|given| given.right);
        let (right, of) = judged.fold((0, 0), |(right, of), one| (right + u32::from(one), of + 1));
        let left = record.left.as_ref().map_or_else(String::new, |left| format!("{:>15}", left.step + 1));
        out += &format!("{name:<15}{:>8} {right:>7} {of:>5} {:>7}{left}\n", record.finished, record.goals.len());
    }
    out += "\nHow often you were right, by how sure you were:\n";
    for (words, Calibration { right, of }) in CONFIDENCES.iter().zip(progress.calibration()) {
        let share = if of == 0 { "–".into() } else { format!("{:.0} %", f64::from(right) / f64::from(of) * 100.0) };
        out += &format!("  {words:<14}{share:>6}  ({right} of {of})\n");
    }
    out
}

fn list() -> Result<String, Failure> {
    let mut out = String::from("Lessons, in the order in which they build on each other:\n\n");
    for (at, shipped) in shipped().iter().enumerate() {
        let lesson = Lesson::load(shipped.name)?;
        out += &beside(&format!("{:>3}  {:<12} {:>2} min  ", at + 1, shipped.name, lesson.minutes), &lesson.question);
    }
    out += "\nstatelab lesson NAME begins one.\n";
    Ok(out)
}

//! `statelab [SCENARIO]`: the dashboard.

use super::Failure;
use super::changes::{Changes, file, one_of};
use super::memory::Memories;
use clap::{Args, ValueEnum};
use statelab::lesson::{Lesson, Progress};
use statelab::memory::Welcome;
use statelab::scenario::{Base, Fault, Faults, Home, Opened, Origin, STDIN, nearest, read_file, shipped};
use statelab::tui::school::School;
use statelab::tui::{self, Colours, Options, Pupil};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

/// A replay opens so long before the first thing that was done, simulated.
const LEAD_S: f64 = 2.0;

/// What can be asked of the dashboard.
#[derive(Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    changes: Changes,
    /// For a class: two big figures a world instead of the table and the log, from 100 columns and 36 rows on.
    #[arg(long)]
    present: bool,
    /// The world that is shown first; a stateful one then stands beside `token`, in place of `sticky` [default: sticky].
    #[arg(long, value_parser = one_of(Home::ALL, Home::id))]
    home: Option<Home>,
    #[command(flatten)]
    look: Look,
}

/// What can be asked of a replay.
#[derive(Args)]
pub(super) struct Replay {
    /// A file that the dashboard has saved.
    file: String,
    /// For a class: two big figures a world instead of the table and the log.
    #[arg(long)]
    present: bool,
    #[command(flatten)]
    look: Look,
}

/// How the dashboard looks, and what it leaves behind.
#[derive(Args)]
pub(super) struct Look {
    /// The colours, for a dark or a light background, which is not painted; plain has none; auto
    /// follows NO_COLOR, COLORTERM and COLORFGBG.
    #[arg(long, default_value = "auto")]
    theme: Theme,
    /// Draw with ASCII characters only.
    #[arg(long)]
    ascii: bool,
    /// Let nothing move that does not move in the world.
    #[arg(long)]
    no_motion: bool,
    /// So many pictures a second at most; fewer are calmer, and enough for a slow line.
    #[arg(long, value_name = "N", default_value_t = 30, value_parser = clap::value_parser!(u8).range(2..=30))]
    fps: u8,
    /// Leave the mouse to the terminal.
    #[arg(long)]
    no_mouse: bool,
    /// Record the session into a new file, as an asciicast.
    #[arg(long, value_name = "FILE.cast", value_parser = file)]
    record: Option<PathBuf>,
    /// Remember nothing, and look up nothing that was remembered.
    #[arg(long)]
    pub(super) no_save: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Theme {
    Auto,
    Dark,
    Light,
    Plain,
}

/// Shows the dashboard until the learner leaves it.
pub(super) fn show(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let word = &arguments.changes.scenario;
    if arguments.changes.files().any(|file| file == STDIN) {
        let why = "the dashboard reads keys from there, and no scenario or commands";
        return Err(Failure::Usage(format!("-: {why}; write them into a file, or use `statelab run -`")));
    }
    let opened = arguments.changes.open().map_err(|faults| {
        // A mistyped command looks like a scenario; so whoever meant one is told which there are.
        let no_such = shipped().iter().all(|shipped| shipped.name != word) && !word.contains(['/', '.']);
        let names = super::commands();
        let commands = match nearest(word, names.iter().map(String::as_str)) {
            Some(near) if no_such => format!("\nor did you mean the command: statelab {near}"),
            None if no_such => format!("\ncommands: {} (see statelab --help)", names.join(", ")),
            _ => String::new(),
        };
        match Failure::from(faults) {
            Failure::Usage(why) => Failure::Usage(why + &commands),
            other => other,
        }
    })?;
    super::warn_of_idle_options(&arguments.changes.given(&["--duration"]), "the dashboard goes on until you leave it");
    Ok(run(opened, arguments.home, arguments.changes.words(), &arguments.look, arguments.present))
}

/// Shows a saved run again, up to where it was left, and then stops for the learner.
pub(super) fn replay(arguments: &Replay) -> Result<ExitCode, Failure> {
    let file = &arguments.file;
    let text = read_file(file)?;
    let opened = Opened::from_toml("saved", file, &text)?;
    if opened.seen.is_none() {
        let hint = "`statelab FILE` opens a scenario; the dashboard saves runs";
        return Err(Failure::from(Faults::from(Fault::of(file, "is a scenario, not a saved run", Some(hint.into())))));
    }
    Ok(run(opened, None, vec![file.clone()], &arguments.look, arguments.present))
}

fn run(mut opened: Opened, home: Option<Home>, call: Vec<String>, look: &Look, present: bool) -> ExitCode {
    let memories = Memories::of_user(look.no_save);
    let options = options(&opened, home, call, look, welcome(&memories));
    if let Some(seen) = opened.seen {
        // Nothing of what was done is passed over.
        let first = opened.origin.commands.first().map_or(seen.until.secs(), |timed| timed.at_s);
        let opens = opened.scenario.open_at_s.min(first - LEAD_S);
        opened.scenario.open_at_s = opens.max(0.0);
    }
    tui::run(opened, options, pupil(&memories, look.no_save, None, present))
}

/// A lesson, in the dashboard.
pub(super) fn lesson(lesson: Arc<Lesson>, look: &Look, present: bool) -> ExitCode {
    let memories = Memories::of_user(look.no_save);
    let origin = Origin::new(Base::Shipped(lesson.scenario.name.clone()));
    let opened = Opened { scenario: lesson.scenario.clone(), origin, seen: None };
    let mut options = options(&opened, Some(lesson.stateful), Vec::new(), look, false);
    options.home = lesson.shown;
    tui::run(opened, options, pupil(&memories, look.no_save, Some(lesson), present))
}

fn pupil(memories: &Memories, no_save: bool, lesson: Option<Arc<Lesson>>, present: bool) -> Pupil {
    let progress = memories.recall().unwrap_or_default();
    let remember = (!no_save).then_some(keep as fn(&Progress) -> bool);
    Pupil { school: School::new(progress, present), lesson, remember }
}

/// Keeps what was learnt; where that cannot be, the next lesson knows nothing of this one. Says whether it could.
fn keep(learnt: &Progress) -> bool {
    Memories::of_user(false).learn(learnt)
}

/// Whether the card for beginners is due: once, and only where it is known whether it was.
fn welcome(memories: &Memories) -> bool {
    let due = memories.are_kept()
        && tui::guard::suitable_here().is_ok()
        && !memories.recall::<Welcome>().unwrap_or_default().shown;
    // Where it cannot be kept in mind it would come again and again.
    due && memories.keep(&Welcome { shown: true })
}

/// The world that is shown and the stateful one beside `token`: as asked for, else as they were when the run was saved.
pub(super) fn worlds(home: Option<Home>, opened: Option<&Opened>) -> (Home, Home) {
    let stateful = home.filter(|home| home.stateful());
    let beside = stateful.or_else(|| Some(opened?.seen?.beside)).unwrap_or(Home::Sticky);
    (home.or_else(|| opened?.home()).unwrap_or(beside), beside)
}

fn options(opened: &Opened, home: Option<Home>, call: Vec<String>, look: &Look, welcome: bool) -> Options {
    let theme = match look.theme {
        Theme::Auto => Colours::Auto,
        Theme::Dark => Colours::Dark,
        Theme::Light => Colours::Light,
        Theme::Plain => Colours::Plain,
    };
    let (home, beside) = worlds(home, Some(opened));
    let Look { ascii, no_motion, fps, no_mouse, .. } = *look;
    Options { home, beside, theme, ascii, no_motion, fps, no_mouse, welcome, record: look.record.clone(), call }
}

//! The dashboard.
//!
//! ```text
//!   keys, clicks ─▶ canvas loop ─▶ App ─▶ Order ─▶ driver (a thread of its own) ─▶ Experiment
//!                        ▲          │                 │
//!                        └── draw ◀─┴── Snapshot ◀────┘
//!   guard: the terminal is given back on every way out
//! ```
//!
//! Drawing is a function of (snapshot, [`state::UiState`], theme); it reads no clock and changes nothing.

pub mod app;
pub mod canvas;
pub mod coach;
pub mod driver;
pub mod facts;
pub mod farewell;
pub mod fork;
pub mod glossary;
pub mod guard;
pub mod insight;
pub mod keep;
pub mod keymap;
pub mod lesson;
mod outbox;
mod over;
pub mod pace;
pub mod palette;
mod parts;
pub mod picture;
pub mod record;
pub mod run;
pub mod school;
pub mod screen;
pub mod shadow;
pub mod snapshot;
pub mod stage;
pub mod state;
pub mod still;
pub mod survey;
pub mod theme;
#[cfg(test)]
mod through;
pub mod travel;
pub mod views;
#[cfg(test)]
mod walk;

use crate::lesson::{Lesson, Progress};
use crate::scenario::{Home, Opened};
use app::App;
use driver::Engine;
use guard::{Guard, GuardError};
use keep::Keeper;
use picture::Paper;
use school::School;
use state::{Layer, UiState};
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use theme::{Palette, Theme};

/// Which set of colours is wanted.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Colours {
    /// As the environment says: `NO_COLOR`, `COLORTERM`, `COLORFGBG`.
    #[default]
    Auto,
    /// For a dark background.
    Dark,
    /// For a light one.
    Light,
    /// None.
    Plain,
}

/// How the dashboard is wanted. What is to be run is in the scenario.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Options {
    /// The world that is shown first.
    pub home: Home,
    /// The stateful world beside it.
    pub beside: Home,
    /// The colours.
    pub theme: Colours,
    /// Only ASCII characters.
    pub ascii: bool,
    /// Nothing moves on the screen that does not move in the world.
    pub no_motion: bool,
    /// So many pictures a second at most.
    pub fps: u8,
    /// The mouse is left to the terminal.
    pub no_mouse: bool,
    /// A card for beginners lies over the first picture.
    pub welcome: bool,
    /// The session is recorded into this new file.
    pub record: Option<PathBuf>,
    /// The words on the command line from the scenario on, for the summary at the end; no seed, no length.
    pub call: farewell::Call,
}

/// Whoever learns here.
#[derive(Clone, Debug)]
pub struct Pupil {
    /// What is known of them.
    pub school: School,
    /// The lesson to begin with.
    pub lesson: Option<Arc<Lesson>>,
    /// Keeps what was learnt, if it is to be kept.
    pub remember: Option<fn(&Progress) -> bool>,
}

/// Runs the dashboard until the learner leaves it; then says what ran, and how to have it again.
///
/// Exit code 0 after `q`; 2 where there is no terminal for it, or it broke down, after a line on stderr.
#[must_use]
pub fn run(opened: Opened, options: Options, pupil: Pupil) -> ExitCode {
    let failed = |error: &dyn std::fmt::Display| {
        eprintln!("statelab: {error}");
        ExitCode::from(2)
    };
    if let Err(error) = guard::suitable_here() {
        return failed(&error);
    }
    let environment = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let (palette, paper) = colours(options.theme, environment);
    if let Some(path) = &options.record
        && let Err(error) = record::begin(path, canvas::size(), paper)
    {
        let mend = match error.kind() {
            io::ErrorKind::AlreadyExists => "; name a new file",
            io::ErrorKind::NotFound => "; there has to be a folder for it",
            _ => "",
        };
        return failed(&format!("{} cannot take a recording: {error}{mend}", path.display()));
    }
    let guard = match Guard::take(!options.no_mouse) {
        Ok(guard) => guard,
        Err(error @ (GuardError::Unsuitable(_) | GuardError::Io(_))) => {
            record::discard();
            return failed(&error);
        }
    };
    let theme = Theme::new(palette, options.ascii || ascii_alone(environment));
    let mut ui = UiState::new(&[Home::Token, options.beside], !options.no_motion);
    ui.shown = options.home;
    ui.pause = Duration::from_secs(1) / u32::from(options.fps.max(1));
    if options.welcome {
        ui.layer = Layer::Welcome;
    }
    let mut app = App::new(ui);
    app.school = pupil.school;
    if theme.ascii() {
        app.keymap.spell();
    }
    let lesson = pupil.lesson.is_some();
    if let Some(lesson) = pupil.lesson {
        app.begin_lesson(lesson, 1);
    }
    let ends = opened.seen.map(|seen| seen.until);
    let keeper = Keeper { origin: opened.origin, paper, remember: pupil.remember };
    let scenario = Arc::new(opened.scenario);
    let result = Engine::start(scenario.clone(), app.wants(), ends, lesson)
        .and_then(|engine| canvas::show(app, &engine, &theme, &guard.again(), &keeper));
    drop(guard);
    match result {
        Ok(last) => {
            let said = |(snapshot, shown): (Arc<_>, _)| farewell::farewell(&snapshot, shown, &options.call, &scenario);
            // A lesson is not repeated by commands.
            let words = last.shown.filter(|_| !lesson).and_then(said).unwrap_or_default();
            let words = words + &last.lesson.map_or(String::new(), farewell::go_on);
            // Whoever reads our output may be gone; the dashboard has done its work all the same.
            let _ = std::io::stdout().write_all(words.as_bytes());
            record::trouble().map_or(ExitCode::SUCCESS, |why| failed(&why))
        }
        Err(error) => failed(&error),
    }
}

/// Whether a terminal is known to show no more than ASCII: the Linux console, DEC's, and where the locale names another code.
fn ascii_alone(environment: impl Fn(&str) -> Option<String>) -> bool {
    let term = environment("TERM").unwrap_or_default();
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(&environment).unwrap_or_default();
    let code = locale.split_once('.').map(|(_, code)| code.split('@').next().unwrap_or(code).to_ascii_lowercase());
    let dec = term.strip_prefix("vt").is_some_and(|model| model.starts_with(|c: char| c.is_ascii_digit()));
    term == "linux" || dec || code.is_some_and(|code| !matches!(code.as_str(), "utf-8" | "utf8"))
}

/// The palette for a terminal, and what it draws on. It is not asked: an answer may take a second, and some never answer.
fn colours(wanted: Colours, environment: impl Fn(&str) -> Option<String>) -> (Palette, Paper) {
    let deep = environment("COLORTERM").is_some_and(|value| value.contains("truecolor") || value.contains("24bit"));
    let light = match wanted {
        Colours::Auto | Colours::Plain => {
            environment("COLORFGBG").is_some_and(|value| matches!(value.rsplit(';').next(), Some("7" | "15")))
        }
        Colours::Dark => false,
        Colours::Light => true,
    };
    let palette = match (wanted == Colours::Plain || environment("NO_COLOR").is_some(), deep, light) {
        (true, ..) => Palette::Plain,
        (_, false, true) => Palette::SixteenLight,
        (_, false, false) => Palette::Sixteen,
        (_, true, true) => Palette::Light,
        (_, true, false) => Palette::Dark,
    };
    (palette, if light { Paper::LIGHT } else { Paper::DARK })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ascii_follows_the_environment() {
        let alone = |set: &[(&str, &str)]| {
            ascii_alone(|name| set.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned()))
        };
        for enough in ["C.UTF-8", "de_DE.utf8", "C", "de_DE", "ja_JP.UTF-8@x"] {
            assert!(!alone(&[("TERM", "xterm"), ("LANG", enough)]), "{enough}");
        }
        for (name, value) in [("TERM", "linux"), ("TERM", "vt220"), ("LANG", "de_DE.ISO-8859-15@euro")] {
            assert!(alone(&[(name, value)]), "{value}");
        }
        assert!(!alone(&[("TERM", "vte-256color")]));
        assert!(alone(&[("LC_ALL", "ja_JP.eucJP"), ("LANG", "ja_JP.UTF-8")]) && !alone(&[]));
    }

    #[test]
    fn colours_follow_the_environment() {
        let colours_of = |set: &[(&str, &str)], wanted| {
            colours(wanted, |name| set.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned()))
        };
        let palette_of = |set, wanted| colours_of(set, wanted).0;
        assert_eq!(palette_of(&[], Colours::Auto), Palette::Sixteen);
        assert_eq!(palette_of(&[("COLORFGBG", "0;15")], Colours::Auto), Palette::SixteenLight);
        assert_eq!(palette_of(&[], Colours::Light), Palette::SixteenLight);
        assert_eq!(palette_of(&[("COLORTERM", "truecolor")], Colours::Plain), Palette::Plain);
        assert_eq!(palette_of(&[("COLORTERM", "truecolor")], Colours::Auto), Palette::Dark);
        assert_eq!(palette_of(&[("COLORTERM", "24bit"), ("COLORFGBG", "0;15")], Colours::Auto), Palette::Light);
        assert_eq!(palette_of(&[("COLORTERM", "truecolor"), ("COLORFGBG", "0;15")], Colours::Dark), Palette::Dark);
        assert_eq!(palette_of(&[("COLORTERM", "truecolor"), ("NO_COLOR", "1")], Colours::Light), Palette::Plain);
        let paper_of = |set| colours_of(set, Colours::Plain).1;
        assert_eq!((paper_of(&[]), paper_of(&[("COLORFGBG", "0;15")])), (Paper::DARK, Paper::LIGHT));
    }
}

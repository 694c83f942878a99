//! Files that the dashboard makes: a run to show again, a picture of the screen. None is ever written over.
//!
//! ```text
//!   key, palette ─▶ App ─▶ Deed ─▶ Keeper ─▶ a new file, in one piece ─▶ the answer says where
//! ```

use super::app::App;
use super::keymap::Action;
use super::parts::clock;
use super::picture::{self, Paper};
use super::snapshot::Snapshot;
use super::theme::Theme;
use super::{screen, still};
use crate::lesson::Progress;
use crate::scenario::{LONGEST_S, Origin, Saved, Seen};
use crate::text::quoted;
use crate::units::Nanos;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

/// So many numbers are tried before a name counts as taken.
const NUMBERS: u32 = 10_000;

/// A file that was asked for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Deed {
    /// The run so far, under this name or one of ours.
    Save(Option<String>),
    /// The screen, as SVG and as text, under this name or one of ours.
    Picture(Option<String>),
}

/// Whoever makes the files knows where the run came from.
#[derive(Clone, Debug)]
pub struct Keeper {
    /// How the scenario came about.
    pub origin: Origin,
    /// What pictures are drawn on.
    pub paper: Paper,
    /// Keeps what was learnt, from one run of the program to the next, if it is to be kept. Says whether it could.
    pub remember: Option<fn(&Progress) -> bool>,
}

impl Keeper {
    /// Keeps what was learnt, if there is something new.
    pub fn remember(&self, app: &mut App) {
        if app.school.take_learnt() {
            self.keep(app);
        }
    }

    /// Keeps what was learnt here. Says whether nothing of it is lost.
    pub fn keep(&self, app: &App) -> bool {
        let learnt = app.school.learnt();
        learnt.lessons.is_empty() || self.remember.is_some_and(|remember| remember(&learnt))
    }

    /// Does it. The answer says where it is.
    ///
    /// # Errors
    /// Why there is no such file, in a sentence.
    pub fn carry_out(&self, deed: &Deed, app: &App, theme: &Theme) -> Result<String, String> {
        let Some(snapshot) = &app.snapshot else { return Err("nothing is there yet".into()) };
        match deed {
            Deed::Save(name) => self.save(name.as_deref(), app, snapshot),
            Deed::Picture(name) => picture(name.as_deref(), app, snapshot, theme, self.paper),
        }
    }

    fn save(&self, name: Option<&str>, app: &App, snapshot: &Snapshot) -> Result<String, String> {
        if app.ui.second && snapshot.fork.is_some() {
            let other = app.keymap.cap(Action::OtherWorld);
            return Err(format!("of two futures only the first can be saved; {other} shows it"));
        }
        if snapshot.now == Nanos::ZERO {
            return Err("not saved: nothing has happened yet".into());
        }
        if snapshot.now.secs() > LONGEST_S {
            return Err("not saved: no run of more than 30 days can be shown again".into());
        }
        let seen = Seen { home: app.ui.shown, beside: app.ui.stateful, until: snapshot.now };
        let run = Saved { origin: self.origin.with(&snapshot.history), seed: snapshot.scenario.seed, seen };
        let text = run.to_toml(&snapshot.scenario, &snapshot.history)?;
        let names = Names::of(name, &[".toml"], "statelab-run")?;
        let made = make(&names, &[("toml", &text)]).map_err(|error| format!("not saved: {error}"))?;
        let file = quoted(&format!("{}.toml", made.display()));
        Ok(match snapshot.times.newest {
            Some(_) => format!("saved up to {}: statelab replay {file}", clock(snapshot.now)),
            None => format!("saved: statelab replay {file}"),
        })
    }
}

fn picture(name: Option<&str>, app: &App, snapshot: &Snapshot, theme: &Theme, paper: Paper) -> Result<String, String> {
    let (columns, rows) = app.ui.size;
    let mut buffer = Buffer::empty(Rect::new(0, 0, columns, rows));
    screen::draw(app, theme, &mut buffer);
    let (title, about) = still::words(app, &snapshot.scenario, snapshot.now);
    let (svg, text) = (picture::svg(&buffer, paper, &title, &about), picture::text(&buffer));
    let names = Names::of(name, &[".svg", ".txt"], "statelab-picture")?;
    let made = make(&names, &[("svg", &svg), ("txt", &text)]).map_err(|error| format!("no picture: {error}"))?;
    Ok(format!("pictures: {0}.svg, {0}.txt", made.display()))
}

/// Names to try, one after the other.
struct Names {
    stem: PathBuf,
    /// The number that goes without saying; 0 if every name has its number.
    first: u32,
}

impl Names {
    /// This name, without an ending that its files have anyway; or ours, with a number.
    ///
    /// # Errors
    /// A name that no file can have.
    fn of(name: Option<&str>, endings: &[&str], ours: &str) -> Result<Self, String> {
        let stem = name.map(|name| endings.iter().find_map(|ending| name.strip_suffix(ending)).unwrap_or(name));
        match stem.filter(|stem| !stem.is_empty()) {
            None => Ok(Self { stem: ours.into(), first: 0 }),
            Some(name) if Path::new(name).file_name().is_none() || name.ends_with('/') => {
                Err(format!("not saved: `{name}` is no name of a file"))
            }
            // As a word on a command line it must not look like an option.
            Some(name) if name.starts_with('-') => Ok(Self { stem: Path::new(".").join(name), first: 1 }),
            Some(name) => Ok(Self { stem: name.into(), first: 1 }),
        }
    }

    fn nth(&self, number: u32) -> PathBuf {
        if number == self.first {
            return self.stem.clone();
        }
        let mut name = self.stem.clone().into_os_string();
        name.push(format!("-{number}"));
        name.into()
    }
}

/// Writes files that differ in their endings, under the first name that none of them has yet. Says the name.
fn make(names: &Names, files: &[(&str, &str)]) -> io::Result<PathBuf> {
    for number in 1..=NUMBERS {
        let stem = names.nth(number);
        match make_all(&stem, files) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            outcome => return outcome.map(|()| stem),
        }
    }
    Err(io::Error::new(ErrorKind::AlreadyExists, "all names are taken"))
}

fn make_all(stem: &Path, files: &[(&str, &str)]) -> io::Result<()> {
    let paths: Vec<PathBuf> = files.iter().map(|(ending, _)| with_ending(stem, ending)).collect();
    let mut taken = Vec::new();
    let outcome = paths.iter().zip(files).try_for_each(|(path, (_, text))| {
        // The name is taken first, so that nobody else's file can be in the way of the whole one.
        File::options().write(true).create_new(true).open(path)?;
        taken.push(path);
        fill(path, text)
    });
    if outcome.is_err() {
        for path in taken {
            // What is left of a file that could not be written is of no use; if it stays, the error says enough.
            let _ = fs::remove_file(path);
        }
    }
    outcome
}

/// Puts a text in the place of an empty file, in one piece.
fn fill(path: &Path, text: &str) -> io::Result<()> {
    let temporary = with_ending(path, &format!("{}.tmp", std::process::id()));
    let written = File::options()
        .write(true)
        .create_new(true)
        .open(&temporary)
        .and_then(|mut file| file.write_all(text.as_bytes()))
        .and_then(|()| fs::rename(&temporary, path));
    if written.is_err() {
        // As above.
        let _ = fs::remove_file(&temporary);
    }
    written
}

fn with_ending(stem: &Path, ending: &str) -> PathBuf {
    let mut name = stem.as_os_str().to_owned();
    name.push(".");
    name.push(ending);
    name.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_saved_under_a_name_that_can_be_typed_again() {
        let stem =
            |name| Names::of(Some(name), &[".toml"], "statelab-run").map(|names| names.stem.display().to_string());
        assert_eq!(stem("-"), Ok("./-".into()));
        assert_eq!((stem("mine.toml"), stem("a/b")), (Ok("mine".into()), Ok("a/b".into())));
        for name in ["..", "a/..", "/", "a/"] {
            assert!(stem(name).unwrap_err().contains("no name of a file"), "{name}");
        }
    }

    #[test]
    fn no_file_is_written_over_and_pairs_share_a_number() {
        let folder = std::env::temp_dir().join(format!("statelab-keep-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let names = Names { stem: folder.join("x"), first: 1 };
        fs::write(folder.join("x.txt"), "old").unwrap();
        let made = make(&names, &[("svg", "a"), ("txt", "b")]).unwrap();
        assert_eq!(made, folder.join("x-2"), "one of the two was taken");
        assert_eq!(make(&names, &[("svg", "c"), ("txt", "d")]).unwrap(), folder.join("x-3"));
        assert_eq!(fs::read_to_string(folder.join("x.txt")).unwrap(), "old");
        assert_eq!(fs::read_to_string(folder.join("x-3.svg")).unwrap(), "c");
        let mut left: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        left.sort();
        assert_eq!(left, ["x-2.svg", "x-2.txt", "x-3.svg", "x-3.txt", "x.txt"], "nothing else is left behind");
        assert!(make(&Names { stem: folder.join("no/x"), first: 1 }, &[("svg", "")]).is_err());
        fs::remove_dir_all(&folder).unwrap();
    }
}

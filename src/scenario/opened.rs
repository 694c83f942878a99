//! A scenario and where it came from: so that what was run can be said, saved and repeated.
//!
//! ```text
//!   classroom · my.toml · kill.toml (a saved run) ─▶ Opened { scenario, origin, seen } ─ options ─▶ run, dashboard
//! ```

use super::fault::{Source, clean};
use super::saved::{self, Seen};
use super::{FILE_LIMIT, Fault, Faults, Home, Scenario, TimedCommand, rules, shipped, walk};
use super::{not_toml, note, sort_with, suggest_shipped, too_deep, too_large};
use crate::command::Command;
use crate::kind::Kind;
use crate::shipped::find;
use crate::units::Nanos;
use toml::de::DeTable;

/// What a scenario was before anything was changed in it.
#[derive(Clone, PartialEq, Debug)]
pub enum Base {
    /// It comes with the program, under this name.
    Shipped(String),
    /// It was read from a file.
    File {
        /// The file, as it was named.
        word: String,
        /// The scenario's name.
        name: String,
        /// The scenario as TOML.
        text: String,
    },
}

/// Everything that made a scenario what it is, but its seed and its length.
#[derive(Clone, PartialEq, Debug)]
pub struct Origin {
    /// What it began as.
    pub base: Base,
    /// The fields that were changed, each as `PATH=VALUE`, in this order.
    pub set: Vec<String>,
    /// Whether the commands that belong to the scenario are carried out.
    pub own_commands: bool,
    /// Further commands, in the order of their instants; at one instant they come after the scenario's own.
    pub commands: Vec<TimedCommand>,
}

impl Origin {
    /// Nothing was changed.
    #[must_use]
    pub const fn new(base: Base) -> Self {
        Self { base, set: Vec::new(), own_commands: true, commands: Vec::new() }
    }

    /// A field was changed, as `--set PATH=VALUE` would.
    pub fn note(&mut self, path: &str, value: impl std::fmt::Display) {
        self.set.push(format!("{path}={value}"));
    }

    /// Commands were added.
    pub fn schedule(&mut self, commands: impl IntoIterator<Item = TimedCommand>) {
        self.commands.extend(commands);
        self.commands.sort_by(|a, b| a.at_s.total_cmp(&b.at_s));
    }

    /// With what was done while it ran.
    #[must_use]
    pub fn with(&self, history: &[(Nanos, Command)]) -> Self {
        let mut all = self.clone();
        all.schedule(history.iter().map(|&(at, command)| TimedCommand { at_s: at.secs(), command }));
        all
    }
}

/// What a word on the command line stands for: a scenario, or a saved run of one.
#[derive(Clone, PartialEq, Debug)]
pub struct Opened {
    /// The scenario, with everything in it that a saved run adds.
    pub scenario: Scenario,
    /// How it came about.
    pub origin: Origin,
    /// What was looked at, if it is a saved run.
    pub seen: Option<Seen>,
}

impl Opened {
    /// Reads a scenario or a saved run; the key `run` tells them apart.
    ///
    /// `name` is what the scenario will be called, `label` what faults call the text (a path).
    ///
    /// # Errors
    /// Everything that is wrong with it, each with line, column and a hint.
    pub fn from_toml(name: &str, label: &str, text: &str) -> Result<Self, Faults> {
        if text.len() > FILE_LIMIT {
            return Err(too_large(label).into());
        }
        Kind::Scenario.demand(label, text)?;
        let mut source = Source::file(label, text);
        source.note_hidden(source.mark());
        let (document, errors) = DeTable::parse_recoverable(text);
        if let Some(deep) = errors.iter().find(|error| too_deep(error)) {
            // Whatever else there is to say of it follows from that.
            return Err(Source::file(label, text).fail(deep.span().unwrap_or(0..0), not_toml(deep), None));
        }
        let mut syntax = Source::file(label, text);
        for error in &errors {
            let span = error.span().unwrap_or(text.len()..text.len());
            syntax.fault(span, not_toml(error), None);
        }
        source.absorb(syntax);

        let mut content = Source::file(label, text);
        let opened = if document.get_ref().contains_key("run") {
            saved::read(text, document.get_ref(), errors.is_empty(), &mut content)
        } else {
            let mut scenario = Scenario { name: clean(name), ..Scenario::default() };
            let mut seen = walk::document(&mut scenario, document.get_ref(), &mut content);
            sort_with(&mut scenario.commands, &mut seen.commands);
            if errors.is_empty() {
                for breach in rules::breaches(&scenario) {
                    note(&breach, &seen, &mut content);
                }
            }
            let base = Base::File { word: label.into(), name: scenario.name.clone(), text: text.into() };
            Self { scenario, origin: Origin::new(base), seen: None }
        };
        source.absorb(content);
        source.finish().map(|()| opened)
    }

    /// Finds what a word stands for: with `/` in it or `.toml` at its end it is a file, else the name of a shipped scenario.
    ///
    /// # Errors
    /// An unknown name, a file that cannot be read, or all faults in it.
    pub fn load(word: &str) -> Result<Self, Faults> {
        let Some(found) = find(word, shipped())? else {
            return Err(Fault::of(word, "no scenario is called that", Some(suggest_shipped(word))).into());
        };
        let mut opened = Self::from_toml(&found.name, &found.label, &found.text)?;
        if found.shipped {
            opened.origin.base = Base::Shipped(found.name);
        }
        Ok(opened)
    }

    /// The world that was looked at when a run was saved.
    #[must_use]
    pub fn home(&self) -> Option<Home> {
        self.seen.as_ref().map(|seen| seen.home)
    }
}

//! A scenario: what a run is made of, as data.
//!
//! ```text
//!   assets/scenarios/*.toml ─┐
//!   a file of one's own ─────┴▶ Scenario (units in the names, as written) ──▶ sim::Plan (nanoseconds)
//!   --set PATH=VALUE ────────▶
//!   a saved run ─────────────▶
//! ```
//!
//! `fields` names every key once; `walk` goes through a document, `read` turns values into fields, `rows` reads lists
//! of small tables, `rules` weighs several keys together, and `fault` says what is wrong, where, and how to mend it.
//! `opened` remembers where a scenario came from; `saved` writes and reads a run.

mod embedded;
mod fault;
mod fields;
mod file;
mod opened;
mod read;
mod rows;
mod rules;
mod saved;
mod script;
mod shipped;
mod types;
mod walk;

pub use fault::{Fault, Faults, Spot, nearest, printable};
pub use file::{STDIN, open_file, read_file};
pub use opened::{Base, Opened, Origin};
pub use read::DISTRIBUTIONS;
pub use saved::{Instant, SAVED, Saved, Seen};
pub use script::{parse_script, parse_span, parse_timed};
pub use shipped::shipped;
pub use types::*;
pub use walk::fields_of;

use crate::command::Command;
pub(crate) use fault::Source;
use fault::clean;
pub(crate) use fields::{DAY_MS, TEN_MILLION, TICK_MS, paths as field_paths};
pub use fields::{FieldFacts, MONTH_S as LONGEST_S, fields, knobs, settings};
use rules::{About, Breach};
use toml::de::{DeTable, DeValue};

/// The largest file that is read.
pub const FILE_LIMIT: usize = 256 * 1024;

impl Scenario {
    /// Reads a scenario, or the one that a saved run comes to.
    ///
    /// `name` is what it will be called, `label` what faults call the text (a path).
    ///
    /// # Errors
    /// Everything that is wrong with it, each with line, column and a hint.
    pub fn from_toml(name: &str, label: &str, text: &str) -> Result<Self, Faults> {
        Opened::from_toml(name, label, text).map(|opened| opened.scenario)
    }

    /// Finds a scenario: a word with `/` in it or `.toml` at its end is a file, any other the name of a shipped one.
    ///
    /// # Errors
    /// An unknown name, a file that cannot be read, or all faults in it.
    pub fn load(word: &str) -> Result<Self, Faults> {
        Opened::load(word).map(|opened| opened.scenario)
    }

    /// Changes one field, as `--set PATH=VALUE`: the value is TOML, or else a text.
    ///
    /// Rules that weigh several keys are not applied; call [`Scenario::validate`] when all is set.
    ///
    /// # Errors
    /// As for a file; then nothing is changed.
    pub fn set(&mut self, assignment: &str) -> Result<(), Faults> {
        self.assign("--set", assignment)
    }

    /// The same, for whoever has another word for it than `--set`.
    ///
    /// # Errors
    /// As for [`Scenario::set`].
    pub(crate) fn assign(&mut self, word: &str, assignment: &str) -> Result<(), Faults> {
        let label = format!("{word} {}", clean(assignment));
        let fail = |message: &str| {
            Err(Fault::of(&label, message, Some(format!("write it as {word} workload.users=20"))).into())
        };
        let Some((path, value)) = assignment.split_once('=') else { return fail("there is no `=`") };
        let (path, value) = (path.trim(), value.trim());
        let part =
            |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
        if !path.split('.').all(part) {
            return fail("the part before `=` is no path");
        }
        self.set_as(&label, path, value)
    }

    /// Changes one field for an option that has a name of its own; faults call it `label`.
    ///
    /// # Errors
    /// As for [`Scenario::set`].
    pub fn set_as(&mut self, label: &str, path: &str, value: &str) -> Result<(), Faults> {
        if value.len() > FILE_LIMIT {
            return Err(too_large(label).into());
        }
        let value = match DeValue::parse(value) {
            Ok(_) => value.to_owned(),
            Err(_) => toml::Value::from(value).to_string(),
        };
        let text = format!("{path} = {value}");
        let mut source = Source::option(label, &text);
        let (document, errors) = DeTable::parse_recoverable(&text);
        for error in &errors {
            source.fault(0..0, not_toml(error), None);
        }
        let mut changed = self.clone();
        walk::document(&mut changed, document.get_ref(), &mut source);
        source.finish()?;
        changed.commands.sort_by(|a, b| a.at_s.total_cmp(&b.at_s));
        *self = changed;
        Ok(())
    }

    /// Adds commands; at the same instant they come after those that are there already.
    pub fn schedule(&mut self, commands: impl IntoIterator<Item = TimedCommand>) {
        self.commands.extend(commands);
        self.commands.sort_by(|a, b| a.at_s.total_cmp(&b.at_s));
    }

    /// All commands that are planned, in order, as `--do` takes them.
    #[must_use]
    pub fn planned(&self) -> Vec<String> {
        self.commands.iter().map(ToString::to_string).collect()
    }

    /// Whether a world with this home has a store: for its state, or for a denylist.
    #[must_use]
    pub fn has_store(&self, home: Home) -> bool {
        home == Home::Store || home == Home::Token && self.token.denylist
    }

    /// Whether a command is for a store, where a world with this home has none.
    #[must_use]
    pub fn misses_store(&self, home: Home, command: Command) -> bool {
        command.misses_store(self.has_store(home))
    }

    /// Applies the rules that weigh several keys, and refuses commands that nothing could make possible: once more
    /// after options have changed a scenario.
    ///
    /// # Errors
    /// Every rule that is broken.
    pub fn validate(&self) -> Result<(), Faults> {
        self.validate_from(|_| None)
    }

    /// The same; a command that is refused is told with where it came from, if that is not the scenario.
    ///
    /// # Errors
    /// Every rule that is broken.
    pub fn validate_from(&self, whence: impl Fn(&TimedCommand) -> Option<String>) -> Result<(), Faults> {
        let label = format!("scenario {}", self.name);
        let faults: Vec<Fault> = rules::breaches(self)
            .into_iter()
            .map(|breach| match breach.about {
                About::Keys => Fault::of(&label, breach.message, Some(breach.hint)),
                About::Command(i) => {
                    let command = &self.commands[i];
                    let label = format!("{}, at {} s", whence(command).unwrap_or_else(|| label.clone()), command.at_s);
                    Fault::of(&label, breach.message, Some(breach.hint))
                }
            })
            .collect();
        if faults.is_empty() { Ok(()) } else { Err(Faults(faults)) }
    }
}

/// Sorts commands by time, and their places in the text with them.
fn sort_with(commands: &mut Vec<TimedCommand>, places: &mut Vec<std::ops::Range<usize>>) {
    let mut both: Vec<_> = commands.drain(..).zip(places.drain(..)).collect();
    both.sort_by(|(a, _), (b, _)| a.at_s.total_cmp(&b.at_s));
    (*commands, *places) = both.into_iter().unzip();
}

/// Notes a broken rule where the text broke it, unless a key that it weighs was refused already.
fn note(breach: &Breach, seen: &walk::Seen, source: &mut Source<'_>) {
    if breach.weighed.iter().any(|key| seen.refused.iter().any(|refused| refused == key)) {
        return;
    }
    let span = match breach.about {
        About::Command(i) => seen.commands[i].clone(),
        About::Keys => {
            let written = breach.weighed.iter().find_map(|key| seen.keys.get(*key));
            written.cloned().unwrap_or(0..0)
        }
    };
    source.fault(span, breach.message.clone(), Some(breach.hint.clone()));
}

/// The shipped scenario that was probably meant, and all there are.
fn suggest_shipped(word: &str) -> String {
    let names = || shipped().iter().map(|shipped| shipped.name);
    let all = names().collect::<Vec<_>>().join(", ");
    let others = format!("shipped: {all}; a file of your own has a `/` or ends in .toml");
    match nearest(word, names()) {
        Some(near) => format!("did you mean `{near}`? ({others})"),
        None => others,
    }
}

fn not_toml(error: &toml::de::Error) -> String {
    if too_deep(error) { "nested too deeply".into() } else { format!("not TOML: {}", clean(error.message())) }
}

fn too_deep(error: &toml::de::Error) -> bool {
    error.message().contains("recurs")
}

/// A text of more than [`FILE_LIMIT`] bytes, whatever it is to be.
fn too_large(label: &str) -> Fault {
    let hint = "what is read here is a page or two of text".into();
    Fault::of(label, format!("larger than {} KiB", FILE_LIMIT / 1024), Some(hint))
}

//! Designs: what somebody changes in the service; and what of it is theirs to change.

use super::Challenge;
use crate::scenario::{Fault, Faults, Home, Scenario, TimedCommand};
use crate::text::quoted;
use std::fmt;

/// What may be changed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum May {
    /// Where the state lives.
    Home,
    /// What is done while it runs.
    Commands,
    /// A field of the scenario; with a dot at the end, every field of that table.
    Field(String),
}

impl May {
    /// Whether it allows a change of this field.
    pub(super) fn covers(&self, path: &str) -> bool {
        match self {
            Self::Home | Self::Commands => false,
            Self::Field(field) if field.ends_with('.') => path.starts_with(field.as_str()),
            Self::Field(field) => field == path,
        }
    }
}

/// As a challenge file says it.
impl fmt::Display for May {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Home => "home",
            Self::Commands => "commands",
            Self::Field(field) => field,
        })
    }
}

/// A change of a service. Without anything in it, the service stays as it is.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Design {
    /// Where the state is to live.
    pub home: Option<Home>,
    /// Fields of the scenario, as with `--set`.
    pub set: Vec<String>,
    /// What is done while it runs.
    pub commands: Vec<TimedCommand>,
}

/// As options of the command line.
impl fmt::Display for Design {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let home = self.home.map(|home| format!("--home {}", home.id()));
        let set = self.set.iter().map(|change| format!("--set {}", quoted(change)));
        let commands = self.commands.iter().map(|timed| format!("--do {}", quoted(&timed.to_string())));
        let words: Vec<String> = home.into_iter().chain(set).chain(commands).collect();
        f.write_str(if words.is_empty() { "as it is" } else { "" })?;
        f.write_str(&words.join(" "))
    }
}

impl Challenge {
    /// The scenario and the home of state that a design comes to.
    ///
    /// # Errors
    /// What may not be changed, with what may; or what makes no scenario.
    pub fn allow(&self, design: &Design) -> Result<(Scenario, Home), Faults> {
        let may = self.may.iter().map(May::to_string).collect::<Vec<_>>().join(", ");
        let refuse = |label: &str, what: &str| {
            let hint = Some(format!("what may be changed: {may}"));
            Fault::of(label, format!("{what} may not be changed in this challenge"), hint)
        };
        let mut faults = Vec::new();
        if let Some(home) = design.home.filter(|home| *home != self.home && !self.may.contains(&May::Home)) {
            faults.push(refuse(&format!("--home {}", home.id()), "the home of state"));
        }
        let mut scenario = self.scenario.clone();
        for change in &design.set {
            let path = change.split('=').next().unwrap_or(change).trim();
            if !self.may.iter().any(|may| may.covers(path)) {
                faults.push(refuse(&format!("--set {change}"), &format!("`{}`", crate::scenario::printable(path))));
            } else if let Err(wrong) = scenario.set(change) {
                faults.extend(wrong.0);
            }
        }
        if let Some(first) = design.commands.first().filter(|_| !self.may.contains(&May::Commands)) {
            faults.push(refuse(&format!("--do '{first}'"), "what is done"));
        }
        if !faults.is_empty() {
            return Err(Faults(faults));
        }
        scenario.schedule(design.commands.iter().copied());
        scenario.validate()?;
        Ok((scenario, design.home.unwrap_or(self.home)))
    }
}

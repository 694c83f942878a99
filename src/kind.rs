//! What a file says that it is: whoever opens it as something else is told that, and not all that is strange in it.

use crate::scenario::{Fault, Faults, Opened};

/// What a lesson file says that it is.
pub(crate) const LESSON: &str = "statelab.lesson/1";
/// What a challenge file says that it is.
pub(crate) const CHALLENGE: &str = "statelab.challenge/1";

/// A kind of file that is read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// A scenario, or a saved run of one.
    Scenario,
    /// A lesson.
    Lesson,
    /// A challenge.
    Challenge,
}

impl Kind {
    /// Which of those that have a `format` a text says that it is, whatever the version.
    #[must_use]
    pub fn declared(text: &str) -> Option<Self> {
        let format = |line: &str| {
            let (key, value) = line.split_once('=')?;
            let is = |format: &str| key.trim() == "format" && value.contains(format.trim_end_matches(char::is_numeric));
            [(Self::Lesson, LESSON), (Self::Challenge, CHALLENGE)]
                .into_iter()
                .find_map(|(kind, of)| is(of).then_some(kind))
        };
        text.lines().find_map(format)
    }

    /// Refuses a text that is of another kind.
    ///
    /// # Errors
    /// What it is, and which command opens it.
    pub(crate) fn demand(self, label: &str, text: &str) -> Result<(), Faults> {
        let is = Self::declared(text).or_else(|| {
            let scenario = self != Self::Scenario && Opened::from_toml("", label, text).is_ok();
            scenario.then_some(Self::Scenario)
        });
        let (what, opens) = match is {
            None => return Ok(()),
            Some(kind) if kind == self => return Ok(()),
            Some(Self::Scenario) => ("a scenario", "statelab FILE"),
            Some(Self::Lesson) => ("a lesson", "statelab lesson FILE"),
            Some(Self::Challenge) => ("a challenge", "statelab challenge FILE"),
        };
        Err(Fault::of(label, format!("is {what}"), Some(format!("`{opens}` opens it"))).into())
    }
}

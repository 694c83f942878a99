//! What came of a design, for people and for programs.

use super::figures::plain;
use super::{Challenge, Design};
use crate::scenario::Home;
use serde::Serialize;

/// What a design is worth: the contract `statelab.verdict/1`.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Verdict {
    /// `statelab.verdict/1`.
    pub schema: &'static str,
    /// The program's version.
    pub version: &'static str,
    /// Which challenge.
    pub challenge: String,
    /// Where the state lives in the design.
    pub home: Home,
    /// What the design changes, as options.
    pub design: String,
    /// How many hidden seeds judged it.
    pub seeds: usize,
    /// Every goal, in order.
    pub goals: Vec<GoalVerdict>,
    /// Commands that had become impossible in some run, each with its instant.
    pub rejected: Vec<String>,
    /// Whether every goal holds with every seed.
    pub reached: bool,
}

/// How a design does at one goal.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct GoalVerdict {
    /// What the figure is.
    pub goal: String,
    /// What it has to be.
    pub asked: String,
    /// Its unit; of `%` the figure is a share.
    pub unit: String,
    /// With how many hidden seeds it is that.
    pub held: usize,
    /// The worst figure among them; none if it is not defined with some seed.
    pub worst: Option<f64>,
}

impl Verdict {
    pub(super) fn new(
        challenge: &Challenge,
        design: &Design,
        home: Home,
        goals: Vec<GoalVerdict>,
        rejected: Vec<String>,
    ) -> Self {
        Self {
            schema: "statelab.verdict/1",
            version: env!("CARGO_PKG_VERSION"),
            challenge: challenge.name.clone(),
            home,
            design: design.to_string(),
            seeds: challenge.seeds,
            reached: goals.iter().all(|goal| goal.held == challenge.seeds),
            goals,
            rejected,
        }
    }

    /// For people: each goal with what is asked and how it went, and the verdict.
    #[must_use]
    pub fn text(&self) -> String {
        let mut out = format!("{}, judged with {} hidden seeds\n{}\n\n", self.challenge, self.seeds, self.design);
        for goal in &self.goals {
            let mark = if goal.held == self.seeds { "✓" } else { "✗" };
            let worst = plain(goal.worst, &goal.unit);
            let held = format!("held with {} of {}", goal.held, self.seeds);
            out += &format!("  {mark} {}\n    {}: {held}, worst {worst}\n", goal.goal, goal.asked);
        }
        out += match self.reached {
            true => "\nReached: every goal holds with every seed. Other designs may reach it, too.\n",
            false => "\nNot reached: every goal has to hold with every seed.\n",
        };
        out
    }
}

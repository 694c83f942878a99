//! What a design is worth: the same service with every hidden seed, on all cores, and each goal's figure in each run.

use super::figures::Measured;
use super::verdict::{GoalVerdict, Verdict};
use super::{Challenge, Design};
use crate::experiment::{HeadlessError, run_headless};
use crate::lesson::facts;
use crate::lesson::value::{Unknown, Value};
use crate::scenario::{Faults, Home, Scenario};
use crate::study::share_out;
use sha2::{Digest, Sha256};
use std::sync::atomic::AtomicBool;

/// Why there is no verdict.
#[derive(Debug, thiserror::Error)]
pub enum JudgeError {
    /// The design is not allowed, or no scenario comes of it.
    #[error(transparent)]
    Design(#[from] Faults),
    /// A goal names what is not measured.
    #[error("the goal \"{0}\": {1}")]
    Goal(String, Unknown),
    /// A goal's figure is no number.
    #[error("the goal \"{0}\": its figure is no number")]
    NoNumber(String),
    /// The simulation contradicts itself.
    #[error(transparent)]
    Run(#[from] HeadlessError),
    /// The system gives no threads.
    #[error("{0}")]
    Threads(String),
}

/// What came of one run: a figure for each goal, and the commands that had become impossible.
struct Outcome {
    figures: Vec<Option<f64>>,
    rejected: Vec<String>,
}

impl Challenge {
    /// Runs a design with every hidden seed, and looks at each goal.
    ///
    /// # Errors
    /// If the design is not allowed, or the challenge itself does not hold together.
    pub fn judge(&self, design: &Design) -> Result<Verdict, JudgeError> {
        let (scenario, home) = self.allow(design)?;
        let seeds: Vec<u64> = self.hidden_seeds().collect();
        let runs: Vec<Result<Outcome, JudgeError>> =
            share_out(&seeds, 0, |&seed| Some(self.measure(&scenario, home, seed))).map_err(JudgeError::Threads)?;
        let runs = runs.into_iter().collect::<Result<Vec<Outcome>, _>>()?;
        let goals = self.goals.iter().enumerate().map(|(at, goal)| {
            let figures = || runs.iter().map(|run| run.figures[at]);
            GoalVerdict {
                goal: goal.text.clone(),
                asked: goal.asked(),
                unit: goal.unit.clone(),
                held: figures().filter(|figure| goal.bound.holds(*figure)).count(),
                worst: figures().reduce(|one, other| goal.bound.worse(one, other)).flatten(),
            }
        });
        let mut rejected: Vec<String> = runs.iter().flat_map(|run| run.rejected.iter().cloned()).collect();
        rejected.sort_unstable();
        rejected.dedup();
        Ok(Verdict::new(self, design, home, goals.collect(), rejected))
    }

    fn measure(&self, scenario: &Scenario, home: Home, seed: u64) -> Result<Outcome, JudgeError> {
        let run = |duration_s: f64| {
            let scenario = Scenario { seed, duration_s, ..scenario.clone() };
            run_headless(&scenario, home, &AtomicBool::new(false), None)
        };
        let whole = run(scenario.duration_s)?;
        // The same run, ended earlier: what comes later changes nothing of it.
        let early = self.since_s.map(run).transpose()?;
        let early = early.map(|early| facts::report(&early.report));
        let measured = Measured::new(scenario, facts::report(&whole.report), early);
        let figure = |goal: &super::Goal| match goal.figure.value(&measured) {
            Ok(Value::Number(figure)) => Ok(Some(figure)),
            Ok(Value::Nothing) => Ok(None),
            Ok(Value::Truth(_) | Value::Text(_)) => Err(JudgeError::NoNumber(goal.text.clone())),
            Err(unknown) => Err(JudgeError::Goal(goal.text.clone(), unknown)),
        };
        let figures = self.goals.iter().map(figure).collect::<Result<_, _>>()?;
        let rejected = whole.rejected.iter().map(|(at, command)| format!("`{command}` at {} s", at.secs())).collect();
        Ok(Outcome { figures, rejected })
    }

    /// The seeds that judge: always the same for the same name, and told to nobody, so that nobody designs for them.
    fn hidden_seeds(&self) -> impl Iterator<Item = u64> {
        (0..self.seeds).map(|number| {
            let hash = Sha256::digest(format!("statelab challenge {} {number}", self.name));
            hash.iter().take(8).fold(0, |seed, byte| seed << 8 | u64::from(*byte))
        })
    }
}

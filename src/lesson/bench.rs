//! A lesson's experiment without a screen: for its check, for questions that are asked again, for marking.

use super::compare::compared;
use super::facts::{self, Facts};
use super::step::{Lesson, Move, Until};
use super::watch::Watch;
use crate::command::Command;
use crate::experiment::Experiment;
use crate::ledger::Events;
use crate::scenario::{Home, Scenario};
use crate::units::Nanos;
use serde_json::Value as Json;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// The worlds of a lesson at one instant.
#[derive(Clone, Debug)]
pub struct Bench {
    experiment: Experiment,
    shown: Home,
    stateless: Home,
    stateful: Home,
    event: Json,
    compare: Json,
}

impl Bench {
    /// The worlds at the instant at which the lesson opens.
    #[must_use]
    pub fn open(lesson: &Lesson) -> Self {
        let scenario = Arc::new(lesson.scenario.clone());
        let opens = Nanos::from_secs(scenario.open_at_s);
        let mut experiment = Experiment::new(scenario, &[lesson.stateless, lesson.stateful]);
        experiment.run_until(opens);
        let (shown, stateless, stateful) = (lesson.shown, lesson.stateless, lesson.stateful);
        Self { experiment, shown, stateless, stateful, event: Json::Null, compare: Json::Null }
    }

    /// The figures now.
    #[must_use]
    pub fn facts(&self) -> Facts {
        let scenario = self.experiment.scenario();
        let reports = self.experiment.arms().iter().map(|arm| {
            let count = arm.journal.iter().next_back().map_or(0, |event| event.seq);
            let events = Events { count, sha256: String::new() };
            (arm.home, facts::report(&arm.ledger.report(scenario, arm.home, self.experiment.now(), events)))
        });
        let facts = Facts::new(reports.collect(), self.shown, self.stateless, self.stateful);
        Facts { event: self.event.clone(), compare: self.compare.clone(), ..facts }
    }

    /// Lets so many simulated seconds pass.
    pub fn run(&mut self, seconds: f64) {
        self.experiment.run_until(self.experiment.now().saturating_add(Nanos::from_secs(seconds)));
    }

    /// Lets time pass up to the instant of an event. Says whether it came in time.
    pub fn until(&mut self, until: &Until) -> bool {
        let home = until.world.home(self.shown, self.stateless, self.stateful);
        self.experiment.ensure(home);
        let Some(mut watch) = self.experiment.arm(home).map(|arm| Watch::new(until.clone(), arm)) else { return false };
        let end = self.experiment.now().saturating_add(Nanos::from_secs(until.within_s));
        while let Some(next) = self.experiment.next_at().filter(|next| *next <= end) {
            self.experiment.run_until(next);
            if let Some((_, fields)) = self.experiment.arm(home).and_then(|arm| watch.look(arm)) {
                self.event = fields;
                return true;
            }
        }
        self.experiment.run_until(end);
        false
    }

    /// Gives a command.
    ///
    /// # Errors
    /// Why it is impossible.
    pub fn command(&mut self, command: Command) -> Result<(), String> {
        self.experiment.command(command)
    }

    /// Shows another world.
    pub fn show(&mut self, home: Home) {
        self.experiment.ensure(home);
        self.shown = home;
        if home.stateful() {
            self.stateful = home;
        } else {
            self.stateless = home;
        }
    }

    /// Starts over with another scenario, up to its opening.
    pub fn again(&mut self, scenario: &Scenario) {
        let opens = Nanos::from_secs(scenario.open_at_s);
        self.experiment = Experiment::new(Arc::new(scenario.clone()), &[self.stateless, self.stateful]);
        self.experiment.run_until(opens);
        self.event = Json::Null;
    }

    /// Compares all homes of state over several seeds.
    ///
    /// # Errors
    /// Why that is impossible.
    pub fn compare(&mut self, scenario: &Scenario, runs: u32) -> Result<(), String> {
        self.compare = compared(scenario, runs, &AtomicBool::new(false))?;
        Ok(())
    }

    /// Does what a learner does; `scenario` is the scene's, as the lesson has set it.
    ///
    /// # Errors
    /// Why it is impossible.
    pub fn make(&mut self, a_move: &Move, scenario: &Scenario) -> Result<(), String> {
        match a_move {
            Move::Do(command) => self.command(*command)?,
            Move::Show(home) => self.show(*home),
            Move::Wait(seconds) => self.run(*seconds),
            Move::Again(change) => {
                let mut changed = scenario.clone();
                changed.set(change).and_then(|()| changed.validate()).map_err(|faults| faults.to_string())?;
                self.again(&changed);
            }
        }
        Ok(())
    }
}

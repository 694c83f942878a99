//! Living through the past again, a slice at a time: for a world that begins late, and for an undo.
//!
//! ```text
//!   0 ──command──command──▶ until        then: one world more, or all worlds as they were
//! ```
//!
//! Simulated time stands still for everybody else meanwhile, but no key waits for it.

use crate::command::Command;
use crate::experiment::Experiment;
use crate::scenario::{Home, Scenario};
use crate::units::Nanos;
use std::sync::Arc;

/// What becomes of a finished replay.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Then {
    /// Its worlds join the others.
    Join,
    /// It takes the place of the others: this command was undone.
    Replace(Command),
    /// It takes the place of the others, which stay where it arrives.
    Stay,
}

/// How far a replay has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Progress {
    /// The world that will join the others; none if all of them go back.
    pub joins: Option<Home>,
    /// So far it has come …
    pub done: Nanos,
    /// … of so far.
    pub all: Nanos,
}

impl Progress {
    /// In whole percent, rounded down.
    #[must_use]
    pub fn percent(&self) -> u64 {
        let share = u128::from(self.done.0) * 100 / u128::from(self.all.0.max(1));
        u64::try_from(share).map_or(100, |share| share.min(100))
    }
}

/// An experiment on its way through the past.
pub struct Replay {
    experiment: Experiment,
    commands: Vec<(Nanos, Command)>,
    next: usize,
    until: Nanos,
    /// What becomes of it.
    pub then: Then,
}

impl Replay {
    /// These homes, given these commands, up to an instant.
    #[must_use]
    pub fn new(
        scenario: Arc<Scenario>,
        homes: &[Home],
        commands: &[(Nanos, Command)],
        until: Nanos,
        then: Then,
    ) -> Self {
        Self { experiment: Experiment::new(scenario, homes), commands: commands.to_vec(), next: 0, until, then }
    }

    /// Whose it is, how far it has come, and how far it has to go.
    #[must_use]
    pub fn progress(&self) -> Progress {
        let joins = self.experiment.arms().first().filter(|_| self.then == Then::Join).map(|arm| arm.home);
        Progress { joins, done: self.experiment.now(), all: self.until }
    }

    /// Whether it has arrived.
    #[must_use]
    pub fn arrived(&self) -> bool {
        self.experiment.now() >= self.until && self.next == self.commands.len()
    }

    /// Goes on by at most `span`, and no further than the next command.
    pub fn advance(&mut self, span: Nanos) {
        let stop = self.commands.get(self.next).map_or(self.until, |&(at, _)| at);
        self.experiment.run_until(self.experiment.now().saturating_add(span).min(stop));
        while let Some(&(at, command)) = self.commands.get(self.next).filter(|&&(at, _)| at <= self.experiment.now()) {
            debug_assert!(at <= self.until);
            // What another world alone could do is refused here, as it was then.
            let _refusal = self.experiment.command(command);
            self.next += 1;
        }
    }

    /// The experiment at its destination.
    #[must_use]
    pub fn into_experiment(self) -> Experiment {
        self.experiment
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn last(experiment: &Experiment, home: Home) -> Vec<crate::event::Event> {
        experiment.arm(home).unwrap().journal.iter().copied().collect()
    }

    #[test]
    fn the_past_comes_out_as_it_was_however_it_is_sliced() {
        let scenario = Arc::new(Scenario::default());
        let mut direct = Experiment::new(scenario.clone(), &[Home::Sticky]);
        for (at, command) in [(2.0, "kill 2"), (2.0, "add"), (4.0, "restart 2")] {
            direct.run_until(Nanos::from_secs(at));
            direct.command(command.parse().unwrap()).unwrap();
        }
        let until = Nanos::from_secs(6.0);
        direct.run_until(until);
        for slice in [0.37, 100.0] {
            let mut replay = Replay::new(scenario.clone(), &[Home::Sticky], direct.commands(), until, Then::Join);
            while !replay.arrived() {
                replay.advance(Nanos::from_secs(slice));
            }
            let progress = replay.progress();
            assert_eq!(progress, Progress { joins: Some(Home::Sticky), done: until, all: until });
            assert_eq!(progress.percent(), 100);
            let replayed = replay.into_experiment();
            assert_eq!(replayed.commands(), direct.commands());
            assert_eq!(last(&replayed, Home::Sticky), last(&direct, Home::Sticky));
        }
    }
}

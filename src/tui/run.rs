//! The run as the engine drives it: one future, or two while a fork lasts. Meanwhile the timeline rests.

use super::fork::ForkView;
use super::snapshot::ArmView;
use super::travel::Times;
use crate::command::Command;
use crate::experiment::timeline::{Arrival, Change, Fork, Goal, Progress};
use crate::experiment::{Arm, Experiment, Timeline};
use crate::scenario::{Home, Scenario};
use crate::units::Nanos;
use std::sync::Arc;

/// One future or two.
#[derive(Debug)]
pub struct Run {
    timeline: Timeline,
    fork: Option<Fork>,
}

impl Run {
    /// One that begins.
    #[must_use]
    pub fn of(experiment: Experiment) -> Self {
        Self { timeline: Timeline::of(experiment), fork: None }
    }

    /// The present instant.
    #[must_use]
    pub fn now(&self) -> Nanos {
        self.fork.as_ref().map_or(self.timeline.now(), Fork::now)
    }

    /// Where a seek that is on its way will arrive; else the present instant.
    #[must_use]
    pub fn heading(&self) -> Nanos {
        self.fork.as_ref().map_or(self.timeline.heading(), Fork::now)
    }

    /// The newest instant that was reached.
    #[must_use]
    pub fn newest(&self) -> Nanos {
        self.fork.as_ref().map_or(self.timeline.newest(), Fork::newest)
    }

    /// Whether there are two futures.
    #[must_use]
    pub const fn forked(&self) -> bool {
        self.fork.is_some()
    }

    /// The world with this home; of two futures the first.
    #[must_use]
    pub fn arm(&self, home: Home) -> Option<&Arm> {
        match &self.fork {
            // Until both are there, the world stays as it was.
            Some(fork) if fork.travelling() && self.timeline.now() == fork.now() => {
                self.timeline.present().arm(home).filter(|arm| arm.home == fork.arms()[0].home)
            }
            Some(fork) => Some(fork.arms()[0]).filter(|arm| arm.home == home),
            None => self.timeline.present().arm(home),
        }
    }

    /// The worlds that are to be looked at, of those wanted.
    #[must_use]
    pub fn shown(&self, wanted: Vec<Home>) -> Vec<Home> {
        self.fork.as_ref().map_or(wanted, |fork| vec![fork.arms()[0].home])
    }

    /// The learner's commands so far.
    #[must_use]
    pub fn commands(&self) -> &[(Nanos, Command)] {
        self.fork.as_ref().map_or_else(|| self.timeline.present().commands(), Fork::commands)
    }

    /// Where the present is in what is known of the run.
    #[must_use]
    pub fn times(&self) -> Times {
        let mut times = Times::of(&self.timeline);
        if let Some(fork) = &self.fork {
            times.newest = (fork.now() < fork.newest()).then(|| fork.newest());
            times.marks = self.commands().to_vec();
        }
        times
    }

    /// Lives on up to and including `until`.
    pub fn run_until(&mut self, until: Nanos) {
        match &mut self.fork {
            Some(fork) => fork.run_until(until),
            None => self.timeline.run_until(until),
        }
    }

    /// As [`Run::run_until`], each world on a thread of its own; only at the newest instant of one future.
    pub fn run_apart_until(&mut self, until: Nanos) {
        self.timeline.run_apart_until(until);
    }

    /// The next instant at which something is to happen, if there is one.
    pub fn next_at(&mut self) -> Option<Nanos> {
        match &mut self.fork {
            Some(fork) => fork.next_at(),
            None => self.timeline.next_at(),
        }
    }

    /// Carries a command out, at the next instant at which nothing else happens; in both futures, if there are two. In the past,
    /// what was planned for that instant is given up with the rest of the future.
    ///
    /// # Errors
    /// Why it is impossible, if it is everywhere. Then nothing has moved.
    pub fn command(&mut self, command: Command) -> Result<(), String> {
        let refusal = match &self.fork {
            Some(fork) => fork.refusal(command),
            None => self.timeline.present().refusal(command),
        };
        if let Some(why) = refusal {
            return Err(why);
        }
        match &mut self.fork {
            Some(fork) => {
                fork.find_quiet();
                fork.command(command)
            }
            None => {
                self.timeline.find_quiet();
                self.timeline.command(command)
            }
        }
    }

    /// Keeps only the worlds with these homes, and sends for the first one wanted that is missing.
    pub fn complete(&mut self, kept: &[Home], wanted: &[Home]) {
        if self.forked() {
            return;
        }
        self.timeline.retain(kept);
        match wanted.iter().find(|&&home| self.timeline.present().arm(home).is_none()) {
            Some(&home) => self.timeline.send_for(home),
            None => self.timeline.halt(),
        }
    }

    /// Whether something is on its way.
    #[must_use]
    pub fn travelling(&self) -> bool {
        self.fork.as_ref().map_or_else(|| self.timeline.travelling(), Fork::travelling)
    }

    /// Whether what is on its way moves the present.
    #[must_use]
    pub const fn leaving(&self) -> bool {
        self.forked() || self.timeline.leaving()
    }

    /// How far it has come.
    #[must_use]
    pub fn progress(&self) -> Option<Progress> {
        let fork = self.fork.as_ref().filter(|fork| fork.travelling());
        fork.map(|fork| Progress { joins: None, done: fork.done(), all: fork.now() })
            .or_else(|| self.timeline.progress().filter(|_| !self.forked()))
    }

    /// Works on what is on its way, by about `span` of simulated time.
    pub fn travel(&mut self, span: Nanos) -> Option<Arrival> {
        match &mut self.fork {
            Some(fork) => {
                fork.travel(span);
                (!fork.travelling()).then_some(Arrival::There)
            }
            None => self.timeline.travel(span),
        }
    }

    /// Sets out.
    ///
    /// # Errors
    /// Why that is impossible while two futures run.
    pub fn go(&mut self, goal: Goal) -> Result<Option<Arrival>, String> {
        let Some(fork) = &mut self.fork else { return Ok(self.timeline.go(goal)) };
        let at = match goal {
            Goal::At(at) => Some(at),
            Goal::Newest => Some(fork.newest()),
            Goal::Next(look, _) if look != crate::experiment::timeline::Look::Failure => fork.next(look),
            Goal::Previous(look, _) if look != crate::experiment::timeline::Look::Failure => fork.previous(look),
            _ => return Err("not while two futures run: Esc first makes them one again".into()),
        };
        match at {
            Some(at) if at < fork.from => Err("the futures part here: Esc first makes them one again".into()),
            Some(at) => {
                fork.seek(at);
                Ok(None)
            }
            None => Err("nothing happens within a second, in neither future".into()),
        }
    }

    /// What could be different.
    #[must_use]
    pub fn changes(&self, home: Home) -> Vec<Change> {
        if self.forked() { Vec::new() } else { Change::possible(&self.timeline, home) }
    }

    /// Parts the future of a world. Says whether that was possible.
    pub fn part(&mut self, home: Home, change: Change) -> bool {
        if !self.forked() {
            self.timeline.halt();
            self.fork = Fork::new(&self.timeline, home, change);
        }
        self.forked()
    }

    /// Lets the first future go on alone.
    pub fn rejoin(&mut self) {
        if let Some(fork) = self.fork.take() {
            self.timeline.rejoin(fork);
        }
    }

    /// What the screen is told of two futures.
    #[must_use]
    pub fn fork_view(&self, view: impl Fn(&Arm, &Arc<Scenario>, Nanos) -> ArmView) -> Option<Arc<ForkView>> {
        let fork = self.fork.as_ref()?;
        let [first, second] = fork.arms();
        Some(Arc::new(ForkView {
            change: fork.change,
            from: fork.from,
            homes: [first.home, second.home],
            arriving: fork.travelling().then(|| fork.done()),
            differs: fork.differs(),
            second: view(second, &fork.scenarios()[1], fork.now()),
        }))
    }

    /// The timeline, at rest while a fork lasts.
    #[must_use]
    pub const fn timeline(&self) -> &Timeline {
        &self.timeline
    }
}

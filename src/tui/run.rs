//! The run as the engine drives it: one future, or two while a fork lasts. Meanwhile the timeline rests.

use super::driver::{LessonNews, Wants};
use super::fork::ForkView;
use super::pace::Speed;
use super::shadow::Shadow;
use super::snapshot::{ArmView, Snapshot};
use super::travel::Times;
use crate::command::Command;
use crate::experiment::timeline::{Arrival, Change, Fork, Goal, Look, Progress};
use crate::experiment::{Arm, Experiment, Timeline};
use crate::scenario::{Home, Scenario};
use crate::units::Nanos;
use std::sync::Arc;

/// One future or two.
#[derive(Debug)]
pub struct Run {
    timeline: Timeline,
    fork: Option<Fork>,
    /// The futures become one again as soon as they are at their newest instant; then the present is this one.
    rejoining: Option<Nanos>,
}

impl Run {
    /// One that begins.
    #[must_use]
    pub fn of(experiment: Experiment) -> Self {
        Self { timeline: Timeline::of(experiment), fork: None, rejoining: None }
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
            times.marks = fork.marks();
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
    fn progress(&self) -> Option<Progress> {
        let fork = self.fork.as_ref().filter(|fork| fork.travelling());
        fork.map(|fork| Progress { joins: None, done: fork.done(), all: fork.now() })
            .or_else(|| self.timeline.progress().filter(|_| !self.forked()))
    }

    /// Works on what is on its way, by about `span` of simulated time.
    pub fn travel(&mut self, span: Nanos) -> Option<Arrival> {
        match &mut self.fork {
            Some(fork) => {
                fork.travel(span);
                if fork.travelling() {
                    return None;
                }
                self.join();
                (!self.travelling()).then_some(Arrival::There)
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
        if self.rejoining.is_some() {
            return Err("one moment: the futures become one again".into());
        }
        let at = match goal {
            Goal::At(at) => Some(at),
            Goal::Newest => Some(fork.newest()),
            Goal::Next(look, _) if look != Look::Failure => fork.next(look),
            Goal::Previous(look, _) if look != Look::Failure => fork.previous(look),
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
    fn changes(&self, home: Home) -> Vec<Change> {
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

    /// Lets the first future go on alone; if it is not where it is going, or more of it is known than where it is, then that is
    /// lived through first: see [`Run::travel`].
    pub fn rejoin(&mut self) {
        self.forget_untouched();
        let Some(fork) = &mut self.fork else { return };
        self.rejoining.get_or_insert(fork.now());
        if fork.now() < fork.newest() && !fork.is_known_to(&self.timeline) {
            fork.seek(fork.newest());
        }
        if !fork.travelling() {
            self.join();
        }
    }

    /// Ends what was begun by looking at two futures, if nothing has come of it yet.
    pub fn forget_untouched(&mut self) {
        if self.fork.as_ref().is_some_and(|fork| fork.is_untouched(&self.timeline)) {
            self.fork = None;
        }
    }

    fn join(&mut self) {
        let Some(back) = self.rejoining.take() else { return };
        let Some(fork) = self.fork.take() else { return };
        self.timeline.rejoin(fork);
        if back < self.timeline.now() {
            self.timeline.go(Goal::At(back));
        }
    }

    /// What a screen that wants this sees of the run, with these worlds. How fast it goes and what there is to say about it is for
    /// whoever drives it to add.
    #[must_use]
    pub fn snapshot(&self, scenario: &Arc<Scenario>, arms: Vec<ArmView>, wants: &Wants) -> Snapshot {
        let homes: Vec<Home> = arms.iter().map(|arm| arm.home).collect();
        Snapshot {
            scenario: scenario.clone(),
            now: self.now(),
            speed: Speed::default(),
            paused: false,
            behind: false,
            opens: None,
            notice: None,
            history: self.commands().to_vec(),
            fork: self.fork.as_ref().map(|fork| Arc::new(ForkView::of(fork, wants))),
            changes: homes.iter().map(|&home| (home, self.changes(home))).collect(),
            shadows: if wants.series { Shadow::of(&self.timeline, &homes) } else { Vec::new() },
            times: self.times(),
            replay: self.progress(),
            finished: false,
            lesson: LessonNews::default(),
            arms,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::Events;

    const fn secs(at: f64) -> Nanos {
        Nanos((at * 1e9) as u64)
    }

    fn give(run: &mut Run, command: &str) {
        run.command(command.parse().unwrap()).unwrap();
    }

    /// The classroom, sticky, with a kill at 38.1 s; at 42 s.
    fn run() -> Run {
        let scenario = Arc::new(Scenario::load("classroom").unwrap());
        let mut run = Run::of(Experiment::new(scenario, &[Home::Sticky]));
        run.run_until(secs(38.1));
        give(&mut run, "kill 2");
        run.run_until(secs(42.0));
        run
    }

    fn arrive(run: &mut Run) {
        while run.travelling() {
            run.travel(secs(1.3));
        }
    }

    /// The present is one that a fresh run with these commands comes to.
    fn is_true(run: &Run) {
        let scenario = Arc::new(Scenario::load("classroom").unwrap());
        let mut fresh = Experiment::new(scenario.clone(), &[Home::Sticky]);
        for &(at, command) in run.commands() {
            fresh.run_until(at);
            fresh.command(command).unwrap();
        }
        fresh.run_until(run.now());
        let [seen, wanted] = [run.arm(Home::Sticky), fresh.arm(Home::Sticky)].map(|arm| {
            let arm = arm.expect("the world is there");
            let none = Events { count: arm.events(), sha256: String::new() };
            serde_json::to_string(&arm.ledger.report(&scenario, arm.home, run.now(), none)).unwrap()
        });
        assert_eq!(seen, wanted);
    }

    #[test]
    fn whoever_leaves_two_futures_on_their_way_is_where_they_were() {
        let mut run = run();
        run.part(Home::Sticky, Change::Home(Home::Memory));
        run.travel(secs(5.0));
        assert!(run.travelling() && run.commands().len() == 1, "what was done stays known: it can be saved");
        run.rejoin();
        assert_eq!((run.forked(), run.travelling(), run.now()), (false, false, secs(42.0)));
        is_true(&run);
    }

    #[test]
    fn whoever_leaves_two_futures_on_their_way_back_arrives_first() {
        let mut run = run();
        run.part(Home::Sticky, Change::Home(Home::Memory));
        arrive(&mut run);
        run.run_until(secs(60.0));
        assert_eq!(run.go(Goal::At(secs(50.0))), Ok(None));
        run.travel(secs(5.0));
        run.rejoin();
        assert!(run.forked() && run.go(Goal::Newest).is_err());
        arrive(&mut run);
        assert_eq!((run.forked(), run.now(), run.newest()), (false, secs(50.0), secs(60.0)));
        is_true(&run);
    }

    /// What was lived through in two futures is known of the one that is left, wherever it was looked at.
    #[test]
    fn what_came_later_in_two_futures_stays_known() {
        let mut run = run();
        run.part(Home::Sticky, Change::Without("kill 2".parse().unwrap()));
        arrive(&mut run);
        run.run_until(secs(44.0));
        give(&mut run, "hang 3");
        run.run_until(secs(48.0));
        assert_eq!(run.times().marks.len(), 2);
        assert_eq!(run.go(Goal::At(secs(43.0))), Ok(None));
        arrive(&mut run);
        assert_eq!(run.times().marks.len(), 2, "the one that is still to come is marked, too");
        run.rejoin();
        arrive(&mut run);
        assert_eq!((run.forked(), run.now(), run.times().newest), (false, secs(43.0), Some(secs(48.0))));
        is_true(&run);
        run.go(Goal::Newest).unwrap();
        arrive(&mut run);
        assert_eq!((run.now(), run.commands().len(), run.times().newest), (secs(48.0), 2, None));
        is_true(&run);
    }

    #[test]
    fn two_futures_have_worlds_at_the_very_beginning() {
        let mut run = run();
        run.go(Goal::At(Nanos::ZERO)).unwrap();
        arrive(&mut run);
        run.part(Home::Sticky, Change::Home(Home::Memory));
        arrive(&mut run);
        let there = |run: &Run| run.fork.as_ref().unwrap().arms().map(|arm| arm.scene.instances.len());
        assert_eq!(there(&run), [3, 3]);
        run.run_until(secs(2.0));
        assert_eq!(run.go(Goal::At(Nanos::ZERO)), Ok(None));
        arrive(&mut run);
        assert_eq!(there(&run), [3, 3]);
        run.rejoin();
        arrive(&mut run);
        is_true(&run);
    }

    #[test]
    fn undoing_in_the_past_tells_what_goes_with_it() {
        let mut run = run();
        give(&mut run, "hang 1");
        run.run_until(secs(45.0));
        run.go(Goal::At(secs(40.0))).unwrap();
        arrive(&mut run);
        run.go(Goal::Undo).unwrap();
        let mut arrival = None;
        while arrival.is_none() {
            arrival = run.travel(secs(1.3));
        }
        assert_eq!(arrival, Some(Arrival::Undone("kill 2".parse().unwrap(), 1)));
        assert_eq!(run.go(Goal::Next(Look::Failure, Home::Sticky)), Ok(None));
    }
}

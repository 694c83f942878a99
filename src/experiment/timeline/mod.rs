//! The time machine: one run that can be looked at at any instant, exactly as it was.
//!
//! ```text
//!   0 ──c──kill──c──────▶ present ┄┄┄c┄┄add┄┄▶ newest           c  checkpoint (a clone)     kill, add  the plan
//!        └── replay ──▶ target                                  a command given here makes the rest a ghost
//! ```
//!
//! A seek clones what is nearest before its target and lives through the rest with the commands of the plan. It is work
//! in slices ([`Timeline::travel`]); until it arrives, the present stays what it was.

mod fates;
mod footprint;
mod fork;
mod journey;
mod past;
mod search;
#[cfg(test)]
mod tests;

pub use fates::Differs;
pub use fork::{Change, Fork};
pub use past::MOST;
pub use search::Look;

use super::{Arm, Experiment};
use crate::command::Command;
use crate::ledger::Ledger;
use crate::scenario::{Home, Scenario};
use crate::series::Series;
use crate::units::Nanos;
use journey::Journey;
use past::Past;
use search::Search;
use std::sync::Arc;

/// A place in a run: between two commands of the same instant there is one, too.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Point {
    /// The simulated instant, lived through to its end.
    pub at: Nanos,
    /// How many commands of the plan were carried out by then.
    pub done: usize,
}

/// Where to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Goal {
    /// Exactly this instant, past or future.
    At(Nanos),
    /// The newest instant that was ever reached in this future.
    Newest,
    /// The next instant at which such a thing happens in a world.
    Next(Look, Home),
    /// The last one before now.
    Previous(Look, Home),
    /// The next command, the learner's or the scenario's own, as far as it was lived through.
    NextCommand,
    /// The last command before now.
    PreviousCommand,
    /// Just before the last command, which is forgotten.
    Undo,
}

/// What a journey came to.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Arrival {
    /// The present is another instant now.
    There,
    /// A world more is there.
    Joined(Home),
    /// This command was undone, and so many that were known after it are given up.
    Undone(Command, usize),
    /// There is no such instant; the present stays.
    Nowhere(Goal),
}

/// How far the work has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Progress {
    /// The world that will join the others; none if all of them travel.
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

/// A future that was lived through and given up: what is left of it for comparison.
#[derive(Debug)]
pub struct Ghost {
    /// Where it parts from the present future.
    pub from: Nanos,
    /// How far it was lived through.
    pub until: Nanos,
    /// The commands that it had from there on.
    pub commands: Vec<Command>,
    /// Its worlds.
    pub arms: Vec<GhostArm>,
}

/// One world of a future that was given up.
#[derive(Debug)]
pub struct GhostArm {
    /// Where its state lived.
    pub home: Home,
    /// The course of it, as far as it was lived through.
    pub series: Series,
    /// Its figures then.
    pub ledger: Ledger,
}

/// What is on its way.
#[derive(Debug)]
enum Work {
    Journey(Box<Journey>),
    Search(Box<Search>),
}

/// What becomes of a finished journey.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Then {
    Stay,
    Join(Home),
    Undo(Command),
}

/// A run, its past, and as much of its future as is known.
#[derive(Debug)]
pub struct Timeline {
    present: Experiment,
    /// All commands of this future; the present has carried out the first of them.
    plan: Vec<(Nanos, Command)>,
    /// Where it was newest, unless that is the present.
    tip: Option<Experiment>,
    past: Past,
    ghost: Option<Arc<Ghost>>,
    work: Option<(Work, Then)>,
}

impl Timeline {
    /// The scenario with these homes of state, at its beginning.
    #[must_use]
    pub fn new(scenario: Arc<Scenario>, homes: &[Home]) -> Self {
        Self::of(Experiment::new(scenario, homes))
    }

    /// A run that is at its newest instant.
    #[must_use]
    pub fn of(present: Experiment) -> Self {
        let plan = present.commands.clone();
        Self { present, plan, tip: None, past: Past::new(MOST), ghost: None, work: None }
    }

    /// Changes how many bytes checkpoints may hold at most.
    pub fn set_budget(&mut self, bytes: usize) {
        self.past.set_budget(bytes, self.near());
    }

    /// The worlds at the present instant.
    #[must_use]
    pub const fn present(&self) -> &Experiment {
        &self.present
    }

    /// The present instant.
    #[must_use]
    pub const fn now(&self) -> Nanos {
        self.present.now
    }

    /// The newest instant that was reached in this future.
    #[must_use]
    pub fn newest(&self) -> Nanos {
        self.tip.as_ref().map_or(self.present.now, |tip| tip.now)
    }

    /// Whether the present is the past: more of this future is known.
    #[must_use]
    pub const fn rewound(&self) -> bool {
        self.tip.is_some()
    }

    /// All commands of this future, the learner's own, also those after the present instant.
    #[must_use]
    pub fn plan(&self) -> &[(Nanos, Command)] {
        &self.plan
    }

    /// What was given up last.
    #[must_use]
    pub const fn ghost(&self) -> Option<&Arc<Ghost>> {
        self.ghost.as_ref()
    }

    /// The worlds at the newest instant, if that is not the present.
    #[must_use]
    pub const fn tip(&self) -> Option<&Experiment> {
        self.tip.as_ref()
    }

    /// How many checkpoints there are, and about how many bytes they hold; the newest instant is one, while the past is shown.
    #[must_use]
    pub fn checkpoints(&self) -> (usize, usize) {
        let tip = self.tip.iter().flat_map(|tip| &tip.arms);
        tip.fold(self.past.size(), |(count, bytes), arm| (count + 1, bytes + arm.bytes()))
    }

    /// Every command of this future so far, the scenario's own among them, in order of time.
    #[must_use]
    pub fn marks(&self) -> Vec<(Nanos, Command)> {
        marks(&self.present.scenario, &self.plan, self.newest())
    }

    /// The instants near which checkpoints are wanted most.
    fn near(&self) -> [Nanos; 2] {
        [self.heading(), self.newest()]
    }

    fn point(&self) -> Point {
        Point { at: self.present.now, done: self.present.commands.len() }
    }

    /// The place after everything that happens at `at`.
    fn point_at(&self, at: Nanos) -> Point {
        Point { at, done: self.plan.partition_point(|&(when, _)| when <= at) }
    }

    /// Lives on up to and including `until`: through what is known of the future first, commands and all.
    pub fn run_until(&mut self, until: Nanos) {
        while let Some(&(at, command)) = self.plan.get(self.present.commands.len()).filter(|&&(at, _)| at <= until) {
            self.present.run_until(at);
            self.present.carry_out(command);
        }
        self.present.run_until(until);
        self.settle();
    }

    /// As [`Timeline::run_until`], each world on a thread of its own; only at the newest instant.
    pub fn run_apart_until(&mut self, until: Nanos) {
        debug_assert!(!self.rewound());
        self.present.run_apart_until(until);
        self.settle();
    }

    /// The next instant at which something is to happen in some world, if there is one.
    pub fn next_at(&mut self) -> Option<Nanos> {
        self.present.next_at()
    }

    /// As [`Experiment::settle`]: goes on to an instant at which nothing happens by itself. What is planned for it is not carried
    /// out: a command that is given there takes its place.
    pub fn find_quiet(&mut self) {
        // Whatever is remembered of the way from here has carried it out.
        self.past.forget_after(self.point());
        self.present.settle();
    }

    /// After the present has moved on.
    fn settle(&mut self) {
        let (point, plan) = (self.point(), self.plan.len());
        if self.tip.as_ref().is_some_and(|tip| tip.now <= point.at) && point.done == plan {
            self.tip = None;
        }
        let near = self.near();
        for arm in &self.present.arms {
            self.past.note(arm, point, near);
        }
    }

    /// Carries a command out in all worlds, now. In the past, that begins a new future; the old one becomes the ghost.
    ///
    /// # Errors
    /// Why it is impossible, if it is in every world.
    pub fn command(&mut self, command: Command) -> Result<(), String> {
        let before = self.point();
        self.present.command(command)?;
        self.past.forget_after(before);
        if let Some(tip) = self.tip.take() {
            self.ghost = Some(Arc::new(Ghost::of(tip, before.at, &self.plan[before.done..])));
        }
        self.plan.truncate(before.done);
        self.plan.push((before.at, command));
        // What follows at this very instant belongs to it, as it does for whoever comes here again.
        self.run_until(before.at);
        Ok(())
    }

    /// Keeps only the worlds with these homes, with their past.
    pub fn retain(&mut self, homes: &[Home]) {
        self.present.retain(homes);
        self.past.retain(homes);
        if let Some(tip) = &mut self.tip {
            tip.retain(homes);
        }
    }

    /// Begins to let a world join, which lives through everything up to now first.
    pub fn send_for(&mut self, home: Home) {
        let journey = self.journey(&[home], self.point());
        self.work = Some((Work::Journey(Box::new(journey)), Then::Join(home)));
    }

    /// Gives up what is on its way. The present stays.
    pub fn halt(&mut self) {
        self.work = None;
    }

    /// Whether something is on its way.
    #[must_use]
    pub const fn travelling(&self) -> bool {
        self.work.is_some()
    }

    /// Whether what is on its way moves the present, and does not only bring another world.
    #[must_use]
    pub const fn leaving(&self) -> bool {
        matches!(self.work, Some((_, Then::Stay | Then::Undo(_))))
    }

    /// Where a seek that is on its way will arrive; else the present instant.
    #[must_use]
    pub fn heading(&self) -> Nanos {
        match &self.work {
            Some((Work::Journey(journey), Then::Stay)) => journey.target.at,
            _ => self.present.now,
        }
    }

    /// How far what is on its way has come.
    #[must_use]
    pub fn progress(&self) -> Option<Progress> {
        let (work, then) = self.work.as_ref()?;
        let joins = if let Then::Join(home) = then { Some(*home) } else { None };
        let (done, all) = match work {
            Work::Journey(journey) => (journey.now(), journey.target.at),
            Work::Search(search) => (search.now(), self.newest()),
        };
        Some(Progress { joins, done, all })
    }

    /// Sets out. Says at once if there is no such place.
    pub fn go(&mut self, goal: Goal) -> Option<Arrival> {
        self.work = None;
        let now = self.present.now;
        let target = match goal {
            Goal::At(at) => Some(at),
            Goal::Newest => Some(self.newest()),
            Goal::NextCommand => self.marks().into_iter().map(|(at, _)| at).find(|&at| at > now),
            Goal::PreviousCommand => self.marks().into_iter().map(|(at, _)| at).rfind(|&at| at < now),
            Goal::Next(look, home) => return self.look_ahead(look, home, goal),
            Goal::Previous(look, home) => return self.look_back(look, home, goal),
            Goal::Undo => return self.undo(),
        };
        let Some(at) = target else { return Some(Arrival::Nowhere(goal)) };
        self.set_out(self.point_at(at), Then::Stay);
        None
    }

    fn undo(&mut self) -> Option<Arrival> {
        let Some(&(at, command)) = self.present.commands.last() else { return Some(Arrival::Nowhere(Goal::Undo)) };
        self.set_out(Point { at, done: self.present.commands.len() - 1 }, Then::Undo(command));
        None
    }

    fn set_out(&mut self, target: Point, then: Then) {
        let homes: Vec<Home> = self.present.arms.iter().map(|arm| arm.home).collect();
        let journey = self.journey(&homes, target);
        self.work = Some((Work::Journey(Box::new(journey)), then));
    }

    /// The shortest way to a place for these worlds.
    fn journey(&self, homes: &[Home], target: Point) -> Journey {
        let arms = homes.iter().map(|&home| self.nearest(home, target)).collect();
        Journey::new(arms, target)
    }

    /// The world with this home at the last place at or before `point` that is remembered, and that place.
    fn nearest(&self, home: Home, point: Point) -> (Arm, usize) {
        let known = [Some(&self.present), self.tip.as_ref()].into_iter().flatten().filter_map(|experiment| {
            let place = Point { at: experiment.now, done: experiment.commands.len() };
            Some((place, experiment.arm(home)?))
        });
        let best =
            known.chain(self.past.nearest(home, point)).filter(|(place, _)| *place <= point).max_by_key(|(p, _)| *p);
        best.map_or_else(|| (Arm::new(&self.present.scenario, home), 0), |(place, arm)| (arm.clone(), place.done))
    }

    /// Works on what is on its way: by about `span` of simulated time. Says what came of it when it is done.
    pub fn travel(&mut self, span: Nanos) -> Option<Arrival> {
        let (work, then) = self.work.take()?;
        match work {
            Work::Journey(mut journey) => {
                let near = self.near();
                journey.advance(span, &self.plan, |arm, point| self.past.note(arm, point, near));
                if !journey.arrived() {
                    self.work = Some((Work::Journey(journey), then));
                    return None;
                }
                Some(self.arrive(*journey, then))
            }
            Work::Search(mut search) => match search.advance(span, &self.plan) {
                None => {
                    self.work = Some((Work::Search(search), then));
                    None
                }
                Some(None) => self.in_vain(&search),
                Some(Some(at)) => {
                    self.set_out(self.point_at(at), Then::Stay);
                    None
                }
            },
        }
    }

    fn arrive(&mut self, journey: Journey, then: Then) -> Arrival {
        let Point { at, done } = journey.target;
        let mut arms: Vec<Arm> = journey.arms.into_iter().map(|(arm, _)| arm).collect();
        // Whoever was there at once may have to let its first instant happen yet.
        arms.iter_mut().for_each(|arm| arm.run_until(at));
        if let Then::Join(home) = then {
            self.present.arms.extend(arms);
            return Arrival::Joined(home);
        }
        let scenario = self.present.scenario.clone();
        let arrived = Experiment { scenario, arms, now: at, commands: self.plan[..done].to_vec() };
        let left = std::mem::replace(&mut self.present, arrived);
        if self.tip.is_none() {
            self.tip = Some(left);
        }
        if let Then::Undo(command) = then {
            self.past.forget_after(self.point());
            let undone = &self.plan[done..];
            self.ghost = self.tip.take().map(|tip| Arc::new(Ghost::of(tip, at, undone)));
            let later = self.plan.len() - done - 1;
            self.plan.truncate(done);
            return Arrival::Undone(command, later);
        }
        self.settle();
        Arrival::There
    }

    /// Works until nothing is on its way any more, however long that takes.
    pub fn finish(&mut self) -> Option<Arrival> {
        let mut arrival = None;
        while self.travelling() {
            arrival = self.travel(Nanos::from_secs(1.0));
        }
        arrival
    }
}

/// The scenario's own commands and those of a plan, as far as a future was lived through, in order of time.
fn marks(scenario: &Scenario, plan: &[(Nanos, Command)], newest: Nanos) -> Vec<(Nanos, Command)> {
    let scripted = scenario.commands.iter().map(|timed| (Nanos::from_secs(timed.at_s), timed.command));
    let mut marks: Vec<_> = scripted.chain(plan.iter().copied()).filter(|&(at, _)| at <= newest).collect();
    marks.sort_by_key(|&(at, _)| at);
    marks
}

impl Ghost {
    fn of(tip: Experiment, from: Nanos, commands: &[(Nanos, Command)]) -> Self {
        let Experiment { arms, now, .. } = tip;
        let arms = arms.into_iter().map(|Arm { home, series, ledger, .. }| GhostArm { home, series, ledger }).collect();
        Self { from, until: now, commands: commands.iter().map(|&(_, command)| command).collect(), arms }
    }
}

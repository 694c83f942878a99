//! What if? Two futures of one instant, with one thing changed in the second, lived through in lockstep.
//!
//! ```text
//!   ──────────┬── kill 2 ──▶ first, as it was        the same traffic in both: what differs is caused by the change
//!             └────────────▶ second                  a change of the scenario or of the home is lived from the beginning
//! ```

use super::fates::{Differs, Fates, settle};
use super::{Arm, Look, Point, Timeline, marks};
use crate::command::Command;
use crate::experiment::refusal;
use crate::scenario::{Home, Policy, Scenario};
use crate::units::Nanos;
use std::fmt;
use std::sync::Arc;

/// The one thing that is different in the second future.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Change {
    /// The last command was not given.
    Without(Command),
    /// This command is given, now.
    With(Command),
    /// The store has a replica, from the beginning.
    Replica,
    /// State lives there, from the beginning.
    Home(Home),
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Without(command) => write!(f, "without “{command}”"),
            Self::With(Command::Policy(policy)) => write!(f, "with policy {policy}"),
            Self::With(Command::Redispatch(on)) => write!(f, "with redispatch {}", if *on { "on" } else { "off" }),
            Self::With(command) => write!(f, "with “{command}”"),
            Self::Replica => f.write_str("with a replica of the store"),
            Self::Home(home) => write!(f, "with {home}"),
        }
    }
}

impl Change {
    /// Whether the second future is another run from its beginning on, not from this instant.
    #[must_use]
    pub const fn from_the_beginning(self) -> bool {
        matches!(self, Self::Replica | Self::Home(_))
    }

    /// What makes sense to change in a world, at the present instant of a run.
    #[must_use]
    pub fn possible(timeline: &Timeline, home: Home) -> Vec<Self> {
        let Some(arm) = timeline.present.arm(home) else { return Vec::new() };
        let last = timeline.present.commands.last().map(|&(_, command)| Self::Without(command));
        let redispatch = Self::With(Command::Redispatch(!arm.world.redispatch()));
        let replica = home == Home::Store && !timeline.present.scenario.store.replica;
        let homes = Home::ALL.into_iter().filter(|&other| other != home).map(Self::Home);
        let policies = Policy::ALL.into_iter().filter(|&policy| policy != arm.world.policy());
        last.into_iter()
            .chain([redispatch])
            .chain(replica.then_some(Self::Replica))
            .chain(homes)
            .chain(policies.map(|policy| Self::With(Command::Policy(policy))))
            .collect()
    }
}

/// One of the two futures.
#[derive(Debug)]
struct Branch {
    /// Where it begins, and how many commands were carried out by then.
    base: (Arm, usize),
    arm: Arm,
    done: usize,
    plan: Vec<(Nanos, Command)>,
    fates: Fates,
}

impl Branch {
    fn new((arm, done): (Arm, usize), plan: Vec<(Nanos, Command)>) -> Self {
        Self { base: (arm.clone(), done), arm, done, plan, fates: Fates::default() }
    }

    fn begin_again(&mut self) {
        (self.arm, self.done) = self.base.clone();
        self.fates = Fates::default();
    }

    fn run_until(&mut self, until: Nanos) {
        while let Some(&(at, command)) = self.plan.get(self.done).filter(|&&(at, _)| at <= until) {
            self.arm.run_and_tell(at, &mut self.fates);
            let _refusal = self.arm.command_and_tell(command, &mut self.fates);
            self.done += 1;
        }
        self.arm.run_and_tell(until, &mut self.fates);
    }
}

/// Two futures of one run.
#[derive(Debug)]
pub struct Fork {
    /// What is different in the second.
    pub change: Change,
    /// The instant from which on they differ.
    pub from: Nanos,
    scenarios: [Arc<Scenario>; 2],
    branches: [Branch; 2],
    /// Where both are to be.
    target: Nanos,
    newest: Nanos,
    differs: Option<Differs>,
}

impl Fork {
    /// Parts the present future of a world. Both have to get to the present instant yet: see [`Fork::travel`].
    ///
    /// None if the world does not run, or there is nothing to change.
    #[must_use]
    pub fn new(timeline: &Timeline, home: Home, change: Change) -> Option<Self> {
        let present = &timeline.present;
        let scenario = present.scenario.clone();
        let arm = present.arm(home)?;
        let (plan, here) = (timeline.plan.clone(), timeline.point());
        let mut changed = plan.clone();
        let mut scenarios = [scenario.clone(), scenario.clone()];
        let mut homes = [home, home];
        let from = match change {
            Change::Without(_) => {
                let place = here.done.checked_sub(1)?;
                changed.remove(place);
                plan[place].0
            }
            Change::With(command) => {
                changed.insert(here.done, (here.at, command));
                here.at
            }
            Change::Replica => {
                let mut other = (*scenario).clone();
                other.store.replica = true;
                scenarios[1] = Arc::new(other);
                Nanos::ZERO
            }
            Change::Home(other) => {
                homes[1] = other;
                Nanos::ZERO
            }
        };
        let bases = match change {
            Change::Without(_) => {
                let base = timeline.nearest(home, Point { at: from, done: here.done - 1 });
                [base.clone(), base]
            }
            Change::With(_) => [(arm.clone(), here.done), (arm.clone(), here.done)],
            Change::Replica | Change::Home(_) => [0, 1].map(|which| (Arm::new(&scenarios[which], homes[which]), 0)),
        };
        let [first, second] = bases;
        let branches = [Branch::new(first, plan), Branch::new(second, changed)];
        let (target, newest) = (here.at, timeline.newest());
        let mut fork = Self { change, from, scenarios, branches, target, newest, differs: None };
        fork.begin();
        Some(fork)
    }

    /// A world that is there at once has to let its first instant happen yet.
    fn begin(&mut self) {
        let target = self.target;
        self.branches.iter_mut().filter(|branch| branch.there(target)).for_each(|branch| branch.run_until(target));
        self.settle();
    }

    /// Whether nothing is known of the first future that the timeline does not know, which rests at the same instant.
    #[must_use]
    pub fn is_untouched(&self, timeline: &Timeline) -> bool {
        self.is_known_to(timeline) && self.target == timeline.now()
    }

    /// Whether nothing is known of the first future that the timeline does not know.
    #[must_use]
    pub fn is_known_to(&self, timeline: &Timeline) -> bool {
        self.branches[0].plan == timeline.plan && self.newest == timeline.newest()
    }

    /// The commands of the first future, the scenario's own among them, as far as both have lived.
    #[must_use]
    pub fn marks(&self) -> Vec<(Nanos, Command)> {
        marks(&self.scenarios[0], &self.branches[0].plan, self.newest)
    }

    /// The two worlds, the first as it was.
    #[must_use]
    pub const fn arms(&self) -> [&Arm; 2] {
        [&self.branches[0].arm, &self.branches[1].arm]
    }

    /// What each of them simulates.
    #[must_use]
    pub const fn scenarios(&self) -> &[Arc<Scenario>; 2] {
        &self.scenarios
    }

    /// The commands of the first future up to the present instant, or to where it is going.
    #[must_use]
    pub fn commands(&self) -> &[(Nanos, Command)] {
        let plan = &self.branches[0].plan;
        &plan[..plan.partition_point(|&(at, _)| at <= self.target)]
    }

    /// The present instant of both, or where they are going.
    #[must_use]
    pub const fn now(&self) -> Nanos {
        self.target
    }

    /// The newest instant that both reached.
    #[must_use]
    pub const fn newest(&self) -> Nanos {
        self.newest
    }

    /// How far the last of them has come.
    #[must_use]
    pub fn done(&self) -> Nanos {
        self.branches.iter().map(|branch| branch.arm.world.now()).min().unwrap_or(self.target)
    }

    /// The first request whose fate differs, as far as both have come.
    #[must_use]
    pub const fn differs(&self) -> Option<Differs> {
        self.differs
    }

    /// Whether one of them has not got to the present instant yet.
    #[must_use]
    pub fn travelling(&self) -> bool {
        self.branches.iter().any(|branch| !branch.there(self.target))
    }

    /// The one that is behind goes on by at most `span`.
    pub fn travel(&mut self, span: Nanos) {
        let target = self.target;
        let behind = self.branches.iter_mut().filter(|branch| !branch.there(target));
        if let Some(branch) = behind.min_by_key(|branch| branch.arm.world.now()) {
            branch.run_until(branch.arm.world.now().saturating_add(span).min(target));
        }
        self.settle();
    }

    /// Both live on up to and including `until`.
    pub fn run_until(&mut self, until: Nanos) {
        self.branches.iter_mut().for_each(|branch| branch.run_until(until));
        self.target = self.target.max(until);
        self.newest = self.newest.max(until);
        self.settle();
    }

    /// The next instant at which something is to happen in one of them, if there is one.
    pub fn next_at(&mut self) -> Option<Nanos> {
        self.branches.iter_mut().filter_map(|branch| branch.arm.world.next_at()).min()
    }

    /// Goes on to an instant at which nothing happens by itself in either. What is planned for it is not carried out.
    pub fn find_quiet(&mut self) {
        loop {
            let next = self.target.saturating_add(Nanos(1));
            let quiet = self.next_at().is_none_or(|at| at > next);
            for Branch { arm, fates, .. } in &mut self.branches {
                arm.run_and_tell(next, fates);
            }
            self.target = next;
            if quiet {
                return;
            }
        }
    }

    /// Sets out for an instant, not before the one at which the futures part.
    pub fn seek(&mut self, at: Nanos) {
        let at = at.max(self.from);
        if at < self.target {
            self.branches.iter_mut().for_each(Branch::begin_again);
            self.differs = None;
        }
        self.target = at;
        self.newest = self.newest.max(at);
        self.begin();
    }

    fn settle(&mut self) {
        let [first, second] = &mut self.branches;
        let found = settle(&mut first.fates, &mut second.fates);
        // What is over first differs first.
        self.differs = self.differs.or(found);
    }

    /// Carries a command out in both, now. What was known of their futures is void.
    ///
    /// # Errors
    /// Why it is impossible, if it is in both.
    pub fn command(&mut self, command: Command) -> Result<(), String> {
        if let Some(why) = self.refusal(command) {
            return Err(why);
        }
        let now = self.target;
        for branch in &mut self.branches {
            branch.plan.truncate(branch.done);
            branch.plan.push((now, command));
            branch.run_until(now);
        }
        self.newest = now;
        self.settle();
        Ok(())
    }

    /// Why a command is impossible now, if it is in both.
    #[must_use]
    pub fn refusal(&self, command: Command) -> Option<String> {
        refusal(&self.arms(), command)
    }

    /// The next instant at which something happens in one of them that `look` sees, within a second.
    #[must_use]
    pub fn next(&self, look: Look) -> Option<Nanos> {
        let end = self.target.saturating_add(Nanos::from_secs(1.0));
        self.branches.iter().filter_map(|branch| branch.next(look, end)).min()
    }

    /// The last one before now, as far as the events of both are kept.
    #[must_use]
    pub fn previous(&self, look: Look) -> Option<Nanos> {
        let last = |branch: &Branch| {
            let mut events = branch.arm.journal.iter().rev();
            events.find(|event| event.at < self.target && look.sees(event)).map(|event| event.at)
        };
        self.branches.iter().filter_map(last).max()
    }
}

impl Branch {
    fn next(&self, look: Look, end: Nanos) -> Option<Nanos> {
        let mut ahead = Self::new((self.arm.clone(), self.done), self.plan.clone());
        loop {
            let command = ahead.plan.get(ahead.done).map_or(Nanos::NEVER, |&(at, _)| at);
            let at = ahead.arm.world.next_at().unwrap_or(Nanos::NEVER).min(command);
            if at > end {
                return None;
            }
            let before = ahead.arm.events();
            ahead.run_until(at);
            if ahead.arm.journal.iter().rev().take_while(|event| event.seq > before).any(|event| look.sees(event)) {
                return Some(at);
            }
        }
    }

    fn there(&self, target: Nanos) -> bool {
        self.arm.world.now() >= target && self.plan.get(self.done).is_none_or(|&(at, _)| at > target)
    }
}

impl Timeline {
    /// The two futures are one again: the first goes on, alone at first; what was done in both is in the plan. Both have to be where
    /// they are going; and there nothing later may be known of them that this timeline does not know.
    pub fn rejoin(&mut self, fork: Fork) {
        let Fork { branches: [Branch { arm, done, plan, .. }, _], target, .. } = fork;
        let common = self.plan.iter().zip(&plan).take_while(|(one, other)| one == other).count();
        if let Some(&(at, _)) = plan.get(common).or_else(|| self.plan.get(common)) {
            self.past.forget_after(Point { at, done: common });
            self.tip = None;
        }
        self.work = None;
        let commands = plan[..done].to_vec();
        self.plan = plan;
        let scenario = self.present.scenario.clone();
        let left = std::mem::replace(
            &mut self.present,
            super::Experiment { scenario, arms: vec![arm], now: target, commands },
        );
        if left.now > target && left.commands.len() >= done && common == self.plan.len() {
            self.tip.get_or_insert(left);
        }
        self.settle();
    }
}

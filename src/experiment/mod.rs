//! Arms in lockstep: one world per home of state, on the same traffic, given the same commands.
//!
//! ```text
//!   Scenario ─┬─▶ World (token)  ─▶ Arm: ledger, scene, journal, series, story
//!             └─▶ World (sticky) ─▶ Arm: the same                        a command goes to all, at one instant
//! ```

mod aside;
mod headless;
mod journal;
pub mod timeline;

pub(crate) use headless::Slices;
pub use headless::{Headless, HeadlessError, run_headless, run_while};
pub use journal::Journal;
pub use timeline::Timeline;

use crate::command::Command;
use crate::event::{Event, Seq, Sink};
use crate::ledger::Ledger;
use crate::scenario::{Home, Scenario};
use crate::scene::Scene;
use crate::series::Series;
use crate::sim::World;
use crate::story::Story;
use crate::units::Nanos;
use std::sync::Arc;
use std::thread;

/// One world and what is folded from its events.
#[derive(Clone, Debug)]
pub struct Arm {
    /// Where session state lives.
    pub home: Home,
    /// The figures.
    pub ledger: Ledger,
    /// The picture.
    pub scene: Scene,
    /// The newest events.
    pub journal: Journal,
    /// The course of the run.
    pub series: Series,
    /// The newest sentences.
    pub story: Story,
    world: World,
}

struct Listeners<'a, S> {
    ledger: &'a mut Ledger,
    scene: &'a mut Scene,
    journal: &'a mut Journal,
    series: &'a mut Series,
    story: &'a mut Story,
    also: &'a mut S,
}

impl<S: Sink> Sink for Listeners<'_, S> {
    fn take(&mut self, event: &Event) {
        self.ledger.take(event);
        self.scene.take(event);
        self.journal.take(event);
        self.series.take(event);
        self.story.take(event);
        self.also.take(event);
    }
}

impl Arm {
    fn new(scenario: &Scenario, home: Home) -> Self {
        Self {
            home,
            ledger: Ledger::of(scenario),
            scene: Scene::new(scenario, home),
            journal: Journal::default(),
            series: Series::default(),
            story: Story::new(scenario, home),
            world: World::new(scenario, home),
        }
    }

    /// How many events it has told so far.
    #[must_use]
    pub fn events(&self) -> Seq {
        self.journal.iter().next_back().map_or(0, |event| event.seq)
    }

    /// How far it has come.
    #[must_use]
    pub const fn now(&self) -> Nanos {
        self.world.now()
    }

    /// How many requests ended without a useful answer so far.
    #[must_use]
    pub const fn failed(&self) -> u64 {
        self.ledger.requests().outcomes.failed()
    }

    /// Whether `command` can be carried out now, and would do something. A world without a store takes commands to one, so
    /// that all worlds have the same faults; where no world has one, nobody is to be told that it was done.
    fn possible(&self, command: Command) -> Result<(), String> {
        if self.lacks_target_of(command) {
            return Err("there is no store in these worlds".into());
        }
        self.world.possible(command)
    }

    /// Whether the command is for a store, and there is none here.
    fn lacks_target_of(&self, command: Command) -> bool {
        command.misses_store(self.scene.store.is_some())
    }

    fn run_until(&mut self, until: Nanos) {
        self.run_and_tell(until, &mut Nobody);
    }

    fn command(&mut self, command: Command) -> Result<(), String> {
        self.command_and_tell(command, &mut Nobody)
    }

    /// As `run_until`; `also` hears the events, too.
    fn run_and_tell<S: Sink>(&mut self, until: Nanos, also: &mut S) {
        let Self { ledger, scene, journal, series, story, world, .. } = self;
        world.run_until(until, &mut Listeners { ledger, scene, journal, series, story, also });
    }

    /// As `command`; `also` hears the events, too.
    fn command_and_tell<S: Sink>(&mut self, command: Command, also: &mut S) -> Result<(), String> {
        let Self { ledger, scene, journal, series, story, world, .. } = self;
        world.command(command, &mut Listeners { ledger, scene, journal, series, story, also })
    }
}

/// Why a command is impossible, if it is in every one of these arms. What is wrong with a store says more than that other
/// worlds have none.
fn refusal(arms: &[&Arm], command: Command) -> Option<String> {
    let refused = |arm: &&Arm| Some((!arm.lacks_target_of(command), arm.possible(command).err()?));
    let refusals: Vec<_> = arms.iter().map_while(refused).collect();
    let everywhere = refusals.len() == arms.len();
    refusals.into_iter().filter(|_| everywhere).max_by_key(|&(there, _)| there).map(|(_, why)| why)
}

/// Hears nothing.
struct Nobody;

impl Sink for Nobody {
    fn take(&mut self, _: &Event) {}
}

/// Several arms at the same simulated instant.
#[derive(Clone, Debug)]
pub struct Experiment {
    scenario: Arc<Scenario>,
    arms: Vec<Arm>,
    now: Nanos,
    /// Commands so far, each with its instant.
    commands: Vec<(Nanos, Command)>,
}

impl Experiment {
    /// The scenario with these homes of state, at its beginning.
    #[must_use]
    pub fn new(scenario: Arc<Scenario>, homes: &[Home]) -> Self {
        let arms = homes.iter().map(|&home| Arm::new(&scenario, home)).collect();
        Self { scenario, arms, now: Nanos::ZERO, commands: Vec::new() }
    }

    /// The scenario.
    #[must_use]
    pub fn scenario(&self) -> &Scenario {
        &self.scenario
    }

    /// The present simulated instant, the same in all arms.
    #[must_use]
    pub const fn now(&self) -> Nanos {
        self.now
    }

    /// The arms, in the order in which they were begun.
    #[must_use]
    pub fn arms(&self) -> &[Arm] {
        &self.arms
    }

    /// The arm with this home, if it runs.
    #[must_use]
    pub fn arm(&self, home: Home) -> Option<&Arm> {
        self.arms.iter().find(|arm| arm.home == home)
    }

    /// Commands so far, each with its instant.
    #[must_use]
    pub fn commands(&self) -> &[(Nanos, Command)] {
        &self.commands
    }

    /// Runs all arms up to and including `until`.
    pub fn run_until(&mut self, until: Nanos) {
        for arm in &mut self.arms {
            arm.run_until(until);
        }
        self.now = self.now.max(until);
    }

    /// As [`Experiment::run_until`], each arm on a thread of its own. Worth it for long stretches.
    pub fn run_apart_until(&mut self, until: Nanos) {
        thread::scope(|scope| {
            for arm in &mut self.arms {
                scope.spawn(move || arm.run_until(until));
            }
        });
        self.now = self.now.max(until);
    }

    /// Goes on to an instant at which nothing happens in any arm, a nanosecond or few later. A command given there is neither
    /// before nor after anything of the same instant; so a script that gives it then comes to the same events.
    pub fn settle(&mut self) {
        loop {
            let next = Nanos(self.now.0.saturating_add(1));
            let quiet = self.next_at().is_none_or(|at| at > next);
            self.run_until(next);
            if quiet {
                return;
            }
        }
    }

    /// The next instant at which something is to happen in some arm, if there is one. Whether an event comes of it,
    /// [`Experiment::run_until`] that instant shows.
    pub fn next_at(&mut self) -> Option<Nanos> {
        self.arms.iter_mut().filter_map(|arm| arm.world.next_at()).min()
    }

    /// Carries a command out in all arms, now.
    ///
    /// # Errors
    /// Why it is impossible, if it is in every arm.
    pub fn command(&mut self, command: Command) -> Result<(), String> {
        // Looked at first, so that a refusal leaves no trace in any arm: it is not replayed, either.
        if let Some(why) = self.refusal(command) {
            return Err(why);
        }
        self.carry_out(command);
        Ok(())
    }

    /// Why a command is impossible now, if it is in every arm.
    #[must_use]
    pub fn refusal(&self, command: Command) -> Option<String> {
        let arms: Vec<&Arm> = self.arms.iter().collect();
        refusal(&arms, command)
    }

    fn carry_out(&mut self, command: Command) {
        for arm in &mut self.arms {
            // An arm in which it is impossible says so in an event of its own.
            let _refusal = arm.command(command);
        }
        self.commands.push((self.now, command));
    }

    /// Makes sure that an arm with this home runs: a new one lives through everything up to now.
    pub fn ensure(&mut self, home: Home) {
        if self.arm(home).is_none() {
            let arm = self.replay(home, &self.commands);
            self.arms.push(arm);
        }
    }

    fn replay(&self, home: Home, commands: &[(Nanos, Command)]) -> Arm {
        let mut arm = Arm::new(&self.scenario, home);
        for &(at, command) in commands {
            arm.run_until(at);
            // A command that another arm alone could carry out is refused here, as it was then.
            let _refusal = arm.command(command);
        }
        arm.run_until(self.now);
        arm
    }

    /// Takes in the arms of another experiment with the same scenario, at the same instant, after the same commands.
    pub fn join(&mut self, other: Self) {
        debug_assert_eq!(self.now, other.now);
        self.arms.extend(other.arms);
    }

    /// Keeps only the arms with these homes; others would have to live through the past again.
    pub fn retain(&mut self, homes: &[Home]) {
        self.arms.retain(|arm| homes.contains(&arm.home));
    }

    /// Goes back to just before the last command, and forgets it.
    pub fn undo(&mut self) -> Option<Command> {
        let (at, command) = self.commands.pop()?;
        self.now = at;
        let homes: Vec<Home> = self.arms.iter().map(|arm| arm.home).collect();
        self.arms = homes.into_iter().map(|home| self.replay(home, &self.commands)).collect();
        Some(command)
    }
}

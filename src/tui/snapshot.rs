//! What the engine room hands to the screen: everything that a frame is drawn from, at one simulated instant.

use super::driver::{LessonNews, Wants};
use super::fork::ForkView;
use super::pace::Speed;
use super::shadow::Shadow;
use super::survey::Findings;
use super::travel::Times;
use crate::command::Command;
use crate::event::Event;
use crate::experiment::Arm;
use crate::experiment::timeline::{Change, Progress};
use crate::insight::Sight;
use crate::ledger::{Events, RunReport};
use crate::scenario::{Home, Scenario};
use crate::scene::{Scene, Store};
use crate::series::Series;
use crate::story::Line;
use crate::units::Nanos;
use std::sync::Arc;

/// The run at one instant.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// What is run (its seed too).
    pub scenario: Arc<Scenario>,
    /// The simulated instant.
    pub now: Nanos,
    /// How fast simulated time runs.
    pub speed: Speed,
    /// Whether it stands still.
    pub paused: bool,
    /// The machine cannot keep the speed.
    pub behind: bool,
    /// It hurries to the instant at which the dashboard opens.
    pub opens: Option<Nanos>,
    /// The worlds that are shown, in the order asked for.
    pub arms: Vec<ArmView>,
    /// The newest thing the engine has to say.
    pub notice: Option<Notice>,
    /// The learner's commands so far, oldest first.
    pub history: Vec<(Nanos, Command)>,
    /// Two futures, while they run; the first one's world is the only one in `arms`.
    pub fork: Option<Arc<ForkView>>,
    /// What could be different in each shown world.
    pub changes: Vec<(Home, Vec<Change>)>,
    /// Another future of each shown world, for the charts.
    pub shadows: Vec<Shadow>,
    /// Where this instant is in what is known of the run.
    pub times: Times,
    /// A world lives through the past.
    pub replay: Option<Progress>,
    /// The learner has left: nothing comes after this, and all figures are of exactly this instant.
    pub finished: bool,
    /// What the engine has to say to a lesson.
    pub lesson: LessonNews,
}

impl Snapshot {
    /// The world with this home, if it is among the shown ones.
    #[must_use]
    pub fn arm(&self, home: Home) -> Option<&ArmView> {
        self.arms.iter().find(|arm| arm.home == home)
    }

    /// The session store of the first of these worlds that has one.
    #[must_use]
    pub fn store(&self, homes: [Home; 2]) -> Option<&Store> {
        homes.into_iter().find_map(|home| self.arm(home)?.scene.store.as_ref())
    }
}

/// One world at that instant.
#[derive(Clone, Debug)]
pub struct ArmView {
    /// Where its state lives.
    pub home: Home,
    /// The picture's state.
    pub scene: Scene,
    /// The figures.
    pub figures: Arc<RunReport>,
    /// The newest sentences, oldest first.
    pub story: Vec<Line>,
    /// The newest events, oldest first, if the screen asked for them.
    pub journal: Arc<Vec<Event>>,
    /// What the screen looks into, if it does.
    pub sight: Option<Arc<Sight>>,
    /// The course of the run, if the screen asked for it.
    pub series: Arc<Series>,
    /// How much traffic it can carry, as far as that is known.
    pub findings: Findings,
}

impl ArmView {
    /// A world with its figures, and what else the screen wants of it.
    #[must_use]
    pub fn of(arm: &Arm, figures: Arc<RunReport>, findings: Findings, wants: &Wants) -> Self {
        let journal = if wants.journal { Arc::new(arm.journal.iter().copied().collect()) } else { Arc::default() };
        let series = if wants.series { Arc::new(arm.series.clone()) } else { Arc::default() };
        let sight = wants.look.map(|look| Arc::new(Sight::of(&arm.journal, look, arm.now())));
        let story = arm.story.lines().iter().cloned().collect();
        Self { home: arm.home, scene: arm.scene.clone(), figures, story, journal, sight, series, findings }
    }

    /// Whether a command of this instant was a fault.
    #[must_use]
    pub fn is_fault(&self, at: Nanos, command: Command) -> bool {
        self.figures.faults.iter().any(|fault| (fault.at_s, fault.command) == (at.secs(), command))
    }

    /// The figures of a world at `at`. Nobody asks a dashboard for the hash of a run that goes on.
    #[must_use]
    pub fn figures(arm: &Arm, scenario: &Scenario, at: Nanos) -> RunReport {
        arm.ledger.report(scenario, arm.home, at, Events { count: arm.events(), sha256: String::new() })
    }
}

/// Something the engine has to say.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Notice {
    /// Grows with each.
    pub number: u64,
    /// One sentence.
    pub text: String,
    /// Whether something did not work.
    pub refusal: bool,
}

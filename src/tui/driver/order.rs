//! What the screen asks of the engine room, and what it wants to be told.

use super::LessonOrder;
use crate::command::Command;
use crate::experiment::timeline::Change;
use crate::insight::Look;
use crate::scenario::Home;
use crate::tui::travel::Travel;
use crate::units::Nanos;
use std::time::Duration;

/// What the screen wants to be told.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Wants {
    /// The two worlds that are chosen, stateless first.
    pub homes: Vec<Home>,
    /// Whether all other worlds are shown beside them.
    pub all: bool,
    /// Whether the newest events are listed.
    pub journal: bool,
    /// Whether the course of the run is drawn.
    pub series: bool,
    /// What somebody looks into.
    pub look: Option<Look>,
    /// The time between two snapshots, at least a thirtieth of a second.
    pub frame: Duration,
}

impl Wants {
    /// The worlds that are shown, the chosen ones first.
    #[must_use]
    pub fn worlds(&self) -> Vec<Home> {
        let others = Home::ALL.into_iter().filter(|home| self.all && !self.homes.contains(home));
        self.homes.iter().copied().chain(others).collect()
    }
}

/// What the screen asks of the engine.
#[derive(Clone, PartialEq, Debug)]
pub enum Order {
    /// Do this to the service, now, in every world.
    Do(Command),
    /// Go back to just before the last command.
    Undo,
    /// Stop, or go on.
    Pause(bool),
    /// Go to exactly this instant, in the past or in the future, and stay there.
    Seek(Nanos),
    /// Go somewhere from here, and stay there.
    Travel(Travel),
    /// Part the future of this world: with one thing changed, side by side with how it was.
    Fork(Home, Change),
    /// Let the first future go on alone.
    Rejoin,
    /// One step faster, or slower.
    Faster(bool),
    /// Show this.
    Want(Wants),
    /// Start over with other users.
    Seed(u64),
    /// Do what a lesson asks for.
    Lesson(LessonOrder),
    /// Stop for good, with figures of exactly this instant.
    Finish,
}

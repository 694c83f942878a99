//! What the learner has done, and for how long it has been there to see.

use crate::command::{Command, Target};
use crate::scenario::Home;
use crate::tui::pace::Speed;
use crate::tui::snapshot::Snapshot;
use crate::tui::state::UiState;
use crate::tui::views::View;
use crate::units::Nanos;

/// What the learner has done, as far as it shows.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Deeds {
    /// Commands so far …
    pub commands: usize,
    /// … the newest of them.
    pub newest: Option<(Nanos, Command)>,
    /// The instant at which time was stopped.
    pub stopped: Option<Nanos>,
    /// The chosen speed.
    pub speed: Speed,
    /// What is looked at: the world, the view, one world or both, the second of two futures.
    pub looks: Option<(Home, View, bool, bool)>,
    /// The selected part.
    pub selected: Option<Target>,
}

impl Deeds {
    /// Reads them off a snapshot and the screen's state.
    #[must_use]
    pub fn of(snapshot: &Snapshot, ui: &UiState) -> Self {
        Self {
            commands: snapshot.history.len(),
            newest: snapshot.history.last().copied(),
            stopped: snapshot.paused.then_some(snapshot.now),
            speed: snapshot.speed,
            looks: Some((ui.shown, ui.view, ui.both(), ui.second)),
            selected: ui.selected,
        }
    }
}

/// For how long somebody has been able to see something: seconds of simulated time, and of the wall where time runs faster. It is
/// counted as time passes, so that at a higher speed nothing is new again.
#[derive(Clone, Copy, Debug, Default)]
pub struct Age {
    of: Option<(Nanos, Command)>,
    now: Nanos,
    pub secs: f64,
}

impl Age {
    fn pass(&mut self, of: Option<(Nanos, Command)>, now: Nanos, pace: f64) {
        let on = self.of == of && self.now <= now;
        let (from, before) = if on { (self.now, self.secs) } else { (of.map_or(now, |(at, _)| at), 0.0) };
        *self = Self { of, now, secs: before + now.since(from).secs() / pace.max(1.0) };
    }
}

/// How old what was done last is.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ages {
    /// The newest command.
    pub command: Age,
    /// The disturbance …
    pub fault: Age,
    /// … or rather its end, if it is a deployment that is done.
    pub over: Age,
}

impl Ages {
    /// Time has passed, or another world is looked at.
    pub fn pass(&mut self, snapshot: &Snapshot, ui: &UiState) {
        let (now, pace) = (snapshot.now, snapshot.speed.pace());
        let fault = snapshot.arm(ui.shown).and_then(|arm| arm.scene.fault);
        self.command.pass(snapshot.history.last().copied(), now, pace);
        self.fault.pass(fault.map(|fault| (fault.at, fault.command)), now, pace);
        self.over.pass(fault.map(|fault| (fault.over.unwrap_or(fault.at), fault.command)), now, pace);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_done_is_new_for_as_long_at_any_speed_and_never_again() {
        let (deed, mut age) = ((Nanos::from_secs(10.0), Command::Add), Age::default());
        let mut after = |at: f64, pace| {
            age.pass(Some(deed), Nanos::from_secs(at), pace);
            (age.secs * 100.0).round() / 100.0
        };
        assert_eq!([after(10.0, 10.0), after(110.0, 10.0)], [0.0, 10.0], "seconds of the wall");
        assert_eq!([after(130.0, 1.0), after(140.0, 0.1)], [30.0, 40.0], "of simulated time");
        assert_eq!(after(1140.0, 100.0), 50.0);
        assert_eq!(after(15.0, 1.0), 5.0, "somebody has gone back");
    }
}

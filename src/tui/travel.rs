//! The keys of the time machine: where each leads, and what is said on arrival.

use super::app::{App, Reaction};
use super::driver::Order;
use super::facts::more_traffic;
use super::keymap::Action;
use super::pace::Speed;
use super::parts::clock;
use super::run::Run;
use super::views::{View, journal};
use crate::command::Command;
use crate::experiment::Timeline;
use crate::experiment::timeline::{Arrival, Goal, Look};
use crate::scenario::{Home, Scenario};
use crate::text::plural;
use crate::units::Nanos;

/// Where a key leads, seen from wherever the run is by then.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Travel {
    /// Back by what passes in a second at this speed.
    Back,
    /// Forwards by as much, but not beyond this instant.
    Forwards(Nanos),
    /// To the instant at which the dashboard opened; from there to the very beginning.
    Beginning,
    /// To the newest instant that was reached.
    Newest,
    /// To the next instant at which such a thing happens in a world.
    Next(Look, Home),
    /// To the last one before.
    Previous(Look, Home),
    /// To the next command.
    NextCommand,
    /// To the last command before.
    PreviousCommand,
}

impl Travel {
    /// Whether it leads on from the present.
    #[must_use]
    pub const fn forwards(self) -> bool {
        matches!(self, Self::Forwards(_) | Self::Newest | Self::Next(..) | Self::NextCommand)
    }

    /// Whether it leads to the next of its kind, so that so many lead to the so manieth.
    #[must_use]
    pub const fn is_step(self) -> bool {
        matches!(self, Self::Next(..) | Self::Previous(..) | Self::NextCommand | Self::PreviousCommand)
    }

    /// How fast time is to go on from there. To a command or a failure somebody goes to see what came of it.
    #[must_use]
    pub fn pace(self, speed: Speed) -> Speed {
        let to_see = matches!(
            self,
            Self::NextCommand | Self::PreviousCommand | Self::Next(Look::Failure, _) | Self::Previous(Look::Failure, _)
        );
        if to_see { speed.min(Speed::default()) } else { speed }
    }

    /// The goal.
    #[must_use]
    pub fn goal(self, run: &Run, opens: Nanos, speed: Speed) -> Goal {
        let from = run.heading();
        match self {
            Self::Back => Goal::At(from.since(speed.second())),
            // Beyond what is known there is nothing to leaf through: it comes by itself.
            Self::Forwards(end) if from < run.newest() => Goal::At((from + speed.second()).min(run.newest()).min(end)),
            Self::Forwards(end) => Goal::At((from + speed.second()).min(end)),
            Self::Beginning if from > opens => Goal::At(opens),
            Self::Beginning => Goal::At(Nanos::ZERO),
            Self::Newest => Goal::Newest,
            Self::Next(look, home) => Goal::Next(look, home),
            Self::Previous(look, home) => Goal::Previous(look, home),
            Self::NextCommand => Goal::NextCommand,
            Self::PreviousCommand => Goal::PreviousCommand,
        }
    }
}

impl App {
    /// Keys that lead to another instant; all others move within a view.
    pub(super) fn travel_action(&mut self, action: Action) -> Reaction {
        let shown = self.ui.shown;
        let travel = match action {
            Action::Back => Travel::Back,
            Action::Forwards => Travel::Forwards(Nanos::NEVER),
            Action::Beginning => Travel::Beginning,
            Action::Newest => Travel::Newest,
            Action::NextHop => Travel::Next(Look::Hop, shown),
            Action::PreviousHop => Travel::Previous(Look::Hop, shown),
            Action::NextEvent => Travel::Next(Look::Event, shown),
            Action::PreviousEvent => Travel::Previous(Look::Event, shown),
            Action::NextFailure => Travel::Next(Look::Failure, shown),
            Action::PreviousFailure => Travel::Previous(Look::Failure, shown),
            Action::NextCommand => Travel::NextCommand,
            Action::PreviousCommand => Travel::PreviousCommand,
            Action::Open if self.ui.view == View::Journal => {
                let at = self.snapshot.as_ref().and_then(|shot| journal::go_to_selected(&mut self.ui, shot));
                return at.map_or_else(Reaction::default, |at| Order::Seek(at).into());
            }
            other => {
                self.list_action(other);
                return Reaction::default();
            }
        };
        Order::Travel(travel).into()
    }
}

/// What is said about an arrival, and whether something did not work.
#[must_use]
pub fn words(arrival: Arrival) -> Option<(String, bool)> {
    let nowhere = |goal| match goal {
        Goal::Undo => "nothing to undo: no command of yours yet",
        Goal::NextCommand => "no command after this instant, as far as the run has come",
        Goal::PreviousCommand => "no command before this instant",
        Goal::Next(Look::Failure, _) => "no request failed after this instant, as far as the run has come",
        Goal::Previous(Look::Failure, _) => "no request failed before this instant",
        Goal::Next(..) => "nothing happens here within an hour",
        Goal::Previous(..) => "nothing happened before this instant",
        Goal::At(_) | Goal::Newest => "there is no such instant",
    };
    match arrival {
        Arrival::There | Arrival::Joined(_) => None,
        Arrival::Undone(command, 0) => Some((format!("undone: {command}"), false)),
        Arrival::Undone(command, later) => {
            let commands = plural("command", later as u32);
            Some((format!("undone: {command}; {later} later {commands} of yours with it"), false))
        }
        Arrival::Nowhere(goal) => Some((nowhere(goal).into(), true)),
    }
}

/// Carries a command out; what is to be said of it at once, and whether it was refused.
pub fn carry_out(command: Command, run: &mut Run, scenario: &Scenario) -> Option<(String, bool)> {
    let known = run.times().newest;
    match run.command(command) {
        Err(why) => Some((why, true)),
        Ok(()) => done(command, scenario, run.now(), known).map(|said| (said, false)),
    }
}

/// What is said of a command that was carried out, where the picture does not tell. `newest`: up to where another future was
/// known.
fn done(command: Command, scenario: &Scenario, now: Nanos, newest: Option<Nanos>) -> Option<String> {
    match (newest, command) {
        (Some(newest), _) => Some(given_up(scenario, now, newest)),
        (None, Command::Burst { factor, span }) => {
            Some(format!("burst: {} for {} s", more_traffic(scenario, factor), span.secs()))
        }
        _ => None,
    }
}

/// A command in the past makes another future; what the scenario, or a saved run, has planned happens in that one, too.
fn given_up(scenario: &Scenario, now: Nanos, newest: Nanos) -> String {
    let planned = scenario.commands.iter().filter(|timed| Nanos::from_secs(timed.at_s) > now);
    match planned.min_by(|one, other| one.at_s.total_cmp(&other.at_s)) {
        Some(next) => format!(
            "another future begins here, where “{}”, planned for {}, still comes",
            next.command,
            clock(Nanos::from_secs(next.at_s))
        ),
        None => format!("another future begins here; the one known up to {} is given up", clock(newest)),
    }
}

/// Where the present is in what is known of the run.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Times {
    /// The newest instant that was reached, if the present is before it.
    pub newest: Option<Nanos>,
    /// All commands so far, the scenario's own among them, in order of time.
    pub marks: Vec<(Nanos, Command)>,
    /// How many checkpoints there are, and about how many bytes they hold.
    pub checkpoints: (usize, usize),
}

impl Times {
    /// Of a run.
    #[must_use]
    pub fn of(timeline: &Timeline) -> Self {
        Self {
            newest: timeline.rewound().then(|| timeline.newest()),
            marks: timeline.marks(),
            checkpoints: timeline.checkpoints(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_somebody_goes_to_see_is_not_rushed_past() {
        let home = Home::Sticky;
        for travel in [Travel::PreviousCommand, Travel::NextCommand, Travel::Previous(Look::Failure, home)] {
            assert_eq!(travel.pace(Speed::MOST), Speed::default());
            assert_eq!(travel.pace(Speed::default().slower()), Speed::default().slower());
        }
        for travel in [Travel::Back, Travel::Newest, Travel::Next(Look::Hop, home)] {
            assert_eq!(travel.pace(Speed::MOST), Speed::MOST);
        }
    }
}

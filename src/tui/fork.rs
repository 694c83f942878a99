//! What if? The menu of changes, and what the screen knows of two futures.

use super::app::{App, Reaction};
use super::driver::{Order, Wants};
use super::keymap::Action;
use super::snapshot::{ArmView, Snapshot};
use super::state::Layer;
use super::survey::Findings;
use super::views::sentence::{brief, fate};
use crate::event::Outcome;
use crate::experiment::timeline::{Change, Differs, Fork};
use crate::ledger::RunReport;
use crate::scenario::Home;
use crate::text::plural;
use crate::tui::parts::{clock, span};
use crate::units::Nanos;
use std::sync::Arc;
use std::time::Duration;

/// Two futures at one instant. The first is in the snapshot's arms.
#[derive(Clone, Debug)]
pub struct ForkView {
    /// What is different in the second.
    pub change: Change,
    /// From which instant on.
    pub from: Nanos,
    /// Where state lives in the first and in the second.
    pub homes: [Home; 2],
    /// How far they have come, while they are on their way to the present instant.
    pub arriving: Option<Nanos>,
    /// The first request whose fate differs.
    pub differs: Option<Differs>,
    /// The second future.
    pub second: ArmView,
}

impl ForkView {
    /// What a screen that wants this is told of the two.
    #[must_use]
    pub fn of(fork: &Fork, wants: &Wants) -> Self {
        let [first, second] = fork.arms();
        let figures = ArmView::figures(second, &fork.scenarios()[1], fork.now());
        Self {
            change: fork.change,
            from: fork.from,
            homes: [first.home, second.home],
            arriving: fork.travelling().then(|| fork.done()),
            differs: fork.differs(),
            second: ArmView::of(second, Arc::new(figures), Findings::default(), wants),
        }
    }

    /// What stands over each of the two.
    #[must_use]
    pub fn titles(&self) -> [String; 2] {
        ["AS IT WAS".into(), format!("WHAT IF: {}", self.change)]
    }
}

impl Snapshot {
    /// The same instant, with the second future in the place of the first.
    #[must_use]
    pub fn turned(&self) -> Option<Self> {
        let fork = self.fork.as_ref()?;
        let first = self.arms.first()?.clone();
        let turned = ForkView { second: first, ..(**fork).clone() };
        Some(Self { arms: vec![fork.second.clone()], fork: Some(Arc::new(turned)), ..self.clone() })
    }

    /// Both futures, as it was first; `turned`: the snapshot is.
    #[must_use]
    pub fn futures(&self, turned: bool) -> Option<[&ArmView; 2]> {
        let fork = self.fork.as_ref().filter(|fork| fork.arriving.is_none())?;
        let (shown, other) = (self.arms.first()?, &fork.second);
        Some(if turned { [other, shown] } else { [shown, other] })
    }
}

impl App {
    /// The key for what if: opens the menu, or ends what it led to.
    pub(super) fn fork_key(&mut self, wall: Duration) -> Reaction {
        let Some(snapshot) = &self.snapshot else { return Reaction::default() };
        if snapshot.fork.is_some() {
            let again = self.keymap.cap(Action::Fork).to_owned();
            self.answer(Ok(format!("one future again; {again} asks another what if")), wall);
            return Order::Rejoin.into();
        }
        if snapshot.arm(self.ui.shown).is_some() {
            self.ui.layer = Layer::Fork(0);
        }
        Reaction::default()
    }

    /// What the menu offers.
    #[must_use]
    pub fn changes(&self) -> &[Change] {
        let snapshot = self.snapshot.as_ref();
        let found = snapshot.and_then(|shot| shot.changes.iter().find(|(home, _)| *home == self.ui.shown));
        found.map_or(&[], |(_, changes)| changes)
    }

    /// Takes two futures in: the one to be shown goes where the screen looks.
    pub(super) fn look_at_futures(&mut self, snapshot: Arc<Snapshot>) -> Arc<Snapshot> {
        let Some(fork) = &snapshot.fork else {
            if let Some(home) = self.ui.before_fork.take() {
                self.ui.shown = home;
                self.ui.second = false;
            }
            return snapshot;
        };
        self.ui.before_fork.get_or_insert(fork.homes[0]);
        self.ui.shown = fork.homes[usize::from(self.ui.second)];
        if self.ui.second { snapshot.turned().map_or(snapshot, Arc::new) } else { snapshot }
    }

    /// Shows the other one of two futures.
    pub(super) fn other_future(&mut self) {
        let Some(turned) = self.snapshot.as_ref().and_then(|shot| shot.turned()) else { return };
        self.ui.second = !self.ui.second;
        self.ui.shown = turned.arms[0].home;
        self.snapshot = Some(Arc::new(turned));
    }
}

/// What differs between two futures, in figures from both ledgers: in full, and in a few words for small screens.
#[must_use]
pub fn difference(change: Change, figures: [&RunReport; 2], slow_motion: f64) -> [String; 2] {
    let [(lost, failed), (lost_then, failed_then)] =
        figures.map(|of| (of.sessions.lost, of.requests.outcomes.failed()));
    let median = match figures.map(|of| of.wait_ms.p50) {
        [Some(one), Some(other)] if one == other => ("; the median is the same".into(), ", same median".into()),
        [Some(one), Some(other)] => {
            let slowed = if slow_motion == 1.0 { "" } else { " (slowed)" };
            // In the unit of what it is a gap between: beside 7.46 s nobody wants milliseconds, unless that would be none.
            let gap = (other - one).abs();
            let gap = if one.max(other) >= 1000.0 && gap >= 10.0 {
                format!("{:.2} s", gap / 1000.0)
            } else {
                span(Some(gap))
            };
            let word = if other > one { "more" } else { "less" };
            (format!(", and {gap}{slowed} {word} at the median"), format!(", median {gap}{slowed} {word}"))
        }
        _ => (String::new(), String::new()),
    };
    let created = figures[0].sessions.created;
    let requests = plural("request", failed);
    [
        format!(
            "As it was: {lost} of {created} sessions lost, {failed} {requests} failed; {change}: {lost_then} lost, {failed_then} failed{}.",
            median.0
        ),
        format!(
            "{lost} of {created} lost, {failed} failed; what if: {lost_then} lost, {failed_then} failed{}.",
            median.1
        ),
    ]
}

/// The first request whose fate differs, in a sentence: in full, and in a few words for small screens.
#[must_use]
pub fn first_difference(change: Change, differs: Option<Differs>, name: impl Fn(u64) -> String) -> [String; 2] {
    let Some(Differs { session, ordinal, first, second }) = differs else {
        return ["No request that has ended in both ended differently so far."; 2].map(str::to_owned);
    };
    let ended = |(outcome, at): (Outcome, Nanos)| format!("{} at {}", fate(outcome), clock(at));
    let name = name(session);
    let whose = match ordinal {
        Some(ordinal) => format!("≠ First: request no. {} of {name}", ordinal + 1),
        None => format!("≠ First: {name}'s request that was under way"),
    };
    let [was, would] = [first, second].map(|(outcome, _)| brief(outcome));
    [
        format!("{whose}, {} as it was, {} {change}.", ended(first), ended(second)),
        format!("{whose}; as it was: {was}, what if: {would}."),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::Experiment;
    use crate::scenario::Scenario;

    #[test]
    fn a_small_gap_between_long_waits_is_not_none() {
        let scenario = Arc::new(Scenario::load("classroom").unwrap());
        let mut run = Experiment::new(scenario.clone(), &[Home::Token]);
        run.run_until(Nanos::from_secs(40.0));
        let one = ArmView::figures(&run.arms()[0], &scenario, run.now());
        let median = one.wait_ms.p50.unwrap();
        assert!(median > 1000.0);
        for (gap, said) in [(4.0, "4.00 ms (slowed) more"), (14.0, "0.01 s (slowed) more")] {
            let mut other = one.clone();
            other.wait_ms.p50 = Some(median + gap);
            let [full, _] = difference(Change::Replica, [&one, &other], scenario.slow_motion);
            assert!(full.contains(said), "{full}");
        }
    }
}

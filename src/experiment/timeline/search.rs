//! Looking for the next or the last instant at which something of a kind happens in a world.
//!
//! ```text
//!   back      the journal first; then, from the newest on, the stretch between two checkpoints in which it was counted
//!   forwards  instant by instant; stretches in which it was not counted are passed over
//! ```

use super::{Arm, Arrival, Goal, Point, Then, Timeline, Work};
use crate::command::Command;
use crate::event::{Event, RequestKind, Seq, What};
use crate::scenario::Home;
use crate::units::Nanos;

/// How far ahead something is looked for that may come at any moment.
const PATIENCE: Nanos = Nanos(3_600_000_000_000);

/// What is looked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Look {
    /// Any event.
    Event,
    /// What the eye sees: a message leaves or arrives, or a state changes.
    Hop,
    /// A user's request ends without a useful answer.
    Failure,
}

impl Look {
    /// Whether an event is of this kind.
    #[must_use]
    pub const fn sees(self, event: &Event) -> bool {
        match (self, &event.what) {
            (Self::Event, _) => true,
            // What only the balancer hears, and what only a clock knows.
            (Self::Hop, what) => {
                !matches!(what, What::Checked { .. } | What::RunStarted { .. } | What::RateChanged { .. })
            }
            // What a thief sends is nobody's request: the ledger does not count it as failed, either.
            (Self::Failure, What::Ended { outcome, purpose, .. }) => {
                !outcome.useful() && !matches!(purpose, RequestKind::Replay)
            }
            (Self::Failure, _) => false,
        }
    }

    /// How often it has happened in a world so far, at most: it cannot have happened where this does not grow.
    fn count(self, arm: &Arm) -> u64 {
        match self {
            Self::Event | Self::Hop => arm.events(),
            Self::Failure => arm.failed(),
        }
    }
}

/// A world that is lived through in search of something.
#[derive(Debug)]
pub(super) struct Search {
    arm: Arm,
    /// Where it set out.
    begin: Point,
    done: usize,
    look: Look,
    /// Only after this instant …
    after: Nanos,
    /// … and not after this one.
    until: Nanos,
    /// Where it was seen last.
    found: Option<Nanos>,
    /// What is to be reached.
    pub goal: Goal,
}

impl Search {
    pub const fn now(&self) -> Nanos {
        self.arm.world.now()
    }

    /// Goes on by about `span`. Says when it is over, and where the thing is, if it is anywhere.
    pub fn advance(&mut self, span: Nanos, plan: &[(Nanos, Command)]) -> Option<Option<Nanos>> {
        let stop = self.now().saturating_add(span.max(Nanos(1)));
        loop {
            let command = plan.get(self.done).copied();
            let next = self.arm.world.next_at().unwrap_or(Nanos::NEVER);
            let at = command.map_or(next, |(at, _)| at.min(next));
            if at > self.until || at == Nanos::NEVER {
                return Some(self.found);
            }
            let before = self.arm.events();
            self.arm.run_until(at);
            if let Some((_, command)) = command.filter(|&(when, _)| when <= at) {
                let _refusal = self.arm.command(command);
                self.done += 1;
            }
            if at > self.after && new(&self.arm, before).any(|event| self.look.sees(event)) {
                self.found = Some(at);
                if matches!(self.goal, Goal::Next(..)) {
                    return Some(self.found);
                }
            }
            if at >= stop {
                return None;
            }
        }
    }
}

/// What a world has told since it had told so much.
fn new(arm: &Arm, before: Seq) -> impl Iterator<Item = &Event> {
    arm.journal.iter().rev().take_while(move |event| event.seq > before)
}

impl Timeline {
    pub(super) fn look_ahead(&mut self, look: Look, home: Home, goal: Goal) -> Option<Arrival> {
        let now = self.now();
        let Some(present) = self.present.arm(home) else { return Some(Arrival::Nowhere(goal)) };
        let count = look.count(present);
        let until = if look == Look::Failure { self.newest() } else { self.newest().saturating_add(PATIENCE) };
        // As far as nothing was counted.
        let known = self.past.of(home).filter(|(point, _)| point.at > now);
        let quiet = known.take_while(|(_, arm)| look.count(arm) == count).last();
        let (arm, begin) = quiet.map_or_else(|| (present.clone(), self.point()), |(point, arm)| (arm.clone(), point));
        self.search(Search { arm, begin, done: begin.done, look, after: now, until, found: None, goal });
        None
    }

    pub(super) fn look_back(&mut self, look: Look, home: Home, goal: Goal) -> Option<Arrival> {
        let now = self.now();
        let Some(present) = self.present.arm(home) else { return Some(Arrival::Nowhere(goal)) };
        let seen = present.journal.iter().rev().find(|event| event.at < now && look.sees(event)).map(|event| event.at);
        if let Some(at) = seen {
            return self.go(Goal::At(at));
        }
        let Some(oldest) = present.journal.iter().next().filter(|event| event.seq > 1) else {
            return Some(Arrival::Nowhere(goal));
        };
        let until = Nanos(oldest.at.0.min(now.0.saturating_sub(1)));
        self.look_before(Point { at: oldest.at, done: 0 }, look.count(present), until, look, home, goal)
    }

    /// Searches the newest stretch before a checkpoint in which something may have happened; by its end, `count` times.
    pub(super) fn look_before(
        &mut self,
        begin: Point,
        mut count: u64,
        mut until: Nanos,
        look: Look,
        home: Home,
        goal: Goal,
    ) -> Option<Arrival> {
        let earlier = self.past.of(home).rev().filter(|(point, _)| *point < begin);
        let mut from = None;
        for (point, arm) in earlier {
            if look.count(arm) < count {
                from = Some((arm.clone(), point));
                break;
            }
            (count, until) = (look.count(arm), point.at);
        }
        if count == 0 {
            return Some(Arrival::Nowhere(goal));
        }
        let (arm, point) =
            from.unwrap_or_else(|| (Arm::new(&self.present.scenario, home), Point { at: Nanos::ZERO, done: 0 }));
        self.search(Search { begin: point, done: point.done, arm, look, after: point.at, until, found: None, goal });
        None
    }

    /// A stretch has turned out to be empty.
    pub(super) fn in_vain(&mut self, search: &Search) -> Option<Arrival> {
        let Goal::Previous(look, home) = search.goal else { return Some(Arrival::Nowhere(search.goal)) };
        let begin = search.begin;
        let count = self.past.of(home).find(|(point, _)| *point == begin).map_or(0, |(_, arm)| look.count(arm));
        self.look_before(begin, count, begin.at, look, home, search.goal)
    }

    fn search(&mut self, search: Search) {
        self.work = Some((Work::Search(Box::new(search)), Then::Stay));
    }
}

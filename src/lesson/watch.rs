//! Looks out for the event at which time is to stand still.

use super::facts;
use super::step::{Until, World};
use super::value::Figures;
use crate::event::{Event, Seq};
use crate::experiment::Arm;
use crate::scenario::Home;
use serde_json::Value as Json;

/// Looks out for an event in one world.
#[derive(Clone, Debug)]
pub struct Watch {
    until: Until,
    /// In which world.
    pub home: Home,
    seen: Seq,
}

/// The fields of one event.
struct Fields(Json);

impl Figures for Fields {
    fn root(&self, _: &[String]) -> Option<(&Json, usize)> {
        Some((&self.0, 0))
    }
}

impl World {
    /// The home of state that it stands for.
    #[must_use]
    pub const fn home(self, shown: Home, stateless: Home, stateful: Home) -> Home {
        match self {
            Self::Of(home) => home,
            Self::Shown => shown,
            Self::Stateless => stateless,
            Self::Stateful => stateful,
        }
    }
}

impl Watch {
    /// Looks out from here on in this world.
    #[must_use]
    pub fn new(until: Until, arm: &Arm) -> Self {
        let seen = arm.journal.iter().next_back().map_or(0, |event| event.seq);
        Self { until, home: arm.home, seen }
    }

    /// The first event since the last look that is the one, with its fields; `arm` is the world it looks out in.
    pub fn look(&mut self, arm: &Arm) -> Option<(Event, Json)> {
        let seen = std::mem::replace(&mut self.seen, arm.journal.iter().next_back().map_or(0, |event| event.seq));
        let newest = arm.journal.iter().rev().take_while(|event| event.seq > seen);
        let candidates: Vec<&Event> = newest.filter(|event| event.what.kind() == self.until.event).collect();
        candidates.into_iter().rev().find_map(|event| {
            let answered = arm.journal.get(event.cause).map(|cause| cause.what);
            let fields = Fields(facts::event(event, answered, |session| arm.scene.clients.full_name(session)));
            // A field that this kind of event does not have is a fault of the lesson; its check tells so.
            let matches =
                self.until.matching.as_ref().is_none_or(|expr| expr.value(&fields).is_ok_and(|value| value.holds()));
            matches.then_some((*event, fields.0))
        })
    }
}

//! The figures that a lesson's formulas can name, at one instant of a run.
//!
//! ```text
//!   sticky.sessions.lost          the report of a world (as `statelab run --format json`)
//!   shown. stateless. stateful.   the same, by a world's part in the lesson
//!   before.sticky.…               as it was when the last prediction was asked
//!   was.sticky.…                  as it was when the scene started over
//!   compare.p50_ms.store          the newest comparison over several seeds
//!   event.session, event.who      the event at which time stands still
//!   answer.carts                  what was answered to a question: the number of the choice, or the number
//! ```

use super::value::Figures;
use crate::event::{Event, What};
use crate::ledger::RunReport;
use crate::scenario::Home;
use serde_json::Value as Json;

/// What figures begin with, apart from `before` and `was`.
pub fn roots() -> impl Iterator<Item = &'static str> {
    Home::ALL.into_iter().map(Home::id).chain(["shown", "stateless", "stateful", "event", "answer", "compare"])
}

/// The reports of some worlds at one instant.
pub type Reports = Vec<(Home, Json)>;

/// A report as formulas look into it.
#[must_use]
pub fn report(report: &RunReport) -> Json {
    serde_json::to_value(report).unwrap_or(Json::Null)
}

/// The figures at one instant.
#[derive(Clone, Debug)]
pub struct Facts {
    /// What is measured now.
    pub now: Reports,
    /// What was measured when the last prediction was asked.
    pub before: Reports,
    /// What was measured when the scene started over.
    pub was: Reports,
    /// The newest comparison.
    pub compare: Json,
    /// The world that is shown.
    pub shown: Home,
    /// The stateless world.
    pub stateless: Home,
    /// The stateful world.
    pub stateful: Home,
    /// The event at which time stands still, with the name of whom it is about.
    pub event: Json,
    /// What was answered so far, by question.
    pub answers: Json,
}

impl Facts {
    /// Figures of these worlds; nothing was asked yet.
    #[must_use]
    pub const fn new(now: Reports, shown: Home, stateless: Home, stateful: Home) -> Self {
        Self {
            now,
            before: Vec::new(),
            shown,
            stateless,
            stateful,
            event: Json::Null,
            answers: Json::Null,
            was: Vec::new(),
            compare: Json::Null,
        }
    }

    fn home(&self, word: &str) -> Option<Home> {
        match word {
            "shown" => Some(self.shown),
            "stateless" => Some(self.stateless),
            "stateful" => Some(self.stateful),
            id => Home::find(id),
        }
    }
}

impl Figures for Facts {
    fn root(&self, path: &[String]) -> Option<(&Json, usize)> {
        let (reports, first) = match path.first()?.as_str() {
            "event" => return Some((&self.event, 1)),
            "answer" => return Some((&self.answers, 1)),
            "compare" => return Some((&self.compare, 1)),
            "before" => (&self.before, 1),
            "was" => (&self.was, 1),
            _ => (&self.now, 0),
        };
        let home = self.home(path.get(first)?)?;
        // A world that does not run has no figures yet.
        Some((reports.iter().find(|(of, _)| *of == home).map_or(&Json::Null, |(_, report)| report), first + 1))
    }
}

/// An event as formulas look into it: its fields, as `who` the name of the user it is about, and of the end of a
/// request as `by` the instance whose answer, `cause`, has ended it.
#[must_use]
pub fn event(event: &Event, cause: Option<What>, name: impl Fn(u64) -> String) -> Json {
    let mut json = serde_json::to_value(event).unwrap_or(Json::Null);
    if let Json::Object(fields) = &mut json {
        let who = fields.get("session").and_then(Json::as_u64).map(name);
        fields.insert("who".into(), who.map_or(Json::Null, Json::String));
        if let (What::Ended { .. }, Some(What::Returned { instance, .. })) = (event.what, cause) {
            fields.insert("by".into(), instance.into());
        }
    }
    json
}

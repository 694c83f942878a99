//! The runs of a study, with the laws of the model watched beside whatever is counted.

use crate::event::{Event, Sink};
use crate::ledger::Laws;
use crate::ledger::laws::Broken;
use crate::scenario::Scenario;

/// Somebody who counts, and the laws.
pub(super) struct Guarded<S> {
    /// Who counts.
    pub sink: S,
    laws: Laws,
}

impl<S: Sink> Guarded<S> {
    /// Of a run of this scenario.
    pub fn new(scenario: &Scenario, sink: S) -> Self {
        Self { sink, laws: Laws::new(scenario) }
    }

    /// Whether what was counted can be believed.
    pub fn verdict(&self) -> Result<(), Broken> {
        self.laws.verdict()
    }
}

impl<S: Sink> Sink for Guarded<S> {
    fn take(&mut self, event: &Event) {
        self.sink.take(event);
        self.laws.take(event);
    }
}

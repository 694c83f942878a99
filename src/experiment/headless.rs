//! One arm, as fast as possible, without anybody watching.

use crate::command::Command;
use crate::event::{Event, Sink, What};
use crate::ledger::laws::{Broken, Laws};
use crate::ledger::{EventHash, Ledger};
use crate::report::RunReport;
use crate::scenario::{Home, Scenario};
use crate::sim::World;
use crate::units::Nanos;
use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};

/// What came of a headless run.
#[derive(Debug)]
pub struct Headless {
    /// The figures; `partial` if it was stopped.
    pub report: RunReport,
    /// Commands that had become impossible, each with its instant.
    pub rejected: Vec<(Nanos, Command)>,
}

/// Why there are no figures.
#[derive(Debug, thiserror::Error)]
pub enum HeadlessError {
    /// The event log could not be written.
    #[error(transparent)]
    Log(#[from] io::Error),
    /// The simulation contradicts itself: no figure of it can be believed.
    #[error("{0}; this is a fault of statelab, please report it")]
    Law(#[from] Broken),
}

/// After so much simulated time a run looks whether it is to stop: even at the highest rate that is soon enough for whoever waits.
const SLICE: Nanos = Nanos(100_000_000);

struct Listeners<'a> {
    ledger: Ledger,
    laws: Laws,
    hash: EventHash,
    rejected: Vec<(Nanos, Command)>,
    log: Option<&'a mut dyn Write>,
    log_error: Option<io::Error>,
}

impl Listeners<'_> {
    fn write(&mut self, event: &Event) {
        let Some(log) = self.log.as_deref_mut() else { return };
        let written =
            serde_json::to_writer(&mut *log, event).map_err(io::Error::from).and_then(|()| log.write_all(b"\n"));
        if let Err(error) = written {
            self.log_error = Some(error);
            self.log = None;
        }
    }
}

impl Sink for Listeners<'_> {
    fn take(&mut self, event: &Event) {
        self.ledger.take(event);
        self.laws.take(event);
        self.hash.take(event);
        if let What::Rejected { command } = event.what {
            self.rejected.push((event.at, command));
        }
        if self.log.is_some() {
            self.write(event);
        }
    }
}

/// Runs `scenario` with state in `home` for its duration, or until `stop`; writes each event to `log` as a line of JSON.
///
/// # Errors
/// When the log cannot be written, or an event breaks a law of the model.
pub fn run_headless(
    scenario: &Scenario,
    home: Home,
    stop: &AtomicBool,
    log: Option<&mut dyn Write>,
) -> Result<Headless, HeadlessError> {
    let mut world = World::new(scenario, home);
    let mut listeners = Listeners {
        ledger: Ledger::of(scenario),
        laws: Laws::new(scenario),
        hash: EventHash::default(),
        rejected: Vec::new(),
        log,
        log_error: None,
    };
    let end = Nanos::from_secs(scenario.duration_s);
    let mut now = Nanos::ZERO;
    while now < end && !stop.load(Ordering::Relaxed) && listeners.log_error.is_none() {
        now = now.saturating_add(SLICE).min(end);
        world.run_until(now, &mut listeners);
    }
    if let Some(error) = listeners.log_error {
        return Err(error.into());
    }
    listeners.laws.agree(&listeners.ledger)?;
    let mut report = listeners.ledger.report(scenario, home, now, listeners.hash.figures());
    report.partial = now < end;
    Ok(Headless { report, rejected: listeners.rejected })
}

//! One arm, as fast as possible, without anybody watching.

use super::aside::Aside;
use crate::command::Command;
use crate::event::{Event, Sink, What};
use crate::ledger::laws::{Broken, Laws};
use crate::ledger::{EventHash, Ledger, RunReport};
use crate::scenario::{Home, Scenario, TimedCommand, settings};
use crate::sim::World;
use crate::units::Nanos;
use serde::Serialize;
use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

/// What `assets/event-log.md` says of a log.
const SCHEMA: &str = "statelab.events/1";

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

/// A run in slices, between which it looks whether it is to stop: so short that whoever waits for that hardly notices,
/// however much happens at a time. The events are the same whatever the slices.
pub(crate) struct Slices {
    length: Nanos,
    happened: u64,
}

impl Slices {
    /// The longest slice.
    const LONGEST: Nanos = Nanos(100_000_000);
    /// About as much is to happen in one at most: it takes a fraction of a second.
    const MUCH: u64 = 100_000;

    /// Of a run that begins.
    pub(crate) const fn new() -> Self {
        Self { length: Nanos(1000), happened: 0 }
    }

    /// How far the world goes next.
    pub(crate) fn next(&mut self, world: &World) -> Nanos {
        let in_last = world.happened() - std::mem::replace(&mut self.happened, world.happened());
        let length = if in_last > Self::MUCH { self.length.0 / 2 } else { self.length.0 * 2 };
        self.length = Nanos(length.clamp(1, Self::LONGEST.0));
        world.now().saturating_add(self.length)
    }
}

/// What is asked for its verdict when the run is over.
struct Witness {
    laws: Laws,
    hash: EventHash,
}

impl Sink for Witness {
    fn take(&mut self, event: &Event) {
        self.laws.take(event);
        self.hash.take(event);
    }
}

struct Listeners<'a, 'scope> {
    ledger: Ledger,
    /// Aside, because the hash alone is a third of the work.
    witness: Aside<'scope, Witness>,
    rejected: Vec<(Nanos, Command)>,
    log: Option<&'a mut dyn Write>,
    log_error: Option<io::Error>,
}

/// The first line of a log: what is to be known before one reads on.
#[derive(Serialize)]
struct Opening<'a> {
    schema: &'static str,
    #[serde(flatten)]
    event: &'a Event,
}

impl Listeners<'_, '_> {
    fn write(&mut self, event: &Event) {
        let Some(log) = self.log.as_deref_mut() else { return };
        let written = match event.what {
            What::RunStarted { .. } => serde_json::to_writer(&mut *log, &Opening { schema: SCHEMA, event }),
            _ => serde_json::to_writer(&mut *log, event),
        };
        let written = written.map_err(io::Error::from).and_then(|()| log.write_all(b"\n"));
        if let Err(error) = written {
            self.log_error = Some(error);
            self.log = None;
        }
    }
}

impl Sink for Listeners<'_, '_> {
    fn take(&mut self, event: &Event) {
        self.ledger.take(event);
        self.witness.take(event);
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
    run_while(scenario, home, |_| !stop.load(Ordering::Relaxed), log)
}

/// The same, as long as whoever is told now and then how far it is wants it to go on.
///
/// # Errors
/// When the log cannot be written, or an event breaks a law of the model.
pub fn run_while(
    scenario: &Scenario,
    home: Home,
    mut goes_on: impl FnMut(Nanos) -> bool,
    log: Option<&mut dyn Write>,
) -> Result<Headless, HeadlessError> {
    let mut world = World::new(scenario, home);
    let end = Nanos::from_secs(scenario.duration_s);
    let (ledger, witness, rejected, log_error) = thread::scope(|scope| {
        let witness = Witness { laws: Laws::new(scenario), hash: EventHash::default() };
        let mut listeners = Listeners {
            ledger: Ledger::of(scenario),
            witness: Aside::spawn(scope, witness),
            rejected: Vec::new(),
            log,
            log_error: None,
        };
        let mut slices = Slices::new();
        while world.now() < end && goes_on(world.now()) && listeners.log_error.is_none() {
            world.run_until(slices.next(&world).min(end), &mut listeners);
        }
        (listeners.ledger, listeners.witness.join(), listeners.rejected, listeners.log_error)
    });
    let now = world.now();
    if let Some(error) = log_error {
        return Err(error.into());
    }
    witness.laws.agree(&ledger)?;
    let mut report = ledger.report(scenario, home, now, witness.hash.figures());
    report.partial = now < end;
    report.settings = settings(scenario);
    report.commands = scenario.planned();
    let timed = |&(at, command): &(Nanos, Command)| TimedCommand { at_s: at.secs(), command }.to_string();
    report.rejected = rejected.iter().map(timed).collect();
    Ok(Headless { report, rejected })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{Dist, Population};

    #[test]
    fn a_run_looks_up_often_however_much_happens_in_it() {
        let mut scenario = Scenario::load("cluster").unwrap();
        scenario.workload.population = Population::Users(1000);
        (scenario.workload.think_ms, scenario.workload.service_ms) = (Dist::Exponential(0.001), Dist::Fixed(0.0001));
        let mut world = World::new(&scenario, Home::Token);
        let mut slices = Slices::new();
        for slice in 0..40 {
            let before = world.happened();
            world.run_until(slices.next(&world), &mut |_: &Event| {});
            assert!(world.happened() - before < 5 * Slices::MUCH, "slice {slice}");
        }
        assert!(world.happened() > 10 * Slices::MUCH);
    }
}

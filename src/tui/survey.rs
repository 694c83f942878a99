//! How much traffic each world can carry, measured beside the run by a thread of its own that keeps out of the way.
//!
//! ```text
//!   trial ▮ rest ▮▮▮  trial ▮ rest ▮▮▮  …        paused: it waits; done: it is gone from the processor's list
//! ```

use crate::scenario::{Home, Scenario};
use crate::study::{Capacity, CapacityStudy};
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;
use tokio::time::Instant;

/// After a trial it rests so many times as long as the trial took: it has a fiftieth of a core, beside a run that may need
/// one or two.
const REST: u32 = 49;
/// The first frames come first.
const HEAD_START: Duration = Duration::from_secs(1);

/// What is known about one world.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Findings {
    /// What was found so far.
    pub capacities: Vec<Capacity>,
    /// How many trials are done, of how many.
    pub progress: (u32, u32),
}

struct Desk {
    scenario: Arc<Scenario>,
    studies: Vec<(Home, CapacityStudy)>,
    /// Whose turn it can be, in this order.
    watched: Vec<Home>,
    paused: bool,
    closed: bool,
}

struct Shared {
    desk: Mutex<Desk>,
    bell: Condvar,
}

impl Shared {
    fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The engine's end of it. Dropping it ends the thread after its present trial.
pub struct Survey {
    shared: Arc<Shared>,
}

impl Survey {
    /// Starts the thread.
    ///
    /// # Errors
    /// If the machine gives none.
    pub fn start(scenario: Arc<Scenario>) -> io::Result<Self> {
        let desk = Desk { scenario, studies: Vec::new(), watched: Vec::new(), paused: false, closed: false };
        let shared = Arc::new(Shared { desk: Mutex::new(desk), bell: Condvar::new() });
        let worker = shared.clone();
        thread::Builder::new().name("survey".into()).spawn(move || {
            rest(&worker, HEAD_START);
            while let Some((home, mut study)) = next(&worker) {
                let began = Instant::now();
                study.step();
                let took = began.elapsed();
                keep(&worker, home, study);
                rest(&worker, took * REST);
            }
        })?;
        Ok(Self { shared })
    }

    /// Only these worlds are measured from now on, in this order; what is known about others stays known.
    pub fn watch(&self, homes: &[Home]) {
        let mut desk = self.shared.desk();
        for &home in homes {
            if desk.studies.iter().all(|(known, _)| *known != home) {
                let study = CapacityStudy::new(&desk.scenario, home);
                desk.studies.push((home, study));
            }
        }
        desk.watched = homes.to_vec();
        drop(desk);
        self.shared.bell.notify_one();
    }

    /// What is known about a world.
    #[must_use]
    pub fn findings(&self, home: Home) -> Findings {
        let desk = self.shared.desk();
        // What came of runs that broke a law is not to be believed, and not shown.
        let study = desk.studies.iter().find(|(known, study)| *known == home && study.verdict().is_ok());
        study.map_or_else(Findings::default, |(_, study)| Findings {
            capacities: study.capacities().to_vec(),
            progress: study.progress(),
        })
    }

    /// Whether it is to stand still.
    pub fn pause(&self, paused: bool) {
        self.shared.desk().paused = paused;
        self.shared.bell.notify_one();
    }
}

impl Drop for Survey {
    fn drop(&mut self) {
        self.shared.desk().closed = true;
        self.shared.bell.notify_one();
    }
}

/// The next study with something to do; waits for one. None when the engine is gone.
fn next(shared: &Shared) -> Option<(Home, CapacityStudy)> {
    let mut desk = shared.desk();
    loop {
        if desk.closed {
            return None;
        }
        let of = |home: &Home| desk.studies.iter().find(|(known, study)| known == home && !study.finished());
        if !desk.paused
            && let Some((home, study)) = desk.watched.iter().find_map(of)
        {
            return Some((*home, study.clone()));
        }
        desk = shared.bell.wait(desk).unwrap_or_else(PoisonError::into_inner);
    }
}

/// Rests for so long, or until the engine is gone.
fn rest(shared: &Shared, span: Duration) {
    let woken = shared.bell.wait_timeout_while(shared.desk(), span, |desk| !desk.closed);
    drop(woken.unwrap_or_else(PoisonError::into_inner));
}

fn keep(shared: &Shared, home: Home, study: CapacityStudy) {
    if let Some(place) = shared.desk().studies.iter_mut().find(|(known, _)| *known == home) {
        place.1 = study;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_that_rests_ends_at_once_when_nobody_needs_it() {
        let survey = Survey::start(Arc::new(Scenario::default())).unwrap();
        let shared = Arc::downgrade(&survey.shared);
        drop(survey);
        let began = Instant::now();
        while shared.strong_count() > 0 {
            assert!(began.elapsed() < HEAD_START / 2, "it rests on");
            thread::sleep(Duration::from_millis(1));
        }
    }

    #[test]
    fn a_world_is_measured_trial_by_trial_and_not_while_paused() {
        let survey = Survey::start(Arc::new(Scenario::default())).unwrap();
        survey.pause(true);
        survey.watch(&[Home::Token]);
        assert_eq!(survey.findings(Home::Token).progress.0, 0);
        thread::sleep(HEAD_START + Duration::from_millis(300));
        assert_eq!(survey.findings(Home::Token).progress.0, 0);
        survey.pause(false);
        let began = Instant::now();
        while survey.findings(Home::Token).progress.0 == 0 {
            assert!(began.elapsed() < Duration::from_secs(60));
            thread::sleep(Duration::from_millis(10));
        }
        assert_eq!(survey.findings(Home::Sticky), Findings::default(), "nobody looks at it");
    }
}

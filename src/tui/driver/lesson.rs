//! What a lesson asks of the engine: to stop at an event, to start a scene, to compare.

use super::Room;
use crate::lesson::step::Until;
use crate::lesson::{Watch, compared};
use crate::scenario::{Home, Scenario};
use crate::tui::pace::Speed;
use crate::units::Nanos;
use serde_json::Value as Json;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use tokio::sync::oneshot;

/// An order of a lesson.
#[derive(Clone, PartialEq, Debug)]
pub enum LessonOrder {
    /// Let time run up to an event in a world, or for so many simulated seconds; then it stands still.
    Run {
        /// The event, if one is waited for.
        until: Option<Until>,
        /// In this world.
        home: Home,
        /// At most so long.
        seconds: f64,
    },
    /// What is waited for is to come as fast as possible.
    Hurry,
    /// Another scene begins, and time stands still where it opens.
    Scene(Arc<Scenario>),
    /// Compare all homes of state over so many seeds.
    Compare(Box<Scenario>, u32),
    /// Nothing is waited for any more.
    Leave,
}

/// What the engine has to say to a lesson; each count grows with what it counts.
#[derive(Clone, Default, Debug)]
pub struct LessonNews {
    /// How often time was stopped.
    pub stops: u64,
    /// The event at which it was stopped last; null if none came in time.
    pub event: Json,
    /// How many scenes have opened.
    pub scenes: u64,
    /// How many comparisons are done.
    pub comparisons: u64,
    /// The newest of them, or why there is none.
    pub comparison: Option<Arc<Result<Json, String>>>,
}

/// A stop that is waited for.
#[derive(Debug)]
pub(super) struct Stop {
    watch: Option<Watch>,
    home: Home,
    at: Nanos,
    /// The speed to go back to, and the one that was chosen for the wait.
    resume: Speed,
    chosen: Speed,
    /// From here on the event has been waited for long enough at the learner's own speed.
    hasten: Nanos,
}

/// A wait up to this, in simulated seconds, is watched at the learner's own speed.
const SHORT: f64 = 20.0;
/// A longer one shall not take more than this on the wall, in seconds.
const LONGEST: f64 = 15.0;
/// An event that does not come within this, in simulated seconds, is waited for at a higher speed.
const PATIENCE: f64 = 12.0;

/// The speed for a wait of so many simulated seconds. Whoever chose a slow one wants to see everything.
fn brisk(seconds: f64, speed: Speed) -> Speed {
    let mut brisk = speed;
    while seconds > SHORT
        && speed >= Speed::default()
        && brisk.factor().is_some_and(|factor| seconds / factor > LONGEST)
    {
        brisk = brisk.faster();
    }
    brisk
}

/// A comparison that is being made, on a thread of its own.
pub(super) struct Comparison {
    pub(super) result: oneshot::Receiver<Result<Json, String>>,
    stop: Arc<AtomicBool>,
}

impl Drop for Comparison {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

impl Room {
    pub(super) fn obey_lesson(&mut self, order: LessonOrder) {
        match order {
            LessonOrder::Run { until, home, seconds } => {
                let watch = until.and_then(|until| self.run.arm(home).map(|arm| Watch::new(until, arm)));
                let at = self.run.now().saturating_add(Nanos::from_secs(seconds));
                let resume = self.pace.speed();
                let (chosen, hasten) = match watch {
                    Some(_) => (resume, self.run.now().saturating_add(Nanos::from_secs(PATIENCE))),
                    None => (brisk(seconds, resume), Nanos::NEVER),
                };
                self.stop = Some(Stop { watch, home, at, resume, chosen: resume, hasten });
                self.hasten(chosen);
                self.pause(false);
            }
            LessonOrder::Hurry if self.stop.is_some() => {
                self.hasten(Speed::MOST);
                self.pause(false);
            }
            LessonOrder::Hurry => {}
            LessonOrder::Scene(scenario) => self.set_scene(scenario),
            LessonOrder::Compare(scenario, runs) => self.compare(scenario, runs),
            LessonOrder::Leave => {
                self.comparison = None;
                if let Some(stop) = self.stop.take() {
                    self.resume(&stop);
                }
            }
        }
    }

    /// Goes back to the speed before a wait; one that the learner chose meanwhile stays.
    fn resume(&mut self, stop: &Stop) {
        let speed = if self.pace.speed() == stop.chosen { stop.resume } else { self.pace.speed() };
        self.pace.set_speed(speed, self.wall(), self.run.now());
    }

    /// Runs at this speed up to the stop that is waited for.
    fn hasten(&mut self, speed: Speed) {
        if let Some(stop) = &mut self.stop {
            stop.chosen = speed;
            self.pace.set_speed(speed, self.wall(), self.run.now());
        }
    }

    fn set_scene(&mut self, scenario: Arc<Scenario>) {
        self.opens = Nanos::from_secs(scenario.open_at_s);
        self.stop = None;
        // A saved run that was shown again ends nowhere any more.
        self.ends = None;
        // Whoever waited for it is in another scene by now.
        self.comparison = None;
        self.chosen = self.wants.homes.clone();
        self.news.event = Json::Null;
        self.start_over(scenario);
        self.pause(true);
    }

    /// Where the dashboard opens, a new scene stands still.
    pub(super) fn scene_opened(&mut self) {
        self.news.scenes += 1;
        self.figures.clear();
    }

    fn compare(&mut self, scenario: Box<Scenario>, runs: u32) {
        let (done, result) = oneshot::channel();
        let stop = Arc::new(AtomicBool::new(false));
        let asked = stop.clone();
        let spawned = thread::Builder::new().name("lesson".into()).spawn(move || {
            // Nobody waits any longer: so much the better.
            let _ = done.send(compared(&scenario, runs, &asked));
        });
        match spawned {
            Ok(_) => self.comparison = Some(Comparison { result, stop }),
            Err(error) => self.compared(Err(format!("no thread can be started: {error}"))),
        }
    }

    pub(super) fn compared(&mut self, result: Result<Json, String>) {
        self.comparison = None;
        self.news.comparisons += 1;
        self.news.comparison = Some(Arc::new(result));
        self.changed = true;
    }

    /// Simulates up to `until` or to the stop that is waited for, instant by instant.
    pub(super) fn advance_to_stop(&mut self, until: Nanos, time: impl Fn() -> bool) {
        while let Some(stop) = self.stop.as_ref().filter(|_| self.run.now() < until && time()) {
            let end = stop.at.min(until);
            let next = self.run.next_at().map_or(end, |at| at.min(end)).max(self.run.now());
            self.run.run_until(next);
            self.changed = true;
            self.look_out();
        }
    }

    fn look_out(&mut self) {
        let Some(stop) = &mut self.stop else { return };
        let arm = self.run.arm(stop.home);
        let event = stop.watch.as_mut().zip(arm).and_then(|(watch, arm)| watch.look(arm)).map(|(_, fields)| fields);
        if event.is_none() && self.run.now() < stop.at {
            if self.run.now() >= stop.hasten {
                stop.hasten = Nanos::NEVER;
                let speed = brisk(stop.at.since(self.run.now()).secs().min(60.0), self.pace.speed());
                self.hasten(speed);
            }
            return;
        }
        let Some(stop) = self.stop.take() else { return };
        self.news.stops += 1;
        self.news.event = event.unwrap_or(Json::Null);
        self.resume(&stop);
        self.pause(true);
        self.figures.clear();
    }
}

/// Waits for what a comparison comes to; for ever if there is none.
pub(super) async fn outcome(comparison: &mut Option<Comparison>) -> Result<Json, String> {
    match comparison {
        Some(comparison) => (&mut comparison.result).await.unwrap_or_else(|_| Err("it came to nothing".into())),
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_wait_does_not_take_long_on_the_wall() {
        let usual = Speed::default();
        assert_eq!(brisk(SHORT, usual), usual);
        for seconds in [25.0, 40.0, 60.0, 80.0, 900.0] {
            let factor = brisk(seconds, usual).factor().unwrap_or(f64::INFINITY);
            assert!(factor > 1.0 && seconds / factor <= LONGEST, "{seconds}: {factor}");
        }
        assert_eq!(brisk(60.0, usual.slower()), usual.slower(), "whoever slowed it down wants to see it");
        assert_eq!(brisk(60.0, Speed::MOST), Speed::MOST);
    }
}

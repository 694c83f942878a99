//! A lesson without a terminal: what the engine does over time happens at once.

use super::Desk;
use crate::experiment::Experiment;
#[cfg(test)]
use crate::lesson::Progress;
use crate::lesson::{Lesson, Watch, compared};
use crate::tui::app::App;
use crate::tui::driver::LessonOrder;
use crate::tui::run::Run;
use crate::units::Nanos;
use serde_json::Value as Json;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

impl Desk {
    /// Begins a lesson, whose scene has just opened.
    pub fn begin_lesson(&mut self, lesson: Arc<Lesson>) {
        self.paused = true;
        self.news.scenes += 1;
        let scene = self.news.scenes;
        self.app.begin_lesson(lesson, scene);
        self.look();
        self.obey_the_lesson();
    }

    /// What is shown and remembered.
    #[must_use]
    pub const fn app(&self) -> &App {
        &self.app
    }

    /// The lesson is left; what is remembered of it.
    #[cfg(test)]
    pub fn leave_lesson(&mut self) -> Progress {
        let lesson = self.app.guide.as_ref().map(|guide| guide.player.lesson().clone());
        let kept = self.app.leave_lesson();
        let progress = self.app.school.progress.clone();
        let left = lesson.filter(|lesson| progress.left(lesson).is_some()).map(|lesson| lesson.name);
        assert_eq!(kept, left.as_deref());
        progress
    }

    /// What was learnt before.
    #[cfg(test)]
    pub fn remember(&mut self, progress: Progress) {
        self.app.school.progress = progress;
    }

    /// Does what the lesson asks for, until it waits for the learner.
    pub(super) fn obey_the_lesson(&mut self) {
        loop {
            let orders = self.app.follow_lesson().orders;
            if orders.is_empty() {
                return;
            }
            for order in orders {
                self.obey(order);
            }
            self.look();
        }
    }

    pub(super) fn obey_lesson(&mut self, order: LessonOrder) {
        match order {
            LessonOrder::Run { until, home, seconds } => {
                let end = self.run.now().saturating_add(Nanos::from_secs(seconds));
                let mut watch = until.zip(self.run.arm(home)).map(|(until, arm)| Watch::new(until, arm));
                self.news.event = Json::Null;
                while let Some(next) = self.run.next_at().filter(|next| *next <= end) {
                    let Some(watch) = &mut watch else { break };
                    self.run.run_until(next);
                    if let Some((_, fields)) = self.run.arm(home).and_then(|arm| watch.look(arm)) {
                        self.news.event = fields;
                        break;
                    }
                }
                if self.news.event.is_null() {
                    self.run.run_until(end);
                }
                self.news.stops += 1;
            }
            LessonOrder::Scene(scenario) => {
                self.at = Nanos::from_secs(scenario.open_at_s);
                self.run = Run::of(Experiment::new(scenario.clone(), &self.app.wants().worlds()));
                self.scenario = scenario;
                self.run.run_until(self.at);
                self.paused = true;
                self.findings.clear();
                self.news.scenes += 1;
            }
            LessonOrder::Compare(scenario, runs) => {
                self.news.comparisons += 1;
                self.news.comparison = Some(Arc::new(compared(&scenario, runs, &AtomicBool::new(false))));
            }
            // Here nobody waits: every order is carried out at once.
            LessonOrder::Hurry | LessonOrder::Leave => {}
        }
    }
}

//! The dashboard without a terminal: one screen at one simulated instant, the same every time.
//!
//! ```text
//!   Scenario ─▶ Experiment ─▶ (keys) ─▶ Snapshot ─▶ screen::draw ─▶ Still ─▶ picture::{svg, text}
//! ```
//!
//! No clock is read: things that move on a screen for a moment are drawn as they are after it.

mod lesson;
#[cfg(test)]
mod tests;

use super::app::App;
use super::driver::{LessonNews, Order};
use super::keymap::parse_key;
use super::pace::Speed;
use super::parts::{clock, world};
use super::picture::{self, Paper};
use super::run::Run;
use super::screen;
use super::snapshot::{ArmView, Notice, Snapshot};
use super::state::UiState;
use super::survey::Findings;
use super::theme::{Palette, Theme};
use super::travel;
use super::views::View;
use crate::experiment::Experiment;
use crate::experiment::timeline::{Arrival, Goal};
use crate::lesson::Lesson;
use crate::scenario::{Home, Scenario, parse_span};
use crate::study::CapacityStudy;
use crate::units::Nanos;
use crossterm::event::KeyEvent;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use std::sync::Arc;
use std::time::Duration;

/// Longer than any answer or note stays: each key finds the screen settled.
const BETWEEN_KEYS: Duration = Duration::from_secs(60);
/// A key is looked at until what it led to has lasted for a moment; its answer still stands then.
const A_MOMENT: Duration = Duration::from_secs(2);

/// What is lived through between two looks at whether it is over.
const STRIDE: Nanos = Nanos(1_000_000_000);

/// What is wanted.
#[derive(Clone, PartialEq, Debug)]
pub struct Shot {
    /// Columns and rows.
    pub size: (u16, u16),
    /// The world that is shown.
    pub home: Home,
    /// The stateful world beside `token`, if it is not the one that is shown, or `sticky`.
    pub beside: Option<Home>,
    /// The simulated instant; the one at which the dashboard opens if there is none.
    pub at: Option<Nanos>,
    /// The view.
    pub view: View,
    /// Keys that are pressed then, as the keymap writes them; a span of time, such as `1.3s`, is waited for.
    pub keys: Vec<String>,
    /// The colours.
    pub palette: Palette,
    /// Only ASCII characters.
    pub ascii: bool,
    /// Whether it is measured first how much traffic each world can carry; else the table waits for that.
    pub study: bool,
}

/// A screen, and words for people who cannot see it.
#[derive(Clone, Debug)]
pub struct Still {
    /// The cells.
    pub buffer: Buffer,
    /// What it shows.
    pub title: String,
    /// What the coach says about it.
    pub about: String,
    paper: Paper,
}

impl Still {
    /// As SVG.
    #[must_use]
    pub fn svg(&self) -> String {
        picture::svg(&self.buffer, self.paper, &self.title, &self.about)
    }

    /// As plain text.
    #[must_use]
    pub fn text(&self) -> String {
        picture::text(&self.buffer)
    }
}

/// Draws a screen.
///
/// # Errors
/// If a key is no key, or leaves the dashboard.
pub fn take(scenario: Scenario, shot: &Shot) -> Result<Still, String> {
    Desk::new(scenario, shot).still(shot)
}

/// Draws a screen of a lesson, after its scene has opened.
///
/// # Errors
/// If a key is no key, or leaves the dashboard.
pub fn take_lesson(lesson: Arc<Lesson>, shot: &Shot) -> Result<Still, String> {
    let mut desk = Desk::new(lesson.scenario.clone(), &Shot { home: lesson.stateful, ..shot.clone() });
    desk.begin_lesson(lesson);
    desk.still(shot)
}

/// What a screen shows, in a line, and what the coach says: for people who cannot see it.
#[must_use]
pub fn words(app: &App, scenario: &Scenario, now: Nanos) -> (String, String) {
    let ((kind, home), view) = (world(app.ui.shown), app.ui.view.title());
    let title = format!("statelab: {} · {view}, {kind} {home}, at {}", scenario.title, clock(now));
    let about = app.coach.advice().map_or(String::new(), |advice| {
        let key = advice.key.map_or("", |action| app.keymap.cap(action));
        format!("{} {}{key}{}", advice.say, advice.before, advice.after)
    });
    (title, about)
}

/// A dashboard whose engine answers at once.
pub struct Desk {
    app: App,
    scenario: Arc<Scenario>,
    run: Run,
    /// The instant that is drawn, unless keys move it.
    at: Nanos,
    paused: bool,
    speed: Speed,
    notice: Option<Notice>,
    /// What each world can carry, by home, and whether that is to be measured.
    findings: Vec<(Home, Findings)>,
    study: bool,
    /// The screen's clock.
    wall: Duration,
    /// What a lesson is told.
    news: LessonNews,
}

impl Desk {
    /// The dashboard at the instant that is asked for, before any key.
    #[must_use]
    pub fn new(scenario: Scenario, shot: &Shot) -> Self {
        let mut ui = UiState::new(&[Home::Token, shot.beside.unwrap_or(shot.home)], false);
        (ui.shown, ui.size, ui.view) = (shot.home, shot.size, shot.view);
        let mut app = App::new(ui);
        if shot.ascii {
            app.keymap.spell();
        }
        let at = shot.at.unwrap_or(Nanos::from_secs(scenario.open_at_s));
        let scenario = Arc::new(scenario);
        let run = Run::of(Experiment::new(scenario.clone(), &app.ui.worlds()));
        let mut desk = Self {
            app,
            scenario,
            run,
            at,
            paused: false,
            speed: Speed::default(),
            notice: None,
            findings: Vec::new(),
            study: shot.study,
            wall: Duration::ZERO,
            news: LessonNews::default(),
        };
        desk.run.run_until(at);
        desk.look();
        desk
    }

    /// Presses the keys, and draws what is there then.
    fn still(mut self, shot: &Shot) -> Result<Still, String> {
        for key in &shot.keys {
            self.press(key)?;
        }
        let mut buffer = Buffer::empty(Rect::new(0, 0, shot.size.0, shot.size.1));
        self.draw(&Theme::new(shot.palette, shot.ascii), &mut buffer);
        let paper = if matches!(shot.palette, Palette::Light | Palette::Plain) { Paper::LIGHT } else { Paper::DARK };
        let (title, about) = words(&self.app, &self.scenario, self.run.now());
        Ok(Still { buffer, title, about, paper })
    }

    /// Draws the screen as it is now.
    pub fn draw(&self, theme: &Theme, buffer: &mut Buffer) {
        screen::draw(&self.app, theme, buffer);
    }

    /// What a world can carry; measured once.
    fn findings(&mut self, home: Home) -> Findings {
        if let Some((_, known)) = self.findings.iter().find(|(known, _)| *known == home) {
            return known.clone();
        }
        let mut study = CapacityStudy::new(&self.scenario, home);
        while self.study && !study.finished() {
            study.step();
        }
        let found = Findings { capacities: study.capacities().to_vec(), progress: study.progress() };
        self.findings.push((home, found.clone()));
        found
    }

    /// Shows the screen what is so now.
    fn look(&mut self) {
        let wants = self.app.wants();
        let wanted = wants.worlds();
        self.run.complete(&Home::ALL, &wanted);
        while self.run.travelling() {
            self.run.travel(STRIDE);
            if !self.run.travelling() {
                self.run.complete(&Home::ALL, &wanted);
            }
        }
        let homes = self.run.shown(wanted);
        let findings: Vec<Findings> = homes.iter().map(|&home| self.findings(home)).collect();
        let arms = homes.iter().zip(findings).filter_map(|(&home, findings)| {
            let arm = self.run.arm(home)?;
            let figures = ArmView::figures(arm, &self.scenario, self.run.now());
            Some(ArmView::of(arm, Arc::new(figures), findings, &wants))
        });
        let arms = arms.collect();
        let snapshot = Snapshot {
            speed: self.speed,
            paused: self.paused,
            notice: self.notice.clone(),
            lesson: self.news.clone(),
            ..self.run.snapshot(&self.scenario, arms, &wants)
        };
        self.app.observe(Arc::new(snapshot), self.wall);
        self.app.advise(self.wall);
    }

    /// Presses a key, or lets time pass.
    ///
    /// # Errors
    /// If it is neither a key nor a span of time, or leaves the dashboard.
    pub fn press(&mut self, name: &str) -> Result<(), String> {
        self.wall += BETWEEN_KEYS;
        let Some((code, modifiers)) = parse_key(name) else {
            let span = parse_span(name).map_err(|_| {
                format!("`{name}` is neither a key, as m, 2, Tab or Ctrl-U, nor a time to wait, as 1.3s")
            })?;
            self.run.run_until(self.run.now().saturating_add(Nanos::from_secs(span)));
            self.look();
            return Ok(());
        };
        self.app.advise(self.wall);
        let reaction = self.app.key(&KeyEvent::new(code, modifiers), self.wall);
        if !reaction.deeds.is_empty() {
            return Err(format!("the key `{name}` makes files; a picture is one already"));
        }
        if reaction.quit || reaction.suspend {
            return Err(format!("the key `{name}` leaves the dashboard; there is nothing to draw"));
        }
        for order in reaction.orders {
            self.obey(order);
        }
        self.wall += A_MOMENT;
        self.look();
        self.obey_the_lesson();
        Ok(())
    }

    fn obey(&mut self, order: Order) {
        match order {
            Order::Do(command) => {
                if let Some((said, refused)) = travel::carry_out(command, &mut self.run, &self.scenario) {
                    self.say(said, refused);
                }
            }
            Order::Undo => drop(self.go(Goal::Undo)),
            Order::Seek(at) => {
                self.paused = true;
                self.go(Goal::At(at));
            }
            Order::Travel(travel) => {
                if self.go(travel.goal(&self.run, self.at, self.speed)) {
                    self.paused = true;
                    self.speed = travel.pace(self.speed);
                }
            }
            Order::Fork(home, change) => drop(self.run.part(home, change)),
            Order::Rejoin => {
                self.run.rejoin();
                self.arrive(None);
            }
            Order::Pause(paused) => self.paused = paused,
            Order::Faster(faster) => self.speed = self.speed.step(faster),
            Order::Seed(seed) => {
                self.scenario = Arc::new(Scenario { seed, ..(*self.scenario).clone() });
                self.run = Run::of(Experiment::new(self.scenario.clone(), &self.app.ui.worlds()));
                self.run.run_until(self.at);
                self.findings.clear();
                self.say(format!("other users: seed {seed}"), false);
            }
            // What is wanted is looked up afresh for every look, and every look is exact.
            Order::Want(_) | Order::Finish => {}
            Order::Lesson(order) => self.obey_lesson(order),
        }
    }

    /// Goes there at once. Says whether there is such a place.
    fn go(&mut self, goal: Goal) -> bool {
        match self.run.go(goal) {
            Ok(arrival) => self.arrive(arrival),
            Err(why) => {
                self.say(why, true);
                false
            }
        }
    }

    /// Lets what is on its way arrive. Says whether it has.
    fn arrive(&mut self, mut arrival: Option<Arrival>) -> bool {
        while arrival.is_none() && self.run.travelling() {
            arrival = self.run.travel(STRIDE);
        }
        if let Some((words, refusal)) = arrival.and_then(travel::words) {
            self.say(words, refusal);
        }
        !matches!(arrival, Some(Arrival::Nowhere(_)))
    }

    fn say(&mut self, text: String, refusal: bool) {
        let number = self.notice.as_ref().map_or(1, |notice| notice.number + 1);
        self.notice = Some(Notice { number, text, refusal });
    }
}

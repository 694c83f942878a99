//! A lesson on the screen: what it says now, what it waits for, what a key leads to.
//!
//! ```text
//!   arrive at a step ─▶ orders (stand still, run to an event, another scene) ─▶ engine
//!        ▲                                                                        │
//!        └── go on ◀── key (Enter, 1–9, s) or the snapshot that was waited for ◀──┘
//! ```
//!
//! What is said is fixed when a step is arrived at: it is true of that instant.

mod keys;
pub(in crate::tui) mod list;
pub(in crate::tui) mod measured;
pub(in crate::tui) mod panel;
mod recall;
mod resume;

use super::driver::{LessonOrder, Order};
use super::snapshot::Snapshot;
use super::travel::Travel;
use crate::command::Command;
use crate::experiment::timeline::Look;
use crate::lesson::about::About;
use crate::lesson::step::Step;
use crate::lesson::value::UNDEFINED;
use crate::lesson::{Asked, CONFIDENCES, Facts, Lesson, Player, Progress, facts};
use crate::scenario::Home;
use crate::units::Nanos;
use recall::Recalled;
use resume::Resume;
use serde_json::Value as Json;
use std::sync::Arc;

/// Said in the place of what is not so.
const ELSEWHERE: &str = "Your run took another course here: what this step tells of did not happen.";

/// What is waited for.
#[derive(Clone, PartialEq, Debug)]
pub enum Phase {
    /// The scene has not opened yet; that will be the scene with this number.
    Opening(u64),
    /// The lesson was left in the middle: is it to be taken up there?
    Returning,
    /// A question of an earlier lesson.
    Recall,
    /// Something is read.
    Reading,
    /// A question waits for its answer.
    Asking,
    /// … and for how sure the learner is; one may be marked.
    Sure(Option<u8>),
    /// An answer was judged.
    Judged,
    /// The learner is to give this command; so many were given before.
    Doing(Command, usize),
    /// The learner is to look at this world.
    Showing(Home),
    /// Time runs until it is stopped for this time.
    Running(u64),
    /// A comparison is being made; it will be the one with this number.
    Comparing(u64),
    /// The learner tries to reach a goal. How much help was asked for; whether it is reached.
    Trying(u8, bool),
    /// The lesson is over.
    Over,
    /// The lesson cannot go on, and why.
    Stuck(String),
}

/// How an answer turned out.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Verdict {
    /// The question.
    pub asked: String,
    /// None: it was skipped, or nothing was right in this run.
    pub right: Option<bool>,
    /// What was answered.
    pub said: String,
    /// What is right.
    pub truth: String,
}

/// A learner in a lesson.
#[derive(Clone, Debug)]
pub struct Guide {
    /// Where in the lesson.
    pub player: Player,
    /// What is waited for.
    pub phase: Phase,
    /// What is said now.
    pub text: String,
    /// What is said while time runs, or while a goal is not reached, with the figures of this moment.
    pub meanwhile: String,
    /// The question that is open.
    pub asked: Option<Asked>,
    /// The choice that is marked.
    pub chosen: Option<usize>,
    /// The digits that were typed.
    pub input: String,
    /// How answers turned out that are told now.
    pub verdicts: Vec<Verdict>,
    /// Whether right answers stay hidden: a class is watching.
    pub hidden: bool,
    /// The world that was shown when this was said: what is said is true of that one.
    pub said_of: Home,
    recalled: Option<Recalled>,
    resume: Resume,
    /// Worlds that formulas may speak of stay.
    homes: Vec<Home>,
    event: Json,
    compare: Json,
    /// What the screen is to be changed to, and the engine told.
    orders: Vec<Order>,
    show: Option<Home>,
    /// The first step, or a question before it, was arrived at.
    begun: bool,
    /// The scene with this number was seen last.
    scene: u64,
    /// So many answers were told to be right or wrong.
    told: usize,
    /// Why the last key did nothing.
    objection: Option<String>,
    /// The step, counted from 0, before which the scene started over.
    anew: Option<usize>,
    /// The instant at which the present step was arrived at, or the scene of a goal started over.
    instant: Nanos,
    /// What had been done by then.
    done: Vec<(Nanos, Command)>,
    /// A key led elsewhere, and no picture has shown yet where.
    pub strayed: bool,
    /// The step whose command was ordered last, and the newest thing that the engine had said by then.
    ordered: Option<(usize, u64)>,
    /// How much of it was noted last: the step, how many answers and goals, and whether it is over.
    pub noted: Option<(usize, usize, usize, bool)>,
}

impl Guide {
    /// At the beginning of a lesson, in a scene that opens as the one with number `scene`, after this `progress`.
    #[must_use]
    pub fn new(lesson: Arc<Lesson>, scene: u64, hidden: bool, progress: &Progress) -> Self {
        let recalled = Recalled::of(&lesson, progress);
        let homes = vec![lesson.stateless, lesson.stateful];
        Self {
            player: Player::new(lesson),
            phase: Phase::Opening(scene),
            text: String::new(),
            meanwhile: String::new(),
            asked: None,
            chosen: None,
            input: String::new(),
            verdicts: Vec::new(),
            hidden,
            said_of: homes[0],
            recalled,
            resume: Resume::No,
            homes,
            event: Json::Null,
            compare: Json::Null,
            orders: Vec::new(),
            show: None,
            begun: false,
            scene,
            told: 0,
            objection: None,
            anew: None,
            instant: Nanos::ZERO,
            done: Vec::new(),
            strayed: false,
            ordered: None,
            noted: None,
        }
    }

    /// The worlds that must run.
    #[must_use]
    pub fn homes(&self) -> &[Home] {
        &self.homes
    }

    /// The instant at which the scene started over, if it has just done so.
    #[must_use]
    pub fn started_over(&self, now: Nanos) -> Option<Nanos> {
        let just = now == self.instant || matches!(self.phase, Phase::Running(_));
        (self.anew == Some(self.player.at()) && just).then_some(self.instant)
    }

    /// What is said before a question of an earlier lesson, and before how its answer turned out.
    #[must_use]
    pub fn preface(&self) -> Option<String> {
        let open = self.phase == Phase::Recall || self.phase == Phase::Judged && self.recalling();
        self.recalled.as_ref().filter(|_| open).map(Recalled::preface)
    }

    /// The part of the screen that is spoken of now.
    #[must_use]
    pub fn about(&self) -> Option<About> {
        match (self.player.step()?, &self.phase) {
            (Step::Say(text) | Step::Explain(text), Phase::Reading) => text.about,
            _ => None,
        }
    }

    /// What a comparison has measured, while the lesson speaks of it.
    #[must_use]
    pub fn measured(&self) -> Option<&Json> {
        let speaks =
            matches!((self.player.step(), &self.phase), (Some(Step::Say(_) | Step::Explain(_)), Phase::Reading));
        Some(&self.compare).filter(|compare| speaks && !compare.is_null())
    }

    /// The world that is spoken of, if another one is shown.
    #[must_use]
    pub fn elsewhere(&self, shown: Home) -> Option<Home> {
        let bound = matches!(self.phase, Phase::Reading | Phase::Asking | Phase::Sure(_));
        (bound && shown != self.said_of).then_some(self.said_of)
    }

    /// What is to be told to the engine.
    pub fn take_orders(&mut self) -> Vec<Order> {
        std::mem::take(&mut self.orders)
    }

    /// The world that is to be shown from now on, if that changes.
    pub fn take_show(&mut self) -> Option<Home> {
        self.show.take()
    }

    fn facts(&self, snapshot: &Snapshot, shown: Home) -> Facts {
        let reports = snapshot.arms.iter().map(|arm| (arm.home, facts::report(&arm.figures))).collect();
        let lesson = self.player.lesson();
        let stateful = if shown.stateful() { shown } else { self.last_stateful() };
        let facts = Facts::new(reports, shown, lesson.stateless, stateful);
        Facts { event: self.event.clone(), compare: self.compare.clone(), ..facts }
    }

    /// Formulas may speak of this world from now on.
    fn keep(&mut self, home: Home) {
        if !self.homes.contains(&home) {
            self.homes.push(home);
        }
    }

    fn last_stateful(&self) -> Home {
        self.homes.iter().rev().copied().find(|home| home.stateful()).unwrap_or(Home::Sticky)
    }

    /// A snapshot came: perhaps the one that is waited for.
    pub fn observe(&mut self, snapshot: &Snapshot, shown: Home) {
        self.look(snapshot, shown);
        self.catch_up(snapshot, shown);
        self.say_meanwhile(snapshot, shown);
    }

    /// Says anew what is said while something goes on.
    fn say_meanwhile(&mut self, snapshot: &Snapshot, shown: Home) {
        let waits = matches!(self.phase, Phase::Running(_) | Phase::Trying(_, false))
            && snapshot.opens.is_none()
            && snapshot.now >= self.instant;
        let words = self.player.step().and_then(Step::meanwhile).filter(|_| waits);
        self.meanwhile = words.map_or_else(String::new, |words| {
            let facts = self.player.remember(self.facts(snapshot, shown));
            // Of what is not defined yet nothing can be said.
            words.say(&facts).ok().filter(|said| !said.contains(UNDEFINED)).unwrap_or_default()
        });
    }

    fn look(&mut self, snapshot: &Snapshot, shown: Home) {
        self.keep(shown);
        // Figures of worlds that are still on their way are not there yet.
        if self.homes.iter().any(|home| snapshot.arm(*home).is_none()) {
            return;
        }
        // What is to be seen and done belongs to the lesson's instant.
        if self.looks_back(snapshot.now) {
            return;
        }
        let news = &snapshot.lesson;
        match &self.phase {
            Phase::Opening(scene) if news.scenes >= *scene && snapshot.opens.is_none() => {
                self.scene = news.scenes;
                if std::mem::replace(&mut self.begun, true) {
                    self.anew = Some(self.player.at() + 1);
                    self.go_on(snapshot, shown);
                } else {
                    self.player.begin(&self.facts(snapshot, shown));
                    self.instant = snapshot.now;
                    self.orders.push(Order::Pause(true));
                    if !self.ask_to_resume() {
                        self.begin(snapshot, shown);
                    }
                }
            }
            Phase::Running(stops) if news.stops >= *stops => {
                self.event.clone_from(&news.event);
                self.go_on(snapshot, shown);
            }
            Phase::Doing(command, before) if snapshot.history.iter().skip(*before).any(|(_, done)| done == command) => {
                self.go_on(snapshot, shown);
            }
            Phase::Showing(home) if *home == shown => self.go_on(snapshot, shown),
            Phase::Comparing(number) if news.comparisons >= *number => match news.comparison.as_deref() {
                Some(Ok(compare)) => {
                    self.compare = compare.clone();
                    self.go_on(snapshot, shown);
                }
                Some(Err(why)) => self.phase = Phase::Stuck(why.clone()),
                None => {}
            },
            Phase::Trying(help, false)
                if snapshot.opens.is_none() && (snapshot.now >= self.instant || news.scenes > self.scene) =>
            {
                let (help, facts) = (*help, self.facts(snapshot, shown));
                // The learner started it over, or changed what was before it: nothing of that counts.
                if std::mem::replace(&mut self.scene, news.scenes) < news.scenes || self.other_past(snapshot) {
                    self.player.begin(&facts);
                    self.settle(snapshot);
                }
                match self.player.look_at_goal(&facts) {
                    Ok(reached) => self.phase = Phase::Trying(help, reached),
                    Err(error) => self.phase = Phase::Stuck(error.to_string()),
                }
            }
            _ => {}
        }
    }

    /// The lesson is at this instant now.
    fn settle(&mut self, snapshot: &Snapshot) {
        self.instant = snapshot.now;
        self.done.clone_from(&snapshot.history);
    }

    /// Whether something else was done before the lesson's instant than when it was arrived at.
    fn other_past(&self, snapshot: &Snapshot) -> bool {
        let later = snapshot.history.strip_prefix(&*self.done);
        later.is_none_or(|later| later.iter().any(|(at, _)| *at < self.instant))
    }

    /// Begins at the beginning: with a question of an earlier lesson, if there is one.
    fn begin(&mut self, snapshot: &Snapshot, shown: Home) {
        match self.recalled.as_ref().map(Recalled::asked) {
            Some(asked) => self.ask(asked, Phase::Recall),
            None => self.arrive(snapshot, shown),
        }
    }

    /// Goes on to the next step.
    fn go_on(&mut self, snapshot: &Snapshot, shown: Home) {
        let facts = self.facts(snapshot, shown);
        match self.player.advance(&facts) {
            Ok(()) => self.arrive(snapshot, shown),
            Err(error) => self.phase = Phase::Stuck(error.to_string()),
        }
    }

    /// Says what the present step has to say, and sets about what it asks for.
    fn arrive(&mut self, snapshot: &Snapshot, shown: Home) {
        self.said_of = shown;
        self.verdicts.clear();
        self.asked = None;
        self.settle(snapshot);
        self.orders.push(Order::Pause(true));
        let Some(step) = self.player.step().cloned() else {
            self.text.clear();
            self.phase = Phase::Over;
            return;
        };
        let facts = self.player.remember(self.facts(snapshot, shown));
        match step {
            Step::Say(text) | Step::Explain(text) => {
                if matches!(self.player.step(), Some(Step::Explain(_))) {
                    self.tell_verdicts(&facts);
                }
                match text.say(&facts) {
                    Ok(Some(text)) if !self.missed() => self.read(text),
                    Ok(_) => self.read(ELSEWHERE.into()),
                    Err(error) => self.phase = Phase::Stuck(error.to_string()),
                }
            }
            Step::Predict(question) | Step::Observe(question) => match question.asked(&facts) {
                Ok(asked) => self.ask(asked, Phase::Asking),
                Err(error) => self.phase = Phase::Stuck(error.to_string()),
            },
            Step::Do(command) => self.phase = Phase::Doing(command, snapshot.history.len()),
            Step::Show(home) => {
                self.keep(home);
                self.phase = Phase::Showing(home);
                if home == shown {
                    self.anew = self.started_over(snapshot.now).map(|_| self.player.at() + 1);
                    self.go_on(snapshot, shown);
                }
            }
            Step::Until(until) => {
                let lesson = self.player.lesson();
                let home = until.world.home(shown, lesson.stateless, self.last_stateful());
                let seconds = until.within_s;
                self.phase = Phase::Running(snapshot.lesson.stops + 1);
                self.orders.push(Order::Lesson(LessonOrder::Run { until: Some(until), home, seconds }));
            }
            Step::Run(seconds, _) => {
                self.phase = Phase::Running(snapshot.lesson.stops + 1);
                self.orders.push(Order::Lesson(LessonOrder::Run { until: None, home: shown, seconds }));
            }
            Step::Again(scenario) => {
                self.event = Json::Null;
                self.phase = Phase::Opening(snapshot.lesson.scenes + 1);
                self.orders.push(Order::Lesson(LessonOrder::Scene(Arc::new(*scenario))));
            }
            Step::Compare(scenario, runs) => {
                self.phase = Phase::Comparing(snapshot.lesson.comparisons + 1);
                self.orders.push(Order::Lesson(LessonOrder::Compare(scenario, runs)));
            }
            Step::Try(goal) => match goal.text.say(&facts) {
                Ok(text) => {
                    self.text = text;
                    self.phase = Phase::Trying(0, false);
                }
                Err(error) => self.phase = Phase::Stuck(error.to_string()),
            },
        }
    }

    /// Whether this step tells of an event that was waited for and did not come.
    fn missed(&self) -> bool {
        let steps = &self.player.lesson().steps[..self.player.at()];
        let before = steps.iter().rev().find(|step| !matches!(step, Step::Show(_)));
        self.event.is_null() && matches!(before, Some(Step::Until(_)))
    }

    fn read(&mut self, text: String) {
        self.text = text;
        self.phase = Phase::Reading;
    }

    fn ask(&mut self, asked: Asked, phase: Phase) {
        self.text.clone_from(&asked.text);
        self.asked = Some(asked);
        self.chosen = None;
        self.input.clear();
        self.phase = phase;
    }

    /// Tells how predictions turned out that this explanation settles.
    fn tell_verdicts(&mut self, facts: &Facts) {
        let answers = self.player.answers();
        let told = answers[self.told..].to_vec();
        self.told = answers.len();
        for answer in told {
            let predicted = self.player.lesson().steps.iter().find_map(|step| match step {
                Step::Predict(question) if question.id == answer.question => Some(question),
                _ => None,
            });
            if let Some(asked) = predicted.and_then(|question| question.asked(facts).ok()) {
                self.verdicts.extend(recall::verdict(&answer, &asked));
            }
        }
    }

    /// Whether the learner may start the scene over.
    ///
    /// # Errors
    /// Why not.
    pub fn may_start_over(&self) -> Result<(), String> {
        if matches!(self.phase, Phase::Trying(..) | Phase::Over) {
            Ok(())
        } else {
            Err("the lesson goes on first; where it sets a goal, you may start over".into())
        }
    }

    /// Starts the scene over with a field changed (`PATH=VALUE`), as a learner with a goal may.
    ///
    /// # Errors
    /// Why not.
    pub fn again(&mut self, change: &str) -> Result<(), String> {
        self.may_start_over()?;
        let mut scenario = self.player.scene().clone();
        let changed = scenario.assign("again", change).and_then(|()| scenario.validate());
        changed.map_err(|faults| faults.0.first().map_or(String::new(), ToString::to_string).replace('\n', " "))?;
        self.event = Json::Null;
        self.orders.push(Order::Lesson(LessonOrder::Scene(Arc::new(scenario))));
        Ok(())
    }

    /// Whether the learner looks back at an earlier instant than the lesson's.
    #[must_use]
    pub fn looks_back(&self, now: Nanos) -> bool {
        // A command of the lesson's own comes a little later than its instant.
        (now < self.instant || self.strayed)
            && !self.free()
            && !matches!(self.phase, Phase::Opening(_) | Phase::Running(_))
    }

    /// Whether the learner may do this at this instant; else why not.
    ///
    /// # Errors
    /// What the lesson waits for.
    pub fn allows(&self, order: &Order, now: Nanos) -> Result<(), String> {
        match order {
            _ if self.free() => Ok(()),
            Order::Do(_) if self.looks_back(now) => Err("you are looking back; the lesson is further on".into()),
            Order::Do(command) if matches!(&self.phase, Phase::Doing(wanted, _) if wanted == command) => Ok(()),
            Order::Do(_) | Order::Undo | Order::Seed(_) => Err(self.refusal()),
            Order::Pause(false) if !matches!(self.phase, Phase::Running(_)) => {
                Err("time stands still here until the lesson goes on".into())
            }
            Order::Seek(_) | Order::Travel(_) if matches!(self.phase, Phase::Running(_) | Phase::Opening(_)) => {
                Err("time runs to the event that the lesson waits for".into())
            }
            // What is to be predicted is not looked up.
            Order::Travel(travel) if travel.forwards() && now >= self.instant => {
                Err("time stands still here until the lesson goes on".into())
            }
            Order::Travel(Travel::Next(Look::Hop | Look::Event, _)) => {
                Err("that may lead to what comes next, and the lesson goes on first".into())
            }
            _ => Ok(()),
        }
    }

    /// What is done of an order that is allowed. Keys may come before the next picture does: none leads beyond the lesson's
    /// instant, and what is to be done is done once.
    pub fn admit(&mut self, order: Order, snapshot: &Snapshot) -> Option<Order> {
        if self.free() {
            return Some(order);
        }
        self.strayed |= matches!(order, Order::Seek(_) | Order::Travel(_));
        Some(match order {
            Order::Do(_) if matches!(self.phase, Phase::Doing(..)) => return self.once(snapshot).then_some(order),
            Order::Seek(at) => Order::Seek(at.min(self.instant)),
            Order::Travel(Travel::Forwards(_)) => Order::Travel(Travel::Forwards(self.instant)),
            Order::Travel(Travel::Newest) => Order::Seek(self.instant),
            other => other,
        })
    }

    /// Notes that the step's command is ordered. Says whether that is the first time, or the engine may have refused it.
    fn once(&mut self, snapshot: &Snapshot) -> bool {
        let ordered = Some((self.player.at(), snapshot.notice.as_ref().map_or(0, |notice| notice.number)));
        std::mem::replace(&mut self.ordered, ordered) != ordered
    }

    /// How the lesson's questions went; not where a class is watching, or there were none.
    pub(super) fn score(&self) -> Option<String> {
        let asked = |step: &&Step| matches!(step, Step::Predict(_) | Step::Observe(_));
        let of = self.player.lesson().steps.iter().filter(asked).count();
        let answers = self.player.answers();
        let right = answers.iter().filter(|answer| answer.right() == Some(true)).count();
        let certain = answers.iter().filter(|answer| {
            usize::from(answer.confidence.unwrap_or(0)) == CONFIDENCES.len() && answer.right() == Some(false)
        });
        let wrong = match certain.count() {
            0 => String::new(),
            1 => "; you were certain once and wrong".into(),
            times => format!("; you were certain {times} times and wrong"),
        };
        (of > 0 && !self.hidden).then(|| format!("{right} of {of} right{wrong}."))
    }

    /// Why a learner may not do anything else now.
    pub(super) fn refusal(&self) -> String {
        match &self.phase {
            Phase::Doing(command, _) => format!("the lesson waits for: {command}"),
            _ => "the lesson goes on first; afterwards the scene is yours".into(),
        }
    }

    /// Whether the scene is the learner's.
    const fn free(&self) -> bool {
        matches!(self.phase, Phase::Trying(..) | Phase::Over | Phase::Stuck(_))
    }

    /// Whether the learner may choose another world to run.
    #[must_use]
    pub const fn may_change_home(&self) -> bool {
        self.free() || matches!(self.phase, Phase::Showing(_))
    }
}

//! Where a lesson meets the dashboard: beginning one, its keys before all others, what it forbids, what it remembers.

use super::app::{App, Reaction};
use super::driver::{LessonOrder, Order};
use super::keymap::Action;
use super::lesson::{Guide, Phase, list, panel};
use super::state::{Layer, Verb};
use super::views::View;
use crate::lesson::{Lesson, Progress, shipped};
use crate::scenario::Home;
use crate::units::Nanos;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

/// What is known of a learner, and what is wanted of lessons.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct School {
    /// What was learnt so far.
    pub progress: Progress,
    /// A class is watching: right answers stay hidden, the picture is calm.
    pub present: bool,
    /// What runs is the scene of a lesson, even if that was left.
    in_scene: bool,
    /// The lesson that was left to play on, if it can be taken up.
    put_aside: Option<&'static str>,
    /// Something is new that is not remembered yet.
    learnt: bool,
    /// The lessons that something was noted of.
    touched: BTreeSet<String>,
}

impl School {
    /// What is known of a learner, and whether a class is watching.
    #[must_use]
    pub fn new(progress: Progress, present: bool) -> Self {
        Self { progress, present, ..Self::default() }
    }

    /// Notes what was answered in a lesson, and if it is not over, where it is.
    fn note(&mut self, guide: &mut Guide) {
        let (player, over) = (&guide.player, guide.phase == Phase::Over);
        let (lesson, answers, goals) = (player.lesson(), player.answers(), player.reached());
        let reached = Some((player.at(), answers.len(), goals.len(), over));
        if reached == guide.noted || !over && !guide.on_its_way() {
            return;
        }
        // What was noted of it a moment ago is no other time that it was taken.
        let taken_up = guide.taken_up() || guide.noted.is_some();
        if over {
            self.progress.finish(lesson, answers, goals, taken_up);
        } else {
            self.progress.leave(lesson, player.at(), answers, goals, taken_up);
        }
        self.learnt = true;
        self.touched.insert(lesson.name.clone());
        guide.noted = reached;
    }

    /// What was learnt of the lessons that were taken here; of the others, another run of the program may know more.
    #[must_use]
    pub fn learnt(&self) -> Progress {
        let mut learnt = self.progress.clone();
        learnt.lessons.retain(|name, _| self.touched.contains(name));
        learnt
    }

    /// Whether there is something new to be remembered; says so once.
    pub fn take_learnt(&mut self) -> bool {
        std::mem::take(&mut self.learnt)
    }
}

impl App {
    /// Begins a lesson; its scene opens as the one with number `scene`.
    pub fn begin_lesson(&mut self, lesson: Arc<Lesson>, scene: u64) {
        let _ = self.leave_lesson();
        (self.school.in_scene, self.school.put_aside) = (true, None);
        self.ui.stateful = lesson.stateful;
        self.ui.shown = lesson.shown;
        self.ui.view = View::Stage;
        self.ui.layer = Layer::None;
        self.ui.selected = None;
        // Two futures of the run before, if there are any, end with it.
        (self.ui.before_fork, self.ui.second) = (None, false);
        self.ui.point_at_shown();
        self.ui.story = panel::WIDTH;
        // A class begins at the beginning.
        let left = self.school.progress.left(&lesson).filter(|_| !self.school.present).cloned();
        self.guide = Some(Guide::new(lesson, scene, self.school.present, &self.school.progress).left_at(left));
    }

    /// Begins a lesson in the middle of something else.
    pub(super) fn switch_to_lesson(&mut self, at: usize, wall: Duration) -> Reaction {
        let Some(shipped) = shipped().get(at) else { return Reaction::default() };
        match Lesson::load(shipped.name) {
            Ok(lesson) => {
                let lesson = Arc::new(lesson);
                let scene = self.snapshot.as_ref().map_or(1, |shot| shot.lesson.scenes + 1);
                self.begin_lesson(lesson.clone(), scene);
                Order::Lesson(LessonOrder::Scene(Arc::new(lesson.scenario.clone()))).into()
            }
            Err(faults) => {
                self.answer(Err(faults.to_string()), wall);
                Reaction::default()
            }
        }
    }

    /// Opens the list of lessons, at the first that was not finished.
    pub(super) fn open_lessons(&mut self) {
        self.ui.layer = Layer::Lessons(list::first_open(&self.school.progress));
    }

    /// Keeps what was answered so far, and where, if the lesson is left before its end. Returns its name if it can be taken
    /// up there.
    pub fn leave_lesson(&mut self) -> Option<&'static str> {
        self.ui.story = 0;
        let mut guide = self.guide.take().filter(|guide| guide.phase != Phase::Over)?;
        self.school.note(&mut guide);
        let lesson = guide.player.lesson();
        self.school.progress.left(lesson).filter(|_| !self.school.present)?;
        shipped().iter().map(|shipped| shipped.name).find(|name| *name == lesson.name)
    }

    /// The lesson to go on with another time, now that the dashboard is left.
    pub fn unfinished(&mut self) -> Option<&'static str> {
        self.leave_lesson().or(self.school.put_aside)
    }

    /// Leaves the lesson; its scene goes on, and is the learner's.
    pub(super) fn play_on(&mut self, wall: Duration) -> Reaction {
        self.ui.layer = Layer::None;
        let back = self.keymap.cap(Action::Lessons).to_owned();
        self.school.put_aside = self.leave_lesson();
        let said = match self.school.put_aside {
            Some(name) => format!("the lesson is left; {back} takes {name} up again, from its beginning or from here"),
            None => "the lesson is left; its scene is yours".into(),
        };
        self.answer(Ok(said), wall);
        Order::Lesson(LessonOrder::Leave).into()
    }

    /// A key that is the lesson's own; none if it is not.
    pub(super) fn lesson_key(&mut self, event: &KeyEvent, wall: Duration) -> Option<Reaction> {
        if self.ui.layer != Layer::None {
            return None;
        }
        let snapshot = self.snapshot.clone()?;
        let shown = self.ui.shown;
        let guide = self.guide.as_mut()?;
        let plain = event.modifiers.difference(KeyModifiers::SHIFT).is_empty();
        let digit = match event.code {
            KeyCode::Char(letter) if plain => guide.digit(letter, &snapshot, shown),
            _ => false,
        };
        let own = self.keymap.own(guide.context(), event);
        if own == Some(Action::Again) {
            if let Err(why) = guide.may_start_over() {
                self.answer(Err(why), wall);
            } else {
                self.open_palette("again ");
            }
            return Some(Reaction::default());
        }
        // Whoever goes on after the end goes on to the next lesson, and does not open an instance's verbs.
        if own == Some(Action::GoOn) && matches!(guide.phase, Phase::Over | Phase::Stuck(_)) {
            let ended = guide.player.lesson().name.clone();
            let place = shipped().iter().position(|lesson| guide.phase == Phase::Over && lesson.name == ended);
            self.open_lessons();
            if let Some(at) = place.filter(|at| at + 1 < list::count()) {
                self.ui.layer = Layer::Lessons(at + 1);
            }
            return Some(Reaction::default());
        }
        if digit || own.is_some_and(|action| guide.key(action, &snapshot, shown)) {
            if let Some(why) = guide.take_objection() {
                self.answer(Err(why), wall);
            }
            return Some(self.follow_lesson());
        }
        None
    }

    /// Starts the lesson's scene over with a field changed.
    pub(super) fn again(&mut self, change: &str, wall: Duration) -> Reaction {
        let Some(guide) = &mut self.guide else {
            let new = self.keymap.cap(Action::NewSeed);
            let why = format!("only a lesson's scene is started over; `{new}` starts this one with other users");
            self.answer(Err(why), wall);
            return Reaction::default();
        };
        match guide.again(change) {
            Ok(()) => self.answer(Ok(format!("once more, with {change}")), wall),
            Err(why) => self.answer(Err(why), wall),
        }
        self.follow_lesson()
    }

    /// Does what the lesson wants done.
    pub(super) fn follow_lesson(&mut self) -> Reaction {
        let mut orders = Vec::new();
        while let Some(guide) = &mut self.guide {
            orders.append(&mut guide.take_orders());
            // What is shown then may be what was waited for: the lesson goes on, and wants more.
            let Some(home) = guide.take_show() else { break };
            self.look_at(home);
        }
        // At once: whoever closes the terminal leaves the lesson, too.
        if let Some(guide) = &mut self.guide {
            self.school.note(guide);
        }
        Reaction { orders, ..Reaction::default() }
    }

    fn look_at(&mut self, home: Home) {
        if home.stateful() {
            self.ui.stateful = home;
        }
        self.ui.shown = home;
        self.ui.view = View::Stage;
        self.ui.point_at_shown();
        if let (Some(guide), Some(snapshot)) = (&mut self.guide, self.snapshot.clone()) {
            guide.observe(&snapshot, home);
        }
    }

    /// Takes away what the lesson does not allow now, and says why.
    pub(super) fn keep_to_lesson(&mut self, mut reaction: Reaction, wall: Duration) -> Reaction {
        let Some(guide) = &self.guide else { return reaction };
        let now = self.snapshot.as_ref().map_or(Nanos::ZERO, |shot| shot.now);
        let refusal = reaction.orders.iter().find_map(|order| guide.allows(order, now).err());
        if let Some(why) = refusal {
            reaction.orders.clear();
            self.answer(Err(why), wall);
        }
        if let (Some(guide), Some(snapshot)) = (&mut self.guide, self.snapshot.clone()) {
            reaction.orders = reaction.orders.into_iter().filter_map(|order| guide.admit(order, &snapshot)).collect();
            // Perhaps the world is shown now that was to be looked at.
            guide.observe(&snapshot, self.ui.shown);
            reaction.orders.extend(self.follow_lesson().orders);
        }
        reaction
    }

    /// Whether the lesson forbids this action, and why.
    pub(super) fn forbidden(&self, action: Action) -> Option<String> {
        if action == Action::Save && self.school.in_scene {
            let why = match self.guide {
                Some(_) => "a lesson is not saved: `statelab lesson` begins it again, the same every time",
                None => "what began in a lesson is not saved; what began as `statelab` is",
            };
            return Some(why.into());
        }
        let guide = self.guide.as_ref()?;
        let why = match action {
            Action::NextHome if !guide.may_change_home() => {
                "the lesson needs these two worlds for now; the other one is a key away"
            }
            Action::NewSeed | Action::Fork if guide.phase != Phase::Over => "the lesson goes on first",
            // Else it would ask for an instance first, with digits that mean an answer.
            action if Verb::of(action).is_some() && !guide.offers(action) => return Some(guide.refusal()),
            _ => return None,
        };
        Some(why.into())
    }
}

//! The dashboard's routing: keys and clicks become orders for the engine or changes of what the screen remembers.
//!
//! ```text
//!   key ─▶ keymap ─▶ Action ─┬─▶ Order ─▶ engine
//!                            └─▶ UiState
//! ```
//!
//! Nothing here draws, waits or reads a clock.

use super::coach::Coach;
use super::driver::{Order, Wants};
use super::facts::{Ages, Deeds, Facts};
use super::glossary::Glossary;
use super::insight::{Page, Scope};
use super::keep::Deed;
use super::keymap::{Action, Context, Keymap};
use super::lesson::{Guide, Phase};
use super::pace::Speed;
use super::palette::Palette;
use super::parts::footer::digits_of;
use super::parts::just_now::Log;
use super::school::School;
use super::snapshot::Snapshot;
use super::state::{ANSWER, Answer, Layer, UiState, Verb};
use super::views::{View, journal, sessions, table};
use crate::command::{Command, Target};
use crate::event::{Health, InstanceId};
use crate::scenario::Home;
use crate::scene::{Client, Store};
use crate::text::hostile;
use crate::units::Nanos;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use std::sync::Arc;
use std::time::Duration;

/// What a key or a click leads to.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Reaction {
    /// For the engine, in this order.
    pub orders: Vec<Order>,
    /// Files to make.
    pub deeds: Vec<Deed>,
    /// Whether the dashboard ends.
    pub quit: bool,
    /// Whether it goes to the background.
    pub suspend: bool,
}

impl From<Order> for Reaction {
    fn from(order: Order) -> Self {
        Self { orders: vec![order], ..Self::default() }
    }
}

impl From<Deed> for Reaction {
    fn from(deed: Deed) -> Self {
        Self { deeds: vec![deed], ..Self::default() }
    }
}

/// All that the dashboard is, apart from the terminal and the engine.
#[derive(Debug)]
pub struct App {
    /// What the screen remembers.
    pub ui: UiState,
    /// The keys.
    pub keymap: Keymap,
    /// The newest snapshot.
    pub snapshot: Option<Arc<Snapshot>>,
    /// What the coach says.
    pub coach: Coach,
    /// What the log says.
    pub log: Log,
    /// How old what was done last is.
    ages: Ages,
    /// The lesson that is being taken.
    pub guide: Option<Guide>,
    /// What is known of the learner.
    pub school: School,
}

impl App {
    /// A dashboard that has not seen a snapshot yet.
    #[must_use]
    pub fn new(ui: UiState) -> Self {
        let (keymap, coach) = (Keymap::shipped(), Coach::shipped());
        let (log, ages) = (Log::default(), Ages::default());
        Self { ui, keymap, snapshot: None, coach, log, ages, guide: None, school: School::default() }
    }

    /// The snapshots that this screen needs.
    #[must_use]
    pub fn wants(&self) -> Wants {
        let crowd =
            self.snapshot.as_ref().is_some_and(|shot| shot.arms.iter().any(|arm| arm.scene.clients.present() > 500));
        // In slow motion a crowd is as calm as anything.
        let slow = self.snapshot.as_ref().is_some_and(|shot| shot.speed < Speed::default());
        let frame = match self.ui.view {
            View::Stage if !crowd || slow => 33,
            View::Stage | View::Sessions | View::Journal => 100,
            View::Charts | View::Table => 200,
        };
        let mut homes = self.ui.worlds().to_vec();
        let needed = self.guide.iter().flat_map(Guide::homes).copied();
        needed.for_each(|home| {
            if !homes.contains(&home) {
                homes.push(home)
            }
        });
        Wants {
            homes,
            all: self.ui.view == View::Table,
            journal: matches!(self.ui.view, View::Journal | View::Sessions),
            series: self.ui.view == View::Charts,
            look: self.ui.layer.look(),
            frame: Duration::from_millis(frame).max(self.ui.pause),
        }
    }

    /// Takes the newest snapshot in. `wall` is the screen's clock.
    pub fn observe(&mut self, snapshot: Arc<Snapshot>, wall: Duration) {
        // Until a lesson's scene opens, futures are those of the run before.
        let before = self.guide.as_ref().is_some_and(|guide| matches!(guide.phase, Phase::Opening(_)));
        let snapshot = if before { snapshot } else { self.look_at_futures(snapshot) };
        if let Some(notice) = snapshot.notice.as_ref().filter(|notice| notice.number != self.ui.heard) {
            self.ui.heard = notice.number;
            self.ui.answer = Some(Answer { text: notice.text.clone(), refusal: notice.refusal, until: wall + ANSWER });
        }
        if let Some(Target::Instance(id)) = self.ui.selected {
            let there = snapshot.arm(self.ui.shown).is_none_or(|arm| arm.scene.instance(id).is_some());
            if !there {
                self.ui.selected = None;
            }
        }
        if let Some(guide) = &mut self.guide {
            guide.strayed = false;
            guide.observe(&snapshot, self.ui.shown);
        }
        self.snapshot = Some(snapshot);
        self.see(wall);
    }

    /// Lets the coach look again, and forgets what is old. Says when to look next, if something will change by itself.
    pub fn advise(&mut self, wall: Duration) -> Option<Duration> {
        if self.ui.answer.as_ref().is_some_and(|answer| answer.until <= wall) {
            self.ui.answer = None;
        }
        if let Some(snapshot) = &self.snapshot {
            let obeys = |action| match self.ui.layer {
                Layer::None | Layer::Which(_) => true,
                Layer::Why(_) | Layer::Scope(_) => {
                    self.keymap.context(Context::Global).iter().any(|it| it.action == action)
                }
                _ => false,
            };
            self.ages.pass(snapshot, &self.ui);
            let (facts, deeds) = (Facts::of(snapshot, &self.ui, &self.ages), Deeds::of(snapshot, &self.ui));
            self.coach.listen(&facts, &deeds, wall, obeys);
            if let Some(arm) = snapshot.arm(self.ui.shown) {
                self.log.take(&arm.story, snapshot.speed.pace(), &deeds, wall);
            }
        }
        self.ui.answer.as_ref().map(|answer| answer.until).into_iter().chain(self.coach.next_look()).min()
    }

    /// The answer to a key, or why not.
    pub fn answer(&mut self, outcome: Result<String, String>, wall: Duration) {
        let refusal = outcome.is_err();
        let text = outcome.unwrap_or_else(|why| why);
        self.ui.answer = Some(Answer { text, refusal, until: wall + ANSWER });
    }

    fn say_no(&mut self, wall: Duration, text: impl Into<String>) -> Reaction {
        self.ui.answer = Some(Answer { text: text.into(), refusal: true, until: wall + ANSWER });
        Reaction::default()
    }

    /// A key was pressed.
    pub fn key(&mut self, event: &KeyEvent, wall: Duration) -> Reaction {
        self.ui.answer = None;
        let action = self.keymap.find(self.ui.context(), event);
        // Any key puts the card away, and does what it always does; those that mean no more than "go on" only do the first.
        if self.ui.layer == Layer::Welcome {
            self.ui.layer = Layer::None;
            return match (action, self.keymap.find(self.ui.context(), event)) {
                (Some(Action::Open), _) => self.switch_to_lesson(0, wall),
                (_, Some(Action::Close | Action::Pause) | None) => Reaction::default(),
                _ => self.key(event, wall),
            };
        }
        // The menu shows the verbs with their keys, so these work in it, too.
        if let Layer::Menu(_) = self.ui.layer
            && let Some(verb) = self.keymap.own(Context::Stage, event).and_then(Verb::of)
        {
            self.ui.layer = Layer::None;
            let reaction = self.verb(verb, wall);
            return self.keep_to_lesson(reaction, wall);
        }
        if let Some(reaction) = self.lesson_key(event, wall) {
            self.advise(wall);
            return reaction;
        }
        let open = self.ui.layer == Layer::None || self.ui.layer.insight();
        if let Some(why) = action.filter(|_| open).and_then(|action| self.forbidden(action)) {
            return self.say_no(wall, why);
        }
        let reaction = match (self.ui.layer.context(Context::Global), action) {
            (Context::Text, Some(action)) => self.text_action(action, wall),
            (Context::Text, None) => self.text_letter(event),
            (Context::List, Some(action)) => match self.insight_action(action) {
                Some(reaction) => reaction,
                None if self.ui.layer.insight() => self.around_insight(action, event, wall),
                None => self.layer_action(action, wall),
            },
            (_, Some(action)) => self.action(action, event, wall),
            (_, None) if self.ui.layer == Layer::None && self.keymap.own(Context::Stage, event).is_some() => {
                let close = self.keymap.cap(Action::Close).to_owned();
                self.say_no(wall, format!("that key is for the Stage: {close} leads there"))
            }
            (_, None) if matches!(self.ui.layer, Layer::None | Layer::Menu(_)) => self.no_key(event, wall),
            (_, None) => Reaction::default(),
        };
        let reaction = self.keep_to_lesson(reaction, wall);
        self.advise(wall);
        reaction
    }

    /// A character that asks for nothing: whoever pressed it meant something.
    fn no_key(&mut self, event: &KeyEvent, wall: Duration) -> Reaction {
        match event.code {
            _ if event.modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT) => Reaction::default(),
            KeyCode::Char(letter) if hostile(letter) => Reaction::default(),
            KeyCode::Char(letter) if letter.is_alphabetic() && !letter.is_ascii() => self
                .say_no(wall, format!("{letter} is no key here: keys are Latin letters, on another keyboard layout")),
            KeyCode::Char(letter) => {
                let help = self.keymap.cap(Action::Help).to_owned();
                self.say_no(wall, format!("{letter} is no key here; {help} shows all that are"))
            }
            _ => Reaction::default(),
        }
    }

    /// The pointer chose a part of the picture.
    pub fn click(&mut self, target: Option<Target>) {
        match (&self.ui.layer, target) {
            (Layer::Which(_) | Layer::None, Some(target)) => {
                // A second click on the same opens its verbs.
                if self.ui.selected == Some(target) && self.ui.layer == Layer::None {
                    self.ui.layer = Layer::Menu(0);
                }
                self.ui.selected = Some(target);
            }
            (Layer::None, None) => self.ui.selected = None,
            _ => self.ui.layer = Layer::None,
        }
    }

    /// The pointer chose a row of the menu.
    pub fn click_menu(&mut self, row: usize, wall: Duration) -> Reaction {
        self.ui.layer = Layer::Menu(row);
        let reaction = self.layer_action(Action::Open, wall);
        self.keep_to_lesson(reaction, wall)
    }

    fn instances(&self) -> Vec<InstanceId> {
        let arm = self.snapshot.as_ref().and_then(|shot| shot.arm(self.ui.shown));
        arm.map_or(Vec::new(), |arm| arm.scene.instances.iter().map(|i| i.id).collect())
    }

    /// What one of those who are there is called.
    fn somebody(&self) -> Option<String> {
        let clients = &self.snapshot.as_ref()?.arm(self.ui.shown)?.scene.clients;
        clients.rows().iter().find_map(Client::session).map(|session| clients.full_name(session))
    }

    fn has_store(&self) -> bool {
        self.snapshot.as_ref().is_some_and(|shot| shot.store(self.ui.worlds()).is_some())
    }

    pub(super) fn open_palette(&mut self, text: &str) {
        let words = self.keymap.words().map(str::to_owned).collect();
        let user = self.somebody();
        self.ui.layer = Layer::Palette(Palette::new(text, &self.instances(), user.as_deref(), self.has_store(), words));
    }

    pub(super) fn action(&mut self, action: Action, event: &KeyEvent, wall: Duration) -> Reaction {
        // On the Stage, with nothing open, there is nothing else to close.
        let closes_fork = self.forked() && self.ui.layer == Layer::None && self.ui.view == View::Stage;
        let which = if let Layer::Which(verb) = self.ui.layer { Some(verb) } else { None };
        match action {
            Action::Close if self.guide.is_some() && self.nothing_to_close() => {
                let lessons = self.keymap.cap(Action::Lessons).to_owned();
                return self.say_no(wall, format!("{lessons} leads out of the lesson, or to another"));
            }
            Action::SelectInstance | Action::SelectStore => return self.select_by_key(event, which, wall),
            Action::Close if !closes_fork => self.close(),
            _ if which.is_some() => self.ui.layer = Layer::None,
            _ => {}
        }
        match action {
            Action::Quit => return Reaction { quit: true, ..Reaction::default() },
            Action::Suspend => return Reaction { suspend: true, ..Reaction::default() },
            Action::Help => self.ui.layer = Layer::Help(0),
            Action::Palette => self.open_palette(""),
            Action::NextView => self.go(self.ui.view.next()),
            Action::PreviousView => self.go(self.ui.view.previous()),
            Action::Table if self.ui.view == View::Table => self.go(self.ui.before_table),
            Action::Table => self.go(View::Table),
            Action::Pause => return Order::Pause(!self.paused()).into(),
            Action::Slower | Action::Faster => return Order::Faster(action == Action::Faster).into(),
            Action::Undo => return Order::Undo.into(),
            Action::OtherWorld if self.forked() => self.other_future(),
            Action::NextHome if self.forked() => {
                return self.say_no(wall, "not while two futures run: Esc first makes them one again");
            }
            Action::Fork => return self.fork_key(wall),
            Action::Close if closes_fork => return Order::Rejoin.into(),
            Action::OtherWorld => {
                self.ui.shown = self.ui.other();
                self.ui.point_at_shown();
            }
            Action::NextHome => self.next_home(),
            Action::SideBySide if !self.ui.fits_both() => {
                let (columns, rows) = super::state::SIDE_BY_SIDE;
                let other = self.keymap.cap(Action::OtherWorld).to_owned();
                return self
                    .say_no(wall, format!("side by side needs {columns}×{rows}; {other} shows the other world"));
            }
            Action::SideBySide => self.ui.side_by_side = Some(!self.ui.both()),
            Action::NewSeed => self.ui.layer = Layer::Confirm,
            Action::Save => return Deed::Save(None).into(),
            Action::Picture => return Deed::Picture(None).into(),
            Action::Lessons => self.open_lessons(),
            Action::Again => self.open_palette("again "),
            Action::Glossary => self.ui.layer = Layer::Glossary(Glossary::default()),
            Action::SelectPrevious => self.select_beside(false),
            Action::SelectNext => self.select_beside(true),
            Action::Menu => return self.open_menu(wall),
            Action::Inspect => self.look_inside(),
            Action::Why => self.ask_why(),
            Action::Add => return Order::Do(Command::Add).into(),
            Action::Remove => return Order::Do(Command::Remove).into(),
            Action::Burst => return Order::Do(Command::Burst { factor: 3.0, span: Nanos::from_secs(30.0) }).into(),
            Action::Deploy => return Order::Do(Command::Deploy).into(),
            other => match Verb::of(other) {
                Some(verb) => return self.verb_key(verb, wall),
                None => return self.travel_action(other),
            },
        }
        Reaction::default()
    }

    /// What is dead cannot die: whoever presses on means another one, and is asked which.
    fn verb_key(&mut self, verb: Verb, wall: Duration) -> Reaction {
        let another = || self.instances().into_iter().any(|id| !self.dead(Target::Instance(id)));
        if verb != Verb::Restart && self.ui.selected.is_some_and(|target| self.dead(target)) && another() {
            self.ui.selected = None;
        }
        self.verb(verb, wall)
    }

    fn dead(&self, target: Target) -> bool {
        let arm = self.snapshot.as_ref().and_then(|shot| shot.arm(self.ui.shown));
        arm.is_some_and(|arm| match target {
            Target::Instance(id) => arm.scene.instance(id).is_some_and(|it| it.health == Health::Down),
            Target::Store => arm.scene.store.as_ref().is_some_and(Store::dead),
        })
    }

    fn nothing_to_close(&self) -> bool {
        self.ui.layer == Layer::None && self.ui.view == View::Stage && self.ui.selected.is_none() && !self.forked()
    }

    /// Closes what is open, then deselects; never quits.
    fn close(&mut self) {
        if self.ui.layer != Layer::None {
            self.ui.layer = Layer::None;
        } else if !self.ui.filter.is_empty() && self.ui.view == View::Journal {
            self.ui.filter.clear();
        } else if self.ui.view != View::Stage {
            self.go(View::Stage);
        } else {
            self.ui.selected = None;
        }
    }

    fn go(&mut self, view: View) {
        if view == View::Table && self.ui.view != View::Table {
            self.ui.before_table = self.ui.view;
        }
        self.ui.view = view;
        self.ui.layer = Layer::None;
        self.ui.point_at_shown();
    }

    fn forked(&self) -> bool {
        self.snapshot.as_ref().is_some_and(|shot| shot.fork.is_some())
    }

    pub(super) fn paused(&self) -> bool {
        self.snapshot.as_ref().is_some_and(|shot| shot.paused)
    }

    fn next_home(&mut self) {
        let stateful: Vec<Home> = Home::ALL.into_iter().filter(|home| home.stateful()).collect();
        let at = stateful.iter().position(|&home| home == self.ui.stateful).unwrap_or(0);
        if self.ui.shown != Home::Token || self.ui.both() {
            self.ui.stateful = stateful[(at + 1) % stateful.len()];
        }
        self.ui.shown = self.ui.stateful;
        self.ui.point_at_shown();
    }

    fn select_by_key(&mut self, event: &KeyEvent, which: Option<Verb>, wall: Duration) -> Reaction {
        let KeyCode::Char(letter) = event.code else { return Reaction::default() };
        let target = match letter.to_digit(10) {
            // Nothing stays selected: the next key is not meant for what was selected before.
            Some(0) if !self.has_store() => {
                self.ui.selected = None;
                let next = self.keymap.cap(Action::NextHome).to_owned();
                return self.say_no(wall, format!("there is no store in these worlds; {next} leads to one that has"));
            }
            Some(0) | None => Target::Store,
            Some(id) if !self.instances().contains(&(id as u16)) => {
                self.ui.selected = None;
                return self.say_no(wall, format!("there is no instance {id}"));
            }
            Some(id) => Target::Instance(id as u16),
        };
        self.ui.selected = Some(target);
        match which {
            Some(verb) => {
                self.ui.layer = Layer::None;
                self.verb(verb, wall)
            }
            None => Reaction::default(),
        }
    }

    fn select_beside(&mut self, forwards: bool) {
        let mut all: Vec<Target> = self.instances().into_iter().map(Target::Instance).collect();
        if self.has_store() {
            all.push(Target::Store);
        }
        let at = self.ui.selected.and_then(|selected| all.iter().position(|&target| target == selected));
        self.ui.selected = match (at, forwards) {
            (None, true) => all.first(),
            (None, false) => all.last(),
            (Some(at), true) => all.get((at + 1) % all.len()),
            (Some(at), false) => all.get((at + all.len() - 1) % all.len()),
        }
        .copied();
    }

    fn open_menu(&mut self, wall: Duration) -> Reaction {
        if self.ui.selected.is_none() {
            return self.say_no(wall, format!("nothing is selected: {}", self.how_to_select()));
        }
        self.ui.layer = Layer::Menu(0);
        Reaction::default()
    }

    /// With which keys something is selected.
    fn how_to_select(&self) -> String {
        match self.instances().as_slice() {
            [] => "no instance is there yet".into(),
            [only] => format!("choose the instance with {only} first"),
            _ => {
                let digits = self.snapshot.as_ref().map_or(String::new(), |shot| digits_of(self, shot));
                format!("choose an instance with {digits} first")
            }
        }
    }

    pub(super) fn verb(&mut self, verb: Verb, wall: Duration) -> Reaction {
        match self.ui.selected {
            Some(target) => match verb.command(target) {
                Some(command) => Order::Do(command).into(),
                None => self.say_no(wall, "a store cannot be drained"),
            },
            None if self.instances().len() > 9 => {
                self.open_palette(&format!("{} ", verb.word()));
                Reaction::default()
            }
            None => {
                self.ui.layer = Layer::Which(verb);
                Reaction::default()
            }
        }
    }

    /// Keys that move within a view.
    pub(super) fn list_action(&mut self, action: Action) {
        if action == Action::Filter {
            self.ui.layer = Layer::Filter;
            self.ui.view = View::Journal;
            return;
        }
        let Some(snapshot) = self.snapshot.clone() else { return };
        match self.ui.view {
            View::Sessions if action == Action::Open => {
                if let Some(session) = sessions::selected(self, &snapshot) {
                    self.ui.layer = Layer::Scope(Scope::of(Page::Visit(session)));
                }
            }
            View::Sessions => sessions::navigate(self, &snapshot, action),
            View::Journal => journal::navigate(&mut self.ui, &snapshot, action),
            View::Table => table::navigate(&mut self.ui, action),
            View::Stage | View::Charts => {}
        }
    }
}

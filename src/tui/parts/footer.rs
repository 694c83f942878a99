//! The bottom row: the keys that matter now, each with its object; or the answer to the last key.

use super::{band, cap, fit};
use crate::command::Target;
use crate::event::Health;
use crate::scene::Scene;
use crate::tui::app::App;
use crate::tui::insight;
use crate::tui::keymap::Action;
use crate::tui::lesson::list;
use crate::tui::snapshot::Snapshot;
use crate::tui::stage::paint::{Brush, cells};
use crate::tui::state::Layer;
use crate::tui::theme::Role;
use crate::tui::views::View;
use ratatui::layout::Rect;
use std::cmp::Reverse;

/// What gives way where not all keys have room, the first of them first; every other key stays.
const GIVES_WAY: [Action; 14] = [
    Action::Palette,
    Action::Burst,
    Action::NextView,
    Action::SideBySide,
    Action::NextHop,
    Action::SelectInstance,
    Action::Inspect,
    Action::Why,
    Action::Drain,
    Action::Slow,
    Action::Hang,
    Action::Kill,
    Action::Restart,
    Action::Undo,
];

/// A key and what it does now.
pub(in crate::tui) type Hint = (String, String, Option<Action>);

impl App {
    /// A key that does this now.
    pub(in crate::tui) fn hint(&self, action: Action, does: &str) -> Hint {
        (self.keymap.cap(action).into(), does.into(), Some(action))
    }

    /// A key that does what it always does.
    fn usual(&self, action: Action) -> Hint {
        self.hint(action, &self.keymap.binding(action).does)
    }

    /// Several keys that do one thing together.
    pub(in crate::tui) fn hint_of_all(&self, actions: &[Action], does: &str) -> Hint {
        let caps: Vec<&str> = actions.iter().map(|&action| self.keymap.cap(action)).collect();
        (caps.join(" "), does.into(), None)
    }
}

pub(in crate::tui) fn draw(app: &App, snapshot: &Snapshot, area: Rect, brush: &mut Brush) {
    band(brush, area);
    if let Some(answer) = &app.ui.answer {
        let role = if answer.refusal { Role::Lost } else { Role::Text };
        brush.text(area.x + 2, area.y, area.width - 3, &fit(&answer.text, area.width - 3), brush.theme.bold(role));
        return;
    }
    let next = next(app, snapshot);
    let (question, hints) = hints(app, snapshot, next, area.width);
    let mut x = area.x + 1;
    if let Some(question) = question {
        x = brush.text(x + 1, area.y, 30, &question, brush.theme.bold(Role::Text)) + 2;
    }
    let gap = if area.width >= 100 { 2 } else { 1 };
    let dim = brush.theme.style(Role::Dim);
    let over = app.ui.layer != Layer::None;
    let worth = |action: Action| GIVES_WAY.iter().position(|&it| it == action && Some(action) != next && !over);
    for (key, does, action) in fitting(hints, worth, area.right().saturating_sub(x), gap) {
        x = cap(brush, x, area.y, &key, action.is_some() && action == next);
        x = brush.text(x + 1, area.y, area.right().saturating_sub(x + 1), &does, dim) + gap;
    }
}

/// The key that the coach asks for: in a lesson it is silent, and so it is while two futures are told apart in its place.
fn next(app: &App, snapshot: &Snapshot) -> Option<Action> {
    let speaks = app.guide.is_none() && snapshot.fork.is_none();
    app.coach.advice().filter(|_| speaks).and_then(|advice| advice.key)
}

/// Those that have room, in their order. Whatever gives way to nothing is seated first: what lets time go on, helps and leaves.
fn fitting(mut hints: Vec<Hint>, worth: impl Fn(Action) -> Option<usize>, room: u16, gap: u16) -> Vec<Hint> {
    let needs = |(key, does, _): &Hint| cells(key) + 2 + 1 + cells(does) + gap;
    let mut order: Vec<usize> = (0..hints.len()).collect();
    order.sort_by_key(|&at| Reverse(hints[at].2.and_then(&worth).unwrap_or(GIVES_WAY.len())));
    // After the last there is no gap.
    let mut left = room + gap;
    let mut seated = vec![false; hints.len()];
    for at in order {
        let width = needs(&hints[at]);
        seated[at] = width <= left;
        left -= if seated[at] { width } else { 0 };
    }
    let mut seated = seated.into_iter();
    hints.retain(|_| seated.next() == Some(true));
    hints
}

/// A question, if one is open, and the keys that matter now.
fn hints(app: &App, snapshot: &Snapshot, next: Option<Action>, width: u16) -> (Option<String>, Vec<Hint>) {
    let close = app.hint(Action::Close, "close");
    let choose = || app.hint_of_all(&[Action::Up, Action::Down], "choose");
    match &app.ui.layer {
        Layer::Which(verb) => {
            let mut all = Vec::new();
            let digits = digits_of(app, snapshot);
            // While no instance is there yet, there is no digit either.
            if !digits.is_empty() {
                all.push((digits, "instance".into(), None));
            }
            if snapshot.store(app.ui.worlds()).is_some() {
                all.push(app.hint(Action::SelectStore, "store"));
            }
            all.push(app.hint(Action::Close, "leave it"));
            (Some(format!("{} which?", verb.word())), all)
        }
        Layer::Palette(_) => (
            None,
            [Action::Commit, Action::Complete, Action::NextProposal, Action::Cancel]
                .map(|action| app.usual(action))
                .to_vec(),
        ),
        Layer::Glossary(_) => {
            let next = app.hint(Action::Complete, "see also");
            (None, vec![app.hint(Action::NextProposal, "next"), next, app.hint(Action::Cancel, "close")])
        }
        Layer::Welcome => (
            None,
            vec![
                app.hint(Action::Open, "the first lesson, six minutes"),
                ("any other key".into(), "play".into(), None),
            ],
        ),
        Layer::Filter => (None, vec![app.hint(Action::Commit, "keep"), app.hint(Action::Cancel, "show all")]),
        Layer::Confirm => (
            Some("start over with other users?".into()),
            vec![app.hint(Action::Open, "yes"), app.hint(Action::Close, "no")],
        ),
        Layer::Lessons(at) => {
            let does = if *at < list::count() { "begin it" } else { "leave it" };
            (None, vec![choose(), app.hint(Action::Open, does), close])
        }
        Layer::Fork(_) => (Some("what if?".into()), vec![choose(), app.hint(Action::Open, "live it"), close]),
        Layer::Menu(_) => (None, vec![choose(), app.hint(Action::Open, "do it"), close]),
        Layer::Help(_) => (None, vec![app.hint(Action::Down, "scroll"), close]),
        Layer::Why(_) | Layer::Scope(_) => (None, insight::hints(app)),
        Layer::None => {
            let mut all = view_hints(app, snapshot, width);
            let at = |all: &[Hint], sought| all.iter().position(|(.., action)| *action == Some(sought));
            if let Some(guide) = &app.guide {
                all.retain(|(.., action)| action.is_none_or(|action| guide.offers(action)));
                let before_help = at(&all, Action::Help);
                all.insert(before_help.unwrap_or(all.len()), app.usual(Action::Lessons));
            }
            // Whatever the coach asks for on the Stage can be found here, too.
            let missing = |next: &Action| app.ui.view == View::Stage && at(&all, *next).is_none();
            if let Some(next) = next.filter(missing) {
                let before_pause = at(&all, Action::Pause);
                all.insert(before_pause.unwrap_or(all.len()), app.usual(next));
            }
            (None, all)
        }
    }
}

fn view_hints(app: &App, snapshot: &Snapshot, width: u16) -> Vec<Hint> {
    let wide = width >= 100;
    let other = match snapshot.fork {
        Some(_) if wide => "the other future",
        Some(_) => "other future",
        None if app.ui.other().stateful() => "stateful",
        None => "stateless",
    };
    let mut all = vec![app.hint(Action::OtherWorld, other)];
    let pause = app.hint(Action::Pause, if snapshot.paused { "go on" } else { "pause" });
    if app.ui.view == View::Stage {
        all.extend(stage_hints(app, snapshot, pause, width));
    } else {
        let moves = || app.hint_of_all(&[Action::Up, Action::Down], "move");
        let four = [Action::Left, Action::Right, Action::Up, Action::Down];
        match app.ui.view {
            View::Sessions => all.extend([moves(), app.hint(Action::Open, "its story"), app.usual(Action::Why)]),
            View::Journal => all.extend([app.usual(Action::Filter), moves(), app.usual(Action::Why)]),
            View::Table => all.push(app.hint_of_all(&four, "cell")),
            View::Charts | View::Stage => {}
        }
        all.extend([app.hint(Action::NextView, "next view"), app.hint(Action::Close, "stage"), pause]);
    }
    let help = if wide { app.usual(Action::Help) } else { app.hint(Action::Help, "keys") };
    all.extend([help, app.usual(Action::Quit)]);
    all
}

fn stage_hints(app: &App, snapshot: &Snapshot, pause: Hint, width: u16) -> Vec<Hint> {
    let mut all = Vec::new();
    if snapshot.fork.is_some() {
        all.push(app.hint(Action::Close, if width >= 100 { "one future again" } else { "one future" }));
    }
    if let Some(target) = app.ui.selected {
        all.extend(verbs(app, snapshot, target));
        all.extend([app.usual(Action::Inspect), app.usual(Action::Why)]);
    }
    // While nothing is there, nothing is to be selected or killed.
    let digits = selectable(app, snapshot);
    let kill = app.ui.selected.is_none().then(|| app.usual(Action::Kill));
    if !digits.is_empty() {
        all.push((digits, "select".to_owned(), Some(Action::SelectInstance)));
        all.extend(kill);
    }
    if !snapshot.history.is_empty() && snapshot.fork.is_none() {
        all.push(app.usual(Action::Undo));
    }
    all.push(pause);
    if snapshot.paused || width >= 100 {
        all.push(app.usual(Action::NextHop));
    }
    if app.ui.fits_both() {
        all.push(app.hint(Action::SideBySide, if app.ui.both() { "one world" } else { "compare" }));
    }
    if width >= 140 {
        all.extend([Action::NextView, Action::Burst, Action::Palette].map(|action| app.usual(action)));
    }
    all
}

/// What can be done to a target as it is.
fn verbs(app: &App, snapshot: &Snapshot, target: Target) -> Vec<Hint> {
    let verb = |action: Action| app.hint(action, &format!("{} {target}", app.keymap.binding(action).does));
    let health = match target {
        Target::Instance(id) => {
            snapshot.arm(app.ui.shown).and_then(|arm| arm.scene.instance(id)).map(|instance| instance.health)
        }
        Target::Store => snapshot.store(app.ui.worlds()).map(|store| store.health),
    };
    match (health, target) {
        (Some(Health::Down), _) => vec![verb(Action::Restart)],
        (Some(Health::Hung), _) => vec![verb(Action::Restart), verb(Action::Kill)],
        (Some(Health::Starting), _) => vec![verb(Action::Kill)],
        (_, Target::Instance(_)) => {
            vec![verb(Action::Kill), app.usual(Action::Hang), app.usual(Action::Slow), app.usual(Action::Drain)]
        }
        (_, Target::Store) => vec![verb(Action::Kill), app.usual(Action::Hang), app.usual(Action::Slow)],
    }
}

/// The digits that select something in the shown world, its store among them.
fn selectable(app: &App, snapshot: &Snapshot) -> String {
    let store = snapshot.arm(app.ui.shown).is_some_and(|arm| arm.scene.store.is_some());
    let all =
        [if store { app.keymap.cap(Action::SelectStore).into() } else { String::new() }, digits_of(app, snapshot)];
    all.join(" ").trim().to_owned()
}

/// The digits that select an instance of it.
pub(in crate::tui) fn digits_of(app: &App, snapshot: &Snapshot) -> String {
    snapshot.arm(app.ui.shown).map_or(String::new(), |arm| digits(&arm.scene))
}

/// The digits that select: `1 2 3`, of many `1–9`.
pub(in crate::tui) fn digits(scene: &Scene) -> String {
    let shown = scene.instances.iter().filter(|it| it.id <= 9);
    let ids: Vec<String> = shown.map(|it| it.id.to_string()).collect();
    match ids.as_slice() {
        [first, .., last] if ids.len() > 3 => format!("{first}–{last}"),
        few => few.join(" "),
    }
}

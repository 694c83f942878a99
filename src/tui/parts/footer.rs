//! The bottom row: the keys that matter now, each with its object; or the answer to the last key.

use super::{band, cap, fit};
use crate::command::Target;
use crate::event::Health;
use crate::scene::Scene;
use crate::tui::app::App;
use crate::tui::insight;
use crate::tui::keymap::Action;
use crate::tui::snapshot::Snapshot;
use crate::tui::stage::paint::{Brush, cells};
use crate::tui::state::Layer;
use crate::tui::theme::Role;
use crate::tui::views::View;
use ratatui::layout::Rect;

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
    let (question, hints) = hints(app, snapshot, area.width);
    let mut x = area.x + 1;
    if let Some(question) = question {
        x = brush.text(x + 1, area.y, 30, &question, brush.theme.bold(Role::Text)) + 2;
    }
    // In a lesson the coach is silent, and so it is while two futures are told apart in its place.
    let speaks = app.guide.is_none() && snapshot.fork.is_none();
    let next = app.coach.advice().filter(|_| speaks).and_then(|advice| advice.key);
    let gap = if area.width >= 100 { 2 } else { 1 };
    let dim = brush.theme.style(Role::Dim);
    // While no instance is there yet, there is no digit either.
    for (key, does, action) in hints.into_iter().filter(|(key, ..)| !key.is_empty()) {
        let width = cells(&key) + 2 + 1 + cells(&does);
        if x + width > area.right() {
            break;
        }
        x = cap(brush, x, area.y, &key, action.is_some() && action == next);
        x = brush.text(x + 1, area.y, area.width, &does, dim) + gap;
    }
}

/// A question, if one is open, and the keys that matter now.
fn hints(app: &App, snapshot: &Snapshot, width: u16) -> (Option<String>, Vec<Hint>) {
    let close = app.hint(Action::Close, "close");
    let choose = || app.hint_of_all(&[Action::Up, Action::Down], "choose");
    match &app.ui.layer {
        Layer::Which(verb) => {
            let mut all = Vec::new();
            if snapshot.arm(app.ui.shown).is_some() {
                all.push((digits_of(app, snapshot), "instance".into(), None));
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
        Layer::Lessons(_) => (None, vec![choose(), app.hint(Action::Open, "begin it"), close]),
        Layer::Fork(_) => (Some("what if?".into()), vec![choose(), app.hint(Action::Open, "live it"), close]),
        Layer::Menu(_) => (None, vec![choose(), app.hint(Action::Open, "do it"), close]),
        Layer::Help(_) => (None, vec![app.hint(Action::Down, "scroll"), close]),
        Layer::Why(_) | Layer::Scope(_) => (None, insight::hints(app)),
        Layer::None => {
            let mut all = view_hints(app, snapshot, width);
            if let Some(guide) = &app.guide {
                all.retain(|(.., action)| action.is_none_or(|action| guide.offers(action)));
                let before_help = all.iter().position(|(.., action)| *action == Some(Action::Help));
                all.insert(before_help.unwrap_or(all.len()), app.usual(Action::Lessons));
            }
            (None, all)
        }
    }
}

fn view_hints(app: &App, snapshot: &Snapshot, width: u16) -> Vec<Hint> {
    let other = match snapshot.fork {
        Some(_) => "the other future",
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
    all.extend([app.usual(Action::Help), app.usual(Action::Quit)]);
    all
}

fn stage_hints(app: &App, snapshot: &Snapshot, pause: Hint, width: u16) -> Vec<Hint> {
    let mut all = Vec::new();
    if snapshot.fork.is_some() {
        all.push(app.hint(Action::Close, "one future again"));
    }
    let select = (digits_of(app, snapshot), "select".to_owned(), Some(Action::SelectInstance));
    match app.ui.selected {
        Some(target) => {
            all.extend(verbs(app, snapshot, target));
            all.extend([app.usual(Action::Inspect), app.usual(Action::Why), select]);
        }
        None => all.extend([select, app.usual(Action::Kill)]),
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

/// The digits that select in the shown world.
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

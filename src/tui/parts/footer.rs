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

/// Several keys that do one thing together.
pub(in crate::tui) fn keys(app: &App, actions: &[Action], does: &str) -> Hint {
    let caps: Vec<&str> = actions.iter().map(|&action| app.keymap.cap(action)).collect();
    (caps.join(" "), does.into(), None)
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
    // In a lesson the coach is silent.
    let next = app.coach.advice().filter(|_| app.guide.is_none()).and_then(|advice| advice.key);
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
    let hint = |action: Action, does: &str| -> Hint { (app.keymap.cap(action).into(), does.into(), Some(action)) };
    let usual = |action: Action| hint(action, &app.keymap.binding(action).does);
    let close = hint(Action::Close, "close");
    let choose = || keys(app, &[Action::Up, Action::Down], "choose");
    match &app.ui.layer {
        Layer::Which(verb) => {
            let mut all = Vec::new();
            if snapshot.arm(app.ui.shown).is_some() {
                all.push((digits_of(app, snapshot), "instance".into(), None));
            }
            if snapshot.store(app.ui.worlds()).is_some() {
                all.push(hint(Action::SelectStore, "store"));
            }
            all.push(hint(Action::Close, "leave it"));
            (Some(format!("{} which?", verb.word())), all)
        }
        Layer::Palette(_) => {
            (None, [Action::Commit, Action::Complete, Action::NextProposal, Action::Cancel].map(usual).to_vec())
        }
        Layer::Glossary(_) => {
            let next = hint(Action::Complete, "see also");
            (None, vec![hint(Action::NextProposal, "next"), next, hint(Action::Cancel, "close")])
        }
        Layer::Welcome => (
            None,
            vec![hint(Action::Open, "the first lesson, six minutes"), ("any other key".into(), "play".into(), None)],
        ),
        Layer::Filter => (None, vec![hint(Action::Commit, "keep"), hint(Action::Cancel, "show all")]),
        Layer::Confirm => {
            (Some("start over with other users?".into()), vec![hint(Action::Open, "yes"), hint(Action::Close, "no")])
        }
        Layer::Lessons(_) => (None, vec![choose(), hint(Action::Open, "begin it"), close]),
        Layer::Fork(_) => (Some("what if?".into()), vec![choose(), hint(Action::Open, "live it"), close]),
        Layer::Menu(_) => (None, vec![choose(), hint(Action::Open, "do it"), close]),
        Layer::Help(_) => (None, vec![hint(Action::Down, "scroll"), close]),
        Layer::Why(_) | Layer::Scope(_) => (None, insight::hints(app)),
        Layer::None => {
            let mut all = view_hints(app, snapshot, width);
            if let Some(guide) = &app.guide {
                all.retain(|(.., action)| action.is_none_or(|action| guide.offers(action)));
                let before_help = all.iter().position(|(.., action)| *action == Some(Action::Help));
                all.insert(before_help.unwrap_or(all.len()), usual(Action::Lessons));
            }
            (None, all)
        }
    }
}

fn view_hints(app: &App, snapshot: &Snapshot, width: u16) -> Vec<Hint> {
    let hint = |action: Action, does: &str| -> Hint { (app.keymap.cap(action).into(), does.into(), Some(action)) };
    let usual = |action: Action| hint(action, &app.keymap.binding(action).does);
    let other = if app.ui.other().stateful() { "stateful" } else { "stateless" };
    let pause = hint(Action::Pause, if snapshot.paused { "go on" } else { "pause" });
    let other = if snapshot.fork.is_some() { "the other future" } else { other };
    let mut all = vec![hint(Action::OtherWorld, other)];
    if snapshot.fork.is_some() && app.ui.view == View::Stage {
        all.push(hint(Action::Close, "one future again"));
    }
    if app.ui.view != View::Stage {
        if app.ui.view == View::Journal {
            all.push(usual(Action::Filter));
        }
        match app.ui.view {
            View::Charts => {}
            View::Table => {
                all.push(keys(app, &[Action::Left, Action::Right, Action::Up, Action::Down], "cell"));
            }
            _ => all.push(keys(app, &[Action::Up, Action::Down], "move")),
        }
        if app.ui.view == View::Sessions {
            all.push(hint(Action::Open, "its story"));
        }
        if matches!(app.ui.view, View::Sessions | View::Journal) {
            all.push(usual(Action::Why));
        }
        all.extend([
            hint(Action::NextView, "next view"),
            hint(Action::Close, "stage"),
            pause,
            usual(Action::Help),
            usual(Action::Quit),
        ]);
        return all;
    }
    let select = (digits_of(app, snapshot), "select".to_owned(), Some(Action::SelectInstance));
    let scene = snapshot.arm(app.ui.shown).map(|arm| &arm.scene);
    match app.ui.selected {
        Some(target) => {
            let verb = |action: Action| hint(action, &format!("{} {target}", app.keymap.binding(action).does));
            let health = match target {
                Target::Instance(id) => scene.and_then(|scene| scene.instance(id)).map(|instance| instance.health),
                Target::Store => snapshot.store(app.ui.worlds()).map(|store| store.health),
            };
            match health {
                Some(Health::Down) => all.push(verb(Action::Restart)),
                Some(Health::Hung) => all.extend([verb(Action::Restart), verb(Action::Kill)]),
                Some(Health::Starting) => all.push(verb(Action::Kill)),
                _ => {
                    all.extend([verb(Action::Kill), usual(Action::Hang), usual(Action::Slow)]);
                    if matches!(target, Target::Instance(_)) {
                        all.push(usual(Action::Drain));
                    }
                }
            }
            all.extend([usual(Action::Inspect), usual(Action::Why), select]);
            if !snapshot.history.is_empty() && snapshot.fork.is_none() {
                all.push(usual(Action::Undo));
            }
        }
        None => {
            all.extend([select, usual(Action::Kill)]);
            if !snapshot.history.is_empty() && snapshot.fork.is_none() {
                all.push(usual(Action::Undo));
            }
        }
    }
    all.push(pause);
    if snapshot.paused || width >= 100 {
        all.push(usual(Action::NextHop));
    }
    if app.ui.fits_both() {
        all.push(hint(Action::SideBySide, if app.ui.both() { "one world" } else { "compare" }));
    }
    if width >= 140 {
        all.extend([usual(Action::NextView), usual(Action::Burst), usual(Action::Palette)]);
    }
    all.extend([usual(Action::Help), usual(Action::Quit)]);
    all
}

/// The digits that select in the shown world.
pub(in crate::tui) fn digits_of(app: &App, snapshot: &Snapshot) -> String {
    snapshot.arm(app.ui.shown).map_or(String::new(), |arm| digits(&arm.scene))
}

/// The digits that select: `1 2 3`, of many `1–9`.
pub(in crate::tui) fn digits(scene: &Scene) -> String {
    let shown = scene.instances.iter().filter(|it| it.visible() && it.id <= 9);
    let ids: Vec<String> = shown.map(|it| it.id.to_string()).collect();
    match ids.as_slice() {
        [first, .., last] if ids.len() > 3 => format!("{first}–{last}"),
        few => few.join(" "),
    }
}

//! The journal: the newest events of the shown world as lines, newest last; `/` keeps those that contain all words.

use super::sentence::{bad, sentence};
use crate::event::{Event, What};
use crate::story::plural;
use crate::tui::app::App;
use crate::tui::keymap::Action;
use crate::tui::parts::{clock, fit, wrap};
use crate::tui::snapshot::{ArmView, Snapshot};
use crate::tui::stage::paint::{Brush, cells};
use crate::tui::state::{Layer, UiState};
use crate::tui::theme::Role;
use ratatui::layout::Rect;

pub(in crate::tui) fn draw(app: &App, snapshot: &Snapshot, area: Rect, brush: &mut Brush) {
    let Some(arm) = snapshot.arm(app.ui.shown) else { return };
    let lines = matching(arm, &app.ui.filter);
    let chosen = lines.len().saturating_sub(app.ui.back + 1);
    // The chosen sentence is told to its end, whatever room that takes.
    let room = area.width.saturating_sub(WORDS + 1);
    let whole = lines.get(chosen).map_or(Vec::new(), |(.., words)| wrap(words, room.into()));
    let rows = usize::from((area.height + 1).saturating_sub(1 + whole.len().max(1) as u16));
    // The chosen line is the last one in sight, but for the oldest page.
    let last = (chosen + 1).max(rows).min(lines.len());
    heading(app, area, lines.len(), lines.len() - last, brush);
    let first = last.saturating_sub(rows);
    let (dim, text) = (brush.theme.style(Role::Dim), brush.theme.style(Role::Text));
    let mut y = area.y + 1;
    for (at, (event, name, words)) in (first..last).zip(&lines[first..last]) {
        let mut told = vec![fit(words, room)];
        if at == chosen {
            brush.text(area.x, y, 1, "▸", brush.theme.bold(Role::Key));
            told.clone_from(&whole);
        }
        brush.text(area.x + 2, y, 10, &clock(event.at), dim);
        brush.text(area.x + WORDS - 7, y, 7, name, brush.theme.bold(Role::Text));
        let style = if bad(&event.what) { brush.theme.style(Role::Lost) } else { text };
        let mut end = area.x;
        for line in &told {
            end = brush.text(area.x + WORDS, y, room, line, style);
            y += 1;
        }
        let root = root(arm, event);
        if end + 2 + cells(&root) < area.right() {
            brush.text(end + 2, y - 1, cells(&root), &root, brush.theme.style(Role::Faint));
        }
    }
}

/// Where sentences begin: after the mark, the clock and a name.
const WORDS: u16 = 18;

fn heading(app: &App, area: Rect, count: usize, back: usize, brush: &mut Brush) {
    let mut words = format!("the newest {count} {}", plural("event", count));
    if back > 0 {
        words += &format!(", {back} after the chosen one");
    }
    let dim = brush.theme.style(Role::Dim);
    let x = brush.text(area.x + 2, area.y, area.width, &words, dim);
    let typing = app.ui.layer == Layer::Filter;
    if typing || !app.ui.filter.is_empty() {
        let caret = if typing { "▏" } else { "" };
        let bold = brush.theme.bold(Role::Key);
        brush.text(x + 3, area.y, area.right().saturating_sub(x + 3), &format!("with: {}{caret}", app.ui.filter), bold);
    }
}

/// Which command an event goes back to, if to any.
fn root(arm: &ArmView, event: &Event) -> String {
    if event.root == 0 || event.root == event.seq {
        return String::new();
    }
    let root = arm.journal.iter().find(|other| other.seq == event.root);
    match root.map(|root| root.what) {
        Some(What::Commanded { command }) => format!("← {command}"),
        _ => "← a command".into(),
    }
}

/// Events with their user's name and sentence, filtered.
fn matching<'a>(arm: &'a ArmView, filter: &str) -> Vec<(&'a Event, String, String)> {
    let wanted: Vec<String> = filter.split_whitespace().map(str::to_lowercase).collect();
    let lines = arm.journal.iter().map(|event| {
        let name = event.what.session().and_then(|session| arm.scene.name(session)).unwrap_or_default();
        (event, name, sentence(event))
    });
    lines
        .filter(|(_, name, words)| {
            wanted.iter().all(|word| words.to_lowercase().contains(word) || name.contains(word.as_str()))
        })
        .collect()
}

/// The chosen event.
pub(in crate::tui) fn selected(ui: &UiState, snapshot: &Snapshot) -> Option<Event> {
    let lines = matching(snapshot.arm(ui.shown)?, &ui.filter);
    lines.len().checked_sub(ui.back + 1).map(|at| *lines[at].0)
}

/// A key that scrolls.
pub(in crate::tui) fn navigate(ui: &mut UiState, snapshot: &Snapshot, action: Action) {
    let most = snapshot.arm(ui.shown).map_or(0, |arm| matching(arm, &ui.filter).len());
    let page = usize::from(ui.size.1.saturating_sub(6)).max(1);
    ui.back = match action {
        Action::Up => ui.back + 1,
        Action::Down => ui.back.saturating_sub(1),
        Action::PageUp => ui.back + page,
        Action::PageDown => ui.back.saturating_sub(page),
        Action::First => most,
        Action::Last => 0,
        _ => ui.back,
    }
    .min(most.saturating_sub(1));
}

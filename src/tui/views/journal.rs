//! The journal: the newest events of the shown world as lines, newest last; `/` keeps those that contain all words.

use super::sentence::{bad, sentence};
use crate::event::{Event, What};
use crate::text::plural;
use crate::tui::app::App;
use crate::tui::keymap::Action;
use crate::tui::parts::{clock, fine_clock, fit, wrap};
use crate::tui::snapshot::{ArmView, Snapshot};
use crate::tui::stage::paint::{Brush, CARET, cells};
use crate::tui::state::{Layer, UiState};
use crate::tui::theme::Role;
use crate::units::Nanos;
use ratatui::layout::Rect;

pub(in crate::tui) fn draw(app: &App, snapshot: &Snapshot, area: Rect, brush: &mut Brush) {
    let Some(arm) = snapshot.arm(app.ui.shown) else { return };
    let events = matching(arm, &app.ui.filter);
    let chosen = events.len().saturating_sub(app.ui.back + 1);
    // The chosen sentence is told to its end, whatever room that takes.
    let room = area.width.saturating_sub(WORDS + 1);
    let mut whole = events.get(chosen).map_or(Vec::new(), |event| wrap(&sentence(event), room.into()));
    let rows = usize::from(area.height).saturating_sub(whole.len().max(1));
    // The chosen line is the last one in sight, but for the oldest page.
    let last = (chosen + 1).max(rows).min(events.len());
    heading(app, area, events.len(), events.len() - last, brush);
    let first = last.saturating_sub(rows);
    let (dim, text) = (brush.theme.style(Role::Dim), brush.theme.style(Role::Text));
    let stamp = stamp(&events[first..last]);
    let mut y = area.y + 1;
    for (at, event) in (first..last).zip(&events[first..last]) {
        let told = if at == chosen { std::mem::take(&mut whole) } else { vec![fit(&sentence(event), room)] };
        if at == chosen {
            brush.text(area.x, y, 1, "▸", brush.theme.bold(Role::Key));
        }
        brush.text(area.x + 2, y, 10, &stamp(event.at), dim);
        brush.text(area.x + WORDS - 7, y, 7, &name(arm, event), brush.theme.bold(Role::Text));
        let style = if bad(&event.what) { brush.theme.style(Role::Lost) } else { text };
        let mut end = area.x;
        for line in &told {
            end = brush.text(area.x + WORDS, y, room, line, style);
            y += 1;
        }
        let root = root(arm, event);
        if end + 2 + cells(&root) < area.right() {
            brush.text(end + 2, y - 1, cells(&root), &root, dim);
        }
    }
}

/// How instants are written beside these events: to the millisecond where many share a tenth of a second.
fn stamp(events: &[&Event]) -> fn(Nanos) -> String {
    const CLOSE: Nanos = Nanos(3_000_000_000);
    const HOUR: Nanos = Nanos(3_600_000_000_000);
    match events {
        [first, .., last] if last.at.since(first.at) < CLOSE && last.at < HOUR => |at| fine_clock(at, 0.0),
        _ => clock,
    }
}

/// Where sentences begin: after the mark, the clock and a name.
const WORDS: u16 = 19;

fn heading(app: &App, area: Rect, count: usize, back: usize, brush: &mut Brush) {
    let mut words = format!("the newest {count} {}", plural("event", count));
    if back > 0 {
        words += &format!(", {back} after the chosen one");
    }
    let dim = brush.theme.style(Role::Dim);
    let x = brush.text(area.x + 2, area.y, area.width, &words, dim);
    let typing = app.ui.layer == Layer::Filter;
    if typing || !app.ui.filter.is_empty() {
        let caret = if typing { String::from(CARET) } else { String::new() };
        let bold = brush.theme.bold(Role::Key);
        brush.text(x + 3, area.y, area.right().saturating_sub(x + 3), &format!("with: {}{caret}", app.ui.filter), bold);
    }
}

/// Which command an event goes back to, if to any.
fn root(arm: &ArmView, event: &Event) -> String {
    if event.root == 0 || event.root == event.seq {
        return String::new();
    }
    let kept = arm.journal.binary_search_by_key(&event.root, |other| other.seq);
    match kept.map(|at| arm.journal[at].what) {
        Ok(What::Commanded { command }) => format!("← {command}"),
        _ => "← a command".into(),
    }
}

/// Whose it is, also after they have left.
fn name(arm: &ArmView, event: &Event) -> String {
    event.what.session().map_or_else(String::new, |session| arm.scene.clients.full_name(session))
}

/// Events whose name, sentence and root hold every word of the filter, and none that has a `-` before it. Without a filter,
/// no more need be told than are drawn.
fn matching<'a>(arm: &'a ArmView, filter: &str) -> Vec<&'a Event> {
    let wanted: Vec<String> = filter.split_whitespace().map(str::to_lowercase).collect();
    let holds = |event: &&Event| {
        let line = format!("{} {} {}", name(arm, event), sentence(event), root(arm, event)).to_lowercase();
        wanted.iter().all(|word| match word.strip_prefix('-') {
            Some(unwanted) => unwanted.is_empty() || !line.contains(unwanted),
            None => line.contains(word),
        })
    };
    arm.journal.iter().filter(|event| wanted.is_empty() || holds(event)).collect()
}

/// The chosen event.
pub(in crate::tui) fn selected(ui: &UiState, snapshot: &Snapshot) -> Option<Event> {
    let events = matching(snapshot.arm(ui.shown)?, &ui.filter);
    events.len().checked_sub(ui.back + 1).map(|at| *events[at])
}

/// The instant of the chosen event, which stays the chosen one when the list ends there.
pub(in crate::tui) fn go_to_selected(ui: &mut UiState, snapshot: &Snapshot) -> Option<Nanos> {
    let at = selected(ui, snapshot)?.at;
    let events = matching(snapshot.arm(ui.shown)?, &ui.filter);
    ui.back -= events.iter().rev().take_while(|event| event.at > at).count();
    Some(at)
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

//! What lies over the view: help, palette, menu, a question; `insight` draws what goes deeper.

use super::{cap, clear, fit, panel, reading, wrap};
use crate::tui::app::App;
use crate::tui::insight;
use crate::tui::keymap::Context;
use crate::tui::lesson::list;
use crate::tui::palette::{Palette, ROWS};
use crate::tui::screen::Areas;
use crate::tui::snapshot::Snapshot;
use crate::tui::stage::paint::{Brush, CARET, cells};
use crate::tui::state::{Layer, Verb};
use crate::tui::theme::Role;
use ratatui::layout::{Margin, Position, Rect};

pub(in crate::tui) fn draw(app: &App, snapshot: &Snapshot, areas: Areas, brush: &mut Brush) {
    match &app.ui.layer {
        Layer::Help(top) => help(app, snapshot, *top, brush),
        Layer::Palette(palette) => line(palette, areas, brush),
        Layer::Menu(at) => menu(app, *at, areas.view, brush),
        Layer::Fork(at) => super::futures::menu(app, snapshot, *at, areas.view, brush),
        Layer::Why(_) | Layer::Scope(_) => insight::draw(app, snapshot, areas, brush),
        Layer::Confirm => confirm(snapshot, areas.view, brush),
        Layer::Lessons(at) => list::draw(app, *at, areas.view, brush),
        Layer::Glossary(glossary) => reading::glossary(glossary, areas, brush),
        Layer::Welcome => reading::welcome(app, snapshot, areas.view, brush),
        Layer::None | Layer::Which(_) | Layer::Filter => {}
    }
}

/// A box in the middle of an area; returns its inside.
pub(in crate::tui) fn pop_up(brush: &mut Brush, within: Rect, width: u16, height: u16, title: &str) -> Rect {
    let (width, height) = (width.min(within.width), height.min(within.height));
    let area =
        Rect { x: within.x + (within.width - width) / 2, y: within.y + (within.height - height) / 2, width, height };
    clear(brush, area);
    panel(brush, area, title)
}

/// The menu's box, beside the instances, so that what it is about stays in sight.
fn menu_box(within: Rect) -> Rect {
    let (width, height) = (70.min(within.width), (Verb::ALL.len() as u16 + 2).min(within.height));
    let right = within.x + (u32::from(within.width) * 89 / 120) as u16;
    let x = right.saturating_sub(width).max(within.x);
    Rect { x, y: within.y + (within.height - height) / 2, width, height }
}

/// The row of the menu at a cell of the screen, if the menu is drawn into a view with one there.
pub(in crate::tui) fn menu_row(within: Rect, cell: Position) -> Option<usize> {
    let inside = menu_box(within).inner(Margin::new(1, 1));
    inside.contains(cell).then(|| usize::from(cell.y - inside.y))
}

/// All keys, from the keymap itself.
fn help(app: &App, snapshot: &Snapshot, top: u16, brush: &mut Brush) {
    let screen = brush.clip;
    let within = Rect { y: screen.y + 1, height: screen.height.saturating_sub(2), ..screen };
    let past = if snapshot.times.checkpoints.0 > 0 { super::time_bar::memory(snapshot) } else { String::new() };
    let about = format!("all keys · seed {} · scenario {}", snapshot.scenario.seed, snapshot.scenario.name);
    let title = if past.is_empty() { about } else { format!("{about} · {past}") };
    // What would be left of the picture at both sides can no longer be read.
    clear(brush, within);
    let inside = pop_up(brush, within, HELP, within.height, &title);
    let room = inside.width.saturating_sub(KEYS);
    let lines = help_lines(app, room);
    let top = usize::from(top.min(help_end(app, screen.width, screen.height)));
    for (y, line) in (inside.top()..inside.bottom()).zip(lines.iter().skip(top)) {
        match line {
            HelpLine::Head(title) => {
                brush.text(inside.x + 1, y, inside.width, title, brush.theme.bold(Role::State));
            }
            HelpLine::Key(keys, words) => {
                brush.text(inside.x + 2, y, 20, keys, brush.theme.bold(Role::Key));
                brush.text(inside.x + 23, y, room, words, brush.theme.style(Role::Text));
            }
            HelpLine::Gap => {}
        }
    }
}

/// The width of the help, and of what stands left of its words.
const HELP: u16 = 110;
const KEYS: u16 = 24;

enum HelpLine {
    Head(&'static str),
    Key(String, String),
    Gap,
}

fn help_lines(app: &App, room: u16) -> Vec<HelpLine> {
    let mut lines = Vec::new();
    for context in Context::ALL {
        lines.push(HelpLine::Head(context.title()));
        for binding in app.keymap.context(context) {
            let mut keys = binding.keys.join(" ");
            for words in wrap(&binding.help, room.into()) {
                lines.push(HelpLine::Key(std::mem::take(&mut keys), words));
            }
        }
        lines.push(HelpLine::Gap);
    }
    lines.pop();
    lines
}

/// The line of the help that is at the top when it is scrolled to its end.
pub(in crate::tui) fn help_end(app: &App, width: u16, height: u16) -> u16 {
    let room = width.min(HELP).saturating_sub(2 + KEYS);
    (help_lines(app, room).len() as u16).saturating_sub(height.saturating_sub(4))
}

/// The line for commands, above the footer, its proposals above it.
fn line(palette: &Palette, areas: Areas, brush: &mut Brush) {
    let proposals = palette.proposals();
    let height = (ROWS as u16 + 1).min(areas.view.height) + 2;
    let area = Rect { y: areas.footer.y.saturating_sub(height), height, ..areas.footer };
    clear(brush, area);
    let inside = panel(brush, area, "do something to the service");
    let (text, dim, bold) = (brush.theme.style(Role::Text), brush.theme.style(Role::Dim), brush.theme.bold(Role::Key));
    let x = brush.text(inside.x + 1, inside.y, inside.width, ": ", dim);
    let x = brush.text(x, inside.y, inside.width, &palette.text, bold);
    brush.put(x, inside.y, CARET, brush.theme.style(Role::State));
    let x = x + 1;
    if let Some(error) = &palette.error {
        let (room, style) = (inside.right().saturating_sub(x + 2), brush.theme.style(Role::Lost));
        if cells(error) <= room || !proposals.is_empty() {
            brush.text(x + 2, inside.y, room, &fit(error, room), style);
        } else {
            for (y, part) in (inside.y + 1..inside.bottom()).zip(wrap(error, (inside.width - 2).into())) {
                brush.text(inside.x + 2, y, inside.width - 2, &part, style);
            }
        }
    }
    // In columns; where there are still more, a page around the chosen one.
    let rows = usize::from(inside.height.saturating_sub(1)).max(1);
    let pitch = proposals.iter().map(|form| cells(form)).max().unwrap_or(0) + 4;
    let page = rows * usize::from((inside.width.saturating_sub(2) / pitch).max(1));
    let first = palette.chosen.unwrap_or(0) / page * page;
    for (at, form) in proposals.iter().enumerate().skip(first).take(page) {
        let (column, row) = ((at - first) / rows, (at - first) % rows);
        let (x, y) = (inside.x + 2 + column as u16 * pitch, inside.y + 1 + row as u16);
        let style = if palette.chosen == Some(at) { brush.theme.chip(Role::Key) } else { text };
        brush.text(x, y, inside.right().saturating_sub(x + 1), &format!(" {form} "), style);
    }
    if proposals.len() > page {
        let last = (first + page).min(proposals.len());
        let words = format!(" {} to {last} of {}: type, or choose ", first + 1, proposals.len());
        brush.text_right(area.right() - 2, area.bottom() - 1, area.width - 4, &words, dim);
    }
}

/// The verbs of the selection, with their keys.
fn menu(app: &App, at: usize, within: Rect, brush: &mut Brush) {
    let Some(target) = app.ui.selected else { return };
    let area = menu_box(within);
    clear(brush, area);
    let inside = panel(brush, area, &target.name());
    for (y, (index, verb)) in (inside.top()..inside.bottom()).zip(Verb::ALL.into_iter().enumerate()) {
        let binding = app.keymap.binding(verb.action());
        let possible = verb.command(target).is_some();
        let words = if possible { binding.help.as_str() } else { "not a store" };
        let x = cap(brush, inside.x + 1, y, app.keymap.cap(verb.action()), index == at);
        let style = if index == at { brush.theme.bold(Role::Text) } else { brush.theme.style(Role::Dim) };
        brush.text(x + 1, y, 8, verb.word(), style);
        brush.text(x + 10, y, inside.right().saturating_sub(x + 10), words, style);
    }
}

fn confirm(snapshot: &Snapshot, within: Rect, brush: &mut Brush) {
    let inside = pop_up(brush, within, 60, 5, "new seed");
    let text = brush.theme.style(Role::Text);
    let seed = snapshot.scenario.seed.wrapping_add(1);
    brush.text(inside.x + 1, inside.y, inside.width, &format!("Start over with other users (seed {seed})?"), text);
    brush.text(inside.x + 1, inside.y + 1, inside.width, "This run and your commands are gone then.", text);
    brush.text(inside.x + 1, inside.y + 2, inside.width, "Enter: yes    Esc: no", brush.theme.bold(Role::Key));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_verb_of_the_menu_has_a_key_that_does_it() {
        let keymap = crate::tui::keymap::Keymap::shipped();
        for verb in Verb::ALL {
            let binding = keymap.binding(verb.action());
            assert!(keymap.context(Context::Stage).contains(binding));
        }
    }
}

//! What is there to be read: the glossary, and the card that a beginner sees first.

use super::{clear, fit, panel, wrap};
use crate::text::{any, plural};
use crate::tui::app::App;
use crate::tui::glossary::Glossary;
use crate::tui::screen::Areas;
use crate::tui::snapshot::Snapshot;
use crate::tui::stage::each_cell_a_session;
use crate::tui::stage::paint::{Brush, CARET};
use crate::tui::theme::{Glyph, Role};
use crate::tui::views::stage;
use ratatui::layout::Rect;

/// The height of the glossary, borders included.
const HEIGHT: u16 = 11;
/// The width of the list of terms.
const LIST: u16 = 22;
/// Columns and rows of the card for beginners.
const CARD: (u16, u16) = (34, 6);

/// The line, the terms that fit, and what the chosen one means: above the footer, so that the picture stays in sight.
pub(super) fn glossary(glossary: &Glossary, areas: Areas, brush: &mut Brush) {
    let height = HEIGHT.min(areas.footer.y.saturating_sub(areas.view.y));
    let area = Rect { y: areas.footer.y - height, height, ..areas.footer };
    clear(brush, area);
    let inside = panel(brush, area, "what does it mean?");
    let (text, dim, bold) = (brush.theme.style(Role::Text), brush.theme.style(Role::Dim), brush.theme.bold(Role::Key));
    let x = brush.text(inside.x + 1, inside.y, inside.width, &glossary.text, bold);
    brush.put(x, inside.y, CARET, brush.theme.style(Role::State));

    let found = glossary.found();
    let rows = usize::from(inside.height.saturating_sub(1));
    let top = (glossary.at + 1).saturating_sub(rows);
    for (y, (at, term)) in (inside.y + 1..inside.bottom()).zip(found.iter().enumerate().skip(top)) {
        let style = if at == glossary.at { brush.theme.chip(Role::Key) } else { dim };
        brush.text(inside.x + 1, y, LIST, &format!(" {} ", fit(&term.name, LIST - 3)), style);
    }
    let x = inside.x + LIST + 2;
    let room = inside.right().saturating_sub(x + 1);
    let Some(term) = glossary.term() else {
        brush.text(x, inside.y + 1, room, "no term has these letters", dim);
        return;
    };
    let others = if term.aliases.is_empty() { String::new() } else { format!("   also: {}", term.aliases.join(", ")) };
    let after = brush.text(x, inside.y + 1, room, &term.name, brush.theme.bold(Role::State));
    brush.text(
        after,
        inside.y + 1,
        inside.right().saturating_sub(after + 1),
        &fit(&others, inside.right().saturating_sub(after + 1)),
        dim,
    );
    let lines = wrap(&term.says, usize::from(room));
    for (y, line) in (inside.y + 2..inside.bottom()).zip(&lines) {
        brush.text(x, y, room, line, text);
    }
    if !term.see.is_empty() {
        let words = fit(&format!("see also: {}", term.see.join(", ")), room);
        brush.text(x, inside.bottom() - 1, room, &words, dim);
    }
}

/// Four lines over the running picture, beside the instances so that what they speak of stays in sight.
pub(super) fn welcome(app: &App, snapshot: &Snapshot, within: Rect, brush: &mut Brush) {
    let noun = &snapshot.scenario.noun;
    let mut worlds = stage::places(app, within).into_iter();
    let shown = worlds.find(|(home, _)| *home == app.ui.shown).map_or(within, |(_, area)| area);
    let scene = snapshot.arm(app.ui.shown).map(|arm| &arm.scene);
    let whole = scene.is_some_and(|scene| each_cell_a_session(scene, shown));
    let meaning = if whole { format!(" is somebody's {noun}.") } else { format!(" is an item in {}.", any(noun)) };
    let (width, height) = (CARD.0.min(within.width), CARD.1.min(within.height));
    let (x, y) = (within.x + within.width * 2 / 5 - width / 2, within.y + (within.height - height) / 2);
    let area = Rect { x, y, width, height };
    clear(brush, area);
    let inside = panel(brush, area, "welcome");
    let (text, dim) = (brush.theme.style(Role::Text), brush.theme.style(Role::Dim));
    let square = brush.theme.glyph(if whole { Glyph::Whole } else { Glyph::Item }).to_string();
    let x = brush.text(inside.x + 1, inside.y, 2, &square, brush.theme.bold(Role::State));
    brush.text(x, inside.y, inside.width - 2, &meaning, text);
    brush.text(
        inside.x + 1,
        inside.y + 1,
        inside.width - 1,
        &format!("Watch where the {} are.", plural(noun, 2)),
        text,
    );
    for (y, words) in (inside.y + 2..).zip(["Enter: a lesson of six minutes", "any other key: play"]) {
        brush.text(inside.x + 1, y, inside.width - 1, words, dim);
    }
}

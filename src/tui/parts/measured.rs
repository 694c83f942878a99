//! The panel under the coach: the textbook's rows, one column a world; in a lesson the counters it asks for.
//!
//! ```text
//! ╭─ measured so far, same traffic in both worlds ────────────────────────────────────╮
//! │                       STATELESS token         STATEFUL sticky         textbook    │
//! │ Fault tolerance       12 of 12 sessions live  8 of 12 sessions live   ✓high ✓low  │
//! ```

use super::{compare, panel};
use crate::tui::app::App;
use crate::tui::snapshot::Snapshot;
use crate::tui::stage::paint::{Brush, cells};
use crate::tui::theme::Role;
use crate::tui::views::table::{Cells, TEXTBOOK, head, style, textbook};
use ratatui::layout::Rect;

/// Where the columns of the worlds begin.
const FIRST: u16 = 23;
/// The room for the textbook's words, and a blank before the border.
const LAST: u16 = TEXTBOOK + 1;

pub(in crate::tui) fn draw(app: &App, snapshot: &Snapshot, area: Rect, brush: &mut Brush) {
    if area.is_empty() {
        return;
    }
    if snapshot.fork.is_some() {
        return super::futures::measured(app, snapshot, area, brush);
    }
    let inside = panel(brush, area, "measured so far, same traffic in both worlds");
    if app.guide.is_some() {
        // A lesson asks for plain counters, and the textbook's verdicts would give its answers away.
        let lines = Rect { y: inside.y + 1, height: inside.height.saturating_sub(1), ..inside };
        return compare::draw(app, snapshot, lines, brush);
    }
    let theme = brush.theme;
    let width = (inside.width.saturating_sub(FIRST + LAST) / 2).clamp(1, 36);
    let column = |at: usize| inside.x + FIRST + at as u16 * width;
    let worlds = app.ui.worlds();
    for (at, home) in worlds.into_iter().enumerate() {
        let (words, style) = head(home, app, theme);
        let words = if cells(&words) < width { &words } else { home.id() };
        brush.text(column(at), inside.y, width - 1, words, style);
    }
    brush.text(column(2), inside.y, TEXTBOOK, "textbook", theme.style(Role::Dim));
    let table = Cells::of(snapshot, worlds);
    for (y, row) in (inside.y + 1..inside.bottom()).zip(&table.rows) {
        brush.text(inside.x + 1, y, FIRST - 2, row.title, theme.style(Role::Text));
        for (at, cell) in worlds.iter().enumerate().filter_map(|(at, &home)| Some((at, table.cell(row, home)?))) {
            brush.text(column(at), y, width - 1, &cell.text, style(cell, theme));
        }
        textbook(row, &table, worlds, column(2), y, brush);
    }
}

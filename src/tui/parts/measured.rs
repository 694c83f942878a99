//! The panel under the coach: what has been measured so far, one column a world.

use super::{panel, world};
use crate::tui::app::App;
use crate::tui::snapshot::Snapshot;
use crate::tui::stage::paint::Brush;
use crate::tui::theme::Role;
use crate::tui::views::table::{Table, role};
use ratatui::layout::Rect;

/// Where the columns of the worlds begin.
const FIRST: u16 = 24;

pub(in crate::tui) fn draw(app: &App, snapshot: &Snapshot, area: Rect, brush: &mut Brush) {
    if area.is_empty() {
        return;
    }
    let inside = panel(brush, area, "measured so far, same traffic in both worlds");
    let table = Table::of(snapshot);
    let width = (inside.width.saturating_sub(FIRST)) / 2;
    let column = |at: usize| inside.x + FIRST + at as u16 * width;
    for (at, &home) in table.homes.iter().enumerate().take(2) {
        let (kind, place) = world(home);
        let style = if home == app.ui.shown { brush.theme.bold(Role::State) } else { brush.theme.bold(Role::Text) };
        brush.text(column(at), inside.y, width - 1, &format!("{kind} {place}"), style);
    }
    for (y, row) in (inside.y + 1..inside.bottom()).zip(&table.rows) {
        brush.text(inside.x + 1, y, FIRST - 2, row.name, brush.theme.style(Role::Text));
        for (at, cell) in row.cells.iter().enumerate().take(2) {
            brush.text(column(at), y, width - 1, &cell.text, role(cell.state, brush.theme));
        }
    }
}

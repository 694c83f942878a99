//! What there is to know about the selected cell: what it is made of, how it is measured, what the textbook says.

use super::{Cells, MORE, order, wrap_figures};
use crate::scenario::Home;
use crate::table::{Cell, Row, family};
use crate::tui::app::App;
use crate::tui::keymap::Action;
use crate::tui::parts::{cap, fit};
use crate::tui::snapshot::{ArmView, Snapshot};
use crate::tui::stage::paint::Brush;
use crate::tui::theme::Role;
use ratatui::layout::Rect;

/// The row whose cells are measured by trials of their own, which take their time.
const SCALABILITY: usize = 0;

/// A heading, and words under it.
type Entry = (String, String);

pub(super) fn lines(app: &App, snapshot: &Snapshot, cells: &Cells) -> Vec<Entry> {
    let home = order(&app.ui)[app.ui.column];
    let Some(row) = cells.rows.get(app.ui.row) else {
        let Some((_, formula, read)) = MORE.get(app.ui.row - cells.rows.len()) else { return Vec::new() };
        let figure = snapshot.arm(home).map_or(String::new(), |arm| read(arm, snapshot).0);
        return vec![(home.id().into(), figure), ("measured as".into(), (*formula).into())];
    };
    let mut lines = Vec::new();
    if let Some(cell) = cells.cell(row, home) {
        let word = cell.word.map_or(String::new(), |word| format!(": {}", word.text()));
        let inputs = cell.inputs.iter().map(|(name, value)| format!("{name} {value}")).collect::<Vec<_>>();
        lines.push((home.id().into(), format!("{}{word}", cell.text)));
        lines.push(("from".into(), inputs.join(" · ")));
    }
    let waits = |arm: &ArmView| arm.findings.progress.0 < arm.findings.progress.1;
    if app.ui.row == SCALABILITY && snapshot.arm(home).is_some_and(waits) {
        lines.push(("measuring".into(), "one home after the other, about a minute each".into()));
    }
    let found = cells.cell(row, home).and_then(|cell| found(row, home, cell));
    lines.extend(found.into_iter().chain([("measured as".into(), row.formula.into())]));
    lines.extend([("textbook".into(), says(row)), ("mind".into(), row.caveat.into())]);
    lines
}

/// What the textbook says of the two families.
fn says(row: &Row) -> String {
    let ([stateless, stateful], [high, low]) = (row.textbook, row.thresholds);
    if row.graded() {
        format!("stateless {stateless}, stateful {stateful}; high from {high}, low below {low}")
    } else {
        format!("stateless: {stateless}; stateful: {stateful}")
    }
}

/// How the cell compares with that, once it is measured.
fn found(row: &Row, home: Home, cell: &Cell) -> Option<Entry> {
    let (expected, family) = (row.expects(home), family(home.stateful()));
    let word = cell.word?.text();
    Some(if word == expected {
        ("here".into(), format!("{home} came out {word}, as the textbook says for {family}"))
    } else {
        ("here it differs".into(), format!("{home} came out {word}, the textbook says {expected} for {family}"))
    })
}

/// Headings and words, wrapped. Where not all has room, the upper part or the lower one, and the key to the other.
pub(super) fn draw(app: &App, lines: &[Entry], area: Rect, brush: &mut Brush) {
    let (dim, text) = (brush.theme.style(Role::Dim), brush.theme.style(Role::Text));
    let left = if area.width < 100 { 17 } else { 21 };
    let width = area.width.saturating_sub(left + 3).min(96);
    let mut rows = Vec::new();
    for (at, (name, words)) in lines.iter().enumerate().filter(|(_, (_, words))| !words.is_empty()) {
        let style = if at == 0 { brush.theme.bold(Role::Key) } else { dim };
        for (nth, line) in wrap_figures(words, width.into()).into_iter().enumerate() {
            rows.push((if nth == 0 { name.as_str() } else { "" }, style, line));
        }
    }
    let room = usize::from(area.height);
    let cut = rows.len() > room && room > 1;
    // A row is the hint's.
    let room = if cut { room - 1 } else { room };
    let from = if cut && app.ui.lower { rows.len() - room } else { 0 };
    for (y, (name, style, line)) in (area.y..).zip(rows.iter().skip(from).take(room)) {
        brush.text(area.x + 1, y, left - 1, name, *style);
        brush.text(area.x + left + 1, y, width, &fit(line, width), text);
    }
    if cut {
        let (key, words) = match app.ui.lower {
            true => (Action::PageUp, "what stands above"),
            false => (Action::PageDown, "there is more"),
        };
        let y = area.bottom() - 1;
        let x = cap(brush, area.x + left + 1, y, app.keymap.cap(key), false);
        brush.text(x + 1, y, width, words, dim);
    }
}

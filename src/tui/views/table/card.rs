//! What there is to know about the selected cell: what it is made of, how it is measured, what the textbook says.

use super::{Cells, MORE, order, wrap_figures};
use crate::table::{Row, Verdict};
use crate::tui::app::App;
use crate::tui::parts::fit;
use crate::tui::snapshot::Snapshot;
use crate::tui::stage::paint::Brush;
use crate::tui::theme::Role;
use ratatui::layout::Rect;

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
    let [says, found] = textbook(app, row);
    lines.extend([found, ("measured as".into(), row.formula.into()), says, ("mind".into(), row.caveat.into())]);
    lines
}

/// What the textbook says of the two families, and how the two chosen worlds compare.
fn textbook(app: &App, row: &Row) -> [Entry; 2] {
    let ([stateless, stateful], [high, low]) = (row.textbook, row.thresholds);
    let [one, other] = app.ui.worlds();
    let mut says = format!("stateless {stateless}, stateful {stateful}");
    // A row without a figure has no threshold either.
    if high > 0.0 {
        says += &format!("; high from {high}, low below {low}");
    }
    let (heading, found) = match &row.verdict {
        Verdict::Agrees => ("here", format!("{one} and {other} came out as the textbook says")),
        Verdict::Differs(why) => ("here it differs", why.clone()),
        Verdict::Open(what) => ("not known yet", what.clone()),
    };
    [("textbook".into(), says), (heading.into(), found)]
}

/// Headings and words, wrapped.
pub(super) fn draw(lines: &[Entry], area: Rect, brush: &mut Brush) {
    let (dim, text) = (brush.theme.style(Role::Dim), brush.theme.style(Role::Text));
    let left = if area.width < 100 { 17 } else { 21 };
    let width = area.width.saturating_sub(left + 3).min(96);
    let mut y = area.y;
    for (at, (name, words)) in lines.iter().enumerate().filter(|(_, (_, words))| !words.is_empty()) {
        for (nth, line) in wrap_figures(words, usize::from(width)).iter().enumerate() {
            if y >= area.bottom() {
                return;
            }
            if nth == 0 {
                brush.text(area.x + 1, y, left - 1, name, if at == 0 { brush.theme.bold(Role::Key) } else { dim });
            }
            brush.text(area.x + left + 1, y, width, &fit(line, width), text);
            y += 1;
        }
    }
}

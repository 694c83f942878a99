//! The table: the textbook's rows, a column for each of the six homes, every cell measured in this run, and what else is
//! worth measuring. The selected cell opens its formula, its inputs and its caveat.

mod card;
mod grid;

use crate::ledger::RunReport;
use crate::scenario::Home;
use crate::table::{Cell, Column, Row, summary};
use crate::tui::app::App;
use crate::tui::keymap::Action;
use crate::tui::parts::{bytes, full_name, span, wrap};
use crate::tui::snapshot::{ArmView, Snapshot};
use crate::tui::stage::paint::Brush;
use crate::tui::state::UiState;
use crate::tui::theme::{Role, Theme};
use ratatui::layout::Rect;
use ratatui::style::Style;

/// What else is measured: its name, how, and how it is read.
const MORE: [(&str, &str, Reading); 3] = [
    (
        "Failed requests",
        "requests that ended neither ok nor stale, of all that ended, since the run began",
        |arm, _| {
            let outcomes = &arm.figures.requests.outcomes;
            let (failed, ended) = (outcomes.failed(), outcomes.total());
            let share = if ended > 0 { 100.0 * failed as f64 / ended as f64 } else { 0.0 };
            (format!("{failed} of {ended}, {share:.1} %"), failed > 0)
        },
    ),
    (
        "Waiting, p50 and p99",
        "over every planned request, from its first attempt to its useful success, re-logins and retries included; failures rank above every success",
        |arm, snapshot| {
            let wait = &arm.figures.wait_ms;
            // Slow is what was measured, and no word beside it; of two times it is said once.
            let slow =
                |ms: Option<f64>| if ms.is_some() && snapshot.scenario.slow_motion != 1.0 { " slowed" } else { "" };
            let figure = |ms| waiting(&arm.figures, ms);
            let first = if wait.p99.is_none() { slow(wait.p50) } else { "" };
            (format!("{}{first}, {}{}", figure(wait.p50), figure(wait.p99), slow(wait.p99)), false)
        },
    ),
    (
        "Traffic inside",
        "bytes between instances, and between instances and the store, divided by the requests that ended",
        |arm, _| {
            let sum = arm.figures.bytes.replication + arm.figures.bytes.store;
            let ended = arm.figures.requests.ended.max(1);
            (format!("{}/request", bytes(sum as f64 / ended as f64)), false)
        },
    ),
];

/// A cell's words, and whether harm was done.
type Reading = fn(&ArmView, &Snapshot) -> (String, bool);

/// A waiting time in words: among failures there is none.
pub(in crate::tui) fn waiting(figures: &RunReport, ms: Option<f64>) -> String {
    if ms.is_none() && figures.requests.outcomes.failed() > 0 { "failed".into() } else { span(ms) }
}

/// The median of the waiting times: where it is among failures, no time.
pub(in crate::tui) fn median(figures: &RunReport) -> String {
    let ms = figures.wait_ms.p50;
    if ms.is_none() && figures.requests.outcomes.failed() > 0 { "most fail".into() } else { span(ms) }
}

/// What is measured, one cell for each of the worlds.
pub(in crate::tui) struct Cells {
    /// Whose cells the rows hold, in this order.
    homes: Vec<Home>,
    /// The textbook's rows.
    pub rows: Vec<Row>,
}

impl Cells {
    /// How many rows the textbook has.
    const ROWS: usize = 5;

    /// As of now, for the chosen worlds and whichever others the snapshot has.
    pub fn of(snapshot: &Snapshot, chosen: [Home; 2]) -> Self {
        let (pair, others): (Vec<_>, Vec<_>) = snapshot.arms.iter().partition(|arm| chosen.contains(&arm.home));
        let mut rows = summary(&columns(snapshot, &pair));
        for (row, other) in rows.iter_mut().zip(summary(&columns(snapshot, &others))) {
            row.cells.extend(other.cells);
        }
        Self { homes: pair.iter().chain(&others).map(|arm| arm.home).collect(), rows }
    }

    /// A world's cell in a row; none while the world is not there.
    pub fn cell<'a>(&self, row: &'a Row, home: Home) -> Option<&'a Cell> {
        row.cells.get(self.homes.iter().position(|&of| of == home)?)
    }
}

fn columns<'a>(snapshot: &'a Snapshot, arms: &[&'a ArmView]) -> Vec<Column<'a>> {
    let column = |arm: &&'a ArmView| Column {
        home: arm.home,
        scenario: &snapshot.scenario,
        figures: &arm.figures,
        capacities: &arm.findings.capacities,
        progress: arm.findings.progress,
    };
    arms.iter().map(column).collect()
}

/// The worlds in the order of their columns: the two chosen ones, then the others.
pub(in crate::tui) fn order(ui: &UiState) -> Vec<Home> {
    let chosen = ui.worlds();
    chosen.into_iter().chain(Home::ALL.into_iter().filter(|home| !chosen.contains(home))).collect()
}

/// The style of a cell of the summary.
pub(in crate::tui) const fn style(cell: &crate::table::Cell, theme: &Theme) -> Style {
    match (cell.harm, cell.word.is_some()) {
        (true, _) => theme.bold(Role::Lost),
        (false, true) => theme.bold(Role::Text),
        (false, false) => theme.style(Role::Dim),
    }
}

/// Whether a cell is what the textbook says of its world; a blank while it is not measured.
pub(in crate::tui) fn mark(row: &Row, home: Home, cell: Option<&Cell>, theme: &Theme) -> (&'static str, Style) {
    match cell.and_then(|cell| row.agrees(home, cell)) {
        Some(true) => ("✓", theme.style(Role::Text)),
        Some(false) => ("≠", theme.style(Role::Stale)),
        None => (" ", theme.style(Role::Dim)),
    }
}

/// The textbook's words for these worlds, each behind its mark, in [`TEXTBOOK`] cells: `✓high ≠low`.
pub(in crate::tui) fn textbook(row: &Row, cells: &Cells, homes: [Home; 2], x: u16, y: u16, brush: &mut Brush) {
    let dim = brush.theme.style(Role::Dim);
    if !row.graded() {
        brush.text(x, y, TEXTBOOK, " …", dim);
        return;
    }
    // Each verdict has a place of its own, whatever stands before it.
    for (x, home) in (x..).step_by(6).zip(homes) {
        let (sign, style) = mark(row, home, cells.cell(row, home), brush.theme);
        brush.text(x, y, 1, sign, style);
        brush.text(x + 1, y, 4, row.expects(home), dim);
    }
}

/// The room for the textbook's words for two worlds.
pub(in crate::tui) const TEXTBOOK: u16 = 11;

/// A world's name over its column.
pub(in crate::tui) fn head(home: Home, app: &App, theme: &Theme) -> (String, Style) {
    let role = if home == app.ui.shown { Role::State } else { Role::Text };
    (full_name(home), theme.bold(role))
}

pub(in crate::tui) fn draw(app: &App, snapshot: &Snapshot, area: Rect, brush: &mut Brush) {
    let cells = Cells::of(snapshot, app.ui.worlds());
    let y = grid::draw(app, snapshot, &cells, area, brush);
    let y = y + u16::from(area.height > 20);
    let room = Rect { y, height: area.bottom().saturating_sub(y), ..area };
    card::draw(app, &card::lines(app, snapshot, &cells), room, brush);
}

/// Words in lines of at most `width` characters; no line ends between a number and its unit.
fn wrap_figures(words: &str, width: usize) -> Vec<String> {
    const BOUND: char = '\u{a0}';
    let mut bound = String::new();
    for word in words.split(' ') {
        let unit = word.contains('/') || matches!(word.trim_end_matches([',', ';', '.']), "s" | "ms" | "%" | "B");
        let number =
            bound.rsplit([' ', BOUND]).next().is_some_and(|last| last.ends_with(|end: char| end.is_ascii_digit()));
        if !bound.is_empty() {
            bound.push(if unit && number { BOUND } else { ' ' });
        }
        bound.push_str(word);
    }
    wrap(&bound, width).iter().map(|line| line.replace(BOUND, " ")).collect()
}

/// A key that moves the selection.
pub(in crate::tui) fn navigate(ui: &mut UiState, action: Action) {
    let (rows, columns) = (Cells::ROWS + MORE.len(), Home::ALL.len());
    ui.lower = action == Action::PageDown;
    match action {
        Action::Up => ui.row = ui.row.saturating_sub(1),
        Action::Down => ui.row += 1,
        Action::Left => ui.column = ui.column.saturating_sub(1),
        Action::Right => ui.column += 1,
        Action::First => ui.row = 0,
        Action::Last => ui.row = rows - 1,
        _ => {}
    }
    (ui.row, ui.column) = (ui.row.min(rows - 1), ui.column.min(columns - 1));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_stays_with_its_unit() {
        assert_eq!(wrap_figures("resends 396 B/request", 15), ["resends", "396 B/request"]);
        assert_eq!(wrap_figures("7.55 s, 10.35 s slowed", 15), ["7.55 s, 10.35 s", "slowed"]);
        assert_eq!(wrap_figures("12 of 12 sessions live", 15), ["12 of 12", "sessions live"]);
    }

    #[test]
    fn words_wrap_at_the_width_and_none_is_lost() {
        let words = MORE[1].1;
        for width in [1, 10, 40, 200] {
            let lines = wrap(words, width);
            assert_eq!(lines.join(" "), words);
            assert!(lines.iter().all(|line| line.chars().count() <= width || !line.contains(' ')));
        }
    }
}

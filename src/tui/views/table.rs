//! The table: the textbook's rows, each cell measured in this run, and what else is worth measuring. The selected row
//! opens its formula, its inputs and its caveat.

use crate::report::RunReport;
use crate::scenario::Home;
use crate::table::{Column, Row, Verdict, summary};
use crate::tui::app::App;
use crate::tui::keymap::Action;
use crate::tui::parts::compare::failed;
use crate::tui::parts::{bytes, fit, span, world, wrap};
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
            let (failed, ended) = (failed(arm), arm.figures.requests.ended);
            let share = if ended > 0 { 100.0 * failed as f64 / ended as f64 } else { 0.0 };
            (format!("{failed} of {ended} ({share:.1} %)"), failed > 0)
        },
    ),
    (
        "Waiting, p50 and p99",
        "over every planned request, from its first attempt to its useful success, re-logins and retries included; failures rank above every success",
        |arm, snapshot| {
            let wait = &arm.figures.wait_ms;
            let slowed = if snapshot.scenario.slow_motion == 1.0 { "" } else { " slowed" };
            let figure = |ms| waiting(&arm.figures, ms);
            (format!("{}, {}{slowed}", figure(wait.p50), figure(wait.p99)), false)
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
    if ms.is_none() && figures.requests.ended > 0 { "failed".into() } else { span(ms) }
}

/// The textbook's rows, measured so far.
pub(in crate::tui) fn rows(snapshot: &Snapshot) -> Vec<Row> {
    let columns: Vec<Column> = snapshot
        .arms
        .iter()
        .map(|arm| Column {
            home: arm.home,
            figures: &arm.figures,
            capacities: &arm.findings.capacities,
            progress: arm.findings.progress,
        })
        .collect();
    summary(&snapshot.scenario, &columns)
}

/// The style of a cell of the summary.
pub(in crate::tui) const fn style(cell: &crate::table::Cell, theme: &Theme) -> Style {
    match (cell.harm, cell.word.is_some()) {
        (true, _) => theme.bold(Role::Lost),
        (false, true) => theme.bold(Role::Text),
        (false, false) => theme.style(Role::Dim),
    }
}

/// A verdict in a few cells.
pub(in crate::tui) fn verdict(verdict: &Verdict, theme: &Theme) -> (&'static str, Style) {
    match verdict {
        Verdict::Agrees => ("✓ agrees", theme.style(Role::Text)),
        Verdict::Differs(_) => ("≠ differs", theme.style(Role::Stale)),
        Verdict::Open(_) => ("  …", theme.style(Role::Dim)),
    }
}

/// A world's name over its column.
pub(in crate::tui) fn head(home: Home, app: &App, theme: &Theme) -> (String, Style) {
    let (kind, place) = world(home);
    let role = if home == app.ui.shown { Role::State } else { Role::Text };
    (format!("{kind} {place}"), theme.bold(role))
}

pub(in crate::tui) fn draw(app: &App, snapshot: &Snapshot, area: Rect, brush: &mut Brush) {
    let theme = brush.theme;
    let rows = rows(snapshot);
    let first = if area.width >= 100 { 25 } else { 24 };
    let column = ((area.width.saturating_sub(first + 12)) / 2).clamp(1, 32);
    let x = |at: usize| area.x + first + at as u16 * column;
    let textbook = x(2);
    for (at, arm) in snapshot.arms.iter().enumerate().take(2) {
        let (words, style) = head(arm.home, app, theme);
        brush.text(x(at), area.y, column - 1, &words, style);
    }
    brush.text(textbook, area.y, area.right().saturating_sub(textbook), "textbook", theme.style(Role::Dim));
    let mut y = area.y + 1;
    let title = |brush: &mut Brush, y: u16, index: usize, words: &str| {
        let style = if index == app.ui.row { theme.chip(Role::Key) } else { theme.style(Role::Text) };
        brush.text(area.x + 1, y, first - 1, &format!(" {words} "), style);
    };
    for (index, row) in rows.iter().enumerate() {
        title(brush, y, index, row.title);
        for (at, cell) in row.cells.iter().enumerate().take(2) {
            brush.text(x(at), y, column - 1, &cell.text, style(cell, theme));
        }
        let (words, style) = verdict(&row.verdict, theme);
        brush.text(textbook, y, area.right().saturating_sub(textbook), words, style);
        y += 1;
    }
    for (index, (name, _, read)) in MORE.iter().enumerate() {
        title(brush, y, rows.len() + index, name);
        for (at, arm) in snapshot.arms.iter().enumerate().take(2) {
            let (words, harm) = read(arm, snapshot);
            let role = if harm { Role::Lost } else { Role::Text };
            brush.text(x(at), y, column - 1, &words, theme.bold(role));
        }
        y += 1;
    }
    let room = Rect { y: y + 1, height: area.bottom().saturating_sub(y + 1), ..area };
    card(&details(app.ui.row, &rows, snapshot), room, brush);
}

/// What there is to know about a row: a heading and sentences.
fn details(selected: usize, rows: &[Row], snapshot: &Snapshot) -> Vec<(String, String)> {
    let Some(row) = rows.get(selected) else {
        let extra =
            MORE.get(selected - rows.len()).map(|(_, formula, _)| ("measured as".to_owned(), (*formula).to_owned()));
        return extra.into_iter().collect();
    };
    let [stateless, stateful] = row.textbook;
    let [high, low] = row.thresholds;
    let mut lines = vec![
        ("measured as".to_owned(), row.formula.to_owned()),
        (
            "textbook".to_owned(),
            format!("stateless {stateless}, stateful {stateful}; high from {high}, low below {low}"),
        ),
    ];
    match &row.verdict {
        Verdict::Agrees => lines.push(("here".into(), "as the textbook says".into())),
        Verdict::Differs(why) => lines.push(("here it differs".into(), why.clone())),
        Verdict::Open(what) => lines.push(("not known yet".into(), what.clone())),
    }
    for (arm, cell) in snapshot.arms.iter().zip(&row.cells) {
        let word = cell.word.map_or("", |word| word.text());
        let inputs = cell.inputs.iter().map(|(name, value)| format!("{name} {value}")).collect::<Vec<_>>().join(" · ");
        lines.push((
            arm.home.id().to_owned(),
            [word, inputs.as_str()].iter().filter(|part| !part.is_empty()).copied().collect::<Vec<_>>().join(": "),
        ));
    }
    lines.push(("mind".into(), row.caveat.to_owned()));
    lines
}

/// Headings and sentences, wrapped.
fn card(lines: &[(String, String)], area: Rect, brush: &mut Brush) {
    let (dim, text) = (brush.theme.style(Role::Dim), brush.theme.style(Role::Text));
    let left = 20.min(area.width / 3);
    let width = area.width.saturating_sub(left + 3).min(96);
    let mut y = area.y;
    for (name, words) in lines.iter().filter(|(_, words)| !words.is_empty()) {
        brush.text(area.x + 2, y, left - 2, name, dim);
        for line in wrap(words, usize::from(width)) {
            if y >= area.bottom() {
                return;
            }
            brush.text(area.x + left + 1, y, width, &fit(&line, width), text);
            y += 1;
        }
    }
}

/// A key that moves the selection.
pub(in crate::tui) fn navigate(ui: &mut UiState, snapshot: &Snapshot, action: Action) {
    let last = rows(snapshot).len() + MORE.len() - 1;
    ui.row = match action {
        Action::Up => ui.row.saturating_sub(1),
        Action::Down => ui.row + 1,
        Action::First | Action::PageUp => 0,
        Action::Last | Action::PageDown => last,
        _ => ui.row,
    }
    .min(last);
}

#[cfg(test)]
mod tests {
    use super::*;

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

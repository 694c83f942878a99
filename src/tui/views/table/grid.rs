//! Where the cells stand.
//!
//! ```text
//!   180 columns and more   six worlds, a line a cell, its word under it        the textbook at the right
//!   120 to 179             six worlds, a cell's words in two lines             the textbook under each title
//!   fewer                  the two around the selected one, the rest named     the textbook at the right
//! ```
//!
//! Each world's cell has a mark of its own: `✓` where it is what the textbook says of its family, `≠` where it is not.

use super::{Cells, MORE, TEXTBOOK, head, mark, order, style, wrap_figures};
use crate::scenario::Home;
use crate::table::{CELL_WIDTH, Row};
use crate::tui::app::App;
use crate::tui::keymap::Action;
use crate::tui::parts::{cap, fit};
use crate::tui::snapshot::Snapshot;
use crate::tui::stage::paint::{Brush, cells as cells_of};
use crate::tui::theme::Role;
use ratatui::layout::Rect;
use ratatui::style::Style;

/// The room for titles.
const TITLES: u16 = 22;
/// The room for the textbook at the right of all six worlds.
const BESIDE_ALL: u16 = 17;
/// The room for a mark and the blank before it.
const MARK: u16 = 2;
/// From this width on all six worlds fit.
const ALL_FIT: u16 = 120;
/// From this height on each row may have two lines.
const TWO_LINES: u16 = 22;
/// From this height on there is air before the rows that are not the textbook's.
const APART: u16 = 34;

/// One world's column.
struct Column {
    home: Home,
    x: u16,
    width: u16,
}

impl Column {
    /// Whether a mark fits behind these words.
    fn has_room(&self, words: &str) -> bool {
        cells_of(words) + MARK < self.width
    }
}

struct Grid {
    columns: Vec<Column>,
    /// Where the textbook stands; none: under the titles.
    textbook: Option<u16>,
    /// Lines a row.
    lines: u16,
}

impl Grid {
    fn new(homes: &[Home], selected: usize, area: Rect) -> Self {
        let all = area.width >= ALL_FIT && area.height >= TWO_LINES;
        let wide = area.width.saturating_sub(TITLES + BESIDE_ALL + 1) / homes.len() as u16 > CELL_WIDTH as u16;
        let textbook = match (all, wide) {
            (false, _) => TEXTBOOK,
            (true, true) => BESIDE_ALL,
            (true, false) => 0,
        };
        let from = if all { 0 } else { selected.saturating_sub(1).min(homes.len() - 2) };
        let shown = if all { homes } else { &homes[from..from + 2] };
        let room = area.width.saturating_sub(TITLES + 1 + textbook);
        let usual = (room / shown.len() as u16).clamp(1, 32);
        let mut spare = room.saturating_sub(usual * shown.len() as u16);
        let mut x = area.x + TITLES + 1;
        let columns = shown.iter().map(|&home| {
            // Where names would touch each other, what is left over goes to the longest.
            let more = (home.id().len() as u16 + 1).saturating_sub(usual).min(spare);
            spare -= more;
            let column = Column { home, x, width: usual + more };
            x += column.width;
            column
        });
        let columns = columns.collect();
        Self { columns, textbook: (textbook > 0).then_some(x), lines: if all { 2 } else { 1 } }
    }

    fn shows(&self, home: Home) -> bool {
        self.columns.iter().any(|column| column.home == home)
    }
}

/// Draws heads and rows; returns the row under the last.
pub(super) fn draw(app: &App, snapshot: &Snapshot, cells: &Cells, area: Rect, brush: &mut Brush) -> u16 {
    let homes = order(&app.ui);
    let grid = Grid::new(&homes, app.ui.column, area);
    let theme = brush.theme;
    let mut y = area.y;
    if grid.lines == 1 {
        hidden(app, &homes, &grid, area, brush);
        y += 1;
    }
    for column in &grid.columns {
        let (words, style) = head(column.home, app, theme);
        let words = match grid.lines {
            1 if cells_of(&words) >= column.width => vec![column.home.id()],
            1 => vec![words.as_str()],
            _ => words.split(' ').collect(),
        };
        for (y, line) in (y..).zip(words) {
            brush.text(column.x, y, column.width, line, style);
        }
    }
    if let Some(x) = grid.textbook {
        brush.text(x, y, area.right().saturating_sub(x), "textbook", theme.style(Role::Dim));
    }
    y += grid.lines;
    for (index, row) in cells.rows.iter().enumerate() {
        if y + grid.lines > area.bottom() {
            return y;
        }
        title(app, area, y, index, row.title, brush);
        textbook(&grid, cells, area, y, row, brush);
        for column in &grid.columns {
            let (words, mut style) = match cells.cell(row, column.home) {
                Some(cell) => (lines(cell, column, &grid), style(cell, theme)),
                None => (late(column, snapshot, index), theme.style(Role::Dim)),
            };
            if (index, column.home) == (app.ui.row, homes[app.ui.column]) {
                style = theme.chip(Role::Key);
            }
            paint(column, y, &grid, &words, style, brush);
            if grid.lines > 1 {
                marked(column, y, &words, mark(row, column.home, cells.cell(row, column.home), theme), brush);
            }
        }
        y += grid.lines;
    }
    // They are no rows of the textbook's.
    y += u16::from(area.height >= APART);
    for (index, (name, _, read)) in (cells.rows.len()..).zip(&MORE) {
        if y + grid.lines > area.bottom() {
            return y;
        }
        title(app, area, y, index, name, brush);
        for column in &grid.columns {
            let (words, mut style) = match snapshot.arm(column.home).map(|arm| read(arm, snapshot)) {
                Some((words, harm)) => (words, theme.bold(if harm { Role::Lost } else { Role::Text })),
                None => ("…".into(), theme.style(Role::Dim)),
            };
            if (index, column.home) == (app.ui.row, homes[app.ui.column]) {
                style = theme.chip(Role::Key);
            }
            paint(column, y, &grid, &halves(&words, column, &grid), style, brush);
        }
        y += grid.lines;
    }
    y
}

fn title(app: &App, area: Rect, y: u16, index: usize, words: &str, brush: &mut Brush) {
    let style = if index == app.ui.row { brush.theme.bold(Role::Key) } else { brush.theme.style(Role::Text) };
    brush.text(area.x + 1, y, TITLES - 1, words, style);
}

/// What the textbook says: at the right, or under the title where there is room for it.
fn textbook(grid: &Grid, cells: &Cells, area: Rect, y: u16, row: &Row, brush: &mut Brush) {
    let dim = brush.theme.style(Role::Dim);
    let [stateless, stateful] = row.textbook;
    match (grid.textbook, grid.columns.as_slice()) {
        (Some(x), [first, second]) => super::textbook(row, cells, [first.home, second.home], x, y, brush),
        (Some(x), _) => {
            let families = if row.graded() { ["stateless ", "stateful "] } else { ["", ""] };
            for (y, (family, word)) in (y..).zip(families.into_iter().zip([stateless, stateful])) {
                brush.text(x, y, area.right().saturating_sub(x), &format!("{family}{word}"), dim);
            }
        }
        (None, _) if row.graded() => {
            brush.text(area.x + 1, y + 1, TITLES - 1, &format!("textbook {stateless}, {stateful}"), dim);
        }
        (None, _) => {}
    }
}

/// The mark of a cell, behind the last of its lines that leaves room for it.
fn marked(column: &Column, y: u16, words: &[String], (sign, style): (&str, Style), brush: &mut Brush) {
    if let Some((y, words)) = (y..).zip(words).filter(|(_, words)| column.has_room(words)).last() {
        brush.text(column.x + cells_of(words) + 1, y, 1, sign, style);
    }
}

/// A cell in as many lines as a row has, broken so that its mark has room behind one of them. Where one is enough, the figure's
/// word stands in the other.
fn lines(cell: &crate::table::Cell, column: &Column, grid: &Grid) -> Vec<String> {
    let mut lines = broken(&cell.text, column, grid);
    if grid.lines > 1 && cell.word.is_some() && !lines.iter().any(|line| column.has_room(line)) {
        let narrower = wrap_figures(&cell.text, usize::from(column.width.saturating_sub(1 + MARK)));
        lines = if narrower.len() > usize::from(grid.lines) { lines } else { narrower };
    }
    if let (1, 2, Some(word), true) = (lines.len(), grid.lines, cell.word, grid.textbook.is_some()) {
        lines.push(word.text().into());
    }
    lines
}

/// Two figures of one cell: where columns stand close, a line each, so that they are not taken for their neighbours'.
fn halves(words: &str, column: &Column, grid: &Grid) -> Vec<String> {
    match words.split_once(", ") {
        Some((first, second)) if grid.lines > 1 && usize::from(column.width) <= CELL_WIDTH => {
            vec![format!("{first},"), second.into()]
        }
        _ => broken(words, column, grid),
    }
}

fn broken(words: &str, column: &Column, grid: &Grid) -> Vec<String> {
    if grid.lines == 1 {
        return vec![words.into()];
    }
    wrap_figures(words, usize::from(column.width - 1))
}

/// In the column of a world that is not there yet.
fn late(column: &Column, snapshot: &Snapshot, row: usize) -> Vec<String> {
    match snapshot.replay.filter(|past| past.joins == Some(column.home)) {
        _ if row > 0 => vec!["…".into()],
        Some(past) => vec!["catching up".into(), format!("{} %", past.percent())],
        None => vec!["catches up".into(), "later".into()],
    }
}

fn paint(column: &Column, y: u16, grid: &Grid, words: &[String], style: Style, brush: &mut Brush) {
    let words = if grid.lines == 1 { vec![words.join(" ")] } else { words.to_vec() };
    for (y, line) in (y..y + grid.lines).zip(&words) {
        brush.text(column.x, y, column.width - 1, &fit(line, column.width - 1), style);
    }
}

/// Which columns there are, those on the screen in brackets.
fn hidden(app: &App, homes: &[Home], grid: &Grid, area: Rect, brush: &mut Brush) {
    let (dim, text) = (brush.theme.style(Role::Dim), brush.theme.bold(Role::Text));
    let mut x = cap(brush, area.x + 1, area.y, app.keymap.cap(Action::Left), false);
    x = cap(brush, x, area.y, app.keymap.cap(Action::Right), false) + 1;
    let (first, last) = (grid.columns.first().map(|c| c.home), grid.columns.last().map(|c| c.home));
    for &home in homes {
        let open = if Some(home) == first { "[" } else { " " };
        let close = if Some(home) == last { "]" } else { " " };
        let room = area.right().saturating_sub(x);
        x = brush.text(
            x,
            area.y,
            room,
            &format!("{open}{}{close}", home.id()),
            if grid.shows(home) { text } else { dim },
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::{Cell, Word};

    #[test]
    fn every_mark_has_room() {
        let words = [
            "0 of 1001 stateful",
            "18 of 18 parts stateful",
            "723 of 871 live",
            "12 of 12 sessions live",
            "resends 396 B/request",
            "resends 1913 B/request",
            "resends  32 B/request",
            "none with 4 instances",
            "×4.4 with 4 instances",
            "33 % lost, no fault",
        ];
        for width in ALL_FIT..=240 {
            let grid = Grid::new(&Home::ALL, 0, Rect::new(0, 0, width, 40));
            for (column, text) in grid.columns.iter().flat_map(|column| words.map(|text| (column, text))) {
                let cell = Cell { text: text.into(), word: Some(Word::Low), harm: false, inputs: Vec::new() };
                let lines = lines(&cell, column, &grid);
                assert!(lines.len() <= 2 && lines.iter().any(|line| column.has_room(line)), "{width}: {lines:?}");
            }
        }
    }
}

//! The table: what was measured, one column a world; each row opens its formula.

use crate::event::Health;
use crate::scenario::Home;
use crate::story::plural;
use crate::tui::app::App;
use crate::tui::keymap::Action;
use crate::tui::parts::compare::failed;
use crate::tui::parts::{bytes, fit, span, world};
use crate::tui::snapshot::{ArmView, Snapshot};
use crate::tui::stage::paint::Brush;
use crate::tui::state::UiState;
use crate::tui::theme::{Role, Theme};
use ratatui::layout::Rect;
use ratatui::style::Style;

/// How a cell is meant.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CellState {
    /// Not measured yet; the text says for what it waits.
    Pending,
    /// Measured.
    Measured,
    /// Measured, and harm was done.
    Harm,
}

/// One figure of one world.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Cell {
    /// At most 22 characters.
    pub text: String,
    /// How it is meant.
    pub state: CellState,
}

/// One property.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Row {
    /// What is measured.
    pub name: &'static str,
    /// How.
    pub formula: &'static str,
    /// One a world.
    pub cells: Vec<Cell>,
}

/// All of them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Table {
    /// The columns.
    pub homes: Vec<Home>,
    /// The rows.
    pub rows: Vec<Row>,
}

/// How a row reads its cell off a world.
type Reading = fn(&ArmView, &Snapshot) -> Cell;

const ROWS: [(&str, &str, Reading); 6] = [
    (
        "Fault tolerance",
        "of the sessions logged in just before the newest fault, those that the fault did not cost their whole state; only losses whose chain of causes reaches it",
        fault_tolerance,
    ),
    ("Failed requests", "requests that ended neither ok nor stale, of all that ended, since the run began", failures),
    (
        "Waiting time",
        "median, and p99, over every planned request from its first attempt to its useful success, re-logins and retries included; failures rank above every success",
        waiting,
    ),
    (
        "Complexity",
        "processes of the service (balancer, instances, store) whose memory holds somebody's state now, of all that exist",
        stateful_parts,
    ),
    (
        "Client responsibility",
        "token and cookie bytes that a client had sent before in its visit and sends again, divided by all attempts of clients and balancer",
        resent,
    ),
    (
        "Traffic inside",
        "bytes between instances, and between instances and the store, divided by the requests that ended",
        inside,
    ),
];

const fn cell(text: String, state: CellState) -> Cell {
    Cell { text, state }
}

fn harm_if(harm: bool) -> CellState {
    if harm { CellState::Harm } else { CellState::Measured }
}

fn fault_tolerance(arm: &ArmView, snapshot: &Snapshot) -> Cell {
    let Some(fault) = arm.figures.faults.last() else { return cell("no fault yet".into(), CellState::Pending) };
    let nouns = plural(&snapshot.scenario.noun, 2);
    let live = fault.sessions_alive - fault.sessions_lost;
    cell(format!("{live} of {} {nouns} live", fault.sessions_alive), harm_if(fault.sessions_lost > 0))
}

fn failures(arm: &ArmView, _: &Snapshot) -> Cell {
    let (failed, ended) = (failed(arm), arm.figures.requests.ended);
    if ended == 0 {
        return cell("no request yet".into(), CellState::Pending);
    }
    cell(format!("{failed} of {ended} ({:.1} %)", 100.0 * failed as f64 / ended as f64), harm_if(failed > 0))
}

fn waiting(arm: &ArmView, snapshot: &Snapshot) -> Cell {
    let wait = &arm.figures.wait_ms;
    if arm.figures.requests.ended == 0 {
        return cell("no request yet".into(), CellState::Pending);
    }
    let figure = |ms: Option<f64>| if ms.is_none() { "failed".into() } else { span(ms) };
    let slowed = if snapshot.scenario.slow_motion == 1.0 { "" } else { " slowed" };
    cell(format!("{}, {}{slowed}", figure(wait.p50), figure(wait.p99)), harm_if(wait.p50.is_none()))
}

fn stateful_parts(arm: &ArmView, _: &Snapshot) -> Cell {
    let runs = |health| !matches!(health, Health::Down | Health::Removed);
    let instances = || arm.scene.instances.iter().filter(|instance| runs(instance.health));
    let store = arm.scene.store.as_ref().filter(|store| runs(store.health));
    let holding = instances().filter(|instance| instance.copies.live_count() > 0).count()
        + store.iter().filter(|store| store.copies.live_count() > 0).count();
    let parts = 1 + instances().count() + store.iter().count();
    cell(format!("{holding} of {parts} hold state"), CellState::Measured)
}

fn resent(arm: &ArmView, _: &Snapshot) -> Cell {
    per(arm.figures.bytes.redundant, arm.figures.requests.attempts, "resends", "request")
}

fn inside(arm: &ArmView, _: &Snapshot) -> Cell {
    per(arm.figures.bytes.replication + arm.figures.bytes.store, arm.figures.requests.ended, "", "request")
}

fn per(sum: u64, count: u64, verb: &str, unit: &str) -> Cell {
    if count == 0 {
        return cell(format!("no {unit} yet"), CellState::Pending);
    }
    let gap = if verb.is_empty() { "" } else { " " };
    cell(format!("{verb}{gap}{}/{unit}", bytes(sum as f64 / count as f64)), CellState::Measured)
}

impl Table {
    /// What is measured so far in the shown worlds.
    #[must_use]
    pub fn of(snapshot: &Snapshot) -> Self {
        let homes = snapshot.arms.iter().map(|arm| arm.home).collect();
        let rows = ROWS
            .iter()
            .map(|&(name, formula, read)| Row {
                name,
                formula,
                cells: snapshot.arms.iter().map(|arm| read(arm, snapshot)).collect(),
            })
            .collect();
        Self { homes, rows }
    }
}

/// The style of a cell.
#[must_use]
pub const fn role(state: CellState, theme: &Theme) -> Style {
    match state {
        CellState::Pending => theme.style(Role::Dim),
        CellState::Measured => theme.bold(Role::Text),
        CellState::Harm => theme.bold(Role::Lost),
    }
}

pub(in crate::tui) fn draw(app: &App, snapshot: &Snapshot, area: Rect, brush: &mut Brush) {
    let table = Table::of(snapshot);
    let first = 24.min(area.width / 3);
    let column = ((area.width.saturating_sub(first + 4)) / table.homes.len().max(1) as u16).min(30);
    let x = |at: usize| area.x + 2 + first + at as u16 * column;
    let dim = brush.theme.style(Role::Dim);
    brush.text(area.x + 2, area.y, area.width, "measured so far, same traffic in both worlds", dim);
    for (at, &home) in table.homes.iter().enumerate() {
        let (kind, place) = world(home);
        let style = if home == app.ui.shown { brush.theme.bold(Role::State) } else { brush.theme.bold(Role::Text) };
        brush.text(x(at), area.y + 2, column.saturating_sub(1), &format!("{kind} {place}"), style);
    }
    for (index, row) in table.rows.iter().enumerate() {
        let y = area.y + 4 + index as u16;
        if y >= area.bottom() {
            return;
        }
        let chosen = index == app.ui.row;
        let style = if chosen { brush.theme.chip(Role::Key) } else { brush.theme.style(Role::Text) };
        brush.text(area.x + 2, y, first, &format!(" {} ", row.name), style);
        for (at, cell) in row.cells.iter().enumerate() {
            brush.text(x(at), y, column.saturating_sub(1), &cell.text, role(cell.state, brush.theme));
        }
    }
    let Some(row) = table.rows.get(app.ui.row) else { return };
    let mut y = area.y + 5 + table.rows.len() as u16;
    for line in wrap(&format!("{}: {}.", row.name, row.formula), usize::from(area.width.saturating_sub(6).min(100))) {
        if y >= area.bottom() {
            return;
        }
        brush.text(area.x + 3, y, area.width.saturating_sub(4), &fit(&line, area.width.saturating_sub(4)), dim);
        y += 1;
    }
}

/// Words in lines of at most `width` characters.
fn wrap(words: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = vec![String::new()];
    for word in words.split(' ') {
        match lines.last_mut() {
            Some(line) if line.is_empty() => line.push_str(word),
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// A key that moves the selection.
pub(in crate::tui) fn navigate(ui: &mut UiState, _: &Snapshot, action: Action) {
    let last = ROWS.len() - 1;
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
        let words = ROWS[2].1;
        for width in [1, 10, 40, 200] {
            let lines = wrap(words, width);
            assert_eq!(lines.join(" "), words);
            assert!(lines.iter().all(|line| line.chars().count() <= width || !line.contains(' ')));
        }
    }
}

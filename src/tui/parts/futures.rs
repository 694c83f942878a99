//! What if: the menu of changes, and the two rows of the coach while two futures run.
//!
//! ```text
//!  ▸ As it was: 4 of 12 sessions lost, 1 requests failed; without “kill 2”: none and 0; 12 ms slowed less at the median.
//!    ≠ First: request 7 of kim, died with its instance at 00:38.4 as it was, ok at 00:39.0 without “kill 2”.
//! ```

use super::layers::pop_up;
use super::{band, clock, fit, panel};
use crate::tui::app::App;
use crate::tui::fork::{ForkView, difference, first_difference};
use crate::tui::snapshot::{ArmView, Snapshot};
use crate::tui::stage::paint::{Brush, cells};
use crate::tui::theme::Role;
use crate::tui::views::table::{median, waiting};
use ratatui::layout::Rect;

/// The changes that make sense now.
pub(in crate::tui) fn menu(app: &App, snapshot: &Snapshot, at: usize, within: Rect, brush: &mut Brush) {
    let changes = app.changes();
    let inside = pop_up(brush, within, 64, changes.len() as u16 + 2, &format!("what if, at {}?", clock(snapshot.now)));
    // Where not all have room, the chosen one is among those in sight.
    let first = (at + 1).saturating_sub(usize::from(inside.height));
    for (y, (index, change)) in (inside.top()..inside.bottom()).zip(changes.iter().enumerate().skip(first)) {
        let style = if index == at { brush.theme.chip(Role::Key) } else { brush.theme.style(Role::Text) };
        let x = brush.text(inside.x + 1, y, inside.width.saturating_sub(2), &format!(" {change} "), style);
        if change.from_the_beginning() {
            let room = inside.right().saturating_sub(x + 2);
            brush.text(x + 1, y, room, "lived from the beginning of the run", brush.theme.style(Role::Dim));
        }
    }
}

/// Both rows: what differs in figures, and the first request whose fate differs.
pub(in crate::tui) fn rows(app: &App, snapshot: &Snapshot, fork: &ForkView, area: Rect, brush: &mut Brush) {
    band(brush, area);
    let width = area.width.saturating_sub(5);
    let (first, second) = words(app, snapshot, fork, width);
    brush.text(area.x + 2, area.y, 1, "▸", brush.theme.style(Role::State));
    brush.text(area.x + 4, area.y, width, &fit(&first, width), brush.theme.bold(Role::Text));
    brush.text(area.x + 4, area.y + 1, width, &fit(&second, width), brush.theme.style(Role::Text));
}

/// What is measured in both futures, where there is room.
pub(in crate::tui) fn measured(app: &App, snapshot: &Snapshot, area: Rect, brush: &mut Brush) {
    let inside = panel(brush, area, "measured since the run began, same traffic in both futures");
    let Some(both) = snapshot.futures(app.ui.second) else { return };
    let slowed = if snapshot.scenario.slow_motion == 1.0 { "" } else { " slowed" };
    let rows: [(&str, Reading); 5] = [
        ("sessions lost", |arm| format!("{} of {}", arm.figures.sessions.lost, arm.figures.sessions.created)),
        ("requests failed", |arm| {
            let outcomes = &arm.figures.requests.outcomes;
            format!("{} of {}", outcomes.failed(), outcomes.total())
        }),
        ("acknowledged writes lost", |arm| arm.figures.sessions.acked_writes_lost.to_string()),
        ("median time", |arm| median(&arm.figures)),
        ("p99 time", |arm| waiting(&arm.figures, arm.figures.wait_ms.p99)),
    ];
    let column = |at: u16| inside.x + [1, 28, 48][usize::from(at)];
    let dim = brush.theme.style(Role::Dim);
    brush.text(column(1), inside.y, 18, "as it was", dim);
    brush.text(column(2), inside.y, inside.right().saturating_sub(column(2)), "what if", dim);
    for (y, (title, read)) in (inside.y + 1..inside.bottom()).zip(rows) {
        let unit = if title.ends_with("time") { slowed } else { "" };
        brush.text(column(0), y, 26, &format!("{title}{unit}"), brush.theme.style(Role::Text));
        let [first, second] = both.map(read);
        brush.text(column(1), y, 18, &first, brush.theme.style(Role::Text));
        let style = if first == second { dim } else { brush.theme.bold(Role::Text) };
        brush.text(column(2), y, inside.right().saturating_sub(column(2)), &second, style);
    }
}

/// How a figure is read off a world.
type Reading = fn(&ArmView) -> String;

fn words(app: &App, snapshot: &Snapshot, fork: &ForkView, width: u16) -> (String, String) {
    if let Some(done) = fork.arriving {
        let lived = format!("Two futures, {}: they are lived up to this instant, {} of", fork.change, clock(done));
        return (format!("{lived} {}.", clock(snapshot.now)), String::new());
    }
    let Some([first, second]) = snapshot.futures(app.ui.second) else { return (String::new(), String::new()) };
    let name = |session| {
        first.scene.name(session).or_else(|| second.scene.name(session)).unwrap_or_else(|| format!("visit {session}"))
    };
    let [full, few] = difference(fork.change, [&*first.figures, &*second.figures], snapshot.scenario.slow_motion);
    let lived = if fork.change.from_the_beginning() { " Both are lived from the beginning." } else { "" };
    let full = full + lived;
    let fitting = |[full, few]: [String; 2]| if cells(&full) <= width { full } else { few };
    (fitting([full, few]), fitting(first_difference(fork.change, fork.differs, name)))
}

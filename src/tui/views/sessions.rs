//! A cell for every session, in the place that has its state or had it when it was lost; below, the story of the selected one.
//!
//! ```text
//!   with the clients    –                                0
//!   instance 1          ann ■■■■■  ►dee ■■■              2
//!   instance 2 killed  ✗bob ✗✗✗✗   ✗kim ✗✗          2 lost
//! ```
//!
//! With more of them a cell is a name and a height, then the height alone: the fuller a state, the higher (`plan.rs`). Where
//! states do not begin empty, all are as high.

mod plan;
mod spots;
mod tell;

use crate::event::{Health, SessionId};
use crate::scene::{Client, Mark, Scene};
use crate::text::plural;
use crate::tui::app::App;
use crate::tui::keymap::Action;
use crate::tui::screen::Areas;
use crate::tui::snapshot::Snapshot;
use crate::tui::stage::carts;
use crate::tui::stage::paint::{self, Brush};
use crate::tui::state::{ChosenCell, UiState};
use crate::tui::theme::{Glyph, Role};
use plan::{Form, ITEMS, LEFT, Plan};
use ratatui::layout::Rect;
use spots::{Cell, Group, Spot, health};

/// Rows that the story of the selected session has at least.
const STORY: u16 = 8;

pub(in crate::tui) fn draw(app: &App, snapshot: &Snapshot, area: Rect, brush: &mut Brush) {
    let Some(arm) = snapshot.arm(app.ui.shown) else { return };
    let scene = &arm.scene;
    let grid = grid_in(area);
    let plan = Plan::new(scene, grid);
    let chosen = chosen(&app.ui, &plan);
    let plan = plan.showing(chosen);
    let dim = brush.theme.style(Role::Dim);
    let without = match plan.left_out {
        0 => String::new(),
        count => format!("; {count} {} without", plural("place", count as u32)),
    };
    let heading = format!("every {} and where it is: {} now{without}", scene.noun, plan.len());
    let x = brush.text(area.x + 2, area.y, area.width, &heading, dim) + 4;
    legend(&plan, brush, Rect { x, width: area.right().saturating_sub(x), ..area });
    for (group, y) in plan.titles() {
        title(scene, group, Rect { y, height: 1, ..grid }, brush);
    }
    for (place, cell) in plan.cells().enumerate() {
        if let Some(at) = plan.position(place) {
            draw_cell(&plan, scene, cell, place == chosen, Rect { x: at.x, y: at.y, width: ITEMS, height: 1 }, brush);
        }
    }
    if let Some(cell) = plan.cells().nth(chosen) {
        let y = grid.y + plan.height();
        tell::tell(arm, cell, &more(&plan), Rect { y, height: area.bottom().saturating_sub(y), ..area }, brush);
    }
}

/// What the grid may take, below the heading: the story has room at least.
fn grid_in(area: Rect) -> Rect {
    let (story, head) = (STORY.min(area.height / 2), 1 + u16::from(area.height >= 24));
    Rect { y: area.y + head, height: area.height.saturating_sub(story + head), ..area }
}

/// Where not all is in sight, that there is more.
fn more(plan: &Plan) -> String {
    match plan.out_of_sight() {
        (0, 0) => String::new(),
        (0, below) => format!(" {below} {} more below ", plural("row", below)),
        (above, 0) => format!(" {above} {} more above ", plural("row", above)),
        (above, below) => format!(" {above} {} more above, {below} below ", plural("row", above)),
    }
}

/// A place: what it is called, how it is, and how many are there.
fn title(scene: &Scene, group: &Group, row: Rect, brush: &mut Brush) {
    let (word, role) = match health(scene, group.spot) {
        None | Some((Health::Up, _)) => ("", Role::Text),
        Some((Health::Draining, _)) => ("draining", Role::Dim),
        Some((Health::Starting, _)) => ("starting", Role::Dim),
        Some((Health::Hung, _)) => ("hung", Role::Stale),
        Some((Health::Down | Health::Removed, true)) => ("killed", Role::Lost),
        Some((Health::Down | Health::Removed, false)) => ("stopped", Role::Lost),
    };
    let name = format!("{} {word}", group.spot.title());
    brush.text(row.x + 2, row.y, LEFT - 3, name.trim_end(), brush.theme.style(role));
    let lost = group.cells.iter().filter(|cell| cell.lost).count();
    let here = group.cells.len() - lost;
    let (count, role) = match (here, lost) {
        (0, 1..) => (format!("{lost} lost"), Role::Lost),
        (_, 0) => (here.to_string(), Role::Text),
        _ => (format!("{here}, {lost} lost"), Role::Lost),
    };
    let width = paint::cells(&count);
    brush.text_right(row.right().saturating_sub(1), row.y, width, &count, brush.theme.style(role));
    if group.cells.is_empty() {
        brush.glyph(row.x + LEFT, row.y, Glyph::Dot, Role::Dim);
    }
}

/// One session, from a cell on.
fn draw_cell(plan: &Plan, scene: &Scene, cell: &Cell, chosen: bool, at: Rect, brush: &mut Brush) {
    let client = &scene.clients.rows()[cell.row as usize];
    let sign = sign(client, cell);
    let selected = brush.theme.chip(Role::Key);
    let style = |role| if chosen { selected } else { brush.theme.style(role) };
    let (named, itemised) = (matches!(plan.form, Form::Items | Form::Named), plan.form == Form::Items);
    let (symbol, role) = match sign {
        Some((glyph, role)) => (brush.theme.glyph(glyph), role),
        None if itemised => (' ', Role::State),
        None if plan.most == 0 => (brush.theme.glyph(Glyph::Item), Role::State),
        None => (brush.theme.level(cell.items, plan.most), Role::State),
    };
    brush.put(at.x, at.y, symbol, style(role));
    if named {
        let role = if cell.lost { Role::Lost } else { Role::Text };
        brush.text(at.x + 1, at.y, 3, &scene.clients.name(cell.row), style(role));
    }
    if itemised {
        carts::items(brush, Rect { x: at.x + 5, ..at }, cell.items, plan.most, cell.lost);
    }
}

/// The number of the chosen cell: that of the session, while it is there, else the one that has its place.
fn chosen(ui: &UiState, plan: &Plan) -> usize {
    let same = ui.cell.session.and_then(|chosen| plan.cells().position(|cell| cell.session == chosen));
    same.unwrap_or_else(|| ui.cell.place.min(plan.len().saturating_sub(1)))
}

/// What the signs mean.
fn legend(plan: &Plan, brush: &mut Brush, area: Rect) {
    let item = brush.theme.glyph(Glyph::Item).to_string();
    let heights: String = [0, 4, 7].map(|level| brush.theme.level(level, 7)).iter().collect();
    let state = match plan.form {
        Form::Items => (item, Role::State, "an item"),
        _ if plan.most == 0 => (item, Role::State, "idle"),
        _ => (heights, Role::State, "the fuller, the higher"),
    };
    let signs = [
        (Glyph::Request, Role::Wire, "in a request"),
        (Glyph::Gone, Role::Lost, "lost"),
        (Glyph::Failed, Role::Stale, "last one failed"),
        (Glyph::Dot, Role::Dim, "none yet"),
    ];
    let signs = signs.map(|(glyph, role, meaning)| (brush.theme.glyph(glyph).to_string(), role, meaning));
    let mut x = area.x;
    for (symbols, role, meaning) in [state].into_iter().chain(signs) {
        let width = paint::cells(&symbols);
        if x + width + 2 + paint::cells(meaning) > area.right() {
            return;
        }
        brush.text(x, area.y, width, &symbols, brush.theme.style(role));
        x = brush.text(x + width + 1, area.y, area.right() - x, meaning, brush.theme.style(Role::Dim)) + 3;
    }
}

/// The selected visit.
pub(in crate::tui) fn selected(app: &App, snapshot: &Snapshot) -> Option<SessionId> {
    let plan = planned(app, snapshot)?;
    plan.cells().nth(chosen(&app.ui, &plan)).map(|cell| cell.session)
}

/// The grid as it is on the screen now.
fn planned(app: &App, snapshot: &Snapshot) -> Option<Plan> {
    let grid = grid_in(Areas::with_story(app, app.ui.screen()).view);
    Some(Plan::new(&snapshot.arm(app.ui.shown)?.scene, grid))
}

/// What there is to know of a session before its state.
fn sign(client: &Client, cell: &Cell) -> Option<(Glyph, Role)> {
    match client.mark() {
        _ if cell.lost => Some((Glyph::Gone, Role::Lost)),
        Some((_, Mark::Failed(_))) => Some((Glyph::Failed, Role::Stale)),
        _ if cell.spot == Spot::Nowhere => Some((Glyph::Dot, Role::Dim)),
        _ if client.busy() => Some((Glyph::Request, Role::Wire)),
        _ => None,
    }
}

/// A key that moves the selection.
pub(in crate::tui) fn navigate(app: &mut App, snapshot: &Snapshot, action: Action) {
    let Some(plan) = planned(app, snapshot).filter(|plan| plan.len() > 0) else { return };
    let place = plan.step(chosen(&app.ui, &plan), action);
    app.ui.cell = ChosenCell { place, session: plan.cells().nth(place).map(|cell| cell.session) };
}

//! A cell for every session, grouped by where its state is; below, the story of the selected one.
//!
//! ```text
//!   instance 1   ■ ■ ■ ■        4
//!   instance 3   ■ ■ ■ ■        4
//!   nowhere      ✗ ✗ ✗ ✗        4
//! ```

use super::sentence::{bad, sentence};
use crate::event::{Place, SessionId};
use crate::scene::{Client, Mark, Scene};
use crate::text::plural;
use crate::tui::app::App;
use crate::tui::keymap::Action;
use crate::tui::parts::{clock, fit};
use crate::tui::snapshot::{ArmView, Snapshot};
use crate::tui::stage::paint::{self, Brush};
use crate::tui::state::UiState;
use crate::tui::theme::{Glyph, Role};
use ratatui::layout::Rect;
use std::collections::BTreeMap;

/// Where the cells begin.
const LEFT: u16 = 20;
/// Rows for the story of the selected session.
const STORY: u16 = 8;

/// Where a state is; in the order of the picture.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Spot {
    In(Place),
    Nowhere,
}

impl Spot {
    fn title(self) -> String {
        match self {
            Self::In(Place::Client) => "with the clients".into(),
            Self::In(Place::Instance(id)) => format!("instance {id}"),
            Self::In(Place::Store) => "the store".into(),
            Self::In(Place::Replica) => "the replica".into(),
            Self::In(Place::Disk) => "the store's disk".into(),
            Self::Nowhere => "nowhere".into(),
        }
    }
}

/// One session in the grid.
struct Cell {
    row: u32,
    session: SessionId,
    spot: Spot,
}

/// All sessions, by where they are, then by row.
fn cells(scene: &Scene) -> Vec<Cell> {
    let mut spots: BTreeMap<SessionId, Spot> = BTreeMap::new();
    for (place, copies) in scene.places() {
        for held in copies.live() {
            spots.entry(held.session).or_insert(Spot::In(place));
        }
    }
    let mut all: Vec<Cell> = (0..)
        .zip(scene.clients.rows())
        .filter_map(|(row, client)| {
            let session = client.session()?;
            let pinned = Spot::In(Place::Instance(client.pinned));
            let spot = match spots.get(&session) {
                _ if client.holds_token => Spot::In(Place::Client),
                // Where there are copies, the one that the cookie leads to is shown.
                Some(Spot::In(Place::Instance(_)))
                    if scene.instance(client.pinned).is_some_and(|i| i.copies.of(session).is_some()) =>
                {
                    pinned
                }
                Some(&spot) => spot,
                None => Spot::Nowhere,
            };
            Some(Cell { row, session, spot })
        })
        .collect();
    all.sort_by_key(|cell| (cell.spot, cell.row));
    all
}

pub(in crate::tui) fn draw(app: &App, snapshot: &Snapshot, area: Rect, brush: &mut Brush) {
    let Some(arm) = snapshot.arm(app.ui.shown) else { return };
    let scene = &arm.scene;
    let all = cells(scene);
    let story = STORY.min(area.height / 2);
    let dim = brush.theme.style(Role::Dim);
    let heading = format!("every {} and where it is: {} now", scene.noun, all.len());
    let x = brush.text(area.x + 2, area.y, area.width, &heading, dim) + 4;
    legend(brush, Rect { x, width: area.right().saturating_sub(x), ..area });
    let grid = Rect { y: area.y + 1, height: area.height.saturating_sub(story + 1), ..area };
    let room = usize::from(grid.width.saturating_sub(LEFT + 8));
    let named = all.len() <= room / 6 * 3;
    let wide = match all.len() {
        _ if named => 6,
        few if few * 2 <= room * 4 => 2,
        _ => 1,
    };
    let columns = (room / wide).max(1);
    let spots = spots(&all, columns);
    let chosen = chosen(&app.ui, &all);
    // The chosen one is in sight.
    let height = usize::from(grid.height);
    let top = spots.get(chosen).map_or(0, |&(row, _)| (row + 1).saturating_sub(height));
    let on_screen = |row: usize| row.checked_sub(top).filter(|&row| row < height).map(|row| grid.y + row as u16);
    let mut from = 0;
    for group in all.chunk_by(|a, b| a.spot == b.spot) {
        let text = brush.theme.style(Role::Text);
        let (first, last) = (spots[from].0, spots[from + group.len() - 1].0);
        if let Some(y) = on_screen(first.max(top)).filter(|_| last >= top) {
            brush.text(grid.x + 2, y, LEFT - 3, &group[0].spot.title(), text);
            brush.text_right(grid.right().saturating_sub(1), y, 6, &group.len().to_string(), text);
        }
        for (at, cell) in (from..).zip(group) {
            let (row, column) = spots[at];
            let Some(y) = on_screen(row) else { continue };
            let x = grid.x + LEFT + (column * wide) as u16;
            let (glyph, role) = look(&scene.clients.rows()[cell.row as usize], cell.spot);
            let style = if at == chosen { brush.theme.chip(Role::Key) } else { brush.theme.style(role) };
            brush.put(x, y, brush.theme.glyph(glyph), style);
            if named {
                brush.text(x + 1, y, 3, &scene.clients.name(cell.row), if at == chosen { style } else { dim });
            }
        }
        from += group.len();
    }
    if let Some(cell) = all.get(chosen) {
        let place = Rect { y: area.bottom().saturating_sub(story), height: story, ..area };
        tell(arm, cell, place, brush);
    }
}

/// The row and the column of each cell: places begin in rows of their own, with an empty one between them.
fn spots(all: &[Cell], columns: usize) -> Vec<(usize, usize)> {
    let mut spots = Vec::with_capacity(all.len());
    let mut from = 0;
    for group in all.chunk_by(|a, b| a.spot == b.spot) {
        spots.extend((0..group.len()).map(|at| (from + at / columns, at % columns)));
        from += group.len().div_ceil(columns) + 1;
    }
    spots
}

/// The number of the chosen cell: of fewer than there were, the last one.
fn chosen(ui: &UiState, all: &[Cell]) -> usize {
    ui.cell.min(all.len().saturating_sub(1))
}

/// What the signs mean.
fn legend(brush: &mut Brush, area: Rect) {
    let words = [
        (Glyph::Item, Role::State, "idle"),
        (Glyph::Request, Role::Wire, "in a request"),
        (Glyph::Gone, Role::Lost, "lost"),
        (Glyph::Failed, Role::Stale, "last one failed"),
    ];
    let mut x = area.x;
    for (glyph, role, meaning) in words {
        if x + 3 + meaning.len() as u16 > area.right() {
            return;
        }
        brush.glyph(x, area.y, glyph, role);
        let dim = brush.theme.style(Role::Dim);
        x = brush.text(x + 2, area.y, area.right() - x, meaning, dim) + 3;
    }
}

/// The selected visit.
pub(in crate::tui) fn selected(ui: &UiState, snapshot: &Snapshot) -> Option<SessionId> {
    let all = cells(&snapshot.arm(ui.shown)?.scene);
    all.get(chosen(ui, &all)).map(|cell| cell.session)
}

/// How a session fares.
fn look(client: &Client, spot: Spot) -> (Glyph, Role) {
    match (client.mark(), spot) {
        _ if client.lost().is_some() => (Glyph::Gone, Role::Lost),
        (Some((_, Mark::Failed(_))), _) => (Glyph::Failed, Role::Stale),
        (_, Spot::Nowhere) => (Glyph::Dot, Role::Dim),
        _ if client.busy() => (Glyph::Request, Role::Wire),
        _ => (Glyph::Item, Role::State),
    }
}

/// The story of one session, as far back as the journal goes.
fn tell(arm: &ArmView, cell: &Cell, area: Rect, brush: &mut Brush) {
    let client = &arm.scene.clients.rows()[cell.row as usize];
    let visit = format!("visit {}", cell.session);
    // In a stream of visits nobody has a name.
    let (name, mut facts) = match arm.scene.clients.chairs() {
        true => (arm.scene.clients.name(cell.row), vec![visit]),
        false => (visit, Vec::new()),
    };
    facts.push(cell.spot.title());
    let copies = client.copies;
    if copies > 0 {
        facts.push(format!("{copies} {} in the service", plural("copy", copies)));
    }
    if client.holds_token {
        let items = arm.scene.items(client.items);
        facts.push(format!("{items} {} in the token", plural("item", items)));
    }
    if client.pinned != 0 {
        let tie = if arm.scene.sockets { "its connection leads to" } else { "its cookie names" };
        facts.push(format!("{tie} instance {}", client.pinned));
    }
    if let Some((at, writes)) = client.lost() {
        facts.push(format!("lost at {}, {writes} acknowledged {}", clock(at), plural("write", writes)));
    }
    for x in area.left()..area.right() {
        brush.put(x, area.y, '─', brush.theme.style(Role::Edge));
    }
    let x = brush.text(area.x + 2, area.y, 20, &format!(" {name} "), brush.theme.bold(Role::Text));
    let dim = brush.theme.style(Role::Dim);
    let room = area.right().saturating_sub(x + 2);
    // What finds no room beside the name has the row below.
    let fits = |count: &usize| paint::cells(&facts[..*count].join(" · ")) <= room;
    let beside = (0..=facts.len()).rev().find(fits).unwrap_or(0);
    let (above, below) = facts.split_at(beside);
    brush.text(x, area.y, room + 1, &format!("{} ", above.join(" · ")), dim);
    let top = area.y + 1 + u16::from(!below.is_empty());
    brush.text(area.x + 3, area.y + 1, area.width.saturating_sub(4), &below.join(" · "), dim);
    let events: Vec<_> = arm.journal.iter().filter(|event| event.what.session() == Some(cell.session)).collect();
    let rows = usize::from(area.bottom().saturating_sub(top));
    let newest = &events[events.len().saturating_sub(rows)..];
    for (y, event) in (top..area.bottom()).zip(newest) {
        let x = brush.text(area.x + 2, y, 10, &clock(event.at), brush.theme.style(Role::Dim)) + 2;
        let role = if bad(&event.what) { Role::Lost } else { Role::Text };
        let width = area.right().saturating_sub(x + 1);
        brush.text(x, y, width, &fit(&sentence(event), width), brush.theme.style(role));
    }
}

/// A key that moves the selection.
pub(in crate::tui) fn navigate(ui: &mut UiState, snapshot: &Snapshot, action: Action) {
    let count = snapshot.arm(ui.shown).map_or(0, |arm| arm.scene.clients.present() as usize);
    let page = 10;
    ui.cell = match action {
        Action::Left | Action::Up => ui.cell.saturating_sub(1),
        Action::Right | Action::Down => ui.cell + 1,
        Action::PageUp => ui.cell.saturating_sub(page),
        Action::PageDown => ui.cell + page,
        Action::First => 0,
        Action::Last => count,
        _ => ui.cell,
    }
    .min(count.saturating_sub(1));
}

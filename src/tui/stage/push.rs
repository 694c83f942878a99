//! Messages that instances push to their clients, over connections that are there anyway.
//!
//! ```text
//!   ann ┄┄┄┄┄┄┄«┄┄┄┄┄┄┄│ →2 │      «          ╭─ 2 up ──
//!       └──────── one way, from the instance to the client ────────┘
//! ```
//!
//! The event knows one way, so both lanes together are that way; a connection passes the balancer without a stop.

use super::geometry::Span;
use super::paint::Brush;
use super::{Picture, flow};
use crate::scene::Push;
use crate::tui::theme::{Glyph, Role};

pub(super) fn draw(picture: &Picture, brush: &mut Brush) {
    for push in picture.scene.pushes.at(picture.view.now) {
        let row = push.row as usize;
        let own = picture.rows.as_ref().and_then(|rows| rows.get(row).copied());
        let y = own.unwrap_or_else(|| flow::client_row(picture, row));
        if let Some((x, y)) = place(picture, push, y) {
            brush.among(x, y, &[Glyph::Trail, Glyph::Socket], Glyph::Push, Role::Wire);
        }
    }
}

/// Its cell: beside its instance first, then on its client's row `y`.
fn place(picture: &Picture, push: &Push, y: u16) -> Option<(u16, u16)> {
    let Span { x, width } = picture.places.lane;
    let backend = picture.places.backend;
    let cell = push.way.cell(picture.view.now, width + backend.width);
    if let Some(cell) = cell.checked_sub(backend.width) {
        return (width > 0).then(|| (x + width - 1 - cell, y));
    }
    let instances = &picture.scene.instances;
    let at = instances.binary_search_by_key(&push.from, |it| it.id).ok()?;
    let y = match &picture.boxes {
        Some(boxes) => {
            let area = boxes[at];
            area.y + 1 + (push.session % u64::from(area.height.saturating_sub(2).max(1))) as u16
        }
        None => picture.grid.of(at).y,
    };
    Some((backend.end() - 1 - cell, y))
}

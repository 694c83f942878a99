//! Many clients: a strip with a cell for so many of them, and lanes as a flow.
//!
//! Each message stands in its true cell on the row of its client's group, so the density of the flow and the shares
//! of its colours are the true ones.

use super::Picture;
use super::paint::Brush;
use super::wire::reply_role;
use crate::scene::{Client, FAREWELL, Leg, Mark};
use crate::tui::theme::{Glyph, Role};

/// How many clients share a cell of the strip; 0 where each has a row.
pub(super) fn clients_a_cell(picture: &Picture) -> usize {
    if picture.has_rows() { 0 } else { Strip::new(picture).per }
}

pub(super) fn draw(picture: &Picture, brush: &mut Brush) {
    strip(picture, brush);
    flow(picture, brush);
}

/// How clients are laid out: `per` of them in each cell, `width` cells in a row, a row every `pitch` rows.
struct Strip {
    per: usize,
    width: usize,
    height: usize,
    pitch: usize,
}

impl Strip {
    fn new(picture: &Picture) -> Self {
        let (width, height) =
            (usize::from(picture.places.clients.width).max(2) - 1, usize::from(picture.places.body.height));
        let count = picture.scene.clients.rows().len();
        let per = count.div_ceil(width * height.max(1)).max(1);
        let rows = count.div_ceil(per * width).max(1);
        Self { per, width, height, pitch: (height / rows).clamp(1, 2) }
    }

    fn row(&self, client: usize) -> u16 {
        (client / self.per / self.width * self.pitch).min(self.height.saturating_sub(1)) as u16
    }
}

/// What a cell of the strip shows, the more important the later: first of all where state lives.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Look {
    Empty,
    Idle,
    Busy,
    Keeps,
    Failed,
    Lost,
}

fn look(picture: &Picture, client: &Client) -> Look {
    let recent = |at| picture.view.now.since(at) < FAREWELL;
    match client.mark {
        Some((at, Mark::Failed(_))) if recent(at) => return Look::Failed,
        _ => {}
    }
    match client.lost {
        Some((at, _)) if recent(at) => Look::Lost,
        _ if client.holds_token && client.items > 0 => Look::Keeps,
        _ if client.busy() => Look::Busy,
        _ if client.present() => Look::Idle,
        _ => Look::Empty,
    }
}

fn strip(picture: &Picture, brush: &mut Brush) {
    let strip = Strip::new(picture);
    let (x, y) = (picture.places.clients.x, picture.places.body.y);
    for (cell, group) in picture.scene.clients.rows().chunks(strip.per).enumerate() {
        // The worst that happened to one of them: a single loss among many must not vanish.
        let worst = group.iter().map(|client| look(picture, client)).max().unwrap_or(Look::Empty);
        let (glyph, role) = match worst {
            Look::Empty => continue,
            Look::Idle => (Glyph::Dot, Role::Dim),
            Look::Keeps => (Glyph::Item, Role::State),
            Look::Busy => (Glyph::Trail, Role::Wire),
            Look::Failed => (Glyph::Trail, Role::Lost),
            Look::Lost => (Glyph::Gone, Role::Lost),
        };
        let column = (cell % strip.width) as u16;
        brush.glyph(x + column, y + strip.row(cell * strip.per), glyph, role);
    }
}

fn flow(picture: &Picture, brush: &mut Brush) {
    let lane = picture.places.lane;
    if lane.width == 0 {
        return;
    }
    let strip = Strip::new(picture);
    let now = picture.view.now;
    for flight in picture.scene.flights.iter() {
        let y = picture.places.body.y + strip.row(flight.row as usize);
        match flight.leg {
            Leg::Up(way) => brush.glyph(lane.x + way.cell(now, lane.width), y, Glyph::Request, Role::Wire),
            Leg::Down(way, status) => {
                let x = lane.end() - 1 - way.cell(now, lane.width);
                brush.glyph(x, y, Glyph::Reply, reply_role(status));
            }
            _ => {}
        }
    }
}

//! Many clients: a strip with a cell for each (or, row by row, for so many of them in their true proportions), and
//! lanes as a flow.
//!
//! Each message stands in its true cell on the row of its client's group, so the density of the flow and the shares
//! of its colours are the true ones. A message drags a cell for every time that it carries its own bytes as context:
//! a flow of tokens is fat, a flow of cookies is thin.

use super::Picture;
use super::paint::Brush;
use super::wire::reply_role;
use crate::event::RequestId;
use crate::scene::{Client, Leg, Mark, Weight};
use crate::tui::theme::{Glyph, Role};
use crate::units::Nanos;

/// How many clients share a cell of the strip; 0 where each has a row.
pub(super) fn clients_a_cell(picture: &Picture) -> usize {
    if picture.rows.is_some() { 0 } else { Strip::new(picture).per }
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

/// What a cell of the strip shows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Look {
    Empty,
    Idle,
    Busy,
    Keeps,
    /// Lost a state, or a request: not told apart by colour alone.
    Lost,
}

const LOOKS: [Look; 5] = [Look::Empty, Look::Idle, Look::Busy, Look::Keeps, Look::Lost];

fn look(picture: &Picture, client: &Client) -> Look {
    let recent = |&at: &Nanos| picture.view.lately(at);
    let failed = matches!(client.mark(), Some((at, Mark::Failed(_))) if recent(&at));
    // Whose state is gone shows it until they have another; and long enough to be seen.
    let lost = client.present() && client.lost().is_some() || client.robbed().is_some_and(|at| recent(&at));
    if failed || lost {
        Look::Lost
    } else if client.holds_token {
        Look::Keeps
    } else if client.busy() {
        Look::Busy
    } else if client.present() {
        Look::Idle
    } else {
        Look::Empty
    }
}

fn strip(picture: &Picture, brush: &mut Brush) {
    let strip = Strip::new(picture);
    let (x, y) = (picture.places.clients.x, picture.places.body.y);
    let clients = picture.scene.clients.rows();
    for (row, band) in clients.chunks(strip.per * strip.width).enumerate() {
        let y = y + strip.row(row * strip.per * strip.width);
        if strip.per == 1 {
            for (client, x) in band.iter().zip(x..) {
                cell(brush, x, y, look(picture, client));
            }
        } else {
            let mut counts = [0; LOOKS.len()];
            for client in band {
                counts[look(picture, client) as usize] += 1;
            }
            for (look, x) in shares(counts, band.len().div_ceil(strip.per)).zip(x..) {
                cell(brush, x, y, look);
            }
        }
    }
}

fn cell(brush: &mut Brush, x: u16, y: u16, look: Look) {
    let (glyph, role) = match look {
        Look::Empty => return,
        Look::Idle => (Glyph::Dot, Role::Dim),
        Look::Keeps => (Glyph::Whole, Role::State),
        Look::Busy => (Glyph::Trail, Role::Wire),
        Look::Lost => (Glyph::Gone, Role::Lost),
    };
    brush.glyph(x, y, glyph, role);
}

/// The cells of a row that stands for many clients, in their true proportions: each kind gets its share, rounded so
/// that the sums stay right, the worst first.
fn shares(counts: [usize; LOOKS.len()], cells: usize) -> impl Iterator<Item = Look> {
    let total = counts.iter().sum::<usize>().max(1);
    let mut before = 0;
    LOOKS.into_iter().rev().flat_map(move |look| {
        let from = (before * cells + total / 2) / total;
        before += counts[look as usize];
        let to = (before * cells + total / 2) / total;
        std::iter::repeat_n(look, to - from)
    })
}

/// The row on which the messages of a client stand.
pub(super) fn client_row(picture: &Picture, client: usize) -> u16 {
    picture.places.body.y + Strip::new(picture).row(client)
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
            Leg::Up(way) => {
                let cell = way.cell(now, lane.width);
                let role = if flight.stolen() { Role::Stale } else { Role::Wire };
                brush.glyph(lane.x + cell, y, Glyph::Request, role);
                burden(brush, (1..=cell).map(|back| lane.x + cell - back), y, flight.up, flight.request);
            }
            Leg::Down(way, status) => {
                let cell = way.cell(now, lane.width);
                let head = lane.end() - 1 - cell;
                brush.glyph(head, y, Glyph::Reply, reply_role(status));
                burden(brush, (1..=cell).map(|back| head + back), y, flight.down, flight.request);
            }
            _ => {}
        }
    }
}

/// What a message drags along, in the `cells` behind its head: one for as many bytes of context as it has others, the
/// new ones next to the head. Heads are never covered, so a crowded row shows its messages first.
fn burden(brush: &mut Brush, cells: impl Iterator<Item = u16>, y: u16, weight: Weight, request: RequestId) {
    let (all, again) = weight.times(request);
    for (nth, x) in (0..all).zip(cells) {
        let (glyph, role) = if nth < all - again { (Glyph::Item, Role::State) } else { (Glyph::Resent, Role::Resent) };
        brush.under(x, y, glyph, role);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 80 clients in 16 cells, five a cell: 20 lost ones are a quarter of them, and so of the cells.
    #[test]
    fn a_row_for_many_has_their_true_proportions() {
        let mut counts = [0; LOOKS.len()];
        counts[Look::Lost as usize] = 20;
        counts[Look::Busy as usize] = 10;
        counts[Look::Idle as usize] = 50;
        let row: Vec<Look> = shares(counts, 16).collect();
        let of = |look| row.iter().filter(|&&cell| cell == look).count();
        assert_eq!((row.len(), of(Look::Lost), of(Look::Busy), of(Look::Idle)), (16, 4, 2, 10));
    }
}

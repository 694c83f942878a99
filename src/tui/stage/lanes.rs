//! Between the balancer and the boxes, and between the boxes: who is on the way.

use super::geometry::Span;
use super::paint::{Brush, cells};
use super::wire::{Load, leftwards, reply_role, rightwards, waiting};
use super::{Picture, carts};
use crate::scenario::Home;
use crate::scene::{Cargo, Flight, Hop, Instance, LANES, Leg};
use crate::tui::theme::{Glyph, Role};
use ratatui::layout::Rect;

/// With more open requests than this for each of its rows an instance has a crowd beside it.
const CROWD: usize = 2;

/// Open requests in the rows beside an instance.
pub(super) fn lane_flights<'a>(picture: &'a Picture, it: &'a Instance) -> impl Iterator<Item = &'a Flight> {
    (0..LANES).filter_map(|lane| picture.scene.lane(it, lane))
}

/// The lanes between balancer and instance: each open request keeps one row of the box until it ends.
pub(super) fn beside(picture: &Picture, brush: &mut Brush, it: &Instance, area: Rect) {
    let lane = picture.places.backend;
    let rows = usize::from(area.height.saturating_sub(2)).clamp(1, LANES);
    let first = if area.height > 2 { area.y + 1 } else { area.y };
    // Where clients are a strip nobody is told by name, and a single row would fill and empty with each of them.
    let flows = picture.rows.is_none() && rows == 1 && it.open > 0;
    if flows || it.open as usize > CROWD * rows {
        crowd(picture, brush, it, Rect { x: lane.x, width: lane.width, y: first, height: rows as u16 });
        return;
    }
    let mut drawn = 0;
    for row in 0..rows {
        if let Some(flight) = picture.scene.lane(it, row) {
            drawn += 1;
            message(picture, brush, flight, lane, first + row as u16);
        }
    }
    if it.open > drawn {
        let words = if drawn == 0 { format!("{} open ", it.open) } else { format!("+{} ", it.open - drawn) };
        brush.text_right(lane.end(), area.bottom() - 1, lane.width, &words, brush.theme.style(Role::Wire));
    }
}

/// So many open requests that they have no rows of their own: each message alone, in its true cell, those inside at the
/// end, and the sum.
fn crowd(picture: &Picture, brush: &mut Brush, it: &Instance, area: Rect) {
    let flights = picture.scene.flights.iter().filter(|flight| flight.instance == it.id);
    for flight in flights {
        let y = area.y + (flight.request % u64::from(area.height)) as u16;
        dot(picture, brush, flight, Span { x: area.x, width: area.width }, y);
    }
    let (lane, y) = (Span { x: area.x, width: area.width }, area.bottom());
    let style = brush.theme.style(Role::Wire);
    let words = format!(" {} open ", it.open);
    if cells(&words) < lane.width {
        let first = brush.text_right(lane.end(), y, lane.width, &words, style);
        level(brush, it, Span { width: first - lane.x, ..lane }, y);
        return;
    }
    let forms = [format!("+{} ", it.open), format!("+{}", it.open)];
    if let Some(words) = forms.iter().find(|words| cells(words) <= lane.width) {
        brush.text_right(lane.end(), y, lane.width, words, style);
    }
}

/// The requests inside an instance, one glyph each, at the end of a lane: together with those on the way, all that are
/// open.
pub(super) fn level(brush: &mut Brush, it: &Instance, lane: Span, y: u16) {
    let inside = it.queued + it.serving;
    let (drawn, rest) = carts::shortened(inside, inside, u32::from(lane.width), false);
    let first = lane.end() - drawn as u16;
    brush.run(first, lane.end(), y, Glyph::Request, Role::Wire);
    brush.text_right(first, y, first - lane.x, &rest, brush.theme.style(Role::Dim));
}

/// A message between balancer and instance as its head alone.
pub(super) fn dot(picture: &Picture, brush: &mut Brush, flight: &Flight, lane: Span, y: u16) {
    if lane.width == 0 {
        return;
    }
    let now = picture.view.now;
    match flight.leg {
        Leg::Forward(way) => {
            let role = if flight.stolen() { Role::Stale } else { Role::Wire };
            brush.glyph(lane.x + way.cell(now, lane.width), y, Glyph::Request, role);
        }
        Leg::Back(way, status) => {
            brush.glyph(lane.end() - 1 - way.cell(now, lane.width), y, Glyph::Reply, reply_role(status));
        }
        Leg::Bounced(way) => brush.glyph(lane.end() - 1 - way.cell(now, lane.width), y, Glyph::Gone, Role::Lost),
        _ => {}
    }
}

/// Whose request it is: a copied credential is not its owner's.
pub(super) fn caller(picture: &Picture, flight: &Flight) -> String {
    let name = picture.scene.clients.signed_name(flight.row);
    if flight.stolen() { format!("copied {name}") } else { name }
}

/// One request between balancer and instance.
fn message(picture: &Picture, brush: &mut Brush, flight: &Flight, lane: Span, y: u16) {
    let theme = brush.theme;
    let name = caller(picture, flight);
    let role = |role: Role| match (flight.ghost, flight.stolen()) {
        (true, _) => Role::Dim,
        (_, true) => Role::Stale,
        _ => role,
    };
    match flight.leg {
        Leg::Forward(way) => {
            let load = Load::nothing().token_up(brush, flight).words(&name, theme.bold(role(Role::Wire)), true);
            let load = load.sent_by_another(flight.stolen());
            rightwards(picture, brush, lane, y, way, &load);
        }
        Leg::Bounced(way) => {
            let load = Load::nothing().words(&name, theme.bold(Role::Lost), false);
            leftwards(picture, brush, lane, y, way, &load, Role::Lost);
        }
        Leg::Back(way, status) => {
            let colour = role(reply_role(status));
            let grown = flight.items + u32::from(flight.write != 0);
            let token = picture.scene.home == Home::Token && status.outcome().useful() && flight.write != 0;
            let load = Load::nothing().words(&name, theme.bold(colour), false);
            let load = load.token_down(brush, if token { grown } else { 0 });
            leftwards(picture, brush, lane, y, way, &load, colour);
        }
        Leg::Queued | Leg::Serving => waiting(brush, lane, y),
        _ => {}
    }
}

/// A message from one instance to another runs along the left edge of the boxes, from middle to middle.
pub(super) fn between(picture: &Picture, brush: &mut Brush, boxes: &[Rect], hop: &Hop) {
    let middle = |id| {
        let place = picture.scene.instances.iter().position(|it| it.id == id)?;
        boxes.get(place).map(|area| area.y + area.height / 2)
    };
    let (Some(from), Some(to)) = (middle(hop.from), middle(hop.to)) else { return };
    let distance = from.abs_diff(to);
    let step = hop.way.cell(picture.view.now, distance + 1);
    let down = to > from;
    let y = if down { from + step } else { from - step };
    let x = picture.places.instances.x;
    let glyph = match hop.cargo {
        Cargo::Asked(_) if down => Glyph::Down,
        Cargo::Asked(_) => Glyph::Up,
        Cargo::Answered(_) | Cargo::Copy => Glyph::Copy,
    };
    if step > 0 {
        brush.glyph(x, if down { y - 1 } else { y + 1 }, Glyph::Flow, Role::Inside);
    }
    brush.put(x, y, brush.theme.glyph(glyph), brush.theme.bold(Role::Inside));
}

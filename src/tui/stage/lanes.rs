//! Between the balancer and the boxes, and between the boxes: who is on the way.

use super::geometry::Span;
use super::paint::{Brush, cells};
use super::wire::{LOAD, Load, leftwards, reply_role, rightwards, waiting};
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
    let field = Rect { x: lane.x, width: lane.width, y: first, height: rows as u16 };
    // Where clients are a strip nobody is told by name, and a single row would fill and empty with each of them. Where no
    // eye can follow a message, every row would.
    let strip = picture.rows.is_none();
    let flows = strip && if picture.legible { rows == 1 && it.open > 0 } else { it.open > 0 || it.answers() };
    if flows || it.open as usize > CROWD * rows {
        heads(picture, brush, it, field);
        return sum(brush, it, field);
    }
    if !picture.legible {
        heads(picture, brush, it, field);
        return level(brush, it, lane, field.bottom());
    }
    let in_rows = in_rows(picture, it, rows);
    for (row, flight) in &in_rows {
        message(picture, brush, flight, lane, first + *row as u16);
    }
    let drawn = in_rows.len() as u32;
    if it.open > drawn {
        let words = if drawn == 0 { format!("{} open ", it.open) } else { format!("+{} ", it.open - drawn) };
        brush.text_right(lane.end(), field.bottom(), lane.width, &words, brush.theme.style(Role::Wire));
    }
}

/// Who is drawn in which row: each in that of its lane and, where a box has fewer rows than lanes, in one that is free.
fn in_rows<'a>(picture: &'a Picture, it: &'a Instance, rows: usize) -> Vec<(usize, &'a Flight)> {
    let flights = |lanes: std::ops::Range<usize>| lanes.filter_map(|lane| Some((lane, picture.scene.lane(it, lane)?)));
    let mut placed: Vec<_> = flights(0..rows).collect();
    for (lane, flight) in flights(rows..LANES) {
        let row = (0..rows).map(|step| (lane + step) % rows).find(|row| placed.iter().all(|(taken, _)| taken != row));
        placed.extend(row.map(|row| (row, flight)));
    }
    placed
}

/// Open requests that have no rows of their own: each message alone, in its true cell.
fn heads(picture: &Picture, brush: &mut Brush, it: &Instance, field: Rect) {
    for flight in picture.scene.flights.iter().filter(|flight| flight.instance == it.id) {
        let y = field.y + (flight.request % u64::from(field.height)) as u16;
        dot(picture, brush, flight, Span { x: field.x, width: field.width }, y);
    }
}

/// Below those rows: the requests inside, and the sum of all.
fn sum(brush: &mut Brush, it: &Instance, field: Rect) {
    let (lane, y) = (Span { x: field.x, width: field.width }, field.bottom());
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
            let style = theme.bold(role(Role::Wire));
            let load = Load::nothing().token_up(brush, flight, LOAD).words(&name, style, true);
            let load = if load.cells() < lane.width {
                load
            } else {
                // Whose it is matters more than how much of it there is.
                let room = u32::from(lane.width).saturating_sub(1 + u32::from(cells(&name)));
                let (most, _) = carts::shortened(flight.items, flight.items, room, false);
                Load::nothing().words(&name, style, true).token_up(brush, flight, most.min(LOAD))
            };
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
        Leg::Queued | Leg::Serving => {
            waiting(brush, lane, y);
            // The last column is free for copies that pass between the boxes.
            let end = lane.end() - 1;
            if cells(&name) < lane.width {
                brush.text_right(end, y, lane.width - 1, &name, theme.style(Role::Dim));
            }
        }
        _ => {}
    }
}

/// A message from one instance to another runs up or down beside the boxes, from middle to middle, and through nothing
/// that is drawn there: in the last column of the lanes. Where there are no lanes, on the edge of the boxes.
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
    let x = picture.places.instances.x - u16::from(picture.places.backend.width > 0);
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

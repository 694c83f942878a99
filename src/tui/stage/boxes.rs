//! Instances as boxes: the border says how they are, the title what they do, the lanes beside them who is on the way.

use super::geometry::Span;
use super::paint::{Brush, cells};
use super::wire::{Load, leftwards, reply_role, rightwards, waiting};
use super::{Picture, instance};
use crate::command::Target;
use crate::event::Health;
use crate::scenario::Home;
use crate::scene::{Cargo, Flight, Hop, Instance, LANES, Leg};
use crate::tui::theme::{Border, Glyph, Role};
use ratatui::layout::Rect;
use ratatui::style::Style;

/// With more open requests than this for each of its rows an instance has a crowd beside it.
const CROWD: usize = 2;

pub(super) fn draw(picture: &Picture, boxes: &[Rect], brush: &mut Brush) {
    for (it, &area) in picture.scene.instances.iter().zip(boxes) {
        border(picture, brush, it, area);
        if area.width > 2 && area.height > 2 {
            let inside = Rect { x: area.x + 1, y: area.y + 1, width: area.width - 2, height: area.height - 2 };
            instance::content(picture, brush, it, inside);
        }
        lanes(picture, brush, it, area);
    }
    let hops = picture.scene.hops.at(picture.view.now);
    for hop in hops.filter(|hop| hop.from != 0 && hop.to != 0) {
        between(picture, brush, boxes, hop);
    }
}

/// What stands in the border: the style of its lines, and the title with its own style.
struct Look {
    border: Border,
    lines: Style,
    title: String,
    title_style: Style,
    note: String,
    note_style: Style,
}

fn look(picture: &Picture, brush: &Brush, it: &Instance) -> Look {
    let theme = brush.theme;
    let now = picture.view.now;
    let selected = picture.view.selected == Some(Target::Instance(it.id));
    let alive = |title: String| Look {
        border: Border::Solid,
        lines: theme.style(Role::Edge),
        title,
        title_style: theme.bold(Role::Text),
        note: String::new(),
        note_style: theme.style(Role::Dim),
    };
    let left = |until: crate::units::Nanos| span(until.since(now).secs());
    let ago = format!("{} ago", span(now.since(it.since).secs()));
    let mut look = match it.health {
        Health::Up if it.partitioned => Look {
            note: "cut off from peers".into(),
            note_style: theme.bold(Role::Stale),
            ..alive(format!("{} up", it.id))
        },
        Health::Up if it.slowness > 1.0 => {
            let note = format!("slow ×{}", it.slowness);
            Look { note, note_style: theme.bold(Role::Stale), ..alive(format!("{} up", it.id)) }
        }
        Health::Up => alive(format!("{} up", it.id)),
        Health::Draining => {
            let title = format!("{} draining {}", theme.glyph(Glyph::Drain), it.id);
            Look { note: left(it.until), ..alive(title) }
        }
        Health::Starting => Look {
            lines: theme.style(Role::Faint),
            title_style: theme.bold(Role::Dim),
            note: left(it.until),
            ..alive(format!("{} starting", it.id))
        },
        Health::Hung => Look {
            border: Border::Dotted,
            lines: theme.style(Role::Stale),
            title_style: theme.chip(Role::Stale),
            note: ago,
            note_style: theme.style(Role::Stale),
            ..alive(format!("{} HUNG", it.id))
        },
        Health::Down | Health::Removed => Look {
            border: Border::Broken,
            lines: theme.style(Role::Lost),
            title_style: theme.chip(Role::Lost),
            note: ago,
            note_style: theme.style(Role::Lost),
            ..alive(format!("{} {}", it.id, if it.killed { "KILLED" } else { "STOPPED" }))
        },
    };
    if selected {
        look.border = Border::Heavy;
        if !matches!(it.health, Health::Down | Health::Hung) {
            look.lines = theme.bold(Role::Key);
            look.title_style = theme.chip(Role::Key);
        }
    }
    look
}

fn border(picture: &Picture, brush: &mut Brush, it: &Instance, area: Rect) {
    let theme = brush.theme;
    let look = look(picture, brush, it);
    brush.frame(area, look.border, look.lines);
    let (mut x, end) = (area.x + 2, area.right().saturating_sub(2));
    // Where the words do not fit, the number does; the border says the rest.
    let title = format!(" {} ", look.title);
    let title = if cells(&title) <= end.saturating_sub(x) { title } else { format!(" {} ", it.id) };
    x = brush.text(x, area.y, end.saturating_sub(x), &title, look.title_style);
    if !look.note.is_empty() && cells(&look.note) + 2 <= end.saturating_sub(x) {
        x = brush.text(x, area.y, end - x, &format!(" {} ", look.note), look.note_style);
    }
    serving(picture, brush, it, Span { x, width: end.saturating_sub(x) }, area.y);

    let bottom = area.bottom() - 1;
    let room = area.width.saturating_sub(4);
    let (forms, style) = footer(picture, brush, it);
    let mut left = room;
    if let Some(words) = forms.iter().find(|words| cells(words) + 2 <= room) {
        let first = brush.text_right(area.right() - 2, bottom, room, &format!(" {words} "), style);
        left = first.saturating_sub(area.x + 3);
    }
    let behind = it.copies.left_behind();
    if behind > 0 {
        let words = format!(" {behind} left behind ");
        if cells(&words) <= left {
            brush.text(area.x + 2, bottom, left, &words, theme.style(Role::Dim));
        }
    }
}

/// The names of those whose requests its workers have, as far as they fit.
fn serving(picture: &Picture, brush: &mut Brush, it: &Instance, room: Span, y: u16) {
    if it.serving == 0 || !it.answers() || picture.places.store.width > 0 {
        return;
    }
    let theme = brush.theme;
    let served = lane_flights(picture, it).filter(|flight| flight.leg == Leg::Serving);
    let names: Vec<String> = served.map(|flight| picture.scene.clients.name(flight.row)).collect();
    let bar = if picture.places.compact { 1 } else { 2 };
    let fixed = bar + cells(" serving ") + 1;
    let fit = usize::from(room.width.saturating_sub(fixed + 1) / 4);
    let words =
        if names.len() as u32 == it.serving && names.len() <= fit { names.join(" ") } else { it.serving.to_string() };
    if room.width < fixed + cells(&words) {
        return;
    }
    let x = brush.text(room.x + bar, y, room.width - bar, " serving ", theme.style(Role::Dim));
    let x = brush.text(x, y, room.end() - x, &words, theme.bold(Role::Wire));
    brush.text(x, y, room.end() - x, " ", theme.style(Role::Dim));
}

/// The sum in the bottom border, from its longest form to its shortest: what is gone, or who waits.
fn footer(picture: &Picture, brush: &Brush, it: &Instance) -> (Vec<String>, Style) {
    let theme = brush.theme;
    let noun = &picture.scene.noun;
    match (&it.scar, it.health) {
        (Some(scar), Health::Down | Health::Removed) => {
            let style = if scar.gone > 0 { theme.bold(Role::Lost) } else { theme.bold(Role::Text) };
            (vec![format!("{} {} gone", scar.gone, plural(noun, scar.gone)), format!("{} gone", scar.gone)], style)
        }
        (Some(scar), _) if scar.gone > 0 => {
            let long = format!("{} {} lost at {:.1}", scar.gone, plural(noun, scar.gone), scar.at.secs());
            (vec![long, format!("{} lost", scar.gone)], theme.style(Role::Lost))
        }
        _ if picture.places.compact && it.queued == 0 => (Vec::new(), theme.style(Role::Dim)),
        _ => {
            let style = if it.queued > 0 { theme.style(Role::Text) } else { theme.style(Role::Dim) };
            (vec![format!("queue {}", it.queued)], style)
        }
    }
}

/// `carts`, but `1 cart`.
pub(super) fn plural(noun: &str, count: u32) -> String {
    if count == 1 { noun.to_owned() } else { format!("{noun}s") }
}

/// `1.3 s`, `42 s`, `7 min`.
pub(super) fn span(seconds: f64) -> String {
    if seconds < 60.0 {
        format!("{seconds:.1} s")
    } else if seconds < 600.0 {
        format!("{seconds:.0} s")
    } else {
        format!("{:.0} min", seconds / 60.0)
    }
}

/// Open requests in the rows beside an instance.
pub(super) fn lane_flights<'a>(picture: &'a Picture, it: &'a Instance) -> impl Iterator<Item = &'a Flight> {
    (0..LANES).filter_map(|lane| picture.scene.lane(it, lane))
}

/// The lanes between balancer and instance: each open request keeps one row of the box until it ends.
fn lanes(picture: &Picture, brush: &mut Brush, it: &Instance, area: Rect) {
    let lane = picture.places.backend;
    let rows = usize::from(area.height.saturating_sub(2)).clamp(1, LANES);
    let first = if area.height > 2 { area.y + 1 } else { area.y };
    if it.open as usize > CROWD * rows {
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
        let words = format!("+{} ", it.open - drawn);
        brush.text_right(lane.end(), area.bottom() - 1, lane.width, &words, brush.theme.style(Role::Wire));
    }
}

/// So many open requests that they have no rows of their own: each message alone, in its true cell, and the sum.
fn crowd(picture: &Picture, brush: &mut Brush, it: &Instance, area: Rect) {
    let flights = picture.scene.flights.iter().filter(|flight| flight.instance == it.id);
    for flight in flights {
        let y = area.y + (flight.request % u64::from(area.height)) as u16;
        dot(picture, brush, flight, Span { x: area.x, width: area.width }, y);
    }
    brush.text_right(
        area.right(),
        area.bottom(),
        area.width,
        &format!("{} open ", it.open),
        brush.theme.style(Role::Wire),
    );
}

/// A message between balancer and instance as its head alone.
pub(super) fn dot(picture: &Picture, brush: &mut Brush, flight: &Flight, lane: Span, y: u16) {
    if lane.width == 0 {
        return;
    }
    let now = picture.view.now;
    match flight.leg {
        Leg::Forward(way) => brush.glyph(lane.x + way.cell(now, lane.width), y, Glyph::Request, Role::Wire),
        Leg::Back(way, status) => {
            brush.glyph(lane.end() - 1 - way.cell(now, lane.width), y, Glyph::Reply, reply_role(status));
        }
        Leg::Bounced(way) => brush.glyph(lane.end() - 1 - way.cell(now, lane.width), y, Glyph::Gone, Role::Lost),
        _ => {}
    }
}

/// One request between balancer and instance.
pub(super) fn message(picture: &Picture, brush: &mut Brush, flight: &Flight, lane: Span, y: u16) {
    let theme = brush.theme;
    let name = picture.scene.clients.name(flight.row);
    let role = |role: Role| if flight.ghost { Role::Dim } else { role };
    match flight.leg {
        Leg::Forward(way) => {
            let load = Load::nothing().token_up(brush, flight).words(&name, theme.bold(role(Role::Wire)), true);
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
fn between(picture: &Picture, brush: &mut Brush, boxes: &[Rect], hop: &Hop) {
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

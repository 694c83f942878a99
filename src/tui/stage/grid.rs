//! Many instances: a row each (`12 ▣▣▣▣▣▣ 43`), and beyond the rows a grid with a cell each.

use super::geometry::Span;
use super::instance::kind;
use super::lanes::dot;
use super::paint::{Brush, cells};
use super::{Picture, balancer};
use crate::command::Target;
use crate::event::Health;
use crate::scene::Instance;
use crate::story::{any, plural};
use crate::tui::theme::{Glyph, Role, Theme};
use ratatui::layout::Position;
use ratatui::style::Style;

pub(super) fn draw(picture: &Picture, brush: &mut Brush) {
    if has_rows(picture) {
        rows(picture, brush);
    } else {
        cells_each(picture, brush);
    }
    traffic(picture, brush);
}

/// What the square of a whole state means where instances keep state.
pub(super) fn meaning(picture: &Picture) -> String {
    let noun = &picture.scene.noun;
    let (nouns, most) = (plural(noun, 2), most(picture));
    if !has_rows(picture) {
        format!("keeps {nouns}")
    } else if most > u32::from(room(picture, most)) {
        format!("{nouns}, to scale")
    } else {
        any(noun)
    }
}

/// What the instance with the most to do has to do.
fn most(picture: &Picture) -> u32 {
    picture.scene.instances.iter().map(|it| burden(picture, it)).max().unwrap_or(0)
}

/// Whether each instance has a row (else all of them are a grid).
fn has_rows(picture: &Picture) -> bool {
    picture.places.instances_have_rows(picture.scene.instances.len())
}

/// Whether an instance has this row.
pub(super) fn lists(picture: &Picture, y: u16) -> bool {
    let count = picture.scene.instances.len();
    has_rows(picture) && (0..count).any(|place| picture.places.instance_cell(place, count).y == y)
}

/// Cells of an instance's number, with the space behind it.
const ID: u16 = 4;

/// The cells of a row between an instance's number and what it has to do, if that is so much.
fn room(picture: &Picture, value: u32) -> u16 {
    picture.places.instances.width.saturating_sub(ID + digits(value) + 1)
}

fn digits(value: u32) -> u16 {
    cells(&value.to_string()).max(3)
}

/// What an instance has to do: states it keeps, or, where it keeps none, requests it has.
fn burden(picture: &Picture, it: &Instance) -> u32 {
    if picture.scene.home.in_instances() { it.copies.live_count() } else { it.open }
}

fn title_style(picture: &Picture, theme: &Theme, it: &Instance) -> Style {
    if picture.view.selected == Some(Target::Instance(it.id)) {
        return theme.chip(Role::Key);
    }
    match it.health {
        Health::Up => theme.style(Role::Text),
        Health::Draining | Health::Starting => theme.style(Role::Dim),
        Health::Hung => theme.bold(Role::Stale),
        Health::Down | Health::Removed => theme.bold(Role::Lost),
    }
}

fn rows(picture: &Picture, brush: &mut Brush) {
    let (places, theme) = (picture.places, brush.theme);
    let most = most(picture);
    let (x, end) = (places.instances.x, places.instances.end());
    for (place, it) in picture.scene.instances.iter().enumerate() {
        let y = places.instance_cell(place, picture.scene.instances.len()).y;
        let dead = matches!(it.health, Health::Down | Health::Removed);
        let after = brush.text(x, y, ID, &format!("{:>3} ", it.id), title_style(picture, theme, it));
        let value = it.scar.as_ref().filter(|_| dead).map_or_else(|| burden(picture, it), |scar| scar.gone);
        let room = room(picture, value);
        let full = most.max(value).max(u32::from(room)).max(1);
        let bar = (u64::from(value) * u64::from(room)).div_ceil(u64::from(full)) as u16;
        match it.health {
            Health::Down | Health::Removed => brush.run(after, after + bar, y, Glyph::Gone, Role::Lost),
            Health::Starting => brush.run(after, after + bar, y, Glyph::Dot, Role::Dim),
            _ if picture.scene.home.in_instances() => kept(picture, brush, it, Span { x: after, width: bar }, y),
            _ => brush.run(after, after + bar, y, Glyph::Trail, Role::Wire),
        }
        let role = if dead { Role::Lost } else { Role::Dim };
        brush.text_right(end, y, digits(value), &value.to_string(), theme.style(role));
        if dead {
            let lane = places.backend;
            brush.run(lane.x, lane.end().saturating_sub(3), y, Glyph::Dead, Role::Faint);
            brush.glyph(lane.end().saturating_sub(2), y, Glyph::Gone, Role::Lost);
        }
        if it.misjudged() {
            let words = if it.believed_up { "up" } else { "down" };
            let forms = [format!("{} {words}?", it.id), format!("{}?", it.id)];
            balancer::label(picture, brush, y, &forms, theme.bold(Role::Stale));
        }
    }
}

/// The states of an instance in the order of their visits: a cell each, or so many cells for all.
fn kept(picture: &Picture, brush: &mut Brush, it: &Instance, bar: Span, y: u16) {
    let held: Vec<_> = it.copies.live().collect();
    for cell in 0..bar.width {
        let nth = usize::from(cell) * held.len() / usize::from(bar.width);
        let (glyph, role) = kind(picture, it, held[nth]).whole_look();
        brush.glyph(bar.x + cell, y, glyph, role);
    }
}

fn cells_each(picture: &Picture, brush: &mut Brush) {
    let (places, theme) = (picture.places, brush.theme);
    let count = picture.scene.instances.len();
    let keeps = picture.scene.home.in_instances();
    let shown = places.instances_drawn(count);
    for (place, it) in picture.scene.instances.iter().take(shown).enumerate() {
        let Position { x, y } = places.instance_cell(place, count);
        let (glyph, role) = match it.health {
            Health::Down | Health::Removed => (Glyph::Gone, Role::Lost),
            Health::Hung => (Glyph::Behind, Role::Stale),
            Health::Starting => (Glyph::Dot, Role::Dim),
            Health::Up | Health::Draining if burden(picture, it) == 0 => (Glyph::Dot, Role::Dim),
            Health::Up | Health::Draining if keeps => (Glyph::Whole, Role::State),
            Health::Up | Health::Draining => (Glyph::Trail, Role::Wire),
        };
        brush.glyph(x, y, glyph, role);
        if picture.view.selected == Some(Target::Instance(it.id)) {
            brush.put(x, y, theme.glyph(glyph), theme.chip(Role::Key));
        }
    }
    if shown < count {
        let words = format!("+{} more", count - shown);
        brush.text(
            places.instances.x,
            places.body.bottom() - 1,
            places.instances.width,
            &words,
            theme.style(Role::Dim),
        );
    }
}

/// Messages in their true cells, each on the row of its instance.
fn traffic(picture: &Picture, brush: &mut Brush) {
    let (places, instances) = (picture.places, &picture.scene.instances);
    for flight in picture.scene.flights.iter() {
        if let Ok(place) = instances.binary_search_by_key(&flight.instance, |it| it.id) {
            dot(picture, brush, flight, places.backend, places.instance_cell(place, instances.len()).y);
        }
    }
}

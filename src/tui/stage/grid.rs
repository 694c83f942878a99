//! Many instances: a row each (`12 ▣▣▣▣▣▣ 43`), and beyond the rows a grid with a cell each (`12▣ 13· 14▣`).

use super::Picture;
use super::geometry::{Geometry, Span};
use super::instance::{kind, remark};
use super::lanes::{dot, level};
use super::paint::{Brush, cells};
use crate::command::Target;
use crate::event::Health;
use crate::scene::Instance;
use crate::text::{any, plural};
use crate::tui::parts::clock;
use crate::tui::theme::{Glyph, Role, Theme};
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;

pub(super) fn draw(picture: &Picture, brush: &mut Brush) {
    if picture.scene.instances.is_empty() {
        return nobody(picture, brush);
    }
    if picture.grid.rows() {
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
    if !picture.grid.rows() {
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
        let y = picture.grid.of(place).y;
        let dead = matches!(it.health, Health::Down | Health::Removed);
        let after = brush.text(x, y, ID, &format!("{:>3} ", it.id), title_style(picture, theme, it));
        // What was in it is seen as long as nothing new is.
        let gone = it.scar.as_ref().map(|scar| scar.gone);
        let (wreck, scar) = if it.bare() { (gone, 0) } else { (None, gone.unwrap_or(0)) };
        let value = wreck.unwrap_or_else(|| burden(picture, it));
        let wrecked = wreck.is_some_and(|gone| gone > 0);
        let room = room(picture, value);
        let full = most.max(value).max(u32::from(room)).max(1);
        let bar = (u64::from(value) * u64::from(room)).div_ceil(u64::from(full)) as u16;
        match it.health {
            _ if wrecked => brush.run(after, after + bar, y, Glyph::Gone, Role::Lost),
            Health::Down | Health::Removed => {}
            Health::Starting => brush.run(after, after + bar, y, Glyph::Dot, Role::Dim),
            _ if picture.scene.home.in_instances() => kept(picture, brush, it, Span { x: after, width: bar }, y),
            _ => {}
        }
        let role = if dead || wrecked { Role::Lost } else { Role::Dim };
        let (number, open) = (value.to_string(), format!("{value} open"));
        // What keeps nothing has but requests, whose number is none of states.
        let words = match picture.scene.home.in_instances() {
            _ if it.health == Health::Starting && value == 0 => "starting",
            false if !dead && value == 0 => "",
            false if !dead && cells(&open) < end - after => &open,
            _ => &number,
        };
        let left = brush.text_right(end, y, cells(words), words, theme.style(role));
        let lost = format!("{scar} lost ");
        if scar > 0 && after + bar + 1 + cells(&lost) <= left {
            brush.text_right(left, y, cells(&lost), &lost, theme.style(Role::Lost));
        }
        level(brush, it, places.backend, y);
        if dead {
            let lane = places.backend;
            brush.run(lane.x, lane.end().saturating_sub(3), y, Glyph::Dead, Role::Faint);
            brush.glyph(lane.end().saturating_sub(2), y, Glyph::Gone, Role::Lost);
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
    let shown = picture.grid.shown;
    let digits = picture.grid.cell.saturating_sub(2);
    for (place, it) in picture.scene.instances.iter().take(shown).enumerate() {
        let Position { x, y } = picture.grid.of(place);
        let (glyph, role) = match it.health {
            Health::Down | Health::Removed => (Glyph::Gone, Role::Lost),
            Health::Hung => (Glyph::Behind, Role::Stale),
            Health::Starting => (Glyph::Dot, Role::Dim),
            Health::Up | Health::Draining if burden(picture, it) == 0 => (Glyph::Dot, Role::Dim),
            Health::Up | Health::Draining if keeps => (Glyph::Whole, Role::State),
            Health::Up | Health::Draining => (Glyph::Trail, Role::Wire),
        };
        let selected = picture.view.selected == Some(Target::Instance(it.id));
        let style = |role| if selected { theme.chip(Role::Key) } else { theme.style(role) };
        if digits > 0 {
            let number = if matches!(role, Role::Lost | Role::Stale) { role } else { Role::Dim };
            brush.text(x, y, digits, &format!("{:>1$}", it.id, usize::from(digits)), style(number));
        }
        brush.put(x + digits, y, theme.glyph(glyph), style(role));
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
    let instances = &picture.scene.instances;
    for flight in picture.scene.flights.iter() {
        if let Ok(place) = instances.binary_search_by_key(&flight.instance, |it| it.id) {
            dot(picture, brush, flight, picture.places.backend, picture.grid.of(place).y);
        }
    }
}

/// Where no instance runs: that this is so, and since when.
fn nobody(picture: &Picture, brush: &mut Brush) {
    let (Geometry { instances, body, .. }, (count, last)) = (picture.places, picture.scene.removed);
    let row = |y| Rect { x: instances.x.saturating_sub(1), y, width: instances.width + 1, height: 1 };
    let middle = body.y + (body.height - 1) / 2;
    remark(brush, row(middle), &["none runs", "none"]);
    let last = clock(last);
    match count {
        0 => {}
        1 => remark(brush, row(middle + 1), &[&format!("1 was removed at {last}"), &format!("1 till {last}")]),
        _ => {
            let forms =
                [format!("{count} were removed, the last at {last}"), format!("{count} removed, last at {last}")];
            remark(brush, row(middle + 1), &[&forms[0], &forms[1], &format!("{count} removed")]);
        }
    }
}

//! Many instances: a row each (`12 ■■■■■■ 43`), and beyond the rows a grid with a cell each.

use super::Picture;
use super::lanes::dot;
use super::paint::{Brush, cells};
use crate::command::Target;
use crate::event::Health;
use crate::scene::Instance;
use crate::tui::theme::{Glyph, Role, Theme};
use ratatui::style::Style;

pub(super) fn draw(picture: &Picture, brush: &mut Brush) {
    if picture.scene.instances.len() <= usize::from(picture.places.body.height) {
        rows(picture, brush);
    } else {
        cells_each(picture, brush);
    }
    traffic(picture, brush);
}

/// What an instance has to do: states it keeps, or, where it keeps none, requests it has.
fn burden(picture: &Picture, it: &Instance) -> u32 {
    if picture.scene.home.stateful() && picture.places.store.width == 0 { it.copies.live_count() } else { it.open }
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
    let most = picture.scene.instances.iter().map(|it| burden(picture, it)).max().unwrap_or(0);
    let (x, end) = (places.instances.x, places.instances.end());
    for (place, it) in picture.scene.instances.iter().enumerate() {
        let y = picture.places.instance_row(place, picture.scene.instances.len());
        let dead = matches!(it.health, Health::Down | Health::Removed);
        let after = brush.text(x, y, 5, &format!("{:>3} ", it.id), title_style(picture, theme, it));
        let value = it.scar.as_ref().filter(|_| dead).map_or_else(|| burden(picture, it), |scar| scar.gone);
        let number = value.to_string();
        let digits = cells(&number).max(3);
        let room = end.saturating_sub(after + digits + 1);
        let (glyph, role) = match it.health {
            Health::Down | Health::Removed => (Glyph::Gone, Role::Lost),
            Health::Starting => (Glyph::Dot, Role::Dim),
            _ if picture.scene.home.stateful() && places.store.width == 0 => (Glyph::Item, Role::State),
            _ => (Glyph::Trail, Role::Wire),
        };
        let full = most.max(value).max(u32::from(room)).max(1);
        let bar = (u64::from(value) * u64::from(room)).div_ceil(u64::from(full)) as u16;
        brush.run(after, after + bar, y, glyph, role);
        brush.text_right(end, y, digits, &number, theme.style(if dead { Role::Lost } else { Role::Dim }));
        if dead {
            let lane = places.backend;
            brush.run(lane.x, lane.end().saturating_sub(3), y, Glyph::Dead, Role::Faint);
            brush.glyph(lane.end().saturating_sub(2), y, Glyph::Gone, Role::Lost);
        }
        if it.misjudged() {
            let words = format!("{} {}?", it.id, if it.believed_up { "up" } else { "down" });
            brush.text_right(
                places.balancer.right() - 1,
                y,
                places.balancer.width - 2,
                &words,
                theme.bold(Role::Stale),
            );
        }
    }
}

fn cells_each(picture: &Picture, brush: &mut Brush) {
    let (places, theme) = (picture.places, brush.theme);
    let width = usize::from(places.instances.width.saturating_sub(1)).max(1);
    let room = width * usize::from(places.body.height);
    let count = picture.scene.instances.len();
    let keeps = picture.scene.home.stateful() && places.store.width == 0;
    let shown = if count > room { room - width } else { count };
    for (place, it) in picture.scene.instances.iter().take(shown).enumerate() {
        let (x, y) = (places.instances.x + (place % width) as u16, places.body.y + (place / width) as u16);
        let (glyph, role) = match it.health {
            Health::Down | Health::Removed => (Glyph::Gone, Role::Lost),
            Health::Hung => (Glyph::Behind, Role::Stale),
            Health::Starting => (Glyph::Dot, Role::Dim),
            Health::Up | Health::Draining if burden(picture, it) == 0 => (Glyph::Dot, Role::Dim),
            Health::Up | Health::Draining if keeps => (Glyph::Item, Role::State),
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
    let instances = &picture.scene.instances;
    for flight in picture.scene.flights.iter() {
        if let Ok(place) = instances.binary_search_by_key(&flight.instance, |it| it.id) {
            dot(
                picture,
                brush,
                flight,
                picture.places.backend,
                picture.places.instance_row(place, picture.scene.instances.len()),
            );
        }
    }
}

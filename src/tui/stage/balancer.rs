//! The tall column in the middle, and what it believes about each instance.

use super::Picture;
use super::paint::{Brush, cells};
use crate::event::Health;
use crate::scene::Instance;
use crate::tui::theme::{Border, Glyph, Role};
use ratatui::style::Style;

pub(super) fn draw(picture: &Picture, brush: &mut Brush) {
    let places = picture.places;
    brush.frame(places.balancer, Border::Solid, brush.theme.style(Role::Edge));
    brush.text(places.balancer_title(), places.heading, 8, "BALANCER", brush.theme.bold(Role::Text));
}

/// What it believes. Drawn after the clients' routes, such as `→1`, which share rows with it on small screens.
pub(super) fn beliefs(picture: &Picture, brush: &mut Brush) {
    let Some(boxes) = &picture.boxes else {
        if picture.grid.rows() && !picture.scene.instances.is_empty() {
            for (place, instance) in picture.scene.instances.iter().enumerate() {
                belief(picture, brush, instance, picture.grid.of(place).y);
            }
        } else {
            summary(picture, brush);
        }
        return;
    };
    for (instance, area) in picture.scene.instances.iter().zip(boxes) {
        let y = label_row(picture, area.y + area.height / 2);
        belief(picture, brush, instance, y);
        if instance.misjudged() && !picture.places.compact {
            label(picture, brush, y + 1, &["unnoticed".into(), "unseen".into()], brush.theme.style(Role::Stale));
        }
        if instance.health == Health::Down {
            nowhere(picture, brush, instance, area.y, y);
        }
    }
}

/// Cells of a route to an instance, such as `→2`.
const ROUTE: u16 = 2;

/// Words at the right edge, in the first of their forms that keeps away from what a client has in this row.
fn label(picture: &Picture, brush: &mut Brush, y: u16, forms: &[String], style: Style) {
    let places = picture.places;
    let end = places.balancer.right() - if places.compact { 1 } else { 2 };
    let inside = places.balancer.x + 1;
    // In the border they stand as in that of a box.
    let edge = y == places.balancer.y || y + 1 == places.balancer.bottom();
    let line = brush.theme.frame(Border::Solid).horizontal;
    let free = |symbol: &str| symbol == " " || edge && symbol.starts_with(line);
    let blank = |x: &u16| brush.buf.cell((*x, y)).is_none_or(|cell| free(cell.symbol()));
    let from = (inside..end).rev().find(|x| !blank(x)).map_or(inside, |taken| taken + 2);
    // Which form it is does not depend on who is on the way just now: where a route may come, there is room for the usual one.
    let usual = if picture.is_clients(y) { places.route() + ROUTE + 1 } else { inside };
    let fits = |from: u16| move |words: &&String| cells(words) <= end.saturating_sub(from);
    if let Some(words) = forms.iter().filter(fits(usual)).find(fits(from)) {
        let first = brush.text_right(end, y, end - from, words, style);
        if edge && first > from {
            brush.put(first - 1, y, ' ', style);
        }
    }
}

/// The row nearest to the middle of the box that is no client's; on small screens labels and routes share a row.
fn label_row(picture: &Picture, middle: u16) -> u16 {
    if picture.places.compact || !picture.is_clients(middle) {
        return middle;
    }
    let centre = picture.places.balancer.y + picture.places.balancer.height / 2;
    let beside = if middle <= centre { middle + 1 } else { middle - 1 };
    if picture.is_clients(beside) { middle } else { beside }
}

fn belief(picture: &Picture, brush: &mut Brush, instance: &Instance, y: u16) {
    let theme = brush.theme;
    let (word, short) = match (instance.believed_up, instance.health) {
        (_, Health::Draining) => ("drain", "out"),
        (true, _) => ("up", "up"),
        (false, Health::Starting) => ("start", "new"),
        (false, _) => ("down", "dn"),
    };
    let style = match (instance.misjudged(), instance.believed_up) {
        (true, _) => theme.bold(Role::Stale),
        (false, false) if instance.health == Health::Down => theme.style(Role::Lost),
        (false, _) => theme.style(Role::Dim),
    };
    // As wide as the widest of them, so that all are told in the same form, one under another.
    let widest = picture.scene.instances.last().map_or(0, |last| cells(&last.id.to_string()));
    let id = format!("{:>1$}", instance.id, usize::from(widest));
    // The place after the word is a question mark's, if it is not needed to keep the word apart from a route.
    let forms = if instance.misjudged() {
        vec![format!("{id} {word}?"), format!("{id} {short}?"), format!("{id}?")]
    } else {
        vec![format!("{id} {word} "), format!("{id} {word}"), format!("{id} {short} "), format!("{id} {short}")]
    };
    label(picture, brush, y, &forms, style);
}

/// The lane to a dead instance leads nowhere.
fn nowhere(picture: &Picture, brush: &mut Brush, instance: &Instance, top: u16, y: u16) {
    let lane = picture.places.backend;
    let taken = y.checked_sub(top + 1).and_then(|row| picture.scene.lane(instance, usize::from(row)));
    if taken.is_none() && lane.width > 3 {
        brush.run(lane.x, lane.end() - 3, y, Glyph::Dead, Role::Faint);
        brush.glyph(lane.end() - 2, y, Glyph::Gone, Role::Lost);
    }
}

/// With many instances: how many it believes in, and how many of those beliefs are wrong.
fn summary(picture: &Picture, brush: &mut Brush) {
    let (scene, places, theme) = (picture.scene, picture.places, brush.theme);
    let believed = scene.instances.iter().filter(|instance| instance.believed_up).count();
    let wrong = scene.instances.iter().filter(|instance| instance.misjudged()).count();
    let mut free = (places.balancer.y + 1..places.balancer.bottom() - 1).rev().filter(|y| !picture.is_clients(*y));
    if let Some(y) = free.next() {
        label(picture, brush, y, &[format!("{believed} up ")], theme.style(Role::Dim));
    }
    if let Some(y) = free.next().filter(|_| wrong > 0) {
        let forms = ["unnoticed", "unseen"].map(|word| format!("{wrong} {word}"));
        label(picture, brush, y, &forms, theme.bold(Role::Stale));
    }
}

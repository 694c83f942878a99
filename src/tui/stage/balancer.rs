//! The tall column in the middle, and what it believes about each instance.

use super::Picture;
use super::paint::Brush;
use crate::event::Health;
use crate::scene::Instance;
use crate::tui::theme::{Border, Glyph, Role};

pub(super) fn draw(picture: &Picture, client_rows: &[u16], brush: &mut Brush) {
    let places = picture.places;
    brush.frame(places.balancer, Border::Solid, brush.theme.style(Role::Edge));
    let Some(boxes) = places.boxes(picture.scene.instances.len()) else {
        summary(picture, brush);
        return;
    };
    for (instance, area) in picture.scene.instances.iter().zip(boxes) {
        let y = label_row(picture, client_rows, area.y + area.height / 2);
        belief(picture, brush, instance, y, client_rows);
        if instance.misjudged() && !places.compact {
            // Its row may be a client's: then a shorter word leaves room for the route.
            let client = client_rows.iter().position(|&row| row == y + 1);
            let busy = client.is_some_and(|row| picture.scene.clients.rows()[row].routed());
            let (end, words) = (places.balancer.right(), if busy { "unseen" } else { "unnoticed" });
            let end = if busy { end - 1 } else { end - 2 };
            brush.text_right(end, y + 1, 9, words, brush.theme.style(Role::Stale));
        }
        if instance.health == Health::Down {
            nowhere(picture, brush, instance, area.y, y);
        }
    }
}

/// The row nearest to the middle of the box that is no client's; on small screens labels and routes share a row.
fn label_row(picture: &Picture, client_rows: &[u16], middle: u16) -> u16 {
    if picture.places.compact || !client_rows.contains(&middle) {
        return middle;
    }
    let centre = picture.places.balancer.y + picture.places.balancer.height / 2;
    let beside = if middle <= centre { middle + 1 } else { middle - 1 };
    if client_rows.contains(&beside) { middle } else { beside }
}

fn belief(picture: &Picture, brush: &mut Brush, instance: &Instance, y: u16, client_rows: &[u16]) {
    let theme = brush.theme;
    let word = match (instance.believed_up, instance.health) {
        (true, Health::Draining) => "drain",
        (true, _) => "up",
        (false, Health::Draining) => "drain",
        (false, Health::Starting) => "start",
        (false, _) => "down",
    };
    // On small screens a client's route, such as `→1`, shares the row. After a refusal that is long: `2✗→1`.
    let client = client_rows.iter().position(|&row| row == y).filter(|_| picture.places.compact);
    let flight = client.and_then(|row| picture.scene.flight_of(&picture.scene.clients.rows()[row]));
    let refused = flight.is_some_and(|flight| flight.refused != 0);
    let word = match word {
        "down" if refused => "dn",
        "drain" | "start" if refused => &word[..2],
        word => word,
    };
    let words = format!("{} {word}", instance.id);
    let style = match (instance.misjudged(), instance.believed_up) {
        (true, _) => theme.bold(Role::Stale),
        (false, false) if instance.health == Health::Down => theme.style(Role::Lost),
        (false, _) => theme.style(Role::Dim),
    };
    let end = picture.places.balancer.right() - if picture.places.compact { 1 } else { 2 };
    // The place after the word is a question mark's, if it is not needed to keep the word apart from a route.
    let after = u16::from(instance.misjudged() || flight.is_none() || !refused && word.len() < 4);
    brush.text_right(end - after, y, 8, &words, style);
    if instance.misjudged() {
        brush.put(end - 1, y, '?', style);
    }
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
    let (x, width) = (places.balancer.x + 1, places.balancer.width - 2);
    let below = places.balancer.bottom().saturating_sub(2);
    brush.text(x + 1, below, width - 1, &format!("{believed} up"), theme.style(Role::Dim));
    if wrong > 0 {
        brush.text(x + 1, below.saturating_sub(1), width - 1, &format!("{wrong} wrong?"), theme.bold(Role::Stale));
    }
}

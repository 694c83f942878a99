//! Around the picture: the headings with the chip that says where state lives, and the legend.

use super::paint::{Brush, cells};
use super::{Picture, carts, flow};
use crate::scenario::Home;
use crate::tui::theme::{Glyph, Role};
use ratatui::layout::Rect;

pub(super) fn draw(picture: &Picture, brush: &mut Brush) {
    headings(picture, brush);
    legend(picture, brush);
}

fn headings(picture: &Picture, brush: &mut Brush) {
    let (scene, places) = (picture.scene, picture.places);
    let noun = &*scene.noun;
    let lives_with_client = scene.home == Home::Token;
    let lives_in_store = scene.home == Home::Store;
    let compact = places.compact;

    let room = places.balancer.x.saturating_sub(places.clients.x + 1);
    let count = scene.clients.present();
    let title = if lives_with_client && compact { "CLIENTS".to_owned() } else { format!("CLIENTS {count}") };
    let per = flow::clients_a_cell(picture);
    let note = match per {
        0 if scene.cookies && !compact => "and their cookies".to_owned(),
        0 | 1 => String::new(),
        _ => format!("{per} a cell"),
    };
    heading(picture, brush, places.clients.x, room, &title, lives_with_client, &note);

    let x = places.balancer.x + if compact { 0 } else { 2 };
    brush.text(x, places.heading, places.balancer.width + 1, "BALANCER", brush.theme.bold(Role::Text));

    let end = if places.store.width > 0 { places.store.x } else { places.area.right() };
    let room = end.saturating_sub(places.instances.x);
    let note = match scene.home {
        Home::Token => format!("hold no {noun}s"),
        _ => String::new(),
    };
    let lives_here = !lives_with_client && !lives_in_store;
    let title = if compact && places.store.width > 0 { "INST." } else { "INSTANCES" };
    heading(picture, brush, places.instances.x, room, title, lives_here, &note);

    if places.store.width > 0 {
        let note = if lives_in_store { "" } else { "revoked tokens" };
        heading(picture, brush, places.store.x, places.area.right() - places.store.x, "STORE", lives_in_store, note);
    }
}

/// A title, and after it the chip or a note, whichever of its forms fits.
fn heading(picture: &Picture, brush: &mut Brush, x: u16, room: u16, title: &str, chip: bool, note: &str) {
    let y = picture.places.heading;
    let after = brush.text(x, y, room, title, brush.theme.bold(Role::Text));
    let left = room.saturating_sub(after - x);
    if !chip {
        if left > cells(note) + 1 {
            brush.text(after + 2, y, left - 2, note, brush.theme.style(Role::Dim));
        }
        return;
    }
    let noun = picture.scene.noun.to_uppercase();
    let item = brush.theme.glyph(Glyph::Item);
    let forms = [format!(" {item} {noun}S LIVE HERE "), format!(" {item} {noun}S HERE "), format!(" {item} HERE ")];
    let first = usize::from(picture.places.compact);
    let gap = if title.starts_with("CLIENTS") { 2 } else { 1 };
    if let Some(words) = forms[first..].iter().find(|words| cells(words) + gap <= left) {
        brush.text(after + gap, y, left - gap, words, brush.theme.chip(Role::State));
    }
}

/// Whether some box is too full for items, so that a cell stands for a whole session.
pub(super) fn each_cell_a_session(picture: &Picture) -> bool {
    let (scene, places) = (picture.scene, picture.places);
    if !picture.has_rows() {
        return true;
    }
    let inside =
        |area: Rect| Rect { width: area.width.saturating_sub(2), height: area.height.saturating_sub(2), ..area };
    let boxes = places.boxes(scene.instances.len()).unwrap_or_default();
    let mut full = scene.instances.iter().zip(boxes).map(|(it, area)| (it.copies.live_count(), area));
    let store = scene.store.as_ref().map(|store| (store.copies.live_count(), places.store));
    full.any(|(count, area)| carts::crowded(inside(area), count as usize))
        || store.is_some_and(|(count, area)| carts::crowded(inside(area), count as usize))
}

fn legend(picture: &Picture, brush: &mut Brush) {
    let (scene, places) = (picture.scene, picture.places);
    let theme = brush.theme;
    let item = match (each_cell_a_session(picture), places.compact) {
        (true, _) => format!("a {}", scene.noun),
        (false, true) => "item".to_owned(),
        (false, false) => format!("{} item", scene.noun),
    };
    let mut entries = vec![(vec![Glyph::Item], Role::State, item)];
    if scene.home.replicated() {
        entries.push((vec![Glyph::Copy], Role::Inside, "a copy of it".into()));
        entries.push((vec![Glyph::Behind], Role::Stale, "behind".into()));
    } else {
        let again = match (picture.has_rows(), places.compact) {
            (true, true) => "sent again",
            (true, false) => "sent before, sent again",
            (false, true) => "its weight, sent again",
            (false, false) => "its own weight in bytes sent before",
        };
        entries.push((vec![Glyph::Resent], Role::Resent, again.into()));
    }
    // Of what the burden is, is read from left to right.
    let place = if picture.has_rows() { entries.len() } else { entries.len() - 1 };
    entries.insert(place, (vec![Glyph::Request], Role::Wire, "request".into()));
    entries.push((vec![Glyph::Reply], Role::Wire, "reply".into()));
    if scene.sockets {
        entries.push((vec![Glyph::Push], Role::Wire, "pushed".into()));
    }
    entries.push((vec![Glyph::Trail; 2], Role::Trail, "waiting".into()));
    entries.push((vec![Glyph::Gone], Role::Lost, "gone".into()));
    let gap = if places.compact { 3 } else { 4 };
    let (mut x, end) = (places.clients.x, places.area.right());
    for (glyphs, role, words) in entries {
        let width = glyphs.len() as u16 + 1 + cells(&words);
        if x + width > end {
            break;
        }
        for glyph in glyphs {
            brush.put(x, places.legend, theme.glyph(glyph), theme.style(role));
            x += 1;
        }
        x = brush.text(x + 1, places.legend, end - x - 1, &words, theme.style(Role::Dim)) + gap;
    }
}

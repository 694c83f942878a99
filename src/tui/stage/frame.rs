//! Around the picture: the headings with the chip that says where state lives, and the legend.

use super::paint::{Brush, cells};
use super::{Picture, carts, flow, grid, store};
use crate::scenario::Home;
use crate::story::{any, plural};
use crate::tui::theme::{Glyph, Role};
use ratatui::layout::{Margin, Rect};

pub(super) fn draw(picture: &Picture, brush: &mut Brush) {
    headings(picture, brush);
    legend(picture, brush);
}

fn headings(picture: &Picture, brush: &mut Brush) {
    let (scene, places) = (picture.scene, picture.places);
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
        Home::Token => format!("hold no {}", plural(&scene.noun, 2)),
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
    let nouns = plural(&picture.scene.noun, 2).to_uppercase();
    let item = brush.theme.glyph(Glyph::Item);
    let forms = [format!(" {item} {nouns} LIVE HERE "), format!(" {item} {nouns} HERE "), format!(" {item} HERE ")];
    let first = usize::from(picture.places.compact);
    let gap = if title.starts_with("CLIENTS") { 2 } else { 1 };
    if let Some(words) = forms[first..].iter().find(|words| cells(words) + gap <= left) {
        brush.text(after + gap, y, left - gap, words, brush.theme.chip(Role::State));
    }
}

/// What stands for state in a picture: its items, or a square for all of it where there is no room for them.
pub(super) struct Squares {
    /// Whether a single item is drawn anywhere.
    pub items: bool,
    /// What the square of a whole state means, if there is one.
    pub whole: Option<String>,
}

impl Squares {
    pub(super) fn of(picture: &Picture) -> Self {
        let scene = picture.scene;
        let a_state = any(&scene.noun);
        match (scene.home, &picture.boxes) {
            (Home::Token, _) => match flow::clients_a_cell(picture) {
                0 => Self { items: true, whole: None },
                1 => Self { items: false, whole: Some(a_state) },
                _ => Self { items: false, whole: Some(format!("{}, to scale", plural(&scene.noun, 2))) },
            },
            (Home::Store, _) => Self::in_boxes(store::shelves(picture), a_state),
            (_, Some(boxes)) => {
                let inside = |area: &Rect| area.inner(Margin::new(1, 1));
                let counts = scene.instances.iter().map(|it| it.copies.live_count());
                Self::in_boxes(counts.zip(boxes.iter().map(inside)), a_state)
            }
            (_, None) => Self { items: false, whole: Some(grid::meaning(picture)) },
        }
    }

    fn in_boxes(boxes: impl Iterator<Item = (u32, Rect)>, a_state: String) -> Self {
        let full = |&(count, _): &(u32, Rect)| count > 0;
        let (whole, items): (Vec<_>, Vec<_>) =
            boxes.filter(full).partition(|&(count, inside)| carts::crowded(inside, count as usize));
        Self { items: !items.is_empty(), whole: (!whole.is_empty()).then_some(a_state) }
    }
}

fn legend(picture: &Picture, brush: &mut Brush) {
    let (scene, places) = (picture.scene, picture.places);
    let theme = brush.theme;
    let squares = Squares::of(picture);
    let mut entries = Vec::new();
    // Where nothing is kept yet, what will be is explained all the same.
    if squares.items || squares.whole.is_none() {
        let item = if places.compact { "item".to_owned() } else { format!("{} item", scene.noun) };
        entries.push((vec![Glyph::Item], Role::State, item));
    }
    entries.extend(squares.whole.map(|words| (vec![Glyph::Whole], Role::State, words)));
    if scene.home.replicated() {
        entries.push((vec![Glyph::Copy], Role::Inside, if places.compact { "a copy" } else { "a copy of it" }.into()));
        entries.push((vec![Glyph::Behind], Role::Stale, "behind".into()));
    } else if picture.rows.is_some() {
        let again = if places.compact { "sent again" } else { "sent before, sent again" };
        entries.push((vec![Glyph::Resent], Role::Resent, again.into()));
    }
    entries.push((vec![Glyph::Request], Role::Wire, "request".into()));
    if picture.rows.is_none() {
        // What a message drags along: read from left to right.
        let [new, again] = match places.compact {
            true => ["its weight, new", "again"],
            false => ["its own weight in new bytes", "in bytes sent before"],
        };
        entries.push((vec![Glyph::Item], Role::State, new.into()));
        entries.push((vec![Glyph::Resent], Role::Resent, again.into()));
    }
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

//! The inside of an instance: the state it keeps, the tokens it reads, or the scar of what it lost.

use super::Picture;
use super::carts::{self, Entry, FLASH_MS, Kind, NAMED};
use super::lanes::{caller, lane_flights};
use super::paint::{Brush, cells};
use crate::event::{Ask, Health, SessionId};
use crate::scenario::Home;
use crate::scene::{Copies, Flight, Held, Instance, Leg, Scar, Store, Wreck};
use crate::tui::theme::{Glyph, Role};
use ratatui::layout::Rect;

/// A kill turns items to `✗` one by one, in so many milliseconds each …
const STEP_MS: f64 = 30.0;
/// … and in no more than this in all.
const FALL_MS: f64 = 800.0;

pub(super) fn content(picture: &Picture, brush: &mut Brush, it: &Instance, inside: Rect) {
    if let Some(scar) = it.scar.as_ref().filter(|scar| it.bare() && !scar.wrecks.is_empty()) {
        scarred(picture, brush, scar, inside);
    } else if it.bare() && it.health == Health::Starting {
        remark(brush, inside, &["empty, begins to run", "empty"]);
    } else if it.health == Health::Down {
        // In the narrow boxes beside a store the border alone would say how it is.
        let how = if it.killed { "dead" } else { "down" };
        let narrow = if picture.places.store.width > 0 { how } else { "empty" };
        remark(brush, inside, &[&format!("no {} was in here", picture.scene.noun), "was empty", narrow]);
    } else if picture.places.store.width > 0 {
        asking(picture, brush, it, inside);
    } else if picture.scene.home == Home::Token {
        reading(picture, brush, it, inside);
    } else {
        keeping(picture, brush, it, inside);
    }
}

/// A dim sentence in the middle, in the first of its forms that fits.
pub(super) fn remark(brush: &mut Brush, inside: Rect, forms: &[&str]) {
    let y = inside.y + inside.height.saturating_sub(1) / 2;
    let width = inside.width.saturating_sub(1);
    if let Some(words) = forms.iter().find(|words| cells(words) <= width) {
        brush.text(inside.x + 1, y, width, words, brush.theme.style(Role::Dim));
    }
}

fn keeping(picture: &Picture, brush: &mut Brush, it: &Instance, inside: Rect) {
    let count = it.copies.live_count() as usize;
    if count == 0 && it.copies.left_behind() == 0 {
        remark(brush, inside, &[&format!("no {} in here", picture.scene.noun)]);
        return;
    }
    if count > NAMED {
        carts::mass(brush, inside, 1, it.copies.live().map(|held| kind(picture, it, held)), count);
        return;
    }
    let mut held: Vec<(u32, &Held)> =
        it.copies.live().filter_map(|held| picture.scene.clients.row(held.session).map(|row| (row, held))).collect();
    held.sort_unstable_by_key(|&(row, _)| row);
    let served: Vec<SessionId> = served(picture, it).map(|flight| flight.session).collect();
    let entry = |(row, held): (u32, &Held)| Entry {
        name: picture.scene.clients.name(row),
        items: picture.scene.items(held.writes),
        kind: kind(picture, it, held),
        serving: served.contains(&held.session),
        flash: picture.view.age_ms(held.grown) < FLASH_MS,
    };
    let entries: Vec<Entry> = held.into_iter().map(entry).collect();
    carts::list(brush, inside, &entries, &left(picture, &it.copies, inside), picture.density());
}

/// What was left behind and has items: the newest, no more than a box might have room for.
pub(super) fn left(picture: &Picture, copies: &Copies, inside: Rect) -> Vec<Entry> {
    let entry = |held: &Held| {
        let items = picture.scene.items(held.writes);
        Entry { name: String::new(), items, kind: Kind::Left, serving: false, flash: false }
    };
    let newest = copies.left().rev().filter(|held| held.writes > 0).take(NAMED.min(usize::from(inside.height) * 2));
    let mut entries: Vec<Entry> = newest.map(entry).collect();
    entries.reverse();
    entries
}

/// Whether a state lives here, or is a copy, or one that is behind another.
pub(super) fn kind(picture: &Picture, it: &Instance, held: &Held) -> Kind {
    let scene = picture.scene;
    if !scene.home.replicated() {
        return Kind::Own;
    }
    let copies = scene.instances.iter().filter_map(|other| other.copies.of(held.session));
    if copies.map(|copy| copy.writes).max().is_some_and(|newest| newest > held.writes) {
        return Kind::Behind;
    }
    // The original is where the cookie leads, though that one be dead: until the cookie changes a copy stays one. Without a
    // cookie it is the first.
    let pinned = scene.clients.get(held.session).map_or(0, |client| client.pinned);
    let keeps = |other: &&Instance| other.copies.of(held.session).is_some();
    let original = match pinned {
        0 => scene.instances.iter().find(keeps).map_or(it.id, |other| other.id),
        pinned => pinned,
    };
    if original == it.id { Kind::Own } else { Kind::Copy }
}

fn scarred(picture: &Picture, brush: &mut Brush, scar: &Scar, inside: Rect) {
    if scar.wrecks.len() > NAMED {
        return crushed(picture, brush, scar, inside);
    }
    carts::list(brush, inside, &wrecks(picture, scar), &[], picture.density());
}

/// What was in there, where each has but a cell.
pub(super) fn crushed(picture: &Picture, brush: &mut Brush, scar: &Scar, inside: Rect) {
    let kinds = fates(picture, scar, |_| 1).map(|(_, kind)| kind);
    carts::mass(brush, inside, 1, kinds, scar.wrecks.len());
}

/// What was in there, item by item.
pub(super) fn wrecks(picture: &Picture, scar: &Scar) -> Vec<Entry> {
    let entry = |(wreck, kind): (&Wreck, Kind)| Entry {
        name: picture.scene.clients.name(wreck.row),
        items: picture.scene.items(wreck.writes),
        kind,
        serving: false,
        flash: false,
    };
    fates(picture, scar, |wreck| picture.scene.items(wreck.writes)).map(entry).collect()
}

/// What becomes of each, while one after the other goes out: `glyphs` are its own.
fn fates<'a>(
    picture: &'a Picture,
    scar: &'a Scar,
    glyphs: impl Fn(&Wreck) -> u32 + Copy + 'a,
) -> impl Iterator<Item = (&'a Wreck, Kind)> {
    let total: u32 = scar.wrecks.iter().filter(|wreck| wreck.lost).map(glyphs).sum();
    let step = STEP_MS.min(FALL_MS / f64::from(total.max(1)));
    // `as` saturates: an endless age means that all are out.
    let mut out = (picture.view.age_ms(scar.at) / step) as u32;
    scar.wrecks.iter().map(move |wreck| {
        let all = if wreck.lost { glyphs(wreck) } else { 0 };
        let here = out.min(all);
        out -= here;
        (wreck, fate(picture, wreck, all - here))
    })
}

/// What became of a state that was in a process when its memory went.
fn fate(picture: &Picture, wreck: &Wreck, still: u32) -> Kind {
    let mut places = picture.scene.store.iter().flat_map(Store::places);
    let kept = places.any(|(_, copies)| copies.of(wreck.session).is_some());
    match picture.scene.clients.get(wreck.session) {
        _ if wreck.lost => Kind::Gone { still },
        _ if wreck.later => Kind::LostLater,
        Some(client) if client.copies > 0 || kept => Kind::Survived,
        _ => Kind::Over,
    }
}

/// Whom it serves; nobody where no eye can follow who comes and goes.
fn served<'a>(picture: &'a Picture, it: &'a Instance) -> impl Iterator<Item = &'a Flight> {
    lane_flights(picture, it).filter(|flight| is_served(picture, flight))
}

fn is_served(picture: &Picture, flight: &Flight) -> bool {
    picture.legible && flight.leg == Leg::Serving
}

/// A stateless instance has the state for as long as it serves, and forgets it on replying.
fn reading(picture: &Picture, brush: &mut Brush, it: &Instance, inside: Rect) {
    let served: Vec<_> = served(picture, it).collect();
    if served.is_empty() {
        remark(brush, inside, &["keeps nothing"]);
        return;
    }
    let theme = brush.theme;
    let rows = served.len().min(usize::from(inside.height)) as u16;
    let top = if picture.places.compact { inside.y } else { inside.y + (inside.height - rows) / 2 };
    let end = inside.right();
    for (flight, y) in served.iter().zip(top..inside.bottom()) {
        let mut x = inside.x + 1;
        let role = if flight.stolen() { Role::Stale } else { Role::Wire };
        x = brush.text(x, y, end - x, &caller(picture, flight), theme.bold(role)) + 1;
        if flight.stolen() {
            brush.text(x, y, end - x, "token", theme.style(Role::Stale));
            continue;
        }
        if flight.items == 0 {
            brush.text(x, y, end - x, "a new token", theme.style(Role::Dim));
            continue;
        }
        let room = u32::from(end - x);
        let tails: &[&str] = if picture.places.compact { &[" from token", ""] } else { &[" from the token", " token"] };
        let beside = |tail: &str| room.saturating_sub(u32::from(cells(tail)));
        // Its items matter more than the words.
        let tail = tails.iter().copied().find(|tail| flight.items <= beside(tail)).unwrap_or(tails[1]);
        let (shown, rest) = carts::shortened(flight.items, flight.items, beside(tail), false);
        let fresh = flight.fresh.min(shown);
        for place in 0..shown {
            let (glyph, role) =
                if place >= shown - fresh { (Glyph::Item, Role::State) } else { (Glyph::Resent, Role::Resent) };
            brush.glyph(x, y, glyph, role);
            x += 1;
        }
        x = brush.text(x, y, end - x, &rest, theme.style(Role::Dim));
        brush.text(x, y, end - x, tail, theme.style(Role::Dim));
    }
}

/// With a store: who is being served, each in the row of their lane, so that question and answer go straight on.
fn asking(picture: &Picture, brush: &mut Brush, it: &Instance, inside: Rect) {
    let theme = brush.theme;
    let mut any = false;
    for row in 0..usize::from(inside.height) {
        let Some(flight) = picture.scene.lane(it, row).filter(|flight| is_served(picture, flight)) else { continue };
        any = true;
        let (x, y) = (inside.x + 1, inside.y + row as u16);
        let after =
            brush.text(x, y, inside.right() - x, &picture.scene.clients.name(flight.row), theme.bold(Role::Wire));
        let word = match flight.asks_store {
            None => continue,
            Some(Ask::Set | Ask::Revoke) => "saves",
            Some(Ask::Delete) => "deletes",
            Some(_) => "asks",
        };
        if after + 1 + cells(word) <= inside.right() {
            brush.text(after + 1, y, cells(word), word, theme.style(Role::Inside));
        }
    }
    if !any {
        let narrow = if it.health == Health::Hung { "hung" } else { "none" };
        remark(brush, inside, &["keeps none", narrow]);
    }
}

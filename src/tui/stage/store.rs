//! The session store at the right edge, and the messages between it and the instances.

use super::boxes::{self, toll};
use super::carts::{self, Entry, FLASH_MS, Kind, NAMED};
use super::instance::{fate, left, remark};
use super::paint::{Brush, cells};
use super::{Picture, look};
use crate::event::{Health, InstanceId, SessionId};
use crate::scenario::Home;
use crate::scene::{Cargo, Copies, Held, Hop, Instance, LANES, Store, Wreck};
use crate::tui::parts::short_clock;
use crate::tui::theme::{Glyph, Role};
use ratatui::layout::{Margin, Rect};

pub(super) fn draw(picture: &Picture, brush: &mut Brush) {
    let Some(store) = &picture.scene.store else { return };
    let area = picture.places.store;
    if area.width < 6 || area.height < 3 {
        return;
    }
    border(picture, brush, store, area);
    let inside = Rect { x: area.x + 1, y: area.y + 1, width: area.width - 2, height: area.height - 2 };
    content(picture, brush, store, inside);
    if store.health == Health::Down {
        nowhere(picture, brush);
    }
    for hop in picture.scene.hops.at(picture.view.now).filter(|hop| (hop.from == 0) != (hop.to == 0)) {
        message(picture, brush, hop);
    }
    if store.replica.is_some() {
        to_replica(picture, brush, inside);
    }
}

/// How many rows at the bottom belong to the replica.
fn shelf(store: &Store, inside: Rect) -> u16 {
    store.replica.as_ref().map_or(0, |_| inside.height / 2)
}

/// Copies on their way to the replica run down the store's left edge, from the middle of its own rows to the replica's.
fn to_replica(picture: &Picture, brush: &mut Brush, inside: Rect) {
    let Some(store) = &picture.scene.store else { return };
    let rows = shelf(store, inside);
    if rows < 2 {
        return;
    }
    let main = inside.height - rows;
    let (from, to) = (inside.y + main / 2, inside.y + main);
    let now = picture.view.now;
    for hop in picture.scene.hops.at(now).filter(|hop| hop.from == 0 && hop.to == 0) {
        let step = hop.way.cell(now, to - from + 1);
        if step > 0 {
            brush.glyph(inside.x - 1, from + step - 1, Glyph::Flow, Role::Inside);
        }
        brush.put(inside.x - 1, from + step, brush.theme.glyph(Glyph::Copy), brush.theme.bold(Role::Inside));
    }
}

fn border(picture: &Picture, brush: &mut Brush, store: &Store, area: Rect) {
    let theme = brush.theme;
    look::border(picture, brush, &store.into(), area);
    let on_wire = picture.scene.hops.at(picture.view.now).filter(|hop| hop.to == 0 && hop.from != 0).count() as u32;
    let waiting = store.pending.saturating_sub(on_wire);
    let (words, style) = match &store.scar {
        Some(scar) if store.health == Health::Down => {
            let role = if scar.gone > 0 { Role::Lost } else { Role::Text };
            let forms = toll(scar, &picture.scene.noun);
            let fits = forms.iter().find(|words| cells(words) + 2 <= area.width - 4).cloned();
            (fits.unwrap_or_default(), theme.bold(role))
        }
        Some(scar) if scar.gone > 0 => {
            let words = format!("{} lost at {}", scar.gone, short_clock(scar.at));
            (words, theme.style(Role::Lost))
        }
        _ => (format!("{waiting} waiting"), theme.style(if waiting > 0 { Role::Text } else { Role::Dim })),
    };
    let (bottom, room) = (area.bottom() - 1, area.width - 4);
    let first = brush.text_right(area.right() - 2, bottom, room, &format!(" {words} "), style);
    boxes::left_behind(brush, area.x + 2, bottom, first.saturating_sub(area.x + 2), &store.copies);
}

/// How many states are where inside the store: in its own rows, and in the replica's.
pub(super) fn shelves(picture: &Picture) -> impl Iterator<Item = (u32, Rect)> {
    let inside = picture.places.store.inner(Margin::new(1, 1));
    picture.scene.store.iter().flat_map(move |store| {
        let (main, rest) = halves(store, inside);
        let replica = store.replica.as_ref().zip(rest);
        [(store.copies.live_count(), main)].into_iter().chain(replica.map(|(copies, area)| (copies.live_count(), area)))
    })
}

/// The rows of the store itself, and those of its replica below its name.
fn halves(store: &Store, inside: Rect) -> (Rect, Option<Rect>) {
    let shelf = shelf(store, inside);
    let main = Rect { height: inside.height - shelf, ..inside };
    (main, (shelf > 1).then(|| Rect { y: main.bottom() + 1, height: shelf - 1, ..inside }))
}

fn content(picture: &Picture, brush: &mut Brush, store: &Store, inside: Rect) {
    let scene = picture.scene;
    let down = matches!(store.health, Health::Down | Health::Starting);
    let (main, rest) = halves(store, inside);
    if scene.home == Home::Token {
        let areas = (!down).then_some(main).into_iter().chain(rest);
        let lists = store.revoked.iter().skip(usize::from(down));
        lists.zip(areas).for_each(|(list, area)| denylist(picture, brush, list, area));
    } else if let Some(scar) = store.scar.as_ref().filter(|scar| down && !scar.wrecks.is_empty()) {
        if scar.wrecks.len() > NAMED {
            let kinds = scar.wrecks.iter().map(|wreck| fate(picture, wreck, 0));
            carts::mass(brush, main, 1, kinds, scar.wrecks.len());
        } else {
            let entry = |wreck: &Wreck| Entry {
                name: scene.clients.name(wreck.row),
                items: wreck.writes,
                kind: fate(picture, wreck, 0),
                serving: false,
                flash: false,
            };
            let entries: Vec<Entry> = scar.wrecks.iter().map(entry).collect();
            let owners: Vec<u32> = scar.wrecks.iter().map(|wreck| wreck.row).collect();
            shelve(picture, brush, main, &owners, &entries, &[]);
        }
    } else {
        shelf_of(picture, brush, &store.copies, main, Kind::Own);
    }
    if let Some((replica, rest)) = store.replica.as_ref().zip(rest) {
        brush.text(inside.x + 1, main.bottom(), inside.width - 1, "replica", brush.theme.style(Role::Dim));
        if scene.home != Home::Token {
            shelf_of(picture, brush, replica, rest, Kind::Copy);
        }
    }
}

/// Whose tokens are revoked: a name in each row, or side by side if they are more than the rows.
fn denylist(picture: &Picture, brush: &mut Brush, revoked: &[SessionId], area: Rect) {
    if revoked.is_empty() {
        return remark(brush, area, &["names nobody", "nobody"]);
    }
    let names: Vec<String> = revoked.iter().map(|&visit| picture.scene.clients.name_of(visit)).collect();
    let cell = names.iter().map(|name| cells(name)).max().unwrap_or(0) + 1;
    let (x, room) = (area.x + 1, area.width.saturating_sub(2));
    let columns = usize::from(if revoked.len() <= area.height.into() { 1 } else { ((room + 1) / cell).max(1) });
    let places = columns * usize::from(area.height);
    // The last place says how many more there are.
    let shown = if revoked.len() > places { places - 1 } else { revoked.len() };
    let style = brush.theme.bold(Role::State);
    for (place, name) in names[..shown].iter().enumerate() {
        let (row, column) = ((place / columns) as u16, (place % columns) as u16);
        let (x, y) = (x + column * cell, area.y + row);
        let after = brush.text(x, y, area.right() - x, name, style);
        if columns == 1 {
            brush.text(after, y, area.right() - after, " logged out", brush.theme.style(Role::Dim));
        }
    }
    if shown < revoked.len() {
        let words = format!("+{}", revoked.len() - shown);
        brush.text_right(area.right() - 1, area.bottom() - 1, room, &words, brush.theme.style(Role::Dim));
    }
}

fn shelf_of(picture: &Picture, brush: &mut Brush, copies: &Copies, area: Rect, kind: Kind) {
    let count = copies.live_count() as usize;
    if count > NAMED {
        return carts::mass(brush, area, 1, std::iter::repeat_n(kind, count), count);
    }
    let clients = &picture.scene.clients;
    let mut held: Vec<(u32, &Held)> =
        copies.live().filter_map(|held| clients.row(held.session).map(|row| (row, held))).collect();
    held.sort_unstable_by_key(|&(row, _)| row);
    let owners: Vec<u32> = held.iter().map(|&(row, _)| row).collect();
    let entry = |(row, held): (u32, &Held)| Entry {
        name: clients.name(row),
        items: held.writes,
        kind,
        serving: false,
        flash: picture.view.age_ms(held.grown) < FLASH_MS,
    };
    let entries: Vec<Entry> = held.into_iter().map(entry).collect();
    shelve(picture, brush, area, &owners, &entries, &left(copies, area));
}

/// Each state in the row of its owner, so that it ends a line across the screen, where all those rows lie in `area` with
/// air between them; else one after the other.
fn shelve(picture: &Picture, brush: &mut Brush, area: Rect, owners: &[u32], entries: &[Entry], left: &[Entry]) {
    let rows = picture.rows.as_deref().unwrap_or_default();
    let inside = rows.iter().all(|y| (area.y..area.bottom()).contains(y));
    // Two visits on one chair, of which one is ending, have but one row.
    let own = owners.is_sorted_by(|a, b| a < b) && owners.iter().all(|&row| (row as usize) < rows.len());
    if inside && own && rows.is_sorted_by(|a, b| a + 1 < *b) {
        carts::rows(brush, area, entries, owners.iter().map(|&row| rows[row as usize]), picture.density());
    } else {
        carts::list(brush, area, entries, left, picture.density());
    }
}

/// The row of a request between its instance and the store, if it is in this lane of that instance.
fn row_of(picture: &Picture, id: InstanceId, lane: impl Fn(&Instance) -> u16) -> Option<u16> {
    let instances = &picture.scene.instances;
    let place = instances.binary_search_by_key(&id, |it| it.id).ok()?;
    Some(match &picture.boxes {
        Some(boxes) => {
            let area = boxes[place];
            (area.y + 1 + lane(&instances[place])).min(area.bottom().saturating_sub(2).max(area.y))
        }
        None => picture.grid.of(place).y,
    })
}

/// The way to a dead store leads nowhere: whoever asks it gets no answer.
fn nowhere(picture: &Picture, brush: &mut Brush) {
    let lane = picture.places.hop;
    if lane.width < 3 {
        return;
    }
    for flight in picture.scene.flights.iter().filter(|flight| flight.asks_store) {
        if let Some(y) = row_of(picture, flight.instance, |_| flight.lane.map_or(0, u16::from)) {
            brush.run(lane.x, lane.end() - 3, y, Glyph::Dead, Role::Faint);
            brush.glyph(lane.end() - 2, y, Glyph::Gone, Role::Lost);
        }
    }
}

/// A question or an answer, in the row of the request that it is asked for, or in its instance's.
fn message(picture: &Picture, brush: &mut Brush, hop: &Hop) {
    let lane = picture.places.hop;
    if lane.width == 0 {
        return;
    }
    let id = if hop.from == 0 { hop.to } else { hop.from };
    let scene = picture.scene;
    let asker =
        |it: &Instance| (0..LANES).find(|&row| scene.lane(it, row).is_some_and(|flight| flight.session == hop.session));
    let Some(y) = row_of(picture, id, |it| asker(it).unwrap_or(0) as u16) else { return };
    let cell = hop.way.cell(picture.view.now, lane.width);
    let style = brush.theme.bold(Role::Inside);
    match hop.cargo {
        Cargo::Asked(_) => {
            brush.run(lane.x, lane.x + cell, y, Glyph::Trail, Role::Inside);
            brush.put(lane.x + cell, y, brush.theme.glyph(Glyph::Request), style);
        }
        Cargo::Answered(_) | Cargo::Copy => {
            let x = lane.end() - 1 - cell;
            brush.run(x + 1, lane.end(), y, Glyph::Trail, Role::Inside);
            brush.put(x, y, brush.theme.glyph(Glyph::Reply), style);
        }
    }
}

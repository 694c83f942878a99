//! The session store at the right edge, and the messages between it and the instances.

use super::boxes::{self, toll};
use super::carts::{self, Entry, FLASH_MS, Kind, NAMED};
use super::geometry::Span;
use super::instance::{crushed, left, remark, wrecks};
use super::paint::{Brush, cells};
use super::{Picture, look};
use crate::event::{Ask, Health, InstanceId, SessionId};
use crate::scenario::Home;
use crate::scene::{Cargo, Copies, Flight, Held, Hop, Instance, LANES, Store};
use crate::tui::parts::short_clock;
use crate::tui::theme::{Border, Glyph, Role};
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
    if store.dead() {
        nowhere(picture, brush);
    } else {
        waiting(picture, brush, store);
    }
    for hop in hops(picture) {
        message(picture, brush, store, hop);
    }
    if store.replica.is_some() {
        to_replica(picture, brush, inside);
    }
}

/// Messages between instances and store.
fn hops<'a>(picture: &'a Picture) -> impl Iterator<Item = &'a Hop> {
    picture.scene.hops.at(picture.view.now).filter(|hop| (hop.from == 0) != (hop.to == 0))
}

/// How many rows at the bottom belong to the replica, or to what was one and is the store now.
fn shelf(store: &Store, inside: Rect) -> u16 {
    if store.replica.is_some() || store.taken_over { inside.height / 2 } else { 0 }
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
        Some(scar) if store.dead() => {
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

/// The rows of the store itself, and those of its replica below its name. After a takeover the store is where its replica
/// was, so that no state moves.
fn halves(store: &Store, inside: Rect) -> (Rect, Option<Rect>) {
    let shelf = shelf(store, inside);
    let upper = Rect { height: inside.height - shelf, ..inside };
    let lower = (shelf > 1).then(|| Rect { y: upper.bottom() + 1, height: shelf - 1, ..inside });
    match lower {
        Some(lower) if store.taken_over => (lower, None),
        _ => (upper, lower),
    }
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
            crushed(picture, brush, scar, main);
        } else {
            let owners: Vec<u32> = scar.wrecks.iter().map(|wreck| wreck.row).collect();
            shelve(picture, brush, main, &owners, &wrecks(picture, scar), &[]);
        }
    } else {
        shelf_of(picture, brush, &store.copies, main, Kind::Own, &asked(picture));
    }
    let label = |brush: &mut Brush, words: &str, below: Rect| {
        brush.text(inside.x + 1, below.y - 1, inside.width - 1, words, brush.theme.style(Role::Dim));
    };
    if let Some((replica, rest)) = store.replica.as_ref().zip(rest) {
        label(brush, "replica", rest);
        if scene.home != Home::Token {
            shelf_of(picture, brush, replica, rest, Kind::Copy, &[]);
        }
    } else if main.y > inside.y {
        remark(brush, Rect { height: main.y - 1 - inside.y, ..inside }, &["the one that died", "dead"]);
        label(brush, "replica took over", main);
    }
}

/// Whose state is asked for: a message about it is on the way, or somebody waits for an answer.
fn asked(picture: &Picture) -> Vec<SessionId> {
    if !picture.legible {
        return Vec::new();
    }
    let waits = picture.scene.flights.iter().filter(|flight| flight.asks_store.is_some());
    hops(picture).map(|hop| hop.session).chain(waits.map(|flight| flight.session)).collect()
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

/// The states that somebody may ask for, in the order of their owners' rows.
fn in_order<'a>(picture: &Picture, copies: &'a Copies) -> Vec<(u32, &'a Held)> {
    let clients = &picture.scene.clients;
    let mut held: Vec<(u32, &Held)> =
        copies.live().filter_map(|held| clients.row(held.session).map(|row| (row, held))).collect();
    held.sort_unstable_by_key(|&(row, _)| row);
    held
}

fn shelf_of(picture: &Picture, brush: &mut Brush, copies: &Copies, area: Rect, kind: Kind, asked: &[SessionId]) {
    let count = copies.live_count() as usize;
    if count > NAMED {
        return carts::mass(brush, area, 1, std::iter::repeat_n(kind, count), count);
    }
    let held = in_order(picture, copies);
    let owners: Vec<u32> = held.iter().map(|&(row, _)| row).collect();
    let entry = |(row, held): (u32, &Held)| Entry {
        name: picture.scene.clients.name(row),
        items: picture.scene.items(held.writes),
        kind,
        serving: asked.contains(&held.session),
        flash: picture.view.age_ms(held.grown) < FLASH_MS,
    };
    let entries: Vec<Entry> = held.into_iter().map(entry).collect();
    shelve(picture, brush, area, &owners, &entries, &left(picture, copies, area));
}

/// Each state in the row of its owner, so that it ends a line across the screen, where there is room for that; else one
/// after the other.
fn shelve(picture: &Picture, brush: &mut Brush, area: Rect, owners: &[u32], entries: &[Entry], left: &[Entry]) {
    match owners_rows(picture, area, owners) {
        Some(rows) => {
            carts::rows(brush, area, entries, owners.iter().map(|&row| rows[row as usize]), picture.density());
        }
        None => carts::list(brush, area, entries, left, picture.density()),
    }
}

/// The rows of the clients, where all of them lie in `area` with air between them.
fn owners_rows<'a>(picture: &'a Picture, area: Rect, owners: &[u32]) -> Option<&'a [u16]> {
    let rows = picture.rows.as_deref().unwrap_or_default();
    let inside = rows.iter().all(|y| (area.y..area.bottom()).contains(y));
    // Two visits on one chair, of which one is ending, have but one row.
    let own = owners.is_sorted_by(|a, b| a < b) && owners.iter().all(|&row| (row as usize) < rows.len());
    (inside && own && rows.is_sorted_by(|a, b| a + 1 < *b)).then_some(rows)
}

/// The row in which a visit's state is drawn, or will be; none where states are but cells.
fn row_of_state(picture: &Picture, store: &Store, session: SessionId) -> Option<u16> {
    let home_here = picture.scene.home == Home::Store && store.copies.live_count() as usize <= NAMED;
    if !home_here || !picture.legible {
        return None;
    }
    let owner = picture.scene.clients.row(session)?;
    let area = halves(store, picture.places.store.inner(Margin::new(1, 1))).0;
    let held = in_order(picture, &store.copies);
    let owners: Vec<u32> = held.iter().map(|&(row, _)| row).collect();
    if let Some(rows) = owners_rows(picture, area, &owners) {
        return rows.get(owner as usize).copied();
    }
    let place = held.iter().position(|&(_, held)| held.session == session)?;
    carts::row_of(area, place, held.len(), left(picture, &store.copies, area).len())
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
    for flight in picture.scene.flights.iter().filter(|flight| flight.asks_store.is_some()) {
        if let Some(y) = row_of(picture, flight.instance, |_| flight.lane.map_or(0, u16::from)) {
            brush.run(lane.x, lane.end() - 3, y, Glyph::Dead, Role::Faint);
            brush.glyph(lane.end() - 2, y, Glyph::Gone, Role::Lost);
        }
    }
}

/// A way between an instance and a state in the store: along the row of the request, and then along that of the state.
/// Changing rows takes no time, as inside the balancer.
struct Wire {
    lane: Span,
    /// The row of the request, and that of the state.
    rows: [u16; 2],
    /// Where one becomes the other.
    turn: u16,
}

impl Wire {
    /// That of a request in this lane of this instance.
    fn of(picture: &Picture, store: &Store, id: InstanceId, lane: u16, session: SessionId) -> Option<Self> {
        let from = row_of(picture, id, |_| lane)?;
        let to = row_of_state(picture, store, session).unwrap_or(from);
        let hop = picture.places.hop;
        // Neighbours turn in different columns, so that their ways can be told apart.
        let turn = hop.x + if hop.width > 2 { 1 + (id + lane) % (hop.width - 2) } else { 0 };
        Some(Self { lane: hop, rows: [from, to], turn })
    }

    const fn row(&self, x: u16) -> u16 {
        self.rows[(x > self.turn) as usize]
    }

    /// Lights the cells from `from` to before `to`, and the change of rows if it is among them.
    fn light(&self, brush: &mut Brush, from: u16, to: u16) {
        for x in from..to {
            brush.glyph(x, self.row(x), Glyph::Trail, Role::Inside);
        }
        let [above, below] = [self.rows[0].min(self.rows[1]), self.rows[0].max(self.rows[1])];
        if above == below || !(from..to).contains(&self.turn) {
            return;
        }
        let frame = brush.theme.frame(Border::Solid);
        let (first, last) = if self.rows[0] < self.rows[1] {
            (frame.top_right, frame.bottom_left)
        } else {
            (frame.top_left, frame.bottom_right)
        };
        let style = brush.theme.style(Role::Inside);
        brush.put(self.turn, above, first, style);
        for y in above + 1..below {
            brush.put(self.turn, y, frame.vertical, style);
        }
        brush.put(self.turn, below, last, style);
    }
}

/// The whole way of a question that the store is at work on.
fn waiting(picture: &Picture, brush: &mut Brush, store: &Store) {
    if !picture.legible || picture.rows.is_none() || picture.places.hop.width == 0 {
        return;
    }
    let under_way: Vec<SessionId> = hops(picture).map(|hop| hop.session).collect();
    let waits = |flight: &&Flight| flight.asks_store.is_some() && !under_way.contains(&flight.session);
    for flight in picture.scene.flights.iter().filter(waits) {
        let lane = flight.lane.map_or(0, u16::from);
        if let Some(wire) = Wire::of(picture, store, flight.instance, lane, flight.session) {
            wire.light(brush, wire.lane.x, wire.lane.end());
        }
    }
}

/// A question or an answer, between the request that it is asked for and the state that it is about.
fn message(picture: &Picture, brush: &mut Brush, store: &Store, hop: &Hop) {
    let lane = picture.places.hop;
    if lane.width == 0 {
        return;
    }
    let id = if hop.from == 0 { hop.to } else { hop.from };
    let scene = picture.scene;
    let Some(it) = scene.instance(id) else { return };
    let asker = (0..LANES).find(|&row| scene.lane(it, row).is_some_and(|flight| flight.session == hop.session));
    let Some(wire) = Wire::of(picture, store, id, asker.unwrap_or(0) as u16, hop.session) else { return };
    let cell = hop.way.cell(picture.view.now, lane.width);
    let (x, glyph) = match hop.cargo {
        Cargo::Asked(ask) => {
            let x = lane.x + cell;
            if picture.legible {
                wire.light(brush, lane.x, x);
            }
            // What is written travels.
            if ask == Ask::Set && cell > 0 {
                brush.glyph(x - 1, wire.row(x - 1), Glyph::Item, Role::State);
            }
            (x, Glyph::Request)
        }
        Cargo::Answered(_) | Cargo::Copy => {
            let x = lane.end() - 1 - cell;
            if picture.legible {
                wire.light(brush, x + 1, lane.end());
            }
            (x, Glyph::Reply)
        }
    };
    brush.put(x, wire.row(x), brush.theme.glyph(glyph), brush.theme.bold(Role::Inside));
}

//! The client's row: who, what they hold, their lane, and the balancer's choice for them.

use super::geometry::Span;
use super::paint::{Brush, cells};
use super::wire::{LOAD, Load, leftwards, reply_role, rightwards, verdict, waiting};
use super::{Picture, carts};
use crate::event::{Health, Leave, Outcome, Status};
use crate::scenario::Home;
use crate::scene::{Client, Flight, Leg, Mark};
use crate::tui::theme::{Glyph, Role};
use crate::units::Nanos;

/// Names are three letters, or three digits.
pub(super) const NAME: u16 = 3;

pub(super) fn draw(picture: &Picture, rows: &[u16], brush: &mut Brush) {
    for (row, (client, &y)) in picture.scene.clients.rows().iter().zip(rows).enumerate() {
        who(picture, brush, row as u32, client, y);
        if picture.view.marked.is_some_and(|session| picture.scene.clients.row(session) == Some(row as u32)) {
            brush.text(picture.places.clients.x.saturating_sub(1), y, 1, "≠", brush.theme.bold(Role::Key));
        }
        let lane = picture.places.lane;
        if picture.scene.sockets {
            socket(picture, brush, client, y);
        }
        let flight = picture.scene.flight_of(client).or_else(|| last_one(picture, row as u32));
        match flight {
            Some(flight) => {
                way(picture, brush, flight, lane, y);
                route(picture, brush, flight, y);
            }
            None => afterwards(picture, brush, client, y),
        }
    }
    thief(picture, brush, rows);
}

/// Whoever sends copies has the row below all clients; where those take every row, a copy passes over its owner's lane.
fn thief(picture: &Picture, brush: &mut Brush, rows: &[u16]) {
    let (places, last) = (picture.places, picture.places.body.bottom().saturating_sub(1));
    let own = Some(last).filter(|last| picture.scene.thief && !rows.contains(last));
    let style = brush.theme.style(Role::Stale);
    if let Some(y) = own {
        brush.text(places.clients.x, y, places.clients.width, "thief", style);
    }
    for flight in picture.scene.strangers() {
        if let Some(y) = own.or_else(|| rows.get(flight.row as usize).copied()) {
            stolen(picture, brush, flight, places.lane, y);
            if own.is_some() {
                route(picture, brush, flight, y);
            }
        }
    }
}

/// The open request of the visit before, where the lane is free.
fn last_one<'a>(picture: &'a Picture, row: u32) -> Option<&'a Flight> {
    let mut before = picture.scene.clients.finishing().filter_map(|client| picture.scene.flight_of(client));
    before.find(|flight| flight.row == row)
}

fn who(picture: &Picture, brush: &mut Brush, row: u32, client: &Client, y: u16) {
    let (theme, column) = (brush.theme, picture.places.clients);
    let style = if client.busy() { theme.bold(Role::Text) } else { theme.style(Role::Dim) };
    let name = picture.scene.clients.name(row);
    brush.text(column.x, y, NAME, &name, style);
    let (x, room) = (column.x + NAME + 1, column.width - NAME - 2);
    if !client.present() {
        match client.mark() {
            Some((at, Mark::Left(how))) if picture.view.lately(at) => {
                let (glyph, words) = match how {
                    Leave::Completed => (Glyph::Done, "done"),
                    Leave::Abandoned if room < 9 => (Glyph::Gone, "quit"),
                    Leave::Abandoned => (Glyph::Gone, "gave up"),
                    Leave::LoggedOut => (Glyph::Done, "left"),
                };
                let role = if how == Leave::Abandoned { Role::Lost } else { Role::Dim };
                brush.glyph(x, y, glyph, role);
                brush.text(x + 2, y, room.saturating_sub(2), words, theme.style(role));
            }
            Some((at, Mark::Failed(_))) if picture.view.lately(at) => {
                brush.glyph(x, y, Glyph::Gone, Role::Lost);
                let words = if room < 8 { "fail" } else { "failed" };
                brush.text(x + 2, y, room.saturating_sub(2), words, theme.style(Role::Lost));
            }
            _ if picture.scene.clients.chairs() => {
                brush.text(x, y, room, "away", theme.style(Role::Dim));
            }
            // The row of a visit that is over is nobody's.
            _ => {
                brush.text(column.x, y, NAME, "   ", theme.style(Role::Dim));
            }
        }
    } else if picture.scene.home == Home::Token {
        if client.holds_token {
            let flash = picture.view.age_ms(client.grown) < carts::FLASH_MS;
            carts::row(brush, x, y, room, picture.scene.items(client.items), picture.density(), flash);
        } else if client.lost().is_some() {
            brush.glyph(x, y, Glyph::Gone, Role::Lost);
        }
    } else if picture.scene.cookies {
        cookie(picture, brush, client, x, y);
    } else if client.lost().is_some() {
        brush.glyph(x, y, Glyph::Gone, Role::Lost);
    }
}

/// `→2`: the instance that the cookie names; `✗`: the state that was there is gone.
fn cookie(picture: &Picture, brush: &mut Brush, client: &Client, x: u16, y: u16) {
    let theme = brush.theme;
    if client.pinned == 0 {
        let words = if picture.places.compact { "-" } else { "none" };
        brush.text(x, y, 4, words, theme.style(Role::Dim));
        return;
    }
    let lost = client.lost().is_some();
    let dead = lost || picture.scene.instance(client.pinned).is_none_or(|it| it.health == Health::Down);
    let role = if dead { Role::Lost } else { Role::Dim };
    let id = client.pinned.to_string();
    let strong = match (dead, client.busy()) {
        (true, true) => theme.bold(Role::Lost),
        (true, false) => theme.style(Role::Lost),
        (false, true) => theme.bold(Role::Text),
        (false, false) => theme.style(Role::Dim),
    };
    brush.glyph(x, y, Glyph::Route, role);
    let after = brush.text(x + 1, y, 5, &id, strong);
    // Where another copy lives on, nothing is gone but the way there.
    if lost {
        brush.glyph(after + u16::from(!picture.places.compact), y, Glyph::Gone, Role::Lost);
    }
}

/// A connection is a thin line to the balancer, and beyond it to one instance.
fn socket(picture: &Picture, brush: &mut Brush, client: &Client, y: u16) {
    let (lane, theme) = (picture.places.lane, brush.theme);
    if client.connected != 0 {
        brush.run(lane.x, lane.end(), y, Glyph::Socket, Role::Faint);
        let x = picture.places.route();
        brush.glyph(x, y, Glyph::Route, Role::Dim);
        brush.text(x + 1, y, 4, &client.connected.to_string(), theme.style(Role::Dim));
    } else if let Some(until) = client.reconnects() {
        brush.glyph(lane.x, y, Glyph::Gone, Role::Lost);
        let mut flights = picture.scene.flights.iter();
        if flights.any(|it| Some(it.session) == client.session() && matches!(it.leg, Leg::Up(_) | Leg::Down(..))) {
            // What is on its way has the lane.
            return;
        }
        let (again, room) = (again(picture, until), lane.width.saturating_sub(2));
        let long = format!("no connection, {again}");
        let words = if until <= picture.view.now {
            // The wait is over, and the other end not yet reached.
            "connecting".into()
        } else if cells(&long) <= room {
            long
        } else {
            again
        };
        brush.text(lane.x + 2, y, room, &words, theme.style(Role::Dim));
    }
}

/// When somebody tries once more.
fn again(picture: &Picture, until: Nanos) -> String {
    format!("again in {:.1} s", until.since(picture.view.now).secs())
}

/// The lane between client and balancer.
fn way(picture: &Picture, brush: &mut Brush, flight: &Flight, lane: Span, y: u16) {
    match flight.leg {
        Leg::Up(way) => {
            let load = Load::nothing().token_up(brush, flight, LOAD);
            rightwards(picture, brush, lane, y, way, &load);
        }
        Leg::Down(way, status) => {
            let role = reply_role(status);
            let mut load = Load::nothing();
            if let Some(words) = verdict(picture, status) {
                load = load.words(&words, brush.theme.bold(role), false);
            }
            load = load.token_down(brush, flight.returned.unwrap_or(0));
            leftwards(picture, brush, lane, y, way, &load, role);
        }
        Leg::AtClient { until } if until > picture.view.now => {
            brush.text(lane.x, y, lane.width, &again(picture, until), brush.theme.style(Role::Dim));
        }
        Leg::AtClient { .. } => {}
        _ => waiting(brush, lane, y),
    }
}

/// A message with what was copied from a client.
fn stolen(picture: &Picture, brush: &mut Brush, flight: &Flight, lane: Span, y: u16) {
    let whose = format!("{}'s", picture.scene.clients.signed_name(flight.row));
    let what = if picture.scene.home == Home::Token { "token" } else { "cookie" };
    match flight.leg {
        Leg::Up(way) => {
            let style = brush.theme.bold(Role::Stale);
            let load = Load::nothing().words(what, style, true).words(&format!("{whose} "), style, true);
            rightwards(picture, brush, lane, y, way, &load.sent_by_another(true));
        }
        Leg::Down(way, status) => {
            let words = format!("{} {whose} {what}", status.code());
            let load = Load::nothing().words(&words, brush.theme.bold(Role::Stale), false);
            leftwards(picture, brush, lane, y, way, &load, Role::Stale);
        }
        Leg::AtClient { .. } => {}
        _ => waiting(brush, lane, y),
    }
}

/// Inside the balancer, on the client's row: where the request went. `2✗→3`: refused by 2, sent on to 3.
fn route(picture: &Picture, brush: &mut Brush, flight: &Flight, y: u16) {
    let theme = brush.theme;
    let places = picture.places;
    let mut x = places.route();
    let (trouble, target, over) = match flight.leg {
        Leg::Bounced(_) => (flight.refused, 0, false),
        Leg::Cut | Leg::Back(_, Status::CutOff) => (flight.instance, 0, false),
        Leg::Down(_, Status::CutOff) => (flight.instance, 0, false),
        Leg::Down(_, status) => {
            let went = if flight.refused == flight.instance { 0 } else { flight.instance };
            if flight.refused == 0 && matches!(status, Status::Ok | Status::Stale) {
                return;
            }
            (flight.refused, went, true)
        }
        Leg::Held => {
            brush.text(x, y, 8, "waits", theme.style(Role::Dim));
            return;
        }
        leg if leg.behind_balancer() => (flight.refused, flight.instance, false),
        _ => return,
    };
    if trouble != 0 {
        let style = if over { theme.style(Role::Dim) } else { theme.style(Role::Lost) };
        x = brush.text(x, y, 3, &trouble.to_string(), style);
        brush.put(x, y, theme.glyph(Glyph::Gone), style);
        x += 1;
    }
    if target != 0 {
        let style = match (over, trouble) {
            (true, _) => theme.style(Role::Dim),
            (false, 0) => theme.style(Role::Wire),
            (false, _) => theme.bold(Role::Wire),
        };
        brush.put(x, y, theme.glyph(Glyph::Route), style);
        brush.text(x + 1, y, 4, &target.to_string(), style);
    }
}

/// A word about a request that has just ended without a reply.
fn afterwards(picture: &Picture, brush: &mut Brush, client: &Client, y: u16) {
    let Some((at, Mark::Failed(Outcome::Timeout))) = client.mark() else { return };
    if picture.view.lately(at) {
        let lane = picture.places.lane;
        brush.glyph(lane.x, y, Glyph::Gone, Role::Lost);
        brush.text(lane.x + 2, y, lane.width.saturating_sub(2), "no answer", brush.theme.style(Role::Lost));
    }
}

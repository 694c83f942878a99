//! A request hop by hop: where its time went, and what was on the wire.

use super::lines::{Page, Words, bold, words};
use super::name;
use crate::event::{Event, RequestId, RequestKind, SessionId, What};
use crate::insight::token::{Token, key};
use crate::insight::way::{Piece, Place, Way};
use crate::insight::wire::{Context, Message, messages};
use crate::insight::{Chosen, Look, Sight};
use crate::tui::parts::{clock, span, wrap};
use crate::tui::snapshot::{ArmView, Snapshot};
use crate::tui::theme::Role;
use crate::tui::views::sentence::fate;
use crate::units::Nanos;

fn sight(arm: &ArmView) -> Option<(&Sight, RequestId)> {
    let sight = arm.sight.as_ref().filter(|sight| matches!(sight.look, Look::Request(_)))?;
    Some((sight, sight.requests.this?))
}

/// Whether a request was issued by now: they are numbered as they are issued.
pub(super) fn begun(arm: &ArmView, request: RequestId) -> bool {
    request <= arm.figures.requests.issued
}

/// Whose request is looked at.
pub(super) fn visit_of(arm: &ArmView) -> Option<SessionId> {
    sight(arm)?.0.events.iter().find_map(|event| event.what.session())
}

pub(super) fn page(snapshot: &Snapshot, arm: &ArmView, width: u16) -> Page {
    let Some((sight, request)) = sight(arm) else {
        let said = match arm.sight.as_ref().map(|sight| sight.look) {
            Some(Look::Request(Chosen { request: Some(this), .. })) if !begun(arm, this) => {
                "it has not begun at this instant"
            }
            Some(Look::Request(_)) => "this request is no longer kept",
            _ => "looking for it …",
        };
        return Page { title: "a request".into(), lines: vec![vec![words(said, Role::Dim)]], entries: None };
    };
    let who = visit_of(arm).map_or_else(String::new, |session| name(arm, session));
    // Two numbers beside each other would read like a fraction.
    let whose = match who.starts_with(|letter: char| letter.is_ascii_digit()) {
        true if arm.scene.clients.chairs() => format!("request {request}, user #{who}"),
        true => format!("request {request}, visit #{who}"),
        false => format!("request {request} of {who}"),
    };
    let mut page = Page { title: whose, ..Page::default() };
    let Some(way) = Way::of(request, &sight.events, snapshot.now) else { return page };
    page.line(vec![words(does(request, &sight.events), Role::Text), words(", ", Role::Text), ending(&way)]);
    page.gap();
    waterfall(&way, width, &mut page);
    for message in messages(&snapshot.scenario, arm.home, &who, request, &sight.events) {
        page.gap();
        wire(&message, snapshot.scenario.seed, width, &mut page);
    }
    page
}

fn does(request: RequestId, events: &[Event]) -> String {
    let issued = events.iter().find_map(|event| match event.what {
        What::Issued { request: this, purpose, write, .. } if this == request => Some((event.at, purpose, write)),
        _ => None,
    });
    match issued {
        Some((at, RequestKind::Login, _)) => format!("logs in at {}", clock(at)),
        Some((at, RequestKind::Relogin, _)) => format!("logs in again at {}", clock(at)),
        Some((at, RequestKind::Logout, _)) => format!("logs out at {}", clock(at)),
        Some((at, RequestKind::Replay, _)) => format!("is a copied credential, sent again at {}", clock(at)),
        Some((at, RequestKind::Followup, 0)) => format!("reads at {}", clock(at)),
        Some((at, RequestKind::Followup, write)) => format!("makes write {write} at {}", clock(at)),
        None => String::new(),
    }
}

fn ending(way: &Way) -> Words {
    let took = span(Some((way.until - way.issued).millis()));
    match way.outcome {
        None => bold(format!("open for {took}"), Role::Wire),
        Some(outcome) if outcome.useful() => bold(format!("{} after {took}", fate(outcome)), Role::Text),
        Some(outcome) => bold(format!("{} after {took}", fate(outcome)), Role::Lost),
    }
}

/// Each piece as a bar, where it lies in the whole.
fn waterfall(way: &Way, width: u16, page: &mut Page) {
    const LABEL: usize = 22;
    const TIME: usize = 9;
    let bars = u64::from(width).saturating_sub((LABEL + TIME + 2) as u64).max(1);
    let all = (way.until - way.issued).0.max(1);
    // In whole cells; what is too short for one gets a thin stroke.
    let cell = |at: Nanos| (u128::from((at - way.issued).0) * u128::from(bars) / u128::from(all)) as usize;
    let mut attempt = 1;
    for piece in &way.pieces {
        if piece.attempt > attempt {
            attempt = piece.attempt;
            page.line(vec![words(format!("attempt {attempt}"), Role::Dim)]);
        }
        let (label, role) = label(piece);
        let (from, until) = (cell(piece.from), cell(piece.until));
        let bar = if until > from { "█".repeat(until - from) } else { "│".to_owned() };
        let time = span(Some((piece.until - piece.from).millis()));
        page.line(vec![
            words(format!("{label:<LABEL$}"), Role::Text),
            words(format!("{time:>TIME$}  "), Role::Dim),
            words(" ".repeat(from.min(bars as usize - 1)), Role::Dim),
            words(bar, role),
        ]);
    }
    let (sum, so_far) =
        (span(Some((way.until - way.issued).millis())), if way.outcome.is_none() { ", so far" } else { "" });
    page.line(vec![
        words(format!("{:<LABEL$}", "together"), Role::Dim),
        words(format!("{sum:>TIME$}{so_far}"), Role::Text),
    ]);
}

fn label(piece: &Piece) -> (String, Role) {
    let id = piece.instance;
    match piece.place {
        Place::Connecting => ("waits for a connection".into(), Role::Stale),
        Place::Up => ("client → balancer".into(), Role::Wire),
        Place::Balancer => ("at the balancer".into(), Role::Wire),
        Place::Starting => (format!("{id} starts for it"), Role::Stale),
        Place::Forward => (format!("balancer → {id}"), Role::Wire),
        Place::Bounced => (format!("{id} refuses, → balancer"), Role::Lost),
        Place::Silent => (format!("{id} says nothing"), Role::Lost),
        Place::Queue => (format!("in the queue of {id}"), Role::Stale),
        Place::Worker => (format!("with a worker of {id}"), Role::State),
        Place::Store => ("waits for the store".into(), Role::Inside),
        Place::Peer => ("waits for peers".into(), Role::Inside),
        Place::Cut => (format!("{id} has died"), Role::Lost),
        Place::Back => (format!("{id} → balancer"), Role::Wire),
        Place::Down => ("balancer → client".into(), Role::Wire),
        Place::BackOff => ("waits to try again".into(), Role::Stale),
    }
}

/// A message, and what it weighs.
fn wire(message: &Message, seed: u64, width: u16, page: &mut Page) {
    let arrow = if message.up { "►" } else { "◄" };
    let mut first = true;
    for line in &message.lines {
        let mut row = vec![words(if first { format!("{arrow} ") } else { "  ".into() }, Role::Wire)];
        row.push(if first { bold(line, Role::Text) } else { words(line, Role::Text) });
        let head = std::mem::take(&mut first);
        if head {
            let attempt = if message.attempt > 1 { format!(", attempt {}", message.attempt) } else { String::new() };
            row.push(words(format!("   leaves at {}{attempt}", clock(message.at)), Role::Dim));
        }
        page.line(row);
        if head {
            weigh(message, width, page);
        }
    }
    match &message.context {
        Context::None => {}
        Context::Cookie(digits) => {
            page.line(vec![words(format!("  {}", message.label), Role::Text), words(digits, Role::Resent)]);
        }
        Context::Unknown => page.line(vec![
            words(format!("  {}", message.label), Role::Text),
            words(format!("({} B; what is in it, the kept events do not tell)", message.context_bytes), Role::Dim),
        ]),
        Context::Token(token) => bearer(message, token, seed, width, page),
    }
}

/// A token as it is sent, and what it says.
fn bearer(message: &Message, token: &Token, seed: u64, width: u16, page: &mut Page) {
    let room = usize::from(width).saturating_sub(4).max(8);
    let mut row = vec![words(format!("  {}", message.label), Role::Text)];
    let mut used = message.label.len() + 2;
    let roles = [Role::Wire, Role::State, Role::Inside];
    // The three parts, in three colours, broken where the page ends.
    for (nth, part) in token.text.split('.').enumerate() {
        let part = if nth == 0 { part.to_owned() } else { format!(".{part}") };
        let mut left = part.as_str();
        while !left.is_empty() {
            if used >= room {
                page.line(std::mem::replace(&mut row, vec![words("    ", Role::Text)]));
                used = 4;
            }
            let (now, later) = left.split_at(left.len().min(room - used.min(room - 1)));
            row.push(words(now, roles[nth.min(2)]));
            used += now.len();
            left = later;
        }
    }
    page.line(row);
    let mut decoded = |what: &str, text: &str, role| {
        let mut what = format!("{what:<11}");
        let letters: Vec<char> = text.chars().collect();
        for part in letters.chunks(room.saturating_sub(13).max(1)) {
            page.line(vec![words(format!("    {what}"), Role::Dim), words(part.iter().collect::<String>(), role)]);
            what = " ".repeat(11);
        }
    };
    decoded("header", &token.header, Role::Wire);
    decoded("claims", &token.claims, Role::State);
    let key = key(seed);
    let verdict = if Token::verifies(&token.text, &key) { "verifies" } else { "does not verify" };
    decoded("signature", &format!("HS256 with the key \"{key}\": {verdict}"), Role::Inside);
    if token.text.len() != message.context_bytes as usize {
        let said = format!("this one has {} B, the model counts {} B", token.text.len(), message.context_bytes);
        decoded("length", &said, Role::Stale);
    }
}

fn weigh(message: &Message, width: u16, page: &mut Page) {
    let Message { bytes, context_bytes, again_bytes, .. } = *message;
    let kind = if message.label.starts_with("Auth") { "token" } else { "session id" };
    let mut said = format!("{bytes} B on the wire");
    if context_bytes > 0 && message.up {
        said += &format!(
            ": {kind} {context_bytes} B, {again_bytes} B of it sent before and {} B new",
            context_bytes - again_bytes
        );
    } else if context_bytes > 0 {
        said += &format!(": {kind} {context_bytes} B");
    }
    said += &match message.rest_bytes() {
        Some(rest) => format!("; not shown: {rest} B of other headers and content"),
        None => "; the lines above are longer than the model counts".into(),
    };
    for line in wrap(&said, usize::from(width).saturating_sub(2)) {
        page.line(vec![words(format!("  {line}"), Role::Dim)]);
    }
}

//! A visit's whole story.

use super::lines::{Page, Words, bold, words};
use crate::event::{Leave, Outcome, Place, RequestId, RequestKind, SessionId};
use crate::insight::Look;
use crate::insight::visit::{Entry, Told, story};
use crate::scene::Copies;
use crate::text::plural;
use crate::tui::parts::{clock, span, wrap};
use crate::tui::snapshot::ArmView;
use crate::tui::stage::paint::cells;
use crate::tui::theme::Role;
use crate::tui::views::sentence::{fate, whereabouts};
use crate::units::Nanos;

/// None until it was looked for.
fn entries(arm: &ArmView) -> Option<Vec<Entry>> {
    let sight = arm.sight.as_ref().filter(|sight| matches!(sight.look, Look::Visit(_)))?;
    Some(story(arm.home, &sight.events))
}

/// The request of the chosen entry.
pub(super) fn chosen(arm: &ArmView, at: usize) -> Option<RequestId> {
    let entries = entries(arm)?;
    entries.get(at.min(entries.len().saturating_sub(1)))?.request()
}

pub(super) fn page(arm: &ArmView, session: SessionId, width: u16) -> Page {
    // In a stream of visits nobody has a name, nor has who is not there.
    let of =
        arm.scene.name(session).filter(|_| arm.scene.clients.chairs()).map_or_else(String::new, |name| name + " · ");
    let mut page = Page { title: format!("the story of {of}visit {session}"), ..Page::default() };
    let mut label = "now";
    for line in holder(arm, session).iter().flat_map(|held| wrap(held, usize::from(width).saturating_sub(5))) {
        page.line(vec![words(format!("{label:<5}{line}"), Role::State)]);
        label = "";
    }
    let Some(all) = entries(arm) else {
        page.line(vec![words("looking for it …", Role::Dim)]);
        return page;
    };
    if all.is_empty() {
        page.line(vec![words("at this instant it has not begun, or is no longer kept", Role::Dim)]);
    } else if !matches!(all.first(), Some(Entry::Came { .. })) {
        page.line(vec![words("what happened earlier is no longer kept", Role::Dim)]);
    }
    let mut places = Vec::new();
    for entry in &all {
        places.push(page.lines.len());
        tell(entry, width, &mut page);
    }
    places.push(page.lines.len());
    page.entries = Some(places);
    page
}

/// Where the state is now.
fn holder(arm: &ArmView, session: SessionId) -> Option<String> {
    let scene = &arm.scene;
    let client = scene.clients.get(session)?;
    let noun = &scene.noun;
    let said = if client.holds_token {
        let items = scene.items(client.items);
        format!("the {noun} is in the client's token: {items} {}", plural("item", items))
    } else {
        let holds = |(place, copies): (Place, &Copies)| {
            let items = scene.items(copies.of(session)?.writes);
            Some(format!("{} ({items} {})", whereabouts(place), plural("item", items)))
        };
        let places: Vec<String> = scene.places().filter_map(holds).collect();
        if places.is_empty() {
            format!("no {noun} of this visit is anywhere")
        } else {
            format!("the {noun} is {}", places.join(", "))
        }
    };
    let tie = match (client.pinned, scene.sockets) {
        (0, _) => String::new(),
        (instance, false) => format!(" · the cookie asks for instance {instance}"),
        (instance, true) => format!(" · the connection leads to instance {instance}"),
    };
    Some(said + &tie)
}

fn tell(entry: &Entry, width: u16, page: &mut Page) {
    let (at, said) = match *entry {
        Entry::Came { at, brought: None } => (at, words("comes", Role::Text)),
        Entry::Came { at, brought: Some(writes) } => {
            let said = format!("is in the middle of a visit, with {writes} {}", plural("write", writes));
            (at, words(said, Role::Text))
        }
        Entry::Lost { at, writes, whole } => {
            let what = if whole { "the whole state is lost:" } else { "the newest are lost:" };
            (at, bold(format!("✗ {what} {writes} acknowledged {}", plural("write", writes)), Role::Lost))
        }
        Entry::Left { at, how: Leave::Completed } => (at, words("leaves, with nothing more to ask", Role::Text)),
        Entry::Left { at, how: Leave::LoggedOut } => (at, words("has logged out", Role::Text)),
        Entry::Left { at, how: Leave::Abandoned } => (at, words("gives up and leaves", Role::Lost)),
        Entry::Request(ref told) => return request(told, width, page),
    };
    page.line(vec![time(at), said]);
}

fn time(at: Nanos) -> Words {
    words(format!("{:<10}", clock(at)), Role::Dim)
}

/// How it ended stands behind it, or, where there is no room, below.
fn request(told: &Told, width: u16, page: &mut Page) {
    let does = match (told.purpose, told.write) {
        (RequestKind::Login, _) => "logs in".to_owned(),
        (RequestKind::Relogin, _) => "logs in again".to_owned(),
        (RequestKind::Logout, _) => "logs out".to_owned(),
        (RequestKind::Replay, _) => "somebody sends a copy of its credential".to_owned(),
        (RequestKind::Followup, 0) => "reads".to_owned(),
        (RequestKind::Followup, write) => format!("write {write}"),
    };
    let refused: Vec<String> = told.refused_by.iter().map(|id| format!("{id}✗→")).collect();
    let at = if told.instance == 0 { String::new() } else { format!("at {}{}", refused.concat(), told.instance) };
    let tries = if told.attempts > 1 { format!(" in {} attempts", told.attempts) } else { String::new() };
    let version = match (told.version, told.newest) {
        (Some(version), Some(newest)) if version < newest => format!("from version {version}, behind {newest}"),
        (Some(version), _) => format!("from version {version}"),
        (None, _) => String::new(),
    };
    let (end, role) = match told.end {
        None => ("is open".to_owned(), Role::Wire),
        Some((end, outcome)) => {
            let role = match outcome {
                Outcome::Ok => Role::Text,
                Outcome::Stale => Role::Stale,
                _ => Role::Lost,
            };
            (format!("{} after {}", fate(outcome), span(Some((end - told.at).millis()))), role)
        }
    };
    let mut row = vec![
        time(told.at),
        words(format!("{:<5} ", told.request), Role::Dim),
        words(format!("{does:<13} "), Role::Text),
        words(format!("{at:<9} "), Role::Wire),
        words(format!("{version:<17} "), if version.contains("behind") { Role::Stale } else { Role::Dim }),
    ];
    let end = words(format!("{end}{tries}"), role);
    if row.iter().chain([&end]).map(|Words(text, ..)| cells(text)).sum::<u16>() > width {
        page.line(std::mem::replace(&mut row, vec![words(" ".repeat(16), Role::Dim)]));
    }
    row.push(end);
    page.line(row);
}

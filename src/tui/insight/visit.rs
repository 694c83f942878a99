//! A visit's whole story.

use super::lines::{Page, Words, bold, words};
use super::name;
use crate::event::{Leave, Outcome, RequestId, RequestKind, SessionId};
use crate::insight::Look;
use crate::insight::visit::{Entry, Told, story};
use crate::story::plural;
use crate::tui::parts::{clock, span};
use crate::tui::snapshot::ArmView;
use crate::tui::theme::Role;
use crate::tui::views::sentence::fate;

fn entries(arm: &ArmView) -> Vec<Entry> {
    let sight = arm.sight.as_ref().filter(|sight| matches!(sight.look, Look::Visit(_)));
    sight.map_or(Vec::new(), |sight| story(arm.home, &sight.events))
}

/// The request of the chosen entry.
pub(super) fn chosen(arm: &ArmView, at: usize) -> Option<RequestId> {
    let entries = entries(arm);
    entries.get(at.min(entries.len().saturating_sub(1)))?.request()
}

pub(super) fn page(arm: &ArmView, session: SessionId, _at: usize, _width: u16) -> Page {
    let name = name(arm, session);
    let mut page = Page { title: format!("the story of {name} · visit {session}"), ..Page::default() };
    let all = entries(arm);
    if let Some(line) = holder(arm, session) {
        page.line(line);
    }
    if !matches!(all.first(), Some(Entry::Came { .. })) {
        page.line(vec![words("what happened earlier is no longer kept", Role::Dim)]);
    }
    let mut places = Vec::new();
    for entry in &all {
        places.push(page.lines.len());
        page.line(tell(entry));
    }
    places.push(page.lines.len());
    page.entries = Some(places);
    page
}

/// Where the state is now.
fn holder(arm: &ArmView, session: SessionId) -> Option<Vec<Words>> {
    let scene = &arm.scene;
    let client = scene.clients.get(session)?;
    let noun = &scene.noun;
    let said = if client.holds_token {
        format!("the {noun} is in the client's token: {} {}", client.items, plural("item", client.items))
    } else {
        let instances = scene.instances.iter().filter_map(|instance| Some((instance.id, instance.copies.of(session)?)));
        let mut places: Vec<String> = instances
            .map(|(id, held)| format!("instance {id} ({} {})", held.writes, plural("item", held.writes)))
            .collect();
        if let Some(held) = scene.store.as_ref().and_then(|store| store.copies.of(session)) {
            places.push(format!("the store ({} {})", held.writes, plural("item", held.writes)));
        }
        if places.is_empty() {
            format!("no {noun} of this visit is anywhere")
        } else {
            format!("the {noun} is in {}", places.join(", "))
        }
    };
    let cookie =
        if client.pinned == 0 { String::new() } else { format!(" · the cookie asks for instance {}", client.pinned) };
    Some(vec![words(format!("now  {said}{cookie}"), Role::State)])
}

fn tell(entry: &Entry) -> Vec<Words> {
    let at = |at| words(format!("{:<10}", clock(at)), Role::Dim);
    match *entry {
        Entry::Came { at: when, brought: None } => vec![at(when), words("comes", Role::Text)],
        Entry::Came { at: when, brought: Some(writes) } => {
            vec![
                at(when),
                words(format!("is in the middle of a visit, with {writes} {}", plural("write", writes)), Role::Text),
            ]
        }
        Entry::Lost { at: when, writes, whole } => {
            let what = if whole { "the whole state is lost:" } else { "the newest are lost:" };
            vec![at(when), bold(format!("✗ {what} {writes} acknowledged {}", plural("write", writes)), Role::Lost)]
        }
        Entry::Left { at: when, how: Leave::Completed } => vec![at(when), words("leaves, all done", Role::Text)],
        Entry::Left { at: when, how: Leave::LoggedOut } => vec![at(when), words("has logged out", Role::Text)],
        Entry::Left { at: when, how: Leave::Abandoned } => vec![at(when), words("gives up and leaves", Role::Lost)],
        Entry::Request(ref told) => [vec![at(told.at)], request(told)].concat(),
    }
}

fn request(told: &Told) -> Vec<Words> {
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
    vec![
        words(format!("{:<6}", told.request), Role::Dim),
        words(format!("{does:<14}"), Role::Text),
        words(format!("{at:<10}"), Role::Wire),
        words(format!("{version:<17} "), if version.contains("behind") { Role::Stale } else { Role::Dim }),
        words(format!("{end}{tries}"), role),
    ]
}

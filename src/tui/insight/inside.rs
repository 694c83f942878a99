//! What is inside an instance, or the store.

use super::lines::Page;
use crate::event::{Event, Evidence, Health, InstanceId, RequestId, What};
use crate::insight::Look;
use crate::scene::{Copies, Flight, Instance, Leg, Scene};
use crate::text::plural;
use crate::tui::parts::{bytes, clock, how_long};
use crate::tui::snapshot::{ArmView, Snapshot};
use crate::tui::theme::Role;
use crate::tui::views::sentence::{bad, sentence, start, state};
use crate::units::Nanos;

/// Requests in an instance that are on this leg, in the order of their numbers.
fn inside(scene: &Scene, id: InstanceId, leg: Leg) -> Vec<&Flight> {
    let mut all: Vec<&Flight> =
        scene.flights.iter().filter(|flight| flight.instance == id && flight.leg == leg).collect();
    all.sort_by_key(|flight| flight.request);
    all
}

/// The newest request in an instance.
pub(super) fn newest(scene: &Scene, id: InstanceId) -> Option<RequestId> {
    let inside = |flight: &&Flight| flight.instance == id && flight.leg.inside();
    scene.flights.iter().filter(inside).map(|flight| flight.request).max()
}

/// Who they are, as far as one line holds.
fn who(scene: &Scene, flights: &[&Flight]) -> String {
    const MOST: usize = 6;
    let names = flights.iter().take(MOST).map(|flight| {
        let given_up = if flight.ghost { ", given up" } else { "" };
        format!("{} (request {}{given_up})", scene.clients.name(flight.row), flight.request)
    });
    let more = flights.len().saturating_sub(MOST);
    names.chain((more > 0).then(|| format!("{more} more"))).collect::<Vec<_>>().join(", ")
}

pub(super) fn instance(snapshot: &Snapshot, arm: &ArmView, id: InstanceId, width: u16) -> Page {
    let mut page = Page { title: format!("inside instance {id}"), ..Page::default() };
    let (scene, now) = (&arm.scene, snapshot.now);
    let Some(instance) = scene.instance(id) else {
        page.fact("the truth", "does not exist in this world", Role::Text, width);
        return page;
    };
    let sight = arm.sight.as_ref().filter(|sight| sight.look == Look::Instance(id));
    let events = sight.map_or(&[][..], |sight| &sight.events);
    truth(instance, now, width, &mut page);
    belief(instance, events, now, width, &mut page);
    let serving = inside(scene, id, Leg::Serving);
    let waiting = inside(scene, id, Leg::Queued);
    let colon = |names: String| if names.is_empty() { names } else { format!(": {names}") };
    let chores = [(instance.applying, "peer's write"), (instance.accepting, "new connection")];
    let chores = chores.iter().filter(|(n, _)| *n > 0).map(|&(n, what)| format!("{n} {}", plural(what, n)));
    let held_by: Vec<String> =
        Some(who(scene, &serving)).filter(|who| !who.is_empty()).into_iter().chain(chores).collect();
    let busy = format!("{} of {} busy{}", instance.occupied(), instance.workers, colon(held_by.join(", ")));
    page.fact("workers", &busy, Role::Text, width);
    let queue = format!(
        "{} {}{}",
        instance.queued,
        if instance.queued == 1 { "waits" } else { "wait" },
        colon(who(scene, &waiting))
    );
    page.fact("queue", &queue, Role::Text, width);
    let figures = arm.figures.instances.iter().find(|figures| figures.id == id);
    let size = figures.map_or(String::new(), |figures| format!(", {}", bytes(figures.state_bytes as f64)));
    page.fact("memory", &format!("{}{size}", holds(scene, &instance.copies)), Role::State, width);
    if instance.copies.live_count() > 0 {
        page.fact("", &carts(scene, &instance.copies), Role::State, width);
    }
    if let Some(figures) = figures {
        let busy = figures.busy_ratio.map_or("–".into(), |ratio| format!("{:.1} %", ratio * 100.0));
        let count = figures.requests;
        let said = format!("{count} {}, workers busy {busy} of the time it ran", plural("request", count));
        page.fact("so far", &said, Role::Text, width);
    }
    if let Some(scar) = &instance.scar {
        let empty = if scar.empty > 0 { format!(" ({} empty)", scar.empty) } else { String::new() };
        let said = format!("{} {}{empty} lost at {}", scar.gone, plural(&scene.noun, scar.gone), clock(scar.at));
        page.fact("scar", &said, Role::Lost, width);
    }
    history(events, width, &mut page);
    page
}

/// What it is.
fn truth(instance: &Instance, now: Nanos, width: u16, page: &mut Page) {
    let mut said = format!(
        "{}, since {} ({}){}",
        state(instance.health),
        clock(instance.since),
        how_long(now.since(instance.since)),
        start(instance.health, instance.incarnation)
    );
    if instance.slowness != 1.0 {
        said += &format!(", takes {} times as long", instance.slowness);
    }
    if instance.partitioned {
        said += ", reaches neither its peers nor the store";
    }
    let role = if instance.answers() { Role::Text } else { Role::Lost };
    page.fact("the truth", &said, role, width);
}

/// What the balancer thinks it is, and for how long it has been wrong.
fn belief(instance: &Instance, events: &[Event], now: Nanos, width: u16, page: &mut Page) {
    let last = events.iter().rev().find_map(|event| match event.what {
        What::Believed { up, evidence, .. } => Some((event.at, up, evidence)),
        _ => None,
    });
    let since = last.map_or(String::new(), |(at, up, evidence)| {
        let why = match evidence {
            Evidence::Told => "told",
            Evidence::Checks => "health checks",
            Evidence::Passive if up => "its penalty is over",
            Evidence::Passive => "refused connections",
        };
        format!(" since {} ({why})", clock(at))
    });
    let what = if instance.believed_up { "usable" } else { "not usable" };
    let (verdict, role) = match (instance.misjudged(), instance.health) {
        (true, _) => {
            // Wrong since the later of the two changed.
            let from = last.map_or(instance.since, |(at, ..)| at.max(instance.since));
            (format!(": wrong for {}", how_long(now.since(from))), Role::Stale)
        }
        (false, Health::Draining) => (String::new(), Role::Text),
        (false, _) => (", rightly".into(), Role::Text),
    };
    page.fact("the balancer", &format!("believes it {what}{since}{verdict}"), role, width);
}

fn holds(scene: &Scene, copies: &Copies) -> String {
    let items: u32 = copies.live().map(|held| scene.items(held.writes)).sum();
    let count = copies.live_count();
    let left = copies.left_behind();
    let behind = if left > 0 { format!(" and {left} that nobody will ask for") } else { String::new() };
    format!("{count} {} with {items} {}{behind}", plural(&scene.noun, count), plural("item", items))
}

/// Whose they are, with their sizes.
fn carts(scene: &Scene, copies: &Copies) -> String {
    const MOST: usize = 24;
    let mut all: Vec<(u32, u32)> =
        copies.live().filter_map(|held| Some((scene.clients.row(held.session)?, scene.items(held.writes)))).collect();
    all.sort_unstable();
    let more = all.len().saturating_sub(MOST);
    let names = all.iter().take(MOST).map(|&(row, items)| format!("{} {items}", scene.clients.signed_name(row)));
    names.chain((more > 0).then(|| format!("{more} more"))).collect::<Vec<_>>().join(" · ")
}

/// What happened to it, newest first.
fn history(events: &[Event], width: u16, page: &mut Page) {
    const MOST: usize = 12;
    // What goes right all the time would hide what does not.
    let usual = |what: &What| matches!(what, What::Checked { ok: true, .. } | What::Occupied { .. });
    let told = events.iter().rev().filter(|event| !usual(&event.what));
    let mut title = "happened";
    for event in told.take(MOST) {
        let role = if bad(&event.what) { Role::Lost } else { Role::Dim };
        page.fact(title, &format!("{}  {}", clock(event.at), sentence(event)), role, width);
        title = "";
    }
}

pub(super) fn store(scene: &Scene, now: Nanos, width: u16) -> Page {
    let mut page = Page { title: "inside the store".into(), ..Page::default() };
    let Some(store) = &scene.store else {
        page.fact("the truth", "there is no store in this world", Role::Text, width);
        return page;
    };
    let said = format!("{}, since {} ({})", state(store.health), clock(store.since), how_long(now.since(store.since)));
    page.fact("the truth", &said, if store.health == Health::Up { Role::Text } else { Role::Lost }, width);
    if store.slowness != 1.0 {
        page.fact("speed", &format!("takes {} times as long", store.slowness), Role::Stale, width);
    }
    page.fact(
        "asked",
        &format!("{} {} not answered yet", store.pending, plural("question", store.pending)),
        Role::Text,
        width,
    );
    page.fact("memory", &holds(scene, &store.copies), Role::State, width);
    if store.copies.live_count() > 0 {
        page.fact("", &carts(scene, &store.copies), Role::State, width);
    }
    page.fact("disk", &holds(scene, &store.disk), Role::Text, width);
    if let Some(replica) = &store.replica {
        page.fact("replica", &holds(scene, replica), Role::Inside, width);
    }
    page
}

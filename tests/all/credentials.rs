//! For each home of state: what a logout destroys, and what a copied token or cookie gets before and after it.
//!
//! One user logs in at instance 1 and writes three times. At 5 s somebody replays what the user sends, at 10 s the user logs
//! out, and later it is replayed again. Copies are written as in `homes.rs`.

use crate::cli::outcome;
use crate::homes::{Copies, quiet};
use crate::runs::events;
use statelab::event::{Ask, Event, Leave, Outcome, Place, RequestKind, Sink, What};
use statelab::ledger::{Events, Ledger};
use statelab::scenario::{Home, Persistence, Population, Scenario};
use statelab::scene::Scene;
use statelab::sim::World;
use statelab::units::Nanos;
use std::collections::BTreeMap;

#[derive(Default)]
struct Watch {
    copies: Copies,
    ledger: Ledger,
    replays: Vec<Outcome>,
    logouts: Vec<Outcome>,
    left: Option<Leave>,
    scene: Option<Scene>,
    /// How many logins the denylist names in the end.
    revoked: u64,
    /// How often a disk was told of one.
    persisted: u64,
}

impl Sink for Watch {
    fn take(&mut self, event: &Event) {
        self.ledger.take(event);
        self.scene.iter_mut().for_each(|scene| scene.take(event));
        match event.what {
            What::Ended { purpose: RequestKind::Replay, outcome, .. } => self.replays.push(outcome),
            What::Ended { purpose: RequestKind::Logout, outcome, .. } => self.logouts.push(outcome),
            What::SessionLeft { how, .. } => self.left = Some(how),
            What::Revoked { place: Place::Disk, .. } => self.persisted += 1,
            _ => {}
        }
        if !matches!(event.what, What::Ended { purpose: RequestKind::Replay | RequestKind::Logout, .. }) {
            self.copies.take(event);
        }
    }
}

/// Lives through `script` (seconds after the third write's reply, command) and 30 s more.
fn live(home: Home, change: fn(&mut Scenario), script: &[(f64, &str)]) -> (Watch, BTreeMap<u64, String>) {
    let mut scenario = quiet();
    change(&mut scenario);
    let mut world = World::new(&scenario, home);
    let mut watch = Watch { scene: Some(Scene::new(&scenario, home)), ..Watch::default() };
    let mut at = Nanos::from_secs(100.0);
    while watch.copies.ended.len() < 4 {
        at += Nanos::from_secs(1.0);
        world.run_until(at, &mut watch);
    }
    let last = watch.copies.ended[3].0;
    let mut held = BTreeMap::from([(0, watch.copies.text())]);
    for &(after_s, text) in script {
        world.run_until(last + Nanos::from_secs(after_s), &mut watch);
        held.insert(after_s as u64, watch.copies.text());
        world
            .command(text.parse().expect("a command"), &mut watch)
            .unwrap_or_else(|why| panic!("{home}: {text}: {why}"));
    }
    world.run_until(last + Nanos::from_secs(75.0), &mut watch);
    held.insert(75, watch.copies.text());
    let report = watch.ledger.report(&scenario, home, world.now(), Events { count: 0, sha256: String::new() });
    let (s, r, t) = (report.sessions, report.requests, report.replays);
    assert_eq!((s.lost, s.abandoned, s.acked_writes_lost), (0, 0, 0), "{home}: whoever logs out loses nothing");
    assert_eq!(r.ended, r.logins + r.followups + report.logouts.ended + t.accepted + t.refused + t.unanswered);
    assert_eq!(report.little.integral_ns, report.little.sum_ns);
    assert!(report.faults.iter().all(|fault| fault.sessions_lost == 0), "{:?}", report.faults);
    watch.revoked = report.store.map_or(0, |store| store.revoked);
    let drawn = watch.scene.as_ref().and_then(|scene| scene.store.as_ref()).map_or(0, |store| store.revoked[0].len());
    assert_eq!(watch.revoked, drawn as u64, "{home}: what is counted is drawn");
    (watch, held)
}

fn same(_: &mut Scenario) {}

fn alone(s: &mut Scenario) {
    s.instance.count = 1;
}

fn denied(s: &mut Scenario) {
    s.token.denylist = true;
}

fn short(s: &mut Scenario) {
    s.token.ttl_s = Some(15.0);
}

fn long(s: &mut Scenario) {
    s.token.ttl_s = Some(150.0);
}

#[test]
fn a_logout_forgets_what_the_service_keeps_and_a_token_is_kept_by_nobody() {
    use Outcome::{Lost, Ok, Stale};
    let script =
        [(5.0, "replay 1"), (6.0, "replay ann old"), (10.0, "logout 1"), (20.0, "replay 1"), (30.0, "replay 1 old")];
    let replica: fn(&mut Scenario) = |s| s.store.replica = true;
    let persisted: fn(&mut Scenario) = |s| s.store.persistence = Persistence::Always;
    let flushed: fn(&mut Scenario) = |s| s.store.persistence = Persistence::Everysec;
    let lagging: fn(&mut Scenario) = |s| (s.replication.sync, s.replication.lag_ms) = (Some(false), 500.0);
    for (home, change, before, replays) in [
        // The server can do nothing: the copied token is good until it expires, the old one with an older cart.
        (Home::Token, same as fn(&mut Scenario), "C:3", [Ok, Stale, Ok, Ok]),
        // The denylist names the login, and so every token of it.
        (Home::Token, denied, "C:3", [Ok, Stale, Lost, Lost]),
        // The old token was issued 100 s before the new one, and both have expired in the end.
        (Home::Token, short, "C:3", [Ok, Lost, Lost, Lost]),
        (Home::Token, long, "C:3", [Ok, Stale, Ok, Ok]),
        // A cookie only names the state: it is as good as its owner's, old or not, until the state is gone.
        (Home::Memory, alone, "1:3", [Ok, Ok, Lost, Lost]),
        (Home::Sticky, same, "1:3", [Ok, Ok, Lost, Lost]),
        (Home::ReplicateAll, same, "1:3 2:3 3:3", [Ok, Ok, Lost, Lost]),
        (Home::ReplicateAll, lagging, "1:3 2:3 3:3", [Ok, Ok, Lost, Lost]),
        (Home::ReplicateBackup, same, "1:3 2:3", [Ok, Ok, Lost, Lost]),
        (Home::ReplicateBackup, lagging, "1:3 2:3", [Ok, Ok, Lost, Lost]),
        (Home::Store, same, "S:3", [Ok, Ok, Lost, Lost]),
        (Home::Store, replica, "S:3 R:3", [Ok, Ok, Lost, Lost]),
        (Home::Store, persisted, "S:3 D:3", [Ok, Ok, Lost, Lost]),
        (Home::Store, flushed, "S:3 D:3", [Ok, Ok, Lost, Lost]),
    ] {
        let (watch, held) = live(home, change, &script);
        assert_eq!((held[&0].as_str(), held[&20].as_str()), (before, ""), "{home}: held before and after");
        assert_eq!(watch.replays, replays, "{home}");
        assert_eq!((watch.logouts.as_slice(), watch.left), ([Ok].as_slice(), Some(Leave::LoggedOut)), "{home}");
        let after = |outcome: Outcome| replays[2..].iter().filter(|&&other| other == outcome).count() as u64;
        let figures = watch.ledger.replays();
        let (accepted, refused) = (figures.accepted_after_logout, figures.refused_after_logout);
        assert_eq!((accepted, refused), (after(Ok) + after(Stale), after(Lost)), "{home}");
        assert_eq!(watch.ledger.sessions().completed, 1, "{home}");
    }
}

#[test]
fn a_denylist_dies_with_its_store() {
    use Outcome::{Lost, Ok, Refused};
    // Whoever is turned down is on the list.
    let named = |replay: Outcome| u64::from(replay == Lost);
    let dead =
        [(10.0, "logout 1"), (15.0, "kill store"), (20.0, "replay 1"), (30.0, "restart store"), (40.0, "replay 1")];
    let persisted: fn(&mut Scenario) = |s| (s.token.denylist, s.store.persistence) = (true, Persistence::Always);
    let flushed: fn(&mut Scenario) = |s| (s.token.denylist, s.store.persistence) = (true, Persistence::Everysec);
    for (change, replays) in [
        // While it is down nobody is let in; when it is back, empty, the copied token is good again.
        (denied as fn(&mut Scenario), [Refused, Ok]),
        (persisted, [Refused, Lost]),
        (flushed, [Refused, Lost]),
    ] {
        let watch = live(Home::Token, change, &dead).0;
        assert_eq!((watch.replays.as_slice(), watch.revoked), (replays.as_slice(), named(replays[1])));
        assert_eq!(watch.persisted, watch.revoked, "a disk is told once, and keeps it");
    }
    // What comes back from a disk, or empty, does so each time.
    let twice = [
        (10.0, "logout 1"),
        (15.0, "kill store"),
        (20.0, "restart store"),
        (30.0, "kill store"),
        (35.0, "restart store"),
        (45.0, "replay 1"),
    ];
    for (change, replay) in [(denied as fn(&mut Scenario), Ok), (persisted, Lost), (flushed, Lost)] {
        let watch = live(Home::Token, change, &twice).0;
        assert_eq!((watch.replays, watch.revoked), (vec![replay], named(replay)));
    }
    // A replica knows what the store had told it.
    let failover = [(10.0, "logout 1"), (15.0, "kill store"), (40.0, "replay 1")];
    let replica: fn(&mut Scenario) = |s| (s.token.denylist, s.store.replica) = (true, true);
    let watch = live(Home::Token, replica, &failover).0;
    assert_eq!((watch.replays, watch.revoked), (vec![Lost], 1));
    // It has a disk only if that was asked for.
    let forgotten = [(10.0, "logout 1"), (15.0, "kill store"), (40.0, "restart store"), (50.0, "replay 1")];
    let watch = live(Home::Token, replica, &forgotten).0;
    assert_eq!((watch.replays, watch.revoked), (vec![Ok], 0));
    // It follows a store that comes back empty.
    let emptied = [(10.0, "logout 1"), (15.0, "restart store"), (25.0, "kill store"), (45.0, "replay 1")];
    let watch = live(Home::Token, replica, &emptied).0;
    assert_eq!((watch.replays, watch.revoked), (vec![Ok], 0));
    // A logout that cannot reach the denylist fails, and its user goes all the same.
    let late = [(5.0, "kill store"), (10.0, "logout 1"), (40.0, "restart store"), (50.0, "replay 1")];
    let (watch, _) = live(Home::Token, denied, &late);
    assert_eq!((watch.logouts, watch.replays), (vec![Refused], vec![Ok]));
}

/// The old token is the one before the last write; a token that was only refreshed is no other.
#[test]
fn an_old_token_is_the_one_before_the_last_write() {
    for (writes, newest, old) in [(1.0, 523, Some(390)), (0.0, 123, None)] {
        let mut scenario = quiet();
        scenario.workload.write_ratio = writes;
        scenario.token.ttl_s = Some(90.0);
        let mut world = World::new(&scenario, Home::Token);
        let mut sent = Vec::new();
        let mut sink = |event: &Event| {
            if let What::Sent { context_bytes, redundant_bytes, .. } = event.what {
                sent.push((context_bytes, redundant_bytes));
            }
        };
        // A login and three follow-ups, each with a token that has expired and is refreshed once.
        world.run_until(Nanos::from_secs(450.0), &mut sink);
        assert_eq!(world.command("replay 1".parse().expect("a command"), &mut sink), Ok(()));
        let replayed = world.command("replay 1 old".parse().expect("a command"), &mut sink);
        assert_eq!(replayed.is_ok(), old.is_some(), "{replayed:?}");
        let tokens: Vec<_> = sent[4..].iter().map(|&(context, _)| context).collect();
        assert_eq!(tokens, [newest].into_iter().chain(old).collect::<Vec<_>>());
        // The first follow-up brings what the client has never sent; the next ones what it has, but for the last write.
        let grows = [(0, 0), (123, 0), (257, 123), (390, 256)];
        let stays = [(0, 0), (123, 0), (123, 123), (123, 123)];
        assert_eq!(sent[..4], if writes > 0.0 { grows } else { stays });
    }
}

#[test]
fn a_logout_is_tried_again_as_any_request_is() {
    let mut scenario = quiet();
    scenario.token.denylist = true;
    scenario.store.timeout_ms = Some(100.0);
    scenario.client.retries = 2;
    let mut world = World::new(&scenario, Home::Token);
    let (mut attempts, mut outcomes) = (0, Vec::new());
    let mut sink = |event: &Event| match event.what {
        What::Sent { .. } => attempts += 1,
        What::Ended { outcome, .. } => outcomes.push(outcome),
        _ => {}
    };
    world.run_until(Nanos::from_secs(150.0), &mut sink);
    for text in ["kill store", "logout 1"] {
        assert_eq!(world.command(text.parse().expect("a command"), &mut sink), Ok(()));
    }
    world.run_until(Nanos::from_secs(190.0), &mut sink);
    assert_eq!((attempts, outcomes.as_slice()), (1 + 3, [Outcome::Ok, Outcome::Refused].as_slice()));
}

/// Whoever copied a cookie sits at another line: what it sends and gets keeps nobody else waiting.
#[test]
fn a_replay_takes_nothing_of_its_owners_line() {
    let mut scenario = quiet();
    scenario.duration_s = 250.0;
    // A reply takes two seconds.
    scenario.network.client_mbit = Some(0.004);
    let ended = |commands: &[(f64, &str)]| {
        let log = events(&scenario, Home::Sticky, commands);
        let of_owner = |event: &Event| match event.what {
            What::Ended { purpose, .. } if purpose != RequestKind::Replay => Some(event.at),
            _ => None,
        };
        log.iter().filter_map(of_owner).collect::<Vec<_>>()
    };
    let alone = ended(&[]);
    assert_eq!(alone.len(), 2);
    assert_eq!(ended(&[(alone[0].secs() + 99.0, "replay 1"), (alone[0].secs() + 100.5, "replay 1")]), alone);
}

/// It is tried once, and takes a worker for as long as its owner's next request.
#[test]
fn a_replay_is_served_as_any_request_is() {
    let mut s = quiet();
    (s.duration_s, s.token.verify_us_per_kib) = (350.0, 10_000.0);
    for home in [Home::Sticky, Home::Token] {
        let (mut sent, mut started, mut served) = (BTreeMap::new(), BTreeMap::new(), Vec::new());
        for event in events(&s, home, &[(250.0, "replay 1"), (251.0, "replay 1")]) {
            match event.what {
                What::Sent { request, up_bytes, .. } => drop(sent.insert(request, up_bytes)),
                What::Routed { request, bytes, .. } => assert_eq!(sent[&request], bytes),
                What::Started { request, attempt, .. } => drop(started.insert((request, attempt), event.at)),
                What::Replied { request, .. } => served.push((event.at - started[&(request, 1)]).millis()),
                _ => {}
            }
        }
        // A login costs twice as much, and a token the more the longer it is.
        let [login, first, rest @ ..] = &served[..] else { panic!("{served:?}") };
        assert!(*login == 2.0 && (*first == 1.0 || home == Home::Token && *first > 2.0), "{home}: {served:?}");
        assert!(rest.len() == 3 && rest.iter().all(|took| *took == rest[0] && *took >= *first), "{home}: {served:?}");
    }
}

/// Nobody's client waits as long as any, and hears no reply after that.
#[test]
fn a_replay_times_out_once() {
    let script = [(250.0, "hang 1"), (251.0, "replay 1"), (270.0, "heal")];
    let log = events(&quiet(), Home::Sticky, &script);
    let told = log.iter().filter_map(|event| match event.what {
        What::Ended { purpose: RequestKind::Replay, outcome, .. } => Some((event.at.secs(), Some(outcome))),
        What::Late { .. } => Some((event.at.secs().floor(), None)),
        _ => None,
    });
    assert_eq!(told.collect::<Vec<_>>(), [(261.0, Some(Outcome::Timeout)), (270.0, None)]);
}

#[test]
fn word_of_a_logout_is_short_and_names_its_visit() {
    for home in [Home::ReplicateAll, Home::ReplicateBackup, Home::Store] {
        let mut scenario = quiet();
        scenario.workload.population = Population::Users(2);
        scenario.store.replica = true;
        let mut world = World::new(&scenario, home);
        let (mut copies, mut told) = (BTreeMap::new(), Vec::new());
        let mut sink = |event: &Event| match event.what {
            What::Stored { session, place, .. } => drop(copies.insert((session, place), event.at)),
            What::Dropped { session, place, .. } => drop(copies.remove(&(session, place))),
            What::Copying { bytes, .. } | What::Asked { ask: Ask::Replicate, bytes, .. } => {
                told.push((event.at, bytes))
            }
            _ => {}
        };
        world.run_until(Nanos::from_secs(150.0), &mut sink);
        world.command("logout 2".parse().expect("a command"), &mut sink).expect("logged in");
        world.run_until(Nanos::from_secs(160.0), &mut sink);
        assert!(copies.len() > 1 && copies.keys().all(|&(session, _)| session == 0), "{home}: {copies:?}");
        told.retain(|&(at, _)| at > Nanos::from_secs(150.0));
        assert!(!told.is_empty() && told.iter().all(|&(_, bytes)| bytes == 64), "{home}: {told:?}");
    }
}

/// Word of a logout reaches the other copies as writes do; where it does not, a copied cookie is still good.
#[test]
fn a_copy_that_is_out_of_reach_outlives_a_logout() {
    let two: fn(&mut Scenario) = |s| s.instance.count = 2;
    for (home, change, left) in
        [(Home::ReplicateAll, same as fn(&mut Scenario), "2:3 3:3"), (Home::ReplicateBackup, two, "2:3")]
    {
        let script = [(5.0, "partition 1"), (10.0, "logout 1"), (20.0, "kill 1"), (60.0, "replay 1")];
        let (watch, held) = live(home, change, &script);
        assert_eq!(held[&20], left, "{home}");
        assert_eq!(watch.replays, [Outcome::Ok], "{home}");
        assert_eq!(watch.ledger.replays().accepted_after_logout, 1, "{home}");
    }
}

/// Without a pin the logout comes to an instance that has never heard of its user, and destroys nothing.
#[test]
fn a_logout_that_comes_to_the_wrong_instance_destroys_nothing() {
    let mut scenario = quiet();
    scenario.workload.population = Population::Users(1);
    let mut world = World::new(&scenario, Home::Memory);
    let mut watch = Watch::default();
    world.run_until(Nanos::from_secs(150.0), &mut watch);
    let mut order = |text: &str, until: f64, watch: &mut Watch| {
        world.command(text.parse().expect("a command"), watch).expect("possible");
        world.run_until(Nanos::from_secs(until), watch);
    };
    // It logged in at 1; round robin sends the logout to 2, and the copied cookie to 3, to 1 and to 2.
    order("logout 1", 160.0, &mut watch);
    assert_eq!((watch.logouts.as_slice(), watch.copies.text().as_str()), ([Outcome::Lost].as_slice(), "1:0"));
    for until in [170.0, 180.0, 190.0] {
        order("replay 1", until, &mut watch);
    }
    assert_eq!(watch.replays, [Outcome::Lost, Outcome::Ok, Outcome::Lost]);
    assert_eq!(watch.ledger.sessions().lost, 0);
}

/// The user's open request ends first; and what nobody can do is refused, with the reason.
#[test]
fn a_logout_waits_for_the_reply_and_impossible_ones_are_refused() {
    let mut scenario = quiet();
    scenario.workload.service_ms = statelab::scenario::Dist::Fixed(1000.0);
    let mut world = World::new(&scenario, Home::Sticky);
    let mut watch = Watch::default();
    world.run_until(Nanos::from_secs(50.0), &mut watch);
    let refused = |world: &mut World, watch: &mut Watch, text: &str| {
        world.command(text.parse().expect("a command"), watch).expect_err(text)
    };
    assert!(refused(&mut world, &mut watch, "logout 1").contains("not come yet"));
    assert!(refused(&mut world, &mut watch, "replay 2").contains("no user 2"));
    let mut stream = World::new(&Scenario { warm_start: false, ..Scenario::load("rest").unwrap() }, Home::Sticky);
    assert!(refused(&mut stream, &mut watch, "logout 0").contains("not come yet"));
    // The login, which takes two seconds, is not over.
    world.run_until(Nanos::from_secs(101.0), &mut watch);
    assert!(refused(&mut world, &mut watch, "logout 1").contains("not logged in"));
    assert!(refused(&mut world, &mut watch, "replay 1").contains("not logged in"));
    while watch.copies.ended.is_empty() {
        world.run_until(world.now() + Nanos::from_secs(0.1), &mut watch);
    }
    // In the middle of the first follow-up, 100 s later.
    world.run_until(watch.copies.ended[0].0 + Nanos::from_secs(100.5), &mut watch);
    world.command("logout ann".parse().expect("a command"), &mut watch).expect("logged in");
    assert!(refused(&mut world, &mut watch, "logout ann").contains("already"));
    assert!(watch.logouts.is_empty());
    world.run_until(world.now() + Nanos::from_secs(10.0), &mut watch);
    assert_eq!((watch.copies.ended.len(), watch.logouts.len()), (2, 1));
    assert!(refused(&mut world, &mut watch, "logout ann").contains("not there"));
}

/// Who can never be there is a usage error; who is not there just then is refused in the run.
#[test]
fn nobody_is_no_user() {
    for (scenario, command, says) in [
        ("classroom", "3s logout 13", "there are 1 to 12"),
        ("classroom", "3s replay max", "there are 1 to 12"),
        ("rest", "3s logout bob", "name one by its number"),
    ] {
        let (code, _, err) = outcome(&["run", scenario, "--do", command]);
        assert!(code == 2 && err.contains(says), "{command}: {err}");
    }
    let (code, out, err) =
        outcome(&["run", "rest", "--duration", "2s", "--do", "1s logout 4000000000", "--format", "json"]);
    assert!(code == 0 && err.contains("rejected"), "{err}");
    assert!(out.contains("\"logouts\""), "the figures are there, though nobody logged out");
}

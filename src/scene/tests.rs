use super::script::{NOW, Script, after_the_kill, quiet};
use super::{Cargo, LANES, Leg, Mark, Scene};
use crate::command::{Command, Target};
use crate::event::{Ask, Event, Gone, Health, Leave, Outcome, Place, RequestKind, Sink, Status, What};
use crate::scenario::{Home, Scenario, TimedCommand, parse_timed};
use crate::sim::World;
use crate::units::Nanos;
use std::collections::BTreeMap;

#[test]
fn the_kill_leaves_a_scar_with_the_names_of_those_who_lost() {
    let scene = after_the_kill(Home::Sticky).scene;
    let two = scene.instance(2).unwrap();
    assert!(two.killed && two.misjudged());
    let scar = two.scar.as_ref().unwrap();
    assert_eq!((scar.wrecks.len(), scar.gone, scar.at), (4, 4, Nanos(38_100_000_000)));
    let losers = scar.wrecks.iter().filter(|wreck| wreck.lost).map(|wreck| scene.clients.name(wreck.row));
    assert_eq!(losers.collect::<Vec<_>>(), ["bob", "eli", "hal", "kim"]);
    assert_eq!(scene.only_here(1), ["ann", "dee", "gus", "jon"]);
    let fault = scene.fault.unwrap();
    assert_eq!((fault.command, fault.lost, fault.noticed), (Command::Kill(Target::Instance(2)), 4, None));
}

#[test]
fn a_kill_in_the_token_world_takes_no_cart() {
    let scene = after_the_kill(Home::Token).scene;
    let scar = scene.instance(2).unwrap().scar.clone().unwrap();
    assert_eq!((scar.wrecks.len(), scar.gone), (0, 0));
    assert!(scene.clients.rows().iter().all(|client| client.lost().is_none() && client.items > 0));
}

#[test]
fn counts_and_rows_follow_the_requests_through_the_instances() {
    let scene = after_the_kill(Home::Sticky).scene;
    let at = |id| scene.instance(id).map(|it| (it.open, it.serving, it.queued)).unwrap();
    // Dee is served and jon's reply is on the wire; the dead one has nothing; eli is on the way to 3.
    assert_eq!([at(1), at(2), at(3)], [(2, 1, 0), (0, 0, 0), (1, 0, 0)]);
    let one = scene.instance(1).unwrap();
    let rows: Vec<_> = (0..3).map(|row| scene.lane(one, row).map(|flight| flight.session)).collect();
    assert_eq!(rows, [Some(3), Some(9), None]);
    assert_eq!(scene.flights.len(), 8);
}

#[test]
fn an_item_is_new_on_the_wire_once() {
    let mut script = Script::new(1, 1, Home::Token);
    script.at(0.0).emit(What::SessionStarted { session: 0, warm: true, writes: 2 }).store(0, Place::Client, 2);
    let load = |script: &Script| script.scene.flights.iter().map(|f| (f.items, f.fresh)).collect::<Vec<_>>();
    script.send(0, 1, 3, 1.0);
    assert_eq!(load(&script), [(2, 2)]);
    script.end(0, 1, Outcome::Ok).store(0, Place::Client, 3).send(0, 2, 0, 2.0);
    assert_eq!(load(&script), [(3, 1)]);
    script.end(0, 2, Outcome::Ok).send(0, 3, 0, 3.0);
    assert_eq!(load(&script), [(3, 0)]);
    // A new, empty token: what is put into it later is new again.
    script.end(0, 3, Outcome::TooLarge).store(0, Place::Client, 0).store(0, Place::Client, 1).send(0, 4, 0, 4.0);
    assert_eq!(load(&script), [(1, 1)]);
}

#[test]
fn a_reply_to_a_write_brings_the_whole_token_back() {
    let scene = after_the_kill(Home::Token).scene;
    let back = |session| scene.flights.iter().find(|flight| flight.session == session).unwrap().returned;
    assert_eq!(back(5), Some(6), "fay wrote");
    assert_eq!(back(1), None, "bob read");
    let cookies = after_the_kill(Home::Sticky).scene;
    assert!(cookies.flights.iter().all(|flight| flight.returned.is_none()), "a cookie brings nothing");
}

#[test]
fn a_restart_keeps_the_sum_of_the_scar_and_a_login_forgets_the_loss() {
    let mut script = after_the_kill(Home::Sticky);
    script.at(41.0).health(2, Health::Starting, 2).at(44.0).health(2, Health::Up, 2);
    assert_eq!(script.scene.instance(2).unwrap().scar.as_ref().map(|scar| scar.gone), Some(4));
    assert!(script.scene.clients.rows()[1].lost().is_some());
    script.end(1, 3, Outcome::Lost);
    assert_eq!(script.scene.clients.rows()[1].pinned, 0);
    let relogin = RequestKind::Relogin;
    script.emit(What::Issued { request: 9, session: 1, ordinal: 1, purpose: relogin, write: 0 });
    script.store(1, Place::Instance(3), 0);
    let wait = crate::event::Wait::Served;
    let (issued, since) = (Nanos::ZERO, Nanos::ZERO);
    let (request, session, outcome, write) = (9, 1, Outcome::Ok, 0);
    script.emit(What::Ended { request, session, outcome, purpose: relogin, write, issued, wait, since });
    assert!(script.scene.clients.rows()[1].lost().is_none());
    assert_eq!(script.scene.only_here(3), ["bob", "cho", "fay", "ivy", "lea"]);
}

#[test]
fn a_relogin_leaves_the_old_copy_behind() {
    let mut script = quiet(Home::Memory);
    let (request, session, ordinal, write) = (1, 0, 3, 0);
    script.emit(What::Issued { request, session, ordinal, purpose: RequestKind::Relogin, write });
    script.store(0, Place::Instance(2), 0);
    let scene = &script.scene;
    assert_eq!(scene.instance(1).unwrap().copies.left_behind(), 1);
    assert_eq!((scene.only_here(1), scene.only_here(2).len()), (vec!["dee".into(), "gus".into(), "jon".into()], 5));
    script.emit(What::Dropped { session: 0, place: Place::Instance(1), why: Gone::Expired, bytes: 0, login: 1 });
    assert_eq!(script.scene.instance(1).unwrap().copies.left_behind(), 0);
}

#[test]
fn what_a_visit_leaves_is_nobodys() {
    let mut script = quiet(Home::Sticky);
    script.at(2.0).emit(What::SessionLeft { session: 4, how: Leave::Completed });
    let scene = &script.scene;
    assert_eq!((scene.clients.present(), scene.instance(2).unwrap().copies.left_behind()), (11, 1));
    assert_eq!(scene.clients.rows()[4].mark(), Some((Nanos(2_000_000_000), Mark::Left(Leave::Completed))));
    script.at(3.0).emit(What::SessionStarted { session: 16, warm: false, writes: 0 });
    assert_eq!(script.scene.name(16).as_deref(), Some("eli"));
    assert_eq!(script.scene.name(4), None);
}

#[test]
fn an_attempt_that_was_given_up_is_still_at_work_inside() {
    let mut script = quiet(Home::Sticky);
    script.at(5.0).send(0, 1, 0, 6.0).at(6.0).route(0, 1, 1, 1, 7.0).at(7.0).start(0, 1, 1);
    script.at(9.0).emit(What::TimedOut { request: 1, session: 0, attempt: 1 });
    script.end(0, 1, Outcome::Timeout);
    let it = script.scene.instance(1).unwrap();
    assert_eq!((it.open, it.serving, script.scene.flights.len()), (1, 1, 1));
    assert!(!script.scene.clients.rows()[0].busy());
    script.at(10.0).reply(0, 1, 1, Status::Ok, 11.0).at(11.0).give_back(0, 1, 1, Status::Ok, 12.0);
    script.at(12.0).emit(What::Late { request: 1, session: 0, attempt: 1 });
    assert!(script.scene.flights.is_empty());
    assert_eq!(script.scene.instance(1).map(|it| (it.open, it.serving)), Some((0, 0)));
}

#[test]
fn given_up_attempts_do_not_pile_up() {
    let mut script = quiet(Home::Sticky);
    for request in 1..5000 {
        script.at(10.0 + request as f64).send(0, request, 0, 10.5 + request as f64);
        script.at(10.6 + request as f64).emit(What::TimedOut { request, session: 0, attempt: 1 });
        script.end(0, request, Outcome::Timeout);
    }
    assert!(script.scene.flights.len() < 600, "{}", script.scene.flights.len());
}

#[test]
fn a_question_to_the_store_is_pending_until_its_answer() {
    let mut script = Script::new(2, 2, Home::Store);
    script.at(0.0).emit(What::SessionStarted { session: 0, warm: true, writes: 3 }).store(0, Place::Store, 3);
    script.send(0, 1, 0, 0.5).at(0.5).route(0, 1, 2, 0, 1.0).at(1.0).start(0, 1, 2);
    let (request, session, ask, instance, peer, bytes) = (1, 0, Ask::Get, 2, 0, 100);
    script.emit(What::Asked { request, session, ask, instance, peer, arrives: Nanos::from_secs(1.5), bytes });
    let pending = |script: &Script| script.scene.store.as_ref().unwrap().pending;
    assert_eq!(pending(&script), 1);
    assert_eq!(
        script.scene.hops.at(Nanos::from_secs(1.2)).map(|hop| hop.cargo).collect::<Vec<_>>(),
        [Cargo::Asked(ask)]
    );
    script.at(2.0).emit(What::Answered {
        request,
        session,
        ask,
        instance,
        peer,
        arrives: Nanos::from_secs(2.5),
        bytes,
    });
    assert_eq!(pending(&script), 0);
    script.emit(What::Asked { request, session, ask, instance, peer, arrives: Nanos::from_secs(3.0), bytes });
    script.health(2, Health::Down, 2);
    assert_eq!(pending(&script), 0, "nobody waits for the answer any more");
}

#[test]
fn a_flight_inside_a_dying_instance_is_cut_and_says_so() {
    let mut script = quiet(Home::Sticky);
    script.at(5.0).send(1, 1, 0, 6.0).at(6.0).route(1, 1, 2, 2, 7.0).at(7.0).start(1, 1, 2);
    script.at(8.0).health(2, Health::Down, 2);
    let flight = script.scene.flights.iter().next().unwrap();
    assert_eq!(flight.leg, Leg::Cut);
    assert_eq!(script.scene.instance(2).map(|it| it.serving), Some(0));
}

#[test]
fn the_scene_is_at_its_last_event() {
    assert!(after_the_kill(Home::Token).scene.now() <= NOW);
}

/// Everything that the scene keeps twice for speed is the same both times.
fn agrees_with_itself(scene: &Scene) {
    for it in &scene.instances {
        let here: Vec<_> = scene.flights.iter().filter(|f| f.instance == it.id && f.leg.behind_balancer()).collect();
        let on = |leg: fn(Leg) -> bool| here.iter().filter(|flight| leg(flight.leg)).count() as u32;
        assert_eq!(it.open, here.len() as u32, "open at {}", it.id);
        assert_eq!(it.queued, on(|leg| leg == Leg::Queued), "queue of {}", it.id);
        assert_eq!(it.serving, on(|leg| leg == Leg::Serving), "served by {}", it.id);
        assert!(it.serving <= it.workers, "{} of {} workers", it.serving, it.workers);
        let rows = (0..LANES).filter(|&row| scene.lane(it, row).is_some()).count();
        assert_eq!(rows, here.iter().filter(|flight| flight.lane.is_some()).count(), "rows at {}", it.id);
        assert!(it.health != Health::Down || it.copies.live_count() == 0, "a dead one holds nothing");
    }
    for client in scene.clients.rows().iter().chain(scene.clients.finishing()) {
        let Some(session) = client.session() else { continue };
        let places = scene.instances.iter().map(|it| &it.copies).chain(scene.store.iter().map(|store| &store.copies));
        let copies = places.filter(|copies| copies.of(session).is_some()).count();
        assert_eq!(client.copies, copies as u32, "copies of {session}");
        assert!(scene.flight_of(client).is_none_or(|flight| flight.session == session && !flight.ghost));
    }
    let pending = scene.flights.iter().filter(|flight| flight.asks_store.is_some()).count() as u32;
    assert_eq!(scene.store.as_ref().map_or(0, |store| store.pending), pending, "pending at the store");
    let ghosts = scene.flights.iter().filter(|flight| flight.ghost || flight.stolen()).count();
    let own = scene.clients.rows().iter().chain(scene.clients.finishing()).filter(|client| client.busy()).count();
    assert_eq!(scene.flights.len(), own + ghosts, "each flight is somebody's");
}

#[test]
fn the_scene_agrees_with_itself_through_every_disturbance() {
    let disturbances = "35s replay 3, 37s logout 4, 38s kill 2, 39s replay 4, 39s replay 5, 40s replay 4, 41s hang 1, 42s logout 6, 44s replay 6, 55s heal, 60s restart 2, 66s drain 3, 70s add, 75s partition 1, 80s heal, \
                        82s kill store, 90s restart store, 95s slow 2 x20, 100s heal, 101s deploy, 115s scale 2";
    let plans = [
        ("classroom", 130.0, ""),
        ("cart", 300.0, ""),
        ("rest", 90.0, "workload.sessions_per_s=20"),
        ("chat", 62.0, "workload.users=20"),
    ];
    for (name, until, assignment) in plans {
        for home in Home::ALL {
            let mut scenario = Scenario::load(name).unwrap();
            if !assignment.is_empty() {
                scenario.set(assignment).unwrap();
            }
            let commands = disturbances.split(", ").map(|line| parse_timed(line.trim()).unwrap());
            scenario.schedule(commands.filter(|timed| timed.at_s < until));
            let mut world = World::new(&scenario, home);
            let mut scene = Scene::new(&scenario, home);
            let mut events = 0_u32;
            world.run_until(Nanos::from_secs(until), &mut |event: &Event| {
                scene.take(event);
                events += 1;
                if events.is_multiple_of(97) || events < 400 {
                    agrees_with_itself(&scene);
                }
            });
            assert!(events > 500, "{name} {home}: {events} events");
        }
    }
}

#[test]
fn what_is_gone_is_what_the_ledger_counts() {
    use crate::experiment::Experiment;
    use crate::ledger::Events;
    for (seed, home) in (1..=6).flat_map(|seed| Home::ALL.map(|home| (seed, home))) {
        let mut scenario = Scenario { seed, ..Scenario::load("classroom").unwrap() };
        scenario.set("replication.lag_ms=100").unwrap();
        let scenario = std::sync::Arc::new(scenario);
        let mut run = Experiment::new(scenario.clone(), &[home]);
        run.run_until(Nanos::from_secs(9.0 + 3.7 * seed as f64));
        run.command(Command::Kill(Target::Instance(2))).unwrap();
        run.run_until(Nanos(run.now().0 + Nanos::from_secs(20.0).0));
        let arm = &run.arms()[0];
        let report = arm.ledger.report(&scenario, home, run.now(), Events { count: 0, sha256: String::new() });
        let (lost, fault) = (report.faults[0].sessions_lost, arm.scene.fault.unwrap());
        assert_eq!(u64::from(fault.lost), lost, "{home} {seed}");
        assert_eq!(u64::from(fault.reverted), report.faults[0].sessions_reverted, "{home} {seed}");
        let scar = arm.scene.instance(2).unwrap().scar.as_ref().unwrap();
        assert_eq!((scar.gone, scar.empty), (fault.lost, fault.empty), "{home} {seed}");
        let told = arm.story.lines().iter().any(|line| line.fact.contains(&format!("killed 2: {lost} cart")));
        assert_eq!(told, lost > 0, "{home} {seed}");
    }
}

#[test]
fn after_a_failover_the_replica_is_the_store() {
    use crate::experiment::Experiment;
    let mut scenario = Scenario::load("classroom").unwrap();
    scenario.store.replica = true;
    let mut run = Experiment::new(std::sync::Arc::new(scenario), &[Home::Store]);
    run.run_until(Nanos::from_secs(21.0));
    run.command(Command::Kill(Target::Store)).unwrap();
    run.run_until(Nanos::from_secs(24.0));
    let copies = |run: &Experiment| {
        let store = run.arms()[0].scene.store.as_ref().unwrap();
        (store.copies.live_count(), store.replica.as_ref().map(super::Copies::live_count))
    };
    assert_eq!(copies(&run), (0, Some(12)), "it is about to take over");
    run.run_until(Nanos::from_secs(60.0));
    assert_eq!(copies(&run), (12, None));
}

#[test]
fn who_gives_each_request_an_idle_instance_knows_which_ones_run() {
    use crate::experiment::Experiment;
    let scenario = std::sync::Arc::new(Scenario::load("serverless").unwrap());
    let mut run = Experiment::new(scenario, &[Home::Token]);
    run.run_until(Nanos::from_secs(903.2));
    run.command(Command::Kill(Target::Instance(2))).unwrap();
    run.run_until(Nanos::from_secs(910.0));
    let scene = &run.arms()[0].scene;
    assert!(scene.instances.iter().any(|it| it.health == Health::Down && !it.believed_up));
    assert!(!scene.instances.iter().any(super::Instance::misjudged));
}

#[test]
fn what_outlives_one_death_and_not_the_next_is_told_in_both_scars() {
    use crate::experiment::Experiment;
    let scenario = std::sync::Arc::new(Scenario::load("classroom").unwrap());
    let mut run = Experiment::new(scenario, &[Home::ReplicateBackup]);
    run.run_until(Nanos::from_secs(23.0));
    for id in [2, 1, 3] {
        run.command(Command::Kill(Target::Instance(id))).unwrap();
        run.run_until(Nanos(run.now().0 + Nanos::from_secs(2.0).0));
    }
    let scene = &run.arms()[0].scene;
    let wrecks = |id| &scene.instance(id).unwrap().scar.as_ref().unwrap().wrecks;
    assert!(wrecks(3).iter().any(|wreck| wreck.lost));
    for wreck in wrecks(2) {
        let lost_in = |id| wrecks(id).iter().any(|other| other.session == wreck.session && other.lost);
        assert_eq!(wreck.later, lost_in(1) || lost_in(3), "{}", wreck.session);
    }
}

/// A run in this home, as the scene sees it; with every event, what it is like then.
fn watched(
    home: Home,
    settings: &[&str],
    commands: &[&str],
    until: f64,
    mut look: impl FnMut(&Event, &Scene),
) -> Scene {
    let mut scenario = Scenario::load("classroom").unwrap();
    settings.iter().for_each(|assignment| scenario.set(assignment).unwrap());
    scenario.schedule(commands.iter().map(|line| parse_timed(line).unwrap()));
    let mut scene = Scene::new(&scenario, home);
    World::new(&scenario, home).run_until(Nanos::from_secs(until), &mut |event: &Event| {
        scene.take(event);
        look(event, &scene);
    });
    scene
}

#[test]
fn what_a_retry_gave_up_stays_in_its_queue() {
    let settings = [
        "instance.count=1",
        "instance.workers=1",
        "instance.queue=\"none\"",
        "workload.service_ms=8",
        "workload.think_ms={exponential=15000}",
        "network.client_ms=5",
        "network.backend_ms=5",
        "client.timeout_ms=6000",
        "client.retries=3",
        "client.backoff_ms=200",
        "client.backoff_cap_ms=500",
        "client.patience=1000",
    ];
    let (mut deepest, mut waits) = (0, 0);
    watched(Home::Token, &settings, &["60s slow 1 x8"], 80.0, |event, scene| match event.what {
        What::Queued { instance, depth, .. } => {
            assert_eq!(scene.instance(instance).unwrap().queued, depth, "at {:?}", event.at);
            deepest = deepest.max(depth);
        }
        What::BackedOff { session, until, .. } => {
            let flight = scene.flight_of(scene.clients.get(session).unwrap()).unwrap();
            assert_eq!(flight.leg, Leg::AtClient { until }, "the client says until when it waits");
            waits += 1;
        }
        _ => {}
    });
    assert!(deepest > 12 && waits > 12, "more than there are users: {deepest}, {waits}");
}

#[test]
fn what_outlived_a_process_did_not_go_with_it() {
    let plans: [(Home, &[&str], &[&str], f64); 4] = [
        (Home::ReplicateBackup, &[], &["25s hang 2", "30s kill 1"], 58.0),
        (Home::ReplicateAll, &["session.timeout_s=25"], &["26s deploy"], 61.0),
        (Home::Store, &["store.replica=true", "session.timeout_s=25"], &["25s kill store"], 75.0),
        (Home::Sticky, &["session.timeout_s=25"], &["25s kill 2"], 75.0),
    ];
    for (home, settings, commands, until) in plans {
        // Which process ended with an event; and of each process: how many states its newest end cost.
        let (mut ends, mut cost) = (BTreeMap::new(), BTreeMap::new());
        let mut others = 0;
        let scene = watched(home, settings, commands, until, |event, _| match event.what {
            What::Instance { instance, health: Health::Down | Health::Starting, .. } => {
                ends.insert(event.seq, instance);
            }
            What::Store { health: Health::Down, .. } => drop(ends.insert(event.seq, 0)),
            What::Lost { whole: true, .. } => match ends.get(&event.cause) {
                Some(&process) => *cost.entry(process).or_insert(0) += 1,
                None => others += 1,
            },
            _ => {}
        });
        let of = |process| cost.get(&process).copied().unwrap_or(0);
        for it in &scene.instances {
            assert_eq!(it.scar.as_ref().map_or(0, |scar| scar.gone), of(it.id), "{home}: instance {}", it.id);
        }
        let store = scene.store.as_ref().and_then(|store| store.scar.as_ref());
        assert_eq!(store.map_or(0, |scar| scar.gone), of(0), "{home}: the store");
        assert!(others > 0, "{home}: some went otherwise");
    }
}

#[test]
fn a_disk_keeps_one_copy_of_each_state() {
    let scene = watched(Home::Store, &["store.persistence=always"], &[], 60.0, |_, _| {});
    let store = scene.store.unwrap();
    let sizes = |copies: &super::Copies| copies.live().map(|held| (held.session, held.writes)).collect::<Vec<_>>();
    assert_eq!(sizes(&store.disk), sizes(&store.copies));
    assert_eq!(store.disk.live_count(), 12);
}

/// What is drawn as somebody's is what the newest login left, however often clients give up and try again.
#[test]
fn only_the_newest_login_has_a_state() {
    let mut late = 0;
    for home in [Home::Memory, Home::Sticky, Home::ReplicateAll, Home::ReplicateBackup, Home::Store] {
        for seed in 1..=6 {
            let mut scenario = Scenario::load("classroom").unwrap();
            for field in ["client.timeout_ms=8000", "client.retries=4", "client.backoff_ms=100", "warm_start=false"] {
                scenario.set(field).unwrap();
            }
            scenario.seed = seed;
            let orders =
                [(10.0, "slow 2 x3"), (60.0, "kill 1"), (62.0, "hang 3"), (90.0, "restart 3"), (95.0, "restart 1")];
            scenario.schedule(orders.map(|(at_s, command)| TimedCommand { at_s, command: command.parse().unwrap() }));
            let mut scene = Scene::new(&scenario, home);
            World::new(&scenario, home).run_until(Nanos::from_secs(200.0), &mut |event: &Event| {
                scene.take(event);
                let (session, login, ends) = match event.what {
                    What::Stored { session, login, place, .. } if place != Place::Client => (session, login, false),
                    What::Ended { session, outcome: Outcome::Ok, purpose: RequestKind::Login, .. } => {
                        (session, 0, true)
                    }
                    _ => return,
                };
                let Some(client) = scene.clients.get(session) else { return };
                let live =
                    scene.places().filter_map(|(_, copies)| copies.of(session)).all(|held| held.login == client.login);
                assert!(live && login <= client.login, "{home}, seed {seed}: {event:?} {}", client.login);
                late += u32::from(!ends && login < client.login);
                let has = scene.places().any(|(_, copies)| copies.of(session).is_some());
                assert!(!ends || has || home == Home::Memory, "{home}, seed {seed}: {event:?}");
            });
        }
    }
    assert!(late > 0, "some login came late");
}

#[test]
fn a_deploy_ends_whoever_was_down_or_on_the_way_there() {
    let scenario = Scenario::load("classroom").unwrap();
    for before in ["kill 2", "drain 1"] {
        let (mut world, mut scene) = (World::new(&scenario, Home::Sticky), Scene::new(&scenario, Home::Sticky));
        for (at, command) in [(20.0, before), (22.0, "deploy")] {
            world.run_until(Nanos::from_secs(at), &mut scene);
            world.command(command.parse().unwrap(), &mut scene).unwrap();
        }
        assert!(scene.deploys());
        world.run_until(Nanos::from_secs(300.0), &mut scene);
        assert!(!scene.deploys(), "{before}: {:?}", scene.outdated);
    }
}

/// The world counts the logins of whoever was there when the run began from that one on.
#[test]
fn whoever_was_there_already_has_logged_in_once() {
    let scenario = Scenario::load("classroom").unwrap();
    let (mut world, mut scene) = (World::new(&scenario, Home::Sticky), Scene::new(&scenario, Home::Sticky));
    world.run_until(Nanos(1), &mut scene);
    assert!(scene.clients.rows().iter().all(|client| client.login == 1));
}

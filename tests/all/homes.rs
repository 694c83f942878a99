//! For each home of state and each fault: who holds the state before and after, and what the user's next request gets.
//!
//! One user logs in at instance 1, writes three times, and thinks for a long time. Then something happens, and the user
//! asks once more. Copies are written as `place:writes`: `1:3` is instance 1 with three writes, `C` the client, `S` the
//! store, `R` its replica, `D` its disk.

use crate::runs::events;
use statelab::event::{Ask, Event, Gone, Health, Outcome, Place, SessionId, Sink, Status, What};
use statelab::scenario::{
    Affinity, Burst, Dist, DrainMode, Home, Persistence, Policy, Population, Scenario, TimedCommand,
};
use statelab::sim::World;
use statelab::units::Nanos;
use std::collections::{BTreeMap, BTreeSet};

/// The fourth request, the first after the fault, is issued at this instant, in seconds.
const NEXT_S: f64 = 100.0;

/// A user who asks every 100 s: a login, three writes, one more write after the fault.
pub fn quiet() -> Scenario {
    let mut s = Scenario { name: "one user".into(), warm_start: false, duration_s: 600.0, ..Scenario::default() };
    s.workload.population = Population::Users(1);
    s.workload.requests_per_session = Dist::Endless;
    s.workload.think_ms = Dist::Fixed(NEXT_S * 1e3);
    s.workload.write_ratio = 1.0;
    s.workload.service_ms = Dist::Fixed(1.0);
    s.workload.growth_bytes_per_write = Dist::Fixed(100.0);
    s.client.timeout_ms = Some(10_000.0);
    s.balancer.policy = Policy::RoundRobin;
    s.instance.start_ms = 1000.0;
    s.store.timeout_ms = Some(3000.0);
    s
}

/// The copies of the user's state, from events alone.
#[derive(Default)]
pub struct Copies {
    held: BTreeMap<Place, u32>,
    dropped: Vec<Gone>,
    lost_writes: u32,
    lost_whole: bool,
    pub ended: Vec<(Nanos, Outcome)>,
}

impl Copies {
    pub fn text(&self) -> String {
        let place = |place: &Place| match place {
            Place::Client => "C".to_owned(),
            Place::Instance(id) => id.to_string(),
            Place::Store => "S".to_owned(),
            Place::Replica => "R".to_owned(),
            Place::Disk => "D".to_owned(),
        };
        let copies: Vec<_> = self.held.iter().map(|(at, writes)| format!("{}:{writes}", place(at))).collect();
        copies.join(" ")
    }
}

impl Sink for Copies {
    fn take(&mut self, event: &Event) {
        match event.what {
            What::Stored { place, writes, .. } => {
                self.held.insert(place, writes);
            }
            What::Dropped { place, why, .. } => {
                self.held.remove(&place);
                self.dropped.push(why);
            }
            What::Instance { instance, health, .. }
                if !matches!(health, Health::Up | Health::Draining | Health::Hung) =>
            {
                self.held.remove(&Place::Instance(instance));
            }
            What::Store { health: Health::Down, .. } => {
                self.held.remove(&Place::Store);
            }
            What::Lost { writes, whole, .. } => {
                self.lost_writes += writes;
                self.lost_whole |= whole;
            }
            What::Ended { outcome, .. } => self.ended.push((event.at, outcome)),
            _ => {}
        }
    }
}

/// One row of the table.
struct Case {
    home: Home,
    /// Commands `at s: command`, counted from the last reply before the fault.
    fault: &'static [(f64, &'static str)],
    /// Copies just before, and just before the next request.
    before: &'static str,
    after: &'static str,
    /// Acknowledged writes lost until then; `whole`: the session with them.
    lost: u32,
    whole: bool,
    /// How the next request ends.
    next: Outcome,
    change: fn(&mut Scenario),
}

impl Case {
    /// The same in another scenario.
    fn with(self, change: fn(&mut Scenario)) -> Self {
        Self { change, ..self }
    }
}

fn same(_: &mut Scenario) {}

fn check(case: &Case) {
    let mut scenario = quiet();
    (case.change)(&mut scenario);
    let name = format!("{} after {:?}", case.home, case.fault);
    let mut world = World::new(&scenario, case.home);
    let mut copies = Copies::default();
    // The chair is taken after one think time; login and three writes come 100 s apart.
    let mut at = Nanos::from_secs(NEXT_S);
    while copies.ended.len() < 4 {
        at += Nanos::from_secs(1.0);
        world.run_until(at, &mut copies);
    }
    let last = copies.ended[3].0;
    assert!(copies.ended.iter().all(|&(_, outcome)| outcome == Outcome::Ok), "{name}: {:?}", copies.ended);
    assert_eq!(copies.text(), case.before, "{name}: before");
    for &(after_s, text) in case.fault {
        world.run_until(last + Nanos::from_secs(after_s), &mut copies);
        world.command(text.parse().expect("a command"), &mut copies).unwrap_or_else(|why| panic!("{name}: {why}"));
    }
    world.run_until(last + Nanos::from_secs(NEXT_S - 0.5), &mut copies);
    assert_eq!(copies.text(), case.after, "{name}: after");
    assert_eq!((copies.lost_writes, copies.lost_whole), (case.lost, case.whole), "{name}: lost");
    world.run_until(last + Nanos::from_secs(NEXT_S + 20.0), &mut copies);
    assert_eq!(copies.ended[4].1, case.next, "{name}: the next request");
}

fn row(
    home: Home,
    fault: &'static [(f64, &'static str)],
    before: &'static str,
    after: &'static str,
    loss: (u32, bool),
    next: Outcome,
) -> Case {
    Case { home, fault, before, after, lost: loss.0, whole: loss.1, next, change: same }
}

const NONE: (u32, bool) = (0, false);
const ALL: (u32, bool) = (3, true);

#[test]
fn a_kill_destroys_what_only_the_dead_instance_held() {
    use Outcome::{Lost, Ok};
    let kill: &[(f64, &str)] = &[(10.0, "kill 1")];
    for case in [
        row(Home::Token, kill, "C:3", "C:3", NONE, Ok),
        row(Home::Sticky, kill, "1:3", "", ALL, Lost),
        row(Home::ReplicateAll, kill, "1:3 2:3 3:3", "2:3 3:3", NONE, Ok),
        // The backup leads, and has copied the state to a new backup.
        row(Home::ReplicateBackup, kill, "1:3 2:3", "2:3 3:3", NONE, Ok),
        row(Home::Store, kill, "S:3", "S:3", NONE, Ok),
        // A second death, once that is done, finds a copy again.
        row(Home::ReplicateBackup, &[(10.0, "kill 1"), (11.0, "kill 2")], "1:3 2:3", "3:3", NONE, Ok),
        // Both at one instant: nobody could copy anything.
        row(Home::ReplicateBackup, &[(10.0, "kill 1"), (10.0, "kill 2")], "1:3 2:3", "", ALL, Lost),
        row(Home::ReplicateAll, &[(10.0, "kill 1"), (10.0, "kill 2")], "1:3 2:3 3:3", "3:3", NONE, Ok),
        // The survivor of three deaths restarts empty-handed.
        row(
            Home::ReplicateAll,
            &[(10.0, "kill 1"), (10.0, "kill 2"), (20.0, "kill 3"), (21.0, "restart 1")],
            "1:3 2:3 3:3",
            "",
            ALL,
            Lost,
        ),
        // A backup that dies is replaced while the primary lives.
        row(Home::ReplicateBackup, &[(10.0, "kill 2")], "1:3 2:3", "1:3 3:3", NONE, Ok),
    ] {
        check(&case);
    }
}

#[test]
fn a_restart_destroys_memory_and_whoever_returns_copies_what_it_must_hold() {
    use Outcome::{Lost, Ok};
    let restart: &[(f64, &str)] = &[(10.0, "restart 1")];
    for case in [
        row(Home::Token, restart, "C:3", "C:3", NONE, Ok),
        row(Home::Sticky, restart, "1:3", "", ALL, Lost),
        row(Home::ReplicateAll, restart, "1:3 2:3 3:3", "1:3 2:3 3:3", NONE, Ok),
        row(Home::ReplicateBackup, restart, "1:3 2:3", "2:3 3:3", NONE, Ok),
        row(Home::Store, restart, "S:3", "S:3", NONE, Ok),
        row(Home::ReplicateAll, &[(10.0, "add")], "1:3 2:3 3:3", "1:3 2:3 3:3 4:3", NONE, Ok),
    ] {
        check(&case);
    }
    // With two instances a backup can only be found when the other one is back.
    let two = row(Home::ReplicateBackup, &[(10.0, "kill 2"), (20.0, "restart 2")], "1:3 2:3", "1:3 2:3", NONE, Ok);
    check(&two.with(|s| s.instance.count = 2));
}

#[test]
fn a_hang_destroys_nothing() {
    use Outcome::Ok;
    // Long over when the next request comes: the balancer has noticed, and sends it elsewhere.
    let hang: &[(f64, &str)] = &[(10.0, "hang 1")];
    let healed: &[(f64, &str)] = &[(10.0, "hang 1"), (40.0, "heal")];
    for case in [
        row(Home::Token, hang, "C:3", "C:3", NONE, Ok),
        // What the hung instance holds exists; but the user is sent to another, which has never heard of it.
        row(Home::Sticky, hang, "1:3", "1:3", NONE, Outcome::Lost),
        row(Home::Sticky, healed, "1:3", "1:3", NONE, Ok),
        row(Home::ReplicateAll, hang, "1:3 2:3 3:3", "1:3 2:3 3:3", NONE, Ok),
        row(Home::ReplicateAll, healed, "1:3 2:3 3:3", "1:3 2:3 3:3", NONE, Ok),
        row(Home::ReplicateBackup, healed, "1:3 2:3", "1:3 2:3", NONE, Ok),
        row(Home::Store, hang, "S:3", "S:3", NONE, Ok),
        // A hang ended by a restart is a death after all.
        row(Home::Sticky, &[(10.0, "hang 1"), (40.0, "restart 1")], "1:3", "", ALL, Outcome::Lost),
    ] {
        check(&case);
    }
}

#[test]
fn a_partition_keeps_writes_at_home_until_it_heals() {
    use Outcome::{Ok, Refused};
    let cut: &[(f64, &str)] = &[(10.0, "partition 1")];
    let healed: &[(f64, &str)] = &[(10.0, "partition 1"), (40.0, "heal")];
    for case in [
        row(Home::Token, cut, "C:3", "C:3", NONE, Ok),
        row(Home::Sticky, cut, "1:3", "1:3", NONE, Ok),
        row(Home::ReplicateAll, cut, "1:3 2:3 3:3", "1:3 2:3 3:3", NONE, Ok),
        row(Home::ReplicateAll, healed, "1:3 2:3 3:3", "1:3 2:3 3:3", NONE, Ok),
        row(Home::ReplicateBackup, cut, "1:3 2:3", "1:3 2:3", NONE, Ok),
        // Its user stays with it, and it cannot reach the store.
        row(Home::Store, cut, "S:3", "S:3", NONE, Refused).with(|s| s.balancer.affinity = Affinity::Cookie),
    ] {
        check(&case);
    }
}

/// After a partition the copies are made equal again: the write made meanwhile reaches the others.
#[test]
fn a_healed_partition_makes_copies_equal() {
    for (home, apart, together) in
        [(Home::ReplicateAll, "1:4 2:3 3:3", "1:4 2:4 3:4"), (Home::ReplicateBackup, "1:4 2:3", "1:4 2:4")]
    {
        let mut world = World::new(&quiet(), home);
        let mut copies = Copies::default();
        world.run_until(Nanos::from_secs(450.0), &mut copies);
        assert_eq!(copies.ended.len(), 4);
        world.command("partition 1".parse().expect("a command"), &mut copies).expect("it is up");
        world.run_until(Nanos::from_secs(550.0), &mut copies);
        assert_eq!((copies.ended.len(), copies.text().as_str()), (5, apart), "{home}");
        world.command("heal".parse().expect("a command"), &mut copies).expect("always possible");
        world.run_until(Nanos::from_secs(560.0), &mut copies);
        assert_eq!(copies.text(), together, "{home}");
        assert_eq!((copies.lost_writes, copies.lost_whole), NONE);
    }
}

/// What a partition kept from the others dies with the instance: the session goes on, without its newest write.
#[test]
fn a_death_in_a_partition_reverts() {
    for (home, left) in [(Home::ReplicateAll, "2:3 3:3"), (Home::ReplicateBackup, "2:3 3:3")] {
        let mut world = World::new(&quiet(), home);
        let mut copies = Copies::default();
        for (at, text) in [(450.0, "partition 1"), (550.0, "kill 1")] {
            world.run_until(Nanos::from_secs(at), &mut copies);
            world.command(text.parse().expect("a command"), &mut copies).expect("possible");
        }
        world.run_until(Nanos::from_secs(560.0), &mut copies);
        assert_eq!(copies.text(), left, "{home}");
        assert_eq!((copies.lost_writes, copies.lost_whole), (1, false), "{home}");
        world.run_until(Nanos::from_secs(650.0), &mut copies);
        assert_eq!(copies.ended[5].1, Outcome::Ok, "{home}: what was lost is not missed for ever");
    }
}

#[test]
fn a_drain_protects_requests_but_not_sessions() {
    use Outcome::{Lost, Ok};
    let drain: &[(f64, &str)] = &[(10.0, "drain 1")];
    for change in [same, |s: &mut Scenario| s.instance.drain_mode = DrainMode::AtOnce] {
        for case in [
            row(Home::Token, drain, "C:3", "C:3", NONE, Ok),
            row(Home::Sticky, drain, "1:3", "", ALL, Lost),
            row(Home::ReplicateAll, drain, "1:3 2:3 3:3", "2:3 3:3", NONE, Ok),
            row(Home::ReplicateBackup, drain, "1:3 2:3", "2:3 3:3", NONE, Ok),
            row(Home::Store, drain, "S:3", "S:3", NONE, Ok),
        ] {
            check(&case.with(change));
        }
    }
    // Pinned: whoever asks before the time is up is served, and the instance waits for that.
    check(&row(Home::Sticky, drain, "1:3", "1:3", NONE, Ok).with(|s| s.instance.drain_s = 200.0));
}

/// Whoever joins copies every state from somebody who can give it, is told of writes meanwhile, and is up when it has all.
#[test]
fn whoever_joins_copies_from_those_who_serve_and_misses_no_write() {
    use Outcome::Ok;
    for case in [
        row(Home::ReplicateAll, &[(10.0, "hang 1"), (11.0, "add")], "1:3 2:3 3:3", "1:3 2:3 3:3 4:3", NONE, Ok),
        row(Home::ReplicateAll, &[(10.0, "partition 1"), (11.0, "add")], "1:3 2:3 3:3", "1:3 2:3 3:3 4:3", NONE, Ok),
    ] {
        check(&case);
    }
    let mut scenario = quiet();
    scenario.duration_s = 300.0;
    scenario.workload.population = Population::Users(50);
    scenario.workload.think_ms = Dist::Exponential(5000.0);
    scenario.network.peer_ms = Dist::Exponential(1000.0);
    let log = events(&scenario, Home::ReplicateAll, &[(100.0, "add")]);
    let mut on_the_way = BTreeSet::new();
    let mut writes = [3, 4].map(|_| BTreeSet::new());
    let mut joined = None;
    for event in &log {
        match event.what {
            What::Copying { to: 4, write: 0, .. } => drop(on_the_way.insert(event.seq)),
            What::Copying { session, to: to @ 3..=4, write, .. } if !on_the_way.is_empty() => {
                writes[usize::from(to) - 3].insert((session, write));
            }
            What::Stored { .. } => drop(on_the_way.remove(&event.cause)),
            What::Instance { instance: 4, health: Health::Up, .. } => {
                assert!(on_the_way.is_empty(), "it is up while it still misses states");
                joined = Some(event.at);
            }
            _ => {}
        }
    }
    assert!(joined.is_some_and(|at| at > Nanos::from_secs(103.0)), "the slowest of fifty copies takes its time");
    // What 3 served itself it was not sent.
    assert!(writes[0].len() > 10 && writes[0].is_subset(&writes[1]), "whoever joins is sent every write: {writes:?}");
    // What is copied besides, because a partition ends meanwhile, makes nobody ready any sooner.
    let mut has = BTreeSet::new();
    for event in events(&scenario, Home::ReplicateAll, &[(99.0, "partition 2"), (100.0, "add"), (101.1, "heal")]) {
        match event.what {
            What::Stored { session, place: Place::Instance(4), .. } => drop(has.insert(session)),
            What::Instance { instance: 4, health: Health::Up, .. } => assert_eq!(has.len(), 50),
            _ => {}
        }
    }
}

/// What was on its way to others when somebody joined is in what the newcomer copies, too.
#[test]
fn whoever_joins_has_what_was_on_its_way_to_others() {
    let mut scenario = quiet();
    scenario.workload.population = Population::Users(50);
    // Each write is served elsewhere, and comes before the last one is everywhere: none of the three knows all.
    scenario.workload.think_ms = Dist::Exponential(100.0);
    scenario.balancer.affinity = Affinity::None;
    scenario.replication.lag_ms = 300.0;
    scenario.workload.bursts = vec![Burst { at_s: 105.0, factor: 0.001, for_s: 1e6 }];
    scenario.duration_s = 115.0;
    let mut held: BTreeMap<(SessionId, Place), u32> = BTreeMap::new();
    let mut newest: BTreeMap<SessionId, Nanos> = BTreeMap::new();
    let end = Nanos::from_secs(scenario.duration_s);
    for event in events(&scenario, Home::ReplicateAll, &[(100.0, "add")]) {
        match event.what {
            What::Stored { session, place, writes, .. } => {
                held.insert((session, place), writes);
                newest.insert(session, event.at);
            }
            What::Instance { instance: 4, health: Health::Up, .. } => assert!(event.at > Nanos::from_secs(100.9)),
            _ => {}
        }
    }
    let settled = newest.iter().filter(|(_, at)| **at + Nanos::from_secs(2.0) < end).map(|(session, _)| *session);
    let settled: Vec<SessionId> = settled.collect();
    assert!(settled.len() > 20);
    for session in settled {
        let writes = [1, 2, 3, 4].map(|id| held.get(&(session, Place::Instance(id))).copied());
        assert!(writes.iter().all(|&held| held.is_some() && held == writes[0]), "{session}: {writes:?}");
    }
}

/// A peer that has forgotten a state, because its memory was full, makes none of one write.
#[test]
fn a_write_is_no_state() {
    for home in [Home::ReplicateAll, Home::ReplicateBackup] {
        let mut scenario = quiet();
        scenario.workload.population = Population::SessionsPerSecond(2.0);
        scenario.workload.requests_per_session = Dist::Geometric(20.0);
        scenario.workload.think_ms = Dist::Exponential(2000.0);
        scenario.workload.state_bytes = 1000;
        scenario.instance.memory_mib = Some(0.05);
        let mut held: BTreeSet<(SessionId, u32, Place)> = BTreeSet::new();
        let mut writes = BTreeMap::new();
        let mut evicted = 0;
        for event in events(&scenario, home, &[]) {
            match event.what {
                What::Copying { write, .. } => drop(writes.insert(event.seq, write)),
                What::Asked { ask: Ask::Replicate, .. } => drop(writes.insert(event.seq, 1)),
                What::Stored { session, place, writes: now, login, .. } => {
                    let new = held.insert((session, login, place));
                    let by_write = writes.get(&event.cause).is_some_and(|&write| write > 0);
                    assert!(!new || !by_write || now == 0, "{home}: {session} at {place:?}, {:?}", event.at);
                }
                What::Dropped { session, place, why, login, .. } => {
                    held.remove(&(session, login, place));
                    evicted += u32::from(why == Gone::Evicted);
                }
                _ => {}
            }
        }
        assert!(evicted > 100, "{home}: {evicted}");
    }
}

/// A memory that has a limit, and room for all, is as one without: also where a write comes before the state that it belongs to.
#[test]
fn a_limit_that_is_never_reached_changes_nothing() {
    for home in [Home::ReplicateAll, Home::ReplicateBackup, Home::Store] {
        let run = |limit| {
            let mut scenario = quiet();
            scenario.duration_s = 60.0;
            scenario.workload.population = Population::Users(200);
            scenario.workload.think_ms = Dist::Exponential(100.0);
            scenario.network.peer_ms = Dist::Exponential(5.0);
            scenario.instance.memory_mib = limit;
            scenario.store.memory_mib = limit;
            let faults =
                [(20.0, "kill 2"), (22.0, "restart 2"), (24.0, "kill 3"), (26.0, "partition 1"), (34.0, "heal")];
            events(&scenario, home, &faults)
        };
        assert!(run(None) == run(Some(1000.0)), "{home}");
    }
}

/// Without a pin each request comes to another instance, which asks for the state: a second there, and one back.
#[test]
fn a_fault_while_a_peer_is_asked_for_a_state_loses_nothing() {
    let mut scenario = quiet();
    scenario.duration_s = 400.0;
    scenario.client.timeout_ms = None;
    scenario.balancer.affinity = Affinity::None;
    scenario.network.peer_ms = Dist::Fixed(1000.0);
    let run = |commands: &[(f64, &str)]| {
        let log = events(&scenario, Home::ReplicateBackup, commands);
        let ended = |event: &Event| matches!(event.what, What::Ended { outcome, .. } if outcome == Outcome::Ok);
        assert_eq!(log.iter().filter(|event| ended(event)).count(), 3, "{commands:?}");
        assert!(!log.iter().any(|event| matches!(event.what, What::Lost { .. })), "{commands:?}");
        log
    };
    // A login at 1, which takes two seconds because 2 has to keep it, too; then 2 asks 1, and then 3 asks 2.
    let asks = |log: &[Event]| {
        let asked = |event: &Event| match event.what {
            What::Asked { ask: Ask::Fetch, instance, peer, .. } => Some((event.at.secs().floor(), instance, peer)),
            _ => None,
        };
        log.iter().filter_map(asked).collect::<Vec<_>>()
    };
    assert_eq!(asks(&run(&[])), [(202.0, 2, 1), (306.0, 3, 2)]);
    // Two that do not answer are asked once each.
    let log = events(&scenario, Home::ReplicateBackup, &[(305.5, "hang 2"), (307.0, "hang 1")]);
    assert_eq!(asks(&log)[1..], [(306.0, 3, 2), (309.0, 3, 1)]);
    // Nobody answers from behind a partition: 2 waits for three seconds, and leads itself.
    let log = run(&[(202.5, "partition 1")]);
    let answers = |event: &&Event| matches!(event.what, What::Answered { ask: Ask::Fetch, peer: 1, .. });
    assert_eq!(log.iter().filter(answers).count(), 0);
    assert_eq!(asks(&log)[..1], [(202.0, 2, 1)]);
    assert!(asks(&log).iter().all(|&(_, instance, peer)| instance != peer), "nobody asks itself");
    // What has died meanwhile has nothing to give: 3 asks 1.
    assert_eq!(asks(&run(&[(306.5, "kill 2"), (306.5, "restart 2")])).last(), Some(&(308.0, 3, 1)));
    // The answer comes while 2 hangs, and waits for it.
    let log = run(&[(203.5, "hang 2"), (206.0, "heal")]);
    let kept = log.iter().filter(|event| matches!(event.what, What::Stored { place: Place::Instance(2), .. }));
    assert!(kept.skip(1).all(|event| event.at >= Nanos::from_secs(206.0)));
}

/// The peers hear of a death a hop later. A write that reached the next life before that is not all that it has to hold.
#[test]
fn a_backup_that_was_back_before_its_death_was_known_gets_the_whole_state() {
    let mut scenario = quiet();
    scenario.network.peer_ms = Dist::Fixed(1000.0);
    scenario.instance.start_ms = 0.0;
    // The third write is issued just after 406 s.
    let timed = |&(at_s, text): &(f64, &str)| TimedCommand { at_s, command: text.parse().expect("a command") };
    scenario.commands = [(405.5, "kill 2"), (405.6, "restart 2")].iter().map(timed).collect();
    let mut copies = Copies::default();
    World::new(&scenario, Home::ReplicateBackup).run_until(Nanos::from_secs(450.0), &mut copies);
    assert_eq!((copies.text().as_str(), copies.ended.len()), ("1:3 2:3", 4));
}

/// A write that is kept synchronously is acknowledged when the slowest peer has it, and not before.
#[test]
fn a_synchronous_write_waits_for_the_slowest_peer() {
    let mut scenario = quiet();
    scenario.duration_s = 500.0;
    scenario.replication.sync = Some(true);
    scenario.network.peer_ms = Dist::Exponential(100.0);
    let mut acknowledged = BTreeMap::new();
    let mut waited = 0;
    for event in events(&scenario, Home::ReplicateAll, &[]) {
        match event.what {
            What::Answered { request, ask: Ask::Replicate, arrives, .. } => {
                acknowledged.entry(request).or_insert_with(Vec::new).push(arrives);
            }
            What::Replied { request, .. } => {
                let acknowledged = acknowledged.remove(&request).unwrap_or_default();
                assert_eq!((acknowledged.len(), acknowledged.into_iter().max()), (2, Some(event.at)));
                waited += 1;
            }
            _ => {}
        }
    }
    assert_eq!(waited, 4);
}

/// Replaces every instance, one by one: state in instances survives only where somebody else holds it meanwhile.
#[test]
fn a_deploy_goes_round() {
    use Outcome::{Lost, Ok};
    let deploy: &[(f64, &str)] = &[(1.0, "deploy")];
    for case in [
        row(Home::Token, deploy, "C:3", "C:3", NONE, Ok),
        row(Home::Sticky, deploy, "1:3", "", ALL, Lost),
        row(Home::ReplicateAll, deploy, "1:3 2:3 3:3", "1:3 2:3 3:3", NONE, Ok),
        row(Home::ReplicateBackup, deploy, "1:3 2:3", "1:3 2:3", NONE, Ok),
        row(Home::Store, deploy, "S:3", "S:3", NONE, Ok),
    ] {
        check(&case.with(|s| s.instance.drain_s = 5.0));
    }
}

#[test]
fn a_store_keeps_what_it_persisted_or_replicated() {
    use Outcome::{Lost, Ok, Refused};
    let kill: &[(f64, &str)] = &[(10.0, "kill store"), (20.0, "restart store")];
    let dead: &[(f64, &str)] = &[(10.0, "kill store")];
    let twice = &[(10.0, "kill store"), (20.0, "restart store"), (40.0, "kill store"), (50.0, "restart store")];
    let flushed: fn(&mut Scenario) = |s| s.store.persistence = Persistence::Everysec;
    let persisted: fn(&mut Scenario) = |s| s.store.persistence = Persistence::Always;
    let replicated: fn(&mut Scenario) = |s| s.store.replica = true;
    let both: fn(&mut Scenario) = |s| (s.store.replica, s.store.persistence) = (true, Persistence::Always);
    for case in [
        row(Home::Store, kill, "S:3", "", ALL, Lost),
        row(Home::Store, kill, "S:3 D:3", "S:3 D:3", NONE, Ok).with(flushed),
        row(Home::Store, kill, "S:3 D:3", "S:3 D:3", NONE, Ok).with(persisted),
        row(Home::Store, twice, "S:3 D:3", "S:3 D:3", NONE, Ok).with(persisted),
        // While it is down, its disk holds everything and nobody can read it.
        row(Home::Store, dead, "S:3 D:3", "D:3", NONE, Refused).with(persisted),
        row(Home::Store, dead, "S:3 R:3", "S:3", NONE, Ok).with(replicated),
        // It persists as the dead one did, on a disk of its own; what only the dead one's disk held is gone.
        row(Home::Store, dead, "S:3 R:3 D:3", "S:3 D:3", NONE, Ok).with(both),
        row(Home::Store, &[(10.0, "kill store"), (30.0, "restart store")], "S:3 R:3 D:3", "S:3 D:3", NONE, Ok)
            .with(both),
        // A restart is no failover: an unpersisted server comes back empty, and its replica follows it.
        row(Home::Store, &[(10.0, "restart store")], "S:3 R:3", "", ALL, Lost).with(replicated),
        // What has taken over has no replica of its own.
        row(Home::Store, &[(10.0, "kill store"), (30.0, "kill store")], "S:3 R:3", "", ALL, Refused).with(replicated),
        // A hang loses nothing, and stalls whoever asks.
        row(Home::Store, &[(10.0, "hang store")], "S:3", "S:3", NONE, Refused),
        row(Home::Store, &[(10.0, "hang store"), (40.0, "heal")], "S:3", "S:3", NONE, Ok),
        row(Home::Store, &[(10.0, "hang store"), (40.0, "restart store")], "S:3", "", ALL, Lost),
        // Nobody else needs it.
        row(Home::Token, dead, "C:3", "C:3", NONE, Ok),
        row(Home::Sticky, dead, "1:3", "1:3", NONE, Ok),
    ] {
        check(&case);
    }
    check(&row(Home::Token, dead, "C:3", "C:3", NONE, Refused).with(|s| s.token.denylist = true));
}

#[test]
fn a_store_that_was_started_again_persists_as_before() {
    for persistence in [Persistence::Everysec, Persistence::Always] {
        let mut scenario = quiet();
        scenario.store.persistence = persistence;
        // A write comes between the two deaths.
        let timed = |&(at_s, text): &(f64, &str)| TimedCommand { at_s, command: text.parse().expect("a command") };
        let twice = [(350.0, "kill store"), (360.0, "restart store"), (450.0, "kill store"), (460.0, "restart store")];
        scenario.commands = twice.iter().map(timed).collect();
        let mut copies = Copies::default();
        World::new(&scenario, Home::Store).run_until(Nanos::from_secs(590.0), &mut copies);
        assert!(copies.ended.iter().all(|&(_, outcome)| outcome == Outcome::Ok), "{persistence:?}: {:?}", copies.ended);
        assert_eq!((copies.text().as_str(), copies.lost_writes), ("S:4 D:4", 0), "{persistence:?}");
    }
}

/// A kill has what was under way asked again from the start; a hang lets it go on where it stopped.
#[test]
fn what_a_store_was_doing_is_begun_anew_after_a_death_and_goes_on_after_a_hang() {
    let mut scenario = quiet();
    scenario.workload.write_ratio = 0.0;
    scenario.store.persistence = Persistence::Always;
    scenario.store.service_us = Dist::Fixed(2e6);
    scenario.store.timeout_ms = None;
    scenario.network.store_ms = Dist::Fixed(0.0);
    scenario.network.backend_mbit = None;
    // The first read is asked between 202 and 203 s, after a login that took two seconds to keep.
    let read = |commands: &[(f64, &str)]| {
        let log = events(&scenario, Home::Store, commands);
        let asked = log.iter().find_map(|event| match event.what {
            What::Asked { ask: Ask::Get, arrives, .. } => Some(arrives),
            _ => None,
        });
        let answered = log.iter().filter(|event| matches!(event.what, What::Answered { ask: Ask::Get, .. }));
        let first = answered.take_while(|event| event.at < Nanos::from_secs(300.0)).map(|event| event.at);
        (asked.expect("a read"), first.collect::<Vec<_>>())
    };
    let two = Nanos::from_secs(2.0);
    let (asked, undisturbed) = read(&[]);
    assert_eq!(undisturbed, [asked + two]);
    // It starts for a second, until 205.5 s.
    assert_eq!(read(&[(203.5, "kill store"), (204.5, "restart store")]).1, [Nanos::from_secs(205.5) + two]);
    assert_eq!(read(&[(203.5, "hang store"), (204.5, "heal")]).1, [asked + two + Nanos::from_secs(1.0)]);
}

/// The instance has given up, and said so; the store does its work all the same.
#[test]
fn an_answer_of_the_store_that_comes_too_late_changes_nothing() {
    let mut scenario = quiet();
    scenario.workload.write_ratio = 0.0;
    scenario.store.service_us = Dist::Fixed(2000.0);
    // A login saves in time, and the read after it does not: the store is slow from then on.
    scenario.store.timeout_ms = Some(1000.0);
    scenario.network.client_ms = Dist::Fixed(3000.0);
    let log = events(&scenario, Home::Store, &[(150.0, "slow store x1000")]);
    let outcomes = log.iter().filter_map(|event| match event.what {
        What::Ended { outcome, .. } => Some(outcome),
        _ => None,
    });
    assert!(outcomes.take(2).eq([Outcome::Ok, Outcome::Refused]));
}

/// The last second of writes is the price of `everysec`, the lag that of a replica.
#[test]
fn a_store_loses_what_it_had_not_yet_passed_on() {
    for (replica, left) in [(false, "S:2 D:2"), (true, "S:2")] {
        let mut scenario = quiet();
        scenario.store.persistence = if replica { Persistence::None } else { Persistence::Everysec };
        scenario.store.replica = replica;
        scenario.store.replica_lag_ms = 500.0;
        let mut world = World::new(&scenario, Home::Store);
        let mut copies = Copies::default();
        let mut at = Nanos::from_secs(NEXT_S);
        while copies.ended.len() < 4 {
            at += Nanos::from_millis(1.0);
            world.run_until(at, &mut copies);
        }
        // The third write was acknowledged within the last millisecond.
        world.command("kill store".parse().expect("a command"), &mut copies).expect("it is up");
        world.run_until(at + Nanos::from_secs(1.0), &mut copies);
        assert_eq!((copies.lost_writes, copies.lost_whole), (1, false), "replica: {replica}");
        let _not_with_a_replica = world.command("restart store".parse().expect("a command"), &mut copies);
        world.run_until(at + Nanos::from_secs(20.0), &mut copies);
        assert_eq!(copies.text(), left, "replica: {replica}");
        world.run_until(at + Nanos::from_secs(NEXT_S + 20.0), &mut copies);
        assert_eq!(copies.ended[4].1, Outcome::Ok, "not stale: the lost write has left the reference");
    }
}

/// A write that went before its reply was back is lost when that comes, to whatever took it from its keeper.
#[test]
fn a_write_that_went_before_it_was_acknowledged_is_lost_to_what_took_it() {
    for (home, kill) in [(Home::Store, "kill store"), (Home::ReplicateAll, "kill 1")] {
        let mut scenario = quiet();
        scenario.duration_s = 320.0;
        scenario.network.client_ms = Dist::Fixed(2000.0);
        // Others hold all but the last write.
        scenario.store.replica = true;
        scenario.store.replica_lag_ms = 5000.0;
        scenario.replication.sync = Some(false);
        scenario.replication.lag_ms = 5000.0;
        let returned = |event: &Event| matches!(event.what, What::Returned { .. }).then_some(event.at.secs());
        let reply = events(&scenario, home, &[]).iter().filter_map(returned).nth(2).expect("a login, two writes");
        let log = events(&scenario, home, &[(reply + 1.0, kill)]);
        let command = log.iter().find(|event| matches!(event.what, What::Commanded { .. })).expect("it was possible");
        let lost: Vec<_> = log.iter().filter(|event| matches!(event.what, What::Lost { .. })).collect();
        assert!(matches!(lost[0].what, What::Lost { writes: 1, whole: false, .. }), "{home}: {lost:?}");
        assert_eq!((lost.len(), lost[0].root), (1, command.seq), "{home}");
    }
}

#[test]
fn whoever_is_idle_for_too_long_is_forgotten() {
    for (home, next) in [
        (Home::Token, Outcome::Ok),
        (Home::Sticky, Outcome::Lost),
        (Home::ReplicateAll, Outcome::Lost),
        (Home::ReplicateBackup, Outcome::Lost),
        (Home::Store, Outcome::Lost),
    ] {
        let mut scenario = quiet();
        scenario.session.timeout_s = Some(60.0);
        let mut copies = Copies::default();
        World::new(&scenario, home).run_until(Nanos::from_secs(220.0), &mut copies);
        assert_eq!(copies.ended[1].1, next, "{home}");
        assert_eq!(copies.dropped.contains(&Gone::Expired), home != Home::Token, "{home}");
    }
    // Reading is use, too, wherever the copies are: nobody who comes every 100 s expires after 150.
    for home in [Home::Sticky, Home::ReplicateAll, Home::ReplicateBackup, Home::Store] {
        let mut scenario = quiet();
        scenario.workload.write_ratio = 0.0;
        scenario.session.timeout_s = Some(150.0);
        let mut copies = Copies::default();
        World::new(&scenario, home).run_until(Nanos::from_secs(590.0), &mut copies);
        assert!(copies.dropped.is_empty(), "{home}: {:?}", copies.dropped);
    }
}

/// What a visit leaves behind expires as if its user were still there, and goes with the process that holds it.
#[test]
fn what_nobody_will_ask_for_again_expires_too() {
    let mut scenario = quiet();
    scenario.duration_s = 200.0;
    scenario.workload.population = Population::SessionsPerSecond(1.0);
    scenario.workload.requests_per_session = Dist::Fixed(1.0);
    scenario.session.timeout_s = Some(60.0);
    scenario.instance.count = 1;
    scenario.instance.start_ms = 0.0;
    let mut stored = BTreeMap::new();
    let mut expired = 0;
    for event in events(&scenario, Home::Sticky, &[(100.0, "restart 1")]) {
        match event.what {
            What::Stored { session, .. } => drop(stored.insert(session, event.at)),
            What::Instance { health: Health::Starting, .. } => stored.clear(),
            What::Dropped { session, why: Gone::Expired, .. } => {
                expired += 1;
                assert_eq!(
                    stored.remove(&session).map(|at| event.at - at),
                    scenario.session.timeout_s.map(Nanos::from_secs)
                );
            }
            _ => {}
        }
    }
    assert!(expired > 60, "{expired}");
    assert!(stored.values().all(|&at| at > Nanos::from_secs(140.0)), "nothing is left that is older");
}

#[test]
fn memory_that_is_full_evicts_whoever_was_not_there_for_longest() {
    for home in [Home::Sticky, Home::Store] {
        let mut scenario = quiet();
        scenario.workload.population = Population::Users(3);
        scenario.workload.state_bytes = 1000;
        scenario.workload.write_ratio = 0.0;
        scenario.workload.think_ms = Dist::Uniform(90_000.0, 110_000.0);
        scenario.instance.count = 1;
        // Two states have room.
        scenario.instance.memory_mib = Some(2500.0 / 1_048_576.0);
        scenario.store.memory_mib = Some(2500.0 / 1_048_576.0);
        let mut copies = Copies::default();
        World::new(&scenario, home).run_until(Nanos::from_secs(400.0), &mut copies);
        assert!(copies.dropped.contains(&Gone::Evicted) && copies.lost_whole, "{home}");
        let lost = copies.ended.iter().filter(|(_, outcome)| *outcome == Outcome::Lost).count();
        assert!(lost >= 3, "{home}: with room for two of three, whoever comes back has just been evicted: {lost}");
    }
}

/// A server does not know who has left, or was sent elsewhere: what goes is what was not used for longest, whether its user comes
/// back or not.
#[test]
fn a_full_memory_forgets_what_was_used_least_recently() {
    for (home, instances) in [(Home::Sticky, 1), (Home::Memory, 2)] {
        let mut scenario = quiet();
        scenario.workload.population = Population::SessionsPerSecond(1.0);
        scenario.workload.requests_per_session = Dist::Geometric(4.0);
        scenario.workload.think_ms = Dist::Exponential(10_000.0);
        scenario.workload.growth_bytes_per_write = Dist::Fixed(0.0);
        scenario.workload.state_bytes = 1000;
        scenario.instance.count = instances;
        scenario.instance.memory_mib = Some(20.5 * f64::from(scenario.workload.state_bytes) / 1_048_576.0);
        // Of the states in the first instance: when they were used, by visit and login.
        let mut used: BTreeMap<(SessionId, u32), Nanos> = BTreeMap::new();
        let mut login: BTreeMap<SessionId, u32> = BTreeMap::new();
        let (mut owned, mut orphaned) = (0, 0);
        World::new(&scenario, home).run_until(Nanos::from_secs(600.0), &mut |event: &Event| match event.what {
            What::Ended { session, outcome: Outcome::Lost, .. } | What::SessionLeft { session, .. } => {
                login.remove(&session);
            }
            What::Started { session, instance: 1, .. } => {
                let own = login.get(&session).map(|&login| (session, login));
                own.and_then(|own| used.get_mut(&own)).into_iter().for_each(|at| *at = event.at);
            }
            What::Stored { session, place, login: nth, .. } => {
                login.insert(session, nth);
                if place == Place::Instance(1) {
                    used.insert((session, nth), event.at);
                }
            }
            What::Dropped { session, place: Place::Instance(1), why, login: nth, .. } => {
                let last = used.remove(&(session, nth)).expect("it was there");
                if why == Gone::Evicted {
                    assert!(used.values().all(|&at| at >= last), "{home}: {session} was used after another");
                    *(if login.get(&session) == Some(&nth) { &mut owned } else { &mut orphaned }) += 1;
                }
            }
            _ => {}
        });
        assert!(owned > 30 && orphaned > 30, "{home}: {owned} that somebody would have asked for, {orphaned} not");
    }
}

/// What is not needed stays, whoever it belongs to; those who are there ask so often that only little room takes theirs.
#[test]
fn a_full_memory_makes_just_enough_room() {
    for (home, place) in [(Home::Sticky, Place::Instance(1)), (Home::Store, Place::Store)] {
        for (limit, anybody_lost) in [(300_000, false), (15_000, true)] {
            let mut scenario = quiet();
            scenario.workload.population = Population::SessionsPerSecond(1.0);
            scenario.workload.requests_per_session = Dist::Geometric(4.0);
            scenario.workload.think_ms = Dist::Exponential(2000.0);
            scenario.workload.state_bytes = 1000;
            scenario.workload.growth_bytes_per_write = Dist::Uniform(100.0, 5000.0);
            scenario.instance.count = 1;
            scenario.instance.memory_mib = Some(f64::from(limit) / 1_048_576.0);
            scenario.store.memory_mib = scenario.instance.memory_mib;
            let mut held: BTreeMap<SessionId, u32> = BTreeMap::new();
            let (mut evicted, mut lost) = (0, 0);
            World::new(&scenario, home).run_until(Nanos::from_secs(400.0), &mut |event: &Event| match event.what {
                What::Stored { session, place: at, bytes, .. } if at == place => {
                    held.insert(session, bytes);
                }
                What::Dropped { session, place: at, why, .. } if at == place => {
                    assert!(why != Gone::Evicted || held.values().sum::<u32>() > limit, "{home}: there was room");
                    evicted += u32::from(why == Gone::Evicted);
                    held.remove(&session);
                }
                What::Lost { .. } => lost += 1,
                What::Issued { .. } => assert!(held.values().sum::<u32>() <= limit, "{home}: too much"),
                _ => {}
            });
            assert!(evicted > 100, "{home}, {limit} bytes: {evicted}");
            assert_eq!(lost > 0, anybody_lost, "{home}, {limit} bytes: {lost}");
        }
    }
}

#[test]
fn a_token_that_outgrows_the_header_is_dropped_and_begun_anew() {
    let mut scenario = quiet();
    // 123 bytes and four thirds of 100 for each write: the fourth request brings two writes, 390 bytes.
    scenario.instance.header_limit_bytes = Some(380.0);
    let mut copies = Copies::default();
    let mut world = World::new(&scenario, Home::Token);
    world.run_until(Nanos::from_secs(420.0), &mut copies);
    let outcomes: Vec<_> = copies.ended.iter().map(|&(_, outcome)| outcome).collect();
    assert_eq!(outcomes, [Outcome::Ok, Outcome::Ok, Outcome::Ok, Outcome::TooLarge, Outcome::Ok]);
    assert_eq!((copies.lost_writes, copies.lost_whole), (2, true));
    assert_eq!(copies.text(), "C:0", "a new login, and an empty cart");
    // What is just as large as the limit has room.
    scenario.instance.header_limit_bytes = Some(390.0);
    let mut copies = Copies::default();
    World::new(&scenario, Home::Token).run_until(Nanos::from_secs(550.0), &mut copies);
    assert_eq!(copies.ended.iter().position(|&(_, outcome)| outcome == Outcome::TooLarge), Some(4));
    // The same limit is nothing to a cookie.
    let mut copies = Copies::default();
    World::new(&scenario, Home::Sticky).run_until(Nanos::from_secs(420.0), &mut copies);
    assert!(copies.ended.iter().all(|&(_, outcome)| outcome == Outcome::Ok));
}

/// `memory` loses a session without any fault: the next request goes to another instance.
#[test]
fn memory_without_a_pin_is_found_only_by_chance() {
    let mut copies = Copies::default();
    let mut scenario = quiet();
    scenario.commands = vec![TimedCommand { at_s: 1.0, command: "policy round-robin".parse().expect("a command") }];
    World::new(&scenario, Home::Memory).run_until(Nanos::from_secs(290.0), &mut copies);
    let outcomes: Vec<_> = copies.ended.iter().map(|&(_, outcome)| outcome).collect();
    assert_eq!(outcomes, [Outcome::Ok, Outcome::Lost, Outcome::Ok], "login, a miss, a new login");
    scenario.instance.count = 1;
    let mut copies = Copies::default();
    World::new(&scenario, Home::Memory).run_until(Nanos::from_secs(450.0), &mut copies);
    assert!(copies.ended.iter().all(|&(_, outcome)| outcome == Outcome::Ok), "one instance is always the right one");
}

/// What a store evicts goes from its disk and its replica, too, whoever it belonged to, and does not come back from there.
#[test]
fn what_was_evicted_stays_so() {
    for (set, command) in [
        (["store.persistence=\"always\"", "store.replica=false"], "restart store"),
        // Much is evicted before its replica hears of it, or hardly anything.
        (["store.replica=true", "store.replica_lag_ms=2000"], "kill store"),
        (["store.replica=true", "store.replica_lag_ms=20"], "kill store"),
    ] {
        let mut scenario = quiet();
        scenario.workload.population = Population::Users(60);
        scenario.workload.state_bytes = 1000;
        scenario.workload.requests_per_session = Dist::Geometric(20.0);
        scenario.workload.think_ms = Dist::Exponential(1000.0);
        scenario.instance.count = 1;
        let limit = 20_000;
        scenario.store.memory_mib = Some(f64::from(limit) / 1_048_576.0);
        set.iter().for_each(|change| scenario.set(change).expect("a field"));
        let mut held: BTreeMap<(Place, SessionId, u32), u32> = BTreeMap::new();
        // Logins whose state was evicted and not stored again by a request that had read it before.
        let mut evicted: BTreeSet<(SessionId, u32)> = BTreeSet::new();
        let mut followers: BTreeSet<(SessionId, u32)> = BTreeSet::new();
        let mut newest: BTreeMap<SessionId, u32> = BTreeMap::new();
        let (mut most, mut owned, mut orphaned, mut now) = (0, 0, 0, Nanos::ZERO);
        let mut sink = |event: &Event| {
            // After all that an instant brings with it.
            if event.at > now {
                let stored = held.iter().filter(|((place, ..), _)| *place == Place::Store);
                most = most.max(stored.map(|(_, bytes)| bytes).sum::<u32>());
                assert!(followers.is_disjoint(&evicted), "{set:?}: a copy of what was evicted is left at {now:?}");
                now = event.at;
            }
            match event.what {
                What::Stored { session, place, bytes, login, .. } => {
                    held.insert((place, session, login), bytes);
                    if place == Place::Store {
                        newest.insert(session, login);
                        evicted.remove(&(session, login));
                    } else {
                        followers.insert((session, login));
                    }
                }
                What::Dropped { session, place, why, login, .. } => {
                    held.remove(&(place, session, login));
                    if place != Place::Store {
                        followers.remove(&(session, login));
                    } else if why == Gone::Evicted {
                        evicted.insert((session, login));
                        *(if newest.get(&session) == Some(&login) { &mut owned } else { &mut orphaned }) += 1;
                    }
                }
                What::SessionLeft { session, .. } => {
                    newest.remove(&session);
                }
                What::Store { health: Health::Down, .. } => held.retain(|(place, ..), _| *place != Place::Store),
                _ => {}
            }
        };
        let mut world = World::new(&scenario, Home::Store);
        world.run_until(Nanos::from_secs(30.0), &mut sink);
        world.command(command.parse().expect("a command"), &mut sink).expect("possible");
        world.run_until(Nanos::from_secs(60.0), &mut sink);
        assert!(owned > 100 && orphaned > 10 && most > limit / 2, "{set:?}: {owned}, {orphaned}, {most}");
        assert!(most <= limit, "{set:?}: {most}");
    }
}

/// A state with a limit has given up older writes for newer ones: they are not lost with what came after them.
#[test]
fn no_more_writes_are_lost_than_a_state_shows() {
    let mut scenario = Scenario::load("chat").expect("a shipped scenario");
    scenario.commands.clear();
    for change in ["workload.users=50", "store.replica=true", "store.replica_lag_ms=20000"] {
        scenario.set(change).expect("a field");
    }
    let shown = 40;
    let (mut parts, mut most) = (0, 0);
    let mut sink = |event: &Event| {
        if let What::Lost { writes, whole, .. } = event.what {
            parts += u32::from(!whole);
            most = most.max(writes);
        }
    };
    let mut world = World::new(&scenario, Home::Store);
    world.run_until(Nanos::from_secs(30.0), &mut sink);
    world.command("kill store".parse().expect("a command"), &mut sink).expect("possible");
    world.run_until(Nanos::from_secs(40.0), &mut sink);
    assert!(parts > 10 && most > 0, "{parts}");
    assert!(most <= shown + 8, "{most}");
}

/// A login that was done and not answered is asked again after a partition: it leaves one state, though nobody wants it any more.
#[test]
fn a_login_that_is_asked_twice_leaves_one_state() {
    let mut scenario = Scenario { duration_s: 120.0, ..Scenario::default() };
    for change in [
        "workload.sessions_per_s=20",
        "workload.requests_per_session=4",
        "workload.think_ms={ exponential = 2000 }",
        "workload.service_ms={ exponential = 5 }",
        "workload.write_ratio=1",
        "workload.state_bytes=1000",
        "instance.count=3",
        "instance.workers=100",
        "client.timeout_ms=1000",
        "client.retries=3",
        "store.service_us=300000",
        "store.workers=50",
        "store.timeout_ms=\"none\"",
        "session.timeout_s=40",
    ] {
        scenario.set(change).expect("a field");
    }
    let log = events(&scenario, Home::Store, &[(20.0, "partition 1"), (30.0, "heal")]);
    let mut there = BTreeSet::new();
    let mut left = 0;
    for event in log {
        match event.what {
            What::Stored { session, place: Place::Store, login, .. } => _ = there.insert((session, login)),
            What::Dropped { session, place: Place::Store, login, .. } => {
                left += 1;
                assert!(there.remove(&(session, login)), "login {login} of visit {session} goes twice");
            }
            _ => {}
        }
    }
    assert!(left > 100, "{left}");
}

/// Who waits for peers goes on when the last one has answered, or when they have had their time: what another peer had to say
/// before that is not waited for.
#[test]
fn a_synchronous_write_waits_for_nobody_else() {
    let patience = Nanos::from_secs(3.0);
    for home in [Home::ReplicateAll, Home::ReplicateBackup] {
        let mut scenario = quiet();
        scenario.duration_s = 900.0;
        scenario.workload.population = Population::Users(40);
        scenario.workload.think_ms = Dist::Exponential(3000.0);
        scenario.client.timeout_ms = None;
        scenario.replication.sync = Some(true);
        scenario.balancer.affinity = Affinity::None;
        scenario.network.peer_ms = Dist::Exponential(1000.0);
        scenario.instance.workers = 100;
        let mut asked: BTreeMap<u64, (u32, Nanos)> = BTreeMap::new();
        let mut answered: BTreeMap<u64, Vec<Nanos>> = BTreeMap::new();
        let (mut in_time, mut too_late, mut fetched_too_late) = (0, 0, 0);
        let mut fetches = BTreeMap::new();
        for event in events(&scenario, home, &[]) {
            match event.what {
                What::Asked { request, ask: Ask::Replicate, .. } => {
                    asked.entry(request).or_insert((0, event.at)).0 += 1;
                }
                What::Asked { request, ask: Ask::Fetch, .. } => *fetches.entry(request).or_insert(0) += 1,
                What::Answered { request, ask: Ask::Replicate, arrives, .. } => {
                    answered.entry(request).or_default().push(arrives);
                }
                What::Replied { request, .. } => {
                    let Some((peers, since)) = asked.remove(&request) else { continue };
                    let answers = answered.remove(&request).unwrap_or_default();
                    let all = answers.iter().max().filter(|_| answers.len() == peers as usize).copied();
                    let end = all.filter(|&all| all <= since + patience).unwrap_or(since + patience);
                    assert_eq!(event.at, end, "{home}: request {request} asked {peers} at {since}: {answers:?}");
                    *(if end < since + patience { &mut in_time } else { &mut too_late }) += 1;
                    fetched_too_late += u32::from(fetches.get(&request).is_some_and(|&asks| asks > 1));
                }
                _ => {}
            }
        }
        assert!(in_time > 500 && too_late > 100, "{home}: {in_time}, {too_late}");
        assert_eq!(fetched_too_late > 10, home == Home::ReplicateBackup, "{home}: {fetched_too_late}");
    }
}

/// A reply says what it said when it left, whatever the store still does for a request that has given up on it.
#[test]
fn what_was_replied_stands_whatever_the_store_does_after_it() {
    let mut scenario = quiet();
    scenario.duration_s = 300.0;
    scenario.workload.population = Population::Users(20);
    scenario.workload.think_ms = Dist::Exponential(1000.0);
    scenario.network.backend_ms = Dist::Fixed(500.0);
    scenario.store.service_us = Dist::Exponential(200_000.0);
    scenario.store.workers = 100;
    scenario.store.timeout_ms = Some(150.0);
    scenario.client.timeout_ms = None;
    let mut replied = BTreeMap::new();
    let mut gave_up = 0;
    for event in events(&scenario, Home::Store, &[]) {
        match event.what {
            What::Replied { request, attempt, status, .. } => {
                replied.insert((request, attempt), (status, event.seq));
            }
            What::Returned { request, attempt, status, instance, .. } if instance != 0 => {
                assert_eq!(replied.get(&(request, attempt)), Some(&(status, event.cause)), "at {}", event.at);
                gave_up += u32::from(status == Status::StoreUnavailable);
            }
            _ => {}
        }
    }
    assert!(gave_up > 50, "{gave_up}");
}

/// A SET carries the state that is kept then: where that has a limit, no more than it.
#[test]
fn a_set_is_as_large_as_the_state_that_it_keeps() {
    for (limit, at_first) in [(None, 500), (Some(1500.0), 500), (Some(1500.0), 4000)] {
        let mut scenario = quiet();
        scenario.duration_s = 4000.0;
        scenario.workload.state_limit_bytes = limit;
        scenario.workload.state_bytes = at_first;
        let mut set = 0;
        let mut sizes = BTreeSet::new();
        for event in events(&scenario, Home::Store, &[]) {
            match event.what {
                What::Asked { ask: Ask::Set, bytes, .. } => set = bytes,
                What::Stored { bytes: kept, .. } => {
                    // Besides the state: what any small message has.
                    sizes.insert(i64::from(set) - i64::from(kept));
                }
                _ => {}
            }
        }
        assert_eq!(sizes.len(), 1, "{limit:?}, {at_first}: {sizes:?}");
    }
}

/// Whatever comes to a full memory makes room at once: what is stored here, what peers send, what is copied to whoever joins.
#[test]
fn no_memory_holds_more_than_it_may() {
    let limit = 10_000;
    for home in [Home::Memory, Home::Sticky, Home::ReplicateAll, Home::ReplicateBackup, Home::Store] {
        let mut scenario = quiet();
        scenario.duration_s = 120.0;
        scenario.workload.population = Population::SessionsPerSecond(2.0);
        scenario.workload.requests_per_session = Dist::Geometric(20.0);
        scenario.workload.think_ms = Dist::Exponential(1000.0);
        scenario.network.peer_ms = Dist::Exponential(50.0);
        scenario.instance.memory_mib = Some(f64::from(limit) / 1_048_576.0);
        scenario.store.memory_mib = scenario.instance.memory_mib;
        let mut held: BTreeMap<(Place, SessionId, u32), u32> = BTreeMap::new();
        let (mut now, mut most) = (Nanos::ZERO, 0);
        for event in events(&scenario, home, &[(40.0, "kill 2"), (45.0, "restart 2"), (60.0, "add")]) {
            if event.at > now {
                let mut sums: BTreeMap<Place, u32> = BTreeMap::new();
                held.iter().for_each(|((place, ..), bytes)| *sums.entry(*place).or_default() += bytes);
                most = most.max(sums.values().copied().max().unwrap_or_default());
                assert!(most <= limit, "{home}: {sums:?} at {now}");
                now = event.at;
            }
            match event.what {
                What::Stored { session, place, bytes, login, .. } => {
                    held.insert((place, session, login), bytes);
                }
                What::Dropped { session, place, login, .. } => {
                    held.remove(&(place, session, login));
                }
                What::Instance { instance, health: Health::Down, .. } => {
                    held.retain(|(place, ..), _| *place != Place::Instance(instance));
                }
                _ => {}
            }
        }
        assert!(most > limit * 9 / 10, "{home}: {most}");
    }
}

/// Of equal copies one is enough for whoever joins.
#[test]
fn whoever_joins_is_sent_each_state_once() {
    let log = events(&quiet(), Home::ReplicateAll, &[(450.0, "add")]);
    let copying = |event: &&Event| matches!(event.what, What::Copying { to: 4, write: 0, .. });
    assert_eq!(log.iter().filter(copying).count(), 1);
}

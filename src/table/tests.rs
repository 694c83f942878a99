use super::*;
use crate::experiment::run_headless;
use crate::scenario::{Scenario, TimedCommand};
use crate::study::Flaw;
use std::sync::atomic::AtomicBool;

fn figures(home: Home, kill: bool) -> RunReport {
    let mut scenario = Scenario { duration_s: 95.0, noun: "cart".into(), ..Scenario::default() };
    if kill {
        scenario.commands.push(TimedCommand { at_s: 30.0, command: "kill 2".parse().unwrap() });
    }
    run_headless(&scenario, home, &AtomicBool::new(false), None).unwrap().report
}

fn table(stateful: Home, kill: bool) -> Vec<Row> {
    let (token, other) = (figures(Home::Token, kill), figures(stateful, kill));
    let scenario = &Scenario::default();
    let column = |home, figures| Column { home, scenario, figures, capacities: &[], progress: (0, 21) };
    summary(&[column(Home::Token, &token), column(stateful, &other)])
}

/// The table of one home alone, without a study of capacity.
fn alone(home: Home, figures: &RunReport) -> Vec<Row> {
    summary(&[Column { home, scenario: &Scenario::default(), figures, capacities: &[], progress: (0, 0) }])
}

#[test]
fn before_a_fault_nothing_is_claimed_about_faults() {
    let rows = table(Home::Sticky, false);
    assert_eq!(rows[1].cells[0].word, None);
    assert!(matches!(rows[1].verdict, Verdict::Open(_)));
    assert_eq!(rows[0].cells[0].text, "measuring 0/21");
}

#[test]
fn before_a_request_nothing_is_claimed_at_all() {
    for home in Home::ALL {
        let scenario = Scenario { duration_s: 0.001, warm_start: false, ..Scenario::default() };
        let run = run_headless(&scenario, home, &AtomicBool::new(false), None).unwrap();
        let column = Column { home, scenario: &scenario, figures: &run.report, capacities: &[], progress: (0, 21) };
        assert!(summary(&[column]).iter().all(|row| row.cells[0].word.is_none()), "{home}");
    }
}

#[test]
fn the_verdict_follows_the_figures_and_not_the_textbook() {
    assert_eq!(table(Home::Sticky, true)[1].verdict, Verdict::Agrees);
    // Replicated state survives: here the textbook's "low" for stateful is wrong, and the reason is this run's figure.
    let rows = table(Home::ReplicateAll, true);
    let Verdict::Differs(reason) = &rows[1].verdict else { panic!("{:?}", rows[1]) };
    assert!(reason.contains(&rows[1].cells[1].text), "{reason}");
}

/// What was hung at 30 s is noticed after some seconds, and only then its users find out, one by one.
#[test]
fn while_more_may_come_of_a_fault_it_is_not_called_borne() {
    let cell = |home, command, duration_s| {
        let report = measured_of(home, |scenario| scenario.duration_s = duration_s, &[(30.0, command)]);
        alone(home, &report)[1].cells[0].clone()
    };
    let early = cell(Home::Sticky, "hang 2", 31.0);
    assert!(early.text.ends_with(" live so far") && early.word.is_none() && !early.harm, "{early:?}");
    let late = cell(Home::Sticky, "hang 2", 95.0);
    assert!(late.text.ends_with(" live") && late.word.is_some() && late.harm, "{late:?}");
    // The newest of several is named, and a crowd has less room.
    let report = measured_of(Home::ReplicateAll, |_| (), &[(30.0, "kill 1"), (45.0, "kill 2")]);
    assert!(alone(Home::ReplicateAll, &report)[1].cells[0].text.ends_with(" so far"));
    let mut crowd = figures(Home::ReplicateAll, true);
    (crowd.duration_s, crowd.faults[0].sessions_exposed) = (31.0, Some(500));
    (crowd.faults[0].sessions_alive, crowd.faults[0].sessions_intact) = (2000, 2000);
    assert_eq!(alone(Home::ReplicateAll, &crowd)[1].cells[0].text, "2000 of 2000 so far");
    // What keeps no state has nothing to lose by the loss of an instance, whatever leads there.
    for home in [Home::Token, Home::Store] {
        let report = measured_of(home, |_| (), &[(50.0, "remove")]);
        assert_eq!(alone(home, &report)[1].cells[0].word, Some(Word::High), "{home}");
    }
    // All who depended on it have lost everything at once, or nobody depended on it.
    assert!(cell(Home::Sticky, "kill 2", 30.1).word.is_some());
    assert_eq!(cell(Home::Token, "hang 2", 30.1).word, Some(Word::High));
}

#[test]
fn who_fell_back_lives_but_is_not_intact() {
    let mut run = figures(Home::ReplicateAll, true);
    let alive = run.faults[0].sessions_alive;
    assert_eq!(alone(Home::ReplicateAll, &run)[1].cells[0].text, format!("{alive} of {alive} live"));
    (run.faults[0].sessions_intact, run.faults[0].sessions_reverted) = (alive - 2, 2);
    assert_eq!(alone(Home::ReplicateAll, &run)[1].cells[0].text, format!("{} of {alive} intact", alive - 2));
}

#[test]
fn cells_fit_their_column() {
    for home in Home::ALL.into_iter().filter(|home| home.stateful()) {
        for row in table(home, true) {
            for cell in row.cells {
                assert!(cell.text.chars().count() <= CELL_WIDTH, "{}", cell.text);
            }
        }
    }
}

/// A crash empties a memory; the service is as complex as before.
#[test]
fn a_death_makes_no_design_simpler() {
    for home in Home::ALL {
        let parts = |commands: &[&str]| {
            let mut scenario = Scenario { duration_s: 31.0, ..Scenario::default() };
            let timed = |command: &&str| TimedCommand { at_s: 30.0, command: command.parse().unwrap() };
            scenario.commands.extend(commands.iter().map(timed));
            let run = run_headless(&scenario, home, &AtomicBool::new(false), None).unwrap();
            let measured = Measured::of(home, &run.report);
            (measured.stateful_parts, measured.parts)
        };
        let before = parts(&[]);
        assert_eq!(before.0 > 0.0, home.stateful(), "{home}");
        assert_eq!(parts(&["kill 2"]), before, "{home}");
        assert_eq!(parts(&["kill 2", "restart 2"]), before, "{home}");
        assert_eq!(parts(&["kill 1", "kill 2", "kill store"]), before, "{home}");
    }
}

fn measured_of(home: Home, set: impl FnOnce(&mut Scenario), commands: &[(f64, &str)]) -> RunReport {
    let mut scenario = Scenario { duration_s: 60.0, ..Scenario::default() };
    set(&mut scenario);
    let timed = |&(at_s, command): &(f64, &str)| TimedCommand { at_s, command: command.parse().unwrap() };
    scenario.commands.extend(commands.iter().map(timed));
    run_headless(&scenario, home, &AtomicBool::new(false), None).unwrap().report
}

/// Of several it is said which one is meant, and slowness takes no state: it tells nothing.
#[test]
fn fault_tolerance_names_the_worst_of_several_faults_that_try_it() {
    let cell = |commands: &[(f64, &str)]| {
        alone(Home::Sticky, &measured_of(Home::Sticky, |_| (), commands))[1].cells[0].clone()
    };
    let killed = cell(&[(38.1, "kill 2")]);
    assert!(killed.text.ends_with(" live") && !killed.text.contains("kill"), "{killed:?}");
    assert_eq!(cell(&[(38.1, "kill 2"), (45.0, "slow 3 x4")]).text, killed.text);
    // A newer one that has cost fewer hides none.
    assert!(cell(&[(38.1, "kill 2"), (59.0, "hang 3")]).text.starts_with("kill 2: "));
    let worse = cell(&[(38.1, "kill 2"), (50.0, "kill 3")]);
    assert!(worse.text.starts_with("kill 3: "), "{worse:?}");
    let restarted = cell(&[(38.1, "drain 2"), (50.0, "restart 3")]);
    assert!(restarted.text.starts_with("restart 3: ") && !restarted.text.contains("live"), "{restarted:?}");
}

#[test]
fn a_fault_of_many_that_has_no_room_for_counts_is_named_with_a_share() {
    let mut figures = measured_of(Home::Sticky, |_| (), &[(38.1, "kill 2"), (50.0, "restart 1")]);
    // Late enough that no more can come of it.
    figures.duration_s = 200.0;
    let told = |figures: &RunReport| alone(Home::Sticky, figures)[1].cells[0].text.clone();
    for (intact, text) in [(1999, "restart 1: 99.9 % live"), (12, "restart 1: 12 of 2000")] {
        (figures.faults[1].sessions_alive, figures.faults[1].sessions_intact) = (2000, intact);
        (figures.faults[0].sessions_alive, figures.faults[0].sessions_intact) = (12, 12);
        assert_eq!(told(&figures), text);
    }
}

/// The balancer never asks the store whether it is well.
#[test]
fn nobody_waits_until_the_balancer_notices_what_it_does_not_watch() {
    let told = |command: &str| {
        let figures = measured_of(Home::Store, |_| (), &[(38.1, command)]);
        alone(Home::Store, &figures)[1].cells[0].inputs.iter().any(|(name, _)| *name == "noticed")
    };
    assert!(told("kill 2") && !told("kill store"));
}

#[test]
fn a_blow_at_a_store_that_is_not_there_is_no_fault_of_that_world() {
    for home in Home::ALL {
        let report = measured_of(home, |_| (), &[(30.0, "kill 2"), (40.0, "kill store")]);
        let fault = Measured::of(home, &report).fault.unwrap();
        assert_eq!(fault.command.to_string(), if home == Home::Store { "kill store" } else { "kill 2" }, "{home}");
        let figures = |report: &RunReport| report.faults.iter().map(|fault| fault.sessions_lost).sum::<u64>();
        let without = measured_of(home, |_| (), &[(30.0, "kill 2")]);
        assert!(home == Home::Store || figures(&report) == figures(&without), "{home}: the older window is open still");
        let rows = alone(home, &report);
        let named = rows[1].cells[0].inputs.iter().find(|(name, _)| *name == "fault");
        // Without a cookie memory is low by itself: that is no fault's doing.
        assert_eq!(named.is_none(), home == Home::Memory, "{home}");
        assert!(named.is_none_or(|named| named.1.starts_with(&fault.command.to_string())), "{named:?}");
    }
}

/// Where something ties users to their instance, memory does as sticky does, however many faults there are.
#[test]
fn memory_is_measured_without_a_fault_only_where_it_needs_none() {
    let cell = |home, set: fn(&mut Scenario)| {
        let report = measured_of(home, set, &[(20.0, "kill 1"), (30.0, "restart 1"), (40.0, "kill 2")]);
        alone(home, &report)[1].cells[0].clone()
    };
    let ties: [fn(&mut Scenario); 2] = [
        |scenario| scenario.balancer.affinity = crate::scenario::Affinity::Cookie,
        |scenario| scenario.workload.transport = crate::scenario::Transport::Connection,
    ];
    for tied in ties {
        let memory = cell(Home::Memory, tied);
        assert!(memory.text.starts_with("kill 2: "), "{memory:?}");
        assert_eq!(memory, cell(Home::Sticky, tied));
    }
    let loose = cell(Home::Memory, |_| ());
    assert!(loose.text.ends_with("% find no session") && loose.word == Some(Word::Low), "{loose:?}");
}

#[test]
fn the_replica_of_a_store_is_a_part_and_keeps_sessions() {
    let parts = |replica: bool, commands: &[(f64, &str)]| {
        let report = measured_of(Home::Store, |scenario| scenario.store.replica = replica, commands);
        let measured = Measured::of(Home::Store, &report);
        (measured.stateful_parts, measured.parts)
    };
    let (alone, with_replica) = (parts(false, &[]), parts(true, &[]));
    assert_eq!(with_replica, (alone.0 + 1.0, alone.1 + 1.0));
    assert_eq!(parts(true, &[(40.0, "kill store")]), with_replica);
}

#[test]
fn a_denylist_has_its_replica_before_it_names_anybody() {
    let parts = |replica: bool| {
        let set = |scenario: &mut Scenario| (scenario.token.denylist, scenario.store.replica) = (true, replica);
        Measured::of(Home::Token, &measured_of(Home::Token, set, &[])).parts
    };
    assert_eq!(parts(true), parts(false) + 1.0);
}

/// Instances that come and go make a design no simpler while none of them is there.
#[test]
fn whoever_was_removed_still_counts() {
    let parts = |commands: &[(f64, &str)]| {
        let measured = Measured::of(Home::Sticky, &measured_of(Home::Sticky, |_| (), commands));
        (measured.stateful_parts, measured.parts)
    };
    let before = parts(&[]);
    assert_eq!(parts(&[(20.0, "remove"), (25.0, "remove")]), before);
    assert_eq!(parts(&[(20.0, "add")]).1, before.1 + 1.0);
}

#[test]
fn what_failed_nothing_did_not_recover() {
    let report = measured_of(Home::Store, |_| (), &[(60.0, "kill store")]);
    assert_eq!(report.faults[0].requests_failed, 0);
    let cell = &alone(Home::Store, &report)[1].cells[0];
    assert!(cell.inputs.iter().all(|(name, _)| *name != "recovered"), "{cell:?}");
}

/// X(N) of one, two and four instances, by seed; zero: none is good.
fn scalability(seeds: &[[f64; 3]]) -> Cell {
    let figures = figures(Home::Token, false);
    let capacity = |(instances, rate): (u16, f64)| Capacity {
        instances,
        requests_per_s: (rate > 0.0).then_some(rate),
        bracket_per_s: f64::from(instances),
        flaw: (rate == 0.0).then_some(Flaw::Slow),
    };
    let seeds: Vec<Vec<Capacity>> =
        seeds.iter().map(|rates| [1, 2, 4].into_iter().zip(*rates).map(capacity).collect()).collect();
    let capacities = seeds.iter().map(Vec::as_slice).collect();
    let measured = Measured { capacities, progress: (1, 1), ..Measured::of(Home::Token, &figures) };
    summary_of(&[measured])[0].cells[0].clone()
}

#[test]
fn without_a_first_instance_there_is_no_ratio_and_no_word() {
    let told = |cell: &Cell| (cell.text.clone(), cell.word);
    let because =
        |cell: &Cell| cell.inputs.iter().any(|(name, why)| *name == "because" && why == "p99 of wait too high");
    let nothing = scalability(&[[0.0; 3]]);
    assert!(told(&nothing) == ("none with 1 instance".into(), None) && because(&nothing), "{nothing:?}");
    let some = scalability(&[[100.0, 200.0, 400.0], [0.0, 0.0, 9.0]]);
    assert!(told(&some) == ("none with 1 instance".into(), None) && because(&some), "{some:?}");
    let one = scalability(&[[100.0, 0.0, 0.0]]);
    assert!(told(&one) == ("none with 4 instances".into(), Some(Word::Low)) && because(&one), "{one:?}");
    assert_eq!(told(&scalability(&[[100.0, 200.0, 300.0]])), ("×3.0 with 4 instances".into(), Some(Word::Medium)));
    let several = scalability(&[[100.0, 200.0, 390.0], [100.0, 200.0, 410.0]]);
    assert_eq!(told(&several), ("×4.0 ±1.3 with 4 instances".into(), Some(Word::High)));
    // Seeds that fell into one cell of the bisection are no more exact than it is: 1 in 100 and 4 in 250.
    assert_eq!(scalability(&[[100.0, 200.0, 250.0]; 3]).text, "×2.5 ±0.1 with 4 instances");
}

/// The value of a cell's input.
fn input<'a>(cell: &'a Cell, name: &str) -> &'a str {
    &cell.inputs.iter().find(|(known, _)| *known == name).unwrap().1
}

#[test]
fn duties_are_told_for_a_session_and_those_nobody_had_are_not() {
    let report = figures(Home::Token, false);
    let said = |duties: [f64; 6]| {
        let measured = Measured { sessions: 400.0, duties, ..Measured::of(Home::Token, &report) };
        input(&summary_of(&[measured])[3].cells[0], "duties a session").to_owned()
    };
    assert_eq!(said([0.0; 6]), "none");
    assert_eq!(
        said([1688.0, 3600.0, 0.0, 100.0, 1.0, 8.0]),
        "4.2 stores, 9.0 resends, 0.25 retries, under 0.01 reconnects, 0.02 re-logins"
    );
    let peak = report.bytes.client_peak;
    assert!(peak > 123, "a token with something in it: {peak}");
    assert_eq!(input(&alone(Home::Token, &report)[3].cells[0], "held by a client at most"), format!("{peak} B"));
}

#[test]
fn knobs_are_told_by_their_names_as_far_as_there_is_room() {
    let report = figures(Home::Sticky, false);
    let set = |scenario: &Scenario| {
        let column = Column { home: Home::Sticky, scenario, figures: &report, capacities: &[], progress: (0, 0) };
        input(&summary(&[column])[2].cells[0], "knobs set").to_owned()
    };
    assert_eq!(set(&Scenario::default()), "none");
    assert_eq!(set(&Scenario::load("cart").unwrap()), "2: instance.count, instance.start_ms");
    let many = set(&Scenario::load("queue").unwrap());
    assert!(
        many.starts_with("9: balancer.policy, balancer.affinity, ") && many.ends_with("instance.count, …"),
        "{many}"
    );
}

#[test]
fn a_thousand_instances_fit_into_a_cell() {
    let report = figures(Home::Token, false);
    let measured = Measured { parts: 1001.0, stateful_parts: 0.0, ..Measured::of(Home::Token, &report) };
    assert_eq!(summary_of(&[measured])[2].cells[0].text, "0 of 1001 stateful");
}

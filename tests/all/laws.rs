//! Laws: random scenarios, random commands at random instants (many at once), every home, and after every event
//! everything that the model promises.

use crate::checker::Checker;
use crate::random::{TRAFFIC_S, cases, commands, repeatable, scenario};
use crate::states::States;
use statelab::command::{Command, Target};
use statelab::event::{Event, Sink};
use statelab::ledger::{Events, Laws, Ledger};
use statelab::scenario::{Home, Scenario};
use statelab::sim::World;
use statelab::units::Nanos;

struct Both {
    checker: Checker,
    laws: Laws,
    ledger: Ledger,
    states: States,
}

impl Sink for Both {
    fn take(&mut self, event: &Event) {
        self.checker.take(event);
        self.laws.take(event);
        self.ledger.take(event);
        self.states.take(event);
        // What the laws know of each request, and what the checker knows, after every event.
        assert_eq!(self.laws.places(), self.checker.places(), "{event:?}");
    }
}

impl Both {
    /// Little's two sides are equal, and every visit is accounted for.
    fn figures_agree(&self, scenario: &Scenario, home: Home, now: Nanos) {
        self.laws.agree(&self.ledger).unwrap_or_else(|broken| panic!("{broken}"));
        let report = self.ledger.report(scenario, home, now, Events { count: 0, sha256: String::new() });
        assert_eq!(report.little.integral_ns, report.little.sum_ns, "Little's law at {now}");
        let s = report.sessions;
        assert_eq!(s.created, s.active + s.completed + s.lost + s.abandoned);
        assert_eq!(s.created, self.checker.created);
        let r = report.requests;
        assert_eq!((r.issued, r.ended, r.in_flight), (self.checker.issued, self.checker.ended, r.issued - r.ended));
    }
}

/// Whoever is there when traffic stops and all is healed is gone after this: the longest visit, and no more waiting.
const QUIET_S: f64 = 4000.0;
/// A request then in flight has ended after this: ample for a full queue before workers that each wait 3 s for a dropped
/// peer, with every attempt given up and backed off from before the last.
const SETTLED_S: f64 = 120.0;

/// Lives through a case; returns how many visits began, and what was seen.
fn live(case: u64, home: Home) -> (u64, States) {
    let scenario = scenario(case);
    let mut world = World::new(&scenario, home);
    let mut both = Both {
        checker: Checker::new(&scenario, home),
        laws: Laws::new(&scenario),
        ledger: Ledger::new(),
        states: States::default(),
    };
    for (at, command) in commands(case) {
        world.run_until(at, &mut both);
        both.checker.settled();
        both.figures_agree(&scenario, home, at);
        // Many are impossible when their turn comes; that is part of the case.
        let _refusal = world.command(command, &mut both);
    }
    world.run_until(Nanos::from_secs(TRAFFIC_S), &mut both);
    heal(&mut world, &mut both);
    // Nobody comes any more, everything works: whoever is there is served, and goes.
    let last = both.checker.issued;
    world.run_until(Nanos::from_secs(TRAFFIC_S + SETTLED_S), &mut both);
    assert!(both.checker.oldest().is_none_or(|oldest| oldest > last), "in flight for more than {SETTLED_S} s of peace");
    let quiet = Nanos::from_secs(TRAFFIC_S + QUIET_S);
    world.run_until(quiet, &mut both);
    both.checker.settled();
    both.figures_agree(&scenario, home, quiet);
    assert_eq!(both.checker.left(), (0, 0), "requests and visits that never end");
    (both.checker.created, both.states)
}

fn heal(world: &mut World, both: &mut Both) {
    let restart = |target, world: &mut World, both: &mut Both| {
        let _refusal = world.command(Command::Restart(target), both);
    };
    let _refusal = world.command(Command::Heal, both);
    for id in 1..=64 {
        restart(Target::Instance(id), world, both);
    }
    restart(Target::Store, world, both);
    let _refusal = world.command(Command::Redispatch(true), both);
    let _refusal = world.command(Command::Add, both);
}

#[test]
fn every_event_of_random_runs_obeys_the_laws() {
    let mut seen = States::default();
    for case in cases(100) {
        let mut created = Vec::new();
        for home in Home::ALL {
            repeatable("laws", case, home, || {
                let (visits, states) = live(case, home);
                created.push(visits);
                seen.add(&states);
            });
        }
        assert!(created.iter().all(|&n| n == created[0]), "case {case}: visits per home {created:?}");
    }
    // A single case, looked at again, need not have everything.
    if std::env::var_os("STATELAB_CASE").is_none() {
        seen.all_seen();
    }
}

//! How fast the simulation is: requests a second, with everything that `statelab run` folds from its events.
//!
//! `cargo bench --bench engine`; the column of `Mitem/s` is millions of requests ended per second.

use divan::Bencher;
use divan::counter::ItemsCount;
use statelab::event::{Event, Sink, What};
use statelab::experiment::run_headless;
use statelab::ledger::Ledger;
use statelab::scenario::{Home, Scenario};
use statelab::sim::World;
use statelab::units::Nanos;
use std::sync::atomic::AtomicBool;

fn main() {
    divan::main();
}

/// Requests that ended.
#[derive(Default)]
struct Ended(u64);

impl Sink for Ended {
    fn take(&mut self, event: &Event) {
        self.0 += u64::from(matches!(event.what, What::Ended { .. }));
    }
}

/// The shipped scenario with these fields set.
fn scenario(name: &str, set: &[&str]) -> Scenario {
    let mut scenario = Scenario::load(name).expect("a shipped scenario");
    for assignment in set {
        scenario.set(assignment).expect("a field of scenarios");
    }
    scenario
}

/// The part of a run between two instants, the world warmed up before; `sink` hears what happens.
fn measure<S: Sink>(bencher: Bencher, scenario: &Scenario, home: Home, [from, until]: [f64; 2], sink: fn() -> S) {
    let (from, until) = (Nanos::from_secs(from), Nanos::from_secs(until));
    let mut warm = World::new(scenario, home);
    warm.run_until(from, &mut Ended::default());
    let mut ended = Ended::default();
    warm.clone().run_until(until, &mut ended);
    bencher.counter(ItemsCount::new(ended.0)).with_inputs(|| (warm.clone(), sink())).bench_values(
        |(mut world, mut sink)| {
            world.run_until(until, &mut sink);
            (world, sink)
        },
    );
}

/// The reference: ten thousand users, eight instances, no costs but the service itself.
#[divan::bench(sample_count = 10)]
fn cluster_world_and_ledger(bencher: Bencher) {
    measure(bencher, &scenario("cluster", &[]), Home::Token, [2.0, 12.0], Ledger::new);
}

/// The same without folding figures: what the simulation takes alone.
#[divan::bench(sample_count = 10)]
fn cluster_world_alone(bencher: Bencher) {
    measure(bencher, &scenario("cluster", &[]), Home::Token, [2.0, 12.0], Ended::default);
}

/// One server at 80 % load: the smallest queue there is.
#[divan::bench(sample_count = 10)]
fn mm1(bencher: Bencher) {
    let scenario = scenario("queue", &["instance.workers=1", "workload.sessions_per_s=0.8"]);
    measure(bencher, &scenario, Home::Memory, [0.0, 100_000.0], Ledger::new);
}

/// Long visits, cookies, a network with bandwidth; in every home of state.
#[divan::bench(sample_count = 10, args = Home::ALL.map(Home::id))]
fn cart(bencher: Bencher, home: &str) {
    let home = Home::ALL.into_iter().find(|known| known.id() == home).expect("a home");
    measure(bencher, &scenario("cart", &[]), home, [1000.0, 2000.0], Ledger::new);
}

/// A whole `statelab run classroom`, from the scenario to the report, event hash and all.
#[divan::bench]
fn classroom_headless(bencher: Bencher) {
    let scenario = scenario("classroom", &[]);
    bencher.bench(|| run_headless(&scenario, Home::Sticky, &AtomicBool::new(false), None));
}

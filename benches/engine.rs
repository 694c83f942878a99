//! How fast the simulation is, with everything that `statelab run` folds from its events.
//!
//! `cargo bench --bench engine`; the column of `Mitem/s` is millions of entries of the agenda per second, which simulation
//! libraries call events: a cost per event in nanoseconds is 1000 divided by it. `cluster` has two a request, `cart` seven to
//! twelve (time-outs that find their request answered among them). Under the times stand the allocations, where there are any: the
//! world is warm, so that these are of the steady state. How much memory a run takes, `cargo bench --bench memory` tells.

use divan::counter::ItemsCount;
use divan::{AllocProfiler, Bencher};
use statelab::command::Command;
use statelab::event::{Event, Sink};
use statelab::experiment::run_headless;
use statelab::ledger::Ledger;
use statelab::scenario::{Home, Scenario, TimedCommand};
use statelab::sim::World;
use statelab::units::Nanos;
use std::sync::atomic::AtomicBool;

#[global_allocator]
static ALLOCATIONS: AllocProfiler = AllocProfiler::system();

fn main() {
    divan::main();
}

/// Hears nothing.
struct Nobody;

impl Sink for Nobody {
    fn take(&mut self, _: &Event) {}
}

/// The shipped scenario with these fields set.
fn scenario(name: &str, set: &[&str]) -> Scenario {
    let mut scenario = Scenario::load(name).expect("a shipped scenario");
    for assignment in set {
        scenario.set(assignment).expect("a field of scenarios");
    }
    scenario
}

/// The part of a run between two instants; `sink` hears what happens. The world has run as long before, if there was so much
/// time, and not as a clone: a clone has no more room in its vectors than it needs, and would have to find that first.
fn measure<S: Sink>(bencher: Bencher, scenario: &Scenario, home: Home, [from, until]: [f64; 2], sink: fn() -> S) {
    let [early, from, until] = [(2.0 * from - until).max(0.0), from, until].map(Nanos::from_secs);
    let mut young = World::new(scenario, home);
    young.run_until(early, &mut Nobody);
    let warm = || {
        let (mut world, mut sink) = (young.clone(), sink());
        world.run_until(from, &mut sink);
        (world, sink)
    };
    let mut counted = warm().0;
    let before = counted.happened();
    counted.run_until(until, &mut Nobody);
    bencher.counter(ItemsCount::new(counted.happened() - before)).with_inputs(warm).bench_values(
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
    measure(bencher, &scenario("cluster", &[]), Home::Token, [2.0, 12.0], || Nobody);
}

/// One server at 90 % load: the smallest queue there is.
#[divan::bench(sample_count = 10)]
fn mm1(bencher: Bencher) {
    let scenario = scenario("queue", &["instance.workers=1", "workload.sessions_per_s=0.9"]);
    measure(bencher, &scenario, Home::Memory, [1000.0, 100_000.0], Ledger::new);
}

/// Long visits, cookies, a network with bandwidth; in every home of state.
#[divan::bench(sample_count = 10, args = Home::ALL.map(Home::id))]
fn cart(bencher: Bencher, home: &str) {
    let home = Home::find(home).expect("a home");
    measure(bencher, &scenario("cart", &[]), home, [1000.0, 2000.0], Ledger::new);
}

/// The same with everything on: a store with a replica, an autoscaler, retries, and every command there is.
#[divan::bench(sample_count = 5, args = Home::ALL.map(Home::id))]
fn cart_with_everything(bencher: Bencher, home: &str) {
    let home = Home::find(home).expect("a home");
    let mut scenario = scenario(
        "cart",
        &["client.retries=2", "store.replica=true", "store.persistence=everysec", "autoscaler.mode=utilisation"],
    );
    let forms = Command::FORMS.iter().map(|form| form.parse().expect("a command"));
    scenario.commands =
        (0..).zip(forms).map(|(i, command)| TimedCommand { at_s: 1020.0 + 50.0 * f64::from(i), command }).collect();
    measure(bencher, &scenario, home, [1000.0, 2000.0], Ledger::new);
}

/// The reference with other sizes, at the same load: its think time follows from how many ask and how many answer.
fn sized(users: u32, instances: u32) -> Scenario {
    let per_s = 0.8 * f64::from(instances) * 4.0 / 0.010;
    // A request takes some 14 ms of the time between two of a user's.
    let think_ms = (f64::from(users) / per_s * 1e3 - 14.0).max(1.0);
    let set = [
        format!("workload.users={users}"),
        format!("instance.count={instances}"),
        format!("workload.think_ms={{ exponential = {think_ms} }}"),
    ];
    scenario("cluster", &set.each_ref().map(String::as_str))
}

/// Growth with sessions, of which each has a pending event: the time at which its user goes on.
#[divan::bench(sample_count = 5, args = [100, 1000, 10_000, 100_000, 1_000_000])]
fn growth_with_sessions_and_pending_events(bencher: Bencher, users: u32) {
    measure(bencher, &sized(users, 8), Home::Token, [2.0, 12.0], Ledger::new);
}

/// Growth with instances, at the same load of each.
#[divan::bench(sample_count = 5, args = [3, 10, 100, 1000])]
fn growth_with_instances(bencher: Bencher, instances: u32) {
    let span = 80.0 / f64::from(instances);
    measure(bencher, &sized(10_000, instances), Home::Token, [span / 4.0, span], Ledger::new);
}

/// A whole `statelab run classroom`, from the scenario to the report, event hash and all.
#[divan::bench]
fn classroom_headless(bencher: Bencher) {
    let scenario = scenario("classroom", &[]);
    bencher.bench(|| run_headless(&scenario, Home::Sticky, &AtomicBool::new(false), None));
}

//! How much memory a run takes, and whether it grows with its length.
//!
//! `cargo bench --bench memory`, or `cargo bench --bench memory -- 100` for so many million requests (here 10). Linux only:
//! elsewhere there is no `/proc` that would tell.

use statelab::ledger::Ledger;
use statelab::scenario::{Home, Scenario};
use statelab::sim::World;
use statelab::units::Nanos;

/// Requests that the reference scenario ends in a simulated second: 8 × 4 workers, 10 ms each, at a load of 0.8.
const PER_S: f64 = 2560.0;

fn main() {
    let millions = std::env::args().find_map(|word| word.parse::<u32>().ok()).unwrap_or(10);
    let scenario = Scenario::load("cluster").expect("a shipped scenario");
    let mut world = World::new(&scenario, Home::Token);
    let mut ledger = Ledger::new();
    let mut first = None;
    println!("million requests   resident, KiB   growth since the first, KiB");
    for million in (1..=millions).filter(|n| *n < 4 || n % 10 == 0 || *n == millions) {
        world.run_until(Nanos::from_secs(f64::from(million) * 1e6 / PER_S), &mut ledger);
        let Some(resident) = resident() else { return println!("unknown: there is no /proc/self/status") };
        let growth = resident - *first.get_or_insert(resident);
        println!("{million:>16} {resident:>15} {growth:>29}");
    }
}

/// The memory of this process that is in use now, in KiB.
fn resident() -> Option<i64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.split_whitespace().next()?.parse().ok()
}

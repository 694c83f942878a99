//! statelab's own `cluster`: its world and its ledger, as `statelab run` has them, without the hash over the events. Ten
//! thousand users who think take the place of the Poisson arrivals.

use cpu_time::ProcessTime;
use peers::{BETWEEN_NS, print, requests};
use statelab::ledger::{EventHash, Ledger};
use statelab::scenario::{Home, Scenario};
use statelab::sim::World;
use statelab::units::Nanos;

fn main() {
    let scenario = Scenario::load("cluster").expect("it is shipped");
    let end = Nanos((requests() as f64 * BETWEEN_NS) as u64);
    let since = ProcessTime::now();
    let mut world = World::new(&scenario, Home::Token);
    let mut ledger = Ledger::new();
    world.run_until(end, &mut ledger);
    let report = ledger.report(&scenario, Home::Token, end, EventHash::default().figures());
    let cpu_s = since.elapsed().as_secs_f64();
    let (mean, p99) = (report.latency_ms.mean, report.latency_ms.p99);
    print("statelab", report.requests.ended, cpu_s, mean.expect("answers"), p99.expect("answers"));
}

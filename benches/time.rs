//! How long it takes to go to another instant of a run, and what the checkpoints hold.
//!
//! `cargo bench --bench time`; with `-- 3600` the last two rows are an hour of the reference scenario (here ten minutes). The
//! instants are spread over the whole run, in no order; every seek lives through what lies between a checkpoint and its goal.

#![expect(clippy::disallowed_methods, reason = "it measures wall time")]

use statelab::experiment::Timeline;
use statelab::experiment::timeline::Goal;
use statelab::scenario::{Home, Scenario};
use statelab::units::Nanos;
use std::sync::Arc;
use std::time::Instant;

/// The instants of a row: so many.
const SEEKS: u64 = 60;

fn main() {
    let cluster = std::env::args().find_map(|word| word.parse::<u32>().ok()).unwrap_or(600);
    println!(
        "scenario     seconds  worlds   checkpoints        MB   run, s   median seek, ms   slowest, ms   step back, ms"
    );
    row("classroom", 300, &[Home::Token, Home::Sticky]);
    row("classroom", 300, &Home::ALL);
    row("cart", 3600, &[Home::Token, Home::Sticky]);
    row("cluster", cluster, &[Home::Token]);
    row("cluster", cluster, &[Home::Token, Home::Sticky]);
}

fn row(name: &str, seconds: u32, homes: &[Home]) {
    let scenario = Arc::new(Scenario::load(name).expect("a shipped scenario"));
    let began = Instant::now();
    let mut timeline = Timeline::new(scenario, homes);
    // As the dashboard does: in small slices.
    let slices = u64::from(seconds) * 20;
    for slice in 1..=slices {
        timeline.run_until(Nanos(slice * 50_000_000));
        if slice == slices / 2 {
            timeline.command("kill 2".parse().expect("a command")).expect("there is an instance 2");
        }
    }
    let run = began.elapsed().as_secs_f64();
    let end = timeline.newest();
    let (count, bytes) = timeline.checkpoints();
    let mut seeks: Vec<f64> =
        (1..=SEEKS).map(|n| seek(&mut timeline, Nanos(n.wrapping_mul(0x9E37_79B9_7F4A_7C15) % end.0))).collect();
    seeks.sort_by(f64::total_cmp);
    timeline.go(Goal::At(end));
    timeline.finish();
    let back = seek(&mut timeline, Nanos(end.0 - 1_000_000_000));
    let (median, slowest) = (seeks[seeks.len() / 2], seeks[seeks.len() - 1]);
    let worlds = homes.len();
    println!(
        "{name:<10} {seconds:>9} {worlds:>7} {count:>13} {:>9.1} {run:>8.1} {median:>17.2} {slowest:>13.2} {back:>15.2}",
        bytes as f64 / 1e6
    );
}

/// How long it takes, in milliseconds.
fn seek(timeline: &mut Timeline, at: Nanos) -> f64 {
    let began = Instant::now();
    timeline.go(Goal::At(at));
    timeline.finish();
    assert_eq!(timeline.now(), at);
    began.elapsed().as_secs_f64() * 1e3
}

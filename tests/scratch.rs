#![allow(dead_code)]
#[path = "all/random.rs"]
mod random;
use random::*;
use statelab::event::Event;
use statelab::scenario::Home;
use statelab::sim::World;
use statelab::units::Nanos;

#[test]
#[ignore]
fn trace() {
    let get = |n: &str| std::env::var(n).ok();
    let case: u64 = get("STATELAB_CASE").unwrap().parse().unwrap();
    let home: Home = get("T_HOME").unwrap().parse().unwrap();
    let pat = get("T_PAT").unwrap_or_default();
    let scenario = scenario(case);
    let mut world = World::new(&scenario, home);
    let mut print = |e: &Event| { let t = format!("{e:?}"); if pat.split('|').any(|p| t.contains(p)) { println!("{} #{} <{} r{} {:?}", e.at, e.seq, e.cause, e.root, e.what); } };
    for (at, command) in commands(case) {
        world.run_until(at, &mut print);
        let _r = world.command(command, &mut print);
    }
    world.run_until(Nanos::from_secs(TRAFFIC_S), &mut print);
}

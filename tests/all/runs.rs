//! Runs with commands at instants.

use statelab::command::Command;
use statelab::event::Event;
use statelab::scenario::{Home, Scenario};
use statelab::sim::World;
use statelab::units::Nanos;

/// The events of a run; each command must be possible.
pub fn events(scenario: &Scenario, home: Home, commands: &[(f64, &str)]) -> Vec<Event> {
    let mut events = Vec::new();
    let mut world = World::new(scenario, home);
    let mut sink = |event: &Event| events.push(*event);
    for &(at, text) in commands {
        world.run_until(Nanos::from_secs(at), &mut sink);
        let command: Command = text.parse().expect("a command");
        world.command(command, &mut sink).unwrap_or_else(|why| panic!("{text} at {at}: {why}"));
    }
    world.run_until(Nanos::from_secs(scenario.duration_s), &mut sink);
    events
}

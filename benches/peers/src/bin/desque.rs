//! The cluster with desque: an event each for an arrival and for the end of a service.

use cpu_time::ProcessTime;
use desque::serial::{Event, Simulation};
use desque::{Result, SimState, SimTime};
use peers::{BETWEEN_NS, Chance, Figures, INSTANCES, SERVICE_NS, WORKERS, requests};
use std::collections::VecDeque;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Time(u64);

impl SimTime for Time {}

#[derive(Debug, Default)]
struct Instance {
    busy: usize,
    /// When each that waits was issued.
    queue: VecDeque<u64>,
}

#[derive(Debug)]
struct Cluster {
    instances: [Instance; INSTANCES],
    turn: usize,
    chance: Chance,
    figures: Figures,
}

impl SimState<Time> for Cluster {
    fn is_complete(&self, _: &Time) -> bool {
        self.figures.done()
    }
}

#[derive(Debug)]
struct Arrival;

impl Event<Cluster, Time> for Arrival {
    fn execute(&mut self, sim: &mut Simulation<Cluster, Time>) -> Result {
        let now = sim.current_time().0;
        let cluster = sim.state_mut();
        let next = now + cluster.chance.exponential(BETWEEN_NS);
        cluster.figures.touch(cluster.chance.session());
        cluster.turn = (cluster.turn + 1) % INSTANCES;
        let at = cluster.turn;
        let instance = &mut cluster.instances[at];
        if instance.busy < WORKERS {
            instance.busy += 1;
            let end = now + cluster.chance.exponential(SERVICE_NS);
            sim.schedule(Departure { at, issued: now }, Time(end))?;
        } else {
            instance.queue.push_back(now);
        }
        sim.schedule(Self, Time(next))
    }
}

#[derive(Debug)]
struct Departure {
    at: usize,
    issued: u64,
}

impl Event<Cluster, Time> for Departure {
    fn execute(&mut self, sim: &mut Simulation<Cluster, Time>) -> Result {
        let now = sim.current_time().0;
        let cluster = sim.state_mut();
        cluster.figures.answered(now - self.issued);
        let instance = &mut cluster.instances[self.at];
        if let Some(issued) = instance.queue.pop_front() {
            let end = now + cluster.chance.exponential(SERVICE_NS);
            return sim.schedule(Self { at: self.at, issued }, Time(end));
        }
        instance.busy -= 1;
        Ok(())
    }
}

fn main() {
    let since = ProcessTime::now();
    let figures = Figures::new(requests());
    let cluster = Cluster { instances: Default::default(), turn: 0, chance: Chance::new(7), figures };
    let mut sim = Simulation::new(cluster, Time(0));
    sim.schedule(Arrival, Time(1)).expect("later than now");
    sim.run().expect("nothing is scheduled in the past");
    sim.state().figures.print("desque", since);
}

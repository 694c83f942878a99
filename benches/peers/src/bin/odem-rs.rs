//! The cluster with odem-rs: a process for each worker, which sleeps while its instance's queue is empty, and one that
//! brings the requests.

use cpu_time::ProcessTime;
use odem_rs::{core::ops::waker, prelude::*};
use peers::{BETWEEN_NS, Chance, Figures, INSTANCES, SERVICE_NS, WORKERS, requests};
use std::cell::RefCell;
use std::collections::VecDeque;
use std::pin::pin;
use std::task::Waker;

#[derive(Default, Config)]
#[time(Time<f64>)]
struct Setting {}

#[derive(Default)]
struct Instance {
    /// When each that waits was issued.
    queue: VecDeque<Time<f64>>,
    idle: Vec<Waker>,
}

struct Cluster {
    instances: [RefCell<Instance>; INSTANCES],
    chance: RefCell<Chance>,
    figures: RefCell<Figures>,
}

fn nanoseconds(ns: u64) -> Time<f64> {
    second::new(ns as f64 / 1e9)
}

async fn work(sim: &Sim<Setting>, cluster: &Cluster, at: usize) {
    loop {
        let next = cluster.instances[at].borrow_mut().queue.pop_front();
        let Some(issued) = next else {
            let own = waker().await;
            cluster.instances[at].borrow_mut().idle.push(own);
            sleep().await;
            continue;
        };
        let service = cluster.chance.borrow_mut().exponential(SERVICE_NS);
        sim.advance(nanoseconds(service)).await;
        let latency = (sim.now() - issued).get::<second>();
        cluster.figures.borrow_mut().answered((latency * 1e9) as u64);
    }
}

async fn bring(sim: &Sim<Setting>, cluster: &Cluster) {
    for turn in (0..INSTANCES).cycle() {
        let next = cluster.chance.borrow_mut().exponential(BETWEEN_NS);
        sim.advance(nanoseconds(next)).await;
        let mut figures = cluster.figures.borrow_mut();
        if figures.done() {
            return;
        }
        figures.touch(cluster.chance.borrow_mut().session());
        let mut instance = cluster.instances[turn].borrow_mut();
        instance.queue.push_back(sim.now());
        if let Some(idle) = instance.idle.pop() {
            idle.wake();
        }
    }
}

#[odem_rs::main(Setting {})]
async fn cluster(sim: &Sim<Setting>, requests: u64) -> Figures {
    let cluster = Cluster {
        instances: Default::default(),
        chance: RefCell::new(Chance::new(7)),
        figures: RefCell::new(Figures::new(requests)),
    };
    let mut workers: Vec<_> =
        (0..INSTANCES * WORKERS).map(|i| Box::pin(Job::new(work(sim, &cluster, i % INSTANCES)))).collect();
    for worker in &mut workers {
        sim.activate(worker.as_mut());
    }
    let source = pin!(Job::new(bring(sim, &cluster)));
    sim.activate(source).await;
    // A waker must not outlive what it wakes.
    cluster.instances.iter().for_each(|instance| instance.borrow_mut().idle.clear());
    cluster.figures.borrow().clone()
}

fn main() {
    let since = ProcessTime::now();
    cluster(requests()).print("odem-rs", since);
}

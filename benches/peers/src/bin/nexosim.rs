//! The cluster with nexosim on one thread, as actors: a balancer, and a model for each instance, to which it sends the
//! requests. The end of a service is an event that an instance schedules for itself.

use cpu_time::ProcessTime;
use nexosim::model::{Context, Model, schedulable};
use nexosim::ports::Output;
use nexosim::simulation::{Mailbox, SimInit};
use nexosim::time::MonotonicTime;
use peers::{BETWEEN_NS, Chance, Figures, INSTANCES, SERVICE_NS, WORKERS, requests};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Shared, because a model cannot be looked into; always free, because there is one thread.
type Shared = Arc<Mutex<Option<Figures>>>;

#[derive(Serialize, Deserialize)]
struct Balancer {
    to: Vec<Output<u64>>,
    turn: usize,
    chance: Chance,
    #[serde(skip)]
    figures: Shared,
}

#[Model]
impl Balancer {
    #[nexosim(init)]
    async fn init(&mut self, cx: &Context<Self>) {
        self.plan(cx);
    }

    fn plan(&mut self, cx: &Context<Self>) {
        let next = Duration::from_nanos(self.chance.exponential(BETWEEN_NS));
        cx.schedule_event(next, schedulable!(Self::arrive), ()).expect("later than now");
    }

    #[nexosim(schedulable)]
    async fn arrive(&mut self, _: (), cx: &Context<Self>) {
        if let Some(figures) = &mut *self.figures.lock().expect("one thread") {
            figures.touch(self.chance.session());
        }
        self.turn = (self.turn + 1) % INSTANCES;
        self.to[self.turn].send(nanoseconds(cx.time())).await;
        self.plan(cx);
    }
}

#[derive(Serialize, Deserialize)]
struct Instance {
    busy: usize,
    /// When each that waits was issued.
    queue: VecDeque<u64>,
    chance: Chance,
    #[serde(skip)]
    figures: Shared,
}

#[Model]
impl Instance {
    async fn request(&mut self, issued: u64, cx: &Context<Self>) {
        if self.busy < WORKERS {
            self.busy += 1;
            self.serve(issued, cx);
        } else {
            self.queue.push_back(issued);
        }
    }

    fn serve(&mut self, issued: u64, cx: &Context<Self>) {
        let service = Duration::from_nanos(self.chance.exponential(SERVICE_NS));
        cx.schedule_event(service, schedulable!(Self::depart), issued).expect("later than now");
    }

    #[nexosim(schedulable)]
    async fn depart(&mut self, issued: u64, cx: &Context<Self>) {
        if let Some(figures) = &mut *self.figures.lock().expect("one thread") {
            figures.answered(nanoseconds(cx.time()) - issued);
        }
        match self.queue.pop_front() {
            Some(next) => self.serve(next, cx),
            None => self.busy -= 1,
        }
    }
}

fn nanoseconds(time: MonotonicTime) -> u64 {
    time.as_secs().unsigned_abs() * 1_000_000_000 + u64::from(time.subsec_nanos())
}

fn main() -> Result<(), nexosim::simulation::SimulationError> {
    let since = ProcessTime::now();
    let figures: Shared = Arc::new(Mutex::new(Some(Figures::new(requests()))));
    let mut balancer = Balancer { to: Vec::new(), turn: 0, chance: Chance::new(7), figures: Arc::clone(&figures) };
    let mut bench = SimInit::with_num_threads(1);
    for i in 0..INSTANCES {
        let mailbox = Mailbox::new();
        let mut to = Output::default();
        to.connect(Instance::request, &mailbox);
        balancer.to.push(to);
        let chance = Chance::new(100 + i as u64);
        let instance = Instance { busy: 0, queue: VecDeque::new(), chance, figures: Arc::clone(&figures) };
        bench = bench.add_model(instance, mailbox, format!("instance {i}").as_str());
    }
    let mut simulation = bench.add_model(balancer, Mailbox::new(), "balancer").init(MonotonicTime::EPOCH)?;
    let done = || figures.lock().expect("one thread").as_ref().is_some_and(Figures::done);
    while !done() {
        simulation.step_until(Duration::from_secs(1))?;
    }
    if let Some(figures) = &*figures.lock().expect("one thread") {
        figures.print("nexosim", since);
    }
    Ok(())
}

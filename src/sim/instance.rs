//! Instances: their life and death. What they do while they live: `work.rs`.
//!
//! ```text
//!   add, restart ─▶ Starting ─▶ Up ─┬─ kill ──▶ Down
//!                               ▲   ├─ drain ─▶ Draining ─▶ Down, Removed, or Starting again
//!                             heal  ├─ hang ──▶ Hung
//!                               ╰───┼───────────╯
//! ```
//!
//! *Crash* and *hang* are different deaths: a crash destroys the memory and refuses connections; a hang
//! destroys nothing, accepts everything and answers nothing: what happens to it is kept and happens when it ends.

use super::draw::Purpose;
use super::session::Cause;
use super::slab::Key;
use super::{Next, World};
use crate::event::{Health, InstanceId, Place, Status, What};
use crate::units::Nanos;
use std::collections::VecDeque;

/// Work for a worker.
#[derive(Clone, Copy, Debug)]
pub enum Job {
    /// A client's request.
    Serve(Key),
    /// A peer's write that is to be applied to the copy here.
    Apply(Key),
    /// A new connection.
    Handshake(Key, u16),
}

/// What a drain is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DrainPurpose {
    /// To stop it.
    Stop,
    /// To remove it for good.
    Remove,
    /// To start the next release in its place.
    Replace,
}

/// One process that serves requests.
#[derive(Clone, Debug)]
pub struct Instance {
    pub id: InstanceId,
    pub health: Health,
    /// Grows whenever its memory is destroyed.
    pub incarnation: u32,
    pub workers: u32,
    pub busy: u32,
    /// Whether a free worker is being given work right now.
    pub dispatching: bool,
    pub queue: VecDeque<Job>,
    /// Peers' writes that wait for a worker.
    pub applies: VecDeque<Job>,
    /// Workers that wait for peers.
    pub blocked: u32,
    /// Client requests among the queue.
    pub waiting: u32,
    /// Attempts in service.
    pub serving: Vec<Key>,
    pub slowness: f64,
    /// Cut off from peers and store.
    pub cut: bool,
    pub belief: super::balancer::Belief,
    /// Visits whose cookie (or connection) asks for it.
    pub pinned: u32,
    pub in_free: Nanos,
    pub out_free: Nanos,
    /// What made it dead, hung or cut off, while it is.
    pub trouble: Option<Cause>,
    /// Until when it was held up by something, and by what.
    pub unblocked: Option<(Nanos, Cause)>,
    /// Since when somebody waits for a worker, if somebody does.
    pub queue_since: Nanos,
    /// What its queue is owed to, if that began while, or just before, something kept the service from its work.
    pub backlog: Option<Cause>,
    /// What cut it off last.
    pub cut_by: Option<Cause>,
    /// What changed its slowness last.
    pub slowed_by: Option<Cause>,
    pub trouble_since: Nanos,
    /// Its last change of health.
    pub life: Cause,
    pub drain: Option<DrainPurpose>,
    pub drain_until: Nanos,
    /// What came while it hung, with the time left until it would have happened.
    pub frozen: Vec<(Nanos, Next)>,
    /// Client requests among that.
    pub knocking: u32,
    hung_since: Nanos,
    /// State copies it still waits for before it is up.
    pub joining: u32,
    /// Functions only: told apart idle spells.
    pub idle_spell: u32,
    /// Functions only: the attempt it was started for.
    pub started_for: Option<Key>,
    /// Worker-busy time so far, for the autoscaler.
    pub busy_integral: u128,
    busy_as_of: Nanos,
}

impl Instance {
    /// Whether it runs and does what it is asked.
    pub const fn serves(&self) -> bool {
        matches!(self.health, Health::Up | Health::Draining)
    }

    /// Whether its process exists and its memory with it.
    pub const fn exists(&self) -> bool {
        self.health.runs()
    }

    /// Its incarnation, short enough for what is over before it could come round again.
    pub const fn life_number(&self) -> u16 {
        self.incarnation as u16
    }

    pub fn account_busy(&mut self, now: Nanos) {
        self.busy_integral = self.busy_until(now);
        self.busy_as_of = now;
    }

    /// What is over by now was in the way of whoever waited then.
    fn was_in_trouble(&mut self, now: Nanos, over: Option<Cause>) {
        if self.trouble.is_none() {
            self.unblocked = over.map(|cause| (now, cause)).or(self.unblocked);
        }
    }

    /// About how many bytes of memory a clone of it takes beside itself.
    pub fn bytes_beside(&self) -> usize {
        (self.queue.len() + self.applies.len()) * size_of::<Job>()
            + size_of_val(self.serving.as_slice())
            + size_of_val(self.frozen.as_slice())
    }

    /// Worker-busy nanoseconds until `now`.
    pub fn busy_until(&self, now: Nanos) -> u128 {
        // A worker that waits for peers and applies what they have sent is one worker.
        let occupied = self.busy.min(self.workers);
        self.busy_integral + u128::from(now.since(self.busy_as_of).0) * u128::from(occupied)
    }
}

impl World {
    /// How many more instances can be given a number: none is ever given twice.
    pub(super) fn numbers_left(&self) -> usize {
        usize::from(InstanceId::MAX) - self.instances.len()
    }

    fn new_instance(&mut self, health: Health) -> InstanceId {
        let id = self.instances.len() as InstanceId + 1;
        self.instances.push(Instance {
            id,
            health,
            incarnation: 1,
            workers: self.plan.workers,
            busy: 0,
            dispatching: false,
            queue: VecDeque::new(),
            applies: VecDeque::new(),
            blocked: 0,
            waiting: 0,
            serving: Vec::new(),
            slowness: 1.0,
            cut: false,
            belief: super::balancer::Belief::default(),
            pinned: 0,
            in_free: Nanos::ZERO,
            out_free: Nanos::ZERO,
            trouble: None,
            unblocked: None,
            queue_since: Nanos::ZERO,
            backlog: None,
            cut_by: None,
            slowed_by: None,
            trouble_since: Nanos::ZERO,
            life: Cause::default(),
            drain: None,
            drain_until: Nanos::ZERO,
            frozen: Vec::new(),
            knocking: 0,
            hung_since: Nanos::ZERO,
            joining: 0,
            idle_spell: 0,
            started_for: None,
            busy_integral: 0,
            busy_as_of: self.now,
        });
        self.reshape_ring();
        id
    }

    /// An instance that runs when the run begins.
    pub(super) fn found_instance(&mut self) {
        let id = self.new_instance(Health::Up);
        let cause = self.set_health(id, Health::Up, Nanos::ZERO, Cause::default());
        self.register(id, cause);
        self.begin_checks(id);
    }

    /// Starts one more instance; it is up after `takes`.
    pub(super) fn add_instance(&mut self, takes: Nanos, cause: Cause) -> InstanceId {
        let id = self.new_instance(Health::Starting);
        self.start_instance(id, takes, cause);
        self.begin_checks(id);
        id
    }

    /// Says what an instance is from here on.
    pub(super) fn set_health(&mut self, id: InstanceId, health: Health, until: Nanos, cause: Cause) -> Cause {
        let (workers, now) = (self.plan.workers, self.now);
        let instance = self.instance_mut(id);
        let was = std::mem::replace(&mut instance.health, health);
        let incarnation = instance.incarnation;
        let event = self.emit(cause, What::Instance { instance: id, health, incarnation, until, workers });
        let running = self.running_trouble(id);
        let instance = self.instance_mut(id);
        instance.life = event;
        instance.trouble = match health {
            Health::Up | Health::Draining => running,
            // Whoever starts it again is not to blame for what it still refuses.
            Health::Starting if was == Health::Down => instance.trouble.or(Some(event)),
            _ => Some(event),
        };
        if !instance.cut {
            instance.trouble_since = now;
        }
        self.reckon_strain();
        event
    }

    /// What keeps an instance from its work though it runs: a partition where it needs the others, else its slowness.
    fn running_trouble(&self, id: InstanceId) -> Option<Cause> {
        let instance = self.instance(id);
        let cut = instance.cut_by.filter(|_| instance.cut && self.needs_others());
        let slowed = instance.slowed_by.filter(|_| instance.slowness > 1.0);
        cut.or(slowed)
    }

    /// Works out anew what keeps a running instance from its work, and with it the service.
    pub(super) fn reckon_trouble(&mut self, id: InstanceId) {
        if self.instance(id).serves() {
            let (now, trouble) = (self.now, self.running_trouble(id));
            let instance = self.instance_mut(id);
            let over = std::mem::replace(&mut instance.trouble, trouble);
            instance.was_in_trouble(now, over);
        }
        self.reckon_strain();
    }

    /// Whether instances ask each other, or a store: else a partition is nothing to them.
    fn needs_others(&self) -> bool {
        self.plan.home.replicated() || self.store.is_some()
    }

    /// What keeps the service from its work at present: the newest command that took an instance or the store from it.
    pub(super) fn reckon_strain(&mut self) {
        let missing = |instance: &&Instance| match instance.health {
            // What has never been there is not missing.
            Health::Starting => instance.incarnation > 1,
            Health::Removed => false,
            // Whoever runs is in trouble only if that keeps it from its work.
            Health::Up | Health::Draining | Health::Down | Health::Hung => true,
        };
        let instances = self.instances.iter().filter(missing).filter_map(|instance| instance.trouble);
        let troubles = instances.chain(self.store.as_ref().and_then(|store| store.trouble));
        let strain = troubles.filter(|cause| cause.root != 0).max_by_key(|cause| cause.seq);
        let before = std::mem::replace(&mut self.strain, strain);
        if let Some(cause) = strain.filter(|cause| before.is_none_or(|before| before.seq < cause.seq)) {
            // Whether a queue happened to be empty when the trouble began says nothing about why it stays; one that had stayed
            // before is not its doing.
            let horizon = self.now.since(self.plan.recent);
            let young = |instance: &&mut Instance| !instance.queue.is_empty() && instance.queue_since >= horizon;
            for instance in self.instances.iter_mut().filter(young) {
                instance.backlog.get_or_insert(cause);
            }
        }
    }

    fn start_instance(&mut self, id: InstanceId, takes: Nanos, cause: Cause) {
        let until = self.now + takes;
        self.set_health(id, Health::Starting, until, cause);
        let incarnation = self.instance(id).incarnation;
        self.agenda.push(until, Next::Started(id, incarnation));
    }

    pub(super) fn instance_started(&mut self, id: InstanceId, incarnation: u32) {
        let instance = self.instance(id);
        if instance.incarnation == incarnation && instance.health == Health::Starting && instance.joining == 0 {
            self.join_peers(id);
            if self.instance(id).joining == 0 {
                self.instance_up(id);
            }
        }
    }

    pub(super) fn instance_up(&mut self, id: InstanceId) {
        let Instance { life: cause, trouble: ended_by, incarnation, .. } = *self.instance(id);
        let cause = self.set_health(id, Health::Up, Nanos::ZERO, cause);
        // Whoever comes back may find a crowd that has waited for it.
        self.instance_mut(id).backlog = ended_by.filter(|cause| cause.root != 0 && incarnation > 1);
        // Whoever took it out of service for the sake of a drain lets it back in.
        self.instance_mut(id).belief.draining = false;
        self.refresh_usable();
        if self.plan.check_interval.is_none() {
            self.register(id, cause);
        }
        self.find_missing_backups(cause);
        match self.instance_mut(id).started_for.take() {
            Some(attempt) => self.function_ready(id, attempt),
            None => self.maybe_idle(id),
        }
        self.deploy_goes_on();
    }

    /// The memory goes, and every request in there with it: their connections are cut.
    pub(super) fn end_process(&mut self, id: InstanceId, cause: Cause) {
        let now = self.now;
        let instance = self.instance_mut(id);
        instance.account_busy(now);
        instance.busy = 0;
        // In service, in the queue, and in the backlog of a hung process.
        let mut inside = std::mem::take(&mut instance.serving);
        inside.extend(instance.queue.drain(..).filter_map(|job| match job {
            Job::Serve(key) => Some(key),
            _ => None,
        }));
        instance.knocking = 0;
        for (_, next) in std::mem::take(&mut instance.frozen) {
            match next {
                Next::AtInstance(key) => inside.push(key),
                // Whoever asks a dead peer is told so; the others find that nobody waits for them any more.
                Next::FetchArrives(..) | Next::TransferSent(_) | Next::StoreAnswer(_) => self.agenda.push(now, next),
                _ => {}
            }
        }
        let instance = self.instance_mut(id);
        instance.waiting = 0;
        instance.backlog = None;
        instance.applies.clear();
        instance.blocked = 0;
        instance.joining = 0;
        instance.drain = None;
        let slowed = std::mem::replace(&mut instance.slowness, 1.0) != 1.0;
        instance.out_free = now;
        instance.in_free = now;
        let held = instance.started_for.take();
        if slowed {
            // Its slowness ends with the process, and whoever draws it has to know.
            self.emit(cause, What::Slowed { instance: id, factor: 1.0 });
        }
        for key in inside {
            self.cut_off(key, id, cause);
        }
        self.destroy_copies(Place::Instance(id), cause);
        self.forget_transfers(id);
        self.cut_connections(id);
        self.forget_idle(id);
        self.announce_death(id);
        if let Some(key) = held {
            // The request that it was to start for waits for another one.
            self.route_to_function(key);
        }
    }

    fn cut_off(&mut self, key: Key, id: InstanceId, cause: Cause) {
        let attempt = &mut self.attempts[key];
        attempt.worker = false;
        attempt.status = Some(Status::CutOff);
        attempt.new_context = 0;
        let attempt = &self.attempts[key];
        let hop = self.hop(&self.plan.backend_hop, Purpose::BackendHop, attempt.id, || attempt.draw_key() << 4 | 13);
        let arrives = self.now + hop;
        let what = What::Replied {
            request: attempt.request,
            session: attempt.id,
            attempt: attempt.number,
            instance: id,
            status: Status::CutOff,
            worker: false,
            arrives,
            bytes: super::plan::SMALL_MESSAGE_BYTES,
        };
        self.attempts[key].cause = self.emit(cause, what);
        self.agenda.push(arrives, Next::ReplyAtBalancer(key));
    }

    /// What cuts an instance off from its peers and the store, if something does.
    pub(super) fn cut_off_by(&self, id: InstanceId) -> Option<Cause> {
        let instance = self.instance(id);
        instance.cut_by.filter(|_| instance.cut)
    }

    /// The process stops answering.
    pub(super) fn hang_instance(&mut self, id: InstanceId, cause: Cause) {
        self.set_health(id, Health::Hung, Nanos::ZERO, cause);
        self.instance_mut(id).hung_since = self.now;
    }

    /// Whether the instance hangs; then the work that was to end now is kept for later.
    pub(super) fn freezes(&mut self, id: InstanceId, next: Next) -> bool {
        // A process that was stopped still has to do what it had not done.
        let now = self.now;
        self.frozen(id, next, |hung_since| now.since(hung_since))
    }

    /// Whether the instance hangs; then the message that comes now waits, and is there as soon as that is over.
    pub(super) fn unheard(&mut self, id: InstanceId, next: Next) -> bool {
        self.frozen(id, next, |_| Nanos::ZERO)
    }

    fn frozen(&mut self, id: InstanceId, next: Next, left: impl FnOnce(Nanos) -> Nanos) -> bool {
        let instance = self.instance_mut(id);
        let hung = instance.health == Health::Hung;
        if hung {
            instance.frozen.push((left(instance.hung_since), next));
        }
        hung
    }

    /// A hung process goes on where it stopped.
    pub(super) fn resume_instance(&mut self, id: InstanceId, cause: Cause) {
        let (now, instance) = (self.now, self.instance(id));
        let (drains, over) = (instance.drain.map(|_| instance.drain_until), instance.trouble);
        let health = if drains.is_some() { Health::Draining } else { Health::Up };
        self.set_health(id, health, drains.unwrap_or(Nanos::ZERO), cause);
        self.instance_mut(id).was_in_trouble(now, over);
        self.instance_mut(id).knocking = 0;
        for (left, next) in std::mem::take(&mut self.instance_mut(id).frozen) {
            self.agenda.push(self.now + left, next);
        }
        if self.instance(id).belief.in_flight == 0 {
            self.maybe_idle(id);
        }
    }

    /// Ends the process if there is one, and starts it anew with empty memory.
    pub(super) fn restart_instance(&mut self, id: InstanceId, cause: Cause) {
        // What is down has no memory that could be destroyed once more.
        let ends = self.instance(id).health != Health::Down;
        self.instance_mut(id).incarnation += u32::from(ends);
        self.start_instance(id, self.plan.start, cause);
        let cause = self.instance(id).life;
        self.end_process(id, cause);
        self.refresh_usable();
    }

    /// The process ends and stays ended.
    pub(super) fn stop_instance(&mut self, id: InstanceId, health: Health, cause: Cause) {
        self.instance_mut(id).incarnation += 1;
        let cause = self.set_health(id, health, Nanos::ZERO, cause);
        if health == Health::Removed {
            self.reshape_ring();
        }
        self.end_process(id, cause);
        self.refresh_usable();
        // A deploy does not wait for whoever is gone.
        self.deploy_goes_on();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::Command;
    use crate::scenario::{Home, Scenario};

    #[test]
    fn whoever_asks_for_more_instances_than_there_are_numbers_is_told_so() {
        let mut world = World::new(&Scenario::default(), Home::Token);
        while world.numbers_left() > 2 {
            world.new_instance(Health::Removed);
        }
        let standing = world.present().count() as u16;
        assert_eq!(world.possible(Command::Scale(standing + 2)), Ok(()));
        let refused = Err("there have been 65533 instances: numbers end at 65535".to_owned());
        assert_eq!(world.possible(Command::Scale(standing + 3)), refused);
        for _ in 0..2 {
            assert_eq!(world.carry_out(Command::Add), Ok(()));
        }
        assert_eq!(world.instances.last().map(|instance| instance.id), Some(InstanceId::MAX));
        assert!(world.carry_out(Command::Add).is_err());
        assert_eq!(world.carry_out(Command::Scale(1)), Ok(()), "fewer is always possible");
    }
}

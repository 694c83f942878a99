//! Commands: what they do, and when they are impossible.

use super::instance::DrainPurpose;
use super::session::Cause;
use super::{Next, World};
use crate::command::{Command, Target};
use crate::event::{Health, InstanceId, What};
use crate::scenario::MOST_INSTANCES;

impl World {
    pub(super) fn scripted(&mut self, index: usize) {
        let (_, command) = self.plan.commands[index];
        // A refusal is an event of its own; nobody else waits for it here.
        let _refusal = self.carry_out(command);
    }

    pub(super) fn carry_out(&mut self, command: Command) -> Result<(), String> {
        if let Err(why) = self.possible(command) {
            self.emit(Cause::default(), What::Rejected { command });
            return Err(why);
        }
        let cause = self.emit_root(What::Commanded { command });
        match command {
            Command::Kill(Target::Instance(id)) => self.stop_instance(id, Health::Down, cause),
            Command::Hang(Target::Instance(id)) => self.hang_instance(id, cause),
            Command::Slow(Target::Instance(id), factor) => self.slow_instance(id, factor, cause),
            Command::Restart(Target::Instance(id)) => self.restart_instance(id, cause),
            Command::Kill(Target::Store) if self.store.is_some() => self.kill_store(cause),
            Command::Hang(Target::Store) if self.store.is_some() => self.hang_store(cause),
            Command::Slow(Target::Store, factor) if self.store.is_some() => self.slow_store(factor, cause),
            Command::Restart(Target::Store) if self.store.is_some() => self.restart_store(cause),
            // A world without a store: nothing depends on one.
            Command::Kill(Target::Store)
            | Command::Hang(Target::Store)
            | Command::Slow(Target::Store, _)
            | Command::Restart(Target::Store) => {}
            Command::Drain(id) => self.begin_drain(id, DrainPurpose::Stop, cause),
            Command::Add => {
                self.add_instance(self.plan.start, cause);
            }
            Command::Remove => self.remove_highest(cause),
            Command::Scale(count) => self.scale_to(count, cause),
            Command::Deploy => self.begin_deploy(cause),
            Command::Partition(id) => self.partition(id, cause),
            Command::Heal => self.heal(cause),
            Command::Burst { factor, span } => self.burst(factor, span, cause),
            Command::Policy(policy) => self.balancer.policy = policy,
            Command::Redispatch(on) => self.balancer.redispatch = on,
            Command::Logout(user) => {
                if let Ok(key) = self.leaver(user) {
                    self.log_out(key, cause);
                }
            }
            Command::Replay { user, old } => {
                if let Ok(loot) = self.loot(user, old) {
                    self.replay(loot, cause);
                }
            }
        }
        Ok(())
    }

    /// Whether `command` can be carried out now.
    ///
    /// # Errors
    /// Why not.
    pub fn possible(&self, command: Command) -> Result<(), String> {
        match command.target() {
            Some(Target::Instance(id)) => self.possible_at(command, id),
            Some(Target::Store) => self.possible_at_store(command),
            None => match command {
                Command::Add => self.room_for(1),
                Command::Scale(count) => self.room_for(usize::from(count).saturating_sub(self.present().count())),
                Command::Remove if self.standing().count() <= 1 => Err("the last instance stays".into()),
                Command::Logout(user) => self.leaver(user).map(|_| ()),
                Command::Replay { user, old } => self.loot(user, old).map(|_| ()),
                Command::Deploy if self.deploying() => Err("a deploy is under way already".into()),
                Command::Burst { factor, span } => self.unbearable(factor, span).map_or(Ok(()), Err),
                _ => Ok(()),
            },
        }
    }

    /// Whether so many more instances can be there.
    fn room_for(&self, more: usize) -> Result<(), String> {
        if more > 0 && self.standing().count() + more > usize::from(MOST_INSTANCES) {
            // A dead one can be restarted at any time.
            Err(format!("{MOST_INSTANCES} instances are the most, dead ones included"))
        } else if more > self.numbers_left() {
            Err(format!("there have been {} instances: numbers end at {}", self.instances.len(), InstanceId::MAX))
        } else {
            Ok(())
        }
    }

    fn possible_at(&self, command: Command, id: InstanceId) -> Result<(), String> {
        let Some(instance) = self.instances.get(usize::from(id).wrapping_sub(1)) else {
            return Err(format!("there is no instance {id}; there are 1 to {}", self.instances.len()));
        };
        let is = match instance.health {
            Health::Starting => "still starting",
            Health::Up => "up",
            Health::Draining => "draining",
            Health::Hung => "hung",
            Health::Down => "down",
            Health::Removed => "gone for good",
        };
        let fits = match command {
            Command::Kill(_) => instance.exists() || instance.health == Health::Starting,
            Command::Hang(_) => instance.serves(),
            Command::Slow(..) => instance.exists(),
            Command::Restart(_) => instance.health != Health::Removed,
            Command::Drain(_) if instance.health == Health::Hung => {
                return Err(format!("instance {id} hangs: it cannot finish what it has; restart or kill it"));
            }
            Command::Drain(_) => instance.health == Health::Up,
            Command::Partition(_) if instance.cut => return Err(format!("instance {id} is cut off already")),
            Command::Partition(_) => instance.exists(),
            _ => true,
        };
        if fits { Ok(()) } else { Err(format!("instance {id} is {is}")) }
    }

    fn possible_at_store(&self, command: Command) -> Result<(), String> {
        let Some(store) = &self.store else { return Ok(()) };
        let is = match (store.health, store.failing_over()) {
            (Health::Starting, true) => "down, its replica is about to take over",
            (Health::Starting, false) => "still starting",
            (Health::Hung, _) => "hung",
            _ => "down",
        };
        let fits = match command {
            Command::Kill(_) => matches!(store.health, Health::Up | Health::Hung),
            Command::Hang(_) | Command::Slow(..) => store.health == Health::Up,
            _ => store.health != Health::Starting,
        };
        if fits { Ok(()) } else { Err(format!("the store is {is}")) }
    }

    /// Instances that were not removed and are not about to be.
    pub(super) fn standing(&self) -> impl DoubleEndedIterator<Item = &super::Instance> {
        let stands = |instance: &&super::Instance| {
            instance.health != Health::Removed && instance.drain != Some(DrainPurpose::Remove)
        };
        self.instances.iter().filter(stands)
    }

    /// Those of them that are not dead: they count where somebody asks for a number of instances.
    pub(super) fn present(&self) -> impl DoubleEndedIterator<Item = &super::Instance> {
        self.standing().filter(|instance| instance.health != Health::Down)
    }

    fn slow_instance(&mut self, id: InstanceId, factor: f64, cause: Cause) {
        let event = self.emit(cause, What::Slowed { instance: id, factor });
        let instance = self.instance_mut(id);
        instance.slowness = factor;
        instance.slowed_by = Some(event);
        self.reckon_trouble(id);
    }

    fn slow_store(&mut self, factor: f64, cause: Cause) {
        let event = self.emit(cause, What::Slowed { instance: 0, factor });
        if let Some(store) = &mut self.store {
            store.slowness = factor;
            store.trouble = (factor > 1.0).then_some(event);
        }
        self.reckon_strain();
    }

    fn partition(&mut self, id: InstanceId, cause: Cause) {
        let now = self.now;
        let event = self.emit(cause, What::Partitioned { instance: id, cut: true });
        let instance = self.instance_mut(id);
        instance.cut = true;
        instance.cut_by = Some(event);
        instance.trouble_since = now;
        self.reckon_trouble(id);
    }

    /// Ends partitions, hangs and slowness everywhere; destroys nothing.
    fn heal(&mut self, cause: Cause) {
        for id in 1..=self.instances.len() as InstanceId {
            let was_cut = self.instance(id).cut;
            let hung = self.instance(id).health == Health::Hung;
            if self.instance(id).slowness != 1.0 {
                self.slow_instance(id, 1.0, cause);
            }
            if was_cut {
                self.emit(cause, What::Partitioned { instance: id, cut: false });
                self.instance_mut(id).cut = false;
                self.reckon_trouble(id);
            }
            if hung {
                self.resume_instance(id, cause);
            }
            if (was_cut || hung) && self.instance(id).exists() {
                self.resynchronise(id, cause);
            }
        }
        if let Some(store) = &self.store {
            let (hung, slow) = (store.health == Health::Hung, store.slowness != 1.0);
            if slow {
                self.slow_store(1.0, cause);
            }
            if hung {
                self.resume_store(cause);
            }
        }
        self.unpark_if_up();
    }

    fn unpark_if_up(&mut self) {
        if self.store.as_ref().is_some_and(|store| store.health == Health::Up) {
            self.unpark();
        }
    }

    /// Takes an instance out of service, gently; what follows depends on the purpose.
    pub(super) fn begin_drain(&mut self, id: InstanceId, purpose: DrainPurpose, cause: Cause) {
        let until = self.now.saturating_add(self.plan.drain);
        let cause = self.set_health(id, Health::Draining, until, cause);
        let instance = self.instance_mut(id);
        instance.drain = Some(purpose);
        instance.drain_until = until;
        let incarnation = instance.incarnation;
        instance.belief.draining = true;
        self.balancer.reshaped_by = cause;
        self.forget_idle(id);
        if self.plan.drain_mode == crate::scenario::DrainMode::AtOnce {
            self.deregister(id, cause);
        }
        self.refresh_usable();
        self.agenda.push(until, Next::DrainOver(id, incarnation));
        self.maybe_drained(id);
    }

    /// Whether nothing keeps a draining instance any more.
    fn drained(&self, id: InstanceId) -> bool {
        let instance = self.instance(id);
        let pinned = self.plan.drain_mode == crate::scenario::DrainMode::Pinned && instance.pinned > 0;
        instance.belief.in_flight == 0 && !pinned
    }

    /// Ends a drain early, once nothing is left to protect.
    pub(super) fn maybe_drained(&mut self, id: InstanceId) {
        let instance = self.instance(id);
        if instance.drain.is_some() && self.drained(id) {
            let incarnation = instance.incarnation;
            self.agenda.push(self.now, Next::DrainOver(id, incarnation));
        }
    }

    pub(super) fn drain_over(&mut self, id: InstanceId, incarnation: u32) {
        let instance = self.instance(id);
        let over = self.now >= instance.drain_until || self.drained(id);
        let (Some(purpose), true, true) = (instance.drain, incarnation == instance.incarnation, over) else {
            return;
        };
        let cause = instance.life;
        self.deregister(id, cause);
        match purpose {
            DrainPurpose::Stop => self.stop_instance(id, Health::Down, cause),
            DrainPurpose::Remove => self.stop_instance(id, Health::Removed, cause),
            DrainPurpose::Replace => self.restart_instance(id, cause),
        }
    }

    fn remove_highest(&mut self, cause: Cause) {
        let highest = self.standing().next_back().map(|instance| instance.id);
        if let Some(id) = highest {
            self.remove(id, cause);
        }
    }

    /// Drains an instance and removes it; one that cannot finish what it has, because it is dead or hangs, goes at once.
    pub(super) fn remove(&mut self, id: InstanceId, cause: Cause) {
        if self.instance(id).serves() {
            self.begin_drain(id, DrainPurpose::Remove, cause);
        } else {
            self.deregister(id, cause);
            self.stop_instance(id, Health::Removed, cause);
        }
    }

    fn scale_to(&mut self, count: u16, cause: Cause) {
        let (present, wanted) = (self.present().count(), usize::from(count));
        for _ in present..wanted {
            self.add_instance(self.plan.start, cause);
        }
        let highest = self.present().rev().take(present.saturating_sub(wanted));
        for id in highest.map(|instance| instance.id).collect::<Vec<_>>() {
            self.remove(id, cause);
        }
    }
}

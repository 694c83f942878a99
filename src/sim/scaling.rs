//! What changes the number of instances, or replaces them: rolling deploys, the autoscaler, functions.

use super::instance::DrainPurpose;
use super::session::Cause;
use super::slab::Key;
use super::{Next, World};
use crate::event::{Health, InstanceId, Place, What};
use crate::scenario::ScaleMode;
use crate::units::Nanos;
use std::collections::VecDeque;

/// How far utilisation may be from its target before anything is done (Kubernetes HPA's tolerance).
const TOLERANCE: f64 = 0.1;

/// The state of deploys and scaling.
#[derive(Clone, Default, Debug)]
pub struct Scaling {
    deploy: VecDeque<InstanceId>,
    /// The instance being replaced: it drains, or starts, until it is up.
    replacing: Option<InstanceId>,
    deploy_cause: Cause,
    /// Busy time of all instances at the last decision.
    busy_before: u128,
    /// Recommendations of the last `down_after`.
    recommended: VecDeque<(Nanos, usize)>,
    /// Functions that wait for a request, the last used on top.
    idle: Vec<InstanceId>,
}

impl World {
    pub(super) fn begin_scaling(&mut self) {
        match self.plan.scale_mode {
            ScaleMode::Off => {}
            ScaleMode::Utilisation => self.agenda.push(self.now + self.plan.scale_interval, Next::Autoscale),
            ScaleMode::PerRequest => {
                for id in 1..=self.plan.instances {
                    self.maybe_idle(id);
                }
            }
        }
    }

    pub(super) fn deploying(&self) -> bool {
        self.scaling.replacing.is_some()
    }

    /// Replaces every instance, one by one.
    pub(super) fn begin_deploy(&mut self, cause: Cause) {
        self.scaling.deploy = self.standing().map(|instance| instance.id).collect();
        self.scaling.deploy_cause = cause;
        self.deploy_goes_on();
    }

    /// Takes up the next instance, if the one before is done: up, and known to be.
    pub(super) fn deploy_goes_on(&mut self) {
        if let Some(id) = self.scaling.replacing {
            let instance = self.instance(id);
            let replaced = instance.health == Health::Up && instance.belief.up;
            let gone = matches!(instance.health, Health::Down | Health::Removed);
            if !replaced && !gone {
                return;
            }
            self.scaling.replacing = None;
        }
        let Some(id) = self.scaling.deploy.pop_front() else { return };
        let cause = self.scaling.deploy_cause;
        self.scaling.replacing = Some(id);
        match self.instance(id).health {
            Health::Up => self.begin_drain(id, DrainPurpose::Replace, cause),
            Health::Removed => self.deploy_goes_on(),
            // Whoever is to stop, or to go, is not brought back: the deploy goes on when that is done.
            Health::Draining => {}
            _ => self.restart_instance(id, cause),
        }
    }

    /// Kubernetes' rule: ⌈n · utilisation / target⌉, at once upwards, after a while downwards.
    pub(super) fn autoscale(&mut self) {
        let now = self.now;
        self.agenda.push(now + self.plan.scale_interval, Next::Autoscale);
        let busy: u128 = self.instances.iter().map(|instance| instance.busy_until(now)).sum();
        let spent = busy - self.scaling.busy_before;
        self.scaling.busy_before = busy;
        let up = self.instances.iter().filter(|instance| instance.serves()).count();
        let capacity = self.plan.scale_interval.0 as f64 * f64::from(self.plan.workers) * up.max(1) as f64;
        let ratio = spent as f64 / capacity / self.plan.scale_target;
        let wanted = if (ratio - 1.0).abs() <= TOLERANCE { up } else { (up as f64 * ratio - 1e-9).ceil() as usize };
        let wanted = wanted.clamp(self.plan.scale_min.into(), self.plan.scale_max.into());
        self.scaling.recommended.push_back((now, wanted));
        let horizon = now.since(self.plan.scale_down_after);
        while self.scaling.recommended.front().is_some_and(|&(at, _)| at < horizon) {
            self.scaling.recommended.pop_front();
        }
        let present = self.present().count();
        for _ in (present..wanted).take(self.numbers_left()) {
            self.add_instance(self.plan.start, Cause::default());
        }
        let least = self.scaling.recommended.iter().map(|&(_, wanted)| wanted).max().unwrap_or(wanted);
        if now >= self.plan.scale_down_after {
            for _ in least..present {
                let up = self.standing().filter(|instance| instance.health == Health::Up).map(|instance| instance.id);
                let Some(id) = up.min_by_key(|&id| (self.sessions_on(id), id)) else { break };
                self.remove(id, Cause::default());
            }
        }
    }

    /// How many sessions an instance has: those that are tied to it and, where nobody is, those whose state it keeps.
    fn sessions_on(&self, id: InstanceId) -> (u32, usize) {
        let place = Place::Instance(id);
        let kept = self.sessions.keys().into_iter().filter(|&key| self.sessions[key].copy_at(place).is_some());
        (self.instance(id).pinned, kept.count())
    }

    /// One request, one function: an idle one, else a new one that starts for it.
    pub(super) fn route_to_function(&mut self, key: Key) {
        if let Some(id) = self.scaling.idle.pop() {
            self.instance_mut(id).idle_spell += 1;
            self.route_to(key, id);
            return;
        }
        if self.present().count() >= usize::from(self.plan.scale_max) || self.numbers_left() == 0 {
            let strain = self.strain;
            let attempt = &mut self.attempts[key];
            attempt.status = Some(crate::event::Status::Overload);
            attempt.cause = strain.unwrap_or(attempt.cause);
            self.return_reply(key);
            return;
        }
        let cause = self.attempts[key].cause;
        let id = self.add_instance(self.plan.cold_start, cause);
        self.instance_mut(id).started_for = Some(key);
        let attempt = &self.attempts[key];
        let what = What::Held { request: attempt.request, session: attempt.id, attempt: attempt.number, instance: id };
        self.attempts[key].cause = self.emit(cause, what);
    }

    /// A function has started; its request goes there.
    pub(super) fn function_ready(&mut self, id: InstanceId, attempt: Key) {
        let cause = self.instance(id).life;
        self.register(id, cause);
        if self.attempts.get(attempt).is_some() {
            self.route_to(attempt, id);
        }
    }

    /// A function that has nothing to do waits for the next request, but not for ever.
    pub(super) fn maybe_idle(&mut self, id: InstanceId) {
        if self.plan.scale_mode != ScaleMode::PerRequest {
            return;
        }
        let until = self.now.saturating_add(self.plan.idle_stop);
        let instance = self.instance_mut(id);
        if instance.serves() && instance.drain.is_none() {
            instance.idle_spell += 1;
            let spell = instance.idle_spell;
            self.forget_idle(id);
            self.scaling.idle.push(id);
            self.agenda.push(until, Next::IdleStop(id, spell));
        }
    }

    pub(super) fn idle_stop(&mut self, id: InstanceId, spell: u32) {
        let spare = self.present().count() > usize::from(self.plan.scale_min);
        let instance = self.instance(id);
        if spare && instance.idle_spell == spell && instance.serves() {
            let cause = instance.life;
            self.deregister(id, cause);
            self.stop_instance(id, Health::Removed, cause);
        }
    }

    /// A function that is not there any more takes no request.
    pub(super) fn forget_idle(&mut self, id: InstanceId) {
        self.scaling.idle.retain(|&idle| idle != id);
    }
}

//! What an instance does: it takes a request in, has a worker serve it, and replies.
//!
//! ```text
//!   arrive ─▶ queue ─▶ worker: look the state up ─▶ serve ─▶ keep the state ─▶ reply
//!                      (held all the while, also when the store or a peer is asked)
//! ```

use super::client::{Attempt, Stage};
use super::draw::Purpose;
use super::instance::Job;
use super::plan::SMALL_MESSAGE_BYTES;
use super::session::Cause;
use super::slab::Key;
use super::{Next, World};
use crate::event::{Health, InstanceId, SessionId, Status, What, Work};
use crate::units::Nanos;

impl World {
    /// A request reaches an instance.
    pub(super) fn at_instance(&mut self, key: Key) {
        let id = self.attempts[key].instance;
        let instance = self.instance(id);
        match instance.health {
            Health::Up | Health::Draining => self.accept(key, id),
            Health::Hung => {
                let instance = self.instance_mut(id);
                instance.frozen.push((Nanos::ZERO, Next::AtInstance(key)));
                instance.knocking += 1;
                let depth = instance.waiting + instance.knocking;
                self.tell(key, |attempt| queued(attempt, id, depth));
            }
            _ => self.refuse(key, id),
        }
    }

    fn refuse(&mut self, key: Key, id: InstanceId) {
        let attempt = &self.attempts[key];
        let hop = self.hop(&self.plan.backend_hop, Purpose::BackendHop, attempt.id, || attempt.draw_key() << 4 | 15);
        let arrives = self.now + hop;
        let (request, session, attempt) = (attempt.request, attempt.id, attempt.number);
        let cause = self.instance(id).trouble.unwrap_or(self.attempts[key].cause);
        let what = What::Refused { request, session, attempt, instance: id, arrives };
        self.attempts[key].cause = self.emit(cause, what);
        self.proceed(arrives, Next::RefusalAtBalancer(key));
    }

    fn accept(&mut self, key: Key, id: InstanceId) {
        let limit = self.plan.header_limit.unwrap_or(u32::MAX);
        if self.attempts[key].context > limit {
            // Nothing makes a context too large but what its visit wrote, whoever may have refused it before.
            if let Some(session) = self.attempts[key].session.and_then(|session| self.sessions.get(session)) {
                self.attempts[key].cause = session.cause;
            }
            self.reply(key, Status::TooLarge);
            return;
        }
        // Whoever refused it before does not keep it any more.
        self.attempts[key].obstacle = None;
        let queue = self.plan.queue;
        let workers = self.plan.workers;
        let instance = self.instance_mut(id);
        if instance.busy < workers && instance.queue.is_empty() {
            self.begin_job(id, Job::Serve(key));
        } else if (instance.waiting as usize) < queue {
            self.line_up(id, Job::Serve(key));
            let instance = self.instance_mut(id);
            instance.waiting += 1;
            let depth = instance.waiting;
            self.tell(key, |attempt| queued(attempt, id, depth));
        } else {
            // Where nobody may wait, there is no queue that could have begun before.
            let strain = if queue == 0 { self.strain } else { None };
            self.attempts[key].cause = self.blockage(id).or(strain).unwrap_or(self.attempts[key].cause);
            self.reply(key, Status::Overload);
        }
    }

    /// What keeps an instance from its work: its own trouble, what its workers wait for in vain, or a queue that began while, or
    /// just before, something kept the service from its work. That is a fault's doing until it is gone, though the fault may be over.
    pub(super) fn blockage(&self, id: InstanceId) -> Option<Cause> {
        let instance = self.instance(id);
        let obstacle = || instance.serving.iter().find_map(|&key| self.attempts[key].obstacle);
        instance.trouble.or_else(obstacle).or(instance.backlog)
    }

    /// A job waits for a worker.
    fn line_up(&mut self, id: InstanceId, job: Job) {
        let (strain, workers) = (self.strain, self.plan.workers);
        let now = self.now;
        let instance = self.instance_mut(id);
        if instance.queue.is_empty() && instance.busy >= workers {
            instance.queue_since = now;
            instance.backlog = strain.or(instance.backlog);
        }
        instance.queue.push_back(job);
    }

    /// What keeps an instance from its work, or did so since: what is over by now was in the way of whoever waited then.
    pub(super) fn held_up_by(&self, id: InstanceId, since: Nanos) -> Option<Cause> {
        let past = || self.instance(id).unblocked.filter(|&(until, _)| until >= since).map(|(_, cause)| cause);
        self.blockage(id).or_else(past)
    }

    /// What stands in a worker's way, if something does, was until now in the way of its instance, too.
    pub(super) fn was_held_up(&mut self, key: Key) {
        let (now, attempt) = (self.now, &self.attempts[key]);
        if let Some(obstacle) = attempt.obstacle {
            let id = attempt.instance;
            self.instance_mut(id).unblocked = Some((now, obstacle));
        }
    }

    /// A worker does not wait any longer for what stood in its way.
    pub(super) fn unblock(&mut self, key: Key) {
        self.was_held_up(key);
        self.attempts[key].obstacle = None;
    }

    /// Work that no client waits in line for: it is queued whatever the queue's bound.
    pub(super) fn take_on(&mut self, id: InstanceId, job: Job) {
        let instance = self.instance_mut(id);
        match job {
            Job::Apply(_) => instance.applies.push_back(job),
            _ => self.line_up(id, job),
        }
        self.dispatch(id);
    }

    /// A worker waits until its peers have the write; meanwhile it may apply what they have sent.
    pub(super) fn wait_for_peers(&mut self, id: InstanceId) {
        self.instance_mut(id).blocked += 1;
        self.dispatch(id);
    }

    fn begin_job(&mut self, id: InstanceId, job: Job) {
        let now = self.now;
        let instance = self.instance_mut(id);
        instance.account_busy(now);
        instance.busy += 1;
        let (slowness, life) = (instance.slowness, instance.life_number());
        match job {
            Job::Serve(key) => {
                instance.serving.push(key);
                let attempt = &mut self.attempts[key];
                attempt.worker = true;
                attempt.stage = Stage::Lookup;
                self.tell(key, |attempt| What::Started {
                    request: attempt.request,
                    session: attempt.id,
                    attempt: attempt.number,
                    instance: id,
                });
                self.look_up(key);
            }
            Job::Apply(transfer) => {
                let cause = self.transfers[transfer].cause();
                self.emit(cause, What::Occupied { instance: id, work: Work::Apply, begun: true });
                let takes = self.plan.apply.scaled(slowness);
                self.agenda.push(now + takes, Next::Applied(transfer, id));
            }
            Job::Handshake(session, nth) => {
                let cause = self.connects_because(session);
                self.emit(cause, What::Occupied { instance: id, work: Work::Handshake, begun: true });
                let takes = self.plan.handshake.scaled(slowness);
                self.agenda.push(now + takes, Next::HandshakeDone(session, id, life, nth));
            }
        }
    }

    /// A worker is done with what no request held it for.
    pub(super) fn chore_done(&mut self, id: InstanceId, work: Work, cause: Cause) {
        self.emit(cause, What::Occupied { instance: id, work, begun: false });
        self.free_worker(id);
    }

    /// A worker is done with its job and takes up the next.
    pub(super) fn free_worker(&mut self, id: InstanceId) {
        let now = self.now;
        let instance = self.instance_mut(id);
        instance.account_busy(now);
        instance.busy -= 1;
        self.dispatch(id);
    }

    /// Gives free workers work. Peers' writes come first and may also use workers that only wait for peers:
    /// else instances that wait for one another would stand still in a circle.
    fn dispatch(&mut self, id: InstanceId) {
        let workers = self.plan.workers;
        let instance = self.instance_mut(id);
        // A job may be over as soon as it begins (an unknown session), and frees its worker from within this
        // loop; that call must not dispatch on its own, or a long queue of such jobs would nest as deep.
        if std::mem::replace(&mut instance.dispatching, true) {
            return;
        }
        let waited = !instance.queue.is_empty();
        loop {
            let instance = self.instance_mut(id);
            let job = if instance.busy < workers + instance.blocked && !instance.applies.is_empty() {
                instance.applies.pop_front()
            } else if instance.busy < workers {
                instance.queue.pop_front()
            } else {
                None
            };
            let Some(job) = job else { break };
            if matches!(job, Job::Serve(_)) {
                instance.waiting -= 1;
            }
            self.begin_job(id, job);
        }
        let now = self.now;
        let instance = self.instance_mut(id);
        instance.dispatching = false;
        if instance.queue.is_empty()
            && let Some(cause) = instance.backlog.take()
            // Of a crowd that did not come nobody had to wait.
            && waited
        {
            instance.unblocked = Some((now, cause));
        }
    }

    /// Serves the request itself, after its state was found; `extra_ns` is what the home of state costs.
    pub(super) fn serve(&mut self, key: Key, extra_ns: f64) {
        let attempt = &mut self.attempts[key];
        attempt.stage = Stage::Service;
        let (id, demand) = (attempt.instance, attempt.demand);
        let slowness = self.instance(id).slowness;
        let takes = Nanos(demand.0 + (extra_ns + 0.5) as u64).scaled(slowness);
        self.agenda.push(self.now + takes, Next::Served(key));
    }

    /// What a request demands of a worker.
    pub(super) fn demand(&self, session: SessionId, ordinal: u32, login: bool) -> Nanos {
        // A re-login draws by its number, so that it does not depend on what came before it.
        let ordinal = u64::from(ordinal);
        if !login {
            return self.plan.service.draw(&self.draws, Purpose::Service, session, ordinal);
        }
        match self.plan.login {
            Some(login) => login.draw(&self.draws, Purpose::Login, session, ordinal),
            None => {
                let demand = self.plan.service.draw(&self.draws, Purpose::Login, session, ordinal);
                demand.scaled(self.plan.login_factor)
            }
        }
    }

    pub(super) fn served(&mut self, key: Key) {
        if !self.working(key) || self.freezes(self.attempts[key].instance, Next::Served(key)) {
            return;
        }
        let attempt = &mut self.attempts[key];
        attempt.stage = Stage::Save;
        if attempt.logout {
            self.sign_out(key);
        } else if attempt.login || attempt.write > 0 {
            self.save(key);
        } else {
            let status = attempt.status.unwrap_or(Status::Ok);
            self.reply(key, status);
        }
    }

    /// The reply leaves; a worker that was held for it is free.
    pub(super) fn reply(&mut self, key: Key, status: Status) {
        let attempt = &mut self.attempts[key];
        attempt.status = Some(status);
        attempt.replied = self.now;
        let id = attempt.instance;
        let worker = std::mem::take(&mut attempt.worker);
        let body = if status.code() == 200 { self.plan.response_bytes } else { SMALL_MESSAGE_BYTES };
        let attempt = &self.attempts[key];
        let bytes = body.saturating_add(attempt.new_context);
        let hop = self.hop(&self.plan.backend_hop, Purpose::BackendHop, attempt.id, || attempt.draw_key() << 4 | 14);
        let arrives = self.leave_instance(id, bytes, hop);
        self.tell(key, |attempt| What::Replied {
            request: attempt.request,
            session: attempt.id,
            attempt: attempt.number,
            instance: id,
            status,
            worker,
            arrives,
            bytes,
        });
        if worker {
            if std::mem::take(&mut self.attempts[key].blocked) {
                self.instance_mut(id).blocked -= 1;
            }
            let serving = &mut self.instance_mut(id).serving;
            if let Some(at) = serving.iter().position(|&other| other == key) {
                serving.remove(at);
            }
            self.free_worker(id);
        }
        self.proceed(arrives, Next::ReplyAtBalancer(key));
    }

    /// Whether a worker still holds this attempt; if not, what was scheduled for it inside its process is void.
    pub(super) fn working(&self, key: Key) -> bool {
        self.attempts.get(key).is_some_and(|attempt| attempt.worker)
    }
}

/// An attempt waits in an instance's queue.
const fn queued(attempt: &Attempt, instance: InstanceId, depth: u32) -> What {
    What::Queued { request: attempt.request, session: attempt.id, attempt: attempt.number, instance, depth }
}

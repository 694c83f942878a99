//! The session store: one queue, a few workers, perhaps a disk and a replica.
//!
//! ```text
//!   instance ── GET/SET ──▶ queue ─▶ worker ──▶ answer          write ─▶ replica (after its lag)
//!      ╰─ waits, a worker held, up to store.timeout_ms                ╰▶ disk (always, or once a second)
//! ```
//!
//! To a dead store the instances try to connect until their time is up, and go on as soon as a replica has taken over.

mod life;

use super::client::Stage;
use super::draw::Purpose;
use super::logout::Revoked;
use super::plan::{Plan, SMALL_MESSAGE_BYTES};
use super::session::{Cause, Copy};
use super::slab::Key;
use super::{Next, World};
use crate::event::{Ask, Health, InstanceId, Place, SessionId, Status, What};
use crate::scenario::Persistence;
use crate::units::Nanos;
use std::collections::VecDeque;

/// One operation on the store.
#[derive(Clone, Default, Debug)]
pub struct Operation {
    attempt: Option<Key>,
    ask: Option<Ask>,
    id: SessionId,
    instance: InstanceId,
    /// The attempt does not wait for it any more.
    abandoned: bool,
    /// The store had no room for it.
    rejected: bool,
    found: bool,
    phase: Phase,
}

/// Where an operation is.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
enum Phase {
    #[default]
    OnTheWay,
    Inside,
    Parked,
    Answered,
}

/// The store process, and what its clients keep for it.
#[derive(Clone, Debug)]
pub struct Store {
    pub health: Health,
    pub incarnation: u32,
    pub slowness: f64,
    busy: u32,
    queue: VecDeque<Key>,
    /// Operations of clients that cannot reach it, in order.
    parked: Vec<Key>,
    frozen: Vec<(Nanos, Next)>,
    hung_since: Nanos,
    /// Whether there is a replica that could take over.
    pub replica: bool,
    /// Whether it is about to.
    failing_over: bool,
    dirty: Vec<Key>,
    /// States that were destroyed and are still on its disk: by visit and login.
    pub deleted: Vec<(SessionId, u32)>,
    /// The denylist.
    pub revoked: Vec<Revoked>,
    pub trouble: Option<Cause>,
    life: Cause,
    /// When its line is free again.
    out_free: Nanos,
}

impl Store {
    pub fn new(plan: &Plan) -> Self {
        Self {
            health: Health::Up,
            incarnation: 1,
            slowness: 1.0,
            busy: 0,
            queue: VecDeque::new(),
            parked: Vec::new(),
            frozen: Vec::new(),
            hung_since: Nanos::ZERO,
            replica: plan.replica,
            failing_over: false,
            dirty: Vec::new(),
            deleted: Vec::new(),
            revoked: Vec::new(),
            trouble: None,
            life: Cause::default(),
            out_free: Nanos::ZERO,
        }
    }
}

impl Store {
    /// Its last change of health.
    pub const fn life(&self) -> Cause {
        self.life
    }

    /// About how many bytes of memory a clone of it takes elsewhere.
    pub fn bytes(&self) -> usize {
        let keys = self.queue.len() + self.parked.len() + self.dirty.len();
        keys * size_of::<Key>()
            + size_of_val(self.frozen.as_slice())
            + size_of_val(self.deleted.as_slice())
            + size_of_val(self.revoked.as_slice())
    }

    /// Whether its replica is about to take over.
    pub const fn failing_over(&self) -> bool {
        self.failing_over
    }
}

impl World {
    pub(super) fn the_store(&mut self) -> &mut Store {
        self.store.as_mut().expect("only worlds with a store ask it")
    }

    /// An instance asks the store, and its worker waits.
    pub(super) fn ask_store(&mut self, key: Key, ask: Ask) {
        let attempt = &self.attempts[key];
        let (id, instance) = (attempt.id, attempt.instance);
        let (operation, slot) = self.operations.take();
        *slot = Operation { attempt: Some(key), ask: Some(ask), id, instance, ..Operation::default() };
        let arrives = self.send_to_store(key, ask);
        if let Some(timeout) = self.plan.store_timeout {
            self.agenda.push(self.now.saturating_add(timeout), Next::StoreTimeout(operation));
        }
        self.proceed(arrives, Next::AtStore(operation));
    }

    /// What an attempt asks leaves its instance, for the first time or again; when it is there.
    pub(super) fn send_to_store(&mut self, key: Key, ask: Ask) -> Nanos {
        let attempt = &self.attempts[key];
        let (id, request, instance) = (attempt.id, attempt.request, attempt.instance);
        let draw_key = attempt.draw_key() << 3 | draw_number(ask) << 1;
        let bytes = match ask {
            Ask::Set => self.size_of_set(key),
            _ => SMALL_MESSAGE_BYTES,
        };
        let hop = self.hop(&self.plan.store_hop, Purpose::StoreHop, id, || draw_key);
        let arrives = self.leave_instance(instance, bytes, hop);
        let what = What::Asked { request, session: id, ask, instance, peer: 0, arrives, bytes };
        self.tell(key, |_| what);
        arrives
    }

    /// A SET carries the whole state.
    fn size_of_set(&self, key: Key) -> u32 {
        let attempt = &self.attempts[key];
        let added = if attempt.login { self.plan.state_bytes } else { self.growth(attempt.id, attempt.write) };
        // Where a state has a limit, what is new displaces what is old.
        let state = attempt.state_bytes.saturating_add(added).min(self.plan.state_limit);
        SMALL_MESSAGE_BYTES.saturating_add(state)
    }

    pub(super) fn at_store(&mut self, key: Key) {
        let Operation { attempt, instance, abandoned, .. } = self.operations[key];
        let limit = self.plan.store_queue;
        let workers = self.plan.store_workers;
        let cut = self.instance(instance).cut;
        let obstacle = if cut { self.cut_off_by(instance) } else { self.the_store().trouble };
        if let (Some(attempt), Some(obstacle)) = (attempt, obstacle)
            && self.working(attempt)
        {
            self.attempts[attempt].obstacle = Some(obstacle);
        }
        let store = self.the_store();
        if cut || matches!(store.health, Health::Down | Health::Starting) {
            if abandoned {
                self.operations.free(key);
            } else {
                self.park(key);
            }
        } else if store.health == Health::Hung {
            store.frozen.push((Nanos::ZERO, Next::AtStore(key)));
            self.operations[key].phase = Phase::Inside;
        } else if store.busy < workers {
            self.begin_operation(key);
        } else if store.queue.len() < limit {
            store.queue.push_back(key);
            self.operations[key].phase = Phase::Inside;
        } else {
            self.operations[key].rejected = true;
            self.answer_from_store(key, SMALL_MESSAGE_BYTES);
        }
    }

    fn begin_operation(&mut self, key: Key) {
        let store = self.the_store();
        store.busy += 1;
        let (slowness, incarnation) = (store.slowness, store.incarnation);
        self.operations[key].phase = Phase::Inside;
        let Operation { id, attempt, ask, .. } = self.operations[key];
        let ordinal = attempt.and_then(|attempt| self.attempts.get(attempt)).map_or(0, super::Attempt::draw_key);
        let draw_key = ordinal << 3 | ask.map_or(0, draw_number);
        let takes = self.plan.store_service.draw(&self.draws, Purpose::StoreService, id, draw_key).scaled(slowness);
        self.agenda.push(self.now + takes, Next::StoreServed(key, incarnation));
    }

    pub(super) fn store_served(&mut self, key: Key, incarnation: u32) {
        if self.store_stands_still(incarnation, Next::StoreServed(key, incarnation)) {
            return;
        }
        let bytes = self.operate(key);
        let store = self.the_store();
        store.busy -= 1;
        if let Some(next) = store.queue.pop_front() {
            self.begin_operation(next);
        }
        self.answer_from_store(key, bytes);
    }

    /// What the operation does to the store, and the size of its answer.
    fn operate(&mut self, key: Key) -> u32 {
        let Operation { attempt, ask, .. } = self.operations[key];
        let Some(attempt) = attempt.filter(|&attempt| self.attempts.get(attempt).is_some()) else {
            return SMALL_MESSAGE_BYTES;
        };
        let session = self.session_of(attempt);
        match ask {
            Some(Ask::Get) if !self.working(attempt) => {}
            Some(Ask::Get) => {
                let judged = session.is_some_and(|session| self.judge(attempt, session, Place::Store));
                let found = judged || self.finds_orphan(attempt, Place::Store);
                self.operations[key].found = found;
                if let (Some(session), true) = (session, found)
                    && let Some(copy) = self.sessions[session].copy_at(Place::Store)
                {
                    let Copy { writes, bytes, .. } = copy.clone();
                    self.attempts[attempt].state = writes;
                    return SMALL_MESSAGE_BYTES.saturating_add(bytes);
                }
                if found {
                    return SMALL_MESSAGE_BYTES.saturating_add(self.attempts[attempt].state_bytes);
                }
            }
            Some(ask @ (Ask::Set | Ask::Delete | Ask::Revoke)) => {
                let said = (self.attempts[attempt].cause, self.attempts[attempt].status);
                match ask {
                    Ask::Set => self.set(attempt, session),
                    Ask::Delete => self.delete_from_store(attempt),
                    _ => self.revoke(attempt),
                }
                if !self.working(attempt) {
                    // The instance did not wait for it: what it has replied stands.
                    (self.attempts[attempt].cause, self.attempts[attempt].status) = said;
                }
            }
            _ => self.operations[key].found = !self.is_revoked(attempt),
        }
        SMALL_MESSAGE_BYTES
    }

    fn set(&mut self, attempt: Key, session: Option<Key>) {
        self.keep(attempt, Place::Store);
        let Some(session) = session else { return };
        let write = self.attempts[attempt].write;
        let cause = self.attempts[attempt].cause;
        let Some(copy) = self.sessions[session].copy_at(Place::Store) else { return };
        let (writes, bytes) = (copy.writes.clone(), copy.bytes);
        if self.the_store().replica {
            self.send_to_replica(session, &writes, write, bytes, cause);
        }
        match self.plan.persistence {
            Persistence::None => {}
            Persistence::Always => {
                self.store_copy(session, Place::Disk, &writes, cause);
            }
            Persistence::Everysec => self.the_store().dirty.push(session),
        }
        self.make_room(Place::Store, cause);
    }

    fn answer_from_store(&mut self, key: Key, bytes: u32) {
        let Operation { attempt, ask, id, instance, .. } = self.operations[key];
        let waiting = attempt.filter(|&attempt| self.working(attempt));
        let (Some(attempt), Some(ask)) = (waiting, ask) else {
            self.operations.free(key);
            return;
        };
        if let Some(obstacle) = self.cut_off_by(instance) {
            // There is no way back; once there is, the instance asks again.
            self.attempts[attempt].obstacle = Some(obstacle);
            self.park(key);
            return;
        }
        self.operations[key].phase = Phase::Answered;
        let draw_key = self.attempts[attempt].draw_key() << 3 | draw_number(ask) << 1 | 1;
        let hop = self.hop(&self.plan.store_hop, Purpose::StoreHop, id, || draw_key);
        let (now, takes) = (self.now, self.plan.backend_line.occupied(bytes));
        let arrives = Self::transmit(now, &mut self.the_store().out_free, takes) + hop;
        let request = self.attempts[attempt].request;
        let what = What::Answered { request, session: id, ask, instance, peer: 0, arrives, bytes };
        self.tell(attempt, |_| what);
        self.proceed(arrives, Next::StoreAnswer(key));
    }

    pub(super) fn store_answer(&mut self, key: Key) {
        let Operation { attempt, ask, abandoned, rejected, found, instance, .. } = self.operations[key];
        let waiting = attempt.filter(|&attempt| !abandoned && self.working(attempt));
        let Some(attempt) = waiting else {
            self.operations.free(key);
            return;
        };
        if self.unheard(instance, Next::StoreAnswer(key)) {
            return;
        }
        self.operations.free(key);
        self.unblock(attempt);
        if rejected {
            self.reply(attempt, Status::StoreUnavailable);
            return;
        }
        match ask {
            Some(Ask::Get) if found => self.serve(attempt, 0.0),
            Some(Ask::Get) => {
                self.blame_loss(attempt);
                self.reply(attempt, Status::Unknown);
            }
            Some(Ask::Set | Ask::Delete | Ask::Revoke) => self.reply_served(attempt),
            Some(Ask::Denylist) if !found => self.reply(attempt, Status::Unknown),
            _ => self.serve_token(attempt),
        }
    }

    /// The instance waited long enough for the store.
    pub(super) fn store_timeout(&mut self, operation: Key) {
        let waiting = self.operations.get(operation).filter(|op| !op.abandoned).and_then(|op| op.attempt);
        let Some(attempt) = waiting.filter(|&attempt| self.working(attempt)) else { return };
        if self.freezes(self.attempts[attempt].instance, Next::StoreTimeout(operation)) {
            return;
        }
        self.operations[operation].abandoned = true;
        let parked = &mut self.the_store().parked;
        if let Some(index) = parked.iter().position(|&other| other == operation) {
            parked.remove(index);
            self.operations.free(operation);
        }
        if let Some(obstacle) = self.attempts[attempt].obstacle {
            self.attempts[attempt].cause = obstacle;
        }
        debug_assert_ne!(self.attempts[attempt].stage, Stage::Service, "nobody waits for the store while serving");
        self.reply(attempt, Status::StoreUnavailable);
    }
}

/// Tells the draws of a request's operations apart; no home has both of the last two.
const fn draw_number(ask: Ask) -> u64 {
    match ask {
        Ask::Delete | Ask::Revoke => 3,
        _ => ask as u64,
    }
}

//! Users and their clients: what they ask, how long they wait, when they try again, when they give up.
//!
//! ```text
//!   think ─▶ issue ─▶ send ─▶ … ─▶ reply ─▶ end ─▶ think        a time-out or a failure: back off, send again
//!                                            ╰─ 401, 431 ─▶ log in again at once, then think
//! ```

use super::agenda::Lane;
use super::draw::Purpose;
use super::replay::Theft;
use super::session::{Cause, Open};
use super::sizes::base64;
use super::slab::Key;
use super::writes::WriteSet;
use super::{Next, World};
use crate::event::{InstanceId, Leave, Outcome, Place, RequestId, RequestKind, SessionId, Status, Wait, What};
use crate::scenario::{Home, Transport};
use crate::units::Nanos;

/// When a client's line is free again, each way; a visit's lies at the number of its slot.
#[derive(Clone, Copy, Default, Debug)]
pub struct Wire {
    pub up_free: Nanos,
    pub down_free: Nanos,
}

/// One attempt of a client to get a request served, from the client's wire until its reply is back.
#[derive(Clone, Default, Debug)]
pub struct Attempt {
    pub session: Option<Key>,
    /// The request that it is for, among [`World::requests`]; nobody's has none.
    pub open: Option<Key>,
    pub id: SessionId,
    pub request: RequestId,
    pub number: u8,
    pub ordinal: u32,
    pub login: bool,
    /// Whether it asks the service to forget the state.
    pub logout: bool,
    /// What there is to know of it if it is nobody's: a copied token or cookie.
    pub theft: Option<Theft>,
    /// What it demands of a worker.
    pub demand: Nanos,
    /// Of the session state it asks for or creates.
    pub epoch: u32,
    pub write: u32,
    /// The state that the token brings along, or that was found.
    pub state: WriteSet,
    pub state_bytes: u32,
    /// Token or cookie content on the wire.
    pub context: u32,
    /// Token or cookie content of the reply.
    pub new_context: u32,
    /// When its reply left the instance: a new token says that it is valid from then on.
    pub replied: Nanos,
    pub up_bytes: u32,
    /// The instance it is with; 0: none.
    pub instance: InstanceId,
    /// The instance its cookie asked for.
    pub asked: InstanceId,
    /// Instances that refused it.
    pub refused_by: Vec<InstanceId>,
    pub worker: bool,
    pub status: Option<Status>,
    /// Peers whose acknowledgement it waits for.
    pub awaited: u32,
    /// Whether its worker does nothing but wait for them.
    pub blocked: bool,
    /// How often its worker began to wait for peers: what belongs to an earlier time is void.
    pub asks: u32,
    /// The peer that was asked for the state last; 0: none.
    pub fetching_from: InstanceId,
    /// Peers that were asked for the state in vain; 0: none.
    pub fetched_from: [InstanceId; 2],
    /// Where its worker is in its work.
    pub stage: Stage,
    /// What stands in its way, if something does: a hang, a dead store.
    pub obstacle: Option<Cause>,
    pub cause: Cause,
}

/// What a worker does for an attempt.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Stage {
    /// Not with a worker, or looking for the state.
    #[default]
    Lookup,
    /// The service itself.
    Service,
    /// Keeping the new state.
    Save,
}

impl Attempt {
    /// The list of a former attempt in the same place, emptied: the next one needs no memory for its own.
    pub fn emptied_list(&mut self) -> Vec<InstanceId> {
        let mut refused_by = std::mem::take(&mut self.refused_by);
        refused_by.clear();
        refused_by
    }

    /// A number that tells this attempt's draws from those of every other of its visit.
    pub fn draw_key(&self) -> u64 {
        u64::from(self.ordinal) << 16
            | u64::from(self.login) << 15
            // A follow-up is issued once, and draws the same in every arm, however often its user logged in.
            | u64::from(if self.login { self.epoch & 0x7F } else { 0 }) << 8
            | u64::from(self.number)
    }
}

impl World {
    /// The visit's next planned request, or its end.
    pub(super) fn issue_next(&mut self, key: Key) {
        let session = &self.sessions[key];
        if session.ordinal >= session.planned || self.now >= session.leaves {
            self.leave(key, Leave::Completed, session.cause);
        } else if session.ordinal == 0 {
            self.issue(key, RequestKind::Login, session.cause);
        } else if session.logged_in {
            self.issue(key, RequestKind::Followup, session.cause);
        } else {
            self.issue(key, RequestKind::Relogin, session.cause);
        }
    }

    pub(super) fn think_over(&mut self, key: Key) {
        if let Some(session) = self.sessions.get(key)
            && session.open.is_none()
        {
            self.issue_next(key);
        }
    }

    /// A chair's visit is over; an open request is still waited for.
    pub(super) fn visit_ends(&mut self, key: Key) {
        if let Some(session) = self.sessions.get(key)
            && session.open.is_none()
        {
            self.leave(key, Leave::Completed, session.cause);
        }
    }

    /// A user asks.
    pub(super) fn issue(&mut self, key: Key, purpose: RequestKind, cause: Cause) {
        self.last_request += 1;
        let request = self.last_request;
        let session = &self.sessions[key];
        let (id, ordinal) = (session.id, session.ordinal);
        let writes = purpose == RequestKind::Followup && self.writes(id, ordinal);
        let session = &mut self.sessions[key];
        let ordinal = if purpose == RequestKind::Relogin { ordinal.saturating_sub(1) } else { ordinal };
        if purpose != RequestKind::Relogin {
            session.ordinal += 1;
        }
        let mut write = 0;
        if writes {
            session.last_write += 1;
            write = session.last_write;
        }
        let next = session.ordinal;
        // Drawn long before they are needed: each is a chain of multiplications that nothing else has to wait for here.
        let demand = self.demand(id, ordinal, purpose.logs_in());
        let think = self.plan.think.draw(&self.draws, Purpose::Think, id, next.into());
        let cause = self.emit(cause, What::Issued { request, session: id, ordinal, purpose, write });
        let issued = self.now;
        let open = self.requests.insert(Open {
            request,
            purpose,
            ordinal,
            write,
            issued,
            demand,
            think,
            attempt: 0,
            backing_off: false,
            served_by: 0,
            cause,
        });
        self.sessions[key].open = Some(open);
        self.send(key, open, cause);
    }

    /// The next attempt at an open request leaves the client.
    fn send(&mut self, key: Key, open_key: Key, cause: Cause) {
        if self.requests[open_key].purpose.logs_in() {
            self.forget_login(key, cause);
        }
        let (now, plan) = (self.now, &self.plan);
        let session = &mut self.sessions[key];
        let open = &mut self.requests[open_key];
        open.attempt += 1;
        open.backing_off = false;
        let login = open.purpose.logs_in();
        let token = session.copy_at(Place::Client);
        let (state, state_bytes) = token.map_or((WriteSet::default(), 0), |copy| (copy.writes.clone(), copy.bytes));
        let context = match plan.home {
            _ if login => 0,
            Home::Token => plan.token_bytes(state_bytes),
            _ => plan.id_bytes,
        };
        let (attempt_key, attempt) = self.attempts.take();
        *attempt = Attempt {
            session: Some(key),
            open: Some(open_key),
            id: session.id,
            request: open.request,
            number: open.attempt,
            ordinal: open.ordinal,
            login,
            logout: open.purpose == RequestKind::Logout,
            demand: open.demand,
            epoch: session.epoch,
            write: open.write,
            state,
            state_bytes,
            context,
            up_bytes: plan.request_bytes.saturating_add(context),
            refused_by: attempt.emptied_list(),
            cause,
            ..Attempt::default()
        };
        if let Some(timeout) = plan.client_timeout {
            self.agenda.push_lane(Lane::Timeout, now + timeout, Next::Timeout(attempt_key));
        }
        if self.must_connect(key) {
            self.wait_for_line(key, attempt_key);
        } else {
            self.depart(key, attempt_key);
        }
    }

    /// An attempt goes on the wire.
    pub(super) fn depart(&mut self, key: Key, attempt_key: Key) {
        let (session, attempt) = (&mut self.sessions[key], &self.attempts[attempt_key]);
        let redundant = attempt.context.min(session.sent_context);
        session.sent_context = attempt.context;
        let hop = self.hop(&self.plan.client_hop, Purpose::ClientHop, attempt.id, || attempt.draw_key() << 1);
        let arrives = self.on_wire(key, attempt.up_bytes, |wire| &mut wire.up_free) + hop;
        self.tell(attempt_key, |attempt| What::Sent {
            request: attempt.request,
            session: attempt.id,
            attempt: attempt.number,
            arrives,
            up_bytes: attempt.up_bytes,
            context_bytes: attempt.context,
            redundant_bytes: redundant,
        });
        self.proceed(arrives, Next::AtBalancer(attempt_key));
    }

    /// A visit begins, with nothing on its line.
    pub(super) fn lay_wire(&mut self, key: Key) {
        if self.plan.client_line.is_limited() {
            if self.wires.len() <= key.slot() {
                self.wires.resize(key.slot() + 1, Wire::default());
            }
            self.wires[key.slot()] = Wire::default();
        }
    }

    /// When the last of so many bytes is on a visit's line, one way or the other.
    pub(super) fn on_wire(&mut self, key: Key, bytes: u32, way: impl FnOnce(&mut Wire) -> &mut Nanos) -> Nanos {
        match self.wires.get_mut(key.slot()) {
            Some(wire) => Self::transmit(self.now, way(wire), self.plan.client_line.occupied(bytes)),
            None => self.now,
        }
    }

    /// The visit whose client still waits for this attempt, if it does.
    pub(super) fn awaited(&self, key: Key) -> Option<Key> {
        let attempt = &self.attempts[key];
        let open = self.requests.get(attempt.open?)?;
        if open.attempt == attempt.number && !open.backing_off { attempt.session } else { None }
    }

    pub(super) fn timeout(&mut self, key: Key) {
        if self.attempts.get(key).is_none() {
            return;
        }
        if self.attempts[key].theft.is_some() {
            let cause = self.obstacle_of(key);
            return self.replay_timed_out(key, cause);
        }
        let Some(session) = self.awaited(key) else { return };
        let attempt = &self.attempts[key];
        let (request, id, number) = (attempt.request, attempt.id, attempt.number);
        let cause = self.obstacle_of(key);
        let cause = self.emit(cause, What::TimedOut { request, session: id, attempt: number });
        if self.gives_up_line(session, key) {
            self.attempts.free(key);
        }
        self.attempt_failed(session, Outcome::Timeout, cause);
    }

    /// What keeps an attempt: whatever stands in its way, else its own last step.
    fn obstacle_of(&self, key: Key) -> Cause {
        let attempt = &self.attempts[key];
        if let Some(cause) = attempt.obstacle {
            return cause;
        }
        let sent = self.plan.client_timeout.map_or(self.now, |timeout| self.now.since(timeout));
        let obstacle = if attempt.instance == 0 {
            // One that never left waits for a connection: something took the old one, or keeps an instance from making one.
            let cut = attempt.session.and_then(|session| self.cut_by(session));
            cut.or_else(|| self.held_up_by(self.connecting_to(attempt.session?)?, sent))
        } else {
            self.held_up_by(attempt.instance, sent)
        };
        obstacle.unwrap_or(attempt.cause)
    }

    /// A reply reaches the client.
    pub(super) fn at_client(&mut self, key: Key) {
        if let Some(theft) = self.attempts[key].theft {
            return self.replay_answered(key, theft);
        }
        let awaited = self.awaited(key);
        let attempt = &self.attempts[key];
        let (request, id, number, cause) = (attempt.request, attempt.id, attempt.number, attempt.cause);
        let status = attempt.status.expect("a reply has a status");
        let Some(session) = awaited else {
            self.emit(cause, What::Late { request, session: id, attempt: number });
            self.attempts.free(key);
            return;
        };
        if status.code() == 200 && self.attempts[key].logout {
            self.attempts.free(key);
            self.end(session, status.outcome(), cause);
        } else if status.code() == 200 {
            self.succeed(session, key, status.outcome(), cause);
        } else {
            self.attempts.free(key);
            match status.outcome() {
                outcome @ (Outcome::Lost | Outcome::TooLarge) => self.end(session, outcome, cause),
                outcome => self.attempt_failed(session, outcome, cause),
            }
        }
    }

    fn succeed(&mut self, session_key: Key, attempt_key: Key, outcome: Outcome, cause: Cause) {
        let attempt = &mut self.attempts[attempt_key];
        let (login, instance, ordinal_write) = (attempt.login, attempt.instance, attempt.write);
        let replied = attempt.replied;
        let took_token = self.plan.home == Home::Token && (login || attempt.new_context > 0);
        let state = std::mem::take(&mut attempt.state);
        self.attempts.free(attempt_key);
        let session = &mut self.sessions[session_key];
        session.logged_in = true;
        if let Some(open) = session.open {
            self.requests[open].served_by = instance;
        }
        if took_token {
            let before = session.token_issued;
            if ordinal_write > 0 {
                session.rare_mut().older_token = Some((session.client_bytes(), before));
            } else if login && let Some(rare) = session.rare_if_any() {
                rare.older_token = None;
            }
            session.token_issued = replied;
        }
        if login {
            session.stateful = true;
        }
        if self.plan.cookie && self.plan.transport == Transport::Request {
            self.pin(session_key, instance, cause);
        }
        if took_token {
            self.store_copy(session_key, Place::Client, &state, cause);
            // Of the new token this client has sent all but what its write added.
            let added = if ordinal_write > 0 { self.growth(self.sessions[session_key].id, ordinal_write) } else { 0 };
            let session = &self.sessions[session_key];
            let known = self.plan.token_bytes(session.client_bytes()).saturating_sub(base64(added));
            self.sessions[session_key].sent_context = session.sent_context.min(known);
        }
        if ordinal_write > 0 {
            self.sessions[session_key].acknowledged.insert(ordinal_write);
        }
        self.end(session_key, outcome, cause);
    }

    /// An attempt did not work out: another one, or the end of the request.
    pub(super) fn attempt_failed(&mut self, key: Key, outcome: Outcome, cause: Cause) {
        let session = &mut self.sessions[key];
        let (id, epoch) = (session.id, session.epoch);
        let Some(open) = session.open.map(|open| &mut self.requests[open]) else { return };
        if u32::from(open.attempt) > self.plan.retries || open.attempt == u8::MAX {
            self.end(key, outcome, cause);
            return;
        }
        let (request, attempt) = (open.request, open.attempt);
        open.backing_off = true;
        let key_of_draw = request_key(open, epoch, attempt);
        let until = self.now + self.back_off(id, u32::from(attempt - 1), key_of_draw);
        let cause = self.emit(cause, What::BackedOff { request, session: id, attempt, until });
        if let Some(open) = self.sessions[key].open {
            self.requests[open].cause = cause;
        }
        self.agenda.push(until, Next::Retry(key, attempt));
    }

    /// How long a client waits after so many failures before it tries once more.
    ///
    /// Full jitter (Brooker, "Exponential backoff and jitter", 2015): U(0, min(cap, base · 2^k)).
    pub(super) fn back_off(&self, id: SessionId, failures: u32, draw_key: u64) -> Nanos {
        let doubled = Nanos(self.plan.backoff.0.saturating_mul(1 << failures.min(40)));
        let bound = doubled.min(self.plan.backoff_cap);
        if !self.plan.backoff_jitter {
            return bound;
        }
        bound.scaled(self.draws.unit(Purpose::BackOff, id, draw_key))
    }

    pub(super) fn retry(&mut self, key: Key, attempt: u8) {
        let open_key = self.sessions.get(key).and_then(|session| session.open);
        if let Some(open_key) = open_key
            && self.requests[open_key].attempt == attempt
        {
            self.send(key, open_key, self.requests[open_key].cause);
        }
    }

    /// The request ends, exactly here and exactly once.
    fn end(&mut self, key: Key, outcome: Outcome, cause: Cause) {
        let session = &mut self.sessions[key];
        let open_key = session.open.take().expect("a request ends once");
        let open = self.requests[open_key];
        self.requests.free(open_key);
        let leaving = session.rare().leaving;
        let more = leaving.seq == 0 && session.ordinal < session.planned && self.now < session.leaves;
        let drops_state = matches!(outcome, Outcome::Lost | Outcome::TooLarge);
        let logs_in_again = drops_state && more;
        let failed = !outcome.useful() && !drops_state;
        let (wait, since) = match (open.purpose, session.rare().waiting_since) {
            (RequestKind::Relogin, Nanos::NEVER) => (Wait::Open, open.issued),
            (RequestKind::Relogin, since) => {
                session.rare_mut().waiting_since = Nanos::NEVER;
                (if outcome.useful() { Wait::Served } else { Wait::Failed }, since)
            }
            (RequestKind::Logout, _) => (Wait::Open, open.issued),
            _ if outcome.useful() => (Wait::Served, open.issued),
            _ if logs_in_again => {
                session.rare_mut().waiting_since = open.issued;
                (Wait::Open, open.issued)
            }
            _ => (Wait::Failed, open.issued),
        };
        if failed {
            session.rare_mut().failures += 1;
        } else if outcome.useful()
            && let Some(rare) = session.rare_if_any()
        {
            rare.failures = 0;
        }
        let patience_ends = failed && session.rare().failures >= self.plan.patience;
        let write = if outcome.useful() { open.write } else { 0 };
        let (request, id, purpose, issued) = (open.request, session.id, open.purpose, open.issued);
        let cause =
            self.emit(cause, What::Ended { request, session: id, outcome, purpose, write, issued, wait, since });
        if write > 0 {
            self.settle_acknowledged(key, write, open.served_by, cause);
        }
        if purpose == RequestKind::Logout {
            return self.leave(key, Leave::LoggedOut, cause);
        }
        if drops_state {
            self.abandon_state(key, cause);
        } else if failed && purpose.logs_in() {
            self.forget_login(key, cause);
        }
        if patience_ends {
            self.leave(key, Leave::Abandoned, cause);
        } else if leaving.seq != 0 && self.sessions[key].logged_in {
            self.issue(key, RequestKind::Logout, leaving);
        } else if leaving.seq != 0 {
            self.leave(key, Leave::LoggedOut, cause);
        } else if !more {
            self.leave(key, Leave::Completed, cause);
        } else if logs_in_again {
            self.issue(key, RequestKind::Relogin, cause);
        } else {
            self.think(key, open.think);
        }
    }

    /// A write was acknowledged just now; what holds it may be gone already, and then it is lost at once.
    fn settle_acknowledged(&mut self, key: Key, write: u32, served_by: InstanceId, cause: Cause) {
        let session = &mut self.sessions[key];
        let held = session.copies.iter().any(|copy| copy.writes.contains(write));
        if held {
            return;
        }
        // What destroyed it: the newest event in the life of whoever had kept it.
        let known = session.rare().loss;
        let keeper = match &self.store {
            Some(store) => store.life(),
            None => self.instance(served_by).life,
        };
        let loss = [known, keeper].into_iter().find(|cause| cause.root != 0).unwrap_or(cause);
        let session = &mut self.sessions[key];
        if session.stateful {
            self.settle_losses(key, loss);
        } else {
            // The state itself was counted when it went; this reply was on the wire then.
            session.acknowledged.clear();
            let id = session.id;
            self.emit(loss, What::Lost { session: id, writes: 1, whole: false });
        }
    }

    fn think(&mut self, key: Key, think: Nanos) {
        // A burst of a fixed population makes its users quicker.
        let think = match self.plan.population {
            crate::scenario::Population::Users(_) => think.scaled(1.0 / self.traffic.factor()),
            crate::scenario::Population::SessionsPerSecond(_) => think,
        };
        self.agenda.push(self.now.saturating_add(think), Next::ThinkOver(key));
    }

    /// The visit is over.
    fn leave(&mut self, key: Key, how: Leave, cause: Cause) {
        let id = self.sessions[key].id;
        let cause = self.emit(cause, What::SessionLeft { session: id, how });
        if how == Leave::LoggedOut {
            self.discard_credential(key);
        }
        self.sessions[key].stateful = false;
        self.orphan_copies(key, cause);
        if self.sessions[key].pin != 0 {
            self.unpin(key);
        }
        self.sessions.free(key);
    }

    /// The user's cookie now asks for `instance`.
    pub(super) fn pin(&mut self, key: Key, instance: InstanceId, cause: Cause) {
        let session = &mut self.sessions[key];
        if session.pin == instance || instance == 0 {
            return;
        }
        let before = std::mem::replace(&mut session.pin, instance);
        let id = session.id;
        self.instance_mut(instance).pinned += 1;
        self.emit(cause, What::Pinned { session: id, instance });
        if before != 0 {
            self.instance_mut(before).pinned -= 1;
            self.maybe_drained(before);
        }
    }

    /// The user drops the cookie.
    pub(super) fn unpin(&mut self, key: Key) {
        let before = std::mem::take(&mut self.sessions[key].pin);
        self.instance_mut(before).pinned -= 1;
        self.maybe_drained(before);
    }
}

/// A number that tells a retry's draw from every other of its visit.
fn request_key(open: &Open, epoch: u32, attempt: u8) -> u64 {
    // Whoever fails to log in again does so under the same ordinal.
    let relogin = if open.purpose == RequestKind::Relogin { 1 << 7 | epoch & 0x7F } else { 0 };
    u64::from(open.ordinal) << 16 | u64::from(relogin) << 8 | u64::from(attempt)
}

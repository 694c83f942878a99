//! Transport `connection`: each client holds a line to one instance, in every home of state.
//!
//! ```text
//!   connect ─▶ balancer chooses ─▶ handshake (a worker) ─▶ connected: requests and pushes use this line
//!   the instance dies ─▶ the client learns ─▶ waits (full jitter) ─▶ connects anew: together, a reconnect wave
//! ```

use super::draw::Purpose;
use super::instance::Job;
use super::session::Cause;
use super::slab::Key;
use super::{Next, World};
use crate::event::{Health, InstanceId, What};
use crate::scenario::Transport;
use crate::units::Nanos;

impl World {
    /// Whether a session's requests need a connection, and it has none.
    pub(super) fn must_connect(&self, key: Key) -> bool {
        self.plan.transport == Transport::Connection && self.sessions[key].socket == 0
    }

    /// A visit that is in progress when the run begins is connected.
    pub(super) fn connect_warm(&mut self, key: Key, instance: InstanceId, cause: Cause) {
        if self.plan.transport == Transport::Connection {
            self.establish(key, instance, cause);
        }
    }

    fn establish(&mut self, key: Key, instance: InstanceId, cause: Cause) {
        let incarnation = self.instance(instance).incarnation;
        let session = &mut self.sessions[key];
        let first = !std::mem::replace(&mut session.pushed_to, true);
        session.connects = session.connects.wrapping_add(1);
        session.connecting_to = 0;
        session.cut_by = None;
        session.socket = instance;
        session.socket_incarnation = incarnation;
        session.reconnects = 0;
        let id = session.id;
        self.emit(cause, What::Connected { session: id, instance });
        self.pin(key, instance, cause);
        if let Some(gap) = self.plan.push_gap
            && first
        {
            let phase = gap.scaled(self.draws.unit(Purpose::Push, id, 0));
            self.agenda.push(self.now + phase, Next::Push(key, 1));
        }
    }

    /// Begins to connect, at once.
    pub(super) fn connect(&mut self, key: Key) {
        let session = &mut self.sessions[key];
        if !session.connecting {
            session.connecting = true;
            session.connects = session.connects.wrapping_add(1);
            let nth = session.connects;
            self.reconnect(key, nth);
        }
    }

    /// One way from the client to an instance or back.
    fn way(&self, session: u64, ordinal: u64) -> Nanos {
        let client = self.hop(&self.plan.client_hop, Purpose::ClientHop, session, || ordinal << 2 | 1 << 62);
        client + self.hop(&self.plan.backend_hop, Purpose::BackendHop, session, || ordinal << 2 | 1 << 62)
    }

    pub(super) fn reconnect(&mut self, key: Key, nth: u16) {
        let Some(session) = self.sessions.get(key) else { return };
        if !session.connecting || session.connects != nth {
            return;
        }
        let (id, ordinal) = (session.id, u64::from(nth) << 8 | u64::from(session.reconnects & 0xFF));
        let usable = std::mem::take(&mut self.balancer.usable);
        let chosen = self.choose_among(&usable, id, ordinal | 1 << 60);
        self.balancer.usable = usable;
        match chosen {
            Some(instance) => {
                self.sessions[key].connecting_to = instance;
                self.sessions[key].refused_by.clear();
                let at = self.now + self.way(id, ordinal << 1);
                self.agenda.push(at, Next::Handshake(key, instance, nth));
            }
            None => {
                let cause = self.sessions[key].cut_by.unwrap_or(self.balancer.last_down);
                self.try_later(key, cause);
            }
        }
    }

    /// The next try, after a wait with full jitter.
    fn try_later(&mut self, key: Key, cause: Cause) {
        let session = &mut self.sessions[key];
        session.cut_by = Some(cause).filter(|cause| cause.seq != 0);
        let tries = session.reconnects;
        session.reconnects += 1;
        session.connecting = true;
        session.connecting_to = 0;
        session.connects = session.connects.wrapping_add(1);
        let (id, nth) = (session.id, session.connects);
        let bound = Nanos(self.plan.backoff.0.saturating_mul(1 << tries.min(40))).min(self.plan.backoff_cap);
        let wait = bound.scaled(self.draws.unit(Purpose::BackOff, id, u64::from(nth) | 1 << 40));
        let until = self.now + wait;
        let instance = std::mem::take(&mut self.sessions[key].socket);
        self.emit(cause, What::Disconnected { session: id, instance, until });
        if instance != 0 && self.sessions[key].pin != 0 {
            self.unpin(key);
        }
        self.agenda.push(until, Next::Reconnect(key, nth));
    }

    pub(super) fn handshake(&mut self, key: Key, id: InstanceId, nth: u16) {
        let Some(session) = self.sessions.get(key).filter(|session| session.connects == nth) else { return };
        let session = session.id;
        match self.instance(id).health {
            Health::Up | Health::Draining => self.take_on(id, Job::Handshake(key, nth)),
            Health::Hung => {
                self.freezes(id, Next::Handshake(key, id, nth));
            }
            _ => match self.connect_elsewhere(key, id, nth) {
                Some(other) => {
                    self.sessions[key].connecting_to = other;
                    let back_and_forth = self.plan.backend_hop.mean() + self.plan.backend_hop.mean();
                    self.agenda.push(self.now + back_and_forth, Next::Handshake(key, other, nth));
                }
                None => {
                    let at = self.now + self.way(session, u64::from(nth) << 1 | 1);
                    self.agenda.push(at, Next::ConnectionLost(key, id, nth));
                }
            },
        }
    }

    /// The instance that the balancer tries next after a refusal, if it redispatches.
    fn connect_elsewhere(&mut self, key: Key, refused_by: InstanceId, nth: u16) -> Option<InstanceId> {
        let session = &mut self.sessions[key];
        session.refused_by.push(refused_by);
        let tries = session.refused_by.len();
        if !self.balancer.redispatch || tries > self.plan.balancer_retries as usize {
            return None;
        }
        let session = &self.sessions[key];
        let others: Vec<_> =
            self.balancer.usable.iter().copied().filter(|id| !session.refused_by.contains(id)).collect();
        let id = session.id;
        self.choose_among(&others, id, u64::from(nth) << 8 | tries as u64 | 1 << 61)
    }

    pub(super) fn handshake_done(&mut self, key: Key, id: InstanceId, life: u16, nth: u16) {
        if self.instance(id).life_number() != life || self.freezes(id, Next::HandshakeDone(key, id, life, nth)) {
            return;
        }
        self.free_worker(id);
        if let Some(session) = self.sessions.get(key).filter(|session| session.connects == nth) {
            let at = self.now + self.way(session.id, u64::from(nth) << 1 | 1);
            self.agenda.push(at, Next::Connected(key, id, life, nth));
        }
    }

    pub(super) fn connected(&mut self, key: Key, id: InstanceId, life: u16, nth: u16) {
        let Some(session) = self.sessions.get_mut(key).filter(|session| session.connects == nth) else { return };
        session.connecting = false;
        let cause = session.cause;
        if self.instance(id).life_number() != life {
            let cause = self.instance(id).life;
            self.try_later(key, cause);
            return;
        }
        self.establish(key, id, cause);
        self.send_unsent(key);
    }

    /// The process at the other end of these connections ended, or the balancer took it out and shut them: their
    /// clients learn it a little later.
    pub(super) fn cut_connections(&mut self, id: InstanceId) {
        if self.plan.transport != Transport::Connection {
            return;
        }
        for key in self.sessions.keys() {
            let session = &self.sessions[key];
            if session.socket == id || session.connecting_to == id {
                let nth = session.connects;
                let at = self.now + self.way(session.id, u64::from(nth) << 1 | 1);
                self.agenda.push(at, Next::ConnectionLost(key, id, nth));
            }
        }
    }

    /// The client learns that its connection, or its try, is gone.
    pub(super) fn connection_lost(&mut self, key: Key, id: InstanceId, nth: u16) {
        let Some(session) = self.sessions.get(key).filter(|session| session.connects == nth) else { return };
        if session.socket == id || session.connecting_to == id {
            let cause = self.instance(id).life;
            self.try_later(key, cause);
        }
    }

    /// An instance has something to tell a client.
    pub(super) fn push(&mut self, key: Key, nth: u32) {
        let (Some(session), Some(gap)) = (self.sessions.get(key), self.plan.push_gap) else { return };
        let (id, cause, instance) = (session.id, session.cause, session.socket);
        let delivered = instance != 0
            && self.instance(instance).serves()
            && self.instance(instance).incarnation == session.socket_incarnation;
        let arrives = if delivered { self.now + self.way(id, u64::from(nth) << 1 | 1 << 50) } else { Nanos::NEVER };
        self.emit(cause, What::Pushed { session: id, instance, arrives });
        self.agenda.push(self.now + gap, Next::Push(key, nth.wrapping_add(1)));
    }

    /// Who leaves hangs up.
    pub(super) fn hang_up(&mut self, key: Key) {
        self.sessions[key].socket = 0;
        self.sessions[key].connecting = false;
        self.sessions[key].connecting_to = 0;
    }
}

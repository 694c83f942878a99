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
use crate::event::{Health, InstanceId, What, Work};
use crate::scenario::Transport;
use crate::units::Nanos;

/// A client's line to an instance; a visit's lies at the number of its slot.
#[derive(Clone, Default, Debug)]
pub struct Line {
    /// The instance at the other end, and its incarnation; 0: none.
    socket: InstanceId,
    socket_incarnation: u32,
    /// How often the client tried to reconnect in a row.
    reconnects: u32,
    connecting: bool,
    /// The instance that a try to connect is on its way to; 0: none.
    connecting_to: InstanceId,
    /// Instances that refused this try.
    refused_by: Vec<InstanceId>,
    /// Whether messages are pushed to this client already.
    pushed_to: bool,
    /// Tells tries to connect apart; what belongs to one is over long before the number comes round again.
    connects: u16,
    /// What took the connection, until there is a new one.
    cut_by: Option<Cause>,
    /// What took the connection before this one.
    moved_by: Option<Cause>,
    /// An attempt that leaves as soon as there is a connection.
    unsent: Option<Key>,
}

impl World {
    /// A visit begins, without a connection.
    pub(super) fn lay_line(&mut self, key: Key) {
        if self.plan.transport == Transport::Connection {
            if self.lines.len() <= key.slot() {
                self.lines.resize_with(key.slot() + 1, Line::default);
            }
            self.lines[key.slot()] = Line::default();
        }
    }

    fn line(&mut self, key: Key) -> &mut Line {
        &mut self.lines[key.slot()]
    }

    /// The instance that a visit's client is connected to; 0: none.
    pub(super) fn socket(&self, key: Key) -> InstanceId {
        self.lines.get(key.slot()).map_or(0, |line| line.socket)
    }

    /// What took a visit's connection, if the client has no new one.
    pub(super) fn cut_by(&self, key: Key) -> Option<Cause> {
        self.sessions.get(key)?;
        self.lines.get(key.slot())?.cut_by
    }

    /// The instance that a visit's client tries to connect to, if it does.
    pub(super) fn connecting_to(&self, key: Key) -> Option<InstanceId> {
        self.sessions.get(key)?;
        Some(self.lines.get(key.slot())?.connecting_to).filter(|&id| id != 0)
    }

    /// What moved a visit's client to the instance that it is connected to.
    pub(super) fn moved_by(&self, key: Key) -> Option<Cause> {
        self.lines.get(key.slot())?.moved_by
    }

    /// An attempt leaves as soon as there is a connection; one is made now.
    pub(super) fn wait_for_line(&mut self, key: Key, attempt: Key) {
        self.line(key).unsent = Some(attempt);
        self.connect(key);
    }

    /// An attempt that waits for a connection does not wait any longer; whether it did.
    pub(super) fn gives_up_line(&mut self, key: Key, attempt: Key) -> bool {
        self.lines.get_mut(key.slot()).is_some_and(|line| line.unsent.take_if(|unsent| *unsent == attempt).is_some())
    }

    /// Whether the try to connect with this number is still the visit's last.
    fn is_last_try(&self, key: Key, nth: u16) -> bool {
        self.sessions.get(key).is_some() && self.lines[key.slot()].connects == nth
    }

    /// Whether a session's requests need a connection, and it has none.
    pub(super) fn must_connect(&self, key: Key) -> bool {
        self.plan.transport == Transport::Connection && self.socket(key) == 0
    }

    /// A visit that is in progress when the run begins is connected.
    pub(super) fn connect_warm(&mut self, key: Key, instance: InstanceId, cause: Cause) {
        if self.plan.transport == Transport::Connection {
            self.establish(key, instance, cause);
        }
    }

    fn establish(&mut self, key: Key, instance: InstanceId, cause: Cause) {
        let incarnation = self.instance(instance).incarnation;
        let id = self.sessions[key].id;
        let line = self.line(key);
        let first = !std::mem::replace(&mut line.pushed_to, true);
        line.connects = line.connects.wrapping_add(1);
        line.connecting_to = 0;
        line.moved_by = line.cut_by.take().or(line.moved_by);
        line.socket = instance;
        line.socket_incarnation = incarnation;
        line.reconnects = 0;
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
    fn connect(&mut self, key: Key) {
        let line = self.line(key);
        if !line.connecting {
            line.connecting = true;
            line.connects = line.connects.wrapping_add(1);
            let nth = line.connects;
            self.reconnect(key, nth);
        }
    }

    /// One way from the client to an instance or back.
    fn way(&self, session: u64, ordinal: u64) -> Nanos {
        let client = self.hop(&self.plan.client_hop, Purpose::ClientHop, session, || ordinal << 2 | 1 << 62);
        client + self.hop(&self.plan.backend_hop, Purpose::BackendHop, session, || ordinal << 2 | 1 << 62)
    }

    pub(super) fn reconnect(&mut self, key: Key, nth: u16) {
        if !self.is_last_try(key, nth) {
            return;
        }
        let id = self.sessions[key].id;
        let ordinal = u64::from(nth) << 8 | u64::from(self.line(key).reconnects & 0xFF);
        let usable = std::mem::take(&mut self.balancer.usable);
        let chosen = self.choose_among(&usable, id, ordinal | 1 << 60);
        self.balancer.usable = usable;
        match chosen {
            Some(instance) => {
                let line = self.line(key);
                line.connecting_to = instance;
                line.refused_by.clear();
                let at = self.now + self.way(id, ordinal << 1);
                self.agenda.push(at, Next::Handshake(key, instance, nth));
            }
            None => {
                let cause = self.cut_by(key).unwrap_or(self.balancer.last_down);
                self.try_later(key, cause);
            }
        }
    }

    /// The next try, after a wait.
    fn try_later(&mut self, key: Key, cause: Cause) {
        let id = self.sessions[key].id;
        let line = self.line(key);
        line.cut_by = Some(cause).filter(|cause| cause.seq != 0);
        let tries = line.reconnects;
        line.reconnects += 1;
        line.connecting = true;
        line.connecting_to = 0;
        line.connects = line.connects.wrapping_add(1);
        let (nth, instance) = (line.connects, std::mem::take(&mut line.socket));
        let until = self.now + self.back_off(id, tries, u64::from(nth) | 1 << 40);
        self.emit(cause, What::Disconnected { session: id, instance, until });
        if instance != 0 {
            self.unpin(key);
        }
        self.agenda.push(until, Next::Reconnect(key, nth));
    }

    /// Why a visit's client connects: what took its connection, or what brought it here; nothing, if it has left since.
    pub(super) fn connects_because(&self, key: Key) -> Cause {
        let brought_here = || self.sessions.get(key).map_or_else(Cause::default, |session| session.cause);
        self.cut_by(key).unwrap_or_else(brought_here)
    }

    pub(super) fn handshake(&mut self, key: Key, id: InstanceId, nth: u16) {
        if !self.is_last_try(key, nth) {
            return;
        }
        match self.instance(id).health {
            Health::Up | Health::Draining => self.take_on(id, Job::Handshake(key, nth)),
            Health::Hung => {
                self.unheard(id, Next::Handshake(key, id, nth));
            }
            _ => match self.connect_elsewhere(key, id, nth) {
                Some(other) => {
                    self.line(key).connecting_to = other;
                    let back_and_forth = self.plan.backend_hop.mean() + self.plan.backend_hop.mean();
                    self.agenda.push(self.now + back_and_forth, Next::Handshake(key, other, nth));
                }
                None => {
                    let at = self.now + self.way(self.sessions[key].id, u64::from(nth) << 1 | 1);
                    self.agenda.push(at, Next::ConnectionLost(key, id, nth));
                }
            },
        }
    }

    /// The instance that the balancer tries next after a refusal, if it redispatches.
    fn connect_elsewhere(&mut self, key: Key, refused_by: InstanceId, nth: u16) -> Option<InstanceId> {
        let line = self.line(key);
        line.refused_by.push(refused_by);
        let tries = line.refused_by.len();
        if !self.balancer.redispatch || tries > self.plan.balancer_retries as usize {
            return None;
        }
        let refused_by = &self.lines[key.slot()].refused_by;
        let others: Vec<_> = self.balancer.usable.iter().copied().filter(|id| !refused_by.contains(id)).collect();
        let id = self.sessions[key].id;
        self.choose_among(&others, id, u64::from(nth) << 8 | tries as u64 | 1 << 61)
    }

    pub(super) fn handshake_done(&mut self, key: Key, id: InstanceId, life: u16, nth: u16) {
        if self.instance(id).life_number() != life || self.freezes(id, Next::HandshakeDone(key, id, life, nth)) {
            return;
        }
        let cause = self.connects_because(key);
        self.chore_done(id, Work::Handshake, cause);
        if self.is_last_try(key, nth) {
            let at = self.now + self.way(self.sessions[key].id, u64::from(nth) << 1 | 1);
            self.agenda.push(at, Next::Connected(key, id, life, nth));
        }
    }

    pub(super) fn connected(&mut self, key: Key, id: InstanceId, life: u16, nth: u16) {
        if !self.is_last_try(key, nth) {
            return;
        }
        self.line(key).connecting = false;
        let cause = self.sessions[key].cause;
        if self.instance(id).life_number() != life {
            let cause = self.instance(id).life;
            self.try_later(key, cause);
            return;
        }
        self.establish(key, id, cause);
        if let Some(attempt) = self.line(key).unsent.take() {
            self.depart(key, attempt);
        }
    }

    /// The process at the other end of these connections ended, or the balancer took it out and shut them: their
    /// clients learn it a little later.
    pub(super) fn cut_connections(&mut self, id: InstanceId) {
        if self.plan.transport != Transport::Connection {
            return;
        }
        for key in self.sessions.keys() {
            let line = &self.lines[key.slot()];
            if line.socket == id || line.connecting_to == id {
                let nth = line.connects;
                let at = self.now + self.way(self.sessions[key].id, u64::from(nth) << 1 | 1);
                self.agenda.push(at, Next::ConnectionLost(key, id, nth));
            }
        }
    }

    /// The client learns that its connection, or its try, is gone.
    pub(super) fn connection_lost(&mut self, key: Key, id: InstanceId, nth: u16) {
        if !self.is_last_try(key, nth) {
            return;
        }
        let line = self.line(key);
        if line.socket == id || line.connecting_to == id {
            let cause = self.instance(id).life;
            self.try_later(key, cause);
        }
    }

    /// An instance has something to tell a client.
    pub(super) fn push(&mut self, key: Key, nth: u32) {
        let (Some(session), Some(gap)) = (self.sessions.get(key), self.plan.push_gap) else { return };
        let (id, cause) = (session.id, session.cause);
        let line = &self.lines[key.slot()];
        let instance = line.socket;
        let delivered = instance != 0
            && self.instance(instance).serves()
            && self.instance(instance).incarnation == line.socket_incarnation;
        let arrives = if delivered { self.now + self.way(id, u64::from(nth) << 1 | 1 << 50) } else { Nanos::NEVER };
        self.emit(cause, What::Pushed { session: id, instance, arrives });
        self.agenda.push(self.now + gap, Next::Push(key, nth.wrapping_add(1)));
    }
}

//! The six homes of session state: how a state is found, and how it is kept. One file per home.
//!
//! ```text
//!   look_up ─▶ found (serve) · unknown (401) · asked elsewhere (the worker waits)
//!   save    ─▶ kept (reply)  · sent elsewhere (the worker waits)
//! ```
//!
//! No home contains a probability of loss: a state is lost when no copy is found.

mod memory;
mod replicate_all;
mod replicate_backup;
mod store;
mod token;

use super::World;
use super::agenda::Lane;
use super::session::Cause;
use super::slab::Key;
use super::writes::WriteSet;
use crate::event::{InstanceId, Place, Status};
use crate::scenario::{Home, Policy, Transport};

impl World {
    /// A worker looks for the state that a request needs. A login needs none.
    pub(super) fn look_up(&mut self, key: Key) {
        if self.plan.home == Home::Token {
            return self.look_up_token(key);
        }
        if self.attempts[key].login {
            return self.serve(key, 0.0);
        }
        match self.plan.home {
            Home::Token | Home::Memory | Home::Sticky => self.look_up_here(key),
            Home::ReplicateAll => self.look_up_here(key),
            Home::ReplicateBackup => self.look_up_backed_up(key),
            Home::Store => self.look_up_in_store(key),
        }
    }

    /// A worker keeps what a login created or a write changed.
    pub(super) fn save(&mut self, key: Key) {
        match self.plan.home {
            Home::Token => self.save_token(key),
            Home::Memory | Home::Sticky => {
                self.save_here(key);
                self.reply_served(key);
            }
            Home::ReplicateAll => self.save_everywhere(key),
            Home::ReplicateBackup => self.save_backed_up(key),
            Home::Store => self.save_in_store(key),
        }
    }

    /// Puts the state of a visit that is in progress at the beginning where its home keeps it.
    pub(super) fn place_state(&mut self, key: Key, instance: InstanceId, writes: &WriteSet, cause: Cause) {
        match self.plan.home {
            Home::Token => {
                self.store_copy(key, Place::Client, writes, cause);
            }
            Home::Memory | Home::Sticky => {
                self.store_copy(key, Place::Instance(instance), writes, cause);
            }
            Home::ReplicateAll => {
                for id in 1..=self.plan.instances {
                    self.store_copy(key, Place::Instance(id), writes, cause);
                }
            }
            Home::ReplicateBackup => self.place_backed_up(key, instance, writes, cause),
            Home::Store => self.place_in_store(key, writes, cause),
        }
        self.watch_expiry(key);
    }

    /// From now on this session's copies expire when nobody uses them.
    pub(super) fn watch_expiry(&mut self, key: Key) {
        if let Some(timeout) = self.plan.session_timeout
            && self.plan.home != Home::Token
            && !std::mem::replace(&mut self.sessions[key].watched, true)
        {
            self.agenda.push_lane(Lane::Expiry, self.now + timeout, super::Next::SessionExpires(key));
        }
    }

    /// The reply of a request that was served.
    pub(super) fn reply_served(&mut self, key: Key) {
        let status = self.attempts[key].status.unwrap_or(Status::Ok);
        self.reply(key, status);
    }

    /// The session an attempt asks for, unless that visit is over or goes on under a newer id.
    pub(super) fn session_of(&self, key: Key) -> Option<Key> {
        let attempt = &self.attempts[key];
        let session = attempt.session?;
        (self.sessions.get(session)?.epoch == attempt.epoch).then_some(session)
    }

    /// The cause of a session's being unknown: what destroyed its state, if something did.
    pub(super) fn blame_loss(&mut self, key: Key) {
        let loss = self.attempts[key]
            .session
            .and_then(|session| self.sessions.get(session))
            .map(|session| session.rare().loss);
        if let Some(loss) = loss
            && loss.seq != 0
        {
            self.attempts[key].cause = loss;
        }
    }

    /// The cause of a miss in an instance's own memory: what destroyed the state; else what kept its user from the
    /// instance that holds it; else nothing but the visit itself, which asks for it where it never was.
    pub(super) fn blame_miss(&mut self, key: Key) {
        let attempt = &self.attempts[key];
        let (asked, here) = (attempt.asked, attempt.instance);
        let Some((at, session)) = attempt.session.and_then(|at| Some((at, self.sessions.get(at)?))) else { return };
        let cause = if session.rare().loss.seq != 0 {
            session.rare().loss
        } else if attempt.theft.is_some() {
            attempt.cause
        } else if asked != 0 && asked != here {
            self.instance(asked).belief.down_by
        } else if self.plan.transport == Transport::Connection {
            self.moved_by(at).unwrap_or_default()
        } else if matches!(self.balancer.policy, Policy::Hash | Policy::Ring) {
            self.balancer.reshaped_by
        } else if self.plan.home.replicated() {
            let holders = session.copies.iter().filter_map(|copy| copy.place.instance());
            let cut = std::iter::once(here).chain(holders).find_map(|id| self.cut_off_by(id));
            cut.unwrap_or(attempt.cause)
        } else {
            session.cause
        };
        if cause.seq != 0 {
            self.attempts[key].cause = cause;
        }
    }

    /// The state was found: whether it lacks an acknowledged write that still exists decides if the reply is stale.
    pub(super) fn judge(&mut self, key: Key, session: Key, place: Place) -> bool {
        let now = self.now;
        let session = &mut self.sessions[session];
        let Some(copy) = session.copies.iter_mut().find(|copy| copy.place == place) else { return false };
        copy.used = now;
        let stale = !session.acknowledged.within(&copy.writes);
        let attempt = &mut self.attempts[key];
        attempt.status = Some(if stale { Status::Stale } else { Status::Ok });
        attempt.state_bytes = copy.bytes;
        true
    }

    /// Puts what a login creates, or a write adds, into the copy at `place`; `false` if the state, or its visit, has gone meanwhile.
    pub(super) fn keep(&mut self, key: Key, place: Place) -> bool {
        let attempt = &self.attempts[key];
        let (cause, write, login) = (attempt.cause, attempt.write, attempt.login);
        let (id, epoch) = (attempt.id, attempt.epoch);
        let mut writes = WriteSet::default();
        if write > 0 {
            writes.insert(write);
        }
        let Some(session) = self.session_of(key) else {
            // Nobody will ask for what a late write would add to a visit that is over.
            // Whoever asks a second time finds what the first time left.
            if login && self.orphan_of(id, epoch, place).is_none() {
                // The client logged in anew meanwhile: this state belongs to nobody from the start.
                let bytes = self.plan.state_bytes;
                let what = crate::event::What::Stored { session: id, place, writes: 0, bytes, login: epoch };
                let cause = self.emit(cause, what);
                self.fill(place, bytes);
                self.orphan(id, epoch, place, bytes, self.now, cause);
            }
            return login;
        };
        if !login && !self.sessions[session].stateful {
            self.blame_loss(key);
            self.attempts[key].status = Some(Status::Unknown);
            return false;
        }
        let cause = self.store_copy(session, place, &writes, cause);
        self.attempts[key].cause = cause;
        if login {
            self.watch_expiry(session);
        }
        true
    }
}

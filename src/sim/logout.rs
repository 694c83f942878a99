//! A user logs out: what the service forgets, home by home.
//!
//! ```text
//!   command ─▶ the open request ends ─▶ one more request ─▶ the state is destroyed where it is served ─▶ the visit ends
//!                                                            ╰─▶ peers, replica, disk: as writes get there
//! ```
//!
//! A server can only forget what it keeps: under `token` it keeps nothing, and the client throws its token away. A
//! denylist holds the number of the login, which every token of that login carries, older ones too.

use super::World;
use super::replication::Peers;
use super::session::Cause;
use super::slab::Key;
use crate::event::{Ask, Gone, Place, RequestKind, SessionId, What};
use crate::scenario::{Home, Persistence};
use crate::user::{Seat, User};

/// A login whose tokens are refused, and which memories know of it.
#[derive(Clone, Copy, Debug)]
pub struct Revoked {
    pub session: SessionId,
    pub epoch: u32,
    pub memory: bool,
    pub replica: bool,
    pub disk: bool,
}

impl World {
    /// The newest visit of a user.
    ///
    /// # Errors
    /// Why there is none.
    pub(super) fn visit_of(&self, user: User) -> Result<SessionId, String> {
        let visit = match user.seat(self.plan.population)? {
            Seat::Chair(chair) => self.newest_on(chair),
            Seat::Visit(visit) => self.has_come(visit).then_some(visit),
        };
        visit.ok_or_else(|| format!("user {user} has not come yet"))
    }

    /// The slot of a visit, while it is in progress.
    pub(super) fn key_of(&self, visit: SessionId) -> Option<Key> {
        self.sessions.keys().into_iter().find(|&key| self.sessions[key].id == visit)
    }

    /// The visit of a user who can log out now.
    ///
    /// # Errors
    /// Why the user cannot.
    pub(super) fn leaver(&self, user: User) -> Result<Key, String> {
        let key = self.key_of(self.visit_of(user)?).ok_or_else(|| format!("user {user} is not there"))?;
        let session = &self.sessions[key];
        if !session.logged_in {
            Err(format!("user {user} is not logged in"))
        } else if session.rare().leaving.seq != 0 {
            Err(format!("user {user} logs out already"))
        } else {
            Ok(key)
        }
    }

    /// A user wants to log out: at once, or when the open request has ended.
    pub(super) fn log_out(&mut self, key: Key, cause: Cause) {
        self.sessions[key].rare_mut().leaving = cause;
        if self.sessions[key].open.is_none() {
            self.issue(key, RequestKind::Logout, cause);
        }
    }

    /// A logout was served: the state is destroyed.
    pub(super) fn sign_out(&mut self, key: Key) {
        let id = self.attempts[key].instance;
        match self.plan.home {
            Home::Token if self.plan.denylist => self.ask_store(key, Ask::Revoke),
            Home::Token => self.reply_served(key),
            Home::Memory | Home::Sticky => {
                self.destroy_state(key, Place::Instance(id));
                self.reply_served(key);
            }
            Home::ReplicateAll => {
                self.destroy_state(key, Place::Instance(id));
                let peers: Peers = self.peers_of(id).collect();
                self.replicate(key, &peers);
            }
            Home::ReplicateBackup => {
                let backup = self.session_of(key).map_or(0, |session| self.sessions[session].backup);
                self.destroy_state(key, Place::Instance(id));
                let peer = self.peers_of(id).find(|&peer| peer == backup);
                self.replicate(key, peer.as_slice());
            }
            Home::Store => self.ask_store(key, Ask::Delete),
        }
    }

    /// The state goes from the reference, and its copy from `place`; other copies are nobody's until word gets there.
    fn destroy_state(&mut self, key: Key, place: Place) {
        let Some(session_key) = self.session_of(key) else { return };
        let session = &mut self.sessions[session_key];
        session.stateful = false;
        session.acknowledged.clear();
        (session.primary, session.backup) = (0, 0);
        if let Some(gone) = self.drop_copy(session_key, place, Gone::LoggedOut, self.attempts[key].cause) {
            self.attempts[key].cause = gone;
        }
        self.orphan_copies(session_key, self.attempts[key].cause);
    }

    /// The store destroys a state, and tells its disk and its replica as it tells them of a write.
    pub(super) fn delete_from_store(&mut self, key: Key) {
        self.destroy_state(key, Place::Store);
        let attempt = &self.attempts[key];
        let (id, epoch, cause) = (attempt.id, attempt.epoch, attempt.cause);
        self.tell_replica_to_erase(id, epoch, cause);
        match self.plan.persistence {
            Persistence::None => {}
            Persistence::Always => self.erase_orphan(id, epoch, Place::Disk, cause),
            Persistence::Everysec => self.the_store().deleted.push((id, epoch)),
        }
    }

    /// The store puts a login on the denylist.
    pub(super) fn revoke(&mut self, key: Key) {
        let attempt = &self.attempts[key];
        let (session, epoch, cause) = (attempt.id, attempt.epoch, attempt.cause);
        let disk = self.plan.persistence == Persistence::Always;
        self.the_store().revoked.push(Revoked { session, epoch, memory: true, replica: false, disk });
        let cause = self.emit(cause, What::Revoked { session, place: Place::Store });
        self.attempts[key].cause = cause;
        if disk {
            self.emit(cause, What::Revoked { session, place: Place::Disk });
        }
        self.tell_replica_to_revoke(session, epoch, cause);
    }

    /// Whether the store's denylist names the login whose token an attempt brings.
    pub(super) fn is_revoked(&self, key: Key) -> bool {
        let attempt = &self.attempts[key];
        let named = |entry: &Revoked| entry.memory && (entry.session, entry.epoch) == (attempt.id, attempt.epoch);
        self.store.as_ref().is_some_and(|store| store.revoked.iter().any(named))
    }

    /// A copy of a state whose user has logged out goes, now that word of it has come.
    pub(super) fn erase_orphan(&mut self, session: SessionId, epoch: u32, place: Place, cause: Cause) {
        self.drop_orphan_of(session, epoch, place, Gone::LoggedOut, cause);
    }
}

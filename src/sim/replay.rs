//! Somebody who copied a user's token or cookie sends one request with it.
//!
//! It goes the way of any request, and nothing in the service can tell it from its owner's. It reads; it is tried once;
//! and it is nobody's visit: no wait, no think time, no login hangs on it. What it brings is the newest credential that
//! its owner holds, or held when logging out.

use super::agenda::Lane;
use super::client::Attempt;
use super::draw::Purpose;
use super::plan::COOKIE_BYTES;
use super::session::Cause;
use super::slab::Key;
use super::writes::WriteSet;
use super::{Next, World};
use crate::event::{InstanceId, Outcome, Place, RequestKind, SessionId, Status, Wait, What};
use crate::scenario::Home;
use crate::units::Nanos;
use crate::user::User;

/// Tells the draws of replays from those of what visits plan.
const REPLAYS: u32 = 1 << 31;

/// A copied token, or a copied cookie.
#[derive(Clone, Debug)]
pub struct Credential {
    session: SessionId,
    /// The login that it belongs to.
    epoch: u32,
    /// The instance that a cookie asks for; 0: none.
    pin: InstanceId,
    /// The state in a token, its size, and when the token was issued.
    writes: WriteSet,
    bytes: u32,
    issued: Nanos,
}

/// What a user who has logged out threw away, and somebody may have copied.
#[derive(Clone, Debug)]
pub struct Discarded {
    newest: Credential,
    old: Option<Credential>,
}

/// What an attempt of nobody's client knows besides.
#[derive(Clone, Copy, Debug)]
pub struct Theft {
    pub pin: InstanceId,
    token_issued: Nanos,
    request_issued: Nanos,
    given_up: bool,
}

impl Theft {
    /// When the token that it brings expires.
    pub const fn expires(&self, ttl: Nanos) -> Nanos {
        self.token_issued.saturating_add(ttl)
    }
}

impl World {
    /// What there is to copy from a visit's client: its newest token or cookie, or the token before its last write.
    fn credential(&self, key: Key, old: bool) -> Option<Credential> {
        let session = &self.sessions[key];
        let cookie = Credential {
            session: session.id,
            epoch: session.epoch,
            pin: session.pin,
            writes: WriteSet::default(),
            bytes: 0,
            issued: Nanos::ZERO,
        };
        if !session.logged_in {
            None
        } else if self.plan.home != Home::Token {
            Some(cookie)
        } else {
            let copy = session.copy_at(Place::Client)?;
            if old {
                let (bytes, issued) = session.rare().older_token?;
                Some(Credential { writes: copy.writes.without_newest(), bytes, issued, ..cookie })
            } else {
                Some(Credential {
                    writes: copy.writes.clone(),
                    bytes: copy.bytes,
                    issued: session.token_issued,
                    ..cookie
                })
            }
        }
    }

    /// Whoever logs out discards a credential.
    pub(super) fn discard_credential(&mut self, key: Key) {
        if let Some(newest) = self.credential(key, false) {
            let old = self.credential(key, true);
            self.discarded.push(Discarded { newest, old });
        }
    }

    /// What somebody who copied a user's credential can send now.
    ///
    /// # Errors
    /// Why there is nothing.
    pub(super) fn loot(&self, user: User, old: bool) -> Result<Credential, String> {
        let visit = self.visit_of(user)?;
        let found = match self.key_of(visit) {
            Some(key) if !self.sessions[key].logged_in => return Err(format!("user {user} is not logged in")),
            Some(key) => self.credential(key, old),
            None => {
                let of_visit = self.discarded.iter().find(|discarded| discarded.newest.session == visit);
                let discarded = of_visit.ok_or_else(|| format!("user {user} is not there, and did not log out"))?;
                if old { discarded.old.clone() } else { Some(discarded.newest.clone()) }
            }
        };
        found.ok_or_else(|| format!("user {user} has had no older token: nothing was written"))
    }

    /// Sends one request with a copied credential.
    pub(super) fn replay(&mut self, loot: Credential, cause: Cause) {
        let Credential { session: id, epoch, pin, writes, bytes, issued } = loot;
        let (now, owner) = (self.now, self.key_of(id));
        self.last_request += 1;
        let (request, nth) = (self.last_request, self.replays);
        self.replays += 1;
        let what = What::Issued { request, session: id, ordinal: nth, purpose: RequestKind::Replay, write: 0 };
        let cause = self.emit(cause, what);
        let context = if self.plan.home == Home::Token { self.plan.token_bytes(bytes) } else { COOKIE_BYTES };
        let up_bytes = self.plan.request_bytes.saturating_add(context);
        let ordinal = REPLAYS | nth;
        let demand = self.demand(id, ordinal, false);
        let (key, attempt) = self.attempts.take();
        let theft = Theft { pin, token_issued: issued, request_issued: now, given_up: false };
        *attempt = Attempt {
            session: owner,
            id,
            request,
            number: 1,
            ordinal,
            demand,
            epoch,
            state: writes,
            state_bytes: bytes,
            context,
            up_bytes,
            theft: Some(theft),
            refused_by: attempt.emptied_list(),
            ..Attempt::default()
        };
        let draw_key = attempt.draw_key() << 1;
        if let Some(timeout) = self.plan.client_timeout {
            self.agenda.push_lane(Lane::Timeout, now + timeout, Next::Timeout(key));
        }
        let hop = self.hop(&self.plan.client_hop, Purpose::ClientHop, id, || draw_key);
        let arrives = now + self.plan.client_line.occupied(up_bytes) + hop;
        let what = What::Sent {
            request,
            session: id,
            attempt: 1,
            arrives,
            up_bytes,
            context_bytes: context,
            redundant_bytes: 0,
        };
        self.attempts[key].cause = self.emit(cause, what);
        self.proceed(arrives, Next::AtBalancer(key));
    }

    /// Whether an instance or the store still holds what a cookie names, though its user does not ask for it any more: servers
    /// know neither that a visit is over nor who sends the cookie.
    pub(super) fn finds_orphan(&mut self, key: Key, place: Place) -> bool {
        let attempt = &self.attempts[key];
        // Whoever is logged in has no orphan under this id; so most misses need no search.
        let asked_for = self.session_of(key).is_some_and(|session| self.sessions[session].logged_in);
        if asked_for && attempt.theft.is_none() {
            return false;
        }
        let Some(orphan) = self.orphan_of(attempt.id, attempt.epoch, place) else { return false };
        let bytes = self.orphans[orphan].bytes;
        let attempt = &mut self.attempts[key];
        attempt.status = Some(Status::Ok);
        attempt.state_bytes = bytes;
        true
    }

    /// Nobody's client waited long enough; the service may still be at work on it.
    pub(super) fn replay_timed_out(&mut self, key: Key, cause: Cause) {
        let attempt = &mut self.attempts[key];
        let (request, session, number) = (attempt.request, attempt.id, attempt.number);
        if let Some(theft) = &mut attempt.theft
            && !std::mem::replace(&mut theft.given_up, true)
        {
            let issued = theft.request_issued;
            let cause = self.emit(cause, What::TimedOut { request, session, attempt: number });
            self.end_replay(request, session, Outcome::Timeout, issued, cause);
        }
    }

    /// Nobody's client has its reply.
    pub(super) fn replay_answered(&mut self, key: Key, theft: Theft) {
        let attempt = &self.attempts[key];
        let (request, session, number, cause) = (attempt.request, attempt.id, attempt.number, attempt.cause);
        let outcome = attempt.status.expect("a reply has a status").outcome();
        self.attempts.free(key);
        if theft.given_up {
            self.emit(cause, What::Late { request, session, attempt: number });
        } else {
            self.end_replay(request, session, outcome, theft.request_issued, cause);
        }
    }

    fn end_replay(&mut self, request: u64, session: SessionId, outcome: Outcome, issued: Nanos, cause: Cause) {
        let (purpose, wait) = (RequestKind::Replay, Wait::Open);
        self.emit(cause, What::Ended { request, session, outcome, purpose, write: 0, issued, wait, since: issued });
    }
}

//! `token`: the state travels with every request, signed, and goes back changed after a write.

use super::super::World;
use super::super::slab::Key;
use crate::event::{Ask, Status};
use crate::units::Nanos;

impl World {
    /// Verifies and unpacks the token; with a denylist, asks first if it was revoked.
    pub(in crate::sim) fn look_up_token(&mut self, key: Key) {
        if self.attempts[key].login {
            self.serve(key, 0.0);
        } else if self.plan.denylist {
            self.ask_store(key, Ask::Denylist);
        } else {
            self.serve_token(key);
        }
    }

    /// Serves a request whose token is good, unless it is a copied one that has expired.
    pub(in crate::sim) fn serve_token(&mut self, key: Key) {
        let attempt = &self.attempts[key];
        let kib = f64::from(attempt.context) / 1024.0;
        let verify = self.plan.verify + self.plan.verify_per_kib * kib;
        let session = attempt.session.and_then(|session| self.sessions.get(session));
        // The token may be behind: an earlier write's reply, with the newer token, never reached the client.
        let stale = session.is_some_and(|session| !session.acknowledged.within(&attempt.state));
        let issued_before = |ttl| self.now >= session.map_or(Nanos::NEVER, |session| session.token_issued + ttl);
        let expired = self.plan.token_ttl.is_some_and(|ttl| match attempt.theft {
            Some(theft) => self.now >= theft.expires(ttl),
            None => issued_before(ttl),
        });
        if expired && attempt.theft.is_some() {
            // Its owner would have it refreshed; whoever copied a token cannot.
            self.reply(key, Status::Unknown);
            return;
        }
        let attempt = &mut self.attempts[key];
        attempt.status = Some(if stale { Status::Stale } else { Status::Ok });
        if expired && !attempt.logout {
            // Refreshed once: the reply brings the same content in a new token.
            attempt.new_context = attempt.context;
        }
        self.serve(key, verify);
    }

    /// Packs the new state into the reply.
    pub(in crate::sim) fn save_token(&mut self, key: Key) {
        let attempt = &self.attempts[key];
        let (id, write) = (attempt.id, attempt.write);
        let added = if attempt.login { self.plan.state_bytes } else { self.growth(id, write) };
        let attempt = &mut self.attempts[key];
        if write > 0 {
            attempt.state.insert(write);
        }
        attempt.state_bytes = attempt.state_bytes.saturating_add(added).min(self.plan.state_limit);
        attempt.new_context = self.plan.token_bytes(attempt.state_bytes);
        self.reply_served(key);
    }
}

//! Who logged out, and what became of copied tokens and cookies.

use super::figures::{Logouts, Replays};
use crate::event::{Leave, Outcome, RequestId, RequestKind, SessionId};
use std::collections::BTreeSet;

/// What the ledger knows of them; it grows with the commands alone.
#[derive(Clone, Default, Debug)]
pub struct Credentials {
    pub logouts: Logouts,
    pub replays: Replays,
    /// Visits whose user logged out.
    left: BTreeSet<SessionId>,
    /// Open replays that began after that.
    after: BTreeSet<RequestId>,
}

impl Credentials {
    pub fn issued(&mut self, request: RequestId, session: SessionId, purpose: RequestKind) {
        match purpose {
            RequestKind::Logout => self.logouts.issued += 1,
            RequestKind::Replay => {
                self.replays.issued += 1;
                if self.left.contains(&session) {
                    self.after.insert(request);
                }
            }
            _ => {}
        }
    }

    pub fn logged_out(&mut self, outcome: Outcome) {
        self.logouts.ended += 1;
        self.logouts.served += u64::from(outcome.useful());
    }

    pub fn replayed(&mut self, request: RequestId, outcome: Outcome) {
        let after = u64::from(self.after.remove(&request));
        let replays = &mut self.replays;
        match outcome {
            Outcome::Ok | Outcome::Stale => {
                replays.accepted += 1;
                replays.accepted_old += u64::from(outcome == Outcome::Stale);
                replays.accepted_after_logout += after;
            }
            Outcome::Lost => {
                replays.refused += 1;
                replays.refused_after_logout += after;
            }
            _ => replays.unanswered += 1,
        }
    }

    pub fn left(&mut self, session: SessionId, how: Leave) {
        if how == Leave::LoggedOut {
            self.left.insert(session);
        }
    }
}

//! What ties a visit to instances when the warm-up ends: the newest event of each kind, to be told again.

use crate::event::{Outcome, Place, SessionId, What};

/// The ties of one visit.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct Ties {
    line: Option<What>,
    cookie: Option<What>,
    newest_copy: Option<What>,
}

impl Ties {
    /// The visit that an event ties to an instance, or unties.
    pub(super) const fn of(what: &What) -> Option<SessionId> {
        match *what {
            What::Pinned { session, .. }
            | What::Connected { session, .. }
            | What::Disconnected { session, .. }
            | What::Stored { session, .. }
            | What::Ended { session, .. } => Some(session),
            _ => None,
        }
    }

    pub(super) fn take(&mut self, what: What) {
        match what {
            What::Connected { .. } => self.line = Some(what),
            What::Pinned { .. } => self.cookie = Some(what),
            What::Disconnected { .. } => (self.line, self.cookie) = (None, None),
            What::Ended { outcome: Outcome::Lost | Outcome::TooLarge, .. } if self.line.is_none() => self.cookie = None,
            What::Stored { place: Place::Instance(_), .. } => self.newest_copy = Some(what),
            _ => {}
        }
    }

    /// All of them, for whoever has just been told that the visit began.
    pub(super) fn tell(self, tell: impl FnMut(What)) {
        [self.line, self.cookie, self.newest_copy].into_iter().flatten().for_each(tell);
    }
}

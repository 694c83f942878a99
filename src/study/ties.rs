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
            What::Disconnected { instance, .. } => {
                // Whoever had a connection makes the next one anew.
                self.line = if instance == 0 { self.line } else { Some(what) };
                self.cookie = None;
            }
            What::Ended { outcome: Outcome::Lost | Outcome::TooLarge, .. } if !self.is_connected() => {
                self.cookie = None;
            }
            What::Stored { place: Place::Instance(_), .. } => self.newest_copy = Some(what),
            _ => {}
        }
    }

    const fn is_connected(&self) -> bool {
        matches!(self.line, Some(What::Connected { .. }))
    }

    /// All of them, for whoever has just been told that the visit began.
    pub(super) fn tell(self, tell: impl FnMut(What)) {
        [self.line, self.cookie, self.newest_copy].into_iter().flatten().for_each(tell);
    }
}

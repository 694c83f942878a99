//! What there is to see of the session store, and the messages between the service's own processes.

use super::flight::Span;
use super::instance::{Copies, Scar};
use super::wire::Timed;
use crate::event::{Ask, Health, InstanceId, Place, Seq, SessionId};
use crate::units::Nanos;

/// The session store, its replica and its disk.
#[derive(Clone, Debug)]
pub struct Store {
    /// The truth.
    pub health: Health,
    /// Since when.
    pub since: Nanos,
    /// When a start or a takeover is over; else zero.
    pub until: Nanos,
    /// It takes this many times as long.
    pub slowness: f64,
    /// Whether its end was a kill.
    pub killed: bool,
    /// Operations that were asked and not answered yet, those on the wire included.
    pub pending: u32,
    /// State in its memory.
    pub copies: Copies,
    /// Copies in its replica; none without a replica.
    pub replica: Option<Copies>,
    /// Whether that has taken over: it is the store now.
    pub taken_over: bool,
    /// Copies on its disk.
    pub disk: Copies,
    /// Whose logins its denylist names, in order of their visits, and whose that of its replica.
    pub revoked: [Vec<SessionId>; 2],
    /// What went with its memory last, and not yet forgotten.
    pub scar: Option<Scar>,
    /// The command that killed it last, as a sequence number.
    pub(super) kill: Seq,
}

impl Store {
    pub(crate) fn new(replica: bool) -> Self {
        Self {
            health: Health::Up,
            since: Nanos::ZERO,
            until: Nanos::ZERO,
            slowness: 1.0,
            killed: false,
            pending: 0,
            copies: Copies::default(),
            replica: replica.then(Copies::default),
            taken_over: false,
            disk: Copies::default(),
            revoked: [Vec::new(), Vec::new()],
            scar: None,
            kill: 0,
        }
    }

    /// What it keeps state in, the one that answers first.
    pub fn places(&self) -> impl Iterator<Item = (Place, &Copies)> {
        let replica = self.replica.as_ref().map(|copies| (Place::Replica, copies));
        [(Place::Store, &self.copies)].into_iter().chain(replica).chain([(Place::Disk, &self.disk)])
    }

    /// Whether it was killed, and its replica is about to take over.
    #[must_use]
    pub fn fails_over(&self) -> bool {
        self.killed && self.health == Health::Starting && self.replica.is_some()
    }

    /// Whether nobody answers there.
    #[must_use]
    pub fn dead(&self) -> bool {
        self.health == Health::Down || self.fails_over()
    }
}

/// What a message between processes carries.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Cargo {
    /// A question on behalf of a request.
    Asked(Ask),
    /// Its answer.
    Answered(Ask),
    /// A write, or a whole state, for a copy.
    Copy,
}

/// A message between two of the service's own processes; 0 is the store (or, from the store, its replica).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Hop {
    /// Whose state it is about.
    pub session: SessionId,
    /// Who sent it.
    pub from: InstanceId,
    /// To whom.
    pub to: InstanceId,
    /// What it carries.
    pub cargo: Cargo,
    /// Its way.
    pub way: Span,
}

impl Timed for Hop {
    fn way(&self) -> Span {
        self.way
    }
}

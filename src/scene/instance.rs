//! What there is to see of an instance: the truth, what the balancer believes, the copies it holds, and the scar
//! of what it lost.

use super::client::NONE;
use super::flight::{LANES, Leg};
use crate::event::{Event, Health, InstanceId, Seq, SessionId, Work};
use crate::units::Nanos;
use std::ops::Range;

/// A copy of a session's state in a process.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Held {
    /// Whose.
    pub session: SessionId,
    /// Which login's.
    pub login: u32,
    /// When it last grew, or came.
    pub grown: Nanos,
    /// How many writes it holds.
    pub writes: u32,
    /// Nobody will ask for it again: its visit is over, or goes on under a new id.
    pub orphan: bool,
}

/// Copies in one process, ordered by visit, so that one is found by bisection and all clone as one block.
#[derive(Clone, Debug, Default)]
pub struct Copies {
    held: Vec<Held>,
    orphans: u32,
}

impl Copies {
    /// How many bytes of memory a clone of it takes elsewhere.
    pub(super) const fn bytes(&self) -> usize {
        size_of_val(self.held.as_slice())
    }

    /// Those that somebody may still ask for.
    pub fn live(&self) -> impl Iterator<Item = &Held> {
        self.held.iter().filter(|held| !held.orphan)
    }

    /// Those that were left behind.
    pub fn left(&self) -> impl DoubleEndedIterator<Item = &Held> {
        self.held.iter().filter(|held| held.orphan)
    }

    /// How many somebody may still ask for.
    #[must_use]
    pub fn live_count(&self) -> u32 {
        self.held.len() as u32 - self.orphans
    }

    /// How many were left behind: their visit is over, or goes on without them.
    #[must_use]
    pub const fn left_behind(&self) -> u32 {
        self.orphans
    }

    /// The copy of this visit's state that somebody may still ask for.
    #[must_use]
    pub fn of(&self, session: SessionId) -> Option<&Held> {
        self.held[self.those_of(session)].iter().find(|held| !held.orphan)
    }

    /// The copies of a visit: one for each login that left one here.
    fn those_of(&self, session: SessionId) -> Range<usize> {
        let first = self.held.partition_point(|held| held.session < session);
        first..first + self.held[first..].partition_point(|held| held.session == session)
    }

    fn place_of(&self, login: (SessionId, u32)) -> Result<usize, usize> {
        self.held.binary_search_by_key(&login, |held| (held.session, held.login))
    }

    /// Keeps the copy of a visit's login, or lets it grow. True if there was no live one before.
    pub(super) fn store(&mut self, of: (SessionId, u32), writes: u32, orphan: bool, at: Nanos) -> bool {
        match self.place_of(of) {
            Ok(place) => {
                let held = &mut self.held[place];
                if writes > held.writes {
                    held.grown = at;
                }
                held.writes = writes;
                false
            }
            Err(place) => {
                let (session, login) = of;
                self.held.insert(place, Held { session, login, grown: at, writes, orphan });
                self.orphans += u32::from(orphan);
                !orphan
            }
        }
    }

    /// Marks the copies of a visit as orphans. True if there was a live one.
    pub(super) fn orphan(&mut self, session: SessionId) -> bool {
        let range = self.those_of(session);
        let Some(held) = self.held[range].iter_mut().find(|held| !held.orphan) else { return false };
        held.orphan = true;
        self.orphans += 1;
        true
    }

    /// Forgets a copy. True if it was a live one.
    pub(super) fn drop(&mut self, of: (SessionId, u32)) -> bool {
        let Ok(place) = self.place_of(of) else { return false };
        let held = self.held.remove(place);
        self.orphans -= u32::from(held.orphan);
        !held.orphan
    }

    pub(super) fn take_all(&mut self) -> Vec<Held> {
        self.orphans = 0;
        std::mem::take(&mut self.held)
    }
}

/// A state that was in a process when its memory went.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Wreck {
    /// Whose.
    pub session: SessionId,
    /// The row of the client at that time.
    pub row: u32,
    /// How many writes the copy held.
    pub writes: u32,
    /// The verdict: the whole state is gone with it.
    pub lost: bool,
    /// Another copy lived on, and the whole state went with that one later.
    pub later: bool,
}

/// What went when a process lost its memory.
#[derive(Clone, Debug)]
pub struct Scar {
    /// When.
    pub at: Nanos,
    /// The end of the process, as a sequence number: the cause of what was lost by it.
    pub(super) end: Seq,
    /// The copies that somebody could still have asked for, in the order of their rows.
    pub wrecks: Vec<Wreck>,
    /// How many sessions lost their whole state by it.
    pub gone: u32,
    /// How many of them had nothing in it yet.
    pub empty: u32,
}

impl Scar {
    pub(super) fn new(end: &Event, mut wrecks: Vec<Wreck>) -> Self {
        wrecks.sort_unstable_by_key(|wreck| (wreck.row, wreck.session));
        Self { at: end.at, end: end.seq, wrecks, gone: 0, empty: 0 }
    }

    /// The place of a session that was in here and has no verdict yet.
    pub(super) fn undecided(&self, row: u32, session: SessionId) -> Option<usize> {
        let place = self.wrecks.binary_search_by_key(&(row, session), |wreck| (wreck.row, wreck.session)).ok()?;
        let wreck = &self.wrecks[place];
        (!wreck.lost && !wreck.later).then_some(place)
    }

    /// Records that one of its sessions outlived this, and was lost elsewhere.
    pub(super) fn lose_later(&mut self, place: usize) {
        self.wrecks[place].later = true;
    }

    /// Records the verdict about one of its sessions.
    pub(super) fn lose(&mut self, place: usize, empty: bool) {
        self.wrecks[place].lost = true;
        self.gone += 1;
        self.empty += u32::from(empty);
    }
}

/// One instance.
#[derive(Clone, Debug)]
pub struct Instance {
    /// Its id, from 1.
    pub id: InstanceId,
    /// The truth.
    pub health: Health,
    /// Since when.
    pub since: Nanos,
    /// When a start is over at the earliest, or a drain at the latest.
    pub until: Nanos,
    /// Grows whenever its memory is destroyed.
    pub incarnation: u32,
    /// How many workers it has.
    pub workers: u32,
    /// It takes this many times as long.
    pub slowness: f64,
    /// Cut off from peers and store.
    pub partitioned: bool,
    /// Whether the balancer would send requests there.
    pub believed_up: bool,
    /// Whether its end was a kill (and not a stop that had been asked for).
    pub killed: bool,
    /// Requests in its queue.
    pub queued: u32,
    /// Requests that its workers have.
    pub serving: u32,
    /// Peers' writes that they apply; one that waits for peers may apply what those have sent.
    pub applying: u32,
    /// New connections that they accept.
    pub accepting: u32,
    /// Requests between the balancer and its reply, inside ones included.
    pub open: u32,
    /// Copies of state in its memory.
    pub copies: Copies,
    /// What went with its memory last, and not yet forgotten.
    pub scar: Option<Scar>,
    /// The command that killed it last, as a sequence number.
    pub(super) kill: Seq,
    /// Which flight is in which row beside it.
    pub(super) lanes: [u32; LANES],
}

impl Instance {
    pub(super) fn new(id: InstanceId, health: Health, workers: u32, since: Nanos) -> Self {
        Self {
            id,
            health,
            since,
            until: Nanos::ZERO,
            incarnation: 1,
            workers,
            slowness: 1.0,
            partitioned: false,
            believed_up: false,
            killed: false,
            queued: 0,
            serving: 0,
            applying: 0,
            accepting: 0,
            open: 0,
            copies: Copies::default(),
            scar: None,
            kill: 0,
            lanes: [NONE; LANES],
        }
    }

    /// Workers that have something to do.
    #[must_use]
    pub fn occupied(&self) -> u32 {
        (self.serving + self.applying + self.accepting).min(self.workers)
    }

    pub(super) const fn occupy(&mut self, work: Work, begun: bool) {
        let count = match work {
            Work::Apply => &mut self.applying,
            Work::Handshake => &mut self.accepting,
        };
        *count = if begun { *count + 1 } else { count.saturating_sub(1) };
    }

    /// Whether it answers requests.
    #[must_use]
    pub const fn answers(&self) -> bool {
        matches!(self.health, Health::Up | Health::Draining)
    }

    /// Whether its memory is empty because its process is gone, or only begins: one that starts may already have copied what it is
    /// to hold.
    #[must_use]
    pub fn bare(&self) -> bool {
        match self.health {
            Health::Down | Health::Removed => true,
            Health::Starting => self.copies.live_count() == 0,
            _ => false,
        }
    }

    /// Whether the balancer is wrong about it: it believes in one that does not answer, or not in one that runs.
    #[must_use]
    pub const fn misjudged(&self) -> bool {
        match self.health {
            Health::Up => !self.believed_up,
            Health::Hung | Health::Down | Health::Removed | Health::Starting => self.believed_up,
            Health::Draining => false,
        }
    }

    /// One flight more is on this leg.
    pub(super) const fn count(&mut self, leg: Leg) {
        match leg {
            Leg::Queued => self.queued += 1,
            Leg::Serving => self.serving += 1,
            _ => {}
        }
    }

    /// One less.
    pub(super) const fn uncount(&mut self, leg: Leg) {
        match leg {
            Leg::Queued => self.queued = self.queued.saturating_sub(1),
            Leg::Serving => self.serving = self.serving.saturating_sub(1),
            _ => {}
        }
    }

    pub(super) fn enter_lane(&mut self, flight: u32) -> Option<u8> {
        self.open += 1;
        let lane = self.lanes.iter().position(|&taken| taken == NONE)?;
        self.lanes[lane] = flight;
        Some(lane as u8)
    }

    pub(super) fn leave_lane(&mut self, lane: Option<u8>) {
        self.open = self.open.saturating_sub(1);
        if let Some(lane) = lane {
            self.lanes[usize::from(lane)] = NONE;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_count_their_orphans() {
        let mut copies = Copies::default();
        assert!(copies.store((7, 1), 2, false, Nanos(1)));
        assert!(copies.store((3, 1), 0, false, Nanos(2)));
        assert!(!copies.store((7, 1), 3, false, Nanos(3)), "it was there already");
        assert_eq!(copies.live().map(|held| (held.session, held.writes)).collect::<Vec<_>>(), [(3, 0), (7, 3)]);
        assert!(copies.orphan(7));
        assert!(!copies.orphan(7));
        assert_eq!((copies.live_count(), copies.left_behind()), (1, 1));
        assert!(copies.store((7, 2), 0, false, Nanos(4)), "a new login came to where the old state lies");
        assert_eq!((copies.live_count(), copies.left_behind()), (2, 1));
        assert_eq!(copies.of(7).map(|held| (held.login, held.writes)), Some((2, 0)));
        assert!(!copies.drop((7, 1)), "nobody would have asked for it");
        assert_eq!((copies.live_count(), copies.left_behind()), (2, 0));
        assert!(copies.drop((3, 1)));
        assert!(!copies.drop((3, 1)));
        assert_eq!(copies.live_count(), 1);
    }
}

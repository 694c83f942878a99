//! A visit, the copies of its state, and the verdict on what is lost.
//!
//! ```text
//!   acknowledged writes ⊆ (all copies ∪ all messages on the wire), always:
//!   what falls out of the right side is lost at that moment, counted once, and leaves the left side.
//! ```

use super::World;
use super::sizes;
use super::slab::Key;
use super::writes::WriteSet;
use crate::event::{Gone, InstanceId, Place, RequestId, RequestKind, Seq, SessionId, What};
use crate::scenario::{Dist, Home, Transport};
use crate::units::Nanos;
use smallvec::SmallVec;

/// What made something happen: the event, and the command its causes reach.
#[derive(Clone, Copy, Default, Debug)]
pub struct Cause {
    pub seq: Seq,
    pub root: Seq,
}

/// One copy of a session's state.
#[derive(Clone, Debug)]
pub struct Copy {
    pub place: Place,
    pub writes: WriteSet,
    pub bytes: u32,
    pub used: Nanos,
}

/// Writes that a transfer carries: while it is on its way, they are held.
#[derive(Clone, Debug)]
pub struct Flight {
    pub transfer: Key,
    pub writes: WriteSet,
}

/// The request a user waits for. In a slab of its own: of ten thousand visits, a few dozen have one.
#[derive(Clone, Copy, Debug)]
pub struct Open {
    pub request: RequestId,
    pub purpose: RequestKind,
    pub ordinal: u32,
    pub write: u32,
    pub issued: Nanos,
    /// What it demands of a worker.
    pub demand: Nanos,
    /// How long its user will think after it, if nothing hurries them.
    pub think: Nanos,
    pub attempt: u8,
    /// Whether the client has given that attempt up, and waits for the next one's turn.
    pub backing_off: bool,
    /// The instance whose reply ended it; 0: none.
    pub served_by: InstanceId,
    /// The newest event of this request.
    pub cause: Cause,
}

/// A visit in progress.
///
/// Small, because there are many: with ten thousand of them each byte is a trip to a slower cache, and all of them are
/// copied whenever a world is. What few visits need at a time lies elsewhere.
#[derive(Clone, Default, Debug)]
pub struct Session {
    pub id: SessionId,
    /// Its open request, among [`World::requests`].
    pub open: Option<Key>,
    /// The next planned request.
    pub ordinal: u32,
    /// How many requests are planned.
    pub planned: u32,
    /// When the visit ends whatever happens (chairs only; else never).
    pub leaves: Nanos,
    /// The beginning of the visit: the cause of all that it planned.
    pub cause: Cause,
    /// Grows with each attempt to log in: copies made for an older one belong to nobody.
    pub epoch: u32,
    /// Context bytes this client sent last under its present token or cookie.
    pub sent_context: u32,
    /// Most homes keep one copy: it has its place here, not behind a pointer.
    pub copies: SmallVec<[Copy; 1]>,
    /// Acknowledged, and not lost since.
    pub acknowledged: WriteSet,
    /// The number of its last write.
    pub last_write: u32,
    /// The instance its cookie asks for; 0: none.
    pub pin: InstanceId,
    /// `replicate-backup`: who leads and who backs up; 0: nobody.
    pub primary: InstanceId,
    pub backup: InstanceId,
    pub logged_in: bool,
    /// Whether a state exists that the client's id or token names.
    pub stateful: bool,
    /// Whether its expiry is on the agenda.
    pub watched: bool,
    pub token_issued: Nanos,
    rare: Option<Box<Rare>>,
}

// Two and a half cache lines, with the slot that it is in.
const _: () = assert!(size_of::<Session>() <= 152);

/// What hardly any visit needs to know of itself.
#[derive(Clone, Debug)]
pub struct Rare {
    /// When the planned request was issued whose wait is still open; never: none is.
    pub waiting_since: Nanos,
    /// Failures in a row.
    pub failures: u32,
    /// The token before the last write, if there was one: the size of its state, and when it was issued.
    pub older_token: Option<(u32, Nanos)>,
    /// What told its user to log out; nothing did: 0.
    pub leaving: Cause,
    /// What destroyed its state, while the user does not know yet.
    pub loss: Cause,
    /// The newest event by which an instance's full memory forgot a copy of its state.
    pub evicted: Cause,
    /// Hardly ever more than one at a time.
    pub flights: SmallVec<[Flight; 1]>,
}

impl Rare {
    /// Of a visit with which nothing is the matter.
    const NOTHING: Self = Self {
        waiting_since: Nanos::NEVER,
        failures: 0,
        older_token: None,
        leaving: Cause { seq: 0, root: 0 },
        loss: Cause { seq: 0, root: 0 },
        evicted: Cause { seq: 0, root: 0 },
        flights: SmallVec::new_const(),
    };
}

impl Session {
    /// About how many bytes of memory a clone of it takes beside itself.
    pub fn bytes_beside(&self) -> usize {
        let rare = self.rare.as_ref().map_or(0, |rare| size_of::<Rare>() + spilled(&rare.flights));
        spilled(&self.copies) + rare
    }

    /// Begins a new visit in a used slot, keeping its buffers.
    pub fn reset(&mut self, id: SessionId) {
        let mut copies = std::mem::take(&mut self.copies);
        copies.clear();
        let mut rare = self.rare.take();
        if let Some(rare) = &mut rare {
            let mut flights = std::mem::take(&mut rare.flights);
            flights.clear();
            **rare = Rare { flights, ..Rare::NOTHING };
        }
        *self = Self { id, copies, rare, ..Self::default() };
    }

    /// What hardly any visit needs to know.
    pub fn rare(&self) -> &Rare {
        const NOTHING: &Rare = &Rare::NOTHING;
        self.rare.as_deref().unwrap_or(NOTHING)
    }

    /// The same, to be changed.
    pub fn rare_mut(&mut self) -> &mut Rare {
        self.rare.get_or_insert_with(|| Box::new(Rare::NOTHING))
    }

    /// The same, if there is something in it already: for whoever only wants to take something out.
    pub fn rare_if_any(&mut self) -> Option<&mut Rare> {
        self.rare.as_deref_mut()
    }

    /// Nothing destroyed its state any more: there is no such state.
    fn forget_loss(&mut self) {
        if let Some(rare) = self.rare_if_any() {
            (rare.loss, rare.evicted) = (Cause::default(), Cause::default());
        }
    }

    /// The visit, and which of its attempts to log in its copies are of.
    pub const fn login(&self) -> (SessionId, u32) {
        (self.id, self.epoch)
    }

    pub fn copy_at(&self, place: Place) -> Option<&Copy> {
        self.copies.iter().find(|copy| copy.place == place)
    }

    pub fn copy_at_mut(&mut self, place: Place) -> Option<&mut Copy> {
        self.copies.iter_mut().find(|copy| copy.place == place)
    }

    /// The size of its state as the client's token would carry it.
    pub fn client_bytes(&self) -> u32 {
        self.copy_at(Place::Client).map_or(0, |copy| copy.bytes)
    }
}

impl World {
    /// What write number `write` of a visit adds to its state, in bytes.
    pub(super) fn growth(&self, session: SessionId, write: u32) -> u32 {
        sizes::growth(&self.draws, self.plan.growth_bytes, session, write)
    }

    /// What the writes that are in `writes` and not in `held` add to a state, in bytes.
    fn growth_beyond(&self, session: SessionId, writes: &WriteSet, held: &WriteSet) -> u32 {
        if let Dist::Fixed(_) = self.plan.growth_bytes {
            return self.growth(session, 1).saturating_mul(writes.count_beyond(held));
        }
        writes.beyond(held).fold(0, |sum: u32, write| sum.saturating_add(self.growth(session, write)))
    }

    /// Puts `writes` into the copy at `place`, which is made if there is none, and says so.
    pub(super) fn store_copy(&mut self, key: Key, place: Place, writes: &WriteSet, cause: Cause) -> Cause {
        let (now, limit) = (self.now, self.plan.state_limit);
        let session = &self.sessions[key];
        let id = session.id;
        let none = WriteSet::default();
        let copy = session.copy_at(place);
        let held = copy.map_or(&none, |copy| &copy.writes);
        let base = if copy.is_some() { 0 } else { self.plan.state_bytes };
        let added = self.growth_beyond(id, writes, held).saturating_add(base);
        let session = &mut self.sessions[key];
        let (count, before, bytes) = if let Some(copy) = session.copy_at_mut(place) {
            let before = copy.bytes;
            copy.writes.extend(writes);
            copy.bytes = before.saturating_add(added).min(limit);
            copy.used = now;
            (copy.writes.len(), before, copy.bytes)
        } else {
            let bytes = added.min(limit);
            session.copies.push(Copy { place, writes: writes.clone(), bytes, used: now });
            (writes.len(), 0, bytes)
        };
        session.stateful = true;
        let login = session.epoch;
        self.fill(place, bytes - before);
        self.emit(cause, What::Stored { session: id, place, writes: count, bytes, login })
    }

    /// Counts what is in no copy and on no wire any more.
    pub(super) fn settle_losses(&mut self, key: Key, cause: Cause) {
        let session = &mut self.sessions[key];
        if !session.stateful {
            return;
        }
        let id = session.id;
        if session.copies.is_empty() && session.rare().flights.is_empty() {
            self.lose_state(key, cause);
            return;
        }
        let mut held = WriteSet::default();
        for copy in &session.copies {
            held.extend(&copy.writes);
        }
        for flight in &session.rare().flights {
            held.extend(&flight.writes);
        }
        if session.acknowledged.within(&held) {
            return;
        }
        let acknowledged = session.acknowledged.clone();
        self.sessions[key].acknowledged.keep_only(&held);
        // What had given way to newer writes before is not lost now.
        let shown = self.remembered(id, &acknowledged) as usize;
        let writes = acknowledged.newest_first().take(shown).filter(|&write| !held.contains(write)).count() as u32;
        if writes > 0 {
            self.emit(cause, What::Lost { session: id, writes, whole: false });
        }
    }

    /// How many of these writes a state still shows; the others gave way to newer ones before.
    fn remembered(&self, id: SessionId, writes: &WriteSet) -> u32 {
        if self.plan.state_limit == u32::MAX {
            return writes.len();
        }
        let mut room = self.plan.state_limit;
        let newest = writes.newest_first().take_while(|&write| {
            let size = self.growth(id, write);
            let fits = size <= room;
            room = room.saturating_sub(size);
            fits
        });
        newest.count() as u32
    }

    /// The user's state is out of reach for good.
    fn lose_state(&mut self, key: Key, cause: Cause) {
        let session = &mut self.sessions[key];
        let acknowledged = std::mem::take(&mut session.acknowledged);
        session.stateful = false;
        let id = session.id;
        let writes = self.remembered(id, &acknowledged);
        let event = self.emit(cause, What::Lost { session: id, writes, whole: true });
        self.sessions[key].rare_mut().loss = event;
    }

    /// The user was told that the session is unknown (or its token too large), and drops its id.
    pub(super) fn abandon_state(&mut self, key: Key, cause: Cause) {
        if self.sessions[key].stateful {
            self.lose_state(key, cause);
        }
        self.orphan_copies(key, cause);
        // A connection stays: the new login goes over it, too.
        if self.sessions[key].pin != 0 && self.plan.transport == Transport::Request {
            self.unpin(key);
        }
        let session = &mut self.sessions[key];
        session.logged_in = false;
        session.sent_context = 0;
        session.primary = 0;
        session.backup = 0;
        session.forget_loss();
    }

    /// What earlier attempts to log in may have created, or may yet create, belongs to nobody: the client never heard of it.
    pub(super) fn forget_login(&mut self, key: Key, cause: Cause) {
        let session = &mut self.sessions[key];
        session.stateful = false;
        session.primary = 0;
        session.backup = 0;
        session.forget_loss();
        self.orphan_copies(key, cause);
        self.sessions[key].epoch += 1;
    }

    /// Nobody will ask for these copies again; they take memory until they expire.
    pub(super) fn orphan_copies(&mut self, key: Key, cause: Cause) {
        self.release_flights(key);
        let session = &mut self.sessions[key];
        let (id, epoch) = (session.id, session.epoch);
        let mut copies = std::mem::take(&mut session.copies);
        // As while the visit lasted: whoever leads has told the others.
        let used = copies.iter().map(|copy| copy.used).max().unwrap_or_default();
        for copy in copies.drain(..) {
            self.orphan(id, epoch, copy.place, copy.bytes, used, cause);
        }
        self.sessions[key].copies = copies;
    }

    /// One copy that belongs to nobody.
    pub(super) fn orphan(
        &mut self,
        session: SessionId,
        epoch: u32,
        place: Place,
        bytes: u32,
        used: Nanos,
        cause: Cause,
    ) {
        match (place, self.plan.session_timeout) {
            // The client forgets its token, and a server without expiry is told to forget, so that no run grows without bound.
            (Place::Client, _) | (_, None) => {
                self.copy_gone(cause, (session, epoch), place, Gone::Forgotten, bytes);
            }
            (_, Some(timeout)) => {
                let incarnation = self.incarnation_of(place);
                let (orphan, slot) = self.orphans.take();
                *slot = Orphan { session, epoch, place, bytes, incarnation, used };
                self.list_orphan(orphan, place, used);
                self.agenda.push(self.now.max(used + timeout), super::Next::OrphanExpires(orphan));
            }
        }
    }

    pub(super) fn orphan_expires(&mut self, key: Key) {
        let Some(&Orphan { session, epoch, place, bytes, incarnation, .. }) = self.orphans.get(key) else { return };
        self.orphans.free(key);
        if incarnation == self.incarnation_of(place) {
            self.copy_gone(Cause::default(), (session, epoch), place, Gone::Expired, bytes);
        }
    }

    pub(super) fn orphans_at(&self, place: Place) -> impl Iterator<Item = Key> + '_ {
        let incarnation = self.incarnation_of(place);
        let here = move |key: &Key| self.orphans[*key].place == place && self.orphans[*key].incarnation == incarnation;
        self.orphans.keys().into_iter().filter(here)
    }

    /// The orphan that one login of a visit left at a place goes, if it left one.
    pub(super) fn drop_orphan_of(&mut self, session: SessionId, epoch: u32, place: Place, why: Gone, cause: Cause) {
        if let Some(orphan) = self.orphan_of(session, epoch, place) {
            self.drop_orphan(orphan, why, cause);
        }
    }

    /// The orphan at a place that one login of a visit left there.
    pub(super) fn orphan_of(&self, session: SessionId, epoch: u32, place: Place) -> Option<Key> {
        self.orphans_at(place).find(|&key| (self.orphans[key].session, self.orphans[key].epoch) == (session, epoch))
    }

    /// Copies that nobody used for the session timeout go; else looks again when that could be.
    pub(super) fn session_expires(&mut self, key: Key) {
        let (Some(timeout), Some(session)) = (self.plan.session_timeout, self.sessions.get_mut(key)) else {
            return;
        };
        let (owner, now) = (session.login(), self.now);
        // A session is used wherever one of its copies is: whoever leads tells the others.
        let used = session.copies.iter().map(|copy| copy.used).max();
        match used {
            Some(used) if used + timeout > now => {
                self.agenda.push_lane(super::agenda::Lane::Expiry, used + timeout, super::Next::SessionExpires(key));
            }
            _ => {
                session.watched = false;
                // Nothing but time has done it.
                let mut cause = Cause::default();
                for copy in std::mem::take(&mut session.copies) {
                    cause = self.copy_gone(cause, owner, copy.place, Gone::Expired, copy.bytes);
                }
                self.settle_losses(key, cause);
            }
        }
    }

    /// A place's memory is destroyed: every copy in it goes, with what that loses.
    pub(super) fn destroy_copies(&mut self, place: Place, cause: Cause) {
        if self.plan.home == Home::Token {
            return;
        }
        self.empty(place);
        for key in self.sessions.keys() {
            let session = &mut self.sessions[key];
            let before = session.copies.len();
            session.copies.retain(|copy| copy.place != place);
            if session.copies.len() < before {
                self.settle_losses(key, cause);
            }
        }
    }
}

/// How many bytes of memory a small vector takes elsewhere.
fn spilled<T>(items: &SmallVec<[T; 1]>) -> usize {
    if items.spilled() { size_of_val(items.as_slice()) } else { 0 }
}

/// A copy of a state that belongs to nobody any more.
#[derive(Clone, Copy, Debug)]
pub struct Orphan {
    pub session: SessionId,
    /// The login that made it.
    pub epoch: u32,
    pub place: Place,
    pub bytes: u32,
    incarnation: u32,
    pub used: Nanos,
}

impl Default for Orphan {
    fn default() -> Self {
        Self { session: 0, epoch: 0, place: Place::Client, bytes: 0, incarnation: 0, used: Nanos::ZERO }
    }
}

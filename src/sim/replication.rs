//! Copies on their way between instances; from the store to its replica: `replica.rs`.
//!
//! ```text
//!   write ─▶ (lag) ─▶ on the wire ─▶ applied by one of the peer's workers ─▶ acknowledged, if somebody waits
//! ```
//!
//! What is on the wire still counts as held. A transfer that finds its receiver dead, or the network cut, is gone
//! at that moment, with whatever only it carried.

mod replica;

use super::client::Stage;
use super::draw::Purpose;
use super::instance::Job;
use super::plan::{PEER_DROP, SMALL_MESSAGE_BYTES};
use super::session::{Cause, Flight};
use super::slab::Key;
use super::writes::WriteSet;
use super::{Next, World};
use crate::event::{Ask, Gone, Health, InstanceId, Place, SessionId, What, Work};
use crate::scenario::Home;
use smallvec::SmallVec;
use std::cmp::Reverse;

/// The instances that a write goes to: mostly few enough for no allocation.
pub type Peers = SmallVec<[InstanceId; 16]>;

/// What a transfer does where it arrives.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
enum Errand {
    /// Adds what it carries to the copy.
    #[default]
    Keep,
    /// Destroys the copy: the user has logged out.
    Erase,
    /// Puts the login on the replica's denylist.
    Revoke,
}

/// A write, or a whole state, on its way to a copy, or word that it is to be destroyed.
#[derive(Clone, Default, Debug)]
pub struct Transfer {
    session: Option<Key>,
    id: SessionId,
    epoch: u32,
    /// 0: the store.
    from: InstanceId,
    from_incarnation: u32,
    /// 0: the store's replica.
    to: InstanceId,
    to_incarnation: u32,
    writes: WriteSet,
    write: u32,
    bytes: u32,
    /// The attempt that waits for it.
    waiting: Option<Key>,
    /// What it is to do where it arrives.
    errand: Errand,
    arrived: bool,
    /// Whether an instance that starts waits for it.
    joining: bool,
    cause: Cause,
}

impl Transfer {
    /// What it is on its way for.
    pub const fn cause(&self) -> Cause {
        self.cause
    }
}

impl World {
    /// The instances that `id` counts as its peers: those that run, or are joining, and were not dropped.
    pub(super) fn peers_of(&self, id: InstanceId) -> impl Iterator<Item = InstanceId> + '_ {
        let now = self.now;
        let dropped = move |instance: &super::Instance| {
            let troubled = instance.cut || instance.health == Health::Hung;
            troubled && now.since(instance.trouble_since) >= PEER_DROP
        };
        let alone = dropped(self.instance(id));
        let member = move |peer: &&super::Instance| {
            peer.id != id && !alone && (peer.exists() || peer.joining > 0) && !dropped(peer)
        };
        self.instances.iter().filter(member).map(|peer| peer.id)
    }

    fn wire(&mut self, transfer: Transfer) -> Key {
        let (key, slot) = self.transfers.take();
        *slot = transfer;
        key
    }

    /// Sends what an attempt created or changed to `peers`, and replies: now, or when they have acknowledged it.
    pub(super) fn replicate(&mut self, key: Key, peers: &[InstanceId]) {
        let attempt = &self.attempts[key];
        let (id, write, from, cause) = (attempt.id, attempt.write, attempt.instance, attempt.cause);
        let (session, login, logout) = (self.session_of(key), attempt.login, attempt.logout);
        let (Some(session), false) = (session, peers.is_empty()) else {
            self.reply_served(key);
            return;
        };
        let mut writes = WriteSet::default();
        if write > 0 {
            writes.insert(write);
        }
        let delta = self.growth(id, write);
        let bytes = match (login, logout) {
            (true, _) => self.plan.state_bytes.max(SMALL_MESSAGE_BYTES),
            (_, true) => SMALL_MESSAGE_BYTES,
            _ => delta,
        };
        let errand = if logout { Errand::Erase } else { Errand::Keep };
        let sync = self.plan.sync;
        let (epoch, from_incarnation) = (self.sessions[session].epoch, self.instance(from).incarnation);
        for &to in peers {
            let transfer = self.wire(Transfer {
                // What is to be destroyed is nobody's already.
                session: Some(session).filter(|_| !logout),
                id,
                epoch,
                from,
                from_incarnation,
                to,
                to_incarnation: self.instance(to).incarnation,
                writes: writes.clone(),
                write,
                bytes,
                waiting: sync.then_some(key),
                errand,
                arrived: false,
                joining: false,
                cause,
            });
            if sync {
                self.attempts[key].awaited += 1;
                self.transfer_sent(transfer);
            } else {
                self.agenda.push(self.now + self.plan.lag, Next::TransferSent(transfer));
            }
        }
        if sync {
            let asks = self.waits_for_peers(key);
            self.agenda.push(self.now.saturating_add(PEER_DROP), Next::PeerTimeout(key, asks));
            self.attempts[key].blocked = true;
            self.wait_for_peers(from);
        } else {
            self.reply_served(key);
        }
    }

    /// Copies a whole state from one instance to another.
    pub(super) fn copy_to(&mut self, session: Key, from: InstanceId, to: InstanceId, cause: Cause) -> Option<Key> {
        let copy = self.sessions[session].copy_at(Place::Instance(from))?;
        let (writes, bytes) = (copy.writes.clone(), copy.bytes.max(SMALL_MESSAGE_BYTES));
        let (id, epoch) = (self.sessions[session].id, self.sessions[session].epoch);
        let transfer = self.wire(Transfer {
            session: Some(session),
            id,
            epoch,
            from,
            from_incarnation: self.instance(from).incarnation,
            to,
            to_incarnation: self.instance(to).incarnation,
            writes,
            write: 0,
            bytes,
            waiting: None,
            errand: Errand::Keep,
            arrived: false,
            joining: false,
            cause,
        });
        self.transfer_sent(transfer);
        Some(transfer)
    }

    /// A transfer between instances goes on the wire.
    pub(super) fn transfer_sent(&mut self, key: Key) {
        let Transfer { session, id, epoch, from, from_incarnation, to, write, bytes, waiting, cause, .. } =
            self.transfers[key];
        // Whether the visit still goes on does not matter: the instance does not know.
        let session = session.filter(|&session| self.sessions.get(session).is_some_and(|s| s.epoch == epoch));
        let lost = session.is_some_and(|session| !self.sessions[session].stateful);
        if lost {
            // A state that was lost while its write waited here is not raised from the dead.
            self.transfers.free(key);
            return;
        }
        if self.instance(from).incarnation != from_incarnation {
            // It waited for its turn in an instance that died: never sent.
            self.transfers.free(key);
            return;
        }
        if self.freezes(from, Next::TransferSent(key)) {
            return;
        }
        if let Some(session) = session {
            let writes = self.transfers[key].writes.clone();
            self.sessions[session].rare_mut().flights.push(Flight { transfer: key, writes });
        }
        let draw_key = u64::from(epoch) << 48 | u64::from(write) << 16 | u64::from(to);
        let hop = self.hop(&self.plan.peer_hop, Purpose::PeerHop, id, || draw_key);
        let arrives = self.leave_instance(from, bytes, hop);
        let what = match waiting {
            Some(attempt) => {
                let request = self.attempts[attempt].request;
                What::Asked { request, session: id, ask: Ask::Replicate, instance: from, peer: to, arrives, bytes }
            }
            None => What::Copying { session: id, from, to, write, arrives, bytes },
        };
        let cause = self.emit(cause, what);
        self.transfers[key].cause = cause;
        self.agenda.push(arrives, Next::TransferArrives(key));
    }

    pub(super) fn transfer_arrives(&mut self, key: Key) {
        let Some(transfer) = self.transfers.get(key) else { return };
        let (from, to, to_incarnation) = (transfer.from, transfer.to, transfer.to_incarnation);
        let receiver = self.instance(to);
        let (health, incarnation) = (receiver.health, receiver.incarnation);
        let waiting = transfer.waiting.filter(|&attempt| self.working(attempt));
        let (cut, trouble) = (receiver.cut || self.instance(from).cut, receiver.trouble);
        if let Some(attempt) = waiting
            && (cut || health == Health::Hung)
        {
            self.attempts[attempt].obstacle = trouble.or(self.instance(from).trouble);
        }
        if cut {
            self.vanish(key, false);
            return;
        }
        if incarnation != to_incarnation {
            self.vanish(key, true);
            return;
        }
        self.transfers[key].arrived = true;
        match health {
            Health::Hung => {
                self.unheard(to, Next::TransferArrives(key));
            }
            Health::Starting => self.apply_transfer(key),
            _ => self.take_on(to, Job::Apply(key)),
        }
    }

    /// A peer's worker has applied a write.
    pub(super) fn applied(&mut self, key: Key, id: InstanceId) {
        let Some(cause) = self.transfers.get(key).map(Transfer::cause) else { return };
        if self.freezes(id, Next::Applied(key, id)) {
            return;
        }
        self.apply_transfer(key);
        self.chore_done(id, Work::Apply, cause);
    }

    fn apply_transfer(&mut self, key: Key) {
        let transfer = self.transfers[key].clone();
        let place = Place::Instance(transfer.to);
        match self.unwire(key) {
            // Of a state that a full memory has forgotten, one write makes none.
            Some(session) if transfer.write > 0 && self.has_forgotten(session, transfer.to) => {
                let cause = self.sessions[session].rare().evicted;
                self.settle_losses(session, cause);
            }
            Some(session) => {
                let cause = self.store_copy(session, place, &transfer.writes, transfer.cause);
                if self.plan.home == Home::ReplicateBackup {
                    self.retire_stray(session, transfer.to, transfer.cause);
                }
                self.make_room(place, cause);
            }
            None => {}
        }
        if transfer.errand == Errand::Erase {
            self.erase_orphan(transfer.id, transfer.epoch, place, transfer.cause);
        }
        if let Some(attempt) = transfer.waiting {
            self.acknowledge(attempt, &transfer, transfer.cause);
        }
        self.joined(&transfer);
    }

    /// Whether an instance has no copy of a state because its full memory needed the room: somebody's did, and no whole one is on
    /// its way there.
    fn has_forgotten(&self, key: Key, id: InstanceId) -> bool {
        let session = &self.sessions[key];
        let rare = session.rare();
        let comes = |flight: &Flight| {
            self.transfers.get(flight.transfer).is_some_and(|transfer| transfer.write == 0)
                && self.leads_to_present_life(flight.transfer, id)
        };
        rare.evicted.seq != 0 && session.copy_at(Place::Instance(id)).is_none() && !rare.flights.iter().any(comes)
    }

    /// A copy that came to an instance which is no longer to hold it goes again; if it is the only one left, that instance leads.
    fn retire_stray(&mut self, key: Key, at: InstanceId, cause: Cause) {
        let session = &self.sessions[key];
        if session.primary == at || session.backup == at {
            return;
        }
        if session.copies.len() < 2 {
            self.lead(key, at);
            return;
        }
        if let Some(gone) = self.drop_copy(key, Place::Instance(at), Gone::Moved, cause) {
            self.settle_losses(key, gone);
        }
    }

    fn joined(&mut self, transfer: &Transfer) {
        let receiver = self.instance_mut(transfer.to);
        if transfer.joining && receiver.incarnation == transfer.to_incarnation {
            receiver.joining -= 1;
            if receiver.joining == 0 {
                self.instance_up(transfer.to);
            }
        }
    }

    /// Takes a transfer off the wire; the session it was for, if that still is the same.
    fn unwire(&mut self, key: Key) -> Option<Key> {
        let Transfer { session, epoch, .. } = self.transfers[key];
        self.transfers.free(key);
        let session_key = session?;
        let session = self.sessions.get_mut(session_key)?;
        if let Some(rare) = session.rare_if_any() {
            rare.flights.retain(|flight| flight.transfer != key);
        }
        (session.epoch == epoch).then_some(session_key)
    }

    /// A transfer is gone; whoever waits for it learns so if the other side could still refuse it.
    fn vanish(&mut self, key: Key, refused: bool) {
        let transfer = self.transfers[key].clone();
        if let Some(session) = self.unwire(key) {
            let receiver = self.instance(transfer.to);
            // One that was ended meanwhile may be up again.
            let restarted = receiver.incarnation != transfer.to_incarnation;
            let cause = receiver.trouble.or(restarted.then_some(receiver.life)).unwrap_or(transfer.cause);
            self.settle_losses(session, cause);
        }
        if let (Some(attempt), true) = (transfer.waiting, refused) {
            self.acknowledge(attempt, &transfer, transfer.cause);
        }
        self.joined(&transfer);
    }

    /// The sender hears of a transfer that was applied, or refused.
    fn acknowledge(&mut self, attempt: Key, transfer: &Transfer, cause: Cause) {
        if !self.working(attempt) {
            return;
        }
        if let Some(obstacle) = self.cut_off_by(transfer.to).or(self.cut_off_by(transfer.from)) {
            // There is no way back any more.
            self.attempts[attempt].obstacle = Some(obstacle);
            return;
        }
        let draw_key = u64::from(transfer.epoch) << 48 | u64::from(transfer.write) << 16 | u64::from(transfer.to);
        let hop = self.hop(&self.plan.peer_hop, Purpose::PeerHop, transfer.id, || draw_key ^ 1 << 40);
        let arrives = self.leave_instance(transfer.to, SMALL_MESSAGE_BYTES, hop);
        let what = What::Answered {
            request: self.attempts[attempt].request,
            session: transfer.id,
            ask: Ask::Replicate,
            instance: transfer.from,
            peer: transfer.to,
            arrives,
            bytes: SMALL_MESSAGE_BYTES,
        };
        self.emit(cause, what);
        self.agenda.push(arrives, Next::PeerAcknowledges(attempt));
    }

    pub(super) fn peer_acknowledges(&mut self, key: Key) {
        if !self.working(key) || self.unheard(self.attempts[key].instance, Next::PeerAcknowledges(key)) {
            return;
        }
        let attempt = &mut self.attempts[key];
        attempt.awaited = attempt.awaited.saturating_sub(1);
        if attempt.awaited == 0 {
            self.reply_served(key);
        }
    }

    /// A worker begins to wait for peers; the number tells this time from earlier ones.
    fn waits_for_peers(&mut self, key: Key) -> u32 {
        let attempt = &mut self.attempts[key];
        attempt.asks += 1;
        attempt.asks
    }

    /// Whether a worker still waits as it did then.
    fn still_waits(&self, key: Key, asks: u32) -> bool {
        self.working(key) && self.attempts[key].asks == asks
    }

    /// A peer did not answer for so long that it is dropped: a writer goes on without it, a reader asks elsewhere.
    pub(super) fn peer_timeout(&mut self, key: Key, asks: u32) {
        if !self.still_waits(key, asks) || self.freezes(self.attempts[key].instance, Next::PeerTimeout(key, asks)) {
            return;
        }
        match self.attempts[key].stage {
            Stage::Lookup => {
                // Still in its way: should nobody else have the state, that is why.
                self.was_held_up(key);
                self.fetch_failed(key);
            }
            Stage::Service => {}
            Stage::Save => {
                self.unblock(key);
                self.reply_served(key);
            }
        }
    }

    /// An instance starts: it first copies what it must hold.
    pub(super) fn join_peers(&mut self, id: InstanceId) {
        if self.plan.home != Home::ReplicateAll {
            return;
        }
        let cause = self.instance(id).life;
        let mut copies = 0;
        for key in self.sessions.keys() {
            for source in self.sources_for(id, key) {
                if let Some(transfer) = self.copy_to(key, source, id, cause) {
                    self.transfers[transfer].joining = true;
                    copies += 1;
                }
            }
        }
        self.instance_mut(id).joining = copies;
    }

    /// Those from whom an instance that joins has all of a state: whoever knows most, and who adds to that, because a write may be
    /// on its way to peers that it does not count among them yet.
    fn sources_for(&self, id: InstanceId, key: Key) -> Peers {
        let copy_at = |peer: InstanceId| self.sessions[key].copy_at(Place::Instance(peer));
        let serves = |peer: &InstanceId| *peer != id && self.instance(*peer).serves() && self.reachable(*peer, *peer);
        let mut holders: SmallVec<[_; 16]> = (1..=self.instances.len() as InstanceId)
            .filter(serves)
            .filter_map(|peer| Some((peer, &copy_at(peer)?.writes)))
            .collect();
        holders.sort_by_key(|(_, writes)| Reverse(writes.len()));
        let mut known: Option<WriteSet> = None;
        holders.retain(|(_, writes)| {
            let adds = known.as_ref().is_none_or(|known| !writes.within(known));
            if adds {
                known.get_or_insert_default().extend(writes);
            }
            adds
        });
        holders.into_iter().map(|(peer, _)| peer).collect()
    }

    /// After a partition or a long hang the copies are made equal again.
    pub(super) fn resynchronise(&mut self, id: InstanceId, cause: Cause) {
        match self.plan.home {
            Home::ReplicateAll => self.equalise(id, cause),
            Home::ReplicateBackup => self.catch_up_backups(cause),
            _ => {}
        }
    }

    fn equalise(&mut self, id: InstanceId, cause: Cause) {
        let peers: Vec<_> = self.peers_of(id).collect();
        for key in self.sessions.keys() {
            // What one peer sends already no other one has to send as well.
            let copy_at = |at| self.sessions[key].copy_at(Place::Instance(at)).map(|copy| copy.writes.clone());
            let mut known = copy_at(id);
            for &peer in &peers {
                if self.lacks(key, id, peer) {
                    self.copy_to(key, id, peer, cause);
                }
                let Some(theirs) = self.sessions[key].copy_at(Place::Instance(peer)).map(|copy| &copy.writes) else {
                    continue;
                };
                if known.as_ref().is_none_or(|known| !theirs.within(known)) {
                    known.get_or_insert_default().extend(theirs);
                    self.copy_to(key, peer, id, cause);
                }
            }
        }
    }

    /// Whether `to` lacks something of this state that `from` has.
    pub(super) fn lacks(&self, key: Key, from: InstanceId, to: InstanceId) -> bool {
        let session = &self.sessions[key];
        let Some(source) = session.copy_at(Place::Instance(from)) else { return false };
        session.copy_at(Place::Instance(to)).is_none_or(|copy| !source.writes.within(&copy.writes))
    }

    /// The peers learn, one hop later, that an instance is dead.
    pub(super) fn announce_death(&mut self, id: InstanceId) {
        if self.plan.home == Home::ReplicateBackup {
            let incarnation = self.instance(id).incarnation;
            let at = self.now + self.plan.peer_hop.mean();
            self.agenda.push(at, Next::PeerGone(id, incarnation));
        }
    }

    /// Whether a transfer will find its receiver `id` alive, as things are.
    pub(super) fn leads_to_present_life(&self, transfer: Key, id: InstanceId) -> bool {
        let alive = self.instance(id).incarnation;
        self.transfers.get(transfer).is_some_and(|transfer| transfer.to == id && transfer.to_incarnation == alive)
    }

    pub(super) fn peer_gone(&mut self, id: InstanceId, incarnation: u32) {
        if self.instance(id).incarnation == incarnation {
            let cause = self.instance(id).life;
            self.promote_after(id, cause);
        }
    }

    /// Transfers that had reached an instance which died just now are gone.
    pub(super) fn forget_transfers(&mut self, id: InstanceId) {
        for key in self.transfers.keys() {
            let transfer = &self.transfers[key];
            if transfer.to == id && id != 0 && transfer.arrived {
                self.vanish(key, true);
            }
        }
    }

    /// Transfers for a session that is over carry nothing any more.
    pub(super) fn release_flights(&mut self, key: Key) {
        let Some(rare) = self.sessions[key].rare_if_any() else { return };
        for flight in rare.flights.drain(..) {
            if let Some(transfer) = self.transfers.get_mut(flight.transfer) {
                transfer.session = None;
            }
        }
    }

    /// Asks a peer for a whole state.
    pub(super) fn ask_peer(&mut self, key: Key, ask: Ask, peer: InstanceId) {
        let attempt = &mut self.attempts[key];
        attempt.fetching_from = peer;
        let (id, request, from) = (attempt.id, attempt.request, attempt.instance);
        let draw_key = attempt.draw_key() << 1;
        let hop = self.hop(&self.plan.peer_hop, Purpose::PeerHop, id, || draw_key);
        let arrives = self.leave_instance(from, SMALL_MESSAGE_BYTES, hop);
        let bytes = SMALL_MESSAGE_BYTES;
        let what = What::Asked { request, session: id, ask, instance: from, peer, arrives, bytes };
        self.tell(key, |_| what);
        let asks = self.waits_for_peers(key);
        self.agenda.push(arrives, Next::FetchArrives(key, asks));
        self.agenda.push(self.now.saturating_add(PEER_DROP), Next::PeerTimeout(key, asks));
    }

    pub(super) fn fetch_arrives(&mut self, key: Key, asks: u32) {
        if !self.still_waits(key, asks) {
            return;
        }
        let (peer, instance) = (self.attempts[key].fetching_from, self.attempts[key].instance);
        let obstacle = self.instance(peer).trouble.or(self.instance(instance).trouble);
        if let Some(obstacle) = obstacle {
            self.attempts[key].obstacle = Some(obstacle);
        }
        let cut = self.instance(peer).cut || self.instance(instance).cut;
        // Messages between the two get lost, or nobody answers them.
        if cut || self.unheard(peer, Next::FetchArrives(key, asks)) {
            return;
        }
        let copy = self.session_of(key).and_then(|session| self.sessions[session].copy_at(Place::Instance(peer)));
        let (writes, bytes) = copy.map_or((WriteSet::default(), 0), |copy| (copy.writes.clone(), copy.bytes));
        let found = copy.is_some();
        let attempt = &mut self.attempts[key];
        attempt.state = writes;
        attempt.awaited = u32::from(found);
        let (id, request, instance) = (attempt.id, attempt.request, attempt.instance);
        let draw_key = attempt.draw_key() << 1 | 1;
        let hop = self.hop(&self.plan.peer_hop, Purpose::PeerHop, id, || draw_key);
        let bytes = bytes.max(SMALL_MESSAGE_BYTES);
        let arrives = self.leave_instance(peer, bytes, hop);
        let what = What::Answered { request, session: id, ask: Ask::Fetch, instance, peer, arrives, bytes };
        self.tell(key, |_| what);
        self.agenda.push(arrives, Next::FetchAnswered(key, asks));
    }

    pub(super) fn fetch_answered(&mut self, key: Key, asks: u32) {
        if !self.still_waits(key, asks) || self.unheard(self.attempts[key].instance, Next::FetchAnswered(key, asks)) {
            return;
        }
        let found = std::mem::take(&mut self.attempts[key].awaited) > 0;
        if found {
            self.unblock(key);
            self.fetched(key, self.attempts[key].fetching_from);
        } else {
            self.fetch_failed(key);
        }
    }
}

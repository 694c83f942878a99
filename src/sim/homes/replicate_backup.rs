//! `replicate-backup`: each state is in a primary and one backup (Tomcat's BackupManager).
//!
//! Any other instance that is asked fetches the state from the primary (or the backup) and becomes primary itself.
//! After a death the survivor leads and copies to a new backup; until that is done a second death loses the state.

use super::super::World;
use super::super::session::Cause;
use super::super::slab::Key;
use super::super::writes::WriteSet;
use crate::event::{Ask, Gone, InstanceId, Place, Status};
use crate::scenario::Home;

impl World {
    /// Looks here if this instance leads, else fetches the state.
    pub(in crate::sim) fn look_up_backed_up(&mut self, key: Key) {
        let id = self.attempts[key].instance;
        let Some(session_key) = self.session_of(key) else {
            // With a visit goes what was known of who holds its state: only a copy right here is found.
            if self.finds_orphan(key, Place::Instance(id)) {
                self.serve(key, 0.0);
            } else {
                self.reply(key, Status::Unknown);
            }
            return;
        };
        let session = &self.sessions[session_key];
        let (primary, backup) = (session.primary, session.backup);
        if primary == id && self.judge(key, session_key, Place::Instance(id)) {
            self.serve(key, 0.0);
            return;
        }
        let asked = self.attempts[key].fetched_from;
        let source = [primary, backup].into_iter().find(|&peer| {
            peer != 0
                && peer != id
                && !asked.contains(&peer)
                && self.reachable(id, peer)
                && self.peers_of(id).any(|member| member == peer)
                && self.sessions[session_key].copy_at(Place::Instance(peer)).is_some()
        });
        match source {
            Some(peer) => self.ask_peer(key, Ask::Fetch, peer),
            // The backup itself was asked and its primary is out of reach: it leads from here on.
            None if self.judge(key, session_key, Place::Instance(id)) => {
                self.lead(session_key, id);
                self.serve(key, 0.0);
            }
            None => {
                // Whoever holds it is out of reach, or nobody does.
                let trouble = self.attempts[key].obstacle.or_else(|| self.out_of_reach(id, primary));
                if let Some(trouble) = trouble {
                    self.attempts[key].cause = trouble;
                }
                self.blame_loss(key);
                self.reply(key, Status::Unknown);
            }
        }
    }

    /// What keeps `id` from `peer`, if something does.
    fn out_of_reach(&self, id: InstanceId, peer: InstanceId) -> Option<Cause> {
        self.cut_off_by(id).or_else(|| self.instance(Some(peer).filter(|&peer| peer != 0)?).trouble)
    }

    /// The peer that was asked has nothing, or does not answer: whoever else may have it is asked.
    pub(in crate::sim) fn fetch_failed(&mut self, key: Key) {
        let attempt = &mut self.attempts[key];
        // What a peer was about to say comes too late.
        attempt.awaited = 0;
        let peer = attempt.fetching_from;
        let [first, second] = &mut attempt.fetched_from;
        *(if *first == 0 { first } else { second }) = peer;
        self.look_up_backed_up(key);
    }

    /// Whether `peer` runs and nothing cuts the two apart.
    pub(in crate::sim) fn reachable(&self, id: InstanceId, peer: InstanceId) -> bool {
        self.instance(peer).exists() && !self.instance(peer).cut && !self.instance(id).cut
    }

    /// The state has come from a peer: this instance leads, the peer backs it up.
    pub(in crate::sim) fn fetched(&mut self, key: Key, peer: InstanceId) {
        let id = self.attempts[key].instance;
        let cause = self.attempts[key].cause;
        let lives = |&session: &Key| self.sessions[session].stateful;
        let Some(session_key) = self.session_of(key).filter(lives) else {
            // It was lost, and counted so, while the answer was on its way.
            self.blame_loss(key);
            self.reply(key, Status::Unknown);
            return;
        };
        let writes = self.attempts[key].state.clone();
        self.store_copy(session_key, Place::Instance(id), &writes, cause);
        let session = &mut self.sessions[session_key];
        session.primary = id;
        session.backup = if session.copy_at(Place::Instance(peer)).is_some() { peer } else { 0 };
        self.drop_surplus_copies(session_key, cause);
        self.find_backup(session_key, cause);
        self.judge(key, session_key, Place::Instance(id));
        self.make_room(Place::Instance(id), cause);
        self.serve(key, 0.0);
    }

    /// `id` leads this state from here on.
    pub(in crate::sim) fn lead(&mut self, session: Key, id: InstanceId) {
        let cause = self.sessions[session].cause;
        self.sessions[session].primary = id;
        self.sessions[session].backup = 0;
        self.find_backup(session, cause);
    }

    /// Copies that are neither the primary's nor the backup's go.
    fn drop_surplus_copies(&mut self, key: Key, cause: Cause) {
        let session = &mut self.sessions[key];
        let owner = session.login();
        let keep = [session.primary, session.backup];
        let mut dropped = Vec::new();
        session.copies.retain(|copy| {
            let kept = matches!(copy.place, Place::Instance(at) if keep.contains(&at));
            if !kept {
                dropped.push((copy.place, copy.bytes));
            }
            kept
        });
        if dropped.is_empty() {
            return;
        }
        for (place, bytes) in dropped {
            self.copy_gone(cause, owner, place, Gone::Moved, bytes);
        }
        self.settle_losses(key, cause);
    }

    /// Keeps the new state here and with the backup.
    pub(in crate::sim) fn save_backed_up(&mut self, key: Key) {
        let id = self.attempts[key].instance;
        let kept = self.keep(key, Place::Instance(id));
        self.make_room(Place::Instance(id), self.attempts[key].cause);
        let (Some(session), true) = (self.session_of(key), kept) else {
            self.reply_served(key);
            return;
        };
        if self.attempts[key].login {
            self.sessions[session].primary = id;
            self.sessions[session].backup = self.next_backup(id).unwrap_or(0);
        }
        let cause = self.attempts[key].cause;
        let backup = self.sessions[session].backup;
        let dropped = backup != 0 && !self.peers_of(id).any(|peer| peer == backup);
        if dropped && self.next_backup(id).is_some() {
            // The others go on without whoever did not answer for so long.
            self.sessions[session].backup = 0;
        }
        if self.sessions[session].primary == id {
            self.find_backup(session, cause);
        }
        let peer = Some(backup).filter(|&backup| backup != 0 && !dropped);
        self.replicate(key, peer.as_slice());
    }

    /// Every state that has no backup gets one, now that somebody can be.
    pub(in crate::sim) fn find_missing_backups(&mut self, cause: Cause) {
        if self.plan.home != Home::ReplicateBackup {
            return;
        }
        for key in self.sessions.keys() {
            self.find_backup(key, cause);
        }
    }

    /// Backups get what they missed, and copies that nobody asks for any more go.
    pub(in crate::sim) fn catch_up_backups(&mut self, cause: Cause) {
        self.find_missing_backups(cause);
        for key in self.sessions.keys() {
            let session = &self.sessions[key];
            let (primary, backup) = (session.primary, session.backup);
            if primary == 0 || session.copy_at(Place::Instance(primary)).is_none() {
                continue;
            }
            if backup != 0 && self.reachable(primary, backup) && self.lacks(key, primary, backup) {
                self.copy_to(key, primary, backup, cause);
            }
            self.drop_surplus_copies(key, cause);
        }
    }

    /// The next instance after `id` that runs, in a circle.
    fn next_backup(&self, id: InstanceId) -> Option<InstanceId> {
        let n = self.instances.len();
        (1..n).map(|step| ((usize::from(id) - 1 + step) % n) as u16 + 1).find(|&peer| {
            self.instance(peer).serves() && self.instance(peer).drain.is_none() && self.reachable(id, peer)
        })
    }

    /// Gives a state without a backup a new one, and copies it there.
    pub(in crate::sim) fn find_backup(&mut self, key: Key, cause: Cause) {
        let session = &self.sessions[key];
        let primary = session.primary;
        if session.backup != 0 || primary == 0 || !session.stateful || !self.instance(primary).exists() {
            return;
        }
        if let Some(peer) = self.next_backup(primary) {
            self.sessions[key].backup = peer;
            self.copy_to(key, primary, peer, cause);
        }
    }

    /// `id` died: whoever is left leads, and finds a new backup.
    pub(in crate::sim) fn promote_after(&mut self, id: InstanceId, cause: Cause) {
        for key in self.sessions.keys() {
            if self.holds_or_gets(key, id) {
                // The news is older than what its next life has been given meanwhile.
                continue;
            }
            let session = &mut self.sessions[key];
            if session.primary == id {
                session.primary = session.backup;
                session.backup = 0;
            } else if session.backup == id {
                session.backup = 0;
            } else {
                continue;
            }
            self.find_backup(key, cause);
        }
    }

    /// Whether the present life of `id` has all of a state that its leader has, or what it lacks is on its way there.
    fn holds_or_gets(&self, key: Key, id: InstanceId) -> bool {
        let session = &self.sessions[key];
        let mut held = session.copy_at(Place::Instance(id)).map(|copy| copy.writes.clone());
        for flight in &session.rare().flights {
            if self.leads_to_present_life(flight.transfer, id) {
                held.get_or_insert_default().extend(&flight.writes);
            }
        }
        let leader = session.copy_at(Place::Instance(session.primary));
        held.is_some_and(|held| leader.is_none_or(|copy| copy.writes.within(&held)))
    }

    /// A state that two instances held before the run began.
    pub(super) fn place_backed_up(&mut self, key: Key, instance: InstanceId, writes: &WriteSet, cause: Cause) {
        self.store_copy(key, Place::Instance(instance), writes, cause);
        self.sessions[key].primary = instance;
        if let Some(backup) = self.next_backup(instance) {
            self.sessions[key].backup = backup;
            self.store_copy(key, Place::Instance(backup), writes, cause);
        }
    }
}

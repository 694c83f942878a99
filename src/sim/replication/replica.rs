//! Copies on their way from the store to its replica: each is there after its lag, and dies with the store until then.

use super::{Errand, Transfer};
use crate::event::{Place, SessionId, What};
use crate::sim::plan::SMALL_MESSAGE_BYTES;
use crate::sim::session::{Cause, Flight};
use crate::sim::slab::Key;
use crate::sim::writes::WriteSet;
use crate::sim::{Next, World};

impl World {
    /// A write that the store kept is on its way to the replica.
    pub(in crate::sim) fn send_to_replica(
        &mut self,
        session: Key,
        writes: &WriteSet,
        write: u32,
        bytes: u32,
        cause: Cause,
    ) {
        let (id, epoch) = (self.sessions[session].id, self.sessions[session].epoch);
        let arrives = self.now + self.plan.replica_lag;
        let cause = self.emit(cause, What::Copying { session: id, from: 0, to: 0, write, arrives, bytes });
        let transfer = Transfer { session: Some(session), epoch, writes: writes.clone(), cause, ..Transfer::default() };
        let key = self.wire(transfer);
        let writes = writes.clone();
        self.sessions[session].rare_mut().flights.push(Flight { transfer: key, writes });
        self.agenda.push(arrives, Next::ReplicaApplies(key));
    }

    /// A state that the store destroyed goes from its replica, too, after its lag.
    pub(in crate::sim) fn tell_replica_to_erase(&mut self, id: SessionId, epoch: u32, cause: Cause) {
        self.tell_replica(id, epoch, Errand::Erase, cause);
    }

    /// The replica's denylist follows the store's, after its lag.
    pub(in crate::sim) fn tell_replica_to_revoke(&mut self, id: SessionId, epoch: u32, cause: Cause) {
        self.tell_replica(id, epoch, Errand::Revoke, cause);
    }

    fn tell_replica(&mut self, id: SessionId, epoch: u32, errand: Errand, cause: Cause) {
        if !self.the_store().replica {
            return;
        }
        let (arrives, bytes) = (self.now + self.plan.replica_lag, SMALL_MESSAGE_BYTES);
        let cause = self.emit(cause, What::Copying { session: id, from: 0, to: 0, write: 0, arrives, bytes });
        let key = self.wire(Transfer { id, epoch, errand, cause, ..Transfer::default() });
        self.agenda.push(arrives, Next::ReplicaApplies(key));
    }

    pub(in crate::sim) fn replica_applies(&mut self, key: Key) {
        let Some(transfer) = self.transfers.get(key) else { return };
        let Transfer { id, epoch, errand, cause, .. } = *transfer;
        let writes = transfer.writes.clone();
        let session = self.unwire(key);
        match (errand, session) {
            (Errand::Keep, Some(session)) => {
                self.store_copy(session, Place::Replica, &writes, cause);
            }
            (Errand::Keep, None) => {}
            (Errand::Erase, _) => self.erase_orphan(id, epoch, Place::Replica, cause),
            (Errand::Revoke, _) => {
                let entries = self.the_store().revoked.iter_mut();
                entries.filter(|entry| (entry.session, entry.epoch) == (id, epoch)).for_each(|e| e.replica = true);
                self.emit(cause, What::Revoked { session: id, place: Place::Replica });
            }
        }
    }

    /// What the store had not yet told its replica dies with it.
    pub(in crate::sim) fn forget_replica_transfers(&mut self) {
        for key in self.transfers.keys() {
            if self.transfers[key].to == 0 {
                self.unwire(key);
            }
        }
    }
}

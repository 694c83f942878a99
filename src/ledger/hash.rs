//! The fingerprint of a run: a SHA-256 over its event records.

use super::figures::Events;
use crate::event::{Event, RECORD_BYTES, Sink};
use sha2::{Digest, Sha256};

/// Records are hashed in batches of this many: a call a record would cost as much again as the hash.
const BATCH: usize = 64;

/// Hashes the events it is given.
#[derive(Clone, Default, Debug)]
pub struct EventHash {
    hash: Sha256,
    /// Records not yet hashed.
    pending: Vec<u8>,
    count: u64,
}

impl EventHash {
    /// The number of events so far, and their hash in hexadecimal.
    #[must_use]
    pub fn figures(&self) -> Events {
        let digest = self.hash.clone().chain_update(&self.pending).finalize();
        let sha256 = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        Events { count: self.count, sha256 }
    }
}

impl Sink for EventHash {
    fn take(&mut self, event: &Event) {
        self.count += 1;
        self.pending.extend_from_slice(&event.record());
        if self.pending.len() == BATCH * RECORD_BYTES {
            self.hash.update(&self.pending);
            self.pending.clear();
        }
    }
}

//! The fingerprint of a run: a SHA-256 over its event records.

use crate::event::{Event, Sink};
use crate::report::Events;
use sha2::{Digest, Sha256};

/// Hashes the events it is given.
#[derive(Clone, Default, Debug)]
pub struct EventHash {
    hash: Sha256,
    count: u64,
}

impl EventHash {
    /// The number of events so far, and their hash in hexadecimal.
    #[must_use]
    pub fn figures(&self) -> Events {
        let digest = self.hash.clone().finalize();
        let sha256 = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        Events { count: self.count, sha256 }
    }
}

impl Sink for EventHash {
    fn take(&mut self, event: &Event) {
        self.count += 1;
        self.hash.update(event.record());
    }
}

//! The binary record of an event, for hashing: equal bytes, equal runs.
//!
//! ```text
//!  0 at u64 · 8 seq u64 · 16 cause u64 · 24 tag u8 · 25 x u8 · 26 y u16 · 28 z u32 · 32 a · 40 b · 48 c · 56 d (u64 each)
//! ```
//!
//! The tag is the number of the kind in the order of [`What`], from 1. `a` is the request and `b` the session where there is
//! one; the other words hold the remaining fields, as `assets/event-log.md` says for each kind. `root` is left out: it
//! follows from the causes.

use super::{Event, Place, What};

/// The size of [`Event::record`].
pub const RECORD_BYTES: usize = 64;

/// Packs two halves of a word.
fn pair(low: u32, high: u32) -> u64 {
    u64::from(low) | u64::from(high) << 32
}

impl Event {
    /// The event as 64 bytes, little-endian.
    #[must_use]
    pub fn record(&self) -> [u8; RECORD_BYTES] {
        let (tag, x, y, z, a, b, c, d) = self.what.words();
        let mut record = [0; RECORD_BYTES];
        record[0..8].copy_from_slice(&self.at.0.to_le_bytes());
        record[8..16].copy_from_slice(&self.seq.to_le_bytes());
        record[16..24].copy_from_slice(&self.cause.to_le_bytes());
        record[24] = tag;
        record[25] = x;
        record[26..28].copy_from_slice(&y.to_le_bytes());
        record[28..32].copy_from_slice(&z.to_le_bytes());
        record[32..40].copy_from_slice(&a.to_le_bytes());
        record[40..48].copy_from_slice(&b.to_le_bytes());
        record[48..56].copy_from_slice(&c.to_le_bytes());
        record[56..64].copy_from_slice(&d.to_le_bytes());
        record
    }
}

impl Place {
    fn word(self) -> u32 {
        match self {
            Self::Client => 1,
            Self::Instance(id) => 0x1_0000 | u32::from(id),
            Self::Store => 2,
            Self::Replica => 3,
            Self::Disk => 4,
        }
    }
}

impl What {
    /// The name of each kind, as in the event log, in the order of their tags.
    #[rustfmt::skip]
    pub const KINDS: &[&str] = &[
        "run_started", "commanded", "rejected", "session_started", "session_left", "lost", "pinned", "issued",
        "sent", "routed", "held", "refused", "queued", "started", "asked", "answered", "replied", "returned",
        "timed_out", "backed_off", "ended", "late", "stored", "dropped", "copying", "instance", "slowed",
        "partitioned", "store", "checked", "believed", "rate_changed", "connected", "disconnected", "pushed",
        "revoked", "occupied",
    ];

    /// The name of its kind, as in the event log.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        Self::KINDS[usize::from(self.words().0) - 1]
    }

    #[rustfmt::skip]
    fn words(&self) -> (u8, u8, u16, u32, u64, u64, u64, u64) {
        match *self {
            Self::RunStarted { seed, home } => (1, home as u8, 0, 0, seed, 0, 0, 0),
            Self::Commanded { command } => { let (x, y, a, b) = command.words(); (2, x, y, 0, a, b, 0, 0) }
            Self::Rejected { command } => { let (x, y, a, b) = command.words(); (3, x, y, 0, a, b, 0, 0) }
            Self::SessionStarted { session, warm, writes } => (4, warm.into(), 0, writes, 0, session, 0, 0),
            Self::SessionLeft { session, how } => (5, how as u8, 0, 0, 0, session, 0, 0),
            Self::Lost { session, writes, whole } => (6, whole.into(), 0, writes, 0, session, 0, 0),
            Self::Pinned { session, instance } => (7, 0, instance, 0, 0, session, 0, 0),
            Self::Issued { request, session, ordinal, purpose, write } => (8, purpose as u8, 0, ordinal, request, session, write.into(), 0),
            Self::Sent { request, session, attempt, arrives, up_bytes, context_bytes, redundant_bytes } =>
                (9, attempt, 0, redundant_bytes, request, session, arrives.0, pair(up_bytes, context_bytes)),
            Self::Routed { request, session, attempt, instance, nth, asked, arrives, bytes } =>
                (10, attempt, instance, u32::from(asked) | u32::from(nth) << 16, request, session, arrives.0, bytes.into()),
            Self::Held { request, session, attempt, instance } => (11, attempt, instance, 0, request, session, 0, 0),
            Self::Refused { request, session, attempt, instance, arrives } => (12, attempt, instance, 0, request, session, arrives.0, 0),
            Self::Queued { request, session, attempt, instance, depth } => (13, attempt, instance, depth, request, session, 0, 0),
            Self::Started { request, session, attempt, instance } => (14, attempt, instance, 0, request, session, 0, 0),
            Self::Asked { request, session, ask, instance, peer, arrives, bytes } =>
                (15, ask as u8, instance, peer.into(), request, session, arrives.0, bytes.into()),
            Self::Answered { request, session, ask, instance, peer, arrives, bytes } =>
                (16, ask as u8, instance, peer.into(), request, session, arrives.0, bytes.into()),
            Self::Replied { request, session, attempt, instance, status, worker, arrives, bytes } =>
                (17, attempt, instance, status as u32 | u32::from(worker) << 8, request, session, arrives.0, bytes.into()),
            Self::Returned { request, session, attempt, instance, status, arrives, down_bytes, context_bytes } =>
                (18, attempt, instance, status as u32, request, session, arrives.0, pair(down_bytes, context_bytes)),
            Self::TimedOut { request, session, attempt } => (19, attempt, 0, 0, request, session, 0, 0),
            Self::BackedOff { request, session, attempt, until } => (20, attempt, 0, 0, request, session, until.0, 0),
            Self::Ended { request, session, outcome, purpose, write, issued, wait, since } =>
                (21, outcome as u8, purpose as u16 | (wait as u16) << 8, write, request, session, issued.0, since.0),
            Self::Late { request, session, attempt } => (22, attempt, 0, 0, request, session, 0, 0),
            Self::Stored { session, place, writes, bytes, login } => (23, 0, 0, writes, place.word().into(), session, bytes.into(), login.into()),
            Self::Dropped { session, place, why, bytes, login } => (24, why as u8, 0, 0, place.word().into(), session, bytes.into(), login.into()),
            Self::Copying { session, from, to, write, arrives, bytes } => (25, 0, from, write, to.into(), session, arrives.0, bytes.into()),
            Self::Instance { instance, health, incarnation, until, workers } => (26, health as u8, instance, incarnation, workers.into(), 0, until.0, 0),
            Self::Slowed { instance, factor } => (27, 0, instance, 0, factor.to_bits(), 0, 0, 0),
            Self::Partitioned { instance, cut } => (28, cut.into(), instance, 0, 0, 0, 0, 0),
            Self::Store { health, until, replica } => (29, health as u8, replica.into(), 0, 0, 0, until.0, 0),
            Self::Checked { instance, ok } => (30, ok.into(), instance, 0, 0, 0, 0, 0),
            Self::Believed { instance, up, evidence } => (31, up.into(), instance, evidence as u32, 0, 0, 0, 0),
            Self::RateChanged { factor } => (32, 0, 0, 0, factor.to_bits(), 0, 0, 0),
            Self::Connected { session, instance } => (33, 0, instance, 0, 0, session, 0, 0),
            Self::Disconnected { session, instance, until } => (34, 0, instance, 0, 0, session, until.0, 0),
            Self::Pushed { session, instance, arrives } => (35, 0, instance, 0, 0, session, arrives.0, 0),
            Self::Revoked { session, place } => (36, 0, 0, 0, place.word().into(), session, 0, 0),
            Self::Occupied { instance, work, begun } => (37, work as u8, instance, begun.into(), 0, 0, 0, 0),
        }
    }
}

//! The narrow waist: everything that happens in a run, as one stream.
//!
//! ```text
//!   World (or the live lab) ──▶ Event ──▶ Ledger (figures) · Scene (the picture) · log
//! ```
//!
//! Nothing is shown or reported that is not a fold over these events. Each carries the instant it
//! happened, its sequence number (from 1, without gaps), the sequence number of the event that
//! *caused* it (0: nothing did) and its *root*: the command that the chain of causes reaches (0: none).
//!
//! # The life of a request
//!
//! ```text
//!  client              balancer                instance             store or peer
//!    │ Issued              │                       │                      │
//!    │ Sent ──────────────▶│ Routed ──────────────▶│ Queued? Started      │
//!    │                     │ ◀───────────── Refused│ Asked ──────────────▶│
//!    │                     │                       │◀──────────── Answered│
//!    │ ◀────────── Returned│ ◀───────────── Replied│
//!    │ Ended               │                       │
//! ```
//!
//! `Sent`, `Routed`, `Refused`, `Asked`, `Answered`, `Replied`, `Returned` and `Copying` are messages that leave at the
//! event's instant and reach the other side at `arrives`: where one is in between is simply
//! `(now − departed) / (arrives − departed)`. A message that finds its receiver dead has no further event.
//! A worker is held from `Started` to `Replied` of the same request and attempt (or until its instance goes down).
//!
//! # State
//!
//! A session's state is the set of writes applied to it. `Stored` says how large a copy now is and
//! where; `Dropped` that one copy is gone. When an instance goes `Down` (or `Starting`, or `Removed`) or the
//! store goes `Down`, every copy in its memory is gone with it, without a `Dropped` each.
//! `Lost` is the verdict: acknowledged writes that no copy and no message holds any more.

mod kinds;
mod record;

pub use kinds::{Ask, Evidence, Gone, Health, Leave, Outcome, Place, RequestKind, Status, Wait, Work};
pub use record::RECORD_BYTES;

use crate::command::Command;
use crate::scenario::Home;
use crate::units::Nanos;
use serde::Serialize;

/// An event's sequence number, from 1; 0 stands for "none".
pub type Seq = u64;
/// A visit. Numbered by the traffic alone, so the same visit has the same number in every arm.
/// With a fixed population of `users`, the visit sits on chair `session % users`.
pub type SessionId = u64;
/// A request, numbered in order of issue within its arm, from 1.
pub type RequestId = u64;
/// An instance, from 1; 0 stands for "none".
pub type InstanceId = u16;

/// One thing that happened.
#[derive(Clone, Copy, PartialEq, Debug, Serialize)]
pub struct Event {
    /// When, in nanoseconds since the run began.
    #[serde(rename = "at_ns")]
    pub at: Nanos,
    /// Its place in the stream.
    pub seq: Seq,
    /// The event that made it happen; 0 if none did.
    pub cause: Seq,
    /// The command that its chain of causes reaches; 0 if none.
    pub root: Seq,
    /// What happened, to whom.
    #[serde(flatten)]
    pub what: What,
}

/// What happened. Instance 0 and write 0 stand for "none"; writes of a visit are numbered from 1.
#[derive(Clone, Copy, PartialEq, Debug, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum What {
    /// The run began, with this home of state.
    RunStarted {
        /// The seed of all draws.
        seed: u64,
        /// Where session state lives in this arm.
        home: Home,
    },
    /// A command was carried out.
    Commanded {
        /// Which.
        command: Command,
    },
    /// A command could not be carried out, because it had become impossible.
    Rejected {
        /// Which.
        command: Command,
    },

    /// A visit began.
    SessionStarted {
        /// Which.
        session: SessionId,
        /// Whether it was in progress when the run began: then it is logged in and brings `writes` acknowledged writes.
        warm: bool,
        /// How many writes it brings.
        writes: u32,
    },
    /// A visit ended. Its writes leave the reference; its copies become orphans.
    SessionLeft {
        /// Which.
        session: SessionId,
        /// How.
        how: Leave,
    },
    /// Acknowledged writes of a session are in no copy and no message any more, or where its user is sent there is none: a copy in
    /// an instance that hangs is out of reach, and then nobody's.
    Lost {
        /// Whose.
        session: SessionId,
        /// How many acknowledged writes.
        writes: u32,
        /// Whether the whole state went (the session counts as lost), not only its newest writes.
        whole: bool,
    },
    /// The balancer's cookie, or a connection, ties the user's next requests to an instance.
    Pinned {
        /// Whose.
        session: SessionId,
        /// To which instance.
        instance: InstanceId,
    },

    /// A user issued a request, or somebody with a user's copied credential.
    Issued {
        /// Which.
        request: RequestId,
        /// Of which visit.
        session: SessionId,
        /// Its place in the visit's plan, from 0 (a re-login has that of the request it follows, a logout that of the
        /// request it replaces). Of a replay: how many replays were before it in the run.
        ordinal: u32,
        /// Login, follow-up, re-login, logout or replay.
        purpose: RequestKind,
        /// The number of the write it makes; 0 if it only reads.
        write: u32,
    },
    /// An attempt left the client for the balancer.
    Sent {
        /// Which request.
        request: RequestId,
        /// Of which visit.
        session: SessionId,
        /// Which attempt of the client, from 1.
        attempt: u8,
        /// When it reaches the balancer.
        arrives: Nanos,
        /// Bytes on the wire.
        up_bytes: u32,
        /// Bytes of token or cookie content among them.
        context_bytes: u32,
        /// Bytes among those that this client had sent before in this visit.
        redundant_bytes: u32,
    },
    /// The balancer sent an attempt to an instance.
    Routed {
        /// Which request.
        request: RequestId,
        /// Of which visit.
        session: SessionId,
        /// Which attempt of the client.
        attempt: u8,
        /// To which instance.
        instance: InstanceId,
        /// Which try of the balancer for this attempt, from 1.
        nth: u8,
        /// The instance its cookie or connection asked for; 0 if none.
        asked: InstanceId,
        /// When it reaches the instance.
        arrives: Nanos,
        /// Bytes on the wire.
        bytes: u32,
    },
    /// An attempt waits at the balancer for an instance to start.
    Held {
        /// Which request.
        request: RequestId,
        /// Of which visit.
        session: SessionId,
        /// Which attempt of the client.
        attempt: u8,
        /// The instance that starts for it.
        instance: InstanceId,
    },
    /// An instance refused the connection.
    Refused {
        /// Which request.
        request: RequestId,
        /// Of which visit.
        session: SessionId,
        /// Which attempt of the client.
        attempt: u8,
        /// By which instance.
        instance: InstanceId,
        /// When the balancer learns of it.
        arrives: Nanos,
    },
    /// An attempt waits in an instance's queue (a hung instance's backlog too).
    Queued {
        /// Which request.
        request: RequestId,
        /// Of which visit.
        session: SessionId,
        /// Which attempt of the client.
        attempt: u8,
        /// Where.
        instance: InstanceId,
        /// How many wait there now, it included.
        depth: u32,
    },
    /// A worker took an attempt up.
    Started {
        /// Which request.
        request: RequestId,
        /// Of which visit.
        session: SessionId,
        /// Which attempt of the client.
        attempt: u8,
        /// Where.
        instance: InstanceId,
    },
    /// A worker took up work that no request is in line for, or is done with it: a peer's write, a new connection. Whatever an
    /// instance's workers do ends with its process, too.
    Occupied {
        /// Where.
        instance: InstanceId,
        /// By what.
        work: Work,
        /// Whether it begins.
        begun: bool,
    },
    /// An instance asked the store or a peer, while the worker waits.
    Asked {
        /// For which request.
        request: RequestId,
        /// Of which visit.
        session: SessionId,
        /// For what.
        ask: Ask,
        /// Who asks.
        instance: InstanceId,
        /// The peer that is asked; 0 is the store.
        peer: InstanceId,
        /// When it gets there, unless it is cut off, or nobody is there to hear it: then it is sent anew once somebody is.
        arrives: Nanos,
        /// Bytes on the wire.
        bytes: u32,
    },
    /// The store or the peer answered; or nobody listens at a peer's address any more, which is heard as soon.
    Answered {
        /// For which request.
        request: RequestId,
        /// Of which visit.
        session: SessionId,
        /// What had been asked.
        ask: Ask,
        /// Who had asked.
        instance: InstanceId,
        /// The peer that answers; 0 is the store.
        peer: InstanceId,
        /// When the answer gets there.
        arrives: Nanos,
        /// Bytes on the wire.
        bytes: u32,
    },
    /// An instance's reply left for the balancer; its worker, if it held one, is free. With `cut-off` nobody replied: the instance
    /// has ended with the request inside, and the balancer learns it from the connection.
    Replied {
        /// To which request.
        request: RequestId,
        /// Of which visit.
        session: SessionId,
        /// Which attempt of the client.
        attempt: u8,
        /// By which instance.
        instance: InstanceId,
        /// What it says.
        status: Status,
        /// Whether a worker was held for it.
        worker: bool,
        /// When it reaches the balancer.
        arrives: Nanos,
        /// Bytes on the wire.
        bytes: u32,
    },
    /// The balancer sent a reply, an instance's or its own, to the client.
    Returned {
        /// To which request.
        request: RequestId,
        /// Of which visit.
        session: SessionId,
        /// Which attempt of the client.
        attempt: u8,
        /// The instance that replied; 0 if the balancer did itself.
        instance: InstanceId,
        /// What it says.
        status: Status,
        /// When it reaches the client.
        arrives: Nanos,
        /// Bytes on the wire.
        down_bytes: u32,
        /// Bytes of token or cookie content among them.
        context_bytes: u32,
    },
    /// The client gave up waiting for an attempt.
    TimedOut {
        /// Of which request.
        request: RequestId,
        /// Of which visit.
        session: SessionId,
        /// Which attempt.
        attempt: u8,
    },
    /// The client waits before its next attempt.
    BackedOff {
        /// Of which request.
        request: RequestId,
        /// Of which visit.
        session: SessionId,
        /// The attempt that failed.
        attempt: u8,
        /// When the next attempt leaves.
        until: Nanos,
    },
    /// A request ended.
    Ended {
        /// Which.
        request: RequestId,
        /// Of which visit.
        session: SessionId,
        /// How: that of its last attempt.
        outcome: Outcome,
        /// Login, follow-up, re-login, logout or replay.
        purpose: RequestKind,
        /// The number of the write that is acknowledged now; 0 if it only read or did not succeed.
        write: u32,
        /// When it was issued: its latency is `at − issued`.
        issued: Nanos,
        /// What it means for the planned request that the user waits for.
        wait: Wait,
        /// When that planned request was issued: the wait is `at − since`.
        since: Nanos,
    },
    /// A reply came for an attempt that the client had given up; it is dropped.
    Late {
        /// To which request.
        request: RequestId,
        /// Of which visit.
        session: SessionId,
        /// Which attempt.
        attempt: u8,
    },

    /// A copy of a session's state is now so large, here.
    Stored {
        /// Whose state.
        session: SessionId,
        /// Where.
        place: Place,
        /// How many writes the copy has taken in. Of a state with a limit the newest have displaced the oldest.
        writes: u32,
        /// Its size.
        bytes: u32,
        /// Which login's, counted up with each attempt to log in: what one left behind is another state.
        login: u32,
    },
    /// One copy of a session's state is gone.
    Dropped {
        /// Whose state.
        session: SessionId,
        /// Where it was.
        place: Place,
        /// Why.
        why: Gone,
        /// Its size.
        bytes: u32,
        /// Which login's, counted up with each attempt to log in: what one left behind is another state.
        login: u32,
    },
    /// A denylist names a login from here on: whoever asks it refuses that login's tokens. It is as lasting as the memory that
    /// it is in: what a store that starts again has not forgotten is told anew.
    Revoked {
        /// Whose login.
        session: SessionId,
        /// Where: in the store, its replica or on its disk.
        place: Place,
    },
    /// A copy, or one write, left one instance for another, not on behalf of a waiting request.
    Copying {
        /// Whose state.
        session: SessionId,
        /// From which instance (0: from the store to its replica).
        from: InstanceId,
        /// To which instance.
        to: InstanceId,
        /// The write; 0 for the whole state, or for word that it is to be destroyed or a login is revoked.
        write: u32,
        /// When it gets there.
        arrives: Nanos,
        /// Bytes on the wire.
        bytes: u32,
    },

    /// The truth about an instance changed. Unless it becomes `Up`, `Draining` or `Hung`, its memory is empty from here on.
    Instance {
        /// Which.
        instance: InstanceId,
        /// To what.
        health: Health,
        /// Grows whenever its memory is destroyed, from 1.
        incarnation: u32,
        /// `Starting`: when it will be up at the earliest. `Draining`: when it stops at the latest. Else zero.
        until: Nanos,
        /// How many workers it has.
        workers: u32,
    },
    /// An instance (0: the store) takes this many times as long from here on. Slowness ends with the process: then this
    /// follows its end.
    Slowed {
        /// Which.
        instance: InstanceId,
        /// The factor.
        factor: f64,
    },
    /// An instance lost, or found again, its peers and the store.
    Partitioned {
        /// Which.
        instance: InstanceId,
        /// Whether it is cut off now.
        cut: bool,
    },
    /// The truth about the store changed. `Down`: what only its memory held is gone. `Starting`: a replica takes over, or it
    /// restarts; what it has when it is up is `Stored` anew, and of visits that are over it has nothing. Once a replica has
    /// taken over, none follows any more.
    Store {
        /// To what.
        health: Health,
        /// `Starting`: when it will be up. Else zero.
        until: Nanos,
        /// Whether a replica follows it, and would take over.
        replica: bool,
    },
    /// A health check came back (or did not, in time).
    Checked {
        /// Of which instance.
        instance: InstanceId,
        /// Whether it answered.
        ok: bool,
    },
    /// The balancer changed its mind about an instance.
    Believed {
        /// Which.
        instance: InstanceId,
        /// Whether it would send requests there.
        up: bool,
        /// Why.
        evidence: Evidence,
    },
    /// Traffic goes at this multiple of the scenario's own pace from now on: so many times as many visits come, or those who are
    /// there think so many times as fast.
    RateChanged {
        /// The factor in force.
        factor: f64,
    },

    /// A client's connection is established (`transport = "connection"`).
    Connected {
        /// Whose.
        session: SessionId,
        /// To which instance.
        instance: InstanceId,
    },
    /// A client learnt that its connection is gone, and will try anew.
    Disconnected {
        /// Whose.
        session: SessionId,
        /// From which instance.
        instance: InstanceId,
        /// When it tries to connect again.
        until: Nanos,
    },
    /// An instance pushed a message to a connected client.
    Pushed {
        /// To whom.
        session: SessionId,
        /// By which instance.
        instance: InstanceId,
        /// When it reaches the client; [`Nanos::NEVER`]: undelivered, the connection was gone.
        arrives: Nanos,
    },
}

impl What {
    /// The request that it belongs to, if it belongs to one.
    #[must_use]
    pub const fn request(&self) -> Option<RequestId> {
        match *self {
            Self::Issued { request, .. }
            | Self::Sent { request, .. }
            | Self::Routed { request, .. }
            | Self::Held { request, .. }
            | Self::Refused { request, .. }
            | Self::Queued { request, .. }
            | Self::Started { request, .. }
            | Self::Asked { request, .. }
            | Self::Answered { request, .. }
            | Self::Replied { request, .. }
            | Self::Returned { request, .. }
            | Self::TimedOut { request, .. }
            | Self::BackedOff { request, .. }
            | Self::Ended { request, .. }
            | Self::Late { request, .. } => Some(request),
            _ => None,
        }
    }

    /// The visit that it is about, if it is about one.
    #[must_use]
    pub const fn session(&self) -> Option<SessionId> {
        match *self {
            Self::SessionStarted { session, .. }
            | Self::SessionLeft { session, .. }
            | Self::Lost { session, .. }
            | Self::Pinned { session, .. }
            | Self::Issued { session, .. }
            | Self::Sent { session, .. }
            | Self::Routed { session, .. }
            | Self::Held { session, .. }
            | Self::Refused { session, .. }
            | Self::Queued { session, .. }
            | Self::Started { session, .. }
            | Self::Asked { session, .. }
            | Self::Answered { session, .. }
            | Self::Replied { session, .. }
            | Self::Returned { session, .. }
            | Self::TimedOut { session, .. }
            | Self::BackedOff { session, .. }
            | Self::Ended { session, .. }
            | Self::Late { session, .. }
            | Self::Stored { session, .. }
            | Self::Dropped { session, .. }
            | Self::Revoked { session, .. }
            | Self::Copying { session, .. }
            | Self::Connected { session, .. }
            | Self::Disconnected { session, .. }
            | Self::Pushed { session, .. } => Some(session),
            _ => None,
        }
    }
}

/// Whoever listens to a run.
pub trait Sink {
    /// Takes the next event. Events come in the order of their sequence numbers.
    fn take(&mut self, event: &Event);
}

impl<F: FnMut(&Event)> Sink for F {
    fn take(&mut self, event: &Event) {
        self(event);
    }
}

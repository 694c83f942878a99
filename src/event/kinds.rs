//! The words that events are made of: who asks, how a request ends, where a copy lies, why it goes.

use super::InstanceId;
use serde::{Deserialize, Serialize};

/// Who asked for a request, and why.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum RequestKind {
    /// The first request of a visit: creates the state, cannot miss.
    Login,
    /// A planned request after the login.
    Followup,
    /// A login that was not planned: the state was lost, or the first login failed.
    Relogin,
    /// A user logs out: the last request of a visit that would have gone on.
    Logout,
    /// No user's: somebody sends one request with a user's copied token or cookie.
    Replay,
}

impl RequestKind {
    /// Whether it creates a state.
    #[must_use]
    pub const fn logs_in(self) -> bool {
        matches!(self, Self::Login | Self::Relogin)
    }
}

/// How a request ended; each ends exactly once.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Served, from a copy that had every acknowledged write.
    Ok,
    /// Served, from a copy that lacked an acknowledged write which still exists.
    Stale,
    /// Session unknown: the user has to log in again and start over.
    Lost,
    /// No instance would take it, or what it needed (the store) would not answer.
    Refused,
    /// Its instance was killed while it was there.
    Died,
    /// The client waited long enough.
    Timeout,
    /// The queue was full.
    Overload,
    /// The context exceeded the header limit.
    TooLarge,
}

impl Outcome {
    /// In the order of the reports.
    pub const ALL: [Self; 8] =
        [Self::Ok, Self::Stale, Self::Lost, Self::Refused, Self::Died, Self::Timeout, Self::Overload, Self::TooLarge];

    /// As it is read.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Stale => "stale",
            Self::Lost => "lost",
            Self::Refused => "refused",
            Self::Died => "died",
            Self::Timeout => "timeout",
            Self::Overload => "overload",
            Self::TooLarge => "too large",
        }
    }

    /// Whether the user got an answer (`ok` or `stale`).
    #[must_use]
    pub const fn useful(self) -> bool {
        matches!(self, Self::Ok | Self::Stale)
    }
}

/// What a reply says.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// 200
    Ok,
    /// 200, though the copy it was served from is behind.
    Stale,
    /// 401: no such session here.
    Unknown,
    /// 431: header too large.
    TooLarge,
    /// 502: the instance died while the request was inside.
    CutOff,
    /// 503: no instance would take it.
    Unavailable,
    /// 503: the store did not answer.
    StoreUnavailable,
    /// 503: the queue was full.
    Overload,
}

impl Status {
    /// The number on the wire.
    #[must_use]
    pub const fn code(self) -> u16 {
        match self {
            Self::Ok | Self::Stale => 200,
            Self::Unknown => 401,
            Self::TooLarge => 431,
            Self::CutOff => 502,
            Self::Unavailable | Self::StoreUnavailable | Self::Overload => 503,
        }
    }

    /// How a request ends whose last attempt gets this reply.
    #[must_use]
    pub const fn outcome(self) -> Outcome {
        match self {
            Self::Ok => Outcome::Ok,
            Self::Stale => Outcome::Stale,
            Self::Unknown => Outcome::Lost,
            Self::TooLarge => Outcome::TooLarge,
            Self::CutOff => Outcome::Died,
            Self::Unavailable | Self::StoreUnavailable => Outcome::Refused,
            Self::Overload => Outcome::Overload,
        }
    }
}

/// Where a copy of a session's state can be.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Place {
    /// With the user, in a signed token.
    Client,
    /// In the memory of an instance.
    Instance(InstanceId),
    /// In the memory of the session store.
    Store,
    /// In the memory of the store's replica.
    Replica,
    /// On the disk of the session store.
    Disk,
}

impl Place {
    /// The instance, if it is the memory of one.
    #[must_use]
    pub const fn instance(self) -> Option<InstanceId> {
        match self {
            Self::Instance(id) => Some(id),
            Self::Client | Self::Store | Self::Replica | Self::Disk => None,
        }
    }
}

/// What was asked of the store or of a peer on behalf of a request.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ask {
    /// The session's state (a store's GET).
    Get,
    /// To keep the session's new state (a store's SET).
    Set,
    /// Whether the token was revoked (a denylist lookup).
    Denylist,
    /// The session's state, of the peer that holds it.
    Fetch,
    /// To apply a write to its copy, or to destroy it, and say so (synchronous replication).
    Replicate,
    /// To destroy the session's state (a store's DEL).
    Delete,
    /// To put the login of a token on the denylist (a SET).
    Revoke,
}

/// The truth about a process.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Health {
    /// Begins to run, or copies what it must hold; takes no requests yet.
    Starting,
    /// Runs.
    Up,
    /// Runs, and is to stop soon.
    Draining,
    /// Accepts and never answers.
    Hung,
    /// Does not run.
    Down,
    /// Will never run again.
    Removed,
}

impl Health {
    /// Whether the process exists, and its memory with it.
    #[must_use]
    pub const fn runs(self) -> bool {
        matches!(self, Self::Up | Self::Draining | Self::Hung)
    }
}

/// Why the balancer changed its mind about an instance.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Evidence {
    /// It was told: a new instance registers, one that drains deregisters.
    Told,
    /// Enough active health checks in a row.
    Checks,
    /// A connection was refused (passive marking), or its penalty ran out.
    Passive,
}

/// What occupies a worker that no request holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Work {
    /// It adds a peer's write to the copy here, or destroys that copy.
    Apply,
    /// It accepts a new connection.
    Handshake,
}

/// Why one copy of a state went away.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Gone {
    /// Nobody used it for the session timeout.
    Expired,
    /// Memory was needed for others.
    Evicted,
    /// It moved, or its home has another copy now.
    Moved,
    /// Its visit is over or goes on under a new id, and nothing would ever expire it.
    Forgotten,
    /// Its user logged out.
    LoggedOut,
}

/// How a visit ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Leave {
    /// Everything planned was done (though its state may have been lost on the way).
    Completed,
    /// The user gave up after repeated failures.
    Abandoned,
    /// The user was told to log out and went; whether the service learnt of it is how the logout ended.
    LoggedOut,
}

/// Which part of `wait` a request's end settles: how long the user waited for one planned request,
/// from its first attempt to useful success.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Wait {
    /// Not settled: a re-login follows that settles it, it was settled before, or nothing planned hangs on it.
    Open,
    /// Useful success now.
    Served,
    /// No useful success ever.
    Failed,
}

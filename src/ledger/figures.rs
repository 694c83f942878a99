//! The figures of a run, exactly as `statelab.run/1` names them. What is not defined is `None`, and `null` in JSON.

use crate::command::Command;
use crate::event::{Health, Outcome};
use crate::scenario::Home;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// The name of this layout; a change of what stands here needs a new number.
pub const SCHEMA: &str = "statelab.run/1";

/// Everything that is said about a run.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct RunReport {
    /// [`SCHEMA`].
    pub schema: &'static str,
    /// The program's version.
    pub version: &'static str,
    /// The scenario's name.
    pub scenario: String,
    /// Where session state lived.
    pub home: Home,
    /// The seed of all draws.
    pub seed: u64,
    /// Simulated seconds that were run.
    pub duration_s: f64,
    /// By how much network and service are slowed, and latencies with them; 1: not at all.
    pub slow_motion: f64,
    /// Whether the run was interrupted.
    pub partial: bool,
    /// What made the scenario what it is: its fields that are not as they are by default, by path, each value as TOML. Only of
    /// a run without a screen.
    pub settings: BTreeMap<String, String>,
    /// All commands that were planned, in order, as `--do` takes them. Only of a run without a screen.
    pub commands: Vec<String>,
    /// Those among them that had become impossible by then, and did nothing. Only of a run without a screen.
    pub rejected: Vec<String>,
    /// Requests.
    pub requests: Requests,
    /// Sessions.
    pub sessions: Sessions,
    /// Of requests that ended `ok` or `stale`, from the first attempt to the reply.
    pub latency_ms: Percentiles,
    /// For every planned request, from its first attempt to its useful success; failures rank above every success.
    pub wait_ms: Percentiles,
    /// Requests that ended `ok` or `stale`, divided by the duration.
    pub throughput_per_s: f64,
    /// Bytes on the wire.
    pub bytes: Bytes,
    /// Messages on the wire.
    pub messages: Messages,
    /// Every instance that ever was, by id.
    pub instances: Vec<InstanceFigures>,
    /// The store, if the run used one.
    pub store: Option<StoreFigures>,
    /// One for each command that did harm, in order of time.
    pub faults: Vec<FaultFigures>,
    /// Little's law, both sides.
    pub little: Little,
    /// The event stream.
    pub events: Events,
    /// Users who were told to log out.
    pub logouts: Logouts,
    /// Requests with a copied token or cookie.
    pub replays: Replays,
    /// What clients had to do besides asking.
    pub duties: Duties,
}

impl RunReport {
    /// How much busier the busiest instance was than the mean of those that ran; `None` if nobody had anything to do.
    #[must_use]
    pub fn imbalance(&self) -> Option<f64> {
        let busy: Vec<f64> = self.instances.iter().filter_map(|instance| instance.busy_ratio).collect();
        let mean = busy.iter().sum::<f64>() / busy.len() as f64;
        (mean > 0.0).then(|| busy.iter().fold(0.0, |most: f64, &ratio| most.max(ratio)) / mean)
    }

    /// How long instances that came up while the run went on took to carry their share, on average; `None` if none did.
    #[must_use]
    pub fn absorbed_s(&self) -> Option<f64> {
        let times: Vec<f64> = self.instances.iter().filter_map(|instance| instance.absorbed_s).collect();
        (!times.is_empty()).then(|| times.iter().sum::<f64>() / times.len() as f64)
    }
}

/// Requests, counted.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize)]
pub struct Requests {
    /// Logins and re-logins too, logouts and replays as well.
    pub issued: u64,
    /// Whatever the outcome.
    pub ended: u64,
    /// Issued and not ended when the run stopped.
    pub in_flight: u64,
    /// Client retries and balancer tries included.
    pub attempts: u64,
    /// Logins and re-logins that ended.
    pub logins: u64,
    /// Other planned requests that ended.
    pub followups: u64,
    /// Those among them that ended `lost`.
    pub followups_lost: u64,
    /// How they ended, but for replays, which are counted apart.
    pub outcomes: Outcomes,
}

/// Ended requests by outcome.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize)]
pub struct Outcomes {
    /// Served.
    pub ok: u64,
    /// Served from a copy that lacked an acknowledged write.
    pub stale: u64,
    /// The state was gone.
    pub lost: u64,
    /// Nobody would take it.
    pub refused: u64,
    /// Its instance was killed while it was there.
    pub died: u64,
    /// The client waited long enough.
    pub timeout: u64,
    /// The queue was full.
    pub overload: u64,
    /// The context exceeded the header limit.
    pub too_large: u64,
}

impl Outcomes {
    /// All of them: the requests of users that ended.
    #[must_use]
    pub const fn total(&self) -> u64 {
        let served = self.ok + self.stale;
        served + self.lost + self.refused + self.died + self.timeout + self.overload + self.too_large
    }

    /// Those that ended without a useful answer.
    #[must_use]
    pub const fn failed(&self) -> u64 {
        self.total() - self.ok - self.stale
    }

    /// How many ended so.
    #[inline]
    pub(crate) const fn count_mut(&mut self, outcome: Outcome) -> &mut u64 {
        match outcome {
            Outcome::Ok => &mut self.ok,
            Outcome::Stale => &mut self.stale,
            Outcome::Lost => &mut self.lost,
            Outcome::Refused => &mut self.refused,
            Outcome::Died => &mut self.died,
            Outcome::Timeout => &mut self.timeout,
            Outcome::Overload => &mut self.overload,
            Outcome::TooLarge => &mut self.too_large,
        }
    }
}

/// Logouts, counted.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize)]
pub struct Logouts {
    /// Sent by a user who was told to log out.
    pub issued: u64,
    /// Whatever the outcome.
    pub ended: u64,
    /// Those among them that ended ok or stale: where it was served, what was kept is forgotten.
    pub served: u64,
}

/// Requests with a copied token or cookie, counted: issued = accepted + refused + unanswered + in flight.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize)]
pub struct Replays {
    /// Sent.
    pub issued: u64,
    /// Served, as if its owner had sent it.
    pub accepted: u64,
    /// Those among them that were served from a state without an acknowledged write.
    pub accepted_old: u64,
    /// Those among the accepted whose owner had logged out before it was sent.
    pub accepted_after_logout: u64,
    /// Turned away as unknown: 401.
    pub refused: u64,
    /// Those among the refused whose owner had logged out before it was sent.
    pub refused_after_logout: u64,
    /// Neither: nobody took it, nobody answered, or its instance died.
    pub unanswered: u64,
}

/// What clients had to do besides asking, counted; to log in again is in [`Sessions::relogins`].
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize)]
pub struct Duties {
    /// Tokens put away, each in place of the one before: after a login, a write or a refresh. One that a visit in progress
    /// brought along when the run began counts, too.
    pub stores: u64,
    /// Attempts with context that their client had sent before in the session.
    pub resends: u64,
    /// Tokens among those stored that brought nothing new: the one before had expired.
    pub refreshes: u64,
    /// Attempts after a request's first.
    pub retries: u64,
    /// Connections made in place of one that was gone.
    pub reconnects: u64,
}

/// Sessions, counted: created = completed + lost + abandoned + active.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize)]
pub struct Sessions {
    /// Visits that began.
    pub created: u64,
    /// Ended with everything done; some writes may have been lost, but never the state.
    pub completed: u64,
    /// Their state was lost at least once.
    pub lost: u64,
    /// The user gave up.
    pub abandoned: u64,
    /// Still going on; the same.
    pub active: u64,
    /// Logins that were not planned.
    pub relogins: u64,
    /// Acknowledged writes that are in no copy any more.
    pub acked_writes_lost: u64,
}

/// The distribution of a time, in milliseconds.
#[derive(Clone, Copy, PartialEq, Default, Debug, Serialize)]
pub struct Percentiles {
    /// Exact.
    pub mean: Option<f64>,
    /// Half are at most this.
    pub p50: Option<f64>,
    /// 90 % are at most this.
    pub p90: Option<f64>,
    /// 95 % are at most this.
    pub p95: Option<f64>,
    /// 99 % are at most this.
    pub p99: Option<f64>,
    /// 99.9 % are at most this.
    pub p999: Option<f64>,
    /// Exact; `None` of waits, if any failed.
    pub max: Option<f64>,
}

/// Bytes on the wire.
#[derive(Clone, Copy, PartialEq, Default, Debug, Serialize)]
pub struct Bytes {
    /// From clients to the balancer.
    pub up: u64,
    /// From the balancer to clients.
    pub down: u64,
    /// Token or cookie content among both.
    pub context: u64,
    /// Context that its client had already sent before in the session.
    pub redundant: u64,
    /// That, divided by all bytes that clients sent.
    pub redundant_ratio: Option<f64>,
    /// Between instances.
    pub replication: u64,
    /// Between instances and the store.
    pub store: u64,
    /// The largest token or cookie content that went to or from a client, in a reply that came too late as well: what one has
    /// to have room for. It is the content alone, a token's signature and claims among it, without the HTTP header around it.
    pub client_peak: u64,
}

/// Messages on the wire.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize)]
pub struct Messages {
    /// Between clients and the balancer.
    pub client: u64,
    /// Between the balancer and instances.
    pub backend: u64,
    /// Between instances.
    pub replication: u64,
    /// Between instances and the store.
    pub store: u64,
    /// Health checks.
    pub health: u64,
}

/// One instance.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct InstanceFigures {
    /// From 1, never reused.
    pub id: u16,
    /// At the end.
    pub state: Health,
    /// Requests it replied to, or died with.
    pub requests: u64,
    /// Worker-busy time / (workers × time it ran). Busy with requests, with peers' writes and with new connections.
    pub busy_ratio: Option<f64>,
    /// Sessions it holds at the end.
    pub sessions: u64,
    /// Their size.
    pub state_bytes: u64,
    /// Of one that came up while the run went on: seconds from when it last did until it took up at least 80 % of the mean
    /// of all instances that were up, over a second and 100 requests for each of them. Not defined where that has not happened.
    pub absorbed_s: Option<f64>,
}

/// The store.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct StoreFigures {
    /// At the end.
    pub state: Health,
    /// Operations it answered.
    pub operations: u64,
    /// Sessions it holds at the end.
    pub sessions: u64,
    /// Their size.
    pub state_bytes: u64,
    /// Logins that its denylist names at the end.
    pub revoked: u64,
    /// Whether a replica follows it, or did so until it took over.
    pub replica: bool,
}

impl StoreFigures {
    /// The names, and nothing to say under any of them.
    pub(crate) fn undefined() -> serde_json::Result<Value> {
        let none = Self { state: Health::Down, operations: 0, sessions: 0, state_bytes: 0, revoked: 0, replica: false };
        let mut figures = serde_json::to_value(none)?;
        figures.as_object_mut().into_iter().flatten().for_each(|(_, figure)| *figure = Value::Null);
        Ok(figures)
    }
}

/// What a command did, counting only effects whose chain of causes reaches it.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct FaultFigures {
    /// When.
    pub at_s: f64,
    /// What.
    pub command: Command,
    /// Logged in and not left just before.
    pub sessions_alive: u64,
    /// Those among them that lost nothing of their state by it.
    pub sessions_intact: u64,
    /// Those among them that depended on the part it hit: tied to it by a cookie or a connection; in memory and sticky
    /// without those, with their state in it; or in need of the store. Not defined for what hits no particular part.
    pub sessions_exposed: Option<u64>,
    /// With a failed request by it, or one that took longer than a second (times the slow motion) and has it in its chain of
    /// causes.
    pub sessions_touched: u64,
    /// Lost by it, those among them that began after it: a deploy takes its time.
    pub sessions_lost: u64,
    /// Not lost, but some of their acknowledged writes are gone by it.
    pub sessions_reverted: u64,
    /// With a failed request by it, or a state that is lost by it.
    pub sessions_affected: u64,
    /// Ended neither ok nor stale by it: those after recovery, at most 1 % of each stretch, count too.
    pub requests_failed: u64,
    /// Gone by it.
    pub acked_writes_lost: u64,
    /// Until the balancer noticed by itself.
    pub detected_s: Option<f64>,
    /// Until at most 1 % failed because of it; `None` also if the next fault hid that.
    pub recovered_s: Option<f64>,
}

/// Both sides of Little's law, in request-nanoseconds; computed apart, equal always.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct Little {
    /// The number of requests in the system, integrated over time.
    pub integral_ns: u128,
    /// The time in the system, summed over requests.
    pub sum_ns: u128,
    /// Whether no request was in the system at the start.
    pub started_empty: bool,
    /// … and at the end.
    pub ended_empty: bool,
}

/// The event stream.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Events {
    /// How many.
    pub count: u64,
    /// Over their records: equal hashes, equal runs.
    pub sha256: String,
}

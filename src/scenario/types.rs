//! The fields of a scenario, in the units that their names end with. Every field has a default.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Where session state lives.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Home {
    /// With the client: a signed token goes with every request.
    Token,
    /// In the instance that created it; nothing sends the user back there.
    Memory,
    /// In the instance that created it; a cookie sends the user back there.
    Sticky,
    /// In every instance.
    ReplicateAll,
    /// In a primary instance and one backup.
    ReplicateBackup,
    /// In a store that all instances ask.
    Store,
}

impl Home {
    /// All six, in the order of the reports.
    pub const ALL: [Self; 6] =
        [Self::Token, Self::Memory, Self::Sticky, Self::ReplicateAll, Self::ReplicateBackup, Self::Store];

    /// The word used on the command line.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::Memory => "memory",
            Self::Sticky => "sticky",
            Self::ReplicateAll => "replicate-all",
            Self::ReplicateBackup => "replicate-backup",
            Self::Store => "store",
        }
    }

    /// The home that this word stands for, if it stands for one.
    #[must_use]
    pub fn find(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|home| home.id() == id)
    }

    /// All words, for whoever used another.
    #[must_use]
    pub fn known() -> String {
        Self::ALL.map(Self::id).join(", ")
    }

    /// Whether the service itself keeps session state anywhere.
    #[must_use]
    pub const fn stateful(self) -> bool {
        !matches!(self, Self::Token)
    }

    /// Whether session state lives in the memory of instances.
    #[must_use]
    pub const fn in_instances(self) -> bool {
        !matches!(self, Self::Token | Self::Store)
    }

    /// Whether every instance, or two of them, hold copies.
    #[must_use]
    pub const fn replicated(self) -> bool {
        matches!(self, Self::ReplicateAll | Self::ReplicateBackup)
    }
}

/// How the balancer chooses an instance.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Policy {
    /// Each in turn.
    RoundRobin,
    /// Any, with equal chances.
    Random,
    /// The one with the fewest requests in flight, as the balancer counts; ties at random.
    LeastConnections,
    /// Of two drawn at random the one with fewer requests in flight.
    TwoChoices,
    /// By a hash of the session, modulo the number of usable instances.
    Hash,
    /// By a hash of the session, on a consistent-hash ring.
    Ring,
}

impl Policy {
    /// All six.
    pub const ALL: [Self; 6] =
        [Self::RoundRobin, Self::Random, Self::LeastConnections, Self::TwoChoices, Self::Hash, Self::Ring];

    /// The word used on the command line.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::RoundRobin => "round-robin",
            Self::Random => "random",
            Self::LeastConnections => "least-connections",
            Self::TwoChoices => "two-choices",
            Self::Hash => "hash",
            Self::Ring => "ring",
        }
    }
}

impl fmt::Display for Home {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.id())
    }
}

impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.id())
    }
}

impl FromStr for Policy {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let known = || Self::ALL.map(Self::id).join(" · ");
        let found = Self::ALL.into_iter().find(|policy| policy.id() == text);
        found.ok_or_else(|| format!("`{text}` is no policy; one of: {}", known()))
    }
}

/// A quantity that is fixed or drawn anew each time.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Dist {
    /// Always this.
    Fixed(f64),
    /// Exponential with this mean.
    Exponential(f64),
    /// Log-normal: this mean, and the standard deviation of the logarithm.
    Lognormal {
        /// The mean of the quantity itself.
        mean: f64,
        /// The standard deviation of its natural logarithm.
        sigma: f64,
    },
    /// Uniform between the two.
    Uniform(f64, f64),
    /// Geometric on 1, 2, 3 …, with this mean (≥ 1).
    Geometric(f64),
    /// Without end (only the number of requests of a visit); written `"none"`.
    Endless,
}

impl Dist {
    /// The mean; infinite for [`Dist::Endless`].
    #[must_use]
    pub const fn mean(self) -> f64 {
        match self {
            Self::Fixed(mean) | Self::Exponential(mean) | Self::Lognormal { mean, .. } | Self::Geometric(mean) => mean,
            Self::Uniform(low, high) => (low + high) / 2.0,
            Self::Endless => f64::INFINITY,
        }
    }
}

/// A limit, or `None` where there is none (written `"none"`).
pub type Limit = Option<f64>;

/// Defines a table of a scenario, and keeps what is said of each field here for whoever writes a file.
macro_rules! described {
    ($(#[$of_table:meta])* pub struct $table:ident { $($(#[doc = $said:literal])+ pub $field:ident: $type:ty,)+ }) => {
        $(#[$of_table])*
        pub struct $table { $($(#[doc = $said])+ pub $field: $type,)+ }

        impl $table {
            /// Each field, and what it means.
            pub(super) const MEANINGS: &[(&str, &str)] = &[$((stringify!($field), concat!($($said),+))),+];
        }
    };
}

described! {
    /// A whole scenario.
    #[derive(Clone, PartialEq, Debug)]
    pub struct Scenario {
        /// The name it is called by: a shipped scenario's, or the file's without folder and ending.
        pub name: String,
        /// A few words for headers.
        pub title: String,
        /// What it shows, a sentence or two.
        pub about: String,
        /// What a session's state is called in sentences: cart, chat, session …
        pub noun: String,
        /// The seed of all draws.
        pub seed: u64,
        /// How long a run without a screen takes, simulated.
        pub duration_s: f64,
        /// The simulated instant at which the dashboard opens.
        pub open_at_s: f64,
        /// Whether visits are in progress when the run begins, as in a service that has run for long.
        pub warm_start: bool,
        /// The objective for waits at p99.
        pub slo_ms: f64,
        /// Network, service, login and home costs and lag are stretched by this, bandwidth divided;
        /// not think times, arrivals, timeouts, checks, start-up.
        pub slow_motion: f64,
        /// Sessions.
        pub session: Session,
        /// Traffic.
        pub workload: Workload,
        /// The clients.
        pub client: Client,
        /// The network.
        pub network: Network,
        /// The load balancer.
        pub balancer: Balancer,
        /// The instances.
        pub instance: Instance,
        /// The `token` home.
        pub token: Token,
        /// The `replicate-*` homes.
        pub replication: Replication,
        /// The `store` home.
        pub store: Store,
        /// Long-lived connections.
        pub connection: Connection,
        /// The autoscaler.
        pub autoscaler: Autoscaler,
        /// Commands that belong to the scenario, in order of time.
        pub commands: Vec<TimedCommand>,
    }
}

/// A command at a simulated instant.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TimedCommand {
    /// When, in seconds.
    pub at_s: f64,
    /// What.
    pub command: crate::command::Command,
}

described! {
    /// `[session]`
    #[derive(Clone, PartialEq, Debug)]
    pub struct Session {
        /// A session that nobody uses for so long expires.
        pub timeout_s: Limit,
    }
}

/// Where visits come from.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Population {
    /// A Poisson stream of visits, so many a second.
    SessionsPerSecond(f64),
    /// So many chairs, each taken by one visit after the other.
    Users(u32),
}

/// No service has more instances at a time.
pub const MOST_INSTANCES: u16 = 1024;

/// A change of the traffic that belongs to the scenario: `bursts = [{ at_s = 60, factor = 3, for_s = 120 }]`.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Burst {
    /// From when.
    pub at_s: f64,
    /// The rate is multiplied by this (0: silence); users on chairs think so many times as fast, and cannot be silent.
    pub factor: f64,
    /// For how long.
    pub for_s: f64,
}

impl Burst {
    /// Whether it is on at `at_s`.
    pub(crate) fn is_on(&self, at_s: f64) -> bool {
        self.at_s <= at_s && at_s < self.at_s + self.for_s
    }

    /// The product of those that are on at `at_s`.
    pub(crate) fn factor_at(bursts: &[Self], at_s: f64) -> f64 {
        bursts.iter().filter(|burst| burst.is_on(at_s)).map(|burst| burst.factor).product()
    }
}

/// What flows between client and balancer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Transport {
    /// Each request is routed on its own.
    Request,
    /// A long-lived connection to one instance.
    Connection,
}

described! {
    /// `[workload]`
    #[derive(Clone, PartialEq, Debug)]
    pub struct Workload {
        /// Where visits come from: `sessions_per_s`, a Poisson stream, or `users`, chairs taken by one visit after the other.
        pub population: Population,
        /// Planned requests of a visit, the login included.
        pub requests_per_session: Dist,
        /// Between a reply and the user's next request.
        pub think_ms: Dist,
        /// The share of follow-ups that write.
        pub write_ratio: f64,
        /// What a follow-up demands of a worker.
        pub service_ms: Dist,
        /// What a login demands of a worker; unset: `login_factor` times a service demand.
        pub login_ms: Option<Dist>,
        /// How many service demands a login costs where `login_ms` is unset.
        pub login_factor: f64,
        /// A request without its token or cookie.
        pub request_bytes: u32,
        /// A reply without its token or cookie.
        pub response_bytes: u32,
        /// A session's state at login, as JSON.
        pub state_bytes: u32,
        /// What a write adds to the state, as JSON.
        pub growth_bytes_per_write: Dist,
        /// A larger state drops its oldest content, as a chat does: a write then replaces as much as it adds.
        pub state_limit_bytes: Limit,
        /// Times of more traffic, or of less.
        pub bursts: Vec<Burst>,
        /// Whether each request is routed on its own, or each client keeps a connection to one instance.
        pub transport: Transport,
    }
}

described! {
    /// `[client]`
    #[derive(Clone, PartialEq, Debug)]
    pub struct Client {
        /// How long an attempt may take.
        pub timeout_ms: Limit,
        /// Attempts after the first.
        pub retries: u32,
        /// The back-off before the first retry is at most this; before each further one, twice as much.
        pub backoff_ms: f64,
        /// … and never more than this.
        pub backoff_cap_ms: f64,
        /// Whether the back-off is drawn between zero and its bound (full jitter).
        pub jitter: bool,
        /// So many failures in a row make a user give up.
        pub patience: u32,
    }
}

described! {
    /// `[network]`
    #[derive(Clone, PartialEq, Debug)]
    pub struct Network {
        /// From client to balancer, one way.
        pub client_ms: Dist,
        /// From balancer to instance, one way.
        pub backend_ms: Dist,
        /// From instance to instance, one way.
        pub peer_ms: Dist,
        /// From instance to store, one way.
        pub store_ms: Dist,
        /// Each delay is multiplied by a draw between 1 − this and 1 + this.
        pub jitter_ratio: f64,
        /// A client's line, each way.
        pub client_mbit: Limit,
        /// An instance's interface, each way.
        pub backend_mbit: Limit,
    }
}

/// Whether the balancer sends a user back to an instance.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Affinity {
    /// As the home of state needs it: a cookie for `sticky` and `replicate-*`.
    Auto,
    /// No.
    None,
    /// By a cookie.
    Cookie,
}

described! {
    /// `[balancer]`
    #[derive(Clone, PartialEq, Debug)]
    pub struct Balancer {
        /// How an instance is chosen.
        pub policy: Policy,
        /// Whether a cookie leads users back to their instance; `auto`: as the home of state needs it.
        pub affinity: Affinity,
        /// Whether a refused connection goes on to another instance.
        pub redispatch: bool,
        /// How often a refused connection is tried again.
        pub retries: u32,
        /// Whether a refused connection marks the instance down for 10 s.
        pub passive: bool,
        /// Between two checks of an instance; `"none"`: no active checks.
        pub check_interval_ms: Limit,
        /// A check that takes longer has failed.
        pub check_timeout_ms: f64,
        /// So many failed checks in a row take an instance out.
        pub fall: u32,
        /// So many good ones in a row bring it back.
        pub rise: u32,
    }
}

/// What draining means.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DrainMode {
    /// No new sessions; pinned ones are served until the time is up or none is left (HAProxy).
    Pinned,
    /// Routing stops at once; only requests in flight are protected (ALB).
    AtOnce,
}

described! {
    /// `[instance]`
    #[derive(Clone, PartialEq, Debug)]
    pub struct Instance {
        /// How many there are at the start.
        pub count: u16,
        /// Requests that one instance serves at a time.
        pub workers: u32,
        /// Requests that may wait in one instance.
        pub queue: Limit,
        /// How long an instance takes from its start until it is up.
        pub start_ms: f64,
        /// A drain takes no longer.
        pub drain_s: f64,
        /// What a drain protects: `pinned` also those whom a cookie leads there, `at-once` requests in flight alone.
        pub drain_mode: DrainMode,
        /// A request whose token or cookie is longer is answered 431.
        pub header_limit_bytes: Limit,
        /// Session state that one instance can hold; beyond it the least recently used goes, when something is stored there.
        pub memory_mib: Limit,
    }
}

described! {
    /// `[token]`
    #[derive(Clone, PartialEq, Debug)]
    pub struct Token {
        /// The size of a token with an empty state.
        pub overhead_bytes: u32,
        /// What it costs to verify and decode any token.
        pub verify_us: f64,
        /// … and what each KiB of it costs.
        pub verify_us_per_kib: f64,
        /// A token older than this is refreshed once.
        pub ttl_s: Limit,
        /// Whether every request asks the store if its token was revoked.
        pub denylist: bool,
    }
}

described! {
    /// `[replication]`
    #[derive(Clone, PartialEq, Debug)]
    pub struct Replication {
        /// Whether a reply to a write waits for the copies; unset: yes with `replicate-backup`, no with `replicate-all`.
        pub sync: Option<bool>,
        /// How long a write waits before it is sent to the copies (asynchronous only).
        pub lag_ms: f64,
        /// What applying a write costs a peer's worker.
        pub apply_us: f64,
    }
}

/// What a store writes to disk.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Persistence {
    /// Nothing.
    None,
    /// Once a second.
    Everysec,
    /// Every write, before it is acknowledged.
    Always,
}

described! {
    /// `[store]`
    #[derive(Clone, PartialEq, Debug)]
    pub struct Store {
        /// Operations that the store serves at a time.
        pub workers: u32,
        /// What an operation demands.
        pub service_us: Dist,
        /// Operations that may wait in it.
        pub queue: Limit,
        /// How long an instance waits for it.
        pub timeout_ms: Limit,
        /// What it writes to disk, and so has again after its death.
        pub persistence: Persistence,
        /// Session state that it can hold; beyond it the least recently used goes, when something is stored.
        pub memory_mib: Limit,
        /// Whether it has a replica that takes over.
        pub replica: bool,
        /// How far the replica is behind.
        pub replica_lag_ms: f64,
        /// From the store's death until the replica takes over.
        pub failover_ms: f64,
    }
}

described! {
    /// `[connection]`
    #[derive(Clone, PartialEq, Debug)]
    pub struct Connection {
        /// Messages pushed to each connected client.
        pub push_per_s: f64,
        /// What a new connection demands of a worker.
        pub handshake_ms: f64,
    }
}

/// When instances are added and removed without being asked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ScaleMode {
    /// Never.
    Off,
    /// By utilisation: every interval, `ceil(n · load / target)` (Kubernetes HPA).
    Utilisation,
    /// One instance a request, started when needed, stopped when idle (functions).
    PerRequest,
}

described! {
    /// `[autoscaler]`
    #[derive(Clone, PartialEq, Debug)]
    pub struct Autoscaler {
        /// When instances are added and removed: never, by utilisation, or one for each request (functions).
        pub mode: ScaleMode,
        /// The utilisation to aim at.
        pub target: f64,
        /// Between two decisions.
        pub interval_s: f64,
        /// So long fewer must have been enough before one is removed.
        pub down_after_s: f64,
        /// Never fewer.
        pub min: u16,
        /// Never more.
        pub max: u16,
        /// Start-up of an instance in mode `per-request`.
        pub cold_start_ms: f64,
        /// Idle time after which an instance stops in mode `per-request`.
        pub idle_stop_s: f64,
    }
}

impl Default for Scenario {
    fn default() -> Self {
        Self {
            name: "custom".into(),
            title: "Custom".into(),
            about: String::new(),
            noun: "session".into(),
            seed: 7,
            duration_s: 120.0,
            open_at_s: 0.0,
            warm_start: true,
            slo_ms: 500.0,
            slow_motion: 1.0,
            session: Session { timeout_s: Some(1800.0) },
            workload: Workload {
                population: Population::SessionsPerSecond(10.0),
                requests_per_session: Dist::Geometric(10.0),
                think_ms: Dist::Exponential(3000.0),
                write_ratio: 0.3,
                service_ms: Dist::Exponential(10.0),
                login_ms: None,
                login_factor: 2.0,
                request_bytes: 400,
                response_bytes: 1000,
                state_bytes: 0,
                growth_bytes_per_write: Dist::Fixed(57.0),
                state_limit_bytes: None,
                bursts: Vec::new(),
                transport: Transport::Request,
            },
            client: Client {
                timeout_ms: Some(3000.0),
                retries: 0,
                backoff_ms: 100.0,
                backoff_cap_ms: 10_000.0,
                jitter: true,
                patience: 3,
            },
            network: Network {
                client_ms: Dist::Fixed(10.0),
                backend_ms: Dist::Fixed(0.1),
                peer_ms: Dist::Fixed(0.1),
                store_ms: Dist::Fixed(0.1),
                jitter_ratio: 0.0,
                client_mbit: Some(20.0),
                backend_mbit: Some(10_000.0),
            },
            balancer: Balancer {
                policy: Policy::RoundRobin,
                affinity: Affinity::Auto,
                redispatch: true,
                retries: 3,
                passive: false,
                check_interval_ms: Some(2000.0),
                check_timeout_ms: 1000.0,
                fall: 3,
                rise: 2,
            },
            instance: Instance {
                count: 3,
                workers: 2,
                queue: Some(64.0),
                start_ms: 5000.0,
                drain_s: 30.0,
                drain_mode: DrainMode::Pinned,
                header_limit_bytes: Some(8192.0),
                memory_mib: None,
            },
            token: Token {
                overhead_bytes: 123,
                verify_us: 2.5,
                verify_us_per_kib: 7.0,
                ttl_s: Some(900.0),
                denylist: false,
            },
            replication: Replication { sync: None, lag_ms: 0.0, apply_us: 5.0 },
            store: Store {
                workers: 1,
                service_us: Dist::Fixed(40.0),
                queue: Some(10_000.0),
                timeout_ms: Some(3000.0),
                persistence: Persistence::None,
                memory_mib: None,
                replica: false,
                replica_lag_ms: 1.0,
                failover_ms: 6300.0,
            },
            connection: Connection { push_per_s: 0.0, handshake_ms: 2.0 },
            autoscaler: Autoscaler {
                mode: ScaleMode::Off,
                target: 0.6,
                interval_s: 15.0,
                down_after_s: 300.0,
                min: 1,
                max: 64,
                cold_start_ms: 400.0,
                idle_stop_s: 60.0,
            },
            commands: Vec::new(),
        }
    }
}

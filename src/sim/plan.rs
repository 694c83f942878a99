//! A scenario as the simulation uses it: nanoseconds, slow motion applied, defaults resolved.

use super::draw::Span;
use super::sizes::base64;
use crate::scenario::{
    Burst, Dist, DrainMode, Home, Limit, Persistence, Policy, Population, ScaleMode, Scenario, Transport,
};
use crate::units::Nanos;

/// The content of a session cookie: 32 hex digits (Tomcat's session id).
pub const COOKIE_BYTES: u32 = 32;
/// How long synchronous replication waits for a peer before it drops it (Tomcat's member drop time).
pub const PEER_DROP: Nanos = Nanos(3_000_000_000);
/// How long passive marking keeps an instance out (nginx `fail_timeout`).
pub const PASSIVE_PENALTY: Nanos = Nanos(10_000_000_000);
/// Between two flushes of a store that persists `everysec`.
pub const FLUSH_INTERVAL: Nanos = Nanos(1_000_000_000);
/// A message without content: an acknowledgement, a lookup.
pub const SMALL_MESSAGE_BYTES: u32 = 64;

/// Nanoseconds to put one byte on a line; zero for a line without limit.
#[derive(Clone, Copy, Debug)]
pub struct Line(f64);

impl Line {
    fn new(mbit: Limit, slow_motion: f64) -> Self {
        Self(mbit.map_or(0.0, |mbit| 8e3 / mbit * slow_motion))
    }

    /// Whether bytes take time on it.
    pub const fn is_limited(self) -> bool {
        self.0 != 0.0
    }

    /// How long so many bytes take.
    #[inline]
    pub fn occupied(self, bytes: u32) -> Nanos {
        if !self.is_limited() {
            return Nanos::ZERO;
        }
        // Adding a half and cutting off rounds, without a call.
        Nanos((f64::from(bytes) * self.0 + 0.5) as u64)
    }
}

/// Everything the parts of the world need to know of the scenario.
#[derive(Clone, Debug)]
pub struct Plan {
    pub home: Home,
    pub seed: u64,
    pub warm_start: bool,
    pub session_timeout: Option<Nanos>,

    pub population: Population,
    pub requests_per_session: Dist,
    pub think: Span,
    pub write_ratio: f64,
    pub service: Span,
    /// `None`: `login_factor` service demands.
    pub login: Option<Span>,
    pub login_factor: f64,
    pub request_bytes: u32,
    pub response_bytes: u32,
    pub state_bytes: u32,
    pub growth_bytes: Dist,
    /// A larger state drops its oldest content.
    pub state_limit: u32,
    pub bursts: Vec<Burst>,
    pub transport: Transport,

    pub client_timeout: Option<Nanos>,
    pub retries: u32,
    pub backoff: Nanos,
    pub backoff_cap: Nanos,
    pub backoff_jitter: bool,
    pub patience: u32,

    pub client_hop: Span,
    pub backend_hop: Span,
    pub peer_hop: Span,
    pub store_hop: Span,
    pub jitter_ratio: f64,
    pub client_line: Line,
    pub backend_line: Line,

    pub policy: Policy,
    /// Whether a cookie pins users.
    pub cookie: bool,
    /// What a session's id adds to each message of its client; nothing over a connection, which is known by itself.
    pub id_bytes: u32,
    pub redispatch: bool,
    pub balancer_retries: u32,
    pub passive: bool,
    pub check_interval: Option<Nanos>,
    pub check_timeout: Nanos,
    /// A queue that began so lately, a second as it is slowed, may be one of those that come and go.
    pub recent: Nanos,
    /// Checks see the real network, not the slowed one.
    pub check_round_trip: Nanos,
    pub fall: u32,
    pub rise: u32,

    pub instances: u16,
    pub workers: u32,
    pub queue: usize,
    pub start: Nanos,
    pub drain: Nanos,
    pub drain_mode: DrainMode,
    pub header_limit: Option<u32>,
    pub instance_memory: Option<u64>,

    pub token_overhead: u32,
    pub verify: f64,
    pub verify_per_kib: f64,
    pub token_ttl: Option<Nanos>,
    pub denylist: bool,

    pub sync: bool,
    pub lag: Nanos,
    pub apply: Nanos,

    pub store_workers: u32,
    pub store_service: Span,
    pub store_queue: usize,
    pub store_timeout: Option<Nanos>,
    pub persistence: Persistence,
    pub store_memory: Option<u64>,
    pub replica: bool,
    pub replica_lag: Nanos,
    pub failover: Nanos,

    pub push_gap: Option<Nanos>,
    pub handshake: Nanos,

    pub scale_mode: ScaleMode,
    pub scale_target: f64,
    pub scale_interval: Nanos,
    pub scale_down_after: Nanos,
    pub scale_min: u16,
    pub scale_max: u16,
    pub cold_start: Nanos,
    pub idle_stop: Nanos,

    pub commands: Vec<(Nanos, crate::command::Command)>,
}

impl Plan {
    /// The plan of one arm.
    pub fn new(scenario: &Scenario, home: Home) -> Self {
        let slow = scenario.slow_motion;
        let (work, net, token) = (&scenario.workload, &scenario.network, &scenario.token);
        let limit = |value: Limit| value.map(Nanos::from_millis);
        let count = |value: Limit| value.map_or(usize::MAX, |value| value as usize);
        let mib = |value: Limit| value.map(|value| (value * 1_048_576.0) as u64);
        let unslowed = Span::millis(net.backend_ms, 1.0).mean();
        let hop = |millis| {
            let span = Span::millis(millis, slow);
            if net.jitter_ratio == 0.0 { span } else { span.varied() }
        };
        Self {
            home,
            seed: scenario.seed,
            warm_start: scenario.warm_start,
            session_timeout: scenario.session.timeout_s.map(Nanos::from_secs),
            population: work.population,
            requests_per_session: work.requests_per_session,
            think: Span::millis(work.think_ms, 1.0),
            write_ratio: work.write_ratio,
            service: Span::millis(work.service_ms, slow),
            login: work.login_ms.map(|dist| Span::millis(dist, slow)),
            login_factor: work.login_factor,
            request_bytes: work.request_bytes,
            response_bytes: work.response_bytes,
            state_bytes: work.state_bytes,
            growth_bytes: work.growth_bytes_per_write,
            state_limit: work.state_limit_bytes.map_or(u32::MAX, |bytes| bytes as u32),
            bursts: work.bursts.clone(),
            transport: work.transport,
            client_timeout: limit(scenario.client.timeout_ms),
            retries: scenario.client.retries,
            backoff: Nanos::from_millis(scenario.client.backoff_ms),
            backoff_cap: Nanos::from_millis(scenario.client.backoff_cap_ms),
            backoff_jitter: scenario.client.jitter,
            patience: scenario.client.patience,
            client_hop: hop(net.client_ms),
            backend_hop: hop(net.backend_ms),
            peer_hop: hop(net.peer_ms),
            store_hop: hop(net.store_ms),
            jitter_ratio: net.jitter_ratio,
            recent: Nanos::from_secs(slow),
            client_line: Line::new(net.client_mbit, slow),
            backend_line: Line::new(net.backend_mbit, slow),
            policy: scenario.balancer.policy,
            cookie: scenario.cookies(home),
            id_bytes: if scenario.workload.transport == Transport::Request { COOKIE_BYTES } else { 0 },
            redispatch: scenario.balancer.redispatch,
            balancer_retries: scenario.balancer.retries,
            passive: scenario.balancer.passive,
            check_interval: limit(scenario.balancer.check_interval_ms),
            check_timeout: Nanos::from_millis(scenario.balancer.check_timeout_ms),
            check_round_trip: unslowed + unslowed,
            fall: scenario.balancer.fall,
            rise: scenario.balancer.rise,
            instances: scenario.instance.count,
            workers: scenario.instance.workers,
            queue: count(scenario.instance.queue),
            start: Nanos::from_millis(scenario.instance.start_ms),
            drain: Nanos::from_secs(scenario.instance.drain_s),
            drain_mode: scenario.instance.drain_mode,
            header_limit: scenario.instance.header_limit_bytes.map(|bytes| bytes as u32),
            instance_memory: mib(scenario.instance.memory_mib),
            token_overhead: token.overhead_bytes,
            verify: token.verify_us * 1e3 * slow,
            verify_per_kib: token.verify_us_per_kib * 1e3 * slow,
            token_ttl: token.ttl_s.map(Nanos::from_secs),
            denylist: token.denylist,
            sync: scenario.replication.sync.unwrap_or(home == Home::ReplicateBackup),
            lag: Nanos::from_millis(scenario.replication.lag_ms).scaled(slow),
            apply: Nanos::from_micros(scenario.replication.apply_us).scaled(slow),
            store_workers: scenario.store.workers,
            store_service: Span::micros(scenario.store.service_us, slow),
            store_queue: count(scenario.store.queue),
            store_timeout: limit(scenario.store.timeout_ms),
            persistence: scenario.store.persistence,
            store_memory: mib(scenario.store.memory_mib),
            replica: scenario.store.replica,
            replica_lag: Nanos::from_millis(scenario.store.replica_lag_ms).scaled(slow),
            failover: Nanos::from_millis(scenario.store.failover_ms),
            push_gap: (scenario.connection.push_per_s > 0.0)
                .then(|| Nanos::from_secs(1.0 / scenario.connection.push_per_s)),
            handshake: Nanos::from_millis(scenario.connection.handshake_ms).scaled(slow),
            scale_mode: scenario.autoscaler.mode,
            scale_target: scenario.autoscaler.target,
            scale_interval: Nanos::from_secs(scenario.autoscaler.interval_s),
            scale_down_after: Nanos::from_secs(scenario.autoscaler.down_after_s),
            scale_min: scenario.autoscaler.min,
            scale_max: scenario.autoscaler.max,
            cold_start: Nanos::from_millis(scenario.autoscaler.cold_start_ms),
            idle_stop: Nanos::from_secs(scenario.autoscaler.idle_stop_s),
            commands: scenario.commands.iter().map(|timed| (Nanos::from_secs(timed.at_s), timed.command)).collect(),
        }
    }

    /// Bytes of a token that carries so many bytes of state.
    pub const fn token_bytes(&self, state_bytes: u32) -> u32 {
        self.token_overhead.saturating_add(base64(state_bytes))
    }

    /// What a request takes when nobody is in its way, on average.
    pub fn nominal_response(&self) -> Nanos {
        let hops = self.client_hop.mean() + self.backend_hop.mean();
        hops + hops + self.service.mean()
    }

    /// Whether this home needs the store.
    pub fn uses_store(&self) -> bool {
        self.home == Home::Store || (self.home == Home::Token && self.denylist)
    }
}

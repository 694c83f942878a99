//! What the table needs to know of a home: from one run, or as means of many.

use super::Column;
use crate::command::{Command, Target};
use crate::ledger::{FaultFigures, InstanceFigures, RunReport, StoreFigures};
use crate::scenario::{Home, knobs};
use crate::study::Capacity;

/// What clients have to do besides asking, and the figure that counts it.
pub const DUTIES: [(&str, &str); 6] = [
    ("stores", "duties.stores"),
    ("resends", "duties.resends"),
    ("refreshes", "duties.refreshes"),
    ("retries", "duties.retries"),
    ("reconnects", "duties.reconnects"),
    ("re-logins", "sessions.relogins"),
];

/// The figures that go into the table. Counts may be means of counts.
#[derive(Clone, PartialEq, Debug)]
pub struct Measured<'a> {
    /// Where session state lives.
    pub home: Home,
    /// Follow-ups that ended.
    pub followups: f64,
    /// Those that ended `lost`, without those that other faults than the one below account for.
    pub followups_lost: f64,
    /// Requests that were issued.
    pub issued: f64,
    /// Requests that ended.
    pub ended: f64,
    /// Sessions that began.
    pub sessions: f64,
    /// What their clients had to do besides asking: [`DUTIES`].
    pub duties: [f64; DUTIES.len()],
    /// The largest token or cookie content of a client.
    pub client_peak: f64,
    /// Context bytes that clients sent again.
    pub redundant_bytes: f64,
    /// Their share in all bytes that clients sent.
    pub redundant_ratio: Option<f64>,
    /// Messages between instances, and between instances and the store.
    pub server_messages: f64,
    /// Processes of the service: balancer, every instance that ever was, store and its replica.
    pub parts: f64,
    /// Instances that keep sessions, or did until they ended.
    pub holding_instances: f64,
    /// Those, the store if it keeps sessions or a denylist, and its replica.
    pub stateful_parts: f64,
    /// Whether there is a store.
    pub has_store: bool,
    /// Where the store is there for a denylist: how many logins that names.
    pub revoked: Option<f64>,
    /// How busy the busiest instance was / the mean.
    pub imbalance: Option<f64>,
    /// Seconds until instances that came up meanwhile took up 80 % of the mean.
    pub absorbed_s: Option<f64>,
    /// The keys of the service that are not as they are by default.
    pub knobs: Vec<String>,
    /// The fault that cost the largest share of those who were logged in; of several alike, the newest.
    pub fault: Option<MeasuredFault>,
    /// What studies of capacity found so far, one a seed.
    pub capacities: Vec<&'a [Capacity]>,
    /// How many of their trials are done, of how many.
    pub progress: (u32, u32),
}

/// What a fault did.
#[derive(Clone, PartialEq, Debug)]
pub struct MeasuredFault {
    /// What was done.
    pub command: Command,
    /// When.
    pub at_s: f64,
    /// Whether there was no other.
    pub only: bool,
    /// Sessions logged in just before.
    pub alive: f64,
    /// Those among them that lost nothing of their state by it.
    pub intact: f64,
    /// Sessions lost by it, those that began after it among them.
    pub lost: f64,
    /// Sessions that only lost some acknowledged writes.
    pub reverted: f64,
    /// Acknowledged writes gone by it.
    pub writes_lost: f64,
    /// Requests failed by it.
    pub failed: f64,
    /// Until the balancer noticed.
    pub detected_s: Option<f64>,
    /// Until at most 1 % failed because of it.
    pub recovered_s: Option<f64>,
    /// Whether another fault has begun since, so that its recovery will not be seen if it has not been.
    pub followed: bool,
    /// Whether more may come of it, or of another: what it hit keeps state, it is young, and not all who depended on that have
    /// lost something.
    pub open: bool,
}

/// For how long somebody who depended on what a fault hit may not have come back to see: the classroom, where everything is
/// slow, needs it.
const YOUNG_S: f64 = 60.0;

/// Whether a command says how a design bears faults. A blow at a store that is not there does not, and neither does slowness: it
/// takes no state from anybody.
pub(crate) fn tries(command: Command, has_store: bool) -> bool {
    !command.misses_store(has_store) && !matches!(command, Command::Slow(..))
}

impl Measured<'_> {
    /// The figures of one run, without a study of capacity, and without the knobs: those are the scenario's.
    #[must_use]
    pub fn of(home: Home, figures: &RunReport) -> Self {
        let count = |n: u64| n as f64;
        // A death empties a memory and makes no design simpler, and neither does an end that was asked for: what has worked
        // where sessions are kept goes on counting.
        let keeps = |instance: &&InstanceFigures| instance.sessions > 0 || home.in_instances() && instance.requests > 0;
        let holding = figures.instances.iter().filter(keeps).count();
        let (duties, relogins) = (&figures.duties, figures.sessions.relogins);
        let store = figures.store.as_ref();
        // A denylist is state, too: a service that forgets it lets in whoever it names.
        let store_keeps = |store: &StoreFigures| store.sessions > 0 || store.operations > 0;
        let replica = usize::from(store.is_some_and(|store| store.replica));
        let stateful = holding + usize::from(store.is_some_and(store_keeps)) + replica;
        let parts = 1 + figures.instances.len() + usize::from(store.is_some()) + replica;
        let tried = figures.faults.iter().filter(|fault| tries(fault.command, store.is_some()));
        let tried: Vec<MeasuredFault> = tried.map(|fault| MeasuredFault::of(home, fault, figures)).collect();
        let fault = MeasuredFault::worst(tried);
        let by_faults: u64 = figures.faults.iter().map(|fault| fault.sessions_lost).sum();
        let by_others = count(by_faults) - fault.as_ref().map_or(0.0, |fault| fault.lost);
        Self {
            home,
            followups: count(figures.requests.followups),
            followups_lost: (count(figures.requests.followups_lost) - by_others).max(0.0),
            issued: count(figures.requests.issued),
            ended: count(figures.requests.ended),
            sessions: count(figures.sessions.created),
            duties: [duties.stores, duties.resends, duties.refreshes, duties.retries, duties.reconnects, relogins]
                .map(count),
            client_peak: count(figures.bytes.client_peak),
            redundant_bytes: count(figures.bytes.redundant),
            redundant_ratio: figures.bytes.redundant_ratio,
            server_messages: count(figures.messages.replication + figures.messages.store),
            parts: parts as f64,
            holding_instances: holding as f64,
            stateful_parts: stateful as f64,
            has_store: store.is_some(),
            revoked: store.filter(|_| home == Home::Token).map(|store| count(store.revoked)),
            imbalance: figures.imbalance(),
            absorbed_s: figures.absorbed_s(),
            knobs: Vec::new(),
            fault,
            capacities: Vec::new(),
            progress: (0, 0),
        }
    }
}

impl<'a> From<&Column<'a>> for Measured<'a> {
    fn from(column: &Column<'a>) -> Self {
        let Column { home, scenario, figures, capacities, progress } = *column;
        let capacities = if capacities.is_empty() { Vec::new() } else { vec![capacities] };
        Self { knobs: knobs(scenario, home), capacities, progress, ..Measured::of(home, figures) }
    }
}

impl MeasuredFault {
    /// What the table tells of several.
    pub(crate) fn worst(tried: Vec<Self>) -> Option<Self> {
        let (only, open) = (tried.len() == 1, tried.iter().any(|fault| fault.open));
        let worst = tried.into_iter().rev().min_by(|one, other| one.share().total_cmp(&other.share()))?;
        Some(Self { only, open, ..worst })
    }

    /// The share of those who were logged in that lost nothing.
    pub(super) fn share(&self) -> f64 {
        if self.alive > 0.0 { self.intact / self.alive } else { 1.0 }
    }

    fn of(home: Home, fault: &FaultFigures, figures: &RunReport) -> Self {
        let now_s = figures.duration_s;
        let hits = |later: &&FaultFigures| !later.command.misses_store(figures.store.is_some());
        let keeps =
            if fault.command.target() == Some(Target::Store) { home == Home::Store } else { home.in_instances() };
        let (alive, harmed) = (fault.sessions_alive, fault.sessions_alive - fault.sessions_intact);
        Self {
            command: fault.command,
            at_s: fault.at_s,
            only: true,
            alive: alive as f64,
            intact: fault.sessions_intact as f64,
            lost: fault.sessions_lost as f64,
            reverted: fault.sessions_reverted as f64,
            writes_lost: fault.acked_writes_lost as f64,
            failed: fault.requests_failed as f64,
            detected_s: fault.detected_s,
            recovered_s: fault.recovered_s,
            followed: figures.faults.iter().filter(hits).any(|later| later.at_s > fault.at_s),
            open: keeps && now_s < fault.at_s + YOUNG_S && harmed < fault.sessions_exposed.unwrap_or(alive),
        }
    }
}

//! The scene: a fold of the event stream to everything that the Stage draws, and nothing else.
//!
//! ```text
//!   clients            flights                     instances           store
//!   ann  cookie →1     Up · Forward · Serving …    truth, belief,      copies, health,
//!   bob  holds a token (departed, arrives)         copies, scar        pending
//! ```
//!
//! It holds no history beyond what can still be seen, so its memory is bounded by the sessions and copies that exist
//! at the moment; it is made of flat vectors, so that a clone for another thread is a few blocks of memory.

mod client;
mod fault;
mod flight;
mod fold;
mod instance;
mod processes;
mod requests;
#[cfg(test)]
pub(crate) mod script;
mod state;
mod store;
#[cfg(test)]
mod tests;
mod wire;

pub use client::{Client, Clients, FAREWELL, Mark};
pub use fault::Fault;
pub use flight::{Flight, Flights, LANES, Leg, Span, Weight};
pub use instance::{Copies, Held, Instance, Scar, Wreck};
pub use store::{Cargo, Hop, Store};
pub use wire::{OnWire, Push, Timed};

use crate::event::{Event, InstanceId, Place, RequestId, SessionId, Sink};
use crate::fault::Watch;
use crate::scenario::{Home, Policy, Population, ScaleMode, Scenario, Transport};
use crate::units::Nanos;
use std::sync::Arc;

/// Everything that the Stage draws, at the instant of the last event.
#[derive(Clone, Debug)]
pub struct Scene {
    /// Where session state lives.
    pub home: Home,
    /// What a session's state is called.
    pub noun: Arc<str>,
    /// Whether a cookie ties users to instances.
    pub cookies: bool,
    /// Whether clients hold connections.
    pub sockets: bool,
    /// How the balancer chooses where no cookie or connection does.
    pub policy: Policy,
    /// How long a message is usually under way from the balancer to an instance.
    pub crossing: Nanos,
    /// The traffic, as a multiple of the scenario's own.
    pub traffic: f64,
    /// The users.
    pub clients: Clients,
    /// Open requests.
    pub flights: Flights,
    /// The instances that exist, in the order of their ids.
    pub instances: Vec<Instance>,
    /// The most instances there were at a time, where their number follows the load.
    pub(super) peak: Option<usize>,
    /// The session store, where this world has one.
    pub store: Option<Store>,
    /// Messages between the service's own processes.
    pub hops: OnWire<Hop>,
    /// Messages pushed to clients.
    pub pushes: OnWire<Push>,
    /// How many instances were removed, and when the last of them was.
    pub removed: (u32, Nanos),
    /// The newest fault, and what came of it.
    pub fault: Option<Fault>,
    /// What a deployment has still to replace: instances, and the incarnation in which it found them.
    outdated: Vec<(InstanceId, u32)>,
    watch: Watch,
    /// Whether a state that somebody could still ask for has ever expired, or made room for others.
    pub aged: bool,
    /// Whether somebody has ever sent a copied token or cookie.
    pub thief: bool,
    /// Attempts that clients gave up and the service has not finished: (request, attempt, flight), in this order.
    ghosts: Vec<(RequestId, u8, u32)>,
    /// Requests with a copied token or cookie: (request, flight).
    strangers: Vec<(RequestId, u32)>,
    /// Where state has a limit, a new item displaces an old one: so many are in it at most.
    most_items: u32,
    /// Whether a state without a write has nothing in it.
    begins_empty: bool,
    /// Whether the balancer forms beliefs. One that gives each request an idle instance sees which ones run.
    believes: bool,
    now: Nanos,
}

impl Scene {
    /// The scene before the first event.
    #[must_use]
    pub fn new(scenario: &Scenario, home: Home) -> Self {
        let users = match scenario.workload.population {
            Population::Users(count) => Some(count),
            Population::SessionsPerSecond(_) => None,
        };
        Self {
            home,
            noun: scenario.noun.as_str().into(),
            cookies: scenario.cookies(home),
            sockets: scenario.workload.transport == Transport::Connection,
            policy: scenario.balancer.policy,
            crossing: Nanos::from_secs(scenario.network.backend_ms.mean() * scenario.slow_motion / 1e3),
            traffic: 1.0,
            clients: Clients::new(users),
            flights: Flights::default(),
            instances: Vec::new(),
            peak: (scenario.autoscaler.mode != ScaleMode::Off).then_some(0),
            store: scenario.has_store(home).then(|| Store::new(scenario.store.replica)),
            hops: OnWire::default(),
            pushes: OnWire::default(),
            removed: (0, Nanos::ZERO),
            fault: None,
            outdated: Vec::new(),
            watch: Watch::default(),
            aged: false,
            thief: false,
            ghosts: Vec::new(),
            strangers: Vec::new(),
            most_items: most_items(scenario),
            begins_empty: begins_empty(scenario),
            believes: scenario.autoscaler.mode != ScaleMode::PerRequest,
            now: Nanos::ZERO,
        }
    }

    /// The instant of the last event.
    #[must_use]
    pub const fn now(&self) -> Nanos {
        self.now
    }

    /// Whether the newest fault is a deployment that still goes on.
    #[must_use]
    pub const fn deploys(&self) -> bool {
        !self.outdated.is_empty()
    }

    /// Whether a state begins with nothing in it, and users fill it.
    #[must_use]
    pub const fn fills(&self) -> bool {
        self.begins_empty
    }

    /// How many items a state of so many writes has: where it has a limit, a new item displaces an old one.
    #[must_use]
    pub fn items(&self, writes: u32) -> u32 {
        writes.min(self.most_items)
    }

    /// Wherever the service keeps state: its instances, then the store.
    pub fn places(&self) -> impl Iterator<Item = (Place, &Copies)> {
        let instances = self.instances.iter().map(|instance| (Place::Instance(instance.id), &instance.copies));
        instances.chain(self.store.iter().flat_map(Store::places))
    }

    /// About how many bytes of memory a clone of it takes elsewhere.
    #[must_use]
    pub fn bytes(&self) -> usize {
        size_of_val(self.instances.as_slice())
            + self.places().map(|(_, copies)| copies.bytes()).sum::<usize>()
            + self.clients.bytes()
            + self.flights.bytes()
    }

    /// An instance that exists, by its id.
    #[must_use]
    pub fn instance(&self, id: InstanceId) -> Option<&Instance> {
        Some(&self.instances[place_of(&self.instances, id)?])
    }

    /// For how many clients a picture keeps room: where they come and go, for the most there were, in steps, so that one who
    /// comes moves nobody.
    #[must_use]
    pub fn room_for_clients(&self) -> usize {
        let rows = self.clients.rows().len();
        if self.clients.chairs() { rows } else { step(rows) }
    }

    /// The same for instances.
    #[must_use]
    pub fn room_for_instances(&self) -> usize {
        self.peak.map_or(self.instances.len(), step)
    }

    fn instance_mut(&mut self, id: InstanceId) -> Option<&mut Instance> {
        find_mut(&mut self.instances, id)
    }

    /// The open request of the client in this row.
    #[must_use]
    pub fn flight_of(&self, client: &Client) -> Option<&Flight> {
        self.flights.get(client.flight)
    }

    /// Open requests with a copied token or cookie.
    pub fn strangers(&self) -> impl Iterator<Item = &Flight> {
        self.strangers.iter().filter_map(|&(_, index)| self.flights.get(index))
    }

    /// The flight in a row beside an instance.
    #[must_use]
    pub fn lane(&self, instance: &Instance, lane: usize) -> Option<&Flight> {
        self.flights.get(*instance.lanes.get(lane)?)
    }

    /// What commands call a visit's user, while the visit is in progress.
    #[must_use]
    pub fn name(&self, session: SessionId) -> Option<String> {
        self.clients.row(session).map(|_| self.clients.full_name(session))
    }

    /// Whose state is in an instance now and in no other process, in the order of their rows.
    #[must_use]
    pub fn only_here(&self, id: InstanceId) -> Vec<String> {
        let Some(instance) = self.instance(id) else { return Vec::new() };
        let only = |held: &&Held| self.clients.get(held.session).is_some_and(|client| client.copies == 1);
        let held = instance.copies.live().filter(only);
        let mut rows: Vec<u32> = held.filter_map(|held| self.clients.row(held.session)).collect();
        rows.sort_unstable();
        rows.into_iter().map(|row| self.clients.name(row)).collect()
    }
}

/// Room for a few more than there are: for 4, 8, 12, 24, and then for twice as many each time.
fn step(count: usize) -> usize {
    match count {
        0..=4 => 4,
        5..=8 => 8,
        9..=12 => 12,
        _ => 12 * count.div_ceil(12).next_power_of_two(),
    }
}

/// An instance among these.
fn find_mut(instances: &mut [Instance], id: InstanceId) -> Option<&mut Instance> {
    let place = place_of(instances, id)?;
    Some(&mut instances[place])
}

/// Where an instance is among these, which are in the order of their ids: where its id says, as long as none was removed.
#[inline]
fn place_of(instances: &[Instance], id: InstanceId) -> Option<usize> {
    let place = usize::from(id).wrapping_sub(1);
    match instances.get(place) {
        Some(instance) if instance.id == id => Some(place),
        _ => instances.binary_search_by_key(&id, |instance| instance.id).ok(),
    }
}

/// How many items of their mean size fit into a state with a limit.
pub(crate) fn most_items(scenario: &Scenario) -> u32 {
    let work = &scenario.workload;
    let item = work.growth_bytes_per_write.mean();
    work.state_limit_bytes.filter(|_| item >= 1.0).map_or(u32::MAX, |limit| (limit / item) as u32)
}

/// Whether a state begins with nothing in it, and users fill it: an empty cart. A login that nobody adds to is no such thing.
#[must_use]
pub fn begins_empty(scenario: &Scenario) -> bool {
    scenario.workload.state_bytes == 0 && scenario.workload.write_ratio > 0.0
}

impl Sink for Scene {
    fn take(&mut self, event: &Event) {
        self.now = event.at;
        self.fold(event);
    }
}

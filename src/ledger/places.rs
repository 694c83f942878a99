//! What each instance and the store hold and do.

use super::figures::{InstanceFigures, StoreFigures};
use super::newcomers::Newcomers;
use crate::by_visit::{self, ByVisit};
use crate::command::Target;
use crate::event::{Health, InstanceId, Place, SessionId};
use crate::units::Nanos;
use std::collections::BTreeSet;

/// Copies in one memory.
#[derive(Clone, Default, Debug)]
struct Memory {
    copies: ByVisit<u32>,
    bytes: u64,
}

impl Memory {
    fn put(&mut self, session: SessionId, login: u32, bytes: u32) {
        let before = self.copies.insert(one(session, login), bytes).unwrap_or(0);
        self.bytes += u64::from(bytes);
        self.bytes -= u64::from(before);
    }

    fn remove(&mut self, session: SessionId, login: u32) {
        self.bytes -= u64::from(self.copies.remove(&one(session, login)).unwrap_or(0));
    }

    fn clear(&mut self) {
        self.copies.clear();
        self.bytes = 0;
    }
}

/// What one login of a visit left somewhere, as one number: fewer visits come, and nobody logs in as often.
const fn one(session: SessionId, login: u32) -> u64 {
    session ^ (login as u64) << 40
}

#[derive(Clone, Debug)]
struct Instance {
    health: Health,
    workers: u32,
    requests: u64,
    /// Workers that requests hold, and other work; one that waits for peers may do both.
    busy: u32,
    /// Worker-busy time, and time up, both until `as_of`.
    busy_time: u128,
    up_time: u128,
    as_of: Nanos,
    /// How long it took to carry its share, after it last came up.
    absorbed: Option<Nanos>,
    memory: Memory,
}

impl Instance {
    const fn runs(&self) -> bool {
        self.health.runs()
    }

    /// Worker-busy time, and time up, until now.
    fn times(&self, now: Nanos) -> (u128, u128) {
        let passed = u128::from((now - self.as_of).0);
        let up = if self.runs() { passed } else { 0 };
        (self.busy_time + passed * u128::from(self.busy.min(self.workers)), self.up_time + up)
    }

    fn advance(&mut self, now: Nanos) {
        (self.busy_time, self.up_time) = self.times(now);
        self.as_of = now;
    }
}

#[derive(Clone, Debug)]
struct Store {
    health: Health,
    operations: u64,
    memory: Memory,
    /// Whose logins its denylist names.
    revoked: BTreeSet<SessionId>,
    /// Whether a second one copies it, or did so until it took over.
    replica: bool,
}

/// All of them.
#[derive(Clone, Default, Debug)]
pub struct Places {
    instances: Vec<Instance>,
    store: Option<Store>,
    newcomers: Newcomers,
}

impl Places {
    /// About how many bytes of memory a clone of it takes elsewhere.
    pub(super) fn bytes(&self) -> usize {
        let instances = self.instances.iter().map(|instance| &instance.memory);
        let memories = instances.chain(self.store.as_ref().map(|store| &store.memory));
        size_of_val(self.instances.as_slice()) + memories.map(|memory| by_visit::bytes(&memory.copies)).sum::<usize>()
    }

    fn at(&mut self, id: InstanceId) -> Option<&mut Instance> {
        self.instances.get_mut(usize::from(id).checked_sub(1)?)
    }

    pub(super) fn instance(&mut self, now: Nanos, id: InstanceId, health: Health, workers: u32) {
        let before = self.instances.get(usize::from(id).wrapping_sub(1)).map(|instance| instance.health);
        let comes = self.newcomers.changed(now, id, before, health);
        while self.instances.len() < usize::from(id) {
            self.instances.push(Instance {
                health: Health::Starting,
                workers,
                requests: 0,
                busy: 0,
                busy_time: 0,
                up_time: 0,
                as_of: now,
                absorbed: None,
                memory: Memory::default(),
            });
        }
        let Some(instance) = self.at(id) else { return };
        instance.advance(now);
        instance.health = health;
        if comes {
            instance.absorbed = None;
        }
        if !instance.runs() {
            instance.busy = 0;
            instance.memory.clear();
        }
    }

    pub(super) fn started(&mut self, now: Nanos, id: InstanceId) {
        if let Some(instance) = self.at(id) {
            instance.advance(now);
            instance.busy += 1;
        }
        let Self { instances, newcomers, .. } = self;
        newcomers.took_up(now, id, |id, after| instances[usize::from(id) - 1].absorbed = Some(after));
    }

    pub(super) fn occupied(&mut self, now: Nanos, id: InstanceId, begun: bool) {
        if let Some(instance) = self.at(id) {
            instance.advance(now);
            if begun {
                instance.busy += 1;
            } else {
                instance.busy -= 1;
            }
        }
    }

    pub(super) fn replied(&mut self, now: Nanos, id: InstanceId, worker: bool) {
        if let Some(instance) = self.at(id) {
            instance.requests += 1;
            if worker {
                instance.advance(now);
                instance.busy -= 1;
            }
        }
    }

    /// Whether nothing runs there.
    pub(super) fn is_down(&self, target: Target) -> bool {
        let health = match target {
            Target::Instance(id) => self.instances.get(usize::from(id).wrapping_sub(1)).map(|instance| instance.health),
            Target::Store => self.store.as_ref().map(|store| store.health),
        };
        health == Some(Health::Down)
    }

    /// Whether the run uses a store.
    pub(super) const fn has_store(&self) -> bool {
        self.store.is_some()
    }

    fn store_mut(&mut self) -> &mut Store {
        self.store.get_or_insert_with(|| Store {
            health: Health::Up,
            operations: 0,
            memory: Memory::default(),
            revoked: BTreeSet::new(),
            replica: false,
        })
    }

    pub(super) fn store_health(&mut self, health: Health, replica: bool) {
        let store = self.store_mut();
        store.health = health;
        store.replica |= replica;
        if health == Health::Down {
            store.memory.clear();
            store.revoked.clear();
        }
    }

    pub(super) fn revoked(&mut self, session: SessionId, place: Place) {
        match place {
            Place::Store => drop(self.store_mut().revoked.insert(session)),
            Place::Client | Place::Instance(_) | Place::Replica | Place::Disk => {}
        }
    }

    pub(super) fn store_operation(&mut self, answered: bool) {
        self.store_mut().operations += u64::from(answered);
    }

    fn memory(&mut self, place: Place) -> Option<&mut Memory> {
        match place {
            Place::Instance(id) => self.at(id).map(|instance| &mut instance.memory),
            Place::Store => Some(&mut self.store_mut().memory),
            Place::Client | Place::Replica | Place::Disk => None,
        }
    }

    pub(super) fn stored(&mut self, session: SessionId, login: u32, place: Place, bytes: u32) {
        if let Some(memory) = self.memory(place) {
            memory.put(session, login, bytes);
        }
    }

    pub(super) fn dropped(&mut self, session: SessionId, login: u32, place: Place) {
        if let Some(memory) = self.memory(place) {
            memory.remove(session, login);
        }
    }

    pub(super) fn instances(&self, now: Nanos) -> Vec<InstanceFigures> {
        let figures = |(index, instance): (usize, &Instance)| {
            let (busy_time, up_time) = instance.times(now);
            let capacity = up_time * u128::from(instance.workers);
            InstanceFigures {
                id: index as InstanceId + 1,
                state: instance.health,
                requests: instance.requests,
                busy_ratio: (capacity > 0).then(|| busy_time as f64 / capacity as f64),
                sessions: instance.memory.copies.len() as u64,
                state_bytes: instance.memory.bytes,
                absorbed_s: instance.absorbed.map(Nanos::secs),
            }
        };
        self.instances.iter().enumerate().map(figures).collect()
    }

    pub(super) fn store(&self) -> Option<StoreFigures> {
        self.store.as_ref().map(|store| StoreFigures {
            state: store.health,
            operations: store.operations,
            sessions: store.memory.copies.len() as u64,
            state_bytes: store.memory.bytes,
            revoked: store.revoked.len() as u64,
            replica: store.replica,
        })
    }
}

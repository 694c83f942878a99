//! Whether the interesting things happened at all: laws that hold because nothing ever went wrong say little.

use statelab::event::{
    Ask, Event, Gone, Health, InstanceId, Leave, Outcome, RequestId, RequestKind, SessionId, Sink, Status, What,
};
use statelab::units::Nanos;
use std::collections::{BTreeMap, BTreeSet};

/// So many requests that back off at one time, and more than are anywhere else, are a storm to come.
const STORM: usize = 8;

/// How often each was seen, and what is needed to see it.
#[derive(Default)]
pub struct States {
    seen: BTreeMap<&'static str, u64>,
    open: BTreeMap<RequestId, SessionId>,
    backing_off: BTreeSet<RequestId>,
    /// Writes on their way between two instances, until when.
    writes: Vec<(InstanceId, InstanceId, Nanos)>,
    /// Requests whose write the store was asked to keep.
    sets: BTreeSet<RequestId>,
    /// Visits whose user logged out.
    logged_out: BTreeSet<SessionId>,
    serving: BTreeSet<InstanceId>,
    existed: bool,
}

/// What must occur.
const WANTED: &[&str] = &[
    "failover",
    "kill during replication",
    "store outage in mid-write",
    "all instances down",
    "expiry racing a request",
    "retry storm",
    "late reply",
    "state lost with its request on the way",
    "refused by the balancer",
    "queue overflow",
    "death with requests inside",
    "backlog of a hung instance",
    "logout",
    "logout that failed",
    "copied credential accepted",
    "copied credential accepted after a logout",
    "copied credential refused after a logout",
    "copied credential without an answer",
];

impl States {
    fn see(&mut self, state: &'static str) {
        *self.seen.entry(state).or_default() += 1;
    }

    /// Adds what another run has seen.
    pub fn add(&mut self, other: &Self) {
        for (state, n) in &other.seen {
            *self.seen.entry(state).or_default() += n;
        }
    }

    /// Asserts that each wanted state occurred.
    pub fn all_seen(&self) {
        for state in WANTED {
            assert!(self.seen.contains_key(state), "`{state}` never occurred; seen: {:?}", self.seen);
        }
    }

    fn has_open(&self, session: SessionId) -> bool {
        self.open.values().any(|&other| other == session)
    }

    fn credentials(&mut self, session: SessionId, outcome: Outcome, purpose: RequestKind) {
        let after = self.logged_out.contains(&session);
        match (purpose, outcome) {
            (RequestKind::Logout, Outcome::Ok | Outcome::Stale) => self.see("logout"),
            (RequestKind::Logout, _) => self.see("logout that failed"),
            (RequestKind::Replay, Outcome::Ok | Outcome::Stale) if after => {
                self.see("copied credential accepted after a logout");
            }
            (RequestKind::Replay, Outcome::Ok | Outcome::Stale) => self.see("copied credential accepted"),
            (RequestKind::Replay, Outcome::Lost) if after => self.see("copied credential refused after a logout"),
            (RequestKind::Replay, Outcome::Lost) => {}
            (RequestKind::Replay, _) => self.see("copied credential without an answer"),
            _ => {}
        }
    }

    fn instance(&mut self, at: Nanos, id: InstanceId, health: Health) {
        if matches!(health, Health::Up | Health::Draining) {
            self.serving.insert(id);
            self.existed = true;
        } else {
            self.serving.remove(&id);
        }
        if self.existed && self.serving.is_empty() && !self.open.is_empty() {
            self.see("all instances down");
        }
        let on_the_wire = |&(from, to, until): &(InstanceId, InstanceId, Nanos)| until > at && (from == id || to == id);
        if health == Health::Down && self.writes.iter().any(on_the_wire) {
            self.see("kill during replication");
        }
        self.writes.retain(|&(_, _, until)| until > at);
    }
}

impl Sink for States {
    fn take(&mut self, event: &Event) {
        match event.what {
            What::Issued { request, session, .. } => {
                self.open.insert(request, session);
            }
            What::Sent { request, .. } => {
                self.backing_off.remove(&request);
            }
            What::Routed { asked, instance, nth: 1, .. } if asked != 0 && asked != instance => self.see("failover"),
            What::Returned { status: Status::Unavailable, .. } => self.see("refused by the balancer"),
            What::Replied { status: Status::Overload, .. } => self.see("queue overflow"),
            What::Replied { status: Status::CutOff, .. } => self.see("death with requests inside"),
            What::Asked { request, ask: Ask::Set, .. } => {
                self.sets.insert(request);
            }
            What::Answered { request, ask: Ask::Set, .. } => {
                self.sets.remove(&request);
            }
            What::Asked { ask: Ask::Replicate, instance, peer, arrives, .. } => {
                self.writes.push((instance, peer, arrives));
            }
            What::Copying { from, to, write, arrives, .. } if write > 0 && from > 0 => {
                self.writes.push((from, to, arrives));
            }
            What::BackedOff { request, .. } => {
                self.backing_off.insert(request);
                if self.backing_off.len() >= STORM && self.backing_off.len() * 2 > self.open.len() {
                    self.see("retry storm");
                }
            }
            What::Late { .. } => self.see("late reply"),
            What::Lost { session, whole: true, .. } if self.has_open(session) => {
                self.see("state lost with its request on the way");
            }
            What::Dropped { session, why: Gone::Expired, .. } if self.has_open(session) => {
                self.see("expiry racing a request");
            }
            What::Store { health: Health::Down | Health::Hung, .. } if !self.sets.is_empty() => {
                self.see("store outage in mid-write");
            }
            What::Queued { instance, .. } if !self.serving.contains(&instance) => {
                self.see("backlog of a hung instance");
            }
            What::SessionLeft { session, how: Leave::LoggedOut } => {
                self.logged_out.insert(session);
            }
            What::Ended { request, session, outcome, purpose, .. } => {
                self.credentials(session, outcome, purpose);
                self.open.remove(&request);
                self.sets.remove(&request);
                self.backing_off.remove(&request);
            }
            What::Instance { instance, health, .. } => self.instance(event.at, instance, health),
            _ => {}
        }
    }
}

//! A listener that holds the laws of the model against every single event.
//!
//! ```text
//!   Sent ─▶ Routed ─▶ (Queued) ─▶ Service ─▶ Replied ─▶ Returned ─▶ Ended
//!             ╰─ Refused ─▶ Routed …          each step only from the one before, and exactly when the message arrives
//! ```

use statelab::command::Command;
use statelab::event::{
    Ask, Event, Evidence, Gone, Health, InstanceId, Leave, Outcome, Place as Copied, RequestId, RequestKind, SessionId,
    Sink, Status, Wait, What, Work,
};
use statelab::ledger::laws::{PLACES, Place};
use statelab::scenario::{Affinity, DrainMode, Home, ScaleMode, Scenario, Transport};
use statelab::units::Nanos;
use std::collections::BTreeMap;

/// Where an attempt is; a message carries the instant at which it gets there.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Whereabouts {
    Sent(Nanos),
    Held,
    Routed(Nanos),
    Refused(Nanos),
    Queued { backlog: bool },
    Service { incarnation: u32, since: u64 },
    Replied(Nanos),
    Returned(Nanos),
}

impl Whereabouts {
    /// Whether it is with an instance, or on the way there or back.
    const fn on_the_backend(self) -> bool {
        !matches!(self, Self::Sent(_) | Self::Held | Self::Returned(_))
    }
}

#[derive(Clone, Copy, PartialEq, Debug)]
struct Attempt {
    at: Whereabouts,
    instance: InstanceId,
    abandoned: bool,
    /// Whether the copy that it found must lack an acknowledged write.
    behind: bool,
    /// What the instance that it was with replied.
    replied: Option<Status>,
    /// Whether its worker waits until peers have its write.
    waits_for_peers: bool,
}

#[derive(Clone, Copy, Debug)]
struct Request {
    session: SessionId,
    purpose: RequestKind,
    attempt: u8,
    backing_off: bool,
    /// Whether the client has just given its attempt up.
    given_up: bool,
}

#[derive(Clone, Copy, Default, Debug)]
struct Session {
    open: RequestId,
    pin: InstanceId,
    logged_in: bool,
    /// The event that destroyed its state, until the next login.
    lost: u64,
    writes: u32,
    /// Whether its user has been told to log out.
    leaves: bool,
    /// The event that began it.
    began: u64,
    /// Token content: what the client holds in bytes of state, and what its last reply carried.
    held: u32,
    returned: u32,
    /// Acknowledged writes that were not lost since.
    acknowledged: u32,
    /// Whether it logged in more than once: then copies that belong to nobody bear its number, too.
    muddled: bool,
    /// Whether an instance served it while cut off from its peers.
    led_apart: bool,
}

#[derive(Clone, Copy, Debug)]
struct Instance {
    health: Health,
    incarnation: u32,
    believed_up: bool,
    /// Cut off from its peers.
    cut: bool,
    /// Not at its usual speed.
    slowed: bool,
    /// Workers that apply peers' writes, and that accept connections.
    applying: usize,
    accepting: usize,
    /// The last event that changed what it can do, and until when it may drain if that began one.
    changed: u64,
    drains_until: Nanos,
}

/// All that is needed to judge the next event.
pub struct Checker {
    home: Home,
    per_request: bool,
    at_once: bool,
    pins: bool,
    connection: bool,
    redispatch: bool,
    retries: u32,
    workers: usize,
    queue: usize,
    now: Nanos,
    roots: Vec<u64>,
    store: Option<Health>,
    store_slowed: bool,
    instances: Vec<Instance>,
    /// The last command that heals.
    healed: u64,
    requests: BTreeMap<RequestId, Request>,
    attempts: BTreeMap<(RequestId, u8), Attempt>,
    sessions: BTreeMap<SessionId, Session>,
    /// How many writes the newest copy in an instance holds, the event that said so, and which login's it is.
    copies: BTreeMap<(InstanceId, SessionId), (u32, u64, u32)>,
    /// The size of every copy there is, of those that nobody asks for any more, too.
    kept: BTreeMap<(Copied, SessionId, u32), u32>,
    last_request: RequestId,
    /// Whether nothing but a command can part a user from the state.
    faithful: bool,
    /// What a token weighs without any state.
    overhead: u32,
    /// The end of the last request whose context was too large.
    too_large: u64,
    pub created: u64,
    pub issued: u64,
    pub ended: u64,
}

impl Checker {
    pub fn new(scenario: &Scenario, home: Home) -> Self {
        let connection = scenario.workload.transport == Transport::Connection;
        let per_request = scenario.autoscaler.mode == ScaleMode::PerRequest;
        let pins = match scenario.balancer.affinity {
            Affinity::Auto => (home == Home::Sticky || home.replicated()) && !per_request,
            Affinity::None => false,
            Affinity::Cookie => true,
        };
        Self {
            home,
            per_request,
            at_once: scenario.instance.drain_mode == DrainMode::AtOnce,
            pins: pins && !connection,
            connection,
            redispatch: scenario.balancer.redispatch,
            retries: scenario.balancer.retries,
            workers: scenario.instance.workers as usize,
            queue: scenario.instance.queue.map_or(usize::MAX, |queue| queue as usize),
            now: Nanos::ZERO,
            roots: vec![0],
            store: None,
            store_slowed: false,
            instances: Vec::new(),
            healed: 0,
            requests: BTreeMap::new(),
            attempts: BTreeMap::new(),
            sessions: BTreeMap::new(),
            copies: BTreeMap::new(),
            kept: BTreeMap::new(),
            last_request: 0,
            faithful: home == Home::Sticky
                && scenario.balancer.affinity == Affinity::Auto
                && scenario.autoscaler.mode == ScaleMode::Off
                && scenario.session.timeout_s.is_none_or(|timeout| timeout > 1000.0)
                && scenario.instance.memory_mib.is_none()
                && scenario.instance.header_limit_bytes.is_none_or(|limit| limit > 32.0),
            overhead: scenario.token.overhead_bytes,
            too_large: 0,
            created: 0,
            issued: 0,
            ended: 0,
        }
    }

    fn instance(&self, id: InstanceId) -> Instance {
        self.instances[usize::from(id) - 1]
    }

    /// Whether the user still waits for this attempt.
    fn current(&self, request: RequestId, attempt: u8) -> bool {
        self.requests.get(&request).is_some_and(|open| open.attempt == attempt && !open.backing_off)
    }

    fn attempt(&mut self, request: RequestId, number: u8) -> &mut Attempt {
        self.attempts.get_mut(&(request, number)).expect("an attempt that was sent and did not end")
    }

    /// Moves an attempt on; `from` says whether it may come from where it was.
    fn step(&mut self, request: RequestId, number: u8, to: Whereabouts, from: impl Fn(Whereabouts) -> bool) -> Attempt {
        let now = self.now;
        let attempt = self.attempt(request, number);
        assert!(from(attempt.at), "request {request} goes from {:?} to {to:?}", attempt.at);
        use Whereabouts::{Refused, Replied, Returned, Routed, Sent};
        if let Sent(due) | Routed(due) | Refused(due) | Replied(due) | Returned(due) = attempt.at {
            assert_eq!(now, due, "request {request} is to arrive, from {:?}", attempt.at);
        }
        attempt.at = to;
        *attempt
    }

    /// Attempts of clients that wait in line at an instance.
    fn waiting_at(&self, id: InstanceId) -> usize {
        let waits = |attempt: &&Attempt| attempt.instance == id && attempt.at == Whereabouts::Queued { backlog: false };
        self.attempts.values().filter(waits).count()
    }

    /// A worker does one thing at a time, but that it may apply peers' writes while it waits for peers itself.
    fn enough_workers(&self, id: InstanceId) {
        let serves = |a: &&Attempt| a.instance == id && matches!(a.at, Whereabouts::Service { .. });
        let serving = self.attempts.values().filter(serves).count();
        let waiting = self.attempts.values().filter(serves).filter(|a| a.waits_for_peers).count();
        let Instance { applying, accepting, .. } = self.instance(id);
        let workers = self.workers;
        assert!(serving + accepting <= workers, "{id}: {serving} served, {accepting} accepted by {workers} workers");
        let apart = serving - waiting + accepting + applying;
        assert!(apart <= workers, "{id}: {apart} things done by {workers} workers");
    }

    /// What must be true whenever nothing more is to happen at this instant.
    pub fn settled(&self) {
        let mut places = 0;
        for (&id, request) in &self.requests {
            let replayed = request.purpose == RequestKind::Replay;
            assert!(
                replayed || self.sessions[&request.session].open == id,
                "a session waits for one request at a time"
            );
            let attempt = self.attempts.get(&(id, request.attempt));
            let with_client = attempt.is_none() || request.backing_off;
            let elsewhere = attempt.is_some_and(|attempt| !attempt.abandoned);
            assert!(with_client || elsewhere, "request {id} is nowhere: {request:?} {attempt:?}");
            places += 1;
        }
        assert_eq!(self.issued - self.ended, places, "issued = ended + in flight");
        for (key, attempt) in &self.attempts {
            let instance = || self.instance(attempt.instance);
            match attempt.at {
                Whereabouts::Service { incarnation, .. } => {
                    assert!(runs(instance().health), "{key:?} is served by the dead");
                    assert_eq!(incarnation, instance().incarnation, "{key:?} is served by a past life");
                }
                Whereabouts::Queued { .. } => assert!(runs(instance().health), "{key:?} waits at the dead"),
                Whereabouts::Sent(due)
                | Whereabouts::Routed(due)
                | Whereabouts::Refused(due)
                | Whereabouts::Replied(due)
                | Whereabouts::Returned(due) => assert!(due > self.now, "{key:?} should have arrived: {attempt:?}"),
                Whereabouts::Held => {}
            }
        }
        let dead_and_slow = self.instances.iter().position(|instance| instance.slowed && !runs(instance.health));
        assert_eq!(dead_and_slow, None, "slowness ends with the process");
        assert!(!self.store_slowed || self.store.is_some_and(runs), "the store's, too");
        let alive = self.sessions.len() as u64;
        assert!(self.created >= alive);
    }

    /// How many requests are at each place, in the order of [`statelab::ledger::laws::Place`]: each is sought out anew.
    pub fn places(&self) -> [u64; PLACES] {
        use Whereabouts::{Held, Queued, Refused, Replied, Returned, Routed, Sent, Service};
        let mut places = [0; PLACES];
        for (&id, request) in &self.requests {
            let attempt = self.attempts.get(&(id, request.attempt));
            let place = match attempt.map(|attempt| attempt.at) {
                _ if request.given_up => Place::GivenUp,
                _ if request.backing_off => Place::BackingOff,
                None => Place::Client,
                Some(Sent(_) | Held | Refused(_)) => Place::Balancer,
                Some(Routed(_)) => Place::Routed,
                Some(Queued { .. }) => Place::Queued,
                Some(Service { .. }) => Place::Worker,
                Some(Replied(_)) => Place::Back,
                Some(Returned(_)) => Place::Returned,
            };
            places[place as usize] += 1;
        }
        places
    }

    /// The oldest request in flight.
    pub fn oldest(&self) -> Option<RequestId> {
        self.requests.keys().next().copied()
    }

    /// How many requests are in flight, and how many visits in progress.
    pub fn left(&self) -> (usize, usize) {
        (self.requests.len(), self.sessions.len())
    }

    fn issued(&mut self, request: RequestId, session: SessionId, purpose: RequestKind, write: u32) {
        assert_eq!(request, self.last_request + 1);
        self.last_request = request;
        self.issued += 1;
        if purpose == RequestKind::Replay {
            assert_eq!(write, 0, "whoever copied a credential only reads");
            let open = Request { session, purpose, attempt: 0, backing_off: false, given_up: false };
            self.requests.insert(request, open);
            return;
        }
        let visit = self.sessions.get_mut(&session).expect("only a visit in progress asks");
        assert_eq!(visit.open, 0, "one request at a time");
        visit.open = request;
        visit.muddled |= purpose == RequestKind::Relogin;
        assert_eq!(!purpose.logs_in(), visit.logged_in, "whoever is logged in does not log in");
        assert!(!visit.leaves, "a logout is a visit's last request");
        visit.leaves = purpose == RequestKind::Logout;
        if write > 0 {
            assert_eq!(write, visit.writes + 1, "writes are numbered");
            visit.writes = write;
        }
        self.requests.insert(request, Request { session, purpose, attempt: 0, backing_off: false, given_up: false });
    }

    fn routed(&mut self, request: RequestId, number: u8, id: InstanceId, nth: u8, asked: InstanceId, due: Nanos) {
        use Whereabouts::{Held, Refused, Routed, Sent};
        let to = self.instance(id);
        if !self.per_request {
            assert!(to.believed_up || (nth > 1 && !self.redispatch), "routed to {id}, which is believed down");
            assert!(u32::from(nth) <= self.retries + 1, "the balancer tries {} times more", self.retries);
            let again = self.attempts[&(request, number)].instance == id;
            assert!(nth == 1 || again != self.redispatch, "after a refusal it tries another one, if it is to: {id}");
        }
        if to.health == Health::Draining {
            assert!(asked == id && !self.at_once, "routed to {id}, which drains");
        }
        if self.pins && !self.per_request && asked != 0 && nth == 1 {
            let pinned = self.instance(asked);
            let usable = pinned.believed_up && !(pinned.health == Health::Draining && self.at_once);
            assert!(!usable || id == asked, "a pinned user was sent to {id} instead of {asked}");
        }
        let stolen = self.requests.get(&request).is_some_and(|open| open.purpose == RequestKind::Replay);
        assert!(!(stolen && self.connection) || asked == 0, "a connection cannot be copied");
        if let Some(open) = self.requests.get(&request)
            && self.pins
            && open.purpose == RequestKind::Followup
        {
            assert_eq!(asked, self.sessions[&open.session].pin, "the cookie names the instance of the last reply");
        }
        self.attempt(request, number).instance = id;
        self.step(request, number, Routed(due), |at| matches!(at, Sent(_) | Refused(_) | Held));
    }

    fn replied(&mut self, event: &Event) {
        use Whereabouts::{Queued, Replied, Routed, Service};
        let What::Replied { request, attempt: number, instance, status, worker, arrives, .. } = event.what else {
            return;
        };
        let here = self.instance(instance);
        let before = self.attempts[&(request, number)];
        assert_eq!(before.instance, instance);
        self.attempt(request, number).replied = Some(status);
        if status == Status::CutOff {
            self.step(request, number, Replied(arrives), |at| matches!(at, Service { .. } | Queued { .. }));
            return;
        }
        assert!(serves(here.health), "{instance} replies while {:?}", here.health);
        let before = match before.at {
            Service { incarnation, since } => {
                assert!(worker);
                assert_eq!(incarnation, here.incarnation, "replied in another life");
                Some(since)
            }
            _ => None,
        };
        if let Some(since) = before
            && (status, self.home) == (Status::Unknown, Home::ReplicateBackup)
            && self.current(request, number)
            && self.requests[&request].purpose == RequestKind::Followup
        {
            let session = self.requests[&request].session;
            assert!(!self.peer_has_it(session, instance, since), "{request} is unknown though a peer has its state");
        }
        let single = matches!(self.home, Home::Memory | Home::Sticky);
        assert!(status != Status::Stale || !single, "the only copy cannot be behind");
        assert!(!self.attempts[&(request, number)].behind || status != Status::Ok, "{request} was served stale, as ok");
        if !worker {
            assert!(matches!(status, Status::TooLarge | Status::Overload));
        }
        if let Some(open) = self.requests.get(&request)
            && status.code() == 200
            && open.purpose == RequestKind::Followup
            && open.attempt == number
        {
            let lost = self.sessions[&open.session].lost;
            assert!(
                before.is_some_and(|since| lost == 0 || since < lost),
                "request {request} is served from a state that went at #{lost}"
            );
        }
        self.step(request, number, Replied(arrives), |at| {
            if worker { matches!(at, Service { .. }) } else { matches!(at, Routed(_) | Queued { .. }) }
        });
    }

    fn ended(&mut self, event: &Event) {
        let What::Ended { request, session, outcome, purpose, write, wait, .. } = event.what else { return };
        self.ended += 1;
        let waited_for = !matches!(purpose, RequestKind::Logout | RequestKind::Replay);
        assert!(waited_for || wait == Wait::Open, "nobody waits for a {purpose:?}");
        let open = self.requests.remove(&request).expect("a request ends once");
        assert_eq!((open.session, open.purpose), (session, purpose));
        if purpose == RequestKind::Replay {
            assert_eq!((open.attempt, write), (1, 0), "a replay is tried once, and acknowledges nothing");
            self.settle_attempt(request, open.attempt, outcome);
            return;
        }
        let visit = self.sessions.get_mut(&session).expect("a visit is in progress until its request ends");
        visit.open = 0;
        if purpose.logs_in() && outcome.useful() {
            visit.logged_in = true;
            visit.lost = 0;
        }
        if matches!(outcome, Outcome::Lost | Outcome::TooLarge) {
            visit.logged_in = false;
        }
        visit.acknowledged += u32::from(write > 0);
        if outcome == Outcome::TooLarge {
            self.too_large = event.seq;
        }
        self.settle_attempt(request, open.attempt, outcome);
    }

    fn settle_attempt(&mut self, request: RequestId, number: u8, outcome: Outcome) {
        let now = self.now;
        if let Some(attempt) = self.attempts.get(&(request, number)) {
            let arrived = attempt.at == Whereabouts::Returned(now);
            assert!(arrived || attempt.abandoned, "a reply is there, or the client gave up: {attempt:?}");
            if !attempt.abandoned {
                self.attempts.remove(&(request, number));
            }
        } else {
            assert_eq!(outcome, Outcome::Timeout, "only a time-out needs no reply");
        }
    }

    /// Whether the copy in an instance must lack an acknowledged write, because it holds fewer than there are.
    fn behind(&self, session: SessionId, id: InstanceId) -> bool {
        let Some(visit) = self.sessions.get(&session).filter(|visit| !visit.muddled) else { return false };
        self.home == Home::ReplicateAll
            && self.copies.get(&(id, session)).is_some_and(|&(writes, ..)| writes < visit.acknowledged)
    }

    /// Whether some peer has had a copy ready for `id` ever since an event: then nobody need be told it is unknown.
    fn peer_has_it(&self, session: SessionId, id: InstanceId, since: u64) -> bool {
        let ready = |id: InstanceId| {
            let instance = self.instance(id);
            serves(instance.health) && !instance.cut && instance.changed < since
        };
        let plain = self.sessions.get(&session).is_some_and(|visit| !visit.muddled && !visit.led_apart);
        let holds = |(&(peer, whose), &(_, stored, _)): (&(InstanceId, SessionId), &(u32, u64, u32))| {
            whose == session && stored < since && peer != id && ready(peer)
        };
        plain && ready(id) && self.copies.iter().any(holds)
    }

    fn stored(&self, place: Copied) {
        match place {
            Copied::Instance(id) => {
                let health = self.instance(id).health;
                assert!(serves(health) || health == Health::Starting, "{id} stores while {health:?}");
            }
            Copied::Store => assert_eq!(self.store, Some(Health::Up)),
            Copied::Client => assert_eq!(self.home, Home::Token),
            Copied::Replica | Copied::Disk => assert_eq!(self.home, Home::Store),
        }
    }

    fn causes(&mut self, event: &Event) {
        assert!(event.at >= self.now, "time runs forward");
        self.now = event.at;
        assert_eq!(event.seq, self.roots.len() as u64, "numbered without gaps");
        assert!(event.cause < event.seq, "causes come first");
        let root = if let What::Commanded { .. } = event.what { event.seq } else { self.roots[event.cause as usize] };
        assert_eq!(event.root, root, "the root is where the causes lead");
        self.roots.push(root);
    }
}

fn runs(health: Health) -> bool {
    matches!(health, Health::Up | Health::Draining | Health::Hung)
}

fn serves(health: Health) -> bool {
    matches!(health, Health::Up | Health::Draining)
}

impl Sink for Checker {
    fn take(&mut self, event: &Event) {
        use Whereabouts::{Held, Queued, Refused, Replied, Returned, Routed, Sent, Service};
        if event.at > self.now {
            self.settled();
        }
        self.causes(event);
        match event.what {
            What::Commanded { command: Command::Redispatch(on) } => self.redispatch = on,
            What::Commanded { command: Command::Heal } => self.healed = event.seq,
            What::SessionStarted { session, warm, writes } => {
                self.created += 1;
                let visit =
                    Session { logged_in: warm, writes, began: event.seq, acknowledged: writes, ..Session::default() };
                assert!(self.sessions.insert(session, visit).is_none(), "a visit begins once");
            }
            What::SessionLeft { session, how } => {
                let visit = self.sessions.remove(&session).expect("a visit ends once");
                assert!(how == Leave::LoggedOut || !visit.leaves, "whoever logs out leaves by that");
                assert_eq!(visit.open, 0, "nobody leaves who waits");
            }
            What::Lost { session, whole, writes } => {
                let visit = self.sessions.get_mut(&session).expect("who left has nothing to lose");
                visit.acknowledged = if whole { 0 } else { visit.acknowledged.saturating_sub(writes) };
                if whole {
                    visit.lost = event.seq;
                }
                let began = visit.began;
                if self.home == Home::Token {
                    assert_eq!(event.cause, self.too_large, "a token is lost to nothing but its size");
                    assert_eq!(event.root, self.roots[began as usize], "and nobody else makes it too large");
                }
                if self.faithful && whole {
                    assert_ne!(event.root, 0, "a pinned state in memory without bounds is lost to a command only");
                }
            }
            What::Pinned { session, instance } => {
                self.sessions.get_mut(&session).expect("only visitors are pinned").pin = instance;
            }
            What::Issued { request, session, purpose, write, .. } => self.issued(request, session, purpose, write),
            What::Sent { request, attempt, arrives, up_bytes, context_bytes, redundant_bytes, .. } => {
                assert!(redundant_bytes <= context_bytes && context_bytes <= up_bytes);
                let stolen = self.requests[&request].purpose == RequestKind::Replay;
                assert!(!stolen || redundant_bytes == 0, "nobody's client has sent nothing before");
                let open = self.requests.get_mut(&request).expect("only an open request is sent");
                assert!(attempt > open.attempt, "attempts are numbered");
                open.attempt = attempt;
                open.backing_off = false;
                if self.home == Home::Token && open.purpose == RequestKind::Followup {
                    // Base64 makes four bytes of three.
                    let token = self.overhead + (self.sessions[&open.session].held * 4).div_ceil(3);
                    assert_eq!(context_bytes, token, "the token is what its client holds");
                }
                let fresh = Attempt {
                    at: Sent(arrives),
                    instance: 0,
                    abandoned: false,
                    behind: false,
                    replied: None,
                    waits_for_peers: false,
                };
                assert!(self.attempts.insert((request, attempt), fresh).is_none());
            }
            What::Routed { request, attempt, instance, nth, asked, arrives, .. } => {
                self.routed(request, attempt, instance, nth, asked, arrives);
            }
            What::Held { request, attempt, .. } => {
                self.step(request, attempt, Held, |at| matches!(at, Sent(_) | Refused(_) | Held));
            }
            What::Refused { request, attempt, instance, arrives, .. } => {
                let health = self.instance(instance).health;
                assert!(!runs(health), "{instance} refuses while {health:?}");
                self.step(request, attempt, Refused(arrives), |at| matches!(at, Routed(_) | Queued { backlog: true }));
            }
            What::Queued { request, attempt, instance, depth, .. } => {
                let health = self.instance(instance).health;
                assert!(runs(health), "{instance} queues while {health:?}");
                let backlog = health == Health::Hung;
                let from = |at| matches!(at, Routed(_) | Queued { backlog: true });
                self.step(request, attempt, Queued { backlog }, from);
                if !backlog {
                    assert_eq!(depth as usize, self.waiting_at(instance), "the depth of {instance}'s queue");
                    assert!(depth as usize <= self.queue, "the queue is bounded");
                }
            }
            What::Started { request, session, attempt, instance } => {
                let Instance { health, incarnation, .. } = self.instance(instance);
                assert!(serves(health), "{instance} starts work while {health:?}");
                let from = |at| matches!(at, Routed(_) | Queued { .. });
                self.step(request, attempt, Service { incarnation, since: event.seq }, from);
                self.attempt(request, attempt).behind = self.behind(session, instance);
                // Whoever is served by an instance that is cut off has it lead, and the others know of no other.
                let cut = self.instance(instance).cut;
                if let Some(visit) = self.sessions.get_mut(&session) {
                    visit.led_apart |= cut;
                }
                self.enough_workers(instance);
            }
            What::Occupied { instance, work, begun } => {
                let health = self.instance(instance).health;
                assert!(serves(health), "{instance} works while {health:?}");
                let it = self.instances.get_mut(usize::from(instance) - 1).expect("it serves");
                let count = match work {
                    Work::Apply => {
                        assert_ne!(event.cause, 0, "what is applied was sent");
                        &mut it.applying
                    }
                    Work::Handshake => &mut it.accepting,
                };
                *count = if begun { *count + 1 } else { count.checked_sub(1).expect("what is over had begun") };
                self.enough_workers(instance);
            }
            What::Asked { request, ask, instance, .. } => {
                let asks = |((id, _), a): (&(RequestId, u8), &Attempt)| {
                    *id == request && a.instance == instance && matches!(a.at, Service { .. })
                };
                assert!(self.attempts.iter().any(asks), "request {request} asks, but nobody works for it");
                if ask == Ask::Replicate {
                    let own = self.attempts.range_mut((request, 0)..=(request, u8::MAX));
                    own.filter(|(_, a)| a.instance == instance).for_each(|(_, a)| a.waits_for_peers = true);
                }
                assert!(serves(self.instance(instance).health), "{instance} asks");
            }
            What::Answered { ask: Ask::Fetch, instance, peer, .. } => {
                let cut = self.instance(instance).cut || self.instance(peer).cut;
                assert!(!cut, "{peer} answers {instance} though the two are cut apart");
            }
            What::Copying { from, .. } if from != 0 => {
                let health = self.instance(from).health;
                assert!(serves(health), "{from} sends a copy while {health:?}");
            }
            What::Replied { .. } => self.replied(event),
            What::Returned { request, session, attempt, status, arrives, context_bytes, .. } => {
                if self.current(request, attempt)
                    && self.requests[&request].purpose != RequestKind::Replay
                    && let Some(visit) = self.sessions.get_mut(&session)
                {
                    visit.returned = context_bytes;
                }
                if let Some(open) = self.requests.get(&request)
                    && self.home != Home::Token
                {
                    let names = open.purpose.logs_in() && status.code() == 200;
                    assert_eq!(context_bytes > 0, names, "a login brings a cookie, and nothing else does");
                }
                let replied = self.attempt(request, attempt).replied;
                assert!(replied.is_none_or(|replied| replied == status), "{request}: {replied:?} becomes {status:?}");
                let from = |at| matches!(at, Replied(_) | Sent(_) | Refused(_) | Held);
                self.step(request, attempt, Returned(arrives), from);
            }
            What::TimedOut { request, attempt, .. } => {
                let open = self.requests.get_mut(&request).expect("only who waits gives up");
                let unsent = self.connection && attempt == open.attempt + 1;
                open.given_up = true;
                assert!(!open.backing_off || unsent, "whoever backs off does not wait for a reply");
                if let Some(attempt) = self.attempts.get_mut(&(request, attempt)) {
                    attempt.abandoned = true;
                } else {
                    assert!(unsent, "a request without a connection");
                    open.attempt = attempt;
                }
            }
            What::BackedOff { request, attempt, until, .. } => {
                assert!(until >= event.at);
                let open = self.requests.get_mut(&request).expect("only who waits tries again");
                assert_eq!(open.attempt, attempt);
                open.backing_off = true;
                open.given_up = false;
                if open.purpose.logs_in()
                    && let Some(visit) = self.sessions.get_mut(&open.session)
                {
                    visit.muddled = true;
                }
                if self.attempts.get(&(request, attempt)).is_some_and(|attempt| !attempt.abandoned) {
                    self.attempts.remove(&(request, attempt));
                }
            }
            What::Ended { .. } => self.ended(event),
            What::Late { request, attempt, .. } => {
                assert!(!self.current(request, attempt) || self.attempts[&(request, attempt)].abandoned);
                let late = self.attempts.remove(&(request, attempt)).expect("late once");
                assert_eq!(late.at, Returned(event.at));
            }
            What::Stored { session, place, writes, bytes, login } => {
                self.kept.insert((place, session, login), bytes);
                self.stored(place);
                if let (Copied::Client, Some(visit)) = (place, self.sessions.get_mut(&session)) {
                    visit.held = bytes;
                    let token = self.overhead + (bytes * 4).div_ceil(3);
                    assert!(visit.returned == 0 || visit.returned == token, "a reply brought another token");
                }
                if let Copied::Instance(id) = place {
                    self.copies.insert((id, session), (writes, event.seq, login));
                }
            }
            What::Dropped { session, place, why, bytes, login } => {
                assert_eq!(self.kept.remove(&(place, session, login)), Some(bytes), "what goes was there: {event:?}");
                // A disk forgets when the store gets round to it.
                let told = why == Gone::LoggedOut && place != Copied::Disk;
                assert!(!told || event.root != 0, "nobody logs out but by a command");
                if let Copied::Instance(id) = place
                    && self.copies.get(&(id, session)).is_some_and(|&(.., newest)| newest == login)
                {
                    self.copies.remove(&(id, session));
                }
            }
            What::Instance { instance, health, incarnation, until, .. } => {
                let index = usize::from(instance) - 1;
                if index == self.instances.len() {
                    self.instances.push(Instance {
                        health,
                        incarnation,
                        believed_up: false,
                        cut: false,
                        slowed: false,
                        applying: 0,
                        accepting: 0,
                        changed: 0,
                        drains_until: Nanos::ZERO,
                    });
                }
                let before = self.instances[index];
                assert_ne!((before.health, health), (Health::Removed, Health::Up), "gone for good");
                assert!(incarnation >= before.incarnation);
                let resumes = before.health == Health::Hung && serves(health);
                assert!(!resumes || event.root == self.healed, "only a heal lets a hung process go on");
                assert!(
                    before.health == health
                        || runs(before.health) == runs(health)
                        || !runs(health)
                        || before.health == Health::Starting
                );
                if !runs(health) && health != before.health {
                    self.copies.retain(|&(id, _), _| id != instance);
                    self.kept.retain(|&(place, ..), _| place != Copied::Instance(instance));
                }
                if runs(before.health) && !runs(health) {
                    assert_eq!(incarnation, before.incarnation + 1, "memory that is destroyed ends a life");
                }
                if before.health == Health::Draining && event.cause == before.changed && event.at < before.drains_until
                {
                    let inside = |attempt: &&Attempt| attempt.instance == instance && attempt.at.on_the_backend();
                    assert_eq!(self.attempts.values().find(inside), None, "{instance} ends its drain with work to do");
                }
                let drains_until = if health == Health::Draining { until } else { Nanos::ZERO };
                let (applying, accepting) = if runs(health) { (before.applying, before.accepting) } else { (0, 0) };
                let changed = event.seq;
                self.instances[index] =
                    Instance { health, incarnation, drains_until, changed, applying, accepting, ..before };
            }
            What::Store { health, .. } => {
                self.store = Some(health);
                if health == Health::Down {
                    self.kept.retain(|&(place, ..), _| place != Copied::Store);
                }
            }
            What::Slowed { instance: 0, factor } => self.store_slowed = factor != 1.0,
            What::Slowed { instance, factor } => self.instances[usize::from(instance) - 1].slowed = factor != 1.0,
            What::Partitioned { instance, cut } => {
                let instance = &mut self.instances[usize::from(instance) - 1];
                (instance.cut, instance.changed) = (cut, event.seq);
            }
            What::Believed { instance, up, evidence } => {
                let index = usize::from(instance) - 1;
                let drains = self.instances[index].health == Health::Draining;
                assert!(
                    !(up && drains) || evidence != Evidence::Checks,
                    "no check lets {instance} back in that drains"
                );
                assert_ne!(self.instances[index].believed_up, up, "a change of mind");
                self.instances[index].believed_up = up;
            }
            _ => {}
        }
    }
}

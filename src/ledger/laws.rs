//! The laws of the model, watched while a run goes on: a few steps an event, whatever the length of the run.
//!
//! ```text
//!   issued ─▶ sent ─▶ routed ─▶ queued ─▶ with a worker ─▶ replied ─▶ returned ─▶ ended
//!     ╰ backing off ◀───────────────── given up ◀─────────────────────╯
//! ```
//!
//! Every request in flight is at exactly one of these places, and may come there only from the one before; what its
//! client has given up goes on as a *stray*, and ends as a late reply. The same laws, and the costly ones, are checked by
//! separate code in the tests; here they guard the figures of whoever runs a scenario that no test has seen.

mod places;

use crate::event::{Event, Health, InstanceId, RequestId, Sink, Status, What};
use crate::scenario::{ScaleMode, Scenario};
use crate::units::Nanos;
use places::{Open, Ring, Step};
use std::fmt;

pub use places::{PLACES, Place};

/// The law that a run broke, and by which event.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub struct Broken {
    /// What should have held.
    pub law: &'static str,
    /// The event's sequence number.
    pub seq: u64,
    /// When it happened.
    pub at: Nanos,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "event {} at {} breaks a law of the model: {}", self.seq, self.at, self.law)
    }
}

/// What is known of an instance.
#[derive(Clone, Copy, Debug)]
struct Process {
    serves: bool,
    believed_up: bool,
    busy: u32,
    /// Workers occupied by what no request holds. A worker that waits for peers may be among them, too.
    chores: u32,
    workers: u32,
}

/// The running counters.
#[derive(Clone, Debug)]
pub struct Laws {
    /// Whether the balancer chooses by what it believes (a function platform knows better).
    believes: bool,
    redispatch: bool,
    now: Nanos,
    seq: u64,
    issued: u64,
    ended: u64,
    /// Attempts that went on after their client gave them up.
    strays: u64,
    began: u64,
    left: u64,
    requests: Ring,
    processes: Vec<Process>,
    broken: Option<Broken>,
}

impl Laws {
    /// Nothing happened yet in a run of this scenario.
    #[must_use]
    pub fn new(scenario: &Scenario) -> Self {
        Self {
            believes: scenario.autoscaler.mode != ScaleMode::PerRequest,
            redispatch: scenario.balancer.redispatch,
            now: Nanos::ZERO,
            seq: 0,
            issued: 0,
            ended: 0,
            strays: 0,
            began: 0,
            left: 0,
            requests: Ring::new(),
            processes: Vec::new(),
            broken: None,
        }
    }

    /// How many requests are at each place, by looking at each of them.
    #[must_use]
    pub fn places(&self) -> [u64; PLACES] {
        self.requests.counts()
    }

    /// Whether every event so far obeyed the laws, and whether the sums agree now.
    ///
    /// # Errors
    /// The first law that was broken.
    pub fn verdict(&self) -> Result<(), Broken> {
        let in_flight = self.issued.checked_sub(self.ended);
        let law = if in_flight != Some(self.requests.counts().iter().sum()) {
            "requests at all places = requests in flight"
        } else if self.left > self.began {
            "sessions = active + ended"
        } else {
            return self.broken.map_or(Ok(()), Err);
        };
        Err(self.broken.unwrap_or(Broken { law, seq: self.seq, at: self.now }))
    }

    /// As [`Self::verdict`], and whether a ledger of the same events counts the same.
    ///
    /// # Errors
    /// The first law that was broken.
    pub fn agree(&self, ledger: &super::Ledger) -> Result<(), Broken> {
        self.verdict()?;
        let (requests, sessions) = (ledger.requests(), ledger.sessions());
        let (logouts, replays) = (ledger.logouts(), ledger.replays());
        let replayed = replays.accepted + replays.refused + replays.unanswered;
        let same = (requests.issued, requests.ended) == (self.issued, self.ended)
            && requests.logins + requests.followups + logouts.ended + replayed == self.ended
            && sessions.created == self.began
            && ledger.in_progress() == self.began - self.left;
        if same {
            Ok(())
        } else {
            Err(Broken { law: "every figure is a fold over the events", seq: self.seq, at: self.now })
        }
    }

    #[cold]
    fn breaks(&mut self, law: &'static str) {
        self.broken.get_or_insert(Broken { law, seq: self.seq, at: self.now });
    }

    #[inline]
    fn demand(&mut self, holds: bool, law: &'static str) {
        if !holds {
            self.breaks(law);
        }
    }

    /// Moves the attempt that a client waits for; any other is a stray, whose way is its own.
    #[inline]
    fn step(&mut self, request: RequestId, attempt: u8, to: Place, from: u16) {
        match self.requests.step(request, attempt, to, from) {
            Step::Legal => {}
            Step::Illegal => self.breaks("a request goes from place to place in order"),
            Step::Stray => self.demand(self.strays > 0, "what goes on after its client gave it up was given up once"),
        }
    }

    fn process(&mut self, id: InstanceId) -> Option<&mut Process> {
        self.processes.get_mut(usize::from(id).wrapping_sub(1))
    }

    fn started(&mut self, id: InstanceId) {
        let Some(process) = self.process(id) else { return self.breaks("work is done by an instance") };
        process.busy += 1;
        let (serves, fits) = (process.serves, process.busy <= process.workers);
        self.demand(serves, "nothing happens on a dead instance");
        self.demand(fits, "an instance has so many workers and no more");
    }

    fn occupied(&mut self, id: InstanceId, begun: bool) {
        let Some(process) = self.process(id) else { return self.breaks("work is done by an instance") };
        let was_occupied = begun || process.chores > 0;
        process.chores = if begun { process.chores + 1 } else { process.chores.saturating_sub(1) };
        let (serves, fits) = (process.serves, process.chores <= process.workers);
        self.demand(serves, "nothing happens on a dead instance");
        self.demand(fits, "an instance has so many workers and no more");
        self.demand(was_occupied, "what a worker is done with it had begun");
    }

    fn replied(&mut self, id: InstanceId, status: Status, worker: bool) {
        let Some(process) = self.process(id) else { return self.breaks("work is done by an instance") };
        let serves = process.serves || status == Status::CutOff;
        let was_busy = !worker || process.busy > 0;
        process.busy -= u32::from(worker && was_busy);
        self.demand(serves, "nothing happens on a dead instance");
        self.demand(was_busy, "a worker that replies was at work");
    }

    fn routed(&mut self, id: InstanceId, nth: u8) {
        let believed = self.process(id).is_some_and(|process| process.believed_up);
        // A balancer that does not redispatch knocks again where it was refused.
        let knocks_again = nth > 1 && !self.redispatch;
        self.demand(believed || !self.believes || knocks_again, "the balancer picks nobody whom it knows to be down");
    }

    fn instance(&mut self, id: InstanceId, health: Health, workers: u32) {
        let serves = matches!(health, Health::Up | Health::Draining);
        if usize::from(id) > self.processes.len() {
            self.processes.push(Process { serves, believed_up: false, busy: 0, chores: 0, workers });
        }
        if let Some(process) = self.process(id) {
            process.serves = serves;
            if !serves && health != Health::Hung {
                process.busy = 0;
                process.chores = 0;
            }
        }
    }

    fn timed_out(&mut self, request: RequestId, attempt: u8) {
        match self.requests.give_up(request, attempt) {
            Some(sent) => self.strays += u64::from(sent),
            None => self.breaks("only who waits gives up"),
        }
    }

    fn ended(&mut self, request: RequestId) {
        self.ended += 1;
        let legal = self.requests.end(request, Place::Returned.bit() | Place::GivenUp.bit());
        self.demand(legal, "a request ends exactly once, when its reply is there or its client gives up");
    }

    fn late(&mut self, request: RequestId, attempt: u8) {
        let waited_for = matches!(self.requests.find(request), Some(Open { attempt: current, place, .. })
            if current == attempt && place != Place::GivenUp && place != Place::BackingOff);
        self.demand(!waited_for && self.strays > 0, "a late reply ends nothing");
        self.strays = self.strays.saturating_sub(1);
    }
}

impl Sink for Laws {
    #[inline]
    fn take(&mut self, event: &Event) {
        let in_order = (event.at >= self.now) & (event.seq == self.seq + 1) & (event.cause < event.seq);
        self.now = event.at;
        self.seq = event.seq;
        self.demand(in_order, "time runs forward, and causes come first");
        use Place::{Back, BackingOff, Balancer, Queued, Returned, Routed, Worker};
        match event.what {
            What::Issued { request, .. } => {
                self.issued += 1;
                self.requests.issue(request);
            }
            What::Sent { request, attempt, .. } => {
                let legal = self.requests.send(request, attempt);
                self.demand(legal, "an attempt is sent by a client that waits for no other");
            }
            What::Routed { request, attempt, instance, nth, .. } => {
                self.routed(instance, nth);
                self.step(request, attempt, Routed, Balancer.bit());
            }
            What::Held { request, attempt, .. } => self.step(request, attempt, Balancer, Balancer.bit()),
            What::Refused { request, attempt, .. } => {
                self.step(request, attempt, Balancer, Routed.bit() | Queued.bit());
            }
            What::Queued { request, attempt, .. } => self.step(request, attempt, Queued, Routed.bit() | Queued.bit()),
            What::Started { request, attempt, instance, .. } => {
                self.started(instance);
                self.step(request, attempt, Worker, Routed.bit() | Queued.bit());
            }
            What::Occupied { instance, begun, .. } => self.occupied(instance, begun),
            What::Replied { request, attempt, instance, status, worker, .. } => {
                self.replied(instance, status, worker);
                // Whoever is cut off was in the queue or with a worker; else only a worker serves.
                let inside = Routed.bit() | Queued.bit() | Worker.bit();
                self.step(request, attempt, Back, if worker { Worker.bit() } else { inside });
            }
            What::Returned { request, attempt, .. } => {
                self.step(request, attempt, Returned, Back.bit() | Balancer.bit());
            }
            What::TimedOut { request, attempt, .. } => self.timed_out(request, attempt),
            What::BackedOff { request, attempt, .. } => {
                let step = self.requests.step(request, attempt, BackingOff, Returned.bit() | Place::GivenUp.bit());
                if step != Step::Legal {
                    self.breaks("who backs off has an answer, or gave up");
                }
            }
            What::Ended { request, .. } => self.ended(request),
            What::Late { request, attempt, .. } => self.late(request, attempt),
            What::SessionStarted { .. } => self.began += 1,
            What::SessionLeft { .. } => self.left += 1,
            What::Instance { instance, health, workers, .. } => self.instance(instance, health, workers),
            What::Believed { instance, up, .. } => {
                if let Some(process) = self.process(instance) {
                    process.believed_up = up;
                }
            }
            What::Commanded { command: crate::command::Command::Redispatch(on) } => self.redispatch = on,
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests;

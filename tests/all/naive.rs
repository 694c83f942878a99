//! A second model of the same service, as naive as can be: it shares no code with the simulation but the event's words.
//!
//! It is told what was drawn (who comes when, how long each thinks, how long each request takes), as the log shows it, and
//! works out the rest with a list that it sorts at every step: round robin, one queue an instance, states that are with the
//! client, anywhere or pinned, kills, logouts, copied credentials, and nothing on the way but fixed hops. Then both must have told the same story.

use crate::random::{Chance, cases};
use statelab::command::Command;
use statelab::event::{Event, InstanceId, Outcome, RequestKind, SessionId, Status, What};
use statelab::scenario::{Dist, Home, Policy, Population, Scenario, TimedCommand};
use statelab::sim::World;
use statelab::units::Nanos;
use statelab::user::User;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// What both must agree on: when, and what.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Told {
    Issued(SessionId, u32, Kind),
    Routed(SessionId, u32, InstanceId),
    Started(SessionId, u32, InstanceId),
    Replied(SessionId, u32, InstanceId, u16),
    Ended(SessionId, u32, &'static str),
    Lost(SessionId),
    Left(SessionId),
}

/// Why a request is made.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Kind {
    Planned,
    Relogin,
    Logout,
    Replay,
}

/// A replay's number says nothing of its owner's plan: this tells the two apart.
const REPLAYED: u32 = 1 << 31;

/// What was drawn, by whom and for which planned request; a re-login is that of the request before, marked.
#[derive(Default)]
struct Draws {
    arrivals: Vec<(u64, SessionId)>,
    planned: BTreeMap<SessionId, u32>,
    think: BTreeMap<(SessionId, u32), u64>,
    service: BTreeMap<(SessionId, u32, bool), u64>,
}

/// One request on its way.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Job {
    session: SessionId,
    ordinal: u32,
    login: bool,
    kind: Kind,
    /// Who refused it, a bit each, and who did so last.
    refused: u32,
    refused_last: InstanceId,
    /// Which login's state it asks for, and for a copied cookie where that leads.
    epoch: u32,
    pin: Option<InstanceId>,
}

/// What is to happen; a kill before all else of its instant, the others as they were planned.
#[derive(Clone, Copy, Debug)]
enum Next {
    Kill(InstanceId),
    Logout(SessionId),
    Replay(SessionId),
    Arrive(SessionId),
    Think(SessionId),
    AtBalancer(Job),
    AtInstance(Job, InstanceId),
    Refused(Job),
    Done(Job, InstanceId),
    Back(Job, InstanceId, Status),
}

#[derive(Default)]
struct Visit {
    next: u32,
    at: Option<InstanceId>,
    /// Whether its state is there.
    alive: bool,
    /// Whether its client relies on a state: also on one that went while the reply of the login was on the wire.
    relies: bool,
    logged_in: bool,
    pin: Option<InstanceId>,
    open: bool,
    leaving: bool,
    epoch: u32,
}

struct Naive<'a> {
    home: Home,
    workers: usize,
    /// From anywhere to its neighbour.
    hop: u64,
    draws: &'a Draws,
    agenda: Vec<(u64, Next)>,
    now: u64,
    turn: usize,
    up: Vec<bool>,
    serving: Vec<BTreeSet<Job>>,
    queue: Vec<VecDeque<Job>>,
    visits: BTreeMap<SessionId, Visit>,
    /// The cookies of those who logged out.
    discarded: BTreeMap<SessionId, (u32, Option<InstanceId>)>,
    replays: u32,
    told: Vec<(u64, Told)>,
}

impl Naive<'_> {
    fn tell(&mut self, told: Told) {
        self.told.push((self.now, told));
    }

    fn later(&mut self, span: u64, next: Next) {
        self.agenda.push((self.now + span, next));
    }

    fn live(&mut self, until: u64) {
        loop {
            self.agenda
                .sort_by_key(|&(at, next)| (at, !matches!(next, Next::Kill(_) | Next::Logout(_) | Next::Replay(_))));
            if self.agenda.first().is_none_or(|&(at, _)| at > until) {
                return;
            }
            let (at, next) = self.agenda.remove(0);
            self.now = at;
            self.happen(next);
        }
    }

    fn happen(&mut self, next: Next) {
        match next {
            Next::Kill(id) => self.kill(id),
            Next::Arrive(session) => {
                self.visits.insert(session, Visit::default());
                self.plan(session);
            }
            Next::Logout(session) => self.logout(session),
            Next::Replay(session) => self.replay(session),
            // Whoever logs out meanwhile plans nothing more.
            Next::Think(session) if self.visits.get(&session).is_none_or(|visit| visit.open) => {}
            Next::Think(session) => self.plan(session),
            Next::AtBalancer(job) | Next::Refused(job) => self.choose(job),
            Next::AtInstance(job, id) if !self.up[id as usize] => {
                self.later(self.hop, Next::Refused(Job { refused: job.refused | 1 << id, refused_last: id, ..job }));
            }
            Next::AtInstance(job, id) => {
                self.queue[id as usize].push_back(job);
                self.work(id);
            }
            Next::Done(job, id) => {
                if self.serving[id as usize].remove(&job) {
                    if job.kind == Kind::Logout {
                        let visit = self.visits.get_mut(&job.session).unwrap();
                        (visit.alive, visit.relies) = (false, false);
                    } else if job.login {
                        let visit = self.visits.get_mut(&job.session).unwrap();
                        (visit.at, visit.alive, visit.relies) = (Some(id), true, true);
                    }
                    self.reply(job, id, Status::Ok);
                    self.work(id);
                }
            }
            Next::Back(job, id, status) => self.end(job, id, status),
        }
    }

    /// The next planned request, the login it needs, or the end.
    fn plan(&mut self, session: SessionId) {
        let visit = self.visits.get_mut(&session).unwrap();
        if visit.next >= self.draws.planned[&session] {
            return self.leave(session);
        }
        let relogin = visit.next > 0 && !visit.logged_in;
        let ordinal = visit.next - u32::from(relogin);
        visit.next = ordinal + 1;
        let kind = if relogin { Kind::Relogin } else { Kind::Planned };
        self.issue(Job {
            session,
            ordinal,
            login: ordinal == 0 || relogin,
            kind,
            refused: 0,
            refused_last: 0,
            epoch: 0,
            pin: None,
        });
    }

    fn logout(&mut self, session: SessionId) {
        let Some(visit) = self.visits.get_mut(&session).filter(|visit| visit.logged_in) else { return };
        if !std::mem::replace(&mut visit.leaving, true) && !visit.open {
            self.issue_logout(session);
        }
    }

    fn issue_logout(&mut self, session: SessionId) {
        let ordinal = self.visits[&session].next;
        self.issue(Job {
            session,
            ordinal,
            login: false,
            kind: Kind::Logout,
            refused: 0,
            refused_last: 0,
            epoch: 0,
            pin: None,
        });
    }

    fn replay(&mut self, session: SessionId) {
        let (epoch, pin) = match (self.visits.get(&session), self.discarded.get(&session)) {
            (Some(visit), _) if visit.logged_in => (visit.epoch, visit.pin),
            (None, Some(&discarded)) => discarded,
            _ => return,
        };
        let ordinal = self.replays | REPLAYED;
        self.replays += 1;
        let job = Job { session, ordinal, login: false, kind: Kind::Replay, refused: 0, refused_last: 0, epoch, pin };
        self.tell(Told::Issued(session, ordinal, Kind::Replay));
        self.later(self.hop, Next::AtBalancer(job));
    }

    fn leave(&mut self, session: SessionId) {
        let visit = self.visits.remove(&session).unwrap();
        if visit.leaving && visit.logged_in {
            self.discarded.insert(session, (visit.epoch, visit.pin));
        }
        self.tell(Told::Left(session));
    }

    fn issue(&mut self, job: Job) {
        let visit = self.visits.get_mut(&job.session).unwrap();
        visit.open = true;
        visit.epoch += u32::from(job.login);
        let epoch = visit.epoch;
        self.tell(Told::Issued(job.session, job.ordinal, job.kind));
        self.later(self.hop, Next::AtBalancer(Job { epoch, ..job }));
    }

    fn choose(&mut self, job: Job) {
        // The balancer knows nothing of deaths here: only who refused this very request.
        let willing = |id: &InstanceId| job.refused & 1 << id == 0;
        let cookie = if job.kind == Kind::Replay { job.pin } else { self.visits[&job.session].pin };
        let pin = cookie.filter(|pin| !job.login && willing(pin));
        let candidates: Vec<_> = (1..self.up.len() as InstanceId).filter(willing).collect();
        let in_turn = |turn: &mut usize| {
            *turn += 1;
            candidates[(*turn - 1) % candidates.len()]
        };
        // Whoever was refused goes on to the next, and takes nobody's turn.
        let next = candidates.iter().find(|&&id| id > job.refused_last).or(candidates.first());
        let id = match (pin, next) {
            (Some(pin), _) => pin,
            (None, Some(&next)) if job.refused != 0 => next,
            _ => in_turn(&mut self.turn),
        };
        self.tell(Told::Routed(job.session, job.ordinal, id));
        self.later(self.hop, Next::AtInstance(job, id));
    }

    fn work(&mut self, id: InstanceId) {
        let here = id as usize;
        while self.serving[here].len() < self.workers
            && let Some(job) = self.queue[here].pop_front()
        {
            self.tell(Told::Started(job.session, job.ordinal, id));
            let held = |visit: &Visit| visit.alive && visit.at == Some(id) && visit.epoch == job.epoch;
            if job.login || self.home == Home::Token || self.visits.get(&job.session).is_some_and(held) {
                self.serving[here].insert(job);
                // What was cut off in the other model takes at least as long as that.
                let demand = self.draws.service.get(&(job.session, job.ordinal, job.login)).copied();
                self.later(demand.unwrap_or(u64::MAX / 4), Next::Done(job, id));
            } else {
                self.reply(job, id, Status::Unknown);
            }
        }
    }

    fn reply(&mut self, job: Job, id: InstanceId, status: Status) {
        self.tell(Told::Replied(job.session, job.ordinal, id, status.code()));
        self.later(2 * self.hop, Next::Back(job, id, status));
    }

    fn kill(&mut self, id: InstanceId) {
        let here = id as usize;
        self.up[here] = false;
        let inside: Vec<_> =
            std::mem::take(&mut self.serving[here]).into_iter().chain(self.queue[here].drain(..)).collect();
        inside.into_iter().for_each(|job| self.reply(job, id, Status::CutOff));
        let gone = |(&session, visit): (&SessionId, &mut Visit)| {
            let gone = visit.at == Some(id) && std::mem::take(&mut visit.alive);
            visit.relies &= !gone;
            gone.then_some(session)
        };
        if self.home != Home::Token {
            let lost: Vec<_> = self.visits.iter_mut().filter_map(gone).collect();
            lost.into_iter().for_each(|session| self.tell(Told::Lost(session)));
        }
    }

    fn end(&mut self, job: Job, id: InstanceId, status: Status) {
        let outcome = word(status.outcome());
        self.tell(Told::Ended(job.session, job.ordinal, outcome));
        match job.kind {
            Kind::Replay => return,
            Kind::Logout => return self.leave(job.session),
            Kind::Planned | Kind::Relogin => {}
        }
        let more = self.visits[&job.session].next < self.draws.planned[&job.session];
        let visit = self.visits.get_mut(&job.session).unwrap();
        visit.open = false;
        let leaving = visit.leaving;
        if status == Status::Ok {
            visit.logged_in = true;
            visit.relies |= job.login;
            visit.pin = (self.home == Home::Sticky).then_some(id);
        } else if job.login {
            visit.logged_in = false;
            visit.alive = false;
        }
        if status == Status::Unknown {
            visit.pin = None;
            visit.logged_in = false;
            visit.alive = false;
            if std::mem::take(&mut visit.relies) {
                self.tell(Told::Lost(job.session));
            }
            if more && !leaving {
                return self.issue(Job { login: true, kind: Kind::Relogin, refused: 0, refused_last: 0, ..job });
            }
        }
        if leaving && self.visits[&job.session].logged_in {
            self.issue_logout(job.session);
        } else if more && !leaving {
            let next = self.visits[&job.session].next;
            // Whoever logs out while thinking would have thought for longer than that.
            if let Some(&think) = self.draws.think.get(&(job.session, next)) {
                self.later(think, Next::Think(job.session));
            }
        } else {
            self.leave(job.session);
        }
    }
}

const fn word(outcome: Outcome) -> &'static str {
    match outcome {
        // A copied token may be overtaken by its owner's next write while it is on the way.
        Outcome::Ok | Outcome::Stale => "ok",
        Outcome::Lost => "lost",
        Outcome::Died => "died",
        _ => "something else",
    }
}

/// What the simulation told, and what it drew.
fn listen(scenario: &Scenario, home: Home, until: Nanos) -> (Vec<(u64, Told)>, Draws) {
    let (mut told, mut draws) = (Vec::new(), Draws::default());
    let mut requests = BTreeMap::new();
    let mut started = BTreeMap::new();
    let mut ended: BTreeMap<SessionId, (u64, Outcome)> = BTreeMap::new();
    let mut listener = |event: &Event| {
        let at = event.at.0;
        let news = match event.what {
            What::SessionStarted { session, .. } => {
                draws.arrivals.push((at, session));
                return;
            }
            What::Issued { request, session, ordinal, purpose, .. } => {
                let (kind, ordinal) = match purpose {
                    RequestKind::Login | RequestKind::Followup => (Kind::Planned, ordinal),
                    RequestKind::Relogin => (Kind::Relogin, ordinal),
                    RequestKind::Logout => (Kind::Logout, ordinal),
                    RequestKind::Replay => (Kind::Replay, ordinal | REPLAYED),
                };
                requests.insert(request, (session, ordinal, purpose.logs_in()));
                if kind == Kind::Replay {
                    told.push((at, Told::Issued(session, ordinal, kind)));
                    return;
                }
                let relogin = kind == Kind::Relogin;
                let next = ordinal + u32::from(relogin);
                draws.planned.entry(session).and_modify(|n| *n = (*n).max(ordinal + 1)).or_insert(ordinal + 1);
                if let Some((before, outcome)) = ended.remove(&session)
                    && outcome != Outcome::Lost
                    && kind != Kind::Logout
                {
                    draws.think.insert((session, next), at - before);
                }
                Told::Issued(session, ordinal, kind)
            }
            What::Routed { request, session, instance, .. } => Told::Routed(session, requests[&request].1, instance),
            What::Started { request, session, instance, .. } => {
                started.insert(request, at);
                Told::Started(session, requests[&request].1, instance)
            }
            What::Replied { request, session, instance, status, .. } => {
                if status.code() == 200 {
                    draws.service.insert(requests[&request], at - started[&request]);
                }
                Told::Replied(session, requests[&request].1, instance, status.code())
            }
            What::Ended { request, session, outcome, purpose, .. } => {
                if purpose != RequestKind::Replay {
                    ended.insert(session, (at, outcome));
                }
                Told::Ended(session, requests[&request].1, word(outcome))
            }
            What::Lost { session, whole: true, .. } => Told::Lost(session),
            What::SessionLeft { session, .. } => Told::Left(session),
            _ => return,
        };
        told.push((at, news));
    };
    World::new(scenario, home).run_until(until, &mut listener);
    (told, draws)
}

/// A scenario that the naive model understands.
fn scenario(case: u64) -> Scenario {
    let mut c = Chance::new(case ^ 0xA11CE);
    let mut s = Scenario { seed: c.next(), duration_s: 60.0, warm_start: false, ..Scenario::default() };
    s.session.timeout_s = None;
    s.workload.population = Population::SessionsPerSecond(c.pick(&[2.0, 8.0]));
    s.workload.requests_per_session = c.pick(&[Dist::Geometric(5.0), Dist::Uniform(1.0, 9.0)]);
    s.workload.think_ms = c.pick(&[Dist::Exponential(500.0), Dist::Lognormal { mean: 900.0, sigma: 0.8 }]);
    s.workload.service_ms = c.pick(&[Dist::Exponential(20.0), Dist::Exponential(60.0)]);
    s.workload.write_ratio = c.pick(&[0.0, 0.5]);
    s.workload.bursts = vec![statelab::scenario::Burst { at_s: 40.0, factor: 0.0, for_s: 1e6 }];
    (s.client.timeout_ms, s.client.retries, s.client.patience) = (None, 0, 1000);
    // Without any, whole chains of steps would share an instant, and which goes first would be a rule of its own.
    let hop = Dist::Fixed(c.pick(&[0.5, 2.0, 7.0]));
    (s.network.client_ms, s.network.backend_ms, s.network.jitter_ratio) = (hop, hop, 0.0);
    (s.network.client_mbit, s.network.backend_mbit) = (None, None);
    (s.balancer.policy, s.balancer.redispatch, s.balancer.retries) = (Policy::RoundRobin, true, 10);
    (s.balancer.passive, s.balancer.check_interval_ms) = (false, None);
    s.instance.count = 2 + c.below(3) as u16;
    s.instance.workers = 1 + c.below(3) as u32;
    (s.instance.queue, s.instance.header_limit_bytes) = (None, None);
    (s.token.verify_us, s.token.verify_us_per_kib) = (0.0, 0.0);
    let kills = c.below(u64::from(s.instance.count));
    let kill = |nth: u64| TimedCommand {
        at_s: 7.3 + 9.1 * nth as f64,
        command: format!("kill {}", nth + 1).parse().expect("a command"),
    };
    s.commands = (0..kills).map(kill).collect();
    let Population::SessionsPerSecond(rate) = s.workload.population else { unreachable!() };
    for nth in 0..9 {
        let at_s = 3.05 + 4.1 * f64::from(nth);
        let user = (rate * at_s) as u64 - c.below(4);
        let texts = [(0.0, "logout"), (-0.9, "replay"), (c.pick(&[0.0, 0.003, 0.03]), "replay"), (5.0, "replay")];
        for (later, verb) in texts.into_iter().skip(c.below(2) as usize) {
            let command = format!("{verb} {user}").parse().expect("a command");
            s.commands.push(TimedCommand { at_s: at_s + later, command });
        }
    }
    s.validate().unwrap_or_else(|faults| panic!("case {case}: {faults}"));
    s
}

fn compare(case: u64, home: Home) -> usize {
    let scenario = scenario(case);
    let until = Nanos::from_secs(4000.0);
    let (mut told, draws) = listen(&scenario, home, until);
    let instances = usize::from(scenario.instance.count) + 1;
    let Dist::Fixed(hop) = scenario.network.client_ms else { unreachable!() };
    let mut naive = Naive {
        home,
        workers: scenario.instance.workers as usize,
        hop: Nanos::from_millis(hop).0,
        draws: &draws,
        agenda: draws.arrivals.iter().map(|&(at, session)| (at, Next::Arrive(session))).collect(),
        now: 0,
        turn: 0,
        up: vec![true; instances],
        serving: vec![BTreeSet::new(); instances],
        queue: vec![VecDeque::new(); instances],
        visits: BTreeMap::new(),
        discarded: BTreeMap::new(),
        replays: 0,
        told: Vec::new(),
    };
    for timed in &scenario.commands {
        let next = match timed.command {
            Command::Kill(statelab::command::Target::Instance(id)) => Next::Kill(id),
            Command::Logout(User::Number(session)) => Next::Logout(session),
            Command::Replay { user: User::Number(session), .. } => Next::Replay(session),
            other => unreachable!("{other}"),
        };
        naive.agenda.push((Nanos::from_secs(timed.at_s).0, next));
    }
    naive.live(until.0);
    // Of what happens at one instant the order is no one's business.
    told.sort();
    naive.told.sort();
    for (ours, theirs) in naive.told.iter().zip(&told) {
        assert_eq!(ours, theirs, "the naive model's, and the simulation's, in {home}");
    }
    assert_eq!(naive.told.len(), told.len());
    told.len()
}

#[test]
fn a_naive_model_tells_the_same_story() {
    let mut told = 0;
    for case in cases(40) {
        for home in [Home::Token, Home::Memory, Home::Sticky] {
            crate::random::repeatable("naive", case, home, || told += compare(case, home));
        }
    }
    assert!(told > 10_000 || std::env::var_os("STATELAB_CASE").is_some());
}

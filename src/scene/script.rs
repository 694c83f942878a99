//! A hand-made evening: twelve users, three instances, number 2 is killed at 38.1 s. Tests draw it at 39.4 s.

use super::Scene;
use crate::command::{Command, Target};
use crate::event::{
    Event, Evidence, Health, InstanceId, Outcome, Place, RequestKind, SessionId, Sink, Status, Wait, What,
};
use crate::scenario::{Dist, Home, Population, Scenario};
use crate::units::Nanos;

/// The instant to draw.
pub const NOW: Nanos = Nanos(39_400_000_000);

/// Whose cart, how many items before and after the last write, and the instance that keeps it where instances do.
const CARTS: [(u32, u32, InstanceId); 12] = [
    (4, 5, 1),
    (5, 5, 2),
    (4, 4, 3),
    (5, 6, 1),
    (3, 4, 2),
    (4, 5, 3),
    (3, 3, 1),
    (6, 6, 2),
    (4, 4, 3),
    (4, 4, 1),
    (4, 4, 2),
    (3, 3, 3),
];

/// Feeds events to a scene, numbering them.
pub struct Script {
    /// The scene so far.
    pub scene: Scene,
    seq: u64,
    root: u64,
    /// The newest change of an instance or the store: what a loss goes back to.
    end: u64,
    at: Nanos,
}

impl Script {
    /// Nothing has happened yet.
    pub fn new(users: u32, instances: u16, home: Home) -> Self {
        let mut scenario = Scenario { noun: "cart".into(), ..Scenario::default() };
        scenario.workload.population = Population::Users(users);
        (scenario.network.backend_ms, scenario.slow_motion) = (Dist::Fixed(15.0), 100.0);
        let mut script = Self { scene: Scene::new(&scenario, home), seq: 0, root: 0, end: 0, at: Nanos::ZERO };
        for instance in 1..=instances {
            script.health(instance, Health::Up, 1);
            script.emit(What::Believed { instance, up: true, evidence: Evidence::Told });
        }
        script
    }

    /// The next events happen at this instant.
    pub fn at(&mut self, seconds: f64) -> &mut Self {
        self.at = Nanos::from_secs(seconds);
        self
    }

    /// One event.
    pub fn emit(&mut self, what: What) -> &mut Self {
        self.seq += 1;
        if matches!(what, What::Instance { .. } | What::Store { .. }) {
            self.end = self.seq;
        }
        let cause = if matches!(what, What::Lost { .. }) { self.end } else { 0 };
        self.scene.take(&Event { at: self.at, seq: self.seq, cause, root: self.root, what });
        self
    }

    /// A command; what follows is its doing.
    pub fn command(&mut self, command: Command) -> &mut Self {
        self.root = self.seq + 1;
        self.emit(What::Commanded { command })
    }

    /// A request leaves the client.
    pub fn send(&mut self, session: SessionId, request: u64, write: u32, arrives: f64) -> &mut Self {
        let arrives = Nanos::from_secs(arrives);
        self.emit(What::Issued { request, session, ordinal: 1, purpose: RequestKind::Followup, write });
        let (up_bytes, context_bytes, redundant_bytes) = (400, 0, 0);
        self.emit(What::Sent { request, session, attempt: 1, arrives, up_bytes, context_bytes, redundant_bytes })
    }

    /// The balancer sends it to an instance.
    pub fn route(
        &mut self,
        session: SessionId,
        request: u64,
        to: InstanceId,
        asked: InstanceId,
        arrives: f64,
    ) -> &mut Self {
        let arrives = Nanos::from_secs(arrives);
        self.emit(What::Routed { request, session, attempt: 1, instance: to, nth: 1, asked, arrives, bytes: 400 })
    }

    /// A worker takes it.
    pub fn start(&mut self, session: SessionId, request: u64, instance: InstanceId) -> &mut Self {
        self.emit(What::Started { request, session, attempt: 1, instance })
    }

    /// The instance replies.
    pub fn reply(
        &mut self,
        session: SessionId,
        request: u64,
        instance: InstanceId,
        status: Status,
        arrives: f64,
    ) -> &mut Self {
        let arrives = Nanos::from_secs(arrives);
        self.emit(What::Replied { request, session, attempt: 1, instance, status, worker: true, arrives, bytes: 900 })
    }

    /// The balancer passes the reply on.
    pub fn give_back(
        &mut self,
        session: SessionId,
        request: u64,
        instance: InstanceId,
        status: Status,
        arrives: f64,
    ) -> &mut Self {
        let arrives = Nanos::from_secs(arrives);
        let wrote = self.scene.clients.row(session).is_some_and(|row| {
            let client = &self.scene.clients.rows()[row as usize];
            self.scene.flight_of(client).is_some_and(|flight| flight.write != 0)
        });
        let context_bytes = if wrote && status == Status::Ok { 500 } else { 0 };
        self.emit(What::Returned {
            request,
            session,
            attempt: 1,
            instance,
            status,
            arrives,
            down_bytes: 900,
            context_bytes,
        })
    }

    /// The user has the reply.
    pub fn end(&mut self, session: SessionId, request: u64, outcome: Outcome) -> &mut Self {
        let (purpose, wait) = (RequestKind::Followup, Wait::Served);
        let (issued, since) = (Nanos::ZERO, Nanos::ZERO);
        self.emit(What::Ended { request, session, outcome, purpose, write: 0, issued, wait, since })
    }

    /// A copy is here now.
    pub fn store(&mut self, session: SessionId, place: Place, writes: u32) -> &mut Self {
        self.emit(What::Stored { session, place, writes, bytes: 57 * writes, login: 1 })
    }

    /// An instance's health changes.
    pub fn health(&mut self, instance: InstanceId, health: Health, incarnation: u32) -> &mut Self {
        self.emit(What::Instance { instance, health, incarnation, until: Nanos::ZERO, workers: 2 })
    }
}

/// Everybody has a cart, and nothing is on the wire.
pub fn quiet(home: Home) -> Script {
    let mut script = Script::new(12, 3, home);
    for (session, &(before, now, instance)) in (0..).zip(&CARTS) {
        script.at(1.0).emit(What::SessionStarted { session, warm: true, writes: before });
        match home {
            Home::Token => {
                let request = 100 + session;
                script.store(session, Place::Client, before).send(session, request, 0, 1.1);
                script.end(session, request, Outcome::Ok).store(session, Place::Client, now);
            }
            _ => {
                script.emit(What::Pinned { session, instance }).store(session, Place::Instance(instance), now);
            }
        }
    }
    script
}

/// 1.3 s after the kill: everything in the picture at once.
pub fn after_the_kill(home: Home) -> Script {
    let [ann, bob, dee, eli, fay, hal, ivy, jon, kim] = [0, 1, 3, 4, 5, 7, 8, 9, 10];
    let mut script = quiet(home);
    let sticky = home != Home::Token;
    let ask = |instance| if sticky { instance } else { 0 };
    script.at(33.0).send(kim, 1, 0, 35.0).at(35.0).route(kim, 1, 2, ask(2), 36.5).at(36.5).start(kim, 1, 2);
    script.at(34.6).send(dee, 2, 0, 36.6).at(36.6).route(dee, 2, 1, ask(1), 38.0).at(38.0).start(dee, 2, 1);
    script.at(35.0).send(bob, 3, 0, 37.0).at(37.0).route(bob, 3, 2, ask(2), 38.3);
    script.at(34.0).send(jon, 4, 0, 36.0).at(36.0).route(jon, 4, 1, ask(1), 37.5).at(37.5).start(jon, 4, 1);
    script.at(34.2).send(fay, 5, 5, 36.2).at(36.2).route(fay, 5, 3, ask(3), 37.0).at(37.0).start(fay, 5, 3);
    script.at(37.8).reply(fay, 5, 3, Status::Ok, 38.5);
    script.at(36.0).send(eli, 6, 0, 38.0).at(38.0).route(eli, 6, 2, ask(2), 38.4);

    script.at(38.1).command(Command::Kill(Target::Instance(2))).health(2, Health::Down, 2);
    if sticky {
        for (session, writes) in [(bob, 5), (eli, 4), (hal, 6), (kim, 4)] {
            script.emit(What::Lost { session, writes, whole: true });
        }
    }
    script.reply(kim, 1, 2, Status::CutOff, 38.4).at(38.4).give_back(kim, 1, 2, Status::CutOff, 40.4);
    for (session, request, hop) in [(bob, 3, 38.35), (eli, 6, 38.9)] {
        script.at(38.3).emit(What::Refused {
            request,
            session,
            attempt: 1,
            instance: 2,
            arrives: Nanos::from_secs(hop),
        });
    }
    script.at(38.35).route(bob, 3, 3, ask(2), 38.4).at(38.4).start(bob, 3, 3);
    let answer = if sticky { Status::Unknown } else { Status::Ok };
    script.at(38.5).reply(bob, 3, 3, answer, 38.6).at(38.6).give_back(bob, 3, 3, answer, 39.8);
    script.at(38.5).give_back(fay, 5, 3, Status::Ok, 40.5);
    script.at(38.5).send(ann, 7, 0, 40.5);
    script.at(38.8).reply(jon, 4, 1, Status::Ok, 40.0);
    script.at(38.9).route(eli, 6, 3, ask(2), 40.4);
    script.at(37.75).send(ivy, 8, 0, 39.75);
    script.at(39.0);
    script
}

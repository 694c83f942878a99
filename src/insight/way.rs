//! Where a request spent its time: pieces without a gap, so they sum to its latency exactly.
//!
//! ```text
//!   Issued   Sent            Routed       Queued  Started          Replied     Returned        Ended
//!     ├connect─┼─to balancer───┼─to instance─┼─queue──┼─worker─────────┼─back────────┼─to client─────┤
//!                                                     └ store, peers ┘
//! ```

use crate::event::{Event, InstanceId, Outcome, RequestId, Seq, What};
use crate::units::Nanos;

/// Where the time went.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Place {
    /// The client waits for a connection.
    Connecting,
    /// From the client to the balancer.
    Up,
    /// At the balancer.
    Balancer,
    /// At the balancer, until an instance has started for it.
    Starting,
    /// From the balancer to the instance.
    Forward,
    /// The refusal on its way to the balancer.
    Bounced,
    /// The request has arrived, and nothing answers.
    Silent,
    /// In the instance's queue.
    Queue,
    /// With a worker.
    Worker,
    /// The worker waits for the store.
    Store,
    /// The worker waits for other instances.
    Peer,
    /// Its instance died; the balancer does not know it yet.
    Cut,
    /// The reply on its way to the balancer.
    Back,
    /// From the balancer to the client.
    Down,
    /// The client waits before its next attempt.
    BackOff,
}

/// A stretch of a request's time in one place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Piece {
    /// Where.
    pub place: Place,
    /// The instance it has to do with; 0 if none.
    pub instance: InstanceId,
    /// In which attempt of the client; 0 before the first.
    pub attempt: u8,
    /// From here on …
    pub from: Nanos,
    /// … until then; later than `from`.
    pub until: Nanos,
}

/// A request's time.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Way {
    /// When it was issued.
    pub issued: Nanos,
    /// When it ended, or the instant of the look while it is open.
    pub until: Nanos,
    /// How it ended, if it did.
    pub outcome: Option<Outcome>,
    /// The pieces, one after the other, from `issued` to `until`.
    pub pieces: Vec<Piece>,
}

impl Way {
    /// The way of a request up to `now`, from events of it (others are passed over); none if its beginning is missing.
    #[must_use]
    pub fn of(request: RequestId, events: &[Event], now: Nanos) -> Option<Self> {
        let mut walk: Option<Walk> = None;
        let (mut until, mut end) = (now, None);
        for event in events {
            match (&event.what, &mut walk) {
                (What::Issued { request: this, .. }, walk) if *this == request => *walk = Some(Walk::new(event.at)),
                (_, None) => {}
                (What::Ended { request: this, outcome, .. }, Some(_)) if *this == request => {
                    (until, end) = (event.at, Some(*outcome));
                    break;
                }
                (_, Some(walk)) => walk.take(request, event),
            }
        }
        let mut walk = walk?;
        walk.pass(until);
        walk.close(until);
        let Walk { issued, pieces, .. } = walk;
        Some(Self { issued, until: until.max(issued), outcome: end, pieces })
    }
}

/// A request on its way: where it is, and where it will be without another event.
#[derive(Debug)]
struct Walk {
    issued: Nanos,
    pieces: Vec<Piece>,
    place: Place,
    instance: InstanceId,
    attempt: u8,
    since: Nanos,
    /// A message arrives then, and the request is there.
    next: Option<(Nanos, Place)>,
    /// Questions to store or peers without an answer.
    asked: u32,
    /// Events of attempts that the client has given up.
    old: Vec<Seq>,
    /// Those of the present one.
    mine: Vec<Seq>,
    given_up: bool,
}

impl Walk {
    const fn new(issued: Nanos) -> Self {
        Self {
            issued,
            pieces: Vec::new(),
            place: Place::Connecting,
            instance: 0,
            attempt: 0,
            since: issued,
            next: None,
            asked: 0,
            old: Vec::new(),
            mine: Vec::new(),
            given_up: false,
        }
    }

    fn close(&mut self, at: Nanos) {
        if at <= self.since {
            return;
        }
        let Self { place, instance, attempt, .. } = *self;
        let (from, until) = (std::mem::replace(&mut self.since, at), at);
        match self.pieces.last_mut() {
            Some(last) if (last.place, last.instance, last.attempt) == (place, instance, attempt) => last.until = until,
            _ => self.pieces.push(Piece { place, instance, attempt, from, until }),
        }
    }

    /// Lets a message arrive that does so by then.
    fn pass(&mut self, at: Nanos) {
        if let Some((when, place)) = self.next.take_if(|(when, _)| *when <= at) {
            self.close(when);
            self.place = place;
        }
    }

    fn go(&mut self, at: Nanos, place: Place, instance: InstanceId, next: Option<(Nanos, Place)>) {
        self.pass(at);
        self.close(at);
        (self.place, self.instance, self.next) = (place, instance, next);
    }

    fn take(&mut self, request: RequestId, event: &Event) {
        let at = event.at;
        match event.what {
            What::Sent { request: this, attempt, arrives, .. } if this == request => {
                self.pass(at);
                self.close(at);
                self.old.append(&mut self.mine);
                (self.attempt, self.given_up, self.asked) = (attempt, false, 0);
                self.go(at, Place::Up, 0, Some((arrives, Place::Balancer)));
            }
            What::TimedOut { request: this, attempt, .. } | What::BackedOff { request: this, attempt, .. }
                if this == request && attempt == self.attempt =>
            {
                self.given_up = true;
                self.go(at, Place::BackOff, 0, None);
            }
            _ if self.given_up => return,
            What::Instance { instance, .. } if instance == self.instance => self.go(at, Place::Cut, instance, None),
            What::Asked { request: this, instance, peer, .. } if this == request && self.works(instance, event) => {
                self.asked += 1;
                self.go(at, if peer == 0 { Place::Store } else { Place::Peer }, instance, None);
            }
            What::Answered { request: this, instance, arrives, .. }
                if this == request && self.works(instance, event) && self.asked > 0 =>
            {
                self.asked -= 1;
                if self.asked == 0 {
                    self.next = Some((arrives, Place::Worker));
                }
            }
            ref what => self.step(request, what, at),
        }
        self.mine.push(event.seq);
    }

    /// A step of the attempt that the client waits for.
    fn step(&mut self, request: RequestId, what: &What, at: Nanos) {
        let mine = |this: RequestId, attempt: u8| this == request && attempt == self.attempt;
        match *what {
            What::Held { request, attempt, instance, .. } if mine(request, attempt) => {
                self.go(at, Place::Starting, instance, None);
            }
            What::Routed { request, attempt, instance, arrives, .. } if mine(request, attempt) => {
                self.go(at, Place::Forward, instance, Some((arrives, Place::Silent)));
            }
            What::Refused { request, attempt, instance, arrives, .. } if mine(request, attempt) => {
                self.go(at, Place::Bounced, instance, Some((arrives, Place::Balancer)));
            }
            What::Queued { request, attempt, instance, .. } if mine(request, attempt) => {
                self.go(at, Place::Queue, instance, None);
            }
            What::Started { request, attempt, instance, .. } if mine(request, attempt) => {
                self.go(at, Place::Worker, instance, None);
            }
            What::Replied { request, attempt, instance, arrives, .. } if mine(request, attempt) => {
                self.go(at, Place::Back, instance, Some((arrives, Place::Balancer)));
            }
            What::Returned { request, attempt, instance, .. } if mine(request, attempt) => {
                self.go(at, Place::Down, instance, None);
            }
            _ => {}
        }
    }

    /// Whether a question or an answer, which bear no attempt, belong to the one that is waited for.
    fn works(&self, instance: InstanceId, event: &Event) -> bool {
        instance == self.instance
            && matches!(self.place, Place::Worker | Place::Store | Place::Peer)
            && !self.old.contains(&event.cause)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::{Experiment, Journal};
    use crate::insight::{Chosen, Look, Sight};
    use crate::scenario::{Home, Scenario};
    use std::sync::Arc;

    fn journal(scenario: &str, set: &[&str], home: Home, commands: &[(f64, &str)], until: f64) -> (Journal, Nanos) {
        let mut scenario = Scenario::load(scenario).unwrap();
        for assignment in set {
            scenario.set(assignment).unwrap();
        }
        let mut experiment = Experiment::new(Arc::new(scenario), &[home]);
        for &(at, command) in commands {
            experiment.run_until(Nanos::from_secs(at));
            experiment.command(command.parse().unwrap()).unwrap();
        }
        experiment.run_until(Nanos::from_secs(until));
        (experiment.arms()[0].journal.clone(), experiment.now())
    }

    /// Every way in a journal, checked: no gap, no overlap, and the sum is the latency.
    fn ways(journal: &Journal, now: Nanos) -> Vec<Way> {
        let mut all = Vec::new();
        for event in journal.iter() {
            let What::Issued { request, .. } = event.what else { continue };
            let chosen = Chosen { of: None, request: Some(request) };
            let sight = Sight::of(journal, Look::Request(chosen), now);
            let way = Way::of(request, &sight.events, now).unwrap();
            let sum: u64 = way.pieces.iter().map(|piece| (piece.until - piece.from).0).sum();
            assert_eq!(sum, (way.until - way.issued).0, "{way:?}");
            assert!(way.pieces.iter().all(|piece| piece.from < piece.until));
            assert!(way.pieces.windows(2).all(|pair| pair[0].until == pair[1].from), "{way:?}");
            let end = sight.events.iter().find_map(|event| match event.what {
                What::Ended { request: this, issued, .. } if this == request => Some(event.at - issued),
                _ => None,
            });
            assert_eq!(end.is_some(), way.outcome.is_some());
            assert!(end.is_none_or(|latency| latency.0 == sum), "{way:?}");
            all.push(way);
        }
        all
    }

    fn places(ways: &[Way]) -> Vec<Place> {
        ways.iter().flat_map(|way| way.pieces.iter().map(|piece| piece.place)).collect()
    }

    #[test]
    fn the_pieces_sum_to_the_latency_in_every_home_through_every_trouble() {
        let commands = [(22.0, "kill 2"), (26.0, "hang 1"), (40.0, "restart 1"), (41.0, "restart 2")];
        for home in Home::ALL {
            let set = ["client.retries=2", "client.timeout_ms=9000"];
            let (journal, now) = journal("classroom", &set, home, &commands, 70.0);
            let ways = ways(&journal, now);
            assert!(ways.len() > 30, "{home:?}: {}", ways.len());
            let places = places(&ways);
            for place in [Place::Up, Place::Forward, Place::Worker, Place::Back, Place::Down, Place::BackOff] {
                assert!(places.contains(&place), "{home:?} never {place:?}");
            }
            assert_eq!(places.contains(&Place::Store), home == Home::Store, "{home:?}");
            assert!(home == Home::ReplicateAll || places.contains(&Place::Peer) == (home == Home::ReplicateBackup));
        }
    }

    #[test]
    fn what_is_rare_has_a_place_of_its_own() {
        let (chat, now) = journal("chat", &[], Home::Sticky, &[(1.0, "kill 2")], 2.0);
        assert!(places(&ways(&chat, now)).contains(&Place::Up));
        let (functions, now) = journal("serverless", &[], Home::Store, &[], 901.0);
        assert!(places(&ways(&functions, now)).contains(&Place::Starting));
        let (cut, now) = journal("classroom", &["workload.service_ms=60"], Home::Sticky, &[(22.0, "kill 2")], 30.0);
        let places = places(&ways(&cut, now));
        assert!(places.contains(&Place::Bounced) && places.contains(&Place::Queue), "{places:?}");
    }

    /// By hand: 1 ms up, 1 ms to the instance, 5 ms with a worker, of which 2 ms for the store, 1 ms back, 1 ms down.
    #[test]
    fn a_way_by_hand() {
        use crate::event::{Ask, RequestKind, Status, Wait};
        let (request, session, attempt, instance) = (9, 4, 1, 2);
        let ms = |ms: u64| Nanos(ms * 1_000_000);
        let (bytes, ask, peer) = (0, Ask::Get, 0);
        let ended = What::Ended {
            request,
            session,
            outcome: Outcome::Ok,
            purpose: RequestKind::Followup,
            write: 0,
            issued: ms(0),
            wait: Wait::Served,
            since: ms(0),
        };
        let whats = [
            (0, What::Issued { request, session, ordinal: 1, purpose: RequestKind::Followup, write: 0 }),
            (
                0,
                What::Sent {
                    request,
                    session,
                    attempt,
                    arrives: ms(1),
                    up_bytes: 0,
                    context_bytes: 0,
                    redundant_bytes: 0,
                },
            ),
            (1, What::Routed { request, session, attempt, instance, nth: 1, asked: 0, arrives: ms(2), bytes }),
            (2, What::Started { request, session, attempt, instance }),
            (3, What::Asked { request, session, ask, instance, peer, arrives: ms(4), bytes }),
            (4, What::Answered { request, session, ask, instance, peer, arrives: ms(5), bytes }),
            (
                7,
                What::Replied {
                    request,
                    session,
                    attempt,
                    instance,
                    status: Status::Ok,
                    worker: true,
                    arrives: ms(8),
                    bytes,
                },
            ),
            (
                8,
                What::Returned {
                    request,
                    session,
                    attempt,
                    instance,
                    status: Status::Ok,
                    arrives: ms(9),
                    down_bytes: 0,
                    context_bytes: 0,
                },
            ),
            (9, ended),
        ];
        let events: Vec<Event> = (1..)
            .zip(whats)
            .map(|(seq, (at, what))| Event { at: ms(at), seq, cause: seq - 1, root: 0, what })
            .collect();
        let pieces = |way: Way| -> Vec<(Place, u64)> {
            way.pieces.iter().map(|piece| (piece.place, (piece.until - piece.from).0 / 1_000_000)).collect()
        };
        let (up, forward, back, down) = ((Place::Up, 1), (Place::Forward, 1), (Place::Back, 1), (Place::Down, 1));
        let inside = [(Place::Worker, 1), (Place::Store, 2), (Place::Worker, 2)];
        let whole = [&[up, forward][..], &inside, &[back, down]].concat();
        assert_eq!(pieces(Way::of(request, &events, ms(50)).unwrap()), whole);
        let open = Way::of(request, &events[..6], ms(6)).unwrap();
        assert_eq!(
            (open.outcome, pieces(open)),
            (None, vec![up, forward, (Place::Worker, 1), (Place::Store, 2), (Place::Worker, 1)])
        );
        assert_eq!(Way::of(request, &events[1..], ms(9)), None, "without its beginning nothing is said");
    }
}

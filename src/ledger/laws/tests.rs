use super::*;
use crate::event::{Evidence, Leave, Outcome, RequestKind, SessionId, Wait, Work};

/// Says one thing after the other, a nanosecond apart.
struct Teller {
    laws: Laws,
    seq: u64,
}

impl Teller {
    fn new() -> Self {
        let mut teller = Self { laws: Laws::new(&Scenario::default()), seq: 0 };
        teller.say(What::Instance { instance: 1, health: Health::Up, incarnation: 1, until: Nanos::ZERO, workers: 1 });
        teller.say(What::Believed { instance: 1, up: true, evidence: Evidence::Told });
        teller.say(What::SessionStarted { session: 7, warm: false, writes: 0 });
        teller
    }

    fn say(&mut self, what: What) -> Event {
        self.seq += 1;
        let event = Event { at: Nanos(self.seq), seq: self.seq, cause: 0, root: 0, what };
        self.laws.take(&event);
        event
    }

    fn steps(&mut self, upto: usize) {
        let (request, session, attempt, instance, arrives) = (1, 7, 1, 1, Nanos(99));
        let purpose = RequestKind::Login;
        let (status, worker) = (Status::Ok, true);
        let life = [
            What::Issued { request, session, ordinal: 0, purpose, write: 0 },
            sent(request, session, attempt),
            What::Routed { request, session, attempt, instance, nth: 1, asked: 0, arrives, bytes: 9 },
            What::Started { request, session, attempt, instance },
            What::Replied { request, session, attempt, instance, status, worker, arrives, bytes: 9 },
            What::Returned { request, session, attempt, instance, status, arrives, down_bytes: 9, context_bytes: 0 },
            ended(),
        ];
        life.into_iter().take(upto).for_each(|what| _ = self.say(what));
    }

    fn law(&self) -> Option<&'static str> {
        self.laws.verdict().err().map(|broken| broken.law)
    }
}

/// An attempt leaves its client, with nothing but itself.
fn sent(request: RequestId, session: SessionId, attempt: u8) -> What {
    let arrives = Nanos(99);
    What::Sent { request, session, attempt, arrives, up_bytes: 9, context_bytes: 0, redundant_bytes: 0 }
}

fn ended() -> What {
    let purpose = RequestKind::Login;
    let (issued, since) = (Nanos(4), Nanos(4));
    What::Ended { request: 1, session: 7, outcome: Outcome::Ok, purpose, write: 0, issued, wait: Wait::Served, since }
}

/// A life up to some step, and then something that must not be.
fn after(steps: usize, what: What) -> Option<&'static str> {
    let mut teller = Teller::new();
    teller.steps(steps);
    assert_eq!(teller.law(), None);
    teller.say(what);
    teller.law()
}

#[test]
fn a_life_in_order_breaks_nothing() {
    let mut teller = Teller::new();
    for steps in [Place::Client, Place::Balancer, Place::Routed, Place::Worker, Place::Back, Place::Returned] {
        let mut teller = Teller::new();
        let upto = [1, 0, 2, 3, 0, 4, 5, 6, 0][steps as usize];
        teller.steps(upto);
        assert_eq!((teller.laws.places()[steps as usize], teller.law()), (1, None), "{steps:?}");
    }
    teller.steps(7);
    assert_eq!((teller.laws.places(), teller.law()), ([0; PLACES], None));
}

#[test]
fn whoever_breaks_a_law_is_named() {
    let (request, session, attempt, instance, arrives) = (1, 7, 1, 1, Nanos(99));
    let late = What::Late { request, session, attempt };
    let routed = What::Routed { request, session, attempt, instance, nth: 1, asked: 0, arrives, bytes: 9 };
    assert!(after(7, ended()).unwrap().starts_with("a request ends exactly once"));
    assert!(after(4, ended()).unwrap().starts_with("a request ends exactly once"));
    assert!(after(6, late).unwrap().starts_with("a late reply"));
    assert!(after(7, late).unwrap().starts_with("a late reply"));
    assert!(after(4, What::Started { request, session, attempt, instance }).unwrap().contains("so many workers"));
    assert!(after(6, What::TimedOut { request, session, attempt: 3 }).unwrap().starts_with("only who waits"));
    let (held, queued) = (
        What::Held { request, session, attempt, instance },
        What::Queued { request, session, attempt, instance, depth: 1 },
    );
    for back in [held, queued, routed] {
        assert!(after(4, back).unwrap().starts_with("a request goes from place to place"), "{back:?}");
    }
    assert!(
        after(4, What::BackedOff { request, session, attempt, until: arrives }).unwrap().starts_with("who backs off")
    );
    assert!(after(2, sent(request, session, 2)).unwrap().starts_with("an attempt is sent by a client"));
    assert!(after(1, What::TimedOut { request, session, attempt: 3 }).unwrap().starts_with("only who waits"));
    let (status, worker) = (Status::Ok, true);
    let replied = What::Replied { request, session, attempt, instance, status, worker, arrives, bytes: 9 };
    assert!(after(3, replied).unwrap().starts_with("a worker that replies was at work"));

    let mut teller = Teller::new();
    teller.steps(2);
    teller.say(What::Believed { instance, up: false, evidence: Evidence::Checks });
    teller.say(routed);
    assert!(teller.law().unwrap().starts_with("the balancer picks nobody"));

    let mut teller = Teller::new();
    teller.steps(3);
    teller.say(What::Instance { instance, health: Health::Down, incarnation: 2, until: Nanos::ZERO, workers: 1 });
    teller.say(What::Started { request, session, attempt, instance });
    assert!(teller.law().unwrap().starts_with("nothing happens on a dead"));

    let mut teller = Teller::new();
    teller.say(What::SessionLeft { session, how: Leave::Completed });
    assert_eq!(teller.law(), None);
    teller.say(What::SessionLeft { session, how: Leave::Completed });
    assert!(teller.law().unwrap().starts_with("sessions"));

    let left = What::SessionLeft { session, how: Leave::Completed };
    for (at, seq, cause) in [(1, 4, 0), (4, 5, 0), (4, 4, 4)] {
        let mut teller = Teller::new();
        teller.laws.take(&Event { at: Nanos(at), seq, cause, root: 0, what: left });
        let broken = teller.laws.verdict().unwrap_err().to_string();
        let says = format!("event {seq} at {} breaks a law of the model: time runs forward", Nanos(at));
        assert!(broken.starts_with(&says), "{broken}");
    }
}

/// Whoever was refused knocks again at the same door, if the balancer may not go to another.
#[test]
fn a_balancer_that_does_not_redispatch_may_knock_again() {
    let legal = |on: &[bool], nth: u8| {
        let mut teller = Teller::new();
        teller.steps(2);
        teller.say(What::Believed { instance: 1, up: false, evidence: Evidence::Checks });
        for &on in on {
            teller.say(What::Commanded { command: crate::command::Command::Redispatch(on) });
        }
        let (request, session, attempt, instance, arrives) = (1, 7, 1, 1, Nanos(99));
        teller.say(What::Routed { request, session, attempt, instance, nth, asked: 0, arrives, bytes: 9 });
        teller.law().is_none()
    };
    assert!(legal(&[false], 2) && legal(&[false], 3));
    assert!(!legal(&[false], 1) && !legal(&[], 2) && !legal(&[false, true], 2));
}

#[test]
fn each_instance_has_its_own_workers() {
    let mut teller = Teller::new();
    let up =
        |instance, workers| What::Instance { instance, health: Health::Up, incarnation: 1, until: Nanos(0), workers };
    teller.say(up(1, 1));
    teller.say(up(2, 2));
    teller.say(What::Believed { instance: 2, up: true, evidence: Evidence::Told });
    let (session, attempt, instance, arrives, purpose) = (7, 1, 2, Nanos(99), RequestKind::Login);
    for request in 1..=3 {
        assert_eq!(teller.law(), None);
        teller.say(What::Issued { request, session, ordinal: 0, purpose, write: 0 });
        teller.say(sent(request, session, attempt));
        teller.say(What::Routed { request, session, attempt, instance, nth: 1, asked: 0, arrives, bytes: 9 });
        teller.say(What::Started { request, session, attempt, instance });
    }
    assert!(teller.law().unwrap().contains("so many workers"));
}

#[test]
fn a_ledger_that_counts_otherwise_is_found_out() {
    let (mut teller, mut ledger) = (Teller::new(), crate::ledger::Ledger::new());
    let (session, attempt, wait) = (7, 1, Wait::Open);
    ledger.take(&teller.say(What::SessionStarted { session: 8, warm: false, writes: 0 }));
    ledger.take(&Event {
        at: Nanos(3),
        seq: 3,
        cause: 0,
        root: 0,
        what: What::SessionStarted { session, warm: false, writes: 0 },
    });
    use RequestKind::{Followup, Login, Logout, Replay};
    let all = [
        (Login, Outcome::Ok),
        (Followup, Outcome::Ok),
        (Followup, Outcome::Ok),
        (Logout, Outcome::Ok),
        (Replay, Outcome::Ok),
        (Replay, Outcome::Ok),
        (Replay, Outcome::Ok),
        (Replay, Outcome::Lost),
        (Replay, Outcome::Timeout),
    ];
    for (request, (purpose, outcome)) in (1..).zip(all) {
        let issued = teller.say(What::Issued { request, session, ordinal: 0, purpose, write: 0 });
        ledger.take(&issued);
        ledger.take(&teller.say(sent(request, session, attempt)));
        ledger.take(&teller.say(What::TimedOut { request, session, attempt }));
        let (issued, write) = (issued.at, 0);
        let what = What::Ended { request, session, outcome, purpose, write, issued, wait, since: issued };
        ledger.take(&teller.say(what));
        assert_eq!(teller.laws.agree(&ledger), Ok(()), "{purpose:?} {outcome:?}");
    }
    teller.say(What::Issued { request: 99, session, ordinal: 0, purpose: Followup, write: 0 });
    assert!(teller.laws.agree(&ledger).unwrap_err().law.starts_with("every figure"));
}

#[test]
fn what_was_given_up_may_come_late_once() {
    let (request, session, attempt) = (1, 7, 1);
    let mut teller = Teller::new();
    teller.steps(6);
    teller.say(What::TimedOut { request, session, attempt });
    teller.say(ended());
    teller.say(What::Late { request, session, attempt });
    assert_eq!(teller.law(), None);
    teller.say(What::Late { request, session, attempt });
    assert!(teller.law().unwrap().starts_with("a late reply"));

    // What others gave up does not make a reply late that is waited for.
    let mut teller = Teller::new();
    teller.steps(2);
    teller.say(What::TimedOut { request, session, attempt });
    let (other, purpose) = (2, RequestKind::Login);
    teller.say(What::Issued { request: other, session, ordinal: 0, purpose, write: 0 });
    teller.say(sent(other, session, attempt));
    assert_eq!(teller.law(), None);
    teller.say(What::Late { request: other, session, attempt });
    assert!(teller.law().unwrap().starts_with("a late reply"));

    // It is over, and does not go on either.
    let mut teller = Teller::new();
    teller.steps(2);
    teller.say(What::TimedOut { request, session, attempt });
    teller.say(What::Late { request, session, attempt });
    assert_eq!(teller.law(), None);
    teller.say(What::Held { request, session, attempt, instance: 1 });
    assert!(teller.law().unwrap().starts_with("what goes on after its client gave it up"));
}

/// Whoever waits for a connection gives up what was never sent; whoever backs off sends the next attempt, not the same.
#[test]
fn attempts_follow_one_another() {
    let (request, session, arrives) = (1, 7, Nanos(99));
    let after_back_off = |attempt| {
        let mut teller = Teller::new();
        teller.steps(1);
        teller.say(What::TimedOut { request, session, attempt: 1 });
        teller.say(What::BackedOff { request, session, attempt: 1, until: arrives });
        assert_eq!(teller.law(), None);
        teller.say(sent(request, session, attempt));
        teller.law()
    };
    assert!(after_back_off(2).is_none() && after_back_off(1).unwrap().starts_with("an attempt is sent by a client"));
}

#[test]
fn requests_that_share_a_slot_part() {
    let mut ring = Ring::new();
    let all = [1, 2, 65, 129, 1 << 20 | 1];
    all.into_iter().for_each(|request| ring.issue(request));
    assert_eq!(ring.counts()[Place::Client as usize], 5);
    assert_eq!(all.map(|request| ring.find(request).map(|open| open.request)), all.map(Some));
    assert!(ring.find(3).is_none() && ring.find(257).is_none());
}

/// What a worker does for no request keeps the same laws as what it does for one.
#[test]
fn nobody_is_occupied_beyond_the_laws() {
    let (instance, workers, until) = (1, 1, Nanos::ZERO);
    let occupied = |begun| What::Occupied { instance, work: Work::Apply, begun };
    let (begins, ends) = (occupied(true), occupied(false));
    let becomes = |health| What::Instance { instance, health, incarnation: 2, until, workers };
    let (down, up) = (becomes(Health::Down), becomes(Health::Up));
    for (said, law) in [
        (&[begins, ends, begins][..], None),
        (&[begins, begins], Some("an instance has so many workers and no more")),
        (&[begins, ends, ends], Some("what a worker is done with it had begun")),
        (&[begins, down, up, ends], Some("what a worker is done with it had begun")),
        (&[down, begins], Some("nothing happens on a dead instance")),
    ] {
        let mut teller = Teller::new();
        said.iter().for_each(|&what| _ = teller.say(what));
        assert_eq!(teller.law(), law, "{said:?}");
    }
}

use super::*;
use crate::event::{Evidence, Leave, Outcome, RequestKind, Wait};

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

    fn say(&mut self, what: What) {
        self.seq += 1;
        let event = Event { at: Nanos(self.seq), seq: self.seq, cause: 0, root: 0, what };
        self.laws.take(&event);
    }

    fn steps(&mut self, upto: usize) {
        let (request, session, attempt, instance, arrives) = (1, 7, 1, 1, Nanos(99));
        let purpose = RequestKind::Login;
        let (status, worker) = (Status::Ok, true);
        let life = [
            What::Issued { request, session, ordinal: 0, purpose, write: 0 },
            What::Sent { request, session, attempt, arrives, up_bytes: 9, context_bytes: 0, redundant_bytes: 0 },
            What::Routed { request, session, attempt, instance, nth: 1, asked: 0, arrives, bytes: 9 },
            What::Started { request, session, attempt, instance },
            What::Replied { request, session, attempt, instance, status, worker, arrives, bytes: 9 },
            What::Returned { request, session, attempt, instance, status, arrives, down_bytes: 9, context_bytes: 0 },
            ended(),
        ];
        life.into_iter().take(upto).for_each(|what| self.say(what));
    }

    fn law(&self) -> Option<&'static str> {
        self.laws.verdict().err().map(|broken| broken.law)
    }
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
    assert!(after(4, routed).unwrap().starts_with("a request goes from place to place"));
    assert!(after(4, What::Started { request, session, attempt, instance }).unwrap().contains("so many workers"));
    assert!(after(6, What::TimedOut { request, session, attempt: 3 }).unwrap().starts_with("only who waits"));

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
    teller.say(What::SessionLeft { session, how: Leave::Completed });
    assert!(teller.law().unwrap().starts_with("sessions"));

    let mut teller = Teller::new();
    teller.laws.take(&Event { at: Nanos(1), seq: 4, cause: 0, root: 0, what: late });
    assert!(teller.law().unwrap().starts_with("time runs forward"));
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
}

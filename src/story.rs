//! The run as short sentences, newest last: what a bystander would call out.
//!
//! ```text
//!   38.1 you killed 2: 4 carts gone
//!   38.7 kim 502: died inside 2
//!   39.0 eli 2 refused, sent to 3
//!   └at  └who └fact, at most 23 characters
//! ```
//!
//! With many users nobody could read what each of them does; then only what concerns everybody is told.

use crate::command::Command;
use crate::event::{
    Event, Evidence, Health, InstanceId, Leave, Outcome, Place, RequestId, RequestKind, Seq, SessionId, Sink, Status,
    What,
};
use crate::scenario::{Home, Population, Scenario};
use crate::scene::{begins_empty, most_items};
use crate::text::plural;
use crate::units::Nanos;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// The longest fact.
pub const FACT_WIDTH: usize = 23;
/// So many lines are kept.
const MOST_LINES: usize = 64;
/// Up to so many users are told one by one.
const MOST_USERS: u32 = 24;

/// Whom a line is about.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Who {
    /// Whoever gave this command: the learner, or the scenario.
    Giver(Command),
    /// The user of a visit.
    User(SessionId),
    /// An instance.
    Instance(InstanceId),
    /// The session store.
    Store,
    /// The balancer: what it believes, whatever is true.
    Balancer,
}

/// How a line is meant.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Tone {
    /// It goes on.
    Usual,
    /// Something to notice.
    Notable,
    /// Something failed or is gone.
    Bad,
}

/// One sentence.
#[derive(Clone, PartialEq, Debug)]
pub struct Line {
    /// When.
    pub at: Nanos,
    /// Whom it is about.
    pub who: Who,
    /// What happened, in at most [`FACT_WIDTH`] characters.
    pub fact: String,
    /// How it is meant.
    pub tone: Tone,
    /// The event it tells.
    pub seq: Seq,
}

/// The newest sentences of a run.
#[derive(Clone, Debug)]
pub struct Story {
    noun: String,
    /// What a copied credential is.
    credential: &'static str,
    each_user: bool,
    begins_empty: bool,
    /// A state has no more items than this, however much was written.
    most_items: u32,
    has_store: bool,
    lines: VecDeque<Line>,
    /// The newest login that left a user's state in each instance, and how many writes that holds; 0: with its user, or in the
    /// store (only where each user is told).
    sizes: BTreeMap<(SessionId, InstanceId), (u32, u32)>,
    /// Requests that were turned away and look for another instance.
    turned_away: BTreeMap<RequestId, InstanceId>,
    /// Where each open request is served.
    served_by: BTreeMap<RequestId, InstanceId>,
    /// Open requests whose newest reply is that the store did not answer.
    unanswered: BTreeSet<RequestId>,
    /// Whose whole states were lost by each command that has a line.
    lost: BTreeMap<Seq, BTreeSet<SessionId>>,
}

impl Story {
    /// Nothing has happened yet.
    #[must_use]
    pub fn new(scenario: &Scenario, home: Home) -> Self {
        let each_user = matches!(scenario.workload.population, Population::Users(users) if users <= MOST_USERS);
        Self {
            noun: scenario.noun.clone(),
            credential: if home == Home::Token { "token" } else { "cookie" },
            each_user,
            begins_empty: begins_empty(scenario),
            most_items: most_items(scenario),
            has_store: scenario.has_store(home),
            lines: VecDeque::new(),
            sizes: BTreeMap::new(),
            turned_away: BTreeMap::new(),
            served_by: BTreeMap::new(),
            unanswered: BTreeSet::new(),
            lost: BTreeMap::new(),
        }
    }

    /// The newest lines, oldest first.
    #[must_use]
    pub const fn lines(&self) -> &VecDeque<Line> {
        &self.lines
    }

    fn tell(&mut self, event: &Event, who: Who, tone: Tone, fact: impl Into<String>) {
        if self.lines.len() == MOST_LINES {
            // What is usual takes no more than its half: what is not is told for longer where time runs fast.
            let usual = |line: &Line| line.tone == Tone::Usual;
            let many = self.lines.iter().filter(|&line| usual(line)).count() > MOST_LINES / 2;
            let oldest = self.lines.iter().position(|line| usual(line) == many);
            if let Some(line) = self.lines.remove(oldest.unwrap_or(0)) {
                self.lost.remove(&line.seq);
            }
        }
        let fact = fact.into();
        debug_assert!(fact.chars().count() <= FACT_WIDTH, "too long for the log: {fact}");
        self.lines.push_back(Line { at: event.at, who, fact, tone, seq: event.seq });
    }

    fn user(&mut self, event: &Event, session: SessionId, tone: Tone, fact: impl Into<String>) {
        if self.each_user {
            self.tell(event, Who::User(session), tone, fact);
        }
    }

    /// A whole state is gone: the line of the command that did it counts.
    fn count_loss(&mut self, event: &Event, session: SessionId) {
        if event.root == 0 {
            return;
        }
        if let Some(line) = self.lines.iter_mut().rev().find(|line| line.seq == event.root) {
            let Who::Giver(command) = line.who else { return };
            let lost = self.lost.entry(event.root).or_default();
            lost.insert(session);
            let count = lost.len() as u32;
            let (done, nouns) = (past(command), plural(&self.noun, count));
            line.fact = shortened([
                format!("{done}: {count} {nouns} gone"),
                format!("{done}: {count} gone"),
                format!("{command}: {count} gone"),
                format!("{count} {nouns} gone"),
                format!("{count} gone"),
            ]);
            line.tone = Tone::Bad;
        }
    }

    fn ended(
        &mut self,
        event: &Event,
        request: RequestId,
        session: SessionId,
        outcome: Outcome,
        purpose: RequestKind,
        write: u32,
    ) {
        let by = self.served_by.remove(&request).unwrap_or(0);
        self.turned_away.remove(&request);
        let unanswered = self.unanswered.remove(&request);
        if purpose == RequestKind::Replay {
            return self.replayed(event, session, outcome);
        }
        if !self.each_user && purpose != RequestKind::Logout {
            return;
        }
        // As it is where it was served: a copy elsewhere may be behind.
        let size = [by, 0].iter().find_map(|&place| self.sizes.get(&(session, place)));
        let size = size.map_or(write, |&(_, writes)| writes).min(self.most_items);
        let (tone, fact) = match (outcome, purpose) {
            (Outcome::Ok, RequestKind::Login) => (Tone::Usual, "logged in".into()),
            (Outcome::Ok | Outcome::Stale, RequestKind::Logout) => (Tone::Notable, "logged out".into()),
            (Outcome::Ok, RequestKind::Relogin) => (Tone::Notable, self.of_state("logged in anew, ", " 0")),
            (Outcome::Ok, _) if write > 0 => (Tone::Usual, self.of_state("added one, ", &format!(" {size}"))),
            (Outcome::Ok, _) => (Tone::Usual, self.of_state("read the ", "")),
            (Outcome::Stale, _) => (Tone::Notable, self.of_state("got an old ", "")),
            (Outcome::Lost, _) if by == 0 => (Tone::Bad, self.of_state("401: ", " unknown")),
            (Outcome::Lost, _) => (Tone::Bad, format!("401: unknown at {by}")),
            (Outcome::Refused, _) if unanswered => (Tone::Bad, "503: store silent".into()),
            (Outcome::Refused, _) => (Tone::Bad, "503: nobody took it".into()),
            (Outcome::Died, _) => (Tone::Bad, format!("502: died inside {by}")),
            (Outcome::Timeout, _) => (Tone::Bad, "gave up waiting".into()),
            (Outcome::Overload, _) if by == 0 => (Tone::Bad, "503: no instance free".into()),
            (Outcome::Overload, _) => {
                (Tone::Bad, shortened([format!("503: queue of {by} full"), format!("503: queue {by} full")]))
            }
            (Outcome::TooLarge, _) => (Tone::Bad, "431: token too large".into()),
        };
        self.tell(event, Who::User(session), tone, fact);
    }

    /// A sentence with what a state is called, or with `state` where that is too long.
    fn of_state(&self, before: &str, after: &str) -> String {
        let named = |noun: &str| format!("{before}{noun}{after}");
        let room = FACT_WIDTH.saturating_sub(named("").chars().count());
        let short: String = "state".chars().take(room).collect();
        shortened([named(&self.noun), named(&short)])
    }

    /// The line is about the owner, whose name is on it.
    fn replayed(&mut self, event: &Event, session: SessionId, outcome: Outcome) {
        let (tone, answer) = match outcome {
            Outcome::Ok => (Tone::Bad, "200"),
            Outcome::Stale => (Tone::Bad, "200, old"),
            Outcome::Lost => (Tone::Notable, "401"),
            Outcome::TooLarge => (Tone::Notable, "431"),
            Outcome::Died => (Tone::Notable, "502"),
            Outcome::Refused | Outcome::Overload => (Tone::Notable, "503"),
            Outcome::Timeout => (Tone::Notable, "silence"),
        };
        let fact = format!("copied {}: {answer}", self.credential);
        self.tell(event, Who::User(session), tone, fact);
    }

    fn instance(&mut self, event: &Event, instance: InstanceId, health: Health, until: Nanos) {
        let (tone, fact) = match health {
            Health::Starting => {
                let tenths = (until.since(event.at).secs() * 10.0).round();
                (Tone::Notable, format!("starts, {} s", tenths / 10.0))
            }
            Health::Up => (Tone::Notable, "is up".into()),
            Health::Draining => (Tone::Notable, "drains".into()),
            Health::Hung => (Tone::Bad, "hangs".into()),
            Health::Down => (Tone::Bad, "is down".into()),
            Health::Removed => (Tone::Notable, "is removed".into()),
        };
        // The first instances are there from the beginning: no news.
        if event.at > Nanos::ZERO && !(health == Health::Down && self.tells_of_kill(event)) {
            self.tell(event, Who::Instance(instance), tone, fact);
        }
    }

    /// Whether the line of a kill says all that this event does: it ends a process at once.
    fn tells_of_kill(&self, event: &Event) -> bool {
        let killed = |line: &Line| line.seq == event.cause && matches!(line.who, Who::Giver(Command::Kill(_)));
        self.lines.iter().rev().take_while(|line| line.at == event.at).any(killed)
    }
}

/// What was done, in the past.
fn past(command: Command) -> String {
    match command {
        Command::Kill(target) => format!("killed {target}"),
        Command::Hang(target) => format!("hung {target}"),
        Command::Slow(target, factor) => format!("slowed {target} x{factor}"),
        Command::Restart(target) => format!("restarted {target}"),
        Command::Drain(id) => format!("drain {id}"),
        Command::Add => "added an instance".into(),
        Command::Remove => "removed an instance".into(),
        Command::Scale(count) => format!("scaled to {count}"),
        Command::Deploy => "deploy".into(),
        Command::Partition(id) => format!("cut {id} off"),
        Command::Heal => "healed everything".into(),
        Command::Burst { factor, .. } => format!("burst x{factor}"),
        Command::Policy(policy) => policy.id().into(),
        Command::Redispatch(on) => format!("redispatch {}", if on { "on" } else { "off" }),
        Command::Logout(user) => format!("told {user} to log out"),
        Command::Replay { user, old: false } => format!("replayed {user}"),
        Command::Replay { user, old: true } => format!("replayed {user}, old"),
    }
}

/// The first of these that fits; of the last, what fits.
fn shortened<const FORMS: usize>(facts: [String; FORMS]) -> String {
    let fits = facts.iter().position(|fact| fact.chars().count() <= FACT_WIDTH);
    clip(&facts[fits.unwrap_or(FORMS - 1)])
}

fn clip(text: &str) -> String {
    text.chars().take(FACT_WIDTH).collect()
}

impl Sink for Story {
    fn take(&mut self, event: &Event) {
        match event.what {
            What::Commanded { command } if command.misses_store(self.has_store) => {
                let giver = Who::Giver(command);
                let command = command.to_string();
                let verb = command.split(' ').next().unwrap_or_default();
                self.tell(event, giver, Tone::Notable, format!("{verb}: no store here"));
            }
            What::Commanded { command } => {
                self.tell(event, Who::Giver(command), Tone::Notable, clip(&past(command)));
            }
            What::Rejected { command } => {
                let head: String = command.to_string().chars().take(11).collect();
                self.tell(event, Who::Giver(command), Tone::Bad, format!("{head}: impossible"));
            }
            What::Lost { session, whole, writes } => {
                if whole {
                    self.count_loss(event, session);
                }
                if event.root == 0 {
                    let empty = if whole && writes == 0 && self.begins_empty { "empty " } else { "" };
                    self.user(event, session, Tone::Bad, self.of_state(empty, " is lost"));
                }
            }
            What::SessionStarted { session, warm: false, .. } => self.user(event, session, Tone::Usual, "came"),
            What::SessionLeft { session, how } => {
                self.sizes.retain(|&(of, _), _| of != session);
                let (tone, fact) = match how {
                    Leave::Completed | Leave::LoggedOut => (Tone::Usual, "left"),
                    Leave::Abandoned => (Tone::Bad, "left, had enough"),
                };
                self.user(event, session, tone, fact);
            }
            What::Stored { session, place, writes, login, .. } if self.each_user => {
                let place = match place {
                    Place::Instance(id) => id,
                    Place::Client | Place::Store => 0,
                    Place::Replica | Place::Disk => return,
                };
                // What a late login leaves is nobody's.
                let (newest, size) = self.sizes.entry((session, place)).or_default();
                if login >= *newest {
                    (*newest, *size) = (login, writes);
                }
            }
            What::Refused { request, instance, .. } if self.each_user => {
                self.turned_away.insert(request, instance);
            }
            What::Routed { request, session, instance, .. } if self.each_user => {
                self.served_by.insert(request, instance);
                if let Some(by) = self.turned_away.remove(&request) {
                    let fact = match by == instance {
                        true => [format!("{by} refused, sent again"), format!("{by}: sent again")],
                        false => [format!("{by} refused, sent to {instance}"), format!("{by} to {instance} instead")],
                    };
                    self.tell(event, Who::User(session), Tone::Notable, shortened(fact));
                }
            }
            What::Returned { request, status, .. } if self.each_user => match status {
                Status::StoreUnavailable => drop(self.unanswered.insert(request)),
                _ => drop(self.unanswered.remove(&request)),
            },
            What::Ended { request, session, outcome, purpose, write, .. } => {
                self.ended(event, request, session, outcome, purpose, write);
            }
            What::Instance { instance, health, until, .. } => self.instance(event, instance, health, until),
            What::Believed { instance, up, evidence } if evidence != Evidence::Told => {
                let health = if up { "up" } else { "down" };
                self.tell(event, Who::Balancer, Tone::Notable, format!("balancer: {instance} is {health}"));
            }
            What::Store { health: Health::Down, .. } if self.tells_of_kill(event) => {}
            What::Store { health, .. } if event.at > Nanos::ZERO => {
                let (tone, fact) = match health {
                    Health::Starting => (Tone::Notable, "starts"),
                    Health::Up => (Tone::Notable, "is up"),
                    Health::Hung => (Tone::Bad, "hangs"),
                    Health::Draining | Health::Down | Health::Removed => (Tone::Bad, "is down"),
                };
                self.tell(event, Who::Store, tone, fact);
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::Target;

    fn at(seq: Seq, root: Seq, what: What) -> Event {
        Event { at: Nanos(seq), seq, cause: root, root, what }
    }

    fn facts(story: &Story) -> Vec<&str> {
        story.lines().iter().map(|line| line.fact.as_str()).collect()
    }

    fn classroom() -> Story {
        let mut scenario = Scenario { noun: "cart".into(), ..Scenario::default() };
        scenario.workload.population = Population::Users(12);
        Story::new(&scenario, Home::Sticky)
    }

    #[test]
    fn the_line_of_a_kill_counts_what_it_destroyed() {
        let mut story = classroom();
        story.take(&at(5, 0, What::Commanded { command: Command::Kill(Target::Instance(2)) }));
        story.take(&at(6, 5, What::Lost { session: 1, writes: 3, whole: true }));
        assert_eq!(facts(&story), ["killed 2: 1 cart gone"]);
        story.take(&at(7, 5, What::Lost { session: 2, writes: 1, whole: true }));
        story.take(&at(8, 5, What::Lost { session: 3, writes: 1, whole: false }));
        story.take(&at(9, 5, What::Lost { session: 4, writes: 0, whole: true }));
        assert_eq!(facts(&story), ["killed 2: 3 carts gone"], "an empty cart is gone, too");
    }

    #[test]
    fn a_kill_is_told_once_and_what_the_balancer_believes_is_its_own_sentence() {
        use crate::experiment::Experiment;
        let scenario = std::sync::Arc::new(Scenario::load("classroom").unwrap());
        let mut run = Experiment::new(scenario, &[Home::Store]);
        run.run_until(Nanos::from_secs(21.0));
        let mut told = |command: &str, until: f64| {
            run.command(command.parse().unwrap()).unwrap();
            run.run_until(Nanos::from_secs(until));
            let story = &run.arms()[0].story;
            story
                .lines()
                .iter()
                .filter(|line| !matches!(line.who, Who::User(_)))
                .map(|l| l.fact.clone())
                .collect::<Vec<_>>()
        };
        assert_eq!(told("kill 2", 41.0), ["killed 2", "balancer: 2 is down"]);
        assert!(told("restart 2", 80.0).contains(&"balancer: 2 is up".into()));
        assert!(told("kill store", 81.0).last().unwrap().starts_with("killed store: 1"));
    }

    #[test]
    fn a_start_takes_as_long_as_it_is_said_to() {
        let mut story = classroom();
        for until in [1.4, 6.0, 1e6] {
            let (health, until) = (Health::Starting, Nanos::from_secs(until));
            let what = What::Instance { instance: 2, health, incarnation: 2, until, workers: 2 };
            story.take(&Event { at: Nanos::from_secs(1.0), seq: 1, cause: 0, root: 0, what });
        }
        assert_eq!(facts(&story), ["starts, 0.4 s", "starts, 5 s", "starts, 999999 s"]);
    }

    #[test]
    fn a_store_that_is_not_there_is_not_killed() {
        let mut story = classroom();
        story.take(&at(5, 0, What::Commanded { command: Command::Kill(Target::Store) }));
        assert_eq!(facts(&story), ["kill: no store here"]);
    }

    #[test]
    fn whoever_took_a_request_is_not_said_to_have_refused_it() {
        use crate::experiment::Experiment;
        let scenario = std::sync::Arc::new(Scenario::load("classroom").unwrap());
        let mut run = Experiment::new(scenario, &[Home::Store]);
        run.run_until(Nanos::from_secs(21.0));
        run.command("hang store".parse().unwrap()).unwrap();
        run.run_until(Nanos::from_secs(60.0));
        let facts = facts(&run.arms()[0].story);
        assert!(facts.contains(&"503: store silent"), "{facts:?}");
        assert!(!facts.contains(&"503: nobody took it"), "{facts:?}");
    }

    #[test]
    fn a_redispatch_is_one_sentence() {
        let mut story = classroom();
        let routed = |seq, instance| {
            at(
                seq,
                0,
                What::Routed {
                    request: 9,
                    session: 4,
                    attempt: 1,
                    instance,
                    nth: 1,
                    asked: 2,
                    arrives: Nanos(9),
                    bytes: 1,
                },
            )
        };
        story.take(&routed(1, 2));
        story.take(&at(2, 0, What::Refused { request: 9, session: 4, attempt: 1, instance: 2, arrives: Nanos(3) }));
        story.take(&routed(3, 3));
        assert_eq!(facts(&story), ["2 refused, sent to 3"]);
        assert_eq!(story.lines()[0].who, Who::User(4));
    }

    #[test]
    fn what_each_of_two_commands_took_is_counted_by_itself() {
        let mut story = classroom();
        for (seq, command) in [(1, "hang 1"), (2, "kill 2")] {
            story.take(&at(seq, 0, What::Commanded { command: command.parse().unwrap() }));
        }
        for (session, root) in [(1, 1), (2, 1), (3, 2), (4, 1)] {
            story.take(&at(2 + session, root, What::Lost { session, whole: true, writes: 1 }));
        }
        assert_eq!(facts(&story), ["hung 1: 3 carts gone", "killed 2: 1 cart gone"]);
    }

    #[test]
    fn who_is_tried_again_has_not_taken_it() {
        let mut story = classroom();
        for (request, instance) in [(1, 2), (2, 3)] {
            let session = request;
            story.take(&at(1, 0, What::Refused { request, session, attempt: 1, instance: 2, arrives: Nanos(1) }));
            let (attempt, arrives) = (1, Nanos(2));
            let routed = What::Routed { request, session, attempt, instance, nth: 2, asked: 2, arrives, bytes: 1 };
            story.take(&at(2, 0, routed));
        }
        assert_eq!(facts(&story), ["2 refused, sent again", "2 refused, sent to 3"]);
    }

    #[test]
    fn every_sentence_fits_and_keeps_its_figures() {
        let fit = |fact: &str| assert!(fact.chars().count() <= FACT_WIDTH, "{fact}");
        for noun in ["cart", "session", "shopping cart", "conversation history"] {
            let mut story = Story { noun: noun.into(), ..classroom() };
            for id in [3u16, 100, 1024, 65_000] {
                let (request, session) = (RequestId::from(id), SessionId::from(id));
                let refused = |seq| What::Refused { request, session, attempt: 1, instance: id, arrives: Nanos(seq) };
                story.take(&at(1, 0, refused(1)));
                let (attempt, arrives) = (1, Nanos(2));
                let instance = id - 1;
                story.take(&at(
                    2,
                    0,
                    What::Routed { request, session, attempt, instance, nth: 1, asked: id, arrives, bytes: 1 },
                ));
                let line = &story.lines().back().unwrap().fact;
                assert!(line.contains(&id.to_string()) && line.contains(&instance.to_string()), "{line}");
                fit(line);
                let size = u32::from(id);
                let ended = |outcome, purpose, write| {
                    let (issued, wait, since) = (Nanos(0), crate::event::Wait::Open, Nanos(0));
                    What::Ended { request, session, outcome, purpose, write, issued, wait, since }
                };
                story.take(&at(3, 0, ended(Outcome::Ok, RequestKind::Relogin, 0)));
                assert!(story.lines().back().unwrap().fact.ends_with(" 0"));
                story.take(&at(4, 0, ended(Outcome::Ok, RequestKind::Followup, size)));
                assert!(story.lines().back().unwrap().fact.ends_with(&format!(" {size}")));
                for outcome in Outcome::ALL {
                    story.served_by.insert(request, id);
                    story.take(&at(5, 0, ended(outcome, RequestKind::Followup, 0)));
                    story.take(&at(6, 0, ended(outcome, RequestKind::Followup, 0)));
                }
                story.take(&at(7, 0, What::Lost { session, whole: true, writes: 0 }));
                assert!(story.lines().back().unwrap().fact.ends_with(" is lost"));
            }
            for (seq, command) in (10..).step_by(20).zip(Command::FORMS) {
                story.take(&at(seq, 0, What::Commanded { command: command.parse().unwrap() }));
                for lost in 1..=12 {
                    story.take(&at(seq + lost, seq, What::Lost { session: lost, whole: true, writes: 1 }));
                }
                let told = story.lines().iter().find(|line| line.seq == seq).unwrap();
                assert!(told.fact.contains("12 "), "{command}: {}", told.fact);
            }
            story.lines().iter().for_each(|line| fit(&line.fact));
        }
    }

    #[test]
    fn a_crowd_is_not_told_one_by_one() {
        let mut story = Story::new(&Scenario::default(), Home::Sticky);
        story.take(&at(1, 0, What::SessionStarted { session: 1, warm: false, writes: 0 }));
        assert!(story.lines().is_empty());
        story.take(&at(2, 0, What::Believed { instance: 2, up: false, evidence: Evidence::Checks }));
        assert_eq!(facts(&story), ["balancer: 2 is down"]);
    }

    #[test]
    fn a_late_copy_elsewhere_does_not_make_it_smaller() {
        use crate::scene::Scene;
        use crate::sim::World;
        let mut scenario = Scenario::load("classroom").unwrap();
        scenario.set("replication.lag_ms=100").unwrap();
        // With the fifth item the first one goes.
        scenario.set("workload.state_limit_bytes=228").unwrap();
        let home = Home::ReplicateAll;
        let (mut story, mut scene) = (Story::new(&scenario, home), Scene::new(&scenario, home));
        let mut served = BTreeMap::new();
        let (mut told, mut full) = (0, 0);
        World::new(&scenario, home).run_until(Nanos::from_secs(120.0), &mut |event: &Event| {
            scene.take(event);
            story.take(event);
            match event.what {
                What::Started { request, instance, .. } => drop(served.insert(request, instance)),
                What::Ended { request, session, outcome: Outcome::Ok, write: 1.., .. } => {
                    let there = scene.instance(served[&request]).and_then(|it| it.copies.of(session)).unwrap().writes;
                    let items = scene.items(there);
                    assert_eq!(story.lines().back().unwrap().fact, format!("added one, cart {items}"));
                    full += u32::from(items < there);
                    told += 1;
                }
                _ => {}
            }
        });
        assert!(told > 20 && full > 5, "{told} {full}");
    }
}

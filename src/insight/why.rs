//! Why? From an effect, step by step up its causes, to the command or to where it began by itself.

use super::delay::{self, Delay};
use super::instance_of;
use crate::command::Command;
use crate::event::{Event, Health, InstanceId, Outcome, Place, RequestId, RequestKind, Seq, SessionId, Status, What};
use crate::experiment::Journal;
use crate::units::Nanos;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// What is to be explained.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Effect {
    /// This event.
    Event(Seq),
    /// What became of this request; while it is open, what it waits for.
    Request(RequestId),
    /// The newest bad end or loss of anybody; or who was held up by the newest command, if that is newer.
    Any,
    /// The newest of this visit.
    Of(SessionId),
    /// The newest that this instance (0: the store) has to do with.
    At(InstanceId),
}

/// One step on the way up.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Step {
    /// An event, the cause of the step before it.
    Event(Event),
    /// The request of the step before it took its time, most of it here; because of the next step, if there is one.
    Delay(Delay),
    /// The session of the step before it was unknown where it was asked for, while its state was elsewhere.
    Elsewhere(Elsewhere),
    /// Causes that are no longer kept.
    Forgotten,
}

/// Where a state was while a request asked for it in another place.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Elsewhere {
    /// When the balancer sent the request on.
    pub at: Nanos,
    /// Whose state.
    pub session: SessionId,
    /// Where it was.
    pub keeper: InstanceId,
    /// Where the balancer sent the request.
    pub chosen: InstanceId,
    /// What the request's cookie asked for; 0 if nothing.
    pub asked: InstanceId,
    /// The policy that was ordered since the state was put there, and when.
    pub policy: Option<(Nanos, Command)>,
}

/// The effect, then its causes, each the cause of the one before; empty if there is no such effect among the events
/// that are kept up to `now`. Where causes are no longer kept, the chain says so, and goes on with the command that it reaches.
#[must_use]
pub fn causes(journal: &Journal, effect: Effect, now: Nanos) -> Vec<Step> {
    let Some((event, open)) = find(journal, effect, now) else { return Vec::new() };
    let waited = open.or(waited(&event)).and_then(|request| delay::of(journal, request, now));
    chain(journal, event, waited)
}

/// The chain of an effect; `waited`: if there is nothing to explain but how long its request took.
fn chain(journal: &Journal, effect: Event, waited: Option<(Delay, Option<Seq>)>) -> Vec<Step> {
    let mut steps = Vec::new();
    step(journal, effect, &mut steps);
    match waited {
        Some((delay, behind)) => {
            steps.push(Step::Delay(delay));
            if let Some(&event) = behind.and_then(|seq| journal.get(seq)) {
                step(journal, event, &mut steps);
                climb(journal, event, &mut steps);
            }
        }
        None => climb(journal, effect, &mut steps),
    }
    steps
}

fn climb(journal: &Journal, mut event: Event, steps: &mut Vec<Step>) {
    let root = event.root;
    while event.cause != 0 {
        let Some(&cause) = journal.get(event.cause) else {
            steps.push(Step::Forgotten);
            steps.extend(journal.get(root).copied().map(Step::Event));
            break;
        };
        event = cause;
        step(journal, event, steps);
    }
}

/// An event, and what else is known of why it came to it.
fn step(journal: &Journal, event: Event, steps: &mut Vec<Step>) {
    steps.push(Step::Event(event));
    steps.extend(elsewhere(journal, &event).map(Step::Elsewhere));
}

/// Where the state was that this reply did not find, as far as events are kept.
fn elsewhere(journal: &Journal, reply: &Event) -> Option<Elsewhere> {
    let What::Replied { status: Status::Unknown, request, session, instance, .. } = reply.what else { return None };
    let before = || journal.iter().take_while(|event| event.seq < reply.seq);
    let mut keepers = BTreeMap::new();
    for event in before() {
        match event.what {
            What::Stored { session: of, place: Place::Instance(id), login, .. }
                if of == session && keepers.values().all(|&newest| newest <= login) =>
            {
                keepers.retain(|_, kept| *kept == login);
                keepers.insert(id, login);
            }
            What::Dropped { session: of, place: Place::Instance(id), login, .. }
                if of == session && keepers.get(&id) == Some(&login) =>
            {
                keepers.remove(&id);
            }
            What::Instance { instance: id, health, .. } if !health.runs() => drop(keepers.remove(&id)),
            // The state goes on under a new id; nobody asks for what is left of the old one.
            What::Issued { session: of, purpose: RequestKind::Relogin, .. } if of == session => keepers.clear(),
            _ => {}
        }
    }
    let sent = |event: &Event| match event.what {
        What::Routed { request: of, instance: chosen, asked, .. } if of == request && chosen == instance => {
            Some((event.at, asked))
        }
        _ => None,
    };
    let (at, asked) = before().filter_map(sent).last()?;
    let keeper = keepers.into_keys().find(|&id| id != instance)?;
    let put = |event: &&Event| match event.what {
        What::Stored { session: of, place, .. } => of == session && place == Place::Instance(keeper),
        _ => false,
    };
    let since = before().find(put)?.at;
    let ordered = |event: &Event| match event.what {
        What::Commanded { command: command @ Command::Policy(_) } if (since..=at).contains(&event.at) => {
            Some((event.at, command))
        }
        _ => None,
    };
    let policy = journal.rare().chain(journal.iter()).rev().find_map(ordered);
    Some(Elsewhere { at, session, keeper, chosen: instance, asked, policy })
}

/// The request, if all that there is to explain of its end is how long it took: it went well, or was given up.
const fn waited(event: &Event) -> Option<RequestId> {
    match event.what {
        What::Ended { request, outcome: Outcome::Ok, .. } => Some(request),
        What::Ended { request, outcome: Outcome::Timeout, .. } if event.root == 0 => Some(request),
        _ => None,
    }
}

/// The effect, and the request that it is about, if that is still open.
fn find(journal: &Journal, effect: Effect, now: Nanos) -> Option<(Event, Option<RequestId>)> {
    match effect {
        Effect::Event(seq) => Some((*journal.get(seq)?, None)),
        Effect::Request(request) => {
            let event = newest_word(journal, request)?;
            Some((event, Some(request).filter(|_| !matches!(event.what, What::Ended { .. }))))
        }
        Effect::Any => newest_of(journal, now, |_| true),
        Effect::Of(session) => newest_of(journal, now, |event| event.what.session() == Some(session)),
        Effect::At(id) => newest_of(journal, now, |event| leads_to(journal, event, id)).or_else(|| {
            // Nobody has suffered from it yet; but something was done to it.
            let changed = |event: &&Event| changes(&event.what, id) && event.at > Nanos::ZERO;
            Some((*journal.rare().chain(journal.iter()).rfind(changed)?, None))
        }),
    }
}

/// The end of a request; while it is open, the newest that happened to it.
fn newest_word(journal: &Journal, request: RequestId) -> Option<Event> {
    let of_it = |event: &&Event| event.what.request() == Some(request);
    let ended = |event: &&Event| of_it(event) && matches!(event.what, What::Ended { .. });
    // What comes after its end is of attempts that nobody waits for any more.
    journal.iter().rev().find(ended).or_else(|| journal.iter().rev().find(of_it)).copied()
}

/// The newest bad end or loss of this kind; but if something was commanded since, and the only effect of it is that
/// requests take long, the slowest of those that ended, else the one that has waited for longest.
fn newest_of(journal: &Journal, now: Nanos, kind: impl Fn(&Event) -> bool) -> Option<(Event, Option<RequestId>)> {
    let bad = journal.iter().rev().find(|event| bad_end(&event.what) && kind(event)).copied();
    let since = bad.map_or(0, |event| event.seq);
    let commanded = journal
        .rare()
        .chain(journal.iter())
        .rev()
        .find(|event| matches!(event.what, What::Commanded { .. }) && event.seq > since);
    let slow = commanded.and_then(|commanded| {
        let ended = slowest(journal, commanded, &kind).map(|event| (event, None));
        ended.or_else(|| waiting(journal, commanded, now, &kind))
    });
    slow.or_else(|| Some((bad?, None)))
}

/// So many requests are looked into: if none of these was held up by the command, then it was not what made them slow.
const MOST: usize = 8;

/// Of the open requests of this kind: the oldest whose time leads up to this command.
fn waiting(
    journal: &Journal,
    commanded: &Event,
    now: Nanos,
    kind: impl Fn(&Event) -> bool,
) -> Option<(Event, Option<RequestId>)> {
    let mut open = BTreeSet::new();
    for event in journal.iter() {
        match event.what {
            What::Issued { request, .. } => drop(open.insert(request)),
            What::Ended { request, .. } => {
                open.remove(&request);
            }
            _ => {}
        }
    }
    open.into_iter().take(MOST).find_map(|request| {
        let event = newest_word(journal, request)?;
        let steps = chain(journal, event, delay::of(journal, request, now));
        leads_up_to(&steps, commanded, &kind).then_some((event, Some(request)))
    })
}

/// Whether this command is in a chain, and something of this kind.
fn leads_up_to(steps: &[Step], commanded: &Event, kind: impl Fn(&Event) -> bool) -> bool {
    let any = |so: &dyn Fn(&Event) -> bool| steps.iter().any(|step| matches!(step, Step::Event(event) if so(event)));
    any(&|event| event.seq == commanded.seq) && any(&kind)
}

/// Of the requests of this kind that ended well: the slowest whose time leads up to this command.
fn slowest(journal: &Journal, commanded: &Event, kind: impl Fn(&Event) -> bool) -> Option<Event> {
    let latency = |event: &Event| match event.what {
        What::Ended { outcome: Outcome::Ok, issued, .. } => Some(event.at.since(issued)),
        _ => None,
    };
    let after = journal.iter().rev().take_while(|event| event.seq > commanded.seq);
    let mut ended: Vec<(Nanos, Event)> = after.filter_map(|event| Some((latency(event)?, *event))).collect();
    ended.sort_by_key(|&(took, event)| (Reverse(took), event.seq));
    let held_up = |event: &Event| {
        let waited = waited(event).and_then(|request| delay::of(journal, request, event.at));
        leads_up_to(&chain(journal, *event, waited), commanded, &kind)
    };
    ended.into_iter().take(MOST).map(|(_, event)| event).find(held_up)
}

/// Whether a user has something to ask about: a request that did not end well, or a loss.
const fn bad_end(what: &What) -> bool {
    match what {
        What::Ended { outcome, .. } => !matches!(outcome, Outcome::Ok),
        What::Lost { .. } => true,
        _ => false,
    }
}

/// Whether an instance (0: the store) is on the way up from an event.
fn leads_to(journal: &Journal, event: &Event, id: InstanceId) -> bool {
    let mut event = Some(event);
    while let Some(at) = event {
        let there = match at.what {
            What::Store { .. } => id == 0,
            What::Slowed { instance, .. } if id == 0 => instance == 0,
            What::Asked { peer, .. } | What::Answered { peer, .. } if id == 0 => peer == 0,
            ref what => id != 0 && instance_of(what) == id,
        };
        if there {
            return true;
        }
        event = if at.cause == 0 { None } else { journal.get(at.cause) };
    }
    false
}

/// Whether an event is a change of an instance (0: the store) for the worse, or of what the balancer thinks of it.
const fn changes(what: &What, id: InstanceId) -> bool {
    match what {
        What::Store { health, .. } => id == 0 && !matches!(health, Health::Up),
        What::Instance { instance, health, .. } => *instance == id && !matches!(health, Health::Up),
        What::Believed { instance, .. } | What::Partitioned { instance, .. } | What::Slowed { instance, .. } => {
            *instance == id
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::{Command, Target};
    use crate::experiment::Experiment;
    use crate::insight::way::Place as Spent;
    use crate::scenario::{Home, Scenario};

    use std::sync::Arc;

    fn causes(journal: &Journal, effect: Effect) -> Vec<Step> {
        super::causes(journal, effect, journal.iter().next_back().unwrap().at)
    }

    fn run(scenario: &str, set: &[(&str, &str)], home: Home, commands: &[(f64, &str)], until: f64) -> Experiment {
        let mut scenario = Scenario::load(scenario).unwrap();
        for (path, value) in set {
            scenario.set(&format!("{path}={value}")).unwrap();
        }
        let mut experiment = Experiment::new(Arc::new(scenario), &[home]);
        for &(at, command) in commands {
            experiment.run_until(Nanos::from_secs(at));
            experiment.command(command.parse().unwrap()).unwrap();
        }
        experiment.run_until(Nanos::from_secs(until));
        experiment
    }

    fn events(steps: &[Step]) -> Vec<Event> {
        steps.iter().filter_map(|step| if let Step::Event(event) = step { Some(*event) } else { None }).collect()
    }

    fn delay(steps: &[Step]) -> Delay {
        let found = steps.iter().find_map(|step| if let Step::Delay(delay) = step { Some(*delay) } else { None });
        found.unwrap_or_else(|| panic!("{steps:?}"))
    }

    /// What held requests up, and that the chain ends at this command.
    fn held_up_by(journal: &Journal, effect: Effect, command: &str) -> Delay {
        let steps = causes(journal, effect);
        let Some(Step::Event(first)) = steps.first() else { panic!("{steps:?}") };
        let What::Ended { outcome: Outcome::Ok, issued, .. } = first.what else { panic!("{steps:?}") };
        let Some(Step::Event(Event { what: What::Commanded { command: last }, .. })) = steps.last() else {
            panic!("{steps:?}")
        };
        assert_eq!(last.to_string(), command);
        let delay = delay(&steps);
        assert_eq!(delay.of, first.at.since(issued));
        assert!(delay.took <= delay.of && delay.at >= issued);
        delay
    }

    #[test]
    fn a_slow_answer_leads_to_what_made_it_slow() {
        let slow = run("classroom", &[], Home::Sticky, &[(21.0, "slow 2 x4")], 60.0);
        let journal = &slow.arms()[0].journal;
        for effect in [Effect::Any, Effect::At(2)] {
            let delay = held_up_by(journal, effect, "slow 2 x4");
            assert_eq!((delay.place, delay.instance), (Spent::Worker, 2));
        }
        assert_eq!(causes(journal, Effect::At(3)), [], "what others suffer from is not its fault");

        let store = run("classroom", &[], Home::Store, &[(21.0, "slow store x100")], 60.0);
        let journal = &store.arms()[0].journal;
        for effect in [Effect::Any, Effect::At(0)] {
            assert_eq!(held_up_by(journal, effect, "slow store x100").place, Spent::Store);
        }

        let burst = run("cluster", &[], Home::Token, &[(3.0, "burst x2 10s")], 3.4);
        assert_eq!(held_up_by(&burst.arms()[0].journal, Effect::Any, "burst x2 10s").place, Spent::Queue);
    }

    #[test]
    fn what_holds_somebody_up_is_known_before_anything_has_failed() {
        let experiment = run("classroom", &[], Home::Store, &[(21.0, "hang store")], 26.0);
        let journal = &experiment.arms()[0].journal;
        for effect in [Effect::Any, Effect::At(0)] {
            let steps = causes(journal, effect);
            assert!(delay(&steps).open && delay(&steps).place == Spent::Store, "{steps:?}");
            let last = events(&steps).last().map(|event| event.what);
            assert_eq!(last, Some(What::Commanded { command: "hang store".parse().unwrap() }), "{steps:?}");
        }
    }

    #[test]
    fn a_request_that_waits_is_explained_while_it_does() {
        let experiment = run("classroom", &[], Home::Sticky, &[(21.0, "hang 2")], 34.0);
        let journal = &experiment.arms()[0].journal;
        let stuck = |request| {
            let steps = causes(journal, Effect::Request(request));
            let hang = steps
                .last()
                .is_some_and(|last| matches!(last, Step::Event(Event { what: What::Commanded { .. }, .. })));
            hang.then(|| delay(&steps))
        };
        let open: Vec<Delay> = journal
            .iter()
            .filter_map(
                |event| if let What::Queued { request, instance: 2, .. } = event.what { Some(request) } else { None },
            )
            .filter_map(stuck)
            .filter(|delay| delay.open)
            .collect();
        assert!(!open.is_empty());
        assert!(open.iter().all(|delay| delay.place == Spent::Queue && delay.at + delay.took <= experiment.now()));
    }

    #[test]
    fn who_waits_behind_somebody_waits_for_what_that_one_waits_for() {
        let set = [
            ("instance.workers", "1"),
            ("instance.count", "4"),
            ("client.timeout_ms", "60000"),
            ("store.timeout_ms", "8000"),
        ];
        for (command, before) in [("hang store", "kill 4"), ("hang store", "burst x1.1 60s"), ("partition 1", "kill 4")]
        {
            let commands = [(25.0, before), (38.1, command), (60.0, "heal")];
            let experiment = run("classroom", &set, Home::Store, &commands, 80.0);
            let journal = &experiment.arms()[0].journal;
            let ended = journal.iter().filter(|event| matches!(event.what, What::Ended { outcome: Outcome::Ok, .. }));
            let mut seen = 0;
            for event in ended.filter(|event| event.at > Nanos::from_secs(60.0)) {
                let steps = causes(journal, Effect::Event(event.seq));
                let queued = |step: &Step| matches!(step, Step::Delay(it) if it.place == Spent::Queue && it.took > Nanos::from_secs(5.0));
                if steps.iter().any(queued) {
                    let last = events(&steps).last().map(|event| event.what);
                    assert_eq!(
                        last,
                        Some(What::Commanded { command: command.parse().unwrap() }),
                        "{before}: {steps:?}"
                    );
                    seen += 1;
                }
            }
            assert!(seen > 0, "{command}");
        }
    }

    #[test]
    fn what_was_set_right_again_is_not_blamed() {
        let commands = [(21.0, "slow 2 x4"), (40.0, "heal"), (70.0, "policy random")];
        let experiment = run("classroom", &[], Home::Sticky, &commands, 100.0);
        let journal = &experiment.arms()[0].journal;
        let later = journal.iter().filter(|event| event.at > Nanos::from_secs(60.0));
        let ended = later.filter(|event| matches!(event.what, What::Ended { outcome: Outcome::Ok, .. }));
        let mut seen = 0;
        for event in ended {
            let steps = causes(journal, Effect::Event(event.seq));
            assert!(events(&steps).len() == 1, "{steps:?}");
            seen += 1;
        }
        assert!(seen > 10);
        assert_eq!(causes(journal, Effect::Any), [], "the newest command holds nobody up");
    }

    #[test]
    fn where_time_ran_out_the_hang_is_found() {
        let set = [("client.retries", "0"), ("balancer.check_interval_ms", "none")];
        let experiment = run("classroom", &set, Home::Token, &[(21.0, "hang 2")], 60.0);
        let journal = &experiment.arms()[0].journal;
        let effect = newest(journal, |what| matches!(what, What::Ended { outcome: Outcome::Timeout, .. }));
        let steps = causes(journal, effect);
        assert!(events(&steps).iter().any(|event| matches!(event.what, What::Instance { health: Health::Hung, .. })));
        assert!(
            matches!(steps.last(), Some(Step::Event(last)) if last.what == What::Commanded {
                command: "hang 2".parse().unwrap()
            }),
            "{steps:?}"
        );
    }

    /// The newest effect of a kind.
    fn newest(journal: &Journal, so: impl Fn(&What) -> bool) -> Effect {
        Effect::Event(journal.iter().rfind(|event| so(&event.what)).expect("it happens").seq)
    }

    fn is_kill(event: &Event, id: u16) -> bool {
        event.what == What::Commanded { command: Command::Kill(Target::Instance(id)) }
    }

    #[test]
    fn where_nothing_leads_back_the_state_is_elsewhere() {
        let experiment = run("classroom", &[], Home::Memory, &[], 34.0);
        let journal = &experiment.arms()[0].journal;
        let lost = journal.iter().filter(|event| matches!(event.what, What::Ended { outcome: Outcome::Lost, .. }));
        let mut seen = 0;
        for event in lost {
            let steps = causes(journal, Effect::Event(event.seq));
            let elsewhere = steps.iter().find_map(|step| if let Step::Elsewhere(it) = step { Some(*it) } else { None });
            let it = elsewhere.unwrap_or_else(|| panic!("{steps:?}"));
            assert!(it.keeper != it.chosen && it.asked == 0 && it.at < event.at, "{it:?}");
            seen += 1;
        }
        assert!(seen > 3);
    }

    #[test]
    fn a_policy_that_chooses_another_instance_is_named() {
        let set = [("balancer.policy", "hash")];
        let experiment = run("classroom", &set, Home::Memory, &[(38.1, "policy random")], 63.0);
        let journal = &experiment.arms()[0].journal;
        let lost = newest(journal, |what| matches!(what, What::Ended { outcome: Outcome::Lost, .. }));
        let steps = causes(journal, lost);
        let elsewhere = steps.iter().find_map(|step| if let Step::Elsewhere(it) = step { Some(*it) } else { None });
        let policy = Some((Nanos::from_secs(38.1), "policy random".parse().unwrap()));
        assert_eq!(elsewhere.and_then(|it| it.policy), policy, "{steps:?}");
    }

    #[test]
    fn an_unknown_session_after_a_kill_leads_to_the_key() {
        let experiment = run("classroom", &[], Home::Sticky, &[(22.0, "kill 2")], 34.0);
        let journal = &experiment.arms()[0].journal;
        let effect = newest(journal, |what| matches!(what, What::Ended { outcome: Outcome::Lost, .. }));
        let steps = causes(journal, effect);
        let events = events(&steps);
        assert_eq!(events.len(), steps.len(), "nothing is forgotten yet");
        assert!(events.windows(2).all(|pair| pair[0].cause == pair[1].seq && pair[0].at >= pair[1].at));
        assert!(events.iter().any(|event| matches!(event.what, What::Replied { status: Status::Unknown, .. })));
        assert!(events.iter().any(|event| matches!(event.what, What::Lost { whole: true, .. })));
        assert!(is_kill(events.last().unwrap(), 2), "{events:?}");
        assert!(events.iter().all(|event| event.root == events.last().unwrap().seq));
        assert_eq!(causes(journal, Effect::Any), causes(journal, newest(journal, bad_end)), "the newest comes first");
    }

    #[test]
    fn a_request_that_was_cut_off_leads_to_the_key() {
        let experiment = run("classroom", &[("workload.service_ms", "40")], Home::Token, &[(38.1, "kill 2")], 44.0);
        let journal = &experiment.arms()[0].journal;
        let effect = newest(journal, |what| matches!(what, What::Ended { outcome: Outcome::Died, .. }));
        let events = events(&causes(journal, effect));
        assert!(matches!(events[1].what, What::Returned { status: Status::CutOff, .. }), "{events:?}");
        assert!(is_kill(events.last().unwrap(), 2));
        let at_2 = self::events(&causes(journal, Effect::At(2)));
        assert!(is_kill(at_2.last().unwrap(), 2), "the selected instance leads there too");
    }

    #[test]
    fn a_read_from_an_old_copy_leads_to_where_it_began() {
        let set = [("replication.lag_ms", "100"), ("balancer.affinity", "none")];
        let experiment = run("classroom", &set, Home::ReplicateAll, &[], 60.0);
        let journal = &experiment.arms()[0].journal;
        let effect = newest(journal, |what| matches!(what, What::Ended { outcome: Outcome::Stale, .. }));
        let events = events(&causes(journal, effect));
        assert!(matches!(events[1].what, What::Returned { status: Status::Stale, .. }), "{events:?}");
        assert!(matches!(events.last().unwrap().what, What::SessionStarted { .. }), "{events:?}");
    }

    #[test]
    fn what_is_no_longer_kept_is_said_and_the_command_is_reached_all_the_same() {
        let set = [("workload.users", "400")];
        let experiment = run("classroom", &set, Home::Sticky, &[(2.0, "kill 2")], 90.0);
        let journal = &experiment.arms()[0].journal;
        let first = journal.iter().next().unwrap().at;
        assert!(first > Nanos::from_secs(2.0), "the kill itself has left the newest events: {first}");
        let effect = newest(journal, |what| matches!(what, What::Believed { up: false, .. }) || bad_end(what));
        let mut steps = causes(journal, effect);
        if !steps.contains(&Step::Forgotten) {
            // Then it is the balancer's belief, which is kept to its cause.
            steps = causes(journal, Effect::At(2));
        }
        let Some(Step::Event(last)) = steps.last() else { panic!("{steps:?}") };
        assert!(is_kill(last, 2), "{steps:?}");
    }

    #[test]
    fn where_nothing_went_wrong_there_is_nothing_to_explain() {
        let experiment = run("classroom", &[], Home::Token, &[], 30.0);
        let journal = &experiment.arms()[0].journal;
        assert_eq!(causes(journal, Effect::Any), []);
        assert_eq!(causes(journal, Effect::At(1)), []);
    }

    #[test]
    fn what_an_earlier_login_left_behind_keeps_nothing() {
        let experiment = run("classroom", &[], Home::Memory, &[], 90.0);
        let journal = &experiment.arms()[0].journal;
        let mut told = 0;
        for reply in journal.iter() {
            let Some(found) = elsewhere(journal, reply) else { continue };
            let before = || journal.iter().rev().skip_while(|event| event.seq >= reply.seq);
            let (mine, keeper) = (found.session, found.keeper);
            let login = before().find(|event| {
                matches!(event.what, What::Issued { session, purpose: RequestKind::Relogin, .. } if session == mine)
            });
            let stored = before().find(|event| {
                matches!(event.what, What::Stored { session, place: Place::Instance(id), .. }
                    if session == mine && id == keeper)
            });
            assert!(stored.unwrap().seq > login.map_or(0, |event| event.seq), "{found:?}");
            told += 1;
        }
        assert!(told > 20, "{told}");
    }
}

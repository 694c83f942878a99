//! Why? From an effect, step by step up its causes, to the command or to where it began by itself.

use super::instance_of;
use crate::event::{Event, Health, InstanceId, Outcome, Seq, SessionId, What};
use crate::experiment::Journal;
use crate::units::Nanos;

/// What is to be explained.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Effect {
    /// This event.
    Event(Seq),
    /// The newest bad end or loss of anybody.
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
    /// Causes that are no longer kept.
    Forgotten,
}

/// The effect, then its causes, each the cause of the one before; empty if there is no such effect among the events
/// that are kept. Where causes are no longer kept, the chain says so, and goes on with the command that it reaches.
#[must_use]
pub fn causes(journal: &Journal, effect: Effect) -> Vec<Step> {
    let Some(mut event) = find(journal, effect) else { return Vec::new() };
    let root = event.root;
    let mut steps = vec![Step::Event(event)];
    while event.cause != 0 {
        let Some(&cause) = journal.get(event.cause) else {
            steps.push(Step::Forgotten);
            steps.extend(journal.get(root).copied().map(Step::Event));
            break;
        };
        event = cause;
        steps.push(Step::Event(event));
    }
    steps
}

fn find(journal: &Journal, effect: Effect) -> Option<Event> {
    let newest = |wanted: &dyn Fn(&Event) -> bool| journal.iter().rev().find(|event| wanted(event)).copied();
    match effect {
        Effect::Event(seq) => journal.get(seq).copied(),
        Effect::Any => newest(&|event| bad_end(&event.what)),
        Effect::Of(session) => newest(&|event| bad_end(&event.what) && event.what.session() == Some(session)),
        Effect::At(id) => newest(&|event| bad_end(&event.what) && leads_to(journal, event, id)).or_else(|| {
            // Nobody has suffered from it yet; but something was done to it.
            let changed = |event: &&Event| changes(&event.what, id) && event.at > Nanos::ZERO;
            journal.rare().chain(journal.iter()).rfind(changed).copied()
        }),
    }
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
    use crate::event::Status;
    use crate::experiment::Experiment;
    use crate::scenario::{Home, Scenario};

    use std::sync::Arc;

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

    /// The newest effect of a kind.
    fn newest(journal: &Journal, so: impl Fn(&What) -> bool) -> Effect {
        Effect::Event(journal.iter().rfind(|event| so(&event.what)).expect("it happens").seq)
    }

    fn is_kill(event: &Event, id: u16) -> bool {
        event.what == What::Commanded { command: Command::Kill(Target::Instance(id)) }
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
}

//! A visit's whole story, as far as its events are kept: each request, who served it, from which version, what was lost.

use crate::event::{Event, InstanceId, Leave, Outcome, Place, RequestId, RequestKind, What};
use crate::scenario::Home;
use crate::units::Nanos;

/// One request of a visit.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Told {
    /// Which.
    pub request: RequestId,
    /// When it was issued.
    pub at: Nanos,
    /// Login, follow-up or re-login.
    pub purpose: RequestKind,
    /// The write it makes; 0 if it only reads.
    pub write: u32,
    /// How many attempts of the client left.
    pub attempts: u8,
    /// Instances that refused it.
    pub refused_by: Vec<InstanceId>,
    /// The instance it was sent to last; 0 if none yet.
    pub instance: InstanceId,
    /// How many writes the state held that it was served from, as far as that is known.
    pub version: Option<u32>,
    /// How many the newest copy held then.
    pub newest: Option<u32>,
    /// When and how it ended, if it did.
    pub end: Option<(Nanos, Outcome)>,
}

/// A copy of a visit's state: where, which login's, and how many writes it holds.
struct Kept {
    place: Place,
    login: u32,
    writes: u32,
}

/// One thing in the life of a visit.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Entry {
    /// It began.
    Came {
        /// When.
        at: Nanos,
        /// The writes it brought, if it was in progress when the run began.
        brought: Option<u32>,
    },
    /// A request.
    Request(Told),
    /// Acknowledged writes are gone.
    Lost {
        /// When.
        at: Nanos,
        /// How many.
        writes: u32,
        /// Whether the whole state went.
        whole: bool,
    },
    /// It ended.
    Left {
        /// When.
        at: Nanos,
        /// How.
        how: Leave,
    },
}

impl Entry {
    /// The request it tells, if it tells one.
    #[must_use]
    pub const fn request(&self) -> Option<RequestId> {
        match self {
            Self::Request(told) => Some(told.request),
            _ => None,
        }
    }
}

/// The story of a visit, from its events and the ends of instances and the store, oldest first.
#[must_use]
pub fn story(home: Home, events: &[Event]) -> Vec<Entry> {
    let mut story: Vec<Entry> = Vec::new();
    let mut copies: Vec<Kept> = Vec::new();
    for event in events {
        let at = event.at;
        match event.what {
            What::SessionStarted { warm, writes, .. } => {
                story.push(Entry::Came { at, brought: warm.then_some(writes) })
            }
            What::SessionLeft { how, .. } => story.push(Entry::Left { at, how }),
            What::Lost { writes, whole, .. } => {
                if whole {
                    copies.clear();
                }
                story.push(Entry::Lost { at, writes, whole });
            }
            // What a late login leaves is nobody's.
            What::Stored { login, .. } if copies.iter().any(|copy| copy.login > login) => {}
            What::Stored { place, writes, login, .. } => {
                copies.retain(|copy| copy.place != place && copy.login == login);
                copies.push(Kept { place, login, writes });
            }
            What::Dropped { place, login, .. } => copies.retain(|copy| (copy.place, copy.login) != (place, login)),
            What::Instance { instance, .. } => copies.retain(|copy| copy.place != Place::Instance(instance)),
            What::Store { .. } => copies.retain(|copy| copy.place != Place::Store),
            What::Issued { request, purpose, write, .. } => {
                if purpose == RequestKind::Relogin {
                    copies.clear();
                }
                story.push(Entry::Request(Told {
                    request,
                    at,
                    purpose,
                    write,
                    attempts: 0,
                    refused_by: Vec::new(),
                    instance: 0,
                    version: None,
                    newest: None,
                    end: None,
                }));
            }
            ref what => follow(&mut story, &copies, home, what, at),
        }
    }
    story
}

/// Takes an event of a request into its line.
fn follow(story: &mut [Entry], copies: &[Kept], home: Home, what: &What, at: Nanos) {
    let Some(request) = what.request() else { return };
    let Some(told) = story.iter_mut().rev().find_map(|entry| match entry {
        Entry::Request(told) if told.request == request => Some(told),
        _ => None,
    }) else {
        return;
    };
    // The service may still be at work on what its client has given up.
    if told.end.is_some() {
        return;
    }
    match *what {
        What::Sent { attempt, .. } => {
            told.attempts = attempt;
            if home == Home::Token {
                told.serve_from(copies, Place::Client);
            }
        }
        What::Routed { instance, .. } => told.instance = instance,
        What::Refused { instance, .. } => told.refused_by.push(instance),
        What::Started { instance, .. } if home != Home::Token && home != Home::Store => {
            told.serve_from(copies, Place::Instance(instance));
        }
        What::Answered { peer: 0, .. } if home == Home::Store && told.version.is_none() => {
            told.serve_from(copies, Place::Store);
        }
        What::Ended { outcome, .. } => {
            told.end = Some((at, outcome));
            // A reply that was no answer came from no version.
            if !outcome.useful() || told.purpose != RequestKind::Followup {
                (told.version, told.newest) = (None, None);
            }
        }
        _ => {}
    }
}

impl Told {
    fn serve_from(&mut self, copies: &[Kept], place: Place) {
        self.version = copies.iter().find(|copy| copy.place == place).map(|copy| copy.writes);
        self.newest = copies.iter().map(|copy| copy.writes).max();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::Experiment;
    use crate::insight::{Look, Sight};
    use crate::scenario::Scenario;
    use std::sync::Arc;

    fn stories(set: &[&str], home: Home, until: f64) -> Vec<Vec<Entry>> {
        let mut scenario = Scenario::load("classroom").unwrap();
        for assignment in set {
            scenario.set(assignment).unwrap();
        }
        let mut experiment = Experiment::new(Arc::new(scenario), &[home]);
        experiment.run_until(Nanos::from_secs(22.0));
        experiment.command("kill 2".parse().unwrap()).unwrap();
        experiment.run_until(Nanos::from_secs(until));
        let arm = &experiment.arms()[0];
        let visits = arm.scene.clients.rows().iter().filter_map(|client| client.session());
        visits.map(|session| story(home, &Sight::of(&arm.journal, Look::Visit(session), Nanos::ZERO).events)).collect()
    }

    fn told(stories: &[Vec<Entry>]) -> Vec<&Told> {
        stories
            .iter()
            .flatten()
            .filter_map(|entry| if let Entry::Request(told) = entry { Some(told) } else { None })
            .collect()
    }

    #[test]
    fn a_loss_stands_between_the_requests_it_separates() {
        let stories = stories(&[], Home::Sticky, 45.0);
        let (at, mut lost) = (Nanos::from_secs(22.0), 0);
        for story in &stories {
            let Some(place) = story.iter().position(|entry| matches!(entry, Entry::Lost { whole: true, .. })) else {
                continue;
            };
            lost += 1;
            assert!(matches!(story[place], Entry::Lost { at: when, .. } if when == at));
            let issued = |entry: &Entry| if let Entry::Request(told) = entry { Some(told.at) } else { None };
            assert!(story[..place].iter().filter_map(issued).all(|issued| issued <= at));
            assert!(story[place..].iter().filter_map(issued).all(|issued| issued >= at));
        }
        assert_eq!(lost, 4, "those who had their state there");
        assert!(told(&stories).iter().any(|told| told.purpose == RequestKind::Relogin));
    }

    #[test]
    fn an_answer_is_from_the_newest_version_unless_it_is_stale() {
        for home in [Home::Token, Home::Sticky, Home::Store] {
            let stories = stories(&[], home, 45.0);
            let served = told(&stories).into_iter().filter(|told| matches!(told.end, Some((_, Outcome::Ok))));
            let known: Vec<_> = served.filter(|told| told.version.is_some()).collect();
            assert!(known.len() > 20, "{home:?}: {}", known.len());
            assert!(known.iter().all(|told| told.version == told.newest), "{home:?}");
        }
        let set = ["replication.lag_ms=100", "balancer.affinity=none"];
        let stories = stories(&set, Home::ReplicateAll, 60.0);
        let stale = told(&stories).into_iter().filter(|told| matches!(told.end, Some((_, Outcome::Stale))));
        let behind: Vec<_> = stale.map(|told| (told.version, told.newest)).collect();
        assert!(!behind.is_empty() && behind.iter().all(|(version, newest)| version < newest), "{behind:?}");
    }

    #[test]
    fn a_version_that_has_died_is_no_longer_the_newest() {
        let mut scenario = Scenario::load("classroom").unwrap();
        scenario.set("replication.lag_ms=100").unwrap();
        let mut experiment = Experiment::new(Arc::new(scenario), &[Home::ReplicateAll]);
        experiment.run_until(Nanos::from_secs(38.5));
        experiment.command("kill 2".parse().unwrap()).unwrap();
        experiment.run_until(Nanos::from_secs(100.0));
        let arm = &experiment.arms()[0];
        let visits = arm.scene.clients.rows().iter().filter_map(|client| client.session());
        let sight = |session| Sight::of(&arm.journal, Look::Visit(session), Nanos::ZERO).events;
        let stories: Vec<_> = visits.map(|session| story(arm.home, &sight(session))).collect();
        let reverted =
            |story: &&Vec<Entry>| story.iter().any(|entry| matches!(entry, Entry::Lost { whole: false, .. }));
        let reverted: Vec<_> = stories.iter().filter(reverted).cloned().collect();
        let served: Vec<_> =
            told(&reverted).into_iter().filter(|told| matches!(told.end, Some((_, Outcome::Ok)))).collect();
        assert!(!served.is_empty());
        for told in served {
            assert_eq!(told.version, told.newest, "request {}", told.request);
        }
    }
}

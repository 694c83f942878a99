//! What a request mostly waited for, and what was the matter there.
//!
//! A long wait has no single cause in the stream: the request's own chain of causes is an ordinary one. So its time is
//! taken apart, and for the place that took the most, the events tell what was out of order there at that time.

use super::visit_events;
use super::way::{Piece, Place, Way};
use crate::event::{Event, Health, InstanceId, RequestId, Seq, SessionId, What};
use crate::experiment::Journal;
use crate::units::Nanos;
use std::collections::{BTreeMap, BTreeSet};

/// Where a request spent most of its time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Delay {
    /// Whose request.
    pub session: SessionId,
    /// Where.
    pub place: Place,
    /// The instance it has to do with; 0 if none.
    pub instance: InstanceId,
    /// How long it was there.
    pub took: Nanos,
    /// … of its whole time.
    pub of: Nanos,
    /// When it got there first.
    pub at: Nanos,
    /// Whether the request is still open, so that both may grow.
    pub open: bool,
}

/// Where a request spent most of its time up to `now`, and the event that was behind it, if there was one.
/// None if its beginning is no longer kept.
#[must_use]
pub fn of(journal: &Journal, request: RequestId, now: Nanos) -> Option<(Delay, Option<Seq>)> {
    let events = visit_events(journal, request);
    let session = events.first()?.what.session()?;
    let way = Way::of(request, &events, now)?;
    let mut sums: BTreeMap<(Place, InstanceId), (Nanos, Vec<Piece>)> = BTreeMap::new();
    for piece in &way.pieces {
        let (sum, pieces) = sums.entry((piece.place, piece.instance)).or_default();
        *sum += piece.until - piece.from;
        pieces.push(*piece);
    }
    let (took, pieces) = sums.into_values().max_by_key(|(sum, _)| *sum)?;
    let longest = pieces.iter().max_by_key(|piece| piece.until - piece.from)?;
    let Piece { place, instance, .. } = *longest;
    let open = way.outcome.is_none();
    let delay = Delay { session, place, instance, took, of: way.until - way.issued, at: pieces[0].from, open };
    Some((delay, behind(journal, &events, request, longest)))
}

/// What was out of order where a request waited.
fn behind(journal: &Journal, events: &[Event], request: RequestId, piece: &Piece) -> Option<Seq> {
    let matter = Matter { journal, from: piece.from, until: piece.until };
    let id = piece.instance;
    let found = match piece.place {
        // It is not the network that changes in a run.
        Place::Up | Place::Forward | Place::Bounced | Place::Back | Place::Down | Place::Balancer => None,
        Place::Connecting => {
            events.iter().rev().find(|event| event.at <= piece.from && matches!(event.what, What::Disconnected { .. }))
        }
        Place::Starting => matter.health(id, |health| health == Health::Starting),
        Place::Silent => matter.health(id, |health| health == Health::Hung),
        Place::Cut => matter.health(id, |health| health == Health::Down),
        Place::Worker => matter.slowed(id),
        Place::Queue => {
            let began = queue_began(journal, id, piece.from);
            // Whoever came later stood behind it.
            let crowd = Matter { journal, from: began, until: piece.from };
            newest([
                Matter { journal, from: began, until: piece.until }.health(id, |health| health == Health::Hung),
                held_up(journal, id, [began, piece.from, piece.until]),
            ])
            .or_else(|| newest([crowd.rate(), crowd.absent(id)]))
        }
        Place::Store => newest([matter.store(), matter.slowed(0), matter.cut(id)]),
        Place::Peer => {
            let asked = events.iter().rev().find_map(|event| match event.what {
                What::Asked { request: this, peer, .. } if this == request && event.at <= piece.from => Some(peer),
                _ => None,
            });
            asked.and_then(|peer| {
                newest([
                    matter.health(peer, |health| health != Health::Up),
                    matter.slowed(peer),
                    matter.cut(peer),
                    matter.cut(id),
                ])
            })
        }
        Place::BackOff => events.iter().rev().find(|event| {
            event.at <= piece.from && matches!(event.what, What::BackedOff { request: this, .. } if this == request)
        }),
    };
    found.map(|event| event.seq)
}

/// When the queue began in which somebody waits at `at`: since then it has not been empty.
fn queue_began(journal: &Journal, id: InstanceId, at: Nanos) -> Nanos {
    let first = |event: &&Event| matches!(event.what, What::Queued { instance, depth: 1, .. } if instance == id);
    journal.iter().rev().skip_while(|event| event.at > at).find(first).map_or(Nanos::ZERO, |event| event.at)
}

/// So many of those that are served at a time are looked into: what holds up one of them mostly holds up all.
const FEW: usize = 4;

/// What held up those whom the instance's workers served at one of these instants.
fn held_up<const N: usize>(journal: &Journal, id: InstanceId, instants: [Nanos; N]) -> Option<&Event> {
    let served_at = |at| served_at(journal, id, at).into_iter().take(FEW).map(move |request| (request, at));
    let served = instants.into_iter().flat_map(served_at);
    let behind = |(request, at)| {
        let events = visit_events(journal, request);
        let way = Way::of(request, &events, *instants.last()?)?;
        let there = |piece: &&Piece| {
            piece.from <= at && at <= piece.until && matches!(piece.place, Place::Worker | Place::Store | Place::Peer)
        };
        let seq = way.pieces.iter().rfind(there).and_then(|piece| behind(journal, &events, request, piece))?;
        journal.get(seq)
    };
    served.filter_map(behind).max_by_key(|event| event.seq)
}

/// The requests that an instance's workers served at this instant, as far as events are kept.
fn served_at(journal: &Journal, id: InstanceId, at: Nanos) -> BTreeSet<RequestId> {
    let mut served = BTreeSet::new();
    for event in journal.iter().take_while(|event| event.at <= at) {
        match event.what {
            What::Started { request, instance, .. } if instance == id => drop(served.insert(request)),
            What::Replied { request, instance, .. } if instance == id => drop(served.remove(&request)),
            What::Instance { instance, health: Health::Down, .. } if instance == id => served.clear(),
            _ => {}
        }
    }
    served
}

fn newest<const N: usize>(events: [Option<&Event>; N]) -> Option<&Event> {
    events.into_iter().flatten().max_by_key(|event| event.seq)
}

/// What was the matter during a stretch of time.
struct Matter<'a> {
    journal: &'a Journal,
    from: Nanos,
    until: Nanos,
}

impl<'a> Matter<'a> {
    /// The newest event that put something out of order, unless it was in order again before the stretch began.
    /// `wrong` says whether an event does that or the contrary; none: it has nothing to do with it.
    fn in_force(&self, wrong: impl Fn(&What) -> Option<bool>) -> Option<&'a Event> {
        let known = self.journal.rare().chain(self.journal.iter()).rev().filter(|event| event.at <= self.until);
        for event in known {
            match wrong(&event.what) {
                Some(true) => return Some(event),
                Some(false) if event.at <= self.from => return None,
                _ => {}
            }
        }
        None
    }

    fn health(&self, id: InstanceId, wrong: impl Fn(Health) -> bool) -> Option<&'a Event> {
        self.in_force(|what| match what {
            What::Instance { instance, health, .. } if *instance == id => Some(wrong(*health)),
            _ => None,
        })
    }

    fn slowed(&self, id: InstanceId) -> Option<&'a Event> {
        self.in_force(|what| match what {
            What::Slowed { instance, factor } if *instance == id => Some(*factor > 1.0),
            _ => None,
        })
    }

    fn cut(&self, id: InstanceId) -> Option<&'a Event> {
        self.in_force(|what| match what {
            What::Partitioned { instance, cut } if *instance == id => Some(*cut),
            _ => None,
        })
    }

    fn store(&self) -> Option<&'a Event> {
        self.in_force(|what| match what {
            What::Store { health, .. } => Some(*health != Health::Up),
            _ => None,
        })
    }

    fn rate(&self) -> Option<&'a Event> {
        self.in_force(|what| match what {
            What::RateChanged { factor } => Some(*factor > 1.0),
            _ => None,
        })
    }

    /// Another instance that does not serve, so that its share comes here. One that starts for the first time never did.
    fn absent(&self, here: InstanceId) -> Option<&'a Event> {
        let absent = |id: InstanceId| {
            self.in_force(|what| match *what {
                What::Instance { instance, health, incarnation, .. } if instance == id => {
                    Some(health != Health::Up && (health != Health::Starting || incarnation > 1))
                }
                _ => None,
            })
        };
        let known = self.journal.rare().chain(self.journal.iter()).filter(|event| event.at <= self.until);
        let others: BTreeSet<InstanceId> = known
            .filter_map(|event| match event.what {
                What::Instance { instance, .. } if instance != here => Some(instance),
                _ => None,
            })
            .collect();
        others.into_iter().filter_map(absent).max_by_key(|event| event.seq)
    }
}

//! What the events that an arm keeps can tell about one thing: why it happened, and what went on inside.
//!
//! ```text
//!   Journal ─┬─ why    an effect and its causes, up to the command or to where it began by itself
//!            ├─ delay  what a request mostly waited for, and what was the matter there
//!            ├─ way    where a request spent its time: pieces that sum to its latency
//!            ├─ visit  a user's requests, each with who served it and what was lost
//!            └─ wire   what its messages say, byte for byte as large as the events say; token: the real one
//! ```
//!
//! Nothing here is estimated: what the kept events cannot tell is said to be unknown.

pub mod delay;
pub mod token;
pub mod visit;
pub mod way;
pub mod why;
pub mod wire;

use crate::command::Target;
use crate::event::{Event, Health, InstanceId, RequestId, SessionId, Status, What};
use crate::experiment::Journal;
use crate::units::Nanos;

/// The instance at which, or to which, an event happened; 0 if it has none.
#[must_use]
pub const fn instance_of(what: &What) -> InstanceId {
    match *what {
        What::Pinned { instance, .. }
        | What::Routed { instance, .. }
        | What::Held { instance, .. }
        | What::Refused { instance, .. }
        | What::Queued { instance, .. }
        | What::Started { instance, .. }
        | What::Occupied { instance, .. }
        | What::Asked { instance, .. }
        | What::Answered { instance, .. }
        | What::Replied { instance, .. }
        | What::Returned { instance, .. }
        | What::Instance { instance, .. }
        | What::Slowed { instance, .. }
        | What::Partitioned { instance, .. }
        | What::Checked { instance, .. }
        | What::Believed { instance, .. }
        | What::Connected { instance, .. }
        | What::Disconnected { instance, .. }
        | What::Pushed { instance, .. } => instance,
        _ => 0,
    }
}

/// What somebody wants to look into.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Look {
    /// Why this happened.
    Why(why::Effect),
    /// One request of a visit, or of anybody.
    Request(Chosen),
    /// All that is kept of a visit, and which processes ended meanwhile.
    Visit(SessionId),
    /// What happened to an instance, and what the balancer came to think of it.
    Instance(InstanceId),
}

/// Which request.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Chosen {
    /// Of this visit; none: of anybody.
    pub of: Option<SessionId>,
    /// This one; none: the newest.
    pub request: Option<RequestId>,
}

/// What there is to see.
#[derive(Clone, PartialEq, Debug)]
pub struct Sight {
    /// What was looked for.
    pub look: Look,
    /// Its events, oldest first; of a request: those of its visit, so that what it carries can be told.
    pub events: Vec<Event>,
    /// The causes of an effect; empty for anything else.
    pub causes: Vec<why::Step>,
    /// Of a request: itself, and its neighbours among those that can be looked at.
    pub requests: Neighbours,
}

/// A request among its neighbours.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Neighbours {
    /// The request that is looked at.
    pub this: Option<RequestId>,
    /// The one issued before it.
    pub earlier: Option<RequestId>,
    /// The one issued after it.
    pub later: Option<RequestId>,
}

impl Sight {
    /// Looks for it among the events that are kept up to `now`.
    #[must_use]
    pub fn of(journal: &Journal, look: Look, now: Nanos) -> Self {
        let mut sight = Self { look, events: Vec::new(), causes: Vec::new(), requests: Neighbours::default() };
        match look {
            Look::Why(effect) => sight.causes = why::causes(journal, effect, now),
            Look::Request(chosen) => {
                sight.requests = neighbours(journal, chosen);
                if let Some(request) = sight.requests.this {
                    sight.events = visit_events(journal, request);
                }
            }
            Look::Visit(session) => {
                let of_it = |event: &&Event| event.what.session() == Some(session) || ends(&event.what);
                sight.events = journal.iter().filter(of_it).copied().collect();
            }
            Look::Instance(id) => {
                let about = |event: &&Event| match event.what {
                    What::Commanded { command } => command.target() == Some(Target::Instance(id)),
                    ref what => what.session().is_none() && instance_of(what) == id,
                };
                sight.events = journal.rare().chain(journal.iter()).filter(about).copied().collect();
            }
        }
        sight
    }
}

/// Whether the memory of an instance or the store goes with it.
const fn ends(what: &What) -> bool {
    match what {
        What::Instance { health, .. } => !health.runs(),
        What::Store { health, .. } => matches!(health, Health::Down),
        _ => false,
    }
}

/// The chosen request and those before and after it. Only requests whose beginning is kept can be looked at.
fn neighbours(journal: &Journal, chosen: Chosen) -> Neighbours {
    let mut found = Neighbours::default();
    for event in journal.iter().rev() {
        let What::Issued { request, session, .. } = event.what else { continue };
        if chosen.of.is_some_and(|of| of != session) {
            continue;
        }
        if found.this.is_some() {
            found.earlier = Some(request);
            break;
        }
        if chosen.request.is_none_or(|wanted| wanted == request) {
            found.this = Some(request);
        } else {
            found.later = Some(request);
        }
    }
    if found.this.is_none() { Neighbours::default() } else { found }
}

/// Everything that happened in the visit of a request; and if the request's instance died under it, that too, at its place.
fn visit_events(journal: &Journal, request: RequestId) -> Vec<Event> {
    let of_request = |event: &&Event| event.what.request() == Some(request);
    let Some(session) = journal.iter().find(of_request).and_then(|event| event.what.session()) else {
        return Vec::new();
    };
    let mut events: Vec<Event> =
        journal.iter().filter(|event| event.what.session() == Some(session)).copied().collect();
    let mut deaths: Vec<Event> = events
        .iter()
        .filter(|event| matches!(event.what, What::Returned { status: Status::CutOff, .. }))
        .filter(of_request)
        .filter_map(|event| journal.get(event.cause))
        .filter(|cause| matches!(cause.what, What::Instance { .. }))
        .copied()
        .collect();
    events.append(&mut deaths);
    events.sort_by_key(|event| event.seq);
    events
}

//! How each request ended in two futures, and the first that ended otherwise.

use crate::event::{Event, Outcome, RequestId, RequestKind, SessionId, Sink, What};
use crate::units::Nanos;
use std::collections::BTreeMap;

/// A planned request, the same in both futures.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Key {
    /// The request of a visit with this place in its plan.
    Planned(SessionId, u32),
    /// One that was under way when the futures parted: its number is the same in both.
    UnderWay(RequestId),
}

/// A request that ended, and how.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Fate {
    at: Nanos,
    session: SessionId,
    outcome: Outcome,
}

/// The first request whose fate differs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Differs {
    /// Of which visit.
    pub session: SessionId,
    /// Its place in the visit's plan, from 0; none if it was under way when the futures parted.
    pub ordinal: Option<u32>,
    /// How it ended, and when, in the first future.
    pub first: (Outcome, Nanos),
    /// And in the second.
    pub second: (Outcome, Nanos),
}

/// The fates of one future that the other has not matched yet.
#[derive(Clone, Default, Debug)]
pub(super) struct Fates {
    open: BTreeMap<RequestId, (SessionId, u32)>,
    ended: BTreeMap<Key, Fate>,
}

impl Sink for Fates {
    fn take(&mut self, event: &Event) {
        match event.what {
            What::Issued { request, session, ordinal, purpose, .. } if planned(purpose) => {
                self.open.insert(request, (session, ordinal));
            }
            What::Ended { request, session, outcome, purpose, .. } if planned(purpose) => {
                let key = self.open.remove(&request).map(|(session, ordinal)| Key::Planned(session, ordinal));
                let fate = Fate { at: event.at, session, outcome };
                self.ended.insert(key.unwrap_or(Key::UnderWay(request)), fate);
            }
            _ => {}
        }
    }
}

/// Whether a visit's plan has a place for it: to log in anew is an answer to a failure, and what a thief sends is numbered
/// apart.
const fn planned(purpose: RequestKind) -> bool {
    !matches!(purpose, RequestKind::Relogin | RequestKind::Replay)
}

/// Forgets what ended alike in both; of those that did not, the one that was over first.
pub(super) fn settle(first: &mut Fates, second: &mut Fates) -> Option<Differs> {
    let both: Vec<Key> = first.ended.keys().copied().filter(|key| second.ended.contains_key(key)).collect();
    let pairs = both.into_iter().filter_map(|key| Some((key, first.ended.remove(&key)?, second.ended.remove(&key)?)));
    let differing = pairs.filter(|(_, one, other)| one.outcome != other.outcome);
    let (key, one, other) = differing.min_by_key(|(key, one, other)| (one.at.min(other.at), *key))?;
    let ordinal = if let Key::Planned(_, ordinal) = key { Some(ordinal) } else { None };
    Some(Differs { session: one.session, ordinal, first: (one.outcome, one.at), second: (other.outcome, other.at) })
}

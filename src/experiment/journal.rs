//! The newest events of an arm, for whoever wants to read what happened.
//!
//! ```text
//!   rare ◀── [ 256 ][ 256 ] … [ 256 ][ 17 ▌      full chunks are shared by all clones of the arm
//!    └ of those that leave: what chains of causes lead to
//! ```

use crate::event::{Event, Seq, Sink, What};
use std::collections::VecDeque;
use std::sync::Arc;

/// Events in a full chunk.
const CHUNK: usize = 256;
/// So many full chunks are kept: a few minutes of a service small enough to be read.
const CHUNKS: usize = 32;
/// So many of the older events are kept beyond that: those that chains of causes lead to.
const RARE: usize = 1024;

/// A bounded record of the newest events: the last 8,192 of them at least.
#[derive(Clone, Default, Debug)]
pub struct Journal {
    full: VecDeque<Arc<Vec<Event>>>,
    open: Vec<Event>,
    /// Of those that are kept without a gap: what will be kept beyond that.
    lasting: VecDeque<Event>,
    rare: VecDeque<Event>,
}

impl Journal {
    /// The newest events, without a gap, oldest first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Event> + ExactSizeIterator {
        let count = self.full.len() * CHUNK + self.open.len();
        (0..count)
            .map(|at| self.full.get(at / CHUNK).map_or_else(|| &self.open[at % CHUNK], |chunk| &chunk[at % CHUNK]))
    }

    /// The event with this number, if it is kept.
    #[must_use]
    pub fn get(&self, seq: Seq) -> Option<&Event> {
        let first = self.iter().next()?.seq;
        let Some(at) = seq.checked_sub(first) else {
            return self.rare.get(self.rare.binary_search_by_key(&seq, |event| event.seq).ok()?);
        };
        let at = usize::try_from(at).ok()?;
        self.full
            .get(at / CHUNK)
            .map_or_else(|| self.open.get(at.checked_sub(self.full.len() * CHUNK)?), |chunk| chunk.get(at % CHUNK))
    }

    /// After so many events more, whoever has forgotten its events keeps all that it would have kept.
    pub const FILLED: u64 = ((CHUNKS + 1) * CHUNK) as u64;

    /// Forgets its full chunks, except what outlives them. See [`Journal::FILLED`].
    pub fn forget(&mut self) {
        if let Some(newest) = std::mem::take(&mut self.full).back().and_then(|chunk| chunk.last()) {
            self.outlive(newest.seq);
        }
    }

    /// About how many bytes a clone of it holds that it does not share with others.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let chunks = self.full.iter().map(|chunk| size_of_val(chunk.as_slice()) / Arc::strong_count(chunk));
        (self.open.len() + self.lasting.len() + self.rare.len()) * size_of::<Event>() + chunks.sum::<usize>()
    }

    /// Of the events before the newest: those that are kept longer, oldest first.
    pub fn rare(&self) -> impl DoubleEndedIterator<Item = &Event> + ExactSizeIterator {
        self.rare.iter()
    }
}

/// Whether chains of causes lead to events of this kind long after they happened, and there are few of them.
const fn lasting(what: &What) -> bool {
    matches!(
        what,
        What::RunStarted { .. }
            | What::Commanded { .. }
            | What::Rejected { .. }
            | What::Instance { .. }
            | What::Slowed { .. }
            | What::Partitioned { .. }
            | What::Store { .. }
            | What::Believed { .. }
            | What::RateChanged { .. }
    )
}

impl Journal {
    /// Keeps what lasts of the events up to this one, which leave.
    fn outlive(&mut self, newest: Seq) {
        let leaving = self.lasting.partition_point(|event| event.seq <= newest);
        self.rare.extend(self.lasting.drain(..leaving));
        self.rare.drain(..self.rare.len().saturating_sub(RARE));
    }

    /// An empty chunk: the oldest one's memory, if it leaves and no clone needs it any more.
    fn fresh_chunk(&mut self) -> Vec<Event> {
        let oldest = if self.full.len() == CHUNKS { self.full.pop_front() } else { None };
        let Some(oldest) = oldest else { return Vec::with_capacity(CHUNK) };
        self.outlive(oldest[CHUNK - 1].seq);
        let mut chunk = Arc::try_unwrap(oldest).unwrap_or_else(|_| Vec::with_capacity(CHUNK));
        chunk.clear();
        chunk
    }
}

impl Sink for Journal {
    fn take(&mut self, event: &Event) {
        if self.open.len() == CHUNK {
            let fresh = self.fresh_chunk();
            let full = std::mem::replace(&mut self.open, fresh);
            self.full.push_back(Arc::new(full));
        }
        self.open.push(*event);
        if lasting(&event.what) {
            self.lasting.push_back(*event);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Health;
    use crate::units::Nanos;

    fn event(seq: Seq, what: What) -> Event {
        Event { at: Nanos(seq), seq, cause: 0, root: 0, what }
    }

    #[test]
    fn the_newest_are_kept_in_order_and_found_by_number() {
        let mut journal = Journal::default();
        for seq in 1..=20_000 {
            journal.take(&event(seq, What::Late { request: seq, session: 1, attempt: 1 }));
            let first = journal.iter().next().unwrap().seq;
            assert_eq!(journal.iter().next_back().unwrap().seq, seq);
            assert_eq!(journal.iter().len() as u64, seq + 1 - first);
            assert_eq!((journal.get(seq).map(|event| event.seq), journal.get(seq + 1)), (Some(seq), None));
            assert_eq!((journal.get(first).map(|event| event.seq), journal.get(first - 1)), (Some(first), None));
        }
        assert!(journal.iter().len() >= CHUNK * CHUNKS);
        assert!(journal.iter().map(|event| event.seq).is_sorted_by(|a, b| a + 1 == *b));
    }

    #[test]
    fn what_chains_lead_to_outlives_the_rest_and_is_bounded_too() {
        let mut journal = Journal::default();
        let down = What::Instance { instance: 2, health: Health::Down, incarnation: 1, until: Nanos::ZERO, workers: 2 };
        journal.take(&event(1, What::Commanded { command: "kill 2".parse().unwrap() }));
        journal.take(&event(2, down));
        for seq in 3..=20_000 {
            journal.take(&event(seq, What::Late { request: seq, session: 1, attempt: 1 }));
        }
        assert_eq!((journal.get(2), journal.rare().len()), (Some(&event(2, down)), 2));
        assert_eq!(journal.get(3), None, "an ordinary event goes");
        for seq in 20_001..=40_000 {
            journal.take(&event(seq, down));
        }
        assert_eq!((journal.rare().len(), journal.get(2)), (RARE, None));
        assert!(journal.rare().map(|event| event.seq).is_sorted());
    }

    #[test]
    fn whoever_has_forgotten_keeps_the_same_once_it_is_filled_again() {
        let command = What::Commanded { command: "kill 2".parse().unwrap() };
        let take = |journal: &mut Journal, seq: Seq| {
            let what =
                if seq.is_multiple_of(37) { command } else { What::Late { request: seq, session: 1, attempt: 1 } };
            journal.take(&event(seq, what));
        };
        for begin in [100, 256, 257, 9_000, 50_123] {
            let mut journal = Journal::default();
            (1..=begin).for_each(|seq| take(&mut journal, seq));
            let mut forgetful = journal.clone();
            forgetful.forget();
            assert_eq!(forgetful.iter().next_back(), journal.iter().next_back(), "the newest stays");
            for seq in begin + 1..=begin + Journal::FILLED + 600 {
                take(&mut journal, seq);
                take(&mut forgetful, seq);
                if seq >= begin + Journal::FILLED {
                    assert!(
                        journal.iter().eq(forgetful.iter()) && journal.rare().eq(forgetful.rare()),
                        "{begin} {seq}"
                    );
                }
            }
        }
    }
}

//! The newest events of an arm, for whoever wants to read what happened.
//!
//! ```text
//!   [ 256 ][ 256 ] … [ 256 ][ 17 ▌      full chunks are shared by all clones of the arm
//! ```

use crate::event::{Event, Seq, Sink};
use std::collections::VecDeque;
use std::sync::Arc;

/// Events in a full chunk.
const CHUNK: usize = 256;
/// So many full chunks are kept: a few minutes of a service small enough to be read.
const CHUNKS: usize = 32;

/// A bounded record of the newest events: the last 8,192 of them at least.
#[derive(Clone, Default, Debug)]
pub struct Journal {
    full: VecDeque<Arc<[Event]>>,
    open: Vec<Event>,
}

impl Journal {
    /// The events kept, oldest first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Event> + ExactSizeIterator {
        let count = self.full.len() * CHUNK + self.open.len();
        (0..count)
            .map(|at| self.full.get(at / CHUNK).map_or_else(|| &self.open[at % CHUNK], |chunk| &chunk[at % CHUNK]))
    }

    /// The event with this number, if it is kept.
    #[must_use]
    pub fn get(&self, seq: Seq) -> Option<&Event> {
        let first = self.iter().next()?.seq;
        let at = usize::try_from(seq.checked_sub(first)?).ok()?;
        self.full
            .get(at / CHUNK)
            .map_or_else(|| self.open.get(at.checked_sub(self.full.len() * CHUNK)?), |chunk| chunk.get(at % CHUNK))
    }

    /// About how many bytes a clone of it holds that it does not share with others.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let chunks = self.full.iter().map(|chunk| size_of_val::<[Event]>(chunk) / Arc::strong_count(chunk));
        size_of_val(self.open.as_slice()) + chunks.sum::<usize>()
    }
}

impl Sink for Journal {
    fn take(&mut self, event: &Event) {
        if self.open.len() == CHUNK {
            if self.full.len() == CHUNKS {
                self.full.pop_front();
            }
            self.full.push_back(self.open.as_slice().into());
            self.open.clear();
        }
        self.open.push(*event);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::What;

    #[test]
    fn the_newest_are_kept_in_order_and_found_by_number() {
        let mut journal = Journal::default();
        for seq in 1..=20_000 {
            journal.take(&Event {
                at: crate::units::Nanos(seq),
                seq,
                cause: 0,
                root: 0,
                what: What::RateChanged { factor: 1.0 },
            });
            let first = journal.iter().next().unwrap().seq;
            assert_eq!(journal.iter().next_back().unwrap().seq, seq);
            assert_eq!(journal.iter().len() as u64, seq + 1 - first);
            assert_eq!((journal.get(seq).map(|event| event.seq), journal.get(seq + 1)), (Some(seq), None));
            assert_eq!((journal.get(first).map(|event| event.seq), journal.get(first - 1)), (Some(first), None));
        }
        assert!(journal.iter().len() >= CHUNK * CHUNKS);
        assert!(journal.iter().map(|event| event.seq).is_sorted_by(|a, b| a + 1 == *b));
    }
}

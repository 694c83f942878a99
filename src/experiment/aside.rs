//! A listener on a thread of its own.
//!
//! ```text
//!   World ─┬─▶ Ledger
//!          ╰─▶ Aside ══ batches of events ══▶ listener     on the other thread
//!                ╰◀══ the same vectors, read ════╯
//! ```
//!
//! For listeners whose answer is wanted only in the end. They get every event, in order, whichever thread is the faster one:
//! a simulation that is too far ahead waits.

use crate::event::{Event, Sink};
use std::mem;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{Scope, ScopedJoinHandle};

/// So many events are handed over at a time: a thread that is woken for each costs more than most listeners do.
const BATCH: usize = 1024;
/// So many batches may wait before the simulation does.
const AHEAD: usize = 4;

/// Hands events over to a listener that works beside the simulation.
pub(super) struct Aside<'scope, S> {
    batch: Vec<Event>,
    to: SyncSender<Vec<Event>>,
    /// Vectors that the listener is done with: they are filled again.
    read: Receiver<Vec<Event>>,
    listener: ScopedJoinHandle<'scope, S>,
}

impl<'scope, S: Sink + Send + 'scope> Aside<'scope, S> {
    /// `listener` hears what comes from now on.
    pub(super) fn spawn<'env>(scope: &'scope Scope<'scope, 'env>, mut listener: S) -> Self {
        let (to, batches) = sync_channel::<Vec<Event>>(AHEAD);
        // Room for all there are, but for the one that is filled: the listener never waits.
        let (back, read) = sync_channel(AHEAD + 2);
        let listener = scope.spawn(move || {
            for mut batch in batches {
                batch.drain(..).for_each(|event| listener.take(&event));
                // Nobody takes it back after the last event.
                back.send(batch).ok();
            }
            listener
        });
        Self { batch: Vec::with_capacity(BATCH), to, read, listener }
    }

    /// The listener, when it has heard everything.
    pub(super) fn join(mut self) -> S {
        self.hand_over();
        drop(self.to);
        self.listener.join().expect("a listener does not panic")
    }

    fn hand_over(&mut self) {
        let next = self.read.try_recv().unwrap_or_else(|_| Vec::with_capacity(BATCH));
        let batch = mem::replace(&mut self.batch, next);
        self.to.send(batch).expect("a listener hears until the last event");
    }
}

impl<'scope, S: Sink + Send + 'scope> Sink for Aside<'scope, S> {
    #[inline]
    fn take(&mut self, event: &Event) {
        self.batch.push(*event);
        if self.batch.len() == BATCH {
            self.hand_over();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::What;
    use crate::units::Nanos;
    use std::thread;

    #[derive(Default)]
    struct Heard(Vec<u64>);

    impl Sink for Heard {
        fn take(&mut self, event: &Event) {
            self.0.push(event.seq);
        }
    }

    #[test]
    fn every_event_is_heard_in_order_also_those_of_a_batch_that_is_not_full() {
        for many in [0, 1, BATCH as u64, 10 * (BATCH * AHEAD) as u64 + 7] {
            let heard = thread::scope(|scope| {
                let mut aside = Aside::spawn(scope, Heard::default());
                for seq in 1..=many {
                    let what = What::RateChanged { factor: 1.0 };
                    aside.take(&Event { at: Nanos(seq), seq, cause: 0, root: 0, what });
                }
                aside.join()
            });
            assert_eq!(heard.0, (1..=many).collect::<Vec<_>>());
        }
    }
}

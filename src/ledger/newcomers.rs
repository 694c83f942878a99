//! How long a new instance takes until it carries its share of the work.
//!
//! ```text
//!   starts ─▶ up ─▶ windows of ≥ 1 s and ≥ 100 requests an instance ─▶ the first in which it took up ≥ 80 % of the mean
//! ```
//!
//! A share has to be measured over something: over 100 requests an instance it is known within ±10 % or so, and among many
//! short windows one would be good by chance. Windows follow one another, and begin anew whenever instances come or go, for
//! then the mean is another.

use crate::event::{Health, InstanceId};
use crate::units::Nanos;
use smallvec::SmallVec;

/// The least part of the mean that counts as a share of its own, in percent.
const SHARE_PERCENT: u64 = 80;
/// How many requests a window has for each instance that is up, at least …
const WINDOW_REQUESTS: u64 = 100;
/// … and how long it is.
const WINDOW: Nanos = Nanos(1_000_000_000);

/// An instance that came up while the run went on.
#[derive(Clone, Copy, Debug)]
struct Newcomer {
    id: InstanceId,
    up_since: Nanos,
    /// Requests that it took up in this window.
    requests: u64,
}

/// Those that do not carry their share yet.
#[derive(Clone, Default, Debug)]
pub struct Newcomers {
    waiting: SmallVec<[Newcomer; 4]>,
    /// Instances that are up.
    up: u64,
    /// Requests that any of them took up in this window, and since when it is.
    requests: u64,
    since: Nanos,
}

impl Newcomers {
    /// An instance is something else from here on; whether it is a newcomer now.
    pub(super) fn changed(&mut self, now: Nanos, id: InstanceId, before: Option<Health>, health: Health) -> bool {
        let (was_up, is_up) = (before == Some(Health::Up), health == Health::Up);
        let comes = is_up && before == Some(Health::Starting);
        if was_up != is_up {
            self.waiting.retain(|newcomer| newcomer.id != id);
            self.waiting.extend(comes.then_some(Newcomer { id, up_since: now, requests: 0 }));
            self.up = self.up + u64::from(is_up) - u64::from(was_up);
            self.begin_window(now);
        }
        comes
    }

    fn begin_window(&mut self, now: Nanos) {
        self.since = now;
        self.requests = 0;
        self.waiting.iter_mut().for_each(|newcomer| newcomer.requests = 0);
    }

    /// An instance took a request up; says of each that carries its share now how long that took.
    #[inline]
    pub(super) fn took_up(&mut self, now: Nanos, id: InstanceId, carries: impl FnMut(InstanceId, Nanos)) {
        if !self.waiting.is_empty() {
            self.count(now, id, carries);
        }
    }

    fn count(&mut self, now: Nanos, id: InstanceId, mut carries: impl FnMut(InstanceId, Nanos)) {
        self.requests += 1;
        if let Some(newcomer) = self.waiting.iter_mut().find(|newcomer| newcomer.id == id) {
            newcomer.requests += 1;
        }
        if self.requests < WINDOW_REQUESTS * self.up || now - self.since < WINDOW {
            return;
        }
        let least = SHARE_PERCENT * self.requests;
        let up = self.up;
        self.waiting.retain(|newcomer| {
            let carried = 100 * newcomer.requests * up >= least;
            if carried {
                carries(newcomer.id, now - newcomer.up_since);
            }
            !carried
        });
        self.begin_window(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The second one comes up at 5 s; from then on it takes up `own` requests of so many, and the last of them at an instant.
    fn carried(own: u64, all: u64, last: Nanos) -> Option<Nanos> {
        let (mut newcomers, up_since, mut after) = (Newcomers::default(), Nanos::from_secs(5.0), None);
        newcomers.changed(Nanos::ZERO, 1, None, Health::Up);
        newcomers.changed(Nanos::ZERO, 2, None, Health::Starting);
        newcomers.changed(up_since, 2, Some(Health::Starting), Health::Up);
        for nth in 1..=all {
            let now = if nth == all { last } else { up_since };
            newcomers.took_up(now, if nth <= own { 2 } else { 1 }, |_, took| after = Some(took));
        }
        after
    }

    #[test]
    fn a_window_is_a_second_and_a_hundred_requests_an_instance() {
        let (second, end) = (Nanos::from_secs(1.0), Nanos::from_secs(6.0));
        assert_eq!((carried(80, 200, end), carried(79, 200, end)), (Some(second), None), "80 % of the mean");
        assert_eq!((carried(80, 199, end), carried(80, 200, Nanos(end.0 - 1))), (None, None), "not long enough");
    }
}

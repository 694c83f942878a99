//! How wall time becomes simulated time: simulated = wall × speed, without ever racing to catch up.
//!
//! ```text
//!   wall  ──┬──┬──┬──┬─────── asleep ───────┬──┬──▶
//!   due     1  2  3  4                      4  5      the gap is skipped, and said
//! ```
//!
//! It reads no clock: whoever does says what time it is.

use crate::units::Nanos;
use std::fmt;
use std::time::Duration;

/// The factors between wall time and simulated time; one step beyond the last is "as fast as possible".
const LADDER: [f64; 16] =
    [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0];

/// A longer silence between two ticks is a laptop's sleep or a stopped process, not a busy machine.
const GAP: Duration = Duration::from_secs(1);
/// Further behind than this the wish is dropped: the machine is not fast enough.
const LAG: Duration = Duration::from_millis(250);

/// How fast simulated time runs.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Speed(usize);

impl Default for Speed {
    /// As fast as wall time.
    fn default() -> Self {
        Self(6)
    }
}

impl Speed {
    /// As fast as possible.
    pub const MOST: Self = Self(LADDER.len());

    /// The factor; none if it is as fast as possible.
    #[must_use]
    pub fn factor(self) -> Option<f64> {
        LADDER.get(self.0).copied()
    }

    /// One step faster, if there is one.
    #[must_use]
    pub fn faster(self) -> Self {
        Self((self.0 + 1).min(LADDER.len()))
    }

    /// One step slower, if there is one.
    #[must_use]
    pub fn slower(self) -> Self {
        Self(self.0.saturating_sub(1))
    }

    /// One step faster, or slower.
    #[must_use]
    pub fn step(self, faster: bool) -> Self {
        if faster { self.faster() } else { self.slower() }
    }

    /// The factor; of the fastest speed, which has none, the highest.
    #[must_use]
    pub fn pace(self) -> f64 {
        self.factor().unwrap_or(LADDER[LADDER.len() - 1])
    }

    /// What passes in a second.
    #[must_use]
    pub fn second(self) -> Nanos {
        Nanos::from_secs(self.pace())
    }
}

impl fmt::Display for Speed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.factor() {
            None => f.pad("max"),
            Some(factor) if factor < 1.0 => f.pad(&format!("1/{}×", (1.0 / factor).round())),
            Some(factor) => f.pad(&format!("{factor}×")),
        }
    }
}

/// What is to be done at a tick.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Due {
    /// Simulate up to here; [`Nanos::NEVER`]: as far as there is time for.
    pub until: Nanos,
    /// How much wall time was skipped because nobody was awake.
    pub skipped: Option<Duration>,
}

/// The pace of a run. Wall instants are spans since any fixed beginning.
#[derive(Clone, Debug)]
pub struct Pace {
    speed: Speed,
    paused: bool,
    /// A pair of instants that belong together.
    anchor: (Duration, Nanos),
    last: Duration,
}

impl Pace {
    /// Runs at wall speed from here on.
    #[must_use]
    pub fn new(wall: Duration, now: Nanos) -> Self {
        Self { speed: Speed::default(), paused: false, anchor: (wall, now), last: wall }
    }

    /// How fast.
    #[must_use]
    pub const fn speed(&self) -> Speed {
        self.speed
    }

    /// Whether time stands still.
    #[must_use]
    pub const fn paused(&self) -> bool {
        self.paused
    }

    /// Changes the speed, without a jump.
    pub fn set_speed(&mut self, speed: Speed, wall: Duration, now: Nanos) {
        self.speed = speed;
        self.resync(wall, now);
    }

    /// Stops or goes on, without a jump.
    pub fn set_paused(&mut self, paused: bool, wall: Duration, now: Nanos) {
        self.paused = paused;
        self.resync(wall, now);
    }

    /// From here on the two instants belong together (after a jump in simulated time).
    pub const fn resync(&mut self, wall: Duration, now: Nanos) {
        self.anchor = (wall, now);
        self.last = wall;
    }

    /// What is to be done at this tick.
    pub fn due(&mut self, wall: Duration, now: Nanos) -> Due {
        let silence = wall.saturating_sub(self.last);
        self.last = wall;
        if self.paused {
            return Due { until: now, skipped: None };
        }
        let Some(factor) = self.speed.factor() else { return Due { until: Nanos::NEVER, skipped: None } };
        if silence > GAP {
            self.anchor = (wall, now);
            return Due { until: now, skipped: Some(silence) };
        }
        let since = wall.saturating_sub(self.anchor.0);
        let until = self.anchor.1.saturating_add(Nanos::from_secs(since.as_secs_f64() * factor));
        Due { until: until.max(now), skipped: None }
    }

    /// After a tick's work: if it is far behind, the rest of the wish is dropped. Says whether it was.
    pub fn settle(&mut self, wall: Duration, now: Nanos, due: Due) -> bool {
        let Some(factor) = self.speed.factor().filter(|_| due.until != Nanos::NEVER) else { return false };
        let behind = due.until.since(now).secs() / factor;
        let late = behind > LAG.as_secs_f64();
        if late {
            self.anchor = (wall, now);
        }
        late
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    #[test]
    fn simulated_time_is_wall_time_by_speed() {
        let mut pace = Pace::new(ms(0), Nanos::from_secs(20.0));
        assert_eq!(pace.due(ms(500), Nanos::from_secs(20.0)).until, Nanos::from_secs(20.5));
        let faster = pace.speed().faster();
        pace.set_speed(faster, ms(500), Nanos::from_secs(20.5));
        assert_eq!(pace.due(ms(1000), Nanos::from_secs(20.5)).until, Nanos::from_secs(21.5));
        pace.set_speed(Speed::MOST, ms(1000), Nanos::from_secs(21.5));
        assert_eq!(pace.due(ms(1030), Nanos::from_secs(21.5)).until, Nanos::NEVER);
    }

    #[test]
    fn a_sleep_is_skipped_and_said() {
        let mut pace = Pace::new(ms(0), Nanos::ZERO);
        let due = pace.due(ms(3_600_000), Nanos::ZERO);
        assert_eq!(due, Due { until: Nanos::ZERO, skipped: Some(ms(3_600_000)) });
        assert_eq!(pace.due(ms(3_600_100), Nanos::ZERO).until, Nanos::from_secs(0.1));
    }

    #[test]
    fn a_pause_is_no_gap() {
        let mut pace = Pace::new(ms(0), Nanos::ZERO);
        pace.set_paused(true, ms(10), Nanos::ZERO);
        assert_eq!(pace.due(ms(9000), Nanos::ZERO), Due { until: Nanos::ZERO, skipped: None });
        pace.set_paused(false, ms(20_000), Nanos::ZERO);
        assert_eq!(pace.due(ms(20_100), Nanos::ZERO), Due { until: Nanos::from_secs(0.1), skipped: None });
    }

    #[test]
    fn a_slow_machine_drops_the_wish_instead_of_racing() {
        let mut pace = Pace::new(ms(0), Nanos::ZERO);
        let due = pace.due(ms(900), Nanos::ZERO);
        assert!(pace.settle(ms(933), Nanos::from_secs(0.1), due));
        assert_eq!(pace.due(ms(966), Nanos::from_secs(0.1)).until, Nanos::from_secs(0.133));
        let due = pace.due(ms(999), Nanos::from_secs(0.133));
        assert!(!pace.settle(ms(1000), Nanos::from_secs(0.16), due));
    }

    #[test]
    fn speeds_have_names_of_bounded_width() {
        let mut speed = Speed(0);
        assert_eq!(speed.to_string(), "1/100×");
        while speed != Speed::MOST {
            assert!(speed.to_string().chars().count() <= 6);
            assert!(speed.faster() > speed && speed.faster().slower() == speed);
            speed = speed.faster();
        }
        assert_eq!((Speed::default().to_string().as_str(), speed.to_string().as_str()), ("1×", "max"));
    }
}

//! How long things take: percentiles, and both sides of Little's law.

use super::figures::{Little, Percentiles};
use crate::units::Nanos;
use hdrhistogram::Histogram;

/// A distribution of times, and how often there was none because nothing useful ever came.
#[derive(Clone, Debug)]
pub struct Times {
    /// Three significant digits: a percentile is within 0.1 % of the true value.
    histogram: Histogram<u64>,
    sum: u128,
    max: u64,
    failed: u64,
}

impl Default for Times {
    fn default() -> Self {
        Self::new()
    }
}

impl Times {
    /// None yet.
    #[must_use]
    pub fn new() -> Self {
        let histogram = Histogram::new(3).expect("three digits are possible");
        Self { histogram, sum: 0, max: 0, failed: 0 }
    }

    /// How many bytes of memory a clone of it takes elsewhere.
    pub(super) fn bytes(&self) -> usize {
        self.histogram.distinct_values() * size_of::<u64>()
    }

    /// Counts one more time.
    pub fn record(&mut self, time: Nanos) {
        self.histogram.record(time.0).expect("an automatic histogram takes every value");
        self.sum += u128::from(time.0);
        self.max = self.max.max(time.0);
    }

    /// Counts one more that never came.
    pub const fn fail(&mut self) {
        self.failed += 1;
    }

    /// How many times there are.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.histogram.len()
    }

    /// The mean of the times, in milliseconds, exact.
    #[must_use]
    pub fn mean_ms(&self) -> Option<f64> {
        (self.count() > 0).then(|| self.sum as f64 / self.count() as f64 / 1e6)
    }

    /// The smallest time that at least a share `p` does not exceed, in milliseconds; `None` if that falls among the failures.
    #[must_use]
    pub fn quantile_ms(&self, p: f64) -> Option<f64> {
        let total = self.count() + self.failed;
        let rank = ((total as f64 * p).ceil() as u64).clamp(1, total.max(1));
        if total == 0 || rank > self.count() {
            return None;
        }
        // Quantiles of the successes alone, at the same rank; the middle of the rank guards against rounding.
        let quantile = (rank as f64 - 0.5) / self.count() as f64;
        Some(self.histogram.value_at_quantile(quantile).min(self.max) as f64 / 1e6)
    }

    /// The usual figures.
    #[must_use]
    pub fn percentiles(&self) -> Percentiles {
        Percentiles {
            mean: self.mean_ms(),
            p50: self.quantile_ms(0.5),
            p90: self.quantile_ms(0.9),
            p95: self.quantile_ms(0.95),
            p99: self.quantile_ms(0.99),
            p999: self.quantile_ms(0.999),
            max: (self.count() > 0 && self.failed == 0).then(|| self.max as f64 / 1e6),
        }
    }
}

/// Little's law: ∫N dt = ΣW, in whole request-nanoseconds. The two sides share no number.
#[derive(Clone, Copy, Default, Debug)]
pub struct LittlesLaw {
    /// The left side: requests in the system, and their integral up to `as_of`.
    in_system: u64,
    integral: u128,
    as_of: Nanos,
    /// The right side: times of those that ended, and instants of issue of all and of those that ended.
    sum: u128,
    issued_at: u128,
    ended_issued_at: u128,
    open: u64,
}

impl LittlesLaw {
    fn advance(&mut self, now: Nanos) {
        self.integral += u128::from(self.in_system) * u128::from((now - self.as_of).0);
        self.as_of = now;
    }

    pub(super) fn issued(&mut self, now: Nanos) {
        self.advance(now);
        self.in_system += 1;
        self.issued_at += u128::from(now.0);
        self.open += 1;
    }

    pub(super) fn ended(&mut self, now: Nanos, issued: Nanos) {
        self.advance(now);
        self.in_system -= 1;
        self.sum += u128::from((now - issued).0);
        self.ended_issued_at += u128::from(issued.0);
        self.open -= 1;
    }

    /// Both sides at `now`; no request is in the system when a run begins.
    pub(super) fn at(&self, now: Nanos) -> Little {
        let mut up_to_now = *self;
        up_to_now.advance(now);
        let open = u128::from(self.open) * u128::from(now.0) - (self.issued_at - self.ended_issued_at);
        Little {
            integral_ns: up_to_now.integral,
            sum_ns: self.sum + open,
            started_empty: true,
            ended_empty: self.open == 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_rank_above_every_success() {
        let mut times = Times::new();
        for ms in 1..=90 {
            times.record(Nanos::from_millis(f64::from(ms)));
        }
        for _ in 0..10 {
            times.fail();
        }
        let near = |p: f64, ms: f64| (times.quantile_ms(p).unwrap() - ms).abs() <= ms * 1e-3;
        assert!(near(0.5, 50.0) && near(0.9, 90.0));
        assert_eq!(times.quantile_ms(0.95), None);
        assert_eq!(times.mean_ms(), Some(45.5));
    }

    #[test]
    fn both_sides_of_littles_law_agree_with_requests_in_flight() {
        let mut law = LittlesLaw::default();
        law.issued(Nanos(3));
        law.issued(Nanos(5));
        law.ended(Nanos(9), Nanos(3));
        let figures = law.at(Nanos(20));
        assert_eq!((figures.integral_ns, figures.sum_ns, figures.ended_empty), (6 + 15, 6 + 15, false));
    }
}

//! Statistics of repeated measurements: means with confidence intervals, and paired differences.

use serde::Serialize;
use statrs::distribution::{ContinuousCDF, StudentsT};

/// The level of every interval of a study.
pub const LEVEL: f64 = 0.95;

/// A mean of several measurements, and how well it is known.
#[derive(Clone, Copy, PartialEq, Debug, Serialize)]
pub struct Estimate {
    /// The mean.
    pub mean: f64,
    /// The confidence interval's lower end.
    pub low: f64,
    /// The confidence interval's upper end.
    pub high: f64,
    /// How many measurements it rests on.
    pub n: usize,
}

impl Estimate {
    /// The mean of `values` with its confidence interval at this level (such as 0.95), by Student's t (Gosset 1908).
    ///
    /// `None` without values. One value alone says nothing about its spread: its interval is without bounds,
    /// which JSON cannot write, so both ends are then the mean and `n` is 1.
    #[must_use]
    pub fn of(values: &[f64], level: f64) -> Option<Self> {
        let n = values.len();
        if n == 0 {
            return None;
        }
        let mean = values.iter().sum::<f64>() / n as f64;
        let half = if n > 1 { half_width(values, mean, level) } else { 0.0 };
        Some(Self { mean, low: mean - half, high: mean + half, n })
    }

    /// The mean of the differences `ours − theirs`, pair by pair: what the pairs have in common cancels out.
    #[must_use]
    pub fn of_differences(ours: &[f64], theirs: &[f64], level: f64) -> Option<Self> {
        debug_assert_eq!(ours.len(), theirs.len(), "pairs");
        let differences: Vec<f64> = ours.iter().zip(theirs).map(|(ours, theirs)| ours - theirs).collect();
        Self::of(&differences, level)
    }

    /// Whether the interval contains `value`.
    #[must_use]
    pub fn contains(&self, value: f64) -> bool {
        self.low <= value && value <= self.high
    }

    /// With an interval that is cut off at zero, for what cannot be below.
    #[must_use]
    pub const fn not_negative(self) -> Self {
        Self { low: self.low.max(0.0), ..self }
    }

    /// The interval's ends; none with a single value, which says nothing about its spread.
    #[must_use]
    pub fn ends(&self) -> (Option<f64>, Option<f64>) {
        let known = self.n > 1;
        (known.then_some(self.low), known.then_some(self.high))
    }

    /// Half the interval's width.
    #[must_use]
    pub fn half_width(&self) -> f64 {
        (self.high - self.low) / 2.0
    }
}

fn half_width(values: &[f64], mean: f64, level: f64) -> f64 {
    let n = values.len() as f64;
    let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (n - 1.0);
    student_t(n - 1.0, level) * (variance / n).sqrt()
}

/// The two-sided quantile of Student's t: |T| exceeds it with probability 1 − `level`.
#[must_use]
pub fn student_t(degrees_of_freedom: f64, level: f64) -> f64 {
    StudentsT::new(0.0, 1.0, degrees_of_freedom).map_or(f64::INFINITY, |t| t.inverse_cdf(f64::midpoint(1.0, level)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_those_of_the_tables() {
        for (df, level, table) in [(15.0, 0.999, 4.073), (29.0, 0.95, 2.045), (1.0, 0.95, 12.706), (9.0, 0.99, 3.250)] {
            assert!((student_t(df, level) - table).abs() < 1e-3, "{df} {level}: {}", student_t(df, level));
        }
    }

    #[test]
    fn an_interval_narrows_with_more_values_and_pairs_cancel_what_they_share() {
        let noise: Vec<f64> = (0..30).map(|i| f64::from(i * 37 % 30)).collect();
        let shifted: Vec<f64> = noise.iter().map(|value| value + 1.0).collect();
        let few = Estimate::of(&noise[..10], 0.95).unwrap();
        let many = Estimate::of(&noise, 0.95).unwrap();
        assert!(many.half_width() < few.half_width());
        let paired = Estimate::of_differences(&shifted, &noise, 0.95).unwrap();
        assert!((paired.mean - 1.0).abs() < 1e-12 && paired.half_width() < 1e-9);
        assert!(!paired.contains(0.0) && many.contains(many.mean));
        assert_eq!(Estimate::of(&[], 0.95), None);
        let rare = Estimate::of(&[0.0, 0.0, 1.0], 0.95).unwrap();
        assert!(rare.low < 0.0 && rare.not_negative() == Estimate { low: 0.0, ..rare });
    }
}

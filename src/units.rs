//! Newtypes for simulated time. Bytes are plain integers with `_bytes` in their names.

use serde::Serialize;
use std::fmt;
use std::ops::{Add, AddAssign, Sub};

/// An instant or a span of simulated time, in whole nanoseconds since the run began.
///
/// Integers keep time exact: sums never drift, and equal instants are equal on every platform.
/// A `u64` holds 584 years.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug, Serialize)]
#[serde(transparent)]
pub struct Nanos(pub u64);

impl Nanos {
    /// The beginning of a run.
    pub const ZERO: Self = Self(0);
    /// Later than anything that happens.
    pub const NEVER: Self = Self(u64::MAX);

    /// From seconds; negative and undefined values become zero, huge ones [`Nanos::NEVER`].
    #[must_use]
    pub fn from_secs(seconds: f64) -> Self {
        // `as` saturates, and maps NaN to zero.
        Self((seconds * 1e9).round() as u64)
    }

    /// From milliseconds, as [`Nanos::from_secs`].
    #[must_use]
    pub fn from_millis(millis: f64) -> Self {
        Self((millis * 1e6).round() as u64)
    }

    /// From microseconds, as [`Nanos::from_secs`].
    #[must_use]
    pub fn from_micros(micros: f64) -> Self {
        Self((micros * 1e3).round() as u64)
    }

    /// In seconds.
    #[must_use]
    pub fn secs(self) -> f64 {
        self.0 as f64 / 1e9
    }

    /// In milliseconds.
    #[must_use]
    pub fn millis(self) -> f64 {
        self.0 as f64 / 1e6
    }

    /// This instant moved by `span`, or [`Nanos::NEVER`].
    #[must_use]
    pub const fn saturating_add(self, span: Self) -> Self {
        Self(self.0.saturating_add(span.0))
    }

    /// The span since `earlier`, or zero if that is later.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Self {
        Self(self.0.saturating_sub(earlier.0))
    }

    /// This span stretched by `factor` (≥ 0).
    #[must_use]
    pub fn scaled(self, factor: f64) -> Self {
        if factor == 1.0 { self } else { Self((self.0 as f64 * factor).round() as u64) }
    }
}

impl Add for Nanos {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl AddAssign for Nanos {
    fn add_assign(&mut self, other: Self) {
        self.0 += other.0;
    }
}

impl Sub for Nanos {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
}

/// As `12.345 s`.
impl fmt::Display for Nanos {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.3} s", self.secs())
    }
}

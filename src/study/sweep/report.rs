//! What `statelab.sweep/1` consists of. What is not defined is `None`, and `null` in JSON.

use super::plan::Axis;
use crate::scenario::Home;
use crate::study::usl::Usl;
use serde::Serialize;
use std::collections::BTreeMap;

/// The name of this layout; a change of what stands here needs a new number.
pub const SCHEMA: &str = "statelab.sweep/1";

/// Trials of a bisection: its bracket is 1/256 of what the workers could do if they never waited.
pub const HALVINGS: u32 = 8;

/// A whole sweep.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct SweepReport {
    /// [`SCHEMA`].
    pub schema: &'static str,
    /// The program's version.
    pub version: &'static str,
    /// The scenario's name.
    pub scenario: String,
    /// Whether it was interrupted.
    pub partial: bool,
    /// By how much network and service are slowed, and latencies with them; 1: not at all; none if the values differ in that.
    pub slow_motion: Option<f64>,
    /// The scenario's fields that are not as they are by default, by path, each value as TOML; before what varies is set.
    pub settings: BTreeMap<String, String>,
    /// All commands that were planned, in order, as `--do` takes them.
    pub commands: Vec<String>,
    /// The first of the paired seeds.
    pub seed: u64,
    /// Paired seeds that were asked for.
    pub runs: u32,
    /// The level of every interval.
    pub level: f64,
    /// What varies.
    pub axis: Axis,
    /// What was found.
    #[serde(flatten)]
    pub findings: Findings,
}

impl SweepReport {
    /// Whether some command had become impossible, with some value and some seed, when its turn came.
    #[must_use]
    pub fn rejects(&self) -> bool {
        let Findings::Field { homes, .. } = &self.findings else { return false };
        homes.iter().flat_map(|home| &home.points).any(|point| point.rejects)
    }
}

/// What was found, by what varied.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[serde(untagged)]
pub enum Findings {
    /// The number of instances.
    Capacity {
        /// The objective for waits at p99.
        slo_ms: f64,
        /// Of all requests so many may end other than ok.
        failures_ratio: f64,
        /// The number of open requests may grow by so much of those that were issued.
        backlog_ratio: f64,
        /// Follow-ups in a trial with one instance; with N it has √N times as many.
        followups: f64,
        /// The warm-up before them, as a share of their time.
        warmup_ratio: f64,
        /// Every home.
        homes: Vec<CapacityHome>,
    },
    /// A field.
    Field {
        /// Simulated seconds of a run; none if the values differ in that.
        duration_s: Option<f64>,
        /// How many of them were not counted; none if the values differ in that.
        warmup_s: Option<f64>,
        /// Every home.
        homes: Vec<FieldHome>,
    },
}

/// What a home can carry.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct CapacityHome {
    /// Where session state lived.
    pub home: Home,
    /// By size.
    pub points: Vec<CapacityPoint>,
    /// The fitted law.
    pub usl: Option<Usl>,
    /// Why there is none.
    pub usl_missing: Option<&'static str>,
    /// From where on the store is what binds; only where there is one.
    pub store: Option<StoreLimit>,
}

/// What a size can carry: the goodput at the highest good rate.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct CapacityPoint {
    /// How many instances.
    pub instances: u16,
    /// Requests answered ok per second at the highest good rate: the mean over the seeds under which one is good; `None`: none
    /// is.
    pub requests_per_s: Option<Mean>,
    /// Under how many seeds no rate was good.
    pub none: usize,
    /// How far the lowest bad rate is above the highest good one, on average: no bisection can tell more. `None`: it was not
    /// measured.
    pub bracket_per_s: Option<f64>,
    /// Under each seed that is finished, in order; `None`: no rate is good.
    pub by_seed: Vec<Option<f64>>,
    /// X(N) / (N·X(1)); `None` unless some rate was good under every seed, with N and with one instance.
    pub efficiency: Option<f64>,
}

/// Which N makes the store the busiest part, by the utilisation law U = X·D (Denning, Buzen 1978).
#[derive(Clone, Copy, PartialEq, Debug, Serialize)]
pub struct StoreLimit {
    /// Operations of a request, as measured at the highest good rates.
    pub operations_per_request: f64,
    /// What the store can do at most, in requests per second.
    pub requests_per_s: f64,
    /// So many times what one instance carries is all that the store can do: beyond this N the store binds. `None`: what one
    /// carries is not known.
    pub binds_at: Option<f64>,
}

/// A mean over seeds with its interval.
#[derive(Clone, Copy, PartialEq, Debug, Serialize)]
pub struct Mean {
    /// The mean.
    pub mean: f64,
    /// The interval's lower end; `None` with one value.
    pub low: Option<f64>,
    /// The interval's upper end.
    pub high: Option<f64>,
    /// How many values there are.
    pub n: usize,
}

/// What came of each value in a home.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct FieldHome {
    /// Where session state lived.
    pub home: Home,
    /// By value.
    pub points: Vec<FieldPoint>,
}

/// What came of one value.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct FieldPoint {
    /// The value, as TOML.
    pub value: String,
    /// Seeds that were run to their end.
    pub runs: usize,
    /// Whether some command had become impossible, with some of them, when its turn came.
    #[serde(skip)]
    pub rejects: bool,
    /// Figures by their dotted names, as `statelab compare` has them.
    pub figures: BTreeMap<&'static str, FieldFigure>,
}

/// A figure over the runs of one value.
#[derive(Clone, Copy, PartialEq, Debug, Serialize)]
pub struct FieldFigure {
    /// Its mean; `None` unless it is defined in every run: those in which a percentile of the waits falls among failures are
    /// the worst, and the mean of the others would praise the value.
    pub mean: Option<f64>,
    /// The interval's lower end; `None` with one value.
    pub low: Option<f64>,
    /// The interval's upper end.
    pub high: Option<f64>,
    /// In so many runs it is defined.
    pub defined: usize,
}

impl FieldFigure {
    /// The mean with its interval, if there is one.
    #[must_use]
    pub fn known(&self) -> Option<Mean> {
        self.mean.map(|mean| Mean { mean, low: self.low, high: self.high, n: self.defined })
    }
}

//! Which tasks a sweep consists of.

use crate::scenario::{Home, Scenario, settings};
use crate::study::capacity::undisturbed;
use crate::study::{Answers, warm_up};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// The schema of its part files.
pub const PART: &str = "statelab.sweep-part/1";

/// What varies.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Axis {
    /// The number of instances: how much traffic do they carry?
    Sizes(Vec<u16>),
    /// A field of the scenario: what comes of it?
    Field {
        /// Its dotted path.
        path: String,
        /// Its values, as TOML.
        values: Vec<String>,
    },
}

/// What is asked of a sweep.
#[derive(Clone, PartialEq, Debug)]
pub struct Options {
    /// The homes, in the order of the report.
    pub homes: Vec<Home>,
    /// Paired seeds.
    pub runs: u32,
    /// What varies.
    pub axis: Axis,
}

/// All that is needed, with the answers, to write the report.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outline {
    /// The scenario's name.
    pub scenario: String,
    /// The first of the paired seeds.
    pub seed: u64,
    /// Paired seeds.
    pub runs: u32,
    /// The homes.
    pub homes: Vec<Home>,
    /// What varies.
    pub axis: Axis,
    /// The objective for waits at p99.
    pub slo_ms: f64,
    /// Simulated seconds of a run over a field; none if its values differ in that.
    pub duration_s: Option<f64>,
    /// How many of them are not counted; none if the values differ in that.
    pub warmup_s: Option<f64>,
    /// By how much network and service are slowed; none if the values differ in that.
    pub slow_motion: Option<f64>,
    /// What made the scenario what it is: see [`settings`].
    pub settings: BTreeMap<String, String>,
    /// All commands that are planned, in order.
    pub commands: Vec<String>,
    /// What an operation demands of the store's workers, in seconds, divided by their number.
    pub store_demand_s: f64,
}

/// A piece of work, which depends on nothing else.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Task {
    /// What one home can carry with one size, under one seed; home and size by their place.
    Capacity { home: usize, size: usize, run: u32 },
    /// One seed and one value in all homes; the value by its place.
    Runs { value: usize, run: u32 },
}

/// What all variants have in common, if it is one value.
fn common(variants: &[Scenario], figure: impl Fn(&Scenario) -> f64) -> Option<f64> {
    let first = figure(variants.first()?);
    variants.iter().all(|variant| figure(variant) == first).then_some(first)
}

impl Outline {
    /// What a sweep of this scenario consists of, which is run in these `variants`.
    pub(super) fn new(scenario: &Scenario, variants: &[Scenario], options: Options) -> Self {
        // Of sizes nothing is tried but the traffic: what else the scenario brings is no setting of what was measured.
        let told = match &options.axis {
            Axis::Sizes(_) => undisturbed(scenario),
            Axis::Field { .. } => scenario.clone(),
        };
        Self {
            scenario: scenario.name.clone(),
            seed: scenario.seed,
            runs: options.runs,
            homes: options.homes,
            axis: options.axis,
            slo_ms: scenario.slo_ms,
            duration_s: common(variants, |variant| variant.duration_s),
            warmup_s: common(variants, |variant| warm_up(variant).secs()),
            slow_motion: common(variants, |variant| variant.slow_motion),
            settings: settings(&told),
            commands: told.planned(),
            store_demand_s: scenario.store.service_us.mean() * scenario.slow_motion
                / 1e6
                / f64::from(scenario.store.workers),
        }
    }

    /// The sizes; none if a field varies.
    #[must_use]
    pub fn sizes(&self) -> &[u16] {
        match &self.axis {
            Axis::Sizes(sizes) => sizes,
            Axis::Field { .. } => &[],
        }
    }

    /// How many tasks there are for each seed.
    fn tasks_per_run(&self) -> usize {
        match &self.axis {
            Axis::Sizes(sizes) => sizes.len() * self.homes.len(),
            Axis::Field { values, .. } => values.len(),
        }
    }

    /// How many tasks there are.
    pub(super) fn tasks(&self) -> usize {
        self.tasks_per_run() * self.runs as usize
    }

    /// Whether these are the answers to its tasks, all of them and each of the right shape.
    #[must_use]
    pub fn fits(&self, answers: &Answers) -> bool {
        let right = |answer: &Value| match &self.axis {
            Axis::Sizes(_) => answer.is_array(),
            Axis::Field { .. } => self.homes.iter().all(|home| answer.get(home.id()).is_some_and(Value::is_object)),
        };
        self.tasks() == answers.len() && answers.iter().zip(0..).all(|((&task, answer), i)| task == i && right(answer))
    }

    /// A task by its number: all there is under the first seed, then under the next.
    pub(super) fn task(&self, number: usize) -> Task {
        let (run, rest) = ((number / self.tasks_per_run()) as u32, number % self.tasks_per_run());
        match &self.axis {
            Axis::Sizes(sizes) => Task::Capacity { home: rest / sizes.len(), size: rest % sizes.len(), run },
            Axis::Field { .. } => Task::Runs { value: rest, run },
        }
    }
}

//! `sweep`: capacity against the number of instances, or a whole scenario against one of its fields.
//!
//! ```text
//!   --sizes  home × N × seed: bisection ─▶ goodput at the highest good rate ─▶ mean over seeds, efficiency, scalability law, what binds
//!   --over   value × seed: a run in every home ─▶ a few figures ─▶ means and intervals over paired seeds
//!   (plan.rs: which tasks there are · report.rs: the report · summary.rs: from answers to the report)
//! ```

mod plan;
mod report;
mod summary;

pub use plan::{Axis, Options, Outline, PART};
pub use report::{
    CapacityHome, CapacityPoint, FieldHome, FieldPoint, Findings, HALVINGS, Mean, SCHEMA, StoreLimit, SweepReport,
};
pub use summary::{FIGURES, summarise};

use super::capacity::{Bisection, FOLLOWUPS, Trial, unsearchable};
use super::compare::{REJECTED, one_run};
use super::crew::{Study, fingerprint, nth_seed};
use super::progress::Watch;
use crate::scenario::{Fault, Faults, Home, Scenario};
use plan::Task;
use rayon::prelude::*;
use serde_json::{Map, Value, json};

/// A sweep that is ready to be made.
#[derive(Clone, Debug)]
pub struct Sweep {
    outline: Outline,
    /// One for each value of the field; else the scenario alone.
    scenarios: Vec<Scenario>,
}

impl Sweep {
    /// Sweeps this scenario.
    ///
    /// # Errors
    /// If the scenario breaks a rule, or does so with one of the values, or if there is no capacity to be found.
    pub fn new(scenario: &Scenario, options: Options) -> Result<Self, Faults> {
        scenario.validate()?;
        let scenarios = match &options.axis {
            Axis::Sizes(sizes) => {
                if let Some(why) = sizes.iter().find_map(|&size| unsearchable(scenario, size)) {
                    let hint = Some("raise `workload.service_ms`, or sweep --over a field".into());
                    return Err(Fault::of(&format!("scenario {}", scenario.name), why, hint).into());
                }
                vec![scenario.clone()]
            }
            Axis::Field { path, values } => {
                values.iter().map(|value| with(scenario, path, value)).collect::<Result<_, _>>()?
            }
        };
        Ok(Self { outline: Outline::new(scenario, &scenarios, options), scenarios })
    }

    /// What it consists of.
    #[must_use]
    pub const fn plan(&self) -> &Outline {
        &self.outline
    }

    /// What is run: the scenario with each value of the field; else the scenario alone.
    #[must_use]
    pub fn scenarios(&self) -> &[Scenario] {
        &self.scenarios
    }

    fn capacity(&self, home: Home, instances: u16, run: u32, watch: &Watch<'_>) -> Option<Value> {
        let scenario = Scenario { seed: nth_seed(self.outline.seed, run), ..self.scenarios[0].clone() };
        let mut search = Bisection::new(&scenario, home, instances, followups(instances));
        while search.trials() < HALVINGS {
            if watch.stopped() {
                return None;
            }
            search.step();
            watch.step();
        }
        search.verdict().map_err(|broken| watch.reject(broken)).ok()?;
        let (good, bad) = search.bracket();
        let best = search.best();
        let measured = |figure: fn(Trial) -> f64| best.map_or(0.0, figure);
        Some(json!([measured(|trial| trial.goodput_per_s), bad - good, measured(|trial| trial.store_operations)]))
    }

    /// One seed in all homes.
    fn runs(&self, value: usize, run: u32, watch: &Watch<'_>) -> Option<Value> {
        let scenario = Scenario { seed: nth_seed(self.outline.seed, run), ..self.scenarios[value].clone() };
        let figures = |&home: &Home| {
            let leaves = one_run(&scenario, home, watch)?;
            let kept = FIGURES.map(|(name, _)| name).into_iter().chain([REJECTED]);
            let kept = kept.map(|name| (name.to_owned(), leaves.get(name).cloned().unwrap_or_default()));
            Some((home.id().to_owned(), Value::Object(kept.collect())))
        };
        let by_home: Map<String, Value> =
            self.outline.homes.par_iter().map(figures).collect::<Option<Vec<_>>>()?.into_iter().collect();
        Some(Value::Object(by_home))
    }
}

/// Follow-ups of a trial with so many instances: the more there are, the shorter is the time of as many, while what fills
/// their queues does not change faster.
fn followups(instances: u16) -> f64 {
    FOLLOWUPS * libm::sqrt(f64::from(instances))
}

/// The scenario with this field set.
fn with(scenario: &Scenario, path: &str, value: &str) -> Result<Scenario, Faults> {
    let mut scenario = scenario.clone();
    let label = format!("--over {path}={value}");
    scenario.set_as(&label, path, value)?;
    if path == "seed" {
        let hint = Some("--seed gives the first of them, and --runs their number".into());
        return Err(Fault::of(&label, "every value is run with the same seeds", hint).into());
    }
    scenario.validate()?;
    Ok(scenario)
}

impl Study for Sweep {
    const PART: &'static str = PART;

    fn outline(&self) -> Value {
        serde_json::to_value(&self.outline).unwrap_or_default()
    }

    fn fingerprint(&self) -> String {
        fingerprint(&self.outline, &self.scenarios)
    }

    fn tasks(&self) -> usize {
        self.outline.tasks()
    }

    fn unit(&self) -> &'static str {
        match self.outline.axis {
            Axis::Sizes(_) => "trials",
            Axis::Field { .. } => "runs",
        }
    }

    fn steps(&self, task: usize) -> u64 {
        match self.outline.task(task) {
            Task::Capacity { .. } => HALVINGS.into(),
            Task::Runs { .. } => self.outline.homes.len() as u64,
        }
    }

    fn perform(&self, task: usize, watch: &Watch<'_>) -> Option<Value> {
        match self.outline.task(task) {
            Task::Capacity { home, size, run } => {
                self.capacity(self.outline.homes[home], self.outline.sizes()[size], run, watch)
            }
            Task::Runs { value, run } => self.runs(value, run, watch),
        }
    }
}

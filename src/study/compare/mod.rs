//! `compare`: homes of state on the same traffic, with paired seeds.
//!
//! ```text
//!   scenario ─┬─ seeds × homes ───────────────▶ figures of each run ─▶ means, intervals, paired differences ─▶ table
//!             ├─ trials × homes ──────────────▶ capacities ──────────────────────────────────────────────▶ table
//!             └─ parameter halved, doubled ───▶ figures of each run ─▶ who wins then? ───────────────────▶ flips
//!   (plan.rs: which tasks there are · figures.rs: what is kept of a run · summary.rs: from answers to the report)
//! ```
//!
//! A task is one seed in all homes, so a pair is complete or not there at all.

mod figures;
mod knobs;
mod plan;
mod report;
mod summary;
mod verdict;

pub use figures::{BYTES, KINDS, LATE, MESSAGES, NOT_OK, PARTS, REJECTED, RESENT, STATEFUL, WAITS, WAITS_FAILED};
pub use plan::{Change, Options, Outline, PART, StudyOutline, VariantOutline};
pub use report::{
    CellReport, CompareReport, Difference, Figure, Figures, GoodFor, HomeReport, RowReport, SCHEMA, StudyReport,
    VariantReport,
};
pub use summary::summarise;
pub use verdict::{
    Advantage, Beaten, Best, CRITERIA, Criterion, Excluded, Outcome, Reason, TooFew, Undecided, Verdict, decide,
};

use super::CapacityStudy;
use super::crew::{Answers, Study, fingerprint, nth_seed};
use super::guarded::Guarded;
use super::progress::Watch;
use super::warm::AfterWarmUp;
use crate::experiment::Slices;
use crate::scenario::{Faults, Home, Scenario};
use crate::sim::World;
use crate::units::Nanos;
use figures::Leaves;
use plan::Task;
use rayon::prelude::*;
use serde_json::{Map, Value, json};

/// A comparison that is ready to be made.
#[derive(Clone, Debug)]
pub struct Compare {
    outline: Outline,
    /// By study: the scenario, then its variants.
    scenarios: Vec<Vec<Scenario>>,
    tasks: Vec<Task>,
}

impl Compare {
    /// Compares homes in each of these scenarios.
    ///
    /// # Errors
    /// If a scenario breaks a rule.
    pub fn new(scenarios: &[Scenario], options: &Options) -> Result<Self, Faults> {
        let mut studies = Vec::new();
        let mut prepared = Vec::new();
        for scenario in scenarios {
            scenario.validate()?;
            let (outline, variants) = plan::outline(scenario, options);
            studies.push(outline);
            prepared.push(std::iter::once(scenario.clone()).chain(variants).collect());
        }
        let outline = Outline { studies };
        let tasks = outline.tasks();
        Ok(Self { outline, scenarios: prepared, tasks })
    }

    /// What it consists of.
    #[must_use]
    pub const fn plan(&self) -> &Outline {
        &self.outline
    }

    /// One seed in all homes.
    fn runs(&self, scenario: &Scenario, homes: &[Home], run: u32, watch: &Watch<'_>) -> Option<Value> {
        let seed = nth_seed(scenario.seed, run);
        let scenario = Scenario { seed, ..scenario.clone() };
        let runs: Vec<Leaves> = homes.par_iter().map(|&home| one_run(&scenario, home, watch)).collect::<Option<_>>()?;
        let by_home: Map<String, Value> =
            homes.iter().zip(runs).map(|(home, leaves)| (home.id().to_owned(), Value::Object(leaves))).collect();
        Some(Value::Object(by_home))
    }
}

/// One home's figures after the warm-up.
pub(super) fn one_run(scenario: &Scenario, home: Home, watch: &Watch<'_>) -> Option<Leaves> {
    let end = Nanos::from_secs(scenario.duration_s);
    let mut run = Guarded::new(scenario, AfterWarmUp::new(scenario));
    let mut world = World::new(scenario, home);
    let mut slices = Slices::new();
    while world.now() < end {
        if watch.stopped() {
            return None;
        }
        world.run_until(slices.next(&world).min(end), &mut run);
    }
    run.verdict().map_err(|broken| watch.reject(broken)).ok()?;
    watch.step();
    let (waits, rejected) = (run.sink.waits(), run.sink.rejected());
    Some(figures::leaves(&run.sink.report(scenario, home, end), waits, rejected, scenario))
}

/// The capacities of one home with one seed, as a list.
fn capacities(scenario: &Scenario, home: Home, run: u32, watch: &Watch<'_>) -> Option<Value> {
    let scenario = Scenario { seed: nth_seed(scenario.seed, run), ..scenario.clone() };
    let mut study = CapacityStudy::new(&scenario, home);
    while !study.finished() {
        if watch.stopped() {
            return None;
        }
        study.step();
    }
    study.verdict().map_err(|broken| watch.reject(broken)).ok()?;
    watch.step();
    Some(json!(study.capacities()))
}

impl Study for Compare {
    const PART: &'static str = PART;

    fn outline(&self) -> Value {
        serde_json::to_value(&self.outline).unwrap_or_default()
    }

    fn fingerprint(&self) -> String {
        fingerprint(&self.outline, &self.scenarios)
    }

    fn tasks(&self) -> usize {
        self.tasks.len()
    }

    fn unit(&self) -> &'static str {
        let searched = self.tasks.iter().any(|task| matches!(task, Task::Capacity { .. }));
        if searched { "runs and searches" } else { "runs" }
    }

    fn steps(&self, task: usize) -> u64 {
        match self.tasks[task] {
            Task::Runs { study, .. } => self.outline.studies[study].homes.len() as u64,
            Task::Capacity { .. } => 1,
        }
    }

    fn tells(&self, answers: &Answers) -> bool {
        answers.keys().any(|&task| matches!(self.tasks[task], Task::Runs { variant: 0, .. }))
    }

    fn perform(&self, task: usize, watch: &Watch<'_>) -> Option<Value> {
        match self.tasks[task] {
            Task::Runs { study, variant, run } => {
                self.runs(&self.scenarios[study][variant], &self.outline.studies[study].homes, run, watch)
            }
            Task::Capacity { study, home, run } => capacities(&self.scenarios[study][0], home, run, watch),
        }
    }
}

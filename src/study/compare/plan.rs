//! Which runs a comparison consists of.

use super::figures::scheduled;
use super::knobs::{Scaled, scale};
use crate::scenario::{Home, Scenario, TimedCommand, knobs, settings};
use crate::study::{Answers, CapacityStudy, warm_up};
use crate::table::{Advice, Parameter};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// The schema of its part files.
pub const PART: &str = "statelab.compare-part/1";

/// Each parameter is multiplied by these.
const FACTORS: [f64; 2] = [0.5, 2.0];

/// What is asked of a comparison.
#[derive(Clone, PartialEq, Debug)]
pub struct Options {
    /// The homes, in the order of the report.
    pub homes: Vec<Home>,
    /// Paired seeds.
    pub runs: u32,
    /// Paired seeds for each variant of a workload; 0: no variants.
    pub variant_runs: u32,
    /// Paired seeds for the study of capacity, which the table's row Scalability needs; 0: none.
    pub capacity_runs: u32,
}

/// All that is needed, with the answers, to write the report.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outline {
    /// One for each scenario.
    pub studies: Vec<StudyOutline>,
}

/// One scenario.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StudyOutline {
    /// Its name.
    pub scenario: String,
    /// What a session's state is called.
    pub noun: String,
    /// The first of the paired seeds.
    pub seed: u64,
    /// Simulated seconds of a run.
    pub duration_s: f64,
    /// How many of them are not counted.
    pub warmup_s: f64,
    /// By how much network and service are slowed.
    pub slow_motion: f64,
    /// What made the scenario what it is: see [`settings`].
    pub settings: BTreeMap<String, String>,
    /// All commands that are planned, in order.
    pub commands: Vec<String>,
    /// The objective for waits at p99.
    pub slo_ms: f64,
    /// The homes.
    pub homes: Vec<Home>,
    /// For each of them the keys of the service that are not as they are by default.
    pub knobs: BTreeMap<Home, Vec<String>>,
    /// The commands that may be faults, in the order of the figures `faults.1.…`, `faults.2.…`
    pub faults: Vec<TimedCommand>,
    /// Paired seeds.
    pub runs: u32,
    /// Paired seeds for each variant.
    pub variant_runs: u32,
    /// Paired seeds for the study of capacity.
    pub capacity_runs: u32,
    /// The variants, the most telling first; none unless the scenario is one of the four workloads.
    pub variants: Vec<VariantOutline>,
}

/// The scenario with one parameter halved or doubled.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VariantOutline {
    /// What the parameter is called.
    pub parameter: String,
    /// What it is multiplied by.
    pub factor: f64,
    /// Each field that changes.
    pub changes: Vec<Change>,
    /// Why it cannot be run, if it cannot.
    pub impossible: Option<String>,
}

/// A field of the scenario; of a distribution it is the mean.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// Its dotted path.
    pub field: String,
    /// Its value in the scenario.
    pub from: f64,
    /// Its value in the variant.
    pub to: f64,
    /// Whether both are means of a distribution.
    pub mean: bool,
}

/// A piece of work, which depends on nothing else.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Task {
    /// One seed in all homes. Variant 0 is the scenario itself.
    Runs { study: usize, variant: usize, run: u32 },
    /// What one home can carry, with one seed.
    Capacity { study: usize, home: Home, run: u32 },
}

impl Outline {
    /// How many tasks there are.
    #[must_use]
    pub fn size(&self) -> usize {
        let of_one = |study: &StudyOutline| {
            let possible = study.variants.iter().filter(|variant| variant.impossible.is_none()).count();
            let capacities = study.homes.len() * study.capacity_runs as usize;
            study.runs as usize + capacities + possible * study.variant_runs as usize
        };
        self.studies.iter().map(of_one).sum()
    }

    /// Whether these are the answers to its tasks, all of them and each of the right shape.
    #[must_use]
    pub fn fits(&self, answers: &Answers) -> bool {
        let right = |task: &Task, answer: &Value| match *task {
            Task::Runs { study, .. } => {
                self.studies[study].homes.iter().all(|home| answer.get(home.id()).is_some_and(Value::is_object))
            }
            Task::Capacity { .. } => answer.is_array(),
        };
        // Tasks are listed only if the file that claims them is as large as they are many.
        self.size() == answers.len()
            && self
                .tasks()
                .iter()
                .enumerate()
                .all(|(i, task)| answers.get(&i).is_some_and(|answer| right(task, answer)))
    }

    /// Every task, in an order that all shards agree on.
    pub fn tasks(&self) -> Vec<Task> {
        let mut tasks = Vec::new();
        for (study, outline) in self.studies.iter().enumerate() {
            tasks.extend((0..outline.runs).map(|run| Task::Runs { study, variant: 0, run }));
            for run in 0..outline.capacity_runs {
                tasks.extend(outline.homes.iter().map(|&home| Task::Capacity { study, home, run }));
            }
            for (variant, _) in (1..).zip(&outline.variants).filter(|(_, variant)| variant.impossible.is_none()) {
                tasks.extend((0..outline.variant_runs).map(|run| Task::Runs { study, variant, run }));
            }
        }
        tasks
    }
}

/// The outline of one scenario's study, and the scenario's variants.
pub fn outline(scenario: &Scenario, options: &Options) -> (StudyOutline, Vec<Scenario>) {
    let advice = Advice::of(&scenario.name).filter(|_| options.variant_runs > 0);
    let parameters = advice.map(Advice::parameters).unwrap_or_default();
    let (outlines, variants) =
        parameters.into_iter().flat_map(|parameter| FACTORS.map(|factor| variant(scenario, parameter, factor))).unzip();
    let outline = StudyOutline {
        scenario: scenario.name.clone(),
        noun: scenario.noun.clone(),
        seed: scenario.seed,
        duration_s: scenario.duration_s,
        warmup_s: warm_up(scenario).secs(),
        slow_motion: scenario.slow_motion,
        settings: settings(scenario),
        commands: scenario.planned(),
        slo_ms: scenario.slo_ms,
        homes: options.homes.clone(),
        knobs: options.homes.iter().map(|&home| (home, knobs(scenario, home))).collect(),
        faults: scheduled(scenario),
        runs: options.runs,
        // They are compared with as many runs of the scenario itself.
        variant_runs: options.variant_runs.min(options.runs),
        capacity_runs: match CapacityStudy::impossible(scenario) {
            None => options.capacity_runs.min(options.runs),
            Some(_) => 0,
        },
        variants: outlines,
    };
    (outline, variants)
}

fn variant(scenario: &Scenario, parameter: &Parameter, factor: f64) -> (VariantOutline, Scenario) {
    let mut changed = scenario.clone();
    let mut changes = Vec::new();
    let mut impossible = None;
    for field in &parameter.fields {
        match scale(&mut changed, field, factor) {
            Ok(scaled) => {
                changes.extend(scaled.map(|Scaled { from, to, mean }| Change { field: field.clone(), from, to, mean }))
            }
            Err(why) => impossible = Some(why),
        }
    }
    if changes.is_empty() {
        impossible = impossible.or_else(|| Some("nothing would change".into()));
    }
    let broken = changed.validate().err().map(|faults| faults.to_string());
    let impossible = impossible.or(broken);
    (VariantOutline { parameter: parameter.name.clone(), factor, changes, impossible }, changed)
}

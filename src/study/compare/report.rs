//! What `statelab.compare/1` consists of. What is not defined is `None`, and `null` in JSON.

use super::figures::{KINDS, REJECTED};
use super::plan::Change;
use super::verdict::{Outcome, Verdict};
use crate::command::Command;
use crate::scenario::{Home, TimedCommand};
use serde::{Serialize, Serializer};
use std::collections::BTreeMap;

/// The name of this layout; a change of what stands here needs a new number.
pub const SCHEMA: &str = "statelab.compare/1";

/// A whole comparison.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct CompareReport {
    /// [`SCHEMA`].
    pub schema: &'static str,
    /// The program's version.
    pub version: &'static str,
    /// Whether it was interrupted.
    pub partial: bool,
    /// The level of every interval.
    pub level: f64,
    /// One for each scenario.
    pub studies: Vec<StudyReport>,
}

/// One scenario.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct StudyReport {
    /// Its name.
    pub scenario: String,
    /// Paired seeds that were asked for.
    pub runs: u32,
    /// The seeds of which every home was run to its end.
    pub seeds: Vec<u64>,
    /// Simulated seconds of a run.
    pub duration_s: f64,
    /// How many of them were not counted: figures are of requests issued later, and of what happened later.
    pub warmup_s: f64,
    /// By how much network and service are slowed, and latencies with them; 1: not at all.
    pub slow_motion: f64,
    /// The scenario's fields that are not as they are by default, by path, each value as TOML.
    pub settings: BTreeMap<String, String>,
    /// All commands that were planned, in order, as `--do` takes them.
    pub commands: Vec<String>,
    /// The objective for waits at p99.
    pub slo_ms: f64,
    /// The home that the others are compared with: `token`, or else the first.
    pub reference: Home,
    /// Every home.
    pub homes: Vec<HomeReport>,
    /// The commands that may be faults, in the order of the figures `faults.1.…`, `faults.2.…`; a home has none where it was
    /// rejected or did no harm.
    #[serde(serialize_with = "commands")]
    pub faults: Vec<TimedCommand>,
    /// The summary table, from the means.
    pub table: Vec<RowReport>,
    /// Who wins, and whether that is what the textbook says.
    pub good_for: GoodFor,
}

impl StudyReport {
    /// Whether some command had become impossible, in some home and with some seed, when its turn came.
    #[must_use]
    pub fn rejects(&self) -> bool {
        self.homes.iter().any(|home| home.figures.mean(REJECTED).is_some_and(|mean| mean > 0.0))
    }

    /// The command that a figure is about, if its name is that of a fault's.
    #[must_use]
    pub fn command(&self, figure: &str) -> Option<Command> {
        let number: usize = figure.strip_prefix("faults.")?.split('.').next()?.parse().ok()?;
        Some(self.faults.get(number.checked_sub(1)?)?.command)
    }
}

fn commands<S: Serializer>(faults: &[TimedCommand], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(faults.iter().map(|fault| fault.command))
}

/// One home.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct HomeReport {
    /// Where session state lived.
    pub home: Home,
    /// Every figure of a run that is a number, by its dotted name, and those that follow from them (`derived.…`).
    pub figures: Figures,
}

impl HomeReport {
    /// Whether there is a store.
    #[must_use]
    pub fn has_store(&self) -> bool {
        self.figures.mean(KINDS).is_some_and(|kinds| kinds > 2.0)
    }

    /// Whether a command is for a store that is not there.
    #[must_use]
    pub fn misses_store(&self, command: Command) -> bool {
        command.misses_store(self.has_store())
    }
}

/// Figures by name, in the order of the run's report.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Figures(pub Vec<(String, Figure)>);

impl Figures {
    /// The figure of this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Figure> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, figure)| figure)
    }

    /// Its mean.
    #[must_use]
    pub fn mean(&self, name: &str) -> Option<f64> {
        self.get(name)?.mean
    }
}

impl Serialize for Figures {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, figure)| (name, figure)))
    }
}

/// One figure over all runs.
#[derive(Clone, Copy, PartialEq, Debug, Serialize)]
pub struct Figure {
    /// The mean; only if the figure is defined in every run, because a mean of the others would flatter.
    pub mean: Option<f64>,
    /// The confidence interval's lower end; only from two runs on.
    pub low: Option<f64>,
    /// … and its upper end.
    pub high: Option<f64>,
    /// In how many runs it is defined.
    pub defined: usize,
    /// Compared with the reference, pair by pair; of the reference itself there is none.
    pub difference: Option<Difference>,
}

/// The mean of the paired differences, this home minus the reference.
#[derive(Clone, Copy, PartialEq, Debug, Serialize)]
pub struct Difference {
    /// The mean.
    pub mean: f64,
    /// The confidence interval's lower end; only from two runs on.
    pub low: Option<f64>,
    /// … and its upper end.
    pub high: Option<f64>,
    /// What the interval says: `higher`, `lower`, or `no difference` where it spans zero; nothing with a single run.
    pub verdict: Option<&'static str>,
}

/// One row of the summary table.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct RowReport {
    /// What the textbook calls it.
    pub title: &'static str,
    /// The textbook's words for stateless and stateful.
    pub textbook: [&'static str; 2],
    /// How it is measured.
    pub formula: &'static str,
    /// What to keep in mind.
    pub caveat: &'static str,
    /// At least this is high, below that is low.
    pub thresholds: [f64; 2],
    /// One a home.
    pub cells: Vec<CellReport>,
}

/// One cell.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct CellReport {
    /// Where session state lived.
    pub home: Home,
    /// The figure.
    pub text: String,
    /// The figure in a word; none if it could not be measured.
    pub word: Option<&'static str>,
    /// Whether that is the textbook's word for this home's family.
    pub agrees: Option<bool>,
    /// What went into it.
    pub inputs: Vec<(&'static str, String)>,
}

/// Who wins, and what that depends on.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct GoodFor {
    /// The rule in words.
    pub rule: &'static str,
    /// The scenario's verdict, from all runs; none if no run is done.
    pub verdict: Option<Verdict>,
    /// The textbook's advice, if the scenario is one of the four workloads.
    pub advice: Option<&'static str>,
    /// The homes that follow it.
    pub advised: Vec<Home>,
    /// What became of it.
    pub outcome: Option<Outcome>,
    /// How many paired seeds each variant has.
    pub variant_runs: u32,
    /// The scenario's verdict from as few runs as the variants have: a variant is compared with this one.
    pub base: Option<Verdict>,
    /// The scenario with one parameter halved or doubled, the most telling first.
    pub variants: Vec<VariantReport>,
}

/// A variant of the scenario.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct VariantReport {
    /// What the parameter is called.
    pub parameter: String,
    /// What it was multiplied by.
    pub factor: f64,
    /// Each field that changed.
    pub changes: Vec<Change>,
    /// Why it could not be run, if it could not.
    pub impossible: Option<String>,
    /// Its verdict, if all its runs are done.
    pub verdict: Option<Verdict>,
    /// What becomes of the advice.
    pub outcome: Option<Outcome>,
    /// Whether others win than in the scenario itself.
    pub flips: Option<bool>,
}

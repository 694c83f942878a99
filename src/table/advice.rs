//! The textbook's advice for four workloads, and what it may depend on: data, from `assets/table.toml`.

use super::RULES;
use crate::scenario::Home;
use serde::Deserialize;

/// What the textbook advises for a workload.
#[derive(Clone, PartialEq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Advice {
    /// The scenario that is this workload.
    pub scenario: String,
    /// The advice in words.
    pub advice: String,
    /// The homes of state that follow it.
    pub homes: Vec<Home>,
    /// The names of the parameters that are halved and doubled, the most telling first.
    pub depends_on: Vec<String>,
}

/// A parameter of scenarios that can be halved and doubled.
#[derive(Clone, PartialEq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parameter {
    /// What it is called.
    pub name: String,
    /// The fields that are scaled together.
    pub fields: Vec<String>,
}

/// The four workloads, in the order of the reports.
#[must_use]
pub fn workloads() -> &'static [Advice] {
    &RULES.workload
}

impl Advice {
    /// The advice for a scenario of this name, if it is one of the four.
    #[must_use]
    pub fn of(scenario: &str) -> Option<&'static Self> {
        workloads().iter().find(|workload| workload.scenario == scenario)
    }

    /// What may change the winner, in order. (A test holds every name to a parameter.)
    #[must_use]
    pub fn parameters(&self) -> Vec<&'static Parameter> {
        let named = |name: &String| RULES.parameter.iter().find(|parameter| parameter.name == *name);
        self.depends_on.iter().filter_map(named).collect()
    }
}

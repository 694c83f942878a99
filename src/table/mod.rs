//! The summary table: the rows that every textbook prints, each cell measured in this run.
//!
//! ```text
//!   figures of each arm + a capacity study ─▶ cell (figure, word, inputs) ─▶ row: does the textbook's word agree?
//! ```
//!
//! Words come from thresholds in `assets/table.toml`; nothing here knows what ought to come out.

mod advice;
mod cells;
mod measured;

pub use advice::{Advice, Parameter, workloads};
pub(crate) use measured::tries;
pub use measured::{DUTIES, Measured, MeasuredFault};

use crate::ledger::RunReport;
use crate::scenario::{Home, Scenario};
use crate::study::Capacity;
use serde::Deserialize;
use std::sync::LazyLock;

/// One column: a home of state and what was measured with it.
#[derive(Clone, Copy, Debug)]
pub struct Column<'a> {
    /// Where session state lives.
    pub home: Home,
    /// What is run.
    pub scenario: &'a Scenario,
    /// The figures of this run.
    pub figures: &'a RunReport,
    /// What a capacity study found so far.
    pub capacities: &'a [Capacity],
    /// How many of its trials are done, of how many.
    pub progress: (u32, u32),
}

/// A figure in a word.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Word {
    /// At least the upper threshold.
    High,
    /// Between the two.
    Medium,
    /// Below the lower one.
    Low,
}

impl Word {
    /// As it is read.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::High => "high",
            Self::Medium => "medium",
            Self::Low => "low",
        }
    }
}

/// How wide a cell may be, in characters.
pub const CELL_WIDTH: usize = 22;

/// One figure of one home.
#[derive(Clone, PartialEq, Debug)]
pub struct Cell {
    /// At most [`CELL_WIDTH`] characters; if nothing is measured yet, what it waits for.
    pub text: String,
    /// The figure in a word; `None` while it is not measured.
    pub word: Option<Word>,
    /// Whether harm was done to users.
    pub harm: bool,
    /// What went into the figure, each with its name.
    pub inputs: Vec<(&'static str, String)>,
}

/// What the textbook's words are worth in this run.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// Both families came out as the textbook says.
    Agrees,
    /// One did not; the reason is a fact of this run.
    Differs(String),
    /// Not everything is measured; what is missing.
    Open(String),
}

/// One property.
#[derive(Clone, PartialEq, Debug)]
pub struct Row {
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
    /// One a column.
    pub cells: Vec<Cell>,
    /// Of the stateless column and the first stateful one.
    pub verdict: Verdict,
}

impl Row {
    /// The textbook's word for the family that a home belongs to.
    #[must_use]
    pub const fn expects(&self, home: Home) -> &'static str {
        self.textbook[if home.stateful() { 1 } else { 0 }]
    }

    /// Whether a cell of this row came out as the textbook says of its home; none while it is not measured.
    #[must_use]
    pub fn agrees(&self, home: Home, cell: &Cell) -> Option<bool> {
        cell.word.map(|word| word.text() == self.expects(home))
    }

    /// Whether the textbook grades it, as high or low.
    #[must_use]
    pub const fn graded(&self) -> bool {
        self.thresholds[0] > 0.0
    }
}

/// The fixed part of a row.
#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
struct Rule {
    title: String,
    stateless: String,
    stateful: String,
    high_from: f64,
    low_below: f64,
    formula: String,
    caveat: String,
}

#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
struct Rules {
    scalability: Rule,
    fault_tolerance: Rule,
    complexity: Rule,
    client_responsibility: Rule,
    good_for: Rule,
    parameter: Vec<Parameter>,
    workload: Vec<Advice>,
}

static RULES: LazyLock<Rules> = LazyLock::new(|| {
    toml::from_str(include_str!("../../assets/table.toml")).expect("the shipped table is well-formed")
});

impl Rule {
    fn word(&self, figure: f64) -> Word {
        if figure >= self.high_from {
            Word::High
        } else if figure < self.low_below {
            Word::Low
        } else {
            Word::Medium
        }
    }

    fn row(&'static self, columns: &[Measured<'_>], measure: impl Fn(&Self, &Measured<'_>) -> Cell) -> Row {
        let cells: Vec<Cell> = columns.iter().map(|column| measure(self, column)).collect();
        let verdict = self.verdict(columns, &cells);
        Row {
            title: &self.title,
            textbook: [&self.stateless, &self.stateful],
            formula: &self.formula,
            caveat: &self.caveat,
            thresholds: [self.high_from, self.low_below],
            cells,
            verdict,
        }
    }

    fn verdict(&self, columns: &[Measured<'_>], cells: &[Cell]) -> Verdict {
        let families = [(false, &self.stateless), (true, &self.stateful)];
        let mut reasons = Vec::new();
        for (stateful, expected) in families {
            let found = columns.iter().zip(cells).find(|(column, _)| column.home.stateful() == stateful);
            let Some((column, cell)) = found else { return Verdict::Open("needs both worlds".into()) };
            let Some(word) = cell.word else { return Verdict::Open(cell.text.clone()) };
            if word.text() != expected {
                let family = family(stateful);
                reasons.push(format!(
                    "{} measured {} ({}), the textbook says {expected} for {family}",
                    column.home,
                    cell.text,
                    word.text()
                ));
            }
        }
        if reasons.is_empty() { Verdict::Agrees } else { Verdict::Differs(reasons.join("; ")) }
    }
}

/// A family of homes, as the textbook calls it.
#[must_use]
pub const fn family(stateful: bool) -> &'static str {
    if stateful { "stateful" } else { "stateless" }
}

/// The whole table for these homes, as of now.
#[must_use]
pub fn summary(columns: &[Column<'_>]) -> Vec<Row> {
    let measured: Vec<Measured<'_>> = columns.iter().map(Measured::from).collect();
    summary_of(&measured)
}

/// The same, of one run or of the means of many.
#[must_use]
pub fn summary_of(columns: &[Measured<'_>]) -> Vec<Row> {
    vec![
        RULES.scalability.row(columns, cells::scalability),
        RULES.fault_tolerance.row(columns, cells::fault_tolerance),
        RULES.complexity.row(columns, cells::complexity),
        RULES.client_responsibility.row(columns, cells::client_responsibility),
        RULES.good_for.row(columns, cells::good_for),
    ]
}

#[cfg(test)]
mod tests;

//! What an oracle is made of: a run, and what theory claims about it.

use crate::experiment::run_headless;
use crate::ledger::RunReport;
use crate::scenario::{Fault, Faults, Home, Scenario, TimedCommand};
use std::sync::atomic::AtomicBool;

/// How much work goes into a validation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Effort {
    /// A few seconds: wider intervals, as continuous integration needs it.
    Quick,
    /// About a minute on two cores.
    Full,
}

/// Seeds of each oracle: with many, the interval of a mean can be near to certain without being wide.
pub(super) const SEEDS: usize = 32;

impl Effort {
    /// How long a run is (of a queue), or how many visits it has (of a service), relative to a quick validation.
    pub(super) const fn length(self) -> f64 {
        match self {
            Self::Quick => 1.0,
            Self::Full => 5.0,
        }
    }

    /// How wide an interval may be, relative to a quick validation: the root of the above, and a little more.
    pub(super) const fn width(self) -> f64 {
        match self {
            Self::Quick => 1.0,
            Self::Full => 0.55,
        }
    }
}

/// What one run says to one claim.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Seen {
    /// A measurement with chance in it.
    Value(f64),
    /// Both sides of an identity, to the last digit.
    Sides { exact: u128, found: u128 },
}

/// What theory says about one figure.
#[derive(Clone, Debug)]
pub(super) struct Claim {
    /// The figure, in words.
    pub(super) figure: &'static str,
    /// Its formula.
    pub(super) formula: &'static str,
    /// Where the formula is from.
    pub(super) source: &'static str,
    /// The unit of its values; empty for a share.
    pub(super) unit: &'static str,
    /// The parameters of the run.
    pub(super) parameters: String,
    /// The exact value, and how wide a quick validation's interval may be on either side, relative to it: half as much again
    /// as it usually is, for its width depends on chance, too: in two thousand it was never 1.42 times the usual. `None` for an identity, whose exact side comes from the run.
    pub(super) exact: Option<(f64, f64)>,
}

type Measure = Box<dyn Fn(u64) -> Vec<Seen> + Send + Sync>;

/// A run, what is measured in it, and what theory says to each of the measurements.
pub(super) struct Case {
    /// What is run, in the words of theory.
    pub(super) system: &'static str,
    /// In the order of what is measured.
    pub(super) claims: Vec<Claim>,
    /// Runs under a seed.
    pub(super) measure: Measure,
}

impl Case {
    /// A case whose measurements have chance in them.
    pub(super) fn estimated(
        system: &'static str,
        claims: Vec<Claim>,
        measure: impl Fn(u64) -> Vec<f64> + Send + Sync + 'static,
    ) -> Self {
        Self { system, claims, measure: Box::new(move |seed| measure(seed).into_iter().map(Seen::Value).collect()) }
    }

    /// A case with one claim that must hold to the last digit; `measure` gives the exact side, and what was found.
    pub(super) fn identity(
        system: &'static str,
        claim: Claim,
        measure: impl Fn(u64) -> (u128, u128) + Send + Sync + 'static,
    ) -> Self {
        let measure = move |seed| {
            let (exact, found) = measure(seed);
            vec![Seen::Sides { exact, found }]
        };
        Self { system, claims: vec![claim], measure: Box::new(measure) }
    }
}

/// A shipped scenario with these assignments and scripted commands.
pub(super) fn scenario(name: &str, set: &[String], script: &[(f64, String)]) -> Result<Scenario, Faults> {
    let mut scenario = Scenario::load(name)?;
    for assignment in set {
        scenario.set(assignment)?;
    }
    for (at_s, text) in script {
        let command = text.parse().map_err(|why| Fault::of(text, format!("{why}"), None))?;
        scenario.schedule([TimedCommand { at_s: *at_s, command }]);
    }
    scenario.validate()?;
    Ok(scenario)
}

/// The figures of a whole run under this seed. One that breaks a law of the model ends the program: it has no figures.
pub(super) fn run(scenario: &Scenario, home: Home, seed: u64) -> RunReport {
    let seeded = Scenario { seed, ..scenario.clone() };
    run_headless(&seeded, home, &AtomicBool::new(false), None).expect("the model keeps its laws").report
}

/// Strings of literals, for assignments.
macro_rules! set {
    ($($format:literal $(, $value:expr)* );* $(;)?) => { [$(format!($format $(, $value)*)),*] };
}
pub(super) use set;

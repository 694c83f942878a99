//! The simulator against theory: every oracle over a range of parameters, each of which could fail.
//!
//! ```text
//!   case (a run, and what theory claims of it) × seeds ─▶ mean and interval ─▶ pass · fail · vague
//! ```
//!
//! # What a verdict means
//!
//! A claim **passes** if the exact value lies in the confidence interval of what was measured under several seeds (Student's t),
//! and **fails** if not. An interval so wide that it would hardly exclude anything is **vague**, and that fails too: how wide
//! each may be is part of the claim. An identity passes if both sides are equal to the last digit under every seed.
//!
//! The intervals are as wide as it takes for *all* of them together to hold with [`FAMILY_LEVEL`] (Bonferroni): a correct simulator
//! fails a validation under one base seed in a thousand, and hardly oftener for being vague. A given seed always gives the same verdict.

mod case;
mod identities;
mod queues;
mod state;

pub use case::Effort;

use super::crew::share_out;
use super::progress::Watch;
use super::statistics::Estimate;
use crate::scenario::Faults;
use case::{Case, Claim, SEEDS, Seen};
use serde::Serialize;
use std::collections::BTreeMap;

/// The name of this layout; a change of what stands here needs a new number.
pub const SCHEMA: &str = "statelab.validate/1";

/// How likely every interval of a validation contains what it estimates.
pub const FAMILY_LEVEL: f64 = 0.999;

/// What is to be validated, and how.
#[derive(Clone, PartialEq, Debug)]
pub struct Request {
    /// How much work goes into it.
    pub effort: Effort,
    /// The base of all seeds; other bases share no seed with it.
    pub seed: u64,
    /// Only oracles whose system or figure contains this, whatever the case; empty: all.
    pub only: String,
    /// Exact values are multiplied by this first: 1, or else a check of the check, which must then fail.
    pub skew: f64,
}

/// Whether theory and simulation agree.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// They do.
    Pass,
    /// They do not.
    Fail,
    /// The interval is too wide to tell.
    Vague,
}

/// What was found about one claim.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Finding {
    /// What was run, in the words of theory.
    pub system: &'static str,
    /// What was measured.
    pub figure: &'static str,
    /// With which parameters.
    pub parameters: String,
    /// What theory says, as a formula.
    pub formula: &'static str,
    /// Where the formula is from.
    pub source: &'static str,
    /// The unit of the values; empty for shares and counts.
    pub unit: &'static str,
    /// The values.
    #[serde(flatten)]
    pub values: Values,
    /// Whether they agree.
    pub verdict: Verdict,
}

/// Exact and simulated values.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Values {
    /// A mean over seeds, with chance in it.
    Estimate {
        /// What theory says.
        exact: f64,
        /// The mean over all seeds.
        simulated: f64,
        /// The confidence interval's lower end.
        low: f64,
        /// The confidence interval's upper end.
        high: f64,
        /// Half its width, relative to the exact value: an error of twice as much can hardly hide.
        half_width_ratio: f64,
        /// What that may be at most.
        allowed_ratio: f64,
    },
    /// Counted without error, summed over all seeds.
    Identity {
        /// What theory says.
        exact: u128,
        /// What the other side came to.
        simulated: u128,
    },
}

/// What came of a validation: `statelab.validate/1`.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Validation {
    /// [`SCHEMA`].
    pub schema: &'static str,
    /// The program's version.
    pub version: &'static str,
    /// Whether it was a quick one.
    pub quick: bool,
    /// The base of all seeds.
    pub seed: u64,
    /// Seeds of each oracle.
    pub runs: u64,
    /// What exact values were multiplied by, if they were.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub skew: Option<f64>,
    /// Whether it was interrupted.
    pub partial: bool,
    /// How many claims were to be tested; the others were interrupted.
    pub claims: usize,
    /// The confidence level of each interval.
    pub row_level: f64,
    /// How likely a correct simulator fails a whole validation, over all seeds.
    pub false_alarm: f64,
    /// How many passed.
    pub passed: usize,
    /// How many did not.
    pub failed: usize,
    /// Every claim.
    pub oracles: Vec<Finding>,
}

/// The oracles that were asked for, ready to be run.
pub struct Oracles {
    request: Request,
    cases: Vec<Case>,
}

impl Oracles {
    /// Makes them ready.
    ///
    /// # Errors
    /// None with the scenarios as they are shipped: each oracle changes one of them.
    pub fn new(request: Request) -> Result<Self, Faults> {
        let only = request.only.to_lowercase();
        let mut cases = queues::cases(request.effort)?;
        cases.extend(state::cases(request.effort)?);
        cases.extend(identities::cases()?);
        cases.retain(|case| {
            let mut names = case.claims.iter().map(|claim| claim.figure).chain([case.system]);
            names.any(|name| name.to_lowercase().contains(&only))
        });
        Ok(Self { request, cases })
    }

    /// How many runs it takes; none if no oracle has the name that was asked for.
    #[must_use]
    pub fn runs(&self) -> u64 {
        (self.cases.len() * SEEDS) as u64
    }

    /// Makes all runs on so many threads (0: one for each core), and judges. The outcome does not depend on how many there are.
    ///
    /// # Errors
    /// If the system gives no threads.
    pub fn validate(&self, jobs: usize, watch: &Watch<'_>) -> Result<Validation, String> {
        let runs: Vec<usize> = (0..self.cases.len() * SEEDS).collect();
        let seen: BTreeMap<usize, Vec<Seen>> = share_out(&runs, jobs, |&run| {
            let seed = self.request.seed.wrapping_mul(SEEDS as u64).wrapping_add((run % SEEDS) as u64);
            let seen = (!watch.stopped()).then(|| (run, (self.cases[run / SEEDS].measure)(seed)));
            watch.step();
            seen
        })?;
        let seen: Vec<_> = runs.iter().map(|run| seen.get(run)).collect();
        Ok(self.report(&seen))
    }

    /// A case counts if every one of its runs was made.
    fn report(&self, seen: &[Option<&Vec<Seen>>]) -> Validation {
        let intervals = self.cases.iter().flat_map(|case| &case.claims).filter(|claim| claim.exact.is_some()).count();
        let row_level = 1.0 - (1.0 - FAMILY_LEVEL) / intervals.max(1) as f64;
        let mut oracles = Vec::new();
        for (case, runs) in self.cases.iter().zip(seen.chunks(SEEDS)) {
            let Some(runs) = runs.iter().copied().collect::<Option<Vec<_>>>() else { continue };
            for (i, claim) in case.claims.iter().enumerate() {
                let seen: Vec<Seen> = runs.iter().map(|run| run[i]).collect();
                oracles.push(judge(case.system, claim, &seen, row_level, &self.request));
            }
        }
        gather(&mut oracles);
        let passed = oracles.iter().filter(|finding| finding.verdict == Verdict::Pass).count();
        let Request { effort, seed, skew, .. } = self.request;
        Validation {
            schema: SCHEMA,
            version: env!("CARGO_PKG_VERSION"),
            quick: effort == Effort::Quick,
            seed,
            runs: SEEDS as u64,
            skew: (skew != 1.0).then_some(skew),
            partial: seen.contains(&None),
            claims: self.cases.iter().map(|case| case.claims.len()).sum(),
            row_level,
            false_alarm: 1.0 - FAMILY_LEVEL,
            passed,
            failed: oracles.len() - passed,
            oracles,
        }
    }
}

/// Puts what was found about the same figure of the same system side by side, in the order of first appearance.
fn gather(oracles: &mut [Finding]) {
    let mut order: Vec<(&str, &str)> = Vec::new();
    for finding in oracles.iter() {
        if !order.contains(&(finding.system, finding.figure)) {
            order.push((finding.system, finding.figure));
        }
    }
    oracles.sort_by_key(|finding| order.iter().position(|group| *group == (finding.system, finding.figure)));
}

fn judge(system: &'static str, claim: &Claim, seen: &[Seen], level: f64, request: &Request) -> Finding {
    let (values, verdict) = match claim.exact {
        Some((exact, width)) => estimate(exact * request.skew, width * request.effort.width(), seen, level),
        None => identity(seen, request.skew),
    };
    let Claim { figure, formula, source, unit, ref parameters, .. } = *claim;
    Finding { system, figure, parameters: parameters.clone(), formula, source, unit, values, verdict }
}

fn estimate(exact: f64, allowed_ratio: f64, seen: &[Seen], level: f64) -> (Values, Verdict) {
    let value = |seen: &Seen| match *seen {
        Seen::Value(value) => value,
        Seen::Sides { .. } => f64::NAN,
    };
    let values: Vec<f64> = seen.iter().map(value).collect();
    let (simulated, low, high) = Estimate::of(&values, level)
        .map_or((f64::NAN, f64::NAN, f64::NAN), |estimate| (estimate.mean, estimate.low, estimate.high));
    let half_width_ratio = (high - low) / 2.0 / exact;
    // No number agrees with nothing: comparisons are such that it fails.
    let verdict = match low <= exact && exact <= high {
        true if half_width_ratio <= allowed_ratio => Verdict::Pass,
        true => Verdict::Vague,
        false => Verdict::Fail,
    };
    (Values::Estimate { exact, simulated, low, high, half_width_ratio, allowed_ratio }, verdict)
}

fn identity(seen: &[Seen], skew: f64) -> (Values, Verdict) {
    let mut equal = !seen.is_empty();
    let mut sums = (0, 0);
    for run in seen {
        let &Seen::Sides { exact, found } = run else {
            equal = false;
            continue;
        };
        // Away from what is exact, so that a wrong figure is one of few, too.
        let exact = match skew {
            1.0 => exact,
            more if more > 1.0 => (exact as f64 * more).ceil() as u128,
            less => (exact as f64 * less).floor() as u128,
        };
        equal &= exact == found && found > 0;
        sums = (sums.0 + exact, sums.1 + found);
    }
    let values = Values::Identity { exact: sums.0, simulated: sums.1 };
    (values, if equal { Verdict::Pass } else { Verdict::Fail })
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEVEL: f64 = 0.999;

    fn values(values: &[f64]) -> Vec<Seen> {
        values.iter().map(|&value| Seen::Value(value)).collect()
    }

    #[test]
    fn theory_passes_inside_a_narrow_interval_and_nowhere_else() {
        let seen = values(&[0.99, 1.01, 1.0, 1.005, 0.995, 1.002, 0.998, 1.0]);
        let verdict = |exact: f64, allowed: f64| estimate(exact, allowed, &seen, LEVEL).1;
        assert_eq!(verdict(1.0, 0.02), Verdict::Pass);
        assert_eq!(verdict(1.02, 0.02), Verdict::Fail);
        assert_eq!(verdict(1.0, 0.001), Verdict::Vague);
        assert_eq!(estimate(1.0, 0.5, &values(&[1.0, f64::NAN]), LEVEL).1, Verdict::Fail);
        assert_eq!(estimate(1.0, 0.5, &[], LEVEL).1, Verdict::Fail);
    }

    #[test]
    fn identities_hold_under_every_seed_or_not_at_all() {
        let sides = |exact, found| Seen::Sides { exact, found };
        assert_eq!(identity(&[sides(5, 5), sides(7, 7)], 1.0).1, Verdict::Pass);
        for skew in [0.9, 1.1] {
            assert_eq!(identity(&[sides(4, 4)], skew).1, Verdict::Fail, "a figure that is off is seen in few, too");
        }
        // Two errors that cancel out are two errors.
        assert_eq!(identity(&[sides(5, 6), sides(7, 6)], 1.0).1, Verdict::Fail);
        assert_eq!(identity(&[sides(0, 0)], 1.0).1, Verdict::Fail);
        assert_eq!(identity(&[sides(50, 50)], 1.1).1, Verdict::Fail);
        assert_eq!(identity(&[], 1.0).1, Verdict::Fail);
    }

    #[test]
    fn an_interrupted_validation_does_not_say_that_all_pass() {
        let only = "no session".to_owned();
        let oracles = Oracles::new(Request { effort: Effort::Quick, seed: 1, skew: 1.0, only }).unwrap();
        let text =
            oracles.report(&vec![None; oracles.cases.len() * SEEDS]).render(crate::report::Format::Text).unwrap();
        assert!(text.contains("interrupted before any of 4 claims was tested.") && !text.contains("pass"), "{text}");
    }
}

//! Which home wins: the rule, applied to whatever was measured. Nothing here knows what ought to come out.
//!
//! ```text
//!   all homes ──excluded: lost sessions, other than ok > 0.1 %, p99 of wait > SLO──▶ candidates ──Pareto──▶ winners
//! ```

use super::figures::{BYTES, KINDS, Leaves, NOT_OK, values};
use crate::scenario::Home;
use crate::study::Estimate;
use serde::Serialize;

/// The level of every interval.
pub const LEVEL: f64 = 0.95;
/// Requests other than ok, at most.
const NOT_OK_LIMIT: f64 = 0.001;

/// What is compared; less is better.
#[derive(Clone, Copy, Debug)]
pub struct Criterion {
    /// The figure's name.
    pub figure: &'static str,
    /// What it is called in sentences.
    pub name: &'static str,
    /// A smaller difference, relative to the larger mean, is none: the figure itself is no more exact.
    resolution: f64,
}

/// The criteria of the Pareto comparison, in the order in which reasons are given.
pub const CRITERIA: [Criterion; 5] = [
    Criterion { figure: "sessions.lost", name: "lost sessions", resolution: 0.0 },
    Criterion { figure: NOT_OK, name: "share other than ok", resolution: 0.0 },
    // Percentiles come from a histogram with three significant digits.
    Criterion { figure: "wait_ms.p50", name: "median wait", resolution: 1e-3 },
    Criterion { figure: BYTES, name: "bytes per request", resolution: 0.0 },
    Criterion { figure: KINDS, name: "kinds of component", resolution: 0.0 },
];

/// Why a home cannot win.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Reason {
    /// The figure.
    pub figure: &'static str,
    /// Its mean; not defined where a percentile falls among failures.
    pub mean: Option<f64>,
    /// What it may be at most.
    pub limit: f64,
}

/// A home that cannot win.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Excluded {
    /// Which.
    pub home: Home,
    /// Every reason.
    pub because: Vec<Reason>,
}

/// Where one home does better than another.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Advantage {
    /// The figure.
    pub figure: &'static str,
    /// What it is called.
    pub name: &'static str,
    /// The mean of the beaten home.
    pub mean: f64,
    /// The mean of the paired difference: beaten minus better.
    pub difference: f64,
}

/// A home that another is better than.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Beaten {
    /// Which.
    pub home: Home,
    /// By which.
    pub by: Home,
    /// In what.
    pub because: Vec<Advantage>,
}

/// Which winners nobody beats in one criterion.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Best {
    /// The figure.
    pub figure: &'static str,
    /// What it is called.
    pub name: &'static str,
    /// The winners than which no other winner is better in it.
    pub homes: Vec<Home>,
}

/// Who wins, and why the others do not.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Verdict {
    /// Nobody is better than these. None if all are excluded; several tie.
    pub winners: Vec<Home>,
    /// What the winners trade against each other.
    pub best: Vec<Best>,
    /// Those that cannot win.
    pub excluded: Vec<Excluded>,
    /// Those that another is better than.
    pub beaten: Vec<Beaten>,
}

/// What became of the textbook's advice.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Every winner follows it.
    CameOut,
    /// Some that tie follow it, others do not.
    Tie,
    /// No winner follows it.
    DidNot,
    /// Every home is excluded.
    Nobody,
}

impl Verdict {
    /// What became of the advice to take one of these homes.
    #[must_use]
    pub fn outcome(&self, advised: &[Home]) -> Outcome {
        let follow = self.winners.iter().filter(|home| advised.contains(home)).count();
        match (follow, self.winners.len()) {
            (_, 0) => Outcome::Nobody,
            (0, _) => Outcome::DidNot,
            (some, all) if some < all => Outcome::Tie,
            _ => Outcome::CameOut,
        }
    }
}

/// A home and its runs, in the order of the seeds, which are the same for all.
pub type Runs<'a> = (Home, Vec<&'a Leaves>);

/// Applies the rule. With a single run no difference is one, so that all candidates tie; without any there is no verdict.
#[must_use]
pub fn decide(homes: &[Runs<'_>], slo_ms: f64) -> Option<Verdict> {
    if homes.iter().any(|(_, runs)| runs.is_empty()) {
        return None;
    }
    let mut excluded = Vec::new();
    let mut candidates: Vec<&Runs<'_>> = Vec::new();
    for home in homes {
        let because = obstacles(&home.1, slo_ms);
        if because.is_empty() {
            candidates.push(home);
        } else {
            excluded.push(Excluded { home: home.0, because });
        }
    }
    let mut winners: Vec<&Runs<'_>> = Vec::new();
    let mut beaten = Vec::new();
    for ours in &candidates {
        let better = candidates.iter().find_map(|theirs| advantages(theirs, ours).map(|because| (theirs.0, because)));
        match better {
            Some((by, because)) => beaten.push(Beaten { home: ours.0, by, because }),
            None => winners.push(ours),
        }
    }
    if winners.is_empty() {
        // "No difference" is not transitive, so in principle each can beat the next in a circle. Then they tie.
        winners = candidates;
        beaten.clear();
    }
    let best = CRITERIA.iter().map(|criterion| best(criterion, &winners)).collect();
    Some(Verdict { winners: winners.iter().map(|winner| winner.0).collect(), best, excluded, beaten })
}

fn best(criterion: &Criterion, homes: &[&Runs<'_>]) -> Best {
    let beaten = |ours: &Runs<'_>| {
        homes.iter().any(|theirs| advantage(criterion, theirs, ours).is_some_and(|d| d.difference > 0.0))
    };
    let unbeaten = homes.iter().filter(|home| !beaten(home)).map(|home| home.0).collect();
    Best { figure: criterion.figure, name: criterion.name, homes: unbeaten }
}

fn obstacles(runs: &[&Leaves], slo_ms: f64) -> Vec<Reason> {
    let limits = [("sessions.lost", 0.0), (NOT_OK, NOT_OK_LIMIT), ("wait_ms.p99", slo_ms)];
    let reasons = limits.map(|(figure, limit)| Reason { figure, mean: mean(runs, figure), limit });
    reasons.into_iter().filter(|reason| reason.mean.is_none_or(|mean| mean > reason.limit)).collect()
}

/// The mean over all runs; `None` if it is not defined in each.
fn mean(runs: &[&Leaves], figure: &str) -> Option<f64> {
    let all: Vec<f64> = values(runs, figure).into_iter().collect::<Option<_>>()?;
    Estimate::of(&all, LEVEL).map(|estimate| estimate.mean)
}

/// In what `ours` is better than `theirs`; `None` if it is in nothing, or worse in anything.
fn advantages(ours: &Runs<'_>, theirs: &Runs<'_>) -> Option<Vec<Advantage>> {
    let differences: Vec<Advantage> =
        CRITERIA.iter().filter_map(|criterion| advantage(criterion, ours, theirs)).collect();
    let better = !differences.is_empty() && differences.iter().all(|advantage| advantage.difference > 0.0);
    better.then_some(differences)
}

/// How much less `ours` has than `theirs`, if there is a difference.
fn advantage(criterion: &Criterion, ours: &Runs<'_>, theirs: &Runs<'_>) -> Option<Advantage> {
    let Criterion { figure, name, resolution } = *criterion;
    let both = values(&ours.1, figure).into_iter().zip(values(&theirs.1, figure));
    let pairs: Vec<(f64, f64)> = both.map(|(our, their)| our.zip(their)).collect::<Option<_>>()?;
    let (our, their): (Vec<f64>, Vec<f64>) = pairs.into_iter().unzip();
    let difference = Estimate::of_differences(&their, &our, LEVEL)?;
    let mean = Estimate::of(&their, LEVEL)?.mean;
    let smallest = resolution * mean.abs().max((mean - difference.mean).abs());
    let none = difference.n < 2 || difference.contains(0.0) || difference.mean.abs() <= smallest;
    (!none).then_some(Advantage { figure, name, mean, difference: difference.mean })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// A run with these figures: lost, share other than ok, p50 and p99 of wait, bytes, kinds.
    fn run(figures: [f64; 6]) -> Leaves {
        let names = ["sessions.lost", NOT_OK, "wait_ms.p50", "wait_ms.p99", BYTES, KINDS];
        names.into_iter().zip(figures).map(|(name, figure)| (name.to_owned(), json!(figure))).collect()
    }

    /// Five runs that differ from their mean by the same noise.
    fn runs(figures: [f64; 6], noise: [f64; 6]) -> Vec<Leaves> {
        (-2..=2).map(|k| run(std::array::from_fn(|i| figures[i] + f64::from(k) * noise[i]))).collect()
    }

    fn decided(homes: &[(Home, Vec<Leaves>)]) -> Verdict {
        let homes: Vec<Runs<'_>> = homes.iter().map(|(home, runs)| (*home, runs.iter().collect())).collect();
        decide(&homes, 250.0).unwrap()
    }

    const GOOD: [f64; 6] = [0.0, 0.0, 20.0, 90.0, 2000.0, 2.0];
    const NONE: [f64; 6] = [0.0; 6];

    #[test]
    fn harm_excludes_and_each_reason_is_told() {
        let lost = runs([3.0, 0.0, 10.0, 90.0, 1.0, 2.0], NONE);
        let all = runs([3.0, 0.02, 10.0, 251.0, 1.0, 2.0], NONE);
        let mut failed = runs(GOOD, NONE);
        failed[4].insert("wait_ms.p99".into(), serde_json::Value::Null);
        let verdict = decided(&[
            (Home::Token, runs(GOOD, NONE)),
            (Home::Memory, all),
            (Home::Sticky, lost),
            (Home::Store, failed),
        ]);
        assert_eq!(verdict.winners, [Home::Token]);
        let reasons: Vec<usize> = verdict.excluded.iter().map(|excluded| excluded.because.len()).collect();
        assert_eq!(reasons, [3, 1, 1]);
        assert_eq!(verdict.excluded[2].because[0], Reason { figure: "wait_ms.p99", mean: None, limit: 250.0 });
    }

    #[test]
    fn one_that_is_better_in_one_thing_and_worse_in_none_wins() {
        let costly = runs([0.0, 0.0, 20.0, 90.0, 2500.0, 3.0], NONE);
        let verdict = decided(&[(Home::Token, costly), (Home::Store, runs(GOOD, NONE))]);
        assert_eq!((verdict.winners.as_slice(), verdict.beaten[0].home), ([Home::Store].as_slice(), Home::Token));
        let names: Vec<&str> = verdict.beaten[0].because.iter().map(|advantage| advantage.name).collect();
        assert_eq!(names, ["bytes per request", "kinds of component"]);
        assert_eq!(verdict.beaten[0].because[0].difference, 500.0);
    }

    #[test]
    fn better_here_and_worse_there_is_a_tie() {
        let faster = runs([0.0, 0.0, 15.0, 90.0, 2500.0, 2.0], NONE);
        let verdict = decided(&[(Home::Token, faster), (Home::Store, runs(GOOD, NONE))]);
        assert_eq!(verdict.winners, [Home::Token, Home::Store]);
        let best: Vec<usize> = verdict.best.iter().map(|best| best.homes.len()).collect();
        assert_eq!(best, [2, 2, 1, 1, 2], "alike in all but the median wait and the bytes");
        let outcomes =
            [&[Home::Token][..], &[Home::Token, Home::Store], &[Home::Sticky]].map(|homes| verdict.outcome(homes));
        assert_eq!(outcomes, [Outcome::Tie, Outcome::CameOut, Outcome::DidNot]);
    }

    #[test]
    fn a_difference_whose_interval_spans_zero_is_none() {
        // A mean that is 1 lower, with differences between -3 and 1.
        let noisy = runs([0.0, 0.0, 20.0, 90.0, 1999.0, 2.0], [0.0, 0.0, 0.0, 0.0, 1.0, 0.0]);
        let tie = decided(&[(Home::Token, noisy), (Home::Store, runs(GOOD, NONE))]);
        assert_eq!(tie.winners.len(), 2);
        // The same noise in both is no noise in the pairs.
        let noise = [0.0, 0.0, 0.0, 0.0, 500.0, 0.0];
        let lower = runs([0.0, 0.0, 20.0, 90.0, 1999.0, 2.0], noise);
        let clear = decided(&[(Home::Token, lower), (Home::Store, runs(GOOD, noise))]);
        assert_eq!(clear.winners, [Home::Token]);
    }

    #[test]
    fn one_run_decides_nothing_and_harm_everywhere_leaves_nobody() {
        let homes = [(Home::Token, vec![run(GOOD)]), (Home::Store, vec![run([0.0, 0.0, 50.0, 90.0, 9000.0, 3.0])])];
        assert_eq!(decided(&homes).winners.len(), 2);
        let verdict = decided(&[(Home::Token, runs([1.0, 0.0, 20.0, 90.0, 1.0, 2.0], NONE))]);
        assert!(verdict.winners.is_empty() && verdict.excluded.len() == 1);
        assert_eq!(verdict.outcome(&[Home::Token]), Outcome::Nobody);
        // Percentiles are exact to 0.1 %, so a median that is 0.05 % lower is not.
        let closer = runs([0.0, 0.0, 19.99, 90.0, 2000.0, 2.0], NONE);
        assert_eq!(decided(&[(Home::Token, closer), (Home::Store, runs(GOOD, NONE))]).winners.len(), 2);
    }
}

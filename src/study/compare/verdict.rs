//! Which home wins: the rule, applied to whatever was measured. Nothing here knows what ought to come out.
//!
//! ```text
//!   all homes ──excluded: lost sessions, other than ok > 0.1 %, p99 of wait > SLO──▶ candidates ──Pareto──▶ winners
//! ```

use super::figures::{BYTES, KINDS, LATE, Leaves, NOT_OK, WAITS, WAITS_FAILED, values};
use crate::scenario::Home;
use crate::study::{Estimate, LEVEL};
use serde::Serialize;

/// Requests other than ok, at most.
const NOT_OK_LIMIT: f64 = 0.001;
/// At that limit so many requests fail that none having failed would be no chance (the rule of three: e⁻³ < 5 %).
const TELLING_FAILURES: f64 = 3.0;
/// Waits beyond the 99th percentile.
const BEYOND_P99: f64 = 0.01;

/// What is compared; less is better.
#[derive(Clone, Copy, Debug)]
pub struct Criterion {
    /// The figure's name.
    pub figure: &'static str,
    /// What it is called in sentences.
    pub name: &'static str,
    /// A smaller difference matters to nobody: relative to the larger mean, …
    relative: f64,
    /// … and as it is.
    absolute: f64,
}

/// The criteria of the Pareto comparison, in the order in which reasons are given.
pub const CRITERIA: [Criterion; 5] = [
    Criterion { figure: "sessions.lost", name: "lost sessions", relative: 0.0, absolute: 0.0 },
    // A tenth of what excludes.
    Criterion { figure: NOT_OK, name: "share other than ok", relative: 0.0, absolute: NOT_OK_LIMIT / 10.0 },
    // Percentiles come from a histogram with three significant digits.
    Criterion { figure: "wait_ms.p50", name: "median wait", relative: 1e-3, absolute: 0.0 },
    Criterion { figure: BYTES, name: "bytes per request", relative: 1e-3, absolute: 0.0 },
    Criterion { figure: KINDS, name: "kinds of component", relative: 0.0, absolute: 0.0 },
];

/// Why a home cannot win.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Reason {
    /// The figure.
    pub figure: &'static str,
    /// Its mean; not defined where a percentile falls among failures. Of the p99 of waits, over the runs that have one; of
    /// `derived.waits_late`, the share of all waits.
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

/// A home that another may be better than: it is so in something, and there are too few seeds to tell whether it is worse in
/// something else.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Undecided {
    /// Which.
    pub home: Home,
    /// Than which the other is.
    pub by: Home,
    /// What the two are not told apart in, as it is called.
    pub names: Vec<&'static str>,
}

/// Candidates whose few requests cannot show that their share other than ok is within its limit.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct TooFew {
    /// Which.
    pub homes: Vec<Home>,
    /// Requests that ended, over all seeds, of the one that had the fewest.
    pub requests: f64,
    /// How many it takes.
    pub needed: f64,
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
    /// Winners that more seeds might show to be beaten.
    pub undecided: Vec<Undecided>,
    /// Whether there are enough requests to judge failures by.
    pub too_few: Option<TooFew>,
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
    /// None of the homes that it advises is among those compared.
    Untried,
}

impl Verdict {
    /// What became of the advice to take one of these homes.
    #[must_use]
    pub fn outcome(&self, advised: &[Home]) -> Outcome {
        let excluded = self.excluded.iter().map(|excluded| excluded.home);
        let others = excluded.chain(self.beaten.iter().map(|beaten| beaten.home));
        if !self.winners.iter().copied().chain(others).any(|home| advised.contains(&home)) {
            return Outcome::Untried;
        }
        let follow = self.winners.iter().filter(|home| advised.contains(home)).count();
        match (follow, self.winners.len()) {
            (_, 0) => Outcome::Nobody,
            (0, _) => Outcome::DidNot,
            (some, all) if some < all => Outcome::Tie,
            _ => Outcome::CameOut,
        }
    }

    /// Whether somebody who wins here does not there, or the other way round. Who only ties because few seeds cannot tell is not
    /// said to win.
    #[must_use]
    pub fn contradicts(&self, other: &Self) -> bool {
        let wins = |verdict: &Self, home: &Home| !verdict.undecided.iter().any(|undecided| undecided.home == *home);
        let only = |ours: &Self, theirs: &Self| {
            ours.winners.iter().any(|home| wins(ours, home) && !theirs.winners.contains(home))
        };
        only(self, other) || only(other, self)
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
    let mut undecided = Vec::new();
    for ours in &candidates {
        let rivals = || candidates.iter().filter_map(|theirs| Some((theirs.0, advantages(theirs, ours)?)));
        if let Some((by, (because, _))) = rivals().find(|(_, (_, open))| open.is_empty()) {
            beaten.push(Beaten { home: ours.0, by, because });
            continue;
        }
        winners.push(ours);
        undecided.extend(rivals().next().map(|(by, (_, names))| Undecided { home: ours.0, by, names }));
    }
    let too_few = too_few(&candidates);
    if winners.is_empty() {
        // Differences that do not matter add up, so in principle each can beat the next in a circle. Then they tie.
        winners = candidates;
        beaten.clear();
    }
    let best = CRITERIA.iter().map(|criterion| best(criterion, &winners)).collect();
    Some(Verdict {
        winners: winners.iter().map(|winner| winner.0).collect(),
        best,
        excluded,
        beaten,
        undecided,
        too_few,
    })
}

fn best(criterion: &Criterion, homes: &[&Runs<'_>]) -> Best {
    let beaten =
        |ours: &Runs<'_>| homes.iter().any(|theirs| matches!(compared(criterion, theirs, ours), Standing::Better(_)));
    let unbeaten = homes.iter().filter(|home| !beaten(home)).map(|home| home.0).collect();
    Best { figure: criterion.figure, name: criterion.name, homes: unbeaten }
}

fn obstacles(runs: &[&Leaves], slo_ms: f64) -> Vec<Reason> {
    let reason = |figure: &'static str, mean: Option<f64>, limit: f64| Reason { figure, mean, limit };
    let mut reasons = Vec::new();
    let lost = estimate(runs, "sessions.lost").map(|lost| lost.mean);
    if lost.is_none_or(|lost| lost > 0.0) {
        reasons.push(reason("sessions.lost", lost, 0.0));
    }
    let not_ok = estimate(runs, NOT_OK);
    // Of few requests, a share that may be within the limit, too, is above it by chance.
    let sure = |share: Estimate, limit: f64, of: f64| share.n > 1 && share.low > limit || of >= enough(limit);
    if not_ok.is_none_or(|share| share.mean > NOT_OK_LIMIT && sure(share, NOT_OK_LIMIT, requests(runs))) {
        reasons.push(reason(NOT_OK, not_ok.map(|share| share.mean), NOT_OK_LIMIT));
    }
    // Of all waits together: the 99th percentile of a run with fewer than a hundred is its longest.
    let waits = total(runs, WAITS);
    let beyond = |figure: &str| total(runs, figure) > waits * BEYOND_P99;
    if beyond(LATE) && late_share(runs).is_none_or(|share| sure(share, BEYOND_P99, waits)) {
        let defined: Vec<f64> = values(runs, "wait_ms.p99").into_iter().flatten().collect();
        // The runs in which it falls among failures are the worst: a mean of the others would praise the home.
        let p99 = Estimate::of(&defined, LEVEL).filter(|_| defined.len() == runs.len()).map(|estimate| estimate.mean);
        reasons.push(match p99.filter(|&mean| mean > slo_ms) {
            _ if beyond(WAITS_FAILED) => reason("wait_ms.p99", None, slo_ms),
            // Of some seeds it is a time within the objective, or no time at all; of all together it is one above.
            None => reason(LATE, Some(total(runs, LATE) / waits), BEYOND_P99),
            above => reason("wait_ms.p99", above, slo_ms),
        });
    }
    reasons
}

/// So many requests it takes to tell that a share is within its limit.
fn enough(limit: f64) -> f64 {
    (TELLING_FAILURES / limit).round()
}

/// Requests that ended, over all runs.
fn requests(runs: &[&Leaves]) -> f64 {
    total(runs, "requests.ended")
}

fn too_few(candidates: &[&Runs<'_>]) -> Option<TooFew> {
    let few: Vec<(Home, f64)> = candidates
        .iter()
        .map(|(home, runs)| (*home, requests(runs)))
        .filter(|(_, n)| *n < enough(NOT_OK_LIMIT))
        .collect();
    let requests = few.iter().map(|(_, requests)| *requests).reduce(f64::min)?;
    Some(TooFew { homes: few.iter().map(|(home, _)| *home).collect(), requests, needed: enough(NOT_OK_LIMIT) })
}

/// The share of waits beyond the objective; `None` if it is not defined in each run.
fn late_share(runs: &[&Leaves]) -> Option<Estimate> {
    let pairs = values(runs, LATE).into_iter().zip(values(runs, WAITS));
    let shares: Vec<f64> =
        pairs.map(|(late, waits)| Some(late? / waits.filter(|&waits| waits > 0.0)?)).collect::<Option<_>>()?;
    Estimate::of(&shares, LEVEL)
}

/// The sum over all runs in which it is defined.
fn total(runs: &[&Leaves], figure: &str) -> f64 {
    values(runs, figure).into_iter().flatten().sum()
}

/// The mean over all runs; `None` if it is not defined in each.
fn estimate(runs: &[&Leaves], figure: &str) -> Option<Estimate> {
    let all: Vec<f64> = values(runs, figure).into_iter().collect::<Option<_>>()?;
    Estimate::of(&all, LEVEL)
}

/// In what `ours` is better than `theirs`, and what they are not told apart in; `None` if it is better in nothing, or worse
/// in anything.
fn advantages(ours: &Runs<'_>, theirs: &Runs<'_>) -> Option<(Vec<Advantage>, Vec<&'static str>)> {
    let mut better = Vec::new();
    let mut open = Vec::new();
    for criterion in &CRITERIA {
        match compared(criterion, ours, theirs) {
            Standing::Better(advantage) => better.push(advantage),
            Standing::Worse => return None,
            Standing::NoWorse => {}
            Standing::Open => open.push(criterion.name),
        }
    }
    (!better.is_empty()).then_some((better, open))
}

/// How one home stands to another in one criterion.
enum Standing {
    Better(Advantage),
    Worse,
    /// By no more than what matters.
    NoWorse,
    /// The interval has room for more than that: it may be worse.
    Open,
}

fn compared(criterion: &Criterion, ours: &Runs<'_>, theirs: &Runs<'_>) -> Standing {
    let Criterion { figure, name, relative, absolute } = *criterion;
    let both = values(&ours.1, figure).into_iter().zip(values(&theirs.1, figure));
    let Some(pairs) = both.map(|(our, their)| our.zip(their)).collect::<Option<Vec<(f64, f64)>>>() else {
        return Standing::Open;
    };
    let (our, their): (Vec<f64>, Vec<f64>) = pairs.into_iter().unzip();
    let difference = Estimate::of_differences(&their, &our, LEVEL).filter(|difference| difference.n > 1);
    let Some((difference, theirs)) = difference.zip(Estimate::of(&their, LEVEL)) else { return Standing::Open };
    let smallest = absolute + relative * theirs.mean.abs().max((theirs.mean - difference.mean).abs());
    match difference.mean {
        mean if mean.abs() > smallest && !difference.contains(0.0) => {
            let advantage = Advantage { figure, name, mean: theirs.mean, difference: mean };
            if mean > 0.0 { Standing::Better(advantage) } else { Standing::Worse }
        }
        // That none failed of a few requests does not say that hardly any does.
        _ if figure == NOT_OK && requests(&ours.1) < enough(NOT_OK_LIMIT) => Standing::Open,
        _ if difference.low >= -smallest => Standing::NoWorse,
        _ => Standing::Open,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// A run with these figures: lost, share other than ok, p50 and p99 of wait, bytes, kinds.
    fn run(figures: [f64; 6]) -> Leaves {
        let names = ["sessions.lost", NOT_OK, "wait_ms.p50", "wait_ms.p99", BYTES, KINDS];
        let late = if figures[3] > 250.0 { 200.0 } else { 10.0 };
        let of_many = [("requests.ended", 10_000.0), (WAITS, 10_000.0), (WAITS_FAILED, 0.0), (LATE, late)];
        let all = names.into_iter().zip(figures).chain(of_many);
        all.map(|(name, figure)| (name.to_owned(), json!(figure))).collect()
    }

    /// A run of 88 requests, so many of which failed: its p99 is its longest wait.
    fn few(failed: u32) -> Leaves {
        let mut run = run([0.0, f64::from(failed) / 88.0, 20.0, 90.0, 2000.0, 2.0]);
        for (name, figure) in [("requests.ended", 88), (WAITS, 88), (WAITS_FAILED, failed), (LATE, failed)] {
            run.insert(name.to_owned(), json!(figure));
        }
        if failed > 0 {
            run.insert("wait_ms.p99".into(), serde_json::Value::Null);
        }
        run
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
        failed.iter_mut().for_each(|run| run.extend([WAITS_FAILED, LATE].map(|name| (name.to_owned(), json!(101)))));
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
        assert_eq!(verdict.outcome(&[verdict.beaten[0].home]), Outcome::DidNot);
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
        assert_eq!(outcomes, [Outcome::Tie, Outcome::CameOut, Outcome::Untried]);
    }

    #[test]
    fn a_difference_whose_interval_spans_zero_is_none() {
        // A mean that is 10 lower, with differences between -30 and 10.
        let noisy = runs([0.0, 0.0, 20.0, 90.0, 1990.0, 2.0], [0.0, 0.0, 0.0, 0.0, 10.0, 0.0]);
        let tie = decided(&[(Home::Token, noisy), (Home::Store, runs(GOOD, NONE))]);
        assert_eq!(tie.winners.len(), 2);
        // The same noise in both is no noise in the pairs.
        let noise = [0.0, 0.0, 0.0, 0.0, 500.0, 0.0];
        let lower = runs([0.0, 0.0, 20.0, 90.0, 1990.0, 2.0], noise);
        let clear = decided(&[(Home::Token, lower), (Home::Store, runs(GOOD, noise))]);
        assert_eq!(clear.winners, [Home::Token]);
    }

    #[test]
    fn a_failure_in_a_thousand_reaches_no_p99_and_few_requests_tell_nothing_of_rare_failures() {
        let failing =
            |failures: &[u32]| decided(&[(Home::Token, failures.iter().map(|&failed| few(failed)).collect())]);
        let mut five = [0; 25];
        five[..5].fill(1);
        for failures in [&[0, 0, 0][..], &[0, 0, 0, 0, 0, 0, 0, 0, 0, 1], &five] {
            let verdict = failing(failures);
            assert_eq!((&verdict.winners[..], &verdict.excluded[..]), (&[Home::Token][..], &[][..]), "{failures:?}");
            let too_few = verdict.too_few.unwrap();
            assert_eq!((too_few.requests, too_few.needed), (88.0 * failures.len() as f64, 3000.0));
        }
        // Nor is anybody beaten, for the other may fail more often.
        let faster: Vec<Leaves> = (0..3).map(|_| few(0)).collect();
        let slower = faster.iter().cloned().map(|mut run| {
            run.insert("wait_ms.p50".into(), json!(30.0));
            run
        });
        let verdict = decided(&[(Home::Token, slower.collect()), (Home::Store, faster.clone())]);
        assert_eq!((verdict.winners.len(), &verdict.undecided[0].names[..]), (2, &["share other than ok"][..]));
        // Two in a hundred reach the p99, and are more than chance; of 3,520 requests four are too many.
        let often = failing(&[2, 2, 1, 2]);
        let figures: Vec<&str> = often.excluded[0].because.iter().map(|reason| reason.figure).collect();
        assert_eq!((figures, often.excluded[0].because[1].mean), (vec![NOT_OK, "wait_ms.p99"], None));
        let mut rarely = [0; 40];
        rarely[..4].fill(1);
        assert_eq!(failing(&rarely).excluded[0].because.len(), 1);
        assert_eq!(decided(&[(Home::Token, runs(GOOD, NONE))]).too_few, None);
    }

    #[test]
    fn nobody_is_beaten_by_one_that_may_be_worse() {
        // Fewer bytes, and a median that is on average as long, but known to ±0.2 ms only.
        let vague = runs([0.0, 0.0, 20.0, 90.0, 1500.0, 2.0], [0.0, 0.0, 0.1, 0.0, 0.0, 0.0]);
        let verdict = decided(&[(Home::Token, vague), (Home::Store, runs(GOOD, NONE))]);
        assert_eq!(verdict.winners, [Home::Token, Home::Store]);
        let undecided = Undecided { home: Home::Store, by: Home::Token, names: vec!["median wait"] };
        assert_eq!(verdict.undecided, [undecided]);
        // Known to less than a thousandth, it does not matter.
        let exact = runs([0.0, 0.0, 20.0, 90.0, 1500.0, 2.0], [0.0, 0.0, 0.005, 0.0, 0.0, 0.0]);
        let verdict = decided(&[(Home::Token, exact), (Home::Store, runs(GOOD, NONE))]);
        assert_eq!((&verdict.winners[..], &verdict.undecided[..]), (&[Home::Token][..], &[][..]));
    }

    #[test]
    fn who_wins_for_want_of_seeds_is_turned_by_nobody() {
        let verdict = |winners: &[Home], undecided: &[Home]| {
            let undecided =
                undecided.iter().map(|&home| Undecided { home, by: Home::Token, names: vec!["median wait"] });
            let all = decided(&[(Home::Token, runs(GOOD, NONE))]);
            Verdict { winners: winners.to_vec(), undecided: undecided.collect(), ..all }
        };
        let vague = verdict(&[Home::Token, Home::Store], &[Home::Store]);
        let (token, store) = (verdict(&[Home::Token], &[]), verdict(&[Home::Store], &[]));
        let tie = verdict(&[Home::Token, Home::Store], &[]);
        for (one, other, contradict) in [
            (&vague, &token, false),
            (&vague, &tie, false),
            (&vague, &store, true),
            (&tie, &token, true),
            (&token, &store, true),
            (&token, &verdict(&[], &[]), true),
        ] {
            assert_eq!(
                (one.contradicts(other), other.contradicts(one)),
                (contradict, contradict),
                "{one:?}, {other:?}"
            );
        }
    }

    #[test]
    fn a_few_failures_of_one_run_exclude_nobody() {
        let once = |share: f64, requests: u32| {
            let mut run = run([0.0, share, 20.0, 90.0, 2000.0, 2.0]);
            run.insert("requests.ended".into(), json!(requests));
            let verdict = decided(&[(Home::Token, vec![run])]);
            (verdict.excluded.len(), verdict.too_few.is_some())
        };
        assert_eq!([once(0.0025, 400), once(0.0025, 4000)], [(0, true), (1, false)]);
        // One late wait of a hundred may be chance, and of three hundred four are not.
        let late = |waits: u32, late: u32, seeds: usize| {
            let mut run = run(GOOD);
            run.extend([(WAITS, waits), (LATE, late)].map(|(name, figure)| (name.to_owned(), json!(figure))));
            decided(&[(Home::Token, vec![run; seeds])]).excluded.len()
        };
        assert_eq!([late(88, 1, 1), late(300, 4, 1), late(88, 1, 3)], [0, 1, 1]);
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

//! Who wins, why the others do not, whether the textbook's advice came out, and what turns it round.

use super::number::{fixed, signed};
use crate::report::sections::{Section, Shape, exact};
use crate::scenario::Home;
use crate::study::compare::{
    Advantage, BYTES, Beaten, Change, Excluded, GoodFor, KINDS, LATE, NOT_OK, Outcome, Reason, StudyReport, TooFew,
    Undecided, VariantReport, Verdict,
};
use crate::text::{self, plural};

/// Everything about the winner; a row is a sentence.
pub fn good_for(study: &StudyReport) -> Section {
    let GoodFor { verdict, advice, outcome, base, variants, variant_runs, .. } = &study.good_for;
    let mut rows: Vec<(&str, String)> = Vec::new();
    match verdict {
        None => rows.push(("winner", "unknown: no run is complete".into())),
        Some(verdict) => {
            rows.push(("winner", winner(verdict)));
            if let (Some(advice), Some(outcome)) = (advice, outcome) {
                rows.push(("textbook", format!("{advice}: {}", came_out(*outcome))));
            }
            if verdict.winners.len() > 1 {
                rows.extend(trade_offs(study, verdict));
            }
            rows.extend(verdict.excluded.iter().map(|excluded| ("excluded", why_excluded(excluded, study.slo_ms))));
            rows.extend(verdict.beaten.iter().map(|beaten| ("beaten", why_beaten(beaten))));
            let seeds = study.seeds.len();
            rows.extend(verdict.undecided.iter().map(|undecided| ("undecided", why_undecided(undecided, seeds))));
            rows.extend(verdict.too_few.iter().map(|too_few| ("too few", why_too_few(too_few))));
        }
    }
    if let Some(base) = base {
        if verdict.as_ref().is_some_and(|verdict| verdict.winners != base.winners) {
            let runs = counted("run", *variant_runs);
            let text = format!("of the {runs} that the variants below have, too: {}", winner(base));
            rows.push(("winner", text));
        }
        let outcome = advice.map(|_| base.outcome(&study.good_for.advised));
        rows.extend(dependence(base, outcome, variants, *variant_runs));
    }
    let mut last = "";
    let lines = rows.into_iter().map(|(name, sentence)| {
        let shown = if name == last { "" } else { name };
        last = name;
        vec![shown.to_owned(), sentence]
    });
    Section { title: "Good for".into(), heads: Vec::new(), rows: lines.collect(), shape: Shape::Wide }
}

fn winner(verdict: &Verdict) -> String {
    match verdict.winners.as_slice() {
        [] => format!("none, every home is excluded ({})", harms(verdict)),
        [one] => one.to_string(),
        several => format!("a tie of {}", list(several)),
    }
}

/// What excludes somebody, each once.
fn harms(verdict: &Verdict) -> String {
    let reasons = || verdict.excluded.iter().flat_map(|excluded| &excluded.because);
    let ended = reasons().any(|reason| reason.figure == NOT_OK && reason.mean.is_some());
    let not_ok = if ended { "other than ok" } else { "no request ended" };
    let names =
        [("sessions.lost", "lost sessions"), (NOT_OK, not_ok), ("wait_ms.p99", "p99 of wait"), (LATE, "p99 of wait")];
    let found = names.into_iter().filter(|(figure, _)| reasons().any(|reason| reason.figure == *figure));
    let mut found: Vec<&str> = found.map(|(_, name)| name).collect();
    found.dedup();
    found.join(", ")
}

/// Of those that tie: who is beaten by nobody in what. Where all are alike, nothing is said.
fn trade_offs(study: &StudyReport, verdict: &Verdict) -> Vec<(&'static str, String)> {
    let best = verdict.best.iter().filter(|best| best.homes.len() < verdict.winners.len());
    best.map(|best| {
        let mean = |home: &Home| {
            let mean = study.homes.iter().find(|report| report.home == *home)?.figures.mean(best.figure)?;
            Some(match best.figure {
                NOT_OK if mean == 0.0 => "none".into(),
                NOT_OK => format!("{} %", percent(mean)),
                "wait_ms.p50" => format!("{} ms", fixed(mean, 2)),
                BYTES => format!("{} B", fixed(mean, 0)),
                _ => plain(mean),
            })
        };
        let means: Vec<Option<String>> = best.homes.iter().map(mean).collect();
        let beside = |mean: &Option<String>| mean.as_ref().map_or_else(String::new, |mean| format!(" ({mean})"));
        // Several may be best with means that differ by no more than chance.
        let homes = if means.windows(2).all(|two| two[0] == two[1]) {
            list(&best.homes) + &means.first().map_or_else(String::new, beside)
        } else {
            let each = best.homes.iter().zip(&means).map(|(home, mean)| format!("{home}{}", beside(mean)));
            text::list(&each.collect::<Vec<_>>())
        };
        ("best in", format!("{}: {homes}", best.name))
    })
    .collect()
}

fn list(homes: &[Home]) -> String {
    text::list(&homes.iter().map(|home| home.id()).collect::<Vec<&str>>())
}

const fn came_out(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::CameOut => "came out",
        Outcome::Tie => "came out in part, in a tie with others",
        Outcome::DidNot => "did not come out",
        Outcome::Nobody => "did not come out, nor did any other",
        Outcome::Untried => "not tried: it is not among the homes compared",
    }
}

fn why_excluded(excluded: &Excluded, slo_ms: f64) -> String {
    let reason = |reason: &Reason| match (reason.figure, reason.mean) {
        ("sessions.lost", Some(mean)) => format!("{} lost sessions a run", plain(mean)),
        (NOT_OK, Some(mean)) => {
            let [mean, limit] = [mean, reason.limit].map(|share| share * 100.0);
            format!("{} % other than ok (at most {limit} %)", above(limit, mean, 2))
        }
        (LATE, _) => format!("p99 of wait over {} ms, all seeds together", exact(slo_ms)),
        ("wait_ms.p99", Some(mean)) => {
            let limit = reason.limit;
            format!("p99 of wait {} ms (at most {} ms)", above(limit, mean, places(mean)), exact(limit))
        }
        ("wait_ms.p99", None) => "p99 of wait falls among failures".into(),
        (NOT_OK, None) => "with some seed no request ended".into(),
        (figure, _) => format!("{figure} is not defined"),
    };
    let reasons: Vec<String> = excluded.because.iter().map(reason).collect();
    format!("{}: {}", excluded.home, reasons.join("; "))
}

fn why_beaten(beaten: &Beaten) -> String {
    let reason = |advantage: &Advantage| {
        let difference = advantage.difference;
        let how = match advantage.figure {
            NOT_OK => format!("{} %", signed(difference * 100.0, 3)),
            "wait_ms.p50" => format!("{} ms", signed(difference, 2)),
            BYTES => format!("{} B", signed(difference, 0)),
            KINDS => signed(difference, 0),
            _ => signed(difference, 1),
        };
        format!("{} {how}", advantage.name)
    };
    let reasons: Vec<String> = beaten.because.iter().map(reason).collect();
    format!("{} by {}: {}", beaten.home, beaten.by, reasons.join(", "))
}

fn why_undecided(undecided: &Undecided, seeds: usize) -> String {
    let Undecided { home, by, names } = undecided;
    format!("{home} is beaten by {by}, unless {by} is worse in {}: {seeds} seeds cannot tell", names.join(", "))
}

fn why_too_few(too_few: &TooFew) -> String {
    let [requests, needed] = [too_few.requests, too_few.needed].map(|count| fixed(count, 0));
    format!(
        "{requests} requests cannot tell whether at most 0.1 % are other than ok: it takes {needed}, and so more --runs"
    )
}

/// A count or a time, with what matters of it.
fn plain(value: f64) -> String {
    fixed(value, places(value))
}

/// The decimals that matter of a count or a time.
fn places(value: f64) -> usize {
    usize::from(value.fract() != 0.0 && value < 100.0)
}

/// A value above a limit, with as many more decimals as it takes to look so.
fn above(limit: f64, value: f64, decimals: usize) -> String {
    let looks_so = |decimals: &usize| {
        let scale = libm::pow(10.0, *decimals as f64);
        (value * scale).round() > limit * scale
    };
    fixed(value, (decimals..9).find(looks_so).unwrap_or(decimals))
}

/// `1 seed`, `3 seeds`.
fn counted(noun: &str, count: u32) -> String {
    format!("{count} {}", plural(noun, count))
}

fn percent(share: f64) -> String {
    signed(share * 100.0, 2).trim_start_matches('+').to_owned()
}

/// What turns the advice or brings other winners, what only changes who ties, and what changes nothing.
fn dependence(
    base: &Verdict,
    outcome: Option<Outcome>,
    variants: &[VariantReport],
    runs: u32,
) -> Vec<(&'static str, String)> {
    let seeds = counted("seed", runs);
    let mut rows = Vec::new();
    let mut ties = Vec::new();
    for variant in variants.iter().filter(|variant| variant.flips == Some(true)) {
        let Some(verdict) = &variant.verdict else { continue };
        let common = verdict.winners.iter().any(|home| base.winners.contains(home));
        if common && variant.outcome == outcome {
            ties.push(("tie with", format!("{}: {} ({seeds})", change(variant), winner(verdict))));
            continue;
        }
        let advice = match variant.outcome {
            None | Some(Outcome::Nobody | Outcome::Untried) => String::new(),
            Some(outcome) => format!("; the advice {}", came_out(outcome)),
        };
        rows.push(("flips with", format!("{}: {}{advice} ({seeds})", change(variant), winner(verdict))));
    }
    if rows.is_empty() && variants.iter().any(|variant| variant.flips.is_some()) {
        rows.push(("flips with", "nothing that was tried".into()));
    }
    rows.extend(ties);
    let mut steady: Vec<&str> = variants.iter().map(|variant| variant.parameter.as_str()).collect();
    steady.dedup();
    steady.retain(|parameter| {
        variants.iter().filter(|variant| variant.parameter == *parameter).all(|variant| variant.flips == Some(false))
    });
    let names: Vec<String> = steady.iter().map(|&parameter| varied(parameter, variants)).collect();
    if !names.is_empty() {
        rows.push(("not with", format!("{} (halved and doubled, {seeds} each)", names.join(", "))));
    }
    for variant in variants {
        if let Some(why) = &variant.impossible {
            rows.push(("not tried", format!("{}: {why}", change(variant))));
        }
    }
    let missing = variants.iter().filter(|variant| variant.verdict.is_none() && variant.impossible.is_none()).count();
    if missing > 0 {
        rows.push(("not tried", format!("{}, because it was interrupted", counted("variant", missing as u32))));
    }
    rows
}

/// `half the traffic (workload.sessions_per_s 50 → 25)`
fn change(variant: &VariantReport) -> String {
    let times = if variant.factor < 1.0 { "half" } else { "twice" };
    let field = |change: &Change| {
        let mean = if change.mean { "mean " } else { "" };
        format!("{mean}{} {} → {}", change.field, change.from, change.to)
    };
    let fields: Vec<String> = variant.changes.iter().map(field).collect();
    let exactly = if fields.is_empty() { String::new() } else { format!(" ({})", fields.join(", ")) };
    format!("{times} the {}{exactly}", variant.parameter)
}

/// A parameter, with the values that were tried where those are no half and no double.
fn varied(parameter: &str, variants: &[VariantReport]) -> String {
    let of_it = variants.iter().filter(|variant| variant.parameter == parameter);
    let inexact = |change: &&Change, factor: f64| (change.to - change.from * factor).abs() > 1e-9 * change.from.abs();
    let odd = of_it.flat_map(|variant| variant.changes.iter().filter(|change| inexact(change, variant.factor)));
    let odd: Vec<String> = odd.map(|change| format!("{} → {}", change.from, change.to)).collect();
    if odd.is_empty() { parameter.to_owned() } else { format!("{parameter} ({})", odd.join(", ")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_defined_is_told_in_words() {
        let reason = |figure, limit| Reason { figure, mean: None, limit };
        let because = vec![reason(NOT_OK, 0.001), reason("wait_ms.p99", 250.0)];
        assert_eq!(
            why_excluded(&Excluded { home: Home::Token, because }, 250.0),
            "token: with some seed no request ended; p99 of wait falls among failures"
        );
    }

    #[test]
    fn a_percentile_of_all_seeds_together_has_no_figure() {
        let because = vec![Reason { figure: LATE, mean: Some(0.096), limit: 0.01 }];
        assert_eq!(
            why_excluded(&Excluded { home: Home::Token, because }, 250.0),
            "token: p99 of wait over 250 ms, all seeds together"
        );
    }

    #[test]
    fn what_is_above_its_limit_is_not_rounded_down_to_it() {
        let reason = |figure, mean, limit| Reason { figure, mean: Some(mean), limit };
        let because = vec![reason(NOT_OK, 0.001_004, 0.001), reason("wait_ms.p99", 250.02, 250.0)];
        assert_eq!(
            why_excluded(&Excluded { home: Home::Token, because }, 250.0),
            "token: 0.1004 % other than ok (at most 0.1 %); p99 of wait 250.02 ms (at most 250 ms)"
        );
    }

    #[test]
    fn one_is_not_told_as_many() {
        let base = Verdict {
            winners: vec![Home::Token],
            best: Vec::new(),
            excluded: Vec::new(),
            beaten: Vec::new(),
            undecided: Vec::new(),
            too_few: None,
        };
        let variant = |parameter: &str, done: bool| VariantReport {
            parameter: parameter.into(),
            factor: 2.0,
            changes: Vec::new(),
            impossible: None,
            verdict: done.then(|| base.clone()),
            outcome: None,
            flips: done.then_some(false),
        };
        let variants = [variant("traffic", true), variant("write ratio", false)];
        let rows = dependence(&base, None, &variants, 1);
        assert_eq!(rows[1].1, "traffic (halved and doubled, 1 seed each)");
        assert_eq!(rows[2].1, "1 variant, because it was interrupted");
    }
}

//! The comparison of all homes of state that a lesson can ask for, as formulas look into it.
//!
//! ```text
//!   compare.wins.token      whether nobody is better        compare.who         the winners' names
//!   compare.excluded.memory whether it cannot win           compare.outcome     what became of the textbook's advice
//!   compare.because.memory  why not: lost, failures or slow
//!   compare.lost.sticky · not_ok · p50_ms · p99_ms · bytes · kinds   the means, a home each
//! ```

use crate::scenario::{Home, Scenario};
use crate::study::compare::{BYTES, Compare, KINDS, NOT_OK, Options, Outcome, summarise};
use crate::study::{Shard, Watch, carry_out};
use serde_json::{Map, Value as Json};
use std::sync::atomic::AtomicBool;

/// Means that a lesson can name, by the names of the comparison's figures.
const MEANS: [(&str, &str); 6] = [
    ("lost", LOST),
    ("not_ok", NOT_OK),
    ("p50_ms", "wait_ms.p50"),
    ("p99_ms", "wait_ms.p99"),
    ("bytes", BYTES),
    ("kinds", KINDS),
];
const LOST: &str = "sessions.lost";

/// Compares all homes of state over so many paired seeds.
///
/// # Errors
/// A scenario that breaks a rule, no threads, or `stop`.
pub fn compared(scenario: &Scenario, runs: u32, stop: &AtomicBool) -> Result<Json, String> {
    let options = Options { homes: Home::ALL.to_vec(), runs, variant_runs: 0, capacity_runs: 0 };
    let study = Compare::new(std::slice::from_ref(scenario), &options).map_err(|faults| faults.to_string())?;
    let answers = carry_out(&study, Shard::WHOLE, 0, &Watch::unseen(stop)).map_err(|error| error.to_string())?;
    let report = summarise(study.plan(), &answers);
    let study = report.studies.first().filter(|study| study.seeds.len() == runs as usize).ok_or("it was stopped")?;
    let verdict = study.good_for.verdict.as_ref().ok_or("no run is done")?;

    let by_home = |of: &dyn Fn(Home) -> Json| -> Json {
        Json::Object(Home::ALL.into_iter().map(|home| (home.id().to_owned(), of(home))).collect())
    };
    let mut facts = Map::new();
    facts.insert("wins".into(), by_home(&|home| verdict.winners.contains(&home).into()));
    facts.insert("excluded".into(), by_home(&|home| verdict.excluded.iter().any(|out| out.home == home).into()));
    let because = |home| {
        let reason = verdict.excluded.iter().find(|out| out.home == home)?.because.first()?;
        Some(match reason.figure {
            LOST => "lost",
            NOT_OK => "failures",
            _ => "slow",
        })
    };
    facts.insert("because".into(), by_home(&|home| because(home).map_or(Json::Null, Json::from)));
    for (name, figure) in MEANS {
        let mean = |home| study.homes.iter().find(|report| report.home == home)?.figures.mean(figure);
        facts.insert(name.into(), by_home(&|home| mean(home).map_or(Json::Null, Json::from)));
    }
    let who: Vec<&str> = verdict.winners.iter().map(|home| home.id()).collect();
    facts.insert("winners".into(), who.len().into());
    facts.insert("who".into(), if who.is_empty() { "none".to_owned() } else { who.join(", ") }.into());
    let outcome = match study.good_for.outcome {
        Some(Outcome::CameOut) => "came out".into(),
        Some(Outcome::Tie) => "came out in part".into(),
        Some(Outcome::DidNot) => "did not come out".into(),
        Some(Outcome::Nobody) => "nobody wins".into(),
        Some(Outcome::Untried) => "not tried".into(),
        None => Json::Null,
    };
    facts.insert("outcome".into(), outcome);
    Ok(Json::Object(facts))
}

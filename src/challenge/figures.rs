//! The figures that a goal can name, and how they are said.
//!
//! ```text
//!   run.sessions.lost      the report at the end, as `statelab run --format json`
//!   early.sessions.lost    the same report at the instant `since_s`
//!   design.parts           machines that the design ever used: instances, the store, its replica
//! ```

use crate::lesson::value::Figures;
use crate::scenario::Scenario;
use serde_json::{Value as Json, json};

/// What figures begin with; `early` only where `since_s` says which instant that is.
pub(super) fn roots(early: bool) -> impl Iterator<Item = &'static str> {
    ["run", "design"].into_iter().chain(early.then_some("early"))
}

/// The figures of one run.
pub(super) struct Measured {
    run: Json,
    early: Option<Json>,
    design: Json,
}

impl Measured {
    pub(super) fn new(scenario: &Scenario, run: Json, early: Option<Json>) -> Self {
        let instances = run["instances"].as_array().map_or(0, Vec::len);
        let store = if run["store"].is_null() { 0 } else { 1 + usize::from(scenario.store.replica) };
        Self { run, early, design: json!({ "parts": instances + store }) }
    }
}

impl Figures for Measured {
    fn root(&self, path: &[String]) -> Option<(&Json, usize)> {
        let root = match path.first()?.as_str() {
            "run" => &self.run,
            "early" => self.early.as_ref()?,
            "design" => &self.design,
            _ => return None,
        };
        Some((root, 1))
    }
}

/// A figure with its unit, exact enough that one just beyond a bound does not look as if it were the bound.
pub(super) fn plain(figure: Option<f64>, unit: &str) -> String {
    let Some(figure) = figure else { return "none".into() };
    let figure = if unit == "%" { figure * 100.0 } else { figure };
    let digits = format!("{figure:.3}");
    let digits = digits.trim_end_matches('0').trim_end_matches('.');
    if unit.is_empty() { digits.into() } else { format!("{digits} {unit}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_keep_the_digits_that_decide() {
        assert_eq!((plain(Some(0.9988), "%"), plain(Some(0.001), "%")), ("99.88 %".into(), "0.1 %".into()));
        assert_eq!((plain(Some(250.0), "ms"), plain(Some(250.4), "ms")), ("250 ms".into(), "250.4 ms".into()));
        assert_eq!((plain(Some(100.0), ""), plain(None, "ms")), ("100".into(), "none".into()));
    }
}

//! Scenarios that other files name and change: lessons, challenges, saved runs.

use super::fault::{Faults, Source};
use super::types::{Home, Scenario};
use std::ops::Range;
use toml::Spanned;

impl Source<'_> {
    /// Notes what another look found, at the place that led there.
    pub(crate) fn adopt(&mut self, span: &Range<usize>, faults: &Faults) {
        for fault in &faults.0 {
            self.fault(span.clone(), fault.message.clone(), fault.hint.clone());
        }
    }

    /// The shipped scenario of this name, for a file that is a `noun`.
    pub(crate) fn shipped_scenario(&mut self, word: &Spanned<String>, noun: &str) -> Option<Scenario> {
        let name = word.get_ref();
        if name.contains(['/', '\\']) || name.ends_with(".toml") {
            let hint = Some("name a shipped scenario, and change it with `set`".into());
            self.fault(word.span(), format!("a {noun} cannot run a file of one's own"), hint);
            return None;
        }
        Scenario::load(name).map_err(|faults| self.adopt(&word.span(), &faults)).ok()
    }

    /// Changes fields, each as with `--set`. Says whether all could be.
    pub(crate) fn change(&mut self, scenario: &mut Scenario, changes: &[Spanned<String>]) -> bool {
        let mut sound = true;
        for change in changes {
            if let Err(faults) = scenario.set(change.get_ref()) {
                self.adopt(&change.span(), &faults);
                sound = false;
            }
        }
        sound
    }

    /// Sets the field at `path` to a number that the file gives under a key of its own, within the field's bounds. Says
    /// whether it could be.
    pub(crate) fn put(&mut self, scenario: &mut Scenario, path: &str, number: Option<&Spanned<f64>>) -> bool {
        let Some(number) = number else { return true };
        let change = Spanned::new(number.span(), format!("{path}={:?}", number.get_ref()));
        self.change(scenario, &[change])
    }

    /// The scenario, if it was sound so far and breaks no rule.
    pub(crate) fn whole(&mut self, scenario: Scenario, sound: bool, span: &Range<usize>) -> Option<Scenario> {
        if !sound {
            return None;
        }
        scenario.validate().map_err(|faults| self.adopt(span, &faults)).ok()?;
        Some(scenario)
    }

    /// The home of state of this name.
    pub(crate) fn home(&mut self, word: &Spanned<String>) -> Option<Home> {
        let home = Home::find(word.get_ref());
        if home.is_none() {
            let message = format!("`{}` is no home of state", word.get_ref());
            self.fault(word.span(), message, Some(format!("one of: {}", Home::known())));
        }
        home
    }
}

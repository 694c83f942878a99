//! The glossary over the view: a line to type into, the terms that fit, and what the chosen one means.

use super::keymap::Action;
use crate::glossary::{Term, search};
use crate::text::hostile;

/// The line, and which of the terms that fit is shown.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Glossary {
    /// What was typed.
    pub text: String,
    /// The place of the term that is shown, among those that fit.
    pub at: usize,
}

impl Glossary {
    /// Opened at a word.
    #[must_use]
    pub fn about(word: &str) -> Self {
        Self { text: word.into(), at: 0 }
    }

    /// The terms that fit, best first.
    #[must_use]
    pub fn found(&self) -> Vec<&'static Term> {
        search(&self.text)
    }

    /// The term that is shown; none if nothing fits.
    #[must_use]
    pub fn term(&self) -> Option<&'static Term> {
        self.found().get(self.at).copied()
    }

    /// Adds a letter.
    pub fn type_letter(&mut self, letter: char) {
        if !hostile(letter) && self.text.chars().count() < 40 {
            self.text.push(letter);
            self.at = 0;
        }
    }

    /// Obeys a key of a line of text. Says whether it stays open.
    pub fn obey(&mut self, action: Action) -> bool {
        let count = self.found().len().max(1);
        match action {
            Action::NextProposal => self.at = (self.at + 1) % count,
            Action::PreviousProposal => self.at = (self.at + count - 1) % count,
            // What to read next.
            Action::Complete => {
                if let Some(next) = self.term().and_then(|term| term.see.first()) {
                    *self = Self::about(next);
                }
            }
            Action::Erase => {
                self.text.pop();
                self.at = 0;
            }
            Action::EraseAll => *self = Self::default(),
            _ => return false,
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::glossary::find;

    #[test]
    fn what_the_screens_have_as_headings_is_explained() {
        use crate::scenario::{Home, Scenario};
        use crate::tui::still::{Shot, take};
        use crate::tui::{theme::Palette, views::View};
        use crate::units::Nanos;
        let mut seen = std::collections::BTreeSet::new();
        for (view, home) in [(View::Stage, Home::Store), (View::Stage, Home::Sticky), (View::Table, Home::Memory)] {
            let shot = Shot {
                size: (200, 60),
                home,
                beside: None,
                at: Some(Nanos::from_secs(38.1)),
                view,
                keys: "2 k 1s".split(' ').map(str::to_owned).collect(),
                palette: Palette::Plain,
                ascii: false,
                study: false,
            };
            let text = take(Scenario::load("classroom").unwrap(), &shot).unwrap().text();
            let capitals = |word: &&str| word.len() > 3 && word.chars().all(|letter| letter.is_ascii_uppercase());
            seen.extend(text.split(' ').filter(capitals).map(str::to_owned));
        }
        assert!(seen.len() >= 7, "{seen:?}");
        let plain = ["LIVE", "HERE"];
        let unknown: Vec<_> =
            seen.iter().filter(|word| !plain.contains(&word.as_str()) && find(word).is_none()).collect();
        assert!(unknown.is_empty(), "{unknown:?}");
        let rows = [
            "Scalability",
            "Fault tolerance",
            "Complexity",
            "Client responsibility",
            "Good for",
            "textbook",
            "workers",
        ];
        let outcomes =
            ["ok", "stale", "lost", "refused", "died", "timeout", "overload", "too large", "exposed", "touched"];
        let figures =
            ["affected", "writes lost", "noticed", "recovered", "attempts", "follow-ups", "re-logins", "in flight"];
        for word in rows.into_iter().chain(outcomes).chain(figures) {
            assert!(find(word).is_some(), "`{word}` is not explained");
        }
    }

    #[test]
    fn typing_finds_arrows_choose_and_tab_leads_on() {
        let mut glossary = Glossary::default();
        "stic".chars().for_each(|letter| glossary.type_letter(letter));
        assert_eq!(glossary.term().map(|term| term.name.as_str()), Some("sticky"));
        let next = glossary.term().unwrap().see[0].clone();
        assert!(glossary.obey(Action::Complete));
        assert_eq!(glossary.term().map(|term| term.name.clone()), Some(next));
        assert!(glossary.obey(Action::EraseAll) && glossary.obey(Action::PreviousProposal));
        assert_eq!(glossary.at + 1, glossary.found().len(), "it goes round");
        assert!(!glossary.obey(Action::Cancel) && !glossary.obey(Action::Commit));
        "qqq".chars().for_each(|letter| glossary.type_letter(letter));
        assert!(glossary.term().is_none() && glossary.obey(Action::NextProposal));
    }
}

//! The words that the screens use, each in one or two plain sentences. They are data: `assets/glossary.toml`.

use crate::scenario;
use serde::Deserialize;
use std::sync::OnceLock;

const SOURCE: &str = include_str!("../assets/glossary.toml");

/// One term.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Term {
    /// As it is written on the screens.
    pub name: String,
    /// Other words for it, and other forms of it.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// What it means.
    pub says: String,
    /// Terms to read next, by name.
    #[serde(default)]
    pub see: Vec<String>,
}

impl Term {
    /// The name and all other words for it.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&self.name).chain(&self.aliases).map(String::as_str)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    term: Vec<Term>,
}

/// Every term, by the alphabet.
///
/// # Panics
/// Never: a test reads the same text.
#[must_use]
pub fn terms() -> &'static [Term] {
    static TERMS: OnceLock<Vec<Term>> = OnceLock::new();
    TERMS.get_or_init(|| {
        let File { mut term } = toml::from_str(SOURCE).expect("the shipped glossary is valid");
        term.sort_by_key(|term| term.name.to_lowercase());
        term
    })
}

/// The term with this name or alias; case, hyphens and spaces around it do not matter. Of a mark with a figure, such as `+3` or
/// `1 wrong?`, it is the rest that is explained.
#[must_use]
pub fn find(word: &str) -> Option<&'static Term> {
    let named = |wanted: String| terms().iter().find(|term| term.words().any(|word| plain(word) == wanted));
    named(plain(word)).or_else(|| named(without_figures(word)))
}

/// The terms that fit what was typed, best first: those that begin with it, those that contain it, those whose sentences do.
/// If none fits, they are looked for without figures, as by [`find`].
#[must_use]
pub fn search(typed: &str) -> Vec<&'static Term> {
    let mut found = ranked(&plain(typed));
    let rest = without_figures(typed);
    if found.is_empty() && !rest.is_empty() {
        found = ranked(&rest);
    }
    // Sentences may hold what was typed by chance; whoever names a term means it.
    if let Some(named) = find(typed).filter(|named| !found.contains(named)) {
        found.insert(0, named);
    }
    found
}

fn ranked(typed: &str) -> Vec<&'static Term> {
    let rank = |term: &Term| {
        let words: Vec<String> = term.words().map(plain).collect();
        match () {
            () if words.iter().any(|word| word == typed) => Some(0),
            () if plain(&term.name).starts_with(typed) => Some(1),
            () if words.iter().any(|word| word.starts_with(typed)) => Some(2),
            () if words.iter().any(|word| word.contains(typed)) => Some(3),
            () => plain(&term.says).contains(typed).then_some(4),
        }
    };
    let mut found: Vec<(u8, &Term)> = terms().iter().filter_map(|term| Some((rank(term)?, term))).collect();
    found.sort_by_key(|(rank, _)| *rank);
    found.into_iter().map(|(_, term)| term).collect()
}

/// The word that a mistyped one probably stands for.
#[must_use]
pub fn nearest(word: &str) -> Option<&'static str> {
    scenario::nearest(word, terms().iter().flat_map(Term::words))
}

fn without_figures(word: &str) -> String {
    plain(&word.replace(|letter: char| letter.is_ascii_digit(), ""))
}

fn plain(word: &str) -> String {
    let word = word.trim().to_lowercase();
    // A hyphen alone is a mark.
    if word == "-" { word } else { word.replace('-', " ") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_term_is_said_once_in_short_sentences_and_leads_on() {
        let mut seen = BTreeSet::new();
        for term in terms() {
            for word in term.words() {
                assert!(seen.insert(plain(word)), "`{word}` has two meanings");
            }
            let sentences: Vec<&str> = term.says.split_inclusive(['.', '?']).filter(|part| part.len() > 3).collect();
            assert!((1..=3).contains(&sentences.len()), "{}: {}", term.name, term.says);
            assert!(sentences.iter().all(|sentence| sentence.chars().count() <= 200), "{}", term.name);
            assert!(term.says.ends_with('.'), "{}", term.name);
            for next in &term.see {
                assert!(terms().iter().any(|other| other.name == *next && *next != term.name), "{}: {next}", term.name);
            }
        }
        assert!(terms().len() >= 45, "{}", terms().len());
    }

    #[test]
    fn words_are_found_however_they_are_typed() {
        assert_eq!(find(" Session ").map(|term| term.name.as_str()), Some("session"));
        assert_eq!(find("KAPPA").map(|term| term.name.as_str()), find("κ").map(|term| term.name.as_str()));
        assert_eq!(search("stick").first().map(|term| term.name.as_str()), Some("sticky"));
        assert_eq!(search("").len(), terms().len());
        for (mark, term) in
            [("+1", "+"), ("2 for nobody", "orphan"), ("1 wrong?", "unnoticed"), ("401", "lost")].into_iter().chain([
                ("·", "·"),
                ("◇", "copy"),
                ("-", "-"),
                ("-1", "-"),
                ("✗", "✗"),
                ("3✗→2", "2✗→1"),
                ("→3✗", "✗"),
                ("→7", "→"),
            ])
        {
            assert_eq!(search(mark).first().map(|term| term.name.as_str()), Some(term), "{mark}");
            assert_eq!(find(mark).map(|term| term.name.as_str()), Some(term), "{mark}");
        }
        assert_eq!((nearest("sesion"), nearest("litle")), (Some("session"), Some("Little")));
        assert!(find("").is_none() && search("xyzzy").is_empty());
    }

    #[test]
    fn every_home_and_every_verb_is_explained() {
        let homes = crate::scenario::Home::ALL.map(|home| home.id());
        let verbs = crate::command::Command::FORMS.iter().filter_map(|form| form.split(' ').next());
        let policies = crate::scenario::Policy::ALL.map(|policy| policy.id());
        for word in homes.into_iter().chain(verbs).chain(policies) {
            assert!(find(word).is_some(), "`{word}` is not explained");
        }
    }
}

//! Lesson files as they are written: every key, nothing understood yet.

use serde::de::{Error, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use std::fmt;
use toml::Spanned;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawLesson {
    pub format: Spanned<String>,
    pub title: Spanned<String>,
    pub question: String,
    pub belief: String,
    pub part: String,
    pub minutes: u16,
    pub scene: RawScene,
    pub recall: Option<RawRecall>,
    #[serde(default)]
    pub step: Vec<Spanned<RawStep>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawScene {
    pub scenario: Spanned<String>,
    pub seed: Option<u64>,
    pub opens_s: Option<Spanned<f64>>,
    #[serde(default)]
    pub set: Vec<Spanned<String>>,
    pub stateless: Option<Spanned<String>>,
    pub stateful: Option<Spanned<String>>,
    pub shown: Option<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawRecall {
    pub lesson: String,
    pub question: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawCase {
    pub when: Option<Spanned<String>>,
    pub text: Spanned<String>,
}

pub(super) enum RawText {
    One(String),
    Cases(Vec<RawCase>),
}

// By hand: serde's untagged enums forget where things stand.
impl<'de> Deserialize<'de> for RawText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = RawText;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text, or a list of { when = \"…\", text = \"…\" }")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<RawText, E> {
                Ok(RawText::One(text.to_owned()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut rows: A) -> Result<RawText, A::Error> {
                let mut cases = Vec::new();
                while let Some(case) = rows.next_element()? {
                    cases.push(case);
                }
                Ok(RawText::Cases(cases))
            }
        }
        deserializer.deserialize_any(Either)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawChoice {
    pub text: Spanned<String>,
    pub when: Spanned<String>,
}

pub(super) type RawMoves = Vec<Spanned<String>>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawStep {
    // One of these says what kind of step it is.
    pub say: Option<Spanned<RawText>>,
    pub explain: Option<Spanned<RawText>>,
    pub predict: Option<Spanned<String>>,
    pub observe: Option<Spanned<String>>,
    #[serde(rename = "do")]
    pub do_: Option<Spanned<String>>,
    pub show: Option<Spanned<String>>,
    pub until: Option<Spanned<String>>,
    pub run_s: Option<Spanned<f64>>,
    pub again: Option<Vec<Spanned<String>>>,
    pub compare: Option<Spanned<String>>,
    #[serde(rename = "try")]
    pub try_: Option<Spanned<String>>,
    // The others go with some of them.
    pub about: Option<Spanned<String>>,
    pub id: Option<Spanned<String>>,
    pub recalled: Option<Spanned<String>>,
    pub choices: Option<Vec<RawChoice>>,
    #[serde(default)]
    pub several: bool,
    pub set: Option<Vec<Spanned<String>>>,
    pub runs: Option<u32>,
    pub number: Option<Spanned<String>>,
    pub within: Option<Spanned<f64>>,
    pub unit: Option<String>,
    #[serde(rename = "in")]
    pub in_: Option<Spanned<String>>,
    #[serde(rename = "where")]
    pub where_: Option<Spanned<String>>,
    pub within_s: Option<Spanned<f64>>,
    pub meanwhile: Option<Spanned<String>>,
    pub goal: Option<Spanned<String>>,
    pub hint: Option<Spanned<String>>,
    pub way: Option<RawMoves>,
}

/// The keys that say what kind of step it is.
pub(super) const KINDS: [&str; 11] =
    ["say", "predict", "do", "show", "until", "run_s", "again", "compare", "observe", "explain", "try"];

/// The keys that may go with each.
pub(super) fn companions(kind: &str) -> &'static [&'static str] {
    match kind {
        "say" | "explain" => &["about"],
        "predict" | "observe" => &["id", "recalled", "choices", "several", "number", "within", "unit"],
        "until" => &["in", "where", "within_s", "meanwhile"],
        "run_s" => &["meanwhile"],
        "compare" => &["set", "runs"],
        "try" => &["id", "goal", "meanwhile", "hint", "way"],
        _ => &[],
    }
}

impl RawStep {
    /// What it does, in a line; none if it only says or asks something.
    pub(super) fn does(&self) -> Option<String> {
        let words =
            |texts: &[Spanned<String>]| texts.iter().map(|text| text.get_ref().as_str()).collect::<Vec<_>>().join(", ");
        let given = |lead: &str, text: &Option<Spanned<String>>| {
            text.as_ref().map_or_else(String::new, |text| format!("{lead}{}", text.get_ref()))
        };
        if let Some(command) = &self.do_ {
            return Some(format!("does: {}", command.get_ref()));
        }
        if let Some(home) = &self.show {
            return Some(format!("shows: {}", home.get_ref()));
        }
        if let Some(event) = &self.until {
            let (world, matching) = (given(" in ", &self.in_), given(" where ", &self.where_));
            return Some(format!("waits until: {}{world}{matching}", event.get_ref()));
        }
        if let Some(seconds) = &self.run_s {
            return Some(format!("lets pass: {} s", seconds.get_ref()));
        }
        if let Some(changes) = &self.again {
            return Some(format!("starts over with: {}", words(changes)).trim_end_matches(" with: ").to_owned());
        }
        let scenario = self.compare.as_ref()?.get_ref();
        let changes = self.set.as_deref().map_or_else(String::new, |set| format!(" with {}", words(set)));
        Some(format!("compares all homes in: {scenario}{changes}"))
    }

    pub(super) fn kinds(&self) -> Vec<&'static str> {
        let given = [
            self.say.is_some(),
            self.predict.is_some(),
            self.do_.is_some(),
            self.show.is_some(),
            self.until.is_some(),
            self.run_s.is_some(),
            self.again.is_some(),
            self.compare.is_some(),
            self.observe.is_some(),
            self.explain.is_some(),
            self.try_.is_some(),
        ];
        KINDS.into_iter().zip(given).filter(|(_, given)| *given).map(|(kind, _)| kind).collect()
    }

    pub(super) fn companions(&self) -> Vec<&'static str> {
        let given = [
            ("about", self.about.is_some()),
            ("id", self.id.is_some()),
            ("recalled", self.recalled.is_some()),
            ("choices", self.choices.is_some()),
            ("several", self.several),
            ("set", self.set.is_some()),
            ("runs", self.runs.is_some()),
            ("number", self.number.is_some()),
            ("within", self.within.is_some()),
            ("unit", self.unit.is_some()),
            ("in", self.in_.is_some()),
            ("where", self.where_.is_some()),
            ("within_s", self.within_s.is_some()),
            ("meanwhile", self.meanwhile.is_some()),
            ("goal", self.goal.is_some()),
            ("hint", self.hint.is_some()),
            ("way", self.way.is_some()),
        ];
        given.into_iter().filter(|(_, given)| *given).map(|(key, _)| key).collect()
    }
}

//! A filled-in worksheet: what somebody answers in a lesson, and what they do to reach its goals.
//!
//! ```toml
//! lost = 2                                               # a choice by its number, or a number
//! safe = ["show replicate-backup", "kill 3", "wait 5"]   # what is done to reach a goal
//! ```
//!
//! A blank one has `""` and `[]` there, which answer nothing.

use super::play::{PlayError, Told, play};
use super::player::Given;
use super::step::{Kind, Lesson, Move, Step};
use crate::scenario::{Faults, Home, Source, nearest};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// What somebody answers, and does to reach the goals; what is not in it is skipped, or done as the lesson proposes.
#[derive(Clone, PartialEq, Default, Debug)]
pub struct Sheet {
    /// By the names of the questions.
    pub answers: BTreeMap<String, Given>,
    /// By the names of the goals.
    pub ways: BTreeMap<String, Vec<Move>>,
}

impl Sheet {
    /// Reads a worksheet for a lesson. `label` is what faults call the text (a path).
    ///
    /// # Errors
    /// Everything that is wrong with it, each with line, column and a hint.
    pub fn from_toml(lesson: &Lesson, label: &str, text: &str) -> Result<Self, Faults> {
        let mut source = Source::open(label, text)?;
        let table = match DeTable::parse(text) {
            Ok(table) => table.into_inner(),
            Err(error) => {
                return Err(source.fail(error.span().unwrap_or(0..0), format!("not TOML: {}", error.message()), None));
            }
        };
        let mut sheet = Self::default();
        for (key, value) in &table {
            if let Err((message, hint)) = sheet.entry(lesson, key.get_ref(), value) {
                source.fault(key.span(), message, hint);
            }
        }
        source.finish().map(|()| sheet)
    }

    fn entry(
        &mut self,
        lesson: &Lesson,
        id: &str,
        value: &Spanned<DeValue<'_>>,
    ) -> Result<(), (String, Option<String>)> {
        let goal = lesson.steps.iter().any(|step| matches!(step, Step::Try(goal) if goal.id == id));
        if goal {
            let words =
                value.get_ref().as_array().and_then(|rows| rows.iter().map(|row| row.get_ref().as_str()).collect());
            let words: Vec<&str> = words.ok_or_else(|| {
                (
                    format!("`{id}` is a goal: it needs a list of what is done"),
                    Some("as in [\"kill 3\", \"wait 5\"]".into()),
                )
            })?;
            let moves: Vec<Move> =
                words.into_iter().map(|word| word.parse().map_err(|why| (why, None))).collect::<Result<_, _>>()?;
            if !moves.is_empty() {
                self.ways.insert(id.to_owned(), moves);
            }
            return Ok(());
        }
        let Some(question) = lesson.question(id) else {
            let ids = || lesson.ids();
            let hint = match nearest(id, ids()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("it asks: {}", ids().collect::<Vec<_>>().join(", ")),
            };
            return Err((format!("the lesson asks nothing called `{id}`"), Some(hint)));
        };
        let number = match value.get_ref() {
            DeValue::Integer(number) => number.as_str().parse::<f64>().ok(),
            DeValue::Float(number) => number.as_str().parse::<f64>().ok(),
            DeValue::String(text) if text.trim().is_empty() => return Ok(()),
            // Written between the quotes of a blank sheet.
            DeValue::String(text) => text.trim().parse::<f64>().ok(),
            _ => None,
        };
        let given = match (&question.kind, number) {
            (Kind::Number { .. }, Some(number)) if number.is_finite() => Given::Number(number),
            (Kind::Choices { choices, .. }, Some(number))
                if (1..=choices.len()).any(|choice| choice as f64 == number) =>
            {
                Given::Choice(number as usize)
            }
            (Kind::Choices { choices, .. }, _) => {
                return Err((
                    format!("`{id}` is answered by the number of a choice"),
                    Some(format!("1 to {}", choices.len())),
                ));
            }
            _ => return Err((format!("`{id}` is answered by a number"), None)),
        };
        self.answers.insert(id.to_owned(), given);
        Ok(())
    }
}

impl Sheet {
    /// A blank sheet for a lesson: its questions and goals in the words of the run, each with room for an answer. `call` are the
    /// words that mark it.
    ///
    /// # Errors
    /// If the lesson itself does not hold, with this seed.
    pub fn blank(lesson: &Arc<Lesson>, call: &str) -> Result<String, PlayError> {
        let played = play(lesson, &Self::default())?;
        // Every line of a text must be a comment, or it would be one of the sheet.
        let comment = |text: &str| format!("# {}\n", text.replace('\n', "\n# "));
        let mut out = comment(&lesson.title) + &comment(&lesson.question) + "#\n";
        out += &comment(&format!("Marked by: {call}"));
        out += &comment("Answer with the number of a choice, or with a number; \"\" is no answer.");
        for (step, told) in &played.story {
            let (id, blank, lines) = match told {
                Told::Asked(asked) => {
                    let numbered = (1..).zip(&asked.choices).map(|(number, choice)| format!("  {number}  {choice}"));
                    let unit = (!asked.unit.is_empty()).then(|| format!("  in {}", asked.unit));
                    let lines = std::iter::once(asked.text.clone()).chain(numbered).chain(unit).collect::<Vec<_>>();
                    (&asked.id, "\"\"", lines)
                }
                Told::Set(task) => {
                    let how = "  What is done, in order, as in [\"show store\", \"kill 2\", \"wait 5\"].".to_owned();
                    (&task.id, "[]", vec![task.text.clone(), how])
                }
                Told::Said(_) | Told::Does(_) => continue,
            };
            out += &format!("\n{}{id} = {blank}\n", comment(&format!("{step}. {}", lines.join("\n"))));
        }
        Ok(out)
    }
}

impl Lesson {
    /// The names of its questions and goals, in order.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.steps.iter().filter_map(|step| match step {
            Step::Predict(question) | Step::Observe(question) => Some(question.id.as_str()),
            Step::Try(goal) => Some(goal.id.as_str()),
            _ => None,
        })
    }
}

impl std::str::FromStr for Move {
    type Err = String;

    /// `kill 2`, `show token`, `wait 30`, `again instance.count=6`.
    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_whitespace().collect::<Vec<_>>().as_slice() {
            ["show", id] => match Home::find(id) {
                Some(home) => Ok(Self::Show(home)),
                None => Err(format!("no home of state is called that; one of: {}", Home::known())),
            },
            ["wait", seconds] => match seconds.trim_end_matches('s').parse::<f64>() {
                Ok(seconds) if seconds > 0.0 && seconds <= 86_400.0 => Ok(Self::Wait(seconds)),
                _ => Err("wait needs seconds, as in `wait 30`".into()),
            },
            ["again", ..] => Ok(Self::Again(text.trim_start()["again".len()..].trim().to_owned())),
            _ => text.parse().map(Self::Do).map_err(|error: crate::command::CommandError| error.to_string()),
        }
    }
}

impl fmt::Display for Move {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Do(command) => write!(f, "{command}"),
            Self::Show(home) => write!(f, "show {}", home.id()),
            Self::Wait(seconds) => write!(f, "wait {seconds}"),
            Self::Again(change) => write!(f, "again {change}"),
        }
    }
}

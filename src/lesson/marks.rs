//! What a worksheet is worth: every question with what was answered and what is right in the run, every goal reached or not.

use super::play::{PlayError, play};
use super::player::{Given, Truth};
use super::sheet::Sheet;
use super::step::{Kind, Lesson};
use serde::Serialize;
use std::sync::Arc;

/// The marks of one worksheet: the contract `statelab.marks/1`.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Marks {
    /// `statelab.marks/1`.
    pub schema: &'static str,
    /// The program's version.
    pub version: &'static str,
    /// Which lesson.
    pub lesson: String,
    /// The seed of its run.
    pub seed: u64,
    /// Every question, in order.
    pub questions: Vec<Mark>,
    /// Every goal, in order.
    pub goals: Vec<GoalMark>,
    /// How many answers were right and goals reached.
    pub reached: usize,
    /// … of so many.
    pub of: usize,
}

/// What one answer is worth.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Mark {
    /// The question's name.
    pub id: String,
    /// What was answered: the number of a choice, or a number; none if nothing was.
    pub given: Option<f64>,
    /// What is right in the run; of several right choices the first.
    pub right: Option<f64>,
    /// The other right choices; written only if there are any.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub also_right: Vec<f64>,
    /// So far off it may be.
    pub within: f64,
    /// Whether the answer is right.
    pub correct: bool,
}

/// Whether a goal was reached.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct GoalMark {
    /// The goal's name.
    pub id: String,
    /// Whether the way that was given reaches it; a way that was not given does not.
    pub reached: bool,
}

impl Marks {
    /// Plays the lesson as the sheet says, and judges it by what happens.
    ///
    /// # Errors
    /// If the lesson itself does not hold, with this seed.
    pub fn of(lesson: &Arc<Lesson>, sheet: &Sheet) -> Result<Self, PlayError> {
        let played = play(lesson, sheet)?;
        let questions: Vec<Mark> = played
            .answers
            .iter()
            .map(|answer| {
                let given = match answer.given {
                    Given::Choice(choice) => Some(choice as f64),
                    Given::Number(number) => Some(number),
                    Given::Skipped => None,
                };
                let mut all: Vec<f64> = match &answer.truth {
                    Some(Truth::Choices(right)) => right.iter().map(|choice| *choice as f64).collect(),
                    Some(Truth::Number(right, _)) => right.iter().copied().collect(),
                    None => Vec::new(),
                };
                let also_right = all.split_off(all.len().min(1));
                Mark {
                    id: answer.question.clone(),
                    given,
                    right: all.first().copied(),
                    also_right,
                    within: if let Some(Truth::Number(_, within)) = answer.truth { within } else { 0.0 },
                    correct: answer.right() == Some(true),
                }
            })
            .collect();
        let goals: Vec<GoalMark> = played
            .goals
            .into_iter()
            .map(|(id, reached)| GoalMark { reached: reached && sheet.ways.contains_key(&id), id })
            .collect();
        let reached =
            questions.iter().filter(|mark| mark.correct).count() + goals.iter().filter(|goal| goal.reached).count();
        Ok(Self {
            schema: "statelab.marks/1",
            version: env!("CARGO_PKG_VERSION"),
            lesson: lesson.name.clone(),
            seed: lesson.scenario.seed,
            of: questions.len() + goals.len(),
            questions,
            goals,
            reached,
        })
    }

    /// For people, a line each. `hidden`: without what is right, so that it can be shown to a class.
    #[must_use]
    pub fn text(&self, lesson: &Lesson, hidden: bool) -> String {
        let mut out = format!("{}, seed {}: {} of {} right\n", lesson.title, self.seed, self.reached, self.of);
        for mark in &self.questions {
            let choices =
                lesson.question(&mark.id).is_some_and(|question| matches!(question.kind, Kind::Choices { .. }));
            let say = |number: Option<f64>| match number {
                Some(number) if choices => format!("choice {number}"),
                Some(number) => super::value::Value::Number(number).show(""),
                None => "nothing".into(),
            };
            let verdict = if mark.correct { "right" } else { "wrong" };
            let or: String = mark.also_right.iter().map(|choice| format!(" or {choice}")).collect();
            let right =
                if hidden || mark.correct { String::new() } else { format!(", in this run {}{or}", say(mark.right)) };
            out += &format!("  {verdict:<6} {}: answered {}{right}\n", mark.id, say(mark.given));
        }
        for goal in &self.goals {
            out += &format!("  {:<6} {}\n", if goal.reached { "done" } else { "missed" }, goal.id);
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lesson::step::Step;

    #[test]
    fn where_several_choices_are_right_all_of_them_are_told() {
        let lesson = Lesson::load("choosing").unwrap();
        let id = lesson.steps.iter().find_map(|step| match step {
            Step::Predict(question) => Some(question.id.clone()),
            _ => None,
        });
        let mark = Mark {
            id: id.unwrap(),
            given: Some(2.0),
            right: Some(1.0),
            also_right: vec![3.0],
            within: 0.0,
            correct: false,
        };
        let marks = Marks {
            schema: "statelab.marks/1",
            version: "",
            lesson: lesson.name.clone(),
            seed: 1,
            questions: vec![mark],
            goals: Vec::new(),
            reached: 0,
            of: 1,
        };
        assert!(marks.text(&lesson, false).ends_with(": answered choice 2, in this run choice 1 or 3\n"));
        assert!(marks.text(&lesson, true).ends_with(": answered choice 2\n"));
        assert_eq!(serde_json::to_value(&marks).unwrap()["questions"][0]["also_right"], serde_json::json!([3.0]));
    }
}

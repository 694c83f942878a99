//! What a worksheet is worth: every question with what was answered and what is right in the run, every goal reached or not.

use super::play::{Attempt, PlayError, Played, play};
use super::player::{Answer, Given, Truth};
use super::sheet::Sheet;
use super::step::{Kind, Lesson};
use super::value::Value;
use crate::scenario::printable;
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
    /// The file with the sheet, where it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sheet: Option<String>,
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
    /// The question as it was asked.
    pub text: String,
    /// What was answered: the number of a choice, or a number; none if nothing was.
    pub given: Option<f64>,
    /// What that choice says, or the number with its unit.
    pub given_text: Option<String>,
    /// What is right in the run; of several right choices the first.
    pub right: Option<f64>,
    /// What that choice says, or the number with its unit.
    pub right_text: Option<String>,
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
    /// What was to be reached.
    pub text: String,
    /// What was done, in order.
    pub given: Vec<String>,
    /// Whether the way that was given reaches it; a way that was not given does not.
    pub reached: bool,
    /// What of it could not be done, and why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub impossible: Option<String>,
}

impl Marks {
    /// Plays the lesson as the sheet says, and judges it by what happens.
    ///
    /// # Errors
    /// If the lesson itself does not hold, with this seed.
    pub fn of(lesson: &Arc<Lesson>, sheet: &Sheet) -> Result<Self, PlayError> {
        let played = play(lesson, sheet)?;
        let questions: Vec<Mark> = played.answers.iter().map(|answer| Mark::of(answer, &played)).collect();
        let goals: Vec<GoalMark> = played.goals.iter().map(|attempt| GoalMark::of(attempt, &played, sheet)).collect();
        let reached =
            questions.iter().filter(|mark| mark.correct).count() + goals.iter().filter(|goal| goal.reached).count();
        Ok(Self {
            schema: "statelab.marks/1",
            version: env!("CARGO_PKG_VERSION"),
            lesson: lesson.name.clone(),
            sheet: None,
            seed: lesson.scenario.seed,
            of: questions.len() + goals.len(),
            questions,
            goals,
            reached,
        })
    }

    /// For people. `hidden`: without what is right, so that it can be shown to a class.
    #[must_use]
    pub fn text(&self, lesson: &Lesson, hidden: bool) -> String {
        let sheet = self.sheet.as_ref().map_or_else(String::new, |sheet| format!(", {}", printable(sheet)));
        let blank = self.questions.iter().all(|mark| mark.given.is_none()) && self.goals.iter().all(GoalMark::untried);
        let blank = if blank { "; nothing is answered yet" } else { "" };
        let (reached, of) = (self.reached, self.of);
        let mut out = format!("{}, seed {}{sheet}: {reached} of {of} right{blank}\n", lesson.title, self.seed);
        for mark in &self.questions {
            let verdict = if mark.correct { "right" } else { "wrong" };
            out += &format!(
                "  {verdict:<6} {}: answered {}\n",
                mark.id,
                said(mark.given, mark.given_text.as_ref(), lesson, &mark.id)
            );
            if !hidden && !mark.correct {
                let or: String = mark.also_right.iter().map(|choice| format!(" or {choice}")).collect();
                let right = said(mark.right, mark.right_text.as_ref(), lesson, &mark.id);
                out += &format!("         in this run {right}{or}\n");
            }
        }
        for goal in &self.goals {
            let verdict = if goal.reached { "done" } else { "missed" };
            out += &format!("  {verdict:<6} {}: {}\n", goal.id, goal.text);
            if !goal.reached {
                out += &format!("         {}\n", goal.why());
            }
        }
        out
    }
}

/// `choice 2, "Only those in instance 2"`, or `2 carts`.
fn said(number: Option<f64>, text: Option<&String>, lesson: &Lesson, id: &str) -> String {
    let choices = lesson.question(id).is_some_and(|question| matches!(question.kind, Kind::Choices { .. }));
    match (number, text) {
        (None, _) => "nothing".into(),
        (Some(number), Some(text)) if choices => format!("choice {number}, \"{text}\""),
        (Some(_), Some(text)) => text.clone(),
        (Some(number), None) => number.to_string(),
    }
}

impl Mark {
    fn of(answer: &Answer, played: &Played) -> Self {
        let given = match answer.given {
            Given::Choice(choice) => Some(choice as f64),
            Given::Number(number) => Some(number),
            Given::Skipped => None,
        };
        let mut right: Vec<f64> = match &answer.truth {
            Some(Truth::Choices(right)) => right.iter().map(|choice| *choice as f64).collect(),
            Some(Truth::Number(right, _)) => right.iter().copied().collect(),
            None => Vec::new(),
        };
        let also_right = right.split_off(right.len().min(1));
        let right = right.first().copied();
        let asked = played.asked(&answer.question);
        let text = |number: f64| {
            let asked = asked?;
            match asked.choices.as_slice() {
                [] => Some(Value::Number(number).show(&asked.unit)),
                choices => choices.get((number as usize).checked_sub(1)?).cloned(),
            }
        };
        Self {
            id: answer.question.clone(),
            text: asked.map_or_else(String::new, |asked| asked.text.clone()),
            given,
            given_text: given.and_then(text),
            right,
            right_text: right.and_then(text),
            also_right,
            within: if let Some(Truth::Number(_, within)) = answer.truth { within } else { 0.0 },
            correct: answer.right() == Some(true),
        }
    }
}

impl GoalMark {
    fn of(attempt: &Attempt, played: &Played, sheet: &Sheet) -> Self {
        let own = sheet.ways.get(&attempt.id);
        Self {
            id: attempt.id.clone(),
            text: played.task(&attempt.id).map_or_else(String::new, |task| task.text.clone()),
            given: own.into_iter().flatten().map(ToString::to_string).collect(),
            reached: attempt.reached && own.is_some(),
            impossible: attempt.impossible.clone(),
        }
    }

    /// Whether nothing was done for it.
    fn untried(&self) -> bool {
        self.given.is_empty()
    }

    /// Why it was missed.
    fn why(&self) -> String {
        match &self.impossible {
            _ if self.untried() => "nothing was done".into(),
            Some(impossible) => format!("done: {}; {impossible}", self.given.join(", ")),
            None => format!("done: {}; that does not reach it", self.given.join(", ")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_several_choices_are_right_all_of_them_are_told() {
        let lesson = Lesson::load("choosing").unwrap();
        let id = lesson.ids().next().unwrap().to_owned();
        let mark = Mark {
            id: id.clone(),
            text: "Which?".into(),
            given: Some(2.0),
            given_text: Some("b".into()),
            right: Some(1.0),
            right_text: Some("a".into()),
            also_right: vec![3.0],
            within: 0.0,
            correct: false,
        };
        let marks = Marks {
            schema: "statelab.marks/1",
            version: "",
            lesson: lesson.name.clone(),
            sheet: None,
            seed: 1,
            questions: vec![mark],
            goals: Vec::new(),
            reached: 0,
            of: 1,
        };
        let given = format!("  wrong  {id}: answered choice 2, \"b\"\n");
        assert!(marks.text(&lesson, false).ends_with(&format!("{given}         in this run choice 1, \"a\" or 3\n")));
        assert!(marks.text(&lesson, true).ends_with(&given));
        assert_eq!(serde_json::to_value(&marks).unwrap()["questions"][0]["also_right"], serde_json::json!([3.0]));
    }

    #[test]
    fn a_mark_says_what_was_answered_and_why_a_goal_was_missed() {
        let lesson = Arc::new(Lesson::load("sticky").unwrap());
        let sheet = |text: &str| Sheet::from_toml(&lesson, "sheet.toml", text).unwrap();
        let marks = Marks::of(&lesson, &sheet("lost = 1\nsafe = [\"kill 9\", \"wait 1\"]")).unwrap();
        let text = marks.text(&lesson, false);
        for words in [
            "answered choice 1, \"Nobody's: ",
            "in this run choice 2, \"Only those",
            "done: kill 9, wait 1; `kill 9` is impossible: ",
        ] {
            assert!(text.contains(words), "{words}\n{text}");
        }
        let missed = Marks::of(&lesson, &sheet("safe = [\"kill 3\"]")).unwrap();
        assert!(missed.text(&lesson, false).contains("done: kill 3; that does not reach it"));
    }

    #[test]
    fn a_blank_sheet_can_be_marked_and_filled_in() {
        let lesson = Arc::new(Lesson::load("sticky").unwrap());
        let blank = Sheet::blank(&lesson, "statelab lesson sticky --answers FILE").unwrap();
        let marked = |text: &str| Marks::of(&lesson, &Sheet::from_toml(&lesson, "sheet.toml", text).unwrap()).unwrap();
        let untouched = marked(&blank);
        assert_eq!((untouched.reached, untouched.of), (0, lesson.ids().count()));
        assert!(untouched.text(&lesson, true).contains("right; nothing is answered yet\n"), "{blank}");
        // A number may stand in the quotes or replace them.
        for answer in ["2", "\"2\""] {
            let filled = blank.replacen("lost = \"\"", &format!("lost = {answer}"), 1);
            assert_eq!(marked(&filled).reached, 1, "{filled}");
        }
        assert!(blank.contains("#   2  Only those in instance 2\n"), "{blank}");
        let broken = Arc::new(Lesson { title: "One\ntwo".into(), ..(*lesson).clone() });
        assert!(Sheet::from_toml(&lesson, "sheet.toml", &Sheet::blank(&broken, "").unwrap()).is_ok());
    }
}

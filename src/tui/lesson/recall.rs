//! Questions that are asked again, and how answers are told.

use super::Verdict;
use crate::lesson::value::Value;
use crate::lesson::{Answer, Asked, Given, Lesson, Progress, Truth, look_up};
use std::sync::Arc;

/// A question of an earlier lesson, with what was right in that lesson's run.
#[derive(Clone, Debug)]
pub struct Recalled {
    /// The title of the lesson.
    lesson: String,
    asked: Asked,
    truth: Truth,
}

impl Recalled {
    /// The question that a lesson opens with: the earlier lesson is played anew up to there, so that its
    /// answer is measured. Only what was asked before is asked again.
    pub(super) fn of(lesson: &Lesson, progress: &Progress) -> Option<Self> {
        let recall = lesson.recall.as_ref().filter(|recall| progress.asked(&recall.lesson, &recall.question))?;
        let earlier = Arc::new(Lesson::load(&recall.lesson).ok()?);
        let (asked, truth) = look_up(&earlier, &recall.question)?;
        Some(Self { lesson: earlier.title.clone(), asked, truth })
    }

    /// The question, as it is asked again.
    pub(super) fn asked(&self) -> Asked {
        let text = self.asked.recalled.clone();
        Asked { text, ..self.asked.clone() }
    }

    /// What is said before it: it is not about the picture.
    pub(super) fn preface(&self) -> String {
        format!("First, from the lesson “{}”, not about this picture:", self.lesson)
    }

    /// How an answer to it turns out.
    pub(super) fn judge(&self, given: Given) -> Option<Verdict> {
        let answer =
            Answer { question: self.asked.id.clone(), given, confidence: None, truth: Some(self.truth.clone()) };
        verdict(&answer, &self.asked)
    }
}

/// How an answer turned out, in words; none while that is not known.
pub(super) fn verdict(answer: &Answer, asked: &Asked) -> Option<Verdict> {
    let choice = |number: &usize| asked.choices.get(number - 1).cloned().unwrap_or_default();
    let number = |number: f64| Value::Number(number).show(&asked.unit);
    let said = match answer.given {
        Given::Choice(chosen) => choice(&chosen),
        Given::Number(given) => number(given),
        Given::Skipped => String::new(),
    };
    let truth = match answer.truth.as_ref()? {
        Truth::Choices(right) if right.is_empty() => "none of these, in this run".into(),
        Truth::Choices(right) => right.iter().map(choice).collect::<Vec<_>>().join("; or: "),
        Truth::Number(Some(right), _) => number(*right),
        Truth::Number(None, _) => "nothing of the kind happened".into(),
    };
    Some(Verdict { asked: asked.text.clone(), right: answer.right(), said, truth })
}

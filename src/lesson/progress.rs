//! What a learner has done so far: which lessons, what was answered, how sure they were. Kept from one run to the next.

use super::player::Answer;
use crate::memory::Memory;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How sure one can be: guessing, fairly, certain.
pub const CONFIDENCES: [&str; 3] = ["guessing", "fairly sure", "certain"];
/// The most answers that are kept of a lesson: those of the newest times it was taken.
const MOST: usize = 200;

/// Everything that is kept, by lesson.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Progress {
    /// By the lessons' names.
    #[serde(default)]
    pub lessons: BTreeMap<String, Record>,
}

/// What is kept of one lesson.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// How often it was taken to its end.
    #[serde(default)]
    pub finished: u32,
    /// Goals reached, ever.
    #[serde(default)]
    pub goals: Vec<String>,
    /// Every answer, oldest first.
    #[serde(default)]
    pub answers: Vec<Given>,
}

/// One answer.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Given {
    /// To which question.
    pub question: String,
    /// Whether it was right; not there if it was skipped, or nothing was right in that run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub right: Option<bool>,
    /// How sure the learner was, from 1 to 3.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confidence: Option<u8>,
}

impl Memory for Progress {
    const CONCERN: &'static str = "lessons";
    const VERSION: u32 = 1;
}

/// How often answers of one confidence were right.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Calibration {
    /// So many were right.
    pub right: u32,
    /// … of so many.
    pub of: u32,
}

impl Progress {
    /// Notes the answers of a lesson that was taken, to its end or not.
    pub fn note(&mut self, lesson: &str, answers: &[Answer], goals: &[String], finished: bool) {
        let record = self.lessons.entry(lesson.to_owned()).or_default();
        record.finished += u32::from(finished);
        record.goals.extend(goals.iter().filter(|goal| !record.goals.contains(goal)).cloned().collect::<Vec<_>>());
        record.answers.extend(answers.iter().map(|answer| Given {
            question: answer.question.clone(),
            right: answer.right(),
            confidence: answer.confidence,
        }));
        let old = record.answers.len().saturating_sub(MOST);
        record.answers.drain(..old);
    }

    /// Whether a lesson was taken to its end.
    #[must_use]
    pub fn finished(&self, lesson: &str) -> bool {
        self.lessons.get(lesson).is_some_and(|record| record.finished > 0)
    }

    /// How often answers were right, by confidence from 1 to 3.
    #[must_use]
    pub fn calibration(&self) -> [Calibration; 3] {
        let mut all = [Calibration::default(); 3];
        for given in self.lessons.values().flat_map(|record| &record.answers) {
            let (Some(right), Some(confidence @ 1..=3)) = (given.right, given.confidence) else { continue };
            let one = &mut all[usize::from(confidence) - 1];
            one.of += 1;
            one.right += u32::from(right);
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lesson::{Given as Choice, Truth};
    use crate::memory;

    fn answer(given: Choice, confidence: Option<u8>) -> Answer {
        Answer { question: "lost".into(), given, confidence, truth: Some(Truth::Choices(vec![2])) }
    }

    #[test]
    fn what_is_kept_comes_back_and_is_counted() {
        let mut progress = Progress::default();
        let answers =
            [answer(Choice::Choice(2), Some(3)), answer(Choice::Choice(1), Some(3)), answer(Choice::Skipped, None)];
        progress.note("sticky", &answers, &["safe".into()], true);
        progress.note("sticky", &answers, &["safe".into()], false);
        let again: Progress = memory::read(&memory::write(&progress).unwrap()).unwrap();
        assert_eq!(again, progress);
        assert!(again.finished("sticky") && !again.finished("store"));
        assert_eq!(again.calibration()[2], Calibration { right: 2, of: 4 });
        assert_eq!(again.lessons["sticky"].goals, ["safe"]);
    }

    #[test]
    fn an_answer_is_kept_but_not_for_ever() {
        let mut progress = Progress::default();
        for _ in 0..3 * MOST {
            progress.note("x", &[answer(Choice::Choice(2), Some(1))], &[], false);
        }
        assert_eq!(progress.lessons["x"].answers.len(), MOST);
    }
}

//! What a learner has done so far: which lessons, what was answered, how sure they were. Kept from one run to the next.

use super::player::{Answer, Given};
use super::step::{Lesson, Step};
use crate::memory::Memory;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

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
    /// Every answer, oldest first; not those of a time that was left in the middle and can be taken up.
    #[serde(default)]
    pub answers: Vec<Counted>,
    /// Where it was left before its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left: Option<Left>,
}

/// Where a lesson was left, so that it can be taken up there: a run is the same every time, and so are its figures.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Left {
    /// Before which step, counted from 0.
    pub step: usize,
    /// With these users.
    pub seed: u64,
    /// What was answered until then.
    #[serde(default)]
    pub answers: Vec<Said>,
}

/// An answer as it was given.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Said {
    /// To which question.
    pub question: String,
    /// What.
    pub given: Given,
    /// Whether it was right, if that was known by then and it was not skipped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub right: Option<bool>,
    /// How sure the learner was, from 1 to 3.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confidence: Option<u8>,
}

/// One answer, as it counts.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counted {
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

/// What came of a lesson, by the newest answer to each of its questions.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Outcome {
    /// So many were right.
    pub right: usize,
    /// … of so many.
    pub of: usize,
    /// So many goals were never reached.
    pub goals_left: usize,
}

impl Outcome {
    /// Whether it was mastered: every goal reached, and at least half of the answers right.
    #[must_use]
    pub const fn mastered(self) -> bool {
        self.goals_left == 0 && 2 * self.right >= self.of
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let goal = if self.goals_left == 0 { "reached" } else { "left" };
        write!(f, "{} of {} right, goal {goal}", self.right, self.of)
    }
}

impl Progress {
    /// Notes the answers and goals of a lesson that was taken to its end. `taken_up`: from where it had been left.
    pub fn finish(&mut self, lesson: &Lesson, answers: &[Answer], goals: &[String], taken_up: bool) {
        let record = self.record(lesson, goals, taken_up);
        record.finished += 1;
        record.keep(answers.iter().map(Counted::of));
    }

    /// Notes where a lesson was left before its end, and what was answered until then. `taken_up`: as before.
    pub fn leave(&mut self, lesson: &Lesson, step: usize, answers: &[Answer], goals: &[String], taken_up: bool) {
        let left = Left { step, seed: lesson.scenario.seed, answers: answers.iter().map(Said::of).collect() };
        self.record(lesson, goals, taken_up).left = Some(left);
    }

    /// The record of a lesson. Where it was left before is forgotten; but what was answered then counts, unless it was
    /// taken up: then it is among the answers that are noted now.
    fn record(&mut self, lesson: &Lesson, goals: &[String], taken_up: bool) -> &mut Record {
        let record = self.lessons.entry(lesson.name.clone()).or_default();
        if let Some(left) = record.left.take().filter(|_| !taken_up) {
            record.keep(left.answers.iter().map(Said::counts));
        }
        for goal in goals {
            if !record.goals.contains(goal) {
                record.goals.push(goal.clone());
            }
        }
        record
    }

    /// Where a lesson can be taken up.
    #[must_use]
    pub fn left(&self, lesson: &Lesson) -> Option<&Left> {
        let left = self.lessons.get(&lesson.name)?.left.as_ref()?;
        (left.seed == lesson.scenario.seed && left.step < lesson.steps.len()).then_some(left)
    }

    /// Whether a lesson was taken to its end.
    #[must_use]
    pub fn finished(&self, lesson: &str) -> bool {
        self.lessons.get(lesson).is_some_and(|record| record.finished > 0)
    }

    /// What came of a lesson that was taken to its end.
    #[must_use]
    pub fn outcome(&self, lesson: &Lesson) -> Option<Outcome> {
        let record = self.lessons.get(&lesson.name).filter(|record| record.finished > 0)?;
        let mut outcome = Outcome::default();
        for step in &lesson.steps {
            match step {
                Step::Predict(question) | Step::Observe(question) => {
                    let newest = record.all().filter(|given| given.question == question.id).last();
                    outcome.of += 1;
                    outcome.right += usize::from(newest.and_then(|given| given.right) == Some(true));
                }
                Step::Try(goal) => outcome.goals_left += usize::from(!record.goals.contains(&goal.id)),
                _ => {}
            }
        }
        Some(outcome)
    }

    /// Whether a question of a lesson was asked before.
    #[must_use]
    pub fn asked(&self, lesson: &str, question: &str) -> bool {
        self.lessons.get(lesson).is_some_and(|record| record.all().any(|given| given.question == question))
    }

    /// How often answers were right, by confidence from 1 to 3.
    #[must_use]
    pub fn calibration(&self) -> [Calibration; 3] {
        let mut all = [Calibration::default(); 3];
        for given in self.lessons.values().flat_map(Record::all) {
            let (Some(right), Some(confidence @ 1..=3)) = (given.right, given.confidence) else { continue };
            let one = &mut all[usize::from(confidence) - 1];
            one.of += 1;
            one.right += u32::from(right);
        }
        all
    }
}

impl Record {
    /// Every answer, those of a time that was left in the middle too.
    pub fn all(&self) -> impl Iterator<Item = Counted> {
        let left = self.left.iter().flat_map(|left| left.answers.iter().map(Said::counts));
        self.answers.iter().cloned().chain(left)
    }

    fn keep(&mut self, answers: impl Iterator<Item = Counted>) {
        self.answers.extend(answers);
        let old = self.answers.len().saturating_sub(MOST);
        self.answers.drain(..old);
    }
}

impl Said {
    fn of(answer: &Answer) -> Self {
        let Counted { question, right, confidence } = Counted::of(answer);
        Self { question, given: answer.given, right, confidence }
    }

    fn counts(&self) -> Counted {
        Counted { question: self.question.clone(), right: self.right, confidence: self.confidence }
    }
}

impl Counted {
    fn of(answer: &Answer) -> Self {
        Self { question: answer.question.clone(), right: answer.right(), confidence: answer.confidence }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lesson::Truth;
    use crate::memory;

    fn answer(given: Given, confidence: Option<u8>) -> Answer {
        Answer { question: "lost".into(), given, confidence, truth: Some(Truth::Choices(vec![2])) }
    }

    fn lesson() -> Lesson {
        Lesson::load("sticky").unwrap()
    }

    fn kept(progress: &Progress) -> Progress {
        memory::read(&memory::write(progress).unwrap()).unwrap()
    }

    #[test]
    fn what_is_kept_comes_back_and_is_counted() {
        let mut progress = Progress::default();
        let answers =
            [answer(Given::Choice(2), Some(3)), answer(Given::Choice(1), Some(3)), answer(Given::Skipped, None)];
        progress.finish(&lesson(), &answers, &["safe".into()], false);
        progress.finish(&lesson(), &answers, &["safe".into()], false);
        assert_eq!(kept(&progress), progress);
        assert!(progress.finished("sticky") && !progress.finished("store"));
        assert_eq!(progress.calibration()[2], Calibration { right: 2, of: 4 });
        assert_eq!(progress.lessons["sticky"].goals, ["safe"]);
        assert!(progress.asked("sticky", "lost") && !progress.asked("sticky", "six"));
    }

    #[test]
    fn a_lesson_is_mastered_by_right_answers_and_its_goal() {
        let lesson = lesson();
        let questions = lesson.ids().filter(|id| lesson.question(id).is_some()).count();
        let mut progress = Progress::default();
        assert_eq!(progress.outcome(&lesson), None);
        let lost = |choice| [Answer { question: "lost".into(), ..answer(Given::Choice(choice), None) }];
        progress.finish(&lesson, &lost(2), &[], false);
        assert_eq!(progress.outcome(&lesson), Some(Outcome { right: 1, of: questions, goals_left: 1 }));
        progress.finish(&lesson, &lost(1), &["safe".into()], false);
        let outcome = progress.outcome(&lesson).unwrap();
        assert_eq!(outcome.to_string(), format!("0 of {questions} right, goal reached"));
        assert!(!outcome.mastered(), "the newest answer counts");
    }

    #[test]
    fn a_lesson_that_was_left_can_be_taken_up_and_no_answer_counts_twice() {
        let mut progress = Progress::default();
        let first = [answer(Given::Choice(2), Some(3)), answer(Given::Number(1.5), None)];
        progress.leave(&lesson(), 4, &first, &[], false);
        let left = kept(&progress).left(&lesson()).cloned().unwrap();
        assert_eq!((left.step, left.answers[1].given), (4, Given::Number(1.5)));
        assert_eq!(progress.calibration()[2], Calibration { right: 1, of: 1 });
        let mut other = lesson();
        other.set_seed(5);
        assert_eq!(progress.left(&other), None, "with other users it is another run");

        let mut taken_up = progress.clone();
        let all = [first[0].clone(), first[1].clone(), answer(Given::Choice(1), Some(3))];
        taken_up.finish(&lesson(), &all, &[], true);
        assert_eq!((taken_up.left(&lesson()), taken_up.lessons["sticky"].answers.len()), (None, 3));
        assert_eq!(taken_up.calibration()[2], Calibration { right: 1, of: 2 });

        let mut anew = progress;
        anew.leave(&lesson(), 2, &first[..1], &[], false);
        assert_eq!(anew.lessons["sticky"].all().count(), 3, "what was answered the first time still counts");
        assert_eq!(anew.left(&lesson()).unwrap().step, 2);
    }

    #[test]
    fn an_answer_is_kept_but_not_for_ever() {
        let mut progress = Progress::default();
        for _ in 0..3 * MOST {
            progress.finish(&lesson(), &[answer(Given::Choice(2), Some(1))], &[], false);
        }
        assert_eq!(progress.lessons["sticky"].answers.len(), MOST);
    }
}

//! A learner's way through a lesson: which step it is, what was answered, what turned out to be right.
//!
//! ```text
//!   predict ─▶ answer ─┐ open                                    every right answer is computed
//!   do, until, run     │                                         from figures of this very run
//!   explain ◀──────────┘ settled
//! ```
//!
//! Nothing here runs a simulation or draws: whoever does hands in [`Facts`].

use super::facts::{Facts, Reports};
use super::step::{Kind, Lesson, Question, Step, Text};
use super::value::Unknown;
use crate::scenario::Scenario;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use std::sync::Arc;

/// What a learner answered.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Given {
    /// The choice with this number, from 1.
    Choice(usize),
    /// A number.
    Number(f64),
    /// Nothing: it was skipped.
    Skipped,
}

/// What turned out to be right.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Truth {
    /// The choices that are, by number, from 1; in a run that took another course perhaps none.
    Choices(Vec<usize>),
    /// This number, and how far off one may be; none: nothing of the kind happened.
    Number(Option<f64>, f64),
}

impl Truth {
    /// Whether this answer is right; none if it was skipped, or no answer is right.
    #[must_use]
    pub fn judges(&self, given: Given) -> Option<bool> {
        match (self, given) {
            (_, Given::Skipped) => None,
            (Self::Choices(right), Given::Choice(choice)) => (!right.is_empty()).then(|| right.contains(&choice)),
            (Self::Number(right, within), Given::Number(number)) => {
                right.map(|right| (number - right).abs() <= *within)
            }
            _ => Some(false),
        }
    }
}

/// A question that was answered.
#[derive(Clone, PartialEq, Debug)]
pub struct Answer {
    /// The question's name.
    pub question: String,
    /// What was answered.
    pub given: Given,
    /// How sure the learner was, from 1 to 3.
    pub confidence: Option<u8>,
    /// What turned out to be right, once that is known.
    pub truth: Option<Truth>,
}

impl Answer {
    /// Whether it was right, once that is known.
    #[must_use]
    pub fn right(&self) -> Option<bool> {
        self.truth.as_ref()?.judges(self.given)
    }
}

impl Question {
    /// What is right, by these figures.
    ///
    /// # Errors
    /// A figure that there is not.
    pub fn truth(&self, facts: &Facts) -> Result<Truth, Unknown> {
        Ok(match &self.kind {
            Kind::Choices { choices, .. } => {
                let mut right = Vec::new();
                for (at, choice) in choices.iter().enumerate() {
                    if choice.when.value(facts)?.holds() {
                        right.push(at + 1);
                    }
                }
                Truth::Choices(right)
            }
            Kind::Number { expr, within, .. } => Truth::Number(expr.value(facts)?.number(), *within),
        })
    }
}

impl Text {
    /// What it says of these figures; none if nothing that it could say is true, or it speaks of an event that did not come.
    ///
    /// # Errors
    /// A figure that there is not.
    pub fn say(&self, facts: &Facts) -> Result<Option<String>, Unknown> {
        for case in &self.cases {
            let holds = match &case.when {
                Some(when) => when.value(facts)?.holds(),
                None => true,
            };
            if holds && facts.event.is_null() && case.text.speaks_of("event") {
                return Ok(None);
            }
            if holds {
                return case.text.say(facts).map(Some);
            }
        }
        Ok(None)
    }
}

/// A learner in the middle of a lesson.
#[derive(Clone, Debug)]
pub struct Player {
    lesson: Arc<Lesson>,
    at: usize,
    before: Reports,
    was: Reports,
    answers: Vec<Answer>,
    /// The goals reached.
    reached: Vec<String>,
}

impl Player {
    /// At the first step.
    #[must_use]
    pub const fn new(lesson: Arc<Lesson>) -> Self {
        Self { lesson, at: 0, before: Vec::new(), was: Vec::new(), answers: Vec::new(), reached: Vec::new() }
    }

    /// The lesson.
    #[must_use]
    pub fn lesson(&self) -> &Lesson {
        &self.lesson
    }

    /// The present step; none when the lesson is over.
    #[must_use]
    pub fn step(&self) -> Option<&Step> {
        self.lesson.steps.get(self.at)
    }

    /// The number of the present step, from 0.
    #[must_use]
    pub const fn at(&self) -> usize {
        self.at
    }

    /// What was answered so far.
    #[must_use]
    pub fn answers(&self) -> &[Answer] {
        &self.answers
    }

    /// The goals reached so far.
    #[must_use]
    pub fn reached(&self) -> &[String] {
        &self.reached
    }

    /// What was answered to a question, if it was.
    #[must_use]
    pub fn answer_to(&self, question: &str) -> Option<&Answer> {
        self.answers.iter().find(|answer| answer.question == question)
    }

    /// These figures, with what the player remembers.
    #[must_use]
    pub fn remember(&self, facts: Facts) -> Facts {
        let json = |answer: &Answer| match answer.given {
            Given::Choice(number) => Json::from(number),
            Given::Number(number) => Json::from(number),
            Given::Skipped => Json::Null,
        };
        let answers = self.answers.iter().map(|answer| (answer.question.clone(), json(answer))).collect();
        Facts { before: self.before.clone(), was: self.was.clone(), answers: Json::Object(answers), ..facts }
    }

    /// The scenario of the scene that the lesson has set last: what a learner with a goal changes.
    #[must_use]
    pub fn scene(&self) -> &Scenario {
        let set = self.lesson.steps.iter().take(self.at).rev().find_map(|step| match step {
            Step::Again(scenario) => Some(&**scenario),
            _ => None,
        });
        set.unwrap_or(&self.lesson.scenario)
    }

    /// Looks at the figures with which the lesson begins, or its scene once the learner has started it over: what
    /// happened before is not counted in what happens from now on.
    pub fn begin(&mut self, facts: &Facts) {
        self.before.clone_from(&facts.now);
    }

    /// Goes on to the next step; arriving at an explanation settles what was predicted, by these figures.
    ///
    /// # Errors
    /// A figure that there is not.
    pub fn advance(&mut self, facts: &Facts) -> Result<(), Unknown> {
        self.at += 1;
        match self.lesson.steps.get(self.at) {
            Some(Step::Explain(_)) => self.settle(&self.remember(facts.clone()))?,
            Some(Step::Again(_)) => self.was.clone_from(&facts.now),
            Some(Step::Predict(_) | Step::Try(_)) => self.before.clone_from(&facts.now),
            _ => {}
        }
        Ok(())
    }

    fn settle(&mut self, facts: &Facts) -> Result<(), Unknown> {
        let lesson = Arc::clone(&self.lesson);
        for answer in self.answers.iter_mut().filter(|answer| answer.truth.is_none()) {
            if let Some(question) = lesson.question(&answer.question) {
                answer.truth = Some(question.truth(facts)?);
            }
        }
        Ok(())
    }

    /// Answers the present question. A prediction stays open; what is observed is judged at once, by these figures.
    /// An answer of another kind, or no question: nothing happens.
    ///
    /// # Errors
    /// A figure that there is not.
    pub fn answer(&mut self, given: Given, confidence: Option<u8>, facts: &Facts) -> Result<(), Unknown> {
        let (question, truth) = match self.step() {
            Some(Step::Predict(question)) => (question, None),
            Some(Step::Observe(question)) => (question, Some(question.truth(&self.remember(facts.clone()))?)),
            _ => return Ok(()),
        };
        let fits = match (&question.kind, given) {
            (_, Given::Skipped) => true,
            (Kind::Choices { choices, .. }, Given::Choice(choice)) => (1..=choices.len()).contains(&choice),
            (Kind::Number { .. }, Given::Number(number)) => number.is_finite(),
            _ => false,
        };
        if fits && self.answer_to(&question.id).is_none() {
            let question = question.id.clone();
            self.answers.push(Answer { question, given, confidence, truth });
        }
        Ok(())
    }

    /// Notes that the present goal is reached, if it is by these figures. Says whether it is.
    ///
    /// # Errors
    /// A figure that there is not.
    pub fn look_at_goal(&mut self, facts: &Facts) -> Result<bool, Unknown> {
        let Some(Step::Try(goal)) = self.step() else { return Ok(false) };
        let id = goal.id.clone();
        if !goal.goal.value(&self.remember(facts.clone()))?.holds() {
            return Ok(self.reached.contains(&id));
        }
        if !self.reached.contains(&id) {
            self.reached.push(id);
        }
        Ok(true)
    }
}

impl Lesson {
    /// Other users, in every scene.
    pub fn set_seed(&mut self, seed: u64) {
        self.scenario.seed = seed;
        for step in &mut self.steps {
            if let Step::Again(scenario) | Step::Compare(scenario, _) = step {
                scenario.seed = seed;
            }
        }
    }

    /// The question with this name.
    #[must_use]
    pub fn question(&self, id: &str) -> Option<&Question> {
        self.steps.iter().find_map(|step| match step {
            Step::Predict(question) | Step::Observe(question) if question.id == id => Some(question),
            _ => None,
        })
    }
}

//! Plays a lesson to its end without a screen, and is strict: whatever a learner could be told must be true.

use super::bench::Bench;
use super::facts::Facts;
use super::player::{Answer, Given, Player, Truth};
use super::sheet::Sheet;
use super::step::{Kind, Lesson, Move, Question, Step, Try};
use super::value::Unknown;
use std::sync::Arc;

/// What came of it.
#[derive(Clone, Debug, Default)]
pub struct Played {
    /// Every sentence that was said, with the number of its step, from 1.
    pub said: Vec<(usize, String)>,
    /// Every question as it was asked.
    pub asked: Vec<Asked>,
    /// Every question, with what is right.
    pub answers: Vec<Answer>,
    /// Every goal, and whether it was reached.
    pub goals: Vec<(String, bool)>,
}

/// A question in the words of a run.
#[derive(Clone, PartialEq, Debug)]
pub struct Asked {
    /// Its name.
    pub id: String,
    /// The question.
    pub text: String,
    /// The question as a later lesson asks it.
    pub recalled: String,
    /// What can be chosen; nothing where a number is asked for.
    pub choices: Vec<String>,
    /// The number's unit.
    pub unit: String,
}

impl Question {
    /// The question in the words of a run.
    ///
    /// # Errors
    /// A figure that there is not.
    pub fn asked(&self, facts: &Facts) -> Result<Asked, Unknown> {
        let (choices, unit) = match &self.kind {
            Kind::Choices { choices, .. } => {
                (choices.iter().map(|choice| choice.text.say(facts)).collect::<Result<_, _>>()?, String::new())
            }
            Kind::Number { unit, .. } => (Vec::new(), unit.clone()),
        };
        let text = self.text.say(facts)?;
        let recalled = self.recalled.as_ref().map_or_else(|| Ok(text.clone()), |words| words.say(facts))?;
        Ok(Asked { id: self.id.clone(), text, recalled, choices, unit })
    }
}

/// Why a lesson does not hold.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
#[error("step {step}: {fault}")]
pub struct PlayError {
    /// Which step, from 1.
    pub step: usize,
    /// What is wrong there.
    pub fault: PlayFault,
}

/// What is wrong with a step.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
pub enum PlayFault {
    /// A formula names a figure that there is not.
    #[error(transparent)]
    Unknown(#[from] Unknown),
    /// A command is impossible.
    #[error("`{0}` is impossible: {1}")]
    Command(String, String),
    /// An event does not come.
    #[error("no event `{0}` that matches came in time")]
    NotSeen(String),
    /// Nothing can be compared.
    #[error("the comparison fails: {0}")]
    Compare(String),
    /// None of its sentences is true.
    #[error("nothing that this step could say is true in this run")]
    Untrue,
    /// Not exactly one choice is right.
    #[error("{0} of the choices of `{1}` are right in this run; one must be")]
    Choices(usize, String),
    /// The right number is not defined.
    #[error("what `{0}` asks for is not defined in this run")]
    Undefined(String),
    /// A goal is reached before anything is done.
    #[error("the goal `{0}` is reached before the learner has done anything")]
    Given(String),
    /// The way does not lead to the goal.
    #[error("the way of `{0}` does not reach its goal")]
    Missed(String),
}

/// Plays a lesson as a sheet says.
///
/// # Errors
/// The first step that does not hold. A goal that the sheet's own way misses is no fault.
pub fn play(lesson: &Arc<Lesson>, sheet: &Sheet) -> Result<Played, PlayError> {
    Rehearsal::new(lesson, sheet).go_on(|_| false)
}

/// A question of a lesson as it is asked, and what is right: the lesson is played so far that this is known.
#[must_use]
pub fn look_up(lesson: &Arc<Lesson>, question: &str) -> Option<(Asked, Truth)> {
    let known = |player: &Player| player.answer_to(question).is_some_and(|answer| answer.truth.is_some());
    let played = Rehearsal::new(lesson, &Sheet::default()).go_on(known).ok()?;
    let asked = played.asked.into_iter().find(|asked| asked.id == question)?;
    let truth = played.answers.into_iter().find(|answer| answer.question == question)?.truth?;
    Some((asked, truth))
}

/// A lesson that is being played.
struct Rehearsal<'a> {
    sheet: &'a Sheet,
    bench: Bench,
    player: Player,
    played: Played,
}

impl<'a> Rehearsal<'a> {
    fn new(lesson: &Arc<Lesson>, sheet: &'a Sheet) -> Self {
        let bench = Bench::open(lesson);
        let mut player = Player::new(Arc::clone(lesson));
        // The first step may be a question, too.
        player.begin(&bench.facts());
        Self { sheet, bench, player, played: Played::default() }
    }

    /// Plays to the end, or until enough is known.
    fn go_on(mut self, enough: impl Fn(&Player) -> bool) -> Result<Played, PlayError> {
        while let Some(step) = self.player.step().cloned().filter(|_| !enough(&self.player)) {
            let number = self.player.at() + 1;
            let fail = |fault| PlayError { step: number, fault };
            self.take(&step).map_err(fail)?;
            self.player.advance(&self.bench.facts()).map_err(|error| fail(error.into()))?;
        }
        self.played.answers = self.player.answers().to_vec();
        Ok(self.played)
    }

    /// The figures now, with what the player remembers.
    fn facts(&self) -> Facts {
        self.player.remember(self.bench.facts())
    }

    fn say(&mut self, sentence: String) {
        self.played.said.push((self.player.at() + 1, sentence));
    }

    fn take(&mut self, step: &Step) -> Result<(), PlayFault> {
        match step {
            Step::Say(text) | Step::Explain(text) => {
                if matches!(step, Step::Explain(_)) {
                    self.player.answers().iter().try_for_each(|answer| self.check_truth(answer))?;
                }
                let sentence = text.say(&self.facts())?.ok_or(PlayFault::Untrue)?;
                self.say(sentence);
            }
            Step::Predict(question) | Step::Observe(question) => self.ask(question)?,
            Step::Do(command) => {
                self.bench.command(*command).map_err(|why| PlayFault::Command(command.to_string(), why))?;
            }
            Step::Show(home) => self.bench.show(*home),
            Step::Run(seconds, _) => self.bench.run(*seconds),
            Step::Again(scenario) => self.bench.again(scenario),
            Step::Compare(scenario, runs) => self.bench.compare(scenario, *runs).map_err(PlayFault::Compare)?,
            Step::Until(until) => {
                if !self.bench.until(until) {
                    return Err(PlayFault::NotSeen(until.event.clone()));
                }
            }
            Step::Try(goal) => self.attempt(goal)?,
        }
        // As it is said last, when time stops or the goal is reached.
        if let Some(meanwhile) = step.meanwhile() {
            self.say(meanwhile.say(&self.facts())?);
        }
        Ok(())
    }

    fn ask(&mut self, question: &Question) -> Result<(), PlayFault> {
        let asked = question.asked(&self.facts())?;
        self.say(asked.text.clone());
        asked.choices.iter().for_each(|choice| self.say(choice.clone()));
        self.played.asked.push(asked);
        let given = self.sheet.answers.get(&question.id).copied().unwrap_or(Given::Skipped);
        self.player.answer(given, None, &self.bench.facts())?;
        if self.player.answer_to(&question.id).is_none() {
            // An answer of the wrong kind counts as none.
            return Ok(self.player.answer(Given::Skipped, None, &self.bench.facts())?);
        }
        self.player.answer_to(&question.id).map_or(Ok(()), |answer| self.check_truth(answer))
    }

    /// Exactly one answer must be right, or at least one where several may be, once it is known which.
    fn check_truth(&self, answer: &Answer) -> Result<(), PlayFault> {
        let question = self.player.lesson().question(&answer.question);
        let several = question.is_some_and(|question| matches!(question.kind, Kind::Choices { several: true, .. }));
        match &answer.truth {
            Some(Truth::Choices(right)) if right.is_empty() || right.len() > 1 && !several => {
                Err(PlayFault::Choices(right.len(), answer.question.clone()))
            }
            Some(Truth::Number(None, _)) => Err(PlayFault::Undefined(answer.question.clone())),
            _ => Ok(()),
        }
    }

    fn attempt(&mut self, goal: &Try) -> Result<(), PlayFault> {
        let facts = self.facts();
        self.say(goal.text.say(&facts)?);
        self.say(goal.hint.say(&facts)?);
        if goal.goal.value(&facts)?.holds() {
            return Err(PlayFault::Given(goal.id.clone()));
        }
        let own = self.sheet.ways.get(&goal.id);
        let mut reached = false;
        let scene = self.player.scene().clone();
        for a_move in own.unwrap_or(&goal.way) {
            let made = self.bench.make(a_move, &scene);
            if let (Err(why), None) = (&made, own) {
                return Err(PlayFault::Command(a_move.to_string(), why.clone()));
            }
            if matches!(a_move, Move::Again(_)) {
                self.player.begin(&self.bench.facts());
            }
            reached |= self.player.look_at_goal(&self.bench.facts())?;
        }
        if !reached && own.is_none() {
            return Err(PlayFault::Missed(goal.id.clone()));
        }
        self.played.goals.push((goal.id.clone(), reached));
        Ok(())
    }
}

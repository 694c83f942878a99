//! Plays a lesson to its end without a screen, and is strict: whatever a learner could be told must be true.

use super::bench::Bench;
use super::facts::Facts;
use super::player::{Answer, Given, Player, Truth};
use super::sheet::Sheet;
use super::step::{Kind, Lesson, Move, Question, Step, Try};
use super::value::Unknown;
use crate::scenario::{Faults, Source};
use std::sync::Arc;

/// Among so many seeds there is one with which a lesson holds, if it holds with some at all.
const SEEDS: u64 = 20;

/// What came of it.
#[derive(Clone, Debug, Default)]
pub struct Played {
    /// Everything that was said, asked and done, with the number of its step, from 1.
    pub story: Vec<(usize, Told)>,
    /// Every question, with what is right.
    pub answers: Vec<Answer>,
    /// Every goal, and what came of it.
    pub goals: Vec<Attempt>,
}

/// What a learner is told, or does.
#[derive(Clone, PartialEq, Debug)]
pub enum Told {
    /// A sentence.
    Said(String),
    /// A question.
    Asked(Asked),
    /// A goal.
    Set(Task),
    /// What a step does.
    Does(String),
}

/// A goal in the words of a run.
#[derive(Clone, PartialEq, Debug)]
pub struct Task {
    /// Its name.
    pub id: String,
    /// What is to be reached.
    pub text: String,
    /// A nudge.
    pub hint: String,
    /// One way to reach it.
    pub way: String,
}

/// What came of a goal.
#[derive(Clone, PartialEq, Debug)]
pub struct Attempt {
    /// Its name.
    pub id: String,
    /// Whether it was reached.
    pub reached: bool,
    /// What could not be done on the way, and why: the first of that.
    pub impossible: Option<String>,
}

impl Played {
    /// Every sentence that a learner reads, with the number of its step.
    pub fn said(&self) -> impl Iterator<Item = (usize, &str)> {
        self.story.iter().flat_map(|(step, told)| {
            let sentences: Vec<&String> = match told {
                Told::Said(sentence) => vec![sentence],
                Told::Asked(asked) => std::iter::once(&asked.text).chain(&asked.choices).collect(),
                Told::Set(task) => vec![&task.text, &task.hint],
                Told::Does(_) => Vec::new(),
            };
            sentences.into_iter().map(|sentence| (*step, sentence.as_str()))
        })
    }

    /// A question as it was asked.
    #[must_use]
    pub fn asked(&self, id: &str) -> Option<&Asked> {
        self.story.iter().find_map(|(_, told)| match told {
            Told::Asked(asked) if asked.id == id => Some(asked),
            _ => None,
        })
    }

    /// A goal as it was set.
    #[must_use]
    pub fn task(&self, id: &str) -> Option<&Task> {
        self.story.iter().find_map(|(_, told)| match told {
            Told::Set(task) if task.id == id => Some(task),
            _ => None,
        })
    }
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

impl PlayError {
    /// The same as a fault of the text that the lesson was read from; `label` is what faults call that.
    #[must_use]
    pub fn in_file(&self, lesson: &Lesson, label: &str, text: &str) -> Faults {
        let start = |step: usize| lesson.origins.get(step).map_or(text.len(), |origin| origin.span.start);
        let of_step = start(self.step - 1)..start(self.step);
        let culprit = match &self.fault {
            PlayFault::Unknown(Unknown::Figure(figure, _)) => figure,
            PlayFault::Command(command, _) => command,
            PlayFault::NotSeen(event) => event,
            PlayFault::Choices(_, id) | PlayFault::Undefined(id) | PlayFault::Given(id) | PlayFault::Missed(id) => id,
            PlayFault::Unknown(_) | PlayFault::Compare(_) | PlayFault::Untrue => "",
        };
        let found = text[of_step.clone()].find(culprit).filter(|_| !culprit.is_empty());
        let span = found.map_or(of_step.start..of_step.start, |at| {
            let at = of_step.start + at;
            at..at + culprit.len()
        });
        Source::file(label, text).fail(span, self.to_string(), None)
    }
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

/// The first of the next few seeds with which a lesson holds.
#[must_use]
pub fn next_seed(lesson: &Lesson) -> Option<u64> {
    let first = lesson.scenario.seed.saturating_add(1);
    (first..first.saturating_add(SEEDS)).find(|seed| {
        let mut other = lesson.clone();
        other.set_seed(*seed);
        play(&Arc::new(other), &Sheet::default()).is_ok()
    })
}

/// A question of a lesson as it is asked, and what is right: the lesson is played so far that this is known.
#[must_use]
pub fn look_up(lesson: &Arc<Lesson>, question: &str) -> Option<(Asked, Truth)> {
    let known = |player: &Player| player.answer_to(question).is_some_and(|answer| answer.truth.is_some());
    let played = Rehearsal::new(lesson, &Sheet::default()).go_on(known).ok()?;
    let asked = played.asked(question)?.clone();
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
            let at = self.player.at();
            if let Some(does) = self.player.lesson().origins.get(at).and_then(|origin| origin.does.clone()) {
                self.tell(Told::Does(does));
            }
            if let Err(fault) = self.take(&step) {
                return Err(PlayError { step: 1 + self.asked_at(&fault).unwrap_or(at), fault });
            }
            let facts = self.bench.facts();
            if let Err(unknown) = self.player.advance(&facts) {
                return Err(PlayError { step: 1 + self.unsettled(&facts).unwrap_or(at), fault: unknown.into() });
            }
        }
        self.played.answers = self.player.answers().to_vec();
        Ok(self.played)
    }

    /// The figures now, with what the player remembers.
    fn facts(&self) -> Facts {
        self.player.remember(self.bench.facts())
    }

    fn say(&mut self, sentence: String) {
        self.tell(Told::Said(sentence));
    }

    fn tell(&mut self, told: Told) {
        self.played.story.push((self.player.at() + 1, told));
    }

    /// The step that asks what turns out to have no answer.
    fn asked_at(&self, fault: &PlayFault) -> Option<usize> {
        let (PlayFault::Choices(_, id) | PlayFault::Undefined(id)) = fault else { return None };
        let asks = |step: &Step| matches!(step, Step::Predict(asked) | Step::Observe(asked) if asked.id == *id);
        self.player.lesson().steps.iter().position(asks)
    }

    /// The step whose prediction these figures cannot settle.
    fn unsettled(&self, facts: &Facts) -> Option<usize> {
        let facts = self.player.remember(facts.clone());
        let open = |step: &Step| matches!(step, Step::Predict(asked) if asked.truth(&facts).is_err());
        self.player.lesson().steps.iter().take(self.player.at()).position(open)
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
        self.tell(Told::Asked(asked));
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
        let way: Vec<String> = goal.way.iter().map(ToString::to_string).collect();
        let (text, hint) = (goal.text.say(&facts)?, goal.hint.say(&facts)?);
        self.tell(Told::Set(Task { id: goal.id.clone(), text, hint, way: way.join(", ") }));
        if goal.goal.value(&facts)?.holds() {
            return Err(PlayFault::Given(goal.id.clone()));
        }
        let own = self.sheet.ways.get(&goal.id);
        let (mut reached, mut impossible) = (false, None);
        let scene = self.player.scene().clone();
        for a_move in own.unwrap_or(&goal.way) {
            if let Err(why) = self.bench.make(a_move, &scene) {
                impossible.get_or_insert_with(|| PlayFault::Command(a_move.to_string(), why));
            }
            if matches!(a_move, Move::Again(_)) {
                self.player.begin(&self.bench.facts());
            }
            reached |= self.player.look_at_goal(&self.bench.facts())?;
        }
        // A way may try the same again: what is impossible at one instant need not be so at the next.
        if !reached && own.is_none() {
            return Err(impossible.unwrap_or_else(|| PlayFault::Missed(goal.id.clone())));
        }
        let impossible = impossible.map(|fault| fault.to_string());
        self.played.goals.push(Attempt { id: goal.id.clone(), reached, impossible });
        Ok(())
    }
}

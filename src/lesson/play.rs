//! Plays a lesson to its end without a screen, and is strict: whatever a learner could be told must be true.

use super::bench::Bench;
use super::player::{Answer, Given, Player, Truth};
use super::sheet::Sheet;
use super::step::{Kind, Lesson, Question, Step, Try};
use super::value::Unknown;
use std::sync::Arc;

/// What came of it.
#[derive(Clone, Debug, Default)]
pub struct Played {
    /// Every sentence that was said, with the number of its step, from 1.
    pub said: Vec<(usize, String)>,
    /// Every question, with what is right.
    pub answers: Vec<Answer>,
    /// Every goal, and whether it was reached.
    pub goals: Vec<(String, bool)>,
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
    let mut bench = Bench::open(lesson);
    let mut player = Player::new(Arc::clone(lesson));
    let mut played = Played::default();
    // The first step may be a question, too.
    player.begin(&bench.facts());
    while let Some(step) = player.step().cloned() {
        let number = player.at() + 1;
        let fail = |fault| PlayError { step: number, fault };
        take(&step, &mut bench, &mut player, sheet, &mut played, number).map_err(fail)?;
        player.advance(&bench.facts()).map_err(|error| fail(error.into()))?;
    }
    played.answers = player.answers().to_vec();
    Ok(played)
}

fn take(
    step: &Step,
    bench: &mut Bench,
    player: &mut Player,
    sheet: &Sheet,
    played: &mut Played,
    number: usize,
) -> Result<(), PlayFault> {
    match step {
        Step::Say(text) | Step::Explain(text) => {
            if matches!(step, Step::Explain(_)) {
                let lesson = player.lesson();
                player.answers().iter().try_for_each(|answer| check_truth(lesson, answer))?;
            }
            let facts = player.remember(bench.facts());
            played.said.push((number, text.say(&facts)?.ok_or(PlayFault::Untrue)?));
        }
        Step::Predict(question) | Step::Observe(question) => ask(question, bench, player, sheet, played, number)?,
        Step::Do(command) => {
            bench.command(*command).map_err(|why| PlayFault::Command(command.to_string(), why))?;
        }
        Step::Show(home) => bench.show(*home),
        Step::Run(seconds) => bench.run(*seconds),
        Step::Again(scenario) => bench.again(scenario),
        Step::Compare(scenario, runs) => bench.compare(scenario, *runs).map_err(PlayFault::Compare)?,
        Step::Until(until) => {
            if !bench.until(until) {
                return Err(PlayFault::NotSeen(until.event.clone()));
            }
        }
        Step::Try(goal) => attempt(goal, bench, player, sheet, played, number)?,
    }
    Ok(())
}

fn ask(
    question: &Question,
    bench: &Bench,
    player: &mut Player,
    sheet: &Sheet,
    played: &mut Played,
    number: usize,
) -> Result<(), PlayFault> {
    let facts = player.remember(bench.facts());
    played.said.push((number, question.text.say(&facts)?));
    if let Kind::Choices { choices, .. } = &question.kind {
        for choice in choices {
            played.said.push((number, choice.text.say(&facts)?));
        }
    }
    let given = sheet.answers.get(&question.id).copied().unwrap_or(Given::Skipped);
    player.answer(given, None, &bench.facts())?;
    match player.answer_to(&question.id) {
        Some(answer) => check_truth(player.lesson(), answer),
        None => {
            // An answer of the wrong kind counts as none.
            player.answer(Given::Skipped, None, &bench.facts())?;
            Ok(())
        }
    }
}

/// Exactly one answer must be right, or at least one where several may be, once it is known which.
fn check_truth(lesson: &Lesson, answer: &Answer) -> Result<(), PlayFault> {
    let several = lesson
        .question(&answer.question)
        .is_some_and(|question| matches!(question.kind, Kind::Choices { several: true, .. }));
    match &answer.truth {
        Some(Truth::Choices(right)) if right.is_empty() || right.len() > 1 && !several => {
            Err(PlayFault::Choices(right.len(), answer.question.clone()))
        }
        Some(Truth::Number(None, _)) => Err(PlayFault::Undefined(answer.question.clone())),
        _ => Ok(()),
    }
}

fn attempt(
    goal: &Try,
    bench: &mut Bench,
    player: &mut Player,
    sheet: &Sheet,
    played: &mut Played,
    number: usize,
) -> Result<(), PlayFault> {
    let facts = player.remember(bench.facts());
    played.said.push((number, goal.text.say(&facts)?));
    played.said.push((number, goal.hint.say(&facts)?));
    if goal.goal.value(&facts)?.holds() {
        return Err(PlayFault::Given(goal.id.clone()));
    }
    let own = sheet.ways.get(&goal.id);
    let mut reached = false;
    let scenario = player.lesson().scenario.clone();
    for a_move in own.unwrap_or(&goal.way) {
        let made = bench.make(a_move, &scenario);
        if let (Err(why), None) = (&made, own) {
            return Err(PlayFault::Command(a_move.to_string(), why.clone()));
        }
        reached |= player.look_at_goal(&bench.facts())?;
    }
    if !reached && own.is_none() {
        return Err(PlayFault::Missed(goal.id.clone()));
    }
    played.goals.push((goal.id.clone(), reached));
    Ok(())
}

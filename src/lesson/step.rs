//! What a lesson is made of, once it is read.

use super::about::About;
use super::expr::Expr;
use super::words::Words;
use crate::command::Command;
use crate::scenario::{Home, Scenario};
use std::ops::Range;

/// A guided experiment of a few minutes.
#[derive(Clone, Debug)]
pub struct Lesson {
    /// What it is called on the command line.
    pub name: String,
    /// Its heading.
    pub title: String,
    /// The question that it answers.
    pub question: String,
    /// What many think, and this lesson puts to the test.
    pub belief: String,
    /// The one part that it adds to what is known.
    pub part: String,
    /// How long it takes, about.
    pub minutes: u16,
    /// What is run.
    pub scenario: Scenario,
    /// The stateless world beside it.
    pub stateless: Home,
    /// The stateful world.
    pub stateful: Home,
    /// The world that is shown first.
    pub shown: Home,
    /// A question of an earlier lesson, to open with.
    pub recall: Option<Recall>,
    /// Its steps, in order.
    pub steps: Vec<Step>,
    /// Where each of them comes from.
    pub origins: Vec<Origin>,
}

/// Where a step comes from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Origin {
    /// Its place in the file, in bytes.
    pub span: Range<usize>,
    /// What it does, in the words of the file; none if it only says or asks something.
    pub does: Option<String>,
}

/// A question that was asked before.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Recall {
    /// In which lesson.
    pub lesson: String,
    /// Which of its predictions.
    pub question: String,
}

/// One step.
#[derive(Clone, Debug)]
pub enum Step {
    /// Something to read, about something on the screen.
    Say(Text),
    /// A question about what is going to happen; time stands still.
    Predict(Question),
    /// A question about what is to be seen now; time stands still.
    Observe(Question),
    /// The learner gives this command.
    Do(Command),
    /// The learner looks at this world.
    Show(Home),
    /// Time runs up to an event.
    Until(Until),
    /// Time runs for so long, in simulated seconds; and what is said meanwhile.
    Run(f64, Option<Words>),
    /// The scene starts over, up to its opening, with something changed.
    Again(Box<Scenario>),
    /// Homes of state are compared over several seeds, as `statelab compare` does.
    Compare(Box<Scenario>, u32),
    /// What happened and why; open predictions are settled.
    Explain(Text),
    /// The learner changes something to reach a goal.
    Try(Try),
}

impl Step {
    /// What is said while time runs, or while a goal is not reached.
    #[must_use]
    pub const fn meanwhile(&self) -> Option<&Words> {
        match self {
            Self::Run(_, meanwhile) | Self::Until(Until { meanwhile, .. }) | Self::Try(Try { meanwhile, .. }) => {
                meanwhile.as_ref()
            }
            _ => None,
        }
    }
}

/// A sentence or two; which, depends on the run.
#[derive(Clone, Debug)]
pub struct Text {
    /// The first whose condition holds is said.
    pub cases: Vec<Case>,
    /// What on the screen it is about.
    pub about: Option<About>,
}

/// A sentence, and when it is true.
#[derive(Clone, Debug)]
pub struct Case {
    /// Its condition; none: it is true in every run.
    pub when: Option<Expr>,
    /// The sentence.
    pub text: Words,
}

/// A question and its answers.
#[derive(Clone, Debug)]
pub struct Question {
    /// Its name among the lesson's questions.
    pub id: String,
    /// The question.
    pub text: Words,
    /// The same in a later lesson, far from its scene: with everything that its answer depends on.
    pub recalled: Option<Words>,
    /// What may be answered.
    pub kind: Kind,
}

/// What may be answered to a question.
#[derive(Clone, Debug)]
pub enum Kind {
    /// One of these; `several` of them may be right.
    Choices {
        /// In the order in which they are shown.
        choices: Vec<Choice>,
        /// Whether more than one may be right.
        several: bool,
    },
    /// A number.
    Number {
        /// The right one.
        expr: Expr,
        /// How far off an answer may be and still be right.
        within: f64,
        /// Its unit, as in [`super::value::Value::show`].
        unit: String,
    },
}

/// One of several answers.
#[derive(Clone, Debug)]
pub struct Choice {
    /// What it says.
    pub text: Words,
    /// When it is right.
    pub when: Expr,
}

/// An event to wait for.
#[derive(Clone, PartialEq, Debug)]
pub struct Until {
    /// Its kind, as in the event log (`assets/event-log.md`).
    pub event: String,
    /// In which world.
    pub world: World,
    /// What must hold of its fields.
    pub matching: Option<Expr>,
    /// So long it may take, in simulated seconds.
    pub within_s: f64,
    /// What is said meanwhile, with the figures of each moment.
    pub meanwhile: Option<Words>,
}

/// A world, by its name or by its part in the lesson.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum World {
    /// The one with this home of state.
    Of(Home),
    /// The one that is shown.
    Shown,
    /// The stateless one.
    Stateless,
    /// The stateful one.
    Stateful,
}

/// A goal for the learner.
#[derive(Clone, Debug)]
pub struct Try {
    /// Its name among the lesson's goals.
    pub id: String,
    /// What is to be reached.
    pub text: Words,
    /// When it is reached.
    pub goal: Expr,
    /// How far it is, with the figures of each moment.
    pub meanwhile: Option<Words>,
    /// A nudge, for who asks.
    pub hint: Words,
    /// One way to reach it.
    pub way: Vec<Move>,
}

/// Something that a learner does.
#[derive(Clone, PartialEq, Debug)]
pub enum Move {
    /// Gives a command.
    Do(Command),
    /// Shows a world.
    Show(Home),
    /// Waits for so many simulated seconds.
    Wait(f64),
    /// Starts over with a field of the scenario changed (`PATH=VALUE`), up to the opening.
    Again(String),
}

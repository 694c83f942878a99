//! A lesson that was left in the middle is taken up there: what was done before is done again, as fast as possible.
//! A run is the same every time, so its figures are what they were.

use super::{Guide, Phase};
use crate::lesson::{Asked, Given, Left};
use crate::scenario::Home;
use crate::tui::driver::{LessonOrder, Order};
use crate::tui::snapshot::Snapshot;

/// Whether, and where, a lesson is taken up.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Resume {
    /// It begins at its beginning.
    No,
    /// It could be.
    Possible(Left),
    /// It is on its way there; what the step with this number asked for was ordered.
    Going(Left, Option<usize>),
    /// It was.
    Done,
}

impl Guide {
    /// The lesson can be taken up here.
    #[must_use]
    pub fn left_at(self, left: Option<Left>) -> Self {
        Self { resume: left.map_or(Resume::No, Resume::Possible), ..self }
    }

    /// Whether what was answered before the lesson was left is among the answers now.
    #[must_use]
    pub const fn taken_up(&self) -> bool {
        matches!(self.resume, Resume::Done)
    }

    /// Whether it is worth remembering where the lesson is. Before it was taken up, that is known already.
    #[must_use]
    pub fn on_its_way(&self) -> bool {
        let new = matches!(self.resume, Resume::No | Resume::Done);
        new && (self.player.at() > 0 || !self.player.answers().is_empty())
    }

    /// Asks where the lesson is to go on, if there is a choice.
    pub(super) fn ask_to_resume(&mut self) -> bool {
        let Resume::Possible(left) = &self.resume else { return false };
        let steps = self.player.lesson().steps.len();
        let asked = Asked {
            id: String::new(),
            text: format!("You left this lesson at step {} of {steps}.", left.step + 1),
            recalled: String::new(),
            choices: vec!["Go on there".into(), "Begin it again".into()],
            unit: String::new(),
        };
        self.ask(asked, Phase::Returning);
        self.chosen = Some(1);
        true
    }

    /// Takes the lesson up where it was left, or begins it again.
    pub(super) fn resume(&mut self, there: bool, snapshot: &Snapshot, shown: Home) {
        match std::mem::replace(&mut self.resume, Resume::No) {
            Resume::Possible(left) if there => {
                self.resume = Resume::Going(left, None);
                self.recalled = None;
                self.arrive(snapshot, shown);
                self.catch_up(snapshot, shown);
            }
            _ => self.begin(snapshot, shown),
        }
    }

    /// Does what the learner did until then, as far as nothing is waited for.
    pub(super) fn catch_up(&mut self, snapshot: &Snapshot, shown: Home) {
        while let Resume::Going(left, ordered) = &self.resume {
            let at = self.player.at();
            if at >= left.step {
                self.resume = Resume::Done;
                return;
            }
            let order = match &self.phase {
                Phase::Reading | Phase::Judged | Phase::Trying(..) => {
                    self.go_on(snapshot, shown);
                    continue;
                }
                Phase::Asking => {
                    let question = self.asked.as_ref().map_or("", |asked| &asked.id);
                    let said = left.answers.iter().find(|said| said.question == question);
                    let (given, sure) = said.map_or((Given::Skipped, None), |said| (said.given, said.confidence));
                    self.commit(given, sure, snapshot, shown);
                    continue;
                }
                _ if *ordered == Some(at) => return,
                Phase::Doing(command, _) => self.admit(Order::Do(*command), snapshot),
                Phase::Showing(home) => {
                    self.show = Some(*home);
                    None
                }
                Phase::Running(_) => Some(Order::Lesson(LessonOrder::Hurry)),
                _ => return,
            };
            self.orders.extend(order);
            if let Resume::Going(_, ordered) = &mut self.resume {
                *ordered = Some(at);
            }
            return;
        }
    }
}

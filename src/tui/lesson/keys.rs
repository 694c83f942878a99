//! Keys of a learner in a lesson.

use super::panel::keys_of;
use super::recall::verdict;
use super::{Guide, Phase};
use crate::command::{Command, Target};
use crate::lesson::step::{Move, Step};
use crate::lesson::value::counted;
use crate::lesson::{CONFIDENCES, Given};
use crate::scenario::Home;
use crate::tui::driver::{LessonOrder, Order};
use crate::tui::keymap::{Action, Context, Keymap};
use crate::tui::snapshot::Snapshot;

/// The longest number that can be typed.
const DIGITS: usize = 9;

impl Guide {
    /// What keys mean here before they mean what they always do.
    #[must_use]
    pub const fn context(&self) -> Context {
        match self.phase {
            Phase::Returning | Phase::Recall | Phase::Asking | Phase::Sure(_) => Context::Prediction,
            _ => Context::Lesson,
        }
    }

    /// A key that is the lesson's own. Says whether it was.
    pub fn key(&mut self, action: Action, snapshot: &Snapshot, shown: Home) -> bool {
        if self.looks_back(snapshot.now) && matches!(action, Action::GoOn | Action::CommitAnswer | Action::Skip) {
            self.orders.push(Order::Seek(self.instant));
            return true;
        }
        match (action, &self.phase) {
            (Action::Skip, Phase::Returning) => self.resume(false, snapshot, shown),
            (Action::CommitAnswer, Phase::Returning) => self.resume(self.chosen == Some(1), snapshot, shown),
            (Action::Skip, Phase::Recall | Phase::Asking) => self.commit(Given::Skipped, None, snapshot, shown),
            (Action::CommitAnswer, Phase::Recall | Phase::Asking) => match self.given() {
                Some(given) if self.phase == Phase::Recall => self.commit(given, None, snapshot, shown),
                Some(given) if matches!(self.player.step(), Some(Step::Observe(_))) => {
                    self.commit(given, None, snapshot, shown);
                }
                Some(_) => self.phase = Phase::Sure(None),
                None => self.object(),
            },
            (Action::CommitAnswer, &Phase::Sure(marked)) => self.commit_sure(marked, snapshot, shown),
            (Action::Skip, Phase::Sure(_)) => self.commit_sure(None, snapshot, shown),
            (Action::ChoosePrevious | Action::ChooseNext, _) => return self.mark_beside(action == Action::ChooseNext),
            (Action::EraseAnswer, Phase::Recall | Phase::Asking) => {
                self.input.pop();
                self.chosen = None;
            }
            (Action::EraseAnswer, Phase::Sure(_)) => self.phase = Phase::Asking,
            (Action::GoOn, phase) => match phase {
                Phase::Judged if self.recalling() => {
                    self.recalled = None;
                    self.arrive(snapshot, shown);
                }
                Phase::Trying(help, false) if *help < 2 => self.help(*help, snapshot, shown),
                Phase::Reading | Phase::Judged | Phase::Trying(..) => self.go_on(snapshot, shown),
                Phase::Doing(command, _) => {
                    let ordered = self.admit(Order::Do(*command), snapshot);
                    self.orders.extend(ordered);
                }
                Phase::Showing(home) => self.show = Some(*home),
                Phase::Running(_) => self.orders.push(Order::Lesson(LessonOrder::Hurry)),
                _ => return false,
            },
            _ => return false,
        }
        true
    }

    /// Whether the footer may offer this key now: what the lesson would refuse, and digits that mean an answer, it may not.
    pub(in crate::tui) fn offers(&self, action: Action) -> bool {
        let question = self.context() == Context::Prediction;
        match action {
            Action::SelectInstance | Action::SelectStore => !question,
            Action::Kill | Action::Hang | Action::Slow | Action::Restart | Action::Drain => {
                self.free() || matches!(&self.phase, Phase::Doing(wanted, _) if verb_of(*wanted) == Some(action))
            }
            Action::Pause => self.free() || matches!(self.phase, Phase::Running(_)),
            Action::Undo | Action::Burst | Action::NextHop => self.free(),
            _ => true,
        }
    }

    /// A digit that was pressed while a question is open. Says whether it was of use.
    pub fn digit(&mut self, letter: char, snapshot: &Snapshot, shown: Home) -> bool {
        match (&self.phase, &self.asked) {
            (Phase::Sure(_), _) => {
                match letter.to_digit(10) {
                    Some(confidence @ 1..=3) => self.commit_sure(u8::try_from(confidence).ok(), snapshot, shown),
                    Some(_) => self.object(),
                    None => {}
                }
                letter.is_ascii_digit()
            }
            (Phase::Recall | Phase::Asking, Some(asked)) if asked.choices.is_empty() => {
                let fits = letter.is_ascii_digit()
                    || letter == '.' && !self.input.contains('.')
                    || letter == '-' && self.input.is_empty();
                if fits && self.input.len() < DIGITS {
                    self.input.push(letter);
                }
                fits
            }
            (Phase::Returning | Phase::Recall | Phase::Asking, Some(asked)) => {
                let choice = letter.to_digit(10).map(|digit| digit as usize);
                match choice {
                    Some(choice) if (1..=asked.choices.len()).contains(&choice) => self.chosen = Some(choice),
                    Some(_) => self.object(),
                    None => {}
                }
                choice.is_some()
            }
            _ => false,
        }
    }

    /// Marks the answer below the marked one, or above. Says whether there are any to be marked.
    fn mark_beside(&mut self, below: bool) -> bool {
        let beside = |marked: Option<usize>, count: usize| match (marked, below) {
            (None, true) => 1,
            (None, false) => count,
            (Some(at), true) => at % count + 1,
            (Some(at), false) => (at + count - 2) % count + 1,
        };
        match (&mut self.phase, &self.asked) {
            (Phase::Sure(marked), _) => {
                *marked = u8::try_from(beside(marked.map(usize::from), CONFIDENCES.len())).ok();
                true
            }
            (Phase::Returning | Phase::Recall | Phase::Asking, Some(asked)) if !asked.choices.is_empty() => {
                self.chosen = Some(beside(self.chosen, asked.choices.len()));
                true
            }
            _ => false,
        }
    }

    /// Why the last key did nothing, if it was none of those that answer. Says so once.
    pub fn take_objection(&mut self) -> Option<String> {
        self.objection.take()
    }

    fn object(&mut self) {
        let of = match (&self.phase, &self.asked) {
            (Phase::Sure(_), _) => CONFIDENCES.len(),
            (_, Some(asked)) => asked.choices.len(),
            _ => 0,
        };
        self.objection = Some(match of {
            0 => "no number is typed yet".into(),
            of => format!("to answer, press a digit from 1 to {of}"),
        });
    }

    /// What is marked or typed.
    fn given(&self) -> Option<Given> {
        match &self.asked {
            Some(asked) if asked.choices.is_empty() => self.input.parse().ok().map(Given::Number),
            _ => self.chosen.map(Given::Choice),
        }
    }

    /// What is marked or typed, in words.
    pub(super) fn answered(&self) -> String {
        let Some(asked) = &self.asked else { return String::new() };
        match self.chosen.and_then(|chosen| asked.choices.get(chosen - 1)) {
            Some(choice) => choice.clone(),
            None => format!("{} {}", self.input, counted(&asked.unit, self.input == "1")).trim_end().to_owned(),
        }
    }

    pub(super) const fn recalling(&self) -> bool {
        self.recalled.is_some() && self.player.at() == 0
    }

    fn commit_sure(&mut self, confidence: Option<u8>, snapshot: &Snapshot, shown: Home) {
        if let Some(given) = self.given() {
            self.commit(given, confidence, snapshot, shown);
        }
    }

    pub(super) fn commit(&mut self, given: Given, confidence: Option<u8>, snapshot: &Snapshot, shown: Home) {
        if self.phase == Phase::Recall {
            match self.recalled.as_ref().and_then(|recalled| recalled.judge(given)) {
                Some(verdict) => {
                    self.verdicts = vec![verdict];
                    self.phase = Phase::Judged;
                }
                None => self.arrive(snapshot, shown),
            }
            return;
        }
        let facts = self.facts(snapshot, shown);
        if let Err(error) = self.player.answer(given, confidence, &facts) {
            self.phase = Phase::Stuck(error.to_string());
            return;
        }
        let judged = match (self.player.step(), &self.asked) {
            (Some(Step::Observe(question)), Some(asked)) => {
                self.player.answer_to(&question.id).and_then(|answer| verdict(answer, asked))
            }
            _ => None,
        };
        match judged {
            Some(verdict) => {
                self.verdicts = vec![verdict];
                self.phase = Phase::Judged;
            }
            // A prediction stays open: time goes on to show.
            None => self.go_on(snapshot, shown),
        }
    }

    /// The hint first, then the way.
    fn help(&mut self, help: u8, snapshot: &Snapshot, shown: Home) {
        let facts = self.player.remember(self.facts(snapshot, shown));
        let Some(Step::Try(goal)) = self.player.step() else { return };
        let more = match help {
            0 => goal.hint.say(&facts).unwrap_or_default(),
            _ => {
                let way: Vec<String> = goal.way.iter().map(|step| in_keys(step, &Keymap::shipped())).collect();
                format!("One way: {}.", way.join("; "))
            }
        };
        self.text = format!("{} {more}", self.text);
        self.phase = Phase::Trying(help + 1, false);
    }
}

/// The key that gives this command to what is selected.
const fn verb_of(command: Command) -> Option<Action> {
    match command {
        Command::Kill(_) => Some(Action::Kill),
        Command::Hang(_) => Some(Action::Hang),
        Command::Restart(_) => Some(Action::Restart),
        Command::Drain(_) => Some(Action::Drain),
        _ => None,
    }
}

/// How words are typed after a key.
fn typed(after: Action, words: &str, keymap: &Keymap) -> String {
    format!("press {}, type {words}, press {}", keymap.cap(after), keymap.cap(Action::Commit))
}

/// How a learner does this, with keys.
fn in_keys(step: &Move, keymap: &Keymap) -> String {
    match step {
        Move::Do(command) => {
            // The store has a digit only where there is one.
            let words = command.target() == Some(Target::Store);
            let keys = if words { keymap.cap(Action::Palette).to_owned() } else { keys_of(*command, keymap).0 };
            if keys == keymap.cap(Action::Palette) {
                typed(Action::Palette, &command.to_string(), keymap)
            } else {
                keys
            }
        }
        Move::Show(home) => {
            let action = if home.stateful() { Action::NextHome } else { Action::OtherWorld };
            format!("{} until {home} is shown", keymap.cap(action))
        }
        Move::Wait(seconds) => format!("let {seconds} s pass"),
        Move::Again(change) => typed(Action::Again, &change.to_string(), keymap),
    }
}

//! The coach: two lines under the stage. One says what is so, the other what to try.
//!
//! The notes are data (`assets/coach.toml`). Of those whose conditions all hold the most important one is shown; it stays for
//! [`STAY`] unless it stops being true, and its figures stay this run's own.

use super::facts::{Condition, Facts, WORDS};
use super::keymap::Action;
use serde::Deserialize;
use std::time::Duration;

const SOURCE: &str = include_str!("../../assets/coach.toml");

/// The shortest time that a note stays, as long as it is true.
pub const STAY: Duration = Duration::from_secs(4);

/// One note.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Note {
    /// All of these must hold.
    pub when: Vec<Condition>,
    /// The highest is shown.
    pub priority: u32,
    /// What is so. Words in braces are filled in.
    pub say: String,
    /// What to try; `{key}` is the key.
    pub r#try: String,
    /// The key to press for it.
    pub key: Option<Action>,
}

/// What is shown.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Advice {
    /// What is so.
    pub say: String,
    /// What to try, up to the key …
    pub before: String,
    /// … the key …
    pub key: Option<Action>,
    /// … and after it.
    pub after: String,
}

/// Why notes are no good.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// Not TOML, not this format, or an unknown condition.
    #[error("notes: {0}")]
    Format(String),
    /// A word in braces that nothing fills, or that can be empty while the note is shown.
    #[error("notes: `{{{word}}}` needs {needs:?} in: {say}")]
    Word {
        /// The word.
        word: String,
        /// The condition that it depends on; none if there is no such word.
        needs: Option<Condition>,
        /// The note.
        say: String,
    },
}

/// The notes, and the one that is shown.
#[derive(Clone, Debug)]
pub struct Coach {
    notes: Vec<Note>,
    shown: Option<(usize, Duration)>,
    advice: Option<Advice>,
    waiting: bool,
}

impl Coach {
    /// The shipped notes.
    ///
    /// # Panics
    /// Never: a test reads the same text.
    #[must_use]
    pub fn shipped() -> Self {
        Self::parse(SOURCE).expect("the shipped notes are valid")
    }

    /// Reads notes.
    ///
    /// # Errors
    /// If they are malformed, name an unknown condition, or contain a word that may be empty.
    pub fn parse(text: &str) -> Result<Self, NoteError> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct File {
            note: Vec<Note>,
        }
        let notes = toml::from_str::<File>(text).map_err(|error| NoteError::Format(error.to_string()))?.note;
        for note in &notes {
            for word in words(&note.say).chain(words(&note.r#try)).filter(|&word| word != "key") {
                let known = WORDS.iter().find(|(name, _)| *name == word);
                let needs = known.and_then(|&(_, needs)| needs);
                if known.is_none()
                    || needs.is_some_and(|needs| !note.when.iter().any(|condition| condition.implies(needs)))
                {
                    return Err(NoteError::Word { word: word.into(), needs, say: note.say.clone() });
                }
            }
        }
        Ok(Self { notes, shown: None, advice: None, waiting: false })
    }

    /// What is shown.
    #[must_use]
    pub const fn advice(&self) -> Option<&Advice> {
        self.advice.as_ref()
    }

    /// When a better note may take the place of the one that is shown.
    #[must_use]
    pub fn next_look(&self) -> Option<Duration> {
        self.shown.filter(|_| self.waiting).map(|(_, since)| since + STAY)
    }

    /// Looks at what is so now. It does not ask for keys that would do something else, or nothing.
    pub fn listen(&mut self, facts: &Facts, wall: Duration, obeys: impl Fn(Action) -> bool) {
        let holds = |note: &Note| note.when.iter().all(|condition| facts.holds.contains(condition));
        let best = (0..self.notes.len())
            .filter(|&at| holds(&self.notes[at]))
            .max_by_key(|&at| (self.notes[at].priority, usize::MAX - at));
        let stays = self.shown.filter(|&(at, since)| holds(&self.notes[at]) && wall < since + STAY);
        self.waiting = stays.is_some_and(|(at, _)| Some(at) != best);
        self.shown = match (stays, best, self.shown) {
            (Some(stays), ..) => Some(stays),
            (None, Some(best), Some((at, since))) if best == at => Some((at, since)),
            (None, best, _) => best.map(|at| (at, wall)),
        };
        let silent = |advice: Advice| match advice.key {
            Some(key) if !obeys(key) => {
                Advice { say: advice.say, before: String::new(), key: None, after: String::new() }
            }
            _ => advice,
        };
        self.advice = self.shown.map(|(at, _)| silent(self.notes[at].fill(facts)));
    }
}

impl Note {
    fn fill(&self, facts: &Facts) -> Advice {
        let tried = fill(&self.r#try, facts);
        let (before, after) = tried.split_once("{key}").unwrap_or((&tried, ""));
        Advice { say: fill(&self.say, facts), before: before.into(), key: self.key, after: after.into() }
    }
}

/// The words in braces.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split('{').skip(1).filter_map(|rest| rest.split_once('}').map(|(word, _)| word))
}

fn fill(text: &str, facts: &Facts) -> String {
    let mut filled = text.to_owned();
    for (name, value) in &facts.words {
        filled = filled.replace(&format!("{{{name}}}"), value);
    }
    // A sentence begins with a capital, whatever noun it begins with.
    let mut letters = filled.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn facts(holds: &[Condition]) -> Facts {
        let mut facts = Facts { holds: holds.iter().copied().collect::<BTreeSet<_>>(), ..Facts::default() };
        for (name, needs) in WORDS {
            if needs.is_none_or(|needs| holds.iter().any(|condition| condition.implies(needs))) {
                facts.words.insert(name, "12".into());
            }
        }
        facts
    }

    #[test]
    fn the_shipped_notes_are_many_and_every_word_is_filled() {
        let coach = Coach::shipped();
        assert!(coach.notes.len() >= 20);
        for note in &coach.notes {
            let advice = note.fill(&facts(&note.when));
            for line in [&advice.say, &advice.before, &advice.after] {
                assert!(!line.contains(['{', '}']), "{line}");
            }
            assert_eq!(note.r#try.contains("{key}"), note.key.is_some(), "{}", note.say);
            assert!(advice.say.chars().count() <= 75, "too long for 80 columns: {}", advice.say);
            let tried = advice.before.chars().count() + advice.after.chars().count() + 7;
            assert!(tried <= 75, "too long for 80 columns: {}", note.r#try);
        }
    }

    /// `You killed instance 2. 4 carts …` reads as 2.4 carts.
    #[test]
    fn no_count_stands_behind_a_sentence_that_ends_in_a_number() {
        for note in Coach::shipped().notes.iter().filter(|note| note.when.contains(&Condition::Killed)) {
            assert!(!note.say.contains("{deed} {lost}"), "{}", note.say);
        }
    }

    /// Undo takes back the newest command, whatever the note speaks of.
    #[test]
    fn only_the_newest_command_is_said_to_be_undone() {
        let coach = Coach::shipped();
        let undo = || coach.notes.iter().filter(|note| note.key == Some(Action::Undo));
        assert!(undo().count() > 0);
        for note in undo() {
            assert!(note.when.contains(&Condition::Undoable), "{}", note.say);
        }
    }

    #[test]
    fn keys_that_do_nothing_now_are_not_asked_for() {
        let note = "[[note]]\nwhen = []\npriority = 1\nsay = \"x\"\ntry = \"press {key}\"\nkey = \"kill\"\n";
        let mut coach = Coach::parse(note).unwrap();
        let mut asked = |obeys: bool| {
            coach.listen(&facts(&[]), Duration::ZERO, |_| obeys);
            coach.advice().map(|advice| (advice.say.clone(), advice.before.clone(), advice.key))
        };
        assert_eq!(asked(true), Some(("X".into(), "Press ".into(), Some(Action::Kill))));
        assert_eq!(asked(false), Some(("X".into(), String::new(), None)));
    }

    #[test]
    fn something_is_always_said() {
        let coach = Coach::shipped();
        for view in
            [Condition::OnStage, Condition::InSessions, Condition::InCharts, Condition::InJournal, Condition::InTable]
        {
            assert!(coach.notes.iter().any(|note| note.when == [view]), "{view:?}");
        }
    }

    #[test]
    fn notes_with_words_that_may_be_empty_are_turned_down() {
        let note =
            |when: &str, say: &str| format!("[[note]]\nwhen = [{when}]\npriority = 1\nsay = \"{say}\"\ntry = \"\"\n");
        assert!(matches!(
            Coach::parse(&note("", "{lost}")),
            Err(NoteError::Word { needs: Some(Condition::LostSome), .. })
        ));
        assert!(matches!(Coach::parse(&note("", "{luck}")), Err(NoteError::Word { needs: None, .. })));
        assert!(matches!(Coach::parse(&note("\"lucky\"", "x")), Err(NoteError::Format(_))));
        assert!(Coach::parse(&note("\"lost-some\"", "{lost}")).is_ok());
    }

    #[test]
    fn a_note_stays_a_while_unless_it_becomes_untrue() {
        let note = |when: &str, priority: u32| {
            format!("[[note]]\nwhen = [\"{when}\"]\npriority = {priority}\nsay = \"{when}\"\ntry = \"\"\n")
        };
        let mut coach = Coach::parse(&(note("running", 1) + &note("killed", 9) + &note("paused", 5))).unwrap();
        let second = Duration::from_secs(1);
        let mut say = |holds: &[Condition], wall| {
            coach.listen(&facts(holds), wall, |_| true);
            (coach.advice().unwrap().say.clone(), coach.next_look())
        };
        assert_eq!(say(&[Condition::Running], second), ("Running".into(), None));
        assert_eq!(say(&[Condition::Running, Condition::Killed], second * 2), ("Running".into(), Some(second * 5)));
        assert_eq!(say(&[Condition::Running, Condition::Killed], second * 5), ("Killed".into(), None));
        assert_eq!(say(&[Condition::Paused], second * 6).0, "Paused", "what is no longer true goes at once");
    }
}

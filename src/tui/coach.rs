//! The coach: two lines under the stage. One says what is so, the other what to try.
//!
//! The notes are data (`assets/coach.toml`). Of those whose conditions all hold the most important one is shown; it stays for
//! [`STAY`] unless it stops being true, or the learner does something: that is answered at once.

use super::facts::{Condition, Deeds, Facts, WORDS};
use super::keymap::Action;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::time::Duration;

const SOURCE: &str = include_str!("../../assets/coach.toml");

/// The shortest time that a note stays, as long as it is true.
pub const STAY: Duration = Duration::from_secs(4);
/// The figures of a note stand still for so long, so that they can be read.
const REFILL: Duration = Duration::from_secs(1);
/// What comes and goes by itself is spoken of when it has lasted for so long.
const LASTS: Duration = Duration::from_secs(1);

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

/// The note that is shown.
#[derive(Clone, Debug)]
struct Shown {
    /// Which.
    at: usize,
    /// Since when.
    since: Duration,
    /// With its figures …
    filled: Advice,
    /// … of this instant.
    read: Duration,
}

/// The notes, and the one that is shown.
#[derive(Clone, Debug)]
pub struct Coach {
    notes: Vec<Note>,
    shown: Option<Shown>,
    advice: Option<Advice>,
    waiting: bool,
    /// Since when what comes and goes by itself has been so.
    held: BTreeMap<Condition, Duration>,
    /// What the learner had done at the last look, and when that was.
    heard: (Deeds, Duration),
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
        Ok(Self {
            notes,
            shown: None,
            advice: None,
            waiting: false,
            held: BTreeMap::new(),
            heard: (Deeds::default(), Duration::ZERO),
        })
    }

    /// What is shown.
    #[must_use]
    pub const fn advice(&self) -> Option<&Advice> {
        self.advice.as_ref()
    }

    /// When a better note may take the place of the one that is shown.
    #[must_use]
    pub fn next_look(&self) -> Option<Duration> {
        self.shown.as_ref().filter(|_| self.waiting).map(|shown| shown.since + STAY)
    }

    /// Looks at what is so now. It does not ask for keys that would do something else, or nothing.
    pub fn listen(&mut self, facts: &Facts, deeds: &Deeds, wall: Duration, obeys: impl Fn(Action) -> bool) {
        let (before, looked) = std::mem::replace(&mut self.heard, (deeds.clone(), wall));
        let acted = before != *deeds;
        self.held.retain(|condition, _| facts.holds.contains(condition));
        for &condition in facts.holds.iter().filter(|condition| condition.passing()) {
            self.held.entry(condition).or_insert(looked);
        }
        // Nothing passes while time stands still; and where nothing is said yet, nothing is interrupted.
        let at_once = self.shown.is_none() || facts.holds.contains(&Condition::Paused);
        let holds = |at: usize| self.notes[at].when.iter().all(|condition| facts.holds.contains(condition));
        let lasts = |condition| at_once || self.held.get(condition).is_none_or(|&since| since + LASTS <= wall);
        let shown = self.shown.take().filter(|shown| holds(shown.at));
        let said = shown.as_ref().map(|shown| shown.at);
        let best = (0..self.notes.len())
            .filter(|&at| holds(at) && (said == Some(at) || self.notes[at].when.iter().all(lasts)))
            .max_by_key(|&at| (self.notes[at].priority, usize::MAX - at));
        let stays = shown.as_ref().filter(|shown| !acted && wall < shown.since + STAY).map(|shown| shown.at);
        self.waiting = stays.is_some() && stays != best;
        self.shown = stays.or(best).map(|at| match shown.filter(|shown| shown.at == at) {
            Some(shown) if !acted && wall < shown.read + REFILL => shown,
            same => {
                let since = same.map_or(wall, |shown| shown.since);
                Shown { at, since, filled: self.notes[at].fill(facts), read: wall }
            }
        });
        let silent = |advice: Advice| match advice.key {
            Some(key) if !obeys(key) => {
                Advice { say: advice.say, before: String::new(), key: None, after: String::new() }
            }
            _ => advice,
        };
        self.advice = self.shown.as_ref().map(|shown| silent(shown.filled.clone()));
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

    /// The learner has given so many commands.
    fn deeds(commands: usize) -> Deeds {
        Deeds { commands, ..Deeds::default() }
    }

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
            coach.listen(&facts(&[]), &deeds(0), Duration::ZERO, |_| obeys);
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

    /// What a coach with these notes says, when so many commands have been given.
    fn saying(notes: &[(&str, u32)]) -> impl FnMut(&[Condition], usize, f64) -> (String, Option<f64>) {
        let note = |&(when, priority): &(&str, u32)| {
            format!("[[note]]\nwhen = [\"{when}\"]\npriority = {priority}\nsay = \"{when}\"\ntry = \"\"\n")
        };
        let mut coach = Coach::parse(&notes.iter().map(note).collect::<String>()).unwrap();
        move |holds, commands, wall| {
            coach.listen(&facts(holds), &deeds(commands), Duration::from_secs_f64(wall), |_| true);
            (coach.advice().unwrap().say.clone(), coach.next_look().map(|look| look.as_secs_f64()))
        }
    }

    #[test]
    fn a_note_stays_a_while_unless_it_becomes_untrue() {
        let mut say = saying(&[("running", 1), ("killed", 9), ("deployed", 5)]);
        assert_eq!(say(&[Condition::Running], 0, 1.0), ("Running".into(), None));
        assert_eq!(say(&[Condition::Running, Condition::Killed], 0, 2.0), ("Running".into(), Some(5.0)));
        assert_eq!(say(&[Condition::Running, Condition::Killed], 0, 5.0), ("Killed".into(), None));
        assert_eq!(say(&[Condition::Deployed], 0, 6.0).0, "Deployed", "what is no longer true goes at once");
    }

    #[test]
    fn whoever_does_something_is_answered_at_once() {
        let mut say = saying(&[("running", 1), ("killed", 9), ("noticed", 10)]);
        assert_eq!(say(&[Condition::Running], 0, 1.0).0, "Running");
        assert_eq!(say(&[Condition::Running, Condition::Killed], 1, 2.0), ("Killed".into(), None));
        let holds = [Condition::Running, Condition::Killed, Condition::Noticed];
        assert_eq!(say(&holds, 1, 3.0), ("Killed".into(), Some(6.0)), "what follows from it waits its turn");
    }

    #[test]
    fn what_comes_and_goes_by_itself_is_told_when_it_has_lasted() {
        let mut say = saying(&[("running", 1), ("some-starting", 9)]);
        let starting = [Condition::Running, Condition::SomeStarting];
        assert_eq!(say(&starting[..1], 0, 1.0).0, "Running");
        assert_eq!(say(&starting, 0, 11.0).0, "Some-starting", "it may have begun right after the last look");
        assert_eq!(say(&starting[..1], 0, 20.0).0, "Running");
        for (at, wall) in [(0, 30.0), (1, 30.1), (1, 30.9), (0, 31.0), (1, 31.1), (1, 31.9)] {
            assert_eq!(say(&starting[..=at], 0, wall).0, "Running", "{wall}");
        }
        assert_eq!(say(&starting, 0, 32.0).0, "Some-starting");
        assert_eq!(say(&starting[..1], 0, 40.0).0, "Running");
        let stopped = [Condition::Running, Condition::SomeStarting, Condition::Paused];
        assert_eq!(say(&stopped, 0, 40.1).0, "Running", "the learner has not done anything");
        assert_eq!(say(&stopped, 1, 40.2).0, "Some-starting", "while time stands still it does not pass");
    }

    #[test]
    fn figures_stand_still_while_they_are_read() {
        let note = "[[note]]\nwhen = []\npriority = 1\nsay = \"{total}\"\ntry = \"\"\n";
        let mut coach = Coach::parse(note).unwrap();
        let mut say = |total: u32, commands, wall| {
            let mut facts = facts(&[]);
            facts.words.insert("total", total.to_string());
            coach.listen(&facts, &deeds(commands), Duration::from_secs_f64(wall), |_| true);
            coach.advice().unwrap().say.clone()
        };
        assert_eq!([say(1, 0, 0.0), say(2, 0, 0.5), say(3, 0, 1.0), say(4, 0, 1.9)], ["1", "1", "3", "3"]);
        assert_eq!(say(5, 1, 1.95), "5", "what the learner does is told with its own figures");
    }
}

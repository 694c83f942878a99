//! The `:` palette: a line of text, and the commands it could mean.

use crate::command::Command;
use crate::event::InstanceId;
use crate::scenario::Policy;
use crate::text::hostile;

/// Rows of proposals; as many columns as there is room for.
pub const ROWS: usize = 8;
/// The longest line, in characters.
pub const LONGEST: usize = 64;

/// The line and what it could mean.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Palette {
    /// What was typed.
    pub text: String,
    /// The chosen proposal, once one was chosen.
    pub chosen: Option<usize>,
    /// Why the line was turned down.
    pub error: Option<String>,
    forms: Vec<String>,
    words: Vec<String>,
}

/// What a line means.
#[derive(Clone, PartialEq, Debug)]
pub enum Meaning {
    /// Something is done to the service.
    Command(Command),
    /// A word of the keymap, and what stands after it.
    Word(String, String),
}

impl Palette {
    /// An empty line, or one that begins with a verb; the forms are those that this service knows, with one of its users for an
    /// example, and the words of the keymap.
    #[must_use]
    pub fn new(text: &str, instances: &[InstanceId], user: Option<&str>, store: bool, words: Vec<String>) -> Self {
        let mut forms = forms(instances, user, store);
        forms.extend(words.iter().cloned());
        Self { text: text.into(), chosen: None, error: None, forms, words }
    }

    /// The forms that fit, best first.
    #[must_use]
    pub fn proposals(&self) -> Vec<&str> {
        let mut fitting: Vec<(u32, usize, &str)> = self
            .forms
            .iter()
            .enumerate()
            .filter_map(|(place, form)| Some((misfit(&self.text, form)?, place, form.as_str())))
            .collect();
        fitting.sort_unstable();
        fitting.into_iter().map(|(.., form)| form).collect()
    }

    /// Adds a letter (control characters are none, nor is what would turn the line around).
    pub fn type_letter(&mut self, letter: char) {
        if hostile(letter) {
            return;
        }
        if self.text.chars().count() == LONGEST {
            self.error = Some(format!("a line has at most {LONGEST} characters"));
            return;
        }
        self.text.push(letter);
        self.edited();
    }

    /// Erases the last letter.
    pub fn erase(&mut self) {
        self.text.pop();
        self.edited();
    }

    /// Erases everything.
    pub fn erase_all(&mut self) {
        self.text.clear();
        self.edited();
    }

    /// Chooses the next proposal, or the one before.
    pub fn choose(&mut self, forwards: bool) {
        let count = self.proposals().len();
        if count > 0 {
            self.chosen = Some(match (self.chosen, forwards) {
                (None, true) => 0,
                (None, false) => count - 1,
                (Some(at), true) => (at + 1) % count,
                (Some(at), false) => (at + count - 1) % count,
            });
        }
    }

    /// Makes the line the chosen proposal, or the first.
    pub fn complete(&mut self) {
        if let Some(form) = self.proposals().get(self.chosen.unwrap_or(0)).map(ToString::to_string) {
            self.text = form;
            self.edited();
        }
    }

    /// What is meant: a chosen proposal, else the line as it is.
    ///
    /// # Errors
    /// What was expected instead; it is kept to be shown too.
    pub fn commit(&mut self) -> Result<Meaning, String> {
        if self.chosen.is_some() {
            self.complete();
        }
        let line = self.text.trim();
        let (first, rest) = line.split_once(' ').unwrap_or((line, ""));
        if self.words.iter().any(|word| word == first) {
            return Ok(Meaning::Word(first.into(), rest.trim().into()));
        }
        self.text.parse::<Command>().map(Meaning::Command).map_err(|error| {
            self.error = Some(error.to_string());
            error.to_string()
        })
    }

    fn edited(&mut self) {
        self.chosen = None;
        self.error = None;
    }
}

/// Every form with the instances that there are, and a user who is there.
fn forms(instances: &[InstanceId], user: Option<&str>, store: bool) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for form in Command::FORMS {
        match *form {
            "policy two-choices" => all.extend(Policy::ALL.map(|policy| format!("policy {policy}"))),
            form if form.contains(" store") => all.extend(store.then(|| form.to_owned())),
            form if form.contains(" 2") => {
                all.extend(instances.iter().take(64).map(|id| form.replacen(" 2", &format!(" {id}"), 1)));
            }
            form => all.push(user.map_or_else(|| form.to_owned(), |user| form.replacen(" 7", &format!(" {user}"), 1))),
        }
    }
    all
}

/// How badly a form fits what was typed: none if its letters do not occur in it in this order. A whole
/// beginning fits best, then beginnings of words, then letters close together.
fn misfit(typed: &str, form: &str) -> Option<u32> {
    if form.starts_with(typed) {
        return Some(0);
    }
    let mut cost = 1;
    let mut last: Option<usize> = None;
    let letters: Vec<char> = form.chars().collect();
    for letter in typed.chars().filter(|letter| !letter.is_whitespace()) {
        let from = last.map_or(0, |at| at + 1);
        let wanted = letter.to_ascii_lowercase();
        let at = (from..letters.len()).find(|&at| letters[at] == wanted)?;
        let word_begins = at == 0 || matches!(letters[at - 1], ' ' | '-');
        cost += if at == from || word_begins { 1 } else { 4 + (at - from) as u32 };
        last = Some(at);
    }
    Some(cost)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::Target;

    #[test]
    fn letters_in_order_find_a_form() {
        let mut palette = Palette::new("k3", &[1, 2, 3], None, true, Vec::new());
        assert_eq!(palette.proposals().first(), Some(&"kill 3"));
        palette.complete();
        assert_eq!(palette.commit(), Ok(Meaning::Command(Command::Kill(Target::Instance(3)))));
        assert!(Palette::new("zz", &[1], None, false, Vec::new()).proposals().is_empty());
        assert!(
            Palette::new("store", &[1], None, false, Vec::new()).proposals().is_empty(),
            "no store, no form for it"
        );
    }

    #[test]
    fn a_wrong_line_says_what_would_fit_and_editing_forgives() {
        let mut palette = Palette::new("kill", &[1, 2], None, false, Vec::new());
        assert!(palette.commit().unwrap_err().contains("kill 2"));
        assert!(palette.error.is_some());
        palette.type_letter('\u{202E}');
        assert!(palette.error.is_some(), "that is no letter");
        palette.type_letter(' ');
        assert_eq!(palette.error, None);
        palette.choose(true);
        assert_eq!(palette.commit(), Ok(Meaning::Command(Command::Kill(Target::Instance(1)))));
    }

    #[test]
    fn a_line_that_is_full_says_so() {
        let mut palette = Palette::new(&"x".repeat(LONGEST), &[1], None, false, Vec::new());
        palette.type_letter('y');
        assert_eq!(palette.error.as_deref(), Some("a line has at most 64 characters"));
        palette.erase();
        palette.type_letter('y');
        assert!(palette.error.is_none() && palette.text.ends_with("xy"));
    }

    #[test]
    fn a_word_of_the_keymap_comes_with_what_follows_it() {
        let palette = |line| Palette::new(line, &[1], None, false, vec!["save".into()]);
        assert_eq!(palette("sav").proposals().first(), Some(&"save"));
        assert_eq!(palette(" save  my run ").commit(), Ok(Meaning::Word("save".into(), "my run".into())));
        assert!(palette("saved").commit().is_err());
    }

    #[test]
    fn every_proposal_is_a_command() {
        for user in [None, Some("gus"), Some("031"), Some("5816")] {
            let forms = forms(&[1, 7], user, true);
            forms.iter().for_each(|form| assert!(form.parse::<Command>().is_ok(), "{form}"));
            let named = user.is_none_or(|user| forms.contains(&format!("logout {user}")));
            assert!(named && forms.iter().any(|form| form == "kill 7"), "{forms:?}");
        }
    }
}

//! Keys as data: `assets/keymap.toml` forwards (key in a context → action) and backwards (action → its keys).
//!
//! ```text
//!   keymap.toml ─▶ Keymap ─┬─▶ find(context, key)    the dashboard obeys
//!                          ├─▶ cap(action)           footer, coach and menus show
//!                          └─▶ markdown_table()      README.md
//! ```

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// The shipped keymap.
const SOURCE: &str = include_str!("../../assets/keymap.toml");

/// What has the focus.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Context {
    /// Everywhere but in a line of text.
    Global,
    /// The Stage.
    Stage,
    /// A list, a grid or a page that scrolls.
    List,
    /// A line of text.
    Text,
    /// A step of a lesson.
    Lesson,
    /// A question of a lesson.
    Prediction,
}

impl Context {
    /// All six, in the order of the help.
    pub const ALL: [Self; 6] = [Self::Global, Self::Stage, Self::List, Self::Text, Self::Lesson, Self::Prediction];

    /// As the help calls it.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Global => "everywhere",
            Self::Stage => "on the stage",
            Self::List => "in lists",
            Self::Text => "while typing",
            Self::Lesson => "in a lesson",
            Self::Prediction => "at a question",
        }
    }
}

/// What a key asks for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "assets/keymap.toml says what each does")]
pub enum Action {
    Help,
    Lessons,
    GoOn,
    Again,
    Choose,
    ChoosePrevious,
    ChooseNext,
    CommitAnswer,
    EraseAnswer,
    Skip,
    Palette,
    Quit,
    Close,
    NextView,
    PreviousView,
    Pause,
    Back,
    Forwards,
    Beginning,
    Newest,
    NextHop,
    PreviousHop,
    NextEvent,
    PreviousEvent,
    NextCommand,
    PreviousCommand,
    NextFailure,
    PreviousFailure,
    Fork,
    Slower,
    Faster,
    Undo,
    OtherWorld,
    NextHome,
    SideBySide,
    Table,
    NewSeed,
    Save,
    Picture,
    Glossary,
    Suspend,
    SelectInstance,
    SelectStore,
    SelectPrevious,
    SelectNext,
    Menu,
    Inspect,
    Why,
    Kill,
    Hang,
    Slow,
    Restart,
    Drain,
    Add,
    Remove,
    Burst,
    Deploy,
    Up,
    Down,
    Left,
    Right,
    PageUp,
    PageDown,
    First,
    Last,
    Filter,
    Open,
    Commit,
    Cancel,
    Complete,
    PreviousProposal,
    NextProposal,
    Erase,
    EraseAll,
}

/// One line of the keymap.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Binding {
    /// The keys, as written; the first is the one that is shown.
    pub keys: Vec<String>,
    /// What they ask for.
    pub action: Action,
    /// For the footer: a word or two.
    pub does: String,
    /// For the help: what it does.
    pub help: String,
    /// The word after `:` that asks for the same.
    pub word: Option<String>,
}

/// A key without what does not matter (Shift is in the character already).
type Key = (KeyCode, KeyModifiers);

/// All keys, forwards and backwards.
#[derive(Clone, Debug)]
pub struct Keymap {
    bindings: BTreeMap<Context, Vec<Binding>>,
    forwards: Vec<(Context, Key, Action)>,
    spelled: bool,
}

/// Why a keymap is no good.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeymapError {
    /// Not TOML, or not this format.
    #[error("keymap: {0}")]
    Format(String),
    /// A key that no keyboard has.
    #[error("keymap: `{0}` is no key")]
    Unknown(String),
    /// A key with two meanings in one context.
    #[error("keymap: `{key}` means both {first:?} and {second:?} {}", context.title())]
    Conflict {
        /// The key, as written.
        key: String,
        /// Where.
        context: Context,
        /// One meaning.
        first: Action,
        /// The other.
        second: Action,
    },
}

impl Keymap {
    /// The shipped keymap.
    ///
    /// # Panics
    /// Never: a test reads the same text.
    #[must_use]
    pub fn shipped() -> Self {
        Self::parse(SOURCE).expect("the shipped keymap is valid")
    }

    /// Reads a keymap.
    ///
    /// # Errors
    /// If it is malformed, or a key means two things in one context.
    pub fn parse(text: &str) -> Result<Self, KeymapError> {
        let bindings: BTreeMap<Context, Vec<Binding>> =
            toml::from_str(text).map_err(|error| KeymapError::Format(error.to_string()))?;
        let mut forwards: Vec<(Context, Key, Action)> = Vec::new();
        for (&context, lines) in &bindings {
            for binding in lines {
                for name in &binding.keys {
                    let key = parse_key(name).ok_or_else(|| KeymapError::Unknown(name.clone()))?;
                    if let Some(&(_, _, first)) = forwards.iter().find(|(c, k, _)| (*c, *k) == (context, key)) {
                        return Err(KeymapError::Conflict {
                            key: name.clone(),
                            context,
                            first,
                            second: binding.action,
                        });
                    }
                    forwards.push((context, key, binding.action));
                }
            }
        }
        Ok(Self { bindings, forwards, spelled: false })
    }

    /// With the arrow keys in words, where their letters would be those of other keys.
    pub const fn spell(&mut self) {
        self.spelled = true;
    }

    /// What a key asks for where the focus is: there first, then everywhere. In a line of text only there.
    #[must_use]
    pub fn find(&self, context: Context, event: &KeyEvent) -> Option<Action> {
        let within = |wanted| self.own(wanted, event);
        within(context).or_else(|| if context == Context::Text { None } else { within(Context::Global) })
    }

    /// What a key asks for in this context alone.
    #[must_use]
    pub fn own(&self, context: Context, event: &KeyEvent) -> Option<Action> {
        let key = normal(event.code, event.modifiers);
        self.forwards.iter().find(|(c, k, _)| (*c, *k) == (context, key)).map(|&(_, _, action)| action)
    }

    /// The binding of an action.
    ///
    /// # Panics
    /// Never: a test finds every action in the shipped keymap.
    #[must_use]
    pub fn binding(&self, action: Action) -> &Binding {
        let mut all = self.bindings.values().flatten();
        all.find(|binding| binding.action == action).expect("every action has a key")
    }

    /// The key to show for an action.
    #[must_use]
    pub fn cap(&self, action: Action) -> &str {
        match self.binding(action).keys[0].as_str() {
            "Space" => "space",
            "Enter" => "enter",
            "Esc" => "esc",
            "Tab" => "tab",
            "Up" if self.spelled => "up",
            "Down" if self.spelled => "down",
            "Left" if self.spelled => "left",
            "Right" if self.spelled => "right",
            "Up" => "↑",
            "Down" => "↓",
            "Left" => "←",
            "Right" => "→",
            key => key,
        }
    }

    /// Every word that asks for an action after `:`.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        self.bindings.values().flatten().filter_map(|binding| binding.word.as_deref())
    }

    /// The action that a word after `:` asks for.
    #[must_use]
    pub fn meant(&self, word: &str) -> Option<Action> {
        let mut all = self.bindings.values().flatten();
        all.find(|binding| binding.word.as_deref() == Some(word)).map(|binding| binding.action)
    }

    /// The lines of one context, in the order of the file.
    #[must_use]
    pub fn context(&self, context: Context) -> &[Binding] {
        self.bindings.get(&context).map_or(&[], Vec::as_slice)
    }
}

/// All keys as a table for README.md.
#[must_use]
pub fn markdown_table() -> String {
    let keymap = Keymap::shipped();
    let mut table = String::from("| key | where | what it does |\n|---|---|---|\n");
    for context in Context::ALL {
        for binding in keymap.context(context) {
            let keys = binding.keys.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(" ");
            let _ = writeln!(table, "| {keys} | {} | {} |", context.title(), binding.help);
        }
    }
    table
}

/// One form for each key: Shift is part of a character, Shift-Tab is a key of its own.
fn normal(code: KeyCode, modifiers: KeyModifiers) -> Key {
    let kept = modifiers & (KeyModifiers::CONTROL | KeyModifiers::ALT);
    match code {
        KeyCode::Tab if modifiers.contains(KeyModifiers::SHIFT) => (KeyCode::BackTab, kept),
        KeyCode::Char(letter) if kept.contains(KeyModifiers::CONTROL) => {
            (KeyCode::Char(letter.to_ascii_lowercase()), kept)
        }
        code => (code, kept),
    }
}

/// The key that a name stands for.
pub(super) fn parse_key(name: &str) -> Option<Key> {
    let mut rest = name;
    let mut modifiers = KeyModifiers::NONE;
    while let Some((prefix, key)) = rest.split_once('-').filter(|(prefix, key)| !prefix.is_empty() && !key.is_empty()) {
        modifiers |= match prefix {
            "Ctrl" => KeyModifiers::CONTROL,
            "Shift" => KeyModifiers::SHIFT,
            "Alt" => KeyModifiers::ALT,
            _ => return None,
        };
        rest = key;
    }
    let mut letters = rest.chars();
    let code = match (letters.next(), letters.next()) {
        (Some(letter), None) => KeyCode::Char(letter),
        (Some('F'), Some(_)) => KeyCode::F(rest[1..].parse().ok().filter(|n| (1..=12).contains(n))?),
        _ => match rest {
            "Esc" => KeyCode::Esc,
            "Enter" => KeyCode::Enter,
            "Tab" => KeyCode::Tab,
            "Space" => KeyCode::Char(' '),
            "Up" => KeyCode::Up,
            "Down" => KeyCode::Down,
            "Left" => KeyCode::Left,
            "Right" => KeyCode::Right,
            "Home" => KeyCode::Home,
            "End" => KeyCode::End,
            "PgUp" => KeyCode::PageUp,
            "PgDn" => KeyCode::PageDown,
            "Backspace" => KeyCode::Backspace,
            _ => return None,
        },
    };
    Some(normal(code, modifiers))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn press(code: KeyCode, modifiers: KeyModifiers) -> KeyEvent {
        KeyEvent::new(code, modifiers)
    }

    #[test]
    fn the_shipped_keymap_leads_to_every_action_and_back() {
        let keymap = Keymap::shipped();
        for context in Context::ALL {
            for binding in keymap.context(context) {
                for name in &binding.keys {
                    let (code, modifiers) = parse_key(name).unwrap();
                    assert_eq!(keymap.find(context, &press(code, modifiers)), Some(binding.action), "{name}");
                }
                assert_eq!(keymap.binding(binding.action).action, binding.action);
            }
        }
    }

    #[test]
    fn focus_comes_before_everywhere_and_text_keeps_its_letters() {
        let keymap = Keymap::shipped();
        let find = |context, code| keymap.find(context, &press(code, KeyModifiers::NONE));
        assert_eq!(find(Context::Stage, KeyCode::PageUp), Some(Action::Faster));
        assert_eq!(find(Context::List, KeyCode::PageUp), Some(Action::PageUp));
        assert_eq!(find(Context::List, KeyCode::Char('q')), Some(Action::Quit));
        assert_eq!(find(Context::Text, KeyCode::Char('q')), None);
        let suspend = press(KeyCode::Char('z'), KeyModifiers::CONTROL);
        assert_eq!(keymap.find(Context::Text, &suspend), Some(Action::Suspend));
        assert_eq!(find(Context::Stage, KeyCode::Char('d')), Some(Action::Drain));
        assert_eq!(keymap.find(Context::Stage, &press(KeyCode::Char('D'), KeyModifiers::SHIFT)), Some(Action::Deploy));
        assert_eq!(
            keymap.find(Context::Stage, &press(KeyCode::BackTab, KeyModifiers::SHIFT)),
            Some(Action::PreviousView)
        );
    }

    #[test]
    fn faulty_keymaps_are_turned_down() {
        let line = |keys: &str, action: &str| {
            format!("[[stage]]\nkeys = {keys}\naction = \"{action}\"\ndoes = \"x\"\nhelp = \"x\"\n")
        };
        let conflict = Keymap::parse(&(line("[\"k\"]", "kill") + &line("[\"x\", \"k\"]", "hang"))).unwrap_err();
        assert!(
            matches!(conflict, KeymapError::Conflict { first: Action::Kill, second: Action::Hang, .. }),
            "{conflict}"
        );
        assert_eq!(Keymap::parse(&line("[\"Hyper-k\"]", "kill")).unwrap_err(), KeymapError::Unknown("Hyper-k".into()));
        assert!(matches!(Keymap::parse(&line("[\"k\"]", "dance")), Err(KeymapError::Format(_))));
    }

    #[test]
    fn the_table_for_the_readme_names_every_key() {
        let table = markdown_table();
        for name in Keymap::shipped().bindings.values().flatten().flat_map(|binding| &binding.keys) {
            assert!(table.contains(&format!("`{name}`")), "{name}");
        }
    }
}

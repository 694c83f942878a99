//! Keys while something lies over the view: help, menu, question, a line of text.

use super::app::{App, Reaction};
use super::driver::Order;
use super::glossary::Glossary;
use super::keep::Deed;
use super::keymap::{Action, Context};
use super::lesson::list;
use super::palette::{LONGEST, Meaning};
use super::parts::layers;
use super::state::{Layer, Verb};
use crate::text::hostile;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use std::time::Duration;

impl App {
    /// Keys while help, menu or a question lies on top.
    pub(super) fn layer_action(&mut self, action: Action, wall: Duration) -> Reaction {
        let end = match self.ui.layer {
            Layer::Help(_) => layers::help_end(self, self.ui.size.0, self.ui.size.1),
            _ => 0,
        };
        let lessons = list::rows(self);
        match (&mut self.ui.layer, action) {
            (_, Action::Quit) => return Reaction { quit: true, ..Reaction::default() },
            (_, Action::Suspend) => return Reaction { suspend: true, ..Reaction::default() },
            (Layer::Help(top), Action::Down) => *top = end.min(*top + 1),
            (Layer::Help(top), Action::Up) => *top = top.saturating_sub(1),
            (Layer::Help(top), Action::PageDown) => *top = end.min(*top + 10),
            (Layer::Help(top), Action::PageUp) => *top = top.saturating_sub(10),
            (Layer::Help(top), Action::First) => *top = 0,
            (Layer::Help(top), Action::Last) => *top = end,
            (Layer::Menu(at), Action::Down) => *at = (*at + 1) % Verb::ALL.len(),
            (Layer::Menu(at), Action::Up) => *at = (*at + Verb::ALL.len() - 1) % Verb::ALL.len(),
            (Layer::Menu(at), Action::Open) => {
                let verb = Verb::ALL[*at];
                self.ui.layer = Layer::None;
                return self.verb(verb, wall);
            }
            (Layer::Lessons(at), Action::Down) => *at = (*at + 1) % lessons,
            (Layer::Lessons(at), Action::Up) => *at = (*at + lessons - 1) % lessons,
            (Layer::Lessons(at), Action::First) => *at = 0,
            (Layer::Lessons(at), Action::Last) => *at = lessons - 1,
            (Layer::Lessons(at), Action::Open) => {
                let at = *at;
                return if at < list::count() { self.switch_to_lesson(at, wall) } else { self.play_on(wall) };
            }
            (Layer::Fork(at), Action::Down | Action::Up) => {
                let (at, down) = (*at, action == Action::Down);
                let count = self.changes().len().max(1);
                self.ui.layer = Layer::Fork((at + if down { 1 } else { count - 1 }) % count);
            }
            (Layer::Fork(at), Action::Open) => {
                let at = *at;
                let change = self.changes().get(at).copied();
                self.ui.layer = Layer::None;
                return change.map_or_else(Reaction::default, |change| Order::Fork(self.ui.shown, change).into());
            }
            (Layer::Confirm, Action::Open | Action::NewSeed) => {
                self.ui.layer = Layer::None;
                let seed = self.snapshot.as_ref().map_or(1, |shot| shot.scenario.seed);
                return Order::Seed(seed.wrapping_add(1)).into();
            }
            _ => self.ui.layer = Layer::None,
        }
        Reaction::default()
    }

    /// Text was pasted: it goes where text is typed.
    pub fn paste(&mut self, text: &str) {
        for letter in text.chars().take(LONGEST + 1) {
            self.text_letter(&KeyEvent::new(KeyCode::Char(letter), KeyModifiers::NONE));
        }
    }

    /// The wheel was turned: as if the arrow key were pressed in a list or in the help.
    pub fn wheel(&mut self, action: Action) {
        match self.ui.layer.context(self.ui.view.context()) {
            Context::List if self.ui.layer == Layer::None => self.list_action(action),
            Context::List if self.insight_action(action).is_none() => drop(self.layer_action(action, Duration::ZERO)),
            _ => {}
        }
    }

    pub(super) fn text_action(&mut self, action: Action, wall: Duration) -> Reaction {
        match (&mut self.ui.layer, action) {
            (_, Action::Suspend) => return Reaction { suspend: true, ..Reaction::default() },
            (Layer::Palette(palette), Action::Commit) => {
                if let Ok(meaning) = palette.commit() {
                    self.ui.layer = Layer::None;
                    return self.mean(meaning, wall);
                }
            }
            (Layer::Palette(palette), Action::Complete) => palette.complete(),
            (Layer::Palette(palette), Action::PreviousProposal) => palette.choose(false),
            (Layer::Palette(palette), Action::NextProposal) => palette.choose(true),
            (Layer::Palette(palette), Action::Erase) if !palette.text.is_empty() => palette.erase(),
            (Layer::Palette(palette), Action::EraseAll) => palette.erase_all(),
            (Layer::Glossary(glossary), action) => {
                if !glossary.obey(action) {
                    self.ui.layer = Layer::None;
                }
            }
            (Layer::Filter, Action::Cancel) => {
                self.ui.filter.clear();
                self.ui.layer = Layer::None;
            }
            (Layer::Filter, Action::Erase) => drop(self.ui.filter.pop()),
            (Layer::Filter, Action::EraseAll) => self.ui.filter.clear(),
            (Layer::Filter, Action::Complete | Action::PreviousProposal | Action::NextProposal) => {}
            _ => self.ui.layer = Layer::None,
        }
        Reaction::default()
    }

    /// Does what a line after `:` means.
    fn mean(&mut self, meaning: Meaning, wall: Duration) -> Reaction {
        if let Meaning::Word(word, _) = &meaning
            && let Some(why) = self.keymap.meant(word).and_then(|action| self.forbidden(action))
        {
            self.answer(Err(why), wall);
            return Reaction::default();
        }
        match meaning {
            Meaning::Command(command) => Order::Do(command).into(),
            Meaning::Word(word, rest) => match self.keymap.meant(&word) {
                Some(Action::Save) => Deed::Save(named(rest)).into(),
                Some(Action::Glossary) => {
                    self.ui.layer = Layer::Glossary(Glossary::about(&rest));
                    Reaction::default()
                }
                Some(Action::Picture) => Deed::Picture(named(rest)).into(),
                Some(Action::Again) => self.again(&rest, wall),
                _ => Reaction::default(),
            },
        }
    }

    pub(super) fn text_letter(&mut self, event: &KeyEvent) -> Reaction {
        let KeyCode::Char(letter) = event.code else { return Reaction::default() };
        if event.modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT) {
            return Reaction::default();
        }
        match &mut self.ui.layer {
            Layer::Palette(palette) => palette.type_letter(letter),
            Layer::Glossary(glossary) => glossary.type_letter(letter),
            Layer::Filter if !hostile(letter) && self.ui.filter.chars().count() < 40 => {
                self.ui.filter.push(letter);
                self.ui.back = 0;
            }
            _ => {}
        }
        Reaction::default()
    }
}

/// What stands after a word, if anything does: a name for a file.
fn named(rest: String) -> Option<String> {
    Some(rest).filter(|name| !name.is_empty())
}

//! What the screen remembers between two frames; nothing of it matters to the run.

use super::glossary::Glossary;
use super::insight::{Scope, Why};
use super::keymap::{Action, Context};
use super::palette::Palette;
use super::screen::SMALLEST;
use super::views::View;
use crate::command::{Command, Target};
use crate::event::SessionId;
use crate::scenario::Home;
use ratatui::layout::Rect;
use std::time::Duration;

/// How long an answer to a key stays in the footer.
pub const ANSWER: Duration = Duration::from_secs(4);

/// What can be done to a selected part of the service.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verb {
    /// Crash it.
    Kill,
    /// Make it accept and never answer.
    Hang,
    /// Slow it down.
    Slow,
    /// End it if it runs, and start it anew.
    Restart,
    /// Take it out of service, gently.
    Drain,
}

impl Verb {
    /// All five, in the order of the menu.
    pub const ALL: [Self; 5] = [Self::Kill, Self::Hang, Self::Slow, Self::Restart, Self::Drain];

    /// The word, as in commands.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Kill => "kill",
            Self::Hang => "hang",
            Self::Slow => "slow",
            Self::Restart => "restart",
            Self::Drain => "drain",
        }
    }

    /// The key's action.
    #[must_use]
    pub const fn action(self) -> Action {
        match self {
            Self::Kill => Action::Kill,
            Self::Hang => Action::Hang,
            Self::Slow => Action::Slow,
            Self::Restart => Action::Restart,
            Self::Drain => Action::Drain,
        }
    }

    /// The verb of a key's action, if it is one.
    #[must_use]
    pub fn of(action: Action) -> Option<Self> {
        Self::ALL.into_iter().find(|verb| verb.action() == action)
    }

    /// The command for a target; none if there is no such command.
    #[must_use]
    pub const fn command(self, target: Target) -> Option<Command> {
        match (self, target) {
            (Self::Kill, _) => Some(Command::Kill(target)),
            (Self::Hang, _) => Some(Command::Hang(target)),
            (Self::Slow, Target::Instance(_)) => Some(Command::Slow(target, 4.0)),
            (Self::Slow, Target::Store) => Some(Command::Slow(target, 10.0)),
            (Self::Restart, _) => Some(Command::Restart(target)),
            (Self::Drain, Target::Instance(id)) => Some(Command::Drain(id)),
            (Self::Drain, Target::Store) => None,
        }
    }
}

/// What lies over the view and has the keys.
#[derive(Clone, PartialEq, Debug, Default)]
pub enum Layer {
    /// Nothing: the view has them.
    #[default]
    None,
    /// The help, scrolled by so many lines.
    Help(u16),
    /// A line for a command.
    Palette(Palette),
    /// A verb that waits for its object.
    Which(Verb),
    /// The verbs of the selection; one is chosen.
    Menu(usize),
    /// What could be different; one is chosen.
    Fork(usize),
    /// From an effect up its causes.
    Why(Why),
    /// The microscope.
    Scope(Scope),
    /// The lessons; one is chosen.
    Lessons(usize),
    /// Really start over?
    Confirm,
    /// The words of the journal's filter.
    Filter,
    /// A word, and what it means.
    Glossary(Glossary),
    /// The first thing that anybody sees: goes with the next key.
    Welcome,
}

impl Layer {
    /// Where keys are looked up while this lies on top of a view with `below`.
    #[must_use]
    pub const fn context(&self, below: Context) -> Context {
        match self {
            Self::None | Self::Which(_) => below,
            Self::Help(_)
            | Self::Menu(_)
            | Self::Lessons(_)
            | Self::Fork(_)
            | Self::Confirm
            | Self::Welcome
            | Self::Why(_)
            | Self::Scope(_) => Context::List,
            Self::Palette(_) | Self::Filter | Self::Glossary(_) => Context::Text,
        }
    }
}

/// A sentence that answers a key, for a while.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Answer {
    /// The sentence.
    pub text: String,
    /// Whether it says no.
    pub refusal: bool,
    /// When it goes, by the screen's clock.
    pub until: Duration,
}

/// The chosen session of Sessions: whoever it was, and where that was, for when it is over.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct ChosenCell {
    /// Its visit; none before somebody chose.
    pub session: Option<SessionId>,
    /// Its number among all.
    pub place: usize,
}

/// Everything that the screen remembers.
#[derive(Clone, Debug)]
pub struct UiState {
    /// Columns and rows.
    pub size: (u16, u16),
    /// Columns that a lesson's story takes beside the view.
    pub story: u16,
    /// The view.
    pub view: View,
    /// The view to come back to from the table.
    pub before_table: View,
    /// The world that is shown.
    pub shown: Home,
    /// The stateful world that `m` leads to.
    pub stateful: Home,
    /// Both side by side: as asked for, or (none) where there is room.
    pub side_by_side: Option<bool>,
    /// The selected part.
    pub selected: Option<Target>,
    /// What lies over the view.
    pub layer: Layer,
    /// The answer to the last key.
    pub answer: Option<Answer>,
    /// The notice of the engine that was answered last.
    pub heard: u64,
    /// Whether things move on the screen that do not stand still in the world.
    pub motion: bool,
    /// The least time between two pictures of a world that goes on.
    pub pause: Duration,
    /// Of two futures the second is shown.
    pub second: bool,
    /// The world that was shown before there were two futures, while there are.
    pub before_fork: Option<Home>,
    /// The selected cell of Sessions.
    pub cell: ChosenCell,
    /// How many lines the Journal is scrolled back from the newest.
    pub back: usize,
    /// The selected row of the Table.
    pub row: usize,
    /// The selected column of the Table; the chosen worlds are the first two.
    pub column: usize,
    /// Whether of the words under the Table the lower part is shown, where not all have room.
    pub lower: bool,
    /// The words of the journal's filter.
    pub filter: String,
}

/// From these columns and rows on both worlds have room beside each other.
pub const SIDE_BY_SIDE: (u16, u16) = (160, 40);

impl UiState {
    /// What is drawn into, if the terminal is not too small for that.
    #[must_use]
    pub fn screen(&self) -> Rect {
        let (width, height) = self.size;
        Rect::new(0, 0, width.max(SMALLEST.0), height.max(SMALLEST.1))
    }

    /// At the beginning: the Stage, with the stateful one of two worlds.
    #[must_use]
    pub fn new(homes: &[Home], motion: bool) -> Self {
        let stateful = homes.iter().copied().find(|home| home.stateful()).unwrap_or(Home::Sticky);
        let shown = if homes.iter().any(|home| home.stateful()) { stateful } else { Home::Token };
        Self {
            size: (80, 24),
            story: 0,
            view: View::Stage,
            before_table: View::Stage,
            shown,
            stateful,
            side_by_side: None,
            selected: None,
            layer: Layer::None,
            answer: None,
            heard: 0,
            motion,
            pause: Duration::ZERO,
            second: false,
            before_fork: None,
            cell: ChosenCell::default(),
            back: 0,
            row: 0,
            column: usize::from(shown != Home::Token),
            lower: false,
            filter: String::new(),
        }
    }

    /// The two worlds, stateless first.
    #[must_use]
    pub const fn worlds(&self) -> [Home; 2] {
        [Home::Token, self.stateful]
    }

    /// The world that is not shown.
    #[must_use]
    pub fn other(&self) -> Home {
        if self.shown == Home::Token { self.stateful } else { Home::Token }
    }

    /// Lets the table open the column of the world that is shown.
    pub fn point_at_shown(&mut self) {
        self.column = usize::from(self.shown != Home::Token);
    }

    /// Whether both have room beside each other.
    #[must_use]
    pub const fn fits_both(&self) -> bool {
        self.size.0.saturating_sub(self.story) >= SIDE_BY_SIDE.0 && self.size.1 >= SIDE_BY_SIDE.1
    }

    /// Whether both are shown beside each other.
    #[must_use]
    pub fn both(&self) -> bool {
        self.fits_both() && self.side_by_side.unwrap_or(true)
    }

    /// Where keys are looked up.
    #[must_use]
    pub const fn context(&self) -> Context {
        self.layer.context(self.view.context())
    }
}

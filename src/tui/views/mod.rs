//! The views, one small file each. Every one is a function of the snapshot and of what the screen remembers.

pub mod charts;
pub mod journal;
pub mod plot;
pub mod sentence;
pub mod sessions;
pub mod stage;
pub mod table;

use super::keymap::Context;

/// What fills the screen between header and coach.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum View {
    /// The service as a picture.
    #[default]
    Stage,
    /// A cell for every session.
    Sessions,
    /// The course of the run.
    Charts,
    /// Every event as a line.
    Journal,
    /// What was measured, one column a world.
    Table,
}

impl View {
    /// All, in the order of Tab.
    pub const ALL: [Self; 5] = [Self::Stage, Self::Sessions, Self::Charts, Self::Journal, Self::Table];

    /// As the header calls it.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Stage => "Stage",
            Self::Sessions => "Sessions",
            Self::Charts => "Charts",
            Self::Journal => "Journal",
            Self::Table => "Table",
        }
    }

    /// The next one.
    #[must_use]
    pub const fn next(self) -> Self {
        Self::ALL[(self as usize + 1) % Self::ALL.len()]
    }

    /// The one before.
    #[must_use]
    pub const fn previous(self) -> Self {
        Self::ALL[(self as usize + Self::ALL.len() - 1) % Self::ALL.len()]
    }

    /// What its keys mean.
    #[must_use]
    pub const fn context(self) -> Context {
        match self {
            Self::Stage => Context::Stage,
            Self::Charts => Context::Global,
            _ => Context::List,
        }
    }
}

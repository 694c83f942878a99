//! How a border says how a process is, be it an instance or the store.

use super::Picture;
use super::geometry::Span;
use super::paint::{Brush, cells};
use crate::command::Target;
use crate::event::Health;
use crate::scene::{Instance, Store};
use crate::tui::parts::how_long;
use crate::tui::theme::{Border, Glyph, Role, Theme};
use crate::units::Nanos;
use ratatui::layout::Rect;
use ratatui::style::Style;

/// What the border tells of.
pub(super) struct Process {
    target: Target,
    health: Health,
    since: Nanos,
    until: Nanos,
    slowness: f64,
    partitioned: bool,
    killed: bool,
}

impl From<&Instance> for Process {
    fn from(it: &Instance) -> Self {
        let &Instance { id, health, since, until, slowness, partitioned, killed, .. } = it;
        Self { target: Target::Instance(id), health, since, until, slowness, partitioned, killed }
    }
}

impl From<&Store> for Process {
    fn from(store: &Store) -> Self {
        let &Store { health, since, until, slowness, killed, .. } = store;
        Self { target: Target::Store, health, since, until, slowness, partitioned: false, killed }
    }
}

/// The style of the lines, and title and note with styles of their own.
struct Look {
    border: Border,
    lines: Style,
    title: String,
    title_style: Style,
    note: String,
    note_style: Style,
}

impl Look {
    fn of(picture: &Picture, theme: &Theme, it: &Process) -> Self {
        let now = picture.view.now;
        let alive = |state: &str| Self {
            border: Border::Solid,
            lines: theme.style(Role::Edge),
            title: match it.target {
                Target::Instance(id) => format!("{id} {state}"),
                Target::Store => state.to_owned(),
            },
            title_style: theme.bold(Role::Text),
            note: String::new(),
            note_style: theme.style(Role::Dim),
        };
        let left = || format!("{} left", how_long(it.until.since(now)));
        let ago = || format!("{} ago", how_long(now.since(it.since)));
        match it.health {
            Health::Up if it.partitioned => Self { title_style: theme.bold(Role::Stale), ..alive("up, cut off") },
            Health::Up if it.slowness > 1.0 => {
                let note = format!("slow {}{}", if theme.ascii() { 'x' } else { '×' }, it.slowness);
                Self { note, note_style: theme.bold(Role::Stale), ..alive("up") }
            }
            Health::Up => alive("up"),
            Health::Draining => {
                let title = format!("{} draining {}", theme.glyph(Glyph::Drain), it.target);
                Self { title, note: left(), ..alive("") }
            }
            Health::Starting => Self {
                lines: theme.style(Role::Faint),
                title_style: theme.bold(Role::Dim),
                // Whoever is not up by then copies what it must hold.
                note: if now > it.until { "copying".into() } else { left() },
                ..alive("starting")
            },
            Health::Hung => Self {
                border: Border::Dotted,
                lines: theme.style(Role::Stale),
                title_style: theme.chip(Role::Stale),
                note: ago(),
                note_style: theme.style(Role::Stale),
                ..alive("HUNG")
            },
            Health::Down | Health::Removed => Self {
                border: Border::Broken,
                lines: theme.style(Role::Lost),
                title_style: theme.chip(Role::Lost),
                note: ago(),
                note_style: theme.style(Role::Lost),
                ..alive(if it.killed { "KILLED" } else { "STOPPED" })
            },
        }
    }

    /// Selected, a dead one stays broken: what happened to it matters more than what is selected.
    fn selected(self, theme: &Theme) -> Self {
        match self.border {
            Border::Broken => Self { border: Border::HeavyBroken, ..self },
            Border::Dotted => Self { border: Border::HeavyDotted, ..self },
            _ => {
                Self { border: Border::Heavy, lines: theme.bold(Role::Key), title_style: theme.chip(Role::Key), ..self }
            }
        }
    }
}

/// Draws the border with its title; returns the room behind that.
pub(super) fn border(picture: &Picture, brush: &mut Brush, it: &Process, area: Rect) -> Span {
    let mut look = Look::of(picture, brush.theme, it);
    if picture.view.selected == Some(it.target) {
        look = look.selected(brush.theme);
    }
    brush.frame(area, look.border, look.lines);
    let (x, end) = (area.x + 2, area.right().saturating_sub(2));
    // Where the words do not fit, the number does; the border says the rest.
    let title = format!(" {} ", look.title);
    let title = if cells(&title) <= end.saturating_sub(x) { title } else { format!(" {} ", it.target) };
    let mut x = brush.text(x, area.y, end.saturating_sub(x), &title, look.title_style);
    if !look.note.is_empty() && cells(&look.note) + 2 <= end.saturating_sub(x) {
        x = brush.text(x, area.y, end - x, &format!(" {} ", look.note), look.note_style);
    }
    Span { x, width: end.saturating_sub(x) }
}

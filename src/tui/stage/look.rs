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
    /// Whether its end was a kill.
    killed: bool,
    /// Whether a replica is about to take its place.
    fails_over: bool,
}

impl From<&Instance> for Process {
    fn from(it: &Instance) -> Self {
        let &Instance { id, health, since, until, slowness, partitioned, killed, .. } = it;
        Self { target: Target::Instance(id), health, since, until, slowness, partitioned, killed, fails_over: false }
    }
}

impl From<&Store> for Process {
    fn from(store: &Store) -> Self {
        let &Store { health, since, until, slowness, killed, .. } = store;
        Self {
            target: Target::Store,
            health,
            since,
            until,
            slowness,
            partitioned: false,
            killed,
            fails_over: store.fails_over(),
        }
    }
}

/// The style of the lines, and title and note with styles of their own.
struct Look {
    border: Border,
    lines: Style,
    title: String,
    title_style: Style,
    /// In the first of these forms that fits.
    notes: Vec<String>,
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
            notes: Vec::new(),
            note_style: theme.style(Role::Dim),
        };
        let left = || counted(it.until.since(now), LAST_TENTHS);
        let to_go = || vec![format!("{} left", left()), left()];
        let ago = || vec![format!("{} ago", counted(now.since(it.since), FIRST_TENTHS))];
        let dead = |notes| Self {
            border: Border::Broken,
            lines: theme.style(Role::Lost),
            title_style: theme.chip(Role::Lost),
            notes,
            note_style: theme.style(Role::Lost),
            ..alive(if it.killed { "KILLED" } else { "STOPPED" })
        };
        match it.health {
            Health::Up if it.partitioned => Self { title_style: theme.bold(Role::Stale), ..alive("up, cut off") },
            Health::Up if it.slowness > 1.0 => {
                let note = format!("slow {}{}", if theme.ascii() { 'x' } else { '×' }, it.slowness);
                Self { notes: vec![note], note_style: theme.bold(Role::Stale), ..alive("up") }
            }
            Health::Up => alive("up"),
            Health::Draining => {
                let title = format!("{} draining {}", theme.glyph(Glyph::Drain), it.target);
                Self { title, notes: to_go(), ..alive("") }
            }
            Health::Starting if it.fails_over => {
                let seconds = it.until.since(now).secs().ceil();
                dead(vec![format!("replica in {}", left()), format!("back in {}", left()), format!("back {seconds} s")])
            }
            Health::Starting => Self {
                lines: theme.style(Role::Faint),
                title_style: theme.bold(Role::Dim),
                // Whoever is not up by then copies what it must hold.
                notes: if now > it.until { vec!["copying".into()] } else { to_go() },
                ..alive("starting")
            },
            Health::Hung => Self {
                border: Border::Dotted,
                lines: theme.style(Role::Stale),
                title_style: theme.chip(Role::Stale),
                notes: ago(),
                note_style: theme.style(Role::Stale),
                ..alive("HUNG")
            },
            Health::Down | Health::Removed => dead(ago()),
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

/// Up to so many seconds a countdown has tenths …
const LAST_TENTHS: u64 = 10;
/// … and up to so many the time since something happened.
const FIRST_TENTHS: u64 = 3;

/// A span in five cells, so that it moves nothing beside it: with tenths while they matter, then in whole seconds.
fn counted(span: Nanos, tenths_up_to: u64) -> String {
    let tenths = span.0 / 100_000_000;
    match tenths / 10 {
        seconds if seconds < tenths_up_to => format!("{seconds}.{} s", tenths % 10),
        seconds if seconds < 1000 => format!("{seconds:3} s"),
        _ => how_long(span),
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
    // The space after it may be the border's.
    if let Some(note) = look.notes.iter().find(|note| cells(note) < end.saturating_sub(x)) {
        x = brush.text(x, area.y, end - x, &format!(" {note} "), look.note_style);
    }
    Span { x, width: end.saturating_sub(x) }
}

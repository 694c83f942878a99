//! Instances as boxes: the border says how they are, the title what they do.

use super::geometry::Span;
use super::lanes::{self, lane_flights};
use super::paint::{Brush, cells};
use super::{Picture, instance};
use crate::command::Target;
use crate::event::Health;
use crate::scene::{Instance, Leg, Scar};
use crate::story::plural;
use crate::tui::parts::how_long;
use crate::tui::theme::{Border, Glyph, Role};
use crate::units::Nanos;
use ratatui::layout::Rect;
use ratatui::style::Style;

pub(super) fn draw(picture: &Picture, boxes: &[Rect], brush: &mut Brush) {
    for (it, &area) in picture.scene.instances.iter().zip(boxes) {
        border(picture, brush, it, area);
        if area.width > 2 && area.height > 2 {
            let inside = Rect { x: area.x + 1, y: area.y + 1, width: area.width - 2, height: area.height - 2 };
            instance::content(picture, brush, it, inside);
        }
        lanes::beside(picture, brush, it, area);
    }
    let hops = picture.scene.hops.at(picture.view.now);
    for hop in hops.filter(|hop| hop.from != 0 && hop.to != 0) {
        lanes::between(picture, brush, boxes, hop);
    }
}

/// What stands in the border: the style of its lines, and the title with its own style.
struct Look {
    border: Border,
    lines: Style,
    title: String,
    title_style: Style,
    note: String,
    note_style: Style,
}

fn look(picture: &Picture, brush: &Brush, it: &Instance) -> Look {
    let theme = brush.theme;
    let now = picture.view.now;
    let selected = picture.view.selected == Some(Target::Instance(it.id));
    let alive = |title: String| Look {
        border: Border::Solid,
        lines: theme.style(Role::Edge),
        title,
        title_style: theme.bold(Role::Text),
        note: String::new(),
        note_style: theme.style(Role::Dim),
    };
    let left = |until: Nanos| how_long(until.since(now));
    let ago = format!("{} ago", how_long(now.since(it.since)));
    let mut look = match it.health {
        Health::Up if it.partitioned => {
            Look { title_style: theme.bold(Role::Stale), ..alive(format!("{} up, cut off", it.id)) }
        }
        Health::Up if it.slowness > 1.0 => {
            let note = slow(brush, it.slowness);
            Look { note, note_style: theme.bold(Role::Stale), ..alive(format!("{} up", it.id)) }
        }
        Health::Up => alive(format!("{} up", it.id)),
        Health::Draining => {
            let title = format!("{} draining {}", theme.glyph(Glyph::Drain), it.id);
            Look { note: left(it.until), ..alive(title) }
        }
        Health::Starting => Look {
            lines: theme.style(Role::Faint),
            title_style: theme.bold(Role::Dim),
            note: left(it.until),
            ..alive(format!("{} starting", it.id))
        },
        Health::Hung => Look {
            border: Border::Dotted,
            lines: theme.style(Role::Stale),
            title_style: theme.chip(Role::Stale),
            note: ago,
            note_style: theme.style(Role::Stale),
            ..alive(format!("{} HUNG", it.id))
        },
        Health::Down | Health::Removed => Look {
            border: Border::Broken,
            lines: theme.style(Role::Lost),
            title_style: theme.chip(Role::Lost),
            note: ago,
            note_style: theme.style(Role::Lost),
            ..alive(format!("{} {}", it.id, if it.killed { "KILLED" } else { "STOPPED" }))
        },
    };
    if selected {
        // Selected, a dead one stays broken: what happened to it matters more than what is selected.
        look.border = match look.border {
            Border::Broken => Border::HeavyBroken,
            Border::Dotted => Border::HeavyDotted,
            _ => Border::Heavy,
        };
        if !matches!(it.health, Health::Down | Health::Hung) {
            look.lines = theme.bold(Role::Key);
            look.title_style = theme.chip(Role::Key);
        }
    }
    look
}

fn border(picture: &Picture, brush: &mut Brush, it: &Instance, area: Rect) {
    let theme = brush.theme;
    let look = look(picture, brush, it);
    brush.frame(area, look.border, look.lines);
    let (mut x, end) = (area.x + 2, area.right().saturating_sub(2));
    // Where the words do not fit, the number does; the border says the rest.
    let title = format!(" {} ", look.title);
    let title = if cells(&title) <= end.saturating_sub(x) { title } else { format!(" {} ", it.id) };
    x = brush.text(x, area.y, end.saturating_sub(x), &title, look.title_style);
    if !look.note.is_empty() && cells(&look.note) + 2 <= end.saturating_sub(x) {
        x = brush.text(x, area.y, end - x, &format!(" {} ", look.note), look.note_style);
    }
    serving(picture, brush, it, Span { x, width: end.saturating_sub(x) }, area.y);

    let bottom = area.bottom() - 1;
    let room = area.width.saturating_sub(4);
    let (forms, style) = footer(picture, brush, it);
    let mut left = room;
    if let Some(words) = forms.iter().find(|words| cells(words) + 2 <= room) {
        let first = brush.text_right(area.right() - 2, bottom, room, &format!(" {words} "), style);
        left = first.saturating_sub(area.x + 3);
    }
    let behind = it.copies.left_behind();
    if behind > 0 {
        let words = format!(" {behind} for nobody ");
        if cells(&words) <= left {
            brush.text(area.x + 2, bottom, left, &words, theme.style(Role::Dim));
        }
    }
}

/// The names of those whose requests its workers have, as far as they fit.
fn serving(picture: &Picture, brush: &mut Brush, it: &Instance, room: Span, y: u16) {
    if it.serving == 0 || !it.answers() || picture.places.store.width > 0 {
        return;
    }
    let theme = brush.theme;
    let served = lane_flights(picture, it).filter(|flight| flight.leg == Leg::Serving);
    let names: Vec<String> = served.map(|flight| lanes::caller(picture, flight)).collect();
    let bar = if picture.places.compact { 1 } else { 2 };
    let fixed = bar + cells(" serving ") + 1;
    let all = names.join(" ");
    let words = if names.len() as u32 == it.serving && fixed + cells(&all) <= room.width {
        all
    } else {
        it.serving.to_string()
    };
    if room.width < fixed + cells(&words) {
        return;
    }
    let x = brush.text(room.x + bar, y, room.width - bar, " serving ", theme.style(Role::Dim));
    let x = brush.text(x, y, room.end() - x, &words, theme.bold(Role::Wire));
    brush.text(x, y, room.end() - x, " ", theme.style(Role::Dim));
}

/// What is gone, from its longest form to its shortest. Whoever had nothing in it counts too, and has to log in again.
pub(super) fn toll(scar: &Scar, noun: &str) -> Vec<String> {
    let (gone, empty) = (scar.gone, scar.empty);
    let nouns = plural(noun, gone);
    let mut forms = vec![format!("{gone} {nouns} gone"), format!("{gone} gone")];
    if empty == gone && empty > 0 {
        forms.insert(0, format!("{gone} empty {nouns} gone"));
    } else if empty > 0 {
        forms.insert(0, format!("{gone} {nouns} gone, {empty} empty"));
        forms.insert(0, format!("{gone} {nouns} gone, {empty} of them empty"));
    }
    forms
}

/// The sum in the bottom border, from its longest form to its shortest: what is gone, or who waits.
fn footer(picture: &Picture, brush: &Brush, it: &Instance) -> (Vec<String>, Style) {
    let theme = brush.theme;
    let noun = &picture.scene.noun;
    match (&it.scar, it.health) {
        (Some(scar), Health::Down | Health::Removed) => {
            let style = if scar.gone > 0 { theme.bold(Role::Lost) } else { theme.bold(Role::Text) };
            (toll(scar, noun), style)
        }
        (Some(scar), _) if scar.gone > 0 => {
            let long = format!("{} {} lost at {:.1}", scar.gone, plural(noun, scar.gone), scar.at.secs());
            (vec![long, format!("{} lost", scar.gone)], theme.style(Role::Lost))
        }
        _ if picture.places.compact && it.queued == 0 => (Vec::new(), theme.style(Role::Dim)),
        _ => {
            let style = if it.queued > 0 { theme.style(Role::Text) } else { theme.style(Role::Dim) };
            (vec![format!("queue {}", it.queued)], style)
        }
    }
}

/// `slow ×4`.
pub(super) fn slow(brush: &Brush, factor: f64) -> String {
    format!("slow {}{factor}", if brush.theme.ascii() { 'x' } else { '×' })
}

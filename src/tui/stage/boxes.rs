//! Instances as boxes: the border says how they are, the title what they do.

use super::geometry::Span;
use super::lanes::{self, lane_flights};
use super::paint::{Brush, cells};
use super::{Picture, instance, look};
use crate::event::Health;
use crate::scene::{Copies, Instance, Leg, Scar};
use crate::text::plural;
use crate::tui::parts::short_clock;
use crate::tui::theme::Role;
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

fn border(picture: &Picture, brush: &mut Brush, it: &Instance, area: Rect) {
    let room = look::border(picture, brush, &it.into(), area);
    serving(picture, brush, it, room, area.y);

    let bottom = area.bottom() - 1;
    let room = area.width.saturating_sub(4);
    let (forms, style) = footer(picture, brush, it);
    let mut left = room;
    if let Some(words) = forms.iter().find(|words| cells(words) + 2 <= room) {
        let first = brush.text_right(area.right() - 2, bottom, room, &format!(" {words} "), style);
        left = first.saturating_sub(area.x + 2);
    }
    left_behind(brush, area.x + 2, bottom, left, &it.copies);
}

/// In a bottom border: how many states are there that nobody will ask for again.
pub(super) fn left_behind(brush: &mut Brush, x: u16, y: u16, room: u16, copies: &Copies) {
    let count = copies.left_behind();
    let forms = [format!(" {count} left behind "), format!(" {count} {} ", plural("orphan", count))];
    if let Some(words) = forms.iter().find(|words| count > 0 && cells(words) <= room) {
        brush.text(x, y, room, words, brush.theme.style(Role::Dim));
    }
}

/// The names of those whose requests its workers have, as far as they fit.
fn serving(picture: &Picture, brush: &mut Brush, it: &Instance, room: Span, y: u16) {
    // Where none of them stays long enough to be read, the number stands for them, and does not come and go.
    let number = !picture.legible;
    if (it.serving == 0 && !number) || !it.answers() || picture.places.store.width > 0 {
        return;
    }
    let theme = brush.theme;
    let served = lane_flights(picture, it).filter(|flight| flight.leg == Leg::Serving);
    let names: Vec<String> = served.map(|flight| lanes::caller(picture, flight)).collect();
    let bar = if picture.places.compact { 1 } else { 2 };
    let fixed = bar + cells(" serving ") + 1;
    let all = names.join(" ");
    let words = if !number && names.len() as u32 == it.serving && fixed + cells(&all) <= room.width {
        all
    } else {
        it.serving.to_string()
    };
    if room.width < fixed + cells(&words) {
        return;
    }
    let x = brush.text(room.x + bar, y, room.width - bar, " serving ", theme.style(Role::Dim));
    let style = if it.serving == 0 { theme.style(Role::Dim) } else { theme.bold(Role::Wire) };
    let x = brush.text(x, y, room.end() - x, &words, style);
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
            let long = format!("{} {} lost at {}", scar.gone, plural(noun, scar.gone), short_clock(scar.at));
            (vec![long, format!("{} lost", scar.gone)], theme.style(Role::Lost))
        }
        _ if picture.places.compact && it.queued == 0 => (Vec::new(), theme.style(Role::Dim)),
        _ => {
            let style = if it.queued > 0 { theme.style(Role::Text) } else { theme.style(Role::Dim) };
            (vec![format!("queue {}", it.queued)], style)
        }
    }
}

//! Messages on a lane: a head in its true cell, its load behind it, and the lit way back to where it came from.

use super::Picture;
use super::geometry::Span;
use super::paint::Brush;
use crate::event::Status;
use crate::scene::{Flight, Span as Way};
use crate::tui::theme::{Glyph, Role};
use ratatui::style::Style;

/// Most items drawn on the wire; a longer row ends in their number.
pub(super) const LOAD: u32 = 12;

/// What a message carries, from its head backwards. It comes out of the lane's end part by part: half a name is another
/// name, and half a number is a wrong one.
pub(super) struct Load {
    parts: Vec<Vec<(char, Style)>>,
    stolen: bool,
}

impl Load {
    pub const fn nothing() -> Self {
        Self { parts: Vec::new(), stolen: false }
    }

    /// Its owner did not send it, if somebody else did.
    pub const fn sent_by_another(mut self, stolen: bool) -> Self {
        self.stolen = stolen;
        self
    }

    /// Words, read from left to right whichever way the message goes. The first may come before the others do.
    pub fn words(mut self, words: &str, style: Style, rightwards: bool) -> Self {
        let styled = |symbol| (symbol, style);
        if rightwards {
            self.parts.push(words.chars().rev().map(styled).collect());
        } else {
            for (nth, word) in words.split(' ').enumerate() {
                let space = (nth > 0).then_some(' ');
                self.parts.push(space.into_iter().chain(word.chars()).map(styled).collect());
            }
        }
        self
    }

    /// As many whole parts as `room` cells hold.
    fn within(&self, room: u16) -> Vec<(char, Style)> {
        let mut symbols = Vec::new();
        for part in &self.parts {
            if symbols.len() + part.len() > usize::from(room) {
                break;
            }
            symbols.extend(part);
        }
        symbols
    }

    /// The token on its way up, at most so many of its items: what was sent before, then, next to the head, what is new.
    pub fn token_up(mut self, brush: &Brush, flight: &Flight, most: u32) -> Self {
        let theme = brush.theme;
        let shown = flight.items.min(most);
        let fresh = flight.fresh.min(shown);
        let item = (theme.glyph(Glyph::Item), theme.style(Role::State));
        let again = (theme.glyph(Glyph::Resent), theme.style(Role::Resent));
        self.parts.extend((0..fresh).map(|_| vec![item]));
        self.parts.extend((fresh..shown).map(|_| vec![again]));
        self.rest(brush, flight.items - shown, true)
    }

    /// The token on its way back.
    pub fn token_down(mut self, brush: &Brush, items: u32) -> Self {
        let item = (brush.theme.glyph(Glyph::Item), brush.theme.style(Role::State));
        let shown = items.min(LOAD);
        self.parts.extend((0..shown).map(|_| vec![item]));
        self.rest(brush, items - shown, false)
    }

    fn rest(self, brush: &Brush, items: u32, rightwards: bool) -> Self {
        if items == 0 {
            return self;
        }
        self.words(&format!("+{items}"), brush.theme.style(Role::Dim), rightwards)
    }

    /// The cells of the whole of it.
    pub fn cells(&self) -> u16 {
        self.parts.iter().map(|part| part.len() as u16).sum()
    }
}

/// A message that goes right: the way behind it is lit.
pub(super) fn rightwards(picture: &Picture, brush: &mut Brush, lane: Span, y: u16, way: Way, load: &Load) {
    if lane.width == 0 {
        return;
    }
    let cell = way.cell(picture.view.now, lane.width);
    let head = lane.x + cell;
    brush.run(lane.x, head, y, Glyph::Trail, Role::Trail);
    for (back, (symbol, style)) in (1..).zip(load.within(cell)) {
        brush.put(head - back, y, symbol, style);
    }
    let role = if load.stolen { Role::Stale } else { Role::Wire };
    brush.put(head, y, brush.theme.glyph(Glyph::Request), brush.theme.bold(role));
}

/// A message that goes left. `role` colours its head; a bad one has a dead way behind it.
pub(super) fn leftwards(picture: &Picture, brush: &mut Brush, lane: Span, y: u16, way: Way, load: &Load, role: Role) {
    if lane.width == 0 {
        return;
    }
    let cell = way.cell(picture.view.now, lane.width);
    let head = lane.end() - 1 - cell;
    let symbols = load.within(cell);
    let bad = role == Role::Lost;
    let gap = u16::from(bad && !symbols.is_empty());
    let trail = if bad { Role::Faint } else { Role::Trail };
    brush.run(head + 1 + symbols.len() as u16 + gap, lane.end(), y, Glyph::Trail, trail);
    for (back, (symbol, style)) in (1..).zip(symbols) {
        brush.put(head + back, y, symbol, style);
    }
    brush.put(head, y, brush.theme.glyph(Glyph::Reply), brush.theme.bold(role));
}

/// The whole lane of somebody who waits.
pub(super) fn waiting(brush: &mut Brush, lane: Span, y: u16) {
    brush.run(lane.x, lane.end(), y, Glyph::Trail, Role::Trail);
}

/// What a bad reply says, long and short.
pub(super) fn verdict(picture: &Picture, status: Status) -> Option<String> {
    let code = status.code();
    let long = match status {
        Status::Ok => return None,
        Status::Stale => return Some("old version".into()),
        Status::Unknown => format!("{} unknown", picture.scene.noun),
        Status::TooLarge => "too large".into(),
        Status::CutOff => "cut off".into(),
        Status::Unavailable => "none took it".into(),
        Status::StoreUnavailable => "store silent".into(),
        Status::Overload => "queue full".into(),
    };
    Some(if picture.places.compact { code.to_string() } else { format!("{code} {long}") })
}

/// How a reply looks: its status decides.
pub(super) const fn reply_role(status: Status) -> Role {
    match status {
        Status::Ok => Role::Wire,
        Status::Stale => Role::Stale,
        _ => Role::Lost,
    }
}

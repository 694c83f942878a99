//! The brush: every stroke is clipped to its own area, so no text can run over its neighbour.

use crate::tui::theme::{Border, Frame, Glyph, Role, Theme};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::{Color, Modifier, Style};
use unicode_width::UnicodeWidthChar;

/// Where the next letter goes: whoever paints it types there.
pub(in crate::tui) const CARET: char = '▏';

/// A buffer, the part of it that may be painted, and the theme.
pub(in crate::tui) struct Brush<'a> {
    pub buf: &'a mut Buffer,
    pub clip: Rect,
    pub theme: &'a Theme,
    /// The last caret that was painted.
    pub caret: Option<Position>,
}

impl<'a> Brush<'a> {
    /// For all of an area.
    pub const fn new(buf: &'a mut Buffer, clip: Rect, theme: &'a Theme) -> Self {
        Self { buf, clip, theme, caret: None }
    }

    /// One character.
    pub fn put(&mut self, x: u16, y: u16, symbol: char, style: Style) {
        if self.clip.contains((x, y).into())
            && let Some(cell) = self.buf.cell_mut((x, y))
        {
            // What was here before leaves nothing behind but its background: styles would add up.
            cell.fg = Color::Reset;
            cell.modifier = Modifier::empty();
            cell.set_char(symbol).set_style(style);
            let here = Position { x, y };
            if symbol == CARET {
                self.caret = Some(here);
            } else if self.caret == Some(here) {
                self.caret = None;
            }
        }
    }

    /// One glyph where nothing is yet.
    pub fn under(&mut self, x: u16, y: u16, glyph: Glyph, role: Role) {
        self.among(x, y, &[], glyph, role);
    }

    /// One glyph where nothing is yet, or nothing but these: names and heads stay whole.
    pub fn among(&mut self, x: u16, y: u16, others: &[Glyph], glyph: Glyph, role: Role) {
        let there = self.buf.cell((x, y)).and_then(|cell| cell.symbol().chars().next());
        if there.is_some_and(|there| there == ' ' || others.iter().any(|&other| self.theme.glyph(other) == there)) {
            self.glyph(x, y, glyph, role);
        }
    }

    /// One glyph in a role's colour.
    pub fn glyph(&mut self, x: u16, y: u16, glyph: Glyph, role: Role) {
        self.put(x, y, self.theme.glyph(glyph), self.theme.style(role));
    }

    /// Words in at most `width` cells; returns the cell after the last.
    pub fn text(&mut self, x: u16, y: u16, width: u16, words: &str, style: Style) -> u16 {
        let end = x.saturating_add(width);
        let mut at = x;
        for symbol in words.chars() {
            let cells = symbol.width().unwrap_or(0) as u16;
            if cells == 0 {
                continue;
            }
            if at.saturating_add(cells) > end {
                break;
            }
            self.put(at, y, symbol, style);
            at += cells;
        }
        at
    }

    /// Words that end before cell `end`, in at most `width` cells; returns their first cell.
    pub fn text_right(&mut self, end: u16, y: u16, width: u16, words: &str, style: Style) -> u16 {
        let cells = cells(words).min(width);
        let x = end.saturating_sub(cells);
        self.text(x, y, end - x, words, style);
        x
    }

    /// The same glyph from `from` to before `to`.
    pub fn run(&mut self, from: u16, to: u16, y: u16, glyph: Glyph, role: Role) {
        let (symbol, style) = (self.theme.glyph(glyph), self.theme.style(role));
        for x in from..to {
            self.put(x, y, symbol, style);
        }
    }

    /// A box's border.
    pub fn frame(&mut self, area: Rect, border: Border, style: Style) {
        if area.width < 2 || area.height < 2 {
            return;
        }
        let Frame { top_left, horizontal, top_right, vertical, bottom_left, bottom_right } = self.theme.frame(border);
        let (left, right) = (area.left(), area.right() - 1);
        let (top, bottom) = (area.top(), area.bottom() - 1);
        for x in left + 1..right {
            self.put(x, top, horizontal, style);
            self.put(x, bottom, horizontal, style);
        }
        for y in top + 1..bottom {
            self.put(left, y, vertical, style);
            self.put(right, y, vertical, style);
        }
        self.put(left, top, top_left, style);
        self.put(right, top, top_right, style);
        self.put(left, bottom, bottom_left, style);
        self.put(right, bottom, bottom_right, style);
    }
}

/// How many cells words take.
pub(in crate::tui) fn cells(words: &str) -> u16 {
    let cells: usize = words.chars().filter_map(UnicodeWidthChar::width).sum();
    u16::try_from(cells).unwrap_or(u16::MAX)
}

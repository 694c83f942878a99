//! Pages of lines: words with roles, scrolled or with one line chosen.

use super::{Page as What, Scope};
use crate::text::plural;
use crate::tui::parts::{clear, panel};
use crate::tui::stage::paint::{Brush, cells};
use crate::tui::state::{Layer, UiState};
use crate::tui::theme::Role;
use ratatui::layout::Rect;

/// No page is wider: longer lines are hard to read.
pub(super) const WIDEST: u16 = 118;

/// Words in a role; bold or not.
#[derive(Clone, Debug)]
pub(super) struct Words(pub String, pub Role, pub bool);

/// Plain words in a role.
pub(super) fn words(text: impl Into<String>, role: Role) -> Words {
    Words(text.into(), role, false)
}

/// Bold words in a role.
pub(super) fn bold(text: impl Into<String>, role: Role) -> Words {
    Words(text.into(), role, true)
}

/// What is to be read.
#[derive(Clone, Debug, Default)]
pub(super) struct Page {
    pub title: String,
    pub lines: Vec<Vec<Words>>,
    /// Where one of several entries can be chosen: the first line of each, and the line after the last.
    pub entries: Option<Vec<usize>>,
}

impl Page {
    pub fn line(&mut self, line: Vec<Words>) {
        self.lines.push(line);
    }

    pub fn gap(&mut self) {
        self.lines.push(Vec::new());
    }

    /// A word, and a sentence about it, broken where it is too long.
    pub fn fact(&mut self, what: &str, said: &str, role: Role, width: u16) {
        const LEFT: usize = 14;
        let mut what = what;
        for part in crate::tui::parts::wrap(said, usize::from(width).saturating_sub(LEFT)) {
            self.line(vec![words(format!("{what:<LEFT$}"), Role::Dim), words(part, role)]);
            what = "";
        }
    }

    /// The last place that can be scrolled to, or chosen, in an area of this height.
    pub fn reach(&self, height: u16) -> usize {
        match &self.entries {
            Some(entries) => entries.len().saturating_sub(2),
            None => self.lines.len().saturating_sub(height.saturating_sub(2).into()),
        }
    }

    /// Draws it in the upper part of an area.
    pub fn draw(&self, ui: &UiState, within: Rect, brush: &mut Brush) {
        let width = within.width.min(WIDEST);
        let x = within.x + (within.width - width) / 2;
        let whole = matches!(ui.layer, Layer::Scope(Scope { page: What::Request(_), .. }));
        let height = if whole { within.height } else { within.height.min(self.lines.len() as u16 + 2) };
        let area = Rect { x, y: within.y, width, height };
        clear(brush, area);
        let inside = panel(brush, area, &self.title);
        let (at, rows) = (place(ui), usize::from(inside.height));
        let (top, chosen) = match &self.entries {
            Some(entries) => self.around(entries, at, rows),
            None => (at.min(self.lines.len().saturating_sub(rows)), None),
        };
        for (nth, (y, line)) in (top..).zip((inside.top()..inside.bottom()).zip(self.lines.iter().skip(top))) {
            if chosen == Some(nth) {
                let style = brush.theme.bold(Role::Key);
                brush.text(inside.x, y, 1, "▸", style);
            }
            let mut x = inside.x + 2;
            for Words(text, role, bold) in line {
                let style = if *bold { brush.theme.bold(*role) } else { brush.theme.style(*role) };
                x = brush.text(x, y, inside.right().saturating_sub(x + 1), text, style);
            }
        }
        let below = self.lines.len().saturating_sub(top + rows);
        if (top > 0 || below > 0) && inside.width > 40 {
            let more = format!(" {top} {} above, {below} below ", plural("line", top));
            let style = brush.theme.style(Role::Dim);
            brush.text_right(area.right().saturating_sub(2), area.bottom() - 1, cells(&more), &more, style);
        }
    }

    /// The first line to show, such that the chosen entry is seen whole; and its first line.
    fn around(&self, entries: &[usize], at: usize, rows: usize) -> (usize, Option<usize>) {
        let at = at.min(entries.len().saturating_sub(2));
        let (Some(&first), Some(&end)) = (entries.get(at), entries.get(at + 1)) else { return (0, None) };
        let last = self.lines.len().saturating_sub(rows);
        // What is chosen stands in the middle, but the page has no hole at its end.
        let middle = ((first + end) / 2).saturating_sub(rows / 2);
        (middle.min(first).min(last), Some(first))
    }
}

fn place(ui: &UiState) -> usize {
    match &ui.layer {
        Layer::Why(why) => why.at,
        Layer::Scope(scope) => scope.at,
        _ => 0,
    }
}

//! Two figures a world, or a future, that can be read from the last row of a class: what was lost, and what failed.
//!
//! ```text
//!  STATELESS token                STATEFUL sticky
//!  █▀█                            █ █
//!  █ █  carts lost                ▀▀█  carts lost
//!  ▀▀▀                              ▀
//! ```

use super::{fit, full_name, panel};
use crate::text::plural;
use crate::tui::app::App;
use crate::tui::snapshot::{ArmView, Snapshot};
use crate::tui::stage::paint::{Brush, cells};
use crate::tui::theme::{Role, Theme};
use ratatui::layout::Rect;
use ratatui::style::Style;

/// Every digit on five rows of three cells, a bit each, the left one first.
const DIGITS: [[u8; 5]; 10] = [
    [0b111, 0b101, 0b101, 0b101, 0b111],
    [0b010, 0b110, 0b010, 0b010, 0b111],
    [0b111, 0b001, 0b111, 0b100, 0b111],
    [0b111, 0b001, 0b111, 0b001, 0b111],
    [0b101, 0b101, 0b111, 0b001, 0b001],
    [0b111, 0b100, 0b111, 0b001, 0b111],
    [0b111, 0b100, 0b111, 0b101, 0b111],
    [0b111, 0b001, 0b001, 0b010, 0b010],
    [0b111, 0b101, 0b111, 0b101, 0b111],
    [0b111, 0b101, 0b111, 0b001, 0b111],
];

/// How large the figures are, all of them alike: one that shouts beside one that whispers would say what matters.
#[derive(Clone, Copy)]
enum Size {
    /// As large as the panel is high, a bit so many cells wide: better two, for a cell is about twice as high as wide.
    Large(u16),
    /// As any other text.
    Small,
}

impl Size {
    /// The largest in which these figures fit into that room each, with the gap before their words.
    fn of(figures: &[Figure], room: u16, height: u16) -> Self {
        let fits = |size: &Self| figures.iter().all(|figure| size.cells(figure.count) + 1 + figure.words() <= room);
        [Self::Large(2), Self::Large(1)].into_iter().filter(|_| height >= 5).find(fits).unwrap_or(Self::Small)
    }

    /// The cells of a number.
    fn cells(self, count: u64) -> u16 {
        let digits = count.to_string().len() as u16;
        // A gap stands after each digit.
        if let Self::Large(wide) = self { digits * 4 * wide } else { digits }
    }
}

/// A number and what it counts.
struct Figure {
    count: u64,
    noun: String,
    fate: &'static str,
}

impl Figure {
    fn of(arm: &ArmView) -> [Self; 2] {
        let figure = |count, noun: &str, fate| Self { count, noun: plural(noun, count), fate };
        [
            figure(arm.figures.sessions.lost, &arm.scene.noun, "lost"),
            figure(arm.figures.requests.outcomes.failed(), "request", "failed"),
        ]
    }

    /// The cells of its words, one under the other.
    fn words(&self) -> u16 {
        cells(&self.noun).max(cells(self.fate))
    }

    fn style(&self, shown: bool, theme: &Theme) -> Style {
        let calm = if shown { Role::State } else { Role::Text };
        theme.bold(if self.count > 0 { Role::Lost } else { calm })
    }
}

pub(in crate::tui) fn draw(app: &App, snapshot: &Snapshot, area: Rect, brush: &mut Brush) {
    let half = area.width / 2;
    let pair = pair(app, snapshot);
    let all: Vec<Figure> = pair.iter().filter_map(|(_, arm, _)| *arm).flat_map(Figure::of).collect();
    // Two figures a panel, each behind two blanks.
    let size = Size::of(&all, (half.saturating_sub(2) / 2).saturating_sub(2), area.height.saturating_sub(2));
    for (at, (title, arm, shown)) in (0..).zip(pair) {
        let inside = panel(brush, Rect { x: area.x + at * half, width: half, ..area }, &title);
        let places = [0, 1].map(|at| Rect { x: inside.x + at * (inside.width / 2) + 2, ..inside });
        for (figure, place) in arm.iter().flat_map(|arm| Figure::of(arm)).zip(places) {
            let room = (inside.width / 2).saturating_sub(2);
            let x = number(figure.count, size, place, figure.style(shown, brush.theme), brush);
            let (left, y) = ((place.x + room).saturating_sub(x), place.y + place.height.saturating_sub(2) / 2);
            for (y, word) in (y..).zip([&*figure.noun, figure.fate]) {
                brush.text(x, y, left, word, brush.theme.style(Role::Text));
            }
        }
    }
}

/// The same in a line a world, where there is no room for panels: bold, and nothing beside it.
pub(in crate::tui) fn lines(app: &App, snapshot: &Snapshot, area: Rect, brush: &mut Brush) {
    if area.height < 3 {
        return;
    }
    let width = area.width.min(100);
    // Names are of any length, figures are not.
    let columns = [0, width.saturating_sub(40), width.saturating_sub(20)].map(|x| area.x + 1 + x);
    for (y, (title, arm, shown)) in (area.y..).step_by(2).zip(pair(app, snapshot)) {
        let name = brush.theme.bold(if shown { Role::State } else { Role::Text });
        if shown {
            brush.text(columns[0], y, 1, "▸", name);
        }
        let room = (columns[1] - columns[0]).saturating_sub(3);
        brush.text(columns[0] + 2, y, room, &fit(&title, room), name);
        for (x, figure) in columns.into_iter().skip(1).zip(arm.iter().flat_map(|arm| Figure::of(arm))) {
            let Figure { count, noun, fate } = &figure;
            let words = format!("{count} {noun} {fate}");
            let words = if cells(&words) < 20 { words } else { format!("{count} {fate}") };
            brush.text(x, y, 19, &words, figure.style(shown, brush.theme));
        }
    }
}

/// What stands beside each other, whether there are figures of it yet, and whether it is what is looked at.
fn pair<'a>(app: &App, snapshot: &'a Snapshot) -> [(String, Option<&'a ArmView>, bool); 2] {
    let Some(fork) = &snapshot.fork else {
        return app.ui.worlds().map(|home| (full_name(home), snapshot.arm(home), home == app.ui.shown));
    };
    let [was, would] = fork.titles();
    let both = snapshot.futures(app.ui.second);
    [(was, both.map(|both| both[0]), !app.ui.second), (would, both.map(|both| both[1]), app.ui.second)]
}

/// Draws a number; returns where its words begin.
fn number(count: u64, size: Size, area: Rect, style: Style, brush: &mut Brush) -> u16 {
    let text = count.to_string();
    let Size::Large(wide) = size else {
        return brush.text(area.x, area.y + area.height.saturating_sub(2) / 2, area.width, &text, style) + 1;
    };
    for (at, digit) in (0..).zip(text.bytes().map(|byte| DIGITS[usize::from(byte - b'0')])) {
        for (y, row) in (area.y..).zip(digit) {
            for column in (0..3).filter(|column| row & (0b100 >> column) != 0) {
                brush.text(area.x + (at * 4 + column) * wide, y, wide, "██", style);
            }
        }
    }
    area.x + size.cells(count) + 1
}

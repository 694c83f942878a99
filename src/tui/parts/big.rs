//! Two figures a world, or a future, that can be read from the last row of a class: what was lost, and what failed.
//!
//! ```text
//!  STATELESS token                STATEFUL sticky
//!  █▀█                            █ █
//!  █ █  carts lost                ▀▀█  carts lost
//!  ▀▀▀                              ▀
//! ```

use super::{compare, full_name, panel};
use crate::story::plural;
use crate::tui::app::App;
use crate::tui::snapshot::{ArmView, Snapshot};
use crate::tui::stage::paint::Brush;
use crate::tui::theme::Role;
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
/// A bit is two cells wide: a cell is about twice as high as wide.
const WIDE: u16 = 2;
/// The cells of a digit and the gap after it.
const DIGIT: u16 = 3 * WIDE + 2;

pub(in crate::tui) fn draw(app: &App, snapshot: &Snapshot, area: Rect, brush: &mut Brush) {
    let half = area.width / 2;
    for (at, (title, arm, shown)) in (0..).zip(pair(app, snapshot)) {
        let place = Rect { x: area.x + at * half, width: half, ..area };
        let inside = panel(brush, place, &title);
        let Some(arm) = arm else { continue };
        figures(arm, inside, shown, brush);
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

fn figures(arm: &ArmView, area: Rect, shown: bool, brush: &mut Brush) {
    let lost = arm.figures.sessions.lost;
    let failed = compare::failed(arm);
    let calm = if shown { Role::State } else { Role::Text };
    let half = area.width / 2;
    for (at, figure, noun, fate) in [(0, lost, &*arm.scene.noun, "lost"), (1, failed, "request", "failed")] {
        let role = if figure > 0 { Role::Lost } else { calm };
        let style = brush.theme.bold(role);
        let x = area.x + 2 + at * half;
        let end = number(figure, x, area, area.x + (at + 1) * half, style, brush);
        let room = (area.x + (at + 1) * half).saturating_sub(end + 1);
        let words = format!("{} {fate}", plural(noun, figure));
        for (y, word) in (area.y + 2..).zip(words.split(' ')) {
            brush.text(end + 1, y, room, word, brush.theme.style(Role::Text));
        }
    }
}

/// Draws a number as large as the area is high; returns the cell after it. Where it has no room it is written small.
fn number(figure: u64, x: u16, area: Rect, end: u16, style: Style, brush: &mut Brush) -> u16 {
    let text = figure.to_string();
    let width = text.len() as u16 * DIGIT;
    if area.height < 5 || x + width + 8 > end {
        return brush.text(x, area.y + area.height / 2, end.saturating_sub(x), &text, style);
    }
    for (place, digit) in (0..).zip(text.bytes().map(|byte| DIGITS[usize::from(byte - b'0')])) {
        for (y, row) in (area.y..).zip(digit) {
            for column in (0..3).filter(|column| row & (0b100 >> column) != 0) {
                let at = x + place * DIGIT + column * WIDE;
                brush.text(at, y, WIDE, "██", style);
            }
        }
    }
    x + width
}

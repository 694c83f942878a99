//! The coach's two rows: what is so, and one thing to try, its key reversed.

use super::{band, cap, fit, wrap};
use crate::tui::app::App;
use crate::tui::stage::paint::{Brush, cells};
use crate::tui::theme::Role;
use ratatui::layout::Rect;

/// The cells that a key takes, with a gap before it.
const KEY: u16 = 9;

pub(in crate::tui) fn draw(app: &App, area: Rect, brush: &mut Brush) {
    band(brush, area);
    let Some(advice) = app.coach.advice() else { return };
    let (bold, text) = (brush.theme.bold(Role::Text), brush.theme.style(Role::Text));
    brush.text(area.x + 2, area.y, 1, "▸", brush.theme.style(Role::State));
    let room = area.width.saturating_sub(5);
    let (mut x, y) = (area.x + 4, area.y + 1);
    // On a narrow screen what is so takes some of the other row: the thing to try may be short of words, its key never.
    let said = wrap(&advice.say, room.into());
    brush.text(x, area.y, room, said.first().map_or("", String::as_str), bold);
    if said.len() > 1 {
        let rest = fit(&said[1..].join(" "), room.saturating_sub(KEY));
        x = brush.text(x, y, room, &rest, bold) + 2;
    }
    let room = area.right().saturating_sub(x + 1);
    let Some(key) = advice.key else {
        brush.text(x, y, room, &fit(&advice.before, room), text);
        return;
    };
    let key = app.keymap.cap(key);
    let all = cells(&advice.before) + cells(key) + 2 + cells(&advice.after);
    if all > room {
        // The key is what must not be cut off.
        let x = cap(brush, x, y, key, true) + 1;
        let room = area.right().saturating_sub(x + 1);
        brush.text(x, y, room, &fit(&advice.before, room), text);
        return;
    }
    let x = brush.text(x, y, room, &advice.before, text);
    let x = cap(brush, x, y, key, true);
    brush.text(x, y, area.right().saturating_sub(x), &advice.after, text);
}

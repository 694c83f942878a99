//! The coach's two rows: what is so, and one thing to try, its key reversed.

use super::{band, cap, fit};
use crate::tui::app::App;
use crate::tui::stage::paint::{Brush, cells};
use crate::tui::theme::Role;
use ratatui::layout::Rect;

pub(in crate::tui) fn draw(app: &App, area: Rect, brush: &mut Brush) {
    band(brush, area);
    let Some(advice) = app.coach.advice() else { return };
    let (bold, text) = (brush.theme.bold(Role::Text), brush.theme.style(Role::Text));
    brush.text(area.x + 2, area.y, 1, "▸", brush.theme.style(Role::State));
    let room = area.width.saturating_sub(5);
    brush.text(area.x + 4, area.y, room, &fit(&advice.say, room), bold);
    let (x, y) = (area.x + 4, area.y + 1);
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

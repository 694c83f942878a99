//! The coach's two rows: what is so, and one thing to try, its key reversed.

use super::{band, cap};
use crate::tui::app::App;
use crate::tui::stage::paint::Brush;
use crate::tui::theme::Role;
use ratatui::layout::Rect;

pub(in crate::tui) fn draw(app: &App, area: Rect, brush: &mut Brush) {
    band(brush, area);
    let Some(advice) = app.coach.advice() else { return };
    let (bold, text) = (brush.theme.bold(Role::Text), brush.theme.style(Role::Text));
    brush.text(area.x + 2, area.y, 1, "▸", brush.theme.style(Role::State));
    brush.text(area.x + 4, area.y, area.width - 5, &advice.say, bold);
    let y = area.y + 1;
    let x = brush.text(area.x + 4, y, area.width - 5, &advice.before, text);
    if let Some(key) = advice.key {
        let x = cap(brush, x, y, app.keymap.cap(key), true);
        brush.text(x, y, area.right().saturating_sub(x), &advice.after, text);
    }
}

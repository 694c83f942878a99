//! The log beside the figures: the newest sentences first.

use super::{panel, short_clock};
use crate::story::{Line, Tone, Who};
use crate::tui::app::App;
use crate::tui::snapshot::{ArmView, Snapshot};
use crate::tui::stage::paint::Brush;
use crate::tui::theme::Role;
use ratatui::layout::Rect;

pub(in crate::tui) fn draw(app: &App, snapshot: &Snapshot, area: Rect, brush: &mut Brush) {
    if area.is_empty() {
        return;
    }
    let inside = panel(brush, area, "just now");
    let Some(arm) = snapshot.arm(app.ui.shown) else { return };
    if arm.story.is_empty() {
        // Of a crowd only what concerns everybody is told.
        brush.text(
            inside.x + 1,
            inside.y,
            inside.width - 1,
            "nothing has disturbed it yet",
            brush.theme.style(Role::Dim),
        );
    }
    for (y, line) in (inside.top()..inside.bottom()).zip(arm.story.iter().rev()) {
        let (dim, bold) = (brush.theme.style(Role::Dim), brush.theme.bold(Role::Text));
        let at = short_clock(line.at);
        brush.text_right(inside.x + 5, y, 5, &at, dim);
        let name = who(line, arm, snapshot);
        let (name_style, fact_style) = match line.tone {
            Tone::Usual => (dim, dim),
            Tone::Notable => (bold, brush.theme.style(Role::Text)),
            Tone::Bad => (bold, brush.theme.style(Role::Lost)),
        };
        let x = brush.text(inside.x + 6, y, 8, &name, name_style) + u16::from(!name.is_empty());
        brush.text(x, y, inside.right().saturating_sub(x), &line.fact, fact_style);
    }
}

/// What somebody is called.
pub(in crate::tui) fn who(line: &Line, arm: &ArmView, snapshot: &Snapshot) -> String {
    match line.who {
        Who::Giver(command) if snapshot.history.contains(&(line.at, command)) => "you".into(),
        // What the scenario does has no name before it: `killed 2`. The balancer names itself.
        Who::Giver(_) | Who::Balancer => String::new(),
        Who::Store => "store".into(),
        Who::Instance(id) => format!("{id}"),
        Who::User(session) => arm.scene.clients.full_name(session),
    }
}

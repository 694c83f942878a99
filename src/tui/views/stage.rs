//! The Stage: one world in full, or both beside each other.

use crate::scenario::Home;
use crate::tui::app::App;
use crate::tui::parts::world;
use crate::tui::snapshot::Snapshot;
use crate::tui::stage::paint::Brush;
use crate::tui::stage::{self, StageView};
use crate::tui::theme::Role;
use ratatui::layout::Rect;

pub(in crate::tui) fn draw(app: &App, snapshot: &Snapshot, area: Rect, brush: &mut Brush) {
    for (home, area) in places(app, area) {
        let Some(arm) = snapshot.arm(home) else { continue };
        let view = StageView {
            now: snapshot.now,
            selected: app.ui.selected,
            pace: snapshot.speed.factor().unwrap_or(1000.0),
            motion: app.ui.motion && !snapshot.paused,
        };
        if app.ui.both() {
            // Its name, in the line above the picture.
            let (kind, place) = world(home);
            let style = if home == app.ui.shown { brush.theme.bold(Role::State) } else { brush.theme.bold(Role::Text) };
            brush.text(area.x + 2, area.y - 1, area.width.saturating_sub(3), &format!("{kind} {place}"), style);
        }
        stage::render(&arm.scene, &view, brush.theme, area, brush.buf);
    }
}

/// Which worlds are drawn where.
pub(in crate::tui) fn places(app: &App, area: Rect) -> Vec<(Home, Rect)> {
    if !app.ui.both() {
        return vec![(app.ui.shown, area)];
    }
    let half = area.width / 2;
    let area = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
    let [left, right] = app.ui.worlds();
    vec![(left, Rect { width: half, ..area }), (right, Rect { x: area.x + half, width: area.width - half, ..area })]
}

//! The Stage: one world in full, or both beside each other.

use crate::scenario::Home;
use crate::tui::app::App;
use crate::tui::lesson::Guide;
use crate::tui::parts::full_name;
use crate::tui::snapshot::Snapshot;
use crate::tui::stage::paint::Brush;
use crate::tui::stage::{self, StageView, pointer};
use crate::tui::theme::Role;
use ratatui::layout::Rect;

pub(in crate::tui) fn draw(app: &App, snapshot: &Snapshot, area: Rect, brush: &mut Brush) {
    let fork = snapshot.fork.as_ref();
    for (which, (home, area)) in places(app, area).into_iter().enumerate() {
        // Of two futures the first stands on the left.
        let future = if app.ui.both() { snapshot.futures(app.ui.second).map(|both| both[which]) } else { None };
        let Some(arm) = future.or_else(|| snapshot.arm(home)) else { continue };
        let view = StageView {
            now: snapshot.now,
            selected: app.ui.selected,
            marked: fork.and_then(|fork| fork.differs).map(|differs| differs.session),
            pace: snapshot.speed.factor().unwrap_or(1000.0),
            motion: app.ui.motion && !snapshot.paused,
        };
        if app.ui.both() {
            // Its name, in the line above the picture.
            let shown = if fork.is_some() { which == usize::from(app.ui.second) } else { home == app.ui.shown };
            let style = if shown { brush.theme.bold(Role::State) } else { brush.theme.bold(Role::Text) };
            let words = fork.map_or_else(|| full_name(home), |fork| fork.titles()[which].clone());
            brush.text(area.x + 2, area.y - 1, area.width.saturating_sub(3), &words, style);
        }
        stage::render(&arm.scene, &view, brush.theme, area, brush.buf);
        // Only in the world that is spoken of.
        let guide = app.guide.as_ref().filter(|guide| guide.said_of == home);
        if let Some(about) = guide.and_then(Guide::about) {
            pointer::point(&arm.scene, about, area, brush);
        }
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

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
    let mut drawn = Vec::with_capacity(2);
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
            let x = area.x + stage::margin(area);
            brush.text(x, area.y - 1, area.right().saturating_sub(x + 1), &words, style);
        }
        stage::render(&arm.scene, &view, brush.theme, area, brush.buf);
        drawn.push((&arm.scene, area));
        // Only in the world that is spoken of.
        let guide = app.guide.as_ref().filter(|guide| guide.said_of == home);
        if let Some(about) = guide.and_then(Guide::about) {
            pointer::point(&arm.scene, about, area, brush);
        }
    }
    if let &[first, second] = drawn.as_slice() {
        stage::share_legend([first, second], brush.theme, brush.buf);
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
    // A narrow picture reaches its right edge: without air the worlds would run into each other.
    let air = if half < 100 { 2 } else { 0 };
    let first = Rect { width: half - air, ..area };
    vec![(left, first), (right, Rect { x: area.x + half, width: area.width - half, ..area })]
}

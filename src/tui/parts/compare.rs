//! Three lines that compare both worlds: where there is no room for the table, and in lessons.
//!
//! ```text
//!  so far         sessions lost   failed        sent/request      median time
//!   stateless     0 of 12        1             412 B             1.31 s
//!  ▸stateful      4 of 12        3              32 B             1.24 s
//! ```

use crate::lesson::about::About;
use crate::tui::app::App;
use crate::tui::lesson::Guide;
use crate::tui::snapshot::{ArmView, Snapshot};
use crate::tui::stage::paint::Brush;
use crate::tui::theme::Role;
use crate::tui::views::table::waiting;
use ratatui::layout::Rect;

pub(in crate::tui) fn draw(app: &App, snapshot: &Snapshot, area: Rect, brush: &mut Brush) {
    if area.height < 3 {
        return;
    }
    let column = |at: usize| {
        let (tight, usual) = ([1, 12, 27, 35, 49][at], [1, 16, 31, 45, 63][at]);
        let width = area.width.min(100);
        // From 60 columns on no heading touches the next.
        area.x + if width < 80 { tight + (usual - tight) * width.saturating_sub(60) / 20 } else { usual * width / 80 }
    };
    // In a lesson that speaks of the figures their headings light up.
    let about = app.guide.as_ref().and_then(Guide::about);
    let head_style =
        if about == Some(About::Figures) { brush.theme.bold(Role::State) } else { brush.theme.style(Role::Dim) };
    // Sessions, not carts: whoever lost an empty cart has to log in again, too.
    let heads = ["so far", "sessions lost", "failed", "sent/request", "median time"];
    for (at, head) in (0..).zip(heads) {
        brush.text(column(at), area.y, 14, head, head_style);
    }
    let pair = match snapshot.futures(app.ui.second) {
        Some([first, second]) => [(Some(first), "as it was", !app.ui.second), (Some(second), "what if", app.ui.second)],
        None => app.ui.worlds().map(|home| {
            let name = if home.stateful() { "stateful" } else { "stateless" };
            (snapshot.arm(home), name, home == app.ui.shown)
        }),
    };
    for (y, (arm, name, shown)) in (area.y + 1..).zip(pair) {
        let Some(arm) = arm else { continue };
        let style = if shown { brush.theme.bold(Role::State) } else { brush.theme.style(Role::Text) };
        if shown {
            brush.text(column(0), y, 1, "▸", style);
        }
        brush.text(column(0) + 1, y, 12, name, style);
        let lost = arm.figures.sessions.lost;
        let text = brush.theme.style(Role::Text);
        let lost_style = if lost > 0 { brush.theme.bold(Role::Lost) } else { brush.theme.bold(Role::Text) };
        brush.text(column(1), y, 14, &format!("{lost} of {}", arm.figures.sessions.created), lost_style);
        brush.text(column(2), y, 12, &failed(arm).to_string(), text);
        brush.text(column(3), y, 14, &format!("{:>6}", sent(arm)), text);
        brush.text(column(4), y, 16, &waiting(&arm.figures, arm.figures.wait_ms.p50), text);
    }
}

/// Requests of users that ended neither ok nor stale.
pub(in crate::tui) fn failed(arm: &ArmView) -> u64 {
    let outcomes = &arm.figures.requests.outcomes;
    outcomes.total() - outcomes.ok - outcomes.stale
}

/// Bytes that a client sends with an attempt, on average.
fn sent(arm: &ArmView) -> String {
    let attempts = arm.figures.requests.attempts;
    if attempts == 0 { "–".into() } else { super::bytes(arm.figures.bytes.up as f64 / attempts as f64) }
}

//! Three lines that compare both worlds: where there is no room for the table, and in lessons.
//!
//! ```text
//!  so far      sessions lost   failed  sent/request   inside/request  median time
//!   stateless  0 of 12         1          412 B            0 B        1.31 s
//!  ▸stateful   4 of 12         3           32 B          131 B        1.24 s
//! ```

use crate::lesson::about::About;
use crate::tui::app::App;
use crate::tui::lesson::Guide;
use crate::tui::snapshot::{ArmView, Snapshot};
use crate::tui::stage::paint::Brush;
use crate::tui::theme::Role;
use crate::tui::views::table::median;
use ratatui::layout::Rect;

pub(in crate::tui) fn draw(app: &App, snapshot: &Snapshot, area: Rect, brush: &mut Brush) {
    if area.height < 3 {
        return;
    }
    let width = area.width.min(100);
    let pair = pair(app, snapshot);
    // What copies and a store cost is worth a column where there are any, from 80 columns on; from 60 on no heading touches
    // the next.
    let inside = width >= 80 && pair.iter().any(|(arm, ..)| arm.is_some_and(talks_inside));
    let column = |at: usize| {
        if inside {
            return area.x + [1, 13, 29, 37, 68, 52][at] * width / 80;
        }
        let (tight, usual) = ([1, 12, 27, 35, 49][at], [1, 16, 31, 45, 63][at]);
        area.x + tight + (usual - tight) * width.saturating_sub(60) / 20
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
    if inside {
        brush.text(column(5), area.y, 14, "inside/request", head_style);
    }
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
        brush.text(column(2), y, 12, &arm.figures.requests.outcomes.failed().to_string(), text);
        brush.text(column(3), y, 14, &format!("{:>6}", sent(arm)), text);
        brush.text(column(4), y, 16, &median(&arm.figures), text);
        if inside {
            brush.text(column(5), y, 14, &format!("{:>6}", between_servers(arm)), text);
        }
    }
}

/// Both worlds, or both futures: what each is called, and whether it is what is looked at.
fn pair<'a>(app: &App, snapshot: &'a Snapshot) -> [(Option<&'a ArmView>, &'static str, bool); 2] {
    match snapshot.futures(app.ui.second) {
        Some([first, second]) => [(Some(first), "as it was", !app.ui.second), (Some(second), "what if", app.ui.second)],
        None => app.ui.worlds().map(|home| {
            let name = if home.stateful() { "stateful" } else { "stateless" };
            (snapshot.arm(home), name, home == app.ui.shown)
        }),
    }
}

/// Whether anything is said between instances about state, or between them and a store.
const fn talks_inside(arm: &ArmView) -> bool {
    arm.scene.store.is_some() || arm.home.replicated()
}

/// Bytes that a client sends for a request, with all attempts, on average.
fn sent(arm: &ArmView) -> String {
    per(arm.figures.bytes.up, arm.figures.requests.issued)
}

/// Bytes between instances, and between instances and the store, for a request.
fn between_servers(arm: &ArmView) -> String {
    let bytes = &arm.figures.bytes;
    per(bytes.replication + bytes.store, arm.figures.requests.ended)
}

fn per(bytes: u64, count: u64) -> String {
    if count == 0 { "–".into() } else { super::bytes(bytes as f64 / count as f64) }
}

//! While the past is shown: how much of the run is known, where in it the present is, and what was done when.
//!
//! ```text
//!   0 ━━━━━━━━━╎━━━━━●┄┄┄┄┄┄┄╎┄┄┄┄┄┄┄┄┄┄ 01:12.0   ← → a second   End now
//! ```

use super::{bytes, clear, clock, how_long};
use crate::text::plural;
use crate::tui::app::App;
use crate::tui::keymap::Action;
use crate::tui::pace::Speed;
use crate::tui::snapshot::Snapshot;
use crate::tui::stage::paint::{Brush, cells};
use crate::tui::theme::Role;
use crate::units::Nanos;
use ratatui::layout::Rect;

/// How much memory the past takes: told where the keys are.
pub(in crate::tui) fn memory(snapshot: &Snapshot) -> String {
    let (count, held) = snapshot.times.checkpoints;
    format!("past: {count} {}, {}", plural("checkpoint", count), bytes(held as f64))
}

pub(in crate::tui) fn draw(app: &App, snapshot: &Snapshot, area: Rect, brush: &mut Brush) {
    let Some(newest) = snapshot.times.newest.filter(|_| area.height > 0) else { return };
    clear(brush, area);
    let theme = brush.theme;
    let (dim, text) = (theme.style(Role::Dim), theme.style(Role::Text));
    let y = area.y;
    let [back, forwards, now] = [Action::Back, Action::Forwards, Action::Newest].map(|action| app.keymap.cap(action));
    // A key moves by what passes in a second.
    let usual = snapshot.speed == Speed::default();
    let step = if usual { "a second".to_owned() } else { how_long(snapshot.speed.second()) };
    let end = format!(" {}   {back} {forwards} {step}   {now} now", clock(newest));
    let left = brush.text(area.x + 2, y, 2, "0 ", dim);
    let width = (area.right().saturating_sub(1 + cells(&end))).saturating_sub(left);
    brush.text(left + width, y, cells(&end), &end, dim);
    let place = |at: Nanos| {
        let share = at.secs() / newest.secs().max(1e-9);
        left + (share * f64::from(width.saturating_sub(1))).round() as u16
    };
    let present = place(snapshot.now);
    for x in left..left + width {
        brush.put(x, y, if x < present { '━' } else { '┄' }, if x < present { text } else { dim });
    }
    for &(at, _) in &snapshot.times.marks {
        brush.put(place(at), y, '╎', theme.style(Role::Lost));
    }
    brush.put(present, y, '●', theme.bold(Role::Key));
}

//! What a comparison of all homes has measured, over the stage, while the lesson speaks of it.

use crate::lesson::value::Value;
use crate::scenario::Home;
use crate::tui::parts::{bytes, clear, panel, span};
use crate::tui::stage::paint::Brush;
use crate::tui::theme::Role;
use ratatui::layout::Rect;
use serde_json::Value as Json;

/// A figure of a home in words.
type Figure = fn(&Json, &str) -> String;
/// The columns: where each ends, counted from the left, its heading and its figure.
const COLUMNS: [(u16, &str, Figure); 5] = [
    (24, "lost", |of, home| number(of, "lost", home, |lost| Value::Number(lost.round()).show(""))),
    (33, "not ok", |of, home| number(of, "not_ok", home, |share| format!("{:.1} %", share * 100.0))),
    (43, "median", |of, home| number(of, "p50_ms", home, |ms| span(Some(ms)))),
    (57, "per request", |of, home| number(of, "bytes", home, bytes)),
    (64, "parts", |of, home| number(of, "kinds", home, |kinds| format!("{kinds:.0}"))),
];
/// Where the verdict begins.
const VERDICT: u16 = 66;

/// Means over the seeds of the comparison; what is not defined has a dash.
fn number(of: &Json, figure: &str, home: &str, write: impl Fn(f64) -> String) -> String {
    of[figure][home].as_f64().map_or_else(|| "–".into(), write)
}

pub(in crate::tui) fn draw(compared: &Json, within: Rect, brush: &mut Brush) {
    let (width, height) = (within.width.min(82), (Home::ALL.len() as u16 + 3).min(within.height));
    let area = Rect { x: within.x + (within.width - width) / 2, width, height, ..within };
    clear(brush, area);
    let inside = panel(brush, area, "measured: all homes of state, the same traffic");
    let (dim, text) = (brush.theme.style(Role::Dim), brush.theme.style(Role::Text));
    // A narrow screen has room for the first ones only.
    let columns = || COLUMNS.iter().filter(|(end, ..)| *end < inside.width);
    for &(end, heading, _) in columns() {
        brush.text_right(inside.x + end, inside.y, 12, heading, dim);
    }
    for (y, home) in (inside.y + 1..inside.bottom()).zip(Home::ALL) {
        let id = home.id();
        let (wins, out) = (compared["wins"][id] == true, compared["excluded"][id] == true);
        let (verdict, style) = match (wins, out) {
            (true, _) => ("not beaten", brush.theme.bold(Role::State)),
            (_, true) => ("out", brush.theme.style(Role::Lost)),
            _ => ("beaten", dim),
        };
        brush.text(inside.x + 1, y, 17, id, if wins { style } else { text });
        for &(end, _, write) in columns() {
            brush.text_right(inside.x + end, y, 11, &write(compared, id), text);
        }
        brush.text(inside.x + VERDICT, y, inside.width.saturating_sub(VERDICT), verdict, style);
    }
}

//! What a comparison of all homes has measured, over the stage, while the lesson speaks of it.

use crate::lesson::value::Value;
use crate::scenario::Home;
use crate::tui::parts::{clear, panel};
use crate::tui::stage::paint::Brush;
use crate::tui::theme::Role;
use ratatui::layout::Rect;
use serde_json::Value as Json;

/// A figure of a home in words.
type Figure = fn(&Json, &str) -> String;
/// The columns: where each ends, counted from the left, its heading and its figure.
const COLUMNS: [(u16, &str, Figure); 6] = [
    (22, "lost", |of, home| number(of, "lost", home, |lost| Value::Number(lost.round()).show(""))),
    (30, "not ok", |of, home| number(of, "not_ok", home, |share| format!("{:.2} %", share * 100.0))),
    (39, "median", |of, home| number(of, "p50_ms", home, millis)),
    (48, "p99", |of, home| number(of, "p99_ms", home, millis)),
    (60, "per request", |of, home| number(of, "bytes", home, |count| Value::Number(count.round()).show("") + " B")),
    (66, "parts", |of, home| number(of, "kinds", home, |kinds| format!("{kinds:.0}"))),
];
/// Where the verdict begins.
const VERDICT: u16 = 67;

/// Means over the seeds of the comparison; what is not defined has a dash.
fn number(of: &Json, figure: &str, home: &str, write: impl Fn(f64) -> String) -> String {
    of[figure][home].as_f64().map_or_else(|| "–".into(), write)
}

/// Which part of the rule a home breaks first.
fn reason(compared: &Json, home: &str) -> &'static str {
    match compared["because"][home].as_str() {
        Some("lost") => "out: lost",
        Some("failures") => "out: not ok",
        Some(_) => "out: p99",
        None => "out",
    }
}

/// A time in four digits: where one home beats another, the difference is to be seen.
fn millis(ms: f64) -> String {
    match ms {
        ms if ms >= 9999.5 => format!("{:.2} s", ms / 1000.0),
        ms if ms >= 999.95 => format!("{:.3} s", ms / 1000.0),
        ms if ms >= 99.995 => format!("{ms:.1} ms"),
        ms => format!("{ms:.2} ms"),
    }
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
            (_, true) => (reason(compared, id), brush.theme.style(Role::Lost)),
            _ => ("beaten", dim),
        };
        brush.text(inside.x + 1, y, 17, id, if wins { style } else { text });
        for &(end, _, write) in columns() {
            brush.text_right(inside.x + end, y, 11, &write(compared, id), text);
        }
        brush.text(inside.x + VERDICT, y, inside.width.saturating_sub(VERDICT), verdict, style);
    }
}

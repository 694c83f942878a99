//! What is around and over the view: one small file a part.

pub(super) mod big;
pub(super) mod coach_band;
pub(super) mod compare;
pub(super) mod footer;
pub(super) mod futures;
pub(super) mod header;
pub(super) mod just_now;
pub(super) mod layers;
pub(super) mod measured;
mod reading;
pub(super) mod time_bar;

use super::stage::paint::{Brush, cells};
use super::theme::{Border, Role};
use crate::scenario::Home;
use crate::units::Nanos;
use ratatui::layout::{Margin, Rect};
use unicode_width::UnicodeWidthChar;

/// A key's cap, three cells and more wide; returns the cell after it. The next key to press is reversed.
pub(super) fn cap(brush: &mut Brush, x: u16, y: u16, key: &str, next: bool) -> u16 {
    let theme = brush.theme;
    let style = if next { theme.chip(Role::Key) } else { theme.style(Role::Cap).patch(theme.bold(Role::Key)) };
    brush.text(x, y, u16::MAX - x, &format!(" {key} "), style)
}

/// A band: header, coach, footer.
pub(super) fn band(brush: &mut Brush, area: Rect) {
    let style = brush.theme.style(Role::Band);
    brush.buf.set_style(area.intersection(brush.buf.area), style);
}

/// Empties an area, for what lies on top.
pub(super) fn clear(brush: &mut Brush, area: Rect) {
    for position in area.intersection(brush.buf.area).positions() {
        brush.buf[position].reset();
    }
    brush.caret = brush.caret.filter(|&at| !area.contains(at));
}

/// A calm box with a title; returns its inside.
pub(super) fn panel(brush: &mut Brush, area: Rect, title: &str) -> Rect {
    let edge = brush.theme.style(Role::Edge);
    brush.frame(area, Border::Solid, edge);
    let style = brush.theme.style(Role::Dim);
    if area.width > 6 && area.height > 1 {
        brush.text(area.x + 2, area.y, area.width - 4, &format!(" {title} "), style);
    }
    area.inner(Margin::new(1, 1))
}

/// `00:39.4`, from an hour on `1:00:39`.
pub(super) fn clock(at: Nanos) -> String {
    fine_clock(at, 1.0)
}

/// The same where time passes at this pace: with so many more decimals, `00:39.412`, that it is seen to go.
pub(super) fn fine_clock(at: Nanos, pace: f64) -> String {
    // The last one changes five times a second at least.
    let decimals = [1, 2].into_iter().find(|&decimals| 0.1_f64.powi(decimals) <= 0.2 * pace).unwrap_or(3) as usize;
    let seconds = at.0 / 1_000_000_000;
    let (minutes, seconds) = (seconds / 60, seconds % 60);
    let part = format!(".{:09}", at.0 % 1_000_000_000);
    match &part[..=decimals] {
        part if minutes < 60 => format!("{minutes:02}:{seconds:02}{part}"),
        part => format!("{}:{:02}:{seconds:02}{}", minutes / 60, minutes % 60, if decimals > 1 { part } else { "" }),
    }
}

/// An instant in at most five cells: `38.1`, then as a clock, `12:34`, `1h02`, `136h`.
pub(super) fn short_clock(at: Nanos) -> String {
    let tenths = at.0 / 100_000_000;
    match tenths {
        0..600 => format!("{}.{}", tenths / 10, tenths % 10),
        600..36_000 => format!("{}:{:02}", tenths / 600, tenths / 10 % 60),
        36_000..3_600_000 => format!("{}h{:02}", tenths / 36_000, tenths / 600 % 60),
        _ => format!("{}h", tenths / 36_000),
    }
}

/// For how long something is so: `20 ms`, `1.3 s`, `75 s`, `12 min`.
pub(super) fn how_long(span: Nanos) -> String {
    match span.secs() {
        seconds if (0.0005..0.1).contains(&seconds) => format!("{:.0} ms", seconds * 1000.0),
        seconds if seconds < 60.0 => format!("{seconds:.1} s"),
        seconds if seconds < 600.0 => format!("{seconds:.0} s"),
        seconds => format!("{:.0} min", seconds / 60.0),
    }
}

/// A span of time in about six cells: `1.31 s`, `24.0 ms`.
pub(super) fn span(millis: Option<f64>) -> String {
    match millis.filter(|ms| ms.is_finite()) {
        None => "–".into(),
        Some(ms) if ms >= 100_000.0 => format!("{:.0} s", ms / 1000.0),
        Some(ms) if ms >= 1000.0 => format!("{:.2} s", ms / 1000.0),
        Some(ms) if ms >= 100.0 => format!("{ms:.0} ms"),
        Some(ms) if ms >= 10.0 => format!("{ms:.1} ms"),
        Some(ms) => format!("{ms:.2} ms"),
    }
}

/// Bytes in about six cells: `322 B`, `5.8 kB`.
pub(super) fn bytes(count: f64) -> String {
    match count {
        c if !c.is_finite() => "–".into(),
        // What rounds to a thousand of a unit is one of the next.
        c if c < 999.5 => format!("{c:.0} B"),
        c if c < 999.95e3 => format!("{:.1} kB", c / 1e3),
        c if c < 999.95e6 => format!("{:.1} MB", c / 1e6),
        c => format!("{:.1} GB", c / 1e9),
    }
}

/// `STATELESS token`, `STATEFUL sticky`.
pub(super) fn world(home: Home) -> (&'static str, &'static str) {
    (if home.stateful() { "STATEFUL" } else { "STATELESS" }, home.id())
}

/// The same in one.
pub(super) fn full_name(home: Home) -> String {
    let (kind, name) = world(home);
    format!("{kind} {name}")
}

/// Words that are cut with an ellipsis where they do not fit.
pub(super) fn fit(words: &str, width: u16) -> String {
    if cells(words) <= width {
        return words.into();
    }
    // One cell is the ellipsis's.
    let mut taken = 1;
    let fits = |letter: &char| {
        taken += letter.width().unwrap_or(0);
        taken <= usize::from(width)
    };
    words.chars().take_while(fits).chain((width > 0).then_some('…')).collect()
}

/// Words in lines of at most `width` characters.
pub(in crate::tui) fn wrap(words: &str, width: usize) -> Vec<String> {
    crate::text::wrap(words, width, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_keep_their_width_and_their_units() {
        assert_eq!(clock(Nanos::from_secs(39.44)), "00:39.4");
        assert_eq!(clock(Nanos::from_secs(3639.0)), "1:00:39");
        let slow = |pace| fine_clock(Nanos::from_secs(39.44), pace);
        assert_eq!(
            [0.5, 0.2, 0.05, 0.02, 0.01].map(slow),
            ["00:39.4", "00:39.44", "00:39.44", "00:39.440", "00:39.440"]
        );
        assert_eq!(fine_clock(Nanos::from_secs(3639.25), 0.1), "1:00:39.25");
        assert_eq!(short_clock(Nanos::from_secs(38.19)), "38.1");
        assert_eq!(short_clock(Nanos::from_secs(65.3)), "1:05");
        assert_eq!(short_clock(Nanos::from_secs(754.0)), "12:34");
        assert_eq!(short_clock(Nanos::from_secs(3720.0)), "1h02");
        assert_eq!(short_clock(Nanos::from_secs(490_000.0)), "136h");
        assert_eq!(
            [0.0, 0.01, 0.05, 0.1, 2.5, 75.0, 720.0].map(|s| how_long(Nanos::from_secs(s))),
            ["0.0 s", "10 ms", "50 ms", "0.1 s", "2.5 s", "75 s", "12 min"]
        );
        assert_eq!(
            (span(Some(1310.0)), span(Some(24.0)), span(None), span(Some(f64::NAN))),
            ("1.31 s".into(), "24.0 ms".into(), "–".into(), "–".into())
        );
        assert_eq!((bytes(322.0), bytes(5800.0), bytes(f64::INFINITY)), ("322 B".into(), "5.8 kB".into(), "–".into()));
        assert_eq!([999.4, 999.6, 999_960.0].map(bytes), ["999 B", "1.0 kB", "1.0 MB"]);
        assert_eq!(
            [fit("instances", 5), fit("five", 5), fit("日本語", 5), fit("x", 0)],
            ["inst…", "five", "日本…", ""]
        );
    }
}

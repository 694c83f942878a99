//! A plot for a terminal: curves in braille dots, each with its name at its right end.
//!
//! ```text
//!   2,000 ┤                         ⢀⡠⠔⠊ token
//!         ┤             ⣀⠤⠒⠊⠉⠁
//!       0 ┤⣀⠤⠒⠊⠉⠁
//!          1          8           16
//! ```

use unicode_width::UnicodeWidthStr;

/// Characters, each of 2 × 4 dots.
const COLUMNS: usize = 52;
const ROWS: usize = 14;
const DOTS: (f64, f64) = ((2 * COLUMNS - 1) as f64, (4 * ROWS - 1) as f64);
/// The bits of a braille character, by row and column of the dot.
const BITS: [[u8; 2]; 4] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]];

/// A curve through points with x from 0 to 1.
pub(super) struct Curve {
    pub(super) name: String,
    /// In order of x.
    pub(super) points: Vec<(f64, f64)>,
    /// Only every fourth column: not measured, but something to compare with.
    pub(super) dotted: bool,
}

/// Draws curves over an axis from zero up to `top`; what is above is not drawn. `ticks` are texts at x from 0 to 1.
pub(super) fn plot(curves: &[Curve], top: f64, ticks: &[(f64, String)], y_text: impl Fn(f64) -> String) -> String {
    let mut canvas = [[0u8; COLUMNS]; ROWS];
    for curve in curves {
        trace(&mut canvas, curve, top);
    }
    let names = names(curves, top);
    let shown = |row: usize| match row {
        0 => y_text(top),
        row if row == ROWS / 2 => y_text(top * (ROWS - row) as f64 / ROWS as f64),
        row if row == ROWS - 1 => y_text(0.0),
        _ => String::new(),
    };
    let labels: Vec<String> = (0..ROWS).map(shown).collect();
    let left = labels.iter().map(|label| label.width()).max().unwrap_or(0);
    let mut out = String::new();
    for (row, cells) in canvas.iter().enumerate() {
        let line: String = cells.iter().map(|&bits| braille(bits)).collect();
        let name = names[row].as_deref().unwrap_or("");
        let text = format!("  {:>left$} ┤{line} {name}", labels[row]);
        out += text.trim_end();
        out.push('\n');
    }
    out + &axis(ticks, left + 4)
}

fn braille(bits: u8) -> char {
    if bits == 0 { ' ' } else { char::from_u32(0x2800 + u32::from(bits)).unwrap_or(' ') }
}

fn trace(canvas: &mut [[u8; COLUMNS]; ROWS], curve: &Curve, top: f64) {
    let mut dot = |x: f64, y: f64| {
        let (column, height) = (libm::round(x * DOTS.0), libm::round(y / top * DOTS.1));
        if (0.0..=DOTS.0).contains(&column) && (0.0..=DOTS.1).contains(&height) {
            let (column, row) = (column as usize, (DOTS.1 - height) as usize);
            canvas[row / 4][column / 2] |= BITS[row % 4][column % 2];
        }
    };
    if let [(x, y)] = curve.points[..] {
        dot(x, y);
    }
    for pair in curve.points.windows(2) {
        let ((x0, y0), (x1, y1)) = (pair[0], pair[1]);
        let rise = (y1 - y0).abs() / top * DOTS.1;
        let steps = ((x1 - x0) * DOTS.0).max(rise).ceil().clamp(1.0, 1e4) as u32;
        for step in (0..=steps).filter(|step| !curve.dotted || step % 4 == 0) {
            let part = f64::from(step) / f64::from(steps);
            dot(x0 + (x1 - x0) * part, y0 + (y1 - y0) * part);
        }
    }
}

/// The name of a curve beside its last point, or in the next row that is free, so that they stand in the order of the ends: `←`
/// if it ends before, `↑` if it ends above the picture.
fn names(curves: &[Curve], top: f64) -> [Option<String>; ROWS] {
    let right = curves.iter().flat_map(|curve| &curve.points).map(|&(x, _)| x).fold(0.0, f64::max);
    let end = |curve: &Curve| {
        let &(x, y) = curve.points.last()?;
        // What ends before stands at the bottom, beside no other's end.
        Some(match (x < right, y > top) {
            (true, _) => (0.0, format!("← {}", curve.name)),
            (false, true) => (top, format!("↑ {}", curve.name)),
            (false, false) => (y, curve.name.clone()),
        })
    };
    let mut ends: Vec<(f64, String)> = curves.iter().filter_map(end).collect();
    ends.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut rows = [const { None }; ROWS];
    let mut free = 0;
    for (i, (y, name)) in ends.iter().enumerate() {
        let beside = ((DOTS.1 - y / top * DOTS.1) / 4.0) as usize;
        // Those that follow need room below.
        let lowest = ROWS.saturating_sub(ends.len() - i);
        let row = beside.min(lowest).max(free);
        if let Some(place) = rows.get_mut(row) {
            *place = Some(name.clone());
        }
        free = row + 1;
    }
    rows
}

/// The texts below, each centred at its place, as far as there is room.
fn axis(ticks: &[(f64, String)], left: usize) -> String {
    let mut line = " ".repeat(left);
    for (x, text) in ticks {
        let centre = left as f64 + x.clamp(0.0, 1.0) * (COLUMNS - 1) as f64;
        let begin = libm::round(centre - (text.width() as f64 - 1.0) / 2.0).max(0.0) as usize;
        let end = line.trim_end().width();
        if end == 0 || begin > end {
            let gap = begin.saturating_sub(line.width());
            line.truncate(line.trim_end().len().max(begin.min(line.len())));
            line += &" ".repeat(gap);
            line += text;
        }
    }
    line.trim_end().to_owned() + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn curves_end_beside_their_names() {
        let curve =
            |name: &str, end: f64, dotted| Curve { name: name.into(), points: vec![(0.0, 0.0), (1.0, end)], dotted };
        let curves = [curve("low", 1.0, false), curve("high", 10.0, false), curve("same", 10.0, true)];
        let text =
            plot(&curves, 10.0, &[(0.0, "1".into()), (0.03, "two".into()), (1.0, "16".into())], |y| format!("{y:.0}"));
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), ROWS + 1);
        assert!(lines[0].ends_with(" high") && lines[1].ends_with(" same") && lines[12].ends_with(" low"), "{text}");
        let early = Curve { name: "early".into(), points: vec![(0.0, 9.0), (0.5, 9.0)], dotted: false };
        let far = plot(&[early, curve("high", 20.0, false)], 10.0, &[], |y| format!("{y:.0}"));
        let far: Vec<&str> = far.lines().collect();
        assert!(far[0].ends_with("↑ high") && far[ROWS - 1].ends_with("← early"), "{far:?}");
        assert!(lines[0].starts_with("  10 ┤") && lines[13].starts_with("   0 ┤"), "{text}");
        assert_eq!(lines[14].split_whitespace().collect::<Vec<_>>(), ["1", "16"]);
        assert!(lines.iter().all(|line| line.width() <= 80), "{text}");
    }

    #[test]
    fn nothing_is_drawn_of_nothing() {
        let text = plot(&[], 1.0, &[], |y| format!("{y}"));
        assert!(!text.contains(|c| ('\u{2801}'..='\u{28FF}').contains(&c)));
    }
}

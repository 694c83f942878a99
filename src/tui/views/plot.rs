//! A small line chart of its own: two lines on one axis, marks where something was done. Whatever the figures are,
//! it draws something finite.
//!
//! ```text
//!   answered a second                 max 16.5
//!     ⢀⡀⢀⡠⠤⡀  ╎⡀   ⢀⡠⠤
//!   ⠊⠉ ⠈⠁   ⠈⠒⠊╎⠈⠒⠤⠔⠁
//! ```

use crate::tui::stage::paint::Brush;
use crate::tui::theme::Role;
use ratatui::layout::Rect;

/// One line: a value for each place on the axis, or none where nothing was measured.
pub struct Curve {
    /// Its colour.
    pub role: Role,
    /// Two values a cell, from left to right.
    pub values: Vec<Option<f64>>,
    /// Drawn with gaps, to be told from another without colours.
    pub broken: bool,
}

/// Rows of dots in a cell.
const DOTS: u32 = 4;

/// Every so many cells of a broken line there is a gap.
const DASH: usize = 3;

/// The largest finite value of all curves; 0 if there is none.
#[must_use]
pub fn peak(curves: &[Curve]) -> f64 {
    curves.iter().flat_map(|curve| &curve.values).flatten().copied().filter(|v| v.is_finite()).fold(0.0, f64::max)
}

/// Draws curves from 0 to `top`, and a broken line in every marked column of cells.
pub(in crate::tui) fn draw(curves: &[Curve], marks: &[u16], top: f64, area: Rect, brush: &mut Brush) {
    for &mark in marks.iter().filter(|&&mark| mark < area.width) {
        for y in area.top()..area.bottom() {
            brush.put(area.x + mark, y, '╎', brush.theme.style(Role::Lost));
        }
    }
    if top.partial_cmp(&0.0) != Some(std::cmp::Ordering::Greater) || !top.is_finite() || area.is_empty() {
        return;
    }
    let height = u32::from(area.height) * DOTS;
    let mut cells = vec![(0u32, Role::Dim); usize::from(area.width) * usize::from(area.height)];
    for curve in curves {
        let mut last: Option<u32> = None;
        for (at, value) in curve.values.iter().enumerate().take(usize::from(area.width) * 2) {
            let level = value
                .filter(|v| v.is_finite())
                .map(|v| ((v / top).clamp(0.0, 1.0) * f64::from(height - 1)).round() as u32);
            let gap = curve.broken && at / 2 % DASH == DASH - 1;
            if let Some(level) = level.filter(|_| !gap) {
                // A line is drawn up or down from where it was, so that it does not break into dots.
                let (low, high) = match last {
                    Some(last) if last > level + 1 => (level, last - 1),
                    Some(last) if level > last + 1 => (last + 1, level),
                    _ => (level, level),
                };
                for level in low..=high {
                    let from_top = height - 1 - level;
                    let place = (from_top / DOTS) as usize * usize::from(area.width) + at / 2;
                    let (dots, role) = &mut cells[place];
                    // Where two lines run together, they take turns: else one would seem to end there.
                    if *dots == 0 || *role == curve.role || at / 2 % 2 == 0 {
                        *role = curve.role;
                    }
                    *dots |= dot(at % 2, from_top % DOTS);
                }
            }
            last = level;
        }
    }
    for (place, (dots, role)) in cells.into_iter().enumerate().filter(|(_, (dots, _))| *dots > 0) {
        let (x, y) = (place % usize::from(area.width), place / usize::from(area.width));
        let braille = char::from_u32(0x2800 + dots).unwrap_or('*');
        brush.put(area.x + x as u16, area.y + y as u16, braille, brush.theme.style(role));
    }
}

/// The bit of a dot in the Unicode block of Braille patterns.
const fn dot(column: usize, row: u32) -> u32 {
    match (column, row) {
        (0, 3) => 0x40,
        (0, row) => 1 << row,
        (_, 3) => 0x80,
        (_, row) => 8 << row,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::theme::{Palette, Theme};
    use ratatui::buffer::Buffer;

    fn drawn(values: Vec<Option<f64>>, top: f64, width: u16, height: u16) -> Vec<String> {
        let area = Rect::new(0, 0, width, height);
        let mut buf = Buffer::empty(area);
        let theme = Theme::new(Palette::Plain, false);
        draw(
            &[Curve { role: Role::State, values, broken: false }],
            &[1, 900],
            top,
            area,
            &mut Brush::new(&mut buf, area, &theme),
        );
        (0..height).map(|y| (0..width).map(|x| buf[(x, y)].symbol().to_owned()).collect()).collect()
    }

    #[test]
    fn a_line_goes_from_the_bottom_to_the_top() {
        assert_eq!(drawn(vec![Some(0.0), Some(1.0)], 1.0, 1, 1), ["⡸"]);
        assert_eq!(drawn(vec![Some(0.0); 6], 1.0, 3, 2)[1], "⣀⣀⣀");
        assert_eq!(drawn(vec![Some(1.0); 2], 1.0, 2, 2)[0], "⠉╎");
    }

    #[test]
    fn a_broken_line_has_gaps() {
        let area = Rect::new(0, 0, 6, 1);
        let mut buf = Buffer::empty(area);
        let theme = Theme::new(Palette::Plain, false);
        let curve = Curve { role: Role::State, values: vec![Some(0.0); 12], broken: true };
        draw(&[curve], &[], 1.0, area, &mut Brush::new(&mut buf, area, &theme));
        assert_eq!((0..6).map(|x| buf[(x, 0)].symbol()).collect::<String>(), "⣀⣀ ⣀⣀ ");
    }

    #[test]
    fn figures_that_are_none_draw_nothing() {
        for top in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert_eq!(drawn(vec![Some(1.0); 4], top, 2, 1), [" ╎"]);
        }
        assert_eq!(drawn(vec![Some(f64::NAN), Some(f64::INFINITY), None, None], 1.0, 2, 1), [" ╎"]);
        assert_eq!(
            peak(&[Curve { role: Role::State, values: vec![Some(f64::NAN), None, Some(2.0)], broken: false }]),
            2.0
        );
    }
}

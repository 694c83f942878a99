//! The characters that a picture draws itself, so that lines meet and blocks are square whatever the viewer's font is.

/// What a shape is drawn with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Pen {
    /// Its area is filled.
    Fill,
    /// A thin line.
    Thin,
    /// A heavy line.
    Heavy,
}

impl Pen {
    /// All three.
    pub(super) const ALL: [Self; 3] = [Self::Fill, Self::Thin, Self::Heavy];

    /// How wide the line is; none for an area.
    pub(super) const fn width(self) -> Option<&'static str> {
        match self {
            Self::Fill => None,
            Self::Thin => Some("1.2"),
            Self::Heavy => Some("2.6"),
        }
    }
}

/// A character as a path from the top left corner of its cell, 10 × 19; none if it is a letter for the font.
pub(super) fn shape(symbol: &str) -> Option<(Pen, String)> {
    let mut letters = symbol.chars();
    let (Some(letter), None) = (letters.next(), letters.next()) else { return None };
    if let '\u{2800}'..='\u{28ff}' = letter {
        return Some((Pen::Fill, dots(letter as u32 - 0x2800)));
    }
    let (pen, path) = match letter {
        '─' => (Pen::Thin, "m0 9.5h10"),
        '│' => (Pen::Thin, "m5 0v19"),
        '╭' => (Pen::Thin, "m5 19v-5.5q0-4 4-4h1"),
        '╮' => (Pen::Thin, "m0 9.5h1q4 0 4 4v5.5"),
        '╰' => (Pen::Thin, "m5 0v5.5q0 4 4 4h1"),
        '╯' => (Pen::Thin, "m0 9.5h1q4 0 4-4v-5.5"),
        '┌' => (Pen::Thin, "m5 19v-9.5h5"),
        '┐' => (Pen::Thin, "m0 9.5h5v9.5"),
        '└' => (Pen::Thin, "m5 0v9.5h5"),
        '┘' => (Pen::Thin, "m0 9.5h5v-9.5"),
        '━' => (Pen::Heavy, "m0 9.5h10"),
        '┃' => (Pen::Heavy, "m5 0v19"),
        '┏' => (Pen::Heavy, "m5 19v-9.5h5"),
        '┓' => (Pen::Heavy, "m0 9.5h5v9.5"),
        '┗' => (Pen::Heavy, "m5 0v9.5h5"),
        '┛' => (Pen::Heavy, "m0 9.5h5v-9.5"),
        '╌' => (Pen::Thin, "m1 9.5h3m2 0h3"),
        '╎' => (Pen::Thin, "m5 2v5.5m0 4v5.5"),
        '┄' => (Pen::Thin, "m.7 9.5h2m1.3 0h2m1.3 0h2"),
        '┈' => (Pen::Thin, "m.6 9.5h1.2m1.3 0h1.2m1.3 0h1.2m1.3 0h1.2"),
        '┊' => (Pen::Thin, "m5 1v2.5m0 2.3v2.5m0 2.3v2.5m0 2.3v2.5"),
        '■' => (Pen::Fill, "m1 5.5h8v8h-8z"),
        '▣' => (Pen::Fill, "m1 5.5h8v8h-8zm1.2 1.2v5.6h5.6v-5.6zm.8.8h4v4h-4z"),
        '□' => (Pen::Fill, "m1 5.5h8v8h-8zm1.2 1.2v5.6h5.6v-5.6z"),
        '◧' => (Pen::Fill, "m1 5.5h8v8h-8zm4 1.2v5.6h2.8v-5.6z"),
        '◇' => (Pen::Thin, "m5 5.3 3.6 4.2-3.6 4.2-3.6-4.2z"),
        '►' | '▶' => (Pen::Fill, "m1 6 8.5 3.5-8.5 3.5z"),
        '◄' | '◀' => (Pen::Fill, "m9 6-8.5 3.5 8.5 3.5z"),
        '▲' => (Pen::Fill, "m5 5 4 8h-8z"),
        '▼' => (Pen::Fill, "m5 14 4-8h-8z"),
        '▸' => (Pen::Fill, "m2.5 6.5 5 3-5 3z"),
        '▏' => (Pen::Fill, "m0 0h1.25v19h-1.25z"),
        '█' => (Pen::Fill, "m0 0h10v19h-10z"),
        _ => return None,
    };
    Some((pen, path.to_owned()))
}

/// Whether copies of this character beside each other are one line.
pub(super) fn joins(symbol: &str) -> bool {
    matches!(symbol, "─" | "━")
}

/// A Braille character: bit by bit its eight dots.
fn dots(bits: u32) -> String {
    const PLACES: [(u32, u32); 8] = [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (0, 3), (1, 3)];
    let mut path = String::new();
    // Each dot is drawn from where the last one began.
    let mut last = (0.0, 0.0);
    for (bit, (column, row)) in (0..).zip(PLACES) {
        if bits & (1 << bit) != 0 {
            let place = (1.4 + 5.0 * f64::from(column), 1.3 + 4.75 * f64::from(row));
            path += &format!("m{:.2} {:.2}h2.2v2.2h-2.2z", place.0 - last.0, place.1 - last.1);
            last = place;
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::theme::{Border, Palette, Theme};

    #[test]
    fn every_border_is_a_shape() {
        let theme = Theme::new(Palette::Dark, false);
        for border in [Border::Solid, Border::Heavy, Border::Broken, Border::Dotted] {
            let f = theme.frame(border);
            for character in [f.top_left, f.horizontal, f.top_right, f.vertical, f.bottom_left, f.bottom_right] {
                let (pen, _) = shape(&character.to_string()).unwrap_or_else(|| panic!("{character}"));
                assert_eq!(pen == Pen::Heavy, border == Border::Heavy, "{character}");
            }
        }
    }

    #[test]
    fn letters_are_left_to_the_font() {
        for letter in ["a", "é", "✗", "日", "e\u{301}"] {
            assert_eq!(shape(letter), None, "{letter}");
        }
    }

    #[test]
    fn braille_dots_stand_where_their_bits_say() {
        assert_eq!(shape("⠀"), Some((Pen::Fill, String::new())));
        assert_eq!(shape("⠁").unwrap().1, "m1.40 1.30h2.2v2.2h-2.2z");
        assert_eq!(shape("⢀").unwrap().1, "m6.40 15.55h2.2v2.2h-2.2z");
        assert_eq!(shape("⣿").unwrap().1.matches('z').count(), 8);
    }
}

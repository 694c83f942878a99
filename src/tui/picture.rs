//! One screen as a file: SVG for worksheets and web pages, plain text for anything else.
//!
//! ```text
//!   Buffer ─▶ svg   every cell 10 × 19 units; lines, blocks and arrows as shapes, letters as text with their places
//!          ─▶ text  the letters alone
//! ```
//!
//! A viewer's fonts differ, a terminal's grid does not: so nothing here trusts the width of a letter.

mod shapes;

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};
use shapes::{Pen, shape};
use std::fmt::{self, Write};
use unicode_width::UnicodeWidthStr;

/// The width of a cell.
const WIDE: u16 = 10;
/// Its height.
const HIGH: u16 = 19;
/// How far below a cell's top its letter stands.
const BASELINE: u16 = 15;
/// A monospaced letter is three fifths as wide as its font is high.
const FONT: &str = "16.6";

/// What a terminal shows where a theme says nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Paper {
    /// The colour of words.
    pub ink: [u8; 3],
    /// The colour behind them.
    pub ground: [u8; 3],
}

impl Paper {
    /// Light on dark.
    pub const DARK: Self = Self { ink: [0xD7, 0xDC, 0xE2], ground: [0x14, 0x16, 0x1A] };
    /// Dark on light.
    pub const LIGHT: Self = Self { ink: [0x1F, 0x26, 0x2E], ground: [0xFB, 0xFB, 0xF8] };
}

/// The letters of a screen, a line each, without the spaces at their ends.
#[must_use]
pub fn text(buffer: &Buffer) -> String {
    let mut out = String::new();
    for row in rows(buffer) {
        let line: String = row.iter().map(|(_, cell)| cell.symbol()).collect();
        out += line.trim_end();
        out.push('\n');
    }
    out
}

/// A screen as SVG. `title` and `description` are for people who cannot see it.
#[must_use]
pub fn svg(buffer: &Buffer, paper: Paper, title: &str, description: &str) -> String {
    let drawing = Drawing::of(buffer, paper);
    let mut out = String::new();
    // A String takes whatever is written to it.
    let _ = drawing.write(&mut out, buffer, paper, [title, description]);
    out
}

/// Each row's cells with their columns; what a wide letter covers is left out.
fn rows(buffer: &Buffer) -> impl Iterator<Item = Vec<(u16, &Cell)>> {
    let width = usize::from(buffer.area.width).max(1);
    buffer.content.chunks(width).map(|cells| {
        let mut next = 0;
        let row = (0..).zip(cells).filter(move |&(x, cell): &(u16, &Cell)| {
            let free = x >= next;
            if free {
                next = x + cell.symbol().width().max(1) as u16;
            }
            free
        });
        row.collect()
    })
}

/// How something is drawn; what is drawn alike shares a group.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Look {
    ink: [u8; 3],
    /// Bold, dim, italic, underlined, struck.
    modifier: Modifier,
}

/// All that has one look.
struct Group {
    look: Look,
    /// By pen: filled, thin, heavy.
    paths: [String; 3],
    words: Vec<Words>,
}

/// Letters beside each other.
struct Words {
    x: u16,
    y: u16,
    letters: String,
    cells: u16,
}

#[derive(Default)]
struct Drawing {
    /// Backgrounds: colour and path.
    grounds: Vec<([u8; 3], String)>,
    groups: Vec<Group>,
}

impl Drawing {
    fn of(buffer: &Buffer, paper: Paper) -> Self {
        let mut drawing = Self::default();
        for (y, row) in (0..).zip(rows(buffer)) {
            drawing.grounds(&row, y, paper);
            drawing.letters(&row, y, paper);
        }
        drawing
    }

    /// The backgrounds of a row, a rectangle for each stretch of one colour.
    fn grounds(&mut self, row: &[(u16, &Cell)], y: u16, paper: Paper) {
        for stretch in row.chunk_by(|(_, a), (_, b)| colours(a, paper).1 == colours(b, paper).1) {
            let ground = colours(stretch[0].1, paper).1;
            if ground == paper.ground {
                continue;
            }
            let at = self.grounds.iter().position(|(colour, _)| *colour == ground).unwrap_or_else(|| {
                self.grounds.push((ground, String::new()));
                self.grounds.len() - 1
            });
            let (first, (last, cell)) = (stretch[0].0, stretch[stretch.len() - 1]);
            let right = last + cell.symbol().width().max(1) as u16;
            let path = &mut self.grounds[at].1;
            let _ = write!(path, "M{} {}H{}v{HIGH}H{}z", first * WIDE, y * HIGH, right * WIDE, first * WIDE);
        }
    }

    /// The letters and shapes of a row.
    fn letters(&mut self, row: &[(u16, &Cell)], y: u16, paper: Paper) {
        let mut at = 0;
        while at < row.len() {
            let (x, cell) = row[at];
            let symbol = cell.symbol();
            let look = look(cell, paper);
            let alike = |next: &&(u16, &Cell)| self::look(next.1, paper) == look;
            if symbol.trim().is_empty() && !cell.modifier.intersects(Modifier::UNDERLINED | Modifier::CROSSED_OUT) {
                at += 1;
            } else if let Some((pen, path)) = shape(symbol) {
                // A long line is one stroke.
                let same = row[at..].iter().take_while(alike).take_while(|(_, next)| next.symbol() == symbol).count();
                let cells = if shapes::joins(symbol) { same as u16 } else { 1 };
                let drawn = &mut self.group(look).paths[pen as usize];
                let _ = match cells {
                    1 => write!(drawn, "M{} {}{path}", x * WIDE, y * HIGH),
                    _ => write!(drawn, "M{} {}m0 9.5h{}", x * WIDE, y * HIGH, cells * WIDE),
                };
                at += usize::from(cells);
            } else {
                let ascii = symbol.is_ascii();
                let run: Vec<_> = row[at..]
                    .iter()
                    .take_while(alike)
                    .take_while(|(_, next)| next.symbol().is_ascii() == ascii && shape(next.symbol()).is_none())
                    .collect();
                // Two spaces end a run: some viewers would make them one.
                let gap = run.windows(2).position(|pair| pair.iter().all(|(_, cell)| cell.symbol() == " "));
                let run = if ascii { &run[..gap.unwrap_or(run.len()).max(1)] } else { &run[..1] };
                let letters: String = run.iter().map(|(_, cell)| cell.symbol()).collect();
                let words = letters.trim_end();
                let cells = words.width().max(1) as u16;
                self.group(look).words.push(Words { x, y, letters: words.to_owned(), cells });
                at += run.len();
            }
        }
    }

    fn group(&mut self, look: Look) -> &mut Group {
        let at = self.groups.iter().position(|group| group.look == look).unwrap_or_else(|| {
            self.groups.push(Group { look, paths: Default::default(), words: Vec::new() });
            self.groups.len() - 1
        });
        &mut self.groups[at]
    }

    fn write(&self, out: &mut String, buffer: &Buffer, paper: Paper, [title, about]: [&str; 2]) -> fmt::Result {
        let (width, height) = (u32::from(buffer.area.width * WIDE), u32::from(buffer.area.height * HIGH));
        writeln!(
            out,
            r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" aria-labelledby="title about" font-family="ui-monospace,'DejaVu Sans Mono',Menlo,Consolas,monospace" font-size="{FONT}">"#
        )?;
        writeln!(out, r#"<title id="title">{}</title>"#, escaped(title))?;
        writeln!(out, r#"<desc id="about">{}</desc>"#, escaped(about))?;
        writeln!(out, r#"<path d="M0 0h{width}v{height}H0z" fill="{}"/>"#, hex(paper.ground))?;
        for (colour, path) in &self.grounds {
            writeln!(out, r#"<path d="{path}" fill="{}"/>"#, hex(*colour))?;
        }
        for group in &self.groups {
            group.write(out)?;
        }
        writeln!(out, "</svg>")
    }
}

impl Group {
    fn write(&self, out: &mut String) -> fmt::Result {
        let colour = hex(self.look.ink);
        write!(out, r#"<g fill="{colour}""#)?;
        for (modifier, attribute) in [
            (Modifier::BOLD, r#" font-weight="bold""#),
            (Modifier::DIM, r#" opacity=".6""#),
            (Modifier::ITALIC, r#" font-style="italic""#),
            (Modifier::UNDERLINED, r#" text-decoration="underline""#),
            (Modifier::CROSSED_OUT, r#" text-decoration="line-through""#),
        ] {
            if self.look.modifier.contains(modifier) {
                out.push_str(attribute);
            }
        }
        writeln!(out, ">")?;
        for (pen, path) in Pen::ALL.into_iter().zip(&self.paths).filter(|(_, path)| !path.is_empty()) {
            match pen.width() {
                None => writeln!(out, r#"<path d="{path}"/>"#)?,
                Some(width) => {
                    writeln!(out, r#"<path d="{path}" fill="none" stroke="{colour}" stroke-width="{width}"/>"#)?;
                }
            }
        }
        for Words { x, y, letters, cells } in &self.words {
            write!(out, r#"<text x="{}" y="{}""#, x * WIDE, y * HIGH + BASELINE)?;
            if *cells > 1 {
                write!(out, r#" textLength="{}""#, cells * WIDE)?;
            }
            writeln!(out, ">{}</text>", escaped(letters))?;
        }
        writeln!(out, "</g>")
    }
}

fn look(cell: &Cell, paper: Paper) -> Look {
    let kept = Modifier::BOLD | Modifier::DIM | Modifier::ITALIC | Modifier::UNDERLINED | Modifier::CROSSED_OUT;
    Look { ink: colours(cell, paper).0, modifier: cell.modifier & kept }
}

/// The colours of a cell's letter and of its ground.
fn colours(cell: &Cell, paper: Paper) -> ([u8; 3], [u8; 3]) {
    let (ink, ground) = (rgb(cell.fg, paper.ink), rgb(cell.bg, paper.ground));
    if cell.modifier.contains(Modifier::REVERSED) { (ground, ink) } else { (ink, ground) }
}

/// The sixteen as most terminals have them, the other 240 as all do.
pub(super) fn rgb(colour: Color, otherwise: [u8; 3]) -> [u8; 3] {
    const SIXTEEN: [[u8; 3]; 16] = [
        [0, 0, 0],
        [205, 0, 0],
        [0, 205, 0],
        [205, 205, 0],
        [0, 0, 238],
        [205, 0, 205],
        [0, 205, 205],
        [229, 229, 229],
        [127, 127, 127],
        [255, 0, 0],
        [0, 255, 0],
        [255, 255, 0],
        [92, 92, 255],
        [255, 0, 255],
        [0, 255, 255],
        [255, 255, 255],
    ];
    let number = match colour {
        Color::Reset => return otherwise,
        Color::Rgb(r, g, b) => return [r, g, b],
        Color::Black => 0,
        Color::Red => 1,
        Color::Green => 2,
        Color::Yellow => 3,
        Color::Blue => 4,
        Color::Magenta => 5,
        Color::Cyan => 6,
        Color::Gray => 7,
        Color::DarkGray => 8,
        Color::LightRed => 9,
        Color::LightGreen => 10,
        Color::LightYellow => 11,
        Color::LightBlue => 12,
        Color::LightMagenta => 13,
        Color::LightCyan => 14,
        Color::White => 15,
        Color::Indexed(number) => number,
    };
    let step = |level: u8| if level == 0 { 0 } else { 55 + 40 * level };
    match number {
        0..16 => SIXTEEN[usize::from(number)],
        16..232 => [step((number - 16) / 36), step((number - 16) / 6 % 6), step((number - 16) % 6)],
        grey => [8 + 10 * (grey - 232); 3],
    }
}

/// `#1F262E`
pub(super) fn hex([r, g, b]: [u8; 3]) -> String {
    format!("#{r:02X}{g:02X}{b:02X}")
}

/// Text that means nothing else in XML.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::layout::Rect;
    use ratatui::style::Style;

    fn screen(lines: &[(&str, Style)]) -> Buffer {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 12, lines.len() as u16));
        for (y, (line, style)) in (0..).zip(lines) {
            buffer.set_string(0, y, line, *style);
        }
        buffer
    }

    #[test]
    fn every_run_of_letters_says_where_it_stands() {
        let drawn = svg(&screen(&[("", Style::new()), ("ab  c <& é", Style::new())]), Paper::DARK, "a & b", "");
        assert!(drawn.contains(r#"<title id="title">a &amp; b</title>"#));
        for part in [
            r#"<text x="0" y="34" textLength="20">ab</text>"#,
            r#"<text x="40" y="34" textLength="40">c &lt;&amp;</text>"#,
            r#"<text x="90" y="34">é</text>"#,
        ] {
            assert!(drawn.contains(part), "{part}\n{drawn}");
        }
    }

    #[test]
    fn lines_are_strokes_and_blocks_are_areas() {
        let style = Style::new().fg(Color::Rgb(255, 194, 71));
        let drawn = svg(&screen(&[("───■", style)]), Paper::DARK, "", "");
        assert!(
            drawn.contains(r##"<path d="M0 0m0 9.5h30" fill="none" stroke="#FFC247" stroke-width="1.2"/>"##),
            "{drawn}"
        );
        assert!(drawn.contains(r##"<g fill="#FFC247">"##) && drawn.contains(r#"<path d="M30 0m"#), "{drawn}");
        assert!(!drawn.contains("<text"), "{drawn}");
    }

    #[test]
    fn reversed_words_stand_on_their_own_colour() {
        let drawn = svg(&screen(&[("chip", Style::new().reversed().bold())]), Paper::LIGHT, "", "");
        assert!(drawn.contains(r##"<path d="M0 0H40v19H0z" fill="#1F262E"/>"##), "{drawn}");
        assert!(drawn.contains(r##"<g fill="#FBFBF8" font-weight="bold">"##), "{drawn}");
    }

    #[test]
    fn text_has_the_letters_alone() {
        assert_eq!(text(&screen(&[("a ■", Style::new().bold()), ("", Style::new())])), "a ■\n\n");
    }

    #[test]
    fn indexed_colours_are_those_of_every_terminal() {
        let of = |number| rgb(Color::Indexed(number), [1; 3]);
        assert_eq!((of(9), of(16), of(231), of(232), of(255)), ([255, 0, 0], [0; 3], [255; 3], [8; 3], [238; 3]));
        assert_eq!((rgb(Color::Reset, [1; 3]), rgb(Color::LightRed, [1; 3])), ([1; 3], [255, 0, 0]));
    }
}

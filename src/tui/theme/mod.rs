//! Roles of the picture → styles and glyphs. The colours and shapes are data (`assets/themes`); the roles are the
//! vocabulary, so no other file names a colour.

mod files;

use files::{Colours, Shapes};
use ratatui::style::{Modifier, Style};

/// What a thing on screen means.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Role {
    /// State where it lives; the chip; the chosen world.
    State,
    /// State that is carried again.
    Resent,
    /// A request, a reply, a route, somebody being served.
    Wire,
    /// The way of an open request.
    Trail,
    /// Dead, lost, failed.
    Lost,
    /// An old version; a belief that is wrong.
    Stale,
    /// Traffic between the service's own processes, and copies.
    Inside,
    /// Words.
    Text,
    /// Secondary words.
    Dim,
    /// Never words: the dead lane.
    Faint,
    /// Never words: borders.
    Edge,
    /// A key; reversed, the one to press now.
    Key,
    /// The bands behind header, coach and footer.
    Band,
    /// A key's cap.
    Cap,
}

const ROLES: usize = 14;

/// A shape that says the same without colour.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Glyph {
    /// `■` One item of state.
    Item,
    /// `▣` A whole state, where there is no room for its items.
    Whole,
    /// `□` An item that was sent before.
    Resent,
    /// `◇` An item of a copy.
    Copy,
    /// `◧` A copy that is behind.
    Behind,
    /// `✗` Gone.
    Gone,
    /// `✓` Done.
    Done,
    /// `►` A request.
    Request,
    /// `◄` A reply.
    Reply,
    /// `«` A message that nobody asked for.
    Push,
    /// `→` A route.
    Route,
    /// `▲` Going up between processes.
    Up,
    /// `▼` Going down between processes.
    Down,
    /// `↓` Draining.
    Drain,
    /// `─` The way of an open request.
    Trail,
    /// `┄` A connection that is held.
    Socket,
    /// `╌` A way that leads nowhere.
    Dead,
    /// `≈` Behind a copy on its way.
    Flow,
    /// `·` Nothing worth more than a dot.
    Dot,
    /// `!` Something failed last.
    Failed,
}

const GLYPHS: usize = 20;

/// How many heights a bar of one cell has.
const LEVELS: usize = 8;

/// How a box is drawn.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Border {
    /// Alive.
    Solid,
    /// Selected.
    Heavy,
    /// Dead.
    Broken,
    /// Hung.
    Dotted,
    /// Dead and selected.
    HeavyBroken,
    /// Hung and selected.
    HeavyDotted,
}

const BORDERS: usize = 6;

/// The six characters of a border.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Frame {
    /// `╭`
    pub top_left: char,
    /// `─`
    pub horizontal: char,
    /// `╮`
    pub top_right: char,
    /// `│`
    pub vertical: char,
    /// `╰`
    pub bottom_left: char,
    /// `╯`
    pub bottom_right: char,
}

/// A set of colours.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Palette {
    /// 24-bit colour on a dark background.
    Dark,
    /// 24-bit colour on a light background.
    Light,
    /// The terminal's sixteen colours, on a dark background.
    Sixteen,
    /// The terminal's sixteen colours, on a light background.
    SixteenLight,
    /// No colour.
    Plain,
}

impl Palette {
    /// All five.
    pub const ALL: [Self; 5] = [Self::Dark, Self::Light, Self::Sixteen, Self::SixteenLight, Self::Plain];
}

/// Styles and glyphs for every role.
#[derive(Clone, Debug)]
pub struct Theme {
    styles: [Style; ROLES],
    glyphs: [char; GLYPHS],
    levels: [char; LEVELS],
    frames: [Frame; BORDERS],
    ascii: bool,
}

impl Theme {
    /// The shipped theme for a palette, with line-drawing and geometric characters or with ASCII alone.
    ///
    /// # Panics
    ///
    /// Never with the shipped assets: a test reads each of them.
    #[must_use]
    pub fn new(palette: Palette, ascii: bool) -> Self {
        let colours = match palette {
            Palette::Dark => include_str!("../../../assets/themes/dark.toml"),
            Palette::Light => include_str!("../../../assets/themes/light.toml"),
            Palette::Sixteen => include_str!("../../../assets/themes/sixteen.toml"),
            Palette::SixteenLight => include_str!("../../../assets/themes/sixteen-light.toml"),
            Palette::Plain => include_str!("../../../assets/themes/plain.toml"),
        };
        let colours: Colours = toml::from_str(colours).expect("a shipped theme is valid");
        let shapes: Shapes =
            toml::from_str(include_str!("../../../assets/themes/glyphs.toml")).expect("the shipped glyphs are valid");
        let shapes = if ascii { shapes.ascii } else { shapes.unicode };
        let (glyphs, levels, frames) = (shapes.glyphs(), shapes.levels(), shapes.frames());
        Self { styles: colours.styles(), glyphs, levels, frames, ascii }
    }

    /// The style of a role.
    #[must_use]
    pub const fn style(&self, role: Role) -> Style {
        self.styles[role as usize]
    }

    /// … in bold: acting now, or a key figure.
    #[must_use]
    pub const fn bold(&self, role: Role) -> Style {
        self.style(role).add_modifier(Modifier::BOLD)
    }

    /// … reversed and bold: a chip, the chosen world, a killed title, a selection, the next key.
    #[must_use]
    pub const fn chip(&self, role: Role) -> Style {
        self.bold(role).add_modifier(Modifier::REVERSED)
    }

    /// … struck out: only beside [`Glyph::Gone`].
    #[must_use]
    pub const fn struck(&self, role: Role) -> Style {
        self.style(role).add_modifier(Modifier::CROSSED_OUT)
    }

    /// The character of a glyph, one cell wide.
    #[must_use]
    pub const fn glyph(&self, glyph: Glyph) -> char {
        self.glyphs[glyph as usize]
    }

    /// `▁` to `█`: a bar of one cell for so many among `most`, of which the first few have a step each. What is not nothing is
    /// higher than nothing.
    #[must_use]
    pub fn level(&self, count: u32, most: u32) -> char {
        let steps = LEVELS as u64 - 1;
        let full = u64::from(most).max(steps);
        self.levels[(u64::from(count) * steps).div_ceil(full).min(steps) as usize]
    }

    /// The characters of a border.
    #[must_use]
    pub const fn frame(&self, border: Border) -> Frame {
        self.frames[border as usize]
    }

    /// Whether only ASCII may be drawn.
    #[must_use]
    pub const fn ascii(&self) -> bool {
        self.ascii
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::style::Color;
    use unicode_width::UnicodeWidthChar;

    #[test]
    fn every_palette_loads_and_every_glyph_is_one_cell_wide() {
        for palette in Palette::ALL {
            for ascii in [false, true] {
                let theme = Theme::new(palette, ascii);
                let frames = theme
                    .frames
                    .iter()
                    .flat_map(|f| [f.top_left, f.horizontal, f.top_right, f.vertical, f.bottom_left, f.bottom_right]);
                for glyph in theme.glyphs.into_iter().chain(theme.levels).chain(frames) {
                    assert_eq!(glyph.width(), Some(1), "{glyph}");
                    assert!(!ascii || glyph.is_ascii(), "{glyph}");
                }
            }
        }
    }

    /// Relative luminance and contrast as WCAG 2 defines them.
    fn contrast(a: Color, b: Color) -> f64 {
        let luminance = |colour| {
            let Color::Rgb(r, g, b) = colour else { panic!("{colour:?} is not 24-bit") };
            let linear = |c: u8| {
                let c = f64::from(c) / 255.0;
                if c <= 0.040_45 { c / 12.92 } else { libm::pow((c + 0.055) / 1.055, 2.4) }
            };
            0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b)
        };
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn words_and_shapes_can_be_seen_from_behind_other_heads() {
        let backgrounds =
            [(Palette::Dark, Color::Rgb(0x14, 0x16, 0x1A)), (Palette::Light, Color::Rgb(0xFB, 0xFB, 0xF8))];
        for (palette, background) in backgrounds {
            let theme = Theme::new(palette, false);
            let words =
                [Role::State, Role::Wire, Role::Lost, Role::Stale, Role::Inside, Role::Text, Role::Dim, Role::Key];
            let shapes = [Role::Resent, Role::Trail, Role::Edge];
            for (role, least) in words.map(|role| (role, 4.5)).into_iter().chain(shapes.map(|role| (role, 3.0))) {
                let ratio = contrast(theme.style(role).fg.unwrap(), background);
                assert!(ratio >= least, "{palette:?} {role:?}: {ratio:.2}");
            }
        }
    }

    #[test]
    fn on_a_light_background_nothing_is_drawn_in_a_bright_colour() {
        let theme = Theme::new(Palette::SixteenLight, false);
        let fades = [Color::Yellow, Color::LightYellow, Color::LightGreen, Color::LightCyan, Color::White];
        assert!(theme.styles.iter().filter_map(|style| style.fg).all(|colour| !fades.contains(&colour)));
    }

    #[test]
    fn no_colour_means_none() {
        let theme = Theme::new(Palette::Plain, false);
        assert!(theme.styles.iter().all(|style| style.fg.is_none() && style.bg.is_none()));
    }
}

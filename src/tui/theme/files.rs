//! The form of the files in `assets/themes`.

use super::{BORDERS, Frame, GLYPHS, LEVELS, ROLES};
use ratatui::style::{Color, Modifier, Style};
use serde::Deserialize;

/// The file of a palette.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Colours {
    state: Paint,
    resent: Paint,
    wire: Paint,
    trail: Paint,
    lost: Paint,
    stale: Paint,
    inside: Paint,
    text: Paint,
    dim: Paint,
    faint: Paint,
    edge: Paint,
    key: Paint,
    band: Paint,
    cap: Paint,
}

impl Colours {
    /// In the order of [`Role`].
    pub(super) fn styles(&self) -> [Style; ROLES] {
        let Self { state, resent, wire, trail, lost, stale, inside, text, dim, faint, edge, key, band, cap } = self;
        [state, resent, wire, trail, lost, stale, inside, text, dim, faint, edge, key, band, cap].map(Paint::style)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
#[derive(Default)]
struct Paint {
    fg: Option<Tint>,
    bg: Option<Tint>,
    bold: bool,
    dim: bool,
}

impl Paint {
    fn style(&self) -> Style {
        let mut style = Style::new();
        if let Some(Tint(fg)) = self.fg {
            style = style.fg(fg);
        }
        if let Some(Tint(bg)) = self.bg {
            style = style.bg(bg);
        }
        if self.bold {
            style = style.add_modifier(Modifier::BOLD);
        }
        if self.dim {
            style = style.add_modifier(Modifier::DIM);
        }
        style
    }
}

/// `#FFC247` or one of the sixteen names.
#[derive(Deserialize)]
#[serde(try_from = "String")]
struct Tint(Color);

impl TryFrom<String> for Tint {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse().map(Self).map_err(|_| format!("`{text}` is no colour"))
    }
}

/// The file of the glyphs.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Shapes {
    pub unicode: ShapeSet,
    pub ascii: ShapeSet,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ShapeSet {
    item: char,
    whole: char,
    resent: char,
    copy: char,
    behind: char,
    gone: char,
    done: char,
    request: char,
    reply: char,
    push: char,
    route: char,
    up: char,
    down: char,
    drain: char,
    trail: char,
    socket: char,
    dead: char,
    flow: char,
    dot: char,
    failed: char,
    levels: Levels,
    solid: Outline,
    heavy: Outline,
    broken: Outline,
    dotted: Outline,
    heavy_broken: Outline,
    heavy_dotted: Outline,
}

impl ShapeSet {
    /// In the order of [`Glyph`].
    pub(super) const fn glyphs(&self) -> [char; GLYPHS] {
        [
            self.item,
            self.whole,
            self.resent,
            self.copy,
            self.behind,
            self.gone,
            self.done,
            self.request,
            self.reply,
            self.push,
            self.route,
            self.up,
            self.down,
            self.drain,
            self.trail,
            self.socket,
            self.dead,
            self.flow,
            self.dot,
            self.failed,
        ]
    }

    pub(super) const fn levels(&self) -> [char; LEVELS] {
        self.levels.0
    }

    /// In the order of [`Border`].
    pub(super) const fn frames(&self) -> [Frame; BORDERS] {
        [self.solid.0, self.heavy.0, self.broken.0, self.dotted.0, self.heavy_broken.0, self.heavy_dotted.0]
    }
}

/// From low to high: `▁▂▃▄▅▆▇█`.
#[derive(Deserialize)]
#[serde(try_from = "String")]
struct Levels([char; LEVELS]);

impl TryFrom<String> for Levels {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let characters: Vec<char> = text.chars().collect();
        characters.try_into().map(Self).map_err(|_| format!("`{text}` is not {LEVELS} heights"))
    }
}

/// Six characters: `╭─╮│╰╯`.
#[derive(Deserialize)]
#[serde(try_from = "String")]
struct Outline(Frame);

impl TryFrom<String> for Outline {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let characters: Vec<char> = text.chars().collect();
        match characters[..] {
            [top_left, horizontal, top_right, vertical, bottom_left, bottom_right] => {
                Ok(Self(Frame { top_left, horizontal, top_right, vertical, bottom_left, bottom_right }))
            }
            _ => Err(format!("`{text}` is no border of six characters")),
        }
    }
}

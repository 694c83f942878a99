//! The whole screen as a function of the application's state and the theme.
//!
//! ```text
//!   120×40                                         80×24
//!   header                                1 row    header                     1
//!   (air)                                 1        the view                  17
//!   the view                             27        both worlds in three lines 3
//!   coach                                 2        coach                      2
//!   what is measured      │ just now      8        footer                     1
//!   footer                                1
//! ```

use super::app::App;
use super::lesson::{self, Guide, panel};
use super::parts::{
    big, clock, coach_band, compare, footer, futures, header, just_now, layers, measured, time_bar, wrap,
};
use super::snapshot::Snapshot;
use super::stage::paint::{Brush, cells};
use super::state::Layer;
use super::theme::{Role, Theme};
use super::views::{View, charts, journal, sessions, stage, table};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

/// The smallest screen that the dashboard fits.
pub const SMALLEST: (u16, u16) = (60, 18);
/// The height of the panels under the coach.
const PANELS: u16 = 8;
/// The width of the log, and of what is measured beside it: else that needs the whole.
const LOG: u16 = 35;
const MEASURED: u16 = 84;

/// Where everything is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Areas {
    /// One row at the top.
    pub header: Rect,
    /// The view.
    pub view: Rect,
    /// Where the past is shown: in the air under the header, or over the Stage's legend; elsewhere it has no room.
    pub time: Rect,
    /// Both worlds in three lines, on small screens.
    pub compare: Rect,
    /// The coach's two rows.
    pub coach: Rect,
    /// What is measured, on large screens.
    pub measured: Rect,
    /// The log beside it.
    pub log: Rect,
    /// One row at the bottom.
    pub footer: Rect,
    /// The story of a lesson.
    pub story: Rect,
}

impl Areas {
    /// For a screen of at least [`SMALLEST`].
    #[must_use]
    pub fn of(area: Rect, view: View) -> Self {
        let row = |y: u16, height: u16| Rect { x: area.x, y: area.y + y, width: area.width, height };
        let panels = if view == View::Stage && area.width >= 100 && area.height >= 36 { PANELS } else { 0 };
        let lines = if view == View::Stage && panels == 0 { 3 } else { 0 };
        let air = u16::from(area.height >= 30);
        let footer = area.height - 1;
        let lower = footer - panels;
        let coach = lower - 2;
        let under = row(lower, panels);
        let legend = u16::from(air == 0 && view == View::Stage);
        let log = if under.width >= MEASURED + LOG { LOG } else { 0 };
        Self {
            header: row(0, 1),
            view: row(1 + air, coach - lines - 1 - air),
            time: row(if air > 0 { 1 } else { coach - lines - 1 }, air.max(legend)),
            compare: row(coach - lines, lines),
            coach: row(coach, 2),
            measured: Rect { width: under.width - log, ..under },
            log: Rect { x: under.right() - log, width: log, ..under },
            footer: row(footer, 1),
            story: Rect::ZERO,
        }
    }
}

impl Areas {
    /// With room for the story of a lesson, if one is being taken.
    #[must_use]
    pub fn with_story(app: &App, area: Rect) -> Self {
        let areas = Self::of(area, app.ui.view);
        app.guide.as_ref().map_or(areas, |guide| panel::split(app, guide, areas))
    }
}

/// Draws the whole screen. Returns where the next letter goes, if somebody types.
pub fn draw(app: &App, theme: &Theme, buf: &mut Buffer) -> Option<Position> {
    let area = buf.area;
    if area.is_empty() {
        return None;
    }
    let mut brush = Brush::new(buf, area, theme);
    if area.width < SMALLEST.0 || area.height < SMALLEST.1 {
        too_small(&mut brush);
    } else if let Some(snapshot) = &app.snapshot {
        let areas = Areas::with_story(app, area);
        header::draw(app, snapshot, areas.header, !areas.time.is_empty(), &mut brush);
        match app.ui.view {
            View::Stage => {
                stage::draw(app, snapshot, areas.view, &mut brush);
                if let Some(measured) = app.guide.as_ref().and_then(Guide::measured) {
                    lesson::measured::draw(measured, areas.view, &mut brush);
                }
            }
            View::Sessions => sessions::draw(app, snapshot, areas.view, &mut brush),
            View::Charts => charts::draw(app, snapshot, areas.view, &mut brush),
            View::Journal => journal::draw(app, snapshot, areas.view, &mut brush),
            View::Table => table::draw(app, snapshot, areas.view, &mut brush),
        }
        if snapshot.arms.is_empty() {
            unborn(snapshot, areas.view, &mut brush);
        }
        // The table says so in the world's own column.
        if app.ui.view != View::Table && snapshot.fork.is_none() && snapshot.arm(app.ui.shown).is_none() {
            late(snapshot, areas.view, &mut brush);
        }
        time_bar::draw(app, snapshot, areas.time, &mut brush);
        // A lesson asks for more figures than these.
        if app.school.present && app.guide.is_none() {
            big::lines(app, snapshot, areas.compare, &mut brush);
        } else {
            compare::draw(app, snapshot, areas.compare, &mut brush);
        }
        match (&app.guide, &snapshot.fork) {
            // One voice at a time.
            (Some(guide), _) => panel::draw(app, guide, areas.story, &mut brush),
            (None, Some(fork)) => futures::rows(app, snapshot, fork, areas.coach, &mut brush),
            (None, None) => coach_band::draw(app, areas.coach, &mut brush),
        }
        if app.school.present && !areas.measured.is_empty() {
            big::draw(app, snapshot, areas.measured.union(areas.log), &mut brush);
        } else {
            measured::draw(app, snapshot, areas.measured, &mut brush);
            just_now::draw(app, snapshot, areas.log, &mut brush);
        }
        footer::draw(app, snapshot, areas.footer, &mut brush);
        if app.ui.layer != Layer::None {
            layers::draw(app, snapshot, areas, &mut brush);
        }
    }
    let caret = brush.caret;
    if theme.ascii() {
        transliterate(buf);
    }
    caret
}

/// Many users take a moment to come: what they come to.
fn unborn(snapshot: &Snapshot, area: Rect, brush: &mut Brush) {
    let lines = wrap(&snapshot.scenario.about, usize::from(area.width.min(80)) - 4);
    let top = area.y + area.height.saturating_sub(lines.len() as u16 + 3) / 2;
    centred(brush, top, &snapshot.scenario.title, Role::Text);
    for (y, line) in (top + 2..).zip(&lines) {
        centred(brush, y, line, Role::Dim);
    }
}

/// A world that begins late has no picture yet.
fn late(snapshot: &Snapshot, area: Rect, brush: &mut Brush) {
    let Some(past) = snapshot.replay else { return };
    let words = format!("this world lives through the past first: {} of {}", clock(past.done), clock(past.all));
    centred(brush, area.y + area.height / 2, &words, Role::Text);
}

/// A friendly card instead of a picture that does not fit.
fn too_small(brush: &mut Brush) {
    let Rect { width, height, .. } = brush.clip;
    let (columns, rows) = SMALLEST;
    let lines = [
        "statelab".to_owned(),
        format!("needs {columns}×{rows},"),
        format!("this is {width}×{height}."),
        "q quits".to_owned(),
    ];
    let top = height.saturating_sub(lines.len() as u16) / 2;
    for (y, line) in (top..height).zip(&lines) {
        centred(brush, y, line, Role::Text);
    }
}

fn centred(brush: &mut Brush, y: u16, words: &str, role: Role) {
    let area = brush.clip;
    let x = area.x + area.width.saturating_sub(cells(words)) / 2;
    let style = brush.theme.style(role);
    brush.text(x, area.y + y, area.width, words, style);
}

/// The last step where only ASCII may be shown: words and views need not know of it.
fn transliterate(buf: &mut Buffer) {
    for cell in &mut buf.content {
        let letter = cell.symbol().chars().next();
        if let Some(letter) = letter.filter(|letter| !letter.is_ascii()) {
            cell.set_char(in_ascii(letter));
        }
    }
}

/// What stands for a character where only ASCII may be shown; for a glyph, what the picture shows in its place.
const fn in_ascii(letter: char) -> char {
    match letter {
        '×' => 'x',
        '·' => '.',
        '►' | '▸' | '→' | '≥' => '>',
        '◄' | '←' | '≤' => '<',
        '‖' | '│' | '┃' | '╎' | '▏' => '|',
        '─' | '━' | '–' | '—' => '-',
        '┄' | '⋮' => '.',
        '╌' => ':',
        '≈' | '±' | '…' => '~',
        '●' => 'o',
        '■' | '█' => '#',
        '▣' => '@',
        '□' => 'o',
        '◇' => '&',
        '◧' => '%',
        '«' => '(',
        '✗' => 'x',
        '≠' => '!',
        '✓' => '*',
        '↑' | '▲' => '^',
        '↓' | '▼' => 'v',
        '“' | '”' => '"',
        'µ' => 'u',
        'σ' => 's',
        'κ' => 'k',
        'ρ' => 'r',
        '╭' | '╮' | '╰' | '╯' | '┏' | '┓' | '┗' | '┛' | '┌' | '┐' | '└' | '┘' => '+',
        '\u{2801}'..='\u{28ff}' => '*',
        '\u{2800}' => ' ',
        _ => '?',
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::theme::Palette;

    /// A text that speaks of `◇` means what the picture shows.
    #[test]
    fn ascii_has_every_glyph_and_every_character_of_the_shipped_texts() {
        let [plain, ascii] = [false, true].map(|ascii| Theme::new(Palette::Plain, ascii));
        use crate::tui::theme::Glyph::{
            Behind, Copy, Done, Drain, Flow, Gone, Item, Push, Reply, Request, Resent, Route, Whole,
        };
        for glyph in [Item, Whole, Resent, Copy, Behind, Gone, Done, Request, Reply, Push, Route, Drain, Flow] {
            assert_eq!(in_ascii(plain.glyph(glyph)), ascii.glyph(glyph), "{glyph:?}");
        }
        let mut texts = vec![
            include_str!("../../assets/glossary.toml"),
            include_str!("../../assets/coach.toml"),
            include_str!("../../assets/keymap.toml"),
            include_str!("../../assets/table.toml"),
        ];
        texts.extend(crate::lesson::shipped().iter().map(|lesson| lesson.text));
        texts.extend(crate::scenario::shipped().iter().map(|scenario| scenario.text));
        let words = texts.into_iter().flat_map(str::lines).filter(|line| !line.starts_with('#'));
        for letter in words.flat_map(str::chars).filter(|letter| !letter.is_ascii()) {
            assert_ne!(in_ascii(letter), '?', "{letter}");
        }
    }

    #[test]
    fn the_design_sizes_come_out() {
        let areas = Areas::of(Rect::new(0, 0, 120, 40), View::Stage);
        assert_eq!(
            (areas.view, areas.coach.y, areas.measured, areas.log),
            (Rect::new(0, 2, 120, 27), 29, Rect::new(0, 31, 85, 8), Rect::new(85, 31, 35, 8))
        );
        let areas = Areas::of(Rect::new(0, 0, 80, 24), View::Stage);
        assert_eq!(
            (areas.view, areas.compare, areas.coach.y, areas.footer.y),
            (Rect::new(0, 1, 80, 17), Rect::new(0, 18, 80, 3), 21, 23)
        );
    }

    #[test]
    fn nothing_overlaps_at_any_size() {
        for view in View::ALL {
            for (width, height) in (60..=500).step_by(7).flat_map(|w| (18..=200).step_by(3).map(move |h| (w, h))) {
                let area = Rect::new(0, 0, width, height);
                let a = Areas::of(area, view);
                let all = [a.header, a.view, a.compare, a.coach, a.measured, a.log, a.footer];
                for (at, one) in all.iter().enumerate() {
                    assert_eq!(one.intersection(area), *one, "{view:?} {width}×{height}");
                    assert!(
                        all[at + 1..].iter().all(|other| one.intersection(*other).is_empty()),
                        "{view:?} {width}×{height}"
                    );
                }
            }
        }
    }
}

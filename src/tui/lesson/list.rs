//! The list of lessons, over the view.

use crate::lesson::{Lesson, Progress, shipped};
use crate::shipped::Shipped;
use crate::tui::app::App;
use crate::tui::parts::{clear, fit, panel};
use crate::tui::stage::paint::Brush;
use crate::tui::theme::Role;
use ratatui::layout::Rect;
use std::sync::OnceLock;

/// How many lessons there are.
#[must_use]
pub fn count() -> usize {
    shipped().len()
}

/// The first lesson that was not finished yet.
#[must_use]
pub fn first_open(progress: &Progress) -> usize {
    shipped().iter().position(|lesson| !progress.finished(lesson.name)).unwrap_or(0)
}

/// What each lesson asks. The files are read once, not for every frame.
fn questions() -> &'static [String] {
    static QUESTIONS: OnceLock<Vec<String>> = OnceLock::new();
    // A test reads them all.
    let question = |shipped: &Shipped| Lesson::load(shipped.name).map_or(String::new(), |lesson| lesson.question);
    QUESTIONS.get_or_init(|| shipped().iter().map(question).collect())
}

pub(in crate::tui) fn draw(app: &App, at: usize, within: Rect, brush: &mut Brush) {
    let height = (count() as u16 + 4).min(within.height);
    let width = within.width.min(100);
    let area =
        Rect { x: within.x + (within.width - width) / 2, y: within.y + (within.height - height) / 2, width, height };
    clear(brush, area);
    let rows = usize::from(height.saturating_sub(4)).max(1);
    let top = (at + 1).saturating_sub(rows);
    // Where not all fit, it is said which these are.
    let which = if rows < count() { format!(" {} to {} of {}", top + 1, top + rows, count()) } else { String::new() };
    let inside = panel(brush, area, &format!("lessons{which}: six to eight minutes each; the first ones first"));
    for (y, (number, shipped)) in (inside.y..).zip(shipped().iter().enumerate().skip(top).take(rows)) {
        let record = app.school.progress.lessons.get(shipped.name);
        let mark = match record {
            Some(record) if record.left.is_some() => "…",
            Some(record) if record.finished > 0 => "✓",
            _ => " ",
        };
        let line = format!(" {mark} {:>2}  {:<13} {}", number + 1, shipped.name, questions()[number]);
        let style = if number == at { brush.theme.chip(Role::Key) } else { brush.theme.style(Role::Text) };
        brush.text(inside.x, y, inside.width, &fit(&line, inside.width), style);
    }
    let hint = "Enter begins it; this run makes room for it. Challenges: statelab challenge";
    brush.text(inside.x + 1, inside.bottom().saturating_sub(1), inside.width, hint, brush.theme.style(Role::Dim));
}

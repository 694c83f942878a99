//! The list of lessons, over the view.

use crate::lesson::{Lesson, Progress, shipped};
use crate::tui::app::App;
use crate::tui::parts::fit;
use crate::tui::parts::layers::pop_up;
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

/// The lessons. The files are read once, not for every frame; a test reads them all.
fn lessons() -> &'static [Lesson] {
    static LESSONS: OnceLock<Vec<Lesson>> = OnceLock::new();
    LESSONS.get_or_init(|| shipped().iter().filter_map(|shipped| Lesson::load(shipped.name).ok()).collect())
}

pub(in crate::tui) fn draw(app: &App, at: usize, within: Rect, brush: &mut Brush) {
    // Under them a blank row and a hint.
    let rows = usize::from(within.height.saturating_sub(4)).clamp(1, count());
    let top = (at + 1).saturating_sub(rows);
    // Where not all fit, it is said which these are.
    let which = if rows < count() { format!(" {} to {} of {}", top + 1, top + rows, count()) } else { String::new() };
    let title = format!("lessons{which}: six to eight minutes each; the first ones first");
    let inside = pop_up(brush, within, 100, count() as u16 + 4, &title);
    let progress = &app.school.progress;
    for (y, (number, lesson)) in (inside.y..).zip(lessons().iter().enumerate().skip(top).take(rows)) {
        let left = progress.lessons.get(&lesson.name).is_some_and(|record| record.left.is_some());
        let mark = match progress.outcome(lesson) {
            _ if left => "…",
            Some(outcome) if outcome.mastered() => "✓",
            Some(_) => "·",
            None => " ",
        };
        let line = format!(" {mark} {:>2}  {:<13} {}", number + 1, lesson.name, lesson.question);
        let style = if number == at { brush.theme.chip(Role::Key) } else { brush.theme.style(Role::Text) };
        brush.text(inside.x, y, inside.width, &fit(&line, inside.width), style);
    }
    let hint = match lessons().get(at).and_then(|lesson| progress.outcome(lesson)) {
        Some(outcome) if outcome.mastered() => format!("✓ done: {outcome}. Enter begins it again"),
        Some(outcome) => {
            format!("· done, but {outcome}: half of the answers and every goal make it ✓. Enter begins it")
        }
        None => "Enter begins it; this run makes room for it. Challenges: statelab challenge".into(),
    };
    brush.text(
        inside.x + 1,
        inside.bottom().saturating_sub(1),
        inside.width.saturating_sub(1),
        &hint,
        brush.theme.style(Role::Dim),
    );
}

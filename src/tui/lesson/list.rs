//! The list of lessons, over the view.

use crate::lesson::{Lesson, Progress, shipped};
use crate::tui::app::App;
use crate::tui::parts::fit;
use crate::tui::parts::layers::pop_up;
use crate::tui::stage::paint::{Brush, cells};
use crate::tui::theme::Role;
use ratatui::layout::Rect;
use std::sync::OnceLock;

/// How many lessons there are.
#[must_use]
pub fn count() -> usize {
    shipped().len()
}

/// How many rows the list has: in a lesson, the last one leads out of it.
pub(in crate::tui) fn rows(app: &App) -> usize {
    count() + usize::from(app.guide.is_some())
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
    // Under them a blank row and a hint; the way out of a lesson is always in sight, below those that fit.
    let way_out = rows(app) - count();
    let rows = usize::from(within.height.saturating_sub(4)).saturating_sub(way_out).clamp(1, count());
    let top = (at.min(count() - 1) + 1).saturating_sub(rows);
    // Where not all fit, it is said which these are.
    let which = if rows < count() { format!(" {} to {} of {}", top + 1, top + rows, count()) } else { String::new() };
    let title = format!("lessons{which}: six to eight minutes each; the first ones first");
    let inside = pop_up(brush, within, 100, (count() + way_out) as u16 + 4, &title);
    let progress = &app.school.progress;
    let style = |number| if number == at { brush.theme.chip(Role::Key) } else { brush.theme.style(Role::Text) };
    let lines = lessons().iter().enumerate().skip(top).take(rows).map(|(number, lesson)| {
        let left = progress.lessons.get(&lesson.name).is_some_and(|record| record.left.is_some());
        let mark = match progress.outcome(lesson) {
            _ if left => "…",
            Some(outcome) if outcome.mastered() => "✓",
            Some(_) => "·",
            None => " ",
        };
        (number, format!(" {mark} {:>2}  {:<13} {}", number + 1, lesson.name, lesson.question))
    });
    let leave = app.guide.as_ref().map(|_| (count(), "       leave the lesson and play on with its scene".to_owned()));
    for (y, (number, line)) in (inside.y..).zip(lines.chain(leave)) {
        brush.text(inside.x, y, inside.width, &fit(&line, inside.width), style(number));
        if number == at && number < count() && cells(&line) > inside.width {
            // Where it is cut, it stands whole above the hint.
            let whole = &lessons()[number].question;
            let y = inside.bottom().saturating_sub(2);
            brush.text(inside.x + 1, y, inside.width.saturating_sub(1), whole, brush.theme.style(Role::Text));
        }
    }
    let hint = match lessons().get(at).and_then(|lesson| progress.outcome(lesson)) {
        Some(outcome) if outcome.mastered() => format!("✓ done: {outcome}. Enter begins it again"),
        Some(outcome) => {
            format!("· done, but {outcome}: half of the answers and every goal make it ✓. Enter begins it")
        }
        None if at == count() => "Enter: what is measured goes on, and the keys are yours".into(),
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

//! The story beside the stage, or under it where there is no room.
//!
//! ```text
//!   120 columns and more                         fewer
//!   ╭ a title ──────────╮ stage                  stage
//!   │ what is said      │                        what is said
//!   │ 1 an answer       │                        1 an answer        Enter go on   s skip
//!   │ Enter  go on      │                        ────────────────────────────────────────
//!   ╰───────────────────╯ figures                figures
//! ```

mod rows;
#[cfg(test)]
mod tests;

use super::{Guide, Phase, Verdict};
use crate::command::{Command, Target};
use crate::lesson::CONFIDENCES;
use crate::tui::app::App;
use crate::tui::keymap::{Action, Keymap};
use crate::tui::parts::{band, clear, clock, panel, world, wrap};
use crate::tui::screen::Areas;
use crate::tui::stage::paint::Brush;
use crate::tui::theme::Role;
use crate::tui::views::View;
use ratatui::layout::Rect;
use rows::{Line, Row, beside, under};

/// From so many columns on the story has room beside the stage.
pub(in crate::tui) const BESIDE: u16 = 120;
/// Its width then.
pub(in crate::tui) const WIDTH: u16 = 39;
/// Where it lies under the stage it has these rows for itself, and covers the stage with what it needs beyond them.
const LEAST: u16 = 2;
/// The rows of both worlds' figures.
const FIGURES: u16 = 3;
/// So high the stage stays, if the screen is; what is above that is the story's, too.
const STAGE: u16 = 17;
/// … up to so many rows.
const MORE: u16 = 7;
/// The smallest screen that has all a lesson speaks of.
const ROOMY: (u16, u16) = (80, 24);

/// The screen's places with room for the story. The figures stay visible: lessons ask for them.
pub(in crate::tui) fn split(app: &App, guide: &Guide, areas: Areas) -> Areas {
    let Areas { mut view, mut compare, coach, .. } = areas;
    // A class sees big figures in their place; what a lesson asks for by name is there, too.
    if app.school.present && app.ui.view == View::Stage && compare.is_empty() {
        compare = Rect { y: coach.bottom() - FIGURES, height: FIGURES, ..coach };
        view.height = compare.y - view.y;
    }
    if view.width >= BESIDE {
        let story = Rect { width: WIDTH, height: coach.bottom() - view.y, ..view };
        let right = |area: Rect| Rect { x: area.x + WIDTH, width: area.width - WIDTH, ..area };
        return Areas { story, view: right(view), compare: right(compare), ..areas };
    }
    let compare = Rect { y: coach.bottom() - compare.height, ..compare };
    let rows = under(lines(app, guide, text_width(view)), text_width(view)).len() as u16;
    // What does not fit covers the figures, too.
    let room = compare.y - view.y;
    let bottom = if rows > room { coach.bottom() } else { compare.y };
    let height = rows.max(LEAST).min(bottom - view.y);
    let story = Rect { y: bottom - height, height, ..coach };
    let view = match app.ui.view {
        View::Stage => Rect { height: view.height - view.height.saturating_sub(STAGE).min(MORE), ..view },
        _ => Rect { height: story.y - view.y, ..view },
    };
    Areas { story, view, compare, ..areas }
}

/// The width of what is said under a view of this width.
const fn text_width(view: Rect) -> u16 {
    view.width.saturating_sub(4)
}

/// The story as rows; a row more than the panel has is a row that nobody sees.
pub(in crate::tui) fn story(app: &App, guide: &Guide, area: Rect) -> Vec<Row> {
    if area.width == WIDTH {
        let width = area.width - 4;
        beside(lines(app, guide, width))
    } else {
        let width = text_width(area);
        under(lines(app, guide, width), width)
    }
}

pub(in crate::tui) fn draw(app: &App, guide: &Guide, area: Rect, brush: &mut Brush) {
    clear(brush, area);
    if area.width == WIDTH {
        let inside = panel(brush, area, &guide.player.lesson().title);
        let steps = guide.player.lesson().steps.len();
        let place = format!(" {} of {steps} ", (guide.player.at() + 1).min(steps));
        brush.text_right(area.right() - 2, area.bottom() - 1, 12, &place, brush.theme.style(Role::Dim));
        rows::draw(&story(app, guide, area), Rect { x: inside.x + 1, width: inside.width - 2, ..inside }, brush);
    } else {
        band(brush, area);
        rows::draw(&story(app, guide, area), Rect { x: area.x + 2, width: text_width(area), ..area }, brush);
    }
}

/// All that the story says now.
fn lines(app: &App, guide: &Guide, width: u16) -> Vec<Line> {
    let keymap = &app.keymap;
    let mut lines = Vec::new();
    let say = |lines: &mut Vec<Line>, text: &str, role: Role, bold: bool| {
        let parts = wrap(text, usize::from(width)).into_iter().filter(|line| !line.is_empty());
        lines.extend(parts.map(|line| Line::Words(line, role, bold)));
    };
    let key = |action: Action, does: &str, next: bool| Line::Key(keymap.cap(action).into(), does.into(), next);
    if let Some(home) = guide.elsewhere(app.ui.shown) {
        let kind = world(home).0.to_lowercase();
        let back = keymap.cap(Action::OtherWorld);
        say(&mut lines, &format!("Of the {kind} world; {back} shows it:"), Role::Stale, false);
    }
    if app.snapshot.as_ref().is_some_and(|shot| guide.looks_back(shot.now)) {
        say(&mut lines, "You are looking back.", Role::Stale, false);
        lines.push(key(Action::GoOn, "to where the lesson is", true));
        return lines;
    }
    if let Some(instant) = app.snapshot.as_ref().and_then(|shot| guide.started_over(shot.now)) {
        say(&mut lines, &format!("The scene has started over, at {}.", clock(instant)), Role::Stale, false);
    }
    if let Some(preface) = guide.preface() {
        say(&mut lines, &preface, Role::Dim, false);
        // What was right there need not be right of the picture.
        if guide.phase == Phase::Judged {
            say(&mut lines, &guide.text, Role::Dim, false);
        }
    }
    for verdict in &guide.verdicts {
        // Of several answers it must be said which is which.
        if guide.verdicts.len() > 1 && !guide.hidden {
            say(&mut lines, &verdict.asked, Role::Dim, false);
        }
        tell(verdict, guide.hidden, width, &mut lines);
    }
    match &guide.phase {
        Phase::Opening(_) => say(&mut lines, "The scene is being set.", Role::Dim, false),
        Phase::Reading => {
            say(&mut lines, &guide.text, Role::Text, true);
            if guide.about().is_some() && (app.ui.size.0 < ROOMY.0 || app.ui.size.1 < ROOMY.1) {
                let (width, height) = ROOMY;
                let words = format!("Some of it is not drawn in a window this small; {width}x{height} has room.");
                say(&mut lines, &words, Role::Dim, false);
            }
            lines.push(key(Action::GoOn, "go on", true));
        }
        Phase::Returning | Phase::Recall | Phase::Asking => {
            say(&mut lines, &guide.text, Role::Text, true);
            question(guide, keymap, width, &mut lines);
        }
        Phase::Sure => {
            say(&mut lines, &guide.text, Role::Dim, false);
            say(&mut lines, &format!("▸ {}", guide.answered()), Role::State, false);
            say(&mut lines, "How sure are you?", Role::Text, true);
            for (number, words) in (1..).zip(CONFIDENCES) {
                lines.push(Line::Choice(number, vec![words.into()], false));
            }
            lines.push(key(Action::CommitAnswer, "I do not say", false));
            lines.push(key(Action::EraseAnswer, "another answer", false));
        }
        Phase::Judged => lines.push(key(Action::GoOn, "go on", true)),
        Phase::Doing(command, _) => {
            say(&mut lines, &format!("Now: {command}."), Role::Text, true);
            let (keys, does) = keys_of(*command, keymap);
            lines.push(Line::Key(keys, does, true));
            lines.push(key(Action::GoOn, "have it done", false));
        }
        Phase::Showing(home) => {
            let (kind, place) = world(*home);
            say(&mut lines, &format!("Now look at the {} world: {place}.", kind.to_lowercase()), Role::Text, true);
            lines.push(if *home == app.ui.other() {
                key(Action::OtherWorld, "leads there", true)
            } else {
                key(Action::NextHome, "until it is shown", true)
            });
            lines.push(key(Action::GoOn, "have it shown", false));
        }
        Phase::Running(_) => {
            let factor = app.snapshot.as_ref().and_then(|shot| shot.speed.factor());
            if app.snapshot.as_ref().is_some_and(|shot| shot.paused) {
                say(&mut lines, "You stopped time.", Role::Dim, false);
                lines.push(key(Action::Pause, "let it run", true));
                lines.push(key(Action::GoOn, "hurry there", false));
                return lines;
            }
            say(&mut lines, &guide.meanwhile, Role::Text, true);
            let words = match factor {
                Some(factor) if factor > 1.0 => {
                    format!("Watch: time runs {factor} times as fast, and stops by itself.")
                }
                Some(_) => "Watch. Time stops by itself.".into(),
                None => "Watch: time runs as fast as it can, and stops by itself.".into(),
            };
            say(&mut lines, &words, Role::Dim, false);
            lines.push(key(Action::GoOn, "hurry there", false));
        }
        Phase::Comparing(_) => {
            say(&mut lines, "All six homes are being compared, on the same traffic. A few seconds.", Role::Dim, false);
        }
        Phase::Trying(help, reached) => {
            say(&mut lines, &guide.text, Role::Text, true);
            if *reached {
                say(&mut lines, "✓ Reached.", Role::State, true);
                lines.push(key(Action::GoOn, "go on", true));
            } else {
                say(&mut lines, &guide.meanwhile, Role::State, false);
                if app.snapshot.as_ref().is_some_and(|shot| shot.paused) {
                    lines.push(key(Action::Pause, "let time run", true));
                }
                lines.push(key(Action::Again, "start over, one thing changed", false));
                let does = ["a hint", "one way to do it", "leave it, and go on"][usize::from(*help).min(2)];
                lines.push(key(Action::GoOn, does, false));
            }
        }
        Phase::Over => {
            say(&mut lines, "That was it. The scene is yours: change it, break it, look.", Role::Text, true);
            lines.push(key(Action::GoOn, "the next lesson", true));
        }
        Phase::Stuck(why) => {
            say(&mut lines, &format!("The lesson cannot go on: {why}."), Role::Lost, true);
            lines.push(key(Action::GoOn, "the lessons", true));
        }
    }
    lines
}

fn tell(verdict: &Verdict, hidden: bool, width: u16, lines: &mut Vec<Line>) {
    let (mark, role) = match verdict.right {
        Some(true) => ("✓ Yes", Role::State),
        Some(false) => ("✗ No", Role::Lost),
        None => ("· Measured", Role::Dim),
    };
    let text = match (verdict.right, hidden) {
        (_, true) => "Your answer is kept.".to_owned(),
        (Some(true), _) => format!("{mark}: {}", verdict.truth),
        (Some(false), _) => format!("{mark}, not “{}”. Measured: {}", verdict.said, verdict.truth),
        (None, _) => format!("{mark}: {}", verdict.truth),
    };
    lines.extend(wrap(&text, usize::from(width)).into_iter().map(|line| Line::Words(line, role, true)));
    lines.push(Line::Air);
}

fn question(guide: &Guide, keymap: &Keymap, width: u16, lines: &mut Vec<Line>) {
    let Some(asked) = &guide.asked else { return };
    for (number, choice) in (1..).zip(&asked.choices) {
        let words = wrap(choice, usize::from(width.saturating_sub(rows::INDENT)));
        lines.push(Line::Choice(number, words, guide.chosen == Some(number)));
    }
    let ready = guide.chosen.is_some() || !guide.input.is_empty();
    if asked.choices.is_empty() {
        let unit = if asked.unit.is_empty() { String::new() } else { format!(" {}", asked.unit) };
        lines.push(Line::Words(format!("▸ {}▏{unit}", guide.input), Role::State, true));
    }
    if guide.phase == Phase::Returning {
        lines.push(Line::Key(keymap.cap(Action::CommitAnswer).into(), "do that".into(), true));
        return;
    }
    let does = if ready {
        "that is my answer"
    } else if asked.choices.is_empty() {
        "when a number is typed"
    } else {
        "when one is marked"
    };
    lines.push(Line::Key(keymap.cap(Action::CommitAnswer).into(), does.into(), ready));
    lines.push(Line::Key(keymap.cap(Action::Skip).into(), "skip".into(), false));
}

/// The keys that give a command, and what is to be said beside them.
pub(super) fn keys_of(command: Command, keymap: &Keymap) -> (String, String) {
    let key = |action: Action| (keymap.cap(action).to_owned(), "does it".to_owned());
    let verb = |target: Target, action: Action| {
        let object = match target {
            Target::Instance(id) => id.to_string(),
            Target::Store => "0".into(),
        };
        (format!("{object} {}", keymap.cap(action)), "does it".to_owned())
    };
    match command {
        Command::Kill(target) => verb(target, Action::Kill),
        Command::Hang(target) => verb(target, Action::Hang),
        Command::Restart(target) => verb(target, Action::Restart),
        Command::Drain(id) => verb(Target::Instance(id), Action::Drain),
        Command::Add => key(Action::Add),
        Command::Remove => key(Action::Remove),
        Command::Deploy => key(Action::Deploy),
        _ => (keymap.cap(Action::Palette).into(), format!("the same words, then {}", keymap.cap(Action::Commit))),
    }
}

//! The story beside the stage, or under it where there is no room.
//!
//! ```text
//!   120 columns and more                         fewer
//!   ╭ lesson 4 ─────────╮ stage                  stage
//!   │ what is said      │                        ────────────────────────────
//!   │ 1 an answer       │                        what is said
//!   │ Enter  go on      │                        1 an answer    Enter  go on
//!   ╰───────────────────╯
//! ```

use super::{Guide, Phase, Verdict};
use crate::command::{Command, Target};
use crate::lesson::CONFIDENCES;
use crate::scenario::Home;
use crate::tui::app::App;
use crate::tui::keymap::{Action, Keymap};
use crate::tui::parts::{band, cap, clear, panel, world, wrap};
use crate::tui::stage::paint::Brush;
use crate::tui::theme::Role;
use ratatui::layout::Rect;

/// From so many columns on the story has room beside the stage.
pub(in crate::tui) const BESIDE: u16 = 120;
/// Its width then.
pub(in crate::tui) const WIDTH: u16 = 39;
/// The rows of coach and comparison, which it takes where it lies under the stage.
const LEAST: u16 = 5;

/// A line of the story.
enum Line {
    Words(String, Role, bool),
    Key(String, String, bool),
    Air,
}

/// The story's place, and what is left of the view.
pub(in crate::tui) fn split(guide: &Guide, view: Rect, lower: Rect) -> (Rect, Rect) {
    if view.width >= BESIDE {
        let story = Rect { width: WIDTH, height: view.height + lower.height, ..view };
        return (story, Rect { x: view.x + WIDTH, width: view.width - WIDTH, ..view });
    }
    let lines = lines(guide, &Keymap::shipped(), usize::from(view.width.saturating_sub(5)), true);
    let height = (lines.len() as u16).max(LEAST).min(view.height + lower.height);
    let story = Rect { x: view.x, y: lower.bottom().saturating_sub(height), width: view.width, height };
    (story, view)
}

pub(in crate::tui) fn draw(app: &App, guide: &Guide, area: Rect, brush: &mut Brush) {
    clear(brush, area);
    let beside = area.width == WIDTH;
    let inside = if beside {
        let lesson = guide.player.lesson();
        panel(brush, area, &lesson.title)
    } else {
        band(brush, area);
        Rect { x: area.x + 2, width: area.width.saturating_sub(4), ..area }
    };
    let paused = app.snapshot.as_ref().is_some_and(|shot| shot.paused);
    let mut lines = lines(guide, &app.keymap, usize::from(inside.width.saturating_sub(1)), paused);
    if beside {
        // Air between what is said and what can be pressed.
        let first_key = lines.iter().position(|line| matches!(line, Line::Key(..))).unwrap_or(lines.len());
        lines.insert(first_key, Line::Air);
    }
    for (y, line) in (inside.top()..inside.bottom()).zip(&lines) {
        match line {
            Line::Air => {}
            Line::Words(words, role, bold) => {
                let style = if *bold { brush.theme.bold(*role) } else { brush.theme.style(*role) };
                brush.text(inside.x + u16::from(beside), y, inside.width, words, style);
            }
            Line::Key(key, words, chosen) => {
                let x = cap(brush, inside.x + u16::from(beside), y, key, *chosen);
                let style = if *chosen { brush.theme.bold(Role::Text) } else { brush.theme.style(Role::Text) };
                brush.text(x + 1, y, inside.right().saturating_sub(x + 1), words, style);
            }
        }
    }
    let steps = guide.player.lesson().steps.len();
    let place = format!(" {} of {steps} ", (guide.player.at() + 1).min(steps));
    if beside {
        brush.text_right(area.right() - 2, area.bottom() - 1, 12, &place, brush.theme.style(Role::Dim));
    }
}

/// All that the story says now.
fn lines(guide: &Guide, keymap: &Keymap, width: usize, paused: bool) -> Vec<Line> {
    let mut lines = Vec::new();
    let say = |lines: &mut Vec<Line>, text: &str, role: Role, bold: bool| {
        lines.extend(wrap(text, width).into_iter().map(|line| Line::Words(line, role, bold)));
    };
    for verdict in &guide.verdicts {
        tell(verdict, guide.hidden, width, &mut lines);
    }
    let enter = |does: &str| Line::Key(keymap.cap(Action::GoOn).into(), does.into(), true);
    match &guide.phase {
        Phase::Opening(_) => say(&mut lines, "The scene is being set.", Role::Dim, false),
        Phase::Reading => {
            say(&mut lines, &guide.text, Role::Text, true);
            lines.push(enter("go on"));
        }
        Phase::Recall | Phase::Asking => {
            say(&mut lines, &guide.text, Role::Text, true);
            question(guide, keymap, width, &mut lines);
        }
        Phase::Sure => {
            say(&mut lines, "How sure are you?", Role::Text, true);
            for (number, words) in (1..).zip(CONFIDENCES) {
                lines.push(Line::Key(number.to_string(), words.into(), false));
            }
        }
        Phase::Judged => lines.push(enter("go on")),
        Phase::Doing(command, _) => {
            say(&mut lines, &format!("Now: {command}."), Role::Text, true);
            lines.push(Line::Key(keys_of(*command, keymap), "is how".into(), true));
            lines.push(Line::Key(keymap.cap(Action::GoOn).into(), "have it done".into(), false));
        }
        Phase::Showing(home) => {
            let (kind, place) = world(*home);
            say(&mut lines, &format!("Now look at the {} world: {place}.", kind.to_lowercase()), Role::Text, true);
            lines.push(Line::Key(look_key(*home, keymap).into(), "leads there".into(), true));
            lines.push(Line::Key(keymap.cap(Action::GoOn).into(), "have it shown".into(), false));
        }
        Phase::Running(_) => {
            say(&mut lines, "Watch. Time stops by itself.", Role::Dim, false);
            lines.push(Line::Key(keymap.cap(Action::GoOn).into(), "hurry there".into(), false));
        }
        Phase::Comparing(_) => {
            say(&mut lines, "All six homes are being compared, on the same traffic. A few seconds.", Role::Dim, false);
        }
        Phase::Trying(help, reached) => {
            say(&mut lines, &guide.text, Role::Text, true);
            if *reached {
                say(&mut lines, "✓ Reached.", Role::State, true);
                lines.push(enter("go on"));
            } else {
                if paused {
                    lines.push(Line::Key(keymap.cap(Action::Pause).into(), "let time run".into(), true));
                }
                lines.push(Line::Key(keymap.cap(Action::Again).into(), "start over, one thing changed".into(), false));
                let does = ["a hint", "one way to do it", "leave it, and go on"][usize::from(*help).min(2)];
                lines.push(Line::Key(keymap.cap(Action::GoOn).into(), does.into(), false));
            }
        }
        Phase::Over => {
            say(&mut lines, "That was it. The scene is yours: change it, break it, look.", Role::Text, true);
            lines.push(Line::Key(keymap.cap(Action::Lessons).into(), "the next lesson".into(), true));
        }
        Phase::Stuck(why) => {
            say(&mut lines, &format!("The lesson cannot go on: {why}."), Role::Lost, true);
            lines.push(Line::Key(keymap.cap(Action::Lessons).into(), "the lessons".into(), true));
        }
    }
    lines
}

fn tell(verdict: &Verdict, hidden: bool, width: usize, lines: &mut Vec<Line>) {
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
    lines.extend(wrap(&text, width).into_iter().map(|line| Line::Words(line, role, true)));
    lines.push(Line::Air);
}

fn question(guide: &Guide, keymap: &Keymap, width: usize, lines: &mut Vec<Line>) {
    let Some(asked) = &guide.asked else { return };
    for (number, choice) in (1..).zip(&asked.choices) {
        let chosen = guide.chosen == Some(number);
        let mut key = number.to_string();
        for (at, line) in wrap(choice, width.saturating_sub(5)).into_iter().enumerate() {
            if at == 0 {
                lines.push(Line::Key(std::mem::take(&mut key), line, chosen));
            } else {
                lines.push(Line::Words(format!("    {line}"), Role::Text, chosen));
            }
        }
    }
    let ready = guide.chosen.is_some() || !guide.input.is_empty();
    if asked.choices.is_empty() {
        let unit = if asked.unit.is_empty() { String::new() } else { format!(" {}", asked.unit) };
        lines.push(Line::Words(format!("▸ {}▏{unit}", guide.input), Role::State, true));
    }
    let does = if ready {
        "that is my answer"
    } else if asked.choices.is_empty() {
        "when it is typed"
    } else {
        "when it is marked"
    };
    lines.push(Line::Key(keymap.cap(Action::CommitAnswer).into(), does.into(), ready));
    lines.push(Line::Key(keymap.cap(Action::Skip).into(), "skip".into(), false));
}

/// The keys that give a command.
fn keys_of(command: Command, keymap: &Keymap) -> String {
    let verb = |target: Target, action: Action| {
        let object = match target {
            Target::Instance(id) => id.to_string(),
            Target::Store => "0".into(),
        };
        format!("{object} {}", keymap.cap(action))
    };
    match command {
        Command::Kill(target) => verb(target, Action::Kill),
        Command::Hang(target) => verb(target, Action::Hang),
        Command::Restart(target) => verb(target, Action::Restart),
        Command::Drain(id) => verb(Target::Instance(id), Action::Drain),
        Command::Add => keymap.cap(Action::Add).into(),
        Command::Remove => keymap.cap(Action::Remove).into(),
        Command::Deploy => keymap.cap(Action::Deploy).into(),
        other => format!("{} {other}", keymap.cap(Action::Palette)),
    }
}

fn look_key(home: Home, keymap: &Keymap) -> &str {
    keymap.cap(if home == Home::Token { Action::OtherWorld } else { Action::NextHome })
}

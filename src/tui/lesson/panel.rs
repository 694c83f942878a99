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
use crate::tui::stage::paint::{Brush, CARET};
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
        let place = format!(" {} ", place(guide));
        brush.text_right(area.right() - 2, area.bottom() - 1, 12, &place, brush.theme.style(Role::Dim));
        rows::draw(&story(app, guide, area), Rect { x: inside.x + 1, width: inside.width - 2, ..inside }, brush);
    } else {
        band(brush, area);
        let mut rows = story(app, guide, area);
        let place = place(guide);
        rows::end_with(&mut rows, &[format!("{} · {place}", guide.player.lesson().title), place], text_width(area));
        rows::draw(&rows, Rect { x: area.x + 2, width: text_width(area), ..area }, brush);
    }
}

/// Which step it is, of how many.
fn place(guide: &Guide) -> String {
    let steps = guide.player.lesson().steps.len();
    format!("{} of {steps}", (guide.player.at() + 1).min(steps))
}

/// All that the story says now.
fn lines(app: &App, guide: &Guide, width: u16) -> Vec<Line> {
    let mut told = Told { app, guide, width, lines: Vec::new() };
    if let Some(home) = guide.elsewhere(app.ui.shown) {
        let kind = world(home).0.to_lowercase();
        let back = app.keymap.cap(Action::OtherWorld);
        told.say(&format!("Of the {kind} world; {back} shows it:"), Role::Stale, false);
    }
    if app.snapshot.as_ref().is_some_and(|shot| guide.looks_back(shot.now)) {
        told.say("You are looking back.", Role::Stale, false);
        told.key(Action::GoOn, "to where the lesson is", true);
        return told.lines;
    }
    told.what_was();
    told.what_is();
    told.lines
}

/// The story while it is put together.
struct Told<'a> {
    app: &'a App,
    guide: &'a Guide,
    width: u16,
    lines: Vec<Line>,
}

impl Told<'_> {
    fn say(&mut self, text: &str, role: Role, bold: bool) {
        let parts = wrap(text, usize::from(self.width)).into_iter().filter(|line| !line.is_empty());
        self.lines.extend(parts.map(|line| Line::Words(line, role, bold)));
    }

    fn key(&mut self, action: Action, does: &str, next: bool) {
        self.lines.push(Line::Key(self.app.keymap.cap(action).into(), does.into(), next));
    }

    fn paused(&self) -> bool {
        self.app.snapshot.as_ref().is_some_and(|shot| shot.paused)
    }

    /// What stands above: where the scene is, which question is meant, how answers turned out.
    fn what_was(&mut self) {
        let guide = self.guide;
        if let Some(instant) = self.app.snapshot.as_ref().and_then(|shot| guide.started_over(shot.now)) {
            self.say(&format!("The scene has started over, at {}.", clock(instant)), Role::Stale, false);
        }
        if let Some(preface) = guide.preface() {
            self.say(&preface, Role::Dim, false);
            // What was right there need not be right of the picture.
            if guide.phase == Phase::Judged {
                self.say(&guide.text, Role::Dim, false);
            }
        }
        for verdict in &guide.verdicts {
            // Of several answers it must be said which is which.
            if guide.verdicts.len() > 1 && !guide.hidden {
                self.say(&verdict.asked, Role::Dim, false);
            }
            self.verdict(verdict);
        }
    }

    fn verdict(&mut self, verdict: &Verdict) {
        let (mark, role) = match verdict.right {
            Some(true) => ("✓ Right", Role::State),
            Some(false) => ("✗ You said", Role::Lost),
            None => ("· Measured", Role::Dim),
        };
        let text = match (verdict.right, self.guide.hidden) {
            (_, true) => "Your answer is kept.".to_owned(),
            (Some(false), _) => format!("{mark} “{}”. Measured: {}", verdict.said, verdict.truth),
            (Some(true) | None, _) => format!("{mark}: {}", verdict.truth),
        };
        self.say(&text, role, true);
        self.lines.push(Line::Air);
    }

    /// What is said and waited for now.
    fn what_is(&mut self) {
        let guide = self.guide;
        match &guide.phase {
            Phase::Opening(_) => self.say("The scene is being set.", Role::Dim, false),
            Phase::Reading => {
                self.say(&guide.text, Role::Text, true);
                let (width, height) = ROOMY;
                if guide.about().is_some() && (self.app.ui.size.0 < width || self.app.ui.size.1 < height) {
                    let words = format!("Some of it is not drawn in a window this small; {width}x{height} has room.");
                    self.say(&words, Role::Dim, false);
                }
                self.key(Action::GoOn, "go on", true);
            }
            Phase::Returning | Phase::Recall | Phase::Asking => {
                self.say(&guide.text, Role::Text, true);
                self.question();
            }
            Phase::Sure(marked) => {
                self.say(&guide.text, Role::Dim, false);
                self.say(&format!("▸ {}", guide.answered()), Role::State, false);
                self.say("How sure are you?", Role::Text, true);
                let choices = (1..).zip(CONFIDENCES);
                let marked = marked.map(usize::from);
                let line =
                    |(number, words): (usize, &str)| Line::Choice(number, vec![words.into()], marked == Some(number));
                self.lines.extend(choices.map(line));
                let does = if marked.is_some() { "so sure I am" } else { "I do not say" };
                self.key(Action::CommitAnswer, does, marked.is_some());
                self.key(Action::EraseAnswer, "another answer", false);
            }
            Phase::Judged => self.key(Action::GoOn, "go on", true),
            Phase::Doing(command, _) => {
                self.say(&format!("Now: {command}."), Role::Text, true);
                let (keys, does) = keys_of(*command, &self.app.keymap);
                self.lines.push(Line::Key(keys, does, true));
                self.key(Action::GoOn, "have it done", false);
            }
            Phase::Showing(home) => {
                let (kind, place) = world(*home);
                self.say(&format!("Now look at the {} world: {place}.", kind.to_lowercase()), Role::Text, true);
                if *home == self.app.ui.other() {
                    self.key(Action::OtherWorld, "leads there", true);
                } else {
                    self.key(Action::NextHome, "until it is shown", true);
                }
                self.key(Action::GoOn, "have it shown", false);
            }
            Phase::Running(_) => self.running(),
            Phase::Comparing(_) => {
                self.say("All six homes are being compared, on the same traffic. A few seconds.", Role::Dim, false);
            }
            Phase::Trying(help, reached) => {
                self.say(&guide.text, Role::Text, true);
                self.goal(*help, *reached);
            }
            Phase::Over => {
                let score = guide.score().unwrap_or_else(|| "That was it.".into());
                self.say(&format!("{score} The scene is yours: change it, break it, look."), Role::Text, true);
                self.key(Action::GoOn, "the next lesson", true);
            }
            Phase::Stuck(why) => {
                self.say(&format!("The lesson cannot go on: {why}."), Role::Lost, true);
                self.key(Action::GoOn, "the lessons", true);
            }
        }
    }

    fn question(&mut self) {
        let guide = self.guide;
        let Some(asked) = &guide.asked else { return };
        for (number, choice) in (1..).zip(&asked.choices) {
            let words = wrap(choice, usize::from(self.width.saturating_sub(rows::INDENT)));
            self.lines.push(Line::Choice(number, words, guide.chosen == Some(number)));
        }
        if asked.choices.is_empty() {
            let unit = if asked.unit.is_empty() { String::new() } else { format!(" {}", asked.unit) };
            self.lines.push(Line::Words(format!("▸ {}{CARET}{unit}", guide.input), Role::State, true));
        }
        if guide.phase == Phase::Returning {
            return self.key(Action::CommitAnswer, "do that", true);
        }
        let ready = guide.chosen.is_some() || !guide.input.is_empty();
        let does = match (ready, asked.choices.is_empty()) {
            (true, _) => "that is my answer",
            (false, true) => "when a number is typed",
            (false, false) => "when one is marked",
        };
        self.key(Action::CommitAnswer, does, ready);
        self.key(Action::Skip, "skip", false);
    }

    fn running(&mut self) {
        if self.paused() {
            self.say("You stopped time.", Role::Dim, false);
            self.key(Action::Pause, "let it run", true);
        } else {
            self.say(&self.guide.meanwhile, Role::Text, true);
            let words = match self.app.snapshot.as_ref().and_then(|shot| shot.speed.factor()) {
                Some(factor) if factor > 1.0 => {
                    format!("Watch: time runs {factor} times as fast, and stops by itself.")
                }
                Some(_) => "Watch: time stops by itself.".into(),
                None => "Watch: time runs as fast as it can, and stops by itself.".into(),
            };
            self.say(&words, Role::Dim, false);
        }
        self.key(Action::GoOn, "hurry there", false);
    }

    fn goal(&mut self, help: u8, reached: bool) {
        if reached {
            self.say("✓ Reached.", Role::State, true);
            return self.key(Action::GoOn, "go on", true);
        }
        self.say(&self.guide.meanwhile, Role::State, false);
        if self.paused() {
            self.key(Action::Pause, "let time run", true);
        }
        self.key(Action::Again, "start over, one thing changed", false);
        let does = ["a hint", "one way to do it", "leave it, and go on"][usize::from(help).min(2)];
        self.key(Action::GoOn, does, false);
    }
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

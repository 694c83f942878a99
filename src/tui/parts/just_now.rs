//! The log beside the figures: the newest sentences first.

use super::{panel, short_clock};
use crate::story::{Line, Tone, Who};
use crate::tui::app::App;
use crate::tui::facts::Deeds;
use crate::tui::snapshot::{ArmView, Snapshot};
use crate::tui::stage::paint::Brush;
use crate::tui::theme::Role;
use crate::units::Nanos;
use ratatui::layout::Rect;
use std::time::Duration;

/// The log stands still for so long, so that it can be read while much happens.
const STANDS: Duration = Duration::from_millis(500);
/// What is older, in simulated time, is not called new.
const RECENT: Nanos = Nanos(60_000_000_000);
/// From this pace on, what is usual is not told.
const FAST: f64 = 10.0;

/// What the log says.
#[derive(Clone, Debug, Default)]
pub struct Log {
    lines: Vec<Line>,
    since: Duration,
    deeds: Deeds,
}

impl Log {
    /// Takes in what is new, as often as it can be read; what the learner does is answered at once.
    pub fn take(&mut self, story: &[Line], pace: f64, deeds: &Deeds, wall: Duration) {
        let acted = self.deeds != *deeds;
        if !acted && wall < self.since + STANDS {
            return;
        }
        let told = || story.iter().filter(|line| pace < FAST || line.tone != Tone::Usual);
        if !told().eq(&self.lines) {
            (self.lines, self.since) = (told().cloned().collect(), wall);
        }
        if acted {
            self.deeds.clone_from(deeds);
        }
    }
}

pub(in crate::tui) fn draw(app: &App, snapshot: &Snapshot, area: Rect, brush: &mut Brush) {
    if area.is_empty() {
        return;
    }
    // Where time runs fast, only what is not usual is told, and that may be long ago.
    let newest = app.log.lines.last().map_or(snapshot.now, |line| line.at);
    let title = if snapshot.now.since(newest) < RECENT { "just now" } else { "earlier" };
    let inside = panel(brush, area, title);
    let Some(arm) = snapshot.arm(app.ui.shown) else { return };
    if arm.story.is_empty() {
        // Of a crowd only what concerns everybody is told.
        brush.text(
            inside.x + 1,
            inside.y,
            inside.width - 1,
            "nothing has disturbed it yet",
            brush.theme.style(Role::Dim),
        );
    }
    for (y, line) in (inside.top()..inside.bottom()).zip(app.log.lines.iter().rev()) {
        let (dim, bold) = (brush.theme.style(Role::Dim), brush.theme.bold(Role::Text));
        let at = short_clock(line.at);
        brush.text_right(inside.x + 5, y, 5, &at, dim);
        let name = who(line, arm, snapshot);
        let (name_style, fact_style) = match line.tone {
            Tone::Usual => (dim, dim),
            Tone::Notable => (bold, brush.theme.style(Role::Text)),
            Tone::Bad => (bold, brush.theme.style(Role::Lost)),
        };
        let x = brush.text(inside.x + 6, y, 8, &name, name_style) + u16::from(!name.is_empty());
        brush.text(x, y, inside.right().saturating_sub(x), &line.fact, fact_style);
    }
}

/// What somebody is called.
pub(in crate::tui) fn who(line: &Line, arm: &ArmView, snapshot: &Snapshot) -> String {
    match line.who {
        Who::Giver(command) if snapshot.history.contains(&(line.at, command)) => "you".into(),
        // What the scenario does has no name before it: `killed 2`. The balancer names itself.
        Who::Giver(_) | Who::Balancer => String::new(),
        Who::Store => "store".into(),
        Who::Instance(id) => format!("{id}"),
        Who::User(session) => arm.scene.clients.full_name(session),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::Command;

    fn story(count: u64) -> Vec<Line> {
        let tone = |seq| if seq % 5 == 0 { Tone::Bad } else { Tone::Usual };
        let line = |seq| Line { at: Nanos(seq), who: Who::Giver(Command::Add), fact: "x".into(), tone: tone(seq), seq };
        (1..=count).map(line).collect()
    }

    #[test]
    fn the_log_stands_still_while_it_is_read() {
        let (mut log, mut deeds) = (Log::default(), Deeds::default());
        let mut newest = |count, pace, commands, millis| {
            deeds.commands = commands;
            log.take(&story(count), pace, &deeds, Duration::from_millis(millis));
            log.lines.last().unwrap().seq
        };
        assert_eq!(newest(1, 1.0, 0, 1000), 1);
        assert_eq!(newest(2, 1.0, 0, 1400), 1);
        assert_eq!(newest(3, 1.0, 0, 1500), 3);
        assert_eq!(newest(4, 1.0, 1, 1600), 4, "a deed is answered at once");
        assert_eq!(newest(8, 10.0, 1, 2100), 5, "what is usual is a blur");
    }
}

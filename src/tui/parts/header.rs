//! The top row: what is run, which world is shown, and the clock.
//!
//! ```text
//!  statelab  Classroom · Stage    m   STATELESS token  STATEFUL sticky      ► 00:39.4  speed 1×   slow motion ×100     ? help
//! ```

use super::{band, cap, clock, world};
use crate::tui::app::App;
use crate::tui::keymap::Action;
use crate::tui::snapshot::Snapshot;
use crate::tui::stage::paint::{Brush, cells};
use crate::tui::theme::Role;
use ratatui::layout::Rect;

/// Cells of the clock with its state, and one at the end.
const CLOCK: u16 = 10;
/// … with the slow motion and the key for help, on small screens.
const CLOCK_AND_ALL: u16 = 24;

pub(in crate::tui) fn draw(app: &App, snapshot: &Snapshot, area: Rect, brush: &mut Brush) {
    band(brush, area);
    let wide = area.width >= 100;
    let y = area.y;
    let (bold, text, dim) = (brush.theme.bold(Role::Text), brush.theme.style(Role::Text), brush.theme.style(Role::Dim));
    let mut x = area.x + 1;
    if wide {
        x = brush.text(x, y, 12, "statelab", bold) + 2;
    }
    x = brush.text(x, y, 24, &snapshot.scenario.title, dim);
    if wide || app.ui.view != crate::tui::views::View::Stage {
        x = brush.text(x, y, 12, " · ", dim);
        x = brush.text(x, y, 12, app.ui.view.title(), text);
    }
    x = cap(brush, x + 2, y, app.keymap.cap(Action::OtherWorld), false) + 1;
    if let Some(fork) = &snapshot.fork {
        for (second, words) in [(false, " AS IT WAS ".to_owned()), (true, format!(" {} ", fork.change))] {
            let both = app.ui.both() && app.ui.view == crate::tui::views::View::Stage;
            let style = if both || second == app.ui.second { brush.theme.chip(Role::State) } else { dim };
            x = brush.text(x, y, 34, &words, style);
        }
        return right(app, snapshot, area, x + 2, brush);
    }
    // Where the clock would find no room, the world that is not shown is named by its kind alone.
    let full: u16 =
        app.ui.worlds().iter().map(|&home| world(home)).map(|(kind, place)| cells(kind) + cells(place) + 3).sum();
    // Of the stateless kind there is one only: its name gives way to all that belongs to the clock.
    let needed = if wide || !app.ui.shown.stateful() { CLOCK } else { CLOCK_AND_ALL };
    let tight = x + full + 2 + needed > area.right();
    for home in app.ui.worlds() {
        let (kind, place) = world(home);
        let shown = home == app.ui.shown || (app.ui.both() && app.ui.view == crate::tui::views::View::Stage);
        let words = if tight && !shown { format!(" {kind} ") } else { format!(" {kind} {place} ") };
        let style = if shown { brush.theme.chip(Role::State) } else { dim };
        x = brush.text(x, y, u16::MAX, &words, style);
    }
    right(app, snapshot, area, x + 2, brush);
}

/// The right part, from the right; what finds no room is left out, the clock last.
fn right(app: &App, snapshot: &Snapshot, area: Rect, left: u16, brush: &mut Brush) {
    let wide = area.width >= 100;
    let (text, dim) = (brush.theme.style(Role::Text), brush.theme.style(Role::Dim));
    let slow = snapshot.scenario.slow_motion;
    let state = if snapshot.paused { "‖" } else { "►" };
    let of = snapshot.times.newest.map_or(String::new(), |newest| format!(" of {}", clock(newest)));
    let clock = format!("{state} {}", clock(snapshot.now));
    let clock = if left + 1 + cells(&clock) + cells(&of) <= area.right() { clock + &of } else { clock };
    let speed = match (snapshot.opens, wide, snapshot.behind) {
        (Some(opens), true, _) => format!("warms up to {}", super::clock(opens)),
        (Some(opens), false, _) => format!("to {}", super::clock(opens)),
        (None, true, false) => format!("speed {:<6}", snapshot.speed),
        (None, true, true) => format!("speed {}, behind", snapshot.speed),
        (None, false, _) => format!("{:<6}", snapshot.speed),
    };
    let slow = match (slow != 1.0, wide) {
        (false, _) => String::new(),
        (true, true) => format!("slow motion ×{slow}"),
        (true, false) => format!("slow ×{slow}"),
    };
    let help = app.keymap.cap(Action::Help);
    let help = if wide { format!("{help} help") } else { help.to_owned() };
    let usual = snapshot.speed == Default::default() && snapshot.opens.is_none();
    // In the order of the row; with the order in which they are dropped.
    let items = [
        (clock, text, 0),
        (speed, if snapshot.behind { brush.theme.style(Role::Stale) } else { dim }, if usual && !wide { 4 } else { 1 }),
        (slow, dim, 2),
        (help, dim, 3),
    ];
    let room = area.right().saturating_sub(left + 1);
    let gap = if area.width >= 130 { 3 } else { 2 };
    let mut kept: Vec<&(String, ratatui::style::Style, i32)> =
        items.iter().filter(|(words, ..)| !words.is_empty()).collect();
    let width = |kept: &[&(String, ratatui::style::Style, i32)]| {
        kept.iter().map(|(words, ..)| cells(words) + gap).sum::<u16>().saturating_sub(gap)
    };
    while kept.len() > 1 && width(&kept) > room {
        let worst = kept.iter().map(|item| item.2).max();
        kept.retain(|item| Some(item.2) != worst);
    }
    let mut x = area.right().saturating_sub(1 + width(&kept)).max(left);
    for (words, style, _) in kept {
        x = brush.text(x, area.y, area.right().saturating_sub(x), words, *style) + gap;
    }
}

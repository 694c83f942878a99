//! The top row: what is run, which world is shown, and the clock.
//!
//! ```text
//!  statelab  Classroom · Stage    m   STATELESS token  STATEFUL sticky      ► 00:39.4  speed 1×   slow motion ×100     ? help
//! ```

use super::{band, cap, clock, fine_clock, fit, world};
use crate::tui::app::App;
use crate::tui::keymap::Action;
use crate::tui::snapshot::Snapshot;
use crate::tui::stage::paint::{Brush, cells};
use crate::tui::theme::Role;
use crate::tui::views::View;
use ratatui::layout::Rect;
use ratatui::style::Style;

/// Cells of the clock with its state, and one at the end.
const CLOCK: u16 = 10;
/// Cells of the clock's time in the slowest motion: what it takes then is kept free where there is room.
const FINEST: usize = 9;
/// Cells of the program's name, and two after it.
const PROGRAM: u16 = 10;

/// `bar`: whether the bar of time says how far the run is known.
pub(in crate::tui) fn draw(app: &App, snapshot: &Snapshot, area: Rect, bar: bool, brush: &mut Brush) {
    band(brush, area);
    let (bold, text, dim) = (brush.theme.bold(Role::Text), brush.theme.style(Role::Text), brush.theme.style(Role::Dim));
    let wide = area.width >= 100;
    let view = if wide || app.ui.view != View::Stage { app.ui.view.title() } else { "" };
    let title = fit(&snapshot.scenario.title, 24);
    let between = if view.is_empty() { "" } else { " · " };
    let key = app.keymap.cap(Action::OtherWorld);
    let chips = chips(app, snapshot, brush);

    // Clock and slow motion must be said: what stands to the left gives way to them.
    let slow = in_short(snapshot.scenario.slow_motion);
    let needed = CLOCK + if slow.is_empty() { 0 } else { cells(&slow) + 2 };
    let room = area.width.saturating_sub(1 + cells(view) + 2 + cells(key) + 2 + 1 + 2 + needed);
    let titled = cells(&title) + cells(between);
    let wanted = |form: usize| chips.iter().map(|chip| cells(&chip.forms[form])).sum::<u16>();
    // Of the stateless kind there is one only: its name says less than the scenario's.
    let full = wanted(0) + if app.ui.shown.stateful() { titled } else { 0 };
    let form = if full <= room {
        0
    } else if wanted(1) <= room + needed - CLOCK {
        1
    } else {
        2
    };

    let (mut x, y) = (area.x + 1, area.y);
    if wide && PROGRAM + titled + wanted(form) <= room {
        x = brush.text(x, y, PROGRAM, "statelab", bold) + 2;
    }
    if titled + wanted(form) <= room {
        x = brush.text(x, y, titled, &(title + between), dim);
    }
    x = brush.text(x, y, 12, view, text);
    x = cap(brush, x + 2, y, key, false) + 1;
    for chip in &chips {
        x = brush.text(x, y, area.right().saturating_sub(x), &chip.forms[form], chip.style);
    }
    // The last chip ends with a blank of its own.
    right(app, snapshot, area, x + 1, bar, brush);
}

/// The name of a world or a future.
struct Chip {
    /// From the longest to the shortest.
    forms: [String; 3],
    style: Style,
}

/// Both worlds, or both futures; those that are drawn stand out.
fn chips(app: &App, snapshot: &Snapshot, brush: &Brush) -> [Chip; 2] {
    let both = app.ui.both() && app.ui.view == View::Stage;
    let style = |shown: bool| if shown || both { brush.theme.chip(Role::State) } else { brush.theme.style(Role::Dim) };
    if let Some(fork) = &snapshot.fork {
        let chip = |second: bool, forms: [String; 3]| Chip { forms, style: style(second == app.ui.second) };
        let (was, change) = (|| " AS IT WAS ".to_owned(), || format!(" {} ", fork.change));
        return [chip(false, [was(), was(), was()]), chip(true, [change(), change(), " WHAT IF ".into()])];
    }
    app.ui.worlds().map(|home| {
        let ((kind, place), shown) = (world(home), both || home == app.ui.shown);
        let (full, kind, place) = (format!(" {kind} {place} "), format!(" {kind} "), format!(" {place} "));
        // Where there is too little room, the world that is not shown is named by its kind alone, then the other by its place.
        let forms = if shown { [full.clone(), full, place] } else { [full, kind.clone(), kind] };
        Chip { forms, style: style(shown) }
    })
}

/// How much time is slowed down, if it is.
fn in_short(slow: f64) -> String {
    if slow == 1.0 { String::new() } else { format!("slow ×{slow}") }
}

/// When slow motion gives way, and when the key for help: the highest first, 0 never.
const SLOW: i32 = 2;
const HELP: i32 = 3;

/// The right part, from the right; what finds no room is left out, the clock last.
fn right(app: &App, snapshot: &Snapshot, area: Rect, left: u16, bar: bool, brush: &mut Brush) {
    let wide = area.width >= 100;
    let (text, dim) = (brush.theme.style(Role::Text), brush.theme.style(Role::Dim));
    let slow = snapshot.scenario.slow_motion;
    let state = if snapshot.paused { "‖" } else { "►" };
    let time = fine_clock(snapshot.now, snapshot.speed.pace());
    let close = format!("{state} {time}");
    let speed = match (snapshot.opens, wide, snapshot.behind) {
        (Some(opens), true, _) => format!("warms up to {}", clock(opens)),
        (Some(opens), false, _) => format!("to {}", clock(opens)),
        (None, true, false) => format!("speed {:<6}", snapshot.speed),
        (None, true, true) => format!("speed {}, behind", snapshot.speed),
        (None, false, _) => format!("{:<6}", snapshot.speed),
    };
    let bare = if snapshot.opens.is_some() { speed.clone() } else { snapshot.speed.to_string() };
    let help = app.keymap.cap(Action::Help);
    let help = if wide { format!("{help} help") } else { help.to_owned() };
    let usual = snapshot.speed == Default::default() && snapshot.opens.is_none() && !snapshot.behind;
    let speed_gives_way = if usual { 4 } else { 1 };
    let speed_style = if snapshot.behind { brush.theme.style(Role::Stale) } else { dim };
    // In the order of the row; with the order in which they give way, the highest first.
    let mut items = vec![
        (format!("{state} {time:<FINEST$}"), text, 0),
        (speed, speed_style, speed_gives_way),
        (if slow != 1.0 && wide { format!("slow motion ×{slow}") } else { in_short(slow) }, dim, SLOW),
        (help, dim, HELP),
    ];
    items.retain(|(words, ..)| !words.is_empty());
    let room = area.right().saturating_sub(left + 1);
    let gap = if area.width >= 130 { 3 } else { 2 };
    let width =
        |items: &[(String, Style, i32)]| items.iter().map(|item| cells(&item.0) + gap).sum::<u16>().saturating_sub(gap);
    let cap = app.keymap.cap(Action::Help).to_owned();
    for (place, short) in [(0, close), (SLOW, in_short(slow)), (speed_gives_way, bare), (HELP, cap)] {
        if width(&items) > room {
            items.iter_mut().filter(|item| item.2 == place).for_each(|item| item.0.clone_from(&short));
        }
    }
    while items.len() > 1 && width(&items) > room {
        let worst = items.iter().map(|item| item.2).max();
        items.retain(|item| Some(item.2) != worst);
    }
    // To the left of the clock, which stays where it is.
    let known = snapshot.times.newest.filter(|_| !bar).map(|newest| (format!("known to {}", clock(newest)), dim, 0));
    if let Some(known) = known.filter(|known| width(&items) + gap + cells(&known.0) <= room) {
        items.insert(0, known);
    }
    let mut x = area.right().saturating_sub(1 + width(&items)).max(left);
    for (words, style, _) in items {
        x = brush.text(x, area.y, area.right().saturating_sub(x), &words, style) + gap;
    }
}

//! The course of the run: four charts, both worlds on one axis, a mark wherever something was done.

use super::plot::{self, Curve};
use crate::command::Command;
use crate::series::{Bin, Series};
use crate::tui::app::App;
use crate::tui::parts::{bytes, clock, full_name};
use crate::tui::snapshot::{ArmView, Snapshot};
use crate::tui::stage::paint::{Brush, cells};
use crate::tui::theme::Role;
use crate::units::Nanos;
use ratatui::layout::Rect;

/// One chart: its title, in full and in short, what it reads off a bin of a given width in seconds, and how a value is written.
struct Chart {
    titles: [&'static str; 2],
    value: fn(&Bin, f64) -> Option<f64>,
    write: fn(f64) -> String,
}

const CHARTS: [Chart; 6] = [
    Chart { titles: ["answered a second"; 2], value: |bin, width| Some(f64::from(bin.useful) / width), write: rate },
    Chart { titles: ["failed a second"; 2], value: |bin, width| Some(f64::from(bin.failed) / width), write: rate },
    Chart {
        titles: ["answers: median latency", "median latency"],
        value: |bin, _| bin.latency(0.5).map(Nanos::millis),
        write: about,
    },
    Chart {
        titles: ["answers: p99 latency", "p99 latency"],
        value: |bin, _| bin.latency(0.99).map(Nanos::millis),
        write: about,
    },
    Chart {
        titles: ["between clients and balancer", "to and from clients"],
        value: |bin, width| Some(bin.client_bytes as f64 / width),
        write: per_second,
    },
    Chart {
        titles: ["inside the service"; 2],
        value: |bin, width| Some(bin.inside_bytes as f64 / width),
        write: per_second,
    },
];

/// So many requests on average share a point of a curve, so that it shows more than chance.
const SHARED: f64 = 16.0;

fn per_second(count: f64) -> String {
    format!("{}/s", bytes(count))
}

/// A time that is known to a sixteenth: with two digits.
fn about(ms: f64) -> String {
    match ms {
        ms if ms >= 9_950.0 => format!("{:.0} s", ms / 1000.0),
        ms if ms >= 995.0 => format!("{:.1} s", ms / 1000.0),
        ms if ms >= 99.5 => format!("{:.0} ms", (ms / 10.0).round() * 10.0),
        ms if ms >= 9.95 => format!("{ms:.0} ms"),
        ms if ms >= 0.995 => format!("{ms:.1} ms"),
        ms => format!("{ms:.2} ms"),
    }
}

fn rate(per_s: f64) -> String {
    if per_s >= 100.0 { format!("{per_s:.0}") } else { format!("{per_s:.1}") }
}

pub(in crate::tui) fn draw(app: &App, snapshot: &Snapshot, area: Rect, brush: &mut Brush) {
    let columns = if area.width >= 76 { 2 } else { 1 };
    let rows = (CHARTS.len() as u16).div_ceil(columns);
    let height = (area.height.saturating_sub(1) / rows).max(3);
    let fitting = usize::from(area.height.saturating_sub(1) / height * columns);
    let points = points(area.width / columns);
    let window = window(app, snapshot, points);
    legend(app, snapshot, window, area, brush);
    for (at, chart) in CHARTS.iter().enumerate().take(fitting) {
        let (column, row) = (at as u16 % columns, at as u16 / columns);
        let width = area.width / columns;
        let place = Rect { x: area.x + column * width, y: area.y + 1 + row * height, width, height };
        one(app, snapshot, chart, window, place, brush);
    }
}

/// Which colour is which world, and how much time is shown.
fn legend(app: &App, snapshot: &Snapshot, window: Nanos, area: Rect, brush: &mut Brush) {
    let mut x = area.x + 2;
    if let Some(fork) = &snapshot.fork {
        let [shown, other] = if app.ui.second { ["what if", "as it was"] } else { ["as it was", "what if"] };
        x = brush.text(x, area.y, area.width, &format!("── {shown}"), brush.theme.bold(Role::State)) + 3;
        x = brush.text(x, area.y, area.width, &format!("── dim: {other}"), brush.theme.style(Role::Dim)) + 3;
        x = brush.text(x, area.y, area.width, &fork.change.to_string(), brush.theme.style(Role::Text)) + 3;
    } else {
        for (home, role) in app.ui.worlds().into_iter().zip(roles()) {
            let line = if broken(role, brush) { "─ ─" } else { "──" };
            x = brush.text(x, area.y, area.width, &format!("{line} {}", full_name(home)), brush.theme.bold(role)) + 3;
        }
        if let Some(shadow) = shadow(app, snapshot) {
            // Where the axis ends has to be said, too.
            let room = area.right().saturating_sub(x + 3 + 2 + cells(&format!("0 to {}", clock(axis(app, snapshot)))));
            let short = |end| shadow.words.split(end).next();
            let forms = [Some(shadow.words).filter(|_| area.width >= 150), short(","), short(" at ")];
            if let Some(words) = forms.into_iter().flatten().find(|words| cells(words) <= room) {
                x = brush.text(x, area.y, area.width, words, brush.theme.style(Role::Dim)) + 3;
            }
        }
    }
    let (until, room) = (clock(axis(app, snapshot)), area.right().saturating_sub(x + 2));
    let decimals = if window.secs() < 1.0 { 2 } else { 1 };
    let usual = format!("each point over {:.decimals$} s · 0 to {until}", window.secs());
    let forms = [
        format!("╎ a command     {usual}"),
        usual,
        format!("points: {:.decimals$} s · 0 to {until}", window.secs()),
        format!("0 to {until}"),
    ];
    // Another future is named on the left; the mark of a command is left out then.
    let forms = &forms[usize::from(!snapshot.shadows.is_empty())..];
    if let Some(words) = forms.iter().find(|words| cells(words) <= room) {
        brush.text_right(area.right().saturating_sub(2), area.y, room, words, brush.theme.style(Role::Dim));
    }
}

/// Another future of the shown world, its words, and how far it is known.
struct Other<'a> {
    series: &'a Series,
    until: Nanos,
    words: &'a str,
}

/// What the shown world is held against.
fn shadow<'a>(app: &App, snapshot: &'a Snapshot) -> Option<Other<'a>> {
    if let Some(fork) = &snapshot.fork {
        return Some(Other { series: &fork.second.series, until: snapshot.now, words: "" });
    }
    let shadow = snapshot.shadows.iter().find(|shadow| shadow.home == app.ui.shown)?;
    Some(Other { series: &shadow.series, until: shadow.until, words: &shadow.words })
}

/// Where the axis ends: now, or where another future ends.
fn axis(app: &App, snapshot: &Snapshot) -> Nanos {
    shadow(app, snapshot).map_or(snapshot.now, |shadow| shadow.until.max(snapshot.now))
}

const fn roles() -> [Role; 2] {
    [Role::Wire, Role::State]
}

/// Whether a world's line has gaps, as the first one's has where colours do not tell the two apart.
fn broken(role: Role, brush: &Brush) -> bool {
    let [first, second] = roles().map(|role| brush.theme.style(role).fg);
    role == roles()[0] && first == second
}

/// The worlds whose curves are drawn in full, each with its colour.
fn arms<'a>(app: &App, snapshot: &'a Snapshot) -> Vec<(Option<&'a ArmView>, Role)> {
    match snapshot.fork {
        Some(_) => vec![(snapshot.arms.first(), Role::State)],
        None => app.ui.worlds().map(|home| snapshot.arm(home)).into_iter().zip(roles()).collect(),
    }
}

fn one(app: &App, snapshot: &Snapshot, chart: &Chart, window: Nanos, area: Rect, brush: &mut Brush) {
    let inside = Rect {
        x: area.x + 2,
        y: area.y + 1,
        width: area.width.saturating_sub(4),
        height: area.height.saturating_sub(2),
    };
    if inside.is_empty() {
        return;
    }
    let arms = arms(app, snapshot);
    let (axis, places) = (axis(app, snapshot), points(area.width));
    let other = shadow(app, snapshot).map(|other| Curve {
        role: Role::Dim,
        values: sampled(other.series, chart, window, other.until, axis, places),
        broken: false,
    });
    let shown = arms.iter().map(|&(arm, role)| Curve {
        role,
        values: arm.map_or(Vec::new(), |arm| sampled(&arm.series, chart, window, snapshot.now, axis, places)),
        broken: broken(role, brush),
    });
    // The last one drawn lies on top where they cross.
    let curves: Vec<Curve> = other.into_iter().chain(shown).collect();
    let peak = plot::peak(&curves);
    let forms = match (chart.write)(peak) {
        figure if peak > 0.0 => vec![format!("highest {figure}"), format!("max {figure}"), figure],
        _ => vec!["none so far".into(), "none".into()],
    };
    // A figure that is cut would be another figure: the title is shortened first.
    let room = |title: &str| inside.width.saturating_sub(cells(title) + 2);
    let mut both = forms.iter().flat_map(|most| chart.titles.map(|title| (title, most)));
    let (title, most) = both.find(|&(title, most)| cells(most) <= room(title)).unzip();
    let title = title.unwrap_or(chart.titles[1]);
    brush.text(inside.x, area.y, inside.width, title, brush.theme.style(Role::Text));
    if let Some(most) = most {
        brush.text_right(inside.right(), area.y, room(title), most, brush.theme.style(Role::Dim));
    }
    for x in inside.left()..inside.right() {
        brush.put(x, inside.bottom(), '─', brush.theme.style(Role::Edge));
    }
    let marks: Vec<Mark> = arms.iter().find_map(|(arm, _)| *arm).map_or(Vec::new(), |arm| {
        let place = |at: Nanos| (at.secs() / axis.secs().max(1e-9) * f64::from(inside.width)) as u16;
        let marks = arm.series.marks().iter();
        marks.map(|&(at, command)| Mark { place: place(at), command, fault: arm.is_fault(at, command) }).collect()
    });
    let places: Vec<u16> = marks.iter().map(|mark| mark.place).collect();
    plot::draw(&curves, &places, peak, inside, brush);
    name(&marks, inside, brush);
}

/// A command below a chart.
struct Mark {
    place: u16,
    command: Command,
    fault: bool,
}

/// Names commands below their marks, as far as there is room: faults first, and of those and of the others the newest.
fn name(marks: &[Mark], inside: Rect, brush: &mut Brush) {
    let (faults, others): (Vec<_>, Vec<_>) = marks.iter().rev().partition(|mark| mark.fault);
    let mut taken: Vec<(u16, u16)> = Vec::new();
    for mark in faults.into_iter().chain(others) {
        let words = format!(" {} ", mark.command);
        let width = cells(&words);
        // Centred below the mark, or as near to that as the frame lets it be.
        let wished = (inside.x + mark.place + 1).saturating_sub(width.div_ceil(2));
        let x = wished.min(inside.right().saturating_sub(width)).max(inside.x);
        if taken.iter().all(|&(from, to)| x >= to || x + width <= from) {
            brush.text(x, inside.bottom(), width, &words, brush.theme.style(Role::Lost));
            taken.push((x, x + width));
        }
    }
}

/// How many points the curves of a chart of this width have.
fn points(width: u16) -> usize {
    usize::from(width.saturating_sub(4)) * 2
}

/// How much time a point of each curve looks back over: the same for all, or no two could be compared; and at least to the point
/// before it, so that nothing is left out.
fn window(app: &App, snapshot: &Snapshot, points: usize) -> Nanos {
    let shown = arms(app, snapshot).into_iter().filter_map(|(arm, _)| Some((&*arm?.series, snapshot.now)));
    let all = || shown.clone().chain(shadow(app, snapshot).map(|other| (other.series, other.until)));
    // In whole bins of the widest.
    let width = all().map(|(series, _)| series.width()).max().map_or(1, |width| width.0);
    let longest = all().map(|(series, until)| needed(series, until).0).max().unwrap_or(0);
    let apart = axis(app, snapshot).0 / points.max(1) as u64;
    Nanos((longest / width).max(apart.div_ceil(width)).max(1) * width)
}

/// How much time a point of a curve has to look back over: as long as a few requests need to end; at most an eighth of
/// the run.
fn needed(series: &Series, until: Nanos) -> Nanos {
    let ended: u64 = series.bins().iter().map(|bin| u64::from(bin.useful) + u64::from(bin.failed)).sum();
    until.scaled(SHARED / (ended.max(1) as f64)).min(Nanos(until.0 / 8))
}

/// A chart's values at so many places between the beginning and the end of the axis, each over the `window` before it, which is
/// at least as long as they are apart; none after `now`.
fn sampled(series: &Series, chart: &Chart, window: Nanos, now: Nanos, axis: Nanos, places: usize) -> Vec<Option<f64>> {
    let width = series.width();
    let bin_at = |at: u128| (at / u128::from(width.0)) as usize;
    // The last bin is not full yet: it would always look like a slump.
    let full = bin_at(now.0.into());
    let back = bin_at(window.0.into()).max(1);
    (1..=places)
        .map(|place| {
            let at = u128::from(axis.0) * place as u128 / places as u128;
            let end = bin_at(at).min(full);
            // Before its window is full a point would show more chance than the others; and after now there is none.
            let from = end.checked_sub(back).filter(|_| at <= u128::from(now.0))?;
            let mut sum = Bin::default();
            series.bins().iter().take(end).skip(from).for_each(|bin| sum.absorb(bin));
            (chart.value)(&sum, width.secs() * back as f64)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Event, Outcome, RequestKind, Sink, Wait, What};

    #[test]
    fn sampling_keeps_the_rate_whatever_the_width() {
        let mut series = Series::default();
        for tenth in 0..1000 {
            let at = Nanos(tenth * 100_000_000);
            let what = What::Ended {
                request: 1,
                session: 1,
                outcome: Outcome::Ok,
                purpose: RequestKind::Followup,
                write: 0,
                issued: at,
                wait: Wait::Served,
                since: at,
            };
            series.take(&Event { at, seq: 1, cause: 0, root: 0, what });
        }
        for places in [1, 7, 50, 400, 4000] {
            let (window, now) = (Nanos::from_secs(1.6), Nanos::from_secs(100.0));
            let values = sampled(&series, &CHARTS[0], window, now, now, places);
            let known: Vec<f64> = values.into_iter().flatten().collect();
            let mean = known.iter().sum::<f64>() / known.len() as f64;
            assert!((mean - 10.0).abs() < 0.8, "{places}: {mean}");
        }
        assert!(
            sampled(&Series::default(), &CHARTS[2], Nanos::ZERO, Nanos::ZERO, Nanos::ZERO, 10)
                .iter()
                .all(Option::is_none)
        );
    }
}

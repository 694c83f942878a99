//! The figures of all homes, a few at a time, and the summary table.

use super::number::{decimals, difference, estimate};
use crate::report::sections::{Section, Shape, exact, heads, row};
use crate::scenario::TimedCommand;
use crate::study::compare::{
    BYTES, CellReport, Figure, HomeReport, MESSAGES, NOT_OK, RESENT, StudyReport, WAITS_FAILED,
};
use crate::text::NOT_SEEN;

/// A figure that is shown: its head, its name, and what it is multiplied by.
type Shown = (&'static str, &'static str, f64);

const GROUPS: [(&str, [Shown; 3]); 3] = [
    ("Wait for success, ms", [("p50", "wait_ms.p50", 1.0), ("p99", "wait_ms.p99", 1.0), ("mean", "wait_ms.mean", 1.0)]),
    (
        "Harm, and work done",
        [
            ("lost sessions", "sessions.lost", 1.0),
            ("not ok, %", NOT_OK, 100.0),
            ("answered per s", "throughput_per_s", 1.0),
        ],
    ),
    (
        "On the wire, per request",
        [("bytes in all", BYTES, 1.0), ("bytes sent again", RESENT, 1.0), ("server messages", MESSAGES, 1.0)],
    ),
];

const FAULT: [(&str, &str); 6] = [
    ("alive", "sessions_alive"),
    ("lost", "sessions_lost"),
    ("reverted", "sessions_reverted"),
    ("failed req.", "requests_failed"),
    ("noticed, s", "detected_s"),
    ("recovered, s", "recovered_s"),
];

/// Means, their intervals, and the paired differences to the reference.
pub fn groups(study: &StudyReport) -> Vec<Section> {
    let many = study.homes.len() > 1;
    GROUPS
        .into_iter()
        .map(|(title, shown)| {
            let heads = shown.iter().flat_map(|(head, ..)| if many { vec![*head, "diff."] } else { vec![*head] });
            let digits = shown.map(|(_, name, scale)| column(study, name, scale));
            let row = |home: &HomeReport| {
                let mut row = vec![home.home.to_string()];
                for ((_, name, scale), digits) in shown.iter().zip(digits) {
                    let figure = home.figures.get(name);
                    row.push(
                        figure.map_or_else(|| "–".into(), |f| estimate(f, *scale, digits, undefined(home, f, name))),
                    );
                    if many {
                        row.push(difference(figure.and_then(|f| f.difference.as_ref()), *scale, digits));
                    }
                }
                row
            };
            let heads = heads.map(str::to_owned).collect();
            // A difference stays with its figure.
            let shape = if many { Shape::Groups(&[2, 2, 2]) } else { Shape::Wide };
            Section { title: title.into(), heads, rows: study.homes.iter().map(row).collect(), shape }
        })
        .collect()
}

fn column(study: &StudyReport, name: &str, scale: f64) -> usize {
    let means = study.homes.iter().filter_map(|home| home.figures.mean(name));
    decimals(means.map(|mean| mean * scale).collect())
}

/// A percentile of the waits is undefined where it falls among failures, if there are any.
fn undefined(home: &HomeReport, figure: &Figure, name: &str) -> &'static str {
    match home.figures.mean(WAITS_FAILED) > Some(0.0) && name.starts_with("wait_ms.p") {
        true if figure.defined > 0 => "some failed",
        true => "failed",
        false => "–",
    }
}

/// What each fault did.
pub fn faults(study: &StudyReport) -> Vec<Section> {
    let hits = |home: &HomeReport, number: usize| {
        home.figures.get(&format!("faults.{number}.at_s")).map_or(0, |figure| figure.defined)
    };
    let section = |(number, &TimedCommand { at_s, command }): (usize, &TimedCommand)| {
        let name = |leaf: &str| format!("faults.{number}.{leaf}");
        let digits = FAULT.map(|(_, leaf)| column(study, &name(leaf), 1.0).min(1));
        let of_home = |home: &HomeReport| {
            if home.misses_store(command) {
                return row(home.home, ["no store".into()]);
            }
            // It was rejected, or did no harm: a mean of the other seeds would not be comparable.
            let hit = hits(home, number);
            if hit < study.seeds.len() {
                let seeds = study.seeds.len();
                return row(home.home, [format!("no fault in {} of {seeds}", seeds - hit)]);
            }
            let cell = |((_, leaf), digits): ((&str, &str), usize)| {
                // What is defined in no run of any home is not among the figures.
                let figure = home.figures.get(&name(leaf));
                let applies = leaf == "recovered_s" || leaf == "detected_s" && command.watched();
                let undefined = match figure {
                    Some(figure) if figure.defined > 0 => "not always",
                    _ if applies => NOT_SEEN,
                    _ => "–",
                };
                figure.map_or_else(|| undefined.into(), |figure| estimate(figure, 1.0, digits, undefined))
            };
            row(home.home, FAULT.into_iter().zip(digits).map(cell))
        };
        Section {
            title: format!("What `{command}` at {} s did", exact(at_s)).into(),
            heads: heads(FAULT.map(|(head, _)| head)),
            rows: study.homes.iter().map(of_home).collect(),
            shape: Shape::Wide,
        }
    };
    let anywhere = |(number, _): &(usize, &TimedCommand)| study.homes.iter().any(|home| hits(home, *number) > 0);
    (1..).zip(&study.faults).filter(anywhere).map(section).collect()
}

/// What is told of each cell beside its figure, by its head and its name among the inputs: of which fault it is, of how
/// many seeds, why there is none.
const ABOUT: [(&str, &str); 3] = [("after", "fault"), ("seeds", "seeds"), ("because", "because")];

/// The summary table: a block for each row, because a home's name and a cell are long.
pub fn summary(study: &StudyReport) -> Vec<Section> {
    let section = |row: &crate::study::compare::RowReport| {
        let [stateless, stateful] = row.textbook;
        let about = ABOUT.into_iter().filter(|(_, name)| row.cells.iter().any(|cell| told(cell, name).is_some()));
        let about: Vec<(&str, &str)> = about.collect();
        let rows = row.cells.iter().map(|cell| {
            let mark = match cell.agrees {
                Some(true) => "agrees",
                Some(false) => "differs",
                None => "–",
            };
            let mut row = vec![cell.home.to_string(), cell.text.clone(), cell.word.unwrap_or("–").into(), mark.into()];
            row.extend(about.iter().map(|(_, name)| told(cell, name).map_or_else(|| "–".into(), str::to_owned)));
            row
        });
        let textbook = format!("{}: the textbook says {stateless} for stateless, {stateful} for stateful", row.title);
        let reasons = about.last().is_some_and(|(_, name)| *name == "because");
        Section {
            title: textbook.into(),
            heads: ["measured", "in a word", "textbook"]
                .into_iter()
                .chain(about.iter().map(|(head, _)| *head))
                .map(str::to_owned)
                .collect(),
            rows: rows.collect(),
            shape: if reasons { Shape::Reasons } else { Shape::Wide },
        }
    };
    study.table.iter().map(section).collect()
}

/// An input of a cell by its name.
fn told<'a>(cell: &'a CellReport, name: &str) -> Option<&'a str> {
    cell.inputs.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
}

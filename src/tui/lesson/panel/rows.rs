//! What the story says, laid out in rows.

use crate::tui::parts::cap;
use crate::tui::stage::paint::{Brush, cells};
use crate::tui::theme::Role;
use ratatui::layout::Rect;

/// The cells before an answer's words: its number's cap and a gap.
pub(super) const INDENT: u16 = 4;
/// Between two things in a row.
const GAP: u16 = 2;

/// A line of the story.
pub(in crate::tui) enum Line {
    /// Words in a colour, perhaps bold.
    Words(String, Role, bool),
    /// An answer: its number, its words in lines, and whether it is marked.
    Choice(usize, Vec<String>, bool),
    /// A key, what it does, and whether it is the next to press.
    Key(String, String, bool),
    /// An empty row, where there is room for it.
    Air,
}

/// Things side by side, each with the cell that it begins in.
pub(in crate::tui) type Row = Vec<(u16, Line)>;

impl Line {
    fn width(&self) -> u16 {
        match self {
            Self::Words(words, ..) => cells(words),
            Self::Choice(_, lines, _) => INDENT + lines.iter().map(|line| cells(line)).max().unwrap_or(0),
            Self::Key(key, does, _) => cells(key) + 3 + cells(does),
            Self::Air => 0,
        }
    }
}

/// The width that a row takes.
pub(in crate::tui) fn width(row: &Row) -> u16 {
    row.iter().map(|(x, line)| x + line.width()).max().unwrap_or(0)
}

/// An answer's further lines are rows of their own, as words.
fn answer(number: usize, lines: Vec<String>, marked: bool, x: u16) -> impl Iterator<Item = Row> {
    lines.into_iter().enumerate().map(move |(at, line)| match at {
        0 => vec![(x, Line::Choice(number, vec![line], marked))],
        _ => vec![(x + INDENT, Line::Words(line, Role::Text, marked))],
    })
}

/// In a narrow and tall place: each in a row of its own, and air before the keys.
pub(super) fn beside(lines: Vec<Line>) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    let mut keys = false;
    for line in lines {
        match line {
            Line::Choice(number, words, marked) => rows.extend(answer(number, words, marked, 0)),
            line => {
                if matches!(line, Line::Key(..)) && !std::mem::replace(&mut keys, true) {
                    rows.push(vec![(0, Line::Air)]);
                }
                rows.push(vec![(0, line)]);
            }
        }
    }
    rows
}

/// In a wide and low place: no air, short answers in two columns, keys side by side at the end of the last row if they fit.
pub(super) fn under(lines: Vec<Line>, width: u16) -> Vec<Row> {
    let half = width / 2;
    let short = lines.iter().filter(|line| matches!(line, Line::Choice(..))).all(|line| line.width() + GAP <= half);
    let mut rows: Vec<Row> = Vec::new();
    let mut keys: Vec<Line> = Vec::new();
    for line in lines {
        match line {
            Line::Air => {}
            Line::Key(..) => keys.push(line),
            Line::Choice(number, words, marked) if short => {
                if number % 2 == 1 {
                    rows.extend(answer(number, words, marked, 0));
                } else if let Some(row) = rows.last_mut() {
                    row.extend(answer(number, words, marked, half).flatten());
                }
            }
            Line::Choice(number, words, marked) => rows.extend(answer(number, words, marked, 0)),
            line => rows.push(vec![(0, line)]),
        }
    }
    let all: u16 = keys.iter().map(|key| key.width() + GAP).sum::<u16>().saturating_sub(GAP);
    let taken = rows.last().map_or(width, self::width);
    let mut x = if taken + GAP + all <= width { width - all } else { 0 };
    if x == 0 {
        rows.push(Vec::new());
    }
    for key in keys {
        let end = x + key.width();
        if end > width && x > 0 {
            rows.push(Vec::new());
            x = 0;
        }
        let next = x + key.width() + GAP;
        if let Some(row) = rows.last_mut() {
            row.push((x, key));
        }
        x = next;
    }
    rows.retain(|row| !row.is_empty());
    rows
}

/// Puts words at the right end of the last row, in the first form that has room beside what is there.
pub(super) fn end_with(rows: &mut [Row], forms: &[String], width: u16) {
    let Some(row) = rows.last_mut() else { return };
    let end = self::width(row);
    let first = row.iter().position(|(_, line)| matches!(line, Line::Key(..))).unwrap_or(row.len());
    let said = row[..first].iter().map(|(x, line)| x + line.width()).max();
    let keys = row.get(first).map_or(0, |(x, _)| end - x);
    let taken = said.map_or(0, |said| said + GAP) + if keys > 0 { keys + GAP } else { 0 };
    let Some(words) = forms.iter().find(|words| taken + cells(words) <= width) else { return };
    let x = width - cells(words);
    // Keys after words stand at the right, and make room; a row of keys alone stays.
    let makes_room = if said.is_some() && keys > 0 { end + GAP - x.min(end + GAP) } else { 0 };
    row[first..].iter_mut().for_each(|(x, _)| *x -= makes_room);
    row.push((x, Line::Words(words.clone(), Role::Dim, false)));
}

pub(super) fn draw(rows: &[Row], area: Rect, brush: &mut Brush) {
    for (y, row) in (area.top()..area.bottom()).zip(rows) {
        for (x, line) in row {
            let x = area.x + x;
            let room = area.right().saturating_sub(x);
            let key = |brush: &mut Brush, key: &str, words: &str, strong: bool| {
                let after = cap(brush, x, y, key, strong);
                let style = if strong { brush.theme.bold(Role::Text) } else { brush.theme.style(Role::Text) };
                brush.text(after + 1, y, area.right().saturating_sub(after + 1), words, style);
            };
            match line {
                Line::Air => {}
                Line::Words(words, role, bold) => {
                    let style = if *bold { brush.theme.bold(*role) } else { brush.theme.style(*role) };
                    brush.text(x, y, room, words, style);
                }
                Line::Choice(number, lines, marked) => key(brush, &number.to_string(), &lines.concat(), *marked),
                Line::Key(cap, does, next) => key(brush, cap, does, *next),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(words: &str) -> Line {
        Line::Words(words.into(), Role::Text, true)
    }

    fn key(does: &str) -> Line {
        Line::Key("Enter".into(), does.into(), true)
    }

    #[test]
    fn the_last_row_ends_with_the_place_where_there_is_room() {
        let ends = |lines: Vec<Line>, wide: u16| {
            let mut rows = under(lines, wide);
            end_with(&mut rows, &["Title · 5 of 20".into(), "5 of 20".into()], wide);
            assert!(rows.iter().all(|row| width(row) <= wide));
            let row = rows.pop().unwrap();
            let places = row.iter().map(|(x, _)| *x).collect::<Vec<_>>();
            (places, matches!(&row.last().unwrap().1, Line::Words(words, ..) if words.contains("5 of 20")))
        };
        assert_eq!(ends(vec![words("a short line"), key("go on")], 60), (vec![0, 30, 45], true));
        assert_eq!(ends(vec![words("a short line"), key("go on")], 40), (vec![0, 18, 33], true));
        assert_eq!(ends(vec![words("a short line"), key("go on")], 30), (vec![0, 17], false), "no room");
        assert_eq!(ends(vec![words(&"x".repeat(40)), key("go on")], 40), (vec![0, 25], true), "keys alone stay");
    }

    #[test]
    fn keys_share_the_last_row_if_they_fit() {
        let short = under(vec![words("a short line"), key("go on"), key("skip")], 60);
        assert_eq!((short.len(), short.iter().map(width).max()), (1, Some(60)));
        let long = under(vec![words(&"x".repeat(50)), key("go on"), key("skip")], 60);
        assert_eq!(long.len(), 2);
        let narrow = under(vec![words("x"), key(&"y".repeat(30)), key(&"z".repeat(30))], 50);
        assert_eq!(narrow.len(), 3);
        assert!(narrow.iter().all(|row| width(row) <= 50));
    }

    #[test]
    fn short_answers_stand_in_two_columns() {
        let choices =
            |text: &str| (1..=3).map(|number| Line::Choice(number, vec![text.to_owned()], false)).collect::<Vec<_>>();
        assert_eq!(under(choices("Yes"), 60).len(), 2);
        assert_eq!(under(choices(&"long ".repeat(6)), 60).len(), 3);
        assert_eq!(beside(choices("Yes")).len(), 3);
    }
}

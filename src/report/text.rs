//! Tables for a terminal of 80 columns: names to the left, figures to the right, narrow tables side by side. What is too
//! wide has its heads on two lines, or is broken into parts that stand one below the other.

use super::sections::{Section, Shape};
use crate::text::{WIDTH, wrap};
use std::ops::Range;
use unicode_width::UnicodeWidthStr;

/// Between two tables that stand side by side.
const GAP: usize = 3;

/// Writes everything down.
pub(super) fn render(headline: &str, sections: &[Section]) -> String {
    let mut out = prose(headline);
    let half = half(sections);
    let mut rest = sections;
    while let [first, tail @ ..] = rest {
        out.push('\n');
        let left = lines(first);
        rest = tail;
        let right = tail.first().filter(|second| both_narrow(first, second)).map(lines);
        match right.filter(|right| half + widest(right) <= WIDTH) {
            Some(right) => {
                for i in 0..left.len().max(right.len()) {
                    let (a, b) = (left.get(i).map_or("", String::as_str), right.get(i).map_or("", String::as_str));
                    let gap = half.saturating_sub(a.width());
                    out.push_str(format!("{a}{:gap$}{b}", "").trim_end());
                    out.push('\n');
                }
                rest = &tail[1..];
            }
            None => left.iter().for_each(|line| out.extend([line.trim_end(), "\n"])),
        }
    }
    out
}

/// Where the right one of two tables begins that stand side by side.
fn half(sections: &[Section]) -> usize {
    let left = sections.windows(2).filter(|pair| both_narrow(&pair[0], &pair[1])).map(|pair| widest(&lines(&pair[0])));
    left.max().unwrap_or(0) + GAP
}

fn both_narrow(first: &Section, second: &Section) -> bool {
    first.shape == Shape::Narrow && second.shape == Shape::Narrow
}

fn widest(lines: &[String]) -> usize {
    lines.iter().map(|line| line.trim_end().width()).max().unwrap_or(0)
}

/// A headline, whose lines are broken where a part ends; below it whole paragraphs, which are filled.
pub(super) fn prose(text: &str) -> String {
    let mut paragraphs = text.split("\n\n");
    let mut lines: Vec<String> = paragraphs.next().unwrap_or_default().lines().flat_map(clauses).collect();
    for paragraph in paragraphs {
        lines.push(String::new());
        lines.extend(wrap(&paragraph.replace('\n', " "), WIDTH, ""));
    }
    lines.join("\n") + "\n"
}

/// A line that is broken after `;` or `·`, or after any word if that is not enough.
fn clauses(line: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    for clause in line.split_inclusive("; ").flat_map(|part| part.split_inclusive(" · ")) {
        match lines.last_mut() {
            Some(last) if (last.width() + clause.trim_end().width()) <= WIDTH => last.push_str(clause),
            _ => lines.push(clause.to_owned()),
        }
    }
    lines
        .iter()
        .map(|line| line.trim_end())
        .filter(|line| !line.is_empty())
        .flat_map(|l| wrap(l, WIDTH, "  "))
        .collect()
}

/// A table under its title.
fn lines(section: &Section) -> Vec<String> {
    let mut lines: Vec<String> = section.title.lines().flat_map(|line| wrap(line, WIDTH, "")).collect();
    let table = Table::of(section);
    for (number, part) in table.parts(section.shape).into_iter().enumerate() {
        lines.extend((number > 0).then(String::new));
        lines.extend(table.part(part));
    }
    lines
}

/// What a table consists of, before it is known how wide it may be.
struct Table {
    /// One for each column, the names' included.
    heads: Vec<String>,
    /// One that is shorter than others ends in words, which reach over all columns that it lacks.
    rows: Vec<Vec<String>>,
    columns: usize,
}

/// Columns after the names, and whether their heads are on two lines.
type Part = (Range<usize>, bool);

impl Table {
    fn of(section: &Section) -> Self {
        let mut columns = section.rows.iter().map(Vec::len).max().unwrap_or(0);
        let mut heads = vec![String::new()];
        heads.extend(section.heads.iter().cloned());
        let mut rows = section.rows.clone();
        if section.shape == Shape::Reasons {
            columns -= 1;
            let why = heads.pop().unwrap_or_default();
            let with_reason = |mut row: Vec<String>| {
                let reason = row.pop().filter(|reason| reason != "–");
                [Some(row), reason.map(|reason| vec![String::new(), format!("{why}: {reason}")])]
            };
            rows = rows.into_iter().flat_map(with_reason).flatten().collect();
        } else if columns == 2 {
            // Words, or a single figure.
            let names = rows.iter().map(|row| row[0].width()).max().unwrap_or(0);
            let broken = |row: Vec<String>| {
                let mut names_of_lines = std::iter::once(row[0].clone()).chain(std::iter::repeat(String::new()));
                let words = wrap(row.get(1).map_or("", String::as_str), WIDTH.saturating_sub(names + 4), "  ");
                words
                    .into_iter()
                    .map(move |line| vec![names_of_lines.next().unwrap_or_default(), line])
                    .collect::<Vec<_>>()
            };
            rows = rows.into_iter().flat_map(broken).collect();
        }
        heads.resize(columns.max(1), String::new());
        Self { heads, rows, columns }
    }

    /// Parts of whole groups of columns; where even one of these is too wide, of any columns.
    fn parts(&self, shape: Shape) -> Vec<Part> {
        let whole = 1..self.columns.max(1);
        let groups = if let Shape::Groups(groups) = shape { self.fitting(groups) } else { None };
        groups.or_else(|| self.fitting(&vec![1; whole.len()])).unwrap_or_else(|| vec![(whole, true)])
    }

    /// As few parts as fit, each with as many groups of columns; heads are on two lines before there is one more part.
    fn fitting(&self, groups: &[usize]) -> Option<Vec<Part>> {
        let end = self.columns.max(1);
        (1..=groups.len()).find_map(|count| {
            let mut begin = 1;
            let parts = groups.chunks(groups.len().div_ceil(count)).map(|groups| {
                let part = begin..(begin + groups.iter().sum::<usize>()).min(end);
                begin = part.end;
                let heads = [false, true].into_iter().find(|&two| widest(&self.part((part.clone(), two))) <= WIDTH);
                heads.map(|two| (part, two))
            });
            parts.collect()
        })
    }

    fn part(&self, (columns, two): Part) -> Vec<String> {
        let first = columns.start == 1;
        let shown: Vec<usize> = std::iter::once(0).chain(columns).collect();
        let cells = |column: usize| {
            // Words at the end of a row need no column of their own.
            let in_column = move |row: &&Vec<String>| column + usize::from(row.len() < self.columns) < row.len();
            self.rows.iter().filter(in_column).map(|row| row[column].width()).max().unwrap_or(0)
        };
        let heads: Vec<Vec<String>> = shown.iter().map(|&i| head(&self.heads[i], cells(i), two)).collect();
        let widths: Vec<usize> = shown.iter().zip(&heads).map(|(&i, head)| cells(i).max(widest(head))).collect();
        let line = |cell: &dyn Fn(usize, usize) -> String| {
            let mut line = String::from("  ");
            for (place, (&i, &width)) in shown.iter().zip(&widths).enumerate() {
                let text = cell(place, i);
                let gap = width.saturating_sub(text.width());
                // Names, and long words that nothing follows, to the left; figures to the right.
                let to_the_left = i == 0 || self.columns == 2;
                line += if i == 0 { "" } else { "  " };
                line += &if to_the_left { format!("{text}{:gap$}", "") } else { format!("{:gap$}{text}", "") };
            }
            line
        };
        let height = heads.iter().map(Vec::len).max().unwrap_or(0);
        let mut lines: Vec<String> = (0..height)
            .map(|at| {
                line(&|place, _| {
                    (at + heads[place].len())
                        .checked_sub(height)
                        .map_or_else(String::new, |at| heads[place][at].clone())
                })
            })
            .filter(|line| !line.trim().is_empty())
            .collect();
        lines.extend(self.rows.iter().filter_map(|row| match row.as_slice() {
            row if row.len() >= self.columns => Some(line(&|_, i| row[i].clone())),
            // Words are said once, not in every part.
            _ if !first => None,
            [words] => Some(format!("  {words}")),
            [name, .., words] => Some(format!("  {name:names$}  {words}", names = widths[0])),
            [] => None,
        }));
        lines
    }
}

/// The head of a column: on one line, or on two that are as short as they can be beside these cells.
fn head(words: &str, cells: usize, two: bool) -> Vec<String> {
    let broken = |width| wrap(words, width, "");
    // Two lines that are wider than everything else fit nowhere.
    let fitting = (cells.max(1)..words.width().min(WIDTH)).map(broken).find(|lines| two && lines.len() <= 2);
    fitting.unwrap_or_else(|| vec![words.to_owned()])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn section(shape: Shape, heads: &[&str], rows: &[&[&str]]) -> Section {
        let owned = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect::<Vec<_>>();
        let rows = rows.iter().map(|row| owned(row)).collect();
        Section { title: "Title".into(), heads: owned(heads), rows, shape }
    }

    #[test]
    fn what_is_too_wide_has_two_lines_of_heads_or_two_parts() {
        let long = "a figure of thirty characters.";
        let heads =
            section(Shape::Wide, &["first column", "the second one, which is long", long], &[&["name", "1", "2", "3"]]);
        let text = render("it", &[heads]);
        assert_eq!(text.lines().filter(|line| line.contains("name")).count(), 1, "{text}");
        assert!(text.lines().all(|line| line.width() <= WIDTH), "{text}");

        let cells = ["name", long, "+1", "one of twenty chars.", "+2", "3", "+3"];
        let pairs = ["a", "diff.", "b", "diff.", "c", "diff."];
        let text = render("it", &[section(Shape::Groups(&[2, 2, 2]), &pairs, &[&cells, &["other", "none"]])]);
        let of_name: Vec<&str> = text.lines().filter(|line| line.contains("name")).collect();
        assert!(of_name.len() == 2 && of_name[1].ends_with(" 3     +3"), "{text}");
        assert_eq!(text.matches("  other  none\n").count(), 1, "{text}");
        assert!(text.lines().all(|line| line.width() <= WIDTH), "{text}");
    }

    #[test]
    fn a_head_that_fits_nowhere_is_left_as_it_is() {
        let words = "word ".repeat(1 << 16);
        assert_eq!(head(&words, 1, true), [words]);
    }

    #[test]
    fn a_group_that_is_too_wide_is_broken_too() {
        let cells = ["name", "1", "2", "3", "4"].map(|cell| format!("{cell:>30}"));
        let cells: Vec<&str> = cells.iter().map(String::as_str).collect();
        let text = render("it", &[section(Shape::Groups(&[3, 1]), &["a", "b", "c", "d"], &[&cells])]);
        assert!(text.lines().all(|line| line.width() <= WIDTH) && text.contains('4'), "{text}");
    }

    #[test]
    fn reasons_stand_below_the_figures() {
        let rows: [&[&str]; 2] = [&["token", "1", "3", "–"], &["memory", "none", "3", "failures"]];
        let text = render("it", &[section(Shape::Reasons, &["measured", "seeds", "because"], &rows)]);
        let table = [
            "          measured  seeds\n",
            "  token          1      3\n",
            "  memory      none      3\n",
            "          because: failures\n",
        ]
        .concat();
        assert!(text.ends_with(&table), "{text}");
    }

    #[test]
    fn lines_of_a_headline_are_broken_between_its_parts() {
        let (long, short) = ("so ".repeat(20), "it".to_owned());
        assert_eq!(clauses(&format!("{short} · {long}; {long} · {short}")).len(), 2);
        assert_eq!(clauses("a · b; c"), ["a · b; c"]);
        assert_eq!(prose("head\n\none\ntwo"), "head\n\none two\n");
    }
}

//! Tables for a terminal: names to the left, figures to the right, narrow tables side by side.

use super::sections::Section;
use unicode_width::UnicodeWidthStr;

/// How far the right one of two tables that stand side by side begins.
const HALF: usize = 42;

/// Writes everything down.
pub(super) fn render(headline: &str, sections: &[Section]) -> String {
    let mut out = format!("{headline}\n");
    let mut rest = sections;
    while let [first, tail @ ..] = rest {
        out.push('\n');
        match tail {
            [second, tail @ ..] if first.narrow && second.narrow => {
                let (left, right) = (lines(first), lines(second));
                for i in 0..left.len().max(right.len()) {
                    let (a, b) = (left.get(i).map_or("", String::as_str), right.get(i).map_or("", String::as_str));
                    let gap = HALF.saturating_sub(a.width());
                    out.push_str(format!("{a}{:gap$}{b}", "").trim_end());
                    out.push('\n');
                }
                rest = tail;
            }
            _ => {
                lines(first).iter().for_each(|line| out.extend([line.trim_end(), "\n"]));
                rest = tail;
            }
        }
    }
    out
}

fn lines(section: &Section) -> Vec<String> {
    let columns = section.rows.iter().map(Vec::len).max().unwrap_or(0);
    let head = |i: usize| if i == 0 { "" } else { section.heads.get(i - 1).map_or("", String::as_str) };
    let widths: Vec<usize> = (0..columns)
        .map(|i| {
            section
                .rows
                .iter()
                .filter_map(|row| row.get(i))
                .map(|cell| cell.width())
                .max()
                .unwrap_or(0)
                .max(head(i).width())
        })
        .collect();
    let line = |cell: &dyn Fn(usize) -> String| {
        let mut line = String::from("  ");
        for (i, width) in widths.iter().enumerate() {
            let text = cell(i);
            let gap = width.saturating_sub(text.width());
            // Names, and long words that nothing follows, to the left; figures to the right.
            let to_the_left = i == 0 || columns == 2;
            line += if i == 0 { "" } else { "  " };
            line += &if to_the_left { format!("{text}{:gap$}", "") } else { format!("{:gap$}{text}", "") };
        }
        line
    };
    let mut lines = vec![section.title.clone().into_owned()];
    if !section.heads.is_empty() {
        lines.push(line(&|i| head(i).to_owned()));
    }
    lines.extend(section.rows.iter().map(|row| line(&|i| row.get(i).cloned().unwrap_or_default())));
    lines
}

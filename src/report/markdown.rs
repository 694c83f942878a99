//! The same tables as markdown, for worksheets.

use super::sections::Section;

/// Writes everything down.
pub(super) fn render(headline: &str, sections: &[Section]) -> String {
    let mut out = format!("# {}\n", escape(headline));
    for section in sections {
        let columns = section.rows.iter().map(Vec::len).max().unwrap_or(0);
        let heads = (1..columns).map(|i| section.heads.get(i - 1).map_or("", String::as_str));
        out += &format!("\n## {}\n\n| |", section.title);
        heads.for_each(|head| out += &format!(" {head} |"));
        out += "\n|---|";
        (1..columns).for_each(|i| out += if of_figures(section, i) { "---:|" } else { "---|" });
        out.push('\n');
        for row in &section.rows {
            out.push('|');
            row.iter().for_each(|cell| out += &format!(" {} |", escape(cell)));
            out.push('\n');
        }
    }
    out
}

/// Whether most cells of a column begin as figures do: they stand to the right, words to the left.
fn of_figures(section: &Section, column: usize) -> bool {
    let cells = || section.rows.iter().filter_map(|row| row.get(column)).filter(|cell| !cell.is_empty());
    let figures = cells().filter(|cell| cell.starts_with(|c: char| c.is_ascii_digit() || "+−=(–<>".contains(c)));
    2 * figures.count() >= cells().count()
}

/// Keeps a text from ending its cell, or from becoming markup.
fn escape(text: &str) -> String {
    let mut safe = String::new();
    for c in text.chars() {
        if matches!(c, '|' | '*' | '_' | '`' | '<' | '[' | '\\') {
            safe.push('\\');
        }
        safe.push(c);
    }
    safe
}

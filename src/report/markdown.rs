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
        // A single column may hold sentences; figures stand to the right, as in text.
        out += &if columns == 2 { "---|" } else { "---:|" }.repeat(columns.saturating_sub(1));
        out.push('\n');
        for row in &section.rows {
            out.push('|');
            row.iter().for_each(|cell| out += &format!(" {} |", escape(cell)));
            out.push('\n');
        }
    }
    out
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

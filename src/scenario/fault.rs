//! What is wrong with a scenario, said so that it can be mended.
//!
//! ```text
//!   my.toml:12:1: unknown key `quue` in [instance]; did you mean `queue`?
//!      12 | quue = 5
//!         | ^^^^
//! ```

use super::{FILE_LIMIT, too_large};
use crate::text::hostile;
use serde::de::DeserializeOwned;
use std::fmt;
use std::ops::Range;
use toml::de::{DeTable, DeValue};
use unicode_width::UnicodeWidthChar;

/// The longest excerpt of a line that is shown, in characters.
const EXCERPT: usize = 100;
/// The longest line that is quoted as a whole, in characters: a path, or all forms of a command.
const LINE: usize = 1000;
/// How much of it stands before the fault, where the line is longer.
const LEAD: usize = 60;
/// The longest message, in characters: what it quotes may be as long as a file.
const MESSAGE: usize = 500;
/// The most faults that are told at once.
const MOST: usize = 100;

/// A place in a text, and the line it is on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Spot {
    /// From 1.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
    excerpt: String,
    indent: usize,
    width: usize,
}

/// One thing that is wrong.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fault {
    /// The file, or the option with its value.
    pub label: String,
    /// Where in the file.
    pub spot: Option<Spot>,
    /// What is wrong.
    pub message: String,
    /// How to mend it.
    pub hint: Option<String>,
}

impl Fault {
    /// A fault that has no line: of an option, or of a whole file.
    #[must_use]
    pub fn of(label: &str, message: impl Into<String>, hint: Option<String>) -> Self {
        Self { label: one_line(label), spot: None, message: message.into(), hint }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.label)?;
        if let Some(spot) = &self.spot {
            write!(f, ":{}:{}", spot.line, spot.column)?;
        }
        write!(f, ": {}", self.message)?;
        if let Some(hint) = &self.hint {
            write!(f, "; {hint}")?;
        }
        if let Some(spot) = &self.spot {
            let (indent, width) = (spot.indent, spot.width);
            write!(f, "\n{:>5} | {}\n      | {:indent$}{:^<width$}", spot.line, spot.excerpt, "", "")?;
        }
        Ok(())
    }
}

/// Everything that is wrong, in the order of the text; never empty as an error.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Faults(pub Vec<Fault>);

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, fault) in self.0.iter().enumerate() {
            if i > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{fault}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Faults {}

impl From<Fault> for Faults {
    fn from(fault: Fault) -> Self {
        Self(vec![fault])
    }
}

/// A text under examination, and what was found in it so far.
pub(crate) struct Source<'a> {
    label: &'a str,
    text: &'a str,
    /// Whether faults name line and column; an option's text is short enough to be its own label.
    lines: bool,
    found: Vec<(usize, Fault)>,
}

impl<'a> Source<'a> {
    /// A file.
    pub(crate) const fn file(label: &'a str, text: &'a str) -> Self {
        Self { label, text, lines: true, found: Vec::new() }
    }

    /// A TOML file without a character that cannot be seen, not even written as an escape: whatever of it is quoted or
    /// shown does nothing to a terminal.
    ///
    /// # Errors
    /// Where such characters are.
    pub(crate) fn open(label: &'a str, text: &'a str) -> Result<Self, Faults> {
        let mut source = Self::file(label, text);
        source.note_hidden(0);
        // A text that is no TOML is for the reader to complain of.
        if let Ok(document) = DeTable::parse(text) {
            source.note_escaped(&document.into_inner());
        }
        source.finish().map(|()| Self::file(label, text))
    }

    /// What such a file holds, in the shape of a lesson or a challenge; and the source in which its other faults are noted.
    ///
    /// # Errors
    /// A text that is too large, or where it has not this shape.
    pub(crate) fn read<T: DeserializeOwned>(label: &'a str, text: &'a str) -> Result<(Self, T), Faults> {
        if text.len() > FILE_LIMIT {
            return Err(too_large(label).into());
        }
        let source = Self::open(label, text)?;
        match toml::from_str(text) {
            Ok(content) => Ok((source, content)),
            Err(error) => {
                let (message, hint) = in_plain_words(error.message());
                Err(source.fail(error.span().unwrap_or(0..0), message, hint))
            }
        }
    }

    /// An option: its text is examined, its label is shown.
    pub(crate) const fn option(label: &'a str, text: &'a str) -> Self {
        Self { label, text, lines: false, found: Vec::new() }
    }

    /// Notes a fault; beyond a hundred no more, because each costs a look through the text.
    pub(crate) fn fault(&mut self, span: Range<usize>, message: impl Into<String>, hint: Option<String>) {
        if self.found.len() >= MOST {
            return;
        }
        let spot = self.lines.then(|| spot(self.text, &span));
        let mut message = message.into();
        if let Some((end, _)) = message.char_indices().nth(MESSAGE) {
            message.truncate(end);
            message.push('…');
        }
        let fault = (span.start, Fault { label: one_line(self.label), spot, message, hint });
        if !self.found.contains(&fault) {
            self.found.push(fault);
        }
    }

    /// Everything that is wrong, this too.
    pub(crate) fn fail(mut self, span: Range<usize>, message: impl Into<String>, hint: Option<String>) -> Faults {
        self.fault(span, message, hint);
        self.finish().expect_err("a fault was noted")
    }

    /// How many bytes the mark of byte order takes that some editors put before all else.
    pub(crate) fn mark(&self) -> usize {
        if self.text.starts_with('\u{FEFF}') { '\u{FEFF}'.len_utf8() } else { 0 }
    }

    /// Notes characters that cannot be seen, from a place in the text on.
    pub(crate) fn note_hidden(&mut self, from: usize) {
        let text = self.text;
        let hidden = text[from..].char_indices().filter(|(_, c)| hostile(*c) && !matches!(c, '\n' | '\r' | '\t'));
        for (at, c) in hidden {
            let message = format!("the character {} cannot be seen, and may change what is", c.escape_unicode());
            self.fault(from + at..from + at + c.len_utf8(), message, Some("leave it out".into()));
        }
    }

    /// Notes keys and texts that hold such characters once their escapes are understood; lines may end in them.
    fn note_escaped(&mut self, table: &DeTable<'_>) {
        for (key, value) in table {
            self.note_escaped_word(key.get_ref(), &key.span());
            self.note_escaped_value(value);
        }
    }

    fn note_escaped_value(&mut self, value: &toml::Spanned<DeValue<'_>>) {
        match value.get_ref() {
            DeValue::String(word) => self.note_escaped_word(word, &value.span()),
            DeValue::Array(rows) => rows.iter().for_each(|row| self.note_escaped_value(row)),
            DeValue::Table(table) => self.note_escaped(table),
            _ => {}
        }
    }

    fn note_escaped_word(&mut self, word: &str, span: &Range<usize>) {
        if let Some(bad) = word.chars().find(|c| hostile(*c) && *c != '\n') {
            let message = format!("this holds the character {}", bad.escape_unicode());
            self.fault(span.clone(), message, Some("leave it out".into()));
        }
    }

    /// Takes over what another look at the same text found, except on lines that are faulty anyway: there the
    /// second fault mostly follows from the first.
    pub(crate) fn absorb(&mut self, other: Self) {
        let line = |fault: &Fault| fault.spot.as_ref().map(|spot| spot.line);
        let faulty: Vec<Option<usize>> = self.found.iter().map(|(_, fault)| line(fault)).collect();
        self.found.extend(other.found.into_iter().filter(|(_, fault)| !faulty.contains(&line(fault))));
    }

    /// Ok if nothing was noted.
    pub(crate) fn finish(mut self) -> Result<(), Faults> {
        if self.found.is_empty() {
            return Ok(());
        }
        self.found.sort_by_key(|(at, _)| *at);
        let mut faults: Vec<Fault> = self.found.into_iter().map(|(_, fault)| fault).collect();
        if faults.len() >= MOST {
            // Several looks at a text may each have found as many.
            faults.truncate(MOST);
            faults.push(Fault::of(self.label, format!("there may be more than these {MOST} faults"), None));
        }
        Err(Faults(faults))
    }
}

fn spot(text: &str, span: &Range<usize>) -> Spot {
    let start = boundary(text, span.start);
    let line_start = text[..start].rfind('\n').map_or(0, |at| at + 1);
    let rest = &text[line_start..];
    let line_text = rest[..rest.find('\n').unwrap_or(rest.len())].trim_end_matches('\r');
    let before = text[line_start..start].chars().count();
    let marked = text[start..boundary(text, span.end).max(start)].lines().next().unwrap_or("");

    let skipped = if line_text.chars().count() > EXCERPT { before.saturating_sub(LEAD) } else { 0 };
    let excerpt: String = line_text.chars().skip(skipped).take(EXCERPT).map(visible).collect();
    let cells = |s: &str, n: usize| s.chars().take(n).map(|c| c.width().unwrap_or(1)).sum::<usize>();
    let indent = cells(&excerpt, before - skipped);
    let shown = excerpt.chars().skip(before - skipped).collect::<String>();
    let width = cells(&shown, marked.chars().count()).max(1);
    Spot { line: text[..line_start].matches('\n').count() + 1, column: before + 1, excerpt, indent, width }
}

/// The nearest place at or before an offset where a character begins.
fn boundary(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

fn visible(c: char) -> char {
    match c {
        '\t' => ' ',
        c if hostile(c) => '\u{FFFD}',
        c => c,
    }
}

/// A text safe to print: every character that could do something to a terminal is written as its number. Lines end
/// where they did.
#[must_use]
pub fn printable(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        if c != '\n' && hostile(c) { safe.extend(c.escape_unicode()) } else { safe.push(c) }
    }
    safe
}

/// A part of a text, safe to print within a line: short, and without any hostile character.
pub(crate) fn clean(text: &str) -> String {
    cut(text, EXCERPT)
}

/// A text safe to print within a line, and whole unless it is longer than any that makes sense.
pub(crate) fn one_line(text: &str) -> String {
    cut(text, LINE)
}

fn cut(text: &str, most: usize) -> String {
    let mut safe = String::new();
    for (i, c) in text.chars().enumerate() {
        if i == most {
            safe.push('…');
            break;
        }
        if hostile(c) { safe.extend(c.escape_unicode()) } else { safe.push(c) }
    }
    safe
}

/// A number as a person would write it: very large and very small ones by their power of ten.
pub(crate) fn plain(number: f64) -> String {
    if number == 0.0 || (1e-9..1e15).contains(&number.abs()) { number.to_string() } else { format!("{number:e}") }
}

/// What a reader of TOML says of a document, in the words of whoever writes it, and a hint if a name may have been mistyped.
fn in_plain_words(message: &str) -> (String, Option<String>) {
    let mut quoted = message.split('`').skip(1).step_by(2);
    if message.starts_with("unknown field ") {
        let name = quoted.next().unwrap_or_default();
        return (format!("unknown key `{}`", clean(name)), Some(suggest(name, quoted)));
    }
    if message.starts_with("missing field ") {
        return (format!("`{}` is missing", quoted.next().unwrap_or_default()), None);
    }
    let mistaken = message.strip_prefix("invalid type: ").or_else(|| message.strip_prefix("invalid value: "));
    match mistaken.and_then(|rest| rest.rsplit_once(", expected ")) {
        Some((given, wanted)) => (format!("this must be {}, not {}", type_wanted(wanted), type_given(given)), None),
        None => (message.replace('\n', ", "), None),
    }
}

fn type_wanted(name: &str) -> &str {
    match name {
        "u16" => "a whole number from 0 to 65535",
        "u32" => "a whole number from 0 to 4294967295",
        "u64" => "a whole number, 0 or more",
        "f64" => "a number",
        "a string" => "a text in quotes",
        "a boolean" => "true or false",
        "a sequence" => "a list",
        name if name == "a map" || name.starts_with("struct ") => "a table",
        other => other,
    }
}

/// Of a value that is named with its type, such as `integer `5``, the value.
fn type_given(value: &str) -> String {
    match value {
        "sequence" => return "a list".into(),
        "map" => return "a table".into(),
        _ => {}
    }
    match (value.strip_prefix("string "), value.split('`').nth(1)) {
        (Some(text), _) => format!("the text {}", clean(text)),
        (None, quoted) => clean(quoted.unwrap_or(value)),
    }
}

/// The hint for a word that is not among those known, and those.
pub(crate) fn suggest<'w>(word: &str, known: impl IntoIterator<Item = &'w str>) -> String {
    let known: Vec<&str> = known.into_iter().collect();
    match nearest(word, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("known: {}", known.join(", ")),
    }
}

/// The known word that a mistyped one probably stands for.
pub fn nearest<'w>(word: &str, known: impl IntoIterator<Item = &'w str>) -> Option<&'w str> {
    // Comparing costs the product of the lengths, so a hostile key is not compared at all.
    if word.is_empty() || word.len() > 64 {
        return None;
    }
    let plain = word.to_ascii_lowercase().replace([' ', '-'], "_");
    known
        .into_iter()
        .map(|candidate| {
            let other = candidate.to_ascii_lowercase().replace('-', "_");
            let unit_left_out = plain.len() > 3 && other.starts_with(&plain) || other.starts_with(&format!("{plain}_"));
            let distance = if unit_left_out { 1 } else { strsim::osa_distance(&plain, &other) };
            (distance, candidate)
        })
        .filter(|(distance, candidate)| *distance <= 1 + candidate.len().min(plain.len()) / 4)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_shows_its_line_and_a_caret() {
        let mut source = Source::file("my.toml", "a = 1\nquue = 5\n");
        source.fault(6..10, "unknown key `quue`", Some("did you mean `queue`?".into()));
        let text = source.finish().unwrap_err().to_string();
        assert_eq!(text, "my.toml:2:1: unknown key `quue`; did you mean `queue`?\n    2 | quue = 5\n      | ^^^^");
    }

    #[test]
    fn columns_count_characters_and_carets_count_cells() {
        let spot = spot("t = \"日本\" x", &(13..14));
        assert_eq!((spot.column, spot.indent, spot.width), (10, 11, 1));
    }

    #[test]
    fn a_long_line_is_cut_around_the_fault() {
        let text = format!("{}!{}", "x".repeat(5000), "y".repeat(5000));
        let spot = spot(&text, &(5000..5001));
        assert_eq!((spot.column, spot.indent), (5001, LEAD));
        assert_eq!(spot.excerpt.chars().count(), EXCERPT);
        assert_eq!(spot.excerpt.chars().nth(spot.indent), Some('!'));
    }

    #[test]
    fn hostile_characters_are_never_printed() {
        let mut source = Source::file("a\u{1b}[2J", "x\u{202e}\u{7}y");
        source.fault(0..99, "m", None);
        assert!(!source.finish().unwrap_err().to_string().chars().any(|c| c != '\n' && hostile(c)));
    }

    #[test]
    fn hostile_characters_are_found_behind_their_escapes() {
        let text = "a = \"x\\u001b\"\nb = [{ c = \"\\u202e\" }]\n\"\\u0007\" = 1\nd = \"two\\nlines\"";
        let faults = Source::open("x.toml", text).err().unwrap().to_string();
        assert_eq!(faults.matches("this holds the character").count(), 3, "{faults}");
        assert!(Source::open("x.toml", "a = \"two\\nlines\"").is_ok());
    }

    #[test]
    fn types_of_rust_are_not_told() {
        let said = |message: &str| in_plain_words(message).0;
        assert_eq!(
            said("invalid type: string \"five\", expected u16"),
            "this must be a whole number from 0 to 65535, not the text \"five\""
        );
        assert_eq!(
            said("invalid value: integer `-1`, expected u32"),
            "this must be a whole number from 0 to 4294967295, not -1"
        );
        assert_eq!(said("invalid type: map, expected a sequence"), "this must be a list, not a table");
        assert_eq!(said("missing field `title`"), "`title` is missing");
        let (message, hint) = in_plain_words("unknown field `predct`, expected one of `say`, `predict`, `do`");
        assert_eq!((message.as_str(), hint.as_deref()), ("unknown key `predct`", Some("did you mean `predict`?")));
    }

    #[test]
    fn a_long_message_is_cut() {
        let mut source = Source::file("x", "");
        source.fault(0..0, "日".repeat(5000), None);
        assert_eq!(source.finish().unwrap_err().0[0].message.chars().count(), MESSAGE + 1);
    }

    #[test]
    fn the_nearest_word_forgives_order_case_and_units() {
        let known = ["queue", "workers", "timeout_ms", "check_interval_ms"];
        for (word, near) in [
            ("quue", "queue"),
            ("qeueu", "queue"),
            ("Workers", "workers"),
            ("timeout", "timeout_ms"),
            ("check-interval", "check_interval_ms"),
        ] {
            assert_eq!(nearest(word, known), Some(near));
        }
        assert_eq!(nearest("colour", known), None);
    }
}

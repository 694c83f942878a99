//! Goes through a parsed TOML document, table by table and key by key, and fills a [`Scenario`].

use super::fault::{Source, clean, nearest};
use super::fields::{EXCLUSIVE, Field, TABLES, Table};
use super::read::Value;
use super::types::Scenario;
use std::collections::BTreeMap;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeString, DeTable};

/// Where each key was given, and which of them will not do: for the rules that weigh several keys.
#[derive(Default)]
pub(super) struct Seen {
    /// Paths such as `instance.count`; the top level has no dot.
    pub(super) keys: BTreeMap<String, Range<usize>>,
    /// Those whose values were refused.
    pub(super) refused: Vec<String>,
    /// The commands, in the order of the text.
    pub(super) commands: Vec<Range<usize>>,
}

/// Reads every key of the document.
pub(super) fn document(scenario: &mut Scenario, document: &DeTable<'_>, source: &mut Source<'_>) -> Seen {
    let mut seen = Seen::default();
    table(scenario, &TABLES[0], document, source, &mut seen);
    seen
}

fn table(scenario: &mut Scenario, table: &Table, entries: &DeTable<'_>, source: &mut Source<'_>, seen: &mut Seen) {
    for (key, value) in entries {
        let name = key.get_ref().as_ref();
        if let Some(field) = table.fields.iter().find(|field| field.key.name == name) {
            let path = table.path(name);
            if !(field.read)(scenario, value, &field.key, source) {
                seen.refused.push(path.clone());
            } else if path == "command" {
                seen.commands =
                    value.get_ref().as_array().map(|rows| rows.iter().map(line_of).collect()).unwrap_or_default();
            }
            seen.keys.insert(path, key.span());
        } else if let Some(inner) = sub_table(table, name) {
            match value.get_ref().as_table() {
                Some(entries) => self::table(scenario, inner, entries, source, seen),
                None => {
                    let message = format!("`{name}` is a table");
                    source.fault(key.span(), message, Some(format!("write [{name}] and its keys below it")));
                }
            }
        } else {
            unknown(table, key, value, source);
        }
    }
    let (of, one, other) = EXCLUSIVE;
    if table.name == of
        && let (Some(first), Some(second)) = (entries.get_key_value(one), entries.get_key_value(other))
    {
        let (first, second) = (first.0.span(), second.0.span());
        let later = if first.start > second.start { first } else { second };
        source.fault(later, format!("`{one}` and `{other}` exclude each other"), Some("leave one of them out".into()));
    }
}

/// What a command's faults point at: its `do`, or else the whole entry.
pub(super) fn line_of(row: &Value<'_>) -> Range<usize> {
    row.get_ref().as_table().and_then(|row| row.get("do")).map_or_else(|| row.span(), Spanned::span)
}

fn sub_table(table: &Table, name: &str) -> Option<&'static Table> {
    if table.name.is_empty() { TABLES[1..].iter().find(|inner| inner.name == name) } else { None }
}

fn place(table: &Table) -> String {
    if table.name.is_empty() { "at the top level".into() } else { format!("in [{}]", table.name) }
}

/// The keys of a table of a scenario; none if there is no such table.
pub fn fields_of(table: &str) -> impl Iterator<Item = &'static str> {
    TABLES.iter().filter(move |known| known.name == table).flat_map(|known| names(known.fields))
}

fn names(fields: &'static [Field]) -> impl Iterator<Item = &'static str> {
    fields.iter().map(|field| field.key.name)
}

/// Notes an unknown key, with the name that was probably meant: near here, here with another unit, or elsewhere.
fn unknown(table: &Table, key: &Spanned<DeString<'_>>, value: &Value<'_>, source: &mut Source<'_>) {
    let name = key.get_ref().as_ref();
    let tables = if table.name.is_empty() { &TABLES[1..] } else { &[] };
    let here = || names(table.fields).chain(tables.iter().map(|inner| inner.name));
    let elsewhere =
        || TABLES.iter().filter(|other| other.name != table.name && names(other.fields).any(|key| key == name));

    let is_table = value.get_ref().is_table();
    let near = match is_table && table.name.is_empty() {
        true => nearest(name, tables.iter().map(|inner| inner.name)),
        false => nearest(name, here()),
    };
    let belongs = elsewhere().map(|other| match other.name {
        "" => "above the first [table]".to_owned(),
        other => format!("in [{other}]"),
    });
    let belongs = belongs.collect::<Vec<_>>().join(" or ");
    let hint = match (belongs.as_str(), near) {
        // It is what is compared on the same scenario.
        ("", _) if name == "home" => {
            "a scenario has none: in the dashboard v shows each, and --home chooses one".into()
        }
        ("", Some(near)) if is_table && sub_table(table, near).is_some() => format!("did you mean [{near}]?"),
        ("", Some(near)) => format!("did you mean `{near}`?"),
        ("", None) => format!("known here: {}", here().collect::<Vec<_>>().join(", ")),
        (belongs, _) => format!("it belongs {belongs}"),
    };
    let what = if is_table && table.name.is_empty() { "table" } else { "key" };
    source.fault(key.span(), format!("unknown {what} `{}` {}", clean(name), place(table)), Some(hint));
}

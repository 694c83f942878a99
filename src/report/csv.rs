//! A report as two lines of comma-separated values: dotted headers, and the figures.

use crate::flat::flatten;
use serde_json::Value;

/// Writes the document as one row: first what every document of its kind has, then what is in lists, or named by what was set.
pub(super) fn render(report: &Value) -> std::io::Result<String> {
    let mut leaves = flatten(report);
    let varies = |name: &str| {
        let part = name.split('.').next().unwrap_or_default();
        part == "settings" || report.get(part).is_some_and(Value::is_array)
    };
    leaves.sort_by_key(|(name, _)| varies(name));
    let (headers, cells): (Vec<_>, Vec<_>) = leaves.into_iter().map(|(name, value)| (name, cell(value))).unzip();
    rows([headers, cells])
}

/// Writes rows of cells.
pub(super) fn rows(rows: impl IntoIterator<Item = Vec<String>>) -> std::io::Result<String> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    rows.into_iter().try_for_each(|row| writer.write_record(row))?;
    let bytes = writer.into_inner().map_err(csv::IntoInnerError::into_error)?;
    String::from_utf8(bytes).map_err(std::io::Error::other)
}

/// What is not defined is an empty cell.
pub(super) fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

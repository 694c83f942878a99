//! A report as two lines of comma-separated values: dotted headers, and the figures.

use serde_json::Value;

/// Writes the document as one row.
pub(super) fn render(report: &Value) -> std::io::Result<String> {
    let mut cells = Vec::new();
    flatten(String::new(), report, &mut cells);
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(cells.iter().map(|(header, _)| header))?;
    writer.write_record(cells.iter().map(|(_, cell)| cell))?;
    let bytes = writer.into_inner().map_err(csv::IntoInnerError::into_error)?;
    String::from_utf8(bytes).map_err(std::io::Error::other)
}

/// Objects are entered by name, lists by number from 1; what is not defined is an empty cell.
fn flatten(path: String, value: &Value, cells: &mut Vec<(String, String)>) {
    let within = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    match value {
        Value::Object(fields) => fields.iter().for_each(|(name, value)| flatten(within(name), value, cells)),
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(i, item)| flatten(within(&(i + 1).to_string()), item, cells));
        }
        Value::Null => cells.push((path, String::new())),
        Value::String(text) => cells.push((path, text.clone())),
        other => cells.push((path, other.to_string())),
    }
}

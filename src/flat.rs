//! A report as a list of names and values: objects become dotted names, lists are numbered from 1.

use serde_json::Value;

/// Every leaf, in the order of the document.
#[must_use]
pub fn flatten(document: &Value) -> Vec<(String, &Value)> {
    let mut leaves = Vec::new();
    enter(String::new(), document, &mut leaves);
    leaves
}

fn enter<'a>(path: String, value: &'a Value, leaves: &mut Vec<(String, &'a Value)>) {
    let within = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    match value {
        Value::Object(fields) => fields.iter().for_each(|(name, value)| enter(within(name), value, leaves)),
        Value::Array(items) => (1..).zip(items).for_each(|(i, item)| enter(within(&i.to_string()), item, leaves)),
        leaf => leaves.push((path, leaf)),
    }
}

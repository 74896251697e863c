//! YAML with every scalar in JSON's spelling, which YAML 1.2 reads as it stands.

use serde_json::Value;

use crate::output::text::escape_json;

/// Writes one YAML document without a start mark.
pub(crate) fn yaml(value: &Value) -> String {
    let mut text = String::new();
    node(&mut text, value, 0);
    escape_json(text)
}

/// Writes a value that starts its own line, `indent` blanks from the edge.
fn node(text: &mut String, value: &Value, indent: usize) {
    match value {
        Value::Object(object) if !object.is_empty() => {
            for (name, value) in object {
                text.push_str(&format!("{:indent$}{}:", "", key(name)));
                if branches(value) {
                    text.push('\n');
                    node(text, value, indent + 2);
                } else {
                    text.push_str(&format!(" {value}\n"));
                }
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for item in items {
                let start = text.len();
                node(text, item, indent + 2);
                // The element's own indent holds the dash.
                text.replace_range(start..start + indent + 2, &format!("{:indent$}- ", ""));
            }
        }
        scalar => text.push_str(&format!("{:indent$}{scalar}\n", "")),
    }
}

/// Returns true for what needs lines of its own.
fn branches(value: &Value) -> bool {
    match value {
        Value::Object(object) => !object.is_empty(),
        Value::Array(items) => !items.is_empty(),
        _ => false,
    }
}

/// Quotes a key unless every YAML reader takes it as plain text.
fn key(name: &str) -> String {
    const WORDS: [&str; 9] = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"];
    let letters = name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if letters && !WORDS.contains(&name.to_ascii_lowercase().as_str()) {
        name.to_owned()
    } else {
        Value::from(name).to_string()
    }
}

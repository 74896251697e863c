//! JSON text and the type name that every object of a view carries last.

use serde_json::Value;

use crate::output::View;
use crate::output::text::{TYPE_NAME, escape_json};

/// Appends `PSTypeName` to an object that has none; other values stay as they are.
pub(crate) fn stamp(mut value: Value, view: &View) -> Value {
    if let Value::Object(object) = &mut value
        && !object.contains_key(TYPE_NAME)
    {
        object.insert(TYPE_NAME.to_owned(), view.type_name.into());
    }
    value
}

/// Writes pretty-printed JSON with a final newline.
pub(crate) fn json(value: &Value) -> String {
    // A value's alternate form is the same text, made slower; neither can fail.
    let text = serde_json::to_string_pretty(value).unwrap_or_else(|_| format!("{value:#}"));
    escape_json(text + "\n")
}

//! Tab-separated values: no heading, the columns of the table, `\t`, `\n` and `\\` escaped.

use serde_json::{Map, Value};

use crate::output::View;
use crate::output::table::{cell, columns};
use crate::output::text::{escape, plain};

/// Writes one line an object.
pub(crate) fn tsv(objects: &[&Map<String, Value>], view: Option<&View>) -> String {
    let columns = columns(objects, view);
    let mut text = String::new();
    for object in objects {
        let fields: Vec<_> = columns
            .iter()
            .map(|column| field(&cell(object, column)))
            .collect();
        text.push_str(&fields.join("\t"));
        text.push('\n');
    }
    text
}

/// Writes one value so that it holds neither a tab nor a newline.
pub(crate) fn field(value: &Value) -> String {
    escape(&plain(value).replace('\\', "\\\\"), &[]).into_owned()
}

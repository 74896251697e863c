//! PowerShell's Format-List.

use serde_json::{Map, Value};

use crate::output::View;
use crate::output::table::lookup;
use crate::output::text::{TYPE_NAME, cells, escape, plain, wrap};

/// Values narrower than this, in cells, are not wrapped: the label takes the line anyway.
const VALUE_CELLS_MIN: usize = 10;

/// Writes `Label : value` blocks with one blank line before and after each.
/// With a width, in cells, values are wrapped and continue below their first character.
pub(crate) fn list(
    objects: &[&Map<String, Value>],
    view: Option<&View>,
    width: Option<usize>,
) -> String {
    let mut text = String::from("\n");
    for object in objects {
        let lines: Vec<(String, Value)> = match view.filter(|view| !view.list.is_empty()) {
            Some(view) => view
                .list
                .iter()
                .map(|(label, path)| ((*label).to_owned(), lookup(object, path)))
                .collect(),
            None => object
                .iter()
                .filter(|(name, _)| *name != TYPE_NAME)
                .map(|(name, value)| (escape(name, &[]).into_owned(), value.clone()))
                .collect(),
        };
        block(&mut text, &lines, width);
        text.push('\n');
    }
    text
}

/// Writes one object's lines.
fn block(text: &mut String, lines: &[(String, Value)], width: Option<usize>) {
    let label_cells = lines
        .iter()
        .map(|(label, _)| cells(label))
        .max()
        .unwrap_or(0);
    let indent = label_cells + 3;
    let room = width.and_then(|width| width.checked_sub(indent));
    let room = room
        .filter(|room| *room >= VALUE_CELLS_MIN)
        .unwrap_or(usize::MAX);
    for (label, value) in lines {
        let value = plain(value);
        let value = wrap(&escape(&value, &['\n']), room).join(&format!("\n{:indent$}", ""));
        let padding = label_cells - cells(label);
        let line = format!("{label}{:padding$} : {value}", "");
        // The blank after the colon of an empty value stays, as in PowerShell.
        text.push_str(&line);
        text.push('\n');
    }
}

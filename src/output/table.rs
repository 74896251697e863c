//! PowerShell's Format-Table.

use comfy_table::{Cell, CellAlignment, ContentArrangement, Row, Table, presets};
use serde_json::{Map, Value};

use crate::output::View;
use crate::output::select::property;
use crate::output::text::{TYPE_NAME, cells, escape, plain};

/// Returns the heading and the path of each column: the view's, else every property in order of
/// appearance.
pub(crate) fn columns(
    objects: &[&Map<String, Value>],
    view: Option<&View>,
) -> Vec<(String, Option<&'static str>)> {
    if let Some(view) = view.filter(|view| !view.table.is_empty()) {
        let column = |column: &crate::output::Column| (column.header.to_owned(), Some(column.path));
        return view.table.iter().map(column).collect();
    }
    let mut names: Vec<&str> = Vec::new();
    for name in objects.iter().flat_map(|object| object.keys()) {
        if name != TYPE_NAME && !names.contains(&name.as_str()) {
            names.push(name);
        }
    }
    names
        .into_iter()
        .map(|name| (name.to_owned(), None))
        .collect()
}

/// Returns the value of a column in an object; null when it has none.
pub(crate) fn cell(object: &Map<String, Value>, column: &(String, Option<&str>)) -> Value {
    match column {
        (_, Some(path)) => lookup(object, path),
        (name, None) => object.get(name).cloned().unwrap_or(Value::Null),
    }
}

/// Follows a dotted path of property names; null where it leads nowhere.
pub(crate) fn lookup(object: &Map<String, Value>, path: &str) -> Value {
    let mut names = path.split('.');
    let first = names.next().unwrap_or_default();
    let folded = || {
        object
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(first))
    };
    let start = object
        .get(first)
        .or_else(|| folded().map(|(_, value)| value));
    let start = start.cloned().unwrap_or(Value::Null);
    names.fold(start, |value, name| {
        property(&value, name).unwrap_or(Value::Null)
    })
}

/// Writes a heading, a row of dashes and one line an object, with a blank line before and after.
/// With a width, in cells, columns shrink and cut values end in `…`.
pub(crate) fn table(
    objects: &[&Map<String, Value>],
    view: Option<&View>,
    width: Option<usize>,
) -> String {
    let columns = columns(objects, view);
    let headings: Vec<_> = columns
        .iter()
        .map(|(heading, _)| escape(heading, &[]))
        .collect();
    let values: Vec<Vec<Value>> = objects
        .iter()
        .map(|object| columns.iter().map(|column| cell(object, column)).collect())
        .collect();
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Disabled);
    if let Some(width) = width {
        table.set_content_arrangement(ContentArrangement::Dynamic);
        table.set_width(u16::try_from(width).unwrap_or(u16::MAX));
    }
    table.add_row(line(headings.iter().map(ToString::to_string)));
    table.add_row(line(
        headings.iter().map(|heading| "-".repeat(cells(heading))),
    ));
    for row in &values {
        table.add_row(line(
            row.iter()
                .map(|value| escape(&plain(value), &[]).into_owned()),
        ));
    }
    for (index, column) in table.column_iter_mut().enumerate() {
        column.set_padding((0, 1));
        if numeric(values.iter().map(|row| &row[index])) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    let lines: Vec<String> = table
        .lines()
        .map(|line| line.trim_end().to_owned())
        .collect();
    format!("\n{}\n\n", lines.join("\n"))
}

/// Makes a row that is one line high.
fn line(cells: impl Iterator<Item = String>) -> Row {
    let mut row = Row::from(cells.map(Cell::new_owned).collect::<Vec<_>>());
    row.max_height(1);
    row
}

/// Returns true when a column holds numbers, perhaps with gaps.
fn numeric<'a>(values: impl Iterator<Item = &'a Value>) -> bool {
    let mut numbers = 0;
    for value in values {
        match value {
            Value::Number(_) => numbers += 1,
            Value::Null => {}
            _ => return false,
        }
    }
    numbers > 0
}

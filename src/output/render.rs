//! From a cmdlet's objects to text: stamp the type, apply the query, choose the form.

use serde_json::{Map, Value};

use crate::output::json::{json, stamp};
use crate::output::list::list;
use crate::output::select::Selection;
use crate::output::table::table;
use crate::output::text::{escape, plain};
use crate::output::{Error, Form, Format, Output, Query, SCALAR, View, id, tsv, yaml};

/// Writes a result as text; it ends in a newline unless it is empty.
///
/// `format` absent means the view's default form. `width` is the terminal's, in cells; absent,
/// nothing is wrapped or cut. A query that still yields whole objects of the type keeps the type's
/// view.
///
/// # Errors
/// What [`Query::parse`] says, an unknown property, an index out of range, or no id where ids are
/// asked for.
pub fn render(
    output: Output,
    format: Option<Format>,
    query: Option<&str>,
    width: Option<usize>,
) -> Result<String, Error> {
    let (view, many) = (output.view, output.many);
    if output.values.is_empty() && view.type_name == SCALAR.type_name {
        return Ok(String::new());
    }
    let mut values = objects(output);
    let single = !many && values.len() == 1;
    let value = match values.pop() {
        Some(value) if single => value,
        last => {
            values.extend(last);
            Value::Array(values)
        }
    };
    let Selection { value, viewed } = match query {
        Some(query) => Query::parse(query)?.apply(value)?,
        None => Selection {
            value,
            viewed: true,
        },
    };
    write(&value, viewed.then_some(view), format, width)
}

/// The objects of a result as JSON shows them: with their type's name.
#[must_use]
pub fn objects(output: Output) -> Vec<Value> {
    let stamped = |value| stamp(value, output.view);
    output.values.into_iter().map(stamped).collect()
}

/// Writes what the query chose.
fn write(
    value: &Value,
    view: Option<&View>,
    format: Option<Format>,
    width: Option<usize>,
) -> Result<String, Error> {
    let items = match value {
        Value::Array(items) => items.as_slice(),
        value => std::slice::from_ref(value),
    };
    let objects: Option<Vec<&Map<String, Value>>> = items.iter().map(Value::as_object).collect();
    match (format, objects) {
        (Some(Format::Json), _) => Ok(json(value)),
        (Some(Format::Yaml), _) => Ok(yaml::yaml(value)),
        (Some(Format::Id), objects) => id::ids(&objects.ok_or(Error::NoId)?),
        (Some(Format::Tsv), Some(objects)) => Ok(tsv::tsv(&objects, view)),
        (Some(Format::Tsv), None) => Ok(items.iter().map(|item| tsv::field(item) + "\n").collect()),
        (_, Some(objects)) if objects.is_empty() => Ok(String::new()),
        (format, Some(objects)) => {
            let form = match (format, view.map_or(Form::Auto, |view| view.form)) {
                (Some(Format::Table), _) | (None, Form::Table) => Form::Table,
                (None, Form::Auto) if objects.len() > 1 => Form::Table,
                _ => Form::List,
            };
            Ok(match form {
                Form::Table => table(&objects, view, width),
                _ => list(&objects, view, width),
            })
        }
        (_, None) => Ok(lines(items)),
    }
}

/// Writes scalars as bare lines. One text alone may have several lines; several texts have one
/// each.
fn lines(items: &[Value]) -> String {
    match items {
        [Value::Null] => String::new(),
        [only] => escape(&plain(only), &['\n', '\t']).into_owned() + "\n",
        items => items
            .iter()
            .map(|item| escape(&plain(item), &[]).into_owned() + "\n")
            .collect(),
    }
}

//! The -Query selector: `A.B`, `[0]`, `[-1]`, `[*]`, names in any letter case, members of every
//! element of an array – and an error, not silence, where a property does not exist.

use serde_json::Value;

use crate::output::Error;
use crate::output::text::TYPE_NAME;

/// A parsed query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    steps: Vec<Step>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Property(String),
    Index(i64),
    All,
}

/// What a query chose.
pub(crate) struct Selection {
    pub(crate) value: Value,
    /// True when these are still whole objects of the cmdlet's type.
    pub(crate) viewed: bool,
}

impl Query {
    /// Reads a query; names with dots or brackets in them stand in quotes: `Tags.'a.b'`.
    ///
    /// # Errors
    /// [`Error::InvalidQuery`] says what is wrong.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let invalid = |reason| Error::InvalidQuery {
            query: text.to_owned(),
            reason,
        };
        let mut steps = Vec::new();
        let mut rest = text.trim();
        if rest.is_empty() {
            return Err(invalid("it is empty"));
        }
        while !rest.is_empty() {
            let (step, after) = if let Some(inside) = rest.strip_prefix('[') {
                bracket(inside).map_err(invalid)?
            } else {
                let name = match rest.strip_prefix('.') {
                    Some(name) if !steps.is_empty() => name,
                    None if steps.is_empty() => rest,
                    Some(_) => return Err(invalid("it starts with a dot")),
                    None => return Err(invalid("a dot is missing before a name")),
                };
                property_name(name).map_err(invalid)?
            };
            steps.push(step);
            rest = after;
        }
        Ok(Self { steps })
    }

    /// Applies the query to a cmdlet's objects.
    pub(crate) fn apply(&self, value: Value) -> Result<Selection, Error> {
        let mut selection = Selection {
            value,
            viewed: true,
        };
        for step in &self.steps {
            let value = selection.value;
            selection.value = match step {
                Step::Property(name) => {
                    selection.viewed = false;
                    property(&value, name)?
                }
                Step::Index(index) => element(value, *index)?,
                Step::All => Value::Array(elements(value)),
            };
        }
        Ok(selection)
    }
}

/// Reads what follows an opening bracket.
fn bracket(inside: &str) -> Result<(Step, &str), &'static str> {
    let (index, after) = inside.split_once(']').ok_or("a bracket is not closed")?;
    let step = match index.trim() {
        "*" => Step::All,
        "" => return Err("for every element write [*]"),
        number => Step::Index(
            number
                .parse()
                .map_err(|_| "only a whole number or * stands in []")?,
        ),
    };
    Ok((step, after))
}

/// Reads a property name, quoted or not.
fn property_name(text: &str) -> Result<(Step, &str), &'static str> {
    let (name, after) = match text.chars().next() {
        Some(quote @ ('\'' | '"')) => text[1..]
            .split_once(quote)
            .ok_or("a quotation mark is not closed")?,
        _ => text.split_at(text.find(['.', '[', ']']).unwrap_or(text.len())),
    };
    if name.is_empty() {
        return Err("a name is missing");
    }
    Ok((Step::Property(name.to_owned()), after))
}

/// Returns a property, of every element if the value is an array.
///
/// A property that only some elements have leaves the others out, as in PowerShell; one that none
/// has is an error. Null has every property, all of them null.
pub(crate) fn property(value: &Value, name: &str) -> Result<Value, Error> {
    let count = name.eq_ignore_ascii_case("count") || name.eq_ignore_ascii_case("length");
    match value {
        Value::Null => Ok(Value::Null),
        Value::Array(items) if count => Ok(items.len().into()),
        Value::Array(items) => members(items, name),
        Value::Object(object) => {
            let folded = || {
                object
                    .iter()
                    .find(|(key, _)| key.to_lowercase() == name.to_lowercase())
            };
            match object
                .get(name)
                .or_else(|| folded().map(|(_, value)| value))
            {
                Some(value) => Ok(value.clone()),
                None if count => Ok(1.into()),
                None => Err(unknown(name, object.keys().map(String::as_str))),
            }
        }
        Value::Bool(_) | Value::Number(_) | Value::String(_) => Err(unknown(name, [])),
    }
}

/// Returns a property of every element, arrays among the answers joined into one.
fn members(items: &[Value], name: &str) -> Result<Value, Error> {
    let mut found = Vec::new();
    let mut answers = 0;
    let mut missing = None;
    for item in items.iter().filter(|item| !item.is_null()) {
        match property(item, name) {
            Ok(value) => {
                answers += 1;
                match value {
                    Value::Array(values) => found.extend(values),
                    value => found.push(value),
                }
            }
            Err(error) => missing = Some(error),
        }
    }
    match missing {
        Some(error) if answers == 0 => Err(error),
        _ => Ok(Value::Array(found)),
    }
}

fn unknown<'a>(name: &str, keys: impl IntoIterator<Item = &'a str>) -> Error {
    let known = keys.into_iter().filter(|key| *key != TYPE_NAME);
    Error::UnknownProperty {
        name: name.to_owned(),
        known: known.map(str::to_owned).collect(),
    }
}

/// Returns the elements of an array; anything else is its own only element, null is none.
fn elements(value: Value) -> Vec<Value> {
    match value {
        Value::Array(items) => items,
        Value::Null => Vec::new(),
        value => vec![value],
    }
}

/// Returns one element, counted from the end when negative.
fn element(value: Value, index: i64) -> Result<Value, Error> {
    let mut items = elements(value);
    let count = items.len();
    let place = if index < 0 {
        usize::try_from(index.unsigned_abs())
            .ok()
            .and_then(|back| count.checked_sub(back))
    } else {
        usize::try_from(index).ok()
    };
    match place {
        Some(place) if place < count => Ok(items.swap_remove(place)),
        _ => Err(Error::OutOfRange { index, count }),
    }
}

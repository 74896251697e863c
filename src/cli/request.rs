//! The parameters of a request as canonical words, under PowerShell's rules for arguments.

use std::fmt;

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::cli::parameter::find;
use crate::cli::{Failure, Kind, Parameter, fold};
use crate::cmdlet::property;

/// The common parameters a request may use; PowerShell sees to the others itself.
const COMMON: [&str; 4] = ["Home", "WhatIf", "Confirm", "ProgressAction"];
/// Parameters that take a hashtable as JSON text, without being object parameters.
const HASHTABLES: [&str; 3] = ["Tag", "Properties", "KeyRotationLifetimeAction"];

/// Names and values in the order of the request, with those that are there twice.
#[derive(Debug, Default)]
pub(crate) struct Given(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Given {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Pairs;
        impl<'de> Visitor<'de> for Pairs {
            type Value = Given;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of parameters")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Given, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Given(pairs))
            }
        }
        deserializer.deserialize_map(Pairs)
    }
}

/// Turns parameters into words as the normaliser writes them, one word a value.
///
/// # Errors
/// PowerShell's binding errors, as usage failures.
pub(crate) fn words(
    parameters: &[Parameter],
    refused: &[(&str, &str)],
    given: Given,
) -> Result<Vec<String>, Failure> {
    let mut bound: Vec<&str> = Vec::new();
    let mut words = Vec::new();
    for (name, value) in given.0 {
        let parameter = named(&name, parameters, refused)?;
        if bound.contains(&parameter.id.as_str()) {
            let message = format!(
                "Cannot bind parameter because parameter '{}' is specified more than once.",
                parameter.name
            );
            return Err(Failure::usage("ParameterAlreadyBound", message));
        }
        bound.push(&parameter.id);
        bind(parameter, value, &mut words)?;
    }
    Ok(words)
}

/// Finds a parameter by its whole name or an alias: PowerShell has dealt with prefixes.
fn named<'a>(
    name: &str,
    parameters: &'a [Parameter],
    refused: &[(&str, &str)],
) -> Result<&'a Parameter, Failure> {
    let folded = fold(name);
    let exact = parameters.iter().find(|known| known.is_called(&folded));
    match exact {
        Some(found) if found.common && !COMMON.contains(&found.name.as_str()) => {
            let message = format!("-{} has no meaning in a request.", found.name);
            Err(Failure::usage("RsvParameterNotSupported", message)
                .hint("The answer is JSON with the output, warnings, details and the error."))
        }
        Some(found) => Ok(found),
        None => Err(match find(name, parameters, refused) {
            Err(failure) => failure,
            Ok(longer) => {
                let message =
                    format!("A parameter cannot be found that matches parameter name '{name}'.");
                let hint = format!("Did you mean -{}?", longer.name);
                Failure::usage("NamedParameterNotFound", message).hint(hint)
            }
        }),
    }
}

/// Writes the words of one parameter.
fn bind(parameter: &Parameter, value: Value, words: &mut Vec<String>) -> Result<(), Failure> {
    let name = &parameter.name;
    match parameter.kind {
        Kind::Switch if switch(parameter, &value)? => words.push(format!("--{name}")),
        Kind::Switch => {}
        Kind::TriState => words.push(format!("--{name}={}", switch(parameter, &value)?)),
        Kind::Array | Kind::Repeated => {
            for element in elements(parameter, value)? {
                words.push(format!("--{name}={}", text(parameter, element)?));
            }
        }
        Kind::Boolean | Kind::Value => {
            let value = only(parameter, value)?;
            words.push(format!("--{name}={}", text(parameter, value)?));
        }
    }
    Ok(())
}

/// Reads a switch: a boolean, what `ConvertTo-Json` makes of a SwitchParameter, or 0 and 1.
fn switch(parameter: &Parameter, value: &Value) -> Result<bool, Failure> {
    let inner = property(value, "IsPresent").unwrap_or(value);
    match inner {
        Value::Bool(on) => Ok(*on),
        Value::Null => Ok(false),
        Value::Number(number) if number.as_u64() == Some(0) => Ok(false),
        Value::Number(number) if number.as_u64() == Some(1) => Ok(true),
        other => Err(not_convertible(parameter, other, "SwitchParameter")),
    }
}

/// The elements of an array; one value alone is an array of one.
fn elements(parameter: &Parameter, value: Value) -> Result<Vec<Value>, Failure> {
    match value {
        Value::Array(items) if items.is_empty() => {
            let message = format!(
                "Cannot bind argument to parameter '{}' because it is an empty array.",
                parameter.name
            );
            let code = "ParameterArgumentValidationErrorEmptyArrayNotAllowed";
            Err(Failure::usage(code, message).hint("Leave the parameter out."))
        }
        Value::Array(items) => Ok(items),
        value => Ok(vec![value]),
    }
}

/// The one value of a parameter; an array of one counts as its element.
fn only(parameter: &Parameter, value: Value) -> Result<Value, Failure> {
    let Value::Array(mut items) = value else {
        return Ok(value);
    };
    let count = items.len();
    match (items.pop(), count) {
        (Some(item), 1) => Ok(item),
        (None, _) => {
            let message = format!(
                "No object arrived for -{}: the list is empty.",
                parameter.name
            );
            Err(Failure::usage("RsvNoObject", message)
                .hint("The command that made the variable found nothing."))
        }
        _ => {
            let message = format!(
                "One object is needed for -{}, {count} were given.",
                parameter.name
            );
            Err(Failure::usage("RsvManyObjects", message)
                .hint("Pick one by its index: $objects[0]"))
        }
    }
}

/// One value as the text that the cmdlet reads.
fn text(parameter: &Parameter, value: Value) -> Result<String, Failure> {
    match value {
        Value::Null => {
            let message = format!(
                "Cannot bind argument to parameter '{}' because it is null.",
                parameter.name
            );
            let code = "ParameterArgumentValidationErrorNullNotAllowed";
            Err(Failure::usage(code, message)
                .hint("The variable or property that was given has no value."))
        }
        Value::String(text) => Ok(text),
        Value::Bool(on) => Ok(on.to_string()),
        Value::Number(number) => Ok(whole(&number)),
        value @ Value::Object(_) if takes_json(parameter) => Ok(value.to_string()),
        value @ Value::Object(_) => name_of(parameter, &value),
        value @ Value::Array(_) => Err(not_convertible(parameter, &value, &parameter.type_name)),
    }
}

/// Writes 600.0 as 600: PowerShell makes a double of what was divided.
fn whole(number: &serde_json::Number) -> String {
    let text = number.to_string();
    text.strip_suffix(".0").map(str::to_owned).unwrap_or(text)
}

fn takes_json(parameter: &Parameter) -> bool {
    parameter.is_object || HASHTABLES.contains(&parameter.name.as_str())
}

/// The name an object goes by where a name is needed: its property of the parameter's name, else
/// Name, else Id. The real cmdlets do the same for an object from the pipeline.
fn name_of(parameter: &Parameter, object: &Value) -> Result<String, Failure> {
    for name in [parameter.name.as_str(), "Name", "Id"] {
        match property(object, name) {
            Some(Value::String(text)) => return Ok(text.clone()),
            Some(Value::Number(number)) => return Ok(whole(number)),
            Some(Value::Bool(on)) => return Ok(on.to_string()),
            _ => {}
        }
    }
    let failure = not_convertible(parameter, object, &parameter.type_name);
    Err(failure.hint(format!(
        "The object has no {}, no Name and no Id.",
        parameter.name
    )))
}

fn not_convertible(parameter: &Parameter, value: &Value, wanted: &str) -> Failure {
    let kind = match value {
        Value::Object(_) => match property(value, "PSTypeName").and_then(Value::as_str) {
            Some(kind) => kind.rsplit('.').next().unwrap_or(kind),
            None => "PSCustomObject",
        },
        Value::Array(_) => "Object[]",
        Value::String(_) => "String",
        _ => "Object",
    };
    let message = format!(
        "Cannot process argument transformation on parameter '{}'. Cannot convert a {kind} to \
         {wanted}.",
        parameter.name
    );
    Failure::usage("ParameterArgumentTransformationError", message)
}

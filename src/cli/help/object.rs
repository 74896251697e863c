//! The help of a cmdlet as an object, for -Output json and -Query.

use serde_json::{Value, json};

use crate::cli::help::{excluded, own_codes, place, rules, sentence, syntax};
use crate::cli::{Kind, Parameter, Tree};
use crate::cmdlet::{Effect, Row};

/// Returns what the help of a cmdlet says, part by part.
pub(crate) fn object(row: &Row, tree: &Tree) -> Value {
    let parameters = tree.parameters.iter();
    let parameters: Vec<Value> = parameters.map(|one| parameter(one, tree)).collect();
    let refused: Vec<Value> = row
        .refused
        .iter()
        .map(|(name, reason)| json!({"Name": name, "Reason": reason}))
        .collect();
    let rules: Vec<Value> = rules(row.name)
        .iter()
        .map(|rule| json!({"Number": rule.number, "Says": rule.says}))
        .collect();
    let codes: Vec<&str> = own_codes(row.name).iter().map(|code| code.name).collect();
    let syntax = syntax(row.name, tree);
    let one_line = |set: &str| set.split_whitespace().collect::<Vec<_>>().join(" ");
    let syntax: Vec<String> = syntax.split("\n\n").map(one_line).collect();
    json!({
        "Name": row.name,
        "Category": "Cmdlet",
        "Synopsis": row.synopsis,
        "Aliases": row.aliases,
        "Syntax": syntax,
        "Parameters": parameters,
        "NotSupported": refused,
        "Examples": [row.example],
        "SupportsShouldProcess": row.effect != Effect::Reads,
        "Rules": rules,
        "Errors": codes,
    })
}

fn parameter(parameter: &Parameter, tree: &Tree) -> Value {
    let type_name = match parameter.kind {
        Kind::Switch | Kind::TriState => "SwitchParameter",
        _ => &parameter.type_name,
    };
    json!({
        "Name": parameter.name,
        "Type": type_name,
        "Required": parameter.required,
        "Position": place(parameter, tree),
        "DefaultValue": parameter.default,
        "AcceptedValues": parameter.values,
        "Aliases": parameter.aliases,
        "NotWith": excluded(parameter, tree),
        "Common": parameter.common,
        "Description": sentence(parameter),
    })
}

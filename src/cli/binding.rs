//! What clap says, in PowerShell's words.

use std::error::Error;
use std::num::{IntErrorKind, ParseIntError};

use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::cli::Failure;

/// Turns clap's error into a usage failure with PowerShell's text and id.
pub(crate) fn failure(error: &clap::Error) -> Failure {
    let names = |kind| {
        texts(error, kind)
            .iter()
            .map(|name| bare(name))
            .collect::<Vec<_>>()
    };
    let name = || names(ContextKind::InvalidArg).join(" ");
    let value = || texts(error, ContextKind::InvalidValue).join(" ");
    match error.kind() {
        ErrorKind::MissingRequiredArgument => Failure::usage(
            "MissingMandatoryParameter",
            format!(
                "Cannot process command because of one or more missing mandatory parameters: {}.",
                name()
            ),
        ),
        ErrorKind::ArgumentConflict => {
            let all = [names(ContextKind::InvalidArg), names(ContextKind::PriorArg)].concat();
            let all: Vec<String> = all.iter().map(|name| format!("-{name}")).collect();
            Failure::usage(
                "AmbiguousParameterSet",
                "Parameter set cannot be resolved using the specified named parameters.",
            )
            .hint(format!("{} cannot be used together.", all.join(" and ")))
        }
        ErrorKind::InvalidValue => Failure::usage(
            "ParameterArgumentValidationError",
            format!(
                "Cannot validate argument on parameter '{}'. The argument \"{}\" does not \
                 belong to the set \"{}\" specified by the ValidateSet attribute.",
                name(),
                value(),
                texts(error, ContextKind::ValidValue).join(",")
            ),
        )
        .hint("Supply an argument that is in the set and then try the command again."),
        ErrorKind::ValueValidation => {
            let cause = error.source().map_or_else(|| ".".into(), because);
            let message = format!(
                "Cannot process argument transformation on parameter '{}'. \
                 Cannot convert value \"{}\"{cause}",
                name(),
                value()
            );
            Failure::usage("ParameterArgumentTransformationError", message)
        }
        _ => Failure::usage("ParameterBindingFailed", rest(error)),
    }
}

/// Why a value could not be converted; of numbers and ids in PowerShell's words.
fn because(cause: &(dyn Error + 'static)) -> String {
    if cause.is::<uuid::Error>() {
        return " to type \"System.Guid\". Error: \"Guid should contain 32 digits with 4 dashes \
                (xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx).\""
            .to_owned();
    }
    let number = cause
        .downcast_ref::<ParseIntError>()
        .map(|error| match error.kind() {
            IntErrorKind::PosOverflow | IntErrorKind::NegOverflow => {
                "Value was either too large or too small for an Int32."
            }
            _ => "Input string was not in a correct format.",
        });
    match number {
        Some(text) => format!(" to type \"System.Int32\". Error: \"{text}\""),
        None => format!(": {cause}."),
    }
}

/// Returns the texts of one kind of context.
fn texts(error: &clap::Error, kind: ContextKind) -> Vec<String> {
    match error.get(kind) {
        Some(ContextValue::String(text)) => vec![text.clone()],
        Some(ContextValue::Strings(texts)) => texts.clone(),
        _ => Vec::new(),
    }
}

/// Turns `--VaultId <String>` into `VaultId`, and a group `<--Name <…>|--Id <…>>` into `Name|Id`.
fn bare(usage: &str) -> String {
    let names = usage.split('|').map(|part| {
        let name = part.trim_start_matches('<').trim_start_matches("--");
        name.split([' ', '=', '<', '[', '>']).next().unwrap_or(name)
    });
    names.collect::<Vec<_>>().join("|")
}

/// Returns clap's own text without its label and its usage, with one-dash names.
fn rest(error: &clap::Error) -> String {
    let text = error.to_string();
    let text = text.strip_prefix("error: ").unwrap_or(&text);
    let text = text.split("\n\n").next().unwrap_or(text);
    text.replace("'--", "'-")
        .replace(" --", " -")
        .trim()
        .to_owned()
}

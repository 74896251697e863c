//! A parameter as PowerShell sees it, and PowerShell's rule for finding one by a typed name.

use std::any::TypeId;
use std::path::PathBuf;

use clap::{Arg, ArgAction};

use crate::cli::Failure;
use crate::cli::common::{self, COMMON_REFUSED};
use crate::cmdlet::ObjectArg;
use crate::domain::nearest;

/// How a parameter takes its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// On when named; `-Force:$false` is the same as leaving it out.
    Switch,
    /// A switch whose three states differ: absent, `-Confirm`, `-Confirm:$false`.
    TriState,
    /// One value that is `true` or `false`.
    Boolean,
    /// Values with commas between them.
    Array,
    /// One value a time, as often as wanted: values that may contain commas.
    Repeated,
    /// One value.
    Value,
}

/// A parameter of a cmdlet.
#[derive(Debug, Clone)]
pub struct Parameter {
    /// The clap argument's id.
    pub id: String,
    /// The name in PowerShell's spelling, without a dash.
    pub name: String,
    /// Other names, without the digits that mean a position.
    pub aliases: Vec<String>,
    /// The place among the words without a name; only the order of these numbers counts.
    pub position: Option<u32>,
    /// How it takes its value.
    pub kind: Kind,
    /// The type help shows, such as `String[]`; empty for a switch.
    pub type_name: String,
    /// The only values it takes; empty when any will do.
    pub values: Vec<String>,
    /// The value it has when it is not given, where the cmdlet declares one.
    pub default: Option<String>,
    /// True when clap refuses the cmdlet without it.
    pub required: bool,
    /// True when it takes an object: an id, a name or JSON.
    pub is_object: bool,
    /// True for the parameters every cmdlet has.
    pub common: bool,
    /// One sentence of help.
    pub help: String,
}

impl Parameter {
    /// Reads a clap argument as its cmdlet declares it.
    pub(crate) fn read(arg: &Arg) -> Self {
        let id = arg.get_id().as_str();
        let aliases = arg.get_all_aliases().unwrap_or_default();
        let (digits, aliases): (Vec<&str>, Vec<&str>) = aliases
            .into_iter()
            .partition(|alias| alias.chars().all(|c| c.is_ascii_digit()));
        let kind = kind(arg);
        let values = match kind {
            Kind::Switch | Kind::TriState | Kind::Boolean => Vec::new(),
            _ => arg
                .get_possible_values()
                .iter()
                .map(|v| v.get_name().to_owned())
                .collect(),
        };
        Self {
            id: id.to_owned(),
            name: pascal(arg.get_long().unwrap_or(id)),
            aliases: aliases.into_iter().map(alias_name).collect(),
            position: digits.first().and_then(|digit| digit.parse().ok()),
            kind,
            type_name: type_name(arg, kind),
            values,
            default: default(arg, kind),
            required: arg.is_required_set(),
            is_object: arg.get_value_parser().type_id() == TypeId::of::<ObjectArg>(),
            common: common::owns(id),
            help: arg.get_help().map(ToString::to_string).unwrap_or_default(),
        }
    }

    /// Returns true when a folded name is this parameter's name or alias.
    pub(crate) fn is_called(&self, folded: &str) -> bool {
        self.names().any(|name| fold(name) == folded)
    }

    /// Its name and its aliases.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&self.name)
            .chain(&self.aliases)
            .map(String::as_str)
    }
}

fn default(arg: &Arg, kind: Kind) -> Option<String> {
    let values: Vec<_> = arg
        .get_default_values()
        .iter()
        .map(|value| value.to_string_lossy())
        .collect();
    (!values.is_empty() && kind != Kind::Switch).then(|| values.join(", "))
}

fn kind(arg: &Arg) -> Kind {
    let boolean = arg.get_value_parser().type_id() == TypeId::of::<bool>();
    match arg.get_action() {
        ArgAction::SetTrue | ArgAction::SetFalse => Kind::Switch,
        ArgAction::Append if arg.get_value_delimiter().is_some() => Kind::Array,
        ArgAction::Append => Kind::Repeated,
        _ if boolean && arg.get_num_args().is_some_and(|n| n.min_values() == 0) => Kind::TriState,
        _ if boolean => Kind::Boolean,
        _ => Kind::Value,
    }
}

/// Returns PowerShell's name of the type, or the value name that the cmdlet chose.
fn type_name(arg: &Arg, kind: Kind) -> String {
    let parsed = arg.get_value_parser().type_id();
    let derived = arg.get_id().as_str().to_uppercase();
    let chosen = arg
        .get_value_names()
        .and_then(<[_]>::first)
        .filter(|name| **name != *derived);
    let name = match chosen {
        Some(name) => name.as_str(),
        None if parsed == TypeId::of::<bool>() => "Boolean",
        None if integer(|id| parsed == id) => "Int32",
        None if parsed == TypeId::of::<i64>() || parsed == TypeId::of::<u64>() => "Int64",
        None if parsed == TypeId::of::<f64>() => "Double",
        None if parsed == TypeId::of::<jiff::Timestamp>() => "DateTime",
        None if parsed == TypeId::of::<String>() || parsed == TypeId::of::<PathBuf>() => "String",
        None => "String",
    };
    match kind {
        Kind::Switch | Kind::TriState => String::new(),
        Kind::Array | Kind::Repeated => format!("{name}[]"),
        Kind::Boolean | Kind::Value => name.to_owned(),
    }
}

fn integer(parsed: impl Fn(TypeId) -> bool) -> bool {
    [
        TypeId::of::<i8>(),
        TypeId::of::<u8>(),
        TypeId::of::<i16>(),
        TypeId::of::<u16>(),
        TypeId::of::<i32>(),
        TypeId::of::<u32>(),
    ]
    .into_iter()
    .any(parsed)
}

/// Turns `vault-id` and `vault_id` into `VaultId`; a name that starts with a capital stays as it
/// is.
pub(crate) fn pascal(name: &str) -> String {
    if name.starts_with(|c: char| c.is_ascii_uppercase()) {
        return name.to_owned();
    }
    let mut text = String::with_capacity(name.len());
    for word in name.split(['-', '_']) {
        let mut letters = word.chars();
        text.extend(letters.next().map(|c| c.to_ascii_uppercase()));
        text.push_str(letters.as_str());
    }
    text
}

/// Keeps short aliases such as `vb` as they are written.
fn alias_name(alias: &str) -> String {
    if alias.contains(['-', '_']) {
        pascal(alias)
    } else {
        alias.to_owned()
    }
}

/// Returns what of a name counts when names are compared: no dashes, no underscores, lower case.
#[must_use]
pub fn fold(name: &str) -> String {
    name.chars()
        .filter(|c| *c != '-' && *c != '_')
        .flat_map(char::to_lowercase)
        .collect()
}

/// Finds a parameter by a typed name: an exact name or alias, else a prefix that fits one parameter
/// only, or one of the cmdlet's own beside common ones. Refused names are known too and say why.
///
/// # Errors
/// PowerShell's `AmbiguousParameter` and `NamedParameterNotFound`, or `RsvParameterNotSupported`.
pub(crate) fn find<'a>(
    typed: &str,
    parameters: &'a [Parameter],
    refused: &[(&str, &str)],
) -> Result<&'a Parameter, Failure> {
    let folded = fold(typed);
    if let Some(parameter) = parameters
        .iter()
        .find(|parameter| parameter.is_called(&folded))
    {
        return Ok(parameter);
    }
    let refused: Vec<(&str, &str, &str)> = refused
        .iter()
        .map(|(name, reason)| (*name, *name, *reason))
        .chain(COMMON_REFUSED.iter().flat_map(|(name, aliases, reason)| {
            let names = std::iter::once(name).chain(*aliases);
            names
                .map(|typed| (*typed, *name, *reason))
                .collect::<Vec<_>>()
        }))
        .collect();
    if let Some((_, name, reason)) = refused.iter().find(|(typed, ..)| fold(typed) == folded) {
        return Err(not_supported(name, reason));
    }
    let fits = |name: &str| fold(name).starts_with(&folded);
    let found: Vec<&Parameter> = parameters
        .iter()
        .filter(|parameter| parameter.names().any(fits))
        .collect();
    let own: Vec<&Parameter> = found
        .iter()
        .copied()
        .filter(|found| !found.common)
        .collect();
    match (found.as_slice(), own.as_slice()) {
        ([only], _) | (_, [only]) => Ok(only),
        ([], _) => {
            let mut hits: Vec<_> = refused.iter().filter(|(typed, ..)| fits(typed)).collect();
            hits.dedup_by_key(|(_, name, _)| *name);
            match hits.as_slice() {
                [(_, name, reason)] => Err(not_supported(name, reason)),
                _ => Err(not_found(typed, parameters)),
            }
        }
        _ => {
            let names: Vec<String> = found
                .iter()
                .map(|found| format!("-{}", found.name))
                .collect();
            let message = format!(
                "Parameter cannot be processed because the parameter name '{typed}' is ambiguous. \
                 Possible matches include: {}.",
                names.join(" ")
            );
            Err(Failure::usage("AmbiguousParameter", message))
        }
    }
}

fn not_supported(name: &str, reason: &str) -> Failure {
    Failure::usage(
        "RsvParameterNotSupported",
        format!("-{name} is not supported: {reason}"),
    )
}

fn not_found(typed: &str, parameters: &[Parameter]) -> Failure {
    let message = format!("A parameter cannot be found that matches parameter name '{typed}'.");
    let hint = match nearest(
        typed,
        parameters.iter().map(|parameter| parameter.name.as_str()),
    ) {
        Some(name) => format!("Did you mean -{name}?"),
        None => "-Help lists the parameters.".to_owned(),
    };
    Failure::usage("NamedParameterNotFound", message).hint(hint)
}

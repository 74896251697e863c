//! Object parameters: an id, a name where unambiguous, JSON, `@file`, or `-` for standard input.

use std::convert::Infallible;
use std::str::FromStr;

use anyhow::{Context as _, Result};
use serde_json::Value;

use crate::cmdlet::Session;
use crate::domain::{Refusal, RefusalKind, ResourceId, ResourceKind, Table, Tagged, Vault};

/// The text of an object parameter as it was typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectArg(String);

impl FromStr for ObjectArg {
    type Err = Infallible;
    fn from_str(text: &str) -> std::result::Result<Self, Infallible> {
        Ok(Self(text.to_owned()))
    }
}

/// What an object parameter turned out to be.
#[derive(Debug, Clone, PartialEq)]
pub enum Object {
    /// A name or an id.
    Text(String),
    /// An object another cmdlet printed with -Output json.
    Json(Value),
}

impl Object {
    /// The property of that name, in any letter case.
    #[must_use]
    pub fn property(&self, name: &str) -> Option<&str> {
        match self {
            Self::Text(_) => None,
            Self::Json(value) => property(value, name)?.as_str(),
        }
    }
}

impl Object {
    /// The text that names a thing: what was typed, or the first of these properties there is.
    ///
    /// # Errors
    /// `RsvWrongKind` for an object that has none of them.
    pub fn text(&self, parameter: &str, properties: &[&str]) -> Result<&str, Refusal> {
        let found = match self {
            Self::Text(text) => Some(text.as_str()),
            Self::Json(_) => properties.iter().find_map(|name| self.property(name)),
        };
        found.ok_or_else(|| {
            Refusal::usage(
                "RsvWrongKind",
                format!(
                    "The object of -{parameter} has no {}.",
                    properties.join(" or ")
                ),
            )
            .hint("Give what the cmdlet with the right noun prints with -Output json.")
        })
    }
}

/// The property of an object, in any letter case.
#[must_use]
pub fn property<'a>(value: &'a Value, name: &str) -> Option<&'a Value> {
    value
        .as_object()?
        .iter()
        .find(|(k, _)| k.eq_ignore_ascii_case(name))
        .map(|(_, v)| v)
}

impl Session {
    /// Reads an object parameter; a JSON object must be of one of these PowerShell types.
    ///
    /// # Errors
    /// `RsvNoObject`, `RsvNotJson`, `RsvManyObjects`, `RsvWrongKind` (all exit 2), or I/O.
    pub fn object(&self, name: &str, arg: &ObjectArg, types: &[&str]) -> Result<Object> {
        let text = self.object_text(name, arg)?;
        let trimmed = text.trim();
        let from_elsewhere = arg.0 == "-" || arg.0.starts_with('@');
        if !trimmed.starts_with(['{', '[']) {
            if from_elsewhere && trimmed.lines().count() > 1 {
                return Err(not_json(name, "it is several lines of text").into());
            }
            return Ok(Object::Text(trimmed.to_owned()));
        }
        let value: Value =
            serde_json::from_str(trimmed).map_err(|e| not_json(name, &e.to_string()))?;
        Ok(Object::Json(one_object(name, value, types)?))
    }

    /// The text behind an object parameter: what was typed, the file's, or standard input's.
    ///
    /// # Errors
    /// `RsvNoObject` when it is empty, or I/O.
    pub fn object_text(&self, name: &str, arg: &ObjectArg) -> Result<String> {
        let text = match arg.0.as_str() {
            "-" => self
                .console()
                .read_input()
                .context("cannot read standard input")?,
            file if file.starts_with('@') => {
                let path = &file[1..];
                std::fs::read_to_string(path).map_err(|error| unread(name, path, error))?
            }
            text => text.to_owned(),
        };
        if !text.trim().is_empty() {
            return Ok(text);
        }
        Err(Refusal::usage(
            "RsvNoObject",
            format!("No object arrived for -{name}: what came is empty."),
        )
        .hint("The command before the pipe, or inside $(…), printed nothing.")
        .into())
    }

    /// The vault an object parameter names, by object, id or name; absent: the vault context.
    ///
    /// # Errors
    /// `RsvNoVaultContext` with Azure's text, `ResourceNotFound`, or a wrong kind of object.
    pub fn vault(&self, arg: Option<&ObjectArg>) -> Result<ResourceId> {
        let vaults = &self.document().vaults;
        let Some(arg) = arg else {
            let context = self.vault_context().ok_or_else(|| {
                Refusal::usage(
                    "RsvNoVaultContext",
                    "Set vault context first using cmdlet Set-AzRecoveryServicesVaultContext",
                )
                .hint("Or add -VaultId.")
            })?;
            return self.named(vaults, "VaultId", &Object::Text(context.to_owned()), None);
        };
        let object = self.object("VaultId", arg, &[crate::cmdlet::vault::TYPE])?;
        self.named(vaults, "VaultId", &object, None)
    }

    /// The resource an object names: by its id, by its `Id`/`ID`/`ResourceId` property, or by an
    /// unambiguous name in the current subscription (and group, if given).
    ///
    /// # Errors
    /// `ResourceNotFound`, `RsvAmbiguousName`, `RsvWrongKind`.
    pub fn named<T: Tagged>(
        &self,
        table: &Table<T>,
        parameter: &str,
        object: &Object,
        group: Option<&str>,
    ) -> Result<ResourceId> {
        let text = object.text(parameter, &["Id", "ResourceId"])?;
        if text.starts_with('/') {
            let id: ResourceId = text.parse()?;
            let found = table.get(&id);
            return Ok(found
                .map_err(|missing| self.explain::<T>(missing, &id.name))?
                .id());
        }
        let found = table.one(self.subscription(), group, text);
        Ok(found
            .map_err(|missing| self.explain::<T>(missing, text))?
            .id())
    }

    /// Says of a vault that is not there how to bring it back, if one of its name was deleted.
    pub(super) fn explain<T: Tagged>(&self, missing: Refusal, name: &str) -> Refusal {
        if T::KIND != ResourceKind::Vault || missing.kind != RefusalKind::NotFound {
            return missing;
        }
        let deleted = self
            .document()
            .recoverable_vaults(self.subscription(), self.now())
            .filter(|deleted| deleted.vault.base.name.eq_ignore_ascii_case(name))
            .last();
        match deleted {
            Some(deleted) => missing.hint(format!(
                "It was deleted, and is purged on {}: {}",
                deleted.deletion.purge,
                deleted.recovery()
            )),
            None => missing,
        }
    }

    /// The vault an id names, from the newest state.
    ///
    /// # Errors
    /// `ResourceNotFound`.
    pub fn vault_resource(&self, id: &ResourceId) -> Result<&Vault> {
        Ok(self.document().vaults.get(id)?)
    }
}

/// A file that is not there is a mistake in the words; anything else is the system's.
fn unread(name: &str, path: &str, error: std::io::Error) -> anyhow::Error {
    if error.kind() != std::io::ErrorKind::NotFound {
        return anyhow::Error::from(error).context(format!("cannot read {path}"));
    }
    Refusal::new(
        RefusalKind::NotFound,
        "RsvFileNotFound",
        format!("There is no file '{path}' for -{name}."),
    )
    .hint("@FILE gives an object that was printed with -Output json into FILE.")
    .into()
}

fn not_json(name: &str, why: &str) -> Refusal {
    Refusal::usage(
        "RsvNotJson",
        format!("Cannot read an object for -{name}: {why}."),
    )
    .hint("Give the other command '-Output json'.")
}

/// The one object of what came; `types` are the kinds it may have.
pub(crate) fn one_object(name: &str, value: Value, types: &[&str]) -> Result<Value> {
    let value = match value {
        Value::Array(mut list) => match (list.len(), list.pop()) {
            (1, Some(only)) => only,
            (0, _) => {
                return Err(Refusal::usage(
                    "RsvNoObject",
                    format!("No object arrived for -{name}: the list is empty."),
                )
                .into());
            }
            (n, _) => {
                return Err(Refusal::usage(
                    "RsvManyObjects",
                    format!("One object is needed for -{name}, {n} were given."),
                )
                .hint("Pick one with -Query '[0]'.")
                .into());
            }
        },
        other => other,
    };
    let found = property(&value, "PSTypeName").and_then(Value::as_str);
    if let Some(found) = found
        && !types.is_empty()
        && !types.iter().any(|t| t.eq_ignore_ascii_case(found))
    {
        let short = |t: &str| t.rsplit('.').next().unwrap_or(t).to_owned();
        let wanted: Vec<_> = types.iter().map(|t| short(t)).collect();
        return Err(Refusal::usage(
            "RsvWrongKind",
            format!(
                "-{name} needs a {}, but this is a {}.",
                wanted.join(" or "),
                short(found)
            ),
        )
        .into());
    }
    Ok(value)
}

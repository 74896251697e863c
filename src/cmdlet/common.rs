//! Shared arguments and small conversions that several nouns need.

use std::collections::BTreeMap;

use anyhow::Result;
use clap::{Args, ValueEnum};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::cmdlet::{ObjectArg, Session};
use crate::domain::{Identity, Refusal, Table, Tagged};
use crate::output::{Form, Output, View};

/// A region's name as Azure keeps it: "Japan East" is `japaneast`.
pub(super) fn region(text: &str) -> String {
    text.to_lowercase().replace(' ', "")
}

/// The Recovery Services vault a backup cmdlet works in.
#[derive(Debug, Args)]
pub(super) struct VaultArgs {
    /// The vault: id, name, JSON object, @file or -; absent: the vault context
    #[arg(long)]
    pub(super) vault_id: Option<ObjectArg>,
}

/// A nullable boolean of PowerShell: `true`/`false`, `$true`/`$false`, 1/0.
pub(super) fn boolean(text: &str) -> Result<bool, String> {
    match text.trim_start_matches('$').to_ascii_lowercase().as_str() {
        "true" | "1" => Ok(true),
        "false" | "0" => Ok(false),
        "" => Err("it is empty: write true or false (a shell replaces $true by nothing)".into()),
        _ => Err("write true or false".into()),
    }
}

/// A switch with a value, as `PublicNetworkAccess` has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "PascalCase")]
pub(super) enum EnabledDisabled {
    /// On
    Enabled,
    /// Off
    Disabled,
}

/// `Enabled` or `Disabled`.
pub(super) fn enabled(on: bool) -> &'static str {
    if on { "Enabled" } else { "Disabled" }
}

/// Reads a hashtable: `name=value` words, a JSON object, or PowerShell's `@{name='value'; …}`.
pub(super) fn tags(words: &[String]) -> Result<BTreeMap<String, String>, Refusal> {
    let mut tags = BTreeMap::new();
    for word in words {
        let word = word.trim();
        if word.starts_with('{') {
            let map: BTreeMap<String, Value> =
                serde_json::from_str(word).map_err(|e| bad_tag(&e.to_string()))?;
            tags.extend(map.into_iter().map(|(k, v)| match v {
                Value::String(text) => (k, text),
                other => (k, other.to_string()),
            }));
            continue;
        }
        let inner = word
            .strip_prefix("@{")
            .and_then(|w| w.strip_suffix('}'))
            .unwrap_or(word);
        for pair in inner.split(';').map(str::trim).filter(|p| !p.is_empty()) {
            let (name, value) = pair
                .split_once('=')
                .ok_or_else(|| bad_tag("name=value is needed"))?;
            let bare = |text: &str| text.trim().trim_matches(['"', '\'']).to_owned();
            tags.insert(bare(name), bare(value));
        }
    }
    Ok(tags)
}

/// Tags as PowerShell's `TagsTable` prints them; absent without any.
pub(super) fn tags_text(tags: &BTreeMap<String, String>) -> Option<String> {
    let wide = tags.keys().map(String::len).max()?.max("Name".len());
    let mut text = format!("\n{:wide$}  Value\n{:=<wide$}  =====", "Name", "");
    for (name, value) in tags {
        text.push_str(&format!("\n{name:wide$}  {value}"));
    }
    Some(text)
}

fn bad_tag(why: &str) -> Refusal {
    Refusal::usage("RsvInvalidTag", format!("-Tag cannot be read: {why}."))
        .hint("Write -Tag name=value,name2=value2")
}

/// Reads a time: RFC 3339 with an offset, or a date (midnight UTC), or a time without an offset,
/// taken as UTC. Azure wants UTC everywhere.
pub(super) fn time(text: &str) -> Result<Timestamp, String> {
    let text = text.trim();
    let with_offset = text.parse::<Timestamp>();
    let utc = |civil: jiff::civil::DateTime| jiff::tz::TimeZone::UTC.to_timestamp(civil);
    with_offset
        .or_else(|_| text.parse::<jiff::civil::DateTime>().and_then(utc))
        .or_else(|_| {
            text.parse::<jiff::civil::Date>()
                .and_then(|d| utc(d.at(0, 0, 0, 0)))
        })
        .map_err(|_| "write a UTC time such as 2027-01-31T00:00:00Z".to_owned())
}

/// The JSON of an identity (`IdentityData`); `UserAssignedIdentities` only where there are any,
/// as the seed prints it.
pub(super) fn identity_json(identity: &Identity) -> Value {
    let mut value = json!({
        "PrincipalId": identity.principal_id,
        "TenantId": identity.tenant_id,
        "Type": identity.kind().text(),
    });
    if !identity.user_assigned.is_empty()
        && let Some(map) = value.as_object_mut()
    {
        let users: serde_json::Map<String, Value> = identity
            .user_assigned
            .iter()
            .map(|(id, user)| {
                let user = json!({"PrincipalId": user.principal_id, "ClientId": user.client_id});
                (id.clone(), user)
            })
            .collect();
        map.insert("UserAssignedIdentities".into(), Value::Object(users));
    }
    value
}

/// Why multi-user authorization tokens are refused.
pub(super) const NO_GUARD: &str = "Resource Guards (multi-user authorization) are not in rsv yet";

/// The resources that -ResourceGroupName and a name choose, each with or without wildcards; and
/// whether a name without wildcards asked for exactly one.
pub(super) fn chosen<'a, T: Tagged>(
    session: &'a Session,
    table: &'a Table<T>,
    group: Option<&'a str>,
    name: Option<&'a str>,
) -> Result<(Vec<&'a T>, bool), Refusal> {
    let subscription = session.subscription();
    let exact = |text: &&str| !text.contains(['*', '?']);
    let exact_group = group.filter(exact);
    if let Some(group) = exact_group {
        session.document().group(subscription, group)?;
    }
    let exact_name = name.filter(exact);
    if let Some(name) = exact_name.filter(|_| group == exact_group) {
        return Ok((vec![table.one(subscription, group, name)?], true));
    }
    let found = table.select(Some(subscription), group, name);
    Ok((found.collect(), false))
}

/// PSOperationStatusResponse, what compute cmdlets answer that return no resource.
pub(super) static OPERATION_STATUS: View = View {
    type_name: "Microsoft.Azure.Commands.Compute.Automation.Models.PSOperationStatusResponse",
    form: Form::List,
    table: &[],
    list: &[],
};

/// The answer of an operation that began at `start` and is done; nothing under -WhatIf.
pub(super) fn operation_done(
    session: &Session,
    view: &'static View,
    start: Timestamp,
) -> Result<Output> {
    if session.what_if() {
        return Ok(Output::none());
    }
    let value = json!({
        "OperationId": session.fresh_id()?,
        "Status": "Succeeded",
        "StartTime": start,
        "EndTime": session.now(),
        "Error": null,
    });
    Ok(Output::one(view, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_come_in_three_spellings() {
        let expected = BTreeMap::from([("a".to_owned(), "1".to_owned())]);
        for word in ["a=1", "{\"a\":\"1\"}", "@{a='1'}", "@{ a = \"1\" }"] {
            assert_eq!(tags(&[word.to_owned()]).unwrap(), expected, "{word}");
        }
        assert_eq!(
            tags(&["nonsense".to_owned()]).unwrap_err().code,
            "RsvInvalidTag"
        );
    }

    #[test]
    fn times_without_an_offset_are_utc() {
        let expected: Timestamp = "2027-01-31T00:00:00Z".parse().unwrap();
        for text in ["2027-01-31T00:00:00Z", "2027-01-31T00:00:00", "2027-01-31"] {
            assert_eq!(time(text).unwrap(), expected, "{text}");
        }
        assert!(time("yesterday").is_err());
    }
}

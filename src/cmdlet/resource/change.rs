//! What may become of a resource's properties: a key vault's switches change, all else stays.

use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::cmdlet::common::boolean;
use crate::cmdlet::property;
use crate::domain::{KeyVault, Refusal, ResourceId, ResourceKind, nearest};

/// Key vault properties that Set-AzResource changes.
const SWITCHES: [&str; 7] = [
    "enableSoftDelete",
    "enablePurgeProtection",
    "enabledForDeployment",
    "enabledForDiskEncryption",
    "enabledForTemplateDeployment",
    "enableRbacAuthorization",
    "publicNetworkAccess",
];

/// Properties that leaving out cannot change: those that never go back, and ARM's own.
const LASTING: [&str; 5] = [
    "enableSoftDelete",
    "enablePurgeProtection",
    "softDeleteRetentionInDays",
    "vaultUri",
    "provisioningState",
];

/// Changes a key vault to have these ARM properties. `current` are those it has.
///
/// # Errors
/// `BadRequest` (R50, R51), or the names of properties that cannot be changed or do not exist.
pub(super) fn change_key_vault(
    vault: &mut KeyVault,
    id: &ResourceId,
    current: &Map<String, Value>,
    given: &Map<String, Value>,
) -> Result<(), Refusal> {
    let rest = given
        .iter()
        .filter(|(name, _)| !SWITCHES.iter().any(|s| s.eq_ignore_ascii_case(name)))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    check_unchanged(id, current, &rest)?;
    if let Some(on) = switch(given, "enableSoftDelete")? {
        vault.set_soft_delete(on)?;
    }
    if let Some(on) = switch(given, "enablePurgeProtection")? {
        vault.set_purge_protection(on)?;
    }
    for (name, setting) in [
        ("enabledForDeployment", &mut vault.for_deployment),
        ("enabledForDiskEncryption", &mut vault.for_disk_encryption),
        (
            "enabledForTemplateDeployment",
            &mut vault.for_template_deployment,
        ),
        ("enableRbacAuthorization", &mut vault.rbac),
    ] {
        *setting = switch(given, name)?.unwrap_or(*setting);
    }
    if let Some(value) = get(given, "publicNetworkAccess") {
        vault.public_network_access = match value.as_str().unwrap_or_default() {
            text if text.eq_ignore_ascii_case("Enabled") => true,
            text if text.eq_ignore_ascii_case("Disabled") => false,
            _ => {
                return Err(bad_value(
                    "publicNetworkAccess",
                    value,
                    "Enabled or Disabled",
                ));
            }
        };
    }
    Ok(())
}

/// A boolean, or the text of one as Microsoft's document has it (R46).
fn switch(given: &Map<String, Value>, name: &str) -> Result<Option<bool>, Refusal> {
    let Some(value) = get(given, name) else {
        return Ok(None);
    };
    let on = match value {
        Value::Bool(on) => Some(*on),
        Value::String(text) => boolean(text.trim()).ok(),
        _ => None,
    };
    on.map(Some)
        .ok_or_else(|| bad_value(name, value, "true or false"))
}

fn bad_value(name: &str, value: &Value, wanted: &str) -> Refusal {
    Refusal::usage(
        "RsvInvalidProperty",
        format!("{name} is {value}: it has to be {wanted}."),
    )
}

/// A property in any letter case; null is none.
fn get<'a>(given: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    let named =
        |(key, value): &(&String, &Value)| key.eq_ignore_ascii_case(name) && !value.is_null();
    given.iter().find(named).map(|(_, value)| value)
}

/// Checks that each property given is there, with the value it has now.
///
/// # Errors
/// `RsvUnknownProperty`, `BadRequest` (R50), or `RsvPropertyFixed` with all names.
pub(super) fn check_unchanged(
    id: &ResourceId,
    current: &Map<String, Value>,
    given: &Map<String, Value>,
) -> Result<(), Refusal> {
    let what = format!("{} '{}'", id.kind.label(), id.name);
    let mut differing = Vec::new();
    for (name, value) in given {
        match current.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)) {
            None if value.is_null() => {}
            None => return Err(unknown(id, name, current)),
            Some((name, now)) if !same(now, value) => differing.push(name.as_str()),
            Some(_) => {}
        }
    }
    if differing.contains(&"softDeleteRetentionInDays") {
        return Err(Refusal::refused(
            "BadRequest",
            "The property \"softDeleteRetentionInDays\" is fixed when the key vault is made.",
        ));
    }
    if differing.is_empty() {
        return Ok(());
    }
    let refusal = Refusal::refused(
        "RsvPropertyFixed",
        format!(
            "Set-AzResource cannot change {} of {what}.",
            differing.join(", ")
        ),
    );
    Err(refusal.hint(if differing.contains(&"accessPolicies") {
        format!(
            "rsv Set-AzKeyVaultAccessPolicy -VaultName {} changes policies. Or it was changed \
             meanwhile, or cut (ConvertTo-Json needs -Depth 10): read it anew.",
            id.name
        )
    } else {
        "Another cmdlet may; if it was changed meanwhile, read the resource anew.".to_owned()
    }))
}

fn unknown(id: &ResourceId, name: &str, current: &Map<String, Value>) -> Refusal {
    let switches = SWITCHES
        .iter()
        .filter(|_| id.kind == ResourceKind::KeyVault);
    let known = current.keys().map(String::as_str).chain(switches.copied());
    let message = format!(
        "The {} '{}' has no property '{}'.",
        id.kind.label(),
        id.name,
        name.escape_debug()
    );
    Refusal::usage("RsvUnknownProperty", message).hint(match nearest(name, known) {
        Some(other) => format!("Did you mean {other}?"),
        None => format!("rsv Get-AzResource -ResourceId {id} -Query Properties"),
    })
}

/// Checks that nothing would be lost by replacing `current` with `given`, as PUT does.
///
/// # Errors
/// `RsvPropertiesIncomplete` with the names that are missing.
pub(super) fn check_complete(
    current: &Map<String, Value>,
    given: &Map<String, Value>,
) -> Result<(), Refusal> {
    let is_default =
        |now: &Value| matches!(now, Value::Null | Value::Bool(false)) || now == "Enabled";
    let missing: Vec<_> = current
        .iter()
        .filter(|(name, now)| !LASTING.contains(&name.as_str()) && !is_default(now))
        .filter(|(name, _)| get(given, name).is_none())
        .map(|(name, _)| name.as_str())
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    Err(Refusal::usage(
        "RsvPropertiesIncomplete",
        format!(
            "-Properties replaces all properties, and these are missing: {}.",
            missing.join(", ")
        ),
    )
    .hint("Add -UsePatchSemantics to change only what is given."))
}

/// Checks that no property is there twice in different letter case.
///
/// # Errors
/// `RsvInvalidProperty` with its name.
pub(super) fn check_names(given: &Map<String, Value>) -> Result<(), Refusal> {
    for (at, name) in given.keys().enumerate() {
        if given.keys().take(at).any(|n| n.eq_ignore_ascii_case(name)) {
            let name = name.escape_debug();
            let message = format!("'{name}' is there twice: letter case does not count.");
            return Err(Refusal::usage("RsvInvalidProperty", message));
        }
    }
    Ok(())
}

/// Equal as ARM sees it: letter case does not count, `"true"` is true, null is absent.
fn same(now: &Value, given: &Value) -> bool {
    match (now, given) {
        (Value::Object(a), Value::Object(b)) => {
            let has = |x: &Value, name: &str, value: &Value| {
                same(property(x, name).unwrap_or(&Value::Null), value)
            };
            a.iter().all(|(name, value)| has(given, name, value))
                && b.iter().all(|(name, value)| has(now, name, value))
        }
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (Value::Null, Value::Null) => true,
        _ => match (scalar(now), scalar(given)) {
            (Some(a), Some(b)) => a.eq_ignore_ascii_case(&b),
            _ => false,
        },
    }
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(ticks(text).unwrap_or_else(|| text.clone())),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// A time in the steps of 100 ns that PowerShell keeps: it cuts what is finer on the way back.
fn ticks(text: &str) -> Option<String> {
    let time: Timestamp = text.parse().ok()?;
    Some((time.as_nanosecond() / 100).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn arm_reads_texts_and_any_letter_case_as_the_same_value() {
        let now = json!({"sku": {"name": "standard"}, "list": ["get"], "on": true, "days": 90});
        let given =
            json!({"SKU": {"Name": "Standard"}, "list": ["Get"], "on": "True", "days": "90"});
        assert!(same(&now, &given));
        assert!(same(&json!({"a": null}), &json!({})));
        let time = json!("2026-11-25T20:01:24.123456789Z");
        assert!(same(&time, &json!("2026-11-25T20:01:24.1234567Z")));
        assert!(!same(&time, &json!("2026-11-25T20:01:24.1234568Z")));
        for other in [
            json!({"sku": {}, "list": ["get"], "on": true, "days": 90}),
            json!({"sku": {"name": "standard"}, "list": [], "on": true, "days": 90}),
            json!({"sku": "standard", "list": ["get"], "on": true, "days": 90}),
            json!({"sku": {"name": "standard"}, "list": ["get"], "on": true, "days": 90, "b": 1}),
        ] {
            assert!(!same(&now, &other), "{other}");
        }
    }
}

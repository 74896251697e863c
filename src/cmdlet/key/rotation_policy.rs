//! PSKeyRotationPolicy (M-13): shown, and read from what a person or a file says.

use serde_json::{Value, json};

use crate::cmdlet::common::tags;
use crate::cmdlet::property;
use crate::domain::{Key, KeyVault, LifetimeAction, Refusal, RotationAction, RotationPolicy};
use crate::output::{Form, View};

/// PowerShell's type name.
pub(super) const TYPE: &str = "Microsoft.Azure.Commands.KeyVault.Models.PSKeyRotationPolicy";

/// M-13, O-13; the due date is rsv's own.
pub(super) static VIEW: View = View {
    type_name: TYPE,
    form: Form::List,
    table: &[],
    list: &[
        ("Id", "Id"),
        ("VaultName", "VaultName"),
        ("KeyName", "KeyName"),
        ("LifetimeActions", "LifetimeActionsText"),
        ("ExpiresIn", "ExpiresIn"),
        ("CreatedOn", "CreatedOn"),
        ("UpdatedOn", "UpdatedOn"),
        ("RotationDue", "RotationDue"),
    ],
};

/// The policy of a key, or the default one.
pub(super) fn view(vault: &KeyVault, key: &Key) -> Value {
    let policy = key.rotation.clone().unwrap_or_default();
    let id = format!("{}keys/{}/rotationpolicy", vault.uri(), key.name);
    let due = key.newest().and_then(|newest| policy.rotation_due(newest));
    json!({
        "Id": policy.created.map(|_| id),
        "VaultName": vault.base.name,
        "KeyName": key.name,
        "LifetimeActions": policy.actions.iter().map(action).collect::<Vec<_>>(),
        "LifetimeActionsText": actions_text(&policy),
        "ExpiresIn": policy.expires_in,
        "CreatedOn": policy.created,
        "UpdatedOn": policy.updated,
        "RotationDue": due,
    })
}

fn action(action: &LifetimeAction) -> Value {
    json!({
        "Action": action.action,
        "TimeAfterCreate": action.after_create,
        "TimeBeforeExpiry": action.before_expiry,
    })
}

fn actions_text(policy: &RotationPolicy) -> String {
    let text = |action: &LifetimeAction| {
        format!(
            "[Action: {:?}, TimeAfterCreate: {}, TimeBeforeExpiry: {}]",
            action.action,
            action.after_create.as_deref().unwrap_or_default(),
            action.before_expiry.as_deref().unwrap_or_default()
        )
    };
    let all: Vec<_> = policy.actions.iter().map(text).collect();
    format!("{{{}}}", all.join(", "))
}

fn bad(what: &str) -> Refusal {
    Refusal::usage("BadParameter", format!("The rotation policy {what}.")).hint(
        "An action is @{Action='Rotate';TimeAfterCreate='P18M'}; a file holds lifetimeActions and \
         attributes as Azure's does.",
    )
}

/// Reads actions: hashtables, or JSON objects or arrays.
pub(super) fn read_actions(words: &[String]) -> Result<Vec<LifetimeAction>, Refusal> {
    let mut actions = Vec::new();
    for word in words {
        if word.trim_start().starts_with('[') {
            let value: Value = serde_json::from_str(word).map_err(|_| bad("is not JSON"))?;
            for entry in value.as_array().into_iter().flatten() {
                actions.push(read_action(entry)?);
            }
        } else {
            actions.push(read_action(&json!(tags(std::slice::from_ref(word))?))?);
        }
    }
    Ok(actions)
}

/// One action, in PowerShell's shape or in the service's (`trigger`, `action.type`).
fn read_action(value: &Value) -> Result<LifetimeAction, Refusal> {
    let kind = property(value, "action").ok_or_else(|| bad("has an entry without an action"))?;
    let kind = property(kind, "type").unwrap_or(kind).as_str();
    let action = match kind.map(str::to_ascii_lowercase).as_deref() {
        Some("rotate") => RotationAction::Rotate,
        Some("notify") => RotationAction::Notify,
        _ => return Err(bad("has an action that is neither Rotate nor Notify")),
    };
    let trigger = property(value, "trigger").unwrap_or(value);
    let period = |name| {
        let text = property(trigger, name).and_then(Value::as_str);
        text.filter(|t| !t.is_empty()).map(str::to_owned)
    };
    Ok(LifetimeAction {
        action,
        after_create: period("TimeAfterCreate"),
        before_expiry: period("TimeBeforeExpiry"),
    })
}

/// A whole policy: the file of -PolicyPath, or the object a cmdlet printed.
pub(super) fn read_policy(value: &Value) -> Result<(Vec<LifetimeAction>, Option<String>), Refusal> {
    let actions = property(value, "lifetimeActions").and_then(Value::as_array);
    let actions = actions.ok_or_else(|| bad("has no lifetimeActions"))?;
    let inner = property(value, "attributes").and_then(|a| property(a, "expiryTime"));
    let life = inner.or_else(|| property(value, "ExpiresIn"));
    let life = life.and_then(Value::as_str).filter(|t| !t.is_empty());
    let actions = actions.iter().map(read_action).collect::<Result<_, _>>()?;
    Ok((actions, life.map(str::to_owned)))
}

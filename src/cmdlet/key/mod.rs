//! Keys of key vaults (reference 4.8-4.10). The account's own permissions apply to all of these.

mod add;
mod get;
mod update;

use serde_json::{Value, json};

use crate::cmdlet::common::tags_text;
use crate::cmdlet::registry::{Row, row};
use crate::domain::{Key, KeyVault, KeyVersion};
use crate::output::{Form, View};

/// This noun's cmdlets.
pub(super) static ROWS: &[Row] = &[
    row::<add::Add>(),
    row::<get::Get>(),
    row::<update::Update>(),
];

/// PowerShell's type name of a key.
pub(super) const TYPE: &str = "Microsoft.Azure.Commands.KeyVault.Models.PSKeyVaultKey";
/// The type of a list entry.
pub(super) const LIST_TYPE: &str =
    "Microsoft.Azure.Commands.KeyVault.Models.PSKeyVaultKeyIdentityItem";

/// M-12, O-12: one key version.
static VIEW: View = View {
    type_name: TYPE,
    form: Form::List,
    table: &[],
    list: &[
        ("Vault/HSM Name", "VaultName"),
        ("Name", "Name"),
        ("Key Type", "KeyType"),
        ("Key Size", "KeySize"),
        ("Curve Name", "CurveName"),
        ("Version", "Version"),
        ("Id", "Id"),
        ("Enabled", "Enabled"),
        ("Expires", "Expires"),
        ("Not Before", "NotBefore"),
        ("Created", "Created"),
        ("Updated", "Updated"),
        ("Recovery Level", "RecoveryLevel"),
        ("Tags", "TagsTable"),
    ],
};

/// M-12: keys in a list, or versions of one key.
static LIST_VIEW: View = View {
    type_name: LIST_TYPE,
    form: Form::List,
    table: &[],
    list: &[
        ("Vault/HSM Name", "VaultName"),
        ("Name", "Name"),
        ("Version", "Version"),
        ("Id", "Id"),
        ("Enabled", "Enabled"),
        ("Expires", "Expires"),
        ("Not Before", "NotBefore"),
        ("Created", "Created"),
        ("Updated", "Updated"),
        ("Recovery Level", "RecoveryLevel"),
        ("Tags", "TagsTable"),
    ],
};

/// PSKeyVaultKey (M-12): own properties first, then the base's.
fn view(vault: &KeyVault, key: &Key, version: &KeyVersion) -> Value {
    let id = vault
        .key_id(&key.name)
        .with_version(&version.version)
        .to_string();
    let mut value = json!({
        "Key": {"Kid": id, "Kty": "RSA", "KeyOps": version.key_ops},
        "KeyType": "RSA",
        "Attributes": {
            "Enabled": version.enabled,
            "Expires": version.expires,
            "NotBefore": version.not_before,
            "KeyOps": version.key_ops,
            "KeyType": "RSA",
            "Created": version.created,
            "Updated": version.updated,
            "RecoveryLevel": vault.recovery_level(),
            "RecoverableDays": vault.retention_days,
            "Tags": version.tags,
        },
        "CurveName": null,
        "KeySize": version.bits,
    });
    append(&mut value, list_view(vault, key, version));
    value["Id"] = id.into();
    value["Version"] = version.version.clone().into();
    value
}

/// PSKeyVaultKeyIdentityItem: without a version, as the service lists keys.
fn list_view(vault: &KeyVault, key: &Key, version: &KeyVersion) -> Value {
    json!({
        "Enabled": version.enabled,
        "Expires": version.expires,
        "NotBefore": version.not_before,
        "Created": version.created,
        "Updated": version.updated,
        "RecoveryLevel": vault.recovery_level(),
        "Tags": version.tags,
        "TagsTable": tags_text(&version.tags),
        "IsHsm": false,
        "VaultName": vault.base.name,
        "Name": key.name,
        "Version": "",
        "Id": vault.key_id(&key.name).to_string(),
    })
}

/// A list entry that names its version.
fn version_view(vault: &KeyVault, key: &Key, version: &KeyVersion) -> Value {
    let mut value = list_view(vault, key, version);
    value["Version"] = version.version.clone().into();
    value["Id"] = vault
        .key_id(&key.name)
        .with_version(&version.version)
        .to_string()
        .into();
    value
}

fn append(value: &mut Value, more: Value) {
    if let (Some(map), Value::Object(more)) = (value.as_object_mut(), more) {
        map.extend(more);
    }
}

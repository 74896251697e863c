//! Keys of key vaults (reference 4.8-4.17). The account's own permissions apply to all of these.

mod add;
mod backup;
mod get;
mod get_rotation_policy;
mod remove;
mod restore;
mod rotate;
mod rotation_policy;
mod set_rotation_policy;
mod undo;
mod update;

use anyhow::Result;
use clap::Args;
use serde_json::{Value, json};

use crate::cmdlet::common::tags_text;
use crate::cmdlet::key_vault::key_vault;
use crate::cmdlet::registry::{Row, row};
use crate::cmdlet::{Object, ObjectArg, Session};
use crate::domain::{DeletedKey, Key, KeyId, KeyVault, KeyVersion, ResourceId, Tagged};
use crate::output::{Form, View};

/// This noun's cmdlets.
pub(super) static ROWS: &[Row] = &[
    row::<add::Add>(),
    row::<get::Get>(),
    row::<update::Update>(),
    row::<remove::Remove>(),
    row::<undo::Undo>(),
    row::<rotate::Rotate>(),
    row::<get_rotation_policy::Get>(),
    row::<set_rotation_policy::Set>(),
    row::<backup::Backup>(),
    row::<restore::Restore>(),
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

/// The type of a deleted key.
pub(super) const DELETED_TYPE: &str =
    "Microsoft.Azure.Commands.KeyVault.Models.PSDeletedKeyVaultKey";
/// The type of a deleted key in a list.
pub(super) const DELETED_LIST_TYPE: &str =
    "Microsoft.Azure.Commands.KeyVault.Models.PSDeletedKeyVaultKeyIdentityItem";

/// Lines of a deleted key (M-12, O-12).
const DELETED_LIST: &[(&str, &str)] = &[
    ("Vault/HSM Name", "VaultName"),
    ("Name", "Name"),
    ("Id", "Id"),
    ("Deleted Date", "DeletedDate"),
    ("Scheduled Purge Date", "ScheduledPurgeDate"),
    ("Enabled", "Enabled"),
    ("Expires", "Expires"),
    ("Not Before", "NotBefore"),
    ("Created", "Created"),
    ("Updated", "Updated"),
    ("Recovery Level", "RecoveryLevel"),
    ("Tags", "TagsTable"),
];

/// M-12, O-12: one deleted key.
static DELETED_VIEW: View = View {
    type_name: DELETED_TYPE,
    form: Form::List,
    table: &[],
    list: DELETED_LIST,
};

/// Deleted keys in a list.
static DELETED_LIST_VIEW: View = View {
    type_name: DELETED_LIST_TYPE,
    form: Form::List,
    table: &[],
    list: DELETED_LIST,
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
            "Managed": null,
            "Exportable": null,
            "ReleasePolicy": null,
            "Tags": version.tags,
        },
        "CurveName": null,
        "KeySize": version.bits,
        "ReleasePolicy": null,
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

/// PSDeletedKeyVaultKey: the newest version, and the dates of the deletion.
fn deleted_view(vault: &KeyVault, deleted: &DeletedKey) -> Value {
    let Some(newest) = deleted.key.newest() else {
        return json!({"Name": deleted.key.name});
    };
    let mut value = view(vault, &deleted.key, newest);
    append(
        &mut value,
        json!({
            "DeletedDate": deleted.deletion.date,
            "ScheduledPurgeDate": deleted.deletion.purge,
        }),
    );
    value
}

/// Which key a cmdlet is about: by names, or by object.
#[derive(Debug, Args)]
pub(super) struct KeyArgs {
    /// Name of the key vault
    #[arg(long, alias = "0", required_unless_present = "input_object")]
    vault_name: Option<String>,
    /// Name of the key
    #[arg(
        long,
        alias = "1",
        alias = "KeyName",
        required_unless_present = "input_object"
    )]
    name: Option<String>,
    /// The key: JSON object, key identifier, @file or -
    #[arg(long, alias = "Key", conflicts_with_all = ["vault_name", "name"])]
    input_object: Option<ObjectArg>,
}

impl KeyArgs {
    /// The key vault, and the name of the key.
    fn find(&self, session: &Session) -> Result<(ResourceId, String)> {
        let Some(input) = &self.input_object else {
            let id = key_vault(session, self.vault_name.as_deref(), None, None, None)?;
            return Ok((id, self.name.clone().unwrap_or_default()));
        };
        let types = [TYPE, LIST_TYPE, DELETED_TYPE, DELETED_LIST_TYPE];
        let object = session.object("InputObject", input, &types)?;
        let text = match &object {
            Object::Text(text) => Some(text.as_str()),
            Object::Json(_) => object.property("Id"),
        };
        let key: KeyId = text.unwrap_or_default().parse()?;
        let vault = session.document().key_vault_named(&key.vault)?;
        Ok((vault.id(), key.name))
    }
}

/// Why the parameters of managed HSMs are refused.
const NO_HSM: &str = "managed HSMs are not in rsv";

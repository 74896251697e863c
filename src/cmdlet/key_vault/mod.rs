//! Key vaults and their access policies (reference 4.1-4.7, 4.18).

mod get;
mod new;
mod remove;
mod remove_access_policy;
mod set_access_policy;
mod test_name;
mod undo;
mod update;

use anyhow::Result;
use serde_json::{Value, json};

use crate::cmdlet::registry::{Row, row};
use crate::cmdlet::{ObjectArg, Session};
use crate::domain::{AccessPolicy, DeletedKeyVault, KeyVault, Refusal, ResourceId, Tagged};
use crate::output::{Form, View};

pub(super) use update::purge_protection_is_for_ever;

/// This noun's cmdlets.
pub(super) static ROWS: &[Row] = &[
    row::<new::New>(),
    row::<get::Get>(),
    row::<update::Update>(),
    row::<set_access_policy::Set>(),
    row::<remove_access_policy::Remove>(),
    row::<remove::Remove>(),
    row::<undo::Undo>(),
    row::<test_name::Test>(),
];

/// PowerShell's type name of a key vault.
pub(super) const TYPE: &str = "Microsoft.Azure.Commands.KeyVault.Models.PSKeyVault";
/// The type of a list entry.
pub(super) const LIST_TYPE: &str =
    "Microsoft.Azure.Commands.KeyVault.Models.PSKeyVaultIdentityItem";

/// M-11, O-11: one key vault.
static VIEW: View = View {
    type_name: TYPE,
    form: Form::List,
    table: &[],
    list: &[
        ("Vault Name", "VaultName"),
        ("Resource Group Name", "ResourceGroupName"),
        ("Location", "Location"),
        ("Resource ID", "ResourceId"),
        ("Vault URI", "VaultUri"),
        ("Tenant ID", "TenantId"),
        ("SKU", "Sku"),
        ("Enabled For Deployment?", "EnabledForDeployment"),
        (
            "Enabled For Template Deployment?",
            "EnabledForTemplateDeployment",
        ),
        ("Enabled For Disk Encryption?", "EnabledForDiskEncryption"),
        ("Enabled For RBAC Authorization?", "EnableRbacAuthorization"),
        ("Soft Delete Enabled?", "EnableSoftDelete"),
        (
            "Soft Delete Retention Period (days)",
            "SoftDeleteRetentionInDays",
        ),
        ("Purge Protection Enabled?", "EnablePurgeProtection"),
        ("Public Network Access", "PublicNetworkAccess"),
        ("Access Policies", "AccessPoliciesText"),
        ("Network Rule Set", "NetworkAclsText"),
        ("Tags", "TagsTable"),
    ],
};

/// O-11: key vaults in a list.
static LIST_VIEW: View = View {
    type_name: LIST_TYPE,
    form: Form::List,
    table: &[],
    list: &[
        ("Vault Name", "VaultName"),
        ("Resource Group Name", "ResourceGroupName"),
        ("Location", "Location"),
        ("Resource ID", "ResourceId"),
        ("Tags", "TagsTable"),
    ],
};

/// The type of a deleted key vault.
pub(super) const DELETED_TYPE: &str = "Microsoft.Azure.Commands.KeyVault.Models.PSDeletedKeyVault";

/// M-11: a deleted key vault.
static DELETED_VIEW: View = View {
    type_name: DELETED_TYPE,
    form: Form::List,
    table: &[],
    list: &[
        ("Vault Name", "VaultName"),
        ("Location", "Location"),
        ("Id", "Id"),
        ("Resource ID", "ResourceId"),
        ("Deletion Date", "DeletionDate"),
        ("Scheduled Purge Date", "ScheduledPurgeDate"),
        ("Tags", "TagsTable"),
    ],
};

/// PSDeletedKeyVault (M-11).
fn deleted_view(deleted: &DeletedKeyVault) -> Value {
    let base = &deleted.vault.base;
    let id = format!(
        "/subscriptions/{}/providers/Microsoft.KeyVault/locations/{}/deletedVaults/{}",
        base.subscription, base.location, base.name
    );
    json!({
        "Id": id,
        "DeletionDate": deleted.deletion.date,
        "ScheduledPurgeDate": deleted.deletion.purge,
        "ResourceId": deleted.vault.id().to_string(),
        "VaultName": base.name,
        "ResourceGroupName": base.group,
        "Location": base.location,
        "Tags": base.tags,
        "TagsTable": crate::cmdlet::common::tags_text(&base.tags),
    })
}

/// The deleted key vault of this name, in this region if one is given.
fn find_deleted<'a>(
    session: &'a Session,
    name: &str,
    location: Option<&str>,
) -> Result<&'a DeletedKeyVault, Refusal> {
    let found = session.document().deleted_key_vault(name, session.now());
    found
        .filter(|d| location.is_none_or(|l| l.eq_ignore_ascii_case(&d.vault.base.location)))
        .ok_or_else(|| {
            let place = location.map(|l| format!(" in location '{l}'"));
            let place = place.unwrap_or_default();
            Refusal::not_found(format!("Cannot find deleted vault '{name}'{place}."))
                .hint("rsv Get-AzKeyVault -InRemovedState lists those there are.")
        })
}

/// PSKeyVault (M-11): the properties in the model's order.
fn view(vault: &KeyVault) -> Value {
    json!({
        "PublicNetworkAccess": if vault.public_network_access { "Enabled" } else { "Disabled" },
        "VaultUri": vault.uri(),
        "TenantId": vault.tenant_id,
        "TenantName": null,
        "Sku": vault.sku,
        "EnabledForDeployment": vault.for_deployment,
        "EnabledForTemplateDeployment": vault.for_template_deployment,
        "EnabledForDiskEncryption": vault.for_disk_encryption,
        "EnableSoftDelete": vault.soft_delete,
        "EnablePurgeProtection": vault.purge_protection,
        "EnableRbacAuthorization": vault.rbac,
        "SoftDeleteRetentionInDays": vault.retention_days,
        "AccessPolicies": vault.policies.iter().map(|p| policy(vault, p)).collect::<Vec<_>>(),
        "AccessPoliciesText": policies_text(vault),
        "NetworkAcls": {
            "DefaultAction": "Allow",
            "Bypass": "AzureServices",
            "IpAddressRanges": [],
            "VirtualNetworkResourceIds": [],
        },
        "NetworkAclsText": NETWORK_TEXT,
        "ResourceId": vault.id().to_string(),
        "VaultName": vault.base.name,
        "ResourceGroupName": vault.base.group,
        "Location": vault.base.location,
        "Tags": vault.base.tags,
        "TagsTable": crate::cmdlet::common::tags_text(&vault.base.tags),
    })
}

/// PSKeyVaultIdentityItem.
fn list_view(vault: &KeyVault) -> Value {
    json!({
        "ResourceId": vault.id().to_string(),
        "VaultName": vault.base.name,
        "ResourceGroupName": vault.base.group,
        "Location": vault.base.location,
        "Tags": vault.base.tags,
        "TagsTable": crate::cmdlet::common::tags_text(&vault.base.tags),
    })
}

fn policy(vault: &KeyVault, policy: &AccessPolicy) -> Value {
    json!({
        "TenantId": vault.tenant_id,
        "ObjectId": policy.object_id,
        "ApplicationId": policy.application_id,
        "DisplayName": policy.display_name,
        "PermissionsToKeys": policy.keys,
        "PermissionsToSecrets": policy.secrets,
        "PermissionsToCertificates": policy.certificates,
        "PermissionsToStorage": policy.storage,
    })
}

/// The block that a single key vault prints, O-11.
fn policies_text(vault: &KeyVault) -> String {
    let mut text = String::new();
    for policy in &vault.policies {
        let keys: Vec<_> = policy.keys.iter().map(ToString::to_string).collect();
        let application = policy
            .application_id
            .map(|id| id.to_string())
            .unwrap_or_default();
        let lines = [
            ("Tenant ID", vault.tenant_id.to_string()),
            ("Object ID", policy.object_id.to_string()),
            ("Application ID", application),
            ("Display Name", policy.display_name.clone()),
            ("Permissions to Keys", keys.join(", ")),
            ("Permissions to Secrets", policy.secrets.join(", ")),
            (
                "Permissions to Certificates",
                policy.certificates.join(", "),
            ),
            (
                "Permissions to (Key Vault Managed) Storage",
                policy.storage.join(", "),
            ),
        ];
        for (label, value) in lines {
            text.push_str(format!("\n{label:<42} : {value}").trim_end());
        }
        text.push('\n');
    }
    text
}

const NETWORK_TEXT: &str = "
Default Action                             : Allow
Bypass                                     : AzureServices
IP Rules                                   :
Virtual Network Rules                      :
";

/// Which key vault a cmdlet is about: by name, by object or by id.
pub(super) fn key_vault(
    session: &Session,
    name: Option<&str>,
    group: Option<&str>,
    input: Option<&ObjectArg>,
    resource_id: Option<&str>,
) -> Result<ResourceId> {
    let vaults = &session.document().key_vaults;
    if let Some(input) = input {
        let object = session.object("InputObject", input, &[TYPE, LIST_TYPE])?;
        return session.named(vaults, "InputObject", &object, None);
    }
    if let Some(id) = resource_id {
        return Ok(vaults.get(&id.parse()?)?.id());
    }
    let Some(name) = name else {
        return Err(Refusal::usage(
            "RsvMissingParameter",
            "Name the key vault: -VaultName, -InputObject or -ResourceId.",
        )
        .into());
    };
    // The seed passes a whole key vault object as -VaultName; take its name, or its id.
    let object = session.object("VaultName", &name.parse()?, &[TYPE, LIST_TYPE])?;
    let vault = match object.property("VaultName").or(Some(name)) {
        Some(text) if text.starts_with('/') => vaults.get(&text.parse()?)?,
        Some(text) => session.document().key_vault_named(text)?,
        None => session.document().key_vault_named(name)?,
    };
    if let Some(group) = group
        && !group.eq_ignore_ascii_case(&vault.base.group)
    {
        return Err(Refusal::not_found(format!(
            "Cannot find vault '{}' in resource group '{group}'.",
            vault.base.name
        ))
        .into());
    }
    Ok(vault.id())
}

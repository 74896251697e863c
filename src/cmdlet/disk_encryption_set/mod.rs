//! Disk encryption sets: the customer keys of managed disks (reference 5.1-5.6).

mod get;
mod get_associated_resource;
mod new;
mod new_config;
mod remove;
mod update;

use anyhow::Result;
use clap::{Args, ValueEnum};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::cmdlet::common::identity_json;
use crate::cmdlet::registry::{Row, row};
use crate::cmdlet::{ObjectArg, Session};
use crate::domain::{
    ActiveKey, DiskEncryptionSet, EncryptionType, KeyId, Refusal, ResourceId, Tagged,
    check_disk_key,
};
use crate::output::{Column, Form, View};
use crate::state::Document;

/// This noun's cmdlets.
pub(super) static ROWS: &[Row] = &[
    row::<new_config::New>(),
    row::<new::New>(),
    row::<get::Get>(),
    row::<get_associated_resource::Get>(),
    row::<update::Update>(),
    row::<remove::Remove>(),
];

/// PowerShell's type name of a disk encryption set, and of its configuration.
pub(super) const TYPE: &str =
    "Microsoft.Azure.Commands.Compute.Automation.Models.PSDiskEncryptionSet";

/// M-14, O-14.
static VIEW: View = View {
    type_name: TYPE,
    form: Form::Auto,
    table: &[
        Column {
            header: "Name",
            path: "Name",
        },
        Column {
            header: "ResourceGroupName",
            path: "ResourceGroupName",
        },
        Column {
            header: "Location",
            path: "Location",
        },
        Column {
            header: "EncryptionType",
            path: "EncryptionType",
        },
        Column {
            header: "KeyUrl",
            path: "ActiveKey.KeyUrl",
        },
    ],
    list: &[],
};

/// PSDiskEncryptionSet (M-14).
fn view(set: &DiskEncryptionSet) -> Value {
    json!({
        "ResourceGroupName": set.base.group,
        "Identity": identity_json(&set.identity),
        "ActiveKey": key_view(&set.active_key),
        "PreviousKeys": set.previous_keys.iter().map(key_view).collect::<Vec<_>>(),
        "EncryptionType": set.encryption_type,
        "RotationToLatestKeyVersionEnabled": set.rotate_to_latest,
        "LastKeyRotationTimestamp": set.last_rotation,
        "AutoKeyRotationError": null,
        "FederatedClientId": null,
        "ProvisioningState": "Succeeded",
        "Id": set.id().to_string(),
        "Name": set.base.name,
        "Type": DiskEncryptionSet::KIND.type_name(),
        "Location": set.base.location,
        "Tags": set.base.tags,
    })
}

/// What is encrypted under a set: disks, then machines.
fn users(state: &Document, id: &ResourceId) -> Vec<ResourceId> {
    let text = id.to_string();
    let disks = state
        .disks
        .iter()
        .filter(|d| d.encryption.is_under(id))
        .map(Tagged::id);
    let uses = |set: &Option<String>| set.as_ref().is_some_and(|s| s.eq_ignore_ascii_case(&text));
    let machines = state
        .machines
        .iter()
        .filter(|m| uses(&m.disk_encryption_set))
        .map(Tagged::id);
    disks.chain(machines).collect()
}

fn key_view(key: &ActiveKey) -> Value {
    json!({"SourceVault": {"Id": key.source_vault}, "KeyUrl": key.key_url})
}

/// Identities of a disk encryption set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "PascalCase")]
pub(super) enum SetIdentity {
    /// Its own
    SystemAssigned,
    /// An attached one
    UserAssigned,
    /// Both; refused, since one of them uses the key
    #[value(
        name = "SystemAssignedUserAssigned",
        alias = "SystemAssigned, UserAssigned"
    )]
    Both,
    /// None; refused, since nothing else may use the key
    None,
}

impl SetIdentity {
    fn check(self) -> Result<(), Refusal> {
        let why = match self {
            Self::SystemAssigned | Self::UserAssigned => return Ok(()),
            Self::Both => "a disk encryption set has one identity in rsv, which uses its key",
            Self::None => "a disk encryption set without an identity cannot use its key",
        };
        Err(Refusal::usage(
            "RsvIdentityTypeUnsupported",
            format!("-IdentityType: {why}."),
        )
        .hint("Use -IdentityType SystemAssigned or UserAssigned."))
    }

    /// A set with an attached identity names exactly one, any other none.
    fn check_users(self, users: &[String]) -> Result<(), Refusal> {
        self.check()?;
        if users.len() == usize::from(self == Self::UserAssigned) {
            return Ok(());
        }
        Err(Refusal::usage(
            "RsvIdentityTypeUnsupported",
            "-UserAssignedIdentity names one identity, with -IdentityType UserAssigned only.",
        )
        .hint("rsv Get-AzUserAssignedIdentity -Output id prints the ids there are."))
    }
}

/// A disk has one layer of encryption here: a set that promises more would not keep it.
fn check_type(encryption: EncryptionType) -> Result<(), Refusal> {
    if encryption == EncryptionType::EncryptionAtRestWithCustomerKey {
        return Ok(());
    }
    Err(Refusal::usage(
        "RsvEncryptionTypeUnsupported",
        format!("-EncryptionType {encryption:?} is not in rsv yet: disks have one layer."),
    )
    .hint("Use -EncryptionType EncryptionAtRestWithCustomerKey."))
}

/// Looks a key up for a set in `location` and checks it (R129-R131). Returns it as the set stores
/// it, and with the version that it stands for now.
fn find_key(
    state: &Document,
    location: &str,
    source_vault: Option<&str>,
    key_url: &str,
    rotate: bool,
    now: Timestamp,
) -> Result<(ActiveKey, KeyId), Refusal> {
    let key: KeyId = key_url.parse()?;
    let key_vault = match source_vault {
        Some(id) => state.key_vaults.get(&id.parse()?)?,
        None => state.key_vault_named(&key.vault)?,
    };
    if !key_vault.base.name.eq_ignore_ascii_case(&key.vault) {
        return Err(Refusal::usage(
            "RsvSourceVaultMismatch",
            format!(
                "-SourceVaultId names key vault '{}', but -KeyUrl a key in '{}'.",
                key_vault.base.name, key.vault
            ),
        ));
    }
    let in_use = check_disk_key(key_vault, &key, location, rotate, now)?;
    let active = ActiveKey {
        source_vault: key_vault.id().to_string(),
        key_url: key_url.to_owned(),
    };
    Ok((active, in_use))
}

/// Which set a cmdlet is about: by names, by id or by object.
#[derive(Debug, Args)]
pub(super) struct SetArgs {
    /// Resource group
    #[arg(long, alias = "0", required_unless_present_any = ["resource_id", "input_object"])]
    resource_group_name: Option<String>,
    /// Name of the disk encryption set
    #[arg(
        long,
        alias = "1",
        alias = "DiskEncryptionSetName",
        required_unless_present_any = ["resource_id", "input_object"]
    )]
    name: Option<String>,
    /// Id of the disk encryption set
    #[arg(long, conflicts_with_all = ["resource_group_name", "name", "input_object"])]
    resource_id: Option<String>,
    /// The disk encryption set: id, name, JSON object, @file or -
    #[arg(
        long,
        alias = "DiskEncryptionSet",
        conflicts_with_all = ["resource_group_name", "name"]
    )]
    input_object: Option<ObjectArg>,
}

impl SetArgs {
    fn id(&self, session: &Session) -> Result<ResourceId> {
        let sets = &session.document().disk_encryption_sets;
        if let Some(input) = &self.input_object {
            let object = session.object("InputObject", input, &[TYPE])?;
            return session.named(sets, "InputObject", &object, None);
        }
        if let Some(id) = &self.resource_id {
            return Ok(sets.get(&id.parse()?)?.id());
        }
        let name = self.name.as_deref().unwrap_or_default();
        Ok(sets
            .one(
                session.subscription(),
                self.resource_group_name.as_deref(),
                name,
            )?
            .id())
    }
}

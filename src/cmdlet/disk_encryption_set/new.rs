//! New-AzDiskEncryptionSet (reference 5.2).

use std::collections::BTreeMap;

use anyhow::Result;
use clap::{Args, ValueEnum};
use jiff::Timestamp;
use serde_json::Value;
use uuid::Uuid;

use crate::cmdlet::common::region;
use crate::cmdlet::disk_encryption_set::{SetIdentity, TYPE, VIEW, check_type, find_key, view};
use crate::cmdlet::{Cmdlet, Effect, Object, ObjectArg, Session, property};
use crate::domain::{
    Activity, DiskEncryptionSet, EncryptionType, Identity, KeyId, Refusal, Resource, ResourceId,
    ResourceKind, check_name,
};
use crate::output::Output;
use crate::state::Document;

pub(super) struct New;

#[derive(Debug, Args)]
pub(super) struct NewArgs {
    /// Resource group
    #[arg(long, alias = "0")]
    resource_group_name: String,
    /// Name of the disk encryption set: 1-80 letters, digits, '-' or '_'
    #[arg(long, alias = "1", alias = "DiskEncryptionSetName")]
    name: String,
    /// What New-AzDiskEncryptionSetConfig printed: JSON object, @file or -
    #[arg(long, alias = "2", alias = "DiskEncryptionSet")]
    input_object: ObjectArg,
}

/// The configuration object, read.
struct Config {
    location: String,
    tags: BTreeMap<String, String>,
    key_url: String,
    source_vault: Option<String>,
    encryption_type: EncryptionType,
    rotate: bool,
    user_identity: Option<String>,
}

impl Config {
    fn read(object: &Object) -> Result<Self, Refusal> {
        let Object::Json(config) = object else {
            return Err(incomplete("is a name, not an object"));
        };
        let text = |path: &[&str]| find(config, path).and_then(Value::as_str);
        let identity = text(&["Identity", "Type"]).unwrap_or("SystemAssigned");
        let users: Vec<String> = find(config, &["Identity", "UserAssignedIdentities"])
            .and_then(Value::as_object)
            .into_iter()
            .flat_map(|map| map.keys().filter(|key| *key != "PSTypeName").cloned())
            .collect();
        SetIdentity::from_str(identity, true)
            .map_err(|_| incomplete("has an Identity.Type that does not exist"))?
            .check_users(&users)?;
        let encryption = text(&["EncryptionType"]).unwrap_or("EncryptionAtRestWithCustomerKey");
        let encryption_type = EncryptionType::from_str(encryption, true)
            .map_err(|_| incomplete("has an EncryptionType that does not exist"))?;
        check_type(encryption_type)?;
        let tags = find(config, &["Tags"])
            .and_then(Value::as_object)
            .into_iter()
            .flatten();
        let tag = |(name, value): (&String, &Value)| {
            (
                name.clone(),
                value
                    .as_str()
                    .map_or_else(|| value.to_string(), str::to_owned),
            )
        };
        Ok(Self {
            location: text(&["Location"])
                .ok_or_else(|| incomplete("has no Location"))?
                .into(),
            tags: tags
                .filter(|(name, _)| *name != "PSTypeName")
                .map(tag)
                .collect(),
            key_url: text(&["ActiveKey", "KeyUrl"])
                .ok_or_else(|| incomplete("has no ActiveKey.KeyUrl"))?
                .into(),
            source_vault: text(&["ActiveKey", "SourceVault", "Id"]).map(str::to_owned),
            encryption_type,
            rotate: find(config, &["RotationToLatestKeyVersionEnabled"])
                .and_then(Value::as_bool)
                .unwrap_or(false),
            user_identity: users.into_iter().next(),
        })
    }

    fn build(
        self,
        state: &Document,
        id: &ResourceId,
        principal: Uuid,
        now: Timestamp,
    ) -> Result<DiskEncryptionSet, Refusal> {
        let source_vault = self.source_vault.as_deref();
        let (active_key, _) = find_key(
            state,
            &region(&self.location),
            source_vault,
            &self.key_url,
            self.rotate,
            now,
        )?;
        let mut identity = Identity::none();
        match &self.user_identity {
            Some(id) => identity.attach(state.user_identities.get(&id.parse()?)?),
            None => identity.enable_system(principal, state.account.tenant_id),
        }
        Ok(DiskEncryptionSet {
            base: Resource {
                subscription: id.subscription,
                group: id.group.clone(),
                name: id.name.clone(),
                location: region(&self.location),
                tags: self.tags,
                created: now,
            },
            identity,
            active_key,
            previous_keys: Vec::new(),
            encryption_type: self.encryption_type,
            rotate_to_latest: self.rotate,
            last_rotation: None,
        })
    }
}

fn find<'a>(value: &'a Value, path: &[&str]) -> Option<&'a Value> {
    path.iter()
        .try_fold(value, |value, name| property(value, name))
}

fn incomplete(what: &str) -> Refusal {
    Refusal::usage(
        "RsvWrongKind",
        format!("The configuration for -InputObject {what}."),
    )
    .hint("Give what New-AzDiskEncryptionSetConfig -Location … -KeyUrl … -Output json prints.")
}

/// A PUT on an existing set may change its tags; a new key goes by Update, which rewraps the disks.
fn replace(before: &DiskEncryptionSet, wanted: DiskEncryptionSet) -> Result<DiskEncryptionSet> {
    let same = before
        .base
        .location
        .eq_ignore_ascii_case(&wanted.base.location)
        && before.active_key.is_same(&wanted.active_key)
        && before.rotate_to_latest == wanted.rotate_to_latest
        && before.encryption_type == wanted.encryption_type
        && before.identity.user_assigned == wanted.identity.user_assigned;
    if !same {
        let Resource { name, group, .. } = &before.base;
        return Err(Refusal::refused(
            "Conflict",
            format!("There is a disk encryption set '{name}' already, and it is another one."),
        )
        .hint(format!(
            "rsv Update-AzDiskEncryptionSet -ResourceGroupName {group} -Name {name} -KeyUrl … \
             changes its key."
        ))
        .into());
    }
    let mut set = before.clone();
    set.base.tags = wanted.base.tags;
    Ok(set)
}

impl Cmdlet for New {
    const NAME: &'static str = "New-AzDiskEncryptionSet";
    const SYNOPSIS: &'static str = "Create a disk encryption set";
    const EXAMPLE: &'static str = "rsv New-AzDiskEncryptionSet -ResourceGroupName testrg \
        -Name testdes2 -InputObject '{\"Location\":\"japaneast\",\
        \"RotationToLatestKeyVersionEnabled\":true,\
        \"ActiveKey\":{\"KeyUrl\":\"https://testkeyvault.vault.azure.net/keys/deskey\"}}'";
    const EFFECT: Effect = Effect::Changes;
    type Args = NewArgs;

    fn run(args: NewArgs, session: &mut Session) -> Result<Output> {
        check_name(Some(ResourceKind::DiskEncryptionSet), &args.name)?;
        let config = Config::read(&session.object("InputObject", &args.input_object, &[TYPE])?)?;
        let subscription = session.subscription();
        let group = session
            .document()
            .group(subscription, &args.resource_group_name)?
            .name
            .clone();
        let kind = ResourceKind::DiskEncryptionSet;
        let id = ResourceId {
            subscription,
            group,
            kind,
            name: args.name,
        };
        let principal = session.fresh_id()?;
        let activity = Activity::new(
            "Microsoft.Compute/diskEncryptionSets/write",
            &id,
            "Create or update disk encryption set",
        );
        let set = session.change(&activity, |state, now| {
            state.group(subscription, &id.group)?;
            let mut set = config.build(state, &id, principal, now)?;
            if let Ok(before) = state.disk_encryption_sets.get(&id) {
                set = replace(before, set)?;
            }
            state.disk_encryption_sets.put(set.clone());
            Ok(set)
        })?;
        if !session.what_if() {
            let key: KeyId = set.active_key.key_url.parse()?;
            let principal = set.identity.only_principal(&id.name)?;
            session.console().verbose(&format!(
                "Before its first use: rsv Set-AzKeyVaultAccessPolicy -VaultName {} -ObjectId \
                 {principal} -PermissionsToKeys get,wrapKey,unwrapKey",
                key.vault
            ));
        }
        Ok(Output::one(&VIEW, view(&set)))
    }
}

//! What needs a key: the wrap groups of vaults and managed disks say so themselves.

use anyhow::Result;
use jiff::Timestamp;
use uuid::Uuid;

use crate::crypto::{WrapClass, WrapGroup, WrapPart};
use crate::domain::{
    Disk, KeyId, Refusal, RefusalKind, ResourceId, ResourceKind, Snapshot, Tagged, Vault, VaultData,
};
use crate::state::{Document, Home};
use crate::workflow::epochs::wrap_groups;
use crate::workflow::follow_key::same;
use crate::workflow::managed_disk::disk_wrap;
use crate::workflow::snapshot;

/// A vault or a managed disk that only this key version opens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyUse {
    /// The vault or the disk; the machine, for a snapshot of it.
    pub resource: ResourceId,
    /// It is a deleted vault, which may come back.
    pub deleted: bool,
    /// The key version that wraps its data-encryption key.
    pub key: KeyId,
    /// When it was wrapped.
    pub wrapped: Timestamp,
}

/// True when both name the same version, or one of them the key without a version.
fn names(wanted: &KeyId, found: &KeyId) -> bool {
    wanted.vault.eq_ignore_ascii_case(&found.vault)
        && wanted.name.eq_ignore_ascii_case(&found.name)
        && (wanted.version.is_none() || found.version.is_none() || wanted.version == found.version)
}

/// The key versions that open one data-encryption key, each with when it was wrapped.
pub(super) type Openers = Vec<(KeyId, Timestamp)>;

/// For each epoch of a vault the key versions that open it, the current epoch first; none under
/// the platform key.
pub(super) fn vault_keys(home: &Home, vault: &Vault) -> Result<Vec<Openers>> {
    if !vault.encryption.is_customer() {
        return Ok(Vec::new());
    }
    data_keys(home, &vault.data)
}

/// As [`vault_keys`], from the key records alone.
pub(super) fn data_keys(home: &Home, data: &VaultData) -> Result<Vec<Openers>> {
    let mut keys = Vec::new();
    for group in wrap_groups(home, data)? {
        keys.push(group_keys(&group)?);
    }
    keys.retain(|openers| !openers.is_empty());
    Ok(keys)
}

/// The key versions that open a disk's data-encryption key; none under the platform key.
pub(super) fn disk_keys(home: &Home, disk: &Disk) -> Result<Openers> {
    if disk.encryption.disk_encryption_set.is_none() {
        return Ok(Vec::new());
    }
    set_keys(&disk_wrap(home, disk)?, "disk", &disk.base.name)
}

/// The key versions that open a snapshot; none under the platform key.
pub(super) fn snapshot_keys(home: &Home, item: Uuid, snapshot: &Snapshot) -> Result<Openers> {
    match snapshot::wrap_of(home, item, snapshot)? {
        Some(group) if snapshot.disk_encryption_set.is_some() => {
            set_keys(&group, "snapshot", &snapshot.uuid.to_string())
        }
        _ => Ok(Vec::new()),
    }
}

/// The keys that a record names which a disk encryption set's key wraps.
fn set_keys(group: &WrapGroup, what: &str, name: &str) -> Result<Openers> {
    let keys = group_keys(group)?;
    if keys.is_empty() {
        let text = format!("The key record of {what} '{name}' is not of a customer's key.");
        return Err(Refusal::new(RefusalKind::Damaged, "RsvWrongWrapRecord", text).into());
    }
    Ok(keys)
}

/// With the key of the set that the state names, unless the record names it. The names in a
/// disk's record are authentic only for whoever opens it: one that was changed must not make a key
/// look as if nobody needed it.
fn with_set_key(state: &Document, set: Option<&str>, mut keys: Openers) -> Result<Openers> {
    let id = set.map(str::parse::<ResourceId>).transpose()?;
    let Some(set) = id.and_then(|id| state.disk_encryption_sets.get(&id).ok()) else {
        return Ok(keys);
    };
    let key: KeyId = set.active_key.key_url.parse()?;
    let exists = |found: &KeyId| {
        let vault = state.key_vault_named(&found.vault).ok();
        let versions = vault.and_then(|v| Some(&v.key(&found.name).ok()?.versions));
        versions.is_some_and(|v| v.iter().any(|v| found.version.as_ref() == Some(&v.version)))
    };
    let is_named = |(found, _): &(KeyId, Timestamp)| match key.version {
        Some(_) => same(found, &key),
        None => found.is_same_key(&key) && exists(found),
    };
    if !keys.iter().any(is_named) {
        keys.push((key, set.base.created));
    }
    Ok(keys)
}

fn group_keys(group: &WrapGroup) -> Result<Openers> {
    if group.header().class == WrapClass::Platform {
        return Ok(Vec::new());
    }
    let key = |part: &WrapPart| {
        let time = Timestamp::from_second(part.created_unix).unwrap_or_default();
        Ok((part.key_id.parse::<KeyId>()?, time))
    };
    group.parts().iter().map(key).collect()
}

/// The vaults and disks that need one of `wanted`: a key record of theirs names it.
///
/// # Errors
/// A wrap record that cannot be read: then nobody can say what needs a key.
pub fn key_usage(home: &Home, state: &Document, wanted: &[KeyId]) -> Result<Vec<KeyUse>> {
    let mut uses: Vec<KeyUse> = Vec::new();
    let mut look = |resource: ResourceId, deleted: bool, keys: Openers| {
        let asked = |(key, _): &(KeyId, Timestamp)| wanted.iter().any(|w| names(w, key));
        for (key, wrapped) in keys.into_iter().filter(asked) {
            // Several epochs or snapshots under one key are one need.
            let known = uses
                .iter_mut()
                .find(|u| u.resource == resource && u.deleted == deleted && u.key == key);
            match known {
                Some(known) => known.wrapped = known.wrapped.max(wrapped),
                None => uses.push(KeyUse {
                    resource: resource.clone(),
                    deleted,
                    key,
                    wrapped,
                }),
            }
        }
    };
    for vault in state.vaults.iter() {
        for openers in vault_keys(home, vault)? {
            look(vault.arm_id(), false, openers);
        }
    }
    // One whose purge has begun never comes back, and its records may be gone already.
    let kept = state.deleted_vaults.values();
    for deleted in kept.filter(|deleted| !deleted.deletion.purging) {
        for openers in vault_keys(home, &deleted.vault)? {
            look(deleted.vault.arm_id(), true, openers);
        }
    }
    for disk in state.disks.iter() {
        let set = disk.encryption.disk_encryption_set.as_deref();
        look(
            disk.id(),
            false,
            with_set_key(state, set, disk_keys(home, disk)?)?,
        );
    }
    for item in state.vaults.iter().flat_map(|vault| &vault.items) {
        for snapshot in &item.snapshots {
            let set = snapshot.disk_encryption_set.as_deref();
            let keys = snapshot_keys(home, item.uuid, snapshot)?;
            if !keys.is_empty() {
                look(
                    item.machine.parse()?,
                    false,
                    with_set_key(state, set, keys)?,
                );
            }
        }
    }
    Ok(uses)
}

/// Refuses what would destroy keys that vaults or disks still need, and names these.
///
/// # Errors
/// `RsvKeyStillNeeded`, unless `force`.
pub fn check_not_needed(
    home: &Home,
    state: &Document,
    keys: &[KeyId],
    force: bool,
) -> Result<Vec<KeyUse>> {
    let uses = key_usage(home, state, keys)?;
    if uses.is_empty() || force {
        return Ok(uses);
    }
    Err(Refusal::refused(
        "RsvKeyStillNeeded",
        format!(
            "Without this key nothing can be read any more of: {}.",
            use_names(&uses)
        ),
    )
    .hint("Give these another key first; -Force destroys their data for good.")
    .into())
}

/// Names for a sentence.
#[must_use]
pub fn use_names(uses: &[KeyUse]) -> String {
    let names: Vec<_> = uses
        .iter()
        .map(|u| {
            let of = match u.resource.kind {
                ResourceKind::VirtualMachine => "local snapshots of ",
                _ if u.deleted => "soft-deleted ",
                _ => "",
            };
            format!("{of}{} '{}'", u.resource.kind.label(), u.resource.name)
        })
        .collect();
    names.join(", ")
}

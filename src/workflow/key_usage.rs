//! What needs a key: the wrap groups of vaults and managed disks say so themselves.

use anyhow::Result;
use jiff::Timestamp;
use uuid::Uuid;

use crate::crypto::{WrapClass, WrapGroup, WrapPart};
use crate::domain::{
    Disk, KeyId, Refusal, ResourceId, ResourceKind, Snapshot, Tagged, Vault, VaultData,
};
use crate::state::{Document, Home};
use crate::workflow::epochs::wrap_groups;
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

/// True when `wanted` names the version `found`, or its key without a version.
fn names(wanted: &KeyId, found: &KeyId) -> bool {
    wanted.vault.eq_ignore_ascii_case(&found.vault)
        && wanted.name.eq_ignore_ascii_case(&found.name)
        && (wanted.version.is_none() || wanted.version == found.version)
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
    group_keys(&disk_wrap(home, disk)?)
}

/// The key versions that open a snapshot; none under the platform key.
pub(super) fn snapshot_keys(home: &Home, item: Uuid, snapshot: &Snapshot) -> Result<Openers> {
    match snapshot::wrap_of(home, item, snapshot)? {
        Some(group) if snapshot.disk_encryption_set.is_some() => group_keys(&group),
        _ => Ok(Vec::new()),
    }
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

/// The vaults and disks that need one of `wanted`: each key that opens them is among these.
///
/// # Errors
/// A wrap record that cannot be read: then nobody can say what needs a key.
pub fn key_usage(home: &Home, state: &Document, wanted: &[KeyId]) -> Result<Vec<KeyUse>> {
    let mut uses: Vec<KeyUse> = Vec::new();
    let mut look = |resource: ResourceId, deleted: bool, keys: Openers| {
        let asked = |(key, _): &(KeyId, Timestamp)| wanted.iter().any(|w| names(w, key));
        if !keys.iter().all(asked) {
            return;
        }
        for (key, wrapped) in keys {
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
        look(disk.id(), false, disk_keys(home, disk)?);
    }
    for item in state.vaults.iter().flat_map(|vault| &vault.items) {
        for snapshot in &item.snapshots {
            look(
                item.machine.parse()?,
                false,
                snapshot_keys(home, item.uuid, snapshot)?,
            );
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

//! What becomes unreadable without a key: items, recovery points and managed disks.

use anyhow::Result;
use jiff::Timestamp;

use crate::domain::{KeyId, ResourceId, ResourceKind};
use crate::workflow::key_usage::snapshot_keys;
use crate::workflow::{Context, key_usage, recovery_points};

/// One item or managed disk that cannot be read without a key version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemImpact {
    /// The vault or the disk whose data-encryption key the version wraps; the machine, for its local
    /// snapshots.
    pub resource: ResourceId,
    /// The backup item; absent for a disk and for a vault without items.
    pub item: Option<String>,
    /// Recovery points lost with it; of a machine, those whose local snapshot is lost.
    pub points: usize,
    /// The newest of them.
    pub newest: Option<Timestamp>,
    /// The key version.
    pub key: KeyId,
    /// When that version expires.
    pub expires: Option<Timestamp>,
}

/// What is unreadable while `key` is disabled or deleted; with `at`, only what is unreadable at
/// that time because the version has expired: data of vaults, by Backup's rule (R55).
///
/// # Errors
/// A wrap record or a chain of recovery points that cannot be read.
pub fn key_impact(
    context: &mut Context,
    key: &KeyId,
    at: Option<Timestamp>,
) -> Result<Vec<ItemImpact>> {
    let uses = key_usage(
        context.home(),
        context.document(),
        std::slice::from_ref(key),
    )?;
    let mut impacts = Vec::new();
    for found in uses {
        let expires = expiry(context, &found.key);
        let is_vault = found.resource.kind == ResourceKind::Vault;
        // Key Vault itself still unwraps with an expired key (R56), so disks stay readable.
        if at.is_some_and(|at| !is_vault || expires.is_none_or(|expires| expires > at)) {
            continue;
        }
        let none = ItemImpact {
            resource: found.resource.clone(),
            item: None,
            points: 0,
            newest: None,
            key: found.key,
            expires,
        };
        if found.resource.kind == ResourceKind::VirtualMachine {
            impacts.extend(snapshots_of(context, &found.resource, &none)?);
            continue;
        }
        // A deleted vault protects nothing, but it may come back.
        let items = if is_vault && !found.deleted {
            let vault = context.document().vaults.get(&found.resource)?;
            vault.items.clone()
        } else {
            Vec::new()
        };
        if items.is_empty() {
            impacts.push(none.clone());
        }
        for item in items {
            let points = recovery_points(context, &found.resource, item.uuid)?;
            impacts.push(ItemImpact {
                item: Some(item.name()),
                points: points.len(),
                newest: points.first().map(|p| p.time),
                ..none.clone()
            });
        }
    }
    Ok(impacts)
}

/// The local snapshots of a machine that the key opens: each is one recovery point that cannot be
/// restored from its snapshot any more. The vault's copy of it is under the vault's key.
fn snapshots_of(
    context: &mut Context,
    machine: &ResourceId,
    none: &ItemImpact,
) -> Result<Vec<ItemImpact>> {
    let (now, mut found) = (context.now(), Vec::new());
    for vault in context.document().vaults.iter() {
        for item in vault.items.iter().filter(|item| item.protects(machine)) {
            let mut points = Vec::new();
            for snapshot in item.snapshots.iter().filter(|s| s.is_live(now)) {
                let keys = snapshot_keys(context.home(), item.uuid, snapshot)?;
                if keys.iter().any(|(key, _)| *key == none.key) {
                    points.push(snapshot.point);
                }
            }
            found.push((vault.arm_id(), item.clone(), points));
        }
    }
    let mut impacts = Vec::new();
    for (vault, item, wanted) in found {
        let points = recovery_points(context, &vault, item.uuid)?;
        let newest = points.iter().find(|point| wanted.contains(&point.uuid));
        impacts.push(ItemImpact {
            item: Some(item.name()),
            points: wanted.len(),
            newest: newest.map(|point| point.time),
            ..none.clone()
        });
    }
    if impacts.is_empty() {
        impacts.push(none.clone());
    }
    Ok(impacts)
}

/// When a key version expires, wherever the key is now.
fn expiry(context: &Context, key: &KeyId) -> Option<Timestamp> {
    let state = context.document();
    let vault = state.key_vault_named(&key.vault).ok().or_else(|| {
        let deleted = state.deleted_key_vaults.get(&key.vault.to_lowercase());
        deleted.map(|d| &d.vault)
    })?;
    let name = key.name.to_lowercase();
    let found = vault
        .keys
        .get(&name)
        .or_else(|| vault.deleted_keys.get(&name).map(|d| &d.key))?;
    found
        .resolve(key.version.as_deref(), context.now())?
        .expires
}

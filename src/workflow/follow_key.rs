//! Key identifiers without a version follow the newest enabled one (R64, R65): at the start of
//! each backup and restore, as an update of its own, before anything is opened.

use anyhow::Result;
use jiff::Timestamp;

use crate::domain::{Activity, KeyId, ResourceId, Tagged};
use crate::engine;
use crate::workflow::key_usage::{Openers, disk_keys, snapshot_keys, vault_keys};
use crate::workflow::{Context, KeyAssignment, assign_key, rewrap_disks, set_key, snapshot};

/// The version a versionless identifier stands for now.
pub(super) fn newest(context: &Context, key: &KeyId) -> Option<KeyId> {
    if key.version.is_some() {
        return None; // pinned (R63)
    }
    let vault = context.document().key_vault_named(&key.vault).ok()?;
    let found = vault.key(&key.name).ok()?;
    let version = found.resolve(None, context.now())?;
    version.check_backup(key, context.now()).ok()?;
    Some(key.with_version(&version.version))
}

/// True when a version that opens the data is newer than `wanted`: it is disabled or not valid now,
/// and the way goes forward only.
fn goes_back<'a>(
    context: &Context,
    wanted: &KeyId,
    mut openers: impl Iterator<Item = &'a (KeyId, Timestamp)>,
) -> bool {
    let made = |key: &KeyId| {
        let vault = context.document().key_vault_named(&key.vault).ok()?;
        let found = vault.key(&key.name).ok()?;
        let version = found.resolve(key.version.as_deref(), context.now())?;
        Some(version.created)
    };
    let same_key = |key: &KeyId| {
        key.vault.eq_ignore_ascii_case(&wanted.vault) && key.name.eq_ignore_ascii_case(&wanted.name)
    };
    openers.any(|(key, _)| same_key(key) && made(key) > made(wanted))
}

pub(super) fn same(a: &KeyId, b: &KeyId) -> bool {
    a.to_string().eq_ignore_ascii_case(&b.to_string())
}

/// Moves a vault to the newest version of its key, if it follows one. What goes wrong is in the
/// update's own job and in `LastUpdateStatus`; the data stays readable by the version before.
pub(super) fn follow_vault_key(context: &mut Context, id: &ResourceId) -> Result<()> {
    context.refresh()?;
    let vault = context.document().vaults.get(id)?.clone();
    if vault.encryption.tenant_changed {
        return Ok(()); // only a person says which key holds in the new tenant (R24)
    }
    let uri = vault.encryption.key_uri.as_deref();
    let Some(key) = uri.and_then(|uri| uri.parse::<KeyId>().ok()) else {
        return Ok(());
    };
    let Some(wanted) = newest(context, &key) else {
        return Ok(());
    };
    let keys = vault_keys(context.home(), &vault)?;
    let is_there = |openers: &Openers| openers.iter().any(|(key, _)| same(key, &wanted));
    if keys.iter().all(is_there) || goes_back(context, &wanted, keys.iter().flatten()) {
        return Ok(());
    }
    let subscription = vault.encryption.key_vault_subscription;
    let subscription = subscription.unwrap_or(vault.base.subscription);
    let request = KeyAssignment {
        key,
        key_vault_subscription: subscription,
        user_identity: vault.encryption.user_identity.clone(),
        infrastructure: false,
    };
    if let Err(error) = assign_key(context, id, &request) {
        context.warn(format!(
            "Vault '{}' could not follow its key to version {}: {error}",
            vault.base.name,
            wanted.version.as_deref().unwrap_or_default()
        ));
    }
    Ok(())
}

/// Moves a disk encryption set that follows its key, and all disks under it, to the newest
/// version (R138).
///
/// # Errors
/// The key provider's refusal; disks that were reached are readable by either version.
pub(super) fn follow_set_key(context: &mut Context, id: &ResourceId) -> Result<()> {
    let set = context.document().disk_encryption_sets.get(id)?.clone();
    let key = set_key(&set)?;
    let Some(wanted) = newest(context, &key).filter(|_| set.rotate_to_latest) else {
        return Ok(());
    };
    let mut before = None;
    for disk in context.document().disks.iter() {
        if disk.encryption.is_under(id) {
            let keys = disk_keys(context.home(), disk)?;
            before = before.or(keys.into_iter().find(|(key, _)| !same(key, &wanted)));
        }
    }
    for (item, snapshot) in snapshot::under(context, id) {
        let keys = snapshot_keys(context.home(), item, &snapshot)?;
        before = before.or(keys.into_iter().find(|(key, _)| !same(key, &wanted)));
    }
    let Some((old, _)) = before else {
        return Ok(());
    };
    let count = match rewrap_disks(context, id, &wanted) {
        Ok(count) => count,
        Err(error) => {
            context.warn(format!(
                "Disk encryption set '{}' could not follow its key: {error}",
                set.base.name
            ));
            return Ok(());
        }
    };
    let activity = receipt(
        "Microsoft.Compute/diskEncryptionSets/write",
        &set.id(),
        "Rotate key of disk encryption set",
        Some(&old),
        &wanted,
        count,
    );
    context.change(&activity, |state, now| {
        let set = state.disk_encryption_sets.get_mut(id)?;
        set.last_rotation = Some(now);
        if set.active_key.key_url.parse::<KeyId>()?.version.is_some() {
            let mut active = set.active_key.clone();
            active.key_url = wanted.to_string();
            set.previous_keys.retain(|key| !key.is_same(&active));
            let before = std::mem::replace(&mut set.active_key, active);
            set.previous_keys.push(before);
        }
        Ok(())
    })
}

/// The activity-log line of a key change, with its receipt: what was wrapped anew, that it was
/// proved by unwrapping, and how much backed-up data the process had read by then, as the engine
/// counted it: none, or the receipt does not prove itself. Without records nothing was proved.
#[must_use]
pub fn receipt(
    operation: &str,
    resource: &ResourceId,
    description: &str,
    old: Option<&KeyId>,
    new: &KeyId,
    records: u64,
) -> Activity {
    Activity::new(operation, resource, description)
        .with(
            "OldKeyId",
            &old.map(ToString::to_string).unwrap_or_default(),
        )
        .with("NewKeyId", new)
        .with("RecordsRewrapped", &records)
        .with("DataBytesRead", &engine::data_bytes_read())
        .with("Verified", &(records > 0))
}

//! Purging keys: intent in the state → private keys destroyed and synced → tombstones in the state.
//!
//! From the intent on nothing brings the key back, so a crash in between leaves no record of a key
//! whose private part is gone. The next change of the state goes on where it stopped.

use anyhow::Result;
use jiff::Timestamp;

use crate::domain::{Activity, Key, KeyId, KeyVault};
use crate::state::Document;
use crate::workflow::Context;
use crate::workflow::key_usage::{key_usage, use_names};

/// What was destroyed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Purged {
    /// Key versions whose private keys are gone.
    pub versions: usize,
}

/// The versions of a key, as identifiers.
#[must_use]
pub fn version_ids(vault: &KeyVault, key: &Key) -> Vec<KeyId> {
    let id = vault.key_id(&key.name);
    key.versions
        .iter()
        .map(|v| id.with_version(&v.version))
        .collect()
}

/// The versions of all keys of a key vault, deleted ones too.
#[must_use]
pub fn all_version_ids(vault: &KeyVault) -> Vec<KeyId> {
    let deleted = vault.deleted_keys.values().map(|d| &d.key);
    vault
        .keys
        .values()
        .chain(deleted)
        .flat_map(|key| version_ids(vault, key))
        .collect()
}

/// Every key version whose time is over, or whose purge was begun.
fn due(state: &Document, now: Timestamp) -> Vec<KeyId> {
    let of_vaults = state
        .deleted_key_vaults
        .values()
        .filter(|d| d.deletion.is_over(now))
        .flat_map(|d| all_version_ids(&d.vault));
    let kept = state
        .deleted_key_vaults
        .values()
        .filter(|d| !d.deletion.is_over(now))
        .map(|d| &d.vault);
    let of_keys = state.key_vaults.iter().chain(kept).flat_map(|vault| {
        let over = vault.deleted_keys.values();
        over.filter(|d| d.deletion.is_over(now))
            .flat_map(|d| version_ids(vault, &d.key))
    });
    of_vaults.chain(of_keys).collect()
}

fn anything_due(state: &Document, now: Timestamp) -> bool {
    state
        .deleted_key_vaults
        .values()
        .any(|d| d.deletion.is_over(now))
        || !due(state, now).is_empty()
}

/// Finishes purges that were begun, and purges what its scheduled date has passed.
///
/// # Errors
/// A private key that cannot be destroyed: its record stays, and the next change tries again.
pub fn finish_purges(context: &mut Context) -> Result<Purged> {
    let now = context.now();
    if !anything_due(context.document(), now) {
        return Ok(Purged::default());
    }
    let activity = |what: &str| {
        Activity::new(
            "Microsoft.KeyVault/locations/deletedVaults/purge/action",
            &"/providers/Microsoft.KeyVault",
            what,
        )
    };
    let keys = context.change(&activity("Begin purge"), |state, now| {
        mark(state, now);
        Ok(due(state, now))
    })?;
    if let Ok(uses) = key_usage(context.home(), context.document(), &keys)
        && !uses.is_empty()
    {
        context.warn(format!(
            "A key was purged that is still needed; nothing can be read any more of: {}.",
            use_names(&uses)
        ));
    }
    for key in &keys {
        let version = key.version.as_deref().unwrap_or_default();
        let name = key.name.to_lowercase();
        context.keyring().shred(&key.vault, &name, version)?;
    }
    let done = activity("Purge keys").with("KeyVersionsDestroyed", &keys.len());
    context.change(&done, |state, now| {
        for key in &keys {
            let id = key.to_string().to_lowercase();
            state.purged_keys.insert(id, now);
        }
        sweep(state);
        Ok(())
    })?;
    Ok(Purged {
        versions: keys.len(),
    })
}

/// From here on nothing that is over comes back, whatever the clock says.
fn mark(state: &mut Document, now: Timestamp) {
    each_key_vault(state, |vault| {
        for deleted in vault.deleted_keys.values_mut() {
            deleted.deletion.purging = deleted.deletion.is_over(now);
        }
    });
    for deleted in state.deleted_key_vaults.values_mut() {
        deleted.deletion.purging = deleted.deletion.is_over(now);
    }
}

/// Takes the records of what was purged out.
fn sweep(state: &mut Document) {
    state.deleted_key_vaults.retain(|_, d| !d.deletion.purging);
    each_key_vault(state, |vault| {
        vault.deleted_keys.retain(|_, d| !d.deletion.purging);
    });
}

fn each_key_vault(state: &mut Document, mut change: impl FnMut(&mut KeyVault)) {
    let ids: Vec<_> = state
        .key_vaults
        .iter()
        .map(crate::domain::Tagged::id)
        .collect();
    for id in ids {
        if let Ok(vault) = state.key_vaults.get_mut(&id) {
            change(vault);
        }
    }
    for deleted in state.deleted_key_vaults.values_mut() {
        change(&mut deleted.vault);
    }
}

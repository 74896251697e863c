//! Deleted vaults: they wait with their data, come back as they were, or are purged at their date.
//!
//! Purge: intent in the state → the folder removed → the record taken out. From the intent on
//! nothing brings the vault back, so a crash in between leaves no vault whose data is half gone,
//! and no folder that nobody knows of.

use std::fs;

use anyhow::{Context as _, Result};
use jiff::Timestamp;
use uuid::Uuid;

use crate::domain::{
    Activity, DeletedVault, Deletion, Refusal, ResourceId, SoftDeleteState, Vault, VaultData,
};
use crate::state::{Document, Home};
use crate::workflow::data_key::vault_folder;
use crate::workflow::key_usage::vault_keys;
use crate::workflow::leftovers::remove_folder;
use crate::workflow::{Context, receipt};

/// Takes an empty vault out of the state. With soft delete it waits for the days it is set to;
/// without, its purge has begun. The days count from `at`, [`Context::deletion_time`].
///
/// # Errors
/// `ResourceNotFound`, or as [`Vault::check_removable`].
pub fn delete_vault(state: &mut Document, id: &ResourceId, at: Timestamp) -> Result<(), Refusal> {
    state.vaults.get(id)?.check_removable()?;
    let text = id.to_string();
    let is_this = |context: &String| context.eq_ignore_ascii_case(&text);
    state.vault_context = state.vault_context.take().filter(|c| !is_this(c));
    let gone = || Refusal::not_found("The vault is gone.");
    let vault = state.vaults.remove(id).ok_or_else(gone)?;
    let deletion = match vault.soft_delete.state {
        SoftDeleteState::Disabled => Deletion {
            purging: true,
            ..Deletion::new(at, 0)
        },
        SoftDeleteState::Enabled | SoftDeleteState::AlwaysON => {
            Deletion::new(at, vault.soft_delete.retention_days)
        }
    };
    let owner = vault.data.owner;
    let deleted = DeletedVault { vault, deletion };
    state.deleted_vaults.insert(owner, deleted);
    Ok(())
}

/// Brings a deleted vault back, with everything it had.
///
/// # Errors
/// `ResourceNotFound` when it was purged meanwhile; `Conflict` when its name was taken.
pub fn undelete_vault(state: &mut Document, owner: Uuid, now: Timestamp) -> Result<Vault, Refusal> {
    let found = state.deleted_vaults.get(&owner);
    let found = found.filter(|deleted| !deleted.deletion.is_over(now));
    let vault = match found {
        Some(deleted) => deleted.vault.clone(),
        None => {
            return Err(Refusal::not_found(
                "The deleted vault was purged meanwhile.",
            ));
        }
    };
    state.group(vault.base.subscription, &vault.base.group)?;
    check_name_free(state, &vault)?;
    state.deleted_vaults.remove(&owner);
    state.vaults.put(vault.clone());
    Ok(vault)
}

/// The name of a deleted vault is free for others; then it cannot come back.
fn check_name_free(state: &Document, vault: &Vault) -> Result<(), Refusal> {
    let id = vault.arm_id();
    if !state.vaults.contains(&id) {
        return Ok(());
    }
    Err(Refusal::refused(
        "Conflict",
        format!(
            "There is a vault '{}' in resource group '{}' again: the deleted one cannot come back \
             beside it.",
            id.name, id.group
        ),
    )
    .hint(format!(
        "rsv Move-AzResource -DestinationResourceGroupName OTHER -ResourceId {id} makes room."
    )))
}

/// The activity-log line of an undeletion. Under a customer's key it is a receipt, too: the newest
/// one under the vault's id may be that of another vault that had its name meanwhile.
///
/// # Errors
/// A key record that cannot be read.
pub fn undelete_activity(home: &Home, vault: &Vault) -> Result<Activity> {
    let operation = "Microsoft.RecoveryServices/locations/deletedVaults/undelete/action";
    let (id, what) = (vault.arm_id(), "Undelete vault");
    let keys = vault_keys(home, vault)?;
    Ok(match keys.first().and_then(|openers| openers.first()) {
        Some((key, _)) => receipt(operation, &id, what, None, key, 0),
        None => Activity::new(operation, &id, what),
    })
}

/// Removes the data of deleted vaults whose days are over, or whose purge was begun. No key is
/// needed for it.
///
/// # Errors
/// A folder that cannot be removed: its record stays, and the next change tries again.
pub fn purge_vaults(context: &mut Context) -> Result<()> {
    let now = context.now();
    let is_due = |deleted: &DeletedVault| deleted.deletion.is_over(now);
    if !context.document().deleted_vaults.values().any(is_due) {
        return Ok(());
    }
    let activity = |what: &str| {
        Activity::new(
            "Microsoft.RecoveryServices/locations/deletedVaults/delete",
            &"/providers/Microsoft.RecoveryServices",
            what,
        )
    };
    let is_new = |deleted: &DeletedVault| is_due(deleted) && !deleted.deletion.purging;
    if context.document().deleted_vaults.values().any(is_new) {
        context.change(&activity("Begin purge of deleted vaults"), |state, now| {
            for deleted in state.deleted_vaults.values_mut() {
                deleted.deletion.purging = deleted.deletion.is_over(now);
            }
            Ok(())
        })?;
    }
    let begun = context.document().deleted_vaults.values();
    let begun = begun.filter(|deleted| deleted.deletion.purging);
    let begun: Vec<VaultData> = begun.map(|deleted| deleted.vault.data.clone()).collect();
    let (mut gone, mut failure) = (Vec::new(), None);
    for data in begun {
        match remove_data(context.home(), &data) {
            Ok(()) => gone.push(data.owner),
            Err(error) => failure = Some(error),
        }
    }
    if !gone.is_empty() {
        let done = activity("Purge deleted vaults").with("VaultsPurged", &gone.len());
        context.change(&done, |state, _| {
            state
                .deleted_vaults
                .retain(|owner, _| !gone.contains(owner));
            Ok(())
        })?;
    }
    failure.map_or(Ok(()), Err)
}

/// Removes a vault's folder with all its epochs. One on a disk that is not there now is not gone.
fn remove_data(home: &Home, data: &VaultData) -> Result<()> {
    let folder = vault_folder(home, data.path.as_deref(), data.owner);
    if let Some(place) = &data.path {
        fs::metadata(place).with_context(|| format!("reading {}", place.display()))?;
    }
    remove_folder(&folder)
}

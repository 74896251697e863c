//! A new epoch of a vault's data-encryption key: what is written from now on is under a new key.
//!
//! Neither a rotation of the key that wraps it, nor an encryption of older data anew: that stays
//! under its own epoch's key, which the same key wraps.

use std::collections::BTreeMap;

use anyhow::Result;
use uuid::Uuid;

use crate::crypto::{Secret, WrapClass, WrapGroup, WrapHeader, carry_id_key};
use crate::domain::{Activity, ItemEnd, Refusal, ResourceId, Vault, VaultData};
use crate::engine::{self, Repository};
use crate::workflow::assign_key::{changed_meanwhile, is_unknown};
use crate::workflow::data_key::{
    backup_words, customer_wrap, platform_group, remove_wraps, wrap_header,
};
use crate::workflow::epochs::OpenedEpoch;
use crate::workflow::follow_key::follow_vault_key;
use crate::workflow::{Context, hex, open_repository, repository_folder};

/// Most epochs whose data one repository holds: each costs an unwrapping whenever it is opened.
pub(super) const EPOCHS_MAX: usize = 64;

/// What a new epoch changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EpochStarted {
    /// The new epoch.
    pub epoch: u32,
    /// Epochs whose data is still there and readable, newest first.
    pub older: Vec<u32>,
    /// Chunks stored before are still recognised.
    pub dedup_carried: bool,
}

/// Starts a new epoch. With `after_leak` chunk ids are under a new key, too: nothing that whoever
/// has the old key knows helps with new data, and everything is stored anew once.
///
/// # Errors
/// The key provider's refusal in Backup's words, `RsvTooManyEpochs`, `RsvKeyChangedMeanwhile`, I/O.
pub fn start_epoch(
    context: &mut Context,
    id: &ResourceId,
    after_leak: bool,
) -> Result<EpochStarted> {
    follow_vault_key(context, id)?;
    let vault = context.document().vaults.get(id)?.clone();
    let repository = open_repository(context, &vault)?;
    let carried = (!after_leak).then(|| repository.keys.current.id_key());
    let (mut data, fresh) = next_epoch(context, &vault, carried, |dek, header| {
        let Some(uri) = &vault.encryption.key_uri else {
            return platform_group(context, dek, header);
        };
        customer_wrap(context, vault.key_principal()?, &uri.parse()?, dek, header)
            .map_err(|error| backup_words(error, &vault.base.name))
    })?;
    // What was committed or has expired by now is written down; who would do either later finds
    // the new epoch.
    let held = repository.hold_commits()?;
    data.end_epochs(&ends(&repository, &vault)?);
    let folder = repository_folder(context, &data);
    let stored = engine::put_wrap(&folder, &fresh.group.encode())?;
    let reason = if after_leak {
        "after a leak"
    } else {
        "routine"
    };
    let activity = Activity::new(
        "Microsoft.RecoveryServices/vaults/dataEncryptionKeyEpochs/write",
        id,
        "Start data-encryption key epoch",
    )
    .with("Epoch", &data.epoch)
    .with("Reason", &reason)
    .with("Verified", &true);
    let outcome = context.change(&activity, |state, _| {
        let fresh = state.vaults.get_mut(id)?;
        if fresh.data != vault.data {
            return Err(changed_meanwhile().into());
        }
        fresh.data = data.clone();
        Ok(())
    });
    if let Err(error) = outcome {
        if !is_unknown(&error) {
            remove_wraps(&folder, &[stored]);
        }
        return Err(error);
    }
    drop(held);
    let vault = context.document().vaults.get(id)?.clone();
    open_repository(context, &vault)?.settle_epoch()?;
    Ok(EpochStarted {
        epoch: data.epoch,
        older: data.older.iter().map(|epoch| epoch.epoch).collect(),
        dedup_carried: !after_leak,
    })
}

/// What there is of every item: as the repository proves it, or as the state knows it where the
/// repository does not hold all of it; it may come back.
pub(super) fn ends(repository: &Repository, vault: &Vault) -> Result<BTreeMap<Uuid, ItemEnd>> {
    let found = repository.ends()?.into_iter();
    let mut ends: BTreeMap<Uuid, ItemEnd> = found
        .map(|(item, engine::ItemEnd { newest, expired })| {
            (Uuid::from_bytes(item), ItemEnd { newest, expired })
        })
        .collect();
    for item in &vault.items {
        let known = item.head.as_ref().map_or(0, |head| head.sequence);
        let end = ends.entry(item.uuid).or_default();
        if known > end.newest {
            (end.newest, end.expired) = (known, None);
        }
    }
    Ok(ends)
}

/// The vault's data with a new epoch in front, and that epoch's key with its record: proved by
/// `wrap`, not stored yet. With `carried`, chunk ids go on as before.
///
/// # Errors
/// `RsvTooManyEpochs`, or those of `wrap`.
pub(super) fn next_epoch(
    context: &Context,
    vault: &Vault,
    carried: Option<&Secret<32>>,
    wrap: impl FnOnce(&Secret<32>, WrapHeader) -> Result<WrapGroup>,
) -> Result<(VaultData, OpenedEpoch)> {
    let mut data = vault.data.clone();
    let number = data.epoch.checked_add(1);
    let Some(number) = number.filter(|_| data.epochs().count() < EPOCHS_MAX) else {
        let name = &vault.base.name;
        return Err(too_many(format!(
            "Vault '{name}' has data of {EPOCHS_MAX} key epochs."
        ))
        .into());
    };
    let before = data.epochs().next();
    data.older.splice(0..0, before);
    data.epoch = number;
    if carried.is_none() {
        data.domain = context.fresh_id()?;
    }
    let dek = Secret::random()?;
    let class = if vault.encryption.is_customer() {
        WrapClass::Customer
    } else {
        WrapClass::Platform
    };
    let mut header = wrap_header(&data, class);
    header.infrastructure = vault.encryption.infrastructure;
    if let Some(id_key) = carried {
        carry_id_key(&mut header, &dek, id_key)?;
    }
    let group = wrap(&dek, header)?;
    data.wrap = hex(&group.digest());
    let ends = None;
    Ok((data, OpenedEpoch { dek, group, ends }))
}

/// No further epoch, or key record, is taken.
pub(super) fn too_many(message: String) -> Refusal {
    Refusal::refused("RsvTooManyEpochs", message)
        .hint(
        "rsv Update-RsvVaultEncryption brings all data into one epoch; that of a vault to import, in \
         the home it comes from.",
    )
}

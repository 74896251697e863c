//! A new epoch of a vault's data-encryption key: what is written from now on is under a new key.
//!
//! Neither a rotation of the key that wraps it, nor an encryption of older data anew: that stays
//! under its own epoch's key, which the same key wraps.

use anyhow::Result;

use crate::crypto::{Secret, WrapClass, carry_id_key};
use crate::domain::{Activity, DataEpoch, KeyId, Refusal, ResourceId, Vault, VaultData};
use crate::engine;
use crate::workflow::assign_key::{changed_meanwhile, is_unknown};
use crate::workflow::data_key::{customer_wrap, platform_group, remove_wraps, wrap_header};
use crate::workflow::epochs::{key_set, unwrap_all};
use crate::workflow::follow_key::follow_vault_key;
use crate::workflow::{Context, hex, open_repository, repository_folder};

/// Most epochs whose data one repository holds: each costs an unwrapping whenever it is opened.
const EPOCHS_MAX: usize = 64;

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
    if vault.data.epochs().count() >= EPOCHS_MAX {
        return Err(Refusal::refused(
            "RsvTooManyEpochs",
            format!(
                "Vault '{}' has data of {EPOCHS_MAX} key epochs.",
                vault.base.name
            ),
        )
        .hint(format!(
            "rsv Update-RsvVaultEncryption -VaultId {} brings all data into one epoch.",
            vault.base.name
        ))
        .into());
    }
    let (data, stored) = prepare(context, &vault, after_leak)?;
    let folder = repository_folder(context, &data);
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
    let vault = context.document().vaults.get(id)?.clone();
    open_repository(context, &vault)?.settle_epoch()?;
    Ok(EpochStarted {
        epoch: data.epoch,
        older: data.older.iter().map(|epoch| epoch.epoch).collect(),
        dedup_carried: !after_leak,
    })
}

/// The vault's data with a new epoch in front, whose wrap record is durable and proved.
fn prepare(context: &Context, vault: &Vault, after_leak: bool) -> Result<(VaultData, [u8; 32])> {
    let keys = key_set(context, &unwrap_all(context, vault)?)?;
    let dek = Secret::random()?;
    let mut data = vault.data.clone();
    let before = DataEpoch {
        epoch: data.epoch,
        domain: data.domain,
        wrap: std::mem::take(&mut data.wrap),
    };
    data.epoch += 1;
    data.older.insert(0, before);
    if after_leak {
        data.domain = context.fresh_id()?;
    }
    let class = if vault.encryption.is_customer() {
        WrapClass::Customer
    } else {
        WrapClass::Platform
    };
    let mut header = wrap_header(&data, class);
    header.infrastructure = vault.encryption.infrastructure;
    if !after_leak {
        carry_id_key(&mut header, &dek, keys.current.id_key())?;
    }
    let group = match &vault.encryption.key_uri {
        Some(uri) if class == WrapClass::Customer => {
            let key: KeyId = uri.parse()?;
            customer_wrap(context, vault.key_principal()?, &key, &dek, header)
                .map_err(|e| crate::workflow::data_key::backup_words(e, &vault.base.name))?
        }
        _ => platform_group(context, &dek, header)?,
    };
    let digest = engine::put_wrap(&repository_folder(context, &data), &group.encode())?;
    data.wrap = hex(&digest);
    Ok((data, digest))
}

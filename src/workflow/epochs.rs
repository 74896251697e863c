//! The data-encryption keys of a vault, one per epoch: their wrap records, and opening them.
//!
//! All epochs that a repository holds data of are wrapped by the same key; a change of that key
//! wraps each of them anew, and one commit of the state names all the new records.

use std::collections::BTreeMap;

use anyhow::Result;
use uuid::Uuid;

use crate::crypto::{Secret, WrapClass, WrapGroup, WrapHeader, carried_id_key, platform_unwrap};
use crate::domain::{self, DataEpoch, KeyId, Refusal, RefusalKind, Vault, VaultData};
use crate::engine::{self, ItemEnd, KeySet, OuterKey, Repository, RepositoryKeys};
use crate::state::{Digest, Home};
use crate::workflow::data_key::{backup_words, customer_unwrap, folder_in, stray_wraps};
use crate::workflow::{Context, repository_folder};

/// An epoch's data-encryption key and the record that opened it.
pub(super) struct OpenedEpoch {
    pub(super) dek: Secret<32>,
    pub(super) group: WrapGroup,
    /// As in [`DataEpoch`].
    pub(super) ends: Option<BTreeMap<Uuid, domain::ItemEnd>>,
}

fn wrong_record(text: &str) -> Refusal {
    Refusal::new(RefusalKind::Damaged, "RsvWrongWrapRecord", text)
}

/// The wrap groups that the state names, the current epoch's first; each checked against its
/// digest in the MACed state.
pub(super) fn wrap_groups(home: &Home, data: &VaultData) -> Result<Vec<WrapGroup>> {
    data.epochs()
        .map(|epoch| wrap_group(home, data, &epoch))
        .collect()
}

fn wrap_group(home: &Home, data: &VaultData, epoch: &DataEpoch) -> Result<WrapGroup> {
    let digest =
        Digest::parse(&epoch.wrap).ok_or_else(|| wrong_record("The state names no key record."))?;
    let bytes = engine::get_wrap(&folder_in(home, data), &digest.0)?;
    let group = WrapGroup::decode(&bytes)?;
    let header = group.header();
    let named = header.owner == data.owner.into_bytes()
        && header.domain == epoch.domain.into_bytes()
        && header.epoch == epoch.epoch;
    if !named {
        let text = "The vault's key record is not the one the state names.";
        return Err(wrong_record(text).into());
    }
    Ok(group)
}

/// The vaults whose recovery points cannot all be read as the state describes them, each with why:
/// an older state does not know what became of their data and keys since.
#[must_use]
pub fn vaults_out_of_reach(context: &Context) -> Vec<(String, String)> {
    let why = |data: &VaultData| match wrap_groups(context.home(), data) {
        Err(error) => Some(format!("{error:#}")),
        Ok(_) => newer_epoch(context, data).map(|epoch| {
            format!(
                "it has data of key epoch {epoch}, and the state knows {} only",
                data.epoch
            )
        }),
    };
    let vaults = context.document().vaults.iter();
    vaults
        .filter_map(|vault| Some((vault.base.name.clone(), why(&vault.data)?)))
        .collect()
}

/// The newest epoch that has a key record beside the data, if it began after those the state names.
fn newer_epoch(context: &Context, data: &VaultData) -> Option<u32> {
    let folder = repository_folder(context, data);
    let read = |digest| WrapGroup::decode(&engine::get_wrap(&folder, digest).ok()?).ok();
    let strays = stray_wraps(context, data);
    let epochs = strays.iter().filter_map(read).map(|g| g.header().epoch);
    epochs.filter(|epoch| *epoch > data.epoch).max()
}

/// Opens the data-encryption key that new data is written under.
///
/// # Errors
/// The key provider's refusal as Backup words it (R5, R43), or a damaged key record.
pub fn unwrap_dek(context: &Context, vault: &Vault) -> Result<(Secret<32>, WrapClass)> {
    let current = vault.data.epochs().next();
    let current = current.ok_or_else(|| wrong_record("The state names no key record."))?;
    let group = wrap_group(context.home(), &vault.data, &current)?;
    Ok((unwrap_group(context, vault, &group)?, group.header().class))
}

/// Opens the data-encryption keys of all epochs, the current one's first.
///
/// # Errors
/// As [`unwrap_dek`].
pub(super) fn unwrap_all(context: &Context, vault: &Vault) -> Result<Vec<OpenedEpoch>> {
    vault
        .data
        .epochs()
        .map(|epoch| {
            let group = wrap_group(context.home(), &vault.data, &epoch)?;
            let dek = unwrap_group(context, vault, &group)?;
            let ends = epoch.ends;
            Ok(OpenedEpoch { dek, group, ends })
        })
        .collect()
}

fn unwrap_group(context: &Context, vault: &Vault, group: &WrapGroup) -> Result<Secret<32>> {
    if group.header().class == WrapClass::Platform {
        if vault.encryption.is_customer() {
            let text = "The vault is under a customer key, but its key record is a platform one.";
            return Err(wrong_record(text).into());
        }
        return Ok(platform_unwrap(&context.platform_key(), group)?);
    }
    let check = |key: &KeyId| check_backup_rule(context, vault, key);
    let opened = customer_unwrap(context, vault.key_principal()?, group, check);
    let (dek, _) = opened.map_err(|error| backup_words(error, &vault.base.name))?;
    Ok(dek)
}

/// What Backup asks of the key version that opens a vault's data, before the provider applies Key
/// Vault's own rule: kept, enabled and valid (R55, R57).
fn check_backup_rule(context: &Context, vault: &Vault, key: &KeyId) -> Result<()> {
    let (state, now) = (context.document(), context.now());
    state.check_key_kept(key, now)?;
    let found = state.key_vault_named(&key.vault)?.key(&key.name)?;
    let Some(version) = found.resolve(key.version.as_deref(), now) else {
        return Ok(()); // the provider says what is missing
    };
    let follows = |uri: &String| uri.parse::<KeyId>().is_ok_and(|k| k.version.is_none());
    let newer = found.newest().filter(|n| n.version != version.version);
    version.check_backup(key, now).map_err(|mut refusal| {
        if let Some(newer) =
            newer.filter(|_| vault.encryption.key_uri.as_ref().is_some_and(follows))
        {
            refusal.message.push_str(&format!(
                " Version {} still wraps the vault's data-encryption key: the old version has to \
                 stay enabled until a later job has moved to version {} (R67).",
                version.version, newer.version
            ));
        }
        refusal.into()
    })
}

/// The keys of one epoch's data.
pub(super) fn epoch_keys(dek: &Secret<32>, header: &WrapHeader) -> RepositoryKeys {
    let class = header.class_byte();
    RepositoryKeys::derive(dek, header.owner, header.epoch, class, header.domain)
}

/// The keys of all these epochs, the current one first; with the second layer's, if they have one.
pub(super) fn key_set(context: &Context, opened: &[OpenedEpoch]) -> Result<KeySet> {
    let mut keys = Vec::new();
    for OpenedEpoch { dek, group, ends } in opened {
        let mut epoch = epoch_keys(dek, group.header());
        if let Some(carried) = carried_id_key(group, dek)? {
            epoch = epoch.with_id_key(carried);
        }
        if let Some(ends) = ends {
            let ends = ends.iter().map(|(item, end)| {
                let end = ItemEnd {
                    newest: end.newest,
                    expired: end.expired.clone(),
                };
                (item.into_bytes(), end)
            });
            epoch = epoch.ended(ends.collect());
        }
        keys.push(epoch);
    }
    let Some(first) = opened.first().map(|epoch| epoch.group.header()) else {
        return Err(wrong_record("The state names no key record.").into());
    };
    let class = |epoch: &OpenedEpoch| epoch.group.header().class_byte();
    if opened
        .iter()
        .any(|epoch| class(epoch) != first.class_byte())
    {
        let text = "The vault's key records are of different classes: the same kind of key wraps \
                    all of a vault, with infrastructure encryption or without.";
        return Err(wrong_record(text).into());
    }
    let mut set = KeySet::new(keys.remove(0));
    set.older = keys;
    if first.infrastructure {
        set.outer = Some(OuterKey::derive(&context.platform_key(), &first.owner));
    }
    Ok(set)
}

/// The key of the second layer of a vault's files; absent: they have none.
#[must_use]
pub fn outer_key(context: &Context, vault: &Vault) -> Option<OuterKey> {
    let owner = vault.data.owner.into_bytes();
    vault
        .encryption
        .infrastructure
        .then(|| OuterKey::derive(&context.platform_key(), &owner))
}

/// Opens the vault's repository with the keys of all its epochs.
///
/// # Errors
/// As [`unwrap_dek`], and what the engine finds.
pub fn open_repository(context: &Context, vault: &Vault) -> Result<Repository> {
    vault.check_key_of_this_tenant()?;
    let keys = key_set(context, &unwrap_all(context, vault)?)?;
    if keys.outer.is_some() != vault.encryption.infrastructure {
        let text = "The vault's key record says something else of infrastructure encryption than \
                    its state.";
        return Err(wrong_record(text).into());
    }
    Ok(Repository::open(
        &repository_folder(context, &vault.data),
        keys,
    )?)
}

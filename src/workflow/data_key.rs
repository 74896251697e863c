//! The data-encryption key of a vault: made, wrapped, opened, wrapped anew.
//!
//! The first one is of the platform class. The first customer key starts a new epoch with a fresh
//! key that only the customer's key ever wraps, in a new repository folder: the vault is empty
//! then (R11), and no older copy of the state opens what is written after.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use uuid::Uuid;

use crate::crypto::{
    Secret, WrapAlgorithm, WrapClass, WrapGroup, WrapHeader, WrapOperator, WrapPart, WrapPurpose,
    platform_unwrap, platform_wrap,
};
use crate::domain::{KeyId, Refusal, RefusalKind, Vault, VaultData};
use crate::engine::{self, CHUNK_LOG2_DEFAULT, KeySet, Repository, RepositoryKeys};
use crate::state::{Digest, Home};
use crate::workflow::{Context, KeyProvider};

/// The folder that holds all epochs of a vault.
fn vault_folder(home: &Home, path: Option<&Path>, owner: Uuid) -> PathBuf {
    path.map_or_else(|| home.vaults(), Path::to_path_buf)
        .join(owner.to_string())
}

/// The folder of the vault's repository.
#[must_use]
pub fn repository_folder(context: &Context, data: &VaultData) -> PathBuf {
    folder_in(context.home(), data)
}

fn folder_in(home: &Home, data: &VaultData) -> PathBuf {
    vault_folder(home, data.path.as_deref(), data.owner).join(&data.repository)
}

/// Makes the folder and the first, platform-wrapped key of a new vault.
///
/// # Errors
/// I/O, or no randomness. What was made is removed again.
pub fn create_vault_data(context: &mut Context, path: Option<&Path>) -> Result<VaultData> {
    let path = path
        .map(|p| std::path::absolute(p).with_context(|| format!("{} has no place", p.display())))
        .transpose()?;
    let dek = Secret::random()?;
    let mut data = VaultData {
        owner: context.fresh_id()?,
        path,
        repository: "e1".into(),
        domain: context.fresh_id()?,
        epoch: 1,
        wrap: String::new(),
    };
    let header = wrap_header(&data, WrapClass::Platform);
    let group = platform_wrap(
        &context.platform_key(),
        &dek,
        header,
        context.now().as_second(),
    )?;
    store_epoch(context, &mut data, &dek, &group)?;
    Ok(data)
}

fn wrap_header(data: &VaultData, class: WrapClass) -> WrapHeader {
    WrapHeader {
        class,
        epoch: data.epoch,
        domain: data.domain.into_bytes(),
        owner: data.owner.into_bytes(),
        purpose: WrapPurpose::VaultKey,
        operator: WrapOperator::Any,
        extensions: Vec::new(),
    }
}

/// Creates the repository of an epoch and puts the wrap group beside it.
fn store_epoch(
    context: &Context,
    data: &mut VaultData,
    dek: &Secret<32>,
    group: &WrapGroup,
) -> Result<()> {
    let folder = repository_folder(context, data);
    let keys = repository_keys(data, group.header().class, dek);
    context.home().create_folder(&folder)?;
    // The wrap first: a repository whose key nobody holds is worse than a wrap without one.
    data.wrap = hex(&engine::put_wrap(&folder, &group.encode())?);
    Repository::create(&folder, keys, CHUNK_LOG2_DEFAULT)?;
    Ok(())
}

pub(super) fn repository_keys(data: &VaultData, class: WrapClass, dek: &Secret<32>) -> KeySet {
    KeySet::new(RepositoryKeys::derive(
        dek,
        data.owner.into_bytes(),
        data.epoch,
        class as u8,
        data.domain.into_bytes(),
    ))
}

/// Wraps the key of a vault that came from another home by this home's platform key.
///
/// # Errors
/// I/O, or no randomness. The record before stays.
pub(super) fn adopt_platform_key(
    context: &Context,
    data: &mut VaultData,
    dek: &Secret<32>,
    header: WrapHeader,
) -> Result<()> {
    let now = context.now().as_second();
    let group = platform_wrap(&context.platform_key(), dek, header, now)?;
    let folder = repository_folder(context, data);
    data.wrap = hex(&engine::put_wrap(&folder, &group.encode())?);
    Ok(())
}

/// Lower-case hexadecimal.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            // Writing to a String cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
}

/// Removes a vault's folder with all its epochs.
///
/// # Errors
/// I/O; the vault is gone from the state already.
pub fn remove_vault_data(context: &mut Context, data: &VaultData) -> Result<()> {
    let folder = vault_folder(context.home(), data.path.as_deref(), data.owner);
    std::fs::remove_dir_all(&folder).with_context(|| format!("removing {}", folder.display()))
}

/// The wrap group that the state names, checked against the digest in the MACed state.
pub(super) fn wrap_group(home: &Home, data: &VaultData) -> Result<WrapGroup> {
    let folder = folder_in(home, data);
    let digest = Digest::parse(&data.wrap).ok_or_else(|| {
        Refusal::new(
            RefusalKind::Damaged,
            "RsvWrongWrapRecord",
            "The state names no key record.",
        )
    })?;
    let group = WrapGroup::decode(&engine::get_wrap(&folder, &digest.0)?)?;
    let header = group.header();
    if header.owner != data.owner.into_bytes() || header.epoch != data.epoch {
        return Err(Refusal::new(
            RefusalKind::Damaged,
            "RsvWrongWrapRecord",
            "The vault's key record is not the one the state names.",
        )
        .into());
    }
    Ok(group)
}

/// Opens the vault's data-encryption key with whatever wraps it now.
///
/// # Errors
/// The key provider's refusal as Backup words it (R5, R43), or a damaged key record.
pub fn unwrap_dek(context: &Context, vault: &Vault) -> Result<(Secret<32>, WrapClass)> {
    let group = wrap_group(context.home(), &vault.data)?;
    let class = group.header().class;
    if class == WrapClass::Platform {
        if vault.encryption.is_customer() {
            return Err(Refusal::new(
                RefusalKind::Damaged,
                "RsvWrongWrapRecord",
                "The vault is under a customer key, but its key record is a platform one.",
            )
            .into());
        }
        return Ok((platform_unwrap(&context.platform_key(), &group)?, class));
    }
    let principal = vault.key_principal()?;
    let mut first_error = None;
    for (index, part) in group.parts().iter().enumerate() {
        let key: KeyId = part.key_id.parse()?;
        let opened = check_backup_rule(context, vault, &key).and_then(|()| {
            context
                .key_vaults()
                .unwrap(principal, &key, &part.ciphertext)
        });
        match opened {
            Ok(dek) => {
                group.verify(&dek, index)?;
                return Ok((dek, class));
            }
            Err(error) => first_error = first_error.or(Some(error)),
        }
    }
    Err(backup_words(
        first_error.unwrap_or_else(|| anyhow::anyhow!("the key record has no parts")),
        &vault.base.name,
    ))
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

/// Opens the vault's repository.
///
/// # Errors
/// As [`unwrap_dek`], and what the engine finds.
pub fn open_repository(context: &Context, vault: &Vault) -> Result<Repository> {
    vault.check_key_of_this_tenant()?;
    let (dek, class) = unwrap_dek(context, vault)?;
    let keys = repository_keys(&vault.data, class, &dek);
    Ok(Repository::open(
        &repository_folder(context, &vault.data),
        keys,
    )?)
}

/// Says a key vault's refusal in Backup's words: a missing permission has a code of its own (R5).
fn backup_words(error: anyhow::Error, vault: &str) -> anyhow::Error {
    match error.downcast::<Refusal>() {
        Ok(inner) if matches!(inner.code, "ForbiddenByPolicy" | "ForbiddenByRbac" | "Unauthorized") => Refusal {
            code: "UserErrorCMKMissingMangedIdentityPermissionOnKeyVault",
            message: format!(
                "The managed identity of vault '{vault}' may not use the customer-managed key: {} \
                 [{}]",
                inner.message, inner.code
            ),
            ..inner
        }
        .into(),
        Ok(inner) => inner.into(),
        Err(other) => other,
    }
}

/// A wrap group for `dek` under a customer's key, proved by unwrap and compare before it counts.
///
/// # Errors
/// The provider's refusal, or `RsvKeyUnwrapFailed` when the probe does not give the key back.
pub fn customer_wrap(
    context: &Context,
    principal: Uuid,
    key: &KeyId,
    dek: &Secret<32>,
    header: WrapHeader,
) -> Result<WrapGroup> {
    let provider = context.key_vaults();
    let wrapped = provider.wrap(principal, key, dek)?;
    let mut group = WrapGroup::new(header, dek)?;
    group.add_part(
        dek,
        WrapPart::new(
            WrapAlgorithm::RsaOaep256,
            wrapped.key.to_string(),
            wrapped.spki_digest,
            context.now().as_second(),
            wrapped.ciphertext.clone(),
        ),
    )?;
    let probe = provider.unwrap(principal, &wrapped.key, &wrapped.ciphertext)?;
    group.verify(&probe, 0)?;
    Ok(group)
}

/// The data of a vault after a key is assigned: a new epoch at the first customer key, else the
/// same data-encryption key under a new wrap record. Written and durable, not yet committed.
/// `user_identity` is who uses the key from now on; absent: the vault's own identity.
///
/// # Errors
/// The provider's refusal in Backup's words; I/O.
pub fn prepare_assignment(
    context: &Context,
    vault: &Vault,
    key: &KeyId,
    user_identity: Option<&str>,
) -> Result<VaultData> {
    let words = |error| backup_words(error, &vault.base.name);
    let mut next = vault.clone();
    next.encryption.user_identity = user_identity.map(str::to_owned);
    let principal = next.key_principal()?;
    let mut data = vault.data.clone();
    if vault.encryption.is_customer() {
        // The identity before may be gone already: the new one opens what it is permitted to.
        let (dek, class) = unwrap_dek(context, vault)
            .or_else(|error| unwrap_dek(context, &next).map_err(|_| error))?;
        let header = wrap_header(&data, class);
        let group = customer_wrap(context, principal, key, &dek, header).map_err(words)?;
        let folder = repository_folder(context, &data);
        data.wrap = hex(&engine::put_wrap(&folder, &group.encode())?);
        return Ok(data);
    }
    let dek = Secret::random()?;
    data.epoch += 1;
    data.domain = context.fresh_id()?;
    data.repository = format!("e{}-{}", data.epoch, context.fresh_id()?.simple());
    let header = wrap_header(&data, WrapClass::Customer);
    let group = customer_wrap(context, principal, key, &dek, header).map_err(words)?;
    store_epoch(context, &mut data, &dek, &group)?;
    Ok(data)
}

/// Removes what the assignment replaced: the empty repository of the epoch before, or the wrap
/// record before. Best effort: a leftover opens nothing that was written since.
pub fn discard_replaced(context: &Context, before: &VaultData, after: &VaultData) {
    let folder = repository_folder(context, before);
    if before.repository != after.repository {
        let _ = std::fs::remove_dir_all(folder);
    } else if before.wrap != after.wrap
        && let Some(digest) = Digest::parse(&before.wrap)
    {
        let _ = engine::remove_wrap(&folder, &digest.0);
    }
}

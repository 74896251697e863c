//! The data-encryption key of a vault: made, wrapped, opened, wrapped anew.
//!
//! The first one is of the platform class. The first customer key starts a new epoch with a fresh
//! key that only the customer's key ever wraps, in a new repository folder: the vault is empty
//! then (R11), and no older copy of the state opens what is written after.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use uuid::Uuid;

use crate::crypto::{
    Secret, WrapAlgorithm, WrapClass, WrapGroup, WrapHeader, WrapPart, WrapPurpose, hex,
    platform_unwrap, platform_wrap,
};
use crate::domain::{KeyId, Refusal, Vault, VaultData};
use crate::engine::{self, CHUNK_LOG2_DEFAULT, Repository};
use crate::state::{Digest, Home};
use crate::workflow::epochs::{OpenedEpoch, key_set, unwrap_all};
use crate::workflow::{Context, KeyProvider};

/// The folder that holds all repositories of a vault.
pub(super) fn vault_folder(home: &Home, path: Option<&Path>, owner: Uuid) -> PathBuf {
    path.map_or_else(|| home.vaults(), Path::to_path_buf)
        .join(owner.to_string())
}

/// The folder of the vault's repository.
#[must_use]
pub fn repository_folder(context: &Context, data: &VaultData) -> PathBuf {
    folder_in(context.home(), data)
}

pub(super) fn folder_in(home: &Home, data: &VaultData) -> PathBuf {
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
        older: Vec::new(),
    };
    let header = wrap_header(&data, WrapClass::Platform);
    let group = platform_group(context, &dek, header)?;
    store_epoch(context, &mut data, dek, group, CHUNK_LOG2_DEFAULT)?;
    Ok(data)
}

pub(super) fn wrap_header(data: &VaultData, class: WrapClass) -> WrapHeader {
    WrapHeader {
        class,
        infrastructure: false,
        epoch: data.epoch,
        domain: data.domain.into_bytes(),
        owner: data.owner.into_bytes(),
        purpose: WrapPurpose::VaultKey,
        extensions: Vec::new(),
    }
}

/// Creates the repository of an epoch and puts the wrap group beside it.
pub(super) fn store_epoch(
    context: &Context,
    data: &mut VaultData,
    dek: Secret<32>,
    group: WrapGroup,
    chunk_log2: u8,
) -> Result<()> {
    let folder = repository_folder(context, data);
    let ends = None;
    let opened = [OpenedEpoch { dek, group, ends }];
    let keys = key_set(context, &opened)?;
    let [OpenedEpoch { group, .. }] = &opened;
    context.home().create_folder(&folder)?;
    // The wrap first: a repository whose key nobody holds is worse than a wrap without one.
    data.wrap = hex(&engine::put_wrap(&folder, &group.encode())?);
    Repository::create(&folder, keys, chunk_log2)?;
    Ok(())
}

/// Says a key vault's refusal in Backup's words: a missing permission has a code of its own (R5).
pub(super) fn backup_words(error: anyhow::Error, vault: &str) -> anyhow::Error {
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

/// Opens the key in a wrap group of a customer's key, by the first part that `check` and the
/// provider permit and that proves itself; gives the key version that did.
///
/// # Errors
/// The first part's: of `check`, the provider, or of a part that somebody else made.
pub(super) fn customer_unwrap(
    context: &Context,
    principal: Uuid,
    group: &WrapGroup,
    check: impl Fn(&KeyId) -> Result<()>,
) -> Result<(Secret<32>, KeyId)> {
    let open = |index: usize, part: &WrapPart| -> Result<(Secret<32>, KeyId)> {
        let key: KeyId = part.key_id.parse()?;
        check(&key)?;
        let dek = context
            .key_vaults()
            .unwrap(principal, &key, &part.ciphertext)?;
        group.verify(&dek, index)?;
        Ok((dek, key))
    };
    let mut first_error = None;
    for (index, part) in group.parts().iter().enumerate() {
        match open(index, part) {
            Err(error) => first_error = first_error.or(Some(error)),
            opened => return opened,
        }
    }
    Err(first_error.unwrap_or_else(|| anyhow::anyhow!("the key record has no parts")))
}

/// A platform wrap group for `dek`, proved by unwrap and compare before it counts.
pub(super) fn platform_group(
    context: &Context,
    dek: &Secret<32>,
    header: WrapHeader,
) -> Result<WrapGroup> {
    let created = context.now().as_second();
    let group = platform_wrap(&context.platform_key(), dek, header, created)?;
    group.verify(&platform_unwrap(&context.platform_key(), &group)?, 0)?;
    Ok(group)
}

/// How a key is assigned to a vault.
#[derive(Debug, Clone, Copy)]
pub struct Assignment<'a> {
    /// The key: with its version pinned, without one the newest.
    pub key: &'a KeyId,
    /// ARM id of the attached identity that uses it from now on; absent: the vault's own.
    pub user_identity: Option<&'a str>,
    /// Second layer; of effect with the first customer key only (R75).
    pub infrastructure: bool,
}

/// The data of a vault after a key is assigned: a new epoch at the first customer key, else the
/// same data-encryption keys under new wrap records. Written and durable, not yet committed.
///
/// # Errors
/// The provider's refusal in Backup's words; I/O.
pub fn prepare_assignment(
    context: &Context,
    vault: &Vault,
    assignment: Assignment<'_>,
) -> Result<VaultData> {
    let words = |error| backup_words(error, &vault.base.name);
    let mut next = vault.clone();
    next.encryption.user_identity = assignment.user_identity.map(str::to_owned);
    let principal = next.key_principal()?;
    let mut data = vault.data.clone();
    if vault.encryption.is_customer() {
        // The identity before may be gone already: the new one opens what it is permitted to.
        let opened = unwrap_all(context, vault)
            .or_else(|error| unwrap_all(context, &next).map_err(|_| error))?;
        let wrap = |dek: &Secret<32>, header: WrapHeader| {
            customer_wrap(context, principal, assignment.key, dek, header).map_err(words)
        };
        return rewrap(context, data, &opened, wrap);
    }
    let dek = Secret::random()?;
    data.epoch += 1;
    data.older.clear();
    data.domain = context.fresh_id()?;
    data.repository = format!("e{}-{}", data.epoch, context.fresh_id()?.simple());
    let mut header = wrap_header(&data, WrapClass::Customer);
    header.infrastructure = assignment.infrastructure;
    let group = customer_wrap(context, principal, assignment.key, &dek, header).map_err(words)?;
    store_epoch(context, &mut data, dek, group, CHUNK_LOG2_DEFAULT)?;
    Ok(data)
}

/// Puts every epoch's key under a new record, in the order of the epochs; headers stay as they
/// are. What was stored before one failed is removed again.
fn rewrap(
    context: &Context,
    mut data: VaultData,
    opened: &[OpenedEpoch],
    wrap: impl Fn(&Secret<32>, WrapHeader) -> Result<WrapGroup>,
) -> Result<VaultData> {
    let folder = repository_folder(context, &data);
    let mut stored = Vec::new();
    for epoch in opened {
        let outcome = wrap(&epoch.dek, epoch.group.header().clone())
            .and_then(|group| Ok(engine::put_wrap(&folder, &group.encode())?));
        match outcome {
            Ok(digest) => stored.push(digest),
            Err(error) => {
                remove_wraps(&folder, &stored);
                return Err(error);
            }
        }
    }
    data.set_wraps(stored.iter().map(|digest| hex(digest)));
    Ok(data)
}

/// Removes wrap records. Best effort: nothing names them.
pub(super) fn remove_wraps(folder: &Path, digests: &[[u8; 32]]) {
    for digest in digests {
        let _ = engine::remove_wrap(folder, digest);
    }
}

fn named_wraps(data: &VaultData) -> Vec<[u8; 32]> {
    let parse = |epoch: crate::domain::DataEpoch| Digest::parse(&epoch.wrap).map(|d| d.0);
    data.epochs().filter_map(parse).collect()
}

/// Wrap records beside the data that `data` does not name: what killed commands left. They may
/// be removed once a change of `data` is committed, for nothing that wrote them can commit then.
pub(super) fn stray_wraps(context: &Context, data: &VaultData) -> Vec<[u8; 32]> {
    let named = named_wraps(data);
    let mut found = engine::list_wraps(&repository_folder(context, data)).unwrap_or_default();
    found.retain(|digest| !named.contains(digest));
    found
}

/// Removes what the assignment replaced: the empty repository of the epoch before, or the wrap
/// records before. Best effort: a leftover opens nothing that was written since.
pub fn discard_replaced(context: &Context, before: &VaultData, after: &VaultData) {
    let folder = repository_folder(context, before);
    if before.repository != after.repository {
        let _ = std::fs::remove_dir_all(folder);
        return;
    }
    let (mut gone, kept) = (named_wraps(before), named_wraps(after));
    gone.retain(|digest| !kept.contains(digest));
    remove_wraps(&folder, &gone);
}

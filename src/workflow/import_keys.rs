//! The data keys of a vault that another home made: found beside the data, opened by a key of
//! this home.

use std::path::Path;

use anyhow::Result;
use uuid::Uuid;

use crate::crypto::{self, Secret, WrapClass, WrapGroup, WrapPurpose, derive, platform_unwrap};
use crate::domain::{DataEpoch, KeyId, Refusal, RefusalKind};
use crate::engine;
use crate::workflow::data_key::customer_unwrap;
use crate::workflow::dek_epoch::{EPOCHS_MAX, too_many};
use crate::workflow::epochs::OpenedEpoch;
use crate::workflow::{Context, ImportRequest, hex};

/// Most key records that are tried: each may cost an RSA operation for each of its parts. A home
/// leaves one an epoch, and a command that was killed a few more.
const RECORDS_MAX: usize = 4 * EPOCHS_MAX;

/// An epoch with the record that opened it.
pub(super) struct Opened {
    pub(super) epoch: OpenedEpoch,
    pub(super) digest: [u8; 32],
    /// The version of the customer's key that did; empty for the platform key.
    pub(super) key_id: String,
}

/// The key records beside a repository.
fn records(path: &Path) -> Result<Vec<([u8; 32], WrapGroup)>> {
    let digests = engine::list_wraps(path)?;
    if digests.len() > RECORDS_MAX {
        let (path, count) = (path.display(), digests.len());
        let message = format!("'{path}' holds {count} key records, more than {RECORDS_MAX}.");
        return Err(too_many(message).into());
    }
    let read = |digest| {
        Ok((
            digest,
            WrapGroup::decode(&engine::get_wrap(path, &digest)?)?,
        ))
    };
    digests.into_iter().map(read).collect()
}

/// Nobody here can read below the second layer.
pub(super) fn check_one_layer(path: &Path) -> Result<()> {
    for (_, group) in records(path)? {
        if group.header().infrastructure {
            return Err(Refusal::refused(
                "RsvImportInfrastructure",
                "The vault has infrastructure encryption: its second layer opens with the platform \
                 key of the home it comes from only.",
            )
            .hint("Move that home as a whole, with its root key file.")
            .into());
        }
    }
    Ok(())
}

impl Opened {
    pub(super) fn data(&self) -> DataEpoch {
        let header = self.epoch.group.header();
        DataEpoch {
            epoch: header.epoch,
            domain: Uuid::from_bytes(header.domain),
            wrap: hex(&self.digest),
            ends: None,
        }
    }
}

/// Opens every epoch that has a record here, the newest first, by its newest record that a key of
/// this home opens. There is one at least.
pub(super) fn open_epochs(
    context: &Context,
    request: &ImportRequest,
    path: &Path,
    owner: Uuid,
) -> Result<Vec<Opened>> {
    let mut groups = Vec::new();
    for (digest, group) in records(path)? {
        let header = group.header();
        if header.owner == owner.into_bytes() && header.purpose == WrapPurpose::VaultKey {
            let created = group.parts().iter().map(|part| part.created_unix).max();
            groups.push((header.epoch, created, digest, group));
        }
    }
    groups.sort_by_key(|(epoch, created, ..)| std::cmp::Reverse((*epoch, *created)));
    let mut opened: Vec<Opened> = Vec::new();
    let mut failed: Option<(u32, anyhow::Error)> = None;
    for (epoch, _, digest, group) in groups {
        let is_open = |known: &Opened| known.epoch.group.header().epoch == epoch;
        if opened.last().is_some_and(is_open) {
            continue;
        }
        if let Some((_, error)) = failed.take_if(|(other, _)| *other != epoch) {
            return Err(error);
        }
        match open_wrap(context, request, &group) {
            Ok((dek, key_id)) => {
                failed = None;
                let ends = None;
                opened.push(Opened {
                    epoch: OpenedEpoch { dek, group, ends },
                    digest,
                    key_id,
                });
            }
            Err(error) => failed = failed.or(Some((epoch, error))),
        }
    }
    match failed {
        Some((_, error)) => Err(error),
        None if opened.is_empty() => Err(Refusal::new(
            RefusalKind::Damaged,
            "RsvWrongWrapRecord",
            format!("'{}' holds no key record of this vault.", path.display()),
        )
        .into()),
        None => Ok(opened),
    }
}

fn open_wrap(
    context: &Context,
    request: &ImportRequest,
    group: &WrapGroup,
) -> Result<(Secret<32>, String)> {
    if group.header().class == WrapClass::Platform {
        let root = request.root_key.as_ref().ok_or_else(|| {
            Refusal::refused(
                "RsvForeignPlatformKey",
                "The vault is under the platform key of the home it comes from.",
            )
            .hint("Add -RootKeyFile FILE, the root key file of that home.")
        })?;
        let installation = root.installation();
        let key = derive(root.secret(), "rsv/v1/platform", &[installation.as_bytes()]);
        // An import that died here may have left records of this home's.
        let dek = platform_unwrap(&key, group)
            .or_else(|error| platform_unwrap(&context.platform_key(), group).map_err(|_| error))?;
        return Ok((dek, String::new()));
    }
    match customer_unwrap(context, request.principal, group, |_| Ok(())) {
        Ok((dek, key)) => Ok((dek, key.to_string())),
        Err(error) => {
            let damage = error.downcast_ref::<crypto::Error>();
            let key = group.parts().first().map(|part| part.key_id.parse());
            Err(match (damage, key.transpose()?) {
                // The key was had, but is not the one that the record is about.
                (Some(crypto::Error::WrongKey { .. } | crypto::Error::NotAuthentic { .. }), _) => {
                    error
                }
                (_, Some(key)) => error.context(unusable(&key)),
                (_, None) => error,
            })
        }
    }
}

/// Says which key has to be here, and what for.
pub(super) fn unusable(key: &KeyId) -> Refusal {
    let (vault, name) = (&key.vault, &key.name);
    Refusal::refused(
        "RsvImportKeyUnusable",
        format!(
            "The vault's data opens with the key {key} only, and that cannot be used here to \
             unwrap its data keys and to wrap a new one."
        ),
    )
    .hint(format!(
        "Bring it: rsv Restore-AzKeyVaultKey -VaultName {vault} -InputFile FILE, and let the \
         importer use it: rsv Set-AzKeyVaultAccessPolicy -VaultName {vault} -ObjectId ID \
         -PermissionsToKeys get,list,unwrapKey,wrapKey (key '{name}'). -Debug shows the refusal."
    ))
}

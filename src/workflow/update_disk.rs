//! Changing a managed disk, above all what it is encrypted under (R103).
//!
//! Under a disk encryption set already: its data-encryption key is wrapped anew and no data is
//! read. Under the platform key: its data is encrypted under a new key into new files, compared
//! with the old ones, and only when the state names the new files the old ones are destroyed. Until
//! that commit the disk is readable as before, after it under the new set; what is left over of
//! either side is named by nobody and swept by a later command.

use std::collections::BTreeMap;

use anyhow::Result;
use uuid::Uuid;

use crate::crypto::{Secret, dek_commitment};
use crate::domain::{
    Activity, Disk, DiskEncryptionSet, KeyId, Refusal, RefusalKind, ResourceId, Tagged,
};
use crate::engine::{DiskReader, DiskWriter, Observer};
use crate::workflow::assign_key::is_unknown;
use crate::workflow::follow_key::{newest, same};
use crate::workflow::key_usage::disk_keys;
use crate::workflow::leftovers::{DiskFilesLock, remove_folder, sweep_leftovers};
use crate::workflow::managed_disk::{put_wrap, wrap_disk_key};
use crate::workflow::{Context, hex, open_disk, set_key, unwrap_disk_key};

/// Bytes copied and compared at once.
const COPY_BYTES: usize = 4 << 20;

/// What a disk shall be encrypted under.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DiskTarget {
    /// The platform key: where a disk stays, but never where it returns to (R132).
    PlatformKey,
    /// This disk encryption set.
    Set(ResourceId),
}

/// What shall change; absent: stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DiskUpdate {
    /// Encryption at rest.
    pub encryption: Option<DiskTarget>,
    /// All tags.
    pub tags: Option<BTreeMap<String, String>>,
    /// `OsType`.
    pub os_type: Option<String>,
}

/// What became of a disk's encryption.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EncryptionChange {
    /// It is as was asked for already.
    Unchanged,
    /// The same data-encryption key under another key.
    Rewrapped(KeyId),
    /// A new data-encryption key and new files.
    ReEncrypted {
        /// The key that wraps the new data-encryption key.
        key: KeyId,
        /// Bytes of data, holes not counted.
        bytes: u64,
    },
}

impl EncryptionChange {
    /// For a person, the kind as its first word.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::Unchanged => "Unchanged".into(),
            Self::Rewrapped(key) => format!(
                "Rewrapped: the disk's data-encryption key is wrapped by {key} now; no data was read"
            ),
            Self::ReEncrypted { key, bytes } => format!(
                "ReEncrypted: {bytes} bytes are under a new data-encryption key, wrapped by {key}; \
                 they were read back and compared"
            ),
        }
    }
}

/// How the encryption changes.
enum Step {
    Nothing,
    Rewrap(DiskEncryptionSet),
    ReEncrypt(DiskEncryptionSet),
}

/// Says what an update would do to a disk's encryption; changes nothing.
///
/// # Errors
/// `RsvDiskKeepsCustomerKey` (R132), `RsvDiskEncryptionSetNotApplicable` (R133),
/// `RsvDiskEncryptionSetMismatch` (R109), `RsvDiskAccessActive` (R137).
pub fn check_update_disk(
    context: &Context,
    id: &ResourceId,
    update: &DiskUpdate,
) -> Result<&'static str> {
    let disk = context.document().disks.get(id)?;
    Ok(match plan(context, disk, update)? {
        Step::Nothing => "Update disk",
        Step::Rewrap(_) => "Wrap the disk's key anew",
        Step::ReEncrypt(_) => "Re-encrypt the disk",
    })
}

fn plan(context: &Context, disk: &Disk, update: &DiskUpdate) -> Result<Step> {
    let set = match (&update.encryption, &disk.encryption.disk_encryption_set) {
        (None, _) | (Some(DiskTarget::PlatformKey), None) => return Ok(Step::Nothing),
        (Some(DiskTarget::PlatformKey), Some(_)) => return Err(keeps_customer_key(disk).into()),
        (Some(DiskTarget::Set(set)), _) => set,
    };
    let set = context.document().disk_encryption_sets.get(set)?.clone();
    if disk.guest_encrypted {
        return Err(Refusal::refused(
            "RsvDiskEncryptionSetNotApplicable",
            format!(
                "Disk '{}' holds data of a machine under Azure Disk Encryption: such disks take no \
                 disk encryption set (R133).",
                disk.base.name
            ),
        )
        .into());
    }
    set.check_target(disk.base.subscription, &disk.base.location)?;
    let step = if disk.encryption.disk_encryption_set.is_none() {
        Step::ReEncrypt(set)
    } else if disk.encryption.is_under(&set.id()) && is_current(context, disk, &set)? {
        Step::Nothing
    } else {
        Step::Rewrap(set)
    };
    if !matches!(step, Step::Nothing) {
        disk.check_removable(context.now())?;
    }
    Ok(step)
}

fn keeps_customer_key(disk: &Disk) -> Refusal {
    Refusal::refused(
        "RsvDiskKeepsCustomerKey",
        format!(
            "Disk '{}' is under a customer's key and cannot return to the platform key (R132).",
            disk.base.name
        ),
    )
    .hint("Restore the recovery point again without -DiskEncryptionSetId for a disk under it.")
}

/// True when the key that the set stands for now wraps the disk's key already.
fn is_current(context: &Context, disk: &Disk, set: &DiskEncryptionSet) -> Result<bool> {
    let key = set_key(set)?;
    let wanted = newest(context, &key).unwrap_or(key);
    let keys = disk_keys(context.home(), disk)?;
    Ok(keys.iter().all(|(key, _)| same(key, &wanted)))
}

/// Changes a disk, in the foreground.
///
/// # Errors
/// As [`check_update_disk`]; the key provider's refusal when the set's identity may not use its
/// key (R104, R131); `RsvChangedMeanwhile` when another command was faster.
pub fn update_disk(
    context: &mut Context,
    id: &ResourceId,
    update: &DiskUpdate,
    observer: &dyn Observer,
) -> Result<(Disk, EncryptionChange)> {
    sweep_leftovers(context);
    // Until the state names what is made.
    let _writing = DiskFilesLock::shared(context)?;
    context.refresh()?;
    let before = context.document().disks.get(id)?.clone();
    let step = plan(context, &before, update)?;
    let mut after = before.clone();
    let change = match step {
        Step::Nothing => EncryptionChange::Unchanged,
        Step::Rewrap(set) => rewrap(context, &before, &mut after, &set)?,
        Step::ReEncrypt(set) => re_encrypt(context, &before, &mut after, &set, observer)?,
    };
    let committed = commit(context, id, update, &before, &after, &change);
    match &committed {
        Ok(_) => destroy(context, &before, &after),
        Err(error) if !is_unknown(error) => destroy(context, &after, &before),
        Err(_) => {} // the next command's state says which side counts
    }
    committed.map(|disk| (disk, change))
}

/// The same key in another key record. Under the same set it replaces the one before; under
/// another set it gets a name of its own, for until the commit the state names the old set.
fn rewrap(
    context: &Context,
    before: &Disk,
    after: &mut Disk,
    set: &DiskEncryptionSet,
) -> Result<EncryptionChange> {
    let dek = unwrap_disk_key(context, before)?;
    let group = wrap_disk_key(context, before.uuid, &dek, Some(set))?;
    if !before.encryption.is_under(&set.id()) {
        after.wrap = Some(context.fresh_id()?);
        after.encryption.disk_encryption_set = Some(set.id().to_string());
    }
    put_wrap(context, after, &group)?;
    Ok(EncryptionChange::Rewrapped(wrapping_key(context, after)?))
}

fn wrapping_key(context: &Context, disk: &Disk) -> Result<KeyId> {
    let keys = disk_keys(context.home(), disk)?;
    let key = keys.into_iter().next().map(|(key, _)| key);
    key.ok_or_else(|| anyhow::anyhow!("the key record has no parts"))
}

/// New files under a new key, compared with the old ones.
fn re_encrypt(
    context: &Context,
    before: &Disk,
    after: &mut Disk,
    set: &DiskEncryptionSet,
    observer: &dyn Observer,
) -> Result<EncryptionChange> {
    let old = open_disk(context, before)?;
    let bytes: u64 = old.extents().map(|extent| extent.len).sum();
    observer.total(bytes * 2);
    after.unique_id = Some(before.unique());
    after.uuid = context.fresh_id()?;
    after.wrap = None;
    after.encryption.disk_encryption_set = Some(set.id().to_string());
    let dek = Secret::random()?;
    after.commitment = Some(hex(&dek_commitment(&dek, after.uuid.as_bytes())));
    let made = copy(context, &old, after, set, &dek, observer)
        .and_then(|()| compare(&old, &open_disk(context, after)?, observer));
    if let Err(error) = made {
        // No state names them: a later command sweeps what cannot be removed now.
        let _ = remove_folder(&context.home().disks().join(after.uuid.to_string()));
        return Err(error);
    }
    let key = wrapping_key(context, after)?;
    Ok(EncryptionChange::ReEncrypted { key, bytes })
}

fn copy(
    context: &Context,
    old: &DiskReader,
    after: &Disk,
    set: &DiskEncryptionSet,
    dek: &Secret<32>,
    observer: &dyn Observer,
) -> Result<()> {
    // The wrap first: a set whose key cannot be used is found out before bytes move.
    let group = wrap_disk_key(context, after.uuid, dek, Some(set))?;
    let (folder, id) = (context.home().disks(), after.uuid.into_bytes());
    let mut writer = DiskWriter::create(&folder, id, dek, old.size())?;
    writer.put_wrap(&group.encode())?;
    let mut buffer = vec![0; COPY_BYTES];
    for_each_piece(old, |offset, len| {
        let piece = &mut buffer[..len];
        old.read_at(offset, piece)?;
        writer.write_extent(offset, piece)?;
        observer.advance(len as u64);
        Ok(())
    })?;
    Ok(writer.finish()?)
}

/// Reads the new files with the key that their own record gives, beside the old ones.
fn compare(old: &DiskReader, new: &DiskReader, observer: &dyn Observer) -> Result<()> {
    let differs = || {
        Refusal::new(
            RefusalKind::Damaged,
            "RsvReEncryptionDiffers",
            "The re-encrypted disk does not read back as the old one: the disk stays as it was.",
        )
    };
    if old.size() != new.size() || !old.extents().eq(new.extents()) {
        return Err(differs().into());
    }
    let (mut one, mut other) = (vec![0; COPY_BYTES], vec![0; COPY_BYTES]);
    for_each_piece(old, |offset, len| {
        old.read_at(offset, &mut one[..len])?;
        new.read_at(offset, &mut other[..len])?;
        observer.advance(len as u64);
        if one[..len] == other[..len] {
            Ok(())
        } else {
            Err(differs().into())
        }
    })
}

fn for_each_piece(disk: &DiskReader, mut work: impl FnMut(u64, usize) -> Result<()>) -> Result<()> {
    for extent in disk.extents() {
        let mut offset = extent.offset;
        while offset < extent.end() {
            let len = (extent.end() - offset).min(COPY_BYTES as u64);
            work(offset, len as usize)?;
            offset += len;
        }
    }
    Ok(())
}

fn commit(
    context: &mut Context,
    id: &ResourceId,
    update: &DiskUpdate,
    before: &Disk,
    after: &Disk,
    change: &EncryptionChange,
) -> Result<Disk> {
    let activity = Activity::new("Microsoft.Compute/disks/write", id, "Update disk")
        .with("EncryptionChange", &change.text());
    context.change(&activity, |state, now| {
        if *change != EncryptionChange::Unchanged {
            let set = after.encryption.disk_encryption_set.as_deref();
            let set: ResourceId = set.unwrap_or_default().parse()?;
            state.disk_encryption_sets.get(&set)?;
        }
        let disk = state.disks.get_mut(id)?;
        let files = |disk: &Disk| (disk.uuid, disk.wrap, disk.encryption.clone());
        if files(disk) != files(before) {
            return Err(changed_meanwhile(before).into());
        }
        if *change != EncryptionChange::Unchanged {
            disk.check_removable(now)?;
        }
        (disk.uuid, disk.wrap, disk.encryption) = files(after);
        disk.unique_id = after.unique_id;
        disk.commitment.clone_from(&after.commitment);
        if let Some(tags) = &update.tags {
            disk.base.tags.clone_from(tags);
        }
        if update.os_type.is_some() {
            disk.os_type.clone_from(&update.os_type);
        }
        Ok(disk.clone())
    })
}

/// Removes the files of `gone` that `kept` does not have. Best effort: what stays is named by no
/// state, and a later command sweeps it.
fn destroy(context: &mut Context, gone: &Disk, kept: &Disk) {
    let folder = context.home().disks().join(gone.uuid.to_string());
    let removed = if gone.uuid != kept.uuid {
        remove_folder(&folder)
    } else if gone.wrap != kept.wrap {
        let name = crate::engine::wrap_name(gone.wrap.as_ref().map(Uuid::as_bytes));
        std::fs::remove_file(folder.join(name)).map_err(Into::into)
    } else {
        Ok(())
    };
    if let Err(error) = removed {
        context.warn(format!(
            "Old files of disk '{}' stay: {error:#}",
            gone.base.name
        ));
    }
}

fn changed_meanwhile(disk: &Disk) -> Refusal {
    Refusal::new(
        RefusalKind::Busy,
        "RsvChangedMeanwhile",
        format!("Disk '{}' changed meanwhile.", disk.base.name),
    )
    .hint("Run it again.")
}

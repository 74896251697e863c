//! Local snapshots: made beside a recovery point in the same read pass, opened for a restore,
//! removed after their days.
//!
//! Each is a repository of its own in `snapshots/<item>/<snapshot>/`, under a data-encryption key
//! of its own that the key of the machine's disks wraps. The state names it with a commitment to
//! that key and the digest of its point; a folder that the state does not name belongs to a backup
//! that did not finish. Expiring is removing a folder: no snapshot shares a byte with another.

use std::path::{Path, PathBuf};

use anyhow::Result;
use jiff::Timestamp;
use uuid::Uuid;

use crate::crypto::{Secret, WrapClass, WrapGroup, WrapHeader, WrapPurpose};
use crate::domain::{
    Activity, DiskEncryptionSet, Item, Refusal, RefusalKind, ResourceId, Snapshot, VirtualMachine,
};
use crate::engine::{
    self, BackupCopy, KeySet, Repository, RepositoryKeys, read_wrap, replace_wrap,
};
use crate::state::Home;
use crate::workflow::file_lock::FileLock;
use crate::workflow::jobs::ItemLock;
use crate::workflow::leftovers::{names, remove_folder};
use crate::workflow::managed_disk::{unwrap_under, wrap_under};
use crate::workflow::{Context, JobBook, hex};

/// The key record's file in a snapshot's folder.
const WRAP: &str = "wrap";

fn item_folder(home: &Home, item: Uuid) -> PathBuf {
    home.snapshots().join(item.to_string())
}

pub(super) fn folder(home: &Home, item: Uuid, snapshot: Uuid) -> PathBuf {
    item_folder(home, item).join(snapshot.to_string())
}

/// Held shared by whoever reads snapshots of an item, alone by whoever removes some.
fn lock_path(home: &Home, item: Uuid) -> PathBuf {
    home.snapshots().join(format!("{item}.lock"))
}

fn header(snapshot: &Snapshot, class: WrapClass) -> WrapHeader {
    WrapHeader {
        class,
        infrastructure: false,
        epoch: 1,
        domain: snapshot.domain.into_bytes(),
        owner: snapshot.uuid.into_bytes(),
        purpose: WrapPurpose::SnapshotKey,
        extensions: Vec::new(),
    }
}

fn keys(snapshot: &Snapshot, dek: &Secret<32>) -> KeySet {
    let class = match snapshot.disk_encryption_set {
        Some(_) => WrapClass::Customer,
        None => WrapClass::Platform,
    };
    KeySet::new(RepositoryKeys::derive(
        dek,
        snapshot.uuid.into_bytes(),
        1,
        class as u8,
        snapshot.domain.into_bytes(),
    ))
}

/// A snapshot that is being filled.
pub(super) struct NewSnapshot {
    /// What the state will say of it; the digest is known at the end.
    pub(super) snapshot: Snapshot,
    /// Where its data goes.
    repository: Repository,
    folder: PathBuf,
    writer: [u8; 16],
}

/// Makes the empty repository of a snapshot. Its key is wrapped by the key of the machine's disks
/// before a byte is read.
///
/// # Errors
/// The key provider's refusal, or I/O; nothing is left then.
pub(super) fn prepare(
    context: &Context,
    item: &Item,
    machine: &VirtualMachine,
    point: Uuid,
    expires: Timestamp,
    chunk_log2: u8,
) -> Result<NewSnapshot> {
    let set = match &machine.disk_encryption_set {
        Some(id) => Some(set(context, id)?),
        None => None,
    };
    let dek = Secret::random()?;
    let mut snapshot = Snapshot {
        uuid: context.fresh_id()?,
        domain: context.fresh_id()?,
        point,
        digest: String::new(),
        commitment: String::new(),
        disk_encryption_set: machine.disk_encryption_set.clone(),
        expires,
    };
    let group = wrap_under(
        context,
        |class| header(&snapshot, class),
        &dek,
        set.as_ref(),
    )?;
    snapshot.commitment = hex(group.commitment());
    let folder = folder(context.home(), item.uuid, snapshot.uuid);
    let make = || -> Result<Repository> {
        context.home().create_folder(&folder)?;
        replace_wrap(&folder, WRAP, &group.encode())?;
        let keys = keys(&snapshot, &dek);
        Ok(Repository::create(&folder, keys, chunk_log2)?)
    };
    let writer = context.fresh_id()?.into_bytes();
    match make() {
        Ok(repository) => Ok(NewSnapshot {
            snapshot,
            repository,
            folder,
            writer,
        }),
        Err(error) => {
            let _ = remove_folder(&folder);
            Err(error)
        }
    }
}

impl NewSnapshot {
    /// Where the engine puts what it reads besides the vault.
    pub(super) fn copy(&self) -> BackupCopy<'_> {
        BackupCopy {
            repository: &self.repository,
            writer: self.writer,
        }
    }

    /// Removes what was made: the backup failed. Best effort, the next backup of the item sweeps.
    pub(super) fn discard(self) {
        let _ = remove_folder(&self.folder);
    }
}

fn set(context: &Context, id: &str) -> Result<DiskEncryptionSet> {
    let id: ResourceId = id.parse()?;
    Ok(context.document().disk_encryption_sets.get(&id)?.clone())
}

/// The snapshot was there and is not any more.
pub(super) fn not_found() -> Refusal {
    Refusal::new(
        RefusalKind::NotFound,
        "UserErrorInstantRpNotFound",
        "Restore failed because the snapshot of the VM was not found. The snapshot could have \
         been deleted, please check.",
    )
    .hint("-RecoveryPointTier VaultStandard restores from the vault.")
}

/// Keeps a snapshot's data there until dropped.
pub(super) fn hold(context: &Context, item: Uuid) -> Result<FileLock> {
    context.home().create_folder(&context.home().snapshots())?;
    FileLock::shared(&lock_path(context.home(), item))
}

/// Opens a snapshot with whatever wraps its key.
///
/// # Errors
/// `UserErrorInstantRpNotFound`; `RsvSnapshotKeyUnavailable` when the key of the machine's disks
/// cannot be used; damage.
pub(super) fn open(context: &Context, item: Uuid, snapshot: &Snapshot) -> Result<Repository> {
    let folder = folder(context.home(), item, snapshot.uuid);
    if !folder.is_dir() {
        return Err(not_found().into());
    }
    let dek = unwrap(context, &folder, snapshot)?;
    check_point(&folder, item, snapshot)?;
    Ok(Repository::open(&folder, keys(snapshot, &dek))?)
}

/// Its one point is the one that the state names; that needs no key.
///
/// # Errors
/// `RsvSnapshotReplaced`, damage, or I/O.
pub(super) fn check_point(folder: &Path, item: Uuid, snapshot: &Snapshot) -> Result<()> {
    let points = engine::points(folder, None, item.as_bytes())?;
    let same = |point: &engine::PointHeader| hex(&point.digest()) == snapshot.digest;
    if points.len() != 1 || !points.iter().all(same) {
        return Err(wrong("is not the one that was taken").into());
    }
    Ok(())
}

fn wrong(what: &str) -> Refusal {
    Refusal::new(
        RefusalKind::Damaged,
        "RsvSnapshotReplaced",
        format!("The snapshot's data or key record {what}."),
    )
    .hint("-RecoveryPointTier VaultStandard restores from the vault.")
}

fn read_group(folder: &Path, snapshot: &Snapshot) -> Result<WrapGroup> {
    let group = WrapGroup::decode(&read_wrap(folder, WRAP)?)?;
    let head = group.header();
    let ours = head.owner == snapshot.uuid.into_bytes()
        && head.domain == snapshot.domain.into_bytes()
        && head.purpose == WrapPurpose::SnapshotKey
        && hex(group.commitment()) == snapshot.commitment;
    if ours {
        Ok(group)
    } else {
        Err(wrong("belongs to something else").into())
    }
}

fn unwrap(context: &Context, folder: &Path, snapshot: &Snapshot) -> Result<Secret<32>> {
    let group = read_group(folder, snapshot)?;
    let set = snapshot.disk_encryption_set.as_deref();
    unwrap_under(context, &group, set, "the snapshot").map_err(unavailable)
}

/// Says that the snapshot's key is the trouble, and that the vault has another.
pub(super) fn unavailable(error: anyhow::Error) -> anyhow::Error {
    match error.downcast::<Refusal>() {
        Ok(inner) if inner.kind != RefusalKind::Damaged => Refusal {
            code: "RsvSnapshotKeyUnavailable",
            message: format!(
                "The snapshot is under the key of the machine's disks, which cannot be used: {} [{}]",
                inner.message, inner.code
            ),
            hint: Some(
                "-RecoveryPointTier VaultStandard restores from the vault, under the vault's key."
                    .into(),
            ),
            ..inner
        }
        .into(),
        Ok(inner) => inner.into(),
        Err(other) => other,
    }
}

/// The key record of a snapshot; none once its data is gone.
pub(super) fn wrap_of(home: &Home, item: Uuid, snapshot: &Snapshot) -> Result<Option<WrapGroup>> {
    let folder = folder(home, item, snapshot.uuid);
    match folder.is_dir() {
        true => read_group(&folder, snapshot).map(Some),
        false => Ok(None),
    }
}

/// All snapshots that a disk encryption set's key opens, with their items.
pub(super) fn under(context: &Context, set: &ResourceId) -> Vec<(Uuid, Snapshot)> {
    let items = context.document().vaults.iter().flat_map(|v| &v.items);
    items
        .flat_map(|item| item.snapshots.iter().map(|s| (item.uuid, s.clone())))
        .filter(|(_, snapshot)| snapshot.is_under(set))
        .collect()
}

/// Wraps the keys of a set's snapshots by `wrap` anew; no data is read. Gives how many.
pub(super) fn rewrap(
    context: &Context,
    set: &ResourceId,
    wrap: impl Fn(WrapHeader, &Secret<32>) -> Result<WrapGroup>,
) -> Result<u64> {
    let mut count = 0;
    for (item, snapshot) in under(context, set) {
        let _reading = hold(context, item)?;
        let folder = folder(context.home(), item, snapshot.uuid);
        if folder.is_dir() {
            let dek = unwrap(context, &folder, &snapshot)?;
            let group = wrap(header(&snapshot, WrapClass::Customer), &dek)?;
            replace_wrap(&folder, WRAP, &group.encode())?;
            count += 1;
        }
    }
    Ok(count)
}

/// Removes snapshots whose days are over, whose item is gone, and what backups left that died.
/// Whatever is in use stays for a later command; what cannot be removed is a warning.
pub(super) fn sweep_snapshots(context: &mut Context) {
    if let Err(error) = sweep(context) {
        context.warn(format!("Old snapshots could not be removed yet: {error:#}"));
    }
}

fn sweep(context: &mut Context) -> Result<()> {
    // Listed before the state is read: an item is in the state before it has a folder.
    let found = names(&context.home().snapshots())?;
    if found.is_empty() {
        return Ok(());
    }
    context.refresh()?;
    for item in found.iter().filter_map(|name| name.parse::<Uuid>().ok()) {
        let vaults = context.document().vaults.iter();
        let owner = vaults
            .filter(|v| v.items.iter().any(|i| i.uuid == item))
            .map(crate::domain::Vault::arm_id)
            .next();
        match owner {
            Some(vault) => sweep_item(context, &vault, item)?,
            None => {
                let path = lock_path(context.home(), item);
                if FileLock::try_alone(&path)?.is_some() {
                    remove_folder(&item_folder(context.home(), item))?;
                    let _ = std::fs::remove_file(path);
                }
            }
        }
    }
    Ok(())
}

/// Which folders of an item the state does not name, and whether a snapshot's days are over.
fn leftovers(context: &Context, vault: &ResourceId, item: Uuid) -> Result<(Vec<PathBuf>, bool)> {
    let vault = context.document().vaults.get(vault)?;
    let named = &vault.item_by_id(item)?.snapshots;
    let folder = item_folder(context.home(), item);
    let unnamed = names(&folder)?.into_iter().filter(|name| {
        let id = name.parse::<Uuid>();
        id.is_ok_and(|id| named.iter().all(|s| s.uuid != id))
    });
    let now = context.now();
    let over = named.iter().any(|s| !s.is_live(now));
    Ok((unnamed.map(|name| folder.join(name)).collect(), over))
}

fn sweep_item(context: &mut Context, vault_id: &ResourceId, item: Uuid) -> Result<()> {
    let (unnamed, over) = leftovers(context, vault_id, item)?;
    if unnamed.is_empty() && !over {
        return Ok(()); // no lock is taken for nothing
    }
    let book = JobBook::open(context, context.document().vaults.get(vault_id)?)?;
    // A backup of the item fills a folder that no state names yet; a restore reads one.
    let Some(_no_backup) = ItemLock::take_briefly(&book, item)? else {
        return Ok(());
    };
    let Some(_no_restore) = FileLock::try_alone(&lock_path(context.home(), item))? else {
        return Ok(());
    };
    context.refresh()?;
    if leftovers(context, vault_id, item)?.1 {
        let activity = Activity::new(
            "Microsoft.Compute/snapshots/delete",
            vault_id,
            "Remove snapshots whose days are over",
        );
        context.change(&activity, |state, now| {
            let item = state.vaults.get_mut(vault_id)?.item_mut(item)?;
            item.snapshots.retain(|s| s.is_live(now));
            Ok(())
        })?;
    }
    let (unnamed, _) = leftovers(context, vault_id, item)?;
    unnamed.iter().try_for_each(|folder| remove_folder(folder))
}

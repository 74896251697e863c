//! Restore: find the point → unwrap the keys → stream its disks into managed disks → commit.

use anyhow::Result;
use jiff::Timestamp;
use uuid::Uuid;

use crate::crypto::Secret;
use crate::domain::{
    Activity, Disk, DiskEncryption, DiskEncryptionSet, Item, Job, JobOperation, JobStatus, Refusal,
    Resource, ResourceId, Snapshot, StorageAccount, Tagged, Vault,
};
use crate::engine::{DiskWriter, Missing, Observer, Point, PointDisk, Repository};
use crate::workflow::assign_key::is_unknown;
use crate::workflow::file_lock::FileLock;
use crate::workflow::follow_key::{follow_set_key, follow_vault_key};
use crate::workflow::jobs::{fail_job, record_end};
use crate::workflow::leftovers::{DiskFilesLock, sweep_leftovers};
use crate::workflow::managed_disk::wrap_disk_key;
use crate::workflow::salvage::Losses;
use crate::workflow::staging::{write_configuration, write_losses};
use crate::workflow::watch::{Watch, stopped};
use crate::workflow::{
    Context, JobBook, RecoveryPoint, RunningJob, hex, open_repository, snapshot,
};

/// What a restore was asked for.
#[derive(Debug, Clone)]
pub struct RestoreRequest {
    /// The vault.
    pub vault: ResourceId,
    /// The item.
    pub item: Uuid,
    /// The recovery point.
    pub point: RecoveryPoint,
    /// Where the machine's configuration goes.
    pub staging: ResourceId,
    /// Resource group of the new disks.
    pub target_group: String,
    /// Disk encryption set of the new disks; absent: the platform key (R100), or from a snapshot
    /// the key of the machine's disks (R98).
    pub disk_encryption_set: Option<ResourceId>,
    /// Where the data comes from; absent: the snapshot while it exists, else the vault.
    pub tier: Option<RestoreTier>,
    /// Leave the data disks out.
    pub only_os_disk: bool,
    /// Only the data disks at these LUNs, besides the OS disk.
    pub luns: Option<Vec<u16>>,
    /// Go on past damage, and say what is missing.
    pub skip_damaged: bool,
}

/// A restore that came to its end.
#[derive(Debug)]
pub struct Restored {
    /// Its job.
    pub job: Job,
    /// What is missing, if it went on past damage.
    pub partial: Option<Refusal>,
}

/// Where a restore reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RestoreTier {
    /// The local snapshot.
    Snapshot,
    /// The vault.
    VaultStandard,
}

/// Everything a restore needs, looked up and allowed.
struct Plan {
    vault: Vault,
    item: Item,
    staging: StorageAccount,
    /// What wraps the new disks' keys.
    set: Option<DiskEncryptionSet>,
    /// Where the data comes from; absent: the vault.
    snapshot: Option<Snapshot>,
}

/// Restores disks in the foreground.
///
/// # Errors
/// A refusal before there is a job (R97-R111), else the job's own error, which its record holds.
pub fn restore(
    context: &mut Context,
    request: &RestoreRequest,
    observer: &dyn Observer,
) -> Result<Restored> {
    check_restore(context, request)?;
    sweep_leftovers(context);
    let wanted = plan(context, request)?;
    if wanted.snapshot.is_none() {
        follow_vault_key(context, &request.vault)?;
    }
    if let Some(set) = &wanted.set {
        follow_set_key(context, &set.id())?;
    }
    let plan = plan(context, request)?;
    let book = JobBook::open(context, &plan.vault)?;
    let job_id = context.fresh_id()?;
    context.correlate(job_id);
    let mut job = Job::start(
        job_id,
        JobOperation::Restore,
        &plan.item.machine_name,
        context.now(),
    );
    let running = book.run(job_id)?;
    book.record(&job)?;
    let outcome = run(context, request, &plan, &running, observer, &mut job);
    let now = context.now();
    match &outcome {
        Ok(None) => job.finish(JobStatus::Completed, now),
        Ok(Some(_)) => job.finish(JobStatus::CompletedWithWarnings, now),
        Err(error) => fail_job(&mut job, error, now),
    }
    record_end(context, &book, &job);
    drop(running);
    outcome.map(|partial| Restored { job, partial })
}

/// Checks everything that can be checked before bytes move.
///
/// # Errors
/// Azure's texts, or ours where Azure would drop the parameter in silence.
pub fn check_restore(context: &Context, request: &RestoreRequest) -> Result<()> {
    plan(context, request).map(drop)
}

fn plan(context: &Context, request: &RestoreRequest) -> Result<Plan> {
    let state = context.document();
    let vault = state.vaults.get(&request.vault)?.clone();
    let item = vault.item_by_id(request.item)?.clone();
    item.check_not_deleted()?;
    let staging = state.storage_accounts.get(&request.staging)?.clone();
    staging.check_staging(&vault.base.location)?;
    let group = state.group(request.vault.subscription, &request.target_group)?;
    let snapshot = chosen_snapshot(&item, request, context.now())?;
    let set = match (&snapshot, &request.disk_encryption_set) {
        (Some(snapshot), Some(set)) => {
            return Err(snapshot_keeps_its_key(snapshot, set).into());
        }
        (
            Some(Snapshot {
                disk_encryption_set: Some(id),
                ..
            }),
            None,
        ) => Some(state.disk_encryption_sets.get(&id.parse()?)?.clone()),
        (None, Some(id)) => {
            let set = state.disk_encryption_sets.get(id)?.clone();
            check_set_applies(&vault, request)?;
            Some(set)
        }
        (_, None) => None,
    };
    if let Some(set) = &set {
        set.check_target(group.subscription, &vault.base.location)?;
    }
    Ok(Plan {
        vault,
        item,
        staging,
        set,
        snapshot,
    })
}

/// The snapshot to restore from, if there is one and the vault was not asked for.
fn chosen_snapshot(
    item: &Item,
    request: &RestoreRequest,
    now: Timestamp,
) -> Result<Option<Snapshot>, Refusal> {
    let found = item.snapshot_of(request.point.uuid, now).cloned();
    match request.tier {
        Some(RestoreTier::VaultStandard) => Ok(None),
        Some(RestoreTier::Snapshot) if found.is_none() => Err(snapshot::not_found()),
        _ => Ok(found),
    }
}

/// R98: the choice is not silently dropped.
fn snapshot_keeps_its_key(snapshot: &Snapshot, set: &ResourceId) -> Refusal {
    let key = match &snapshot.disk_encryption_set {
        Some(id) => format!("the disk encryption set of the machine's disks, {id}"),
        None => "the platform key, as the machine's disks are".into(),
    };
    Refusal::refused(
        "RsvDiskEncryptionSetNotApplicable",
        format!(
            "-DiskEncryptionSetId cannot apply: the recovery point is restored from its local \
             snapshot, which keeps the encryption of its source (R98). Without the parameter the \
             disks are encrypted under {key}."
        ),
    )
    .hint(format!(
        "Leave it out, or add -RecoveryPointTier VaultStandard to restore from the vault under '{}'.",
        set.name
    ))
}

/// Where a set cannot apply, which key will be used is said (R102, R105).
fn check_set_applies(vault: &Vault, request: &RestoreRequest) -> Result<(), Refusal> {
    let why = if !vault.encryption.is_customer() {
        "the vault is not under a customer-managed key"
    } else if request.point.label.guest_encrypted {
        "the machine was encrypted by Azure Disk Encryption (R105)"
    } else {
        return Ok(());
    };
    Err(Refusal::refused(
        "RsvDiskEncryptionSetNotApplicable",
        format!("-DiskEncryptionSetId cannot apply: {why}."),
    )
    .hint("Leave the parameter out: the disks are then encrypted under the platform key."))
}

fn run(
    context: &mut Context,
    request: &RestoreRequest,
    plan: &Plan,
    running: &RunningJob,
    observer: &dyn Observer,
    job: &mut Job,
) -> Result<Option<Refusal>> {
    // Until the state names the disks.
    let _writing = DiskFilesLock::shared(context)?;
    context.home().create_folder(&context.home().disks())?;
    let (repository, _reading) = open_source(context, request, plan)?;
    let point = repository.open_point(request.item.as_bytes(), request.point.uuid.as_bytes())?;
    let chosen = choose(request, point.disks())?;
    observer.total(chosen.iter().map(|(_, disk)| disk.size).sum());
    let watch = Watch::new(observer, running, false);
    let (mut disks, mut losses) = (Vec::new(), Losses::default());
    let made = chosen.iter().try_for_each(|(index, info)| {
        let (disk, missing) = restore_disk(context, request, plan, &point, *index, info, &watch)?;
        losses.add(&disk, missing);
        disks.push(disk);
        Ok(())
    });
    let finished = made.and_then(|()| {
        let (container, blob) =
            write_configuration(context, request, &plan.staging, &disks, job.id)?;
        let partial = write_losses(&plan.staging, &losses, &container, job)?;
        job.properties.insert(
            "Target Storage Account Name".into(),
            plan.staging.base.name.clone(),
        );
        job.properties
            .insert("Config Blob Container Name".into(), container.clone());
        job.properties.insert("Config Blob Name".into(), blob);
        job.properties
            .insert("Target resource group".into(), request.target_group.clone());
        job.properties
            .insert("Disk encryption".into(), encryption_text(plan));
        let tier = plan
            .snapshot
            .as_ref()
            .map_or("VaultStandard", |_| "Snapshot");
        job.properties
            .insert("Recovery point tier".into(), tier.into());
        let names = commit(context, request, plan, &disks).inspect_err(|error| {
            if !is_unknown(error) {
                let _ = std::fs::remove_dir_all(plan.staging.path.join(&container));
            }
        })?;
        job.properties
            .insert("Restored Disks".into(), names.join(", "));
        Ok(partial)
    });
    if let Err(error) = &finished
        && !is_unknown(error)
    {
        for disk in &disks {
            // No state names them: leftovers of a failed removal open nothing.
            let _ = std::fs::remove_dir_all(context.home().disks().join(disk.uuid.to_string()));
        }
    }
    let partial = finished?;
    let task = match &plan.snapshot {
        Some(_) => "Restore from snapshot",
        None => "Transfer data from vault",
    };
    job.task(task, "Completed");
    Ok(partial)
}

/// The repository to read. A snapshot stays there while the lock is held.
fn open_source(
    context: &Context,
    request: &RestoreRequest,
    plan: &Plan,
) -> Result<(Repository, Option<FileLock>)> {
    let Some(snapshot) = &plan.snapshot else {
        return Ok((open_repository(context, &plan.vault)?, None));
    };
    let reading = snapshot::hold(context, request.item)?;
    Ok((
        snapshot::open(context, request.item, snapshot)?,
        Some(reading),
    ))
}

fn encryption_text(plan: &Plan) -> String {
    match &plan.set {
        Some(set) => format!(
            "New data-encryption key per disk, wrapped by disk encryption set '{}'",
            set.base.name
        ),
        None => "New data-encryption key per disk, wrapped by the platform key".into(),
    }
}

/// The disks to restore, with their positions in the point: OS disk first, then by LUN.
fn choose<'a>(
    request: &RestoreRequest,
    disks: &'a [PointDisk],
) -> Result<Vec<(usize, &'a PointDisk)>, Refusal> {
    if let Some(missing) = request
        .luns
        .iter()
        .flatten()
        .find(|lun| !disks.iter().any(|d| d.role == 1 && d.lun == **lun))
    {
        return Err(Refusal::not_found(format!(
            "The recovery point holds no data disk at LUN {missing}."
        )));
    }
    let wanted = |disk: &PointDisk| {
        disk.role == 0
            || (!request.only_os_disk
                && request
                    .luns
                    .as_ref()
                    .is_none_or(|luns| luns.contains(&disk.lun)))
    };
    let mut chosen: Vec<_> = disks
        .iter()
        .enumerate()
        .filter(|(_, d)| wanted(d))
        .collect();
    chosen.sort_by_key(|(_, disk)| (disk.role, disk.lun));
    Ok(chosen)
}

fn restore_disk(
    context: &Context,
    request: &RestoreRequest,
    plan: &Plan,
    point: &Point,
    index: usize,
    info: &PointDisk,
    watch: &Watch<'_>,
) -> Result<(Disk, Vec<Missing>)> {
    let uuid = context.fresh_id()?;
    let dek = Secret::random()?;
    // The wrap first: a set whose key cannot be used is found out before bytes move.
    let group =
        wrap_disk_key(context, uuid, &dek, plan.set.as_ref()).map_err(|error| {
            match &plan.snapshot {
                Some(_) => snapshot::unavailable(error),
                None => error,
            }
        })?;
    let mut writer =
        DiskWriter::create(&context.home().disks(), uuid.into_bytes(), &dek, info.size)?;
    writer.put_wrap(&group.encode())?;
    let mut sink = |offset: u64, bytes: &[u8]| writer.write_extent(offset, bytes);
    let streamed = match request.skip_damaged {
        true => point.salvage(index, watch, &mut sink),
        false => point.stream(index, watch, &mut sink).map(|()| Vec::new()),
    };
    let missing = streamed.map_err(stopped)?;
    writer.finish()?;
    let stamp = context.now().strftime("%Y%m%d-%H%M%S").to_string();
    let machine = request.point.label.machine_name.to_lowercase();
    let (lun, name) = match info.role {
        0 => (None, format!("{machine}-osdisk-{stamp}")),
        _ => (
            Some(info.lun),
            format!("{machine}-datadisk-{}-{stamp}", info.lun),
        ),
    };
    let disk = Disk {
        base: Resource {
            subscription: request.vault.subscription,
            group: request.target_group.clone(),
            name,
            location: plan.vault.base.location.clone(),
            tags: Default::default(),
            created: context.now(),
        },
        uuid,
        unique_id: None,
        wrap: None,
        commitment: Some(hex(group.commitment())),
        size_bytes: info.size,
        lun,
        os_type: None,
        guest_encrypted: request.point.label.guest_encrypted,
        encryption: DiskEncryption {
            disk_encryption_set: plan.set.as_ref().map(|set| set.id().to_string()),
        },
        source: format!(
            "{}/recoveryPoints/{}",
            plan.item.arm_id(&plan.vault),
            request.point.label.recovery_point_id
        ),
        grants: Vec::new(),
        order: lun.map_or(0, |lun| u32::from(lun) + 1),
    };
    Ok((disk, missing))
}

/// Gives the names that the disks got: a taken one is numbered.
fn commit(
    context: &mut Context,
    request: &RestoreRequest,
    plan: &Plan,
    disks: &[Disk],
) -> Result<Vec<String>> {
    let activity = Activity::new(
        "Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectedItems/recoveryPoints/restore/action",
        &request.vault,
        format!("Restore {} disks to {}", disks.len(), request.target_group),
    );
    context.change(&activity, |state, _| {
        let subscription = request.vault.subscription;
        let group = state
            .group(subscription, &request.target_group)?
            .name
            .clone();
        if let Some(set) = &plan.set {
            state.disk_encryption_sets.get(&set.id())?;
        }
        let mut names = Vec::new();
        for disk in disks {
            let mut disk = disk.clone();
            disk.base.group.clone_from(&group);
            let name = disk.base.name.clone();
            let mut copy = 1;
            while state.disks.contains(&disk.id()) {
                copy += 1;
                disk.base.name = format!("{name}-{copy}");
            }
            names.push(disk.base.name.clone());
            state.disks.put(disk);
        }
        Ok(names)
    })
}

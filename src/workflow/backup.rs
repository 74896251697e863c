//! Backup: allowed? → job → read, hash, compress, seal, pack → recovery point → job done.

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use jiff::Timestamp;
use serde_json::json;
use uuid::Uuid;

use crate::domain::{
    ChainHead, Item, Job, JobError, JobOperation, JobStatus, Refusal, ResourceId, Snapshot, Vault,
    VirtualMachine,
};
use crate::engine::{
    BackupReport, BackupRequest, CommitCheck, Error, Observer, PointHeader, Repository, SourceDisk,
    ZSTD_LEVEL_DEFAULT,
};
use crate::workflow::follow_key::follow_vault_key;
use crate::workflow::jobs::{ItemLock, fail_job, record_end};
use crate::workflow::reads::Reads;
use crate::workflow::recovery_point::{PointLabel, record_point, settled_chain};
use crate::workflow::replaced::sweep_replaced;
use crate::workflow::retention::expire_after_backup;
use crate::workflow::shrunk::warn_of_shrunk;
use crate::workflow::snapshot::{self, NewSnapshot, sweep_snapshots};
use crate::workflow::watch::{Watch, last_check, refused};
use crate::workflow::{Context, JobBook, RunningJob, hex, open_repository, unwrap_dek};

/// What an on-demand backup was asked for.
#[derive(Debug, Clone)]
pub struct BackupOptions {
    /// The recovery point does not go before.
    pub expires: Timestamp,
    /// It goes then, whatever the policy says.
    pub exact: bool,
    /// Read every image again, also one that cannot have changed.
    pub read_all: bool,
}

/// Backs an item up now, in the foreground.
///
/// # Errors
/// A refusal before there is a job (a stopped item, a missing machine, another backup running);
/// else the job's own error, which its record holds too.
pub fn backup(
    context: &mut Context,
    vault_id: &ResourceId,
    item: Uuid,
    options: &BackupOptions,
    observer: &dyn Observer,
) -> Result<Job> {
    sweep_snapshots(context);
    sweep_replaced(context, vault_id);
    follow_vault_key(context, vault_id)?;
    let vault = context.document().vaults.get(vault_id)?.clone();
    let found = vault.item_by_id(item)?.clone();
    let machine = machine(context, &found)?;
    let book = JobBook::open(context, &vault)?;
    let _alone = ItemLock::take(&book, item)?;
    let job_id = context.fresh_id()?;
    context.correlate(job_id);
    let mut job = Job::start(
        job_id,
        JobOperation::Backup,
        &found.machine_name,
        context.now(),
    );
    let running = book.run(job_id)?;
    book.record(&job)?;
    let outcome = run(
        context, vault_id, &found, &machine, options, &running, observer,
    );
    let now = context.now();
    match &outcome {
        Ok(made) => describe(&mut job, made, now),
        Err(error) if is_unknown(error) => {
            // The next command reads the vault's data and decides: the record stays open.
            drop(running);
            outcome?;
            return Ok(job);
        }
        Err(error) => {
            fail_job(&mut job, error, now);
            record_failure(context, vault_id, item);
        }
    }
    record_end(context, &book, &job);
    drop(running);
    if let (JobStatus::CompletedWithWarnings, Some(error)) = (job.status, &job.error) {
        context.warn(error.message.clone());
    }
    outcome.map(|_| job)
}

/// The machine an item protects, if it can be backed up now.
fn machine(context: &Context, item: &Item) -> Result<VirtualMachine> {
    item.check_not_deleted()?;
    if item.state.is_stopped() {
        return Err(Refusal::refused(
            "RsvProtectionStopped",
            format!("Protection of '{}' was stopped.", item.machine_name),
        )
        .hint(format!(
            "rsv Enable-AzRecoveryServicesBackupProtection -Item '{}' -Policy DefaultPolicy -VaultId \
             VAULT resumes it.",
            item.name()
        ))
        .into());
    }
    let id: ResourceId = item.machine.parse()?;
    let machine = context.document().machines.get(&id).map_err(|_| {
        Refusal {
            code: "BCMV2VMNotFound",
            ..Refusal::not_found("The virtual machine doesn't exist")
        }
        .hint(format!(
            "rsv Get-AzVM -ResourceGroupName {} lists those there are.",
            id.group
        ))
    })?;
    Ok(machine.clone())
}

fn is_unknown(error: &anyhow::Error) -> bool {
    matches!(
        error.downcast_ref::<Error>(),
        Some(Error::OutcomeUnknown { .. })
    ) || super::assign_key::is_unknown(error)
}

fn run(
    context: &mut Context,
    vault_id: &ResourceId,
    item: &Item,
    machine: &VirtualMachine,
    options: &BackupOptions,
    running: &RunningJob,
    observer: &dyn Observer,
) -> Result<Made> {
    let chain = settled_chain(context, vault_id, item.uuid)?;
    let vault = context.document().vaults.get(vault_id)?.clone();
    let repository = open_repository(context, &vault)?;
    let request = request(
        context,
        &vault,
        &chain,
        item,
        machine,
        options,
        running.id(),
    )?;
    let days = vault.policy(&item.policy)?.snapshot_retention_days;
    let (snapshot, snapshot_error) =
        match prepare_snapshot(context, item, machine, &request, days, &repository) {
            Ok(new) => (new, None),
            // The vault's copy matters more.
            Err(error) => (None, Some(error)),
        };
    let copy = snapshot.as_ref().map(NewSnapshot::copy);
    let mut reads = Reads::open(context, &vault, item.uuid);
    let known = reads.known(context, &request.disks, options.read_all);
    let watch = Watch::new(observer, running, true);
    let still_allowed = |_: &_| still_allowed(context, vault_id, &vault);
    // A snapshot holds whole images by itself: all are read.
    let done = match copy {
        Some(_) => repository.backup_twice(&request, copy, &watch, still_allowed),
        None => repository
            .backup_since(&request, &known, &watch, still_allowed)
            .map(|report| (report, None)),
    };
    let (report, copied) = match done {
        Ok(done) => done,
        Err(error) => {
            snapshot.into_iter().for_each(NewSnapshot::discard);
            return Err(refused(error));
        }
    };
    warn_of_shrunk(context, &repository, &request, chain.last());
    let taken = snapshot.zip(copied.as_ref()).map(|(new, copied)| Snapshot {
        digest: hex(&copied.digest),
        ..new.snapshot
    });
    settle(
        context,
        vault_id,
        item.uuid,
        &repository,
        &request,
        taken,
        &report.digest,
    );
    let taken_over = taken_over(machine, &request, &report, &reads);
    reads.save(context, &request, &report);
    Ok(Made {
        report,
        taken_over,
        copied,
        snapshot_error,
    })
}

/// Lets the state know of the new point, and lets those go that it outlives.
fn settle(
    context: &mut Context,
    vault_id: &ResourceId,
    item: Uuid,
    repository: &Repository,
    request: &BackupRequest,
    taken: Option<Snapshot>,
    digest: &[u8; 32],
) {
    let sequence = request.sequence;
    let made = i64::try_from(request.created_ms).unwrap_or(i64::MAX);
    let newest = ChainHead {
        sequence,
        digest: hex(digest),
        time: Timestamp::from_millisecond(made).ok(),
    };
    match record_point(context, vault_id, item, newest, taken) {
        Ok(()) => expire_after_backup(context, vault_id, item, repository),
        // It is durable: whatever fails from here on, it is never called failed.
        Err(error) => context.warn(format!(
            "Recovery point {sequence} is made, but the state does not name it yet; the next \
             command sees to that: {error:#}"
        )),
    }
}

/// The last step before the commit. A key that was revoked while the job ran: nothing is committed
/// under it.
fn still_allowed(context: &mut Context, vault_id: &ResourceId, opened: &Vault) -> CommitCheck {
    let check = context.refresh().and_then(|()| {
        let now = context.document().vaults.get(vault_id)?;
        check_epoch(opened, now)?;
        unwrap_dek(context, now).map(drop)
    });
    last_check(check)
}

/// The engine's request for the point that follows the chain.
fn request(
    context: &Context,
    vault: &Vault,
    chain: &[PointHeader],
    item: &Item,
    machine: &VirtualMachine,
    options: &BackupOptions,
    job: Uuid,
) -> Result<BackupRequest> {
    let last = chain.last();
    // Points are numbered by their time, and never twice.
    let newest = last.map_or(0, |h| h.created_ms);
    let created_ms = context.now_ms().max(newest.saturating_add(1));
    let label = PointLabel {
        recovery_point_id: created_ms.to_string(),
        kind: "CrashConsistent".into(),
        source_resource_id: item.machine.clone(),
        machine_name: machine.base.name.clone(),
        location: machine.base.location.clone(),
        guest_encrypted: machine.guest_encrypted,
        tier: "VaultStandard".into(),
        expires: options.expires,
        exact: options.exact,
        job,
    };
    Ok(BackupRequest {
        item: item.uuid.into_bytes(),
        point: context.fresh_id()?.into_bytes(),
        sequence: last.map_or(1, |h| h.sequence + 1),
        previous: last.map_or([0; 32], PointHeader::digest),
        created_ms,
        label: serde_json::to_vec(&label)?,
        disks: disks(item, machine)?,
        level: vault
            .compression_level
            .map_or(ZSTD_LEVEL_DEFAULT, i32::from),
        writer: context.fresh_id()?.into_bytes(),
    })
}

/// The local snapshot to fill, if the policy asks for one.
fn prepare_snapshot(
    context: &Context,
    item: &Item,
    machine: &VirtualMachine,
    request: &BackupRequest,
    days: u32,
    vault: &Repository,
) -> Result<Option<NewSnapshot>> {
    if days == 0 {
        return Ok(None);
    }
    let point = Uuid::from_bytes(request.point);
    let expires = Snapshot::expiry(context.now(), days);
    let chunk_log2 = vault.chunk_log2();
    snapshot::prepare(context, item, machine, point, expires, chunk_log2).map(Some)
}

/// What a backup made.
struct Made {
    report: BackupReport,
    /// The disks that were not read, and since when.
    taken_over: Vec<String>,
    /// The local snapshot, if the policy asks for one.
    copied: Option<BackupReport>,
    /// Why it was not taken.
    snapshot_error: Option<anyhow::Error>,
}

/// What was written under an epoch that is not the current one any more is not committed.
fn check_epoch(opened: &Vault, now: &Vault) -> Result<(), Refusal> {
    if !opened.data.writes_elsewhere(&now.data) {
        return Ok(());
    }
    Err(Refusal::refused(
        "RsvKeyChangedMeanwhile",
        "A new key epoch was started while the job ran; nothing was backed up.",
    )
    .hint("Run the command again."))
}

/// The disks whose content was not read again, each with when it was.
fn taken_over(
    machine: &VirtualMachine,
    request: &BackupRequest,
    report: &BackupReport,
    reads: &Reads,
) -> Vec<String> {
    let disks = request.disks.iter().zip(&report.disks);
    let unchanged = disks.filter(|(_, outcome)| outcome.unchanged);
    unchanged
        .map(|(disk, _)| {
            let data = machine.data_disks.get(usize::from(disk.lun));
            let named = data.filter(|_| disk.role == 1).unwrap_or(&machine.os_disk);
            let at = reads.read_at(disk).unwrap_or_default();
            format!("{} (as read {at:.0})", named.name)
        })
        .collect()
}

/// The images to read: OS disk first, then by LUN.
fn disks(item: &Item, machine: &VirtualMachine) -> Result<Vec<SourceDisk>> {
    let disk = |role: u8, lun: u16, name: &str, path: &PathBuf| -> Result<SourceDisk> {
        Ok(SourceDisk {
            lun,
            role,
            label: serde_json::to_vec(&json!({"name": name}))?,
            path: path.clone(),
        })
    };
    let mut disks = vec![disk(0, 0, &machine.os_disk.name, &machine.os_disk.path)?];
    for (lun, data) in machine.data_disks.iter().enumerate() {
        let lun = u16::try_from(lun).context("a machine has at most 65,536 data disks")?;
        if item.includes(lun) {
            disks.push(disk(1, lun, &data.name, &data.path)?);
        }
    }
    Ok(disks)
}

fn describe(job: &mut Job, made: &Made, now: Timestamp) {
    let report = &made.report;
    let numbers = [
        ("Backup Size", report.bytes_total),
        ("Bytes Read", report.bytes_read),
        ("New Bytes", report.bytes_new),
        ("Stored Bytes", report.bytes_stored),
        ("New Chunks", report.chunks_new),
        ("Known Chunks", report.chunks_known),
    ];
    for (name, value) in numbers {
        job.properties.insert(name.into(), value.to_string());
    }
    if !made.taken_over.is_empty() {
        let disks = made.taken_over.join(", ");
        job.properties.insert("Content Not Re-read".into(), disks);
        job.task(
            "Read disks (content not re-read where it cannot have changed)",
            "Completed",
        );
    }
    let mut status = JobStatus::Completed;
    if let Some(copied) = &made.copied {
        let stored = copied.bytes_stored.to_string();
        job.properties
            .insert("Snapshot Stored Bytes".into(), stored);
        job.task("Take Snapshot", "Completed");
    }
    if let Some(error) = &made.snapshot_error {
        let inner = error.downcast_ref::<Refusal>();
        job.error = Some(JobError {
            code: "RsvSnapshotNotTaken".into(),
            message: format!(
                "The recovery point is in the vault, but no local snapshot was taken: {error:#}{}",
                inner.map_or_else(String::new, |r| format!(" [{}]", r.code))
            ),
            recommendation: inner.and_then(|r| r.hint.clone()),
        });
        job.task("Take Snapshot", "Failed");
        status = JobStatus::CompletedWithWarnings;
    }
    job.task("Transfer data to vault", "Completed");
    job.finish(status, now);
}

/// Shows the failure on the item. Best effort: the job's error is the one to report.
fn record_failure(context: &mut Context, vault_id: &ResourceId, item: Uuid) {
    let activity = crate::domain::Activity::new(
        "Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectedItems/backup/action",
        vault_id,
        "Backup failed",
    );
    let _ = context.change(&activity, |state, now| {
        let item = state.vaults.get_mut(vault_id)?.item_mut(item)?;
        item.last_backup_status = Some("Failed".into());
        item.last_backup_time = Some(now);
        Ok(())
    });
}

//! What a re-encryption says: its outcome, the evidence in the activity log, and what it did not do.

use std::collections::{BTreeSet, HashMap};

use anyhow::Result;
use jiff::Timestamp;
use uuid::Uuid;

use crate::domain::{
    Activity, Item, Job, JobStatus, Refusal, RefusalKind, ResourceId, Vault, VaultData,
};
use crate::engine::{self, TransferProof, TransferReport};
use crate::workflow::{Context, RecoveryPoint};

/// A recovery point that was left out, and is gone with the old data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOutPoint {
    /// Name of the machine; the item's id, if the state does not know it.
    pub item: String,
    /// The point.
    pub point: RecoveryPoint,
    /// What is wrong with it.
    pub problem: String,
}

/// What a re-encryption did, or would do.
#[derive(Debug, Default)]
pub struct Reencrypted {
    /// The job; none in a dry run.
    pub job: Option<Job>,
    /// It goes on where an earlier run stopped.
    pub resumed: bool,
    /// Epochs whose keys open nothing of the vault any more, newest first.
    pub old_epochs: Vec<u32>,
    /// The one epoch from now on.
    pub epoch: u32,
    /// What was copied; in a dry run `points` only.
    pub report: TransferReport,
    /// What was read of the copies and compared.
    pub proof: TransferProof,
    /// What was left out.
    pub left_out: Vec<LeftOutPoint>,
    /// Bytes that the copies were expected to take, and that were free; of a run before they are
    /// taken already.
    pub bytes_needed: u64,
    /// Bytes free before.
    pub bytes_free: u64,
    /// The old repository is gone; else jobs still read it, and a later command removes it.
    pub old_data_removed: bool,
    /// What this did not do, each in a sentence.
    pub not_done: Vec<String>,
}

impl Reencrypted {
    /// The refusal that a re-encryption ends in which left something out.
    #[must_use]
    pub fn partial(&self, vault: &str) -> Option<Refusal> {
        let count = self.left_out.len();
        (count > 0).then(|| {
            Refusal::new(
                RefusalKind::Partial,
                "RsvReencryptedInPart",
                format!(
                    "{count} damaged recovery points of vault '{vault}' were left out and are gone."
                ),
            )
            .hint("The output lists them; a new backup holds what the machines hold now.")
        })
    }
}

/// The evidence, where nobody can change it later.
pub(super) fn evidence(
    id: &ResourceId,
    vault: &Vault,
    data: &VaultData,
    outcome: &Reencrypted,
) -> Activity {
    let epochs: Vec<_> = outcome.old_epochs.iter().map(u32::to_string).collect();
    let left_out = outcome.left_out.iter();
    let left_out: Vec<_> = left_out
        .map(|left| left.point.label.recovery_point_id.clone())
        .collect();
    let report = &outcome.report;
    Activity::new(
        "Rsv/vaults/reencryption/action",
        id,
        format!(
            "Encrypt a vault's data anew: {} recovery points",
            report.points
        ),
    )
    .with("OldEpochs", &epochs.join(","))
    .with("Epoch", &data.epoch)
    .with("OldRepository", &vault.data.repository)
    .with("Repository", &data.repository)
    .with("RecoveryPoints", &report.points)
    .with("RecoveryPointsLeftOut", &left_out.join(","))
    .with("BytesRead", &report.bytes_read)
    .with("BytesWritten", &report.bytes_written)
    .with("ChunksCompared", &outcome.proof.chunks)
    .with("BytesCompared", &outcome.proof.bytes)
    .with("Verified", &true)
}

/// The points that were left out, with names.
pub(super) fn left_out(vault: &Vault, report: &TransferReport) -> Result<Vec<LeftOutPoint>> {
    let names: HashMap<[u8; 16], &String> = vault
        .items
        .iter()
        .map(|item| (item.uuid.into_bytes(), &item.machine_name))
        .collect();
    let point = |left: &engine::LeftOut| {
        let item = &left.point.item;
        let unknown = || Uuid::from_bytes(*item).to_string();
        Ok(LeftOutPoint {
            item: names.get(item).map_or_else(unknown, |name| (*name).clone()),
            point: RecoveryPoint::read(&left.point)?,
            problem: left.problem.clone(),
        })
    };
    report.left_out.iter().map(point).collect()
}

/// What a person could take for done, and is not.
pub(super) fn not_done(
    context: &Context,
    vault: &Vault,
    outcome: &Reencrypted,
    is_switched: bool,
) -> Vec<String> {
    let mut list = Vec::new();
    let now = context.now();
    let live = |item: &Item| item.snapshots.iter().filter(|s| s.is_live(now)).count();
    let snapshots: usize = vault.items.iter().map(live).sum();
    if snapshots > 0 {
        list.push(format!(
            "{snapshots} local snapshots have keys of their own and stay as they are until they expire."
        ));
    }
    let disks = context.document().disks.iter().count();
    if disks > 0 {
        list.push(format!(
            "{disks} managed disks have keys of their own and stay as they are: Update-AzDisk."
        ));
    }
    let soft = vault.items.iter().filter(|i| i.soft_deleted.is_some());
    let soft: Vec<_> = soft.map(|item| item.machine_name.as_str()).collect();
    if !soft.is_empty() {
        list.push(format!(
            "Items in soft delete were not purged but encrypted anew too, for they can be brought back: {}.",
            soft.join(", ")
        ));
    }
    if !outcome.left_out.is_empty() {
        list.push(format!(
            "{} damaged recovery points were not copied.",
            outcome.left_out.len()
        ));
    }
    let known: BTreeSet<_> = vault.items.iter().map(|i| i.uuid.into_bytes()).collect();
    let strangers = outcome.report.heads.keys();
    let strangers = strangers.filter(|item| !known.contains(*item)).count();
    if strangers > 0 {
        list.push(format!(
            "{strangers} items that the state does not know were copied, not removed."
        ));
    }
    if is_switched && !outcome.old_data_removed {
        list.push(
            "The old data is not removed yet, for running jobs read it: the next backup, \
             Optimize-RsvVault or Update-RsvVaultEncryption removes it."
                .into(),
        );
    }
    if vault.encryption.is_customer() {
        list.push(
            "The customer's key was not rotated: what others kept of the old key records still opens \
             with it."
                .into(),
        );
    }
    list.push(
        "Copies of the old data elsewhere (backups of the home, file system snapshots, what a disk \
         keeps of removed files) still open with the old keys."
            .into(),
    );
    list
}

/// Ends the job with what was done.
pub(super) fn describe(job: &mut Job, outcome: &Reencrypted, now: Timestamp) {
    let report = &outcome.report;
    let numbers = [
        ("Recovery Points", report.points),
        ("Recovery Points Reused", report.reused),
        ("Recovery Points Left Out", outcome.left_out.len() as u64),
        ("Bytes Read", report.bytes_read),
        ("Bytes Written", report.bytes_written),
        ("Chunks Compared", outcome.proof.chunks),
        ("Bytes Compared", outcome.proof.bytes),
        ("Epoch", u64::from(outcome.epoch)),
    ];
    for (name, value) in numbers {
        job.properties.insert(name.into(), value.to_string());
    }
    job.task("Copy recovery points", "Completed");
    job.task("Read the copies and compare", "Completed");
    let removed = if outcome.old_data_removed {
        "Completed"
    } else {
        "Pending"
    };
    job.task("Remove the old data", removed);
    let status = match outcome.left_out.is_empty() {
        true => JobStatus::Completed,
        false => JobStatus::CompletedWithWarnings,
    };
    job.finish(status, now);
}

//! The end of protection: stopped with its data kept, suspended, or deleted; and undelete.
//!
//! Deleting is a change of the state only. Under soft delete the item stays, to be brought back;
//! without it the item goes at once. The bytes stay with the vault's data either way, encrypted,
//! until Optimize-RsvVault removes what is marked as removed for good.

use anyhow::Result;
use jiff::SignedDuration;
use uuid::Uuid;

use crate::domain::{
    Activity, Item, Job, JobOperation, JobStatus, ProtectionState, Refusal, ResourceId,
    SoftDeleteState, SoftDeleted, Vault,
};
use crate::state::Document;
use crate::workflow::jobs::{ItemLock, fail_job, record_end};
use crate::workflow::snapshot::sweep_snapshots;
use crate::workflow::{Context, JobBook, recovery_points};

/// Clocks of processes differ by less than this.
const CLOCK_GRAIN: SignedDuration = SignedDuration::from_secs(60);

/// What becomes of the recovery points.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StopMode {
    /// They stay for ever.
    Retain,
    /// They expire as the policy says; only in an immutable vault.
    AsPerPolicy,
    /// They are deleted, at first softly if the vault says so (R120).
    Delete,
}

impl StopMode {
    fn operation(self) -> JobOperation {
        match self {
            Self::Delete => JobOperation::DeleteBackupData,
            Self::Retain | Self::AsPerPolicy => JobOperation::DisableBackup,
        }
    }
}

/// Says whether protection of an item may end like this; changes nothing.
///
/// # Errors
/// `RsvItemSoftDeleted`, `RsvVaultNotImmutable`, or `RsvVaultImmutable` (R126).
pub fn check_stop(
    context: &mut Context,
    vault_id: &ResourceId,
    item: Uuid,
    mode: StopMode,
) -> Result<()> {
    let keeps = keeps_points(context, vault_id, item)?;
    check(context.document().vaults.get(vault_id)?, item, mode, keeps)
}

/// True when some recovery point has not expired yet.
fn keeps_points(context: &mut Context, vault_id: &ResourceId, item: Uuid) -> Result<bool> {
    let points = recovery_points(context, vault_id, item)?;
    let now = context.now();
    Ok(points
        .iter()
        .any(|p| p.kept_until.is_none_or(|until| until > now)))
}

fn check(vault: &Vault, item: Uuid, mode: StopMode, keeps: bool) -> Result<()> {
    let mut copy = vault.clone();
    copy.item_mut(item)?.check_not_deleted()?;
    match mode {
        StopMode::Delete if keeps => {
            vault.check_mutable("recovery points that have not expired cannot be deleted")?;
        }
        StopMode::AsPerPolicy if !vault.is_immutable() => {
            return Err(Refusal::refused(
                "RsvVaultNotImmutable",
                "RetainRecoveryPointsAsPerPolicy is for immutable vaults.",
            )
            .hint(format!(
                "rsv Update-AzRecoveryServicesVault -ResourceGroupName {} -Name {} \
                 -ImmutabilityState Unlocked",
                vault.base.group, vault.base.name
            ))
            .into());
        }
        _ => {}
    }
    Ok(())
}

/// Ends the protection of an item.
///
/// # Errors
/// As [`check_stop`]; `UserErrorBackupOperationInProgress` while it is backed up. The job says the same.
pub fn stop_protection(
    context: &mut Context,
    vault_id: &ResourceId,
    item: Uuid,
    mode: StopMode,
) -> Result<Job> {
    check_stop(context, vault_id, item, mode)?;
    let activity = Activity::new(
        "Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectedItems/delete",
        vault_id,
        "Stop protection",
    );
    let job = run(context, vault_id, item, mode.operation(), |context| {
        // No backup runs from here on: what is kept does not grow meanwhile.
        let keeps = keeps_points(context, vault_id, item)?;
        let at = context.deletion_time();
        let deleted = context.change(&activity, |state, _| {
            let vault = state.vaults.get_mut(vault_id)?;
            check(vault, item, mode, keeps)?;
            let soft = vault.soft_delete.clone();
            if mode == StopMode::Delete && soft.state == SoftDeleteState::Disabled {
                vault.remove_item(item);
                return Ok(None);
            }
            let item = vault.item_mut(item)?;
            item.state = match mode {
                StopMode::AsPerPolicy => ProtectionState::BackupsSuspended,
                StopMode::Retain | StopMode::Delete => ProtectionState::ProtectionStopped,
            };
            item.soft_deleted = (mode == StopMode::Delete).then_some(SoftDeleted {
                at,
                retention_days: soft.retention_days,
            });
            Ok(item.soft_deleted.clone())
        })?;
        if let Some(deleted) = deleted.filter(|deleted| deleted.at > context.now() + CLOCK_GRAIN) {
            context.warn(format!(
                "The clock was set back, so the days count from {}, the latest time this home has \
                 seen: the data is kept until {}.",
                deleted.at,
                deleted.purge()
            ));
        }
        Ok(())
    })?;
    // The local copies of an item that is gone for good go at once.
    sweep_snapshots(context);
    Ok(job)
}

/// Brings a soft-deleted item back: stopped, with its recovery points (R121).
///
/// # Errors
/// `RsvItemNotSoftDeleted`.
pub fn undelete(context: &mut Context, vault_id: &ResourceId, item: Uuid) -> Result<Job> {
    check_undelete(find(context.document(), vault_id, item)?)?;
    let activity = Activity::new(
        "Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectedItems/write",
        vault_id,
        "Undelete backup item",
    );
    run(context, vault_id, item, JobOperation::Undelete, |context| {
        context.change(&activity, |state, _| {
            let item = state.vaults.get_mut(vault_id)?.item_mut(item)?;
            check_undelete(item)?;
            item.soft_deleted = None;
            item.state = ProtectionState::ProtectionStopped;
            Ok(())
        })
    })
}

/// Only what is deleted can be brought back.
///
/// # Errors
/// `RsvItemNotSoftDeleted`, with the sentence Azure has for file shares.
pub fn check_undelete(item: &Item) -> Result<(), Refusal> {
    if item.soft_deleted.is_some() {
        return Ok(());
    }
    Err(Refusal::refused(
        "RsvItemNotSoftDeleted",
        format!(
            "'{}' is not in a soft-deleted state. Undo-AzRecoveryServicesBackupItemDeletion can \
             only be run on an item whose DeleteState is 'ToBeDeleted'.",
            item.name()
        ),
    ))
}

fn find<'a>(state: &'a Document, vault: &ResourceId, item: Uuid) -> Result<&'a Item, Refusal> {
    let vault = state.vaults.get(vault)?;
    let found = vault.items.iter().find(|i| i.uuid == item);
    found.ok_or_else(|| Refusal::not_found("The backup item was removed meanwhile."))
}

/// Runs a change of one item as a job, while no backup of it runs.
fn run(
    context: &mut Context,
    vault_id: &ResourceId,
    item: Uuid,
    operation: JobOperation,
    change: impl FnOnce(&mut Context) -> Result<()>,
) -> Result<Job> {
    let vault = context.document().vaults.get(vault_id)?.clone();
    let name = find(context.document(), vault_id, item)?
        .machine_name
        .clone();
    let book = JobBook::open(context, &vault)?;
    let _alone = ItemLock::take(&book, item)?;
    let id = context.fresh_id()?;
    context.correlate(id);
    let mut job = Job::start(id, operation, &name, context.now());
    let running = book.run(id)?;
    book.record(&job)?;
    let outcome = change(context);
    let now = context.now();
    match &outcome {
        Ok(()) => job.finish(JobStatus::Completed, now),
        Err(error) => fail_job(&mut job, error, now),
    }
    record_end(context, &book, &job);
    drop(running);
    outcome.map(|()| job)
}

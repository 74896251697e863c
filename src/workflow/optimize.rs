//! Optimize: what is no longer kept goes – expired recovery points, items deleted for good – and
//! then the bytes that nothing needs any more.

use std::collections::HashSet;

use anyhow::Result;
use uuid::Uuid;

use crate::domain::{
    Activity, Item, Job, JobOperation, JobStatus, Refusal, RefusalKind, ResourceId, Vault,
};
use crate::engine::{self, CollectReport, CollectRequest, Decision, Observer, Repository};
use crate::workflow::jobs::{ItemLock, fail_job, record_end};
use crate::workflow::replaced::sweep_replaced;
use crate::workflow::retention::{expire, expired_points};
use crate::workflow::watch::Watch;
use crate::workflow::{
    Context, JobBook, RecoveryPoint, RunningJob, open_repository, repository_folder,
};

/// What to optimize.
#[derive(Debug, Clone, Copy)]
pub struct OptimizeOptions {
    /// Packs of which less is needed, in percent, are copied into new ones.
    pub minimum_fill: u8,
    /// Only look.
    pub dry_run: bool,
}

/// A recovery point that expired.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpiredPoint {
    /// Name of the machine.
    pub item: String,
    /// The point.
    pub point: RecoveryPoint,
}

/// What an optimization did, or would do.
#[derive(Debug, Default)]
pub struct OptimizeOutcome {
    /// The job; none in a dry run.
    pub job: Option<Job>,
    /// Recovery points that expired.
    pub expired: Vec<ExpiredPoint>,
    /// Items whose data was deleted for good: their names, or their ids where the names are gone.
    pub items: Vec<String>,
    /// Packs.
    pub collected: CollectReport,
    /// Items that were left alone, and why.
    pub left: Vec<Decision>,
}

/// Removes what a vault does not keep any more.
///
/// # Errors
/// The key's refusal; `RsvOptimizeDamaged` (exit 4) when something cannot be authenticated: then
/// no bytes were removed; `RsvEngineBusy` (exit 5) while another one runs; I/O.
pub fn optimize(
    context: &mut Context,
    vault_id: &ResourceId,
    options: OptimizeOptions,
    observer: &dyn Observer,
) -> Result<OptimizeOutcome> {
    let vault = context.document().vaults.get(vault_id)?.clone();
    // The key first: without it nothing can be said of what is needed.
    let repository = open_repository(context, &vault)?;
    if options.dry_run {
        return foresee(context, vault_id, &repository, options, observer);
    }
    sweep_replaced(context, vault_id);
    let book = JobBook::open(context, &vault)?;
    let id = context.fresh_id()?;
    context.correlate(id);
    let now = context.now();
    let mut job = Job::start(id, JobOperation::OptimizeVault, &vault.base.name, now);
    let running = book.run(id)?;
    book.record(&job)?;
    let outcome = run(context, vault_id, &repository, options, &running, observer);
    let now = context.now();
    match &outcome {
        Ok(outcome) => describe(&mut job, outcome, now),
        Err(error) => fail_job(&mut job, error, now),
    }
    record_end(context, &book, &job);
    drop(running);
    outcome.map(|outcome| OptimizeOutcome {
        job: Some(job),
        ..outcome
    })
}

fn run(
    context: &mut Context,
    vault_id: &ResourceId,
    repository: &Repository,
    options: OptimizeOptions,
    running: &RunningJob,
    observer: &dyn Observer,
) -> Result<OptimizeOutcome> {
    let mut outcome = OptimizeOutcome::default();
    // All chains have to be in order before anything goes.
    check_chains(context, vault_id, repository)?;
    purge(context, vault_id)?;
    remove_items(context, vault_id, repository, &mut outcome)?;
    let vault = context.document().vaults.get(vault_id)?.clone();
    let book = JobBook::open(context, &vault)?;
    for item in &vault.items {
        let Some(_alone) = ItemLock::take_briefly(&book, item.uuid)? else {
            outcome
                .left
                .push(left(&item.machine_name, "a job of this item is running"));
            continue;
        };
        let gone = expire(context, vault_id, item.uuid, repository).map_err(damaged)?;
        outcome.expired.extend(named(item, gone));
    }
    note_strangers(context, &vault, &mut outcome)?;
    let watch = Watch::new(observer, running, true);
    let request = CollectRequest {
        minimum_fill: options.minimum_fill,
        ..CollectRequest::default()
    };
    outcome.collected = repository.collect(&request, &watch).map_err(damaged)?;
    let collected = &outcome.collected;
    let activity = Activity::new(
        "Microsoft.RecoveryServices/vaults/optimize/action",
        vault_id,
        format!("Optimize: {} packs removed", collected.removed.len()),
    )
    .with("RecoveryPointsExpired", &outcome.expired.len())
    .with("PacksRepacked", &collected.repacked)
    .with("BytesFreed", &collected.freed());
    context.change(&activity, |_, _| Ok(()))?;
    Ok(outcome)
}

/// What a run would do. Nothing is changed.
fn foresee(
    context: &mut Context,
    vault_id: &ResourceId,
    repository: &Repository,
    options: OptimizeOptions,
    observer: &dyn Observer,
) -> Result<OptimizeOutcome> {
    let mut outcome = OptimizeOutcome::default();
    check_chains(context, vault_id, repository)?;
    let vault = context.document().vaults.get(vault_id)?.clone();
    let due: HashSet<Uuid> = vault.due_items(context.now()).map(|i| i.uuid).collect();
    let removed = vault.removed_items.iter();
    outcome.items.extend(removed.map(ToString::to_string));
    for item in &vault.items {
        if due.contains(&item.uuid) {
            outcome.items.push(item.machine_name.clone());
            continue;
        }
        let going = expired_points(context, vault_id, item.uuid).map_err(damaged)?;
        outcome.expired.extend(named(item, going));
    }
    note_strangers(context, &vault, &mut outcome)?;
    let going = outcome.expired.iter().map(|e| e.point.uuid.into_bytes());
    let items = vault.removed_items.iter().chain(&due);
    let request = CollectRequest {
        minimum_fill: options.minimum_fill,
        dry_run: true,
        going: going.collect(),
        going_items: items.map(|uuid| uuid.into_bytes()).collect(),
    };
    outcome.collected = repository.collect(&request, observer).map_err(damaged)?;
    Ok(outcome)
}

/// The chain of every item reaches the head that the state remembers, and its tombstones are ours.
fn check_chains(
    context: &mut Context,
    vault_id: &ResourceId,
    repository: &Repository,
) -> Result<()> {
    let vault = context.document().vaults.get(vault_id)?;
    let items: Vec<Uuid> = vault.items.iter().map(|i| i.uuid).collect();
    for item in items {
        super::recovery_point::settled_chain(context, vault_id, item).map_err(damaged)?;
    }
    repository.check_chains().map_err(damaged)
}

/// Takes the items out of the state whose days in soft delete are over.
fn purge(context: &mut Context, vault_id: &ResourceId) -> Result<()> {
    let now = context.now();
    let vault = context.document().vaults.get(vault_id)?;
    if vault.due_items(now).next().is_none() {
        return Ok(());
    }
    let activity = Activity::new(
        "Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectedItems/delete",
        vault_id,
        "Purge items whose days in soft delete are over",
    );
    context.change(&activity, |state, now| {
        let vault = state.vaults.get_mut(vault_id)?;
        let due: Vec<Uuid> = vault.due_items(now).map(|i| i.uuid).collect();
        for item in due {
            vault.remove_item(item);
        }
        Ok(())
    })
}

/// Removes the recovery points of items that are gone for good, then the memory of those items.
fn remove_items(
    context: &mut Context,
    vault_id: &ResourceId,
    repository: &Repository,
    outcome: &mut OptimizeOutcome,
) -> Result<()> {
    let vault = context.document().vaults.get(vault_id)?;
    let removed: Vec<Uuid> = vault.removed_items.iter().copied().collect();
    if removed.is_empty() {
        return Ok(());
    }
    for item in &removed {
        repository.remove_item(item.as_bytes())?;
        outcome.items.push(item.to_string());
    }
    let activity = Activity::new(
        "Microsoft.RecoveryServices/vaults/optimize/action",
        vault_id,
        format!(
            "Optimize: the recovery points of {} deleted items removed",
            removed.len()
        ),
    );
    context.change(&activity, |state, _| {
        let vault = state.vaults.get_mut(vault_id)?;
        vault.removed_items.retain(|item| !removed.contains(item));
        Ok(())
    })
}

/// Recovery points of items that the state does not know stay: the state may be the older one.
fn note_strangers(context: &Context, vault: &Vault, outcome: &mut OptimizeOutcome) -> Result<()> {
    for item in engine::items(&repository_folder(context, &vault.data))? {
        let item = Uuid::from_bytes(item);
        let known = vault.items.iter().any(|i| i.uuid == item);
        if !known && !vault.removed_items.contains(&item) {
            let why = "the state knows no such item; its recovery points are kept";
            outcome.left.push(left(&item.to_string(), why));
        }
    }
    Ok(())
}

fn left(item: &str, reason: &str) -> Decision {
    Decision {
        object: format!("item {item}"),
        bytes: 0,
        reason: reason.to_owned(),
    }
}

fn named(item: &Item, points: Vec<RecoveryPoint>) -> impl Iterator<Item = ExpiredPoint> {
    let name = item.machine_name.clone();
    points.into_iter().map(move |point| ExpiredPoint {
        item: name.clone(),
        point,
    })
}

/// Damage ends an optimization: what cannot be read must not become what can be removed.
fn damaged(error: impl Into<anyhow::Error>) -> anyhow::Error {
    let error = error.into();
    let engine = error
        .downcast_ref::<engine::Error>()
        .map(engine::Error::fault);
    let refused = error.downcast_ref::<Refusal>().map(|r| r.kind);
    if engine != Some(engine::Fault::Damaged) && refused != Some(RefusalKind::Damaged) {
        return match error.downcast::<engine::Error>() {
            Ok(error) => super::watch::stopped(error),
            Err(error) => error,
        };
    }
    Refusal::new(
        RefusalKind::Damaged,
        "RsvOptimizeDamaged",
        format!("Not everything in the vault is authentic, so nothing more was removed: {error:#}"),
    )
    .hint(
        "rsv Test-RsvVault -VaultId VAULT -Level Full says what is damaged; then Repair-RsvVault.",
    )
    .into()
}

fn describe(job: &mut Job, outcome: &OptimizeOutcome, now: jiff::Timestamp) {
    let collected = &outcome.collected;
    let numbers = [
        ("Recovery Points Expired", outcome.expired.len() as u64),
        ("Items Removed", outcome.items.len() as u64),
        ("Packs Removed", collected.removed.len() as u64),
        ("Packs Repacked", collected.repacked),
        ("Bytes Freed", collected.freed()),
        (
            "Objects Left",
            (collected.left.len() + outcome.left.len()) as u64,
        ),
    ];
    for (name, value) in numbers {
        job.properties.insert(name.into(), value.to_string());
    }
    job.finish(JobStatus::Completed, now);
}

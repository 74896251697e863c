//! Assigning a customer's key to a vault, as a job of its own (R69-R72).

use anyhow::Result;
use uuid::Uuid;

use crate::domain::{
    Activity, AtRest, Job, JobOperation, JobStatus, KeyId, Refusal, ResourceId, Stage,
    UpdateStatus, Vault,
};
use crate::state::Document;
use crate::workflow::data_key::{
    Assignment, discard_replaced, prepare_assignment, remove_wraps, stray_wraps,
};
use crate::workflow::follow_key::receipt;
use crate::workflow::jobs::{fail_job, record_end};
use crate::workflow::key_usage::{Openers, data_keys, vault_keys};
use crate::workflow::{Context, JobBook, check_readiness, repository_folder};

/// Which key a vault goes under, and who uses it.
#[derive(Debug, Clone)]
pub struct KeyAssignment {
    /// The key: with its version pinned, without one the newest is followed.
    pub key: KeyId,
    /// Subscription of the key vault.
    pub key_vault_subscription: Uuid,
    /// ARM id of the attached identity that uses the key (R35); absent: the vault's own.
    pub user_identity: Option<String>,
    /// Asks for infrastructure encryption: with the first customer key only (R75).
    pub infrastructure: bool,
}

/// Infrastructure encryption comes with the first customer key or never (R75).
///
/// # Errors
/// `RsvInfrastructureEncryptionFixed`; Azure documents no code.
pub fn check_infrastructure(vault: &Vault, wanted: Option<bool>) -> Result<(), Refusal> {
    let has = vault.encryption.infrastructure;
    if !vault.encryption.is_customer() || wanted.is_none_or(|wanted| wanted == has) {
        return Ok(());
    }
    if has {
        return Err(Refusal::refused(
            "RsvInfrastructureEncryptionFixed",
            format!(
                "Vault '{}' got infrastructure encryption with its first customer key; it cannot \
                 be taken off (R75).",
                vault.base.name
            ),
        )
        .hint("Leave -InfrastructureEncryption out, or protect into a new vault."));
    }
    Err(Refusal::refused(
        "RsvInfrastructureEncryptionFixed",
        format!(
            "Vault '{}' got its first customer key without infrastructure encryption; that cannot \
             be changed later (R75).",
            vault.base.name
        ),
    )
    .hint("Leave -InfrastructureEncryption out, or protect into a new vault."))
}

/// Puts the vault under a key: wrapped, proved by unwrapping, then committed.
///
/// # Errors
/// The checklist's refusals, all at once; the key provider's. The job says the same, and
/// `LastUpdateStatus` is Failed; whatever opened the data before still does.
pub fn assign_key(context: &mut Context, id: &ResourceId, request: &KeyAssignment) -> Result<()> {
    let vault = context.document().vaults.get(id)?.clone();
    let book = JobBook::open(context, &vault)?;
    let job_id = context.fresh_id()?;
    context.correlate(job_id);
    let mut job = Job::start(
        job_id,
        JobOperation::UpdateCustomerManagedKey,
        &vault.base.name,
        context.now(),
    );
    let running = book.run(job_id)?;
    book.record(&job)?;
    let outcome = assign(context, id, request);
    let now = context.now();
    match &outcome {
        Ok(used) => {
            job.properties.insert("Encryption Key".into(), used.clone());
            job.task("Wrap data-encryption key, unwrap and compare", "Completed");
            job.finish(JobStatus::Completed, now);
        }
        Err(error) => {
            fail_job(&mut job, error, now);
            record_failure(context, id, error);
        }
    }
    record_end(context, &book, &job);
    drop(running);
    outcome.map(|_| ())
}

fn assign(context: &mut Context, id: &ResourceId, request: &KeyAssignment) -> Result<String> {
    let key = &request.key;
    let vault = context.document().vaults.get(id)?.clone();
    let rules = context.rules().clone();
    let ready = |state: &Document, vault: &Vault, now| {
        let mut next = vault.clone();
        next.encryption
            .user_identity
            .clone_from(&request.user_identity);
        check_readiness(state, &next, key, &rules, Stage::Assign, now).require()
    };
    ready(context.document(), &vault, context.now())?;
    check_infrastructure(&vault, request.infrastructure.then_some(true))?;
    let stray = stray_wraps(context, &vault.data);
    let assignment = Assignment {
        key,
        user_identity: request.user_identity.as_deref(),
        infrastructure: request.infrastructure,
    };
    let data = prepare_assignment(context, &vault, assignment)?;
    let version = |keys: Vec<Openers>| keys.into_iter().flatten().next().map(|(key, _)| key);
    let old = version(vault_keys(context.home(), &vault)?);
    let used = version(data_keys(context.home(), &data)?).unwrap_or_else(|| key.clone());
    let activity = receipt(
        "Microsoft.RecoveryServices/vaults/backupEncryptionConfigs/write",
        id,
        "Update customer-managed key",
        old.as_ref(),
        &used,
        data.epochs().count() as u64,
    );
    let outcome = context.change(&activity, |state, now| {
        let fresh = state.vaults.get(id)?;
        if fresh.data != vault.data {
            return Err(changed_meanwhile().into());
        }
        ready(state, fresh, now)?;
        let vault = state.vaults.get_mut(id)?;
        vault.data = data.clone();
        if !vault.encryption.is_customer() {
            vault.encryption.infrastructure = request.infrastructure;
        }
        vault.encryption.at_rest = AtRest::CustomerManaged;
        vault.encryption.key_uri = Some(key.to_string());
        vault.encryption.key_vault_subscription = Some(request.key_vault_subscription);
        vault
            .encryption
            .user_identity
            .clone_from(&request.user_identity);
        vault.encryption.tenant_changed = false;
        vault.encryption.last_update = UpdateStatus::Succeeded;
        Ok(())
    });
    match outcome {
        Ok(()) => {
            discard_replaced(context, &vault.data, &data);
            remove_wraps(&repository_folder(context, &data), &stray);
            Ok(used.to_string())
        }
        Err(error) => {
            if !is_unknown(&error) {
                discard_replaced(context, &data, &vault.data);
            }
            Err(error)
        }
    }
}

/// What a command is told that prepared its change from a state that is not current any more.
pub(super) fn changed_meanwhile() -> Refusal {
    Refusal::refused(
        "RsvKeyChangedMeanwhile",
        "Another command changed the vault's key meanwhile.",
    )
    .hint("Run the command again.")
}

/// True when nobody knows yet whether a commit is durable: nothing may be cleaned up then.
pub(super) fn is_unknown(error: &anyhow::Error) -> bool {
    matches!(
        error.downcast_ref::<crate::state::Error>(),
        Some(crate::state::Error::Unknown(_) | crate::state::Error::AfterUnknown { .. })
    )
}

/// Says `LastUpdateStatus : Failed` on a vault that has a customer key already. Best effort: the
/// first error is the one to report.
fn record_failure(context: &mut Context, id: &ResourceId, error: &anyhow::Error) {
    let refusal = error.downcast_ref::<Refusal>();
    if refusal.is_some_and(|r| r.code == "RsvKeyChangedMeanwhile") {
        return; // the other command's update counts
    }
    let activity = Activity::new(
        "Microsoft.RecoveryServices/vaults/backupEncryptionConfigs/write",
        id,
        "Record failed key update",
    );
    let is_customer = context
        .document()
        .vaults
        .get(id)
        .is_ok_and(|v| v.encryption.is_customer());
    if is_customer {
        let _ = context.change(&activity, |state, _| {
            state.vaults.get_mut(id)?.encryption.last_update = UpdateStatus::Failed;
            Ok(())
        });
    }
}

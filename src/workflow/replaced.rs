//! Removes repositories that hold nothing of their vault any more: what re-encryption moved the data
//! out of, and what it filled and gave up.
//!
//! The state names them in the same commit that stops using them, so a process that dies in
//! between leaves work for the next command, never a folder that nobody may touch.

use std::fs::File;

use anyhow::{Context as _, Result};

use crate::domain::{Activity, JobStatus, ReplacedData, ResourceId, Vault};
use crate::engine;
use crate::workflow::data_key::vault_folder;
use crate::workflow::leftovers::remove_folder;
use crate::workflow::{Context, JobBook};

/// Removes what nobody reads. What cannot be removed is a warning: it is no reason to refuse the
/// command at hand.
pub(super) fn sweep_replaced(context: &mut Context, vault_id: &ResourceId) {
    if let Err(error) = sweep(context, vault_id) {
        context.warn(format!(
            "Data that was replaced could not be removed yet: {error:#}"
        ));
    }
}

fn sweep(context: &mut Context, vault_id: &ResourceId) -> Result<()> {
    context.refresh()?;
    let vault = context.document().vaults.get(vault_id)?.clone();
    let mut gone = Vec::new();
    for replaced in &vault.replaced_data {
        if remove(context, &vault, replaced)? {
            finish_job(context, &vault, replaced)?;
            gone.push(replaced.clone());
        }
    }
    if gone.is_empty() {
        return Ok(());
    }
    let names: Vec<_> = gone.iter().map(|r| r.repository.as_str()).collect();
    let activity = Activity::new(
        "Rsv/vaults/reencryption/cleanup/action",
        vault_id,
        "Remove data that was replaced",
    )
    .with("Repositories", &names.join(","));
    context.change(&activity, |state, _| {
        let vault = state.vaults.get_mut(vault_id)?;
        vault
            .replaced_data
            .retain(|replaced| !gone.contains(replaced));
        Ok(())
    })
}

/// True when the folder is gone; false while a job reads it.
fn remove(context: &Context, vault: &Vault, replaced: &ReplacedData) -> Result<bool> {
    let name = &replaced.repository;
    let next = vault.next_data.as_ref().map(|next| &next.repository);
    if *name == vault.data.repository || next == Some(name) {
        return Ok(true); // in use again: the name goes, the folder stays
    }
    let all = vault_folder(context.home(), vault.data.path.as_deref(), vault.data.owner);
    let folder = all.join(name);
    if folder.symlink_metadata().is_err() {
        return Ok(true);
    }
    if engine::is_in_use(&folder)? {
        return Ok(false);
    }
    remove_folder(&folder)?;
    // What was verified of it goes, too; losing that loses nothing.
    let jobs = context.home().jobs().join(vault.data.owner.to_string());
    let _ = std::fs::remove_file(jobs.join(format!("verified-{name}")));
    File::open(&all)
        .and_then(|all| all.sync_all())
        .with_context(|| format!("syncing {}", all.display()))?;
    Ok(true)
}

/// The switch was committed: the job that died behind it is never called failed.
fn finish_job(context: &Context, vault: &Vault, replaced: &ReplacedData) -> Result<()> {
    let Some(id) = replaced.job else {
        return Ok(());
    };
    let book = JobBook::open(context, vault)?;
    if let Ok(mut job) = book.find(id)
        && job
            .error
            .as_ref()
            .is_some_and(|e| e.code == "RsvJobInterrupted")
    {
        job.error = None;
        job.finish(JobStatus::Completed, context.now());
        book.record(&job)?;
    }
    Ok(())
}

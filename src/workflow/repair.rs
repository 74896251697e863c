//! Repair: damaged packs are set aside, the index is made anew, and the log says so.

use anyhow::Result;

use crate::domain::{Activity, ResourceId};
use crate::engine::{Observer, RepairReport};
use crate::workflow::{Context, open_repository};

/// Repairs a vault's data; with `dry_run` only looks.
///
/// # Errors
/// The key's refusal, `RsvEngineBusy` (exit 5) while a backup or restore runs, or I/O.
pub fn repair(
    context: &mut Context,
    vault_id: &ResourceId,
    dry_run: bool,
    observer: &dyn Observer,
) -> Result<RepairReport> {
    let vault = context.document().vaults.get(vault_id)?.clone();
    let report = open_repository(context, &vault)?.repair(dry_run, observer)?;
    if !dry_run {
        let activity = Activity::new(
            "Microsoft.RecoveryServices/vaults/repair/action",
            vault_id,
            format!("Repair: {} damaged packs set aside", report.set_aside.len()),
        );
        context.change(&activity, |_, _| Ok(()))?;
    }
    Ok(report)
}

//! Repair: damaged packs are set aside, the index is made anew, and the log says so. On request
//! files among the recovery points that no key made are set aside, too.

use anyhow::Result;
use uuid::Uuid;

use crate::domain::{Activity, Item, ResourceId};
use crate::engine::{Observer, PointsAside, RepairReport};
use crate::workflow::recovery_point::check_head;
use crate::workflow::{Context, open_repository};

/// What a repair is asked for.
#[derive(Debug, Clone, Copy)]
pub struct RepairOptions {
    /// Only look.
    pub dry_run: bool,
    /// Set aside what is not authentic among the recovery points.
    pub points: bool,
}

/// Repairs a vault's data.
///
/// # Errors
/// The key's refusal, `RsvEngineBusy` (exit 5) while a backup or restore runs, or I/O.
pub fn repair(
    context: &mut Context,
    vault_id: &ResourceId,
    options: RepairOptions,
    observer: &dyn Observer,
) -> Result<(PointsAside, RepairReport)> {
    let vault = context.document().vaults.get(vault_id)?.clone();
    let repository = open_repository(context, &vault)?;
    let operation = "Microsoft.RecoveryServices/vaults/repair/action";
    let mut points = PointsAside::default();
    if options.points {
        let known = |item: &[u8; 16]| -> Option<&Item> {
            let uuid = Uuid::from_bytes(*item);
            vault.items.iter().find(|item| item.uuid == uuid)
        };
        points = repository.set_points_aside(options.dry_run, |item, chain| {
            let checked = known(item).map_or(Ok(()), |item| check_head(item, chain));
            checked.map_err(|refusal| refusal.message)
        })?;
        if !options.dry_run && !points.aside.is_empty() {
            let names: Vec<&str> = points.aside.iter().map(|(_, name, _)| &**name).collect();
            let count = names.len();
            let text = format!("Repair: {count} files that are no recovery points set aside");
            let activity = Activity::new(operation, vault_id, text).with("Files", &names.join(","));
            context.change(&activity, |_, _| Ok(()))?;
        }
    }
    let report = repository.repair(options.dry_run, observer)?;
    if !options.dry_run {
        let count = report.set_aside.len();
        let text = format!("Repair: {count} damaged packs set aside");
        let activity = Activity::new(operation, vault_id, text);
        context.change(&activity, |_, _| Ok(()))?;
    }
    Ok((points, report))
}

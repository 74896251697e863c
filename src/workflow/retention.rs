//! Retention at work: recovery points whose time is over become tombstones.
//!
//! A backup does so for its own item, as its last step: cheap, and its failure is no failure of the
//! backup. Optimize-RsvVault does so for all items, and removes the bytes.

use anyhow::Result;
use uuid::Uuid;

use crate::domain::{Activity, ResourceId, expired};
use crate::engine::Repository;
use crate::workflow::assign_key::changed_meanwhile;
use crate::workflow::watch::{last_check, refused};
use crate::workflow::{Context, RecoveryPoint, recovery_points};

/// The recovery points of an item whose time is over, oldest first.
pub(super) fn expired_points(
    context: &mut Context,
    vault_id: &ResourceId,
    item: Uuid,
) -> Result<Vec<RecoveryPoint>> {
    let mut points = recovery_points(context, vault_id, item)?;
    points.reverse();
    let until: Vec<_> = points.iter().map(|point| point.kept_until).collect();
    let over = expired(&until, context.now());
    let points = points.into_iter().zip(over);
    Ok(points.filter_map(|(p, over)| over.then_some(p)).collect())
}

/// Puts tombstones in the place of an item's expired points; gives those that went. The item's
/// lock is held, so that no backup of it runs.
pub(super) fn expire(
    context: &mut Context,
    vault_id: &ResourceId,
    item: Uuid,
    repository: &Repository,
) -> Result<Vec<RecoveryPoint>> {
    let going = expired_points(context, vault_id, item)?;
    let ids: Vec<[u8; 16]> = going.iter().map(|p| p.uuid.into_bytes()).collect();
    let now = context.now_ms();
    let epoch = repository.keys.current.epoch;
    // Also without any: what an interrupted run left goes.
    let done = repository.expire(item.as_bytes(), &ids, now, || {
        last_check(context.refresh().and_then(|()| {
            let now = &context.document().vaults.get(vault_id)?.data;
            if now.epoch == epoch {
                return Ok(());
            }
            Err(changed_meanwhile().into())
        }))
    });
    done.map_err(refused)?;
    if going.is_empty() {
        return Ok(going);
    }
    let numbers: Vec<_> = going
        .iter()
        .map(|p| p.label.recovery_point_id.as_str())
        .collect();
    let activity = Activity::new(
        "Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectedItems/recoveryPoints/delete",
        vault_id,
        format!("{} recovery points expired", going.len()),
    )
    .with("RecoveryPointIds", &numbers.join(","));
    context.change(&activity, |_, _| Ok(()))?;
    Ok(going)
}

/// The last step of a backup.
pub(super) fn expire_after_backup(
    context: &mut Context,
    vault_id: &ResourceId,
    item: Uuid,
    repository: &Repository,
) {
    if let Err(error) = expire(context, vault_id, item, repository) {
        context.warn(format!(
            "The backup is done, but expired recovery points could not be removed yet: {error:#}"
        ));
    }
}

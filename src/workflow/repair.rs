//! Repair: damaged packs are set aside, the index is made anew, and the log says so. On request
//! files among the recovery points that no key made are set aside, too, and lost ones given up.

use anyhow::Result;
use uuid::Uuid;

use crate::domain::{Activity, ChainHead, Item, ResourceId, Tagged, Vault};
use crate::engine::{self, AsideRequest, Observer, PointsAside, RepairReport, Repository};
use crate::workflow::epochs::outer_key;
use crate::workflow::recovery_point::check_head;
use crate::workflow::{Context, RecoveryPoint, open_repository, repository_folder};

const OPERATION: &str = "Microsoft.RecoveryServices/vaults/repair/action";

/// What a repair is asked for.
#[derive(Debug, Clone, Copy)]
pub struct RepairOptions {
    /// Only look.
    pub dry_run: bool,
    /// Set aside what is not authentic among the recovery points.
    pub points: bool,
    /// Also give up recovery points that are damaged or gone.
    pub give_up: bool,
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
    let points = match options.points || options.give_up {
        true => repair_points(context, &vault, &repository, options)?,
        false => PointsAside::default(),
    };
    let report = repository.repair(options.dry_run, observer)?;
    if !options.dry_run {
        let count = report.set_aside.len();
        let text = format!("Repair: {count} damaged packs set aside");
        let activity = Activity::new(OPERATION, vault_id, text);
        context.change(&activity, |_, _| Ok(()))?;
    }
    Ok((points, report))
}

/// Takes out of the chains what does not belong there, and what is given up.
fn repair_points(
    context: &mut Context,
    vault: &Vault,
    repository: &Repository,
    options: RepairOptions,
) -> Result<PointsAside> {
    let id = vault.id();
    let known = |item: &[u8; 16]| -> Option<&Item> {
        let uuid = Uuid::from_bytes(*item);
        vault.items.iter().find(|item| item.uuid == uuid)
    };
    let now = context.now_ms();
    let request = AsideRequest {
        dry_run: options.dry_run,
        give_up: options.give_up.then_some(now),
    };
    let mut points = repository.set_points_aside(request, |item, chain| {
        let checked = known(item).map_or(Ok(()), |item| check_head(item, chain));
        checked.map_err(|refusal| refusal.message)
    })?;
    if options.dry_run {
        return Ok(points);
    }
    let heads = match options.give_up {
        true => lost_heads(context, vault, &mut points)?,
        false => Vec::new(),
    };
    if points.aside.is_empty() && points.given_up.is_empty() {
        return Ok(points);
    }
    let names: Vec<&str> = points.aside.iter().map(|(_, name, _)| &**name).collect();
    let runs = points
        .given_up
        .iter()
        .map(|(item, (first, last))| format!("{} {first}-{last}", Uuid::from_bytes(*item)));
    let text = format!(
        "Repair: {} files that are no recovery points set aside, {} runs of lost ones given up",
        names.len(),
        points.given_up.len()
    );
    let activity = Activity::new(OPERATION, &id, text)
        .with("Files", &names.join(","))
        .with("GivenUp", &runs.collect::<Vec<_>>().join(","));
    context.change(&activity, |state, _| {
        let vault = state.vaults.get_mut(&id)?;
        for (item, head) in &heads {
            vault.item_mut(*item)?.head = Some(head.clone());
        }
        Ok(())
    })?;
    Ok(points)
}

/// The items whose newest known recovery point is lost, with the one that is the newest now.
fn lost_heads(
    context: &Context,
    vault: &Vault,
    points: &mut PointsAside,
) -> Result<Vec<(Uuid, ChainHead)>> {
    let (folder, outer) = (
        repository_folder(context, &vault.data),
        outer_key(context, vault),
    );
    let mut heads = Vec::new();
    for item in &vault.items {
        let Some(known) = &item.head else { continue };
        let left = points.left.iter().any(|(id, _)| id == item.uuid.as_bytes());
        let chain = match left {
            true => continue,
            false => engine::chain(&folder, outer.as_ref(), item.uuid.as_bytes())?,
        };
        let (Some(newest), Err(_)) = (chain.points.last(), check_head(item, &chain)) else {
            continue;
        };
        let run = (newest.sequence + 1, known.sequence);
        points.given_up.push((item.uuid.into_bytes(), run));
        heads.push((item.uuid, RecoveryPoint::read(newest)?.head(newest)));
    }
    Ok(heads)
}

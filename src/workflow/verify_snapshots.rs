//! Verifies the local snapshots of a vault's items. Each is a repository of its own, under the key
//! of the machine's disks: where that key cannot be used, this says so and is no damage.

use anyhow::Result;
use uuid::Uuid;

use crate::domain::{Refusal, RefusalKind, Snapshot, Vault};
use crate::engine::{self, Affected, Damage, Observer, VerifyRequest};
use crate::workflow::{Context, VerifyLevel, VerifyOutcome, snapshot};

/// A snapshot that could not be looked into, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnverifiedSnapshot {
    /// Name of the machine.
    pub item: String,
    /// The recovery point's id in the repository.
    pub point: [u8; 16],
    /// Why.
    pub reason: String,
}

/// Verifies every snapshot that can be restored from; puts what it finds into `outcome`.
pub(super) fn verify_snapshots(
    context: &Context,
    vault: &Vault,
    level: VerifyLevel,
    observer: &dyn Observer,
    outcome: &mut VerifyOutcome,
) -> Result<()> {
    let now = context.now();
    for item in &vault.items {
        let live: Vec<_> = item.snapshots.iter().filter(|s| s.is_live(now)).collect();
        if live.is_empty() {
            continue;
        }
        // None is removed meanwhile.
        let _reading = snapshot::hold(context, item.uuid)?;
        for snapshot in live {
            outcome.snapshots += 1;
            let damage = match verify(context, item.uuid, snapshot, level, observer, outcome) {
                Ok(damage) => damage,
                Err(error) => {
                    outcome.unverified.push(UnverifiedSnapshot {
                        item: item.machine_name.clone(),
                        point: snapshot.point.into_bytes(),
                        reason: refused(error)?,
                    });
                    continue;
                }
            };
            let name = format!("snapshot {}", snapshot.uuid);
            for mut found in damage {
                found.object = match found.object.is_empty() {
                    true => name.clone(),
                    false => format!("{name}: {}", found.object),
                };
                found.affected.iter_mut().for_each(|affected| {
                    let sequence = outcome.sequences.get(&affected.point);
                    affected.sequence = sequence.copied().unwrap_or(affected.sequence);
                });
                outcome.damage.push(found);
            }
        }
    }
    Ok(())
}

/// Why a snapshot cannot be looked into: the refusal of its key. Anything else is an error.
fn refused(error: anyhow::Error) -> Result<String> {
    let refusal = error.downcast_ref::<Refusal>();
    match refusal.filter(|r| r.kind != RefusalKind::Damaged) {
        Some(refusal) => Ok(format!("{} [{}]", refusal.message, refusal.code)),
        None => Err(error),
    }
}

fn verify(
    context: &Context,
    item: Uuid,
    snapshot: &Snapshot,
    level: VerifyLevel,
    observer: &dyn Observer,
    outcome: &mut VerifyOutcome,
) -> Result<Vec<Damage>> {
    let whole = |problem: String| {
        let affected = Affected {
            item: item.into_bytes(),
            point: snapshot.point.into_bytes(),
            sequence: 1,
            disk: None,
            offset: 0,
            bytes: 0,
        };
        vec![Damage {
            object: String::new(),
            problem,
            affected: vec![affected],
        }]
    };
    let folder = snapshot::folder(context.home(), item, snapshot.uuid);
    if !folder.is_dir() {
        return Ok(whole("is missing".into()));
    }
    if let Err(error) = snapshot::check_point(&folder, item, snapshot) {
        return Ok(whole(damage_of(error)?));
    }
    let structure = engine::check_structure(&folder)?;
    if level == VerifyLevel::Structure {
        return Ok(structure.damage);
    }
    let repository = match snapshot::open(context, item, snapshot) {
        Ok(repository) => repository,
        Err(error) if is_damage(&error) => return Ok(whole(format!("{error:#}"))),
        Err(error) => return Err(error),
    };
    let percent = match level {
        VerifyLevel::Sample(percent) => percent,
        VerifyLevel::Full => 100,
        _ => 0,
    };
    let request = VerifyRequest {
        percent,
        ..VerifyRequest::default()
    };
    let report = repository.verify(&request, observer)?;
    outcome.snapshot_bytes_read += report.bytes_read;
    let mut damage = report.damage;
    for found in structure.damage {
        if !damage.iter().any(|d| d.object == found.object) {
            damage.push(found);
        }
    }
    Ok(damage)
}

fn is_damage(error: &anyhow::Error) -> bool {
    let refusal = error.downcast_ref::<Refusal>();
    let fault = error
        .downcast_ref::<engine::Error>()
        .map(engine::Error::fault);
    let gone = [engine::Fault::Damaged, engine::Fault::NotFound];
    refusal.is_some_and(|r| r.kind == RefusalKind::Damaged)
        || fault.is_some_and(|fault| gone.contains(&fault))
}

/// The text of damage; any other error stays one.
fn damage_of(error: anyhow::Error) -> Result<String> {
    match is_damage(&error) {
        true => Ok(format!("{error:#}")),
        false => Err(error),
    }
}

//! Verify: is everything that the vault's recovery points need still there and intact?

use std::collections::HashMap;

use anyhow::Result;
use uuid::Uuid;

use crate::domain::{Refusal, RefusalKind, ResourceId, Vault};
use crate::engine::{self, Damage, Observer, VerifyRequest};
use crate::workflow::recovery_point::recovery_points;
use crate::workflow::verified::Verified;
use crate::workflow::verify_snapshots::{UnverifiedSnapshot, verify_snapshots};
use crate::workflow::{Context, open_repository, outer_key, repository_folder};

/// How far a verification goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VerifyLevel {
    /// Names, headers, sizes, chains of recovery points: needs no key.
    Structure,
    /// Also every recovery point through the index to its packs.
    Index,
    /// Also this percentage of all packs to their last byte.
    Sample(u8),
    /// Also all packs to their last byte.
    Full,
}

/// What a verification found.
#[derive(Debug, Default)]
pub struct VerifyOutcome {
    /// Recovery points looked at.
    pub points: u64,
    /// Packs.
    pub packs: u64,
    /// Their bytes.
    pub pack_bytes: u64,
    /// Bytes of packs read whole this time.
    pub bytes_read: u64,
    /// Bytes of the packs that the index lists; others are nobody's, and go with the next
    /// collection.
    pub listed_bytes: u64,
    /// Of these, bytes of packs that some verification found intact.
    pub covered_bytes: u64,
    /// When the pack was checked that was checked longest ago, Unix milliseconds; absent: there
    /// is one that never was.
    pub oldest_ms: Option<u64>,
    /// What is wrong.
    pub damage: Vec<Damage>,
    /// Names in the vault's data that are not ours.
    pub unknown: Vec<String>,
    /// Local snapshots looked at.
    pub snapshots: u64,
    /// Bytes of their packs read whole this time.
    pub snapshot_bytes_read: u64,
    /// Those of them whose key cannot be used.
    pub unverified: Vec<UnverifiedSnapshot>,
    /// Machine names by item.
    pub items: HashMap<[u8; 16], String>,
    /// The service's ids by recovery point.
    pub point_ids: HashMap<[u8; 16], String>,
    /// Places in their chains by recovery point.
    pub sequences: HashMap<[u8; 16], u64>,
}

impl VerifyOutcome {
    /// The refusal that damage ends in, if there is any.
    ///
    /// # Errors
    /// `RsvVaultDamaged` (exit 4).
    pub fn require(&self, vault: &str) -> Result<(), Refusal> {
        if self.damage.is_empty() {
            return Ok(());
        }
        let affected = self.damage.iter().flat_map(|d| &d.affected);
        let mut points: Vec<_> = affected.map(|a| a.point).collect();
        points.sort_unstable();
        points.dedup();
        Err(Refusal::new(
            RefusalKind::Damaged,
            "RsvVaultDamaged",
            format!(
                "{} objects of vault '{vault}' are damaged; {} recovery points miss data.",
                self.damage.len(),
                points.len()
            ),
        )
        .hint(self.remedy(vault)))
    }

    fn remedy(&self, vault: &str) -> String {
        if self
            .damage
            .iter()
            .all(|d| d.object.starts_with("snapshot "))
        {
            return "Nothing is damaged in the vault itself, as far as this level looks: \
                    -RecoveryPointTier VaultStandard restores from it. The next backup takes \
                    another snapshot."
                .into();
        }
        format!(
            "rsv Repair-RsvVault -VaultId {vault} sets damaged packs aside; the next backup \
             stores again what the machines still hold."
        )
    }
}

/// Verifies a vault's data. Nothing is changed but what is remembered of it.
///
/// # Errors
/// The key's refusal (not at [`VerifyLevel::Structure`]), or I/O. Damage is in the outcome.
pub fn verify(
    context: &mut Context,
    vault_id: &ResourceId,
    level: VerifyLevel,
    observer: &dyn Observer,
) -> Result<VerifyOutcome> {
    let vault = context.document().vaults.get(vault_id)?.clone();
    let mut outcome = VerifyOutcome::default();
    // The key first: without it nothing but the structure can be said.
    let repository = match level {
        VerifyLevel::Structure => None,
        _ => Some(open_repository(context, &vault)?),
    };
    check_heads(context, vault_id, &vault, &mut outcome)?;
    let folder = repository_folder(context, &vault.data);
    let outer = outer_key(context, &vault);
    let structure = engine::check_structure_under(&folder, outer.as_ref())?;
    outcome.points = structure.points;
    outcome.packs = structure.packs;
    outcome.pack_bytes = structure.pack_bytes;
    outcome.unknown = structure.unknown;
    let Some(repository) = repository else {
        // Nobody without the key knows which packs count.
        outcome.listed_bytes = structure.pack_bytes;
        outcome.damage.extend(structure.damage);
        verify_snapshots(context, &vault, level, observer, &mut outcome)?;
        return Ok(outcome);
    };
    let mut verified = Verified::open(context, &vault);
    let request = VerifyRequest {
        percent: match level {
            VerifyLevel::Sample(percent) => percent,
            VerifyLevel::Full => 100,
            _ => 0,
        },
        checked: verified.packs.clone(),
    };
    let report = repository.verify(&request, observer)?;
    let now = context.now_ms();
    verified.note(&report, now);
    if request.percent > 0 {
        verified.save(context)?;
    }
    outcome.points = report.points;
    outcome.bytes_read = report.bytes_read;
    let covered = verified
        .packs
        .keys()
        .filter_map(|salt| report.packs.get(salt));
    let listed: u64 = report.packs.values().copied().map(u64::from).sum();
    outcome.listed_bytes = if listed == 0 {
        structure.pack_bytes
    } else {
        listed
    };
    outcome.covered_bytes = covered.map(|size| u64::from(*size)).sum();
    if verified.packs.len() == report.packs.len() {
        outcome.oldest_ms = verified.packs.values().min().copied();
    }
    outcome.damage.extend(report.damage);
    // What only the structure shows; the rest was told with whom it hurts.
    for damage in structure.damage {
        if !outcome.damage.iter().any(|d| d.object == damage.object) {
            outcome.damage.push(damage);
        }
    }
    verify_snapshots(context, &vault, level, observer, &mut outcome)?;
    Ok(outcome)
}

/// The chain of every item reaches the head that the state remembers.
fn check_heads(
    context: &mut Context,
    vault_id: &ResourceId,
    vault: &Vault,
    outcome: &mut VerifyOutcome,
) -> Result<()> {
    let items: Vec<(Uuid, String)> = vault
        .items
        .iter()
        .map(|item| (item.uuid, item.machine_name.clone()))
        .collect();
    for (item, name) in items {
        outcome.items.insert(item.into_bytes(), name.clone());
        match recovery_points(context, vault_id, item) {
            Ok(points) => {
                let folder = repository_folder(context, &vault.data);
                let outer = outer_key(context, vault);
                let start = engine::chain(&folder, outer.as_ref(), item.as_bytes())?.start();
                if let Some(start) = start.filter(|start| *start != 1) {
                    outcome.damage.push(Damage {
                        object: format!("recovery points of item {item}"),
                        problem: format!(
                            "'{name}': those before number {start} are gone, and did not expire"
                        ),
                        affected: Vec::new(),
                    });
                }
                for point in points {
                    let sequence = point.sequence;
                    outcome.sequences.insert(point.uuid.into_bytes(), sequence);
                    let id = point.label.recovery_point_id;
                    outcome.point_ids.insert(point.uuid.into_bytes(), id);
                }
            }
            Err(error) => {
                let rolled_back = error
                    .downcast_ref::<Refusal>()
                    .is_some_and(|r| r.kind == RefusalKind::Damaged);
                let damaged = error
                    .downcast_ref::<engine::Error>()
                    .is_some_and(|e| e.fault() == engine::Fault::Damaged);
                if !rolled_back && !damaged {
                    return Err(error);
                }
                outcome.damage.push(Damage {
                    object: format!("recovery points of item {item}"),
                    problem: format!("'{name}': {error:#}"),
                    affected: Vec::new(),
                });
            }
        }
    }
    Ok(())
}

//! Recovery points of an item, read from the vault's data and checked against the state.
//!
//! Listing needs no key: each point names the one before by its digest, and the state, which is
//! authenticated, holds the digest of the newest. A chain that goes on behind that head was
//! committed by a backup whose process died before it could say so: it is rolled forward. A head
//! that the chain does not reach means that somebody put older data back.

use anyhow::{Context as _, Result};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::domain::{
    Activity, ChainHead, DatedPoint, Item, JobStatus, ProtectionState, Refusal, RefusalKind,
    ResourceId, Snapshot, Vault, kept_until,
};
use crate::engine::{self, Chain, PointHeader};
use crate::workflow::{Context, JobBook, hex, open_repository, outer_key, repository_folder};

/// What a recovery point says of itself in the clear.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PointLabel {
    /// Decimal digits, as the service numbers them.
    pub recovery_point_id: String,
    /// `CrashConsistent`: the image is read as it is.
    pub kind: String,
    /// ARM id of the machine.
    pub source_resource_id: String,
    /// Name of the machine.
    pub machine_name: String,
    /// Region of the machine.
    pub location: String,
    /// Guest encryption (Azure Disk Encryption) was on.
    pub guest_encrypted: bool,
    /// `VaultStandard`.
    pub tier: String,
    /// Not to go before.
    pub expires: Timestamp,
    /// `expires` was asked for: the policy has no say.
    #[serde(default)]
    pub exact: bool,
    /// The job that made it.
    pub job: Uuid,
}

/// One recovery point.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecoveryPoint {
    /// Id in the repository.
    pub uuid: Uuid,
    /// Place in the item's chain, from 1.
    pub sequence: u64,
    /// When it was made.
    pub time: Timestamp,
    /// Until when it is kept, as the policy is now; absent: for ever.
    pub kept_until: Option<Timestamp>,
    /// The rest.
    pub label: PointLabel,
    /// Its local copy, while there is one.
    pub snapshot: Option<Snapshot>,
}

impl RecoveryPoint {
    /// Its time in the form retention asks for.
    fn dated(&self) -> DatedPoint {
        DatedPoint {
            time: self.time,
            expires: self.label.expires,
            exact: self.label.exact,
        }
    }

    /// What the state remembers of it, if it is an item's newest one; `header` is its own.
    pub(super) fn head(&self, header: &PointHeader) -> ChainHead {
        ChainHead {
            sequence: header.sequence,
            digest: hex(&header.digest()),
            time: Some(self.time),
        }
    }

    pub(super) fn read(header: &PointHeader) -> Result<Self> {
        let label = serde_json::from_slice(&header.label)
            .with_context(|| format!("recovery point {} has no label", header.sequence))?;
        let ms = i64::try_from(header.created_ms).unwrap_or(i64::MAX);
        Ok(Self {
            uuid: Uuid::from_bytes(header.point),
            sequence: header.sequence,
            time: Timestamp::from_millisecond(ms).unwrap_or_default(),
            kept_until: None,
            label,
            snapshot: None,
        })
    }

    /// `RecoveryPointTier`.
    #[must_use]
    pub fn tier(&self) -> &str {
        match self.snapshot {
            Some(_) => "SnapshotAndVaultStandard",
            None => &self.label.tier,
        }
    }
}

/// The recovery points of an item, newest first. Rolls the state forward where it is behind.
///
/// # Errors
/// `RsvRecoveryPointsRolledBack` (exit 4) when the state has seen a newer one, or damage.
pub fn recovery_points(
    context: &mut Context,
    vault_id: &ResourceId,
    item: Uuid,
) -> Result<Vec<RecoveryPoint>> {
    let headers = settled_chain(context, vault_id, item)?;
    let now = context.now();
    let points: Result<Vec<_>> = headers.iter().map(RecoveryPoint::read).collect();
    let mut points = points?;
    let vault = context.document().vaults.get(vault_id)?;
    let item = vault.item_by_id(item)?;
    let dated: Vec<_> = points.iter().map(RecoveryPoint::dated).collect();
    let until = kept_until(vault, item, &dated);
    for (point, until) in points.iter_mut().zip(until) {
        point.kept_until = until;
        point.snapshot = item.snapshot_of(point.uuid, now).cloned();
    }
    points.reverse();
    Ok(points)
}

/// The chain of an item, oldest first, after the state agrees with it.
pub(super) fn settled_chain(
    context: &mut Context,
    vault_id: &ResourceId,
    item: Uuid,
) -> Result<Vec<PointHeader>> {
    let vault = context.document().vaults.get(vault_id)?.clone();
    let found = vault.item_by_id(item)?;
    let folder = repository_folder(context, &vault.data);
    let outer = outer_key(context, &vault);
    let chain = engine::chain(&folder, outer.as_ref(), item.as_bytes())?;
    check_head(found, &chain)?;
    let known = found.head.as_ref().map_or(0, |head| head.sequence);
    if let Some(newest) = chain.points.last().filter(|h| h.sequence > known)
        && is_proved(context, &vault, item, &chain, known)?
    {
        roll_forward(context, vault_id, &vault, item, newest)?;
    }
    Ok(chain.points)
}

/// True when everything in the chain beyond the head is authentic; without the key nobody can say.
/// Anyone who can write into the folder can put a file there that links: it may be listed, but
/// the head does not move to it, and nothing expires because of it.
fn is_proved(
    context: &Context,
    vault: &Vault,
    item: Uuid,
    chain: &Chain,
    known: u64,
) -> Result<bool> {
    let repository = match open_repository(context, vault) {
        Ok(repository) => repository,
        Err(error) => {
            let refusal = error.downcast_ref::<Refusal>();
            return match refusal.filter(|r| r.kind != RefusalKind::Damaged) {
                Some(_) => Ok(false),
                None => Err(error),
            };
        }
    };
    let prove = || -> Result<(), engine::Error> {
        repository.check_chains()?;
        let mut new = chain.points.iter().filter(|p| p.sequence > known);
        new.try_for_each(|point| repository.check_manifest(item.as_bytes(), &point.point))
    };
    match prove() {
        Err(error) if error.fault() == engine::Fault::Damaged => {
            let name = &vault.base.name;
            Err(
                Refusal::new(RefusalKind::Damaged, error.code(), error.to_string())
                    .hint(format!(
                        "If somebody else put the file there: rsv Repair-RsvVault -VaultId {name} \
                         -SetAsidePoints takes out what no key of the vault made."
                    ))
                    .into(),
            )
        }
        other => Ok(other.map(|()| true)?),
    }
}

/// The chain has to hold the head. One that expired is behind newer points: the newest never does.
pub(super) fn check_head(item: &Item, chain: &Chain) -> Result<(), Refusal> {
    let Some(head) = &item.head else {
        return Ok(());
    };
    let point = chain.points.iter().find(|h| h.sequence == head.sequence);
    let same = point.is_some_and(|h| hex(&h.digest()) == head.digest);
    let expired = chain
        .expired(head.sequence)
        .is_some_and(|t| t.last != head.sequence || hex(&t.digest) == head.digest);
    if same || expired {
        return Ok(());
    }
    Err(Refusal::new(
        RefusalKind::Damaged,
        "RsvRecoveryPointsRolledBack",
        format!(
            "The newest recovery point of '{}' known here is number {}, but the vault's data does \
             not hold it: older data was put back, or recovery points were removed.",
            item.machine_name, head.sequence
        ),
    )
    .hint(
        "Put the vault's newer data back. If it is lost for good, rsv Repair-RsvVault -VaultId VAULT \
         -GiveUpPoints makes the newest one that is left count.",
    ))
}

/// A durable recovery point is never called failed: the state and its job say so from now on.
fn roll_forward(
    context: &mut Context,
    vault_id: &ResourceId,
    vault: &Vault,
    item: Uuid,
    newest: &PointHeader,
) -> Result<()> {
    let point = RecoveryPoint::read(newest)?;
    let head = point.head(newest);
    record_point(context, vault_id, item, head, None)?;
    let book = JobBook::open(context, vault)?;
    if let Ok(mut job) = book.find(point.label.job)
        && job.status != JobStatus::Completed
    {
        job.error = None;
        job.finish(JobStatus::Completed, point.time);
        book.record(&job)?;
    }
    Ok(())
}

/// Says in the state that this is the newest recovery point of the item, and what its local copy
/// is, if one was made.
pub(super) fn record_point(
    context: &mut Context,
    vault_id: &ResourceId,
    item: Uuid,
    newest: ChainHead,
    snapshot: Option<Snapshot>,
) -> Result<()> {
    let activity = Activity::new(
        "Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectedItems/backup/action",
        vault_id,
        format!("Backup made recovery point {}", newest.sequence),
    );
    context.change(&activity, |state, now| {
        let item = state.vaults.get_mut(vault_id)?.item_mut(item)?;
        if item
            .head
            .as_ref()
            .is_none_or(|head| head.sequence < newest.sequence)
        {
            item.head = Some(newest);
        }
        item.snapshots.extend(snapshot);
        item.last_backup_status = Some("Completed".into());
        item.last_backup_time = Some(now);
        if item.state == ProtectionState::IRPending {
            item.state = ProtectionState::Protected;
        }
        Ok(())
    })
}

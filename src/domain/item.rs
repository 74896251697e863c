//! A protected virtual machine in a vault.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::domain::resource::Tagged;
use crate::domain::{Refusal, ResourceId, Snapshot, Vault};

/// Where an item is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ProtectionState {
    /// Protected, no recovery point yet.
    IRPending,
    /// Protected.
    Protected,
    /// Stopped; its recovery points stay.
    ProtectionStopped,
    /// Stopped; its recovery points expire as the policy says.
    BackupsSuspended,
}

impl ProtectionState {
    /// True when no backups are made.
    #[must_use]
    pub fn is_stopped(self) -> bool {
        matches!(self, Self::ProtectionStopped | Self::BackupsSuspended)
    }

    /// The service's text for it.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            Self::IRPending => "IRPending",
            Self::Protected => "Protected",
            Self::ProtectionStopped => "ProtectionStopped",
            Self::BackupsSuspended => "BackupsSuspended",
        }
    }
}

/// The newest recovery point of an item that this home knows of. A chain that ends before it was
/// rolled back; one that goes on behind it is rolled forward.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChainHead {
    /// Sequence number, from 1.
    pub sequence: u64,
    /// SHA-256 of the recovery point's header, hex.
    pub digest: String,
    /// Its `RecoveryPointTime`; absent in a state of before it was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<Timestamp>,
}

/// An item whose data was deleted under soft delete: it can be brought back until it is purged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SoftDeleted {
    /// When; never before the latest time that the home had seen.
    pub at: Timestamp,
    /// The vault's days at that moment: later changes of the vault do not count (R123).
    pub retention_days: u32,
}

impl SoftDeleted {
    /// From when on the data may be removed for good.
    #[must_use]
    pub fn purge(&self) -> Timestamp {
        let kept = SignedDuration::from_hours(24 * i64::from(self.retention_days));
        self.at.checked_add(kept).unwrap_or(Timestamp::MAX)
    }
}

/// A protected item (`AzureVmItem`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// Id in the repository.
    pub uuid: Uuid,
    /// ARM id of the machine.
    pub machine: String,
    /// Resource group of the machine.
    pub machine_group: String,
    /// Name of the machine.
    pub machine_name: String,
    /// Name of the policy.
    pub policy: String,
    /// Where it is in its life.
    pub state: ProtectionState,
    /// LUNs to back up besides the OS disk; absent: all.
    #[serde(default)]
    pub included_luns: Option<Vec<u16>>,
    /// LUNs to leave out.
    #[serde(default)]
    pub excluded_luns: Vec<u16>,
    /// `Completed` or `Failed`.
    #[serde(default)]
    pub last_backup_status: Option<String>,
    /// When the last backup ended.
    #[serde(default)]
    pub last_backup_time: Option<Timestamp>,
    /// The newest recovery point.
    #[serde(default)]
    pub head: Option<ChainHead>,
    /// Local copies of recovery points.
    #[serde(default)]
    pub snapshots: Vec<Snapshot>,
    /// Its data was deleted, and can still be brought back (`DeleteState` ToBeDeleted, R120).
    #[serde(default)]
    pub soft_deleted: Option<SoftDeleted>,
}

impl Item {
    /// `iaasvmcontainerv2;{rg};{vm}`.
    #[must_use]
    pub fn container_name(&self) -> String {
        format!(
            "iaasvmcontainerv2;{};{}",
            self.machine_group, self.machine_name
        )
    }

    /// `VM;iaasvmcontainerv2;{rg};{vm}`.
    #[must_use]
    pub fn name(&self) -> String {
        format!("VM;{}", self.container_name())
    }

    /// The item's ARM id inside its vault.
    #[must_use]
    pub fn arm_id(&self, vault: &Vault) -> String {
        format!(
            "{}/backupFabrics/Azure/protectionContainers/IaasVMContainer;{}/protectedItems/{}",
            vault.id(),
            self.container_name(),
            self.name()
        )
    }

    /// `DeleteState`.
    #[must_use]
    pub fn delete_state(&self) -> &'static str {
        match self.soft_deleted {
            Some(_) => "ToBeDeleted",
            None => "NotDeleted",
        }
    }

    /// While its data is deleted an item can only be brought back (R112).
    ///
    /// # Errors
    /// `RsvItemSoftDeleted`.
    pub fn check_not_deleted(&self) -> Result<(), Refusal> {
        if self.soft_deleted.is_none() {
            return Ok(());
        }
        Err(Refusal::refused(
            "RsvItemSoftDeleted",
            format!(
                "The data of '{}' was deleted (soft delete).",
                self.machine_name
            ),
        )
        .hint(format!(
            "rsv Undo-AzRecoveryServicesBackupItemDeletion -Item '{}' -VaultId VAULT -Force brings it back.",
            self.name()
        )))
    }

    /// The local copy of a recovery point, while it is there to restore from.
    #[must_use]
    pub fn snapshot_of(&self, point: Uuid, now: Timestamp) -> Option<&Snapshot> {
        let mut snapshots = self.snapshots.iter();
        snapshots.find(|s| s.point == point && s.is_live(now))
    }

    /// True when it protects this machine.
    #[must_use]
    pub fn protects(&self, machine: &ResourceId) -> bool {
        self.machine.eq_ignore_ascii_case(&machine.to_string())
    }

    /// True when the data disk at `lun` is part of the backup.
    #[must_use]
    pub fn includes(&self, lun: u16) -> bool {
        self.included_luns
            .as_ref()
            .is_none_or(|luns| luns.contains(&lun))
            && !self.excluded_luns.contains(&lun)
    }
}

//! A protected virtual machine in a vault.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::domain::resource::Tagged;
use crate::domain::{ResourceId, Vault};

/// Where an item is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ProtectionState {
    /// Protected, no recovery point yet.
    IRPending,
    /// Protected.
    Protected,
    /// Stopped; its recovery points stay.
    ProtectionStopped,
}

impl ProtectionState {
    /// The service's text for it.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            Self::IRPending => "IRPending",
            Self::Protected => "Protected",
            Self::ProtectionStopped => "ProtectionStopped",
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

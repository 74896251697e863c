//! The machine side: virtual machines, managed disks, disk encryption sets, storage accounts.

use std::path::PathBuf;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::domain::resource::Tagged;
use crate::domain::{Identity, KeyId, Refusal, Resource, ResourceId, ResourceKind};

/// A disk of a virtual machine: a raw image or a block device on this machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VmDisk {
    /// Name of the managed disk it plays.
    pub name: String,
    /// Absolute path.
    pub path: PathBuf,
}

/// A virtual machine whose disks can be backed up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VirtualMachine {
    /// Head.
    #[serde(flatten)]
    pub base: Resource,
    /// OS disk.
    pub os_disk: VmDisk,
    /// Data disks; the LUN is the position.
    #[serde(default)]
    pub data_disks: Vec<VmDisk>,
    /// Disk encryption set of its disks.
    #[serde(default)]
    pub disk_encryption_set: Option<String>,
    /// Guest encryption (Azure Disk Encryption).
    #[serde(default)]
    pub guest_encrypted: bool,
    /// A classic cloud-service machine.
    #[serde(default)]
    pub classic: bool,
}

impl Tagged for VirtualMachine {
    const KIND: ResourceKind = ResourceKind::VirtualMachine;
    fn base(&self) -> &Resource {
        &self.base
    }
}

/// The kinds of encryption a disk encryption set gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[value(rename_all = "PascalCase")]
#[allow(missing_docs, clippy::enum_variant_names)]
pub enum EncryptionType {
    EncryptionAtRestWithCustomerKey,
    EncryptionAtRestWithPlatformAndCustomerKeys,
    ConfidentialVmEncryptedWithCustomerKey,
}

/// The key of a disk encryption set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActiveKey {
    /// ARM id of the key vault.
    pub source_vault: String,
    /// Key identifier.
    pub key_url: String,
}

/// A disk encryption set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DiskEncryptionSet {
    /// Head.
    #[serde(flatten)]
    pub base: Resource,
    /// Identity that uses the key.
    pub identity: Identity,
    /// The key.
    pub active_key: ActiveKey,
    /// Keys before it.
    #[serde(default)]
    pub previous_keys: Vec<ActiveKey>,
    /// Kind of encryption.
    pub encryption_type: EncryptionType,
    /// Follow the newest key version (R138).
    #[serde(default)]
    pub rotate_to_latest: bool,
    /// When the key last changed.
    #[serde(default)]
    pub last_rotation: Option<Timestamp>,
}

impl ActiveKey {
    /// True when both name one key and version, however their identifiers are spelled.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        match (
            self.key_url.parse::<KeyId>(),
            other.key_url.parse::<KeyId>(),
        ) {
            (Ok(one), Ok(two)) => one == two,
            _ => self.key_url == other.key_url,
        }
    }
}

impl Tagged for DiskEncryptionSet {
    const KIND: ResourceKind = ResourceKind::DiskEncryptionSet;
    fn base(&self) -> &Resource {
        &self.base
    }
}

/// How a managed disk is encrypted at rest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DiskEncryption {
    /// ARM id of the disk encryption set; absent: the platform key.
    #[serde(default)]
    pub disk_encryption_set: Option<String>,
}

impl DiskEncryption {
    /// True when the disk's key is wrapped by this disk encryption set.
    #[must_use]
    pub fn is_under(&self, set: &ResourceId) -> bool {
        let set = set.to_string();
        self.disk_encryption_set
            .as_ref()
            .is_some_and(|id| id.eq_ignore_ascii_case(&set))
    }

    /// `Encryption.Type`.
    #[must_use]
    pub fn type_name(&self) -> &'static str {
        match self.disk_encryption_set {
            Some(_) => "EncryptionAtRestWithCustomerKey",
            None => "EncryptionAtRestWithPlatformKey",
        }
    }
}

/// One live permission to read a disk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DiskGrant {
    /// Its id; the token names it.
    pub id: Uuid,
    /// When it ends.
    pub expires: Timestamp,
}

/// A managed disk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Disk {
    /// Head.
    #[serde(flatten)]
    pub base: Resource,
    /// Id of its files.
    pub uuid: Uuid,
    /// `UniqueId`, once a re-encryption gave it other files than the first; absent: the files' id.
    #[serde(default)]
    pub unique_id: Option<Uuid>,
    /// Which key record counts: `wrap-<id>` in its folder; absent: `wrap`.
    #[serde(default)]
    pub wrap: Option<Uuid>,
    /// The commitment to its data-encryption key, hex: RSA alone does not say who wrapped a key, so
    /// the MACed state says which one it is.
    #[serde(default)]
    pub commitment: Option<String>,
    /// Size in bytes.
    pub size_bytes: u64,
    /// Absent for the OS disk.
    #[serde(default)]
    pub lun: Option<u16>,
    /// `OsType`, `Windows` or `Linux`, if somebody said so.
    #[serde(default)]
    pub os_type: Option<String>,
    /// Its data came from a machine under Azure Disk Encryption (R133).
    #[serde(default)]
    pub guest_encrypted: bool,
    /// Encryption at rest.
    pub encryption: DiskEncryption,
    /// Recovery point it was restored from.
    pub source: String,
    /// Live read permissions.
    #[serde(default)]
    pub grants: Vec<DiskGrant>,
    /// Position in its restore: OS disk 0, then by LUN.
    pub order: u32,
}

impl Tagged for Disk {
    const KIND: ResourceKind = ResourceKind::Disk;
    fn base(&self) -> &Resource {
        &self.base
    }
}

impl Disk {
    /// `ActiveSAS` while somebody may read it, else `Unattached`.
    #[must_use]
    pub fn state(&self, now: Timestamp) -> &'static str {
        if self.grants.iter().any(|g| g.expires > now) {
            "ActiveSAS"
        } else {
            "Unattached"
        }
    }

    /// `UniqueId`: stays the same for the life of the disk.
    #[must_use]
    pub fn unique(&self) -> Uuid {
        self.unique_id.unwrap_or(self.uuid)
    }

    /// A disk that somebody may read stays as it is: it is neither removed nor re-encrypted (R137).
    ///
    /// # Errors
    /// `RsvDiskAccessActive`; Azure documents no code.
    pub fn check_removable(&self, now: Timestamp) -> Result<(), Refusal> {
        let Some(last) = self
            .grants
            .iter()
            .map(|g| g.expires)
            .filter(|at| *at > now)
            .max()
        else {
            return Ok(());
        };
        let Resource { name, group, .. } = &self.base;
        Err(Refusal::refused(
            "RsvDiskAccessActive",
            format!("Read access to disk '{name}' is granted until {last}."),
        )
        .hint(format!(
            "rsv Revoke-AzDiskAccess -ResourceGroupName {group} -DiskName {name}"
        )))
    }

    /// The order of lists: as made, OS disk first, then by LUN.
    #[must_use]
    pub fn sort_key(&self) -> (String, Timestamp, u32, String) {
        let base = &self.base;
        (
            base.group.to_lowercase(),
            base.created,
            self.order,
            base.name.clone(),
        )
    }
}

/// A named folder: where a restore puts the machine's configuration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StorageAccount {
    /// Head.
    #[serde(flatten)]
    pub base: Resource,
    /// Absolute path.
    pub path: PathBuf,
    /// Such as `Standard_LRS`.
    pub sku: String,
    /// Such as `StorageV2`.
    pub kind: String,
}

impl Tagged for StorageAccount {
    const KIND: ResourceKind = ResourceKind::StorageAccount;
    fn base(&self) -> &Resource {
        &self.base
    }
}

impl StorageAccount {
    /// A staging account must be in the vault's region, not blob-only and not zone-redundant
    /// (R111).
    ///
    /// # Errors
    /// Azure's text for the region; `RsvStorageAccountUnsupported` for the kind.
    pub fn check_staging(&self, location: &str) -> Result<(), Refusal> {
        if !self.base.location.eq_ignore_ascii_case(location) {
            return Err(Refusal::refused(
                "RsvStorageAccountLocation",
                "Storage account location should be same as vault location",
            ));
        }
        if self.kind.eq_ignore_ascii_case("BlobStorage") || self.sku.contains("ZRS") {
            return Err(Refusal::refused(
                "RsvStorageAccountUnsupported",
                format!(
                    "Storage account '{}' ({}, {}) cannot stage a restore: blob-only and \
                     zone-redundant accounts are not supported.",
                    self.base.name, self.kind, self.sku
                ),
            ));
        }
        Ok(())
    }
}

/// A disk encryption set applies only in its own subscription and region (R109).
impl DiskEncryptionSet {
    /// Checks that a disk there may use this set.
    ///
    /// # Errors
    /// `RsvDiskEncryptionSetMismatch`.
    pub fn check_target(&self, subscription: Uuid, location: &str) -> Result<(), Refusal> {
        if self.base.subscription == subscription
            && self.base.location.eq_ignore_ascii_case(location)
        {
            return Ok(());
        }
        Err(Refusal::refused(
            "RsvDiskEncryptionSetMismatch",
            format!(
                "Disk encryption set '{}' is in region '{}', the restored disks in '{location}': \
                 both must be in one region and subscription.",
                self.base.name, self.base.location
            ),
        ))
    }
}

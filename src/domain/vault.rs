//! Recovery Services vaults.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::domain::resource::Tagged;
use crate::domain::{
    Encryption, Identity, Item, Policy, Refusal, Resource, ResourceId, ResourceKind, SoftDeleted,
};

/// Soft delete of backup data (R118).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum SoftDeleteState {
    /// On.
    Enabled,
    /// Off.
    Disabled,
    /// On for ever.
    AlwaysON,
}

impl SoftDeleteState {
    /// The service's text for it.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            Self::Enabled => "Enabled",
            Self::Disabled => "Disabled",
            Self::AlwaysON => "AlwaysON",
        }
    }
}

/// Soft-delete settings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SoftDelete {
    /// State.
    pub state: SoftDeleteState,
    /// Days deleted data is kept, 14-180.
    pub retention_days: u32,
    /// `EnhancedSecurityState`: hybrid backup security.
    pub enhanced_security: SoftDeleteState,
}

/// Where the vault's bytes are and which key record opens them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VaultData {
    /// Owner id in the repository and in wrap records.
    pub owner: Uuid,
    /// Folder given with -Path; absent: in the home.
    #[serde(default)]
    pub path: Option<PathBuf>,
    /// Folder of the current epoch's repository below it, such as `e1`.
    pub repository: String,
    /// Dedup domain.
    pub domain: Uuid,
    /// Epoch of the data-encryption key that new data is written under, from 1.
    pub epoch: u32,
    /// SHA-256 of the wrap group, hex: the record that opens that data-encryption key.
    pub wrap: String,
    /// Epochs before it in the same repository, newest first: their data is still read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub older: Vec<DataEpoch>,
}

/// A data-encryption key under which nothing new is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DataEpoch {
    /// Its number.
    pub epoch: u32,
    /// Dedup domain: that of the next epoch, unless the key had leaked.
    pub domain: Uuid,
    /// SHA-256 of its wrap group, hex.
    pub wrap: String,
    /// What there was of each item when the epoch ended: nothing of this epoch comes after it,
    /// whoever has the key. Absent: the epoch has not ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends: Option<BTreeMap<Uuid, ItemEnd>>,
}

/// What there was of an item in the repository when a key epoch ended.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemEnd {
    /// The sequence of its newest recovery point.
    pub newest: u64,
    /// The first and last sequence of each run of expired ones that has a tombstone. Absent: the
    /// repository did not hold all of the item, so nobody could tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expired: Option<Vec<(u64, u64)>>,
}

/// A repository that re-encryption fills; nothing else reads or writes it yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NextData {
    /// Its folder beside the vault's.
    pub repository: String,
    /// Its one epoch: the one after the vault's current one.
    pub epoch: DataEpoch,
}

/// A repository that holds nothing of the vault any more, and is to be removed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplacedData {
    /// Its folder beside the vault's.
    pub repository: String,
    /// The job that moved its data out; absent: it was being filled and given up.
    #[serde(default)]
    pub job: Option<Uuid>,
}

impl VaultData {
    /// What takes the place of this once `next` is filled.
    #[must_use]
    pub fn after(&self, next: &NextData) -> Self {
        Self {
            repository: next.repository.clone(),
            domain: next.epoch.domain,
            epoch: next.epoch.epoch,
            wrap: next.epoch.wrap.clone(),
            older: Vec::new(),
            ..self.clone()
        }
    }

    /// All epochs of the repository, the current one first.
    pub fn epochs(&self) -> impl Iterator<Item = DataEpoch> + '_ {
        let current = DataEpoch {
            epoch: self.epoch,
            domain: self.domain,
            wrap: self.wrap.clone(),
            ends: None,
        };
        std::iter::once(current).chain(self.older.iter().cloned())
    }

    /// Names these wrap records from now on, in the order of [`VaultData::epochs`].
    pub fn set_wraps(&mut self, wraps: impl IntoIterator<Item = String>) {
        let mut wraps = wraps.into_iter();
        let older = self.older.iter_mut().map(|epoch| &mut epoch.wrap);
        for place in std::iter::once(&mut self.wrap).chain(older) {
            if let Some(wrap) = wraps.next() {
                *place = wrap;
            }
        }
    }

    /// Notes in the epochs that ended just now, or whose end nobody knows, that this is what there
    /// is of the items.
    pub fn end_epochs(&mut self, ends: &BTreeMap<Uuid, ItemEnd>) {
        for epoch in &mut self.older {
            epoch.ends.get_or_insert_with(|| ends.clone());
        }
    }

    /// True when a run that wrote under `self` may not commit any more: new data goes elsewhere.
    #[must_use]
    pub fn writes_elsewhere(&self, now: &Self) -> bool {
        (self.epoch, &self.repository) != (now.epoch, &now.repository)
    }
}

/// A Recovery Services vault.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vault {
    /// Head.
    #[serde(flatten)]
    pub base: Resource,
    /// Identities.
    pub identity: Identity,
    /// Encryption at rest.
    pub encryption: Encryption,
    /// Where the data is.
    pub data: VaultData,
    /// Where re-encryption has begun to move the data to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_data: Option<NextData>,
    /// Repositories to remove. Only what is named here is: a folder that is merely unknown may be
    /// newer than this state.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub replaced_data: Vec<ReplacedData>,
    /// Protecting or registering was tried once, even if it failed: no customer key for ever
    /// after, unless one was set before (R11-R15).
    pub protection_attempted: bool,
    /// Soft delete.
    pub soft_delete: SoftDelete,
    /// `PublicNetworkAccess`.
    pub public_network_access: bool,
    /// `ImmutabilityState`: Disabled, Unlocked or Locked.
    pub immutability: String,
    /// `CrossSubscriptionRestoreState`.
    pub cross_subscription_restore: String,
    /// Alerts for job failures by Azure Monitor.
    pub monitor_alerts: bool,
    /// `BackupStorageRedundancy`; there is one copy here.
    #[serde(default = "geo_redundant")]
    pub storage_redundancy: String,
    /// Classic alerts.
    pub classic_alerts: bool,
    /// zstd level of new backup data, 1 to 19 (of rsv); absent: the engine's default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compression_level: Option<u8>,
    /// Policies.
    pub policies: Vec<Policy>,
    /// Protected items.
    #[serde(default)]
    pub items: Vec<Item>,
    /// Items deleted for good, by their ids in the repository, whose data is still to be removed.
    /// Only what is named here is: an item that is merely unknown may be newer than this state.
    #[serde(default)]
    pub removed_items: BTreeSet<Uuid>,
}

fn geo_redundant() -> String {
    "GeoRedundant".into()
}

impl Tagged for Vault {
    const KIND: ResourceKind = ResourceKind::Vault;
    fn base(&self) -> &Resource {
        &self.base
    }
}

impl Vault {
    /// A new vault: platform key, soft delete 14 days, DefaultPolicy, no identity.
    #[must_use]
    pub fn new(base: Resource, data: VaultData) -> Self {
        Self {
            base,
            identity: Identity::none(),
            encryption: Encryption::platform(),
            data,
            next_data: None,
            replaced_data: Vec::new(),
            protection_attempted: false,
            soft_delete: SoftDelete {
                state: SoftDeleteState::Enabled,
                retention_days: 14,
                enhanced_security: SoftDeleteState::Enabled,
            },
            public_network_access: true,
            immutability: "Disabled".into(),
            cross_subscription_restore: "Enabled".into(),
            monitor_alerts: true,
            storage_redundancy: geo_redundant(),
            classic_alerts: true,
            compression_level: None,
            policies: vec![Policy::default_policy()],
            items: Vec::new(),
            removed_items: BTreeSet::new(),
        }
    }

    /// The principal that uses the customer's key: the vault's own, or the attached identity that
    /// was chosen with the key (R31, R35).
    ///
    /// # Errors
    /// `UserErrorCMKMissingMangedIdentityPermissionOnKeyVault` (R5), or `RsvIdentityNotAttached`
    /// (R37), when the vault has that identity no more.
    pub fn key_principal(&self) -> Result<Uuid, Refusal> {
        match &self.encryption.user_identity {
            Some(id) => self.identity.user_principal(id),
            None => self
                .identity
                .system_principal(&self.base.name)
                .map_err(|refusal| {
                    refusal.hint(format!(
                        "rsv Update-AzRecoveryServicesVault -ResourceGroupName {} -Name {} \
                         -IdentityType SystemAssigned",
                        self.base.group, self.base.name
                    ))
                }),
        }
    }

    /// Sets the redundancy, while the vault protects nothing (R95).
    ///
    /// # Errors
    /// `RsvRedundancyFixed`; Azure documents no code.
    pub fn set_redundancy(&mut self, wanted: String) -> Result<(), Refusal> {
        if !self.items.is_empty() && self.storage_redundancy != wanted {
            return Err(Refusal::refused(
                "RsvRedundancyFixed",
                format!(
                    "Vault '{}' protects items: its redundancy stays {} (R95).",
                    self.base.name, self.storage_redundancy
                ),
            ));
        }
        self.storage_redundancy = wanted;
        Ok(())
    }

    /// After a change of tenant the key has to be set again (R24).
    ///
    /// # Errors
    /// `UserErrorCMKKeyVaultAuthFailure` (R5).
    pub fn check_key_of_this_tenant(&self) -> Result<(), Refusal> {
        if !self.encryption.tenant_changed {
            return Ok(());
        }
        let uri = self.encryption.key_uri.as_deref().unwrap_or("URI");
        Err(Refusal::refused(
            "UserErrorCMKKeyVaultAuthFailure",
            format!(
                "Vault '{}' went to another tenant: its identity and its key have to be set up \
                 anew there (R24).",
                self.base.name
            ),
        )
        .hint(format!(
            "Identity and permission first, then rsv Set-AzRecoveryServicesVaultProperty -VaultId \
             {} -EncryptionKeyId {uri}",
            self.base.name
        )))
    }

    /// The policy of this name.
    ///
    /// # Errors
    /// `Backup Policy not found with name: {0}`, Azure's text.
    pub fn policy(&self, name: &str) -> Result<&Policy, Refusal> {
        self.policies
            .iter()
            .find(|p| p.name.eq_ignore_ascii_case(name))
            .ok_or_else(|| {
                Refusal::not_found(format!("Backup Policy not found with name: {name}"))
                    .suggest(name, self.policies.iter().map(|p| p.name.as_str()))
            })
    }

    /// True in the states that forbid to remove or shorten what is kept (R126).
    #[must_use]
    pub fn is_immutable(&self) -> bool {
        self.immutability != "Disabled"
    }

    /// Refuses less retention, and deleting what has not expired, in an immutable vault.
    ///
    /// # Errors
    /// `RsvVaultImmutable`; Azure documents no code.
    pub fn check_mutable(&self, what: &str) -> Result<(), Refusal> {
        if !self.is_immutable() {
            return Ok(());
        }
        Err(Refusal::refused(
            "RsvVaultImmutable",
            format!(
                "Vault '{}' is immutable ({}): {what} (R126).",
                self.base.name, self.immutability
            ),
        ))
    }

    /// Items a policy has; those whose data is deleted count too, for they may come back.
    pub fn items_of<'a>(&'a self, policy: &'a str) -> impl Iterator<Item = &'a Item> {
        self.items
            .iter()
            .filter(move |i| i.policy.eq_ignore_ascii_case(policy))
    }

    /// The item with this name or id.
    ///
    /// # Errors
    /// `ResourceNotFound`.
    pub fn item(&self, name: &str) -> Result<&Item, Refusal> {
        let wanted = name.rsplit('/').next().unwrap_or(name);
        self.items
            .iter()
            .find(|i| i.name().eq_ignore_ascii_case(wanted))
            .ok_or_else(|| {
                Refusal::not_found(format!(
                    "There is no backup item '{wanted}' in vault '{}'.",
                    self.base.name
                ))
                .suggest(wanted, self.items.iter().map(|i| i.machine_name.as_str()))
            })
    }

    /// The item with this id in the repository.
    ///
    /// # Errors
    /// `ResourceNotFound` when it went away meanwhile.
    pub fn item_by_id(&self, uuid: Uuid) -> Result<&Item, Refusal> {
        let found = self.items.iter().find(|i| i.uuid == uuid);
        found.ok_or_else(|| Refusal::not_found("The backup item was removed meanwhile."))
    }

    /// The item with this id in the repository, to be changed.
    ///
    /// # Errors
    /// `ResourceNotFound` when it went away meanwhile.
    pub fn item_mut(&mut self, uuid: Uuid) -> Result<&mut Item, Refusal> {
        self.items
            .iter_mut()
            .find(|i| i.uuid == uuid)
            .ok_or_else(|| Refusal::not_found("The backup item was removed meanwhile."))
    }

    /// Takes an item out for good; its data is to be removed from now on.
    pub fn remove_item(&mut self, uuid: Uuid) {
        self.items.retain(|i| i.uuid != uuid);
        self.removed_items.insert(uuid);
    }

    /// Items whose data was deleted softly and whose days are over (R120).
    pub fn due_items(&self, now: Timestamp) -> impl Iterator<Item = &Item> {
        let over = move |deleted: &SoftDeleted| deleted.purge() <= now;
        self.items
            .iter()
            .filter(move |i| i.soft_deleted.as_ref().is_some_and(over))
    }

    /// The vault may be deleted only when it protects nothing.
    ///
    /// # Errors
    /// `ServiceResourceNotEmptyWithContainerDetails` with Azure's text.
    pub fn check_removable(&self) -> Result<(), Refusal> {
        if self.items.is_empty() {
            return Ok(());
        }
        if self.items.iter().all(|i| i.soft_deleted.is_some()) {
            return Err(Refusal::refused(
                "RsvVaultHasSoftDeletedItems",
                "Recovery Services vault cannot be deleted as there are backup items in soft \
                 deleted state in the vault. The soft deleted items are permanently deleted after \
                 14 days of delete operation.",
            )
            .hint(
                "rsv Optimize-RsvVault removes those whose date has come. Or undelete them, turn \
                 soft delete off, and delete them again: \
                 rsv Undo-AzRecoveryServicesBackupItemDeletion",
            ));
        }
        let names: Vec<_> = self.items.iter().map(Item::container_name).collect();
        Err(Refusal::refused(
            "ServiceResourceNotEmptyWithContainerDetails",
            format!(
                "Vault cannot be deleted as there are existing resources within the vault. : {} \
                 Unregister all containers from the vault and then retry to delete vault.",
                names.join(", ")
            ),
        )
        .hint(format!(
            "For each item: rsv Disable-AzRecoveryServicesBackupProtection -Item ITEM -VaultId {} \
             -RemoveRecoveryPoints -Force; its data is kept for the days of soft delete.",
            self.base.name
        )))
    }

    /// A machine may be protected once, in one vault, in its own region.
    ///
    /// # Errors
    /// Azure's text for a machine not found, in another region or already protected.
    pub fn check_region(&self, what: &str, location: &str) -> Result<(), Refusal> {
        if self.base.location.eq_ignore_ascii_case(location) {
            return Ok(());
        }
        Err(Refusal::refused(
            "RsvRegionMismatch",
            format!(
                "{what} is in region '{location}', vault '{}' is in '{}': both must be in one.",
                self.base.name, self.base.location
            ),
        ))
    }

    /// The vault's ARM id.
    #[must_use]
    pub fn arm_id(&self) -> ResourceId {
        Tagged::id(self)
    }
}

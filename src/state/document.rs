//! The shape of `state.json`: control-plane resources only. Recovery points live with the data.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::domain::{
    Account, DeletedKeyVault, DeletedVault, Disk, DiskEncryptionSet, KeyId, KeyVault, Refusal,
    RefusalKind, ResourceGroup, RoleAssignment, StorageAccount, Subscription, Table,
    UserAssignedIdentity, Vault, VirtualMachine, nearest,
};
use crate::state::{Head, PreparedLine};

/// Version of the document's shape; raised when an older rsv would lose a field by writing.
pub const DOCUMENT_VERSION: u32 = 1;

/// Where the activity log ends, and the lines that belong to this generation. The state is the
/// commit point: lines a crash kept out of the log are appended again from here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogHead {
    /// Where the log ends.
    pub head: Head,
    /// The lines this generation added.
    #[serde(default)]
    pub pending: Vec<PreparedLine>,
}

impl Default for LogHead {
    fn default() -> Self {
        Self {
            head: Head::START,
            pending: Vec::new(),
        }
    }
}

/// All control-plane resources of a home.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Document {
    /// [`DOCUMENT_VERSION`].
    pub version: u32,
    /// A rehearsal home takes `RSV_NOW`; one-way.
    #[serde(default)]
    pub rehearsal: bool,
    /// Who is signed in.
    pub account: Account,
    /// Subscriptions; the first is the default.
    pub subscriptions: Vec<Subscription>,
    /// The current context's subscription.
    pub subscription: Uuid,
    /// The vault of `Set-AzRecoveryServicesVaultContext`.
    #[serde(default)]
    pub vault_context: Option<String>,
    /// Resource groups by lower-case id.
    #[serde(default)]
    pub resource_groups: BTreeMap<String, ResourceGroup>,
    /// Recovery Services vaults.
    #[serde(default)]
    pub vaults: Table<Vault>,
    /// Deleted Recovery Services vaults by the owner id of their data; their names are free.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub deleted_vaults: BTreeMap<Uuid, DeletedVault>,
    /// Key vaults.
    #[serde(default)]
    pub key_vaults: Table<KeyVault>,
    /// Deleted key vaults by lower-case name; they hold their names (R87).
    #[serde(default)]
    pub deleted_key_vaults: BTreeMap<String, DeletedKeyVault>,
    /// Identifiers of purged key versions, lower case, and when they were purged.
    #[serde(default)]
    pub purged_keys: BTreeMap<String, Timestamp>,
    /// Disk encryption sets.
    #[serde(default)]
    pub disk_encryption_sets: Table<DiskEncryptionSet>,
    /// Virtual machines.
    #[serde(default)]
    pub machines: Table<VirtualMachine>,
    /// Managed disks.
    #[serde(default)]
    pub disks: Table<Disk>,
    /// Storage accounts.
    #[serde(default)]
    pub storage_accounts: Table<StorageAccount>,
    /// User-assigned identities.
    #[serde(default)]
    pub user_identities: Table<UserAssignedIdentity>,
    /// Role assignments, in the order they were made.
    #[serde(default)]
    pub role_assignments: Vec<RoleAssignment>,
    /// The activity log's head.
    #[serde(default)]
    pub log: LogHead,
}

impl Document {
    /// A new home's: one account, one tenant, one subscription.
    #[must_use]
    pub fn new(tenant: Uuid, subscription: Uuid, object: Uuid) -> Self {
        Self {
            version: DOCUMENT_VERSION,
            rehearsal: false,
            account: Account {
                id: "operator@rsv.local".into(),
                object_id: object,
                tenant_id: tenant,
            },
            subscriptions: vec![Subscription {
                id: subscription,
                name: "Local subscription".into(),
                tenant_id: tenant,
            }],
            subscription,
            vault_context: None,
            resource_groups: BTreeMap::new(),
            vaults: Table::default(),
            deleted_vaults: BTreeMap::new(),
            key_vaults: Table::default(),
            deleted_key_vaults: BTreeMap::new(),
            purged_keys: BTreeMap::new(),
            disk_encryption_sets: Table::default(),
            machines: Table::default(),
            disks: Table::default(),
            storage_accounts: Table::default(),
            user_identities: Table::default(),
            role_assignments: Vec::new(),
            log: LogHead::default(),
        }
    }

    /// The resource group of this name in a subscription.
    ///
    /// # Errors
    /// `ResourceGroupNotFound`, ARM's text.
    pub fn group(&self, subscription: Uuid, name: &str) -> Result<&ResourceGroup, Refusal> {
        let found = self
            .resource_groups
            .values()
            .find(|g| g.subscription == subscription && g.name.eq_ignore_ascii_case(name));
        found.ok_or_else(|| {
            let mut refusal =
                Refusal::not_found(format!("Resource group '{name}' could not be found."));
            refusal.code = "ResourceGroupNotFound";
            let groups = self.resource_groups.values();
            let groups = groups.filter(|g| g.subscription == subscription);
            let similar = nearest(name, groups.map(|g| g.name.as_str()));
            let similar = similar.map(|name| format!("Did you mean '{name}'? If not: "));
            refusal.hint(format!(
                "{}rsv New-AzResourceGroup -Name {name} -Location japaneast",
                similar.unwrap_or_default()
            ))
        })
    }

    /// A subscription by id or name.
    ///
    /// # Errors
    /// Azure's text for an unknown one.
    pub fn subscription_named(&self, text: &str) -> Result<&Subscription, Refusal> {
        self.subscriptions
            .iter()
            .find(|s| {
                s.id.to_string().eq_ignore_ascii_case(text) || s.name.eq_ignore_ascii_case(text)
            })
            .ok_or_else(|| {
                let mut refusal = Refusal::not_found(format!(
                    "Please provide a valid tenant or a valid subscription. There is no \
                     subscription '{text}'."
                ));
                refusal.code = "RsvSubscriptionNotFound";
                refusal.hint("rsv Get-AzSubscription lists them.")
            })
    }

    /// The key vault with this name: names are unique in the whole home, as in Azure.
    ///
    /// # Errors
    /// `ResourceNotFound`.
    pub fn key_vault_named(&self, name: &str) -> Result<&KeyVault, Refusal> {
        self.key_vaults
            .iter()
            .find(|kv| kv.base.name.eq_ignore_ascii_case(name))
            .ok_or_else(|| match self.deleted_key_vaults.get(&name.to_lowercase()) {
                Some(deleted) => key_vault_deleted(deleted),
                None => Refusal::not_found(format!("The key vault '{name}' was not found."))
                    .suggest(name, self.key_vaults.iter().map(|v| v.base.name.as_str())),
            })
    }

    /// The deleted vaults of a subscription that can still be recovered, the newest last.
    pub fn recoverable_vaults(
        &self,
        subscription: Uuid,
        now: Timestamp,
    ) -> impl Iterator<Item = &DeletedVault> {
        let mut found: Vec<&DeletedVault> = self
            .deleted_vaults
            .values()
            .filter(|d| d.vault.base.subscription == subscription && !d.deletion.is_over(now))
            .collect();
        found.sort_by_key(|d| (d.deletion.date, d.vault.data.owner));
        found.into_iter()
    }

    /// The deleted key vault of this name, while it can still be recovered.
    #[must_use]
    pub fn deleted_key_vault(&self, name: &str, now: Timestamp) -> Option<&DeletedKeyVault> {
        self.deleted_key_vaults
            .get(&name.to_lowercase())
            .filter(|deleted| !deleted.deletion.is_over(now))
    }

    /// Checks that no key vault has the name; a deleted one holds it until it is purged (R87).
    ///
    /// # Errors
    /// `VaultAlreadyExists`, or `ConflictError` with Azure's text.
    pub fn check_key_vault_name_free(&self, name: &str, now: Timestamp) -> Result<(), Refusal> {
        if self.key_vault_named(name).is_ok() {
            return Err(Refusal::refused(
                "VaultAlreadyExists",
                "The specified vault already exists.",
            )
            .hint(format!("rsv Get-AzKeyVault -VaultName {name}")));
        }
        let held = self.deleted_key_vaults.get(&name.to_lowercase());
        match held.filter(|d| d.deletion.purging || !d.deletion.is_over(now)) {
            None => Ok(()),
            Some(deleted) => Err(Refusal::refused(
                "ConflictError",
                "A vault with the same name already exists in deleted state. You need to either \
                 recover or purge existing key vault.",
            )
            .hint(deleted.recovery())),
        }
    }

    /// Checks that a key is neither deleted nor purged, nor its key vault.
    ///
    /// # Errors
    /// `RsvKeyVaultDeleted`, `RsvKeyDeleted` with the command that recovers it (R57), or
    /// `RsvKeyPurged` (R58). That it never existed is left to who looks it up.
    pub fn check_key_kept(&self, key: &KeyId, now: Timestamp) -> Result<(), Refusal> {
        if self.is_purged(key) {
            return Err(key_purged(key));
        }
        let Ok(vault) = self.key_vault_named(&key.vault) else {
            return match self.deleted_key_vaults.get(&key.vault.to_lowercase()) {
                Some(deleted) if deleted.deletion.is_over(now) => Err(key_purged(key)),
                Some(deleted) => Err(key_vault_deleted(deleted)),
                None => Ok(()),
            };
        };
        match vault.deleted_keys.get(&key.name.to_lowercase()) {
            Some(deleted) if deleted.deletion.is_over(now) => Err(key_purged(key)),
            Some(deleted) => Err(Refusal::new(
                RefusalKind::NotFound,
                "RsvKeyDeleted",
                format!(
                    "The key '{}' of key vault '{}' was deleted on {} and is purged on {}.",
                    deleted.key.name,
                    vault.base.name,
                    deleted.deletion.date,
                    deleted.deletion.purge
                ),
            )
            .hint(format!(
                "rsv Undo-AzKeyVaultKeyRemoval -VaultName {} -Name {}",
                vault.base.name, deleted.key.name
            ))),
            None => Ok(()),
        }
    }

    /// True for a version that was purged, and for a key of which all versions were.
    fn is_purged(&self, key: &KeyId) -> bool {
        let text = key.to_string().to_lowercase();
        if key.version.is_some() {
            return self.purged_keys.contains_key(&text);
        }
        let exists = self
            .key_vault_named(&key.vault)
            .is_ok_and(|vault| vault.key(&key.name).is_ok());
        let below = format!("{text}/");
        !exists && self.purged_keys.keys().any(|k| k.starts_with(&below))
    }
}

fn key_vault_deleted(deleted: &DeletedKeyVault) -> Refusal {
    Refusal::new(
        RefusalKind::NotFound,
        "RsvKeyVaultDeleted",
        format!(
            "The key vault '{}' was deleted on {} and is purged on {}.",
            deleted.vault.base.name, deleted.deletion.date, deleted.deletion.purge
        ),
    )
    .hint(deleted.recovery())
}

/// R58.
fn key_purged(key: &KeyId) -> Refusal {
    Refusal::new(
        RefusalKind::NotFound,
        "RsvKeyPurged",
        format!("The key {key} was purged: what only it opens cannot be read any more."),
    )
    .hint(format!(
        "rsv Restore-AzKeyVaultKey -VaultName {} -InputFile FILE, if Backup-AzKeyVaultKey made one",
        key.vault
    ))
}

//! Soft delete of vaults, key vaults and keys: what was deleted, since when, and how long it can be
//! recovered.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::domain::key_vault::key_not_found;
use crate::domain::{Key, KeyVault, Refusal, Vault};

/// When something was deleted, and when it is purged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deletion {
    /// When it was deleted.
    pub date: Timestamp,
    /// From then on it is gone for good.
    pub purge: Timestamp,
    /// Its private keys, or its data, are being destroyed: there is no way back any more.
    #[serde(default)]
    pub purging: bool,
}

impl Deletion {
    /// Deleted now, to be purged after so many days.
    #[must_use]
    pub fn new(now: Timestamp, days: u32) -> Self {
        let kept = SignedDuration::from_hours(24 * i64::from(days));
        Self {
            date: now,
            purge: now.checked_add(kept).unwrap_or(Timestamp::MAX),
            purging: false,
        }
    }

    /// True when it counts as purged, even if its files still wait to be destroyed.
    #[must_use]
    pub fn is_over(&self, now: Timestamp) -> bool {
        self.purging || self.purge <= now
    }
}

/// A deleted Recovery Services vault, as it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeletedVault {
    /// The vault.
    pub vault: Vault,
    /// When.
    pub deletion: Deletion,
}

impl DeletedVault {
    /// The name it is listed under, `{group}_{owner}`: one of its own, since the vault's name is
    /// free again.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{}_{}", self.vault.base.group, self.vault.data.owner)
    }

    /// Its id among the deleted vaults of its region.
    #[must_use]
    pub fn arm_id(&self) -> String {
        let base = &self.vault.base;
        format!(
            "/subscriptions/{}/providers/Microsoft.RecoveryServices/locations/{}/deletedVaults/{}",
            base.subscription,
            base.location,
            self.name()
        )
    }

    /// ARM's type of a deleted vault.
    pub const TYPE: &str = "Microsoft.RecoveryServices/locations/deletedVaults";

    /// True for the name it is listed under, and for the one it had.
    #[must_use]
    pub fn is_called(&self, name: &str) -> bool {
        self.name().eq_ignore_ascii_case(name) || self.vault.base.name.eq_ignore_ascii_case(name)
    }

    /// The command that brings it back.
    #[must_use]
    pub fn recovery(&self) -> String {
        let base = &self.vault.base;
        format!(
            "rsv Undo-AzRecoveryServicesVaultDeletion -ResourceGroupName {} -Name {} -Location {}",
            base.group, base.name, base.location
        )
    }
}

/// A deleted key, with all versions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeletedKey {
    /// The key.
    pub key: Key,
    /// When.
    pub deletion: Deletion,
}

/// A deleted key vault, with its keys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeletedKeyVault {
    /// The key vault.
    pub vault: KeyVault,
    /// When.
    pub deletion: Deletion,
}

impl DeletedKeyVault {
    /// The command that brings it back.
    #[must_use]
    pub fn recovery(&self) -> String {
        let base = &self.vault.base;
        format!(
            "rsv Undo-AzKeyVaultRemoval -VaultName {} -ResourceGroupName {} -Location {}",
            base.name, base.group, base.location
        )
    }
}

impl KeyVault {
    /// The deleted key of this name, while it can still be recovered.
    ///
    /// # Errors
    /// `KeyNotFound` (R82).
    pub fn deleted_key(&self, name: &str, now: Timestamp) -> Result<&DeletedKey, Refusal> {
        self.deleted_keys
            .get(&name.to_lowercase())
            .filter(|deleted| !deleted.deletion.is_over(now))
            .ok_or_else(|| {
                let mut refusal = key_not_found(name);
                refusal.message =
                    format!("A deleted key with (name/id) {name} was not found in this key vault.");
                refusal.hint(format!(
                    "rsv Get-AzKeyVaultKey -VaultName {} -InRemovedState lists those there are.",
                    self.base.name
                ))
            })
    }

    /// R82; names the command that brings the key back, if it was deleted.
    pub(super) fn missing_key(&self, name: &str) -> Refusal {
        let missing = key_not_found(name);
        if !self.deleted_keys.contains_key(&name.to_lowercase()) {
            return missing;
        }
        missing.hint(format!(
            "rsv Undo-AzKeyVaultKeyRemoval -VaultName {} -Name {name}",
            self.base.name
        ))
    }

    /// Deletes a key softly: it keeps its name, and waits for recovery or purge.
    ///
    /// # Errors
    /// `KeyNotFound` (R82).
    pub fn delete_key(&mut self, name: &str, now: Timestamp) -> Result<&DeletedKey, Refusal> {
        self.key(name)?;
        let name = name.to_lowercase();
        let key = self
            .keys
            .remove(&name)
            .ok_or_else(|| key_not_found(&name))?;
        let deletion = Deletion::new(now, self.retention_days);
        Ok(self
            .deleted_keys
            .entry(name)
            .insert_entry(DeletedKey { key, deletion })
            .into_mut())
    }

    /// Brings a deleted key back.
    ///
    /// # Errors
    /// `ObjectIsBeingDeleted` (R84), `KeyNotFound`.
    pub fn recover_key(&mut self, name: &str, now: Timestamp) -> Result<(), Refusal> {
        let name = name.to_lowercase();
        if self
            .deleted_keys
            .get(&name)
            .is_some_and(|d| d.deletion.purging)
        {
            return Err(being_deleted("Key", &name));
        }
        self.deleted_key(&name, now)?;
        if let Some(deleted) = self.deleted_keys.remove(&name) {
            self.keys.insert(name, deleted.key);
        }
        Ok(())
    }

    /// R83: a deleted key holds its name.
    ///
    /// # Errors
    /// `ObjectIsDeletedButRecoverable`, or `ObjectIsBeingDeleted` (R84) while it is being purged.
    pub fn check_key_name_free(&self, name: &str, now: Timestamp) -> Result<(), Refusal> {
        let Some(held) = self.deleted_keys.get(&name.to_lowercase()) else {
            return Ok(());
        };
        if held.deletion.purging {
            return Err(being_deleted("Key", name));
        }
        if held.deletion.is_over(now) {
            return Ok(());
        }
        Err(Refusal::refused(
            "ObjectIsDeletedButRecoverable",
            format!(
                "Key {name} is currently in a deleted but recoverable state, and its name cannot \
                 be reused; in this state, the key can only be recovered or purged."
            ),
        )
        .hint(format!(
            "rsv Undo-AzKeyVaultKeyRemoval -VaultName {} -Name {name}",
            self.base.name
        )))
    }

    /// R85: under purge protection a key goes by its date alone.
    ///
    /// # Errors
    /// `Forbidden`, Key Vault's text.
    pub fn check_key_purge(&self, key: &DeletedKey) -> Result<(), Refusal> {
        if !self.purge_protection {
            return Ok(());
        }
        Err(Refusal::refused(
            "Forbidden",
            "Operation \"purge\" is not allowed because purge protection is enabled for this \
             vault. Key Vault service will automatically purge it after the retention period has \
             passed.",
        )
        .hint(format!(
            "It is purged on {}; until then: rsv Undo-AzKeyVaultKeyRemoval -VaultName {} -Name {}",
            key.deletion.purge, self.base.name, key.key.name
        )))
    }
}

/// R86: under purge protection a key vault goes by its date alone.
///
/// # Errors
/// `MethodNotAllowed`, Azure's text.
pub fn check_vault_purge(deleted: &DeletedKeyVault) -> Result<(), Refusal> {
    if !deleted.vault.purge_protection {
        return Ok(());
    }
    Err(Refusal::refused(
        "MethodNotAllowed",
        "Operation 'DeletedVaultPurge' is not allowed.",
    )
    .hint(format!(
        "Purge protection is on: it is purged on {}; until then: {}",
        deleted.deletion.purge,
        deleted.recovery()
    )))
}

/// R84.
#[must_use]
pub fn being_deleted(what: &str, name: &str) -> Refusal {
    Refusal::refused(
        "ObjectIsBeingDeleted",
        format!("{what} {name} is currently being deleted and cannot be re-created or recovered."),
    )
    .hint("Any command that changes something finishes it.")
}

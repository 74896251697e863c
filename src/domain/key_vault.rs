//! Key vaults: who may do what with the keys in them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::domain::resource::Tagged;
use crate::domain::{DeletedKey, Key, KeyId, Refusal, Resource, ResourceKind};

/// A permission on keys, in the spelling Key Vault prints.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, clap::ValueEnum,
)]
#[serde(rename_all = "camelCase")]
#[value(rename_all = "camelCase")]
#[allow(missing_docs)]
pub enum KeyPermission {
    All,
    Get,
    List,
    Update,
    Create,
    Import,
    Delete,
    Recover,
    Backup,
    Restore,
    Decrypt,
    Encrypt,
    UnwrapKey,
    WrapKey,
    Verify,
    Sign,
    Purge,
    Release,
    Rotate,
    Getrotationpolicy,
    Setrotationpolicy,
}

impl KeyPermission {
    /// What the maker of a key vault gets: the seed era's list, and rotation; never purge.
    pub const CREATOR: [Self; 12] = [
        Self::Get,
        Self::Create,
        Self::Delete,
        Self::List,
        Self::Update,
        Self::Import,
        Self::Backup,
        Self::Restore,
        Self::Recover,
        Self::Rotate,
        Self::Getrotationpolicy,
        Self::Setrotationpolicy,
    ];

    /// What a vault's identity needs (R39).
    pub const OF_VAULT: [Self; 4] = [Self::Get, Self::List, Self::UnwrapKey, Self::WrapKey];

    /// What the identity of a disk encryption set needs.
    pub const OF_DISK_SET: [Self; 3] = [Self::Get, Self::UnwrapKey, Self::WrapKey];

    /// Key Vault's spelling.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Get => "get",
            Self::List => "list",
            Self::Update => "update",
            Self::Create => "create",
            Self::Import => "import",
            Self::Delete => "delete",
            Self::Recover => "recover",
            Self::Backup => "backup",
            Self::Restore => "restore",
            Self::Decrypt => "decrypt",
            Self::Encrypt => "encrypt",
            Self::UnwrapKey => "unwrapKey",
            Self::WrapKey => "wrapKey",
            Self::Verify => "verify",
            Self::Sign => "sign",
            Self::Purge => "purge",
            Self::Release => "release",
            Self::Rotate => "rotate",
            Self::Getrotationpolicy => "getrotationpolicy",
            Self::Setrotationpolicy => "setrotationpolicy",
        }
    }
}

impl fmt::Display for KeyPermission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

impl FromStr for KeyPermission {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        <Self as clap::ValueEnum>::from_str(text, true)
    }
}

/// What one principal may do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessPolicy {
    /// Principal.
    pub object_id: Uuid,
    /// Application it acts through.
    #[serde(default)]
    pub application_id: Option<Uuid>,
    /// Name to show.
    #[serde(default)]
    pub display_name: String,
    /// On keys.
    #[serde(default)]
    pub keys: BTreeSet<KeyPermission>,
    /// On secrets: kept and shown, rsv has none.
    #[serde(default)]
    pub secrets: Vec<String>,
    /// On certificates: kept and shown, rsv has none.
    #[serde(default)]
    pub certificates: Vec<String>,
    /// On managed storage: kept and shown, rsv has none.
    #[serde(default)]
    pub storage: Vec<String>,
}

/// A key vault.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyVault {
    /// Head.
    #[serde(flatten)]
    pub base: Resource,
    /// Tenant.
    pub tenant_id: Uuid,
    /// `Standard` or `Premium`.
    pub sku: String,
    /// Compute may read secrets.
    pub for_deployment: bool,
    /// Resource Manager may read secrets.
    pub for_template_deployment: bool,
    /// Azure Disk Encryption may read secrets and unwrap.
    pub for_disk_encryption: bool,
    /// Role assignments count instead of access policies.
    pub rbac: bool,
    /// Soft delete; always on in new vaults (R50).
    pub soft_delete: bool,
    /// Days a deleted key is kept, 7-90, fixed when the vault is made.
    pub retention_days: u32,
    /// Purge protection; never off again (R51).
    pub purge_protection: bool,
    /// `Enabled` or `Disabled`.
    pub public_network_access: bool,
    /// Access policies.
    #[serde(default)]
    pub policies: Vec<AccessPolicy>,
    /// Keys by lower-case name.
    #[serde(default)]
    pub keys: BTreeMap<String, Key>,
    /// Deleted keys by lower-case name; they hold their names (R83).
    #[serde(default)]
    pub deleted_keys: BTreeMap<String, DeletedKey>,
}

impl Tagged for KeyVault {
    const KIND: ResourceKind = ResourceKind::KeyVault;
    fn base(&self) -> &Resource {
        &self.base
    }
}

impl KeyVault {
    /// `https://{name}.vault.azure.net/`.
    #[must_use]
    pub fn uri(&self) -> String {
        format!("https://{}.vault.azure.net/", self.base.name.to_lowercase())
    }

    /// The identifier of one of its keys, without version.
    #[must_use]
    pub fn key_id(&self, key: &str) -> KeyId {
        KeyId {
            vault: self.base.name.to_lowercase(),
            name: key.to_owned(),
            version: None,
        }
    }

    /// `Recovery Level` of its keys.
    #[must_use]
    pub fn recovery_level(&self) -> &'static str {
        match (self.purge_protection, self.retention_days) {
            (true, 90) => "Recoverable",
            (true, _) => "CustomizedRecoverable",
            (false, 90) => "Recoverable+Purgeable",
            (false, _) => "CustomizedRecoverable+Purgeable",
        }
    }

    /// Sets `enableSoftDelete`; it never goes off again.
    ///
    /// # Errors
    /// `BadRequest` (R50).
    pub fn set_soft_delete(&mut self, on: bool) -> Result<(), Refusal> {
        if self.soft_delete && !on {
            return Err(Refusal::refused(
                "BadRequest",
                "The property \"enableSoftDelete\" cannot be set to false once it is true.",
            ));
        }
        self.soft_delete = on;
        Ok(())
    }

    /// Sets `enablePurgeProtection`; the service takes no false, even where it is off.
    ///
    /// # Errors
    /// `BadRequest`: Azure's text (R51), or without soft delete (R47).
    pub fn set_purge_protection(&mut self, on: bool) -> Result<(), Refusal> {
        if !on {
            return Err(Refusal::refused(
                "BadRequest",
                "The property \"enablePurgeProtection\" cannot be set to false. Enabling the \
                 purge protection for a vault is an irreversible action.",
            ));
        }
        if !self.soft_delete {
            return Err(Refusal::refused(
                "BadRequest",
                "The property \"enablePurgeProtection\" needs \"enableSoftDelete\".",
            ));
        }
        self.purge_protection = true;
        Ok(())
    }

    /// Checks the access policies; they count only outside RBAC mode (R42).
    pub(super) fn check_policies(
        &self,
        principal: Uuid,
        permission: KeyPermission,
    ) -> Result<(), Refusal> {
        let allowed = self
            .policies
            .iter()
            .filter(|p| p.object_id == principal)
            .any(|p| grants(&p.keys, permission));
        if allowed {
            return Ok(());
        }
        Err(Refusal::refused(
            "ForbiddenByPolicy",
            format!(
                "The user, group or application 'oid={principal}' does not have keys {permission} \
                 permission on key vault '{};location={}'. For help resolving this issue, please \
                 see https://go.microsoft.com/fwlink/?linkid=2125287",
                self.base.name, self.base.location
            ),
        )
        .hint(self.policy_hint(principal, &[permission])))
    }

    /// The command that gives `principal` these permissions. It replaces the list before, so what
    /// is granted already stays in it.
    #[must_use]
    pub fn policy_hint(&self, principal: Uuid, wanted: &[KeyPermission]) -> String {
        let granted = self.policies.iter().filter(|p| p.object_id == principal);
        let all: BTreeSet<&str> = granted
            .flat_map(|p| &p.keys)
            .chain(wanted)
            .map(|permission| permission.text())
            .collect();
        let all: Vec<&str> = all.into_iter().collect();
        format!(
            "rsv Set-AzKeyVaultAccessPolicy -VaultName {} -ObjectId {principal} \
             -PermissionsToKeys {}",
            self.base.name,
            all.join(",")
        )
    }

    /// The key of this name.
    ///
    /// # Errors
    /// `KeyNotFound` (R82).
    pub fn key(&self, name: &str) -> Result<&Key, Refusal> {
        self.keys
            .get(&name.to_lowercase())
            .ok_or_else(|| self.missing_key(name))
    }

    /// The key of this name, to be changed.
    ///
    /// # Errors
    /// `KeyNotFound` (R82).
    pub fn key_mut(&mut self, name: &str) -> Result<&mut Key, Refusal> {
        self.keys
            .get_mut(&name.to_lowercase())
            .ok_or_else(|| key_not_found(name))
    }
}

/// `all` gives everything but purge.
fn grants(granted: &BTreeSet<KeyPermission>, wanted: KeyPermission) -> bool {
    granted.contains(&wanted)
        || (granted.contains(&KeyPermission::All) && wanted != KeyPermission::Purge)
}

/// R82.
pub(super) fn key_not_found(name: &str) -> Refusal {
    let mut refusal = Refusal::not_found(format!(
        "A key with (name/id) {name} was not found in this key vault. If you recently deleted \
         this key you may be able to recover it using the correct recovery command."
    ));
    refusal.code = "KeyNotFound";
    refusal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_does_not_give_purge() {
        let all = BTreeSet::from([KeyPermission::All]);
        assert!(grants(&all, KeyPermission::UnwrapKey));
        assert!(!grants(&all, KeyPermission::Purge));
        assert!(!grants(
            &BTreeSet::from([KeyPermission::Get]),
            KeyPermission::UnwrapKey
        ));
    }

    #[test]
    fn r47_soft_delete_comes_before_purge_protection() {
        let mut vault: KeyVault = serde_json::from_value(serde_json::json!({
            "subscription": Uuid::nil(), "group": "g", "name": "kv1", "location": "japaneast",
            "created": "2027-01-31T00:00:00Z", "tenant_id": Uuid::nil(), "sku": "Standard",
            "for_deployment": false, "for_template_deployment": false,
            "for_disk_encryption": false, "rbac": false, "soft_delete": false,
            "retention_days": 90, "purge_protection": false, "public_network_access": true,
        }))
        .unwrap();
        assert_eq!(
            vault.set_purge_protection(true).unwrap_err().code,
            "BadRequest"
        );
        vault.set_soft_delete(true).unwrap();
        vault.set_purge_protection(true).unwrap();
        assert!(vault.purge_protection);
        assert!(vault.set_soft_delete(false).is_err() && vault.soft_delete);
        assert!(vault.set_purge_protection(false).is_err() && vault.purge_protection);
    }
}

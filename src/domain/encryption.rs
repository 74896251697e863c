//! How a vault's data is encrypted at rest: platform-managed, or under the customer's key (R1).

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Whose key wraps the vault's data-encryption key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum AtRest {
    /// The platform's (`MicrosoftManaged`).
    MicrosoftManaged,
    /// The customer's. There is no way back (R17).
    CustomerManaged,
}

/// How the last key change ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum UpdateStatus {
    /// There was none.
    NotEnabled,
    /// It was done and proved.
    Succeeded,
    /// It failed; the key before it still applies.
    Failed,
}

/// `encryptionProperties` of a vault.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Encryption {
    /// Whose key.
    pub at_rest: AtRest,
    /// The key identifier as it was given: with version pinned, without version auto-rotating.
    pub key_uri: Option<String>,
    /// Subscription of the key vault.
    pub key_vault_subscription: Option<Uuid>,
    /// ARM id of the user-assigned identity that uses the key (R35); absent: the vault's own.
    #[serde(default)]
    pub user_identity: Option<String>,
    /// The subscription went to another tenant since: the key has to be set again (R24).
    #[serde(default)]
    pub tenant_changed: bool,
    /// How the last change ended.
    pub last_update: UpdateStatus,
    /// Second layer under a platform key; set with the first customer key or never (R75).
    pub infrastructure: bool,
}

impl Encryption {
    /// A new vault's.
    #[must_use]
    pub fn platform() -> Self {
        Self {
            at_rest: AtRest::MicrosoftManaged,
            key_uri: None,
            key_vault_subscription: None,
            user_identity: None,
            tenant_changed: false,
            last_update: UpdateStatus::NotEnabled,
            infrastructure: false,
        }
    }

    /// True once a customer key was assigned.
    #[must_use]
    pub fn is_customer(&self) -> bool {
        self.at_rest == AtRest::CustomerManaged
    }
}

//! Managed identities of vaults and disk encryption sets (R31-R38).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::domain::Refusal;

/// Which identities a resource has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum IdentityType {
    /// None.
    None,
    /// Its own, made and lost with it.
    SystemAssigned,
    /// Attached ones.
    UserAssigned,
    /// Both kinds.
    #[serde(rename = "SystemAssigned, UserAssigned")]
    Both,
}

impl IdentityType {
    /// The service's text for it.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            Self::None => "None",
            Self::SystemAssigned => "SystemAssigned",
            Self::UserAssigned => "UserAssigned",
            Self::Both => "SystemAssigned, UserAssigned",
        }
    }
}

/// A user-assigned identity as its holder sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserIdentity {
    /// Principal id.
    pub principal_id: Uuid,
    /// Client id.
    pub client_id: Uuid,
}

/// The identities of one resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// Principal of the system-assigned identity.
    pub principal_id: Option<Uuid>,
    /// Tenant; absent without any identity.
    pub tenant_id: Option<Uuid>,
    /// User-assigned identities by ARM id.
    #[serde(default)]
    pub user_assigned: BTreeMap<String, UserIdentity>,
}

impl Identity {
    /// No identity.
    #[must_use]
    pub fn none() -> Self {
        Self {
            principal_id: None,
            tenant_id: None,
            user_assigned: BTreeMap::new(),
        }
    }

    /// Which kinds are present.
    #[must_use]
    pub fn kind(&self) -> IdentityType {
        match (self.principal_id.is_some(), self.user_assigned.is_empty()) {
            (false, true) => IdentityType::None,
            (true, true) => IdentityType::SystemAssigned,
            (false, false) => IdentityType::UserAssigned,
            (true, false) => IdentityType::Both,
        }
    }

    /// Turns the system-assigned identity on. On again keeps the principal; after an off it is a
    /// new one, and grants to the old one do not apply (R34).
    pub fn enable_system(&mut self, fresh: Uuid, tenant: Uuid) {
        self.principal_id.get_or_insert(fresh);
        self.tenant_id = Some(tenant);
    }

    /// Drops every identity.
    pub fn clear(&mut self) {
        *self = Self::none();
    }

    /// Drops the system-assigned identity.
    pub fn remove_system(&mut self) {
        self.principal_id = None;
        if self.user_assigned.is_empty() {
            self.tenant_id = None;
        }
    }

    /// The system-assigned principal.
    ///
    /// # Errors
    /// `UserErrorCMKMissingMangedIdentityPermissionOnKeyVault` (R5) when it is off.
    pub fn system_principal(&self, owner: &str) -> Result<Uuid, Refusal> {
        self.principal_id.ok_or_else(|| {
            Refusal::refused(
                "UserErrorCMKMissingMangedIdentityPermissionOnKeyVault",
                format!("'{owner}' has no system-assigned managed identity."),
            )
        })
    }
}

//! Managed identities of vaults and disk encryption sets (R31-R38).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::domain::resource::Tagged;
use crate::domain::{Refusal, Resource, ResourceKind};

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

/// A user-assigned identity: a resource of its own, which others attach.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserAssignedIdentity {
    /// Head.
    #[serde(flatten)]
    pub base: Resource,
    /// Tenant.
    pub tenant_id: Uuid,
    /// What its holders see.
    #[serde(flatten)]
    pub principal: UserIdentity,
}

impl Tagged for UserAssignedIdentity {
    const KIND: ResourceKind = ResourceKind::UserAssignedIdentity;
    fn base(&self) -> &Resource {
        &self.base
    }
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

    /// Turns the system-assigned identity on. On again keeps the principal; after an off, and in
    /// another tenant (R24), it is a new one, and grants to the old one do not apply (R34).
    pub fn enable_system(&mut self, fresh: Uuid, tenant: Uuid) {
        if self.tenant_id.is_some_and(|before| before != tenant) {
            self.principal_id = None;
        }
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

    /// Attaches a user-assigned identity, beside whatever there is.
    pub fn attach(&mut self, identity: &UserAssignedIdentity) {
        let id = identity.id().to_string();
        self.user_assigned.insert(id, identity.principal.clone());
        self.tenant_id = Some(identity.tenant_id);
    }

    /// Detaches a user-assigned identity.
    ///
    /// # Errors
    /// Azure's text for one that is not attached.
    pub fn detach(&mut self, id: &str) -> Result<(), Refusal> {
        let found = self.attached(id).map(|(key, _)| key.clone());
        let Some(key) = found else {
            return Err(Refusal::usage(
                "ArgumentException",
                format!("IdentityId '{id}' is invalid"),
            ));
        };
        self.user_assigned.remove(&key);
        if self.kind() == IdentityType::None {
            self.tenant_id = None;
        }
        Ok(())
    }

    /// The attached identity with this id: ARM ids are equal without regard to case.
    fn attached(&self, id: &str) -> Option<(&String, &UserIdentity)> {
        self.user_assigned
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(id))
    }

    /// The principal of an attached user-assigned identity (R37).
    ///
    /// # Errors
    /// `RsvIdentityNotAttached`, in the words of Azure's command line.
    pub fn user_principal(&self, id: &str) -> Result<Uuid, Refusal> {
        let found = self.attached(id).map(|(_, user)| user.principal_id);
        found.ok_or_else(|| {
            let message = if self.user_assigned.is_empty() {
                "Please add user assigned identity for Recovery Services Vault."
            } else {
                "This user assigned identity not available for Recovery Services Vault."
            };
            Refusal::refused("RsvIdentityNotAttached", message)
        })
    }

    /// True when it is one of these identities.
    #[must_use]
    pub fn holds(&self, principal: Uuid) -> bool {
        let mut users = self.user_assigned.values();
        self.principal_id == Some(principal) || users.any(|user| user.principal_id == principal)
    }

    /// The principal of a resource that has exactly one identity.
    ///
    /// # Errors
    /// As [`Self::system_principal`].
    pub fn only_principal(&self, owner: &str) -> Result<Uuid, Refusal> {
        match self.user_assigned.values().next() {
            Some(user) if self.principal_id.is_none() => Ok(user.principal_id),
            _ => self.system_principal(owner),
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

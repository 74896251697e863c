//! Roles on keys, and who may use a key: role assignments in RBAC mode, else access policies.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::domain::resource::Tagged;
use crate::domain::{KeyPermission, KeyVault, Refusal};

/// A built-in role, as far as it is about keys.
#[derive(Debug, PartialEq, Eq)]
pub struct Role {
    /// Azure's id of it.
    pub id: Uuid,
    /// Azure's name of it.
    pub name: &'static str,
    keys: &'static [KeyPermission],
}

/// The roles of the reference's section 10. `All` of a role holds purge too.
pub static ROLES: [Role; 5] = {
    use KeyPermission as P;
    const CRYPTO: &[P] = &[
        P::Get,
        P::List,
        P::Update,
        P::Backup,
        P::Encrypt,
        P::Decrypt,
        P::WrapKey,
        P::UnwrapKey,
        P::Sign,
        P::Verify,
    ];
    [
        Role {
            id: Uuid::from_u128(0xe147588a_f6f5_4113_8e2d_b22465e65bf6),
            name: "Key Vault Crypto Service Encryption User",
            keys: &[P::Get, P::List, P::WrapKey, P::UnwrapKey],
        },
        Role {
            id: Uuid::from_u128(0x14b46e9e_c2b7_41b4_b07b_48a6ebf60603),
            name: "Key Vault Crypto Officer",
            keys: &[P::All],
        },
        Role {
            id: Uuid::from_u128(0x12338af0_0e69_4776_bea7_57ae8d297424),
            name: "Key Vault Crypto User",
            keys: CRYPTO,
        },
        Role {
            id: Uuid::from_u128(0x00482a5a_887f_4fb3_b363_3b7fe8e74483),
            name: "Key Vault Administrator",
            keys: &[P::All],
        },
        Role {
            id: Uuid::from_u128(0x21090545_7ca7_4776_b22c_e363652d74d2),
            name: "Key Vault Reader",
            keys: &[P::Get, P::List],
        },
    ]
};

impl Role {
    fn grants(&self, permission: KeyPermission) -> bool {
        self.keys.contains(&KeyPermission::All) || self.keys.contains(&permission)
    }

    /// The role with this id or name.
    ///
    /// # Errors
    /// `RoleDefinitionDoesNotExist`, Resource Manager's code.
    pub fn find(text: &str) -> Result<&'static Self, Refusal> {
        ROLES
            .iter()
            .find(|r| r.name.eq_ignore_ascii_case(text) || r.id.to_string() == text.to_lowercase())
            .ok_or_else(|| {
                let names: Vec<_> = ROLES.iter().map(|r| r.name).collect();
                let mut refusal =
                    Refusal::not_found(format!("Cannot find role definition with name '{text}'."));
                refusal.code = "RoleDefinitionDoesNotExist";
                refusal.hint(format!("rsv has: {}.", names.join(", ")))
            })
    }
}

/// One principal has one role in one scope.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleAssignment {
    /// Id.
    pub id: Uuid,
    /// Where: a subscription, a resource group, a key vault, or a key of one, by ARM id.
    pub scope: String,
    /// Id of the role.
    pub role: Uuid,
    /// Who.
    pub principal: Uuid,
    /// Free text.
    #[serde(default)]
    pub description: Option<String>,
}

impl RoleAssignment {
    /// The role; absent when this version of rsv does not know it.
    #[must_use]
    pub fn role(&self) -> Option<&'static Role> {
        ROLES.iter().find(|r| r.id == self.role)
    }

    /// `{scope}/providers/Microsoft.Authorization/roleAssignments/{id}`.
    #[must_use]
    pub fn arm_id(&self) -> String {
        let Self { scope, id, .. } = self;
        format!("{scope}/providers/Microsoft.Authorization/roleAssignments/{id}")
    }

    /// True when it holds at `scope`: given there or further up.
    #[must_use]
    pub fn covers(&self, scope: &str) -> bool {
        let (own, scope) = (self.scope.to_lowercase(), scope.to_lowercase());
        scope
            .strip_prefix(&own)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }
}

/// A key vault together with what says who may use it.
#[derive(Debug, Clone, Copy)]
pub struct KeyVaultAccess<'a> {
    key_vault: &'a KeyVault,
    assignments: &'a [RoleAssignment],
}

impl<'a> KeyVaultAccess<'a> {
    /// Joins a key vault and all role assignments of its home.
    #[must_use]
    pub fn new(key_vault: &'a KeyVault, assignments: &'a [RoleAssignment]) -> Self {
        Self {
            key_vault,
            assignments,
        }
    }

    /// Checks that `principal` may do this with `key`; without a key: with keys of the vault.
    /// Called by the key provider on every use. Role assignments count in RBAC mode only, access
    /// policies out of it only (R42).
    ///
    /// # Errors
    /// `ForbiddenByPolicy` (R78) or `ForbiddenByRbac` (R79) with Key Vault's words.
    pub fn check(
        &self,
        principal: Uuid,
        permission: KeyPermission,
        key: Option<&str>,
    ) -> Result<(), Refusal> {
        if !self.key_vault.rbac {
            return self.key_vault.check_policies(principal, permission);
        }
        let vault = self.key_vault.id();
        let scope = match key {
            Some(key) => format!("{vault}/keys/{key}"),
            None => vault.to_string(),
        };
        let allowed = self.assignments.iter().any(|a| {
            a.principal == principal
                && a.covers(&scope)
                && a.role().is_some_and(|r| r.grants(permission))
        });
        if allowed {
            return Ok(());
        }
        let role = ROLES.iter().find(|r| r.grants(permission));
        Err(Refusal::refused(
            "ForbiddenByRbac",
            "Caller is not authorized to perform action on resource. If role assignments, deny \
             assignments or role definitions were changed recently, please observe propagation \
             time.",
        )
        .hint(format!(
            "rsv New-AzRoleAssignment -ObjectId {principal} -RoleDefinitionName '{}' -Scope {vault}",
            role.map_or("", |r| r.name)
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assignment(scope: &str) -> RoleAssignment {
        RoleAssignment {
            id: Uuid::nil(),
            scope: scope.into(),
            role: ROLES[0].id,
            principal: Uuid::nil(),
            description: None,
        }
    }

    #[test]
    fn an_assignment_covers_its_scope_and_what_is_below_but_no_longer_name() {
        let group = assignment("/subscriptions/S/resourceGroups/rg");
        assert!(group.covers("/subscriptions/s/resourcegroups/RG"));
        assert!(group.covers("/subscriptions/s/resourceGroups/rg/providers/x/y/z"));
        assert!(!group.covers("/subscriptions/s/resourceGroups/rg2/providers/x/y/z"));
        assert!(!group.covers("/subscriptions/s"));
    }

    #[test]
    fn r41_the_encryption_user_reads_wraps_and_unwraps_and_nothing_else() {
        let role = Role::find("key vault crypto service encryption user").unwrap();
        let granted: Vec<_> = <KeyPermission as clap::ValueEnum>::value_variants()
            .iter()
            .filter(|p| role.grants(**p))
            .map(|p| p.text())
            .collect();
        assert_eq!(granted, ["get", "list", "unwrapKey", "wrapKey"]);
        let officer = Role::find("14B46E9E-c2b7-41b4-b07b-48a6ebf60603").unwrap();
        assert!(officer.grants(KeyPermission::Purge));
        assert!(Role::find("Owner").is_err());
    }
}

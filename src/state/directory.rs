//! Who exists in a home, and where roles may be given: Azure's directory, as far as it is here.

use uuid::Uuid;

use crate::domain::{
    KeyPermission, KeyVault, KeyVaultAccess, Refusal, ResourceId, ResourceKind, Tagged,
    UserIdentity,
};
use crate::state::Document;

/// Somebody who can be given a permission.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// Object id.
    pub id: Uuid,
    /// The account's sign-in name, or the name of the resource whose identity it is.
    pub name: String,
    /// Client id; only user-assigned identities have one here.
    pub client_id: Option<Uuid>,
    /// True for the account, false for a service principal.
    pub is_user: bool,
}

impl Document {
    /// A key vault with what says who may use it.
    #[must_use]
    pub fn key_access<'a>(&'a self, key_vault: &'a KeyVault) -> KeyVaultAccess<'a> {
        KeyVaultAccess::new(key_vault, &self.role_assignments)
    }

    /// Checks that `principal` may do this with a key of the key vault `id`, or without a name with
    /// its keys at large.
    ///
    /// # Errors
    /// `ResourceNotFound`; `ForbiddenByPolicy` (R78) or `ForbiddenByRbac` (R79).
    pub fn check_key(
        &self,
        id: &ResourceId,
        key: Option<&str>,
        principal: Uuid,
        permission: KeyPermission,
    ) -> Result<(), Refusal> {
        self.key_access(self.key_vaults.get(id)?)
            .check(principal, permission, key)
    }

    /// What an identity has to be permitted before it can use a key: all of it, however far a
    /// single step needs. Whoever is not only a disk encryption set's counts as a vault's.
    #[must_use]
    pub fn key_needs(&self, principal: Uuid) -> &'static [KeyPermission] {
        let mut sets = self.disk_encryption_sets.iter();
        let mut vaults = self.vaults.iter();
        let of_set = sets.any(|set| set.identity.holds(principal));
        match of_set && !vaults.any(|vault| vault.identity.holds(principal)) {
            true => &KeyPermission::OF_DISK_SET,
            false => &KeyPermission::OF_VAULT,
        }
    }

    /// Checks that a principal is of the tenant that the key vault trusts (R24). One that nobody
    /// here has any more is left to the permissions: it has none.
    ///
    /// # Errors
    /// `Unauthorized`, with Key Vault's words for a token of another tenant.
    pub fn check_tenant(&self, principal: Uuid, key_vault: &KeyVault) -> Result<(), Refusal> {
        let trusted = key_vault.tenant_id;
        let vaults = self.vaults.iter().map(|v| &v.identity);
        let sets = self.disk_encryption_sets.iter().map(|s| &s.identity);
        let own = vaults
            .chain(sets)
            .find(|identity| identity.principal_id == Some(principal))
            .and_then(|identity| identity.tenant_id);
        let attached = self
            .user_identities
            .iter()
            .find(|user| user.principal.principal_id == principal)
            .map(|user| user.tenant_id);
        match own.or(attached) {
            Some(found) if found != trusted => Err(Refusal::refused(
                "Unauthorized",
                format!(
                    "AKV10032: Invalid issuer. Expected one of https://sts.windows.net/{trusted}/, \
                     found https://sts.windows.net/{found}/: the identity '{principal}' is of \
                     another tenant."
                ),
            )
            .hint(
                "Set the identity up anew and permit it: rsv Update-AzRecoveryServicesVault \
                 -ResourceGroupName GROUP -Name VAULT -IdentityType SystemAssigned",
            )),
            _ => Ok(()),
        }
    }

    /// Every principal: the account, then identities of vaults, disk encryption sets, and
    /// user-assigned ones.
    #[must_use]
    pub fn principals(&self) -> Vec<Principal> {
        let service = |id: Uuid, name: &str, client_id| Principal {
            id,
            name: name.to_owned(),
            client_id,
            is_user: false,
        };
        let account = Principal {
            id: self.account.object_id,
            name: self.account.id.clone(),
            client_id: None,
            is_user: true,
        };
        // A deleted vault may come back, and its identity with it.
        let deleted = self.deleted_vaults.values().map(|d| &d.vault);
        let vaults = self.vaults.iter().chain(deleted);
        let vaults = vaults.map(|v| (&v.identity, &v.base.name));
        let sets = self
            .disk_encryption_sets
            .iter()
            .map(|s| (&s.identity, &s.base.name));
        let system = vaults
            .chain(sets)
            .filter_map(|(identity, name)| Some(service(identity.principal_id?, name, None)));
        let user = self.user_identities.iter().map(|u| {
            let UserIdentity {
                principal_id,
                client_id,
            } = u.principal;
            service(principal_id, &u.base.name, Some(client_id))
        });
        std::iter::once(account).chain(system).chain(user).collect()
    }

    /// A scope for role assignments, in the spelling of what it names: a subscription, a resource
    /// group, a key vault, or a key of one.
    ///
    /// # Errors
    /// A not-found refusal when there is no such thing; `RsvScopeUnsupported` for anything else.
    pub fn scope(&self, text: &str) -> Result<String, Refusal> {
        let text = text.trim_end_matches('/');
        let words: Vec<&str> = text.split('/').collect();
        match words.as_slice() {
            ["", first, subscription] if first.eq_ignore_ascii_case("subscriptions") => {
                let found = self.subscription_named(subscription)?;
                return Ok(format!("/subscriptions/{}", found.id));
            }
            ["", _, subscription, word, group] if word.eq_ignore_ascii_case("resourceGroups") => {
                let found = self.subscription_named(subscription)?;
                return Ok(self.group(found.id, group)?.id());
            }
            _ => {}
        }
        let (id, more) = ResourceId::parse_prefix(text)?;
        if id.kind == ResourceKind::KeyVault {
            let key_vault = self.key_vaults.get(&id)?;
            match more.as_slice() {
                [] => return Ok(key_vault.id().to_string()),
                [keys, name] if keys.eq_ignore_ascii_case("keys") => {
                    let key = key_vault.key(name)?;
                    return Ok(format!("{}/keys/{}", key_vault.id(), key.name));
                }
                _ => {}
            }
        }
        Err(Refusal::usage(
            "RsvScopeUnsupported",
            format!("Roles in rsv are about keys; '{text}' has none."),
        )
        .hint("Give the id of a key vault, of one of its keys, or of a group or subscription."))
    }

    /// Drops role assignments whose scope is gone: what is made there again later, even under the
    /// same name, starts without them.
    pub fn drop_lost_assignments(&mut self) {
        if self.role_assignments.is_empty() {
            return;
        }
        let mut assignments = std::mem::take(&mut self.role_assignments);
        assignments.retain(|a| self.scope(&a.scope).is_ok());
        self.role_assignments = assignments;
    }
}

//! Moving resources between groups and subscriptions, and a subscription between tenants. What
//! others name by its id, or what Azure does not move, is refused by name (R23, R24).

use uuid::Uuid;

use crate::domain::{Identity, Refusal, Resource, ResourceGroup, ResourceId, ResourceKind, Tagged};
use crate::state::Document;

fn refuse(message: String, hint: &str) -> Refusal {
    Refusal::refused("ResourceMoveProviderValidationFailed", message).hint(hint)
}

/// Moves all of these or none; gives their new ids.
///
/// # Errors
/// `ResourceMoveProviderValidationFailed` for what cannot move, with the reason; a usage refusal
/// for sources in several groups or in the target already; `RsvMoveTargetExists`.
pub fn move_resources(
    state: &mut Document,
    ids: &[ResourceId],
    subscription: Uuid,
    group: &str,
) -> Result<Vec<ResourceId>, Refusal> {
    let target = state.group(subscription, group)?.clone();
    check_sources(ids, &target)?;
    let mut moved = Vec::new();
    for id in ids {
        check_movable(state, id, &target)?;
        moved.push(move_one(state, id, &target)?);
    }
    Ok(moved)
}

/// ARM moves the resources of one group at a time.
fn check_sources(ids: &[ResourceId], target: &ResourceGroup) -> Result<(), Refusal> {
    let place = |id: &ResourceId| (id.subscription, id.group.to_lowercase());
    let Some(first) = ids.first() else {
        return Ok(());
    };
    if ids.iter().any(|id| place(id) != place(first)) {
        return Err(Refusal::usage(
            "RsvMoveManyGroups",
            "The resources are in several resource groups: one move has one source group.",
        )
        .hint("Move the resources of each group by themselves."));
    }
    if place(first) == (target.subscription, target.name.to_lowercase()) {
        return Err(Refusal::usage(
            "RsvMoveNowhere",
            format!("The resources are in group '{}' already.", target.name),
        ));
    }
    Ok(())
}

fn check_movable(state: &Document, id: &ResourceId, target: &ResourceGroup) -> Result<(), Refusal> {
    let name = &id.name;
    let elsewhere = id.subscription != target.subscription;
    match id.kind {
        ResourceKind::Vault if state.vaults.get(id)?.encryption.is_customer() => Err(refuse(
            format!(
                "Moving CMK encrypted Recovery Services vault '{name}' across Resource Groups and \
                 Subscriptions isn't currently supported (R23)."
            ),
            "Leave the vault where it is: a customer-managed key cannot be taken off (R17).",
        )),
        ResourceKind::DiskEncryptionSet => Err(refuse(
            format!("Disk encryption set '{name}': Azure moves no disk encryption sets."),
            "rsv New-AzDiskEncryptionSet makes one in the other group.",
        )),
        ResourceKind::UserAssignedIdentity => Err(refuse(
            format!("Identity '{name}': Azure moves no user-assigned identities."),
            "rsv New-AzUserAssignedIdentity makes one in the other group.",
        )),
        ResourceKind::KeyVault => check_key_vault(state, id),
        ResourceKind::Disk
            if elsewhere
                && state
                    .disks
                    .get(id)?
                    .encryption
                    .disk_encryption_set
                    .is_some() =>
        {
            Err(refuse(
                format!(
                    "Disk '{name}' is under a customer-managed key: such disks do not move to \
                     another subscription."
                ),
                "Restore it there instead.",
            ))
        }
        ResourceKind::VirtualMachine => check_machine(state, id),
        _ => Ok(()),
    }
}

/// Disk encryption sets name their key vault by its id.
fn check_key_vault(state: &Document, id: &ResourceId) -> Result<(), Refusal> {
    let text = id.to_string();
    let uses = |key: &crate::domain::ActiveKey| key.source_vault.eq_ignore_ascii_case(&text);
    let user = state
        .disk_encryption_sets
        .iter()
        .find(|set| uses(&set.active_key) || set.previous_keys.iter().any(uses));
    match user {
        Some(set) => Err(refuse(
            format!(
                "You cannot move key vault '{}': it is used for disk encryption, by set '{}'.",
                id.name, set.base.name
            ),
            "rsv Update-AzDiskEncryptionSet gives the set a key of another key vault.",
        )),
        None => Ok(()),
    }
}

/// A machine is protected under its id.
fn check_machine(state: &Document, id: &ResourceId) -> Result<(), Refusal> {
    let vault = state
        .vaults
        .iter()
        .find(|vault| vault.items.iter().any(|item| item.protects(id)));
    let Some(vault) = vault else {
        return Ok(());
    };
    let item = vault.items.iter().find(|item| item.protects(id));
    let hint = match item.and_then(|item| item.soft_deleted.as_ref()) {
        Some(deleted) => format!(
            "Its data was deleted; it is free once that is purged, on {}: rsv Optimize-RsvVault \
             -VaultId {}",
            deleted.purge(),
            vault.base.name
        ),
        None => format!(
            "Its backups end, and their data is deleted, with: rsv \
             Disable-AzRecoveryServicesBackupProtection -Item {} -VaultId {} -RemoveRecoveryPoints \
             -Force",
            id.name, vault.base.name
        ),
    };
    Err(refuse(
        format!(
            "Machine '{}' is protected in vault '{}' under the id it has now.",
            id.name, vault.base.name
        ),
        &hint,
    ))
}

fn move_one(
    state: &mut Document,
    id: &ResourceId,
    target: &ResourceGroup,
) -> Result<ResourceId, Refusal> {
    /// Takes the resource out, changes its head, and puts it back, unless one is there.
    macro_rules! shift {
        ($table:expr) => {{
            let mut value = $table.get(id)?.clone();
            change_place(&mut value.base, target);
            let new = value.id();
            check_free($table.contains(&new), &new)?;
            $table.remove(id);
            $table.put(value);
            new
        }};
    }
    let new = match id.kind {
        ResourceKind::Vault => shift!(state.vaults),
        ResourceKind::KeyVault => shift!(state.key_vaults),
        ResourceKind::DiskEncryptionSet => shift!(state.disk_encryption_sets),
        ResourceKind::VirtualMachine => shift!(state.machines),
        ResourceKind::Disk => shift!(state.disks),
        ResourceKind::StorageAccount => shift!(state.storage_accounts),
        ResourceKind::UserAssignedIdentity => shift!(state.user_identities),
    };
    let context = state.vault_context.as_mut();
    if let Some(context) = context.filter(|c| c.eq_ignore_ascii_case(&id.to_string())) {
        *context = new.to_string();
    }
    Ok(new)
}

fn change_place(base: &mut Resource, target: &ResourceGroup) {
    base.subscription = target.subscription;
    base.group.clone_from(&target.name);
}

fn check_free(is_taken: bool, id: &ResourceId) -> Result<(), Refusal> {
    if !is_taken {
        return Ok(());
    }
    Err(Refusal::refused(
        "RsvMoveTargetExists",
        format!(
            "There is a {} '{}' in group '{}' already.",
            id.kind.label(),
            id.name,
            id.group
        ),
    ))
}

/// What a change of tenant broke.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TenantChange {
    /// Vaults whose identity and key have to be set up anew.
    pub vaults: Vec<String>,
    /// Disk encryption sets whose identity is of the tenant before.
    pub sets: Vec<String>,
    /// Key vaults that permit nobody any more.
    pub key_vaults: Vec<String>,
    /// Role assignments that are gone.
    pub role_assignments: usize,
}

/// Takes a subscription to another tenant (R24): its key vaults trust that tenant from now on and
/// permit nobody, role assignments are gone, and identities stay behind with the tenant before.
///
/// # Errors
/// `RsvSameTenant`, `RsvSubscriptionNotFound`.
pub fn change_tenant(
    state: &mut Document,
    subscription: Uuid,
    tenant: Uuid,
) -> Result<TenantChange, Refusal> {
    let found = state.subscription_named(&subscription.to_string())?.clone();
    if found.tenant_id == tenant {
        return Err(Refusal::refused(
            "RsvSameTenant",
            format!(
                "Subscription '{}' is in tenant {tenant} already.",
                found.name
            ),
        ));
    }
    for known in &mut state.subscriptions {
        if known.id == subscription {
            known.tenant_id = tenant;
        }
    }
    // The account works in one tenant: that of its subscription.
    if state.subscription == subscription {
        state.account.tenant_id = tenant;
    }
    let mut change = TenantChange::default();
    let has_any = |identity: &Identity| identity.tenant_id.is_some();
    for deleted in state.deleted_vaults.values_mut() {
        let vault = &mut deleted.vault;
        if vault.base.subscription == subscription && vault.encryption.is_customer() {
            vault.encryption.tenant_changed = true;
        }
    }
    for id in state.vaults.iter().map(Tagged::id).collect::<Vec<_>>() {
        let vault = state.vaults.get_mut(&id)?;
        if vault.base.subscription == subscription
            && (vault.encryption.is_customer() || has_any(&vault.identity))
        {
            vault.encryption.tenant_changed = vault.encryption.is_customer();
            change.vaults.push(vault.base.name.clone());
        }
    }
    let sets = state.disk_encryption_sets.iter();
    let sets = sets.filter(|s| s.base.subscription == subscription && has_any(&s.identity));
    change.sets = sets.map(|s| s.base.name.clone()).collect();
    for id in state.key_vaults.iter().map(Tagged::id).collect::<Vec<_>>() {
        let key_vault = state.key_vaults.get_mut(&id)?;
        if key_vault.base.subscription == subscription {
            key_vault.tenant_id = tenant;
            key_vault.policies.clear();
            change.key_vaults.push(key_vault.base.name.clone());
        }
    }
    let scope = format!("/subscriptions/{subscription}");
    let before = state.role_assignments.len();
    state
        .role_assignments
        .retain(|a| !a.scope.to_lowercase().starts_with(&scope));
    change.role_assignments = before - state.role_assignments.len();
    Ok(change)
}

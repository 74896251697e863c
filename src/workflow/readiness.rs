//! The checklist of one vault and key, against the state of this moment.

use uuid::Uuid;

use crate::domain::{
    KeyId, KeyPermission, KeyVault, Readiness, Refusal, Rules, Stage, Vault, check_key,
    check_new_vault, check_protection, check_same_region,
};
use crate::state::Document;

/// Runs the seed's checklist (R61, R62, R91). Every step is looked at, whatever the others say.
#[must_use]
pub fn check_readiness(
    state: &Document,
    vault: &Vault,
    key: &KeyId,
    rules: &Rules,
    stage: Stage,
    now: jiff::Timestamp,
) -> Readiness {
    let mut readiness = Readiness::default();
    let principal = vault.key_principal();
    readiness.add(
        "Vault has a managed identity",
        check_identity(vault, &principal),
    );
    let key_vault = state.key_vault_named(&key.vault);
    let in_vault = |check: &dyn Fn(&KeyVault) -> Result<String, Refusal>| match &key_vault {
        Ok(key_vault) => check(key_vault),
        Err(missing) => Err(missing.clone()),
    };
    readiness.add(
        "Identity may use the key",
        in_vault(&|kv| check_permissions(state, kv, key, &principal)),
    );
    readiness.add(
        "Key vault has soft delete and purge protection",
        in_vault(&check_protection),
    );
    readiness.add(
        "Key vault is in the vault's region",
        in_vault(&|kv| check_same_region(vault, kv)),
    );
    readiness.add(
        "Key is RSA of an accepted size, enabled and valid",
        in_vault(&|kv| {
            state.check_key_kept(key, now)?;
            let found = kv.key(&key.name)?;
            let version = found
                .resolve(key.version.as_deref(), now)
                .ok_or_else(|| Refusal {
                    code: "KeyNotFound",
                    ..Refusal::not_found(format!("The key has no version {key}."))
                })?;
            check_key(version, rules, now).map_err(|refusal| version.heal(key, refusal, now))
        }),
    );
    readiness.add(
        "Vault never protected anything under another key",
        check_new_vault(vault),
    );
    if stage == Stage::Protect {
        readiness.add("Key is assigned to the vault", check_assigned(vault, key));
    }
    readiness
}

/// The identity that uses the key: the vault's own, or the attached one that was chosen (R35).
fn check_identity(vault: &Vault, principal: &Result<Uuid, Refusal>) -> Result<String, Refusal> {
    let (group, name) = (&vault.base.group, &vault.base.name);
    let update =
        format!("rsv Update-AzRecoveryServicesVault -ResourceGroupName {group} -Name {name}");
    match (principal, &vault.encryption.user_identity) {
        (Ok(id), None) => Ok(format!("SystemAssigned, principal {id}.")),
        (Ok(id), Some(user)) => Ok(format!("UserAssigned, principal {id}, {user}.")),
        (Err(refusal), None) => Err(refusal
            .clone()
            .hint(format!("{update} -IdentityType SystemAssigned"))),
        (Err(refusal), Some(user)) => Err(refusal.clone().hint(format!(
            "{update} -IdentityType UserAssigned -IdentityId {user}"
        ))),
    }
}

fn check_permissions(
    state: &Document,
    key_vault: &KeyVault,
    key: &KeyId,
    principal: &Result<Uuid, Refusal>,
) -> Result<String, Refusal> {
    let principal = principal.clone()?;
    let access = state.key_access(key_vault);
    let denied: Vec<_> = KeyPermission::OF_VAULT
        .into_iter()
        .filter_map(|p| Some((p, access.check(principal, p, Some(&key.name)).err()?)))
        .collect();
    let Some((_, first)) = denied.first() else {
        return Ok("get, list, unwrapKey and wrapKey are granted.".into());
    };
    let names: Vec<_> = denied.iter().map(|(p, _)| p.to_string()).collect();
    let policy_hint = key_vault.policy_hint(principal, &KeyPermission::OF_VAULT);
    let hint = first.hint.clone().filter(|_| key_vault.rbac);
    Err(Refusal::refused(
        "UserErrorCMKMissingMangedIdentityPermissionOnKeyVault",
        format!(
            "The vault's identity {principal} lacks {} on key vault '{}'.",
            names.join(", "),
            key_vault.base.name
        ),
    )
    .hint(hint.unwrap_or(policy_hint)))
}

fn check_assigned(vault: &Vault, key: &KeyId) -> Result<String, Refusal> {
    vault.check_key_of_this_tenant()?;
    let assigned = vault
        .encryption
        .key_uri
        .as_deref()
        .and_then(|uri| uri.parse::<KeyId>().ok());
    match assigned {
        Some(found) if found.versionless() == key.versionless() => Ok(format!(
            "{}.",
            vault.encryption.key_uri.as_deref().unwrap_or_default()
        )),
        _ => Err(Refusal::refused(
            "RsvKeyNotAssigned",
            format!(
                "Vault '{}' is not encrypted under this key.",
                vault.base.name
            ),
        )
        .hint(format!(
            "rsv Set-AzRecoveryServicesVaultProperty -VaultId {} -EncryptionKeyId {key}",
            vault.arm_id()
        ))),
    }
}

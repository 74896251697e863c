//! The checklist of one vault and key, against the state of this moment.

use uuid::Uuid;

use crate::domain::{
    KeyId, KeyPermission, KeyVault, Readiness, Refusal, Rules, Stage, Vault, check_key,
    check_new_vault, check_protection, check_same_region,
};
use crate::state::Document;

/// R39: what the vault's identity needs.
const NEEDED: [KeyPermission; 4] = [
    KeyPermission::Get,
    KeyPermission::List,
    KeyPermission::UnwrapKey,
    KeyPermission::WrapKey,
];

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
    let principal = vault.identity.system_principal(&vault.base.name);
    readiness.add(
        "Vault has a managed identity",
        principal
            .clone()
            .map(|id| format!("SystemAssigned, principal {id}."))
            .map_err(|r| {
                r.hint(format!(
                    "rsv Update-AzRecoveryServicesVault -ResourceGroupName {} -Name {} \
                 -IdentityType SystemAssigned",
                    vault.base.group, vault.base.name
                ))
            }),
    );
    let key_vault = state.key_vault_named(&key.vault);
    let in_vault = |check: &dyn Fn(&KeyVault) -> Result<String, Refusal>| match &key_vault {
        Ok(key_vault) => check(key_vault),
        Err(missing) => Err(missing.clone()),
    };
    readiness.add(
        "Identity may use the key",
        in_vault(&|kv| check_permissions(kv, &principal)),
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
                .ok_or_else(|| Refusal::not_found(format!("The key has no version {key}.")))?;
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

fn check_permissions(
    key_vault: &KeyVault,
    principal: &Result<Uuid, Refusal>,
) -> Result<String, Refusal> {
    let principal = principal.clone()?;
    let denied: Vec<_> = NEEDED
        .into_iter()
        .filter(|p| key_vault.check_access(principal, *p).is_err())
        .collect();
    if denied.is_empty() {
        return Ok("get, list, unwrapKey and wrapKey are granted.".into());
    }
    let names: Vec<_> = denied.iter().map(ToString::to_string).collect();
    Err(Refusal::refused(
        "UserErrorCMKMissingMangedIdentityPermissionOnKeyVault",
        format!(
            "The vault's identity {principal} lacks {} on key vault '{}'.",
            names.join(", "),
            key_vault.base.name
        ),
    )
    .hint(format!(
        "rsv Set-AzKeyVaultAccessPolicy -VaultName {} -ObjectId {principal} \
         -PermissionsToKeys get,list,unwrapKey,wrapKey",
        key_vault.base.name
    )))
}

fn check_assigned(vault: &Vault, key: &KeyId) -> Result<String, Refusal> {
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

//! What an update does not name stays as it is, as Azure's own clients rely on.

use serde_json::Value;

use crate::harness::Sandbox;

const VAULT: &str = "Get-AzRecoveryServicesVault -Name testvault";
const PROPERTY: &str = "Get-AzRecoveryServicesVaultProperty -VaultId testvault";
const UPDATE: &str = "Update-AzRecoveryServicesVault -ResourceGroupName testrg -Name testvault";
const SET: &str = "Set-AzRecoveryServicesVaultProperty -VaultId testvault";

/// The paths at which two values differ.
fn differences(before: &Value, after: &Value) -> Vec<String> {
    fn walk(path: &str, a: &Value, b: &Value, out: &mut Vec<String>) {
        match (a.as_object(), b.as_object()) {
            (Some(a), Some(b)) => {
                let names: std::collections::BTreeSet<_> = a.keys().chain(b.keys()).collect();
                for name in names {
                    let (a, b) = (a.get(name), b.get(name));
                    let (a, b) = (a.unwrap_or(&Value::Null), b.unwrap_or(&Value::Null));
                    walk(&format!("{path}/{name}"), a, b, out);
                }
            }
            _ if a != b => out.push(path.to_owned()),
            _ => {}
        }
    }
    let mut out = Vec::new();
    walk("", before, after, &mut out);
    out
}

/// Runs a change and gives where `get` differs afterwards.
fn changes(sandbox: &Sandbox, get: &str, change: &str) -> Vec<String> {
    let before = sandbox.json(get);
    sandbox.ok(change);
    differences(&before, &sandbox.json(get))
}

#[test]
fn one_switch_of_a_vault_changes_and_nothing_else() {
    let sandbox = Sandbox::new();
    let (_, key) = sandbox.prepared();
    sandbox.assign(&key);
    for (parameter, path) in [
        (
            "-ImmutabilityState Unlocked",
            "/Properties/ImmutabilitySettings/ImmutabilityState",
        ),
        (
            "-PublicNetworkAccess Disabled",
            "/Properties/PublicNetworkAccess",
        ),
        (
            "-DisableClassicAlerts true",
            "/Properties/AlertSettings/ClassicAlertsForCriticalOperations",
        ),
        (
            "-CrossSubscriptionRestoreState Disabled",
            "/Properties/RestoreSettings/CrossSubscriptionRestoreSettings/CrossSubscriptionRestoreState",
        ),
    ] {
        let found = changes(&sandbox, VAULT, &format!("{UPDATE} {parameter}"));
        assert_eq!(found, [path], "{parameter}");
    }
    for (parameter, path) in [
        (
            "-SoftDeleteRetentionPeriodInDays 30",
            "/SoftDeleteRetentionPeriodInDays",
        ),
        ("-SoftDeleteFeatureState Disable", "/SoftDeleteFeatureState"),
        (
            "-DisableHybridBackupSecurityFeature true",
            "/EnhancedSecurityState",
        ),
    ] {
        let found = changes(&sandbox, PROPERTY, &format!("{SET} {parameter}"));
        assert_eq!(found, [path], "{parameter}");
    }
}

#[test]
fn identity_alone_and_key_alone_leave_the_other_as_it_is() {
    let sandbox = Sandbox::new();
    let (_, key) = sandbox.prepared();
    sandbox.assign(&key);
    let user = sandbox
        .json("New-AzUserAssignedIdentity -ResourceGroupName testrg -Name uai -Location japaneast");
    let (user_id, principal) = (user["Id"].as_str().unwrap(), &user["PrincipalId"]);
    sandbox.ok(&format!(
        "Set-AzKeyVaultAccessPolicy -VaultName testkeyvault -ObjectId {} -PermissionsToKeys get,list,unwrapKey,wrapKey",
        principal.as_str().unwrap()
    ));
    // Attaching an identity: the key, and who uses it, stay.
    let found = changes(
        &sandbox,
        VAULT,
        &format!("{UPDATE} -IdentityType UserAssigned -IdentityId {user_id}"),
    );
    assert_eq!(
        found,
        ["/Identity/Type", "/Identity/UserAssignedIdentities"]
    );
    // The identity alone: the same key, used by another.
    let with = "-UseSystemAssignedIdentity false -UserAssignedIdentity uai";
    let found = changes(
        &sandbox,
        PROPERTY,
        &format!("{SET} -EncryptionKeyId {key} {with}"),
    );
    assert_eq!(
        found,
        [
            "/encryptionProperties/UseSystemAssignedIdentity",
            "/encryptionProperties/UserAssignedIdentity"
        ]
    );
    // The key alone: the same identity uses another version.
    let newer =
        sandbox.ok("Invoke-AzKeyVaultKeyRotation -VaultName testkeyvault -Name testkey -Query Id");
    let found = changes(
        &sandbox,
        PROPERTY,
        &format!("{SET} -EncryptionKeyId {newer} {with}"),
    );
    assert_eq!(found, ["/encryptionProperties/KeyUri"]);
    // Back to the vault's own identity, as the cmdlet's default has it.
    let before = sandbox.json("Get-AzRecoveryServicesVault -Name testvault -Query Identity");
    sandbox.ok(&format!("{SET} -EncryptionKeyId {newer}"));
    let after = sandbox.json("Get-AzRecoveryServicesVault -Name testvault -Query Identity");
    assert_eq!(
        before, after,
        "which identities there are is no matter of the key"
    );
    assert!(
        sandbox.json(PROPERTY)["encryptionProperties"]
            .get("UserAssignedIdentity")
            .is_none()
    );
}

#[test]
fn an_update_that_is_refused_changes_nothing_at_all() {
    let sandbox = Sandbox::new();
    let (_, key) = sandbox.prepared();
    sandbox.assign(&key);
    let before = (sandbox.json(VAULT), sandbox.json(PROPERTY));
    // One part is refused, so the other is not done either.
    sandbox
        .run(&format!(
            "{UPDATE} -PublicNetworkAccess Disabled -ImmutabilityState Locked"
        ))
        .fails("RsvImmutabilityNotUnlocked", 1);
    sandbox.ok(&format!("{SET} -SoftDeleteFeatureState AlwaysON -WhatIf"));
    assert_eq!((sandbox.json(VAULT), sandbox.json(PROPERTY)), before);
}

#[test]
fn keys_sets_and_policies_keep_what_is_not_named() {
    let sandbox = Sandbox::new();
    sandbox.prepared();
    let key = "Get-AzKeyVaultKey -VaultName testkeyvault -Name testkey";
    let update = "Update-AzKeyVaultKey -VaultName testkeyvault -Name testkey";
    sandbox.ok(&format!("{update} -Expires 2099-01-01 -Tag a=1"));
    let found = changes(&sandbox, key, &format!("{update} -Enable false"));
    assert!(found.contains(&"/Enabled".to_owned()), "{found:?}");
    let touched = |path: &&String| !["/Enabled", "/Updated"].iter().any(|p| path.ends_with(p));
    let others: Vec<_> = found.iter().filter(touched).collect();
    assert!(others.is_empty(), "{found:?}");
    sandbox.ok(&format!("{update} -Enable true"));
    sandbox.restore_target();
    let set = "Get-AzDiskEncryptionSet -ResourceGroupName testrg -Name testdes1";
    let found = changes(
        &sandbox,
        set,
        "Update-AzDiskEncryptionSet -ResourceGroupName testrg -Name testdes1 -Tag a=1",
    );
    assert_eq!(found, ["/Tags/a"]);
    let found = changes(
        &sandbox,
        set,
        "Update-AzDiskEncryptionSet -ResourceGroupName testrg -Name testdes1 -RotationToLatestKeyVersionEnabled true",
    );
    assert_eq!(found, ["/RotationToLatestKeyVersionEnabled"]);
}

//! User-assigned identities: attached, chosen for the key, switched, taken away.

use crate::harness::Sandbox;

const UPDATE: &str = "Update-AzRecoveryServicesVault -ResourceGroupName testrg -Name testvault";
const IDENTITY: &str = "Get-AzRecoveryServicesVault -Name testvault -Query Identity";
const R5: &str = "UserErrorCMKMissingMangedIdentityPermissionOnKeyVault";

/// A prepared vault and an identity 'uai1' that may use the key; gives its id and the key's.
fn prepared() -> (Sandbox, String, String) {
    let sandbox = Sandbox::new();
    let (_, key) = sandbox.prepared();
    let made = sandbox.json(
        "New-AzUserAssignedIdentity -ResourceGroupName testrg -Name uai1 -Location japaneast",
    );
    let principal = made["PrincipalId"].as_str().unwrap();
    sandbox.ok(&format!(
        "Set-AzKeyVaultAccessPolicy -VaultName testkeyvault -ObjectId {principal} \
         -PermissionsToKeys get,list,unwrapKey,wrapKey"
    ));
    let id = made["Id"].as_str().unwrap().to_owned();
    (sandbox, id, key)
}

fn assign(key: &str, more: &str) -> String {
    format!("Set-AzRecoveryServicesVaultProperty -VaultId testvault -EncryptionKeyId {key} {more}")
}

#[test]
fn an_identity_is_a_resource_with_a_principal_that_a_second_put_keeps() {
    let (sandbox, id, _) = prepared();
    let get = "Get-AzUserAssignedIdentity -ResourceGroupName testrg -Name uai1";
    let before = sandbox.json(get);
    assert_eq!(before["Id"], id);
    sandbox.ok(
        "New-AzUserAssignedIdentity -ResourceGroupName testrg -Name uai1 -Location japaneast -Tag a=1",
    );
    let after = sandbox.json(get);
    assert_eq!(after["PrincipalId"], before["PrincipalId"]);
    assert_eq!(after["Tag"]["a"], "1");
    let table = sandbox.ok("Get-AzUserAssignedIdentity -Output table");
    assert!(
        table.contains("Location") && table.contains("uai1"),
        "{table}"
    );
    sandbox
        .run("Get-AzUserAssignedIdentity -ResourceGroupName testrg -Name none")
        .fails("ResourceNotFound", 3);
    let found = sandbox.json("Get-AzADServicePrincipal -DisplayName uai1");
    assert_eq!(found[0]["Id"], before["PrincipalId"]);
    assert_eq!(found[0]["AppId"], before["ClientId"]);
    let own = sandbox.json("Get-AzADServicePrincipal -DisplayName testvault");
    assert_eq!(own[0]["Id"], sandbox.json(IDENTITY)["PrincipalId"]);
}

#[test]
fn both_kinds_merge_and_the_last_one_gone_leaves_none() {
    let (sandbox, id, _) = prepared();
    sandbox.ok(&format!(
        "{UPDATE} -IdentityType UserAssigned -IdentityId {id}"
    ));
    let both = sandbox.json(IDENTITY);
    assert_eq!(both["Type"], "SystemAssigned, UserAssigned");
    assert!(both["UserAssignedIdentities"][&id]["PrincipalId"].is_string());
    sandbox.ok(&format!("{UPDATE} -RemoveSystemAssigned"));
    let user = sandbox.json(IDENTITY);
    assert_eq!(user["Type"], "UserAssigned");
    assert!(user["PrincipalId"].is_null() && user["TenantId"].is_string());
    sandbox.ok(&format!("{UPDATE} -RemoveUserAssigned -IdentityId uai1"));
    assert_eq!(sandbox.json(IDENTITY)["Type"], "None");
    let gone = sandbox.run(&format!("{UPDATE} -RemoveUserAssigned -IdentityId {id}"));
    assert!(gone.fails("ArgumentException", 2).contains("is invalid"));
}

#[test]
fn identity_parameters_that_contradict_each_other_get_azures_texts() {
    let (sandbox, _, _) = prepared();
    let cases = [
        (
            "-IdentityType SystemAssigned -IdentityId uai1",
            "IdentityId can't be set for SystemAssigned Identities",
        ),
        (
            "-IdentityType UserAssigned",
            "IdentityId can't be empty for UserAssigned Identities",
        ),
        (
            "-RemoveUserAssigned",
            "IdentityId can't be empty for UserAssigned Identities",
        ),
        (
            "-RemoveSystemAssigned -RemoveUserAssigned -IdentityId uai1",
            "UserAssigned and SystemAssigned identities can't be removed together",
        ),
        ("-IdentityId uai1", "Invalid parameter set"),
    ];
    for (words, text) in cases {
        let said = sandbox
            .run(&format!("{UPDATE} {words}"))
            .fails("ArgumentException", 2);
        assert!(said.contains(text), "{words}: {said}");
    }
    assert_eq!(sandbox.json(IDENTITY)["Type"], "SystemAssigned");
}

#[test]
fn r36_exactly_one_identity_uses_the_key() {
    let (sandbox, id, key) = prepared();
    let neither = sandbox.run(&assign(&key, "-UseSystemAssignedIdentity false"));
    let said = neither.fails("ArgumentException", 2);
    assert!(
        said.contains("Please input a valid UserAssignedIdentity"),
        "{said}"
    );
    for more in ["", "-UseSystemAssignedIdentity true"] {
        let both = format!("{more} -UserAssignedIdentity {id}");
        sandbox
            .run(&assign(&key, &both))
            .fails("InvalidRestApiParameter", 2);
    }
}

#[test]
fn r37_an_identity_has_to_be_attached_before_it_uses_the_key() {
    let (sandbox, id, key) = prepared();
    let set = assign(
        &key,
        &format!("-UseSystemAssignedIdentity false -UserAssignedIdentity {id}"),
    );
    let said = sandbox.run(&set).fails("RsvIdentityNotAttached", 1);
    assert!(
        said.contains("Please add user assigned identity for Recovery Services Vault."),
        "{said}"
    );
    sandbox
        .ok("New-AzUserAssignedIdentity -ResourceGroupName testrg -Name uai2 -Location japaneast");
    sandbox.ok(&format!(
        "{UPDATE} -IdentityType UserAssigned -IdentityId uai2"
    ));
    let said = sandbox.run(&set).fails("RsvIdentityNotAttached", 1);
    assert!(
        said.contains("not available for Recovery Services Vault"),
        "{said}"
    );
}

#[test]
fn r35_r38_the_key_is_used_by_the_attached_identity_and_can_be_switched_back() {
    let (sandbox, id, key) = prepared();
    sandbox.ok(&format!(
        "{UPDATE} -IdentityType UserAssigned -IdentityId {id}"
    ));
    sandbox.ok(&assign(
        &key,
        "-UseSystemAssignedIdentity false -UserAssignedIdentity uai1",
    ));
    let shown = sandbox.json("Get-AzRecoveryServicesVaultProperty -VaultId testvault");
    assert_eq!(shown["encryptionProperties"]["UserAssignedIdentity"], id);
    assert_eq!(
        shown["encryptionProperties"]["UseSystemAssignedIdentity"],
        false
    );
    sandbox.write("os.img", &[7; 70_000]);
    sandbox.protect("os.img", &[]);
    // The vault's own identity loses its permissions: nobody asks it.
    sandbox.grant("get");
    sandbox.backup().ok();
    let ready = sandbox.json("Test-RsvEncryptionReadiness -VaultId testvault");
    assert!(
        ready[0]["Detail"]
            .as_str()
            .unwrap()
            .starts_with("UserAssigned"),
        "{ready}"
    );
    // Back to its own: refused while it may not, done once it may.
    sandbox.run(&assign(&key, "")).fails(R5, 1);
    sandbox.grant("get,list,unwrapKey,wrapKey");
    sandbox.ok(&assign(&key, ""));
    sandbox.ok(&format!("{UPDATE} -RemoveUserAssigned -IdentityId {id}"));
    sandbox.backup().ok();
}

#[test]
fn r33_a_vault_whose_key_identity_is_gone_is_healed_by_another_identity() {
    let (sandbox, id, key) = prepared();
    sandbox.assign(&key);
    sandbox.write("os.img", &[7; 70_000]);
    sandbox.protect("os.img", &[]);
    sandbox.backup().ok();
    let warned = sandbox.run(&format!("{UPDATE} -RemoveSystemAssigned"));
    assert!(warned.stderr.contains("R33"), "{}", warned.stderr);
    warned.ok();
    sandbox.backup().fails(R5, 1);
    sandbox.ok(&format!(
        "{UPDATE} -IdentityType UserAssigned -IdentityId {id}"
    ));
    sandbox.ok(&assign(
        &key,
        "-UseSystemAssignedIdentity false -UserAssignedIdentity uai1",
    ));
    sandbox.backup().ok();
}

#[test]
fn r131_a_disk_encryption_set_uses_its_attached_identity() {
    let (sandbox, id, key) = prepared();
    sandbox.assign(&key);
    sandbox.write("os.img", &[7; 70_000]);
    sandbox.protect("os.img", &[]);
    sandbox.backup().ok();
    sandbox.restore_target();
    let config = format!("New-AzDiskEncryptionSetConfig -Location japaneast -KeyUrl {key}");
    let user = format!("-UserAssignedIdentity '@{{\"{id}\"=@{{}}}}'");
    for contradiction in ["-IdentityType UserAssigned", &user] {
        sandbox
            .run(&format!("{config} {contradiction}"))
            .fails("RsvIdentityTypeUnsupported", 2);
    }
    let made = sandbox.ok(&format!(
        "{config} -IdentityType UserAssigned {user} -Output json"
    ));
    let new = "New-AzDiskEncryptionSet -ResourceGroupName testrg -Name userdes -InputObject -";
    sandbox.run_with(new, &made).ok();
    let set = sandbox.json("Get-AzDiskEncryptionSet -ResourceGroupName testrg -Name userdes");
    assert_eq!(set["Identity"]["Type"], "UserAssigned");
    sandbox.restore("-DiskEncryptionSetId userdes").ok();
    sandbox.read_back(0, "back.img").ok();
    assert_eq!(sandbox.bytes("back.img"), [7; 70_000]);
    let principal = set["Identity"]["UserAssignedIdentities"][&id]["PrincipalId"].clone();
    sandbox.ok(&format!(
        "Remove-AzKeyVaultAccessPolicy -VaultName testkeyvault -ObjectId {}",
        principal.as_str().unwrap()
    ));
    sandbox
        .read_back(0, "back.img")
        .fails("ForbiddenByPolicy", 1);
    sandbox
        .run("Update-AzDiskEncryptionSet -ResourceGroupName testrg -Name userdes -IdentityType SystemAssigned")
        .fails("RsvIdentityTypeUnsupported", 2);
}

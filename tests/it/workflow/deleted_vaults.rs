//! Deleted vaults: how long they wait, what comes back, and what is gone when.

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::harness::{Sandbox, noise};

pub(super) const REMOVE: &str = "Remove-AzRecoveryServicesVault -Vault testvault -Force";
const LIST: &str = "Get-AzRecoveryServicesSoftDeletedVault -Location japaneast";
const UNDO: &str = "Undo-AzRecoveryServicesVaultDeletion -ResourceGroupName testrg -Location japaneast -Name testvault";
const VAULT: &str = "Get-AzRecoveryServicesVault -ResourceGroupName testrg -Name testvault";

/// A rehearsal home on the first day of 2027, with an empty vault under a customer's key.
pub(super) fn rehearsal() -> Sandbox {
    let mut sandbox = Sandbox::new();
    sandbox.ok("Initialize-RsvHome -Rehearsal");
    sandbox.set("RSV_NOW", "2027-01-01T00:00:00Z");
    let (_, key) = sandbox.prepared();
    sandbox.assign(&key);
    sandbox
}

/// The folders with data of vaults.
pub(super) fn folders(sandbox: &Sandbox) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(sandbox.home().join("vaults")).unwrap();
    entries.map(|entry| entry.unwrap().path()).collect()
}

/// A command that changes something, and nothing of the vault.
pub(super) fn change(sandbox: &Sandbox) -> String {
    let run = sandbox.run("New-AzResourceGroup -Name othergroup -Location japaneast");
    let said = run.stderr.clone();
    run.ok();
    said
}

#[test]
fn r118_a_deleted_vault_waits_with_its_data_and_comes_back_as_it_was() {
    let sandbox = rehearsal();
    sandbox.ok("Set-AzRecoveryServicesVaultProperty -VaultId testvault -SoftDeleteRetentionPeriodInDays 20");
    let before = (sandbox.json(VAULT), folders(&sandbox));
    let id = before.0["ID"].as_str().unwrap();
    sandbox.ok(REMOVE);
    assert_eq!(folders(&sandbox), before.1, "the data waits, too");
    let list = sandbox.json(LIST);
    let owner = before.1[0].file_name().unwrap().to_str().unwrap();
    let subscription = before.0["SubscriptionId"].as_str().unwrap();
    let name = format!("testrg_{owner}");
    let expected = json!([{
        "Name": name,
        "ID": format!("/subscriptions/{subscription}/providers/Microsoft.RecoveryServices/locations/japaneast/deletedVaults/{name}"),
        "Type": "Microsoft.RecoveryServices/locations/deletedVaults",
        "ResourceGroupName": "testrg",
        "SubscriptionId": subscription,
        "Location": "japaneast",
        "Properties": {
            "VaultId": id,
            "VaultDeletionTime": "2027-01-01T00:00:00Z",
            "PurgeAt": "2027-01-21T00:00:00Z",
        },
        "PSTypeName": "Microsoft.Azure.Commands.RecoveryServices.ARSSoftDeletedVault",
    }]);
    assert_eq!(list, expected);
    assert_eq!(
        sandbox.json("Get-AzRecoveryServicesSoftDeletedVault -Location westeurope"),
        json!([])
    );
    let said = sandbox.run(VAULT).fails("ResourceNotFound", 3);
    assert!(
        said.contains("hint: It was deleted")
            && said.contains(UNDO.split(" -Location").next().unwrap()),
        "{said}"
    );
    sandbox.ok("Test-RsvActivityLog");
    assert_eq!(sandbox.json(&format!("{UNDO} -Force")), before.0);
    assert_eq!(sandbox.json(VAULT), before.0);
    assert_eq!(sandbox.json(LIST), json!([]));
    sandbox.ok("Test-RsvActivityLog");
    sandbox.write("os.img", &noise(1, 300_000));
    sandbox.protect("os.img", &[]);
    sandbox.backup().ok();
    sandbox.restore_target();
    sandbox.restore("").ok();
    sandbox.read_back(0, "back.img").ok();
    assert_eq!(sandbox.bytes("back.img"), sandbox.bytes("os.img"));
}

#[test]
fn a_deleted_vault_is_purged_at_its_date_and_not_before_and_needs_no_key_for_it() {
    let mut sandbox = rehearsal();
    sandbox.ok(REMOVE);
    sandbox.ok("Update-AzKeyVaultKey -VaultName testkeyvault -Name testkey -Enable false");
    sandbox.set("RSV_NOW", "2027-01-14T23:59:59Z");
    change(&sandbox);
    assert_eq!(
        (
            folders(&sandbox).len(),
            sandbox.json(LIST).as_array().unwrap().len()
        ),
        (1, 1)
    );
    sandbox.set("RSV_NOW", "2027-01-15T00:00:00Z");
    assert_eq!(sandbox.json(LIST), json!([]));
    let said = sandbox.run(UNDO).fails("ResourceNotFound", 3);
    assert!(said.contains(LIST), "{said}");
    assert_eq!(folders(&sandbox).len(), 1, "reading removes nothing");
    assert_eq!(change(&sandbox), "");
    assert!(folders(&sandbox).is_empty());
    // The clock does not bring it back.
    sandbox.set("RSV_NOW", "2027-01-02T00:00:00Z");
    assert_eq!(sandbox.json(LIST), json!([]));
    sandbox.run(UNDO).fails("ResourceNotFound", 3);
    sandbox.ok("Test-RsvActivityLog");
}

#[test]
fn optimize_purges_deleted_vaults_too() {
    let mut sandbox = rehearsal();
    sandbox.ok(
        "New-AzRecoveryServicesVault -ResourceGroupName testrg -Name other -Location japaneast",
    );
    sandbox.ok(REMOVE);
    sandbox.set("RSV_NOW", "2027-01-15T00:00:00Z");
    sandbox.ok("Optimize-RsvVault -VaultId other -WhatIf");
    assert_eq!(folders(&sandbox).len(), 2);
    sandbox.ok("Optimize-RsvVault -VaultId other");
    assert_eq!(folders(&sandbox).len(), 1);
}

#[test]
fn without_soft_delete_a_vault_goes_at_once() {
    let sandbox = rehearsal();
    sandbox.ok(
        "Set-AzRecoveryServicesVaultProperty -VaultId testvault -SoftDeleteFeatureState Disable",
    );
    let said = sandbox.ok(REMOVE);
    assert!(said.contains("Vault has been deleted"), "{said}");
    assert!(folders(&sandbox).is_empty());
    assert_eq!(sandbox.json(LIST), json!([]));
    sandbox.run(UNDO).fails("ResourceNotFound", 3);
}

#[test]
fn the_name_of_a_deleted_vault_is_free_and_its_listed_name_stays_its_own() {
    let sandbox = rehearsal();
    let new =
        "New-AzRecoveryServicesVault -ResourceGroupName testrg -Name testvault -Location japaneast";
    let first = folders(&sandbox);
    sandbox.ok(REMOVE);
    sandbox.ok(new);
    let said = sandbox.run(UNDO).fails("Conflict", 1);
    assert!(said.contains("Move-AzResource"), "{said}");
    assert_eq!(sandbox.run(&format!("{UNDO} -WhatIf")).exit, 1);
    sandbox.ok(REMOVE);
    let names: Vec<Value> = sandbox.json(LIST).as_array().unwrap().clone();
    assert_eq!(names.len(), 2);
    let said = sandbox.run(UNDO).fails("RsvAmbiguousName", 2);
    let owner = first[0].file_name().unwrap().to_str().unwrap();
    assert!(said.contains(owner), "{said}");
    sandbox.ok(&UNDO.replace("testvault", &format!("testrg_{owner}")));
    assert_eq!(sandbox.json(LIST).as_array().unwrap().len(), 1);
    assert_eq!(
        sandbox.ok(&format!(
            "{VAULT} -Query Properties.EncryptionProperty.InfrastructureEncryption"
        )),
        "Disabled",
        "the first one, under the customer's key"
    );
    sandbox.ok("Test-RsvActivityLog");
}

#[test]
fn a_key_that_a_deleted_vault_needs_is_needed() {
    let sandbox = rehearsal();
    sandbox.ok(REMOVE);
    let uses = sandbox
        .json("Get-RsvKeyUsage -KeyId https://testkeyvault.vault.azure.net:443/keys/testkey");
    assert_eq!(uses[0]["Name"], "testvault", "{uses}");
    let impact = sandbox
        .json("Measure-RsvKeyImpact -KeyId https://testkeyvault.vault.azure.net:443/keys/testkey");
    assert_eq!(impact.as_array().unwrap().len(), 1, "{impact}");
    let run = sandbox.run("Remove-AzKeyVaultKey -VaultName testkeyvault -Name testkey -Force");
    assert!(
        run.stderr
            .contains("soft-deleted Recovery Services vault 'testvault'"),
        "{}",
        run.stderr
    );
    run.ok();
    // It comes back all the same, and says what it lacks when it is used.
    sandbox.ok(UNDO);
    sandbox.write("os.img", b"os");
    sandbox.protect("os.img", &[]);
    sandbox.backup().fails("RsvKeyDeleted", 3);
    sandbox.ok("Undo-AzKeyVaultKeyRemoval -VaultName testkeyvault -Name testkey");
    sandbox.backup().ok();
}

#[test]
fn data_on_a_disk_that_is_not_there_is_purged_when_the_disk_is_back() {
    let mut sandbox = rehearsal();
    std::fs::create_dir(sandbox.path().join("disk")).unwrap();
    sandbox.ok("New-AzRecoveryServicesVault -ResourceGroupName testrg -Name away -Location japaneast -Path disk");
    sandbox.ok("Remove-AzRecoveryServicesVault -Vault away -Force");
    std::fs::rename(
        sandbox.path().join("disk"),
        sandbox.path().join("unplugged"),
    )
    .unwrap();
    sandbox.set("RSV_NOW", "2027-01-15T00:00:00Z");
    let said = change(&sandbox);
    assert!(
        said.contains("WARNING: The data of a purged vault could not be removed yet"),
        "{said}"
    );
    let generation = || {
        std::fs::read_to_string(sandbox.home().join("state.json"))
            .unwrap()
            .lines()
            .next()
            .unwrap()
            .to_owned()
    };
    let before = generation();
    change(&sandbox);
    assert_ne!(
        before,
        generation(),
        "that command's own generation, and no more of the purge"
    );
    std::fs::rename(
        sandbox.path().join("unplugged"),
        sandbox.path().join("disk"),
    )
    .unwrap();
    assert_eq!(change(&sandbox), "");
    assert_eq!(
        std::fs::read_dir(sandbox.path().join("disk"))
            .unwrap()
            .count(),
        0
    );
}

#[test]
fn the_folder_of_a_deleted_vault_is_not_imported_over_it() {
    let sandbox = rehearsal();
    let folder = folders(&sandbox)[0].display().to_string();
    sandbox.ok(REMOVE);
    let said = sandbox
        .run(&format!(
            "Import-RsvVault -Path {folder} -ResourceGroupName testrg -Name again"
        ))
        .fails("RsvVaultAlreadyHere", 1);
    assert!(
        said.contains("Undo-AzRecoveryServicesVaultDeletion"),
        "{said}"
    );
}

//! Whole vaults that come and go, killed at every call that makes something durable.

use std::path::Path;

use crate::harness::{copy, full_reliability, words};
use crate::workflow::crash::{Story, sweep_every, sweep_once};
use crate::workflow::deleted_vaults::{REMOVE, change, folders, rehearsal};
use crate::workflow::moving::{boxed, filled, run_page, two_homes};

#[test]
fn a_killed_removal_of_a_vault_without_soft_delete_is_finished_by_the_next_change() {
    let sandbox = rehearsal();
    sandbox.ok(
        "Set-AzRecoveryServicesVaultProperty -VaultId testvault -SoftDeleteFeatureState Disable",
    );
    sandbox.ok(
        "New-AzRecoveryServicesVault -ResourceGroupName testrg -Name other -Location japaneast",
    );
    let kills = sweep_once(
        &sandbox,
        &Story {
            words: words(REMOVE),
            intact: |sandbox| {
                sandbox.ok("Get-AzRecoveryServicesVault -Name other");
            },
            done: |sandbox| {
                change(sandbox);
                assert_eq!(folders(sandbox).len(), 1, "only the other vault's data");
                sandbox.ok("Test-RsvVault -VaultId other -Level Full");
                sandbox.ok("Test-RsvActivityLog");
            },
        },
        Some(("ResourceNotFound", 3)),
    );
    assert!(kills >= 12, "{kills} kills");
}

#[test]
fn a_killed_import_brings_the_vault_whole_the_next_time() {
    let (old, new, between) = two_homes();
    filled(&old, true);
    run_page(&old, "old", &["Backup-AzKeyVaultKey", "cp -a"]);
    run_page(&new, "new", &["New-AzKeyVault"]);
    new.ok("New-AzUserAssignedIdentity -ResourceGroupName testrg -Name mover -Location japaneast");
    let identity = new
        .ok("Get-AzUserAssignedIdentity -ResourceGroupName testrg -Name mover -Query PrincipalId");
    new.ok(&format!(
        "Set-AzKeyVaultAccessPolicy -VaultName testkeyvault -ObjectId {identity} -PermissionsToKeys get,unwrapKey,wrapKey"
    ));
    std::fs::create_dir_all(new.path().join("staging")).unwrap();
    // Where each run finds it as it came: in a folder that is put back.
    let folder = boxed(between.path());
    let moved = Path::new("staging").join(folder.file_name().unwrap());
    copy(&folder, &new.path().join(&moved));
    let kills = sweep_every(
        &new,
        &Story {
            words: words(&format!(
                "Import-RsvVault -Path {} -ResourceGroupName testrg -Name testvault -UserAssignedIdentity mover",
                moved.display()
            )),
            intact: |sandbox| {
                sandbox.ok("Get-AzKeyVaultKey -VaultName testkeyvault -Name testkey");
            },
            done: |sandbox| {
                let list =
                    "Get-AzRecoveryServicesBackupRecoveryPoint -Item V2VM -VaultId testvault";
                assert_eq!(sandbox.json(list).as_array().map(Vec::len), Some(2));
                sandbox.ok("Test-RsvVault -VaultId testvault -Level Full");
                sandbox.ok("Test-RsvActivityLog");
            },
        },
        if full_reliability() { 1 } else { 5 },
        Some(("Conflict", 1)),
    );
    assert!(kills >= 5, "{kills} kills");
}

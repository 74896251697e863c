//! Local snapshots: taken in the same pass, restored under the source's key, gone after their days.

use std::path::PathBuf;

use serde_json::Value;

use crate::harness::{Sandbox, noise};

const SIZE: usize = 1_400_000;

/// Sets the days of local snapshots of DefaultPolicy.
pub(super) fn snapshot_days(sandbox: &Sandbox, days: u32) {
    let get = "Get-AzRecoveryServicesBackupProtectionPolicy -Name DefaultPolicy -VaultId testvault";
    let mut policy = sandbox.json(get);
    policy["SnapshotRetentionInDays"] = days.into();
    sandbox
        .run_with(
            "Set-AzRecoveryServicesBackupProtectionPolicy -Policy - -VaultId testvault",
            &policy.to_string(),
        )
        .ok();
    assert_eq!(sandbox.json(get)["SnapshotRetentionInDays"], days);
}

/// A machine under testdes1 (`more`) or the platform key in a vault under a customer's key, backed
/// up once with a local snapshot of two days.
fn taken(more: &str) -> Sandbox {
    let mut sandbox = Sandbox::new();
    sandbox.ok("Initialize-RsvHome -Rehearsal");
    sandbox.set("RSV_NOW", "2030-01-01T00:00:00Z");
    let (_, key) = sandbox.prepared();
    sandbox.assign(&key);
    sandbox.restore_target();
    snapshot_days(&sandbox, 2);
    sandbox.write("os.img", &noise(5, SIZE));
    sandbox.write("data0.img", &[7; 70_000]);
    sandbox.ok(&format!(
        "New-AzVM -ResourceGroupName testrg -Name V2VM -Location japaneast -OSDiskPath os.img -DataDiskPath data0.img {more}"
    ));
    sandbox.ok("Enable-AzRecoveryServicesBackupProtection -Policy DefaultPolicy -Name V2VM -ResourceGroupName testrg -VaultId testvault");
    sandbox.backup().ok();
    sandbox
}

const SET: &str = "-DiskEncryptionSetId testdes1";

fn tiers(sandbox: &Sandbox) -> Vec<String> {
    let points =
        sandbox.json("Get-AzRecoveryServicesBackupRecoveryPoint -Item V2VM -VaultId testvault");
    let points = points.as_array().unwrap().iter();
    points
        .map(|p| p["RecoveryPointTier"].as_str().unwrap().to_owned())
        .collect()
}

/// The folders of snapshots, named or not.
fn folders(sandbox: &Sandbox) -> Vec<PathBuf> {
    let list = |folder: PathBuf| -> Vec<PathBuf> {
        let entries = std::fs::read_dir(folder).into_iter().flatten();
        entries
            .map(|e| e.unwrap().path())
            .filter(|p| p.is_dir())
            .collect()
    };
    let items = list(sandbox.home().join("snapshots"));
    items.into_iter().flat_map(list).collect()
}

fn newest_disk(sandbox: &Sandbox) -> Value {
    sandbox.json("Get-AzDisk -ResourceGroupName DestRG -Query [0]")
}

/// The details of the newest job of an operation.
fn last_job(sandbox: &Sandbox, operation: &str) -> Value {
    let id = sandbox.ok(&format!(
        "Get-AzRecoveryServicesBackupJob -VaultId testvault -Operation {operation} -Query [0].JobId"
    ));
    sandbox.json(&format!(
        "Get-AzRecoveryServicesBackupJobDetail -JobId {id} -VaultId testvault"
    ))
}

fn no_set_principal(sandbox: &Sandbox) {
    let principal = sandbox.ok("Get-AzDiskEncryptionSet -ResourceGroupName testrg -Name testdes1 -Query Identity.PrincipalId");
    sandbox.ok(&format!(
        "Remove-AzKeyVaultAccessPolicy -VaultName testkeyvault -ObjectId {principal}"
    ));
}

#[test]
fn r98_a_snapshot_restore_keeps_the_sources_set_and_needs_no_key_of_the_vault() {
    let sandbox = taken(SET);
    assert_eq!(tiers(&sandbox), ["SnapshotAndVaultStandard"]);
    let job = last_job(&sandbox, "Backup");
    assert_eq!(job["SubTasks"][0]["Name"], "Take Snapshot", "{job}");
    let text = sandbox
        .restore(SET)
        .fails("RsvDiskEncryptionSetNotApplicable", 1);
    assert!(
        text.contains("/diskEncryptionSets/testdes1") && text.contains("VaultStandard"),
        "it says which key applies, and the way to the other tier: {text}"
    );
    // The vault's key is of no use to the snapshot.
    sandbox.ok("Update-AzKeyVaultKey -VaultName testkeyvault -Name testkey -Enable false");
    sandbox.restore("").ok();
    let disk = newest_disk(&sandbox);
    assert_eq!(
        disk["Encryption"]["Type"],
        "EncryptionAtRestWithCustomerKey"
    );
    let job = last_job(&sandbox, "Restore");
    assert_eq!(
        job["Properties"]["Recovery point tier"], "Snapshot",
        "{job}"
    );
    for (index, image) in ["os.img", "data0.img"].iter().enumerate() {
        sandbox.read_back(index, "back.img").ok();
        assert!(sandbox.bytes("back.img") == sandbox.bytes(image), "{image}");
    }
    sandbox
        .restore("-RecoveryPointTier VaultStandard")
        .fails("KeyDisabled", 1);
}

#[test]
fn r98_a_snapshot_under_the_platform_key_says_so_when_a_set_is_asked_for() {
    let sandbox = taken("");
    let text = sandbox
        .restore(SET)
        .fails("RsvDiskEncryptionSetNotApplicable", 1);
    assert!(text.contains("platform key"), "{text}");
    sandbox.restore("-RecoveryPointTier Snapshot").ok();
    let disk = newest_disk(&sandbox);
    assert_eq!(
        disk["Encryption"]["Type"],
        "EncryptionAtRestWithPlatformKey"
    );
    // The vault tier takes the choice (R97, R99) and without one the platform key (R100).
    sandbox
        .restore(&format!("{SET} -RecoveryPointTier VaultStandard"))
        .ok();
    let disks = sandbox.json("Get-AzDisk -ResourceGroupName DestRG");
    let under_set = disks.as_array().unwrap().iter();
    let under_set = under_set.filter(|d| d["Encryption"]["DiskEncryptionSetId"].is_string());
    assert_eq!(under_set.count(), 2);
}

#[test]
fn a_revoked_key_of_the_source_stops_snapshot_restores_but_not_the_vaults() {
    let mut sandbox = taken(SET);
    no_set_principal(&sandbox);
    let text = sandbox.restore("").fails("RsvSnapshotKeyUnavailable", 1);
    assert!(text.contains("-RecoveryPointTier VaultStandard"), "{text}");
    assert_eq!(
        sandbox.json("Get-AzDisk -ResourceGroupName DestRG"),
        serde_json::json!([])
    );
    sandbox.restore("-RecoveryPointTier VaultStandard").ok();
    let disk = newest_disk(&sandbox);
    assert_eq!(
        disk["Encryption"]["Type"],
        "EncryptionAtRestWithPlatformKey"
    );
    // A backup now is in the vault only, and says so.
    sandbox.set("RSV_NOW", "2030-01-01T01:00:00Z");
    let run = sandbox.backup();
    assert!(run.stderr.contains("no local snapshot"), "{}", run.stderr);
    run.ok();
    let job = last_job(&sandbox, "Backup");
    assert_eq!(job["Status"], "CompletedWithWarnings", "{job}");
    assert_eq!(job["ErrorDetails"][0]["ErrorCode"], "RsvSnapshotNotTaken");
    assert_eq!(
        tiers(&sandbox),
        ["VaultStandard", "SnapshotAndVaultStandard"]
    );
    assert_eq!(folders(&sandbox).len(), 1);
    let only = |tier: &str| {
        let list = sandbox.json(&format!(
            "Get-AzRecoveryServicesBackupRecoveryPoint -Item V2VM -VaultId testvault -Tier {tier}"
        ));
        list.as_array().unwrap().len()
    };
    assert_eq!(
        (only("VaultStandard"), only("SnapshotAndVaultStandard")),
        (1, 1)
    );
}

#[test]
fn a_snapshot_past_its_days_is_not_used_and_the_next_backup_removes_it() {
    let mut sandbox = taken(SET);
    let first = folders(&sandbox);
    sandbox.set("RSV_NOW", "2030-01-03T00:00:00Z");
    assert_eq!(tiers(&sandbox), ["VaultStandard"]);
    sandbox
        .restore("-RecoveryPointTier Snapshot")
        .fails("UserErrorInstantRpNotFound", 3);
    // Somebody reads it still: it stays for a later command.
    let item = first[0].parent().unwrap().with_extension("lock");
    let reading = std::fs::OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(item)
        .unwrap();
    reading.lock_shared().unwrap();
    sandbox.backup().ok();
    assert_eq!(folders(&sandbox).len(), 2);
    drop(reading);
    sandbox.set("RSV_NOW", "2030-01-04T00:00:00Z");
    sandbox.backup().ok();
    assert!(!first[0].exists());
    assert_eq!(folders(&sandbox).len(), 2);
    assert_eq!(
        tiers(&sandbox),
        [
            "SnapshotAndVaultStandard",
            "SnapshotAndVaultStandard",
            "VaultStandard"
        ]
    );
    snapshot_days(&sandbox, 0);
    sandbox.backup().ok();
    assert_eq!(folders(&sandbox).len(), 2, "without days none is taken");
}

#[test]
fn a_snapshot_that_was_removed_or_replaced_is_not_restored_from() {
    let mut sandbox = taken("");
    sandbox.set("RSV_NOW", "2030-01-01T01:00:00Z");
    sandbox.backup().ok();
    let found = folders(&sandbox);
    // The data of one snapshot in the place of the other.
    let aside = found[0].with_extension("aside");
    std::fs::rename(&found[0], &aside).unwrap();
    std::fs::rename(&found[1], &found[0]).unwrap();
    std::fs::rename(&aside, &found[1]).unwrap();
    sandbox.restore("").fails("RsvSnapshotReplaced", 4);
    for folder in &found {
        std::fs::remove_dir_all(folder).unwrap();
    }
    sandbox.restore("").fails("UserErrorInstantRpNotFound", 3);
    sandbox.restore("-RecoveryPointTier VaultStandard").ok();
}

#[test]
fn rotation_reaches_snapshots_and_their_set_and_key_are_known_as_needed() {
    let sandbox = taken(SET);
    let old = sandbox.ok("Get-AzKeyVaultKey -VaultName testkeyvault -Name deskey -Query Version");
    sandbox.ok("Add-AzKeyVaultKey -VaultName testkeyvault -Name deskey -Destination Software");
    let key = sandbox.ok("Get-AzKeyVaultKey -VaultName testkeyvault -Name deskey -Query Id");
    sandbox.ok(&format!(
        "Update-AzDiskEncryptionSet -ResourceGroupName testrg -Name testdes1 -KeyUrl {key}"
    ));
    let uses = sandbox.json(&format!("Get-RsvKeyUsage -KeyId {key}"));
    assert_eq!(uses[0]["Name"], "V2VM", "{uses}");
    sandbox.ok(&format!(
        "Update-AzKeyVaultKey -VaultName testkeyvault -Name deskey -Version {old} -Enable false"
    ));
    sandbox.restore("-RestoreOnlyOSDisk").ok();
    sandbox.read_back(0, "back.img").ok();
    assert!(sandbox.bytes("back.img") == sandbox.bytes("os.img"));
    let disk = newest_disk(&sandbox)["Name"].as_str().unwrap().to_owned();
    sandbox.ok(&format!(
        "Revoke-AzDiskAccess -ResourceGroupName DestRG -DiskName {disk}"
    ));
    sandbox.ok(&format!(
        "Remove-AzDisk -ResourceGroupName DestRG -DiskName {disk} -Force"
    ));
    sandbox.ok("Remove-AzVM -ResourceGroupName testrg -Name V2VM -Force");
    let text = sandbox
        .run("Remove-AzDiskEncryptionSet -ResourceGroupName testrg -Name testdes1 -Force")
        .fails("RsvDiskEncryptionSetInUse", 1);
    assert!(text.contains("local snapshots"), "{text}");
}

#[test]
fn deleting_backup_data_for_good_removes_its_snapshots_and_soft_delete_keeps_them() {
    let sandbox = taken("");
    let delete = "Disable-AzRecoveryServicesBackupProtection -Item V2VM -VaultId testvault -RemoveRecoveryPoints -Force";
    sandbox.ok(delete);
    assert_eq!(folders(&sandbox).len(), 1);
    sandbox.ok("Undo-AzRecoveryServicesBackupItemDeletion -Item V2VM -VaultId testvault -Force");
    assert_eq!(tiers(&sandbox), ["SnapshotAndVaultStandard"]);
    sandbox.ok(
        "Set-AzRecoveryServicesVaultProperty -VaultId testvault -SoftDeleteFeatureState Disable",
    );
    sandbox.ok(delete);
    assert_eq!(folders(&sandbox), Vec::<PathBuf>::new());
}

#[test]
fn a_snapshot_holds_no_plaintext() {
    let sandbox = taken("");
    let needle = &noise(5, SIZE)[4096..4160];
    let mut looked = 0;
    for file in sandbox.stored_files() {
        if file.starts_with(sandbox.home().join("snapshots")) {
            let bytes = std::fs::read(&file).unwrap();
            looked += bytes.len();
            assert!(!bytes.windows(needle.len()).any(|w| w == needle));
        }
    }
    assert!(
        looked > SIZE,
        "the snapshot's own copy was looked at: {looked}"
    );
}

//! Local snapshots: taken in the same pass, restored under the source's key, gone after their days.

use std::path::PathBuf;

use serde_json::Value;

use crate::harness::{Sandbox, noise};

const SIZE: usize = 1_400_000;

/// Sets the days of local snapshots of DefaultPolicy.
pub(crate) fn snapshot_days(sandbox: &Sandbox, days: u32) {
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

fn test_vault(sandbox: &Sandbox, level: &str) -> (i32, Value) {
    let run = sandbox.run(&format!(
        "Test-RsvVault -VaultId testvault -Level {level} -Output json"
    ));
    let value = serde_json::from_str(&run.stdout);
    (run.exit, value.unwrap_or_else(|_| panic!("{}", run.stderr)))
}

#[test]
fn damage_to_a_snapshot_is_found_with_its_recovery_point_and_the_vault_is_told_apart() {
    let sandbox = taken(SET);
    sandbox.backup().ok();
    let (exit, value) = test_vault(&sandbox, "Full");
    assert_eq!((exit, &value["Snapshots"]), (0, &2.into()), "{value}");
    assert!(
        value["SnapshotBytesRead"].as_u64().unwrap() > 2 * SIZE as u64,
        "{value}"
    );
    assert_eq!(value["SnapshotsNotVerified"], serde_json::json!([]));
    let files = sandbox.stored_files().into_iter();
    let in_snapshots = files.filter(|path| path.starts_with(sandbox.home().join("snapshots")));
    let packs = in_snapshots.filter(|path| path.to_string_lossy().contains("/packs/"));
    let pack = packs
        .max_by_key(|path| path.metadata().unwrap().len())
        .unwrap();
    let honest = std::fs::read(&pack).unwrap();
    let mut bytes = honest.clone();
    bytes[honest.len() / 2] ^= 1;
    std::fs::write(&pack, &bytes).unwrap();
    assert_eq!(test_vault(&sandbox, "Index").0, 0, "no pack is read");
    let (exit, value) = test_vault(&sandbox, "Full");
    assert_eq!((exit, &value["Result"]), (4, &"Damaged".into()), "{value}");
    let found = value["Damage"].as_array().unwrap();
    assert_eq!(found.len(), 1, "{value}");
    assert!(
        found[0]["Object"]
            .as_str()
            .unwrap()
            .starts_with("snapshot "),
        "{value}"
    );
    assert_eq!(found[0]["Affected"][0]["ItemName"], "V2VM", "{value}");
    assert!(
        found[0]["Affected"][0]["RecoveryPointId"].is_string(),
        "{value}"
    );
    let said = sandbox.run("Test-RsvVault -VaultId testvault -Level Full");
    let said = said.fails("RsvVaultDamaged", 4);
    assert!(said.contains("-RecoveryPointTier VaultStandard"), "{said}");
    // A pack cut short shows without a key, a missing folder too.
    std::fs::write(&pack, &honest[..honest.len() - 1]).unwrap();
    assert_eq!(test_vault(&sandbox, "Structure").0, 4);
    std::fs::write(&pack, &honest).unwrap();
    assert_eq!(test_vault(&sandbox, "Structure").0, 0);
    std::fs::remove_dir_all(&folders(&sandbox)[0]).unwrap();
    let (exit, value) = test_vault(&sandbox, "Structure");
    assert_eq!(
        (exit, &value["Damage"][0]["Problem"]),
        (4, &"is missing".into()),
        "{value}"
    );
}

#[test]
fn a_snapshot_whose_key_cannot_be_used_is_said_to_be_unverified() {
    let sandbox = taken(SET);
    no_set_principal(&sandbox);
    let (exit, value) = test_vault(&sandbox, "Full");
    assert_eq!((exit, &value["Snapshots"]), (0, &1.into()), "{value}");
    let left = &value["SnapshotsNotVerified"][0];
    assert_eq!(left["ItemName"], "V2VM", "{value}");
    assert!(
        left["Reason"]
            .as_str()
            .unwrap()
            .contains("[RsvSnapshotKeyUnavailable]"),
        "{value}"
    );
    assert_eq!(
        test_vault(&sandbox, "Structure").1["SnapshotsNotVerified"],
        serde_json::json!([])
    );
}

#[test]
fn the_impact_of_a_sets_key_counts_the_recovery_points_of_snapshots() {
    let mut sandbox = taken(SET);
    let key = sandbox.ok("Get-AzKeyVaultKey -VaultName testkeyvault -Name deskey -Query Id");
    let measure = format!("Measure-RsvKeyImpact -KeyId {key}");
    sandbox.set("RSV_NOW", "2030-01-02T00:00:00Z");
    sandbox.backup().ok();
    let impact = sandbox.json(&measure);
    assert_eq!(impact.as_array().unwrap().len(), 1, "{impact}");
    assert_eq!(
        (&impact[0]["Name"], &impact[0]["RecoveryPoints"]),
        (&"V2VM".into(), &2.into())
    );
    assert!(
        impact[0]["Item"].as_str().unwrap().contains("V2VM"),
        "{impact}"
    );
    assert!(
        impact[0]["NewestRecoveryPoint"]
            .as_str()
            .unwrap()
            .starts_with("2030-01-02"),
        "{impact}"
    );
    // Past its days the first one cannot be restored from anyway.
    sandbox.set("RSV_NOW", "2030-01-03T12:00:00Z");
    assert_eq!(sandbox.json(&measure)[0]["RecoveryPoints"], 1);
}

//! Rotation: new versions, who follows them, what still needs the old one.

use serde_json::Value;

use crate::harness::{Sandbox, noise};
use crate::workflow::key_life::protected;

const ROTATE: &str = "Invoke-AzKeyVaultKeyRotation -VaultName testkeyvault -Name testkey -Query Id";

/// The lines of the activity log that carry a receipt.
fn receipts(sandbox: &Sandbox) -> Vec<Value> {
    let text = std::fs::read_to_string(sandbox.home().join("activity/000001.ndjson")).unwrap();
    text.lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .filter_map(|line| find(&line, "NewKeyId").cloned())
        .collect()
}

/// The object that holds this property, wherever the line's envelope puts it.
fn find<'a>(value: &'a Value, name: &str) -> Option<&'a Value> {
    match value {
        Value::Object(map) if map.contains_key(name) => Some(value),
        Value::Object(map) => map.values().find_map(|v| find(v, name)),
        _ => None,
    }
}

fn status(sandbox: &Sandbox) -> String {
    sandbox.ok("Get-AzRecoveryServicesVaultProperty -VaultId testvault -Query encryptionProperties.LastUpdateStatus")
}

fn needed(sandbox: &Sandbox, key: &str) -> usize {
    let uses = sandbox.json(&format!("Get-RsvKeyUsage -KeyId {key}"));
    uses.as_array().unwrap().len()
}

/// [`protected`], but the vault follows its key.
fn following() -> (Sandbox, String) {
    let (sandbox, old) = protected();
    let (key, _) = old.rsplit_once('/').unwrap();
    sandbox.assign(key);
    (sandbox, old)
}

#[test]
fn r64_r65_r66_a_vault_with_a_versionless_key_follows_the_newest_version_at_the_next_job() {
    let (sandbox, old) = following();
    let packs = sandbox.stored_files().len();
    let new = sandbox.ok(ROTATE);
    assert_ne!(new, old);
    assert_eq!((needed(&sandbox, &old), needed(&sandbox, &new)), (1, 0));
    let before = receipts(&sandbox).len();
    sandbox.backup().ok();
    assert_eq!((needed(&sandbox, &old), needed(&sandbox, &new)), (0, 1));
    let jobs = sandbox.json("Get-AzRecoveryServicesBackupJob -VaultId testvault");
    assert_eq!(jobs[0]["Operation"], "Backup");
    assert_eq!(jobs[1]["Operation"], "UpdateCustomerManagedKey");
    assert_eq!(jobs[1]["Status"], "Completed");
    let receipts = receipts(&sandbox);
    assert_eq!(receipts.len(), before + 1);
    let receipt = receipts.last().unwrap();
    assert_eq!(receipt["OldKeyId"], old);
    assert_eq!(receipt["NewKeyId"], new);
    assert_eq!(receipt["RecordsRewrapped"], "1");
    assert_eq!(receipt["DataBytesRead"], "0");
    assert_eq!(receipt["Verified"], "true");
    assert!(sandbox.stored_files().len() > packs);
    // R74: the old version is not needed any more, not even for older points.
    let version = old.rsplit('/').next().unwrap();
    sandbox.ok(&format!(
        "Update-AzKeyVaultKey -VaultName testkeyvault -Name testkey -Version {version} -Enable false"
    ));
    sandbox.restore("").ok();
    sandbox.read_back(0, "back.img").ok();
    assert_eq!(sandbox.bytes("back.img"), noise(7, 300_000));
    let run = sandbox.run(&format!("Get-RsvKeyUsage -KeyId {old}"));
    assert!(run.stderr.contains("not needed"), "{}", run.stderr);
    assert_eq!(run.ok(), "");
    // A restore follows too.
    let third = sandbox.ok(ROTATE);
    sandbox.restore("").ok();
    assert_eq!(needed(&sandbox, &third), 1);
}

#[test]
fn r63_a_pinned_version_never_moves() {
    let (sandbox, old) = protected();
    let new = sandbox.ok(ROTATE);
    sandbox.backup().ok();
    assert_eq!((needed(&sandbox, &old), needed(&sandbox, &new)), (1, 0));
}

#[test]
fn r67_r73_the_old_version_has_to_stay_enabled_until_the_vault_has_moved() {
    let (sandbox, old) = following();
    let version = old.rsplit('/').next().unwrap();
    let update = format!(
        "Update-AzKeyVaultKey -VaultName testkeyvault -Name testkey -Version {version} -Enable"
    );
    let new = sandbox.ok(ROTATE);
    sandbox.ok(&format!("{update} false"));
    let text = sandbox.backup().fails("KeyDisabled", 1);
    assert!(text.contains("R67") && text.contains(version), "{text}");
    assert_eq!(status(&sandbox), "Failed");
    assert_eq!(needed(&sandbox, &new), 0);
    sandbox.ok(&format!("{update} true"));
    sandbox.backup().ok();
    assert_eq!(status(&sandbox), "Succeeded");
    assert_eq!(needed(&sandbox, &new), 1);
}

#[test]
fn r40_an_update_that_fails_leaves_everything_readable_by_the_version_before() {
    let (sandbox, old) = following();
    sandbox.ok(ROTATE);
    sandbox.grant("get,list,unwrapKey");
    let run = sandbox.backup();
    assert!(run.stderr.contains("could not follow"), "{}", run.stderr);
    run.ok();
    assert_eq!(status(&sandbox), "Failed");
    assert_eq!(needed(&sandbox, &old), 1);
    sandbox.restore("").ok();
    sandbox.grant("get,list,unwrapKey,wrapKey");
    sandbox.backup().ok();
    assert_eq!(needed(&sandbox, &old), 0);
}

#[test]
fn r138_a_disk_encryption_set_that_follows_its_key_takes_its_disks_along() {
    let (sandbox, _) = protected();
    let old = sandbox.ok("Get-AzKeyVaultKey -VaultName testkeyvault -Name deskey -Query Id");
    sandbox.ok("Update-AzDiskEncryptionSet -ResourceGroupName testrg -Name testdes1 -RotationToLatestKeyVersionEnabled true");
    sandbox.restore("-DiskEncryptionSetId testdes1").ok();
    assert_eq!(needed(&sandbox, &old), 1);
    let new = sandbox.ok(&ROTATE.replace("testkey ", "deskey "));
    sandbox.restore("-DiskEncryptionSetId testdes1").ok();
    assert_eq!((needed(&sandbox, &old), needed(&sandbox, &new)), (0, 2));
    let receipts = receipts(&sandbox);
    assert_eq!(receipts.last().unwrap()["OldKeyId"], old);
    let set = sandbox.json("Get-AzDiskEncryptionSet -ResourceGroupName testrg -Name testdes1");
    assert_eq!(set["ActiveKey"]["KeyUrl"], new);
    sandbox.read_back(0, "back.img").ok();
    assert_eq!(sandbox.bytes("back.img"), noise(7, 300_000));
}

#[test]
fn the_impact_of_a_key_counts_items_and_recovery_points() {
    let (sandbox, key) = protected();
    sandbox.backup().ok();
    let measure = format!("Measure-RsvKeyImpact -KeyId {key}");
    let impact = sandbox.json(&measure);
    assert_eq!(impact.as_array().unwrap().len(), 1, "{impact}");
    assert_eq!(impact[0]["RecoveryPoints"], 2);
    assert!(impact[0]["Item"].as_str().unwrap().contains("V2VM"));
    let at = |date: &str| {
        let found = sandbox.json(&format!("{measure} -At {date}"));
        found.as_array().unwrap().len()
    };
    assert_eq!(at("2090-01-01"), 0, "it never expires");
    sandbox.ok("Update-AzKeyVaultKey -VaultName testkeyvault -Name testkey -Expires 2080-01-01");
    assert_eq!((at("2079-12-31"), at("2080-01-01")), (0, 1));
    // It works while the key is gone, too: that is when one asks.
    sandbox.ok("Remove-AzKeyVaultKey -VaultName testkeyvault -Name testkey -Force");
    assert_eq!(sandbox.json(&measure)[0]["RecoveryPoints"], 2);
    assert_eq!(at("2080-01-01"), 1);
}

#[test]
fn a_rotation_policy_says_how_long_versions_live_and_when_one_is_due() {
    let sandbox = Sandbox::new();
    sandbox.prepared();
    let key = "-VaultName testkeyvault -Name testkey";
    let get = format!("Get-AzKeyVaultKeyRotationPolicy {key}");
    let before = sandbox.json(&get);
    assert_eq!(before["LifetimeActions"][0]["Action"], "Notify");
    assert_eq!(before["ExpiresIn"], Value::Null);
    assert_eq!(before["RotationDue"], Value::Null);
    let set = format!("Set-AzKeyVaultKeyRotationPolicy {key}");
    for wrong in [
        "-ExpiresIn P27D",
        "-KeyRotationLifetimeAction @{Action='Rotate'}",
        "-KeyRotationLifetimeAction '{\"Action\":\"Rotate\",\"TimeAfterCreate\":\"P6D\"}'",
    ] {
        sandbox
            .run(&format!("{set} {wrong}"))
            .fails("BadParameter", 2);
    }
    sandbox.write(
        "policy.json",
        br#"{"lifetimeActions":[{"trigger":{"timeBeforeExpiry":"P18M"},"action":{"type":"Rotate"}},
            {"trigger":{"timeBeforeExpiry":"P30D"},"action":{"type":"Notify"}}],
            "attributes":{"expiryTime":"P2Y"}}"#,
    );
    let shown = sandbox.ok(&format!("{set} -PolicyPath policy.json"));
    assert!(
        shown.contains(
            "{[Action: Rotate, TimeAfterCreate: , TimeBeforeExpiry: P18M], [Action: Notify"
        ),
        "{shown}"
    );
    let rotated = sandbox.json(&format!("Invoke-AzKeyVaultKeyRotation {key}"));
    let year = |text: &Value| text.as_str().unwrap()[..4].parse::<i32>().unwrap();
    assert_eq!(year(&rotated["Expires"]), year(&rotated["Created"]) + 2);
    let policy = sandbox.json(&get);
    assert!(policy["RotationDue"].as_str().is_some(), "{policy}");
    let json = policy.to_string().replace("P2Y", "P3Y");
    sandbox
        .run_with(
            "Set-AzKeyVaultKeyRotationPolicy -KeyRotationPolicy -",
            &json,
        )
        .ok();
    assert_eq!(sandbox.json(&get)["ExpiresIn"], "P3Y");
    sandbox.ok(&format!("{set} -ExpiresIn P1Y"));
    assert_eq!(sandbox.json(&get)["LifetimeActions"][0]["Action"], "Rotate");
    let versions = sandbox.json(&format!("Get-AzKeyVaultKey {key} -IncludeVersions"));
    assert_eq!(versions.as_array().unwrap().len(), 2);
}

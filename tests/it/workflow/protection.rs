//! The end of protection: stopped, deleted under soft delete, brought back, gone.

use crate::harness::Sandbox;

const DISABLE: &str = "Disable-AzRecoveryServicesBackupProtection -Item V2VM";
const UNDO: &str = "Undo-AzRecoveryServicesBackupItemDeletion -Item V2VM";
const ENABLE: &str = "Enable-AzRecoveryServicesBackupProtection -Item V2VM -Policy DefaultPolicy";
const ITEMS: &str =
    "Get-AzRecoveryServicesBackupItem -BackupManagementType AzureVM -WorkloadType AzureVM";

/// A machine with one recovery point, and somewhere to restore it to.
fn protected() -> Sandbox {
    let mut sandbox = Sandbox::new();
    let (_, key) = sandbox.prepared();
    sandbox.assign(&key);
    sandbox.set("RSV_VAULT", "testvault");
    sandbox.write("os.img", &[7; 70_000]);
    sandbox.protect("os.img", &[]);
    sandbox.backup().ok();
    sandbox.restore_target();
    sandbox
}

#[test]
fn stopping_keeps_the_data_and_resuming_goes_on() {
    let sandbox = protected();
    let job = sandbox.json(DISABLE);
    assert_eq!(job["Operation"], "DisableBackup");
    assert_eq!(
        sandbox.json(ITEMS)[0]["ProtectionState"],
        "ProtectionStopped"
    );
    sandbox.backup().fails("RsvProtectionStopped", 1);
    sandbox.restore("-DiskEncryptionSetId testdes1").ok();
    sandbox.ok(ENABLE);
    assert_eq!(sandbox.json(ITEMS)[0]["ProtectionState"], "Protected");
    sandbox.backup().ok();
}

#[test]
fn r120_r121_r112_deleted_data_comes_back_and_is_restored_only_then() {
    let sandbox = protected();
    sandbox
        .run(&format!("{UNDO} -Force"))
        .fails("RsvItemNotSoftDeleted", 1);
    sandbox
        .run(&format!("{DISABLE} -RemoveRecoveryPoints"))
        .fails("ConfirmationRequired", 2);
    sandbox.ok(&format!("{DISABLE} -RemoveRecoveryPoints -WhatIf"));
    assert_eq!(sandbox.json(ITEMS)[0]["DeleteState"], "NotDeleted");
    let job = sandbox.json(&format!("{DISABLE} -RemoveRecoveryPoints -Force"));
    assert_eq!(job["Operation"], "DeleteBackupData");
    let item = sandbox.json(&format!("{ITEMS} -DeleteState ToBeDeleted"));
    assert_eq!(item[0]["DeleteState"], "ToBeDeleted");
    assert_eq!(item[0]["SoftDeleteRetentionPeriodInDays"], 14);
    for refused in [
        sandbox.restore("-DiskEncryptionSetId testdes1"),
        sandbox.backup(),
        sandbox.run(ENABLE),
        sandbox.run(&format!("{DISABLE} -RemoveRecoveryPoints -Force")),
    ] {
        refused.fails("RsvItemSoftDeleted", 1);
    }
    let job = sandbox.json(&format!("{UNDO} -Force"));
    assert_eq!(job["Operation"], "Undelete");
    let item = sandbox.json(ITEMS);
    assert_eq!(item[0]["DeleteState"], "NotDeleted");
    assert_eq!(item[0]["ProtectionState"], "ProtectionStopped");
    sandbox.restore("-DiskEncryptionSetId testdes1").ok();
    sandbox.read_back(0, "back.img").ok();
    assert_eq!(sandbox.bytes("back.img"), [7; 70_000]);
    sandbox.ok(ENABLE);
    sandbox.backup().ok();
}

#[test]
fn r122_r123_r124_later_settings_do_not_purge_what_was_deleted_before() {
    let sandbox = protected();
    sandbox.ok(&format!("{DISABLE} -RemoveRecoveryPoints -Force"));
    sandbox.ok("Set-AzRecoveryServicesVaultProperty -SoftDeleteFeatureState Disable -SoftDeleteRetentionPeriodInDays 60");
    let item = sandbox.json(ITEMS);
    assert_eq!(item[0]["DeleteState"], "ToBeDeleted");
    assert_eq!(item[0]["SoftDeleteRetentionPeriodInDays"], 14);
    let remove = "Remove-AzRecoveryServicesVault -Vault testvault -Force";
    let said = sandbox.run(remove).fails("RsvVaultHasSoftDeletedItems", 1);
    assert!(
        said.contains("backup items in soft deleted state"),
        "{said}"
    );
    // Undeleted and deleted again, now without soft delete: gone, and the vault may go too.
    sandbox.ok(&format!("{UNDO} -Force"));
    let gone = sandbox.run(&format!("{DISABLE} -RemoveRecoveryPoints -Force"));
    assert!(
        gone.stderr.contains("garbage collection"),
        "{}",
        gone.stderr
    );
    gone.ok();
    assert_eq!(sandbox.json(ITEMS), serde_json::json!([]));
    sandbox.ok(remove);
}

#[test]
fn r126_an_immutable_vault_keeps_what_has_not_expired() {
    let sandbox = protected();
    let as_per_policy = format!("{DISABLE} -RetainRecoveryPointsAsPerPolicy");
    sandbox.run(&as_per_policy).fails("RsvVaultNotImmutable", 1);
    sandbox
        .run(&format!("{as_per_policy} -RemoveRecoveryPoints -Force"))
        .fails("ArgumentException", 2);
    sandbox.ok("Update-AzRecoveryServicesVault -VaultId testvault -ImmutabilityState Unlocked");
    sandbox
        .run(&format!("{DISABLE} -RemoveRecoveryPoints -Force"))
        .fails("RsvVaultImmutable", 1);
    sandbox.ok(&as_per_policy);
    assert_eq!(
        sandbox.json(ITEMS)[0]["ProtectionState"],
        "BackupsSuspended"
    );
    sandbox.backup().fails("RsvProtectionStopped", 1);
    sandbox.ok("Update-AzRecoveryServicesVault -VaultId testvault -ImmutabilityState Locked");
    sandbox
        .run("Update-AzRecoveryServicesVault -VaultId testvault -ImmutabilityState Disabled")
        .fails("RsvImmutabilityLocked", 1);
}

//! The clock of a rehearsal home, forwards and backwards: what acts on time, and what is kept.

use jiff::{SignedDuration, Timestamp};

use crate::harness::{Sandbox, noise};
use crate::workflow::key_life::{protected, rehearse};

fn days_on(sandbox: &mut Sandbox, days: i64) {
    let later = Timestamp::now() + SignedDuration::from_hours(24 * days);
    sandbox.set("RSV_NOW", &later.to_string());
}

#[test]
fn r81_a_key_expires_on_its_day_and_wraps_nothing_from_then_on() {
    let (mut sandbox, _) = protected();
    rehearse(&sandbox);
    let day = (Timestamp::now() + SignedDuration::from_hours(24 * 10)).strftime("%Y-%m-%d");
    for key in ["testkey", "deskey"] {
        sandbox.ok(&format!(
            "Update-AzKeyVaultKey -VaultName testkeyvault -Name {key} -Expires {day}"
        ));
    }
    days_on(&mut sandbox, 8);
    sandbox.backup().ok();
    sandbox.restore("-DiskEncryptionSetId testdes1").ok();
    days_on(&mut sandbox, 11);
    sandbox.backup().fails("RsvKeyExpired", 1);
    sandbox.ok("Update-AzKeyVaultKey -VaultName testkeyvault -Name testkey -Expires 2099-01-01");
    sandbox.backup().ok();
    // Key Vault wraps nothing under the set's expired key, in its own words.
    let text = sandbox
        .restore("-DiskEncryptionSetId testdes1")
        .fails("Forbidden", 1);
    assert!(text.contains("expired"), "{text}");
}

#[test]
fn soft_deleted_keys_and_key_vaults_come_back_until_their_day_and_not_after() {
    let (mut sandbox, _) = protected();
    rehearse(&sandbox);
    let key = "Get-AzKeyVaultKey -VaultName testkeyvault -InRemovedState -Query [0].Name";
    sandbox.ok("Remove-AzKeyVaultKey -VaultName testkeyvault -Name testkey -Force");
    days_on(&mut sandbox, 89);
    assert_eq!(sandbox.ok(key), "testkey");
    sandbox.ok("Undo-AzKeyVaultKeyRemoval -VaultName testkeyvault -Name testkey");
    sandbox.backup().ok();
    sandbox.ok("Remove-AzKeyVault -VaultName testkeyvault -Force");
    days_on(&mut sandbox, 89 + 89);
    let undo = "Undo-AzKeyVaultRemoval -VaultName testkeyvault -ResourceGroupName testrg -Location japaneast";
    sandbox.ok(undo);
    sandbox.ok("Remove-AzKeyVault -VaultName testkeyvault -Force");
    days_on(&mut sandbox, 89 + 89 + 91);
    assert_eq!(sandbox.ok("Get-AzKeyVault -InRemovedState"), "");
    assert_eq!(sandbox.run(undo).exit, 3);
    sandbox.backup().fails("RsvKeyPurged", 3);
}

#[test]
fn a_clock_that_goes_backwards_is_told_and_loses_nothing() {
    let (mut sandbox, _) = protected();
    rehearse(&sandbox);
    // Within the 30 days that the policy keeps the first point.
    days_on(&mut sandbox, 20);
    sandbox.backup().ok();
    sandbox.ok("Remove-AzKeyVaultKey -VaultName testkeyvault -Name deskey -Force");
    days_on(&mut sandbox, -30);
    let run = sandbox.run("New-AzResourceGroup -Name back -Location japaneast");
    assert!(
        run.stderr.contains("clock went backwards"),
        "{}",
        run.stderr
    );
    run.ok();
    // Told as long as it lasts, by what only reads as well, and never as an error.
    let run = sandbox.run("Get-AzResourceGroup -Name back");
    assert!(
        run.stderr.contains("clock went backwards"),
        "{}",
        run.stderr
    );
    run.ok();
    // Chains go by number: a backup in the past is the next point, and every one restores.
    sandbox.write("os.img", &noise(8, 300_000));
    sandbox.backup().ok();
    let points = sandbox.json("Get-AzRecoveryServicesBackupRecoveryPoint -Item V2VM -VaultId testvault -StartDate 2000-01-01 -EndDate 2099-01-01");
    assert_eq!(points.as_array().map(Vec::len), Some(3), "{points}");
    sandbox.ok("Test-RsvVault -VaultId testvault -Level Full");
    sandbox.ok("Test-RsvActivityLog");
    // What was deleted in the future still comes back.
    sandbox.ok("Undo-AzKeyVaultKeyRemoval -VaultName testkeyvault -Name deskey");
    days_on(&mut sandbox, 31);
    sandbox.restore("-DiskEncryptionSetId testdes1").ok();
    let run = sandbox.run("Get-AzResourceGroup -Name back");
    assert!(!run.stderr.contains("backwards"), "{}", run.stderr);
    run.ok();
}

const ITEM: &str = "Get-AzRecoveryServicesBackupItem -BackupManagementType AzureVM -WorkloadType AzureVM -VaultId testvault";
const DELETE: &str = "Disable-AzRecoveryServicesBackupProtection -Item V2VM -VaultId testvault -RemoveRecoveryPoints -Force";

fn purge_day(sandbox: &Sandbox) -> i64 {
    let date = sandbox.ok(&format!("{ITEM} -Query [0].DateOfPurge"));
    let date: Timestamp = date.parse().unwrap();
    (date.duration_since(Timestamp::now()).as_secs() + 43_200).div_euclid(86_400)
}

/// Items that an optimization on this day purges.
fn purged_on(sandbox: &mut Sandbox, day: i64) -> usize {
    days_on(sandbox, day);
    let done = sandbox.json("Optimize-RsvVault -VaultId testvault");
    done["ItemsRemoved"].as_array().unwrap().len()
}

#[test]
fn r120_r123_under_a_forward_clock_a_deleted_item_goes_on_its_day_and_not_before() {
    let (mut sandbox, _) = protected();
    rehearse(&sandbox);
    sandbox.ok("Set-AzRecoveryServicesVaultProperty -VaultId testvault -SoftDeleteRetentionPeriodInDays 20");
    days_on(&mut sandbox, 10);
    sandbox.ok(DELETE);
    assert_eq!(purge_day(&sandbox), 30);
    // R123: the days at the deletion count.
    sandbox.ok("Set-AzRecoveryServicesVaultProperty -VaultId testvault -SoftDeleteRetentionPeriodInDays 14");
    assert_eq!(purge_day(&sandbox), 30);
    assert_eq!(purged_on(&mut sandbox, 29), 0);
    // Set back and on again: the date stays, and that the clock went back is told.
    days_on(&mut sandbox, 0);
    let run = sandbox.run("Optimize-RsvVault -VaultId testvault");
    assert!(
        run.stderr.contains("clock went backwards"),
        "{}",
        run.stderr
    );
    run.ok();
    assert_eq!(purge_day(&sandbox), 30);
    assert_eq!(purged_on(&mut sandbox, 31), 1);
}

#[test]
fn r120_what_is_deleted_under_a_clock_that_was_set_back_is_not_purged_early() {
    let (mut sandbox, _) = protected();
    rehearse(&sandbox);
    days_on(&mut sandbox, 20);
    sandbox.backup().ok();
    // Back again: 14 days from here would be over before the home's latest time.
    days_on(&mut sandbox, 0);
    let run = sandbox.run(DELETE);
    assert!(
        run.stderr.contains("the data is kept until"),
        "{}",
        run.stderr
    );
    run.ok();
    assert_eq!(purge_day(&sandbox), 34);
    for day in [15, 20, 33] {
        assert_eq!(purged_on(&mut sandbox, day), 0, "{day}");
    }
    assert_eq!(purged_on(&mut sandbox, 35), 1);
}

#[test]
fn keys_key_vaults_and_vaults_deleted_under_a_clock_set_back_are_kept_their_days() {
    let (mut sandbox, _) = protected();
    rehearse(&sandbox);
    sandbox.ok(
        "New-AzRecoveryServicesVault -ResourceGroupName testrg -Name spare -Location japaneast",
    );
    sandbox.ok(
        "New-AzKeyVault -VaultName sparekeyvault -ResourceGroupName testrg -Location japaneast",
    );
    days_on(&mut sandbox, 50);
    sandbox.ok("New-AzResourceGroup -Name late -Location japaneast");
    // Back again: from here the 90 and the 14 days would be over before their time.
    days_on(&mut sandbox, 0);
    sandbox.ok("Remove-AzKeyVaultKey -VaultName testkeyvault -Name testkey -Force");
    sandbox.ok("Remove-AzKeyVault -VaultName sparekeyvault -Force");
    sandbox.ok("Remove-AzRecoveryServicesVault -Vault spare -Force");
    let deleted = [
        (
            "Get-AzKeyVaultKey -VaultName testkeyvault -InRemovedState -Query [0].Name",
            50 + 90,
        ),
        (
            "Get-AzKeyVault -InRemovedState -Query [0].VaultName",
            50 + 90,
        ),
        (
            "Get-AzRecoveryServicesSoftDeletedVault -Location japaneast -Query [0].Name",
            50 + 14,
        ),
    ];
    for (query, day) in deleted {
        days_on(&mut sandbox, day - 1);
        assert_ne!(sandbox.ok(query), "", "{query}");
        days_on(&mut sandbox, day + 1);
        assert_eq!(sandbox.run(query).stdout.trim(), "", "{query}");
    }
}

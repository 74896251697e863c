//! Retention and garbage collection through the program.

use std::path::PathBuf;
use std::process::Output;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use serde_json::{Value, json};

use crate::harness::{Sandbox, noise};
use crate::workflow::deleted_vaults;

const OPTIMIZE: &str = "Optimize-RsvVault -VaultId testvault";
const TEST: &str = "Test-RsvVault -VaultId testvault -Level Full";
const POINTS: &str = "Get-AzRecoveryServicesBackupRecoveryPoint -Item V2VM -VaultId testvault";
const ITEMS: &str = "Get-AzRecoveryServicesBackupItem -BackupManagementType AzureVM -WorkloadType AzureVM -VaultId testvault";

/// A rehearsal home on the first day of 2027, with one protected machine.
fn rehearsal() -> Sandbox {
    let sandbox = deleted_vaults::rehearsal();
    sandbox.write("os.img", &noise(1, 1_500_000));
    sandbox.protect("os.img", &[]);
    sandbox
}

fn backup(sandbox: &mut Sandbox, day: &str, seed: u64, more: &str) {
    sandbox.set("RSV_NOW", &format!("{day}T00:00:00Z"));
    sandbox.write("os.img", &noise(seed, 1_500_000));
    sandbox.ok(&format!(
        "Backup-AzRecoveryServicesBackupItem -Item V2VM -VaultId testvault {more}"
    ));
}

fn points(sandbox: &Sandbox) -> usize {
    let all = format!("{POINTS} -StartDate 2026-12-01 -EndDate 2028-01-01");
    sandbox.json(&all).as_array().unwrap().len()
}

fn packs(sandbox: &Sandbox) -> Vec<PathBuf> {
    let is_pack = |path: &PathBuf| path.to_string_lossy().contains("/packs/");
    sandbox.stored_files().into_iter().filter(is_pack).collect()
}

fn count(value: &Value, name: &str) -> usize {
    value[name].as_array().unwrap().len()
}

#[test]
fn backups_expire_what_is_over_and_optimize_frees_the_bytes() {
    let mut sandbox = rehearsal();
    backup(&mut sandbox, "2027-01-01", 1, "");
    backup(&mut sandbox, "2027-01-20", 2, "");
    assert_eq!(points(&sandbox), 2);
    backup(&mut sandbox, "2027-02-01", 3, "");
    assert_eq!(points(&sandbox), 2, "the first one is 31 days old");
    assert_eq!(packs(&sandbox).len(), 3, "its bytes stay");
    let log = std::fs::read_to_string(sandbox.home().join("activity/000001.ndjson")).unwrap();
    assert!(log.contains("1 recovery points expired"), "{log}");
    let foreseen = sandbox.json(&format!("{OPTIMIZE} -WhatIf"));
    assert_eq!(
        (count(&foreseen, "PacksRemoved"), &foreseen["DryRun"]),
        (1, &json!(true))
    );
    assert_eq!(packs(&sandbox).len(), 3);
    let held: Vec<_> = packs(&sandbox)
        .into_iter()
        .map(|p| (std::fs::read(&p).unwrap(), p))
        .collect();
    let done = sandbox.json(OPTIMIZE);
    assert_eq!(done["PacksRemoved"], foreseen["PacksRemoved"]);
    assert!(done["BytesFreed"].as_u64().unwrap() > 1_500_000, "{done}");
    assert_eq!(packs(&sandbox).len(), 2);
    let job =
        sandbox.json("Get-AzRecoveryServicesBackupJob -VaultId testvault -Operation OptimizeVault");
    assert_eq!(
        (&job[0]["JobId"], &job[0]["Status"]),
        (&done["JobId"], &json!("Completed"))
    );
    // A pack that came back is nobody's: all that counts is covered, and it goes again.
    let came_back = held.iter().find(|(_, path)| !path.exists()).unwrap();
    std::fs::write(&came_back.1, &came_back.0).unwrap();
    let tested = sandbox.json(TEST);
    assert_eq!(
        (
            &tested["Result"],
            &tested["CoveragePercent"],
            &tested["Packs"]
        ),
        (&json!("Intact"), &json!(100), &json!(3))
    );
    assert_eq!(count(&sandbox.json(OPTIMIZE), "PacksRemoved"), 1);
    assert_eq!(packs(&sandbox).len(), 2);
    // The newest point stays, however old; Optimize expires by itself, too.
    sandbox.set("RSV_NOW", "2027-12-01T00:00:00Z");
    let done = sandbox.json(OPTIMIZE);
    assert_eq!(
        (count(&done, "RecoveryPointsExpired"), points(&sandbox)),
        (1, 1),
        "{done}"
    );
    assert_eq!(packs(&sandbox).len(), 1);
    sandbox.restore_target();
    sandbox.ok(&format!(
        "{POINTS} -StartDate 2027-02-01 -EndDate 2027-02-02"
    ));
    sandbox.ok(TEST);
}

#[test]
fn an_expiry_that_was_asked_for_is_exact_and_a_stopped_item_keeps_everything() {
    let mut sandbox = rehearsal();
    backup(
        &mut sandbox,
        "2027-01-01",
        1,
        "-ExpiryDateTimeUTC 2027-01-03",
    );
    backup(
        &mut sandbox,
        "2027-01-02",
        2,
        "-ExpiryDateTimeUTC 2027-06-01",
    );
    let expiry = sandbox.json(&format!(
        "{POINTS} -StartDate 2026-12-31 -EndDate 2027-01-10 -Query RecoveryPointExpiryTime"
    ));
    assert_eq!(
        expiry,
        json!(["2027-06-01T00:00:00Z", "2027-01-03T00:00:00Z"])
    );
    sandbox.ok("Disable-AzRecoveryServicesBackupProtection -Item V2VM -VaultId testvault");
    sandbox.set("RSV_NOW", "2027-05-01T00:00:00Z");
    assert_eq!(count(&sandbox.json(OPTIMIZE), "RecoveryPointsExpired"), 0);
    sandbox.ok("Enable-AzRecoveryServicesBackupProtection -Item V2VM -Policy DefaultPolicy -VaultId testvault");
    backup(&mut sandbox, "2027-05-02", 3, "");
    assert_eq!(
        points(&sandbox),
        2,
        "the first is over, the second is kept until June"
    );
}

#[test]
fn r120_deleted_data_is_purged_after_its_days_and_not_before() {
    let mut sandbox = rehearsal();
    backup(&mut sandbox, "2027-01-01", 1, "");
    sandbox.ok("Disable-AzRecoveryServicesBackupProtection -Item V2VM -VaultId testvault -RemoveRecoveryPoints -Force");
    sandbox.set("RSV_NOW", "2027-01-14T23:59:00Z");
    assert_eq!(count(&sandbox.json(OPTIMIZE), "ItemsRemoved"), 0);
    assert_eq!(
        (
            packs(&sandbox).len(),
            count(&json!({"i": sandbox.json(ITEMS)}), "i")
        ),
        (1, 1)
    );
    sandbox.set("RSV_NOW", "2027-01-15T00:00:00Z");
    assert_eq!(
        count(
            &sandbox.json(&format!("{OPTIMIZE} -WhatIf")),
            "ItemsRemoved"
        ),
        1
    );
    assert_eq!(packs(&sandbox).len(), 1);
    let done = sandbox.json(OPTIMIZE);
    assert_eq!(
        (count(&done, "ItemsRemoved"), count(&done, "PacksRemoved")),
        (1, 1),
        "{done}"
    );
    assert_eq!(sandbox.json(ITEMS), json!([]));
    assert!(packs(&sandbox).is_empty());
    let rest = sandbox.stored_files();
    assert!(
        !rest
            .iter()
            .any(|p| p.to_string_lossy().contains("/points/"))
    );
    assert_eq!(count(&sandbox.json(OPTIMIZE), "ItemsRemoved"), 0);
    sandbox.ok("Remove-AzRecoveryServicesVault -Vault testvault -Force");
}

#[test]
fn without_soft_delete_the_next_optimize_removes_a_deleted_item() {
    let mut sandbox = rehearsal();
    sandbox.ok(
        "Set-AzRecoveryServicesVaultProperty -VaultId testvault -SoftDeleteFeatureState Disable",
    );
    backup(&mut sandbox, "2027-01-01", 1, "");
    sandbox.ok("Disable-AzRecoveryServicesBackupProtection -Item V2VM -VaultId testvault -RemoveRecoveryPoints -Force");
    sandbox.ok(TEST);
    assert_eq!(packs(&sandbox).len(), 1);
    assert_eq!(count(&sandbox.json(OPTIMIZE), "PacksRemoved"), 1);
    assert!(packs(&sandbox).is_empty());
}

#[test]
fn r126_an_immutable_vault_lets_points_expire_and_nothing_else_go() {
    let mut sandbox = rehearsal();
    sandbox.ok("Update-AzRecoveryServicesVault -VaultId testvault -ImmutabilityState Unlocked");
    backup(&mut sandbox, "2027-01-01", 1, "");
    backup(&mut sandbox, "2027-01-20", 2, "");
    sandbox.set("RSV_NOW", "2027-01-30T23:59:00Z");
    let done = sandbox.json(OPTIMIZE);
    assert_eq!(
        (count(&done, "RecoveryPointsExpired"), packs(&sandbox).len()),
        (0, 2)
    );
    sandbox.set("RSV_NOW", "2027-01-31T00:00:00Z");
    let done = sandbox.json(OPTIMIZE);
    assert_eq!(
        (count(&done, "RecoveryPointsExpired"), packs(&sandbox).len()),
        (1, 1)
    );
    sandbox
        .run("Disable-AzRecoveryServicesBackupProtection -Item V2VM -VaultId testvault -RemoveRecoveryPoints -Force")
        .fails("RsvVaultImmutable", 1);
}

#[test]
fn a_revoked_key_removes_nothing_and_damage_ends_it() {
    let mut sandbox = rehearsal();
    backup(&mut sandbox, "2027-01-01", 1, "");
    backup(&mut sandbox, "2027-02-15", 2, "");
    assert_eq!((points(&sandbox), packs(&sandbox).len()), (1, 2));
    sandbox.grant("get,list,wrapKey");
    for line in [OPTIMIZE.to_owned(), format!("{OPTIMIZE} -WhatIf")] {
        sandbox
            .run(&line)
            .fails("UserErrorCMKMissingMangedIdentityPermissionOnKeyVault", 1);
    }
    sandbox.grant("get,list,unwrapKey,wrapKey");
    let stone = sandbox
        .stored_files()
        .into_iter()
        .find(|p| p.extension().is_some_and(|e| e == "gone"))
        .unwrap();
    let good = std::fs::read(&stone).unwrap();
    let mut bytes = good.clone();
    // The time, which nothing but the MAC covers.
    bytes[130] ^= 1;
    std::fs::write(&stone, bytes).unwrap();
    sandbox.run(OPTIMIZE).fails("RsvOptimizeDamaged", 4);
    assert_eq!(sandbox.run(TEST).exit, 4);
    std::fs::remove_file(&stone).unwrap();
    let text = sandbox
        .run("Test-RsvVault -VaultId testvault -Level Structure")
        .fails("RsvVaultDamaged", 4);
    assert!(!text.is_empty());
    std::fs::write(&stone, good).unwrap();
    assert_eq!(packs(&sandbox).len(), 2);
    assert_eq!(count(&sandbox.json(OPTIMIZE), "PacksRemoved"), 1);
    assert_eq!(sandbox.run(&format!("{OPTIMIZE} -MinimumFill 101")).exit, 2);
}

#[test]
fn recovery_points_of_an_item_the_state_does_not_know_are_kept() {
    let mut sandbox = rehearsal();
    let state = sandbox.home().join("state.json");
    let old = std::fs::read(&state).unwrap();
    sandbox.write("other.img", &noise(9, 700_000));
    sandbox.ok(
        "New-AzVM -ResourceGroupName testrg -Name OTHER -Location japaneast -OSDiskPath other.img",
    );
    sandbox.ok("Enable-AzRecoveryServicesBackupProtection -Policy DefaultPolicy -Name OTHER -ResourceGroupName testrg -VaultId testvault");
    sandbox.ok("Backup-AzRecoveryServicesBackupItem -Item OTHER -VaultId testvault");
    std::fs::write(&state, old).unwrap();
    sandbox.ok("Approve-RsvRollback -Force");
    sandbox.set("RSV_NOW", "2028-01-01T00:00:00Z");
    let done = sandbox.json(OPTIMIZE);
    assert_eq!(
        (count(&done, "PacksRemoved"), packs(&sandbox).len()),
        (0, 1),
        "{done}"
    );
    let text = done["Left"].to_string();
    assert!(text.contains("the state knows no such item"), "{text}");
}

/// Runs the program at a time of its own.
fn at(sandbox: &Sandbox, now: &str, line: &str) -> Output {
    let words = line.split(' ');
    let mut command = sandbox.command();
    command.env("RSV_NOW", now).args(words).output().unwrap()
}

fn done(output: &Output) {
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}");
}

/// Backups, collections and key rotations at once, each in a process of its own.
#[test]
fn eight_backups_beside_optimize_and_rotation_leave_every_point_readable() {
    let mut sandbox = Sandbox::new();
    sandbox.ok("Initialize-RsvHome -Rehearsal");
    sandbox.set("RSV_NOW", "2027-01-01T00:00:00Z");
    let (_, key) = sandbox.prepared();
    let (versionless, _) = key.rsplit_once('/').unwrap();
    sandbox.assign(versionless);
    for n in 0..8 {
        sandbox.write(&format!("{n}.img"), &noise(0, 900_000));
        sandbox.ok(&format!(
            "New-AzVM -ResourceGroupName testrg -Name vm{n} -Location japaneast -OSDiskPath {n}.img"
        ));
        sandbox.ok(&format!("Enable-AzRecoveryServicesBackupProtection -Policy DefaultPolicy -Name vm{n} -ResourceGroupName testrg -VaultId testvault"));
    }
    let over = AtomicBool::new(false);
    let removed = thread::scope(|scope| {
        let sandbox = &sandbox;
        let backups: Vec<_> = (0..8u64)
            .map(|n| {
                scope.spawn(move || {
                    // Each round comes two months later: it expires what was before. Two contents
                    // take turns: what was collected is met again.
                    for round in 0..4u64 {
                        sandbox.write(&format!("{n}.img"), &noise((n + round) % 2, 900_000));
                        let now = format!("2027-{:02}-01T00:00:00Z", 1 + 2 * round);
                        let line = format!(
                            "Backup-AzRecoveryServicesBackupItem -Item vm{n} -VaultId testvault"
                        );
                        done(&at(sandbox, &now, &line));
                    }
                })
            })
            .collect();
        let optimize = scope.spawn(|| {
            let mut removed = 0;
            while !over.load(Ordering::SeqCst) {
                let line = format!("{OPTIMIZE} -MinimumFill 90 -Output json");
                let run = at(sandbox, "2027-09-01T00:00:00Z", &line);
                match run.status.code() {
                    Some(0) => {
                        let value: Value = serde_json::from_slice(&run.stdout).unwrap();
                        removed += count(&value, "PacksRemoved");
                    }
                    // A backup was merging the index.
                    Some(5) => {}
                    _ => done(&run),
                }
            }
            removed
        });
        let rotate = scope.spawn(|| {
            for _ in 0..3 {
                let line = "Invoke-AzKeyVaultKeyRotation -VaultName testkeyvault -Name testkey";
                done(&at(sandbox, "2027-01-02T00:00:00Z", line));
            }
        });
        let results: Vec<_> = backups
            .into_iter()
            .map(thread::ScopedJoinHandle::join)
            .collect();
        over.store(true, Ordering::SeqCst);
        rotate.join().unwrap();
        let removed = optimize.join().unwrap();
        assert!(results.into_iter().all(|r| r.is_ok()));
        removed
    });
    sandbox.set("RSV_NOW", "2027-10-01T00:00:00Z");
    let tested = sandbox.json(TEST);
    assert_eq!(
        (&tested["Result"], &tested["CoveragePercent"]),
        (&json!("Intact"), &json!(100))
    );
    assert!(tested["RecoveryPoints"].as_u64().unwrap() >= 8, "{tested}");
    let last = sandbox.json(OPTIMIZE);
    assert!(removed + count(&last, "PacksRemoved") > 0, "{last}");
    assert_eq!(last["Left"], json!([]), "{last}");
    sandbox.ok(TEST);
}

//! Killed at every system call that makes something durable: the next command works without help,
//! nothing acknowledged is lost, and doing it again succeeds.

use std::os::unix::process::ExitStatusExt as _;

use crate::harness::{Golden, Sandbox, figure, full_reliability, noise, words};
use crate::workflow::snapshots::snapshot_days;

/// The calls after which the disk is another one.
const CALLS: [&str; 9] = [
    "fsync",
    "fdatasync",
    "rename",
    "renameat2",
    "linkat",
    "unlink",
    "mkdir",
    "pwrite64",
    "write",
];

/// One operation, and what must hold before and after it.
pub(super) struct Story {
    pub(super) words: Vec<String>,
    /// Runs after each kill, before the operation is done again.
    pub(super) intact: fn(&Sandbox),
    /// Runs after the operation was done again.
    pub(super) done: fn(&Sandbox),
}

/// Runs the story's command once per point at which it can be killed. Gives the number of kills.
fn sweep(sandbox: &Sandbox, story: &Story) -> usize {
    sweep_every(sandbox, story, 1, None)
}

/// As [`sweep`], for a command that refuses with this code and exit once it was done: a kill may
/// have come after its commit.
pub(super) fn sweep_once(sandbox: &Sandbox, story: &Story, refusal: Option<(&str, i32)>) -> usize {
    sweep_every(sandbox, story, 1, refusal)
}

/// As [`sweep_once`], at every `step`-th point of each call only.
pub(super) fn sweep_every(
    sandbox: &Sandbox,
    story: &Story,
    step: usize,
    refusal: Option<(&str, i32)>,
) -> usize {
    let golden = Golden::of(sandbox);
    let mut kills = 0;
    for call in CALLS {
        for nth in (1..).step_by(step) {
            golden.put_back(sandbox);
            let (traced, kill) = (
                format!("trace={call}"),
                format!("inject={call}:signal=SIGKILL:when={nth}"),
            );
            let strace = [
                "strace",
                "-f",
                "-qq",
                "-o",
                "/dev/null",
                "-e",
                &traced,
                "-e",
                &kill,
            ];
            let output = sandbox.run_under(&strace, &story.words);
            if output.status.success() {
                break;
            }
            // strace ends as what it watched did.
            let text = String::from_utf8_lossy(&output.stderr);
            let signal = output.status.signal();
            assert_eq!(signal, Some(9), "{call} {nth}: not killed: {text}");
            kills += 1;
            (story.intact)(sandbox);
            let again = sandbox.run_words(&story.words, "");
            match refusal {
                Some((code, exit)) if again.exit != 0 => drop(again.fails(code, exit)),
                _ => drop(again.ok()),
            }
            (story.done)(sandbox);
            assert!(nth < 300, "{call}: the operation never gets through");
        }
    }
    figure("kill points survived without help", kills);
    kills
}

#[test]
fn a_killed_state_change_is_whole_or_not_there() {
    let sandbox = Sandbox::new();
    sandbox.prepared();
    let kills = sweep(
        &sandbox,
        &Story {
            words: words(
                "Add-AzKeyVaultKey -VaultName testkeyvault -Name other -Destination Software",
            ),
            intact: |sandbox| {
                sandbox.ok("Get-AzKeyVaultKey -VaultName testkeyvault -Name testkey");
            },
            done: |sandbox| {
                sandbox.ok("Get-AzKeyVaultKey -VaultName testkeyvault -Name other");
            },
        },
    );
    assert!(kills >= 12, "{kills} kills");
}

#[test]
fn a_killed_first_command_leaves_a_home_that_works() {
    let sandbox = Sandbox::new();
    let kills = sweep(
        &sandbox,
        &Story {
            words: words("New-AzResourceGroup -Name testrg -Location japaneast"),
            intact: |_| {},
            done: |sandbox| {
                sandbox.ok("Get-AzResourceGroup -Name testrg");
            },
        },
    );
    assert!(kills >= 12, "{kills} kills");
}

#[test]
fn a_killed_key_assignment_leaves_the_vault_under_one_key_or_the_other() {
    let sandbox = Sandbox::new();
    let (_, key) = sandbox.prepared();
    let kills = sweep(
        &sandbox,
        &Story {
            words: words(&format!(
                "Set-AzRecoveryServicesVaultProperty -VaultId testvault -WarningAction SilentlyContinue -EncryptionKeyId {key}"
            )),
            intact: |sandbox| {
                sandbox.ok("Get-AzRecoveryServicesVaultProperty -VaultId testvault");
            },
            done: |sandbox| {
                sandbox.ok("Test-RsvEncryptionReadiness -VaultId testvault");
            },
        },
    );
    assert!(kills >= 20, "{kills} kills");
}

fn points(sandbox: &Sandbox) -> usize {
    let points = sandbox
        .json("Get-AzRecoveryServicesBackupRecoveryPoint -Item V2VM -VaultId testvault -EndDate 2100-01-01 -StartDate 2020-01-01");
    points.as_array().unwrap().len()
}

#[test]
fn a_killed_backup_loses_no_point_and_the_next_one_works() {
    let sandbox = Sandbox::new();
    let (_, key) = sandbox.prepared();
    sandbox.assign(&key);
    sandbox.write("os.img", &noise(1, 1_500_000));
    sandbox.protect("os.img", &[]);
    sandbox.backup().ok();
    sandbox.write("os.img", &noise(2, 1_500_000));
    let kills = sweep(
        &sandbox,
        &Story {
            words: words("Backup-AzRecoveryServicesBackupItem -Item V2VM -VaultId testvault"),
            intact: |sandbox| assert!((1..=2).contains(&points(sandbox))),
            done: |sandbox| {
                assert!((2..=3).contains(&points(sandbox)));
                let jobs = sandbox.json("Get-AzRecoveryServicesBackupJob -VaultId testvault");
                assert_eq!(jobs[0]["Status"], "Completed");
            },
        },
    );
    assert!(kills >= 20, "{kills} kills");
}

#[test]
fn a_killed_restore_leaves_no_half_disk() {
    let sandbox = Sandbox::new();
    let (_, key) = sandbox.prepared();
    sandbox.assign(&key);
    sandbox.write("os.img", &noise(1, 1_500_000));
    sandbox.protect("os.img", &[]);
    sandbox.backup().ok();
    sandbox.restore_target();
    sandbox.write("point.json", sandbox.newest_point().as_bytes());
    let kills = sweep(
        &sandbox,
        &Story {
            words: words(
                "Restore-AzRecoveryServicesBackupItem -RecoveryPoint @point.json -StorageAccountName destaccount -StorageAccountResourceGroupName DestRG -TargetResourceGroupName DestRG -DiskEncryptionSetId testdes1 -VaultId testvault",
            ),
            intact: |sandbox| {
                for disk in sandbox
                    .json("Get-AzDisk -ResourceGroupName DestRG")
                    .as_array()
                    .unwrap()
                {
                    assert_eq!(disk["ProvisioningState"], "Succeeded");
                    sandbox.read_back(0, "back.img").ok();
                    assert!(sandbox.bytes("back.img") == noise(1, 1_500_000));
                }
            },
            done: |sandbox| {
                sandbox.read_back(0, "back.img").ok();
                assert!(sandbox.bytes("back.img") == noise(1, 1_500_000));
                nothing_is_left_over(sandbox);
            },
        },
    );
    assert!(kills >= 20, "{kills} kills");
}

/// Every folder of a disk is a disk's, with one key record; no job that ended is locked.
fn nothing_is_left_over(sandbox: &Sandbox) {
    let disks = sandbox.json("Get-AzDisk -ResourceGroupName DestRG");
    let files = sandbox.stored_files();
    let count = |folder: &str, name: &dyn Fn(&str) -> bool| {
        let inside = files
            .iter()
            .filter(|p| p.starts_with(sandbox.home().join(folder)));
        inside
            .filter(|p| name(p.file_name().unwrap().to_str().unwrap()))
            .count()
    };
    assert_eq!(
        count("disks", &|name| name == "data"),
        disks.as_array().unwrap().len(),
        "{files:?}"
    );
    assert_eq!(
        count("disks", &|name| name.contains("wrap")),
        disks.as_array().unwrap().len(),
        "{files:?}"
    );
    let job_lock = |name: &str| name.ends_with(".lock") && !name.starts_with("item-");
    assert_eq!(count("jobs", &job_lock), 0, "{files:?}");
}

/// A restored disk, and the description of its change to testdes1 in update.json.
pub(crate) fn disk_to_update(more: &str, set: &str) -> (Sandbox, Vec<String>) {
    let sandbox = Sandbox::new();
    let (_, key) = sandbox.prepared();
    sandbox.assign(&key);
    sandbox.write("os.img", &noise(1, 1_500_000));
    sandbox.protect("os.img", &[]);
    sandbox.backup().ok();
    sandbox.restore_target();
    sandbox.restore(more).ok();
    // The same key and identity under another name will do.
    let key = sandbox.ok("Get-AzKeyVaultKey -VaultName testkeyvault -Name deskey -Query Id");
    let config = sandbox.ok(&format!(
        "New-AzDiskEncryptionSetConfig -Location japaneast -KeyUrl {key} -Output json"
    ));
    sandbox
        .run_with(
            "New-AzDiskEncryptionSet -ResourceGroupName testrg -Name testdes2 -InputObject -",
            &config,
        )
        .ok();
    let principal = sandbox.ok("Get-AzDiskEncryptionSet -ResourceGroupName testrg -Name testdes2 -Query Identity.PrincipalId");
    sandbox.ok(&format!(
        "Set-AzKeyVaultAccessPolicy -VaultName testkeyvault -ObjectId {principal} -PermissionsToKeys get,wrapKey,unwrapKey"
    ));
    let update = sandbox.ok(&format!(
        "New-AzDiskUpdateConfig -DiskEncryptionSetId {set} -Output json"
    ));
    sandbox.write("update.json", update.as_bytes());
    let name = sandbox.ok("Get-AzDisk -ResourceGroupName DestRG -Query [0].Name");
    let words = words(&format!(
        "Update-AzDisk -ResourceGroupName DestRG -DiskName {name} -DiskUpdate @update.json"
    ));
    (sandbox, words)
}

pub(crate) fn disk_is_readable(sandbox: &Sandbox) {
    sandbox.read_back(0, "back.img").ok();
    assert!(sandbox.bytes("back.img") == noise(1, 1_500_000));
    let name = sandbox.ok("Get-AzDisk -ResourceGroupName DestRG -Query [0].Name");
    sandbox.ok(&format!(
        "Revoke-AzDiskAccess -ResourceGroupName DestRG -DiskName {name}"
    ));
}

fn disk_is_under(sandbox: &Sandbox, set: &str) {
    let found = sandbox
        .ok("Get-AzDisk -ResourceGroupName DestRG -Query [0].Encryption.DiskEncryptionSetId");
    assert!(found.ends_with(set), "{found}");
    disk_is_readable(sandbox);
    nothing_is_left_over(sandbox);
}

#[test]
fn a_killed_re_encryption_leaves_the_disk_under_one_key_or_the_other() {
    let (sandbox, words) = disk_to_update("", "testdes1");
    let story = Story {
        words,
        intact: disk_is_readable,
        done: |sandbox| disk_is_under(sandbox, "testdes1"),
    };
    let kills = sweep(&sandbox, &story);
    assert!(kills >= 15, "{kills} kills");
}

#[test]
fn a_killed_rewrap_leaves_the_disk_under_one_set_or_the_other() {
    let (sandbox, words) = disk_to_update("-DiskEncryptionSetId testdes1", "testdes2");
    let story = Story {
        words,
        intact: disk_is_readable,
        done: |sandbox| disk_is_under(sandbox, "testdes2"),
    };
    let kills = sweep(&sandbox, &story);
    assert!(kills >= 10, "{kills} kills");
}

/// A machine whose backups keep a local snapshot as well, not backed up yet.
pub(crate) fn with_snapshots(size: usize) -> Sandbox {
    let sandbox = Sandbox::new();
    let (_, key) = sandbox.prepared();
    sandbox.assign(&key);
    snapshot_days(&sandbox, 2);
    sandbox.write("os.img", &noise(1, size));
    sandbox.protect("os.img", &[]);
    sandbox
}

#[test]
fn a_killed_backup_with_a_snapshot_leaves_no_folder_that_the_state_does_not_name() {
    let sandbox = with_snapshots(1_500_000);
    let kills = sweep(
        &sandbox,
        &Story {
            words: words("Backup-AzRecoveryServicesBackupItem -Item V2VM -VaultId testvault"),
            intact: |sandbox| assert!(points(sandbox) <= 1),
            done: |sandbox| {
                let list = sandbox.json(
                    "Get-AzRecoveryServicesBackupRecoveryPoint -Item V2VM -VaultId testvault",
                );
                assert_eq!(list[0]["RecoveryPointTier"], "SnapshotAndVaultStandard");
                let points = list.as_array().unwrap().iter();
                let named = points
                    .filter(|p| p["RecoveryPointTier"] == "SnapshotAndVaultStandard")
                    .count();
                let files = sandbox.stored_files();
                let wraps = files.iter().filter(|p| {
                    p.ends_with("wrap") && p.starts_with(sandbox.home().join("snapshots"))
                });
                assert_eq!(wraps.count(), named, "{files:?}");
            },
        },
    );
    assert!(kills >= 30, "{kills} kills");
}

/// A rehearsal home in which Optimize has everything to do: a point to expire, an item to purge, a
/// pack to remove and one to copy.
pub(crate) fn to_optimize() -> Sandbox {
    let mut sandbox = Sandbox::new();
    sandbox.ok("Initialize-RsvHome -Rehearsal");
    sandbox.set("RSV_NOW", "2027-01-01T00:00:00Z");
    let (_, key) = sandbox.prepared();
    sandbox.assign(&key);
    sandbox.write("os.img", &noise(1, 1_500_000));
    sandbox.protect("os.img", &[]);
    sandbox.backup().ok();
    sandbox.write("gone.img", &noise(3, 600_000));
    sandbox.ok(
        "New-AzVM -ResourceGroupName testrg -Name GONE -Location japaneast -OSDiskPath gone.img",
    );
    sandbox.ok("Enable-AzRecoveryServicesBackupProtection -Policy DefaultPolicy -Name GONE -ResourceGroupName testrg -VaultId testvault");
    sandbox.ok("Backup-AzRecoveryServicesBackupItem -Item GONE -VaultId testvault");
    sandbox.ok("Disable-AzRecoveryServicesBackupProtection -Item GONE -VaultId testvault -RemoveRecoveryPoints -Force");
    let mut image = noise(1, 1_500_000)[..524_288].to_vec();
    image.extend(noise(2, 600_000));
    sandbox.write("os.img", &image);
    sandbox.set("RSV_NOW", "2027-01-20T00:00:00Z");
    sandbox.backup().ok();
    sandbox.set("RSV_NOW", "2027-02-02T00:00:00Z");
    sandbox
}

#[test]
fn a_killed_optimization_loses_nothing_and_the_next_one_finishes_it() {
    let sandbox = to_optimize();
    let foreseen = sandbox.json("Optimize-RsvVault -VaultId testvault -WhatIf");
    assert_eq!(
        foreseen["PacksRemoved"].as_array().unwrap().len(),
        2,
        "{foreseen}"
    );
    assert_eq!(foreseen["PacksRepacked"], 1);
    let kills = sweep(
        &sandbox,
        &Story {
            words: words("Optimize-RsvVault -VaultId testvault"),
            intact: |sandbox| {
                sandbox.ok("Test-RsvVault -VaultId testvault -Level Full");
            },
            done: |sandbox| {
                assert_eq!(points(sandbox), 1);
                sandbox.ok("Test-RsvVault -VaultId testvault -Level Full");
                let again = sandbox.json("Optimize-RsvVault -VaultId testvault");
                assert_eq!(again["PacksRemoved"], serde_json::json!([]), "{again}");
                assert_eq!(again["Left"], serde_json::json!([]), "{again}");
                assert_eq!(again["Packs"], 2, "{again}");
            },
        },
    );
    assert!(kills >= 40, "{kills} kills");
}
/// A vault with one recovery point in each of three epochs.
pub(crate) fn three_epochs() -> Sandbox {
    let sandbox = Sandbox::new();
    let (_, key) = sandbox.prepared();
    sandbox.assign(&key);
    sandbox.write("os.img", &noise(1, 100_000));
    sandbox.protect("os.img", &[]);
    for number in 1..=3 {
        if number > 1 {
            sandbox.ok("New-RsvDekEpoch -VaultId testvault");
        }
        sandbox.write("os.img", &noise(number, 100_000));
        sandbox.backup().ok();
    }
    sandbox
}

pub(crate) fn all_readable(sandbox: &Sandbox) {
    let report = sandbox.json("Test-RsvVault -VaultId testvault -Level Full");
    assert_eq!(report["RecoveryPoints"], 3);
}

#[test]
fn a_killed_rotation_of_three_epochs_leaves_all_data_readable_and_no_stray_record() {
    let sandbox = three_epochs();
    let new =
        sandbox.ok("Invoke-AzKeyVaultKeyRotation -VaultName testkeyvault -Name testkey -Query Id");
    let kills = sweep(
        &sandbox,
        &Story {
            words: words(&format!(
                "Set-AzRecoveryServicesVaultProperty -VaultId testvault -EncryptionKeyId {new}"
            )),
            intact: all_readable,
            done: |sandbox| {
                all_readable(sandbox);
                let files = sandbox.stored_files();
                let wraps = files
                    .iter()
                    .filter(|f| f.parent().is_some_and(|p| p.ends_with("wraps")))
                    .filter(|f| !f.file_name().unwrap().to_string_lossy().starts_with('.'));
                assert_eq!(wraps.count(), 3);
            },
        },
    );
    assert!(kills >= 20, "{kills} kills");
}

#[test]
fn a_killed_start_of_an_epoch_leaves_all_data_readable_and_the_vault_usable() {
    let sandbox = three_epochs();
    let kills = sweep(
        &sandbox,
        &Story {
            words: words(
                "New-RsvDekEpoch -VaultId testvault -AfterLeak -WarningAction SilentlyContinue",
            ),
            intact: all_readable,
            done: |sandbox| {
                sandbox.backup().ok();
                sandbox.ok("Test-RsvVault -VaultId testvault -Level Full");
            },
        },
    );
    assert!(kills >= 15, "{kills} kills");
}

/// Files of the vault's data that no repository in use has.
fn repositories(sandbox: &Sandbox) -> usize {
    let files = sandbox.stored_files();
    files.iter().filter(|path| path.ends_with("config")).count()
}

#[test]
fn a_killed_re_encryption_of_a_vault_loses_no_point_and_the_next_one_finishes_it() {
    let sandbox = three_epochs();
    // A run has some two hundred points; the next step is prime, so that every kind is met.
    let step = if full_reliability() { 1 } else { 5 };
    let kills = sweep_every(
        &sandbox,
        &Story {
            words: words("Update-RsvVaultEncryption -VaultId testvault"),
            intact: all_readable,
            done: |sandbox| {
                all_readable(sandbox);
                assert_eq!(repositories(sandbox), 1, "the old data is gone");
                let jobs = sandbox.json("Get-AzRecoveryServicesBackupJob -VaultId testvault");
                assert_eq!(jobs[0]["Operation"], "UpdateVaultEncryption");
                assert_eq!(jobs[0]["Status"], "Completed");
                sandbox.ok("Test-RsvActivityLog");
            },
        },
        step,
        None,
    );
    assert!(kills >= 25, "{kills} kills");
}

/// A deleted key that nothing needs, in a key vault without purge protection.
pub(crate) fn to_purge() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.prepared();
    sandbox
        .ok("New-AzKeyVault -VaultName freekeyvault -ResourceGroupName testrg -Location japaneast");
    sandbox.ok("Add-AzKeyVaultKey -VaultName freekeyvault -Name freekey -Destination Software");
    let me = sandbox.ok("Get-AzContext -Query Account.Id");
    sandbox.ok(&format!(
        "Set-AzKeyVaultAccessPolicy -VaultName freekeyvault -UserPrincipalName {me} -PermissionsToKeys get,list,create,delete,purge"
    ));
    sandbox.ok("Remove-AzKeyVaultKey -VaultName freekeyvault -Name freekey -Force");
    sandbox
}

pub(crate) const PURGE: &str =
    "Remove-AzKeyVaultKey -VaultName freekeyvault -Name freekey -InRemovedState -Force";

/// Nothing that would open what the purged key wrapped; the other key is as it was.
pub(crate) fn purged(sandbox: &Sandbox) {
    let is_private = |path: &&std::path::PathBuf| {
        let path = path.to_string_lossy();
        path.contains("/freekey/") && !path.ends_with(".pub")
    };
    let files = sandbox.stored_files();
    assert_eq!(files.iter().find(is_private), None);
    sandbox.ok("Get-AzKeyVaultKey -VaultName testkeyvault -Name testkey");
}

#[test]
fn a_killed_purge_is_finished_by_the_next_change_and_destroys_no_other_key() {
    let kills = sweep_once(
        &to_purge(),
        &Story {
            words: words(PURGE),
            intact: |sandbox| {
                sandbox.ok("Get-AzKeyVaultKey -VaultName testkeyvault -Name testkey");
            },
            done: purged,
        },
        Some(("KeyNotFound", 3)),
    );
    assert!(kills >= 12, "{kills} kills");
}

/// A vault one pack of which is damaged where a chunk lies, and a machine that still holds it.
fn to_repair() -> Sandbox {
    let sandbox = Sandbox::new();
    let (_, key) = sandbox.prepared();
    sandbox.assign(&key);
    sandbox.write("os.img", &noise(1, 1_500_000));
    sandbox.protect("os.img", &[]);
    sandbox.backup().ok();
    let files = sandbox.stored_files().into_iter();
    let packs = files.filter(|path| path.to_string_lossy().contains("/packs/"));
    let largest = packs
        .max_by_key(|path| path.metadata().unwrap().len())
        .unwrap();
    let mut bytes = std::fs::read(&largest).unwrap();
    bytes[1000] ^= 1;
    std::fs::write(&largest, bytes).unwrap();
    sandbox
}

#[test]
fn a_killed_repair_keeps_what_still_opens_and_the_next_backup_heals() {
    let sandbox = to_repair();
    let damaged = sandbox.run("Test-RsvVault -VaultId testvault -Level Full");
    assert_eq!(damaged.exit, 4, "{}", damaged.stderr);
    let kills = sweep(
        &sandbox,
        &Story {
            words: words("Repair-RsvVault -VaultId testvault"),
            intact: |sandbox| assert_eq!(points(sandbox), 1),
            done: |sandbox| {
                sandbox.backup().ok();
                sandbox.ok("Test-RsvVault -VaultId testvault -Level Full");
                assert_eq!(points(sandbox), 2);
            },
        },
    );
    assert!(kills >= 20, "{kills} kills");
}

/// A home whose state file is damaged; the generation before it, in state.json.1, is good.
pub(crate) fn with_damaged_state() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.ok("New-AzResourceGroup -Name testrg -Location japaneast");
    sandbox.ok("New-AzResourceGroup -Name lastrg -Location japaneast");
    let state = sandbox.home().join("state.json");
    let mut bytes = std::fs::read(&state).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    std::fs::write(&state, bytes).unwrap();
    sandbox
}

#[test]
fn a_killed_return_to_the_generation_before_a_damaged_one_loses_neither() {
    let kills = sweep_once(
        &with_damaged_state(),
        &Story {
            words: words("Approve-RsvRollback -Force"),
            intact: |_| {},
            done: |sandbox| {
                sandbox.ok("Get-AzResourceGroup -Name testrg");
                assert!(sandbox.home().join("state.json.damaged").exists());
                sandbox.ok("Test-RsvActivityLog");
            },
        },
        Some(("RsvNoRollback", 1)),
    );
    assert!(kills >= 10, "{kills} kills");
}

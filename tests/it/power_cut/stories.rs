//! The commands that are cut, and what must hold afterwards.

use std::collections::HashSet;

use super::disk::{Bounds, Disk, Image, write_image};
use super::trace::{Step, record};
use crate::harness::{FOLDERS, Inside, Sandbox, figure, full_reliability, noise, words};
use crate::workflow::crash::{
    PURGE, all_readable, disk_is_readable, disk_to_update, purged, three_epochs, to_optimize,
    to_purge, with_damaged_state, with_snapshots,
};

/// Disks that a story checks before the command's end and after it, spread evenly over those that
/// were enumerated.
fn checked_at_most() -> [usize; 2] {
    if full_reliability() {
        [5000, 1000]
    } else {
        [16, 8]
    }
}

fn bounds() -> Bounds {
    if full_reliability() {
        Bounds {
            name_changes: 10,
            torn_files: 5,
        }
    } else {
        Bounds {
            name_changes: 6,
            torn_files: 3,
        }
    }
}

/// Visits every distinct disk that a cut could leave, and says whether the command was through by
/// then. An acknowledged command's disk counts as such even if it was seen before the end.
fn cut_everywhere(
    mut disk: Disk,
    steps: &[Step],
    visit: &mut dyn FnMut(&dyn Fn() -> Image, bool),
) -> Disk {
    let mut seen = HashSet::new();
    for step in steps {
        disk.images(bounds(), &mut seen, &mut |image| visit(image, false));
        disk.make(step);
    }
    disk.images(bounds(), &mut HashSet::new(), &mut |image| {
        visit(image, true);
    });
    disk
}

/// The model has to end as the real folders did.
fn compare(sandbox: &Sandbox, disk: &Disk) {
    let real = Disk::read(sandbox.path(), &FOLDERS).now();
    let modelled = disk.now();
    for name in modelled.keys().chain(real.keys()) {
        let (ours, theirs) = (modelled.get(name), real.get(name));
        assert!(
            ours == theirs,
            "the model is wrong about {}",
            name.display()
        );
    }
}

/// Runs a command once under observation, then checks the disks that cuts could leave of it. Gives
/// the number of different disks before its end.
fn cut(sandbox: &Sandbox, line: &str, check: fn(&Sandbox, bool)) -> usize {
    let start = Disk::read(sandbox.path(), &FOLDERS);
    let steps = record(sandbox, &words(line));
    let mut counts = [0usize; 2];
    let end = cut_everywhere(start.clone(), &steps, &mut |_, is_acknowledged| {
        counts[usize::from(is_acknowledged)] += 1;
    });
    compare(sandbox, &end);
    let most = checked_at_most();
    let every = [0, 1].map(|which| counts[which].div_ceil(most[which]).max(1));
    let (mut at, mut checked) = ([0, 0], 0);
    cut_everywhere(start, &steps, &mut |image, is_acknowledged| {
        let which = usize::from(is_acknowledged);
        if at[which] % every[which] == 0 {
            write_image(&image(), sandbox.path(), &FOLDERS);
            check(sandbox, is_acknowledged);
            checked += 1;
        }
        at[which] += 1;
    });
    figure("disks after a power cut, enumerated", counts[0]);
    figure("disks after a power cut, checked", checked);
    counts[0]
}

fn points(sandbox: &Sandbox) -> usize {
    let points = sandbox.json(
        "Get-AzRecoveryServicesBackupRecoveryPoint -Item V2VM -VaultId testvault -StartDate 2020-01-01 -EndDate 2100-01-01",
    );
    points.as_array().unwrap().len()
}

const BACKUP: &str = "Backup-AzRecoveryServicesBackupItem -Item V2VM -VaultId testvault";

fn verified(sandbox: &Sandbox) {
    sandbox.ok("Test-RsvVault -VaultId testvault -Level Full");
}

/// A vault under a customer key that holds one recovery point of a machine.
fn backed_up() -> Sandbox {
    let sandbox = Sandbox::new();
    let (_, key) = sandbox.prepared();
    sandbox.assign(&key);
    sandbox.write("os.img", &noise(1, 100_000));
    sandbox.protect("os.img", &[]);
    sandbox.backup().ok();
    sandbox
}

#[test]
fn a_cut_state_change_is_whole_or_not_there() {
    let sandbox = Sandbox::new();
    sandbox.prepared();
    let line = "Add-AzKeyVaultKey -VaultName testkeyvault -Name other -Destination Software";
    let count = cut(&sandbox, line, |sandbox, is_acknowledged| {
        sandbox.ok("Get-AzKeyVaultKey -VaultName testkeyvault -Name testkey");
        let other = sandbox.run("Get-AzKeyVaultKey -VaultName testkeyvault -Name other");
        assert!(
            other.exit == 0 || (other.exit == 3 && !is_acknowledged),
            "{}",
            other.stderr
        );
        sandbox.ok("New-AzResourceGroup -Name nextrg -Location japaneast");
    });
    assert!(count >= 40, "{count}");
}

#[test]
fn a_cut_backup_is_there_or_not_and_loses_no_point() {
    let sandbox = backed_up();
    sandbox.write("os.img", &noise(2, 100_000));
    let count = cut(&sandbox, BACKUP, |sandbox, is_acknowledged| {
        let before = points(sandbox);
        assert!(
            before == 2 || (before == 1 && !is_acknowledged),
            "{before} points"
        );
        verified(sandbox);
        sandbox.backup().ok();
        assert_eq!(points(sandbox), before + 1);
    });
    assert!(count >= 300, "{count}");
}

#[test]
fn a_cut_key_change_leaves_the_vault_under_one_key_or_the_other() {
    let sandbox = backed_up();
    sandbox.ok("Add-AzKeyVaultKey -VaultName testkeyvault -Name other -Destination Software");
    let other = sandbox.ok("Get-AzKeyVaultKey -VaultName testkeyvault -Name other -Query Id");
    let line =
        format!("Set-AzRecoveryServicesVaultProperty -VaultId testvault -EncryptionKeyId {other}");
    let count = cut(&sandbox, &line, |sandbox, is_acknowledged| {
        let key = sandbox.ok(
            "Get-AzRecoveryServicesVaultProperty -VaultId testvault -Query encryptionProperties.KeyUri",
        );
        assert!(key.contains("/other") || !is_acknowledged, "{key}");
        verified(sandbox);
    });
    assert!(count >= 40, "{count}");
}

#[test]
fn a_cut_re_encryption_keeps_every_point_and_the_next_one_leaves_nothing_behind() {
    const UPDATE: &str = "Update-RsvVaultEncryption -VaultId testvault";
    let sandbox = backed_up();
    let count = cut(&sandbox, UPDATE, |sandbox, is_acknowledged| {
        let epoch = Inside::of(sandbox).vault.data.epoch;
        assert!(epoch == 3 || (epoch == 2 && !is_acknowledged), "{epoch}");
        let report = sandbox.json("Test-RsvVault -VaultId testvault -Level Full");
        assert_eq!(report["RecoveryPoints"], 1);
        if !is_acknowledged {
            sandbox.ok(UPDATE);
        }
        let files = sandbox.stored_files();
        let left = files.iter().filter(|path| path.ends_with("config"));
        assert!(left.count() == 1 || is_acknowledged, "{files:?}");
    });
    assert!(count >= 300, "{count}");
}

#[test]
fn a_cut_restore_leaves_a_whole_disk_or_none() {
    let sandbox = backed_up();
    sandbox.restore_target();
    sandbox.write("point.json", sandbox.newest_point().as_bytes());
    let line = "Restore-AzRecoveryServicesBackupItem -RecoveryPoint @point.json -StorageAccountName destaccount -StorageAccountResourceGroupName DestRG -TargetResourceGroupName DestRG -DiskEncryptionSetId testdes1 -VaultId testvault";
    let count = cut(&sandbox, line, |sandbox, is_acknowledged| {
        let disks = sandbox.json("Get-AzDisk -ResourceGroupName DestRG");
        let disks = disks.as_array().unwrap().len();
        assert!(
            disks == 1 || (disks == 0 && !is_acknowledged),
            "{disks} disks"
        );
        if disks == 1 {
            sandbox.read_back(0, "back.img").ok();
            assert!(sandbox.bytes("back.img") == noise(1, 100_000));
        }
        assert_eq!(points(sandbox), 1);
    });
    assert!(count >= 300, "{count}");
}

#[test]
fn a_cut_first_command_leaves_a_home_that_works() {
    let sandbox = Sandbox::new();
    let line = "New-AzResourceGroup -Name testrg -Location japaneast";
    let count = cut(&sandbox, line, |sandbox, is_acknowledged| {
        if is_acknowledged {
            sandbox.ok("Get-AzResourceGroup -Name testrg");
        }
        sandbox.ok("New-AzResourceGroup -Name testrg -Location japaneast -Force");
    });
    assert!(count >= 50, "{count}");
}

#[test]
fn a_cut_optimization_loses_nothing_and_the_next_one_finishes_it() {
    let line = "Optimize-RsvVault -VaultId testvault";
    let count = cut(&to_optimize(), line, |sandbox, is_acknowledged| {
        let before = points(sandbox);
        assert!(before == 1 || (before == 2 && !is_acknowledged), "{before}");
        verified(sandbox);
        sandbox.ok("Optimize-RsvVault -VaultId testvault");
        assert_eq!(points(sandbox), 1);
        verified(sandbox);
    });
    assert!(count >= 300, "{count}");
}

#[test]
fn a_cut_rotation_of_three_epochs_leaves_all_data_readable() {
    let sandbox = three_epochs();
    let new =
        sandbox.ok("Invoke-AzKeyVaultKeyRotation -VaultName testkeyvault -Name testkey -Query Id");
    sandbox.write("new.txt", new.as_bytes());
    let line =
        format!("Set-AzRecoveryServicesVaultProperty -VaultId testvault -EncryptionKeyId {new}");
    let count = cut(&sandbox, &line, |sandbox, is_acknowledged| {
        let key = sandbox.ok(
            "Get-AzRecoveryServicesVaultProperty -VaultId testvault -Query encryptionProperties.KeyUri",
        );
        let new = sandbox.bytes("new.txt");
        assert!(key.as_bytes() == new || !is_acknowledged, "{key}");
        all_readable(sandbox);
    });
    assert!(count >= 40, "{count}");
}

#[test]
fn a_cut_start_of_an_epoch_leaves_all_data_readable_and_the_vault_usable() {
    let line = "New-RsvDekEpoch -VaultId testvault";
    let count = cut(&three_epochs(), line, |sandbox, _| {
        all_readable(sandbox);
        sandbox.backup().ok();
        verified(sandbox);
        assert_eq!(points(sandbox), 4);
    });
    assert!(count >= 40, "{count}");
}

#[test]
fn a_cut_re_encryption_leaves_the_disk_under_one_key_or_the_other() {
    let (sandbox, words) = disk_to_update("", "testdes1");
    let count = cut(&sandbox, &words.join(" "), |sandbox, is_acknowledged| {
        let set = sandbox
            .ok("Get-AzDisk -ResourceGroupName DestRG -Query [0].Encryption.DiskEncryptionSetId");
        assert!(set.ends_with("testdes1") || !is_acknowledged, "{set}");
        disk_is_readable(sandbox);
    });
    assert!(count >= 60, "{count}");
}

#[test]
fn a_cut_purge_is_finished_by_the_next_change_and_destroys_no_other_key() {
    let count = cut(&to_purge(), PURGE, |sandbox, is_acknowledged| {
        let again = sandbox.run(PURGE);
        let is_gone = again.exit == 3;
        assert!(
            is_gone || (again.exit == 0 && !is_acknowledged),
            "{}",
            again.stderr
        );
        purged(sandbox);
    });
    assert!(count >= 30, "{count}");
}

#[test]
fn a_cut_backup_with_a_snapshot_is_there_or_not_and_the_next_one_works() {
    let sandbox = with_snapshots(100_000);
    let count = cut(&sandbox, BACKUP, |sandbox, is_acknowledged| {
        let before = points(sandbox);
        assert!(before == 1 || (before == 0 && !is_acknowledged), "{before}");
        verified(sandbox);
        sandbox.backup().ok();
        let list =
            sandbox.json("Get-AzRecoveryServicesBackupRecoveryPoint -Item V2VM -VaultId testvault");
        assert_eq!(list[0]["RecoveryPointTier"], "SnapshotAndVaultStandard");
    });
    assert!(count >= 300, "{count}");
}

#[test]
fn a_cut_return_to_the_generation_before_a_damaged_one_loses_neither() {
    let line = "Approve-RsvRollback -Force";
    let count = cut(&with_damaged_state(), line, |sandbox, is_acknowledged| {
        let again = sandbox.run("Approve-RsvRollback -Force");
        let was_done = again.exit == 1;
        assert!(
            was_done || (again.exit == 0 && !is_acknowledged),
            "{}",
            again.stderr
        );
        sandbox.ok("Get-AzResourceGroup -Name testrg");
        sandbox.ok("New-AzResourceGroup -Name nextrg -Location japaneast");
    });
    assert!(count >= 15, "{count}");
}

/// The model must be able to fail: without the flushes of files or folders it finds lost points.
#[test]
fn without_its_flushes_the_model_finds_lost_backups() {
    let sandbox = backed_up();
    sandbox.write("os.img", &noise(2, 100_000));
    let start = |sandbox: &Sandbox| Disk::read(sandbox.path(), &FOLDERS);
    let mut disk = start(&sandbox);
    let steps = record(&sandbox, &words(BACKUP));
    for step in &steps {
        if !matches!(step, Step::Sync(path) if path.starts_with("home")) {
            disk.make(step);
        }
    }
    let mut seen = HashSet::new();
    let mut images = Vec::new();
    disk.images(bounds(), &mut seen, &mut |image| images.push(image()));
    let broken = images.iter().any(|image| {
        write_image(image, sandbox.path(), &FOLDERS);
        let listed = sandbox.run("Get-AzRecoveryServicesBackupRecoveryPoint -Item V2VM -VaultId testvault -StartDate 2020-01-01 -EndDate 2100-01-01 -Output json");
        let count = listed.stdout.matches("RecoveryPointId").count();
        let full = sandbox.run("Test-RsvVault -VaultId testvault -Level Full");
        listed.exit != 0 || count < 2 || full.exit != 0
    });
    assert!(broken, "no flush was needed");
}

//! The commands that are cut, and what must hold afterwards.

use std::collections::HashSet;

use super::disk::{Bounds, Disk, Image, write_image};
use super::trace::{Step, record};
use crate::harness::{Inside, Sandbox, figure, full_reliability, noise};

/// What a command writes to.
const FOLDERS: [&str; 4] = ["home", "config", "state", "staging"];

/// Disks that a story checks by default, spread evenly.
const CHECKED_BY_DEFAULT: usize = 60;

fn bounds() -> Bounds {
    if full_reliability() {
        Bounds {
            name_changes: 9,
            torn_files: 4,
        }
    } else {
        Bounds {
            name_changes: 6,
            torn_files: 3,
        }
    }
}

/// Every distinct disk a cut could leave, and whether the command was through by then.
fn cut_everywhere(sandbox: &Sandbox, start: Disk, steps: &[Step]) -> Vec<(Image, bool)> {
    let mut disk = start;
    let mut seen = HashSet::new();
    let mut images = Vec::new();
    for made in 0..=steps.len() {
        let is_acknowledged = made == steps.len();
        // An acknowledged command's disk counts as such even if it was seen before the end.
        let mut last = HashSet::new();
        let seen = if is_acknowledged {
            &mut last
        } else {
            &mut seen
        };
        images.extend(
            disk.images(bounds(), seen)
                .into_iter()
                .map(|image| (image, is_acknowledged)),
        );
        if let Some(step) = steps.get(made) {
            disk.make(step);
        }
    }
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
    images
}

/// Runs a command once under observation, then checks the disks that cuts could leave of it.
/// Gives the number of different disks.
fn cut(sandbox: &Sandbox, line: &str, check: fn(&Sandbox, bool)) -> usize {
    let start = Disk::read(sandbox.path(), &FOLDERS);
    let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
    let steps = record(sandbox, &words);
    let images = cut_everywhere(sandbox, start, &steps);
    let spread = |count: usize| match full_reliability() {
        true => 1,
        false => count.div_ceil(CHECKED_BY_DEFAULT).max(1),
    };
    let acknowledged = images
        .iter()
        .filter(|(_, is_acknowledged)| *is_acknowledged);
    let (step, step_behind) = (spread(images.len()), spread(acknowledged.count()));
    let (mut checked, mut behind) = (0, 0);
    for (at, (image, is_acknowledged)) in images.iter().enumerate() {
        behind += usize::from(*is_acknowledged);
        if at % step == 0 || (*is_acknowledged && behind % step_behind == 0) {
            write_image(image, sandbox.path(), &FOLDERS);
            check(sandbox, *is_acknowledged);
            checked += 1;
        }
    }
    figure("disks after a power cut, enumerated", images.len());
    figure("disks after a power cut, checked", checked);
    images.len()
}

fn points(sandbox: &Sandbox) -> usize {
    let points = sandbox.json(
        "Get-AzRecoveryServicesBackupRecoveryPoint -Item V2VM -VaultId testvault -StartDate 2020-01-01 -EndDate 2100-01-01",
    );
    points.as_array().unwrap().len()
}

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
    let line = "Backup-AzRecoveryServicesBackupItem -Item V2VM -VaultId testvault";
    let count = cut(&sandbox, line, |sandbox, is_acknowledged| {
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

/// The model must be able to fail: without the flushes of files or folders it finds lost points.
#[test]
fn without_its_flushes_the_model_finds_lost_backups() {
    let sandbox = backed_up();
    sandbox.write("os.img", &noise(2, 100_000));
    let start = |sandbox: &Sandbox| Disk::read(sandbox.path(), &FOLDERS);
    let mut disk = start(&sandbox);
    let words: Vec<String> = "Backup-AzRecoveryServicesBackupItem -Item V2VM -VaultId testvault"
        .split(' ')
        .map(str::to_owned)
        .collect();
    let steps = record(&sandbox, &words);
    for step in &steps {
        if !matches!(step, Step::Sync(path) if path.starts_with("home")) {
            disk.make(step);
        }
    }
    let mut seen = HashSet::new();
    let broken = disk.images(bounds(), &mut seen).iter().any(|image| {
        write_image(image, sandbox.path(), &FOLDERS);
        let listed = sandbox.run("Get-AzRecoveryServicesBackupRecoveryPoint -Item V2VM -VaultId testvault -StartDate 2020-01-01 -EndDate 2100-01-01 -Output json");
        let count = listed.stdout.matches("RecoveryPointId").count();
        let full = sandbox.run("Test-RsvVault -VaultId testvault -Level Full");
        listed.exit != 0 || count < 2 || full.exit != 0
    });
    assert!(broken, "no flush was needed");
}

//! Commands side by side lose nothing.

use std::thread;

use crate::harness::{Inside, Sandbox, figure, full_reliability, noise};

#[test]
fn fifty_commands_that_each_add_a_key_make_fifty_keys() {
    let sandbox = Sandbox::new();
    sandbox.ok("New-AzResourceGroup -Name testrg -Location japaneast");
    sandbox
        .ok("New-AzKeyVault -VaultName testkeyvault -ResourceGroupName testrg -Location japaneast");
    thread::scope(|scope| {
        for n in 0..50 {
            let sandbox = &sandbox;
            scope.spawn(move || {
                sandbox.ok(&format!(
                    "Add-AzKeyVaultKey -VaultName testkeyvault -Name key{n} -Destination Software"
                ));
            });
        }
    });
    let keys = sandbox.json("Get-AzKeyVaultKey -VaultName testkeyvault");
    assert_eq!(keys.as_array().unwrap().len(), 50);
    let log = sandbox.json("Get-AzActivityLog -Query OperationName");
    let writes = log
        .as_array()
        .unwrap()
        .iter()
        .filter(|o| *o == "Microsoft.KeyVault/vaults/keys/write");
    assert_eq!(writes.count(), 50);
}

#[test]
fn first_commands_at_once_make_one_home() {
    let sandbox = Sandbox::new();
    thread::scope(|scope| {
        for n in 0..8 {
            let sandbox = &sandbox;
            scope.spawn(move || {
                sandbox.ok(&format!(
                    "New-AzResourceGroup -Name rg{n} -Location japaneast"
                ));
            });
        }
    });
    assert_eq!(
        sandbox
            .json("Get-AzResourceGroup")
            .as_array()
            .unwrap()
            .len(),
        8
    );
    let keys = std::fs::read_dir(sandbox.config()).unwrap().count();
    assert_eq!(keys, 1, "one root key, none left over");
}

#[test]
fn an_item_is_backed_up_by_one_command_at_a_time_and_a_job_can_be_stopped() {
    let sandbox = Sandbox::new();
    sandbox.prepared();
    sandbox.write("os.img", &noise(1, 192 << 20));
    sandbox.protect("os.img", &[]);
    thread::scope(|scope| {
        let backup = scope.spawn(|| sandbox.backup());
        let mut job = serde_json::Value::Null;
        for _ in 0..500 {
            let jobs = sandbox.json("Get-AzRecoveryServicesBackupJob -VaultId testvault -Operation Backup -Status InProgress");
            job = jobs[0].clone();
            if !job.is_null() {
                break;
            }
            thread::sleep(std::time::Duration::from_millis(5));
        }
        let id = job["JobId"]
            .as_str()
            .expect("the backup was never seen running");
        sandbox
            .backup()
            .fails("UserErrorBackupOperationInProgress", 1);
        sandbox.ok(&format!(
            "Stop-AzRecoveryServicesBackupJob -JobId {id} -VaultId testvault"
        ));
        backup.join().unwrap().fails("RsvJobCancelled", 1);
        let after = sandbox.ok(&format!(
            "Wait-AzRecoveryServicesBackupJob -Job {id} -VaultId testvault -Query Status"
        ));
        assert_eq!(after, "Cancelled");
        sandbox
            .run(&format!(
                "Stop-AzRecoveryServicesBackupJob -JobId {id} -VaultId testvault"
            ))
            .fails("RsvJobNotCancellable", 1);
    });
    let points =
        sandbox.json("Get-AzRecoveryServicesBackupRecoveryPoint -Item V2VM -VaultId testvault");
    assert_eq!(points, serde_json::json!([]));
    sandbox.backup().ok();
}

#[test]
fn a_backup_waits_for_whoever_has_its_item_for_a_moment() {
    let sandbox = Sandbox::new();
    let (_, key) = sandbox.prepared();
    sandbox.assign(&key);
    sandbox.write("os.img", &noise(1, 10_000));
    sandbox.protect("os.img", &[]);
    sandbox.backup().ok();
    let vault = Inside::of(&sandbox).vault;
    let folder = sandbox
        .home()
        .join("jobs")
        .join(vault.data.owner.to_string());
    let lock = |kind: &str| {
        let name = format!("item-{}.{kind}", vault.items[0].uuid);
        let file = std::fs::File::create(folder.join(name)).unwrap();
        file.lock().unwrap();
        file
    };
    let (moment, item) = (lock("moment.lock"), lock("lock"));
    thread::scope(|scope| {
        let backup = scope.spawn(|| sandbox.backup());
        thread::sleep(std::time::Duration::from_millis(300));
        assert!(!backup.is_finished(), "it waits");
        drop((item, moment));
        backup.join().unwrap().ok();
    });
    // A job of the item is not waited for.
    let _job = lock("lock");
    sandbox
        .backup()
        .fails("UserErrorBackupOperationInProgress", 1);
}

/// E01: each change needs the one before it, so that a lost one is missed at once; the log has to
/// hold them all.
#[test]
fn e01_many_processes_that_each_make_many_changes_lose_none() {
    let (processes, changes) = if full_reliability() {
        (64, 100)
    } else {
        (16, 6)
    };
    let sandbox = Sandbox::new();
    sandbox.write("os.img", &[1; 4096]);
    sandbox.ok("New-AzResourceGroup -Name testrg -Location japaneast");
    thread::scope(|scope| {
        for process in 0..processes {
            let sandbox = &sandbox;
            scope.spawn(move || {
                for change in 0..changes {
                    if change % 2 == 0 {
                        sandbox.ok(&format!(
                            "New-AzVM -ResourceGroupName testrg -Name VM{process}-{change} -Location japaneast -OSDiskPath os.img"
                        ));
                    } else {
                        let before = change - 1;
                        sandbox.ok(&format!(
                            "Remove-AzVM -ResourceGroupName testrg -Name VM{process}-{before} -Force"
                        ));
                    }
                }
            });
        }
    });
    assert_eq!(sandbox.json("Get-AzVM"), serde_json::json!([]));
    let log = sandbox.json("Test-RsvActivityLog");
    let made = processes * changes;
    assert_eq!(log["Lines"].as_u64(), Some(made as u64 + 1), "{log}");
    figure("changes by processes at once, none lost", made);
}

/// E02, E04: backups of eight machines, garbage collection and key rotation at the same time.
#[test]
fn e04_eight_backups_with_collection_and_rotation_at_once_leave_only_readable_points() {
    const MACHINES: u64 = 8;
    let rounds = if full_reliability() { 6 } else { 2 };
    let sandbox = Sandbox::new();
    let (_, key) = sandbox.prepared();
    sandbox.assign(&key);
    for machine in 0..MACHINES {
        let image = format!("os{machine}.img");
        sandbox.write(&image, &noise(machine, 700_000));
        sandbox.ok(&format!("New-AzVM -ResourceGroupName testrg -Name VM{machine} -Location japaneast -OSDiskPath {image}"));
        sandbox.ok(&format!("Enable-AzRecoveryServicesBackupProtection -Policy DefaultPolicy -Name VM{machine} -ResourceGroupName testrg -VaultId testvault"));
    }
    for round in 0..rounds {
        thread::scope(|scope| {
            let sandbox = &sandbox;
            for machine in 0..MACHINES {
                scope.spawn(move || {
                    let bytes = noise(100 * round + machine, 700_000);
                    sandbox.write(&format!("os{machine}.img"), &bytes);
                    sandbox.ok(&format!(
                        "Backup-AzRecoveryServicesBackupItem -Item VM{machine} -VaultId testvault"
                    ));
                });
            }
            scope.spawn(move || {
                sandbox.ok("Optimize-RsvVault -VaultId testvault -MinimumFill 99");
                sandbox.ok("Optimize-RsvVault -VaultId testvault");
            });
            scope.spawn(move || {
                for _ in 0..2 {
                    let new = sandbox.ok("Invoke-AzKeyVaultKeyRotation -VaultName testkeyvault -Name testkey -Query Id");
                    sandbox.ok(&format!("Set-AzRecoveryServicesVaultProperty -VaultId testvault -EncryptionKeyId {new}"));
                }
            });
        });
    }
    let report = sandbox.json("Test-RsvVault -VaultId testvault -Level Full");
    assert_eq!(report["RecoveryPoints"], MACHINES * rounds, "{report}");
    sandbox.restore_target();
    let mut read = 0;
    for machine in 0..MACHINES {
        let points = sandbox.json(&format!(
            "Get-AzRecoveryServicesBackupRecoveryPoint -Item VM{machine} -VaultId testvault"
        ));
        let mut images: Vec<u64> = (0..rounds).map(|round| 100 * round + machine).collect();
        for point in points.as_array().unwrap() {
            sandbox.run_with("Restore-AzRecoveryServicesBackupItem -RecoveryPoint - -StorageAccountName destaccount -StorageAccountResourceGroupName DestRG -TargetResourceGroupName DestRG -VaultId testvault", &point.to_string()).ok();
            sandbox.read_back(0, "back.img").ok();
            let back = sandbox.bytes("back.img");
            images.retain(|seed| back != noise(*seed, 700_000));
            let disk = sandbox.ok("Get-AzDisk -ResourceGroupName DestRG -Query [0].Name");
            sandbox.ok(&format!(
                "Revoke-AzDiskAccess -ResourceGroupName DestRG -DiskName {disk}"
            ));
            sandbox.ok(&format!(
                "Remove-AzDisk -ResourceGroupName DestRG -DiskName {disk} -Force"
            ));
            read += 1;
        }
        assert!(
            images.is_empty(),
            "VM{machine}: {images:?} did not come back"
        );
    }
    assert_eq!(read, MACHINES * rounds);
    figure(
        "recovery points made beside collection and rotation, each read",
        read as usize,
    );
}

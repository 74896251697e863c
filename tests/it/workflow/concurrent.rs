//! Commands side by side lose nothing.

use std::thread;

use crate::harness::{Sandbox, noise};

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

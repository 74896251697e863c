//! Moving resources between groups, and a subscription to another tenant.

use crate::harness::{Sandbox, noise};
use crate::workflow::key_life::protected;

const MOVE: &str = "Move-AzResource -DestinationResourceGroupName DestRG -Force -ResourceId";
const REFUSED: &str = "ResourceMoveProviderValidationFailed";
const SET: &str = "Set-AzRecoveryServicesVaultProperty -VaultId testvault -EncryptionKeyId";

#[test]
fn r23_a_vault_under_a_customer_key_does_not_move() {
    let (sandbox, _) = protected();
    let id = sandbox.ok("Get-AzRecoveryServicesVault -Name testvault -Output id");
    let text = sandbox.run(&format!("{MOVE} {id}")).fails(REFUSED, 1);
    let words = "across Resource Groups and Subscriptions isn't currently supported";
    assert!(text.contains(words), "{text}");
    sandbox.backup().ok();
}

#[test]
fn a_vault_under_the_platform_key_moves_with_its_items_and_jobs() {
    let sandbox = Sandbox::new();
    let (id, _) = sandbox.prepared();
    sandbox.ok("New-AzResourceGroup -Name DestRG -Location japaneast");
    sandbox.write("os.img", &noise(5, 100_000));
    sandbox.protect("os.img", &[]);
    sandbox.backup().ok();
    sandbox.ok(&format!("Set-AzRecoveryServicesVaultContext -Vault {id}"));
    let run = sandbox.run(&format!("{MOVE} {id} -WhatIf"));
    assert_eq!(run.ok(), "");
    assert_eq!(sandbox.ok(&format!("{MOVE} {id}")), "True");
    sandbox
        .run("Get-AzRecoveryServicesVault -ResourceGroupName testrg -Name testvault")
        .fails("ResourceNotFound", 3);
    let moved =
        sandbox.json("Get-AzRecoveryServicesVault -ResourceGroupName DestRG -Name testvault");
    assert!(
        moved["ID"]
            .as_str()
            .unwrap()
            .contains("/resourceGroups/DestRG/")
    );
    // Under the vault context, which went along.
    sandbox.ok("Backup-AzRecoveryServicesBackupItem -Item V2VM");
    let points = sandbox.json("Get-AzRecoveryServicesBackupRecoveryPoint -Item V2VM");
    assert_eq!(points.as_array().unwrap().len(), 2);
    assert!(
        sandbox
            .json("Get-AzRecoveryServicesBackupJob")
            .as_array()
            .unwrap()
            .len()
            >= 2
    );
    sandbox.ok("Test-RsvVault -VaultId testvault -Level Full");
    sandbox
        .run(&format!("{MOVE} {id}"))
        .fails("ResourceNotFound", 3);
}

#[test]
fn what_others_name_by_its_id_stays_and_a_move_is_all_or_nothing() {
    let (sandbox, _) = protected();
    let id = |kind: &str, name: &str| {
        let query = format!("Get-AzResource -ResourceType {kind} -Name {name} -Output id");
        sandbox.ok(&query)
    };
    let set = id("Microsoft.Compute/diskEncryptionSets", "testdes1");
    let key_vault = id("Microsoft.KeyVault/vaults", "testkeyvault");
    let machine = id("Microsoft.Compute/virtualMachines", "V2VM");
    for (what, why) in [
        (&set, "no disk encryption sets"),
        (&key_vault, "used for disk encryption, by set 'testdes1'"),
        (&machine, "protected in vault 'testvault'"),
    ] {
        let text = sandbox.run(&format!("{MOVE} {what}")).fails(REFUSED, 1);
        assert!(text.contains(why), "{text}");
    }
    sandbox
        .ok("New-AzVM -ResourceGroupName testrg -Name free -Location japaneast -OSDiskPath os.img");
    let free = id("Microsoft.Compute/virtualMachines", "free");
    sandbox
        .run(&format!("{MOVE} {free},{set}"))
        .fails(REFUSED, 1);
    sandbox.ok("Get-AzVM -ResourceGroupName testrg -Name free");
    sandbox.ok(&format!("{MOVE} {free}"));
    sandbox.ok("Get-AzVM -ResourceGroupName DestRG -Name free");
    // A second one of that name finds its place taken.
    sandbox
        .ok("New-AzVM -ResourceGroupName testrg -Name free -Location japaneast -OSDiskPath os.img");
    sandbox
        .run(&format!("{MOVE} {free}"))
        .fails("RsvMoveTargetExists", 1);
    let there = free.replace("/testrg/", "/DestRG/");
    sandbox
        .run(&format!("{MOVE} {there}"))
        .fails("RsvMoveNowhere", 2);
    sandbox
        .run(&format!("{MOVE} {free},{there}"))
        .fails("RsvMoveManyGroups", 2);
    sandbox
        .run(&format!("{MOVE} {free} -ApiVersion 1"))
        .fails("RsvParameterNotSupported", 2);
    // A restored disk moves, and is read as before.
    sandbox.restore("-DiskEncryptionSetId testdes1").ok();
    let disk = sandbox.ok("Get-AzDisk -ResourceGroupName DestRG -Query [0].Id");
    let back = MOVE.replace("DestRG", "testrg");
    sandbox.ok(&format!("{back} {disk}"));
    let name = disk.rsplit('/').next().unwrap();
    let token = sandbox.ok(&format!(
        "Grant-AzDiskAccess -ResourceGroupName testrg -DiskName {name} -Access Read -DurationInSecond 600 -Query AccessSAS"
    ));
    let save = "Save-AzVhd -SourceUri - -LocalFilePath moved.img";
    sandbox.run_with(save, &token).ok();
    assert_eq!(sandbox.bytes("moved.img"), noise(7, 300_000));
}

#[test]
fn r24_in_another_tenant_identity_and_key_are_set_up_anew_before_anything_works() {
    const R5: &str = "UserErrorCMKMissingMangedIdentityPermissionOnKeyVault";
    let (sandbox, key) = protected();
    let principal = "Get-AzRecoveryServicesVault -Name testvault -Query Identity.PrincipalId";
    let before = sandbox.ok(principal);
    let point = sandbox.newest_point();
    let tenant = "72f988bf-86f1-41af-91ab-2d7cd011db47";
    let go = format!("Move-RsvSubscription -TenantId {tenant}");
    sandbox.run(&go).fails("ConfirmationRequired", 2);
    let told = sandbox.json(&format!("{go} -Force"));
    assert_eq!(told["VaultsToSetUpAnew"][0], "testvault");
    assert_eq!(told["KeyVaultsWithoutPermissions"][0], "testkeyvault");
    sandbox
        .run(&format!("{go} -Force"))
        .fails("RsvSameTenant", 1);
    assert_eq!(sandbox.ok("Get-AzContext -Query Tenant.Id"), tenant);

    let restore = || {
        sandbox.run_with(
            "Restore-AzRecoveryServicesBackupItem -RecoveryPoint - -StorageAccountName destaccount -StorageAccountResourceGroupName DestRG -TargetResourceGroupName DestRG -VaultId testvault",
            &point,
        )
    };
    let auth = "UserErrorCMKKeyVaultAuthFailure";
    sandbox.backup().fails(auth, 1);
    restore().fails(auth, 1);
    sandbox.run(&format!("{SET} {key}")).fails(R5, 1);
    // The old identity with its permission back is still one of the other tenant.
    sandbox.grant("get,list,unwrapKey,wrapKey");
    sandbox.run(&format!("{SET} {key}")).fails(R5, 1);
    sandbox.backup().fails(auth, 1);
    // A new identity alone is not enough either.
    sandbox.ok("Update-AzRecoveryServicesVault -ResourceGroupName testrg -Name testvault -IdentityType SystemAssigned");
    assert_ne!(sandbox.ok(principal), before);
    sandbox.grant("get,list,unwrapKey,wrapKey");
    sandbox.backup().fails(auth, 1);
    // Identity, permission and key: all works again, old points too.
    sandbox.ok(&format!("{SET} {key}"));
    sandbox.backup().ok();
    restore().ok();
    sandbox.read_back(0, "back.img").ok();
    assert_eq!(sandbox.bytes("back.img"), noise(7, 300_000));
    sandbox.ok("Test-RsvActivityLog");
}

#[test]
fn r134_a_disk_under_a_customers_key_does_not_go_to_another_subscription() {
    let (sandbox, _) = protected();
    let first = sandbox.ok("Get-AzContext -Query Subscription.Id");
    let second = sandbox.ok("New-RsvSubscription -Name Second -Query Id");
    sandbox
        .run("New-RsvSubscription -Name SECOND")
        .fails("Conflict", 1);
    for name in ["''", "72f988bf-86f1-41af-91ab-2d7cd011db47"] {
        let run = sandbox.run(&format!("New-RsvSubscription -Name {name}"));
        run.fails("ArgumentException", 2);
    }
    sandbox.ok("Set-AzContext -Subscription Second");
    sandbox.ok("New-AzResourceGroup -Name farrg -Location japaneast");
    sandbox.ok(&format!("Set-AzContext -Subscription {first}"));
    sandbox.restore("-DiskEncryptionSetId testdes1").ok();
    let id = "Get-AzDisk -ResourceGroupName DestRG -Query [0].Id";
    let disk = sandbox.ok(id);
    let go = format!(
        "Move-AzResource -DestinationResourceGroupName farrg -DestinationSubscriptionId {second} -Force -ResourceId"
    );
    let text = sandbox
        .run(&format!("{go} {disk}"))
        .fails("ResourceMoveProviderValidationFailed", 1);
    assert!(
        text.contains("do not move to another subscription"),
        "{text}"
    );
    assert_eq!(sandbox.ok(id), disk, "it stays where it is");
    // Within the subscription it moves, and one under the platform key goes to the other.
    let near = "Move-AzResource -DestinationResourceGroupName testrg -Force -ResourceId";
    sandbox.ok(&format!("{near} {disk}"));
    sandbox.restore("").ok();
    let free = sandbox.ok(id);
    sandbox.ok(&format!("{go} {free}"));
    sandbox.ok("Set-AzContext -Subscription Second");
    let moved = sandbox.ok("Get-AzDisk -ResourceGroupName farrg -Query [0].Id");
    assert!(moved.contains(&second), "{moved}");
}

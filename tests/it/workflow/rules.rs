//! Rules of the service that no other story shows. The numbers are those of docs/rules.md.

use crate::harness::Sandbox;

const SET: &str = "Set-AzRecoveryServicesVaultProperty -VaultId testvault -EncryptionKeyId";

#[test]
fn r11_a_vault_that_protects_takes_no_first_key() {
    let sandbox = Sandbox::new();
    let (_, key) = sandbox.prepared();
    sandbox.write("os.img", b"os");
    sandbox.protect("os.img", &[]);
    let text = sandbox
        .run(&format!("{SET} {key}"))
        .fails("RsvVaultNotNew", 1);
    assert!(
        text.contains("New-AzRecoveryServicesVault"),
        "the way out is named: {text}"
    );
}

#[test]
fn r17_no_parameter_leads_back_to_the_platform_key() {
    let sandbox = Sandbox::new();
    let (_, key) = sandbox.prepared();
    sandbox.assign(&key);
    sandbox
        .run(&format!("{SET} ''"))
        .fails("InvalidRestApiParameter", 2);
    sandbox
        .run("Set-AzRecoveryServicesVaultProperty -VaultId testvault")
        .fails("RsvNothingToChange", 2);
    let at_rest = "Get-AzRecoveryServicesVaultProperty -VaultId testvault -Query encryptionProperties.EncryptionAtRestType";
    assert_eq!(sandbox.ok(at_rest), "CustomerManaged");
}

#[test]
fn r20_classic_machines_stay_out_of_a_vault_under_a_customer_key() {
    let sandbox = Sandbox::new();
    let (_, key) = sandbox.prepared();
    sandbox.write("os.img", b"os");
    sandbox.ok("New-AzVM -ResourceGroupName testrg -Name old -Location japaneast -OSDiskPath os.img -Classic");
    sandbox.assign(&key);
    sandbox
        .run("Enable-AzRecoveryServicesBackupProtection -Policy DefaultPolicy -Name old -ServiceName testrg -VaultId testvault")
        .fails("RsvClassicMachineUnderCustomerKey", 1);
}

#[test]
fn r21_the_key_vault_is_in_the_vaults_region() {
    let sandbox = Sandbox::new();
    sandbox.prepared();
    sandbox.ok("New-AzKeyVault -VaultName farkeyvault -ResourceGroupName testrg -Location westeurope -EnablePurgeProtection");
    sandbox.ok("Add-AzKeyVaultKey -VaultName farkeyvault -Name k -Destination Software");
    let principal =
        sandbox.ok("Get-AzRecoveryServicesVault -Name testvault -Query Identity.PrincipalId");
    sandbox.ok(&format!(
        "Set-AzKeyVaultAccessPolicy -VaultName farkeyvault -ObjectId {principal} -PermissionsToKeys get,list,wrapKey,unwrapKey"
    ));
    let key = sandbox.ok("Get-AzKeyVaultKey -VaultName farkeyvault -Name k -Query Id");
    sandbox
        .run(&format!("{SET} {key}"))
        .fails("RsvRegionMismatch", 1);
}

#[test]
fn r22_the_key_vaults_subscription_is_kept() {
    let sandbox = Sandbox::new();
    let (_, key) = sandbox.prepared();
    let subscription = sandbox.ok("Get-AzContext -Query Subscription.Id");
    sandbox
        .run(&format!(
            "{SET} {key} -KeyVaultSubscriptionId 00000000-0000-0000-0000-000000000001"
        ))
        .fails("RsvSubscriptionNotFound", 3);
    sandbox.ok(&format!(
        "{SET} {key} -KeyVaultSubscriptionId {subscription}"
    ));
    let query = "Get-AzRecoveryServicesVaultProperty -VaultId testvault -Query encryptionProperties.SubscriptionId";
    assert_eq!(sandbox.ok(query), subscription);
}

#[test]
fn r39_each_of_the_four_permissions_is_needed() {
    let sandbox = Sandbox::new();
    let (_, key) = sandbox.prepared();
    for missing in ["get", "list", "unwrapKey", "wrapKey"] {
        let left: Vec<_> = ["get", "list", "unwrapKey", "wrapKey"]
            .into_iter()
            .filter(|p| *p != missing)
            .collect();
        sandbox.grant(&left.join(","));
        let text = sandbox
            .run(&format!("{SET} {key}"))
            .fails("UserErrorCMKMissingMangedIdentityPermissionOnKeyVault", 1);
        assert!(text.contains(&format!("lacks {missing} ")), "{text}");
    }
    sandbox.grant("get,list,unwrapKey,wrapKey");
    sandbox.ok(&format!("{SET} {key}"));
}

#[test]
fn r45_soft_delete_and_purge_protection_are_needed() {
    let sandbox = Sandbox::new();
    for line in [
        "New-AzResourceGroup -Name testrg -Location japaneast",
        "New-AzRecoveryServicesVault -ResourceGroupName testrg -Name testvault -Location japaneast",
        "Update-AzRecoveryServicesVault -VaultId testvault -IdentityType SystemAssigned",
        "New-AzKeyVault -VaultName testkeyvault -ResourceGroupName testrg -Location japaneast",
        "Add-AzKeyVaultKey -VaultName testkeyvault -Name testkey -Destination Software",
    ] {
        sandbox.ok(line);
    }
    sandbox.grant("get,list,unwrapKey,wrapKey");
    let key = sandbox.ok("Get-AzKeyVaultKey -VaultName testkeyvault -Name testkey -Query Id");
    let text = sandbox
        .run(&format!("{SET} {key}"))
        .fails("RsvKeyVaultNotProtected", 1);
    assert!(text.contains("-EnablePurgeProtection"), "{text}");
    sandbox.ok("Update-AzKeyVault -VaultName testkeyvault -ResourceGroupName testrg -EnablePurgeProtection");
    sandbox.ok(&format!("{SET} {key}"));
}

#[test]
fn r54_a_disabled_key_cannot_be_assigned() {
    let sandbox = Sandbox::new();
    let (_, key) = sandbox.prepared();
    sandbox.ok("Update-AzKeyVaultKey -VaultName testkeyvault -Name testkey -Enable false");
    sandbox.run(&format!("{SET} {key}")).fails("KeyDisabled", 1);
}

#[test]
fn r78_the_account_needs_permissions_of_its_own() {
    let sandbox = Sandbox::new();
    sandbox.prepared();
    sandbox.ok("Set-AzKeyVaultAccessPolicy -VaultName testkeyvault -UserPrincipalName operator@rsv.local -PermissionsToKeys list");
    sandbox
        .run("Get-AzKeyVaultKey -VaultName testkeyvault -Name testkey")
        .fails("ForbiddenByPolicy", 1);
    sandbox.ok("Get-AzKeyVaultKey -VaultName testkeyvault");
    sandbox
        .run("Add-AzKeyVaultKey -VaultName testkeyvault -Name more -Destination Software")
        .fails("ForbiddenByPolicy", 1);
    sandbox
        .run("Update-AzKeyVaultKey -VaultName testkeyvault -Name testkey -Enable false")
        .fails("ForbiddenByPolicy", 1);
}

#[test]
fn r105_no_set_for_machines_under_azure_disk_encryption() {
    let sandbox = Sandbox::new();
    let (_, key) = sandbox.prepared();
    sandbox.assign(&key);
    sandbox.write("os.img", b"os");
    sandbox.ok("New-AzVM -ResourceGroupName testrg -Name V2VM -Location japaneast -OSDiskPath os.img -EncryptionEnabled");
    sandbox.ok("Enable-AzRecoveryServicesBackupProtection -Policy DefaultPolicy -Name V2VM -ResourceGroupName testrg -VaultId testvault");
    sandbox.backup().ok();
    sandbox.restore_target();
    sandbox
        .restore("-DiskEncryptionSetId testdes1")
        .fails("RsvDiskEncryptionSetNotApplicable", 1);
    sandbox.restore("").ok();
}

#[test]
fn r131_the_sets_own_identity_needs_the_key() {
    let sandbox = Sandbox::new();
    let (_, key) = sandbox.prepared();
    sandbox.assign(&key);
    sandbox.write("os.img", b"os");
    sandbox.protect("os.img", &[]);
    sandbox.backup().ok();
    sandbox.restore_target();
    sandbox.restore("-DiskEncryptionSetId testdes1").ok();
    let principal = sandbox.ok("Get-AzDiskEncryptionSet -ResourceGroupName testrg -Name testdes1 -Query Identity.PrincipalId");
    sandbox.ok(&format!(
        "Remove-AzKeyVaultAccessPolicy -VaultName testkeyvault -ObjectId {principal}"
    ));
    sandbox
        .restore("-DiskEncryptionSetId testdes1")
        .fails("ForbiddenByPolicy", 1);
    sandbox
        .read_back(0, "back.img")
        .fails("ForbiddenByPolicy", 1);
    let disks = sandbox.json("Get-AzDisk -ResourceGroupName DestRG");
    assert_eq!(
        disks.as_array().unwrap().len(),
        1,
        "the failed restore left no disk"
    );
}

#[test]
fn a_machine_is_protected_once_in_its_own_region() {
    let sandbox = Sandbox::new();
    sandbox.prepared();
    sandbox.write("os.img", b"os");
    sandbox
        .ok("New-AzVM -ResourceGroupName testrg -Name far -Location westeurope -OSDiskPath os.img");
    let enable = "Enable-AzRecoveryServicesBackupProtection -Policy DefaultPolicy -ResourceGroupName testrg -VaultId testvault -Name";
    sandbox
        .run(&format!("{enable} far"))
        .fails("RsvRegionMismatch", 1);
    sandbox.write("os2.img", b"os");
    sandbox.protect("os2.img", &[]);
    let text = sandbox
        .run(&format!("{enable} V2VM"))
        .fails("BCMV2VMNotFound", 1);
    assert!(text.contains("is protected in vault 'testvault'"), "{text}");
    sandbox
        .run(&format!("{enable} V2VM -Policy nosuch"))
        .fails("ParameterAlreadyBound", 2);
}

#[test]
fn a_vault_with_items_cannot_be_removed_and_an_empty_one_takes_its_data_along() {
    let sandbox = Sandbox::new();
    sandbox.prepared();
    sandbox.ok(
        "New-AzRecoveryServicesVault -ResourceGroupName testrg -Name empty -Location japaneast",
    );
    sandbox.write("os.img", b"os");
    sandbox.protect("os.img", &[]);
    sandbox
        .run("Remove-AzRecoveryServicesVault -Vault testvault -Force")
        .fails("ServiceResourceNotEmptyWithContainerDetails", 1);
    sandbox
        .run("Remove-AzRecoveryServicesVault -Vault empty")
        .fails("ConfirmationRequired", 2);
    let folders = || {
        std::fs::read_dir(sandbox.home().join("vaults"))
            .unwrap()
            .count()
    };
    assert_eq!(folders(), 2);
    let text = sandbox.ok("Remove-AzRecoveryServicesVault -Vault empty -Force");
    assert!(text.contains("Vault has been deleted"), "{text}");
    assert_eq!(folders(), 1);
    sandbox
        .run("Get-AzRecoveryServicesVault -Name empty")
        .fails("ResourceNotFound", 3);
}

#[test]
fn confirm_without_a_terminal_changes_nothing() {
    let sandbox = Sandbox::new();
    let (_, key) = sandbox.prepared();
    sandbox.assign(&key);
    sandbox.write("os.img", b"os");
    sandbox.protect("os.img", &[]);
    for line in [
        "New-AzResourceGroup -Name more -Location japaneast",
        "Backup-AzRecoveryServicesBackupItem -Item V2VM -VaultId testvault",
        "Update-AzRecoveryServicesVault -VaultId testvault -IdentityType None",
    ] {
        sandbox
            .run(&format!("{line} -Confirm"))
            .fails("ConfirmationRequired", 2);
    }
    sandbox
        .run("Get-AzResourceGroup -Name more")
        .fails("ResourceGroupNotFound", 3);
    sandbox.ok("New-AzResourceGroup -Name more -Location japaneast -Confirm:false");
}

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
        .fails("BCMV2VMNotFound", 3);
    assert!(text.contains("is protected in vault 'testvault'"), "{text}");
    sandbox
        .run(&format!("{enable} V2VM -Policy nosuch"))
        .fails("ParameterAlreadyBound", 2);
}

#[test]
fn a_vault_with_items_cannot_be_removed_and_an_empty_one_can() {
    let sandbox = Sandbox::new();
    sandbox.prepared();
    sandbox.ok(
        "New-AzRecoveryServicesVault -ResourceGroupName testrg -Name empty -Location japaneast",
    );
    sandbox.write("os.img", b"os");
    sandbox.protect("os.img", &[]);
    let said = sandbox
        .run("Remove-AzRecoveryServicesVault -Vault testvault -Force")
        .fails("ServiceResourceNotEmptyWithContainerDetails", 1);
    assert!(
        said.contains("-VaultId testvault -RemoveRecoveryPoints -Force"),
        "{said}"
    );
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
    assert_eq!(folders(), 2, "soft delete keeps its data");
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

#[test]
fn r19_r12_r13_an_agent_is_refused_under_a_customer_key_and_elsewhere_the_attempt_counts() {
    let sandbox = Sandbox::new();
    let (_, key) = sandbox.prepared();
    sandbox.ok(
        "New-AzRecoveryServicesVault -ResourceGroupName testrg -Name plain -Location japaneast",
    );
    sandbox.ok("Update-AzRecoveryServicesVault -ResourceGroupName testrg -Name plain -IdentityType SystemAssigned");
    sandbox.assign(&key);
    let register = |vault: &str, kind: &str| {
        sandbox.run(&format!(
            "Register-AzRecoveryServicesBackupContainer -ResourceId /some/machine -WorkloadType MSSQL -BackupManagementType {kind} -VaultId {vault}"
        ))
    };
    register("testvault", "MARS").fails("RsvAgentUnderCustomerKey", 1);
    register("testvault", "MAB").fails("RsvAgentUnderCustomerKey", 1);
    register("testvault", "AzureWorkload").fails("RsvNotBuilt", 1);
    let principal =
        sandbox.ok("Get-AzRecoveryServicesVault -Name plain -Query Identity.PrincipalId");
    sandbox.ok(&format!(
        "Set-AzKeyVaultAccessPolicy -VaultName testkeyvault -ObjectId {principal} -PermissionsToKeys get,list,wrapKey,unwrapKey"
    ));
    // Neither a wrong kind nor -WhatIf is an attempt; a refused registration is one.
    let ready = format!("Test-RsvEncryptionReadiness -VaultId plain -EncryptionKeyId {key}");
    register("plain", "AzureVM").fails("ArgumentException", 2);
    register("plain", "MARS -WhatIf").fails("RsvNotBuilt", 1);
    sandbox.ok(&ready);
    register("plain", "MARS").fails("RsvNotBuilt", 1);
    let set = SET.replace("testvault", "plain");
    sandbox
        .run(&format!("{set} {key}"))
        .fails("RsvVaultNotNew", 1);
}

#[test]
fn a_machines_container_goes_with_its_item_and_not_before() {
    let sandbox = Sandbox::new();
    sandbox.prepared();
    sandbox.write("os.img", b"os");
    sandbox.protect("os.img", &[]);
    let container = sandbox.ok(
        "Get-AzRecoveryServicesBackupContainer -ContainerType AzureVM -VaultId testvault -Output json",
    );
    let unregister = "Unregister-AzRecoveryServicesBackupContainer -Container - -VaultId testvault";
    let text = sandbox
        .run_with(unregister, &container)
        .fails("RsvContainerNotEmpty", 1);
    assert!(text.contains("-RemoveRecoveryPoints"), "{text}");
    sandbox
        .run(&unregister.replace(" - ", " none "))
        .fails("ResourceNotFound", 3);
}

#[test]
fn a_machine_says_which_vault_backs_it_up() {
    let sandbox = Sandbox::new();
    let (vault, _) = sandbox.prepared();
    sandbox.write("os.img", b"os");
    let status = "Get-AzRecoveryServicesBackupStatus -Name V2VM -ResourceGroupName testrg -Type";
    sandbox
        .run(&format!("{status} AzureVM"))
        .fails("ResourceNotFound", 3);
    sandbox.ok(
        "New-AzVM -ResourceGroupName testrg -Name other -Location japaneast -OSDiskPath os.img",
    );
    sandbox.protect("os.img", &[]);
    let found = sandbox.json(&format!("{status} AzureVM"));
    assert_eq!(found["VaultId"], vault);
    assert_eq!(found["BackedUp"], true);
    let id = sandbox.ok("Get-AzVM -ResourceGroupName testrg -Name other -Query Id");
    let found = sandbox.json(&format!(
        "Get-AzRecoveryServicesBackupStatus -ResourceId {id}"
    ));
    assert_eq!(
        (&found["VaultId"], &found["BackedUp"]),
        (&serde_json::Value::Null, &false.into())
    );
    sandbox
        .run(&format!("{status} AzureFiles"))
        .fails("RsvNotBuilt", 2);
}

#[test]
fn r82_a_key_that_is_not_there_is_key_not_found_to_the_operator_and_to_a_vault() {
    let sandbox = Sandbox::new();
    let (_, key) = sandbox.prepared();
    sandbox
        .run("Get-AzKeyVaultKey -VaultName testkeyvault -Name none")
        .fails("KeyNotFound", 3);
    let other = key.replace("/testkey/", "/none/");
    sandbox
        .run(&format!("{SET} {other}"))
        .fails("KeyNotFound", 3);
    let version = format!("{}/{}", key.rsplit_once('/').unwrap().0, "0".repeat(32));
    sandbox
        .run(&format!("{SET} {version}"))
        .fails("KeyNotFound", 3);
}

#[test]
fn r95_redundancy_is_set_while_nothing_is_protected() {
    let sandbox = Sandbox::new();
    sandbox.prepared();
    let get =
        "Get-AzRecoveryServicesBackupProperty -Vault testvault -Query BackupStorageRedundancy";
    let set = "Set-AzRecoveryServicesBackupProperty -Vault testvault";
    assert_eq!(sandbox.ok(get), "GeoRedundant");
    sandbox.run(set).fails("ArgumentException", 2);
    sandbox.ok(&format!("{set} -BackupStorageRedundancy locallyredundant"));
    assert_eq!(sandbox.ok(get), "LocallyRedundant");
    let shown = "Get-AzRecoveryServicesVaultProperty -VaultId testvault -Query StorageType";
    assert_eq!(sandbox.ok(shown), "LocallyRedundant");
    sandbox.write("os.img", b"os");
    sandbox.protect("os.img", &[]);
    sandbox
        .run(&format!("{set} -BackupStorageRedundancy ZoneRedundant"))
        .fails("RsvRedundancyFixed", 1);
    sandbox.ok(&format!("{set} -BackupStorageRedundancy LocallyRedundant"));
}

#[test]
fn r96_a_guest_encrypted_machine_is_backed_up_whole() {
    let sandbox = Sandbox::new();
    sandbox.prepared();
    sandbox.write("os.img", b"os");
    sandbox.write("data.img", b"data");
    sandbox.ok("New-AzVM -ResourceGroupName testrg -Name V2VM -Location japaneast -OSDiskPath os.img -DataDiskPath data.img -EncryptionEnabled");
    let enable = "Enable-AzRecoveryServicesBackupProtection -Policy DefaultPolicy -Name V2VM -ResourceGroupName testrg -VaultId testvault";
    for exclusion in [
        "-InclusionDisksList 0",
        "-ExclusionDisksList 0",
        "-ExcludeAllDataDisks",
    ] {
        sandbox
            .run(&format!("{enable} {exclusion}"))
            .fails("UserErrorEncryptedVmNotSupportedWithDiskEx", 1);
    }
    sandbox.ok(enable);
}

#[test]
fn r109_a_set_of_another_region_encrypts_no_restored_disk() {
    let sandbox = Sandbox::new();
    let (_, key) = sandbox.prepared();
    sandbox.assign(&key);
    sandbox.write("os.img", b"os");
    sandbox.protect("os.img", &[]);
    sandbox.backup().ok();
    sandbox.restore_target();
    sandbox.ok("New-AzKeyVault -VaultName farkv -ResourceGroupName testrg -Location westeurope -EnablePurgeProtection");
    sandbox.ok("Add-AzKeyVaultKey -VaultName farkv -Name far -Destination Software");
    let far = sandbox.ok("Get-AzKeyVaultKey -VaultName farkv -Name far -Query Id");
    let config = sandbox.ok(&format!(
        "New-AzDiskEncryptionSetConfig -Location westeurope -IdentityType SystemAssigned -KeyUrl {far} -Output json"
    ));
    sandbox
        .run_with(
            "New-AzDiskEncryptionSet -ResourceGroupName testrg -Name farset -InputObject -",
            &config,
        )
        .ok();
    let text = sandbox
        .restore("-DiskEncryptionSetId farset")
        .fails("RsvDiskEncryptionSetMismatch", 1);
    assert!(
        text.contains("westeurope") && text.contains("japaneast"),
        "{text}"
    );
    let disks = sandbox.json("Get-AzDisk -ResourceGroupName DestRG");
    assert_eq!(disks.as_array().map(Vec::len), Some(0), "{disks}");
}

#[test]
fn r118_soft_delete_is_14_days_by_default_14_to_180_by_choice_and_always_on_for_ever() {
    let sandbox = Sandbox::new();
    sandbox.prepared();
    let get = "Get-AzRecoveryServicesVaultProperty -VaultId testvault";
    let set = "Set-AzRecoveryServicesVaultProperty -VaultId testvault";
    let first = sandbox.json(get);
    assert_eq!(first["SoftDeleteFeatureState"], "Enabled");
    assert_eq!(first["SoftDeleteRetentionPeriodInDays"], 14);
    for days in [13, 181] {
        let run = sandbox.run(&format!("{set} -SoftDeleteRetentionPeriodInDays {days}"));
        assert_eq!(run.exit, 2, "{}", run.stderr);
    }
    sandbox.ok(&format!("{set} -SoftDeleteRetentionPeriodInDays 180"));
    sandbox.ok(&format!("{set} -SoftDeleteFeatureState Disable"));
    sandbox.ok(&format!("{set} -SoftDeleteFeatureState AlwaysON"));
    let always = sandbox.json(get);
    assert_eq!(always["SoftDeleteFeatureState"], "AlwaysON");
    assert_eq!(always["EnhancedSecurityState"], "AlwaysON");
    assert_eq!(always["SoftDeleteRetentionPeriodInDays"], 180);
    for state in ["Disable", "Enable"] {
        let text = sandbox
            .run(&format!("{set} -SoftDeleteFeatureState {state}"))
            .fails("RsvSoftDeleteAlwaysOn", 1);
        assert!(
            text.contains("current Soft Delete State is AlwaysOn"),
            "{text}"
        );
    }
    sandbox
        .run(&format!("{set} -DisableHybridBackupSecurityFeature true"))
        .fails("ArgumentException", 2);
    sandbox.ok(&format!(
        "{set} -SoftDeleteFeatureState AlwaysON -SoftDeleteRetentionPeriodInDays 30"
    ));
    assert_eq!(sandbox.json(get)["SoftDeleteRetentionPeriodInDays"], 30);
}

#[test]
fn r127_immutability_is_locked_from_unlocked_only_and_for_ever() {
    let sandbox = Sandbox::new();
    sandbox.prepared();
    let update = |state: &str| {
        sandbox.run(&format!(
            "Update-AzRecoveryServicesVault -ResourceGroupName testrg -Name testvault -ImmutabilityState {state}"
        ))
    };
    update("Locked").fails("RsvImmutabilityNotUnlocked", 1);
    update("Unlocked").ok();
    update("Disabled").ok();
    update("Unlocked").ok();
    update("Locked").ok();
    for state in ["Disabled", "Unlocked"] {
        let text = update(state).fails("RsvImmutabilityLocked", 1);
        assert!(text.contains("once enabled and locked"), "{text}");
    }
    update("Locked").ok();
    let state = "Get-AzRecoveryServicesVault -Name testvault -Query Properties.ImmutabilitySettings.ImmutabilityState";
    assert_eq!(sandbox.ok(state), "Locked");
}

#[test]
fn a_set_lists_what_is_encrypted_under_it() {
    let sandbox = Sandbox::new();
    let (_, key) = sandbox.prepared();
    sandbox.assign(&key);
    sandbox.write("os.img", b"os");
    sandbox.protect("os.img", &[]);
    sandbox.backup().ok();
    sandbox.restore_target();
    let list = "Get-AzDiskEncryptionSetAssociatedResource -ResourceGroupName testrg -DiskEncryptionSetName testdes1";
    assert_eq!(sandbox.ok(list), "");
    sandbox.restore("-DiskEncryptionSetId testdes1").ok();
    let disk = sandbox.ok("Get-AzDisk -ResourceGroupName DestRG -Query [0].Id");
    assert_eq!(sandbox.ok(list), disk);
    sandbox
        .run(&list.replace("testdes1", "none"))
        .fails("ResourceNotFound", 3);
}

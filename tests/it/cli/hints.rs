//! What errors tell people to type next.

use serde_json::Value;

use crate::harness::{Sandbox, noise};

/// Fails with this code and exit code, and says all of these.
fn says(sandbox: &Sandbox, line: &str, (code, exit): (&str, i32), parts: &[&str]) {
    let said = sandbox.run(line).fails(code, exit);
    for part in parts {
        assert!(said.contains(part), "{line}\nlacks {part}\n{said}");
    }
}

#[test]
fn a_mistyped_name_gets_the_nearest_or_the_few_there_are() {
    let sandbox = Sandbox::new();
    sandbox.prepared();
    sandbox.write("os.img", b"os");
    sandbox.protect("os.img", &[]);
    sandbox.restore_target();
    let missing = ("ResourceNotFound", 3);
    let vault = "Get-AzRecoveryServicesBackupProtectionPolicy -VaultId testvault";
    says(
        &sandbox,
        "Get-AzRecoveryServicesVault -ResourceGroupName testgr",
        ("ResourceGroupNotFound", 3),
        &[
            "Did you mean 'testrg'?",
            "rsv New-AzResourceGroup -Name testgr",
        ],
    );
    for (line, hint) in [
        (
            "Get-AzRecoveryServicesVault -Name testvalt",
            "Did you mean 'testvault'?",
        ),
        (
            "Set-AzRecoveryServicesVaultContext -Vault testvualt",
            "Did you mean 'testvault'?",
        ),
        (
            "Get-AzRecoveryServicesVault -Name zzz",
            "There is 'testvault'.",
        ),
        (
            &format!("{vault} -Name DefaultPolcy"),
            "Did you mean 'DefaultPolicy'?",
        ),
        (
            "Enable-AzRecoveryServicesBackupProtection -Policy DefaultPolcy -Item V2VM -VaultId testvault",
            "Did you mean 'DefaultPolicy'?",
        ),
        (
            "Backup-AzRecoveryServicesBackupItem -Item V2WM -VaultId testvault",
            "Did you mean 'V2VM'?",
        ),
        (
            "Get-AzKeyVaultKey -VaultName testkeyvualt",
            "Did you mean 'testkeyvault'?",
        ),
        (
            "Get-AzStorageAccount -ResourceGroupName DestRG -Name destacount",
            "Did you mean 'destaccount'?",
        ),
    ] {
        says(&sandbox, line, missing, &[hint]);
    }
}

#[test]
fn a_machine_whose_data_is_kept_says_what_comes_first() {
    let sandbox = Sandbox::new();
    sandbox.prepared();
    sandbox.write("os.img", &noise(1, 100_000));
    sandbox.protect("os.img", &[]);
    sandbox.ok("New-AzResourceGroup -Name DestRG -Location japaneast");
    let machine = sandbox.ok("Get-AzVM -ResourceGroupName testrg -Name V2VM -Output id");
    let go = format!(
        "Move-AzResource -DestinationResourceGroupName DestRG -ResourceId {machine} -Force"
    );
    let refused = ("ResourceMoveProviderValidationFailed", 1);
    let end = "Disable-AzRecoveryServicesBackupProtection -Item V2VM -VaultId testvault -RemoveRecoveryPoints -Force";
    says(&sandbox, &go, refused, &[end]);
    let enable = "Enable-AzRecoveryServicesBackupProtection -Policy DefaultPolicy -Name V2VM -ResourceGroupName testrg -VaultId testvault";
    says(
        &sandbox,
        enable,
        ("BCMV2VMNotFound", 3),
        &["'V2VM' is protected in vault 'testvault'"],
    );
    sandbox.backup().ok();
    sandbox.ok(end);
    says(
        &sandbox,
        &go,
        refused,
        &["Optimize-RsvVault -VaultId testvault"],
    );
    let item = "'VM;iaasvmcontainerv2;testrg;V2VM'";
    let undo = format!(
        "rsv Undo-AzRecoveryServicesBackupItemDeletion -Item {item} -VaultId testvault -Force"
    );
    let resume = format!(
        "rsv Enable-AzRecoveryServicesBackupProtection -Item {item} -Policy DefaultPolicy -VaultId testvault"
    );
    says(&sandbox, enable, ("BCMV2VMNotFound", 3), &[&undo, &resume]);
}

#[test]
fn a_passphrase_that_nobody_gave_names_the_parameters_that_give_it() {
    let sandbox = Sandbox::new();
    sandbox.prepared();
    let backup = "Backup-AzKeyVaultKey -VaultName testkeyvault -Name testkey -Portable -OutputFile key.backup";
    let needed = ("RsvPassphraseNeeded", 1);
    says(
        &sandbox,
        backup,
        needed,
        &[
            "key.backup",
            "-BackupPassphraseFile FILE or -BackupPassphraseFd N",
        ],
    );
    sandbox.write("key.pass", b"correct horse battery");
    let mode = std::process::Command::new("chmod")
        .args(["600", "key.pass"])
        .current_dir(sandbox.path())
        .status();
    assert!(mode.unwrap().success());
    sandbox.ok(&format!("{backup} -BackupPassphraseFile key.pass"));
    says(
        &sandbox,
        "Restore-AzKeyVaultKey -VaultName testkeyvault -InputFile key.backup",
        needed,
        &["-BackupPassphraseFile FILE"],
    );
    says(
        &sandbox,
        "Update-RsvRootKey -NewPassphrase",
        needed,
        &["-NewPassphraseFile FILE"],
    );
}

#[test]
fn a_key_file_that_is_gone_says_where_it_can_come_from() {
    let sandbox = Sandbox::new();
    let (_, key) = sandbox.prepared();
    sandbox.assign(&key);
    sandbox.write("os.img", &[1; 4096]);
    sandbox.protect("os.img", &[]);
    let files = sandbox.stored_files();
    let public = files
        .iter()
        .filter(|p| p.extension().is_some_and(|e| e == "pub"));
    public.for_each(|path| std::fs::remove_file(path).unwrap());
    says(
        &sandbox,
        "Backup-AzRecoveryServicesBackupItem -Item V2VM -VaultId testvault",
        ("RsvKeyFileIo", 1),
        &[".pub", "hint: Put the file back", "Restore-AzKeyVaultKey"],
    );
}

#[test]
fn a_rolled_back_state_names_the_command_that_shows_both() {
    let sandbox = Sandbox::new();
    sandbox.prepared();
    let old = std::fs::read(sandbox.home().join("state.json")).unwrap();
    sandbox.ok("New-AzResourceGroup -Name newer -Location japaneast");
    std::fs::write(sandbox.home().join("state.json"), old).unwrap();
    says(
        &sandbox,
        "Get-AzRecoveryServicesVault",
        ("RsvRollbackDetected", 4),
        &["rsv Approve-RsvRollback -WhatIf"],
    );
}

#[test]
fn objects_and_values_that_cannot_be_are_refused_in_words() {
    let sandbox = Sandbox::new();
    let (_, key) = sandbox.prepared();
    let items = "Get-AzRecoveryServicesBackupItem -WorkloadType AzureVM -VaultId testvault";
    let wrong = ("RsvWrongKind", 2);
    says(
        &sandbox,
        &format!("{items} -Container '{{\"x\":1}}'"),
        wrong,
        &["-Container has no Name"],
    );
    says(
        &sandbox,
        &format!("{items} -Policy '{{\"x\":1}}'"),
        wrong,
        &["-Policy has no Name"],
    );
    says(
        &sandbox,
        &format!("{items} -Container @missing.json"),
        ("RsvFileNotFound", 3),
        &["no file 'missing.json'"],
    );
    let policy =
        "Set-AzKeyVaultAccessPolicy -VaultName testkeyvault -ObjectId junk -PermissionsToKeys get";
    says(
        &sandbox,
        policy,
        ("ParameterArgumentTransformationError", 2),
        &["System.Guid"],
    );
    let set =
        format!("Set-AzRecoveryServicesVaultProperty -VaultId testvault -EncryptionKeyId {key}");
    sandbox.ok(&format!("{set} -InfrastructureEncryption"));
    sandbox.ok(&format!("{set} -InfrastructureEncryption"));
    let fixed = ("RsvInfrastructureEncryptionFixed", 1);
    says(
        &sandbox,
        &format!("{set} -InfrastructureEncryption:false"),
        fixed,
        &["cannot be taken off (R75)"],
    );
    sandbox.ok(&set);
    let state = sandbox.ok("Get-AzRecoveryServicesVaultProperty -VaultId testvault -Query encryptionProperties.InfrastructureEncryptionState");
    assert_eq!(state, "Enabled");
}

/// The command after `hint: rsv ` that a failed run prints.
fn hinted(text: &str) -> &str {
    let line = text.lines().find_map(|l| l.split_once("hint: rsv "));
    line.unwrap_or_else(|| panic!("no command in {text}")).1
}

#[test]
fn a_missing_permission_names_all_that_are_needed_and_keeps_the_others() {
    let sandbox = Sandbox::new();
    let (_, key) = sandbox.prepared();
    sandbox.assign(&key);
    sandbox.write("os.img", &noise(1, 100_000));
    sandbox.protect("os.img", &[]);
    sandbox.backup().ok();
    sandbox.restore_target();
    let refused = "UserErrorCMKMissingMangedIdentityPermissionOnKeyVault";
    let policy = "AzKeyVaultAccessPolicy -VaultName testkeyvault -ObjectId";
    let vault =
        sandbox.ok("Get-AzRecoveryServicesVault -Name testvault -Query Identity.PrincipalId");
    let set = sandbox.ok("Get-AzDiskEncryptionSet -ResourceGroupName testrg -Name testdes1 -Query Identity.PrincipalId");
    let ready = format!(
        "Test-RsvEncryptionReadiness -VaultId testvault -EncryptionKeyId {key} -Output json"
    );

    sandbox.ok(&format!("Remove-{policy} {vault}"));
    let text = sandbox.backup().fails(refused, 1);
    let needed = format!("Set-{policy} {vault} -PermissionsToKeys get,list,unwrapKey,wrapKey");
    assert_eq!(hinted(&text), needed);
    sandbox.ok(hinted(&text));
    sandbox.backup().ok();

    sandbox.grant("list,sign");
    let text = sandbox.backup().fails(refused, 1);
    let needed = format!("Set-{policy} {vault} -PermissionsToKeys get,list,sign,unwrapKey,wrapKey");
    assert_eq!(hinted(&text), needed);
    assert!(sandbox.run(&ready).stdout.contains(&needed), "{needed}");
    sandbox.ok(hinted(&text));
    sandbox.backup().ok();

    let restore = "-DiskEncryptionSetId testdes1";
    sandbox.ok(&format!("Remove-{policy} {set}"));
    let text = sandbox.restore(restore).fails("ForbiddenByPolicy", 1);
    let needed = format!("Set-{policy} {set} -PermissionsToKeys get,unwrapKey,wrapKey");
    assert_eq!(hinted(&text), needed);
    sandbox.ok(hinted(&text));
    sandbox.restore(restore).ok();
}

#[test]
fn a_vault_that_is_not_new_says_how_to_make_one() {
    let sandbox = Sandbox::new();
    let (_, key) = sandbox.prepared();
    sandbox.write("os.img", b"os");
    sandbox.protect("os.img", &[]);
    let set =
        format!("Set-AzRecoveryServicesVaultProperty -VaultId testvault -EncryptionKeyId {key}");
    let make =
        "rsv New-AzRecoveryServicesVault -ResourceGroupName testrg -Name NEW -Location japaneast";
    says(&sandbox, &set, ("RsvVaultNotNew", 1), &[make]);
}

#[test]
fn a_recovery_points_number_is_enough_and_its_time_is_the_items() {
    let sandbox = Sandbox::new();
    sandbox.prepared();
    sandbox.write("os.img", &noise(1, 100_000));
    sandbox.protect("os.img", &[]);
    sandbox.write("other.img", &noise(2, 100_000));
    sandbox.ok(
        "New-AzVM -ResourceGroupName testrg -Name other -Location japaneast -OSDiskPath other.img",
    );
    sandbox.ok("Enable-AzRecoveryServicesBackupProtection -Policy DefaultPolicy -Name other -ResourceGroupName testrg -VaultId testvault");
    sandbox.backup().ok();
    sandbox.ok("Backup-AzRecoveryServicesBackupItem -Item other -VaultId testvault");
    sandbox.restore_target();
    let point: Value = serde_json::from_str(&sandbox.newest_point()).unwrap();
    let item = sandbox.json("Get-AzRecoveryServicesBackupItem -BackupManagementType AzureVM -WorkloadType AzureVM -VaultId testvault -FriendlyName V2VM");
    assert_eq!(item[0]["LatestRecoveryPoint"], point["RecoveryPointTime"]);
    let restore = "Restore-AzRecoveryServicesBackupItem -StorageAccountName destaccount -StorageAccountResourceGroupName DestRG -TargetResourceGroupName DestRG -VaultId testvault -RecoveryPoint";
    let number = point["RecoveryPointId"].as_str().unwrap();
    sandbox.ok(&format!("{restore} {number}"));
    sandbox.read_back(0, "back.img").ok();
    assert_eq!(sandbox.bytes("back.img"), sandbox.bytes("os.img"));
    says(
        &sandbox,
        &format!("{restore} 12"),
        ("ResourceNotFound", 3),
        &["Get-AzRecoveryServicesBackupRecoveryPoint"],
    );
}

#[test]
fn cmdlets_of_azure_that_rsv_lacks_say_why() {
    let sandbox = Sandbox::new();
    for (name, why) in [
        (
            "get-azrecoveryservicesasrfabric",
            "Site Recovery replicates machines",
        ),
        (
            "Start-AzRecoveryServicesAsrUnplannedFailoverJob",
            "Site Recovery",
        ),
        (
            "Set-AzRecoveryServicesResourceGuardMapping",
            "Resource Guards",
        ),
        ("Get-AzRecoveryServicesBackupRPMountScript", "single files"),
        ("Get-AzRecoveryServicesBackupProtectableItem", "SQL Server"),
        ("Copy-AzRecoveryServicesVault", "Import-RsvVault"),
        ("Get-AzRecoveryServicesSoftDeletedVaultBackupItem", "R124"),
        ("Get-AzKeyVaultSecret", "keys only"),
        ("New-AzKeyVaultCertificatePolicy", "keys only"),
        ("Get-AzKeyVaultManagedHsm", "no managed HSM"),
        ("Add-AzKeyVaultNetworkRule", "no network"),
        ("New-AzDisk", "Restore-AzRecoveryServicesBackupItem alone"),
        ("New-AzSnapshot", "SnapshotRetentionInDays"),
        ("Set-AzVMDiskEncryptionExtension", "Azure Disk Encryption"),
        ("Stop-AzVM", "nothing runs here"),
    ] {
        says(
            &sandbox,
            name,
            ("RsvCmdletNotImplemented", 2),
            &["is not in rsv, because ", why],
        );
    }
    let near = "Did you mean Get-AzKeyVaultSecret?";
    says(
        &sandbox,
        "Get-AzKeyVaultSecert",
        ("CommandNotFoundException", 2),
        &[near],
    );
}

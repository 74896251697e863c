//! The customer's key: assigning, changing, taking away, giving back.

use crate::harness::{Sandbox, noise};

fn protected() -> Sandbox {
    let sandbox = Sandbox::new();
    let (_, key) = sandbox.prepared();
    sandbox.assign(&key);
    sandbox.write("os.img", &noise(5, 2_000_000));
    sandbox.protect("os.img", &[]);
    sandbox.backup().ok();
    sandbox.restore_target();
    sandbox
}

#[test]
fn r71_the_seeds_five_lines_come_in_its_order() {
    let sandbox = Sandbox::new();
    let (_, key) = sandbox.prepared();
    let query =
        "Get-AzRecoveryServicesVaultProperty -VaultId testvault -Query encryptionProperties";
    let before = sandbox.ok(query);
    assert!(
        before.contains("EncryptionAtRestType          : MicrosoftManaged"),
        "{before}"
    );
    assert!(
        before.contains("LastUpdateStatus              : NotEnabled"),
        "{before}"
    );
    sandbox.assign(&key);
    let subscription = sandbox.ok("Get-AzContext -Query Subscription.Id");
    let expected = format!(
        "\nEncryptionAtRestType          : CustomerManaged\n\
         KeyUri                        : {key}\n\
         SubscriptionId                : {subscription}\n\
         LastUpdateStatus              : Succeeded\n\
         InfrastructureEncryptionState : Disabled"
    );
    assert_eq!(sandbox.ok(query), expected);
    let jobs = sandbox.json("Get-AzRecoveryServicesBackupJob -VaultId testvault");
    assert_eq!(jobs[0]["Operation"], "UpdateCustomerManagedKey");
    assert_eq!(jobs[0]["Status"], "Completed");
    assert_eq!(jobs[0]["WorkloadName"], "testvault");
}

#[test]
fn r5_without_unwrap_nothing_is_backed_up_or_restored_and_granting_it_again_heals() {
    let sandbox = protected();
    let code = "UserErrorCMKMissingMangedIdentityPermissionOnKeyVault";
    sandbox.grant("get,list,wrapKey");
    sandbox.backup().fails(code, 1);
    sandbox
        .restore("-DiskEncryptionSetId testdes1")
        .fails(code, 1);
    let jobs = sandbox.json("Get-AzRecoveryServicesBackupJob -VaultId testvault -Status Failed");
    assert_eq!(jobs.as_array().unwrap().len(), 2);
    assert_eq!(jobs[0]["ErrorDetails"][0]["ErrorCode"], code);
    sandbox.grant("get,list,unwrapKey,wrapKey");
    sandbox.backup().ok();
    sandbox.restore("-DiskEncryptionSetId testdes1").ok();
    sandbox.read_back(0, "back.img").ok();
    assert_eq!(sandbox.bytes("back.img"), noise(5, 2_000_000));
}

#[test]
fn the_policy_taken_away_whole_denies_too() {
    let sandbox = protected();
    let principal =
        sandbox.ok("Get-AzRecoveryServicesVault -Name testvault -Query Identity.PrincipalId");
    sandbox.ok(&format!(
        "Remove-AzKeyVaultAccessPolicy -VaultName testkeyvault -ObjectId {principal}"
    ));
    sandbox
        .backup()
        .fails("UserErrorCMKMissingMangedIdentityPermissionOnKeyVault", 1);
}

#[test]
fn r34_an_identity_that_was_off_comes_back_without_its_grants() {
    let sandbox = protected();
    let update = "Update-AzRecoveryServicesVault -VaultId testvault -IdentityType";
    let principal = "Get-AzRecoveryServicesVault -Name testvault -Query Identity.PrincipalId";
    let before = sandbox.ok(principal);
    sandbox.ok(&format!("{update} SystemAssigned"));
    assert_eq!(
        sandbox.ok(principal),
        before,
        "on again keeps the principal"
    );
    sandbox.ok(&format!("{update} None"));
    let code = "UserErrorCMKMissingMangedIdentityPermissionOnKeyVault";
    sandbox.backup().fails(code, 1);
    sandbox.ok(&format!("{update} SystemAssigned"));
    assert_ne!(sandbox.ok(principal), before);
    sandbox.backup().fails(code, 1);
    sandbox.grant("get,list,unwrapKey,wrapKey");
    sandbox.backup().ok();
}

#[test]
fn a_disabled_key_opens_nothing_until_it_is_enabled() {
    let sandbox = protected();
    let update = "Update-AzKeyVaultKey -VaultName testkeyvault -Name testkey -Enable";
    sandbox.ok(&format!("{update} false"));
    sandbox.backup().fails("KeyDisabled", 1);
    sandbox
        .restore("-DiskEncryptionSetId testdes1")
        .fails("KeyDisabled", 1);
    sandbox.ok(&format!("{update} true"));
    sandbox.backup().ok();
}

#[test]
fn r6_the_key_can_be_changed_and_old_points_stay_readable() {
    let sandbox = protected();
    sandbox.ok("Add-AzKeyVaultKey -VaultName testkeyvault -Name second -Destination Software");
    let second = sandbox.ok("Get-AzKeyVaultKey -VaultName testkeyvault -Name second -Query Id");
    let packs = |sandbox: &Sandbox| -> Vec<_> {
        let mut files: Vec<_> = sandbox
            .stored_files()
            .into_iter()
            .filter(|p| p.to_string_lossy().contains("/packs/"))
            .map(|p| {
                (
                    p.clone(),
                    std::fs::metadata(&p).unwrap().modified().unwrap(),
                )
            })
            .collect();
        files.sort();
        files
    };
    let before = packs(&sandbox);
    assert!(!before.is_empty());
    sandbox.assign(&second);
    assert_eq!(packs(&sandbox), before, "no data was rewritten");
    // The first key is not needed any more.
    sandbox.ok("Update-AzKeyVaultKey -VaultName testkeyvault -Name testkey -Enable false");
    sandbox.restore("-DiskEncryptionSetId testdes1").ok();
    sandbox.read_back(0, "back.img").ok();
    assert_eq!(sandbox.bytes("back.img"), noise(5, 2_000_000));
    sandbox.backup().ok();
}

#[test]
fn r61_all_missing_steps_are_reported_together_in_the_seeds_order() {
    let sandbox = Sandbox::new();
    for line in [
        "New-AzResourceGroup -Name testrg -Location japaneast",
        "New-AzRecoveryServicesVault -ResourceGroupName testrg -Name testvault -Location japaneast",
        "New-AzKeyVault -VaultName testkeyvault -ResourceGroupName testrg -Location westeurope",
        "Add-AzKeyVaultKey -VaultName testkeyvault -Name testkey -Destination Software -Size 3072 -Disable",
    ] {
        sandbox.ok(line);
    }
    let key = sandbox.ok("Get-AzKeyVaultKey -VaultName testkeyvault -Name testkey -Query Id");
    let line =
        format!("Set-AzRecoveryServicesVaultProperty -VaultId testvault -EncryptionKeyId {key}");
    let text = sandbox
        .run(&line)
        .fails("UserErrorCMKMissingMangedIdentityPermissionOnKeyVault", 1);
    let order = [
        "1. Vault has a managed identity",
        "2. Identity may use the key",
        "3. Key vault has soft delete and purge protection",
        "RsvKeyVaultNotProtected",
        "RsvRegionMismatch",
        "RsvKeySize",
    ];
    let mut from = 0;
    for part in order {
        from += text[from..]
            .find(part)
            .unwrap_or_else(|| panic!("{part} in order:\n{text}"));
    }
    let checklist = sandbox.run(&format!(
        "Test-RsvEncryptionReadiness -VaultId testvault -EncryptionKeyId {key}"
    ));
    assert_eq!(checklist.exit, 1);
    assert_eq!(
        checklist.stdout.matches("False").count(),
        5,
        "{}",
        checklist.stdout
    );
    assert_eq!(
        checklist.stdout.matches("True").count(),
        1,
        "{}",
        checklist.stdout
    );
}

#[test]
fn readiness_has_two_stages() {
    let sandbox = Sandbox::new();
    let (_, key) = sandbox.prepared();
    let line = format!("Test-RsvEncryptionReadiness -VaultId testvault -EncryptionKeyId {key}");
    let before = sandbox.ok(&line);
    assert_eq!(before.matches("True").count(), 6, "{before}");
    sandbox
        .run(&format!("{line} -Stage Protect"))
        .fails("RsvKeyNotAssigned", 1);
    sandbox.assign(&key);
    sandbox.ok(&format!("{line} -Stage Protect"));
    sandbox.ok("Test-RsvEncryptionReadiness -VaultId testvault");
}

#[test]
fn r13_even_a_failed_attempt_to_protect_rules_a_customer_key_out() {
    let sandbox = Sandbox::new();
    let (_, key) = sandbox.prepared();
    sandbox
        .run("Enable-AzRecoveryServicesBackupProtection -Policy DefaultPolicy -Name nosuch -ResourceGroupName testrg -VaultId testvault")
        .fails("BCMV2VMNotFound", 3);
    sandbox
        .run(&format!(
            "Set-AzRecoveryServicesVaultProperty -VaultId testvault -EncryptionKeyId {key}"
        ))
        .fails("RsvVaultNotNew", 1);
}

#[test]
fn r52_other_key_sizes_need_the_setting() {
    let sandbox = Sandbox::new();
    sandbox.prepared();
    sandbox
        .ok("Add-AzKeyVaultKey -VaultName testkeyvault -Name big -Destination Software -Size 3072");
    let key = sandbox.ok("Get-AzKeyVaultKey -VaultName testkeyvault -Name big -Query Id");
    let line =
        format!("Set-AzRecoveryServicesVaultProperty -VaultId testvault -EncryptionKeyId {key}");
    sandbox.run(&line).fails("RsvKeySize", 1);
    std::fs::write(
        sandbox.config().join("config.toml"),
        "[rules]\nrsa_key_bits = [2048, 3072]\n",
    )
    .unwrap();
    sandbox.ok(&line);
}

#[test]
fn what_if_checks_everything_and_writes_nothing() {
    let sandbox = Sandbox::new();
    let (_, key) = sandbox.prepared();
    let before = std::fs::read(sandbox.home().join("state.json")).unwrap();
    let files = sandbox.stored_files().len();
    for line in [
        format!("Set-AzRecoveryServicesVaultProperty -VaultId testvault -EncryptionKeyId {key} -WhatIf"),
        "Add-AzKeyVaultKey -VaultName testkeyvault -Name other -Destination Software -WhatIf".into(),
        "New-AzRecoveryServicesVault -ResourceGroupName testrg -Name other -Location japaneast -WhatIf".into(),
        "Remove-AzRecoveryServicesVault -Vault testvault -WhatIf".into(),
    ] {
        let run = sandbox.run(&line);
        assert!(run.stderr.contains("What if: "), "{line}: {}", run.stderr);
        run.ok();
    }
    assert_eq!(
        std::fs::read(sandbox.home().join("state.json")).unwrap(),
        before
    );
    assert_eq!(sandbox.stored_files().len(), files);
}

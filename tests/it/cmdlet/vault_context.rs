//! Set-AzRecoveryServicesVaultContext.

use crate::harness::Sandbox;

const SET: &str = "Set-AzRecoveryServicesVaultContext";
const POLICY: &str = "Get-AzRecoveryServicesBackupProtectionPolicy DefaultPolicy -Query Id";

#[test]
fn without_a_context_azures_text_says_what_to_do() {
    let sandbox = Sandbox::new();
    sandbox.prepared();
    let text = sandbox.run(POLICY).fails("RsvNoVaultContext", 2);
    assert!(text.contains(SET), "{text}");
    sandbox.ok(&format!("{SET} -Vault testvault -WhatIf"));
    sandbox.run(POLICY).fails("RsvNoVaultContext", 2);
}

#[test]
fn a_piped_vault_becomes_the_context_and_goes_with_the_vault() {
    let sandbox = Sandbox::new();
    let (vault, _) = sandbox.prepared();
    let object = sandbox.ok("Get-AzRecoveryServicesVault -Name testvault -Output json");
    let printed = sandbox.run_with(&format!("{SET} -Vault -"), &object).ok();
    assert_eq!(printed, "", "the cmdlet is void");
    assert_eq!(
        sandbox.ok(POLICY),
        format!("{vault}/backupPolicies/DefaultPolicy")
    );
    sandbox.ok("Remove-AzRecoveryServicesVault -Vault testvault -Force");
    sandbox.run(POLICY).fails("RsvNoVaultContext", 2);
}

#[test]
fn only_a_vault_that_exists_becomes_the_context() {
    let sandbox = Sandbox::new();
    sandbox.prepared();
    sandbox
        .run(&format!("{SET} -Vault nosuch"))
        .fails("ResourceNotFound", 3);
    let other = sandbox.ok("Get-AzKeyVault -VaultName testkeyvault -Output json");
    sandbox
        .run_with(&format!("{SET} -Vault -"), &other)
        .fails("RsvWrongKind", 2);
    sandbox.run(POLICY).fails("RsvNoVaultContext", 2);
}

#[test]
fn a_context_that_rsv_vault_hides_is_set_with_a_warning() {
    let mut sandbox = Sandbox::new();
    let (vault, _) = sandbox.prepared();
    sandbox.ok(
        "New-AzRecoveryServicesVault -ResourceGroupName testrg -Name other -Location japaneast",
    );
    sandbox.set("RSV_VAULT", "other");
    let run = sandbox.run(&format!("{SET} -Vault testvault"));
    assert!(run.stderr.contains("WARNING: RSV_VAULT"), "{}", run.stderr);
    run.ok();
    assert!(sandbox.ok(POLICY).contains("/vaults/other/"));
    sandbox.set("RSV_VAULT", "testvault");
    assert!(sandbox.ok(POLICY).starts_with(&vault));
    let run = sandbox.run(&format!("{SET} -Vault testvault"));
    assert_eq!(run.stderr, "", "the same vault needs no warning");
    run.ok();
}

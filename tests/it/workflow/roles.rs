//! Key vaults in RBAC mode: role assignments decide, wherever they were given.

use rsvault::domain::{ROLES, ResourceGroup, RoleAssignment};
use rsvault::state::Document;
use uuid::Uuid;

use crate::harness::Sandbox;

const R5: &str = "UserErrorCMKMissingMangedIdentityPermissionOnKeyVault";
const USER: &str = "-RoleDefinitionName 'Key Vault Crypto Service Encryption User'";
const RBAC: &str = "Update-AzKeyVault -VaultName testkeyvault -ResourceGroupName testrg \
                    -EnableRbacAuthorization";

/// A protected machine; gives the vault's principal and the key vault's id.
fn protected() -> (Sandbox, String, String) {
    let sandbox = Sandbox::new();
    let (_, key) = sandbox.prepared();
    sandbox.assign(&key);
    sandbox.write("os.img", &[7; 70_000]);
    sandbox.protect("os.img", &[]);
    let principal =
        sandbox.ok("Get-AzRecoveryServicesVault -Name testvault -Query Identity.PrincipalId");
    let key_vault = sandbox.ok("Get-AzKeyVault -VaultName testkeyvault -Output id");
    (sandbox, principal, key_vault)
}

#[test]
fn r42_the_mode_decides_whether_policies_or_roles_count() {
    let (sandbox, principal, key_vault) = protected();
    sandbox.ok(&format!("{RBAC} true"));
    sandbox.backup().fails(R5, 1);
    let grant = format!("New-AzRoleAssignment -ObjectId {principal} {USER} -Scope {key_vault}");
    let made = sandbox.json(&grant);
    assert_eq!(made["DisplayName"], "testvault");
    assert_eq!(made["ObjectType"], "ServicePrincipal");
    assert_eq!(made["Scope"], key_vault);
    sandbox.backup().ok();
    // Out of RBAC mode the role counts no more.
    sandbox.ok(&format!(
        "Remove-AzKeyVaultAccessPolicy -VaultName testkeyvault -ObjectId {principal}"
    ));
    sandbox.ok(&format!("{RBAC} false"));
    sandbox.backup().fails(R5, 1);
    sandbox.ok(&format!("{RBAC} true"));
    sandbox.backup().ok();
}

#[test]
fn r41_a_role_holds_on_the_key_the_key_vault_its_group_and_its_subscription() {
    let (sandbox, principal, key_vault) = protected();
    sandbox.ok(&format!("{RBAC} true"));
    let subscription = sandbox.ok("Get-AzContext -Query Subscription.Id");
    let scopes = [
        format!("-Scope {key_vault}/keys/testkey"),
        format!("-Scope {key_vault}"),
        "-ResourceGroupName testrg -ResourceName testkeyvault -ResourceType Microsoft.KeyVault/vaults"
            .to_owned(),
        "-ResourceGroupName testrg".to_owned(),
        format!("-Scope /subscriptions/{subscription}"),
        String::new(),
    ];
    for scope in scopes {
        let words = format!("-ObjectId {principal} {USER} {scope}");
        sandbox.ok(&format!("New-AzRoleAssignment {words}"));
        sandbox.backup().ok();
        sandbox.ok(&format!("Remove-AzRoleAssignment {words}"));
        sandbox.backup().fails(R5, 1);
    }
    // A role on another group, or one that does not wrap, does not help.
    sandbox.ok("New-AzResourceGroup -Name testrg2 -Location japaneast");
    sandbox.ok(&format!(
        "New-AzRoleAssignment -ObjectId {principal} {USER} -ResourceGroupName testrg2"
    ));
    sandbox.ok(&format!(
        "New-AzRoleAssignment -ObjectId {principal} -RoleDefinitionName 'Key Vault Reader' -Scope {key_vault}"
    ));
    sandbox.backup().fails(R5, 1);
}

#[test]
fn r79_a_denial_in_rbac_mode_has_key_vaults_words() {
    let (sandbox, _, key_vault) = protected();
    sandbox.ok(&format!("{RBAC} true"));
    let add = "Add-AzKeyVaultKey -VaultName testkeyvault -Name more -Destination Software";
    let said = sandbox.run(add).fails("ForbiddenByRbac", 1);
    assert!(said.contains("Caller is not authorized"), "{said}");
    assert!(said.contains("Key Vault Crypto Officer"), "{said}");
    sandbox.ok(&format!(
        "New-AzRoleAssignment -SignInName operator@rsv.local -RoleDefinitionId 14b46e9e-c2b7-41b4-b07b-48a6ebf60603 -Scope {key_vault}"
    ));
    sandbox.ok(add);
    sandbox.ok("Get-AzKeyVaultKey -VaultName testkeyvault");
}

#[test]
fn r41_readiness_looks_at_roles_in_rbac_mode() {
    let (sandbox, principal, key_vault) = protected();
    sandbox.ok(&format!("{RBAC} true"));
    let hint = sandbox
        .run("Test-RsvEncryptionReadiness -VaultId testvault")
        .fails(R5, 1);
    assert!(hint.contains("rsv New-AzRoleAssignment"), "{hint}");
    sandbox.ok(&format!(
        "New-AzRoleAssignment -ObjectId {principal} {USER} -Scope {key_vault}/keys/testkey"
    ));
    sandbox.ok("Test-RsvEncryptionReadiness -VaultId testvault");
}

#[test]
fn assignments_that_cannot_be_are_refused() {
    let (sandbox, principal, key_vault) = protected();
    let new = |words: &str| sandbox.run(&format!("New-AzRoleAssignment {words}"));
    new(&format!("-ObjectId {principal} {USER} -Scope {key_vault}")).ok();
    new(&format!("-ObjectId {principal} {USER} -Scope {key_vault}/"))
        .fails("RoleAssignmentExists", 1);
    new(&format!(
        "-ObjectId {principal} {USER} -Scope {key_vault}/keys/none"
    ))
    .fails("KeyNotFound", 3);
    new(&format!("-ObjectId {principal} -RoleDefinitionName Owner"))
        .fails("RoleDefinitionDoesNotExist", 3);
    new(&format!(
        "-ObjectId 00000000-0000-0000-0000-000000000001 {USER}"
    ))
    .fails("PrincipalNotFound", 3);
    new(&format!("-SignInName nobody@rsv.local {USER}")).fails("PrincipalNotFound", 3);
    new(USER).fails("RsvMissingParameter", 2);
    let vault = sandbox.ok("Get-AzRecoveryServicesVault -Name testvault -Output id");
    new(&format!("-ObjectId {principal} {USER} -Scope {vault}")).fails("RsvScopeUnsupported", 2);
    sandbox
        .run(&format!(
            "Remove-AzRoleAssignment -ObjectId {principal} {USER}"
        ))
        .fails("ResourceNotFound", 3);
}

#[test]
fn r34_an_assignment_outlives_its_principal_but_shows_it_as_unknown() {
    let (sandbox, principal, key_vault) = protected();
    let made = sandbox.ok(&format!(
        "New-AzRoleAssignment -ObjectId {principal} {USER} -Scope {key_vault} -Output json"
    ));
    let update = "Update-AzRecoveryServicesVault -VaultId testvault -IdentityType";
    sandbox.ok(&format!("{update} None"));
    sandbox.ok(&format!("{update} SystemAssigned"));
    sandbox.ok(&format!("{RBAC} true"));
    sandbox.backup().fails(R5, 1);
    let found = sandbox.json(&format!(
        "Get-AzRoleAssignment -Scope {key_vault}/keys/testkey"
    ));
    assert_eq!(found[0]["ObjectType"], "Unknown");
    assert!(found[0]["DisplayName"].is_null());
    let at = format!("Get-AzRoleAssignment -Scope {key_vault}/keys/testkey -AtScope");
    assert_eq!(sandbox.json(&at), serde_json::json!([]));
    sandbox
        .run_with("Remove-AzRoleAssignment -InputObject -", &made)
        .ok();
    assert_eq!(sandbox.json("Get-AzRoleAssignment"), serde_json::json!([]));
}

#[test]
fn an_assignment_is_lost_with_its_scope() {
    let subscription = Uuid::from_u128(1);
    let mut state = Document::new(Uuid::nil(), subscription, Uuid::nil());
    let group = ResourceGroup {
        subscription,
        name: "testrg".into(),
        location: "japaneast".into(),
        tags: Default::default(),
    };
    let at = |scope: String| RoleAssignment {
        id: Uuid::nil(),
        scope,
        role: ROLES[0].id,
        principal: Uuid::nil(),
        description: None,
    };
    state.role_assignments = vec![
        at(format!("/subscriptions/{subscription}")),
        at(group.id()),
        at(format!(
            "{}/providers/Microsoft.KeyVault/vaults/gone",
            group.id()
        )),
    ];
    state
        .resource_groups
        .insert(group.id().to_lowercase(), group);
    state.drop_lost_assignments();
    assert_eq!(state.role_assignments.len(), 2);
    state.resource_groups.clear();
    state.drop_lost_assignments();
    assert_eq!(state.role_assignments.len(), 1);
}

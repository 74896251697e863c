//! Connect-AzAccount and Get-AzSubscription.

use crate::harness::Sandbox;

#[test]
fn r48_signing_in_as_the_seed_does_shows_the_account_and_writes_nothing() {
    let sandbox = Sandbox::new();
    sandbox.ok("Get-AzContext");
    let before = std::fs::read(sandbox.home().join("state.json")).unwrap();
    let shown = sandbox.ok("Login-AzAccount");
    let heading: Vec<_> = shown.lines().nth(1).unwrap().split_whitespace().collect();
    assert_eq!(
        heading,
        ["Account", "SubscriptionName", "TenantId", "Environment"]
    );
    for name in ["Connect-AzAccount", "Add-AzAccount"] {
        assert_eq!(sandbox.ok(name), shown, "{name}");
    }
    let after = std::fs::read(sandbox.home().join("state.json")).unwrap();
    assert_eq!(after, before);
}

#[test]
fn signing_in_changes_the_accounts_name_and_keeps_its_permissions() {
    let sandbox = Sandbox::new();
    sandbox.prepared();
    let run = sandbox.run("Connect-AzAccount -AccountId other@contoso.com -WhatIf");
    assert!(run.stderr.contains("What if: "), "{}", run.stderr);
    run.ok();
    let account = "Get-AzContext -Query Account.Id";
    assert_ne!(sandbox.ok(account), "other@contoso.com");
    let line = "Connect-AzAccount -AccountId other@contoso.com -Subscription 'local SUBSCRIPTION'";
    let value = sandbox.json(line);
    assert_eq!(value["Context"]["Account"]["Id"], "other@contoso.com");
    assert_eq!(value["Context"]["Subscription"]["State"], "Enabled");
    assert_eq!(sandbox.ok(account), "other@contoso.com");
    sandbox.ok("Get-AzKeyVaultKey -VaultName testkeyvault -Name testkey");
}

#[test]
fn signing_in_elsewhere_or_with_a_secret_is_refused() {
    let sandbox = Sandbox::new();
    let refused = [
        ("-Tenant contoso.com", "ResourceNotFound", 3),
        ("-Subscription nosuch", "RsvSubscriptionNotFound", 3),
        ("-AccountId ''", "RsvInvalidAccountId", 2),
        ("-AccountId 'two words'", "RsvInvalidAccountId", 2),
        (
            "-Environment AzureChinaCloud",
            "ParameterArgumentValidationError",
            2,
        ),
        ("-UseDeviceAuthentication", "RsvParameterNotSupported", 2),
    ];
    for (words, code, exit) in refused {
        sandbox
            .run(&format!("Connect-AzAccount {words}"))
            .fails(code, exit);
    }
    for name in [
        "Credential",
        "AccessToken",
        "CertificatePath",
        "FederatedToken",
    ] {
        let line = format!("Connect-AzAccount -{name} hunter2");
        let said = sandbox.run(&line).fails("RsvParameterNotSupported", 2);
        assert!(!said.contains("hunter2"), "{said}");
    }
}

#[test]
fn subscriptions_are_listed_and_found_by_id_or_name() {
    let sandbox = Sandbox::new();
    let listed = sandbox.json("Get-AzSubscription");
    let id = sandbox.ok("Get-AzContext -Query Subscription.Id");
    assert_eq!(listed.as_array().unwrap().len(), 1);
    assert_eq!(listed[0]["Id"], id.as_str());
    let tenant = listed[0]["TenantId"].as_str().unwrap();
    for words in [
        format!("-SubscriptionId {}", id.to_uppercase()),
        "-SubscriptionName 'local subscription'".into(),
        format!("-SubscriptionId {id} -TenantId {tenant}"),
    ] {
        let found = sandbox.json(&format!("Get-AzSubscription {words}"));
        assert_eq!(found, listed[0], "{words}");
    }
    let refused = [
        (
            "-SubscriptionId 'Local subscription'",
            "RsvSubscriptionNotFound",
            3,
        ),
        ("-SubscriptionName nosuch", "RsvSubscriptionNotFound", 3),
        ("-TenantId nosuch", "ResourceNotFound", 3),
        (
            "-SubscriptionId a -SubscriptionName b",
            "AmbiguousParameterSet",
            2,
        ),
    ];
    for (words, code, exit) in refused {
        sandbox
            .run(&format!("Get-AzSubscription {words}"))
            .fails(code, exit);
    }
}

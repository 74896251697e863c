//! Get-AzResource and Set-AzResource: any resource as ARM sees it, and the seed's way to turn on
//! soft delete and purge protection.

use serde_json::{Value, json};

use crate::harness::{Run, Sandbox};

/// A home with a vault, and a key vault without purge protection; gives the key vault's id.
fn with_key_vault() -> (Sandbox, String) {
    let sandbox = Sandbox::new();
    for line in [
        "New-AzResourceGroup -Name testrg -Location japaneast",
        "New-AzRecoveryServicesVault -ResourceGroupName testrg -Name testvault -Location japaneast",
        "New-AzKeyVault -VaultName testkeyvault -ResourceGroupName testrg -Location japaneast -SoftDeleteRetentionInDays 30 -Tag owner=me",
    ] {
        sandbox.ok(line);
    }
    let id = sandbox.ok("Get-AzKeyVault -VaultName testkeyvault -Query ResourceId");
    (sandbox, id)
}

fn properties(sandbox: &Sandbox, id: &str) -> Value {
    sandbox.json(&format!(
        "Get-AzResource -ResourceId {id} -Query Properties"
    ))
}

/// Replaces the properties with these.
fn set(sandbox: &Sandbox, id: &str, properties: &Value) -> Run {
    sandbox.run_with(
        &format!("Set-AzResource -ResourceId {id} -Properties - -Force"),
        &properties.to_string(),
    )
}

/// What the key vault's own cmdlet says of its protection.
fn protected(sandbox: &Sandbox) -> (String, String) {
    let get = "Get-AzKeyVault -VaultName testkeyvault -Query";
    (
        sandbox.ok(&format!("{get} EnableSoftDelete")),
        sandbox.ok(&format!("{get} EnablePurgeProtection")),
    )
}

/// Runs a script as a person would type it.
fn shell(sandbox: &Sandbox, script: &str) -> String {
    let rsv = sandbox.command();
    let mut bash = std::process::Command::new("bash");
    bash.current_dir(sandbox.path())
        .args(["-euo", "pipefail", "-c"])
        .arg(format!("rsv() {{ \"$RSV\" \"$@\"; }}\n{script}"))
        .env_clear()
        .env("RSV", rsv.get_program());
    for (name, value) in rsv.get_envs() {
        bash.env(name, value.unwrap());
    }
    let output = bash.output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{script}\n{stderr}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn r46_the_seeds_two_steps_work_in_a_shell_with_jq() {
    let (sandbox, _) = with_key_vault();
    shell(
        &sandbox,
        r#"
        for name in enableSoftDelete enablePurgeProtection; do
          resource=$(rsv Get-AzResource -ResourceId "$(rsv Get-AzKeyVault -VaultName "testkeyvault" -Query ResourceId)" -Output json)
          properties=$(jq --arg name $name '.Properties + {($name): "true"}' <<<"$resource")
          rsv Set-AzResource -resourceid "$(jq -r .ResourceId <<<"$resource")" -Properties "$properties"
        done
        "#,
    );
    assert_eq!(protected(&sandbox), ("True".into(), "True".into()));
}

#[test]
fn r46_purge_protection_is_turned_on_in_one_pipe() {
    let pipes = [
        r#"rsv Get-AzResource -ResourceId "$id" -Query Properties -Output json | jq '.enablePurgeProtection="true"' | rsv Set-AzResource -ResourceId "$id" -Properties - -Force"#,
        r#"rsv Get-AzResource -ResourceId "$id" -Output json | jq '.Properties.enablePurgeProtection=true' | rsv Set-AzResource -InputObject -"#,
        r#"rsv Get-AzKeyVault -VaultName testkeyvault -Output json | rsv Get-AzResource -ResourceId - -Output json > r.json; jq '.Properties.EnablePurgeProtection="True"|.Properties' r.json > p.json; rsv Set-AzResource -ResourceId @r.json -Properties @p.json"#,
        r#"rsv Set-AzResource -ResourceId "$id" -Properties '@{enablePurgeProtection="true"}' -UsePatchSemantics -Force"#,
    ];
    for pipe in pipes {
        let (sandbox, id) = with_key_vault();
        assert_eq!(protected(&sandbox).1, "False");
        shell(&sandbox, &format!("id={id}\n{pipe}"));
        assert_eq!(protected(&sandbox).1, "True", "{pipe}");
        let now = properties(&sandbox, &id);
        assert_eq!(now["enablePurgeProtection"], true, "{pipe}");
    }
}

#[test]
fn a_key_vault_shows_arms_properties() {
    let (sandbox, id) = with_key_vault();
    let found = sandbox.json(&format!("Get-AzResource -ResourceId {id}"));
    assert_eq!(found["ResourceId"], id.as_str());
    assert_eq!(found["ResourceType"], "Microsoft.KeyVault/vaults");
    assert_eq!(found["Tags"], json!({"owner": "me"}));
    let names: Vec<_> = found["Properties"].as_object().unwrap().keys().collect();
    let expected = [
        "sku",
        "tenantId",
        "accessPolicies",
        "enabledForDeployment",
        "enabledForDiskEncryption",
        "enabledForTemplateDeployment",
        "enableSoftDelete",
        "softDeleteRetentionInDays",
        "enableRbacAuthorization",
        "vaultUri",
        "provisioningState",
        "publicNetworkAccess",
    ];
    assert_eq!(
        names, expected,
        "purge protection is absent while it is off"
    );
    let sku = json!({"family": "A", "name": "standard"});
    assert_eq!(found["Properties"]["sku"], sku);
    let line = "Get-AzResource -ResourceGroupName TESTRG -ResourceType microsoft.keyvault/vaults -Name testkeyvault";
    assert_eq!(sandbox.json(line), found);
}

#[test]
fn resources_are_listed_by_group_type_name_and_tag() {
    let (sandbox, _) = with_key_vault();
    let names = |words: &str| sandbox.ok(&format!("Get-AzResource {words} -Query Name"));
    assert_eq!(
        names("-ResourceGroupName testrg"),
        "testvault\ntestkeyvault"
    );
    for words in [
        "-ResourceType Microsoft.KeyVault/vaults",
        "-Name '*KEY*'",
        "-Name testkeyvault",
        "-Tag owner=me",
        "-TagName OWNER",
        "-TagValue me",
    ] {
        assert_eq!(names(words), "testkeyvault", "{words}");
    }
    let listed = sandbox.json("Get-AzResource -Tag owner=you");
    assert_eq!(listed, json!([]));
    let listed = sandbox.json("Get-AzResource -TagName owner");
    assert_eq!(listed[0]["Properties"], Value::Null);
    let listed = sandbox.json("Get-AzResource -TagName owner -ExpandProperties");
    assert_eq!(listed[0]["Properties"]["enableSoftDelete"], true);
}

#[test]
fn what_is_not_there_is_not_found() {
    let (sandbox, id) = with_key_vault();
    let refused = [
        (format!("-ResourceId {id}x"), "ResourceNotFound", 3),
        ("-Name nosuch".into(), "ResourceNotFound", 3),
        (
            "-ResourceGroupName testrg -ResourceType Microsoft.KeyVault/vaults -Name nosuch".into(),
            "ResourceNotFound",
            3,
        ),
        (
            "-ResourceGroupName nosuch".into(),
            "ResourceGroupNotFound",
            3,
        ),
        (
            "-ResourceType Microsoft.KeyVault/vault".into(),
            "RsvInvalidResourceType",
            2,
        ),
        ("-ResourceId testkeyvault".into(), "RsvInvalidResourceId", 2),
    ];
    for (words, code, exit) in refused {
        sandbox
            .run(&format!("Get-AzResource {words}"))
            .fails(code, exit);
    }
}

#[test]
fn r51_purge_protection_warns_and_takes_no_false() {
    let (sandbox, id) = with_key_vault();
    let mut wanted = properties(&sandbox, &id);
    for value in [json!(false), json!("false")] {
        wanted["enablePurgeProtection"] = value;
        let said = set(&sandbox, &id, &wanted).fails("BadRequest", 1);
        let text = "The property \"enablePurgeProtection\" cannot be set to false. Enabling the purge protection for a vault is an irreversible action.";
        assert!(said.contains(text), "{said}");
    }
    wanted["enablePurgeProtection"] = json!("true");
    let run = set(&sandbox, &id, &wanted);
    assert!(
        run.stderr.contains("WARNING: Purge protection"),
        "{}",
        run.stderr
    );
    run.ok();
    let again = set(&sandbox, &id, &wanted);
    assert_eq!(again.stderr, "", "on already: nothing to warn of");
    again.ok();
    wanted["enablePurgeProtection"] = json!(false);
    set(&sandbox, &id, &wanted).fails("BadRequest", 1);
    // Who read the properties before it was on does not turn it off by writing them back.
    wanted
        .as_object_mut()
        .unwrap()
        .shift_remove("enablePurgeProtection");
    set(&sandbox, &id, &wanted).ok();
    assert_eq!(protected(&sandbox).1, "True");
}

#[test]
fn r50_soft_delete_and_its_days_stay() {
    let (sandbox, id) = with_key_vault();
    let before = properties(&sandbox, &id);
    for (name, value) in [
        ("enableSoftDelete", json!("false")),
        ("softDeleteRetentionInDays", json!(90)),
    ] {
        let mut wanted = before.clone();
        wanted[name] = value;
        let said = set(&sandbox, &id, &wanted).fails("BadRequest", 1);
        assert!(said.contains(name), "{said}");
    }
    assert_eq!(properties(&sandbox, &id), before);
}

#[test]
fn properties_that_cannot_change_are_named_and_nothing_is_done() {
    let (sandbox, id) = with_key_vault();
    let before = properties(&sandbox, &id);
    let refused = [
        ("vaultUri", json!("https://x"), "RsvPropertyFixed", 1),
        ("accessPolicies", json!([]), "RsvPropertyFixed", 1),
        (
            "sku",
            json!({"family": "A", "name": "premium"}),
            "RsvPropertyFixed",
            1,
        ),
        (
            "enablePurgeProtecton",
            json!("true"),
            "RsvUnknownProperty",
            2,
        ),
        ("EnableSoftDelete", json!(true), "RsvInvalidProperty", 2),
        (
            "enabledForDeployment",
            json!("maybe"),
            "RsvInvalidProperty",
            2,
        ),
        ("publicNetworkAccess", json!(1), "RsvInvalidProperty", 2),
    ];
    for (name, value, code, exit) in refused {
        let mut wanted = before.clone();
        // What is asked for beside a refused property does not happen either.
        wanted["enablePurgeProtection"] = json!("true");
        wanted[name] = value;
        let said = set(&sandbox, &id, &wanted).fails(code, exit);
        assert!(said.contains(name), "{said}");
    }
    assert_eq!(properties(&sandbox, &id), before);
}

#[test]
fn without_patch_semantics_nothing_may_be_left_out() {
    let (sandbox, id) = with_key_vault();
    let line =
        format!("Set-AzResource -ResourceId {id} -Properties '{{\"enabledForDeployment\": true}}'");
    let said = sandbox.run(&line).fails("RsvPropertiesIncomplete", 2);
    assert!(said.contains("sku, tenantId, accessPolicies"), "{said}");
    let changed = sandbox.json(&format!("{line} -UsePatchSemantics"));
    assert_eq!(changed["Properties"]["enabledForDeployment"], true);
    let mut wanted = changed["Properties"].clone();
    wanted["enabledForDeployment"] = Value::Null;
    let said = set(&sandbox, &id, &wanted).fails("RsvPropertiesIncomplete", 2);
    assert!(said.contains("missing: enabledForDeployment."), "{said}");
}

#[test]
fn whatif_and_the_wrong_object_change_nothing() {
    let (sandbox, id) = with_key_vault();
    let resource = sandbox.json(&format!("Get-AzResource -ResourceId {id}"));
    let mut wanted = resource.clone();
    wanted["Properties"]["enablePurgeProtection"] = json!("true");
    let run = sandbox.run_with("Set-AzResource -InputObject - -WhatIf", &wanted.to_string());
    assert!(run.stderr.contains("What if: "), "{}", run.stderr);
    run.ok();
    // The whole resource where its properties are wanted, and a resource moved elsewhere.
    set(&sandbox, &id, &wanted).fails("RsvWrongKind", 2);
    wanted["Location"] = json!("westus");
    let said = sandbox
        .run_with("Set-AzResource -InputObject -", &wanted.to_string())
        .fails("RsvPropertyFixed", 1);
    assert!(said.contains("Location"), "{said}");
    let key_vault = sandbox.ok("Get-AzKeyVault -VaultName testkeyvault -Output json");
    sandbox
        .run_with("Set-AzResource -InputObject -", &key_vault)
        .fails("RsvWrongKind", 2);
    for (words, code) in [
        (format!("-ResourceId {id}"), "RsvNothingToChange"),
        ("-Tag a=b".into(), "RsvMissingParameter"),
        (format!("-ResourceId {id} -Properties true"), "RsvNotJson"),
    ] {
        sandbox
            .run(&format!("Set-AzResource {words}"))
            .fails(code, 2);
    }
    let after = sandbox.json(&format!("Get-AzResource -ResourceId {id}"));
    assert_eq!(after, resource);
}

#[test]
fn every_kind_of_resource_comes_back_whole_and_takes_tags() {
    let sandbox = Sandbox::new();
    let (_, key) = sandbox.prepared();
    sandbox.assign(&key);
    sandbox.write("os.img", &[7; 4096]);
    sandbox.protect("os.img", &[]);
    sandbox.backup().ok();
    sandbox.restore_target();
    sandbox.restore("-DiskEncryptionSetId testdes1").ok();
    let all = sandbox.json("Get-AzResource -ExpandProperties");
    let kinds: std::collections::BTreeSet<_> = all
        .as_array()
        .unwrap()
        .iter()
        .map(|r| r["ResourceType"].as_str().unwrap())
        .collect();
    assert_eq!(kinds.len(), 6, "{kinds:?}");
    for resource in all.as_array().unwrap() {
        let name = &resource["Name"];
        assert!(
            !resource["Properties"].to_string().contains("os.img"),
            "{name}"
        );
        let mut wanted = resource.clone();
        wanted["Tags"] = json!({"owner": "backup"});
        let changed = sandbox
            .run_with(
                "Set-AzResource -InputObject - -Output json",
                &wanted.to_string(),
            )
            .ok();
        let changed: Value = serde_json::from_str(&changed).unwrap();
        assert_eq!(changed["Tags"], wanted["Tags"], "{name}");
        assert_eq!(changed["Properties"], resource["Properties"], "{name}");
        if resource["ResourceType"] == "Microsoft.KeyVault/vaults" {
            continue;
        }
        wanted["Properties"]["provisioningState"] = json!("Failed");
        sandbox
            .run_with("Set-AzResource -InputObject -", &wanted.to_string())
            .fails("RsvPropertyFixed", 1);
    }
    sandbox.backup().ok();
}

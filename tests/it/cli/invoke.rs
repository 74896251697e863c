//! `rsv __invoke`: what the functions of the PowerShell module send, and what they get back.

use serde_json::{Value, json};

use crate::harness::{Sandbox, noise};

/// A request that ran: its exit code and its answer.
struct Answer(i32, Value);

impl Sandbox {
    /// Sends these bytes as a request.
    fn request(&self, text: &str) -> Answer {
        let run = self.run_with("__invoke", text);
        assert!(run.stdout.is_ascii() && run.stdout.lines().count() == 1);
        assert_eq!(run.stderr, "");
        let answer: Value = serde_json::from_str(&run.stdout).unwrap();
        let exit = answer["error"]["exitCode"].as_i64().unwrap_or(0);
        assert_eq!(i64::from(run.exit), exit, "{text}");
        Answer(run.exit, answer)
    }

    // What `json!` makes is given as it is.
    #[allow(clippy::needless_pass_by_value)]
    fn invoke(&self, cmdlet: &str, parameters: Value) -> Answer {
        self.request(&json!({"cmdlet": cmdlet, "parameters": parameters}).to_string())
    }

    /// Sends a request that has to succeed; gives the objects.
    fn objects(&self, cmdlet: &str, parameters: Value) -> Vec<Value> {
        let Answer(exit, answer) = self.invoke(cmdlet, parameters);
        assert_eq!(exit, 0, "{cmdlet}: {answer}");
        answer["output"].as_array().unwrap().clone()
    }

    fn object(&self, cmdlet: &str, parameters: Value) -> Value {
        let objects = self.objects(cmdlet, parameters);
        assert_eq!(objects.len(), 1, "{cmdlet}");
        objects[0].clone()
    }
}

impl Answer {
    /// It has to fail so; gives message and hint.
    fn fails(self, code: &str, exit: i32) -> String {
        let error = &self.1["error"];
        assert_eq!(
            (error["code"].as_str(), self.0),
            (Some(code), exit),
            "{error}"
        );
        format!("{} {}", error["message"].as_str().unwrap(), error["hint"])
    }
}

fn names(value: &Value) -> Vec<&str> {
    value
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect()
}

/// What stands around the article's steps: done in the portal, or before it begins.
fn surroundings(sandbox: &Sandbox) {
    for group in ["testrg", "DestRG", "DestRGforManagedDisks"] {
        sandbox.object(
            "New-AzResourceGroup",
            json!({"Name": group, "Location": "japaneast"}),
        );
    }
    let place = |more: Value| {
        let mut all = json!({"ResourceGroupName": "testrg", "Location": "japaneast"});
        all.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        all
    };
    sandbox.object(
        "New-AzRecoveryServicesVault",
        place(json!({"Name": "testvault"})),
    );
    sandbox.object(
        "New-AzKeyVault",
        place(json!({"VaultName": "testkeyvault"})),
    );
    sandbox.object(
        "Add-AzKeyVaultKey",
        json!({"VaultName": "testkeyvault", "Name": "testkey", "Destination": "Software"}),
    );
}

/// The identity, the key vault's properties and the key: the article's first half.
fn configure(sandbox: &Sandbox) -> Value {
    let vault = || {
        sandbox.object(
            "Get-AzRecoveryServicesVault",
            json!({"ResourceGroupName": "testrg", "Name": "testvault"}),
        )
    };
    let before = vault();
    sandbox.object(
        "Update-AzRecoveryServicesVault",
        json!({"IdentityType": "SystemAssigned", "VaultId": before["ID"]}),
    );
    // X3: the article prints $vault.Identity of before the change, which is still empty in Azure
    // and in the module; it has to be read again.
    assert!(before["Identity"]["PrincipalId"].is_null());
    let vault = vault();
    assert_eq!(
        names(&vault["Identity"]),
        ["PrincipalId", "TenantId", "Type"]
    );
    assert_eq!(vault["Identity"]["Type"], "SystemAssigned");
    sandbox.objects(
        "Set-AzKeyVaultAccessPolicy",
        json!({
            "VaultName": "testkeyvault",
            "ObjectId": vault["Identity"]["PrincipalId"],
            "PermissionsToKeys": ["get", "list", "unwrapKey", "wrapKey"],
        }),
    );
    sandbox.objects("Login-AzAccount", json!({}));
    sandbox.object(
        "Set-AzContext",
        json!({"SubscriptionId": vault["SubscriptionId"]}),
    );
    // X10: enableSoftDelete is there already, where Add-Member fails and changes nothing.
    for name in ["enableSoftDelete", "enablePurgeProtection"] {
        let key_vault = sandbox.object("Get-AzKeyVault", json!({"VaultName": "testkeyvault"}));
        let mut resource = sandbox.object(
            "Get-AzResource",
            json!({"ResourceId": key_vault["ResourceId"]}),
        );
        let properties = resource["Properties"].as_object_mut().unwrap();
        properties.entry(name).or_insert_with(|| "true".into());
        let set =
            json!({"ResourceId": resource["ResourceId"], "Properties": resource["Properties"]});
        let changed = sandbox.object("Set-AzResource", set);
        assert_eq!(changed["Properties"][name], true, "{name}");
    }
    let key_vault = sandbox.object(
        "Get-AzKeyVault",
        json!({"VaultName": "testkeyvault", "ResourceGroupName": "testrg"}),
    );
    // The article hands the whole key vault to a parameter that takes its name (X4).
    let key = sandbox.object(
        "Get-AzKeyVaultKey",
        json!({"VaultName": key_vault, "Name": "testkey"}),
    );
    sandbox.objects(
        "Set-AzRecoveryServicesVaultProperty",
        json!({
            "EncryptionKeyId": key["Id"],
            "KeyVaultSubscriptionId": vault["SubscriptionId"],
            "VaultId": vault["ID"],
        }),
    );
    let property = sandbox.object(
        "Get-AzRecoveryServicesVaultProperty",
        json!({"VaultId": vault["ID"]}),
    );
    let found = &property["encryptionProperties"];
    // X5: KeyUri is the whole identifier, not the bare name that the article shows.
    assert_eq!(
        found,
        &json!({
            "EncryptionAtRestType": "CustomerManaged",
            "KeyUri": key["Id"],
            "SubscriptionId": vault["SubscriptionId"],
            "LastUpdateStatus": "Succeeded",
            "InfrastructureEncryptionState": "Disabled",
        })
    );
    vault
}

#[test]
fn the_article_runs_through_the_module_s_requests_in_its_order() {
    let sandbox = Sandbox::new();
    surroundings(&sandbox);
    let vault = configure(&sandbox);
    sandbox.write("os.img", &noise(3, 700_000));
    sandbox.objects(
        "New-AzVM",
        json!({"ResourceGroupName": "testrg", "Name": "V2VM", "Location": "japaneast",
               "OSDiskPath": "os.img"}),
    );
    sandbox.objects(
        "Enable-AzRecoveryServicesBackupProtection",
        json!({"Policy": "DefaultPolicy", "Name": "V2VM", "ResourceGroupName": "testrg",
               "VaultId": vault["ID"]}),
    );
    sandbox.ok("New-AzStorageAccount -ResourceGroupName DestRG -Name destaccount -Location japaneast -Path staging");
    set_for_disks(&sandbox);
    let container = sandbox.object(
        "Get-AzRecoveryServicesBackupContainer",
        json!({"ContainerType": "AzureVM", "Status": "Registered", "FriendlyName": "V2VM",
               "VaultId": vault["ID"]}),
    );
    let item = sandbox.object(
        "Get-AzRecoveryServicesBackupItem",
        json!({"Container": container, "WorkloadType": "AzureVM", "VaultId": vault["ID"]}),
    );
    sandbox.objects(
        "Backup-AzRecoveryServicesBackupItem",
        json!({"Item": item, "VaultId": vault["ID"]}),
    );
    let now = jiff::Timestamp::now();
    let week = jiff::SignedDuration::from_hours(7 * 24);
    let points = sandbox.objects(
        "Get-AzRecoveryServicesBackupRecoveryPoint",
        json!({"Item": item, "StartDate": format!("{:.7}", now - week),
               "EndDate": format!("{now:.7}"), "VaultId": vault["ID"]}),
    );
    let job = sandbox.object(
        "Restore-AzRecoveryServicesBackupItem",
        json!({"RecoveryPoint": points[0], "StorageAccountName": "DestAccount",
               "StorageAccountResourceGroupName": "DestRG",
               "TargetResourceGroupName": "DestRGforManagedDisks",
               "DiskEncryptionSetId": "testdes1", "VaultId": vault["ID"]}),
    );
    assert_eq!(job["Status"], "Completed", "{job}");
    let disk = sandbox.object(
        "Get-AzDisk",
        json!({"ResourceGroupName": "DestRGforManagedDisks"}),
    );
    assert_eq!(
        disk["Encryption"]["Type"],
        "EncryptionAtRestWithCustomerKey"
    );
    // The disk is an object where its name is asked for, and the token never is a word.
    let access = sandbox.object(
        "Grant-AzDiskAccess",
        json!({"ResourceGroupName": "DestRGforManagedDisks", "DiskName": disk, "Access": "Read",
               "DurationInSecond": 600.0}),
    );
    sandbox.object(
        "Save-AzVhd",
        json!({"SourceUri": access["AccessSAS"], "LocalFilePath": "back.img", "OverWrite": true}),
    );
    assert!(sandbox.bytes("back.img") == noise(3, 700_000));
}

/// The disk encryption set testdes1 with a key of its own.
fn set_for_disks(sandbox: &Sandbox) {
    let key = sandbox.object(
        "Add-AzKeyVaultKey",
        json!({"VaultName": "testkeyvault", "Name": "deskey", "Destination": "Software"}),
    );
    let key_vault = sandbox.object("Get-AzKeyVault", json!({"VaultName": "testkeyvault"}));
    let config = sandbox.object(
        "New-AzDiskEncryptionSetConfig",
        json!({"Location": "japaneast", "IdentityType": "SystemAssigned",
               "SourceVaultId": key_vault["ResourceId"], "KeyUrl": key["Id"]}),
    );
    let set = sandbox.object(
        "New-AzDiskEncryptionSet",
        json!({"ResourceGroupName": "testrg", "Name": "testdes1", "InputObject": config}),
    );
    sandbox.objects(
        "Set-AzKeyVaultAccessPolicy",
        json!({"VaultName": "testkeyvault", "ObjectId": set["Identity"]["PrincipalId"],
               "PermissionsToKeys": ["get", "wrapKey", "unwrapKey"]}),
    );
}

#[test]
fn a_bad_request_says_in_the_answer_what_is_wrong_with_it() {
    let sandbox = Sandbox::new();
    for (text, reason) in [
        ("", "empty"),
        ("nonsense", "no JSON object"),
        ("[\"Get-AzContext\", {}]", "no JSON object"),
        ("{\"cmdlet\": \"Get-AzContext\"", "EOF"),
        ("{\"parameters\": {}}", "missing field `cmdlet`"),
        (
            "{\"cmdlet\": \"Get-AzContext\", \"user\": 1}",
            "unknown field `user`",
        ),
        (
            "{\"cmdlet\": \"Get-AzContext\", \"parameters\": []}",
            "an object of parameters",
        ),
        ("{\"cmdlet\": 7}", "expected a string"),
    ] {
        let said = sandbox.request(text).fails("RsvBadRequest", 2);
        assert!(said.contains(reason), "{text}: {said}");
    }
    let deep = format!(
        "{{\"cmdlet\": \"Get-AzContext\", \"parameters\": {{\"Name\": {}",
        "[".repeat(200)
    );
    assert!(
        sandbox
            .request(&deep)
            .fails("RsvBadRequest", 2)
            .contains("recursion")
    );
    let huge = format!("{{\"cmdlet\": \"{}\"}}", "x".repeat(9 << 20));
    assert!(
        sandbox
            .request(&huge)
            .fails("RsvBadRequest", 2)
            .contains("8 MiB")
    );
    assert!(!sandbox.home().exists(), "a bad request makes no home");
}

#[test]
fn names_that_do_not_bind_are_refused_as_on_the_command_line() {
    let sandbox = Sandbox::new();
    let get = "Get-AzRecoveryServicesVault";
    let said = sandbox
        .invoke("Get-AzRecoveryServicesVautl", json!({}))
        .fails("CommandNotFoundException", 2);
    assert!(said.contains(get), "{said}");
    sandbox
        .invoke("Get-AzRecoveryServicesResourceGuardMapping", json!({}))
        .fails("RsvCmdletNotImplemented", 2);
    sandbox
        .invoke(get, json!({"Bogus": 1}))
        .fails("NamedParameterNotFound", 2);
    // PowerShell has dealt with prefixes; here they could only be a mistake.
    let said = sandbox
        .invoke(get, json!({"Nam": "x"}))
        .fails("NamedParameterNotFound", 2);
    assert!(said.contains("-Name"), "{said}");
    // X1: the article's text has the parameter on the wrong cmdlet.
    let item = "Get-AzRecoveryServicesBackupItem";
    let said = sandbox
        .invoke(item, json!({"DiskEncryptionSetId": "x"}))
        .fails("RsvParameterNotSupported", 2);
    assert!(said.contains("Restore-"), "{said}");
    sandbox
        .invoke(get, json!({"Output": "json"}))
        .fails("RsvParameterNotSupported", 2);
    sandbox
        .invoke(get, json!({"Name": "a", "name": "b"}))
        .fails("ParameterAlreadyBound", 2);
    let twice =
        format!("{{\"cmdlet\": \"{get}\", \"parameters\": {{\"Name\": \"a\", \"Name\": \"b\"}}}}");
    sandbox.request(&twice).fails("ParameterAlreadyBound", 2);
    sandbox
        .invoke("Remove-AzRecoveryServicesVault", json!({}))
        .fails("MissingMandatoryParameter", 2);
}

#[test]
fn values_of_a_wrong_kind_are_refused_by_the_parameter_s_name() {
    let sandbox = Sandbox::new();
    let (vault, _) = sandbox.prepared();
    let point = "Restore-AzRecoveryServicesBackupItem";
    let target = |value: Value| {
        json!({"RecoveryPoint": value, "StorageAccountName": "a",
               "StorageAccountResourceGroupName": "b", "VaultId": vault})
    };
    let whole = sandbox.object("Get-AzRecoveryServicesVault", json!({"Name": "testvault"}));
    let said = sandbox
        .invoke(point, target(whole.clone()))
        .fails("RsvWrongKind", 2);
    assert!(said.contains("ARSVault"), "{said}");
    sandbox
        .invoke(point, target(json!([])))
        .fails("RsvNoObject", 2);
    sandbox
        .invoke(point, target(json!([whole, whole])))
        .fails("RsvManyObjects", 2);
    let null = "ParameterArgumentValidationErrorNullNotAllowed";
    let said = sandbox.invoke(point, target(Value::Null)).fails(null, 2);
    assert!(said.contains("'RecoveryPoint'"), "{said}");
    let transformation = "ParameterArgumentTransformationError";
    let add = |more: Value| {
        let mut all = json!({"VaultName": "testkeyvault", "Name": "k", "Destination": "Software"});
        all.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        sandbox.invoke("Add-AzKeyVaultKey", all)
    };
    add(json!({"Name": {"Colour": "red"}})).fails(transformation, 2);
    add(json!({"Expires": "next week"})).fails(transformation, 2);
    add(json!({"Disable": "yes"})).fails(transformation, 2);
    add(json!({"KeyOps": []})).fails("ParameterArgumentValidationErrorEmptyArrayNotAllowed", 2);
    add(json!({"KeyOps": ["wrapKey,unwrapKey"]})).fails("ParameterArgumentValidationError", 2);
    add(json!({"Destination": "Hardware"})).fails("ParameterArgumentValidationError", 2);
    // '-' would be standard input, which holds the request.
    let said = sandbox
        .invoke(
            "Get-AzRecoveryServicesVaultProperty",
            json!({"VaultId": "-"}),
        )
        .fails("RsvIo", 1);
    assert!(said.contains("holds the request"), "{said}");
}

#[test]
fn a_byte_order_mark_and_letters_of_any_script_pass() {
    let sandbox = Sandbox::new();
    let request = json!({"cmdlet": "new-azresourcegroup", "parameters":
        {"Name": "g", "Location": "japaneast", "Tag": {"部門": "財務, 経理", "a": "x=y;z"}}});
    let Answer(exit, answer) = sandbox.request(&format!("\u{feff}{request}\r\n"));
    assert_eq!((exit, &answer["error"]), (0, &Value::Null));
    let group = sandbox.object("Get-AzResourceGroup", json!({"Name": "g"}));
    assert_eq!(group["Tags"]["部門"], "財務, 経理");
    assert_eq!(group["Tags"]["a"], "x=y;z");
    let said = sandbox
        .invoke("Get-AzRecoveryServicesVault", json!({"Name": "金庫"}))
        .fails("ResourceNotFound", 3);
    assert!(said.contains("金庫"), "{said}");
    let escaped = "{\"cmdlet\": \"Get-AzRecoveryServicesVault\", \"parameters\": {\"Name\": \"\\u91d1\\u5eab\"}}";
    let said = sandbox.request(escaped).fails("ResourceNotFound", 3);
    assert!(said.contains("金庫"), "{said}");
}

#[test]
fn what_destroys_runs_only_when_the_request_says_it_was_confirmed() {
    let sandbox = Sandbox::new();
    sandbox.prepared();
    let remove = |more: Value| {
        let mut all = json!({"VaultName": "testkeyvault", "Name": "testkey"});
        all.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        sandbox.invoke("Remove-AzKeyVaultKey", all)
    };
    let there = || {
        sandbox
            .run("Get-AzKeyVaultKey -VaultName testkeyvault -Name testkey")
            .exit
            == 0
    };
    let Answer(exit, plan) = remove(json!({"WhatIf": true}));
    assert_eq!(exit, 0);
    assert!(
        plan["whatIf"][0]["target"]
            .as_str()
            .unwrap()
            .contains("testkey"),
        "{plan}"
    );
    assert!(!plan["whatIf"][0]["operation"].as_str().unwrap().is_empty());
    assert!(there());
    for unconfirmed in [json!({}), json!({"Confirm": true}), json!({"Force": false})] {
        remove(unconfirmed).fails("ConfirmationRequired", 2);
        assert!(there());
    }
    // Under -WhatIf every check runs.
    remove(json!({"WhatIf": {"IsPresent": true}, "Name": "nosuch"})).fails("KeyNotFound", 3);
    assert_eq!(remove(json!({"Confirm": false})).0, 0);
    assert!(!there());
}

#[test]
fn warnings_details_and_partial_results_are_in_the_answer() {
    let sandbox = Sandbox::new();
    let (vault, key) = sandbox.prepared();
    let Answer(exit, answer) = sandbox.invoke(
        "Set-AzRecoveryServicesVaultProperty",
        json!({"VaultId": vault, "EncryptionKeyId": key}),
    );
    assert_eq!(exit, 0, "{answer}");
    assert!(
        answer["warnings"][0]
            .as_str()
            .unwrap()
            .contains("testvault"),
        "{answer}"
    );
    // A checklist with a failed line is printed and fails.
    let Answer(exit, answer) = sandbox.invoke(
        "Test-RsvEncryptionReadiness",
        json!({"VaultId": vault, "EncryptionKeyId": format!("{key}0")}),
    );
    assert_ne!(exit, 0);
    assert!(!answer["output"].as_array().unwrap().is_empty(), "{answer}");
    assert!(answer["error"]["message"].is_string());
}

//! Get-AzActivityLog.

use serde_json::Value;

use crate::harness::Sandbox;

const GET: &str = "Get-AzActivityLog";

fn names(event: &Value) -> Vec<&str> {
    event
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect()
}

/// The operations of a list, newest first.
fn operations(sandbox: &Sandbox, filter: &str) -> Vec<String> {
    let list = sandbox.json(&format!("{GET} {filter}"));
    let operation = |event: &Value| event["OperationName"].as_str().unwrap().to_owned();
    list.as_array().unwrap().iter().map(operation).collect()
}

#[test]
fn the_seeds_key_update_stands_in_the_vaults_log_newest_first() {
    let sandbox = Sandbox::new();
    let (vault, key) = sandbox.prepared();
    sandbox.assign(&key);
    let found = operations(&sandbox, &format!("-ResourceId {vault}"));
    let expected = [
        "Microsoft.RecoveryServices/vaults/backupEncryptionConfigs/write",
        "Microsoft.RecoveryServices/vaults/write",
        "Microsoft.RecoveryServices/vaults/write",
    ];
    assert_eq!(found, expected);
    let job = "Get-AzRecoveryServicesBackupJob -VaultId testvault -Query [0].ActivityId";
    let of_job = operations(&sandbox, &format!("-CorrelationId {}", sandbox.ok(job)));
    assert_eq!(of_job, expected[..1]);
}

#[test]
fn a_refusal_is_logged_with_its_code_and_details_say_why() {
    let sandbox = Sandbox::new();
    sandbox.prepared();
    sandbox
        .run("New-AzResourceGroup -Name testrg -Location westeurope")
        .fails("InvalidResourceGroupLocation", 1);
    let brief = sandbox.json(&format!("{GET} -Status failed -Query [0]"));
    let expected = [
        "Authorization",
        "Caller",
        "CorrelationId",
        "Category",
        "EventTimestamp",
        "OperationName",
        "ResourceGroupName",
        "ResourceId",
        "Status",
        "SubscriptionId",
        "SubStatus",
        "PSTypeName",
    ];
    assert_eq!(names(&brief), expected);
    assert_eq!(brief["SubStatus"], "InvalidResourceGroupLocation");
    assert_eq!(brief["ResourceGroupName"], "testrg");
    let all = sandbox.json(&format!("{GET} -MaxRecord 1 -DetailedOutput -Query [0]"));
    assert_eq!(
        names(&all)[..6],
        [
            "Authorization",
            "Claims",
            "HttpRequest",
            "Properties",
            "Level",
            "SubmissionTimestamp"
        ]
    );
    assert_eq!(all["EventDataId"].as_str().unwrap().len(), 36);
    assert_eq!(all["CorrelationId"], brief["CorrelationId"]);
    assert_eq!(all["Level"], "Error");
    let why = all["Properties"]["statusMessage"].as_str().unwrap();
    assert!(why.contains("already exists in location"), "{why}");
}

#[test]
fn filters_choose_and_max_record_keeps_the_newest() {
    let sandbox = Sandbox::new();
    sandbox.prepared();
    sandbox.ok("New-AzResourceGroup -Name other -Location japaneast");
    let all = operations(&sandbox, "");
    assert_eq!(operations(&sandbox, "-MaxRecord 2"), all[..2]);
    assert_eq!(operations(&sandbox, "-ResourceGroup OTHER"), all[..1]);
    let key_vault = sandbox.ok("Get-AzKeyVault -VaultName testkeyvault -Output id");
    let inside = operations(&sandbox, &format!("-ResourceId {key_vault}"));
    assert!(inside.contains(&"Microsoft.KeyVault/vaults/keys/write".to_owned()));
    assert_eq!(
        operations(&sandbox, "-ResourceProvider microsoft.keyvault"),
        inside
    );
    let begun = format!("-ResourceId {}", &key_vault[..key_vault.len() - 1]);
    assert!(operations(&sandbox, &begun).is_empty(), "half a name");
    assert!(operations(&sandbox, "-Caller nobody").is_empty());
    assert_eq!(operations(&sandbox, "-Status Succeeded"), all);
}

#[test]
fn the_window_is_seven_days_and_reaches_back_ninety_at_most() {
    let mut sandbox = Sandbox::new();
    sandbox.ok("Initialize-RsvHome -Rehearsal");
    sandbox.set("RSV_NOW", "2030-01-01T00:00:00Z");
    sandbox.ok("New-AzResourceGroup -Name old -Location japaneast");
    sandbox.set("RSV_NOW", "2030-01-08T00:00:00Z");
    assert_eq!(operations(&sandbox, "").len(), 1, "seven days ago");
    sandbox.set("RSV_NOW", "2030-01-08T00:00:01Z");
    assert_eq!(operations(&sandbox, "").len(), 0, "a second longer ago");
    assert_eq!(operations(&sandbox, "-StartTime 2030-01-01").len(), 1);
    assert_eq!(operations(&sandbox, "-EndTime 2030-01-07").len(), 1);
    sandbox.set("RSV_NOW", "2030-04-01T00:00:00Z");
    assert_eq!(operations(&sandbox, "-StartTime 2030-01-01").len(), 1);
    assert_eq!(operations(&sandbox, "-EndTime 2030-01-03").len(), 1);
    for (window, code) in [
        ("-StartTime 2029-12-31", "RsvStartTimeTooOld"),
        ("-EndTime 2029-12-31", "RsvStartTimeTooOld"),
        ("-StartTime 2030-04-02", "ArgumentException"),
        (
            "-StartTime 2030-03-02 -EndTime 2030-03-01",
            "ArgumentException",
        ),
    ] {
        sandbox.run(&format!("{GET} {window}")).fails(code, 2);
    }
}

#[test]
fn a_name_is_no_resource_id_and_two_filters_do_not_go_together() {
    let sandbox = Sandbox::new();
    sandbox
        .run(&format!("{GET} -ResourceId testvault"))
        .fails("ParameterArgumentTransformationError", 2);
    sandbox
        .run(&format!("{GET} -ResourceGroupName a -ResourceProvider b"))
        .fails("AmbiguousParameterSet", 2);
    sandbox
        .run(&format!("{GET} -MaxRecord 0"))
        .fails("ParameterArgumentTransformationError", 2);
}

#[test]
fn an_edited_log_is_told_not_shown() {
    let sandbox = Sandbox::new();
    for name in ["first", "second", "third"] {
        sandbox.ok(&format!(
            "New-AzResourceGroup -Name {name} -Location japaneast"
        ));
    }
    let path = sandbox.home().join("activity/000001.ndjson");
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains("/second"));
    std::fs::write(&path, text.replacen("/second", "/forged", 1)).unwrap();
    let run = sandbox.run("Get-AzLog");
    assert_eq!(run.stdout, "");
    run.fails("RsvLogDamaged", 4);
}

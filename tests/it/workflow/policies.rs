//! Backup policies: made of objects, changed, refused where they contradict themselves, removed.

use rsvault::domain::{Item, Policy, ProtectionState, Refusal, Resource, Vault, VaultData};
use rsvault::state::Document;
use rsvault::workflow::{DiskChoice, ProtectRequest, check_protect};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::harness::Sandbox;

const NEW: &str = "New-AzRecoveryServicesBackupProtectionPolicy -WorkloadType AzureVM -Name";
const SET: &str = "Set-AzRecoveryServicesBackupProtectionPolicy -Policy";
const GET: &str = "Get-AzRecoveryServicesBackupProtectionPolicy -Name";
const REMOVE: &str = "Remove-AzRecoveryServicesBackupProtectionPolicy -Name";
const SCHEDULE: &str = "Get-AzRecoveryServicesBackupSchedulePolicyObject -WorkloadType AzureVM";
const RETENTION: &str = "Get-AzRecoveryServicesBackupRetentionPolicyObject -WorkloadType AzureVM";

/// A prepared vault in the context.
fn prepared() -> Sandbox {
    let mut sandbox = Sandbox::new();
    sandbox.prepared();
    sandbox.set("RSV_VAULT", "testvault");
    sandbox
}

fn put(sandbox: &Sandbox, file: &str, value: &Value) {
    sandbox.write(file, value.to_string().as_bytes());
}

#[test]
fn a_policy_is_made_of_edited_objects_and_shows_them() {
    let sandbox = prepared();
    let mut schedule = sandbox.json(SCHEDULE);
    schedule["ScheduleRunTimes"] = json!(["2027-01-01T05:30:00Z"]);
    let mut retention = sandbox.json(RETENTION);
    retention["DailySchedule"]["DurationCountInDays"] = json!(60);
    put(&sandbox, "s.json", &schedule);
    put(&sandbox, "r.json", &retention);
    let made = sandbox.json(&format!(
        "{NEW} NewPolicy -SchedulePolicy @s.json -RetentionPolicy @r.json"
    ));
    assert_eq!(
        made["RetentionPolicy"]["DailySchedule"]["DurationCountInDays"],
        60
    );
    let time = "2027-01-01T05:30:00Z";
    assert_eq!(made["SchedulePolicy"]["ScheduleRunTimes"][0], time);
    assert_eq!(
        made["RetentionPolicy"]["YearlySchedule"]["RetentionTimes"][0],
        time
    );
    assert_eq!(sandbox.json(&format!("{GET} newpolicy")), made);
    let all = sandbox.json("Get-AzRecoveryServicesBackupProtectionPolicy -WorkloadType AzureVM");
    assert_eq!(all.as_array().unwrap().len(), 2);
    let table = sandbox.ok("Get-AzRecoveryServicesBackupProtectionPolicy");
    assert!(
        table.contains("BackupTime") && table.contains("DefaultPolicy"),
        "{table}"
    );
    sandbox
        .run(&format!("{NEW} newpolicy"))
        .fails("RsvPolicyExists", 1);
    sandbox
        .run(&format!("{GET} none"))
        .fails("ResourceNotFound", 3);
}

#[test]
fn a_weekly_policy_takes_its_days_into_retention() {
    let sandbox = prepared();
    let mut schedule = sandbox.json(&format!("{SCHEDULE} -ScheduleRunFrequency Weekly"));
    schedule["ScheduleRunDays"] = json!(["Monday", "Friday"]);
    put(&sandbox, "s.json", &schedule);
    let made = sandbox.json(&format!("{NEW} weekly -SchedulePolicy @s.json"));
    let retention = &made["RetentionPolicy"];
    assert_eq!(retention["IsDailyScheduleEnabled"], false);
    assert_eq!(
        retention["WeeklySchedule"]["DaysOfTheWeek"],
        json!(["Monday", "Friday"])
    );
    put(&sandbox, "r.json", &sandbox.json(RETENTION));
    sandbox
        .run(&format!(
            "{NEW} other -SchedulePolicy @s.json -RetentionPolicy @r.json"
        ))
        .fails("ArgumentException", 2);
    sandbox
        .run(&format!("{SCHEDULE} -ScheduleRunFrequency Hourly"))
        .fails("RsvEnhancedPolicyUnsupported", 2);
}

#[test]
fn values_out_of_range_get_azures_texts() {
    let sandbox = prepared();
    let says = |words: String, text: &str| {
        let said = sandbox.run(&words).fails("ArgumentException", 2);
        assert!(said.contains(text), "{said}");
    };
    for time in ["2027-01-01T05:31:00Z", "2027-01-01T05:30:01Z"] {
        let mut schedule = sandbox.json(SCHEDULE);
        schedule["ScheduleRunTimes"] = json!([time]);
        put(&sandbox, "s.json", &schedule);
        says(
            format!("{NEW} abc -SchedulePolicy @s.json"),
            "multiples of 30 Mins",
        );
    }
    let mut retention = sandbox.json(RETENTION);
    retention["DailySchedule"]["DurationCountInDays"] = json!(6);
    put(&sandbox, "r.json", &retention);
    says(
        format!("{NEW} abc -RetentionPolicy @r.json"),
        "RetentionDuration in Days should be from 7 - 9999",
    );
    says(format!("{NEW} ab"), "between 3 and 150 characters");
    says(format!("{NEW} 1abc"), "cannot start with a number");
    says(format!("{SET} DefaultPolicy"), "nothing to update");
}

#[test]
fn changing_a_policy_in_use_makes_a_job_for_each_item() {
    let sandbox = prepared();
    sandbox.write("os.img", &[7; 70_000]);
    sandbox.protect("os.img", &[]);
    let mut retention = sandbox.json(RETENTION);
    retention["SnapshotRetentionInDays"] = json!(2);
    put(&sandbox, "r.json", &retention);
    let set = sandbox.run(&format!(
        "{SET} DefaultPolicy -RetentionPolicy @r.json -Output json"
    ));
    let jobs: Value = serde_json::from_str(&set.ok()).unwrap();
    assert_eq!(jobs[0]["Operation"], "ConfigureBackup");
    assert_eq!(jobs[0]["WorkloadName"], "V2VM");
    let policy = sandbox.json(&format!("{GET} DefaultPolicy"));
    assert_eq!(policy["SnapshotRetentionInDays"], 2);
    assert_eq!(policy["ProtectedItemsCount"], 1);
}

#[test]
fn r126_an_immutable_vault_refuses_less_retention_but_takes_more() {
    let sandbox = prepared();
    sandbox.ok("Update-AzRecoveryServicesVault -VaultId testvault -ImmutabilityState Unlocked");
    let retention = |days: u32| {
        put(
            &sandbox,
            "r.json",
            &json!({"IsDailyScheduleEnabled": true, "DailySchedule": {"DurationCountInDays": days}}),
        );
        sandbox.run(&format!("{SET} DefaultPolicy -RetentionPolicy @r.json"))
    };
    retention(29).fails("RsvVaultImmutable", 1);
    retention(31).ok();
    retention(30).fails("RsvVaultImmutable", 1);
    // Another time is no less retention.
    put(&sandbox, "s.json", &sandbox.json(SCHEDULE));
    sandbox.ok(&format!("{SET} DefaultPolicy -SchedulePolicy @s.json"));
    // A policy that keeps less is none that an item may go to.
    put(
        &sandbox,
        "r.json",
        &json!({"IsDailyScheduleEnabled": true, "DailySchedule": {"DurationCountInDays": 7}}),
    );
    sandbox.ok(&format!("{NEW} short -RetentionPolicy @r.json"));
    sandbox.write("os.img", &[7; 70_000]);
    sandbox.protect("os.img", &[]);
    sandbox
        .run("Enable-AzRecoveryServicesBackupProtection -Item V2VM -Policy short")
        .fails("RsvVaultImmutable", 1);
}

#[test]
fn a_policy_in_use_cannot_be_removed() {
    let sandbox = prepared();
    sandbox.ok(&format!("{NEW} other"));
    sandbox.write("os.img", &[7; 70_000]);
    sandbox.protect("os.img", &[]);
    sandbox
        .run(&format!("{REMOVE} DefaultPolicy"))
        .fails("RsvPolicyInUse", 1);
    sandbox.ok("Enable-AzRecoveryServicesBackupProtection -Item V2VM -Policy other");
    let gone = sandbox.json(&format!("{REMOVE} DefaultPolicy -PassThru"));
    assert_eq!(gone["Name"], "DefaultPolicy");
    sandbox
        .run(&format!("{GET} DefaultPolicy"))
        .fails("ResourceNotFound", 3);
}

fn item(number: u128, policy: &str) -> Item {
    Item {
        uuid: Uuid::from_u128(number),
        machine: format!("/machine/{number}"),
        machine_group: "testrg".into(),
        machine_name: format!("vm{number}"),
        policy: policy.into(),
        state: ProtectionState::Protected,
        included_luns: None,
        excluded_luns: Vec::new(),
        last_backup_status: None,
        last_backup_time: None,
        head: None,
        snapshots: Vec::new(),
        soft_deleted: None,
    }
}

#[test]
fn r94_a_policy_takes_a_hundred_machines_and_no_more() {
    let base = Resource {
        subscription: Uuid::nil(),
        group: "testrg".into(),
        name: "testvault".into(),
        location: "japaneast".into(),
        tags: Default::default(),
        created: jiff::Timestamp::UNIX_EPOCH,
    };
    let data = VaultData {
        owner: Uuid::nil(),
        path: None,
        repository: "e1".into(),
        domain: Uuid::nil(),
        epoch: 1,
        wrap: String::new(),
        older: Vec::new(),
    };
    let mut vault = Vault::new(base, data);
    vault.policies.push(Policy {
        name: "other".into(),
        ..Policy::default_policy()
    });
    vault.items = (0..99).map(|n| item(n, "DefaultPolicy")).collect();
    vault.items.push(item(500, "other"));
    let id = vault.arm_id();
    let mut state = Document::new(Uuid::nil(), Uuid::nil(), Uuid::nil());
    state.vaults.put(vault);
    let moves = |state: &Document, item: &Item| {
        let request = ProtectRequest::modify(item, "DefaultPolicy", DiskChoice::Unchanged);
        check_protect(state, &id, &request, Uuid::nil())
    };
    moves(&state, &item(500, "other")).unwrap();
    let vault = state.vaults.get_mut(&id).unwrap();
    vault.items.push(item(99, "DefaultPolicy"));
    let refused = moves(&state, &item(500, "other")).unwrap_err();
    assert_eq!(
        refused.downcast_ref::<Refusal>().unwrap().code,
        "RsvPolicyFull"
    );
    // One of the hundred may still be changed.
    moves(&state, &item(7, "DefaultPolicy")).unwrap();
}

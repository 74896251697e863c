//! Get-AzRecoveryServicesBackupProtectionPolicy.

use crate::harness::Sandbox;

const GET: &str = "Get-AzRecoveryServicesBackupProtectionPolicy";

#[test]
fn a_new_vault_has_the_default_policy_daily_for_thirty_days() {
    let sandbox = Sandbox::new();
    let (vault, _) = sandbox.prepared();
    let policy = sandbox.json(&format!("{GET} defaultpolicy -VaultId testvault"));
    assert_eq!(policy["Name"], "DefaultPolicy");
    assert_eq!(
        policy["Id"],
        format!("{vault}/backupPolicies/DefaultPolicy")
    );
    let schedule = &policy["SchedulePolicy"];
    assert_eq!(schedule["ScheduleRunFrequency"], "Daily");
    let time = schedule["ScheduleRunTimes"][0].as_str().unwrap();
    let moment: jiff::Timestamp = time.parse().unwrap();
    assert_eq!(moment.as_second() % 86_400, 17 * 3_600, "{time}");
    let retention = &policy["RetentionPolicy"];
    assert_eq!(retention["DailySchedule"]["DurationCountInDays"], 30);
    assert_eq!(retention["DailySchedule"]["RetentionTimes"][0], time);
    assert_eq!(policy["SnapshotRetentionInDays"], 0);
    assert_eq!(policy["ProtectedItemsCount"], 0);
    let table = sandbox.ok(&format!("{GET} -VaultId testvault"));
    let heading: Vec<_> = table.lines().nth(1).unwrap().split_whitespace().collect();
    let o9 = [
        "Name",
        "WorkloadType",
        "BackupManagementType",
        "BackupTime",
        "DaysOfWeek",
    ];
    assert_eq!(heading, o9);
}

#[test]
fn an_unknown_policy_is_not_found_and_filters_leave_others_out() {
    let sandbox = Sandbox::new();
    sandbox.prepared();
    let text = sandbox
        .run(&format!("{GET} nosuch -VaultId testvault"))
        .fails("ResourceNotFound", 3);
    assert!(
        text.contains("Backup Policy not found with name: nosuch"),
        "{text}"
    );
    let count = |filter: &str| {
        let list = sandbox.json(&format!("{GET} {filter} -VaultId testvault"));
        list.as_array().unwrap().len()
    };
    assert_eq!(
        count("-WorkloadType AzureVM -BackupManagementType AzureVM"),
        1
    );
    assert_eq!(
        count("-PolicySubType Standard -IsArchiveSmartTieringEnabled false"),
        1
    );
    assert_eq!(count("-WorkloadType MSSQL"), 0);
    assert_eq!(count("-PolicySubType Enhanced"), 0);
    assert_eq!(count("-IsArchiveSmartTieringEnabled true"), 0);
    sandbox
        .run(&format!(
            "{GET} -BackupManagementType AzureVM -VaultId testvault"
        ))
        .fails("MissingMandatoryParameter", 2);
}

#[test]
fn the_printed_policy_protects_a_machine_and_counts_it() {
    let sandbox = Sandbox::new();
    sandbox.prepared();
    sandbox.write("os.img", &[7; 4096]);
    sandbox
        .ok("New-AzVM -ResourceGroupName testrg -Name V2VM -Location japaneast -OSDiskPath os.img");
    let policy = sandbox.ok(&format!("{GET} -VaultId testvault -Output json"));
    sandbox
        .run_with(
            "Enable-AzRecoveryServicesBackupProtection -Policy - -Name V2VM -ResourceGroupName testrg -VaultId testvault",
            &policy,
        )
        .ok();
    let count = format!("{GET} DefaultPolicy -VaultId testvault -Query ProtectedItemsCount");
    assert_eq!(sandbox.ok(&count), "1");
}

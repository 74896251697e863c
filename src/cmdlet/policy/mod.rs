//! Backup policies (reference 3.13).

mod get;

use jiff::tz::TimeZone;
use serde_json::{Value, json};

use crate::cmdlet::registry::{Row, row};
use crate::domain::{Policy, Vault};
use crate::output::{Column, Form, View};

/// This noun's cmdlets.
pub(super) static ROWS: &[Row] = &[row::<get::Get>()];

/// PowerShell's type name of a policy for virtual machines.
pub(super) const TYPE: &str =
    "Microsoft.Azure.Commands.RecoveryServices.Backup.Cmdlets.Models.AzureVmPolicy";

/// M-9, O-9.
static VIEW: View = View {
    type_name: TYPE,
    form: Form::Table,
    table: &[
        Column {
            header: "Name",
            path: "Name",
        },
        Column {
            header: "WorkloadType",
            path: "WorkloadType",
        },
        Column {
            header: "BackupManagementType",
            path: "BackupManagementType",
        },
        Column {
            header: "BackupTime",
            path: "SchedulePolicy.ScheduleRunTimes",
        },
        Column {
            header: "DaysOfWeek",
            path: "SchedulePolicy.ScheduleRunDays",
        },
    ],
    list: &[],
};

/// AzureVmPolicy (M-9) with its schedule and retention (M-10).
fn view(vault: &Vault, policy: &Policy) -> Value {
    let times = run_times(vault, policy);
    let users = vault
        .items
        .iter()
        .filter(|item| item.policy.eq_ignore_ascii_case(&policy.name));
    json!({
        "SnapshotRetentionInDays": policy.snapshot_retention_days,
        "ProtectedItemsCount": users.count(),
        "AzureBackupRGName": null,
        "AzureBackupRGNameSuffix": null,
        "PolicySubType": "Standard",
        "TieringPolicy": null,
        "SnapshotConsistencyType": null,
        "SchedulePolicy": {
            "ScheduleRunFrequency": "Daily",
            "ScheduleRunDays": null,
            "ScheduleRunTimes": times,
            "ScheduleInterval": null,
            "ScheduleWindowStartTime": null,
            "ScheduleWindowDuration": null,
            "ScheduleRunTimeZone": "UTC",
        },
        "RetentionPolicy": {
            "IsVaultTierEnabled": null,
            "IsDailyScheduleEnabled": true,
            "IsWeeklyScheduleEnabled": false,
            "IsMonthlyScheduleEnabled": false,
            "IsYearlyScheduleEnabled": false,
            "SnapshotRetentionInDays": policy.snapshot_retention_days,
            "DailySchedule": {
                "DurationCountInDays": policy.daily_retention_days,
                "RetentionTimes": times,
                "BackupManagementType": "AzureVM",
            },
            "WeeklySchedule": null,
            "MonthlySchedule": null,
            "YearlySchedule": null,
            "BackupManagementType": "AzureVM",
        },
        "Name": policy.name,
        "WorkloadType": "AzureVM",
        "Id": format!("{}/backupPolicies/{}", vault.arm_id(), policy.name),
        "BackupManagementType": "AzureVM",
    })
}

/// The daily run as PowerShell shows it: a whole point in time of which only the time of day
/// counts. The day is the one the vault was made on.
fn run_times(vault: &Vault, policy: &Policy) -> Vec<String> {
    let day = TimeZone::UTC.to_datetime(vault.base.created).date();
    vec![format!("{day}T{}:00Z", policy.time_of_day)]
}

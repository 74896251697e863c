//! Backup policies and the objects they are made of (reference 3.12-3.17).

mod get;
mod get_retention;
mod get_schedule;
mod new;
mod remove;
mod set;

use anyhow::Result;
use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use crate::cmdlet::registry::{Row, row};
use crate::cmdlet::{Object, ObjectArg, Session, property};
use crate::domain::{Frequency, Policy, Refusal, RetentionPolicy, SchedulePolicy, Vault};
use crate::output::{Column, Form, View};

/// This noun's cmdlets.
pub(super) static ROWS: &[Row] = &[
    row::<new::New>(),
    row::<get::Get>(),
    row::<set::Set>(),
    row::<remove::Remove>(),
    row::<get_schedule::Get>(),
    row::<get_retention::Get>(),
];

/// PowerShell's type name of a policy.
pub(super) const TYPE: &str =
    "Microsoft.Azure.Commands.RecoveryServices.Backup.Cmdlets.Models.AzureVmPolicy";
const SCHEDULE_TYPE: &str =
    "Microsoft.Azure.Commands.RecoveryServices.Backup.Cmdlets.Models.SimpleSchedulePolicy";
const RETENTION_TYPE: &str =
    "Microsoft.Azure.Commands.RecoveryServices.Backup.Cmdlets.Models.LongTermRetentionPolicy";

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

/// AzureVmPolicy (M-9).
fn view(vault: &Vault, policy: &Policy) -> Value {
    let mut schedule = schedule_view(&policy.schedule);
    if policy.schedule.schedule_run_frequency == Frequency::Daily {
        schedule["ScheduleRunDays"] = Value::Null;
    }
    json!({
        "SnapshotRetentionInDays": policy.snapshot_retention_days,
        "ProtectedItemsCount": vault.items_of(&policy.name).count(),
        "AzureBackupRGName": null,
        "AzureBackupRGNameSuffix": null,
        "PolicySubType": "Standard",
        "TieringPolicy": null,
        "SnapshotConsistencyType": null,
        "SchedulePolicy": schedule,
        "RetentionPolicy": retention_view(&policy.retention),
        "Name": policy.name,
        "WorkloadType": "AzureVM",
        "Id": format!("{}/backupPolicies/{}", vault.arm_id(), policy.name),
        "BackupManagementType": "AzureVM",
    })
}

/// SimpleSchedulePolicy (M-10).
fn schedule_view(schedule: &SchedulePolicy) -> Value {
    json!({
        "ScheduleRunFrequency": schedule.schedule_run_frequency,
        "ScheduleRunDays": schedule.schedule_run_days,
        "ScheduleRunTimes": schedule.schedule_run_times,
        "ScheduleInterval": null,
        "ScheduleWindowStartTime": null,
        "ScheduleWindowDuration": null,
        "ScheduleRunTimeZone": "UTC",
    })
}

/// LongTermRetentionPolicy (M-10).
fn retention_view(retention: &RetentionPolicy) -> Value {
    json!({
        "IsVaultTierEnabled": true,
        "IsDailyScheduleEnabled": retention.is_daily_schedule_enabled,
        "IsWeeklyScheduleEnabled": retention.is_weekly_schedule_enabled,
        "IsMonthlyScheduleEnabled": retention.is_monthly_schedule_enabled,
        "IsYearlyScheduleEnabled": retention.is_yearly_schedule_enabled,
        "SnapshotRetentionInDays": null,
        "DailySchedule": retention.daily_schedule,
        "WeeklySchedule": retention.weekly_schedule,
        "MonthlySchedule": retention.monthly_schedule,
        "YearlySchedule": retention.yearly_schedule,
        "BackupManagementType": "AzureVM",
    })
}

/// The name of the policy an object parameter names.
pub(super) fn name(session: &Session, arg: &ObjectArg) -> Result<String> {
    let object = session.object("Policy", arg, &[TYPE])?;
    let text = object.text("Policy", &["Name"])?;
    Ok(text.rsplit('/').next().unwrap_or_default().to_owned())
}

/// Which workload a policy is for: machines, here.
#[derive(Debug, Args)]
struct WorkloadArgs {
    /// Kind of workload
    #[arg(long, alias = "0", ignore_case = true, value_parser = ["AzureVM", "AzureFiles", "MSSQL"])]
    workload_type: String,
    /// Kind of management
    #[arg(long, alias = "1", ignore_case = true,
        value_parser = ["AzureVM", "AzureStorage", "AzureWorkload"])]
    backup_management_type: Option<String>,
}

impl WorkloadArgs {
    fn check(&self) -> Result<(), Refusal> {
        let management = self.backup_management_type.as_deref().unwrap_or("AzureVM");
        check_workload(&self.workload_type, management)
    }
}

/// Other kinds exist in Azure; a vault here protects machines only.
fn check_workload(workload: &str, management: &str) -> Result<(), Refusal> {
    match [workload, management]
        .into_iter()
        .find(|word| !word.eq_ignore_ascii_case("AzureVM"))
    {
        None => Ok(()),
        Some(other) => Err(Refusal::usage(
            "RsvWorkloadUnsupported",
            format!("{other} is not in rsv yet: policies are for AzureVM."),
        )),
    }
}

/// How often a policy runs, as it is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "PascalCase")]
enum Runs {
    /// Every day
    Daily,
    /// Several times a day; needs an enhanced policy, which is not in rsv yet
    Hourly,
    /// On some days of the week
    Weekly,
}

impl Runs {
    fn frequency(self) -> Result<Frequency, Refusal> {
        match self {
            Self::Daily => Ok(Frequency::Daily),
            Self::Weekly => Ok(Frequency::Weekly),
            Self::Hourly => Err(not_enhanced()),
        }
    }
}

fn not_enhanced() -> Refusal {
    Refusal::usage(
        "RsvEnhancedPolicyUnsupported",
        "Hourly schedules need an enhanced policy, and those are not in rsv yet.",
    )
}

/// Reads a schedule or retention object.
fn read<T: serde::de::DeserializeOwned>(
    session: &Session,
    name: &str,
    arg: &ObjectArg,
    kind: &str,
) -> Result<(T, Value)> {
    let Object::Json(value) = session.object(name, arg, &[kind])? else {
        let text = format!("-{name} needs an object, not a name.");
        return Err(Refusal::usage("RsvWrongKind", text)
            .hint("Give what the …PolicyObject cmdlet prints with -Output json.")
            .into());
    };
    let read = serde_json::from_value(value.clone()).map_err(|error| {
        Refusal::usage(
            "RsvNotJson",
            format!("Cannot read an object for -{name}: {error}."),
        )
    })?;
    Ok((read, value))
}

/// What -SchedulePolicy and -RetentionPolicy say.
#[derive(Debug, Args)]
struct PartsArgs {
    /// How long recovery points are kept: JSON object, @file or -
    #[arg(long, alias = "4")]
    retention_policy: Option<ObjectArg>,
    /// When backups run: JSON object, @file or -
    #[arg(long, alias = "5")]
    schedule_policy: Option<ObjectArg>,
}

/// The parts, read.
struct Parts {
    schedule: Option<SchedulePolicy>,
    retention: Option<RetentionPolicy>,
    snapshot_days: Option<u32>,
}

impl PartsArgs {
    fn read(&self, session: &Session) -> Result<Parts> {
        let mut parts = Parts {
            schedule: None,
            retention: None,
            snapshot_days: None,
        };
        if let Some(arg) = &self.schedule_policy {
            let (schedule, value) = read(session, "SchedulePolicy", arg, SCHEDULE_TYPE)?;
            let zone = property(&value, "ScheduleRunTimeZone").and_then(Value::as_str);
            if zone.is_some_and(|z| !z.eq_ignore_ascii_case("UTC")) {
                let text = "Schedules run in UTC: ScheduleRunTimeZone cannot be another one.";
                return Err(Refusal::usage("ArgumentException", text).into());
            }
            parts.schedule = Some(schedule);
        }
        if let Some(arg) = &self.retention_policy {
            let (retention, value) = read(session, "RetentionPolicy", arg, RETENTION_TYPE)?;
            parts.snapshot_days = snapshot_days(&value)?;
            parts.retention = Some(retention);
        }
        Ok(parts)
    }
}

/// `SnapshotRetentionInDays` of an object, if it says one.
fn snapshot_days(value: &Value) -> Result<Option<u32>, Refusal> {
    match property(value, "SnapshotRetentionInDays") {
        None | Some(Value::Null) => Ok(None),
        Some(days) => match days.as_u64().and_then(|n| u32::try_from(n).ok()) {
            Some(days) => Ok(Some(days)),
            None => Err(Refusal::usage(
                "ArgumentException",
                "SnapshotRetentionInDays is a number of days.",
            )),
        },
    }
}

/// Why tiers and snapshot groups are refused.
const NO_ARCHIVE: &str = "there is no archive tier in rsv";
const NO_GROUP: &str = "local snapshots lie in the home, not in a resource group";
const ONE_CONSISTENCY: &str = "backups here are crash-consistent: the image is read as it is";

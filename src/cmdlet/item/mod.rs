//! Protected machines (reference 3.2-3.5, 3.20).

mod backup;
mod disable;
mod enable;
mod get;
mod undo_deletion;

use anyhow::Result;
use serde_json::{Value, json};

use crate::cmdlet::registry::{Row, row};
use crate::cmdlet::{ObjectArg, Session};
use crate::domain::{Item, Refusal, SoftDeleted, Vault};
use crate::output::{Column, Form, View};

/// This noun's cmdlets.
pub(super) static ROWS: &[Row] = &[
    row::<get::Get>(),
    row::<enable::Enable>(),
    row::<backup::Backup>(),
    row::<disable::Disable>(),
    row::<undo_deletion::Undo>(),
];

/// PowerShell's type name of an item.
pub(super) const TYPE: &str =
    "Microsoft.Azure.Commands.RecoveryServices.Backup.Cmdlets.Models.AzureVmItem";

/// M-6, O-8.
static VIEW: View = View {
    type_name: TYPE,
    form: Form::Table,
    table: &[
        Column {
            header: "Name",
            path: "Name",
        },
        Column {
            header: "ContainerType",
            path: "ContainerType",
        },
        Column {
            header: "ContainerUniqueName",
            path: "ContainerName",
        },
        Column {
            header: "WorkloadType",
            path: "WorkloadType",
        },
        Column {
            header: "ProtectionStatus",
            path: "ProtectionStatus",
        },
        Column {
            header: "HealthStatus",
            path: "HealthStatus",
        },
        Column {
            header: "DeleteState",
            path: "DeleteState",
        },
    ],
    list: &[],
};

/// AzureVmItem (M-6); `ExtendedInfo` only where the item was asked for by name.
fn view(vault: &Vault, item: &Item, extended: Option<&Value>) -> Value {
    let deleted = item.soft_deleted.as_ref();
    let failed = item.last_backup_status.as_deref() == Some("Failed");
    json!({
        "VirtualMachineId": item.machine,
        "HealthStatus": if failed { "ActionRequired" } else { "Passed" },
        "IsInclusionList": item.included_luns.as_ref().map(|_| true),
        "DiskLunList": item.included_luns.as_ref().unwrap_or(&item.excluded_luns),
        "ProtectionStatus": if failed { "Unhealthy" } else { "Healthy" },
        "PolicyId": format!("{}/backupPolicies/{}", vault.arm_id(), item.policy),
        "ProtectionState": item.state.text(),
        "LastBackupStatus": item.last_backup_status,
        "LastBackupTime": item.last_backup_time,
        "ProtectionPolicyName": item.policy,
        "ExtendedInfo": extended,
        "DateOfPurge": deleted.map(SoftDeleted::purge),
        "DeleteState": item.delete_state(),
        "IsArchiveEnabled": false,
        "SoftDeleteRetentionPeriodInDays": deleted.map(|d| d.retention_days),
        "IsScheduledForDeferredDelete": deleted.is_some(),
        "DeferredDeleteTimeInUtc": deleted.map(|d| d.at),
        "Name": item.name(),
        "Id": item.arm_id(vault),
        "LatestRecoveryPoint": item.head.as_ref().and_then(|head| head.time),
        "SourceResourceId": item.machine,
        "WorkloadType": "AzureVM",
        "ContainerName": item.container_name(),
        "ContainerType": "AzureVM",
        "BackupManagementType": "AzureVM",
    })
}

/// The item an object parameter names: by its `Name` or `Id`, or by the machine's name.
pub(super) fn item<'a>(session: &Session, vault: &'a Vault, arg: &ObjectArg) -> Result<&'a Item> {
    let object = session.object("Item", arg, &[TYPE])?;
    let text = object.text("Item", &["Id", "Name"])?;
    vault.item(text).or_else(|missing| {
        let of_machine = |i: &&Item| i.machine_name.eq_ignore_ascii_case(text);
        let found: Vec<&Item> = vault.items.iter().filter(of_machine).collect();
        match found.as_slice() {
            [] => Err(missing.into()),
            [only] => Ok(*only),
            several => {
                let names: Vec<String> = several.iter().map(|i| i.name()).collect();
                Err(Refusal::usage(
                    "RsvAmbiguousName",
                    format!("Several backup items are of a machine '{text}'."),
                )
                .hint(format!("Give one of: '{}'.", names.join("', '")))
                .into())
            }
        }
    })
}

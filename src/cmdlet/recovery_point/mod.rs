//! Recovery points (reference 3.6, 3.7).

mod get;
mod restore;

use serde_json::{Value, json};

use crate::cmdlet::registry::{Row, row};
use crate::domain::{Item, Vault};
use crate::output::{Column, Form, View};
use crate::workflow::RecoveryPoint;

/// This noun's cmdlets.
pub(super) static ROWS: &[Row] = &[row::<get::Get>(), row::<restore::Restore>()];

const TYPE: &str =
    "Microsoft.Azure.Commands.RecoveryServices.Backup.Cmdlets.Models.AzureVmRecoveryPoint";

/// M-7, O-6.
static VIEW: View = View {
    type_name: TYPE,
    form: Form::Table,
    table: &[
        Column {
            header: "RecoveryPointId",
            path: "RecoveryPointId",
        },
        Column {
            header: "RecoveryPointType",
            path: "RecoveryPointType",
        },
        Column {
            header: "RecoveryPointTime",
            path: "RecoveryPointTime",
        },
        Column {
            header: "ContainerName",
            path: "ContainerName",
        },
        Column {
            header: "ContainerType",
            path: "ContainerType",
        },
    ],
    list: &[],
};

/// AzureVmRecoveryPoint (M-7) of an item's points.
fn view(vault: &Vault, item: &Item) -> impl Fn(&RecoveryPoint) -> Value {
    let (name, container, id) = (item.name(), item.container_name(), item.arm_id(vault));
    move |point| {
        let label = &point.label;
        json!({
            "RecoveryPointAdditionalInfo": "",
            "SourceVMStorageType": "NormalStorage",
            "SourceResourceId": label.source_resource_id,
            "EncryptionEnabled": label.guest_encrypted,
            "IlrSessionActive": false,
            "IsManagedVirtualMachine": true,
            "KeyAndSecretDetails": null,
            "OriginalSAEnabled": false,
            "Zones": null,
            "RecoveryPointTier": point.tier(),
            "RehydrationExpiryTime": null,
            "SnapshotExpiryTime": point.snapshot.as_ref().map(|s| s.expires),
            "RecoveryPointExpiryTime": point.kept_until,
            "RecoveryPointType": label.kind,
            "RecoveryPointTime": point.time,
            "RecoveryPointId": label.recovery_point_id,
            "ItemName": name,
            "Id": format!("{}/recoveryPoints/{}", id, label.recovery_point_id),
            "WorkloadType": "AzureVM",
            "ContainerName": container,
            "ContainerType": "AzureVM",
            "BackupManagementType": "AzureVM",
        })
    }
}

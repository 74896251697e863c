//! Managed disks: what restores make, what encrypts them, who may read them (reference 5.7-5.11).

mod get;
mod grant_access;
mod new_update_config;
mod remove;
mod revoke_access;
mod update;

use anyhow::Result;
use clap::Args;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::cmdlet::Session;
use crate::cmdlet::registry::{Row, row};
use crate::domain::{Disk, ResourceId, Tagged};
use crate::output::{Column, Form, View};

/// This noun's cmdlets.
pub(super) static ROWS: &[Row] = &[
    row::<get::Get>(),
    row::<new_update_config::New>(),
    row::<update::Update>(),
    row::<remove::Remove>(),
    row::<grant_access::Grant>(),
    row::<revoke_access::Revoke>(),
];

/// PowerShell's type name of a managed disk.
pub(super) const TYPE: &str = "Microsoft.Azure.Commands.Compute.Automation.Models.PSDisk";

/// PowerShell's type name of a change of a managed disk.
const UPDATE_TYPE: &str = "Microsoft.Azure.Commands.Compute.Automation.Models.PSDiskUpdate";

/// M-15, O-15.
static VIEW: View = View {
    type_name: TYPE,
    form: Form::Auto,
    table: &[
        Column {
            header: "Name",
            path: "Name",
        },
        Column {
            header: "ResourceGroupName",
            path: "ResourceGroupName",
        },
        Column {
            header: "DiskSizeBytes",
            path: "DiskSizeBytes",
        },
        Column {
            header: "DiskState",
            path: "DiskState",
        },
        Column {
            header: "EncryptionType",
            path: "Encryption.Type",
        },
        Column {
            header: "DiskEncryptionSetId",
            path: "Encryption.DiskEncryptionSetId",
        },
    ],
    list: &[],
};

/// Bytes in what Azure calls a GB of disk.
const GB: u64 = 1 << 30;

/// PSDisk (M-15) at a time; what no restored disk has is null.
fn view(disk: &Disk, now: Timestamp) -> Value {
    json!({
        "ResourceGroupName": disk.base.group,
        "ManagedBy": null,
        "Sku": null,
        "Zones": null,
        "TimeCreated": disk.base.created,
        "OsType": disk.os_type,
        "HyperVGeneration": null,
        "CreationData": {"CreateOption": "Restore", "SourceResourceId": disk.source},
        "DiskSizeGB": disk.size_bytes.div_ceil(GB),
        "DiskSizeBytes": disk.size_bytes,
        "UniqueId": disk.unique(),
        "EncryptionSettingsCollection": null,
        "ProvisioningState": "Succeeded",
        "DiskIOPSReadWrite": null,
        "DiskMBpsReadWrite": null,
        "DiskState": disk.state(now),
        "Encryption": {
            "DiskEncryptionSetId": disk.encryption.disk_encryption_set,
            "Type": disk.encryption.type_name(),
        },
        "Id": disk.id().to_string(),
        "Name": disk.base.name,
        "Type": Disk::KIND.type_name(),
        "Location": disk.base.location,
        "Tags": disk.base.tags,
    })
}

/// The one disk a cmdlet is about.
#[derive(Debug, Args)]
pub(super) struct DiskArgs {
    /// Resource group
    #[arg(long, alias = "0")]
    resource_group_name: String,
    /// Name of the disk
    #[arg(long, alias = "1", alias = "Name")]
    disk_name: String,
}

impl DiskArgs {
    fn id(&self, session: &Session) -> Result<ResourceId> {
        let disks = &session.document().disks;
        let group = Some(self.resource_group_name.as_str());
        Ok(disks
            .one(session.subscription(), group, &self.disk_name)?
            .id())
    }
}

//! Virtual machines: disk images on this machine that can be backed up.

mod get;
mod new;
mod remove;

use serde_json::{Value, json};

use crate::cmdlet::registry::{Row, row};
use crate::domain::{Tagged, VirtualMachine, VmDisk};
use crate::output::{Column, Form, View};

/// This noun's cmdlets.
pub(super) static ROWS: &[Row] = &[
    row::<new::New>(),
    row::<get::Get>(),
    row::<remove::Remove>(),
];

/// PowerShell's type name of a virtual machine.
pub(super) const TYPE: &str = "Microsoft.Azure.Commands.Compute.Models.PSVirtualMachine";

static VIEW: View = View {
    type_name: TYPE,
    form: Form::Auto,
    table: &[
        Column {
            header: "ResourceGroupName",
            path: "ResourceGroupName",
        },
        Column {
            header: "Name",
            path: "Name",
        },
        Column {
            header: "Location",
            path: "Location",
        },
    ],
    list: &[],
};

/// PSVirtualMachine as far as rsv knows one, then what only rsv knows.
fn view(machine: &VirtualMachine) -> Value {
    let set = machine.disk_encryption_set.as_ref();
    let managed = set.map(|id| json!({"DiskEncryptionSet": {"Id": id}}));
    let data_disk = |(lun, data): (usize, &VmDisk)| {
        let VmDisk { name, path } = data;
        json!({"Lun": lun, "Name": name, "Path": path, "ManagedDisk": managed})
    };
    let VmDisk { name, path } = &machine.os_disk;
    let os_disk = json!({"Name": name, "Path": path, "ManagedDisk": managed});
    json!({
        "ResourceGroupName": machine.base.group,
        "Id": machine.id().to_string(),
        "Name": machine.base.name,
        "Type": VirtualMachine::KIND.type_name(),
        "Location": machine.base.location,
        "Tags": machine.base.tags,
        "ProvisioningState": "Succeeded",
        "StorageProfile": {
            "OsDisk": os_disk,
            "DataDisks": machine.data_disks.iter().enumerate().map(data_disk).collect::<Vec<_>>(),
        },
        "TimeCreated": machine.base.created,
        "EncryptionEnabled": machine.guest_encrypted,
        "Classic": machine.classic,
    })
}

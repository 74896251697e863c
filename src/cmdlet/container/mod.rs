//! Registered containers (reference 3.1, 3.21, 3.22): one per protected machine.

mod get;
mod register;
mod unregister;

use anyhow::Result;
use serde_json::{Value, json};

use crate::cmdlet::registry::{Row, row};
use crate::cmdlet::{ObjectArg, Session};
use crate::domain::Item;
use crate::output::{Column, Form, View};

/// This noun's cmdlets.
pub(super) static ROWS: &[Row] = &[
    row::<get::Get>(),
    row::<register::Register>(),
    row::<unregister::Unregister>(),
];

const TYPE: &str =
    "Microsoft.Azure.Commands.RecoveryServices.Backup.Cmdlets.Models.AzureVmContainer";

/// M-5, O-7.
static VIEW: View = View {
    type_name: TYPE,
    form: Form::Table,
    table: &[
        Column {
            header: "FriendlyName",
            path: "FriendlyName",
        },
        Column {
            header: "ResourceGroupName",
            path: "ResourceGroupName",
        },
        Column {
            header: "Status",
            path: "Status",
        },
        Column {
            header: "ContainerType",
            path: "ContainerType",
        },
    ],
    list: &[],
};

/// AzureVmContainer (M-5).
fn view(item: &Item) -> Value {
    json!({
        "ResourceGroupName": item.machine_group,
        "FriendlyName": item.machine_name,
        "Status": "Registered",
        "Name": item.container_name(),
        "ContainerType": "AzureVM",
        "BackupManagementType": "AzureVM",
    })
}

/// The name of the container an object parameter names.
pub(super) fn name(session: &Session, arg: &ObjectArg) -> Result<String> {
    let object = session.object("Container", arg, &[TYPE])?;
    Ok(object.text("Container", &["Name"])?.to_owned())
}

//! Storage accounts: named folders where a restore puts a machine's configuration.

mod get;
mod new;

use serde_json::{Value, json};

use crate::cmdlet::registry::{Row, row};
use crate::domain::{StorageAccount, Tagged};
use crate::output::{Column, Form, View};

/// This noun's cmdlets.
pub(super) static ROWS: &[Row] = &[row::<new::New>(), row::<get::Get>()];

/// PowerShell's type name of a storage account.
pub(super) const TYPE: &str = "Microsoft.Azure.Commands.Management.Storage.Models.PSStorageAccount";

static VIEW: View = View {
    type_name: TYPE,
    form: Form::Auto,
    table: &[
        Column {
            header: "StorageAccountName",
            path: "StorageAccountName",
        },
        Column {
            header: "ResourceGroupName",
            path: "ResourceGroupName",
        },
        Column {
            header: "PrimaryLocation",
            path: "PrimaryLocation",
        },
        Column {
            header: "SkuName",
            path: "Sku.Name",
        },
        Column {
            header: "Kind",
            path: "Kind",
        },
        Column {
            header: "CreationTime",
            path: "CreationTime",
        },
        Column {
            header: "ProvisioningState",
            path: "ProvisioningState",
        },
        Column {
            header: "Path",
            path: "Path",
        },
    ],
    list: &[],
};

/// PSStorageAccount as far as rsv knows one, and the folder.
fn view(account: &StorageAccount) -> Value {
    json!({
        "ResourceGroupName": account.base.group,
        "StorageAccountName": account.base.name,
        "Id": account.id().to_string(),
        "Location": account.base.location,
        "Sku": {"Name": account.sku},
        "Kind": account.kind,
        "PrimaryLocation": account.base.location,
        "ProvisioningState": "Succeeded",
        "CreationTime": account.base.created,
        "Path": account.path,
        "Tags": account.base.tags,
    })
}

//! User-assigned managed identities (reference 7.10, 7.11).

mod get;
mod new;

use serde_json::{Value, json};

use crate::cmdlet::registry::{Row, row};
use crate::domain::{Tagged, UserAssignedIdentity};
use crate::output::{Column, Form, View};

/// This noun's cmdlets.
pub(super) static ROWS: &[Row] = &[row::<new::New>(), row::<get::Get>()];

/// PowerShell's type name of a user-assigned identity.
pub(super) const TYPE: &str =
    "Microsoft.Azure.PowerShell.Cmdlets.ManagedServiceIdentity.Models.Identity";

/// O-18.
static VIEW: View = View {
    type_name: TYPE,
    form: Form::Table,
    table: &[
        Column {
            header: "Location",
            path: "Location",
        },
        Column {
            header: "Name",
            path: "Name",
        },
        Column {
            header: "ResourceGroupName",
            path: "ResourceGroupName",
        },
    ],
    list: &[],
};

/// Identity (7.10).
fn view(identity: &UserAssignedIdentity) -> Value {
    json!({
        "ClientId": identity.principal.client_id,
        "Id": identity.id().to_string(),
        "Location": identity.base.location,
        "Name": identity.base.name,
        "PrincipalId": identity.principal.principal_id,
        "ResourceGroupName": identity.base.group,
        "Tag": identity.base.tags,
        "TenantId": identity.tenant_id,
        "Type": UserAssignedIdentity::KIND.type_name(),
    })
}

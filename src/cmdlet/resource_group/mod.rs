//! Resource groups (reference 7.4, 7.5).

mod get;
mod new;

use serde_json::{Value, json};

use crate::cmdlet::registry::{Row, row};
use crate::domain::ResourceGroup;
use crate::output::{Form, View};

/// This noun's cmdlets.
pub(super) static ROWS: &[Row] = &[row::<new::New>(), row::<get::Get>()];

/// O-17.
static VIEW: View = View {
    type_name: "Microsoft.Azure.Commands.ResourceManager.Cmdlets.SdkModels.PSResourceGroup",
    form: Form::List,
    table: &[],
    list: &[],
};

/// PSResourceGroup.
fn view(group: &ResourceGroup) -> Value {
    json!({
        "ResourceGroupName": group.name,
        "Location": group.location,
        "ProvisioningState": "Succeeded",
        "Tags": group.tags,
        "ResourceId": group.id(),
    })
}

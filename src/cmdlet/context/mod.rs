//! The current context: account, subscription, tenant (reference 6.2, 6.3).

mod get;
mod set;

use serde_json::{Value, json};

use crate::cmdlet::registry::{Row, row};
use crate::domain::Subscription;
use crate::output::{Column, Form, View};
use crate::state::Document;

/// This noun's cmdlets.
pub(super) static ROWS: &[Row] = &[row::<get::Get>(), row::<set::Set>()];

/// PowerShell's type name of a context.
pub(super) const TYPE: &str = "Microsoft.Azure.Commands.Profile.Models.Core.PSAzureContext";

/// O-16.
static VIEW: View = View {
    type_name: TYPE,
    form: Form::Table,
    table: &[
        Column {
            header: "Name",
            path: "Name",
        },
        Column {
            header: "Account",
            path: "Account.Id",
        },
        Column {
            header: "SubscriptionName",
            path: "Subscription.Name",
        },
        Column {
            header: "Environment",
            path: "Environment.Name",
        },
        Column {
            header: "TenantId",
            path: "Tenant.Id",
        },
    ],
    list: &[],
};

/// A context's name, as Az makes it.
pub(super) fn name(state: &Document, subscription: &Subscription) -> String {
    format!(
        "{} ({}) - {} - {}",
        subscription.name, subscription.id, subscription.tenant_id, state.account.id
    )
}

/// PSAzureContext.
pub(super) fn view(state: &Document, subscription: &Subscription) -> Value {
    json!({
        "Name": name(state, subscription),
        "Account": {
            "Id": state.account.id,
            "Type": "User",
            "Tenants": [subscription.tenant_id],
        },
        "Environment": {"Name": "AzureCloud"},
        "Subscription": {
            "Id": subscription.id,
            "Name": subscription.name,
            "State": "Enabled",
        },
        "Tenant": {"Id": subscription.tenant_id},
    })
}

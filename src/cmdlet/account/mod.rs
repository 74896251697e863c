//! The account and its subscriptions (reference 6.1, 6.4).

mod connect;
mod get_subscription;

pub(super) use get_subscription::{VIEW as SUBSCRIPTION_VIEW, view as subscription_view};

use crate::cmdlet::registry::{Row, row};
use crate::domain::Refusal;
use crate::state::Document;

/// This noun's cmdlets.
pub(super) static ROWS: &[Row] = &[
    row::<connect::Connect>(),
    row::<get_subscription::GetSubscription>(),
];

/// A home has one tenant: whoever names another has the wrong home.
fn check_tenant(state: &Document, tenant: Option<&str>) -> Result<(), Refusal> {
    let own = state.account.tenant_id.to_string();
    match tenant {
        Some(text) if !text.trim().eq_ignore_ascii_case(&own) => Err(Refusal::not_found(format!(
            "Please provide a valid tenant or a valid subscription. There is no tenant '{text}'."
        ))
        .hint("rsv Get-AzContext -Query Tenant.Id")),
        _ => Ok(()),
    }
}

//! Get-AzSubscription (reference 6.4).

use anyhow::Result;
use clap::Args;
use serde_json::{Value, json};

use crate::cmdlet::account::check_tenant;
use crate::cmdlet::{Cmdlet, Session};
use crate::domain::{Refusal, RefusalKind, Subscription};
use crate::output::{Column, Form, Output, View};

pub(super) struct GetSubscription;

#[derive(Debug, Args)]
pub(super) struct GetSubscriptionArgs {
    /// Only the subscription with this id
    #[arg(long, conflicts_with = "subscription_name")]
    subscription_id: Option<String>,
    /// Only the subscription with this name
    #[arg(long)]
    subscription_name: Option<String>,
    /// Only subscriptions of this tenant
    #[arg(long)]
    tenant_id: Option<String>,
}

/// O-16.
pub(in crate::cmdlet) static VIEW: View = View {
    type_name: "Microsoft.Azure.Commands.Profile.Models.PSAzureSubscription",
    form: Form::Table,
    table: &[
        Column {
            header: "Name",
            path: "Name",
        },
        Column {
            header: "Id",
            path: "Id",
        },
        Column {
            header: "TenantId",
            path: "TenantId",
        },
        Column {
            header: "State",
            path: "State",
        },
    ],
    list: &[
        ("Name", "Name"),
        ("Id", "Id"),
        ("TenantId", "TenantId"),
        ("State", "State"),
    ],
};

/// PSAzureSubscription.
pub(in crate::cmdlet) fn view(subscription: &Subscription) -> Value {
    json!({
        "Id": subscription.id,
        "Name": subscription.name,
        "State": "Enabled",
        "SubscriptionId": subscription.id,
        "TenantId": subscription.tenant_id,
    })
}

impl Cmdlet for GetSubscription {
    const NAME: &'static str = "Get-AzSubscription";
    const SYNOPSIS: &'static str = "Get one subscription, or list them";
    const EXAMPLE: &'static str = "rsv Get-AzSubscription -SubscriptionName 'Local subscription'";
    type Args = GetSubscriptionArgs;

    fn run(args: GetSubscriptionArgs, session: &mut Session) -> Result<Output> {
        let state = session.document();
        check_tenant(state, args.tenant_id.as_deref())?;
        let all = &state.subscriptions;
        let (wanted, found) = match (&args.subscription_id, &args.subscription_name) {
            (Some(id), _) => {
                let is = |s: &&Subscription| s.id.to_string().eq_ignore_ascii_case(id.trim());
                (id, all.iter().find(is))
            }
            (None, Some(name)) => {
                let is = |s: &&Subscription| s.name.eq_ignore_ascii_case(name);
                (name, all.iter().find(is))
            }
            (None, None) => return Ok(Output::many(&VIEW, all.iter().map(view).collect())),
        };
        let found = found.ok_or_else(|| {
            let tenant = state.account.tenant_id;
            Refusal::new(
                RefusalKind::NotFound,
                "RsvSubscriptionNotFound",
                format!("There is no subscription '{wanted}' in tenant '{tenant}'."),
            )
            .hint("rsv Get-AzSubscription")
        })?;
        Ok(Output::one(&VIEW, view(found)))
    }
}

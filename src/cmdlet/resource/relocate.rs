//! Move-AzResource (reference 7.3).

use anyhow::Result;
use clap::Args;
use serde_json::Value;

use crate::cmdlet::{Cmdlet, Effect, Session};
use crate::domain::{Activity, Refusal, ResourceId};
use crate::output::{Output, SCALAR};
use crate::workflow;

pub(super) struct Move;

#[derive(Debug, Args)]
pub(super) struct MoveArgs {
    /// Resource group that they go to
    #[arg(long, alias = "TargetResourceGroup")]
    destination_resource_group_name: String,
    /// Subscription of that group; absent: the context's
    #[arg(long, aliases = ["Id", "SubscriptionId"])]
    destination_subscription_id: Option<String>,
    /// Ids of the resources, all of one group
    #[arg(long, value_delimiter = ',', required = true)]
    resource_id: Vec<String>,
    /// Do not ask
    #[arg(long)]
    force: bool,
}

impl Cmdlet for Move {
    const NAME: &'static str = "Move-AzResource";
    const SYNOPSIS: &'static str = "Move resources to another resource group or subscription";
    const EXAMPLE: &'static str = "rsv Move-AzResource -DestinationResourceGroupName DestRG \
        -ResourceId \"$(rsv Get-AzRecoveryServicesVault -Name testvault -Output id)\" -Force";
    const EFFECT: Effect = Effect::Changes;
    const REFUSED: &'static [(&'static str, &'static str)] = &[
        ("ApiVersion", "there is no service whose versions differ"),
        ("Pre", "there is no service whose versions differ"),
    ];
    type Args = MoveArgs;

    fn run(args: MoveArgs, session: &mut Session) -> Result<Output> {
        let ids = args
            .resource_id
            .iter()
            .map(|text| text.parse())
            .collect::<Result<Vec<ResourceId>, Refusal>>()?;
        let subscription = match &args.destination_subscription_id {
            Some(text) => session.document().subscription_named(text)?.id,
            None => session.subscription(),
        };
        let group = &args.destination_resource_group_name;
        let names: Vec<_> = ids.iter().map(|id| id.name.as_str()).collect();
        let activity = Activity::new(
            "Microsoft.Resources/subscriptions/resourceGroups/moveResources/action",
            &ids.first().map(ToString::to_string).unwrap_or_default(),
            format!("Move {} to resource group '{group}'", names.join(", ")),
        );
        session.change(&activity, |state, _| {
            Ok(workflow::move_resources(state, &ids, subscription, group)?)
        })?;
        if session.what_if() {
            return Ok(Output::none());
        }
        Ok(Output::one(&SCALAR, Value::Bool(true)))
    }
}

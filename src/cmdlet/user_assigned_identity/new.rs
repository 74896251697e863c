//! New-AzUserAssignedIdentity (reference 7.10).

use anyhow::Result;
use clap::Args;

use crate::cmdlet::common::{region, tags};
use crate::cmdlet::user_assigned_identity::{VIEW, view};
use crate::cmdlet::{Cmdlet, Effect, Session};
use crate::domain::{
    Activity, Refusal, Resource, ResourceId, ResourceKind, UserAssignedIdentity, UserIdentity,
    check_name,
};
use crate::output::Output;

pub(super) struct New;

#[derive(Debug, Args)]
pub(super) struct NewArgs {
    /// Name: 3-128 letters, digits, '-' or '_'
    #[arg(long)]
    name: String,
    /// Resource group
    #[arg(long)]
    resource_group_name: String,
    /// Region
    #[arg(long)]
    location: String,
    /// Tags, as name=value
    #[arg(long, value_delimiter = ',')]
    tag: Vec<String>,
    /// Subscription; absent: the context's
    #[arg(long)]
    subscription_id: Option<String>,
}

impl Cmdlet for New {
    const NAME: &'static str = "New-AzUserAssignedIdentity";
    const SYNOPSIS: &'static str = "Create a user-assigned identity, or update its tags";
    const EXAMPLE: &'static str = "rsv New-AzUserAssignedIdentity -ResourceGroupName testrg \
        -Name testidentity -Location japaneast";
    const EFFECT: Effect = Effect::Changes;
    const REFUSED: &'static [(&'static str, &'static str)] = &[
        ("JsonFilePath", "give -Location and -Tag"),
        ("JsonString", "give -Location and -Tag"),
    ];
    type Args = NewArgs;

    fn run(args: NewArgs, session: &mut Session) -> Result<Output> {
        check_name(Some(ResourceKind::UserAssignedIdentity), &args.name)?;
        let subscription = match &args.subscription_id {
            Some(text) => session.document().subscription_named(text)?.id,
            None => session.subscription(),
        };
        let group = session
            .document()
            .group(subscription, &args.resource_group_name)?
            .name
            .clone();
        let id = ResourceId {
            subscription,
            group,
            kind: ResourceKind::UserAssignedIdentity,
            name: args.name.clone(),
        };
        let principal = UserIdentity {
            principal_id: session.fresh_id()?,
            client_id: session.fresh_id()?,
        };
        let activity = Activity::new(
            "Microsoft.ManagedIdentity/userAssignedIdentities/write",
            &id,
            "Create or update user-assigned identity",
        );
        let value = session.change(&activity, |state, now| {
            state.group(subscription, &id.group)?;
            let mut identity = UserAssignedIdentity {
                base: Resource {
                    subscription,
                    group: id.group.clone(),
                    name: id.name.clone(),
                    location: region(&args.location),
                    tags: tags(&args.tag)?,
                    created: now,
                },
                tenant_id: state.account.tenant_id,
                principal,
            };
            // A PUT on one that exists keeps its principal: grants to it stay valid.
            if let Ok(before) = state.user_identities.get(&id) {
                if before.base.location != identity.base.location {
                    let text = format!(
                        "The resource '{}' already exists in location '{}'.",
                        id.name, before.base.location
                    );
                    return Err(Refusal::refused("InvalidResourceLocation", text).into());
                }
                let tags = std::mem::take(&mut identity.base.tags);
                identity = before.clone();
                identity.base.tags = tags;
            }
            let value = view(&identity);
            state.user_identities.put(identity);
            Ok(value)
        })?;
        Ok(Output::one(&VIEW, value))
    }
}

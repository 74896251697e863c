//! New-AzResourceGroup (reference 7.4).

use anyhow::Result;
use clap::Args;

use crate::cmdlet::common::{region, tags};
use crate::cmdlet::resource_group::{VIEW, view};
use crate::cmdlet::{Cmdlet, Effect, Session};
use crate::domain::{Activity, Refusal, ResourceGroup, check_name};
use crate::output::Output;

pub(super) struct New;

#[derive(Debug, Args)]
pub(super) struct NewArgs {
    /// Name: 1-90 letters, digits, '-', '_', '.', '(' or ')'
    #[arg(long, alias = "0", alias = "ResourceGroupName")]
    name: String,
    /// Region
    #[arg(long, alias = "1")]
    location: String,
    /// Tags, as name=value
    #[arg(long, alias = "Tags", value_delimiter = ',')]
    tag: Vec<String>,
    /// Do not ask before updating a group that exists
    #[arg(long)]
    force: bool,
}

impl Cmdlet for New {
    const NAME: &'static str = "New-AzResourceGroup";
    const SYNOPSIS: &'static str = "Create a resource group, or update its tags";
    const EXAMPLE: &'static str = "rsv New-AzResourceGroup -Name newrg -Location japaneast";
    const EFFECT: Effect = Effect::Changes;
    type Args = NewArgs;

    fn run(args: NewArgs, session: &mut Session) -> Result<Output> {
        check_name(None, &args.name)?;
        let subscription = session.subscription();
        let group = ResourceGroup {
            subscription,
            name: args.name.clone(),
            location: region(&args.location),
            tags: tags(&args.tag)?,
        };
        let exists = session.document().group(subscription, &args.name).is_ok();
        if exists && !args.force && session.console().interactive() {
            let question = format!("Resource group '{}' exists. Update it", args.name);
            if !session.what_if() && !session.console().ask(&question)? {
                return Err(Refusal::refused("RsvCancelled", "Nothing was changed.").into());
            }
        }
        let activity = Activity::new(
            "Microsoft.Resources/subscriptions/resourceGroups/write",
            &group.id(),
            "Create or update resource group",
        );
        let value = session.change(&activity, |state, _| {
            let mut group = group.clone();
            if let Ok(before) = state.group(subscription, &args.name) {
                if !before.location.eq_ignore_ascii_case(&group.location) {
                    return Err(Refusal::refused(
                        "InvalidResourceGroupLocation",
                        format!(
                            "Invalid resource group location '{}'. The Resource group already \
                             exists in location '{}'.",
                            group.location, before.location
                        ),
                    )
                    .into());
                }
                group.name.clone_from(&before.name);
            }
            let value = view(&group);
            state
                .resource_groups
                .insert(group.id().to_lowercase(), group);
            Ok(value)
        })?;
        Ok(Output::one(&VIEW, value))
    }
}

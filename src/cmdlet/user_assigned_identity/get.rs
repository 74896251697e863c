//! Get-AzUserAssignedIdentity (reference 7.11).

use anyhow::Result;
use clap::Args;

use crate::cmdlet::common::chosen;
use crate::cmdlet::user_assigned_identity::{TYPE, VIEW, view};
use crate::cmdlet::{Cmdlet, ObjectArg, Session};
use crate::output::Output;

pub(super) struct Get;

#[derive(Debug, Args)]
pub(super) struct GetArgs {
    /// Resource group; wildcards are taken
    #[arg(long)]
    resource_group_name: Option<String>,
    /// Name; without it: a list
    #[arg(long, requires = "resource_group_name")]
    name: Option<String>,
    /// The identity: id, name, JSON object, @file or -
    #[arg(long, conflicts_with = "resource_group_name")]
    input_object: Option<ObjectArg>,
}

impl Cmdlet for Get {
    const NAME: &'static str = "Get-AzUserAssignedIdentity";
    const SYNOPSIS: &'static str = "Get one user-assigned identity, or list them";
    const EXAMPLE: &'static str = "rsv Get-AzUserAssignedIdentity -ResourceGroupName testrg";
    const REFUSED: &'static [(&'static str, &'static str)] = &[(
        "SubscriptionId",
        "it lists the context's subscription: choose it with Set-AzContext",
    )];
    type Args = GetArgs;

    fn run(args: GetArgs, session: &mut Session) -> Result<Output> {
        let identities = &session.document().user_identities;
        if let Some(input) = &args.input_object {
            let object = session.object("InputObject", input, &[TYPE])?;
            let id = session.named(identities, "InputObject", &object, None)?;
            return Ok(Output::one(&VIEW, view(identities.get(&id)?)));
        }
        let (group, name) = (args.resource_group_name.as_deref(), args.name.as_deref());
        let (found, one) = chosen(session, identities, group, name)?;
        let values = found.into_iter().map(view).collect();
        Ok(Output {
            many: !one,
            ..Output::many(&VIEW, values)
        })
    }
}

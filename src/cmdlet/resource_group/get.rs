//! Get-AzResourceGroup (reference 7.5).

use anyhow::Result;
use clap::Args;

use crate::cmdlet::common::tags;
use crate::cmdlet::resource_group::{VIEW, view};
use crate::cmdlet::{Cmdlet, Session};
use crate::domain::{Refusal, matches_name};
use crate::output::Output;

pub(super) struct Get;

#[derive(Debug, Args)]
pub(super) struct GetArgs {
    /// Name; with wildcards, or without a name: a list
    #[arg(long, alias = "0", alias = "ResourceGroupName")]
    name: Option<String>,
    /// Only groups in this region
    #[arg(long, alias = "1")]
    location: Option<String>,
    /// Id of the group
    #[arg(long, aliases = ["ResourceGroupId", "ResourceId"], conflicts_with = "name")]
    id: Option<String>,
    /// Only groups that carry these tags, as name=value
    #[arg(long, value_delimiter = ',')]
    tag: Vec<String>,
}

impl Cmdlet for Get {
    const NAME: &'static str = "Get-AzResourceGroup";
    const SYNOPSIS: &'static str = "Get one resource group, or list them";
    const EXAMPLE: &'static str = "rsv Get-AzResourceGroup -Name testrg";
    const REFUSED: &'static [(&'static str, &'static str)] =
        &[("ExpandProperties", "every property is always there")];
    type Args = GetArgs;

    fn run(args: GetArgs, session: &mut Session) -> Result<Output> {
        let subscription = session.subscription();
        let state = session.document();
        let name = args
            .id
            .as_deref()
            .map_or(args.name.as_deref(), |id| id.rsplit('/').next());
        if let Some(name) = name.filter(|n| !n.contains(['*', '?'])) {
            let group = state.group(subscription, name).map_err(|refusal| Refusal {
                message: format!("Provided resource group does not exist: '{name}'."),
                ..refusal
            })?;
            return Ok(Output::one(&VIEW, view(group)));
        }
        let wanted = tags(&args.tag)?;
        let values = state
            .resource_groups
            .values()
            .filter(|g| {
                g.subscription == subscription
                    && name.is_none_or(|n| matches_name(n, &g.name))
                    && args
                        .location
                        .as_ref()
                        .is_none_or(|l| l.eq_ignore_ascii_case(&g.location))
                    && wanted.iter().all(|(k, v)| g.tags.get(k) == Some(v))
            })
            .map(view)
            .collect();
        Ok(Output::many(&VIEW, values))
    }
}

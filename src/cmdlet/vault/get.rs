//! Get-AzRecoveryServicesVault (reference 2.2).

use anyhow::Result;
use clap::Args;

use crate::cmdlet::common::tags;
use crate::cmdlet::vault::{VIEW, view};
use crate::cmdlet::{Cmdlet, Session};
use crate::domain::Vault;
use crate::output::Output;

pub(super) struct Get;

#[derive(Debug, Args)]
pub(super) struct GetArgs {
    /// Resource group
    #[arg(long, alias = "1")]
    resource_group_name: Option<String>,
    /// Name of the vault; a name without wildcards must exist
    #[arg(long, alias = "2")]
    name: Option<String>,
    /// Only vaults that carry these tags, as name=value
    #[arg(long, value_delimiter = ',', conflicts_with_all = ["tag_name", "tag_value"])]
    tag: Vec<String>,
    /// Only vaults with a tag of this name
    #[arg(long)]
    tag_name: Option<String>,
    /// Only vaults with a tag of this value
    #[arg(long)]
    tag_value: Option<String>,
}

impl Cmdlet for Get {
    const NAME: &'static str = "Get-AzRecoveryServicesVault";
    const SYNOPSIS: &'static str = "Get one Recovery Services vault, or list them";
    const EXAMPLE: &'static str =
        "rsv Get-AzRecoveryServicesVault -ResourceGroupName testrg -Name testvault";
    type Args = GetArgs;

    fn run(args: GetArgs, session: &mut Session) -> Result<Output> {
        let subscription = session.subscription();
        let state = session.document();
        if let Some(group) = &args.resource_group_name {
            state.group(subscription, group)?;
        }
        let (group, name) = (args.resource_group_name.as_deref(), args.name.as_deref());
        if let Some(name) = name.filter(|n| !n.contains(['*', '?'])) {
            let found = state.vaults.one(subscription, group, name);
            let vault = found.map_err(|missing| session.explain::<Vault>(missing, name))?;
            return Ok(Output::one(&VIEW, view(vault)));
        }
        let wanted = tags(&args.tag)?;
        let values = state
            .vaults
            .select(Some(subscription), group, name)
            .filter(|v| {
                let have = &v.base.tags;
                wanted.iter().all(|(k, v)| have.get(k) == Some(v))
                    && args.tag_name.as_ref().is_none_or(|n| have.contains_key(n))
                    && args
                        .tag_value
                        .as_ref()
                        .is_none_or(|t| have.values().any(|v| v == t))
            })
            .map(view)
            .collect();
        Ok(Output::many(&VIEW, values))
    }
}

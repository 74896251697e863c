//! Get-AzKeyVault (reference 4.2).

use anyhow::Result;
use clap::Args;

use crate::cmdlet::common::tags;
use crate::cmdlet::key_vault::{LIST_VIEW, VIEW, list_view, view};
use crate::cmdlet::{Cmdlet, Session};
use crate::domain::Refusal;
use crate::output::Output;

pub(super) struct Get;

#[derive(Debug, Args)]
pub(super) struct GetArgs {
    /// Name; with wildcards, or without a name: a list
    #[arg(long, alias = "0", alias = "Name")]
    vault_name: Option<String>,
    /// Resource group
    #[arg(long, alias = "1")]
    resource_group_name: Option<String>,
    /// Only key vaults that carry these tags, as name=value
    #[arg(long, value_delimiter = ',')]
    tag: Vec<String>,
    /// Subscription; absent: the context's
    #[arg(long)]
    subscription_id: Option<String>,
}

impl Cmdlet for Get {
    const NAME: &'static str = "Get-AzKeyVault";
    const SYNOPSIS: &'static str = "Get one key vault, or list them";
    const EXAMPLE: &'static str = "rsv Get-AzKeyVault -VaultName testkeyvault";
    const REFUSED: &'static [(&'static str, &'static str)] = &[
        (
            "InRemovedState",
            "deleting key vaults is not in rsv yet, so none is in that state",
        ),
        (
            "Location",
            "it belongs to -InRemovedState, which is not in rsv yet",
        ),
    ];
    type Args = GetArgs;

    fn run(args: GetArgs, session: &mut Session) -> Result<Output> {
        let state = session.document();
        let subscription = match &args.subscription_id {
            Some(text) => state.subscription_named(text)?.id,
            None => session.subscription(),
        };
        let group = args.resource_group_name.as_deref();
        if let Some(group) = group {
            state.group(subscription, group)?;
        }
        if let Some(name) = args
            .vault_name
            .as_deref()
            .filter(|n| !n.contains(['*', '?']))
        {
            let vault = state
                .key_vaults
                .one(subscription, group, name)
                .map_err(|refusal| {
                    let place = group
                        .map(|g| format!(" in resource group '{g}'"))
                        .unwrap_or_default();
                    Refusal {
                        message: format!("Cannot find vault '{name}'{place}."),
                        ..refusal
                    }
                })?;
            return Ok(Output::one(&VIEW, view(vault)));
        }
        let wanted = tags(&args.tag)?;
        let values = state
            .key_vaults
            .select(Some(subscription), group, args.vault_name.as_deref())
            .filter(|v| {
                wanted
                    .iter()
                    .all(|(name, text)| v.base.tags.get(name) == Some(text))
            })
            .map(list_view)
            .collect();
        Ok(Output::many(&LIST_VIEW, values))
    }
}

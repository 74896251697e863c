//! Get-AzKeyVault (reference 4.2).

use anyhow::Result;
use clap::Args;
use uuid::Uuid;

use crate::cmdlet::common::tags;
use crate::cmdlet::key_vault::{
    DELETED_VIEW, LIST_VIEW, VIEW, deleted_view, find_deleted, list_view, view,
};
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
    /// Deleted key vaults instead, while they can be recovered
    #[arg(long, conflicts_with_all = ["resource_group_name", "tag"])]
    in_removed_state: bool,
    /// Region of the deleted key vault
    #[arg(long, requires = "in_removed_state")]
    location: Option<String>,
}

impl GetArgs {
    /// One deleted key vault, by name and region; without a name all of the subscription.
    fn deleted(&self, session: &Session, subscription: Uuid) -> Result<Output> {
        if let Some(name) = &self.vault_name {
            if self.location.is_none() {
                return Err(Refusal::usage(
                    "RsvMissingParameter",
                    "A deleted key vault is named with its -Location.",
                )
                .into());
            }
            let found = find_deleted(session, name, self.location.as_deref())?;
            return Ok(Output::one(&DELETED_VIEW, deleted_view(found)));
        }
        let all = session.document().deleted_key_vaults.values();
        let values = all
            .filter(|d| !d.deletion.is_over(session.now()))
            .filter(|d| d.vault.base.subscription == subscription)
            .map(deleted_view)
            .collect();
        Ok(Output::many(&DELETED_VIEW, values))
    }
}

impl Cmdlet for Get {
    const NAME: &'static str = "Get-AzKeyVault";
    const SYNOPSIS: &'static str = "Get one key vault, or list them";
    const EXAMPLE: &'static str = "rsv Get-AzKeyVault -VaultName testkeyvault";
    type Args = GetArgs;

    fn run(args: GetArgs, session: &mut Session) -> Result<Output> {
        let state = session.document();
        let subscription = match &args.subscription_id {
            Some(text) => state.subscription_named(text)?.id,
            None => session.subscription(),
        };
        if args.in_removed_state {
            return args.deleted(session, subscription);
        }
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

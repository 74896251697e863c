//! Get-AzRecoveryServicesSoftDeletedVault (reference 2.10).

use anyhow::Result;
use clap::Args;

use crate::cmdlet::soft_deleted_vault::{VIEW, in_region, one, view};
use crate::cmdlet::{Cmdlet, Session};
use crate::domain::matches_name;
use crate::output::Output;

pub(super) struct Get;

#[derive(Debug, Args)]
pub(super) struct GetArgs {
    /// Resource group the vault was in
    #[arg(long, alias = "1")]
    resource_group_name: Option<String>,
    /// Name of the deleted vault, or the one it had; a name without wildcards must exist
    #[arg(long, alias = "2")]
    name: Option<String>,
    /// Region
    #[arg(long, alias = "3")]
    location: String,
}

impl Cmdlet for Get {
    const NAME: &'static str = "Get-AzRecoveryServicesSoftDeletedVault";
    const SYNOPSIS: &'static str = "List the deleted vaults of a region that can be recovered";
    const EXAMPLE: &'static str = "rsv Get-AzRecoveryServicesSoftDeletedVault -Location japaneast";
    type Args = GetArgs;

    fn run(args: GetArgs, session: &mut Session) -> Result<Output> {
        let group = args.resource_group_name.as_deref();
        if let Some(group) = group {
            session.document().group(session.subscription(), group)?;
        }
        let name = args.name.as_deref();
        if let Some(name) = name.filter(|name| !name.contains(['*', '?'])) {
            let found = one(session, &args.location, group, name)?;
            return Ok(Output::one(&VIEW, view(found)));
        }
        let values = in_region(session, &args.location, group)
            .filter(|deleted| {
                name.is_none_or(|name| {
                    matches_name(name, &deleted.name())
                        || matches_name(name, &deleted.vault.base.name)
                })
            })
            .map(view)
            .collect();
        Ok(Output::many(&VIEW, values))
    }
}

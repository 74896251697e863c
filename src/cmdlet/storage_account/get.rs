//! Get-AzStorageAccount.

use anyhow::Result;
use clap::Args;

use crate::cmdlet::common::chosen;
use crate::cmdlet::storage_account::{VIEW, view};
use crate::cmdlet::{Cmdlet, Session};
use crate::output::Output;

pub(super) struct Get;

#[derive(Debug, Args)]
pub(super) struct GetArgs {
    /// Resource group; wildcards are taken
    #[arg(long, alias = "0")]
    resource_group_name: Option<String>,
    /// Name; with wildcards, or without a name: a list
    #[arg(long, alias = "1", alias = "StorageAccountName", alias = "AccountName")]
    name: Option<String>,
}

impl Cmdlet for Get {
    const NAME: &'static str = "Get-AzStorageAccount";
    const SYNOPSIS: &'static str = "Get one storage account, or list them";
    const EXAMPLE: &'static str =
        "rsv Get-AzStorageAccount -ResourceGroupName testrg -Name destaccount";
    const REFUSED: &'static [(&'static str, &'static str)] = &[
        (
            "IncludeGeoReplicationStats",
            "a folder on this machine has no replica",
        ),
        (
            "IncludeBlobRestoreStatus",
            "a folder on this machine has no blob restore",
        ),
    ];
    type Args = GetArgs;

    fn run(args: GetArgs, session: &mut Session) -> Result<Output> {
        let accounts = &session.document().storage_accounts;
        let (group, name) = (args.resource_group_name.as_deref(), args.name.as_deref());
        let (found, one) = chosen(session, accounts, group, name)?;
        let values = found.into_iter().map(view).collect();
        Ok(Output {
            many: !one,
            ..Output::many(&VIEW, values)
        })
    }
}

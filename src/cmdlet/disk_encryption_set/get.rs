//! Get-AzDiskEncryptionSet (reference 5.3).

use anyhow::Result;
use clap::Args;

use crate::cmdlet::common::chosen;
use crate::cmdlet::disk_encryption_set::{VIEW, view};
use crate::cmdlet::{Cmdlet, Session};
use crate::output::Output;

pub(super) struct Get;

#[derive(Debug, Args)]
pub(super) struct GetArgs {
    /// Resource group; wildcards are taken
    #[arg(long, alias = "0")]
    resource_group_name: Option<String>,
    /// Name; with wildcards, or without a name: a list
    #[arg(long, alias = "1", alias = "DiskEncryptionSetName")]
    name: Option<String>,
}

impl Cmdlet for Get {
    const NAME: &'static str = "Get-AzDiskEncryptionSet";
    const SYNOPSIS: &'static str = "Get one disk encryption set, or list them";
    const EXAMPLE: &'static str =
        "rsv Get-AzDiskEncryptionSet -ResourceGroupName testrg -Name testdes1";
    type Args = GetArgs;

    fn run(args: GetArgs, session: &mut Session) -> Result<Output> {
        let sets = &session.document().disk_encryption_sets;
        let (group, name) = (args.resource_group_name.as_deref(), args.name.as_deref());
        let (found, one) = chosen(session, sets, group, name)?;
        let values = found.into_iter().map(view).collect();
        Ok(Output {
            many: !one,
            ..Output::many(&VIEW, values)
        })
    }
}

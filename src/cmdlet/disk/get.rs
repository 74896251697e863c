//! Get-AzDisk (reference 5.7).

use anyhow::Result;
use clap::Args;

use crate::cmdlet::common::chosen;
use crate::cmdlet::disk::{VIEW, view};
use crate::cmdlet::{Cmdlet, Session};
use crate::domain::Disk;
use crate::output::Output;

pub(super) struct Get;

#[derive(Debug, Args)]
pub(super) struct GetArgs {
    /// Resource group; wildcards are taken
    #[arg(long, alias = "0")]
    resource_group_name: Option<String>,
    /// Name; with wildcards, or without a name: a list
    #[arg(long, alias = "1", alias = "Name")]
    disk_name: Option<String>,
}

impl Cmdlet for Get {
    const NAME: &'static str = "Get-AzDisk";
    const SYNOPSIS: &'static str = "Get one managed disk, or list them: OS disk first, then by LUN";
    const EXAMPLE: &'static str = "rsv Get-AzDisk -ResourceGroupName DestRG";
    type Args = GetArgs;

    fn run(args: GetArgs, session: &mut Session) -> Result<Output> {
        let disks = &session.document().disks;
        let (group, name) = (
            args.resource_group_name.as_deref(),
            args.disk_name.as_deref(),
        );
        let (mut found, one) = chosen(session, disks, group, name)?;
        found.sort_by_cached_key(|disk: &&Disk| disk.sort_key());
        let now = session.now();
        let values = found.into_iter().map(|disk| view(disk, now)).collect();
        Ok(Output {
            many: !one,
            ..Output::many(&VIEW, values)
        })
    }
}

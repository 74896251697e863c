//! Get-AzDiskEncryptionSetAssociatedResource (reference 5.6).

use anyhow::Result;
use clap::Args;
use serde_json::Value;

use crate::cmdlet::disk_encryption_set::users;
use crate::cmdlet::{Cmdlet, Session};
use crate::domain::Tagged;
use crate::output::{Output, SCALAR};

pub(super) struct Get;

#[derive(Debug, Args)]
pub(super) struct GetArgs {
    /// Resource group
    #[arg(long, alias = "0")]
    resource_group_name: String,
    /// Name of the disk encryption set
    #[arg(long, alias = "1", alias = "Name")]
    disk_encryption_set_name: String,
}

impl Cmdlet for Get {
    const NAME: &'static str = "Get-AzDiskEncryptionSetAssociatedResource";
    const SYNOPSIS: &'static str = "List the ids of what is encrypted under a disk encryption set";
    const EXAMPLE: &'static str = "rsv Get-AzDiskEncryptionSetAssociatedResource \
        -ResourceGroupName testrg -DiskEncryptionSetName testdes1";
    type Args = GetArgs;

    fn run(args: GetArgs, session: &mut Session) -> Result<Output> {
        let state = session.document();
        let group = Some(args.resource_group_name.as_str());
        let name = &args.disk_encryption_set_name;
        let set = state
            .disk_encryption_sets
            .one(session.subscription(), group, name)?;
        let ids = users(state, &set.id());
        let ids = ids.iter().map(|id| Value::String(id.to_string()));
        Ok(Output::many(&SCALAR, ids.collect()))
    }
}

//! Revoke-AzDiskAccess (reference 5.11).

use anyhow::Result;
use clap::Args;

use crate::cmdlet::common::{OPERATION_STATUS, operation_done};
use crate::cmdlet::disk::DiskArgs;
use crate::cmdlet::{Cmdlet, Effect, Session};
use crate::domain::Activity;
use crate::output::Output;

pub(super) struct Revoke;

#[derive(Debug, Args)]
pub(super) struct RevokeArgs {
    #[command(flatten)]
    disk: DiskArgs,
}

impl Cmdlet for Revoke {
    const NAME: &'static str = "Revoke-AzDiskAccess";
    const SYNOPSIS: &'static str = "End all access to a managed disk: its tokens are useless then";
    const EXAMPLE: &'static str = "rsv Revoke-AzDiskAccess -ResourceGroupName DestRG -DiskName \
        \"$(rsv Get-AzDisk -ResourceGroupName DestRG -Query '[0].Name')\"";
    const EFFECT: Effect = Effect::Changes;
    type Args = RevokeArgs;

    fn run(args: RevokeArgs, session: &mut Session) -> Result<Output> {
        let start = session.now();
        let id = args.disk.id(session)?;
        let activity = Activity::new(
            "Microsoft.Compute/disks/endGetAccess/action",
            &id,
            "Revoke access to disk",
        );
        session.change(&activity, |state, _| {
            state.disks.get_mut(&id)?.grants.clear();
            Ok(())
        })?;
        operation_done(session, &OPERATION_STATUS, start)
    }
}

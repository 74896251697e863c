//! Remove-AzDisk.

use anyhow::Result;
use clap::Args;

use crate::cmdlet::common::{OPERATION_STATUS, operation_done};
use crate::cmdlet::disk::DiskArgs;
use crate::cmdlet::{Cmdlet, Effect, Session};
use crate::domain::Activity;
use crate::output::Output;
use crate::workflow;

pub(super) struct Remove;

#[derive(Debug, Args)]
pub(super) struct RemoveArgs {
    #[command(flatten)]
    disk: DiskArgs,
    /// Do not ask
    #[arg(long)]
    force: bool,
}

impl Cmdlet for Remove {
    const NAME: &'static str = "Remove-AzDisk";
    const SYNOPSIS: &'static str = "Delete a managed disk and its data";
    const EXAMPLE: &'static str = "rsv Remove-AzDisk -ResourceGroupName DestRG -DiskName \
        \"$(rsv Get-AzDisk -ResourceGroupName DestRG -Query '[0].Name')\" -Force";
    const EFFECT: Effect = Effect::Destroys;
    type Args = RemoveArgs;

    fn run(args: RemoveArgs, session: &mut Session) -> Result<Output> {
        let start = session.now();
        let id = args.disk.id(session)?;
        session.document().disks.get(&id)?.check_removable(start)?;
        let question = format!(
            "Are you sure you want to remove disk '{}' and its data",
            id.name
        );
        session.confirm(Effect::Destroys, args.force, &question)?;
        if !session.what_if() {
            workflow::sweep_leftovers(session.context());
        }
        let activity = Activity::new("Microsoft.Compute/disks/delete", &id, "Delete disk");
        let uuid = session.change(&activity, |state, now| {
            let disk = state.disks.get(&id)?;
            disk.check_removable(now)?;
            let uuid = disk.uuid;
            state.disks.remove(&id);
            Ok(uuid)
        })?;
        if !session.what_if() {
            workflow::remove_disk_files(session.context(), uuid)?;
        }
        operation_done(session, &OPERATION_STATUS, start)
    }
}

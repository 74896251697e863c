//! Remove-AzDiskEncryptionSet (reference 5.5).

use anyhow::Result;
use clap::Args;

use crate::cmdlet::common::{OPERATION_STATUS, operation_done};
use crate::cmdlet::disk_encryption_set::{SetArgs, users};
use crate::cmdlet::{Cmdlet, Effect, Session};
use crate::domain::{Activity, Refusal, ResourceId};
use crate::output::Output;
use crate::state::Document;

pub(super) struct Remove;

#[derive(Debug, Args)]
pub(super) struct RemoveArgs {
    #[command(flatten)]
    set: SetArgs,
    /// Do not ask
    #[arg(long)]
    force: bool,
}

/// A set stays while anything is encrypted under it.
fn check_unused(state: &Document, id: &ResourceId) -> Result<(), Refusal> {
    state.disk_encryption_sets.get(id)?;
    let copied = state
        .vaults
        .iter()
        .flat_map(|vault| &vault.items)
        .filter(|item| item.snapshots.iter().any(|snapshot| snapshot.is_under(id)));
    let users: Vec<_> = users(state, id)
        .iter()
        .map(ToString::to_string)
        .chain(copied.map(|item| format!("local snapshots of {}", item.machine)))
        .collect();
    if users.is_empty() {
        return Ok(());
    }
    Err(Refusal::refused(
        "RsvDiskEncryptionSetInUse",
        format!(
            "Disk encryption set '{}' is in use by: {}.",
            id.name,
            users.join(", ")
        ),
    )
    .hint("Remove these first; disks under it could not be read any more."))
}

impl Cmdlet for Remove {
    const NAME: &'static str = "Remove-AzDiskEncryptionSet";
    const SYNOPSIS: &'static str = "Delete a disk encryption set that nothing uses";
    const EXAMPLE: &'static str =
        "rsv Remove-AzDiskEncryptionSet -ResourceGroupName testrg -Name testdes1 -Force";
    const EFFECT: Effect = Effect::Destroys;
    type Args = RemoveArgs;

    fn run(args: RemoveArgs, session: &mut Session) -> Result<Output> {
        let start = session.now();
        let id = args.set.id(session)?;
        check_unused(session.document(), &id)?;
        let question = format!(
            "Are you sure you want to remove disk encryption set '{}'",
            id.name
        );
        session.confirm(Effect::Destroys, args.force, &question)?;
        let activity = Activity::new(
            "Microsoft.Compute/diskEncryptionSets/delete",
            &id,
            "Delete disk encryption set",
        );
        session.change(&activity, |state, _| {
            check_unused(state, &id)?;
            state.disk_encryption_sets.remove(&id);
            Ok(())
        })?;
        operation_done(session, &OPERATION_STATUS, start)
    }
}

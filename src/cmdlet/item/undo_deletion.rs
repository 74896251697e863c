//! Undo-AzRecoveryServicesBackupItemDeletion (reference 3.20).

use anyhow::Result;
use clap::Args;

use crate::cmdlet::common::VaultArgs;
use crate::cmdlet::{Cmdlet, Effect, ObjectArg, Session, item, job};
use crate::output::Output;
use crate::workflow;

pub(super) struct Undo;

#[derive(Debug, Args)]
pub(super) struct UndoArgs {
    /// The item: JSON object, name, @file or -
    #[arg(long, alias = "1")]
    item: ObjectArg,
    /// Do not ask
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    vault: VaultArgs,
}

impl Cmdlet for Undo {
    const NAME: &'static str = "Undo-AzRecoveryServicesBackupItemDeletion";
    const SYNOPSIS: &'static str =
        "Bring a soft-deleted item back, stopped, with its recovery points";
    const EXAMPLE: &'static str =
        "rsv Undo-AzRecoveryServicesBackupItemDeletion -Item V2VM -VaultId testvault -Force";
    const EFFECT: Effect = Effect::Changes;
    type Args = UndoArgs;

    fn run(args: UndoArgs, session: &mut Session) -> Result<Output> {
        let id = session.vault(args.vault.vault_id.as_ref())?;
        let vault = session.vault_resource(&id)?.clone();
        let item = item::item(session, &vault, &args.item)?;
        workflow::check_undelete(item)?;
        let question = format!(
            "Are you sure you want to undelete the item '{}'",
            item.name()
        );
        session.confirm(Effect::Changes, args.force, &question)?;
        if session.what_if() {
            session.console().what_if("Undelete", &item.name());
            return Ok(Output::none());
        }
        let outcome = workflow::undelete(session.context(), &id, item.uuid);
        session.show_warnings();
        Ok(Output::one(&job::VIEW, job::view(&outcome?)))
    }
}

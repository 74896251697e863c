//! Undo-AzRecoveryServicesVaultDeletion (reference 2.11).

use anyhow::Result;
use clap::Args;

use crate::cmdlet::soft_deleted_vault::one;
use crate::cmdlet::{Cmdlet, Effect, Session, vault};
use crate::output::Output;
use crate::workflow;

pub(super) struct Undo;

#[derive(Debug, Args)]
pub(super) struct UndoArgs {
    /// Resource group the vault was in
    #[arg(long, alias = "1")]
    resource_group_name: String,
    /// Name of the deleted vault, or the one it had
    #[arg(long, alias = "2")]
    name: String,
    /// Region
    #[arg(long, alias = "3")]
    location: String,
    /// Do not ask
    #[arg(long)]
    force: bool,
}

impl Cmdlet for Undo {
    const NAME: &'static str = "Undo-AzRecoveryServicesVaultDeletion";
    const SYNOPSIS: &'static str = "Recover a deleted vault with its settings, policies and data";
    const EXAMPLE: &'static str = "rsv Undo-AzRecoveryServicesVaultDeletion \
        -ResourceGroupName testrg -Name testvault -Location japaneast";
    const EFFECT: Effect = Effect::Changes;
    type Args = UndoArgs;

    fn run(args: UndoArgs, session: &mut Session) -> Result<Output> {
        let group = args.resource_group_name.as_str();
        session.document().group(session.subscription(), group)?;
        let found = one(session, &args.location, Some(group), &args.name)?;
        let (owner, found) = (found.vault.data.owner, found.vault.clone());
        let question = format!(
            "Are you sure you want to undelete vault '{}'",
            found.base.name
        );
        session.confirm(Effect::Changes, args.force, &question)?;
        let activity = workflow::undelete_activity(session.context().home(), &found)?;
        let recovered = session.change(&activity, |state, now| {
            Ok(workflow::undelete_vault(state, owner, now)?)
        })?;
        if session.what_if() {
            return Ok(Output::none());
        }
        Ok(Output::one(&vault::VIEW, vault::view(&recovered)))
    }
}

//! Remove-AzRecoveryServicesVault (reference 2.3).

use anyhow::Result;
use clap::Args;
use serde_json::json;

use crate::cmdlet::vault::TYPE;
use crate::cmdlet::{Cmdlet, Effect, ObjectArg, Session};
use crate::domain::Activity;
use crate::output::{Form, Output, View};
use crate::workflow;

pub(super) struct Remove;

#[derive(Debug, Args)]
pub(super) struct RemoveArgs {
    /// The vault: id, name, JSON object, @file or -
    #[arg(long)]
    vault: ObjectArg,
    /// Do not ask
    #[arg(long)]
    force: bool,
}

static RESPONSE: View = View {
    type_name: "Microsoft.Azure.Commands.RecoveryServices.VaultOperationOutput",
    form: Form::List,
    table: &[],
    list: &[],
};

impl Cmdlet for Remove {
    const NAME: &'static str = "Remove-AzRecoveryServicesVault";
    const SYNOPSIS: &'static str = "Delete an empty Recovery Services vault; with soft delete it can be recovered for its days";
    const EXAMPLE: &'static str = "rsv Remove-AzRecoveryServicesVault -Vault testvault -Force";
    const EFFECT: Effect = Effect::Destroys;
    type Args = RemoveArgs;

    fn run(args: RemoveArgs, session: &mut Session) -> Result<Output> {
        let object = session.object("Vault", &args.vault, &[TYPE])?;
        let id = session.named(&session.document().vaults, "Vault", &object, None)?;
        session.vault_resource(&id)?.check_removable()?;
        let question = format!("Are you sure you want to remove vault '{}'", id.name);
        session.confirm(Effect::Destroys, args.force, &question)?;
        let activity = Activity::new(
            "Microsoft.RecoveryServices/vaults/delete",
            &id,
            "Delete vault",
        );
        let at = session.context().deletion_time();
        session.change(&activity, |state, _| {
            Ok(workflow::delete_vault(state, &id, at)?)
        })?;
        if session.what_if() {
            return Ok(Output::none());
        }
        // Without soft delete its data goes now.
        session.finish_purges();
        session.show_warnings();
        Ok(Output::one(
            &RESPONSE,
            json!({"Response": "Vault has been deleted"}),
        ))
    }
}

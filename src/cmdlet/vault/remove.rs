//! Remove-AzRecoveryServicesVault (reference 2.3).

use anyhow::Result;
use clap::Args;
use serde_json::json;

use crate::cmdlet::vault::TYPE;
use crate::cmdlet::{Cmdlet, Effect, ObjectArg, Session};
use crate::domain::{Activity, Refusal};
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
    const SYNOPSIS: &'static str = "Delete an empty Recovery Services vault";
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
        let what_if = session.what_if();
        let removed = session.change(&activity, |state, _| {
            state.vaults.get(&id)?.check_removable()?;
            if state
                .vault_context
                .as_deref()
                .is_some_and(|c| c.eq_ignore_ascii_case(&id.to_string()))
            {
                state.vault_context = None;
            }
            state
                .vaults
                .remove(&id)
                .ok_or_else(|| Refusal::not_found("The vault is gone.").into())
        })?;
        if what_if {
            return Ok(Output::none());
        }
        workflow::remove_vault_data(session.context(), &removed.data)?;
        Ok(Output::one(
            &RESPONSE,
            json!({"Response": "Vault has been deleted"}),
        ))
    }
}

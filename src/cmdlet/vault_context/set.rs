//! Set-AzRecoveryServicesVaultContext (reference 2.7).

use anyhow::Result;
use clap::Args;

use crate::cmdlet::vault::TYPE;
use crate::cmdlet::{Cmdlet, Effect, ObjectArg, Session};
use crate::domain::Activity;
use crate::output::Output;

pub(super) struct Set;

#[derive(Debug, Args)]
pub(super) struct SetArgs {
    /// The vault: id, name, JSON object, @file or -
    #[arg(long)]
    vault: ObjectArg,
}

impl Cmdlet for Set {
    const NAME: &'static str = "Set-AzRecoveryServicesVaultContext";
    const SYNOPSIS: &'static str = "Choose the vault that cmdlets use without -VaultId";
    const EXAMPLE: &'static str = "rsv Set-AzRecoveryServicesVaultContext -Vault testvault";
    const EFFECT: Effect = Effect::Changes;
    type Args = SetArgs;

    fn run(args: SetArgs, session: &mut Session) -> Result<Output> {
        let object = session.object("Vault", &args.vault, &[TYPE])?;
        let id = session.named(&session.document().vaults, "Vault", &object, None)?;
        let activity = Activity::new(
            "Microsoft.RecoveryServices/vaults/context/write",
            &id,
            "Select vault",
        );
        session.change(&activity, |state, _| {
            state.vaults.get(&id)?;
            state.vault_context = Some(id.to_string());
            Ok(())
        })?;
        let hidden = !session.what_if() && session.vault(None).ok().as_ref() != Some(&id);
        if hidden {
            session
                .console()
                .warn("RSV_VAULT names another vault: as long as it is set, that one is used.");
        }
        Ok(Output::none())
    }
}

//! Undo-AzKeyVaultKeyRemoval (reference 4.12).

use anyhow::Result;
use clap::Args;

use crate::cmdlet::key::{KeyArgs, NO_HSM, VIEW, view};
use crate::cmdlet::{Cmdlet, Effect, Session};
use crate::domain::{Activity, KeyPermission};
use crate::output::Output;

pub(super) struct Undo;

#[derive(Debug, Args)]
pub(super) struct UndoArgs {
    #[command(flatten)]
    key: KeyArgs,
}

impl Cmdlet for Undo {
    const NAME: &'static str = "Undo-AzKeyVaultKeyRemoval";
    const SYNOPSIS: &'static str = "Recover a deleted key";
    const EXAMPLE: &'static str =
        "rsv Undo-AzKeyVaultKeyRemoval -VaultName testkeyvault -Name deskey";
    const EFFECT: Effect = Effect::Changes;
    const REFUSED: &'static [(&'static str, &'static str)] = &[("HsmName", NO_HSM)];
    type Args = UndoArgs;

    fn run(args: UndoArgs, session: &mut Session) -> Result<Output> {
        let (id, name) = args.key.find(session)?;
        let principal = session.principal();
        let activity = Activity::new(
            "Microsoft.KeyVault/vaults/keys/recover/action",
            &format!("{id}/keys/{name}"),
            "Recover key",
        );
        let value = session.change(&activity, |state, now| {
            state.check_key(&id, Some(&name), principal, KeyPermission::Recover)?;
            let vault = state.key_vaults.get_mut(&id)?;
            vault.recover_key(&name, now)?;
            let key = vault.key(&name)?;
            Ok(key.newest().map(|version| view(vault, key, version)))
        })?;
        Ok(value.map_or_else(Output::none, |value| Output::one(&VIEW, value)))
    }
}

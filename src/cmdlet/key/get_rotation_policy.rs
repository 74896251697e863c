//! Get-AzKeyVaultKeyRotationPolicy (reference 4.14).

use anyhow::Result;
use clap::Args;

use crate::cmdlet::key::KeyArgs;
use crate::cmdlet::key::rotation_policy::{VIEW, view};
use crate::cmdlet::{Cmdlet, Session};
use crate::domain::KeyPermission;
use crate::output::Output;

pub(super) struct Get;

#[derive(Debug, Args)]
pub(super) struct GetArgs {
    #[command(flatten)]
    key: KeyArgs,
}

impl Cmdlet for Get {
    const NAME: &'static str = "Get-AzKeyVaultKeyRotationPolicy";
    const SYNOPSIS: &'static str = "Show the rotation policy of a key, and when a rotation is due";
    const EXAMPLE: &'static str =
        "rsv Get-AzKeyVaultKeyRotationPolicy -VaultName testkeyvault -Name testkey";
    type Args = GetArgs;

    fn run(args: GetArgs, session: &mut Session) -> Result<Output> {
        let (id, name) = args.key.find(session)?;
        let vault = session.document().key_vaults.get(&id)?;
        session.document().check_key(
            &id,
            Some(&name),
            session.principal(),
            KeyPermission::Getrotationpolicy,
        )?;
        Ok(Output::one(&VIEW, view(vault, vault.key(&name)?)))
    }
}

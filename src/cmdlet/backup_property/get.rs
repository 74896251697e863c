//! Get-AzRecoveryServicesBackupProperty (reference 2.8).

use anyhow::Result;
use clap::Args;
use serde_json::json;

use crate::cmdlet::vault::TYPE;
use crate::cmdlet::{Cmdlet, ObjectArg, Session};
use crate::output::{Form, Output, View};

pub(super) struct Get;

#[derive(Debug, Args)]
pub(super) struct GetArgs {
    /// The vault: id, name, JSON object, @file or -
    #[arg(long)]
    vault: ObjectArg,
}

static VIEW: View = View {
    type_name: "Microsoft.Azure.Commands.RecoveryServices.ASRVaultBackupProperties",
    form: Form::List,
    table: &[],
    list: &[],
};

impl Cmdlet for Get {
    const NAME: &'static str = "Get-AzRecoveryServicesBackupProperty";
    const SYNOPSIS: &'static str = "Show the storage redundancy of a vault";
    const EXAMPLE: &'static str = "rsv Get-AzRecoveryServicesBackupProperty -Vault testvault";
    type Args = GetArgs;

    fn run(args: GetArgs, session: &mut Session) -> Result<Output> {
        let object = session.object("Vault", &args.vault, &[TYPE])?;
        let id = session.named(&session.document().vaults, "Vault", &object, None)?;
        let vault = session.vault_resource(&id)?;
        Ok(Output::one(
            &VIEW,
            json!({
                "BackupStorageRedundancy": vault.storage_redundancy,
                "CrossRegionRestore": false,
            }),
        ))
    }
}

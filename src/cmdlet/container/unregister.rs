//! Unregister-AzRecoveryServicesBackupContainer (reference 3.22).

use anyhow::Result;
use clap::Args;

use crate::cmdlet::common::VaultArgs;
use crate::cmdlet::{Cmdlet, Effect, ObjectArg, Session, container};
use crate::domain::Refusal;
use crate::output::Output;

pub(super) struct Unregister;

#[derive(Debug, Args)]
pub(super) struct UnregisterArgs {
    /// The container: object, name, @file or -
    #[arg(long, alias = "1")]
    container: ObjectArg,
    /// Print the container
    #[arg(long)]
    pass_thru: bool,
    /// Do not ask
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    vault: VaultArgs,
}

impl Cmdlet for Unregister {
    const NAME: &'static str = "Unregister-AzRecoveryServicesBackupContainer";
    const SYNOPSIS: &'static str =
        "Say why a container stays: a machine's goes with its last backup item";
    const EXAMPLE: &'static str = "rsv Unregister-AzRecoveryServicesBackupContainer -Container \
        'iaasvmcontainerv2;testrg;V2VM' -VaultId testvault";
    const EFFECT: Effect = Effect::Changes;
    type Args = UnregisterArgs;

    fn run(args: UnregisterArgs, session: &mut Session) -> Result<Output> {
        let id = session.vault(args.vault.vault_id.as_ref())?;
        let name = container::name(session, &args.container)?;
        let vault = session.vault_resource(&id)?;
        let is = |found: &str| found.eq_ignore_ascii_case(&name);
        let item = vault
            .items
            .iter()
            .find(|i| is(&i.container_name()) || is(&i.machine_name));
        let Some(item) = item else {
            return Err(Refusal::not_found(format!(
                "There is no container '{name}' in vault '{}'.",
                id.name
            ))
            .hint("rsv Get-AzRecoveryServicesBackupContainer -ContainerType AzureVM lists them.")
            .into());
        };
        Err(Refusal::refused(
            "RsvContainerNotEmpty",
            format!(
                "Container '{}' holds the backup item '{}': it goes with it.",
                item.container_name(),
                item.name()
            ),
        )
        .hint(format!(
            "rsv Disable-AzRecoveryServicesBackupProtection -Item '{}' -RemoveRecoveryPoints \
             -VaultId {} -Force",
            item.name(),
            id.name
        ))
        .into())
    }
}

//! Get-AzRecoveryServicesBackupContainer (reference 3.1).

use anyhow::Result;
use clap::Args;

use crate::cmdlet::common::VaultArgs;
use crate::cmdlet::container::{VIEW, view};
use crate::cmdlet::{Cmdlet, Session};
use crate::domain::Refusal;
use crate::output::Output;

pub(super) struct Get;

#[derive(Debug, Args)]
pub(super) struct GetArgs {
    /// Kind of container; rsv has machines
    #[arg(long, alias = "1", ignore_case = true,
        value_parser = ["AzureVM", "Windows", "AzureStorage", "AzureVMAppContainer"])]
    container_type: String,
    /// Kind of backup; tells Windows containers apart
    #[arg(long, alias = "2", ignore_case = true,
        value_parser = ["AzureVM", "AzureStorage", "AzureWorkload", "MAB", "MARS"])]
    backup_management_type: Option<String>,
    /// Name of the machine
    #[arg(long, alias = "3")]
    friendly_name: Option<String>,
    /// Resource group of the machine
    #[arg(long, alias = "4")]
    resource_group_name: Option<String>,
    /// Only Registered is listed (the seed passes it; the real cmdlet dropped it)
    #[arg(long, alias = "5", ignore_case = true, value_parser = ["Registered"])]
    status: Option<String>,
    #[command(flatten)]
    vault: VaultArgs,
}

impl Cmdlet for Get {
    const NAME: &'static str = "Get-AzRecoveryServicesBackupContainer";
    const SYNOPSIS: &'static str = "List the registered containers of a vault";
    const EXAMPLE: &'static str = "rsv Get-AzRecoveryServicesBackupContainer \
        -ContainerType AzureVM -FriendlyName V2VM -VaultId testvault";
    type Args = GetArgs;

    fn run(args: GetArgs, session: &mut Session) -> Result<Output> {
        let id = session.vault(args.vault.vault_id.as_ref())?;
        if args.container_type.eq_ignore_ascii_case("Windows")
            && args.backup_management_type.is_none()
        {
            return Err(Refusal::usage(
                "ArgumentException",
                "-BackupManagementType is needed with -ContainerType Windows.",
            )
            .into());
        }
        if !args.container_type.eq_ignore_ascii_case("AzureVM") {
            return Ok(Output::many(&VIEW, Vec::new()));
        }
        let is = |wanted: &Option<String>, found: &str| {
            wanted
                .as_ref()
                .is_none_or(|w| w.eq_ignore_ascii_case(found))
        };
        let items = &session.vault_resource(&id)?.items;
        let values = items
            .iter()
            .filter(|i| {
                is(&args.friendly_name, &i.machine_name)
                    && is(&args.resource_group_name, &i.machine_group)
            })
            .map(view)
            .collect();
        Ok(Output::many(&VIEW, values))
    }
}

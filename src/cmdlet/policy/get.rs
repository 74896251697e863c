//! Get-AzRecoveryServicesBackupProtectionPolicy (reference 3.13).

use anyhow::Result;
use clap::Args;

use crate::cmdlet::common::{VaultArgs, boolean};
use crate::cmdlet::policy::{VIEW, view};
use crate::cmdlet::{Cmdlet, Session};
use crate::output::Output;

pub(super) struct Get;

#[derive(Debug, Args)]
pub(super) struct GetArgs {
    /// Name of the policy; it must exist
    #[arg(long, alias = "1", conflicts_with_all = ["workload_type", "backup_management_type"])]
    name: Option<String>,
    /// Only policies for this kind of workload; rsv has machines
    #[arg(long, alias = "2", ignore_case = true,
        value_parser = ["AzureVM", "AzureSQLDatabase", "AzureFiles", "MSSQL"])]
    workload_type: Option<String>,
    /// Only policies for this kind of backup; rsv has machines
    #[arg(long, alias = "3", ignore_case = true, requires = "workload_type", value_parser =
        ["AzureVM", "SCDPM", "AzureBackupServer", "AzureStorage", "AzureWorkload", "MAB"])]
    backup_management_type: Option<String>,
    /// Only policies that do, or do not, move recovery points to an archive tier; none of rsv does
    #[arg(long, value_parser = boolean)]
    is_archive_smart_tiering_enabled: Option<bool>,
    /// Only standard or enhanced policies; rsv has standard ones
    #[arg(long, ignore_case = true, value_parser = ["Standard", "Enhanced"])]
    policy_sub_type: Option<String>,
    #[command(flatten)]
    vault: VaultArgs,
}

impl GetArgs {
    /// True when the filters leave what rsv has: standard policies for machines, without tiering.
    fn wants_ours(&self) -> bool {
        let is = |wanted: &Option<String>, ours: &str| {
            wanted.as_ref().is_none_or(|w| w.eq_ignore_ascii_case(ours))
        };
        is(&self.workload_type, "AzureVM")
            && is(&self.backup_management_type, "AzureVM")
            && is(&self.policy_sub_type, "Standard")
            && self.is_archive_smart_tiering_enabled != Some(true)
    }
}

impl Cmdlet for Get {
    const NAME: &'static str = "Get-AzRecoveryServicesBackupProtectionPolicy";
    const SYNOPSIS: &'static str = "List the backup policies of a vault, or get one";
    const EXAMPLE: &'static str = "rsv Get-AzRecoveryServicesBackupProtectionPolicy \
        -Name DefaultPolicy -VaultId testvault";
    type Args = GetArgs;

    fn run(args: GetArgs, session: &mut Session) -> Result<Output> {
        let id = session.vault(args.vault.vault_id.as_ref())?;
        let vault = session.vault_resource(&id)?;
        let named = match &args.name {
            Some(name) => Some(vault.policy(name)?),
            None => None,
        };
        if !args.wants_ours() {
            return Ok(Output::many(&VIEW, Vec::new()));
        }
        Ok(match named {
            Some(policy) => Output::one(&VIEW, view(vault, policy)),
            None => Output::many(
                &VIEW,
                vault.policies.iter().map(|p| view(vault, p)).collect(),
            ),
        })
    }
}

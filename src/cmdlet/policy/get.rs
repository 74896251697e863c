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
    /// Name of the policy
    #[arg(long, alias = "1", conflicts_with = "workload_type")]
    name: Option<String>,
    /// Only policies for this kind of workload
    #[arg(long, alias = "2", ignore_case = true,
        value_parser = ["AzureVM", "AzureSQLDatabase", "AzureFiles", "MSSQL"])]
    workload_type: Option<String>,
    /// Only policies for this kind of management
    #[arg(long, alias = "3", ignore_case = true, requires = "workload_type", value_parser =
        ["AzureVM", "SCDPM", "AzureBackupServer", "AzureStorage", "AzureWorkload", "MAB"])]
    backup_management_type: Option<String>,
    /// true: only policies that move recovery points to an archive tier; rsv has none
    #[arg(long, value_parser = boolean)]
    is_archive_smart_tiering_enabled: Option<bool>,
    /// Only policies of this kind
    #[arg(long, ignore_case = true, value_parser = ["Standard", "Enhanced"])]
    policy_sub_type: Option<String>,
    #[command(flatten)]
    vault: VaultArgs,
}

impl GetArgs {
    /// Policies here are standard ones, for machines, without an archive tier.
    fn wants_what_there_is(&self) -> bool {
        let is = |given: &Option<String>, value: &str| {
            given.as_ref().is_none_or(|g| g.eq_ignore_ascii_case(value))
        };
        is(&self.workload_type, "AzureVM")
            && is(&self.backup_management_type, "AzureVM")
            && is(&self.policy_sub_type, "Standard")
            && self.is_archive_smart_tiering_enabled != Some(true)
    }
}

impl Cmdlet for Get {
    const NAME: &'static str = "Get-AzRecoveryServicesBackupProtectionPolicy";
    const SYNOPSIS: &'static str = "Get one backup policy of a vault, or list them";
    const EXAMPLE: &'static str =
        "rsv Get-AzRecoveryServicesBackupProtectionPolicy -Name DefaultPolicy -VaultId testvault";
    type Args = GetArgs;

    fn run(args: GetArgs, session: &mut Session) -> Result<Output> {
        let id = session.vault(args.vault.vault_id.as_ref())?;
        let vault = session.vault_resource(&id)?;
        if let Some(name) = &args.name {
            return Ok(Output::one(&VIEW, view(vault, vault.policy(name)?)));
        }
        let all = vault.policies.iter();
        let found = all.filter(|_| args.wants_what_there_is());
        let values = found.map(|p| view(vault, p)).collect();
        Ok(Output::many(&VIEW, values))
    }
}

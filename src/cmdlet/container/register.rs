//! Register-AzRecoveryServicesBackupContainer (reference 3.21). rsv has no workloads and no agent:
//! it refuses, but the attempt counts (R12, R13).

use anyhow::Result;
use clap::Args;

use crate::cmdlet::common::VaultArgs;
use crate::cmdlet::{Cmdlet, Effect, ObjectArg, Session, container};
use crate::domain::Refusal;
use crate::output::Output;
use crate::workflow::{self, ContainerKind};

pub(super) struct Register;

#[derive(Debug, Args)]
pub(super) struct RegisterArgs {
    /// ARM id of the machine
    #[arg(long, alias = "0", required_unless_present = "container")]
    resource_id: Option<String>,
    /// A container to register again: object, name, @file or -
    #[arg(long, alias = "0", conflicts_with = "resource_id")]
    container: Option<ObjectArg>,
    /// Kind of backup; machines (AzureVM) are registered when they are protected
    #[arg(long, alias = "1", ignore_case = true,
        value_parser = ["AzureWorkload", "AzureVM", "MAB", "MARS"])]
    backup_management_type: String,
    /// Kind of workload
    #[arg(long, alias = "2", ignore_case = true,
        value_parser = ["AzureVM", "AzureSQLDatabase", "AzureFiles", "MSSQL", "Windows"])]
    workload_type: String,
    /// Do not ask
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    vault: VaultArgs,
}

impl RegisterArgs {
    fn kind(&self) -> Result<ContainerKind, Refusal> {
        match self.backup_management_type.to_lowercase().as_str() {
            "mab" | "mars" => Ok(ContainerKind::Agent),
            "azureworkload" => Ok(ContainerKind::Workload),
            _ => Err(Refusal::usage(
                "ArgumentException",
                "Azure virtual machines are registered when they are protected.",
            )
            .hint("rsv Enable-AzRecoveryServicesBackupProtection")),
        }
    }
}

impl Cmdlet for Register {
    const NAME: &'static str = "Register-AzRecoveryServicesBackupContainer";
    const SYNOPSIS: &'static str =
        "Try to register a workload or an agent: refused, but the attempt counts";
    const EXAMPLE: &'static str = "rsv Register-AzRecoveryServicesBackupContainer \
        -ResourceId \"$(rsv Get-AzVM -ResourceGroupName testrg -Name V2VM -Query Id)\" \
        -BackupManagementType AzureWorkload -WorkloadType MSSQL -VaultId testvault -Force";
    const EFFECT: Effect = Effect::Changes;
    type Args = RegisterArgs;

    fn run(args: RegisterArgs, session: &mut Session) -> Result<Output> {
        let id = session.vault(args.vault.vault_id.as_ref())?;
        let kind = args.kind()?;
        let what = match (&args.resource_id, &args.container) {
            (Some(resource), _) => resource.clone(),
            (None, Some(container)) => container::name(session, container)?,
            (None, None) => String::new(),
        };
        let question = format!("Are you sure you want to register the container '{what}'");
        session.confirm(Effect::Changes, args.force, &question)?;
        if session.what_if() {
            return Err(
                workflow::refuse_container(session.vault_resource(&id)?, kind, &what).into(),
            );
        }
        let outcome = workflow::register_container(session.context(), &id, kind, &what);
        session.show_warnings();
        outcome?;
        Ok(Output::none())
    }
}

//! Get-AzRecoveryServicesBackupStatus (reference 3.23).

use anyhow::Result;
use clap::Args;
use serde_json::json;

use crate::cmdlet::{Cmdlet, Session};
use crate::domain::{Refusal, ResourceId, ResourceKind};
use crate::output::{Column, Form, Output, View};

pub(super) struct Get;

#[derive(Debug, Args)]
pub(super) struct GetArgs {
    /// Name of the machine
    #[arg(
        long,
        required_unless_present = "resource_id",
        requires = "resource_group_name"
    )]
    name: Option<String>,
    /// Resource group of the machine
    #[arg(long, requires = "name")]
    resource_group_name: Option<String>,
    /// Kind of resource; rsv has machines
    #[arg(long, ignore_case = true, value_parser = ["AzureVM", "AzureFiles"],
        required_unless_present = "resource_id")]
    r#type: Option<String>,
    /// Id of the machine
    #[arg(long, conflicts_with = "name")]
    resource_id: Option<String>,
}

static VIEW: View = View {
    type_name: "Microsoft.Azure.Commands.RecoveryServices.Backup.Cmdlets.Models.ResourceBackupStatus",
    form: Form::Table,
    table: &[
        Column {
            header: "VaultId",
            path: "VaultId",
        },
        Column {
            header: "BackedUp",
            path: "BackedUp",
        },
    ],
    list: &[],
};

impl GetArgs {
    fn machine(&self, session: &Session) -> Result<ResourceId, Refusal> {
        match &self.resource_id {
            Some(id) => id.parse(),
            None => Ok(ResourceId {
                subscription: session.subscription(),
                group: self.resource_group_name.clone().unwrap_or_default(),
                kind: ResourceKind::VirtualMachine,
                name: self.name.clone().unwrap_or_default(),
            }),
        }
    }
}

impl Cmdlet for Get {
    const NAME: &'static str = "Get-AzRecoveryServicesBackupStatus";
    const SYNOPSIS: &'static str = "Say whether a machine is protected, and by which vault";
    const EXAMPLE: &'static str = "rsv Get-AzRecoveryServicesBackupStatus -Name V2VM \
        -ResourceGroupName testrg -Type AzureVM";
    const REFUSED: &'static [(&'static str, &'static str)] =
        &[("ProtectableObjectName", "file shares are not in rsv yet")];
    type Args = GetArgs;

    fn run(args: GetArgs, session: &mut Session) -> Result<Output> {
        if args
            .r#type
            .as_ref()
            .is_some_and(|t| t.eq_ignore_ascii_case("AzureFiles"))
        {
            return Err(Refusal::usage(
                "RsvNotBuilt",
                "File shares are not in rsv yet: -Type is AzureVM.",
            )
            .into());
        }
        let machine = args.machine(session)?;
        let state = session.document();
        let vault = state.vaults.iter().find(|vault| {
            let mut items = vault.items.iter();
            items.any(|item| item.protects(&machine) && item.soft_deleted.is_none())
        });
        if vault.is_none() {
            state.machines.get(&machine)?;
        }
        Ok(Output::one(
            &VIEW,
            json!({
                "VaultId": vault.map(|vault| vault.arm_id().to_string()),
                "BackedUp": vault.is_some(),
            }),
        ))
    }
}

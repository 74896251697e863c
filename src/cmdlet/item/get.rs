//! Get-AzRecoveryServicesBackupItem (reference 3.2).

use anyhow::Result;
use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use crate::cmdlet::common::VaultArgs;
use crate::cmdlet::item::{VIEW, view};
use crate::cmdlet::{Cmdlet, ObjectArg, Session, container, policy};
use crate::domain::{Item, Refusal, ResourceId, matches_name};
use crate::output::Output;
use crate::workflow;

pub(super) struct Get;

/// Kinds of workloads; rsv protects machines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "PascalCase")]
#[allow(clippy::enum_variant_names)]
pub(super) enum Workload {
    /// Virtual machines
    #[value(name = "AzureVM")]
    AzureVm,
    /// File shares
    AzureFiles,
    /// SQL Server
    #[value(name = "MSSQL")]
    MsSql,
    /// Files and folders
    FileFolder,
    /// SAP HANA
    #[value(name = "SAPHanaDatabase")]
    SapHanaDatabase,
}

#[derive(Debug, Args)]
pub(super) struct GetArgs {
    /// The container: JSON object, name, @file or -
    #[arg(long, alias = "1", group = "what")]
    container: Option<ObjectArg>,
    /// Everything of this kind in the vault
    #[arg(long, alias = "1", group = "what", ignore_case = true,
        value_parser = ["AzureVM", "MAB", "AzureStorage", "AzureWorkload"])]
    backup_management_type: Option<String>,
    /// The policy: JSON object, name, @file or -
    #[arg(long, alias = "1", group = "what")]
    policy: Option<ObjectArg>,
    /// Name of the item; fills ExtendedInfo
    #[arg(long, alias = "2")]
    name: Option<String>,
    /// Only items in this health
    #[arg(long, alias = "3", ignore_case = true, value_parser = ["Healthy", "Unhealthy"])]
    protection_status: Option<String>,
    /// Only items in this state
    #[arg(long, alias = "4", ignore_case = true, value_parser =
        ["IRPending", "ProtectionError", "Protected", "ProtectionStopped", "BackupsSuspended"])]
    protection_state: Option<String>,
    /// Kind of workload
    #[arg(
        long,
        alias = "5",
        value_enum,
        ignore_case = true,
        required_unless_present = "policy"
    )]
    workload_type: Option<Workload>,
    /// Only items that are, or are not, soft-deleted
    #[arg(long, alias = "6", ignore_case = true, value_parser = ["ToBeDeleted", "NotDeleted"])]
    delete_state: Option<String>,
    /// Name of the machine
    #[arg(long)]
    friendly_name: Option<String>,
    #[command(flatten)]
    vault: VaultArgs,
}

impl GetArgs {
    fn check(&self) -> Result<(), Refusal> {
        if self.container.is_none()
            && self.policy.is_none()
            && self.backup_management_type.is_none()
        {
            return Err(Refusal::usage(
                "RsvMissingParameter",
                "Say whose items: -Container, -BackupManagementType or -Policy.",
            ));
        }
        match self.workload_type {
            Some(other) if other != Workload::AzureVm && self.container.is_some() => {
                let message =
                    format!("Unexpected WorkloadType - expected:AzureVM, current:{other:?}");
                Err(Refusal::usage("ArgumentException", message))
            }
            _ => Ok(()),
        }
    }

    /// Other kinds exist in Azure; a vault here protects machines only.
    fn is_about_machines(&self) -> bool {
        self.workload_type.is_none_or(|w| w == Workload::AzureVm)
            && self
                .backup_management_type
                .as_ref()
                .is_none_or(|t| t.eq_ignore_ascii_case("AzureVM"))
    }

    fn matches(&self, item: &Item) -> bool {
        let health = match item.last_backup_status.as_deref() {
            Some("Failed") => "Unhealthy",
            _ => "Healthy",
        };
        let is = |wanted: &Option<String>, found: &str| {
            wanted
                .as_ref()
                .is_none_or(|w| w.eq_ignore_ascii_case(found))
        };
        is(&self.protection_status, health)
            && is(&self.protection_state, item.state.text())
            && is(&self.delete_state, item.delete_state())
            && is(&self.friendly_name, &item.machine_name)
            && self.name.as_ref().is_none_or(|n| {
                matches_name(n, &item.name()) || matches_name(n, &item.machine_name)
            })
    }
}

impl Cmdlet for Get {
    const NAME: &'static str = "Get-AzRecoveryServicesBackupItem";
    const SYNOPSIS: &'static str = "List the protected items of a container, a vault or a policy";
    const EXAMPLE: &'static str = "rsv Get-AzRecoveryServicesBackupItem \
        -BackupManagementType AzureVM -WorkloadType AzureVM -VaultId testvault";
    const REFUSED: &'static [(&'static str, &'static str)] = &[
        (
            "DiskEncryptionSetId",
            "Microsoft's document shows it here by mistake: give it to \
             Restore-AzRecoveryServicesBackupItem",
        ),
        (
            "UseSecondaryRegion",
            "a vault on this machine has no paired region",
        ),
    ];
    type Args = GetArgs;

    fn run(args: GetArgs, session: &mut Session) -> Result<Output> {
        let id = session.vault(args.vault.vault_id.as_ref())?;
        let vault = session.vault_resource(&id)?.clone();
        args.check()?;
        let container = match &args.container {
            Some(arg) => Some(container::name(session, arg)?),
            None => None,
        };
        let policy = match &args.policy {
            Some(arg) => Some(policy_name(session, arg)?),
            None => None,
        };
        let machines = args.is_about_machines();
        let mut values = Vec::new();
        for item in vault.items.iter().filter(|_| machines) {
            let in_container = container.as_ref().is_none_or(|c| is_container(item, c));
            let by_policy = policy
                .as_ref()
                .is_none_or(|p| p.eq_ignore_ascii_case(&item.policy));
            if !in_container || !by_policy || !args.matches(item) {
                continue;
            }
            let extended = match &args.name {
                Some(_) => Some(extended_info(session, &id, item)?),
                None => None,
            };
            values.push(view(&vault, item, extended.as_ref()));
        }
        Ok(Output::many(&VIEW, values))
    }
}

/// True when `name` names the item's container, in any of its forms.
fn is_container(item: &Item, name: &str) -> bool {
    let short = item.container_name();
    short.eq_ignore_ascii_case(name)
        || format!("IaasVMContainer;{short}").eq_ignore_ascii_case(name)
        || item.machine_name.eq_ignore_ascii_case(name)
}

fn policy_name(session: &Session, arg: &ObjectArg) -> Result<String> {
    let object = session.object("Policy", arg, &[policy::TYPE])?;
    Ok(object.text("Policy", &["Name"])?.to_owned())
}

fn extended_info(session: &mut Session, vault: &ResourceId, item: &Item) -> Result<Value> {
    let points = workflow::recovery_points(session.context(), vault, item.uuid)?;
    Ok(json!({
        "OldestRecoveryPoint": points.last().map(|p| p.time),
        "RecoveryPointCount": points.len(),
        "PolicyState": "Consistent",
    }))
}

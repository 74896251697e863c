//! New-AzRecoveryServicesVault (reference 2.1).

use std::path::PathBuf;

use anyhow::Result;
use clap::{Args, ValueEnum};

use crate::cmdlet::common::{EnabledDisabled, boolean, region, tags};
use crate::cmdlet::vault::{VIEW, view};
use crate::cmdlet::{Cmdlet, Effect, Session};
use crate::domain::{Activity, Refusal, Resource, ResourceId, ResourceKind, Vault, check_name};
use crate::output::Output;
use crate::workflow;

pub(super) struct New;

/// Immutability a new vault may start with.
#[derive(Debug, Clone, Copy, ValueEnum)]
#[value(rename_all = "PascalCase")]
pub(super) enum NewImmutability {
    /// Off
    Disabled,
    /// On, reversible
    Unlocked,
}

#[derive(Debug, Args)]
pub(super) struct NewArgs {
    /// Name of the vault: 2-50 letters, digits or '-', starting with a letter
    #[arg(long)]
    name: String,
    /// Resource group
    #[arg(long)]
    resource_group_name: String,
    /// Region
    #[arg(long)]
    location: String,
    /// Tags, as name=value
    #[arg(long, value_delimiter = ',')]
    tag: Vec<String>,
    /// true: classic alerts off; needs the other alert parameter too
    #[arg(long, value_parser = boolean)]
    disable_classic_alerts: Option<bool>,
    /// false: Azure Monitor alerts on; needs the other alert parameter too
    #[arg(long, value_parser = boolean)]
    disable_azure_monitor_alerts_for_job_failure: Option<bool>,
    /// Public endpoint
    #[arg(long, value_enum, ignore_case = true)]
    public_network_access: Option<EnabledDisabled>,
    /// Immutability to start with
    #[arg(long, value_enum, ignore_case = true)]
    immutability_state: Option<NewImmutability>,
    /// Folder for the vault's data (of rsv: another disk than the home's, say)
    #[arg(long)]
    path: Option<PathBuf>,
    /// zstd level of new backup data, 1-19 (of rsv): more is smaller and slower; absent: 3
    #[arg(long, value_parser = clap::value_parser!(u8).range(1..=19))]
    compression_level: Option<u8>,
}

impl NewArgs {
    fn apply(&self, vault: &mut Vault) -> Result<(), Refusal> {
        match (
            self.disable_classic_alerts,
            self.disable_azure_monitor_alerts_for_job_failure,
        ) {
            (Some(classic), Some(monitor)) => {
                vault.classic_alerts = !classic;
                vault.monitor_alerts = !monitor;
            }
            (None, None) => {}
            _ => {
                return Err(Refusal::usage(
                    "ArgumentException",
                    "Please provide the value for DisableAzureMonitorAlertsForJobFailure and \
                     DisableClassicAlerts parameters to configure alerts",
                ));
            }
        }
        if let Some(access) = self.public_network_access {
            vault.public_network_access = access == EnabledDisabled::Enabled;
        }
        if let Some(immutability) = self.immutability_state {
            vault.immutability = format!("{immutability:?}");
        }
        if self.compression_level.is_some() {
            vault.compression_level = self.compression_level;
        }
        if !self.tag.is_empty() {
            vault.base.tags = tags(&self.tag)?;
        }
        Ok(())
    }
}

impl Cmdlet for New {
    const NAME: &'static str = "New-AzRecoveryServicesVault";
    const SYNOPSIS: &'static str = "Create a Recovery Services vault";
    const EXAMPLE: &'static str = "rsv New-AzRecoveryServicesVault -ResourceGroupName testrg -Name testvault -Location japaneast";
    const EFFECT: Effect = Effect::Changes;
    const REFUSED: &'static [(&'static str, &'static str)] = &[(
        "CostManagementGranularity",
        "rsv costs nothing, so there is nothing to account",
    )];
    type Args = NewArgs;

    fn run(args: NewArgs, session: &mut Session) -> Result<Output> {
        check_name(Some(ResourceKind::Vault), &args.name)?;
        let subscription = session.subscription();
        let group = session
            .document()
            .group(subscription, &args.resource_group_name)?
            .name
            .clone();
        let id = ResourceId {
            subscription,
            group: group.clone(),
            kind: ResourceKind::Vault,
            name: args.name.clone(),
        };
        let activity = Activity::new(
            "Microsoft.RecoveryServices/vaults/write",
            &id,
            "Create or update vault",
        );
        // PUT on an existing vault updates it, as ARM does.
        let data = if session.what_if() || session.document().vaults.contains(&id) {
            None
        } else {
            Some(workflow::create_vault_data(
                session.context(),
                args.path.as_deref(),
            )?)
        };
        let value = session.change(&activity, |state, now| {
            state.group(subscription, &group)?;
            let mut vault = match (state.vaults.get(&id), data) {
                (Ok(vault), _) => {
                    vault.check_region("What was asked for", &region(&args.location))?;
                    vault.clone()
                }
                (Err(_), Some(data)) => Vault::new(
                    Resource {
                        subscription,
                        group,
                        name: args.name.clone(),
                        location: region(&args.location),
                        tags: Default::default(),
                        created: now,
                    },
                    data,
                ),
                (Err(_), None) => return Ok(None),
            };
            args.apply(&mut vault)?;
            let value = view(&vault);
            state.vaults.put(vault);
            Ok(Some(value))
        })?;
        Ok(value.map_or_else(Output::none, |value| Output::one(&VIEW, value)))
    }
}

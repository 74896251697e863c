//! New-AzRecoveryServicesBackupProtectionPolicy (reference 3.12).

use anyhow::Result;
use clap::Args;

use crate::cmdlet::common::VaultArgs;
use crate::cmdlet::policy::{
    NO_ARCHIVE, NO_GROUP, ONE_CONSISTENCY, Parts, PartsArgs, VIEW, check_workload, view,
};
use crate::cmdlet::{Cmdlet, Effect, Session};
use crate::domain::{Activity, Frequency, Policy, Refusal, RetentionPolicy, SchedulePolicy};
use crate::output::Output;

pub(super) struct New;

#[derive(Debug, Args)]
pub(super) struct NewArgs {
    /// Name: 3-150 letters, digits or '-', starting with a letter
    #[arg(long, alias = "1")]
    name: String,
    /// Kind of workload
    #[arg(long, alias = "2", ignore_case = true, value_parser = ["AzureVM", "AzureFiles", "MSSQL"])]
    workload_type: String,
    /// Kind of management
    #[arg(long, alias = "3", ignore_case = true,
        value_parser = ["AzureVM", "AzureStorage", "AzureWorkload"])]
    backup_management_type: Option<String>,
    #[command(flatten)]
    parts: PartsArgs,
    #[command(flatten)]
    vault: VaultArgs,
}

/// A policy of these parts; what was not given is the default that fits the rest.
fn build(name: &str, parts: Parts) -> Result<Policy, Refusal> {
    let schedule = parts.schedule.unwrap_or_else(SchedulePolicy::daily);
    let frequency = schedule.schedule_run_frequency;
    let retention = parts.retention.unwrap_or_else(|| {
        let mut retention = RetentionPolicy::long_term(frequency);
        if let (Frequency::Weekly, Some(weekly)) = (frequency, &mut retention.weekly_schedule) {
            weekly
                .days_of_the_week
                .clone_from(&schedule.schedule_run_days);
        }
        retention
    });
    let mut policy = Policy {
        name: name.to_owned(),
        schedule,
        retention,
        snapshot_retention_days: parts.snapshot_days.unwrap_or(0),
    };
    policy.settle()?;
    Ok(policy)
}

impl Cmdlet for New {
    const NAME: &'static str = "New-AzRecoveryServicesBackupProtectionPolicy";
    const SYNOPSIS: &'static str =
        "Create a backup policy: its values are kept, nothing runs by itself";
    const EXAMPLE: &'static str = "rsv New-AzRecoveryServicesBackupProtectionPolicy \
        -Name NewPolicy -WorkloadType AzureVM -VaultId testvault";
    const EFFECT: Effect = Effect::Changes;
    const REFUSED: &'static [(&'static str, &'static str)] = &[
        ("MoveToArchiveTier", NO_ARCHIVE),
        ("TieringMode", NO_ARCHIVE),
        ("TierAfterDuration", NO_ARCHIVE),
        ("TierAfterDurationType", NO_ARCHIVE),
        ("BackupSnapshotResourceGroup", NO_GROUP),
        ("BackupSnapshotResourceGroupSuffix", NO_GROUP),
        ("SnapshotConsistencyType", ONE_CONSISTENCY),
    ];
    type Args = NewArgs;

    fn run(args: NewArgs, session: &mut Session) -> Result<Output> {
        Policy::check_name(&args.name)?;
        let management = args.backup_management_type.as_deref().unwrap_or("AzureVM");
        check_workload(&args.workload_type, management)?;
        let id = session.vault(args.vault.vault_id.as_ref())?;
        let policy = build(&args.name, args.parts.read(session)?)?;
        let activity = Activity::new(
            "Microsoft.RecoveryServices/vaults/backupPolicies/write",
            &format!("{id}/backupPolicies/{}", args.name),
            "Create backup policy",
        );
        let value = session.change(&activity, |state, _| {
            let vault = state.vaults.get_mut(&id)?;
            if vault.policy(&args.name).is_ok() {
                return Err(Refusal::refused(
                    "RsvPolicyExists",
                    format!(
                        "A backup policy with the specified name already exists: {}",
                        args.name
                    ),
                )
                .into());
            }
            let value = view(vault, &policy);
            vault.policies.push(policy);
            vault.policies.sort_by_key(|p| p.name.to_lowercase());
            Ok(value)
        })?;
        Ok(Output::one(&VIEW, value))
    }
}

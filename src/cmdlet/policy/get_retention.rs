//! Get-AzRecoveryServicesBackupRetentionPolicyObject (reference 3.17).

use anyhow::Result;
use clap::Args;

use crate::cmdlet::policy::{RETENTION_TYPE, Runs, WorkloadArgs, retention_view};
use crate::cmdlet::{Cmdlet, Session};
use crate::domain::{Refusal, RetentionPolicy};
use crate::output::{Form, Output, View};

pub(super) struct Get;

#[derive(Debug, Args)]
pub(super) struct GetArgs {
    #[command(flatten)]
    workload: WorkloadArgs,
    /// How often the schedule runs; a weekly one makes no daily recovery points
    #[arg(
        long,
        alias = "2",
        value_enum,
        ignore_case = true,
        default_value = "Daily"
    )]
    schedule_run_frequency: Runs,
    /// Where recovery points are; how long snapshots stay is SnapshotRetentionInDays of a policy
    #[arg(long, alias = "3", ignore_case = true, value_parser = ["Snapshot", "VaultStandard"])]
    backup_tier: Option<String>,
}

static VIEW: View = View {
    type_name: RETENTION_TYPE,
    form: Form::List,
    table: &[],
    list: &[],
};

impl Cmdlet for Get {
    const NAME: &'static str = "Get-AzRecoveryServicesBackupRetentionPolicyObject";
    const SYNOPSIS: &'static str = "Get retention values to edit and give to a policy";
    const EXAMPLE: &'static str = "rsv Get-AzRecoveryServicesBackupRetentionPolicyObject \
        -WorkloadType AzureVM -Output json";
    type Args = GetArgs;

    fn run(args: GetArgs, _: &mut Session) -> Result<Output> {
        args.workload.check()?;
        let tier = args.backup_tier.as_deref();
        if tier.is_some_and(|t| t.eq_ignore_ascii_case("Snapshot")) {
            return Err(Refusal::usage(
                "RsvSnapshotTierUnsupported",
                "-BackupTier Snapshot is for file shares: machines are always kept in the vault.",
            )
            .hint("Local snapshots beside it are SnapshotRetentionInDays, 1 to 5.")
            .into());
        }
        let retention = RetentionPolicy::long_term(args.schedule_run_frequency.frequency()?);
        Ok(Output::one(&VIEW, retention_view(&retention)))
    }
}

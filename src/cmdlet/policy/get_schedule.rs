//! Get-AzRecoveryServicesBackupSchedulePolicyObject (reference 3.16).

use anyhow::Result;
use clap::Args;

use crate::cmdlet::policy::{Runs, SCHEDULE_TYPE, WorkloadArgs, not_enhanced, schedule_view};
use crate::cmdlet::{Cmdlet, Session};
use crate::domain::SchedulePolicy;
use crate::output::{Form, Output, View};

pub(super) struct Get;

#[derive(Debug, Args)]
pub(super) struct GetArgs {
    #[command(flatten)]
    workload: WorkloadArgs,
    /// How often it runs
    #[arg(
        long,
        alias = "2",
        value_enum,
        ignore_case = true,
        default_value = "Daily"
    )]
    schedule_run_frequency: Runs,
    /// Kind of policy; enhanced ones are not in rsv yet
    #[arg(long, alias = "3", ignore_case = true, value_parser = ["Standard", "Enhanced"])]
    policy_sub_type: Option<String>,
}

static VIEW: View = View {
    type_name: SCHEDULE_TYPE,
    form: Form::List,
    table: &[],
    list: &[],
};

impl Cmdlet for Get {
    const NAME: &'static str = "Get-AzRecoveryServicesBackupSchedulePolicyObject";
    const SYNOPSIS: &'static str = "Get a schedule to edit and give to a policy";
    const EXAMPLE: &'static str = "rsv Get-AzRecoveryServicesBackupSchedulePolicyObject \
        -WorkloadType AzureVM -Output json";
    type Args = GetArgs;

    fn run(args: GetArgs, _: &mut Session) -> Result<Output> {
        args.workload.check()?;
        let sub_type = args.policy_sub_type.as_deref();
        if sub_type.is_some_and(|t| t.eq_ignore_ascii_case("Enhanced")) {
            return Err(not_enhanced().into());
        }
        let schedule = SchedulePolicy::new(args.schedule_run_frequency.frequency()?);
        Ok(Output::one(&VIEW, schedule_view(&schedule)))
    }
}

//! Get-AzRecoveryServicesBackupJob (reference 3.8): newest first.

use anyhow::Result;
use clap::Args;
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use crate::cmdlet::common::{VaultArgs, time};
use crate::cmdlet::job::{VIEW, job_id, view};
use crate::cmdlet::{Cmdlet, ObjectArg, Session};
use crate::domain::{JobOperation, JobStatus, Refusal};
use crate::output::Output;
use crate::workflow::JobBook;

pub(super) struct Get;

#[derive(Debug, Args)]
pub(super) struct GetArgs {
    /// Only jobs in this status
    #[arg(long, alias = "1", value_enum, ignore_case = true)]
    status: Option<JobStatus>,
    /// Only jobs of this operation
    #[arg(long, alias = "2", value_enum, ignore_case = true)]
    operation: Option<JobOperation>,
    /// Started from then on (UTC); absent: a day ago
    #[arg(long, alias = "3", value_parser = time)]
    from: Option<Timestamp>,
    /// Started until then (UTC); absent: now
    #[arg(long, alias = "4", value_parser = time)]
    to: Option<Timestamp>,
    /// One job
    #[arg(long, alias = "5")]
    job_id: Option<Uuid>,
    /// One job: JSON object, id, @file or -
    #[arg(long, alias = "6")]
    job: Option<ObjectArg>,
    /// Kind of backup; rsv has machines
    #[arg(long, ignore_case = true,
        value_parser = ["AzureVM", "AzureStorage", "AzureWorkload", "MAB"])]
    backup_management_type: Option<String>,
    #[command(flatten)]
    vault: VaultArgs,
}

impl GetArgs {
    fn window(&self, now: Timestamp) -> Result<(Timestamp, Timestamp), Refusal> {
        let day = SignedDuration::from_hours(24);
        let bad = |text: &str| Err(Refusal::usage("ArgumentException", text));
        let (from, to) = match (self.from, self.to) {
            (None, Some(_)) => return bad("Please provide From filter along with To filter."),
            (from, to) => (from.unwrap_or(now - day), to.unwrap_or(now)),
        };
        if from > now {
            return bad("From date should be less than current UTC time");
        }
        if to < from {
            return bad("To filter should not be less than From filter.");
        }
        if from.duration_until(to) > day * 30 {
            return bad("To filter should not be more than 30 days away from From filter.");
        }
        Ok((from, to))
    }
}

impl Cmdlet for Get {
    const NAME: &'static str = "Get-AzRecoveryServicesBackupJob";
    const SYNOPSIS: &'static str = "List the jobs of a vault, newest first, or get one";
    const EXAMPLE: &'static str = "rsv Get-AzRecoveryServicesBackupJob -VaultId testvault";
    const REFUSED: &'static [(&'static str, &'static str)] = &[
        (
            "UseSecondaryRegion",
            "a vault on this machine has no paired region",
        ),
        ("VaultLocation", "it belongs to -UseSecondaryRegion"),
    ];
    type Args = GetArgs;

    fn run(args: GetArgs, session: &mut Session) -> Result<Output> {
        let id = session.vault(args.vault.vault_id.as_ref())?;
        let vault = session.vault_resource(&id)?.clone();
        let book = JobBook::open(session.context(), &vault)?;
        if args.job.is_some() || args.job_id.is_some() {
            let wanted = job_id(session, args.job.as_ref(), args.job_id)?;
            return Ok(Output::one(&VIEW, view(&book.find(wanted)?)));
        }
        let (from, to) = args.window(session.now())?;
        let machines = args
            .backup_management_type
            .as_ref()
            .is_none_or(|t| t.eq_ignore_ascii_case("AzureVM"));
        let values = book
            .list()?
            .iter()
            .filter(|job| {
                machines
                    && (from..=to).contains(&job.start)
                    && args.status.is_none_or(|s| s == job.status)
                    && args.operation.is_none_or(|o| o == job.operation)
            })
            .map(view)
            .collect();
        Ok(Output::many(&VIEW, values))
    }
}

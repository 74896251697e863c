//! Wait-AzRecoveryServicesBackupJob (reference 3.9).

use std::time::{Duration, Instant};

use anyhow::Result;
use clap::Args;
use serde_json::Value;
use uuid::Uuid;

use crate::cmdlet::common::VaultArgs;
use crate::cmdlet::job::{VIEW, view};
use crate::cmdlet::{Cmdlet, ObjectArg, Session, property};
use crate::domain::{Job, Refusal};
use crate::output::Output;
use crate::workflow::JobBook;

pub(super) struct Wait;

/// Azure polls every 30 seconds; a look costs nothing here.
const POLL: Duration = Duration::from_millis(250);

#[derive(Debug, Args)]
pub(super) struct WaitArgs {
    /// The job or jobs: JSON, id, @file or -
    #[arg(long, alias = "1")]
    job: ObjectArg,
    /// Seconds to wait at most; absent: for ever. Then the jobs are given as they are
    #[arg(long, alias = "2")]
    timeout: Option<u64>,
    #[command(flatten)]
    vault: VaultArgs,
}

impl Cmdlet for Wait {
    const NAME: &'static str = "Wait-AzRecoveryServicesBackupJob";
    const SYNOPSIS: &'static str = "Wait until jobs are over";
    const EXAMPLE: &'static str = "rsv Get-AzRecoveryServicesBackupJob -VaultId testvault \
        -Output json | rsv Wait-AzRecoveryServicesBackupJob -Job - -VaultId testvault";
    type Args = WaitArgs;

    fn run(args: WaitArgs, session: &mut Session) -> Result<Output> {
        let id = session.vault(args.vault.vault_id.as_ref())?;
        let vault = session.vault_resource(&id)?.clone();
        let wanted = ids(&session.object_text("Job", &args.job)?)?;
        let book = JobBook::open(session.context(), &vault)?;
        let start = Instant::now();
        let timeout = args.timeout.map(Duration::from_secs);
        loop {
            let jobs: Vec<Job> = wanted
                .iter()
                .map(|id| book.find(*id))
                .collect::<Result<_>>()?;
            let over = jobs.iter().all(|job| job.status.is_final());
            if over || timeout.is_some_and(|limit| start.elapsed() >= limit) {
                return Ok(Output::many(&VIEW, jobs.iter().map(view).collect()));
            }
            std::thread::sleep(POLL);
        }
    }
}

/// The job ids in a text: a bare id, a job object, or a list of them.
fn ids(text: &str) -> Result<Vec<Uuid>, Refusal> {
    let bad = || {
        Refusal::usage(
            "ArgumentException",
            "Please pass Job or List of Jobs as input. Your input is of another type.",
        )
    };
    let value: Value = match serde_json::from_str(text) {
        Ok(value) => value,
        Err(_) => Value::String(text.to_owned()),
    };
    let list = match value {
        Value::Array(list) => list,
        one => vec![one],
    };
    list.iter()
        .map(|value| {
            let text = value
                .as_str()
                .or_else(|| property(value, "JobId")?.as_str());
            text.and_then(|t| Uuid::parse_str(t).ok()).ok_or_else(bad)
        })
        .collect()
}

//! Stop-AzRecoveryServicesBackupJob (reference 3.10): the running command stops at its next chunk.

use anyhow::Result;
use clap::Args;
use uuid::Uuid;

use crate::cmdlet::common::VaultArgs;
use crate::cmdlet::job::{VIEW, job_id, view};
use crate::cmdlet::{Cmdlet, Effect, ObjectArg, Session};
use crate::output::Output;
use crate::workflow::JobBook;

pub(super) struct Stop;

#[derive(Debug, Args)]
pub(super) struct StopArgs {
    /// The job: JSON object, id, @file or -
    #[arg(long, alias = "1")]
    job: Option<ObjectArg>,
    /// Id of the job
    #[arg(long, alias = "2")]
    job_id: Option<Uuid>,
    #[command(flatten)]
    vault: VaultArgs,
}

impl Cmdlet for Stop {
    const NAME: &'static str = "Stop-AzRecoveryServicesBackupJob";
    const SYNOPSIS: &'static str = "Stop a running backup or restore";
    const EXAMPLE: &'static str = "rsv Stop-AzRecoveryServicesBackupJob -JobId 00000000-0000-0000-0000-000000000000 \
        -VaultId testvault";
    const EFFECT: Effect = Effect::Changes;
    type Args = StopArgs;

    fn run(args: StopArgs, session: &mut Session) -> Result<Output> {
        let id = session.vault(args.vault.vault_id.as_ref())?;
        let vault = session.vault_resource(&id)?.clone();
        let wanted = job_id(session, args.job.as_ref(), args.job_id)?;
        let book = JobBook::open(session.context(), &vault)?;
        book.find(wanted)?.check_cancellable()?;
        if session.what_if() {
            session.console().what_if("Stop job", &wanted.to_string());
        } else {
            session.confirm(Effect::Changes, false, &format!("Stop job {wanted}"))?;
            book.request_cancel(wanted)?;
        }
        Ok(Output::one(&VIEW, view(&book.find(wanted)?)))
    }
}

//! Get-AzRecoveryServicesBackupJobDetail (reference 3.11): steps, properties, the whole error.

use anyhow::Result;
use clap::Args;
use uuid::Uuid;

use crate::cmdlet::common::VaultArgs;
use crate::cmdlet::job::{DETAIL_TYPE, detail_view, job_id};
use crate::cmdlet::{Cmdlet, ObjectArg, Session};
use crate::output::{Form, Output, View};
use crate::workflow::JobBook;

pub(super) struct GetDetail;

static VIEW: View = View {
    type_name: DETAIL_TYPE,
    form: Form::List,
    table: &[],
    list: &[],
};

#[derive(Debug, Args)]
pub(super) struct GetDetailArgs {
    /// The job: JSON object, id, @file or -
    #[arg(long, alias = "1")]
    job: Option<ObjectArg>,
    /// Id of the job
    #[arg(long, alias = "2")]
    job_id: Option<Uuid>,
    #[command(flatten)]
    vault: VaultArgs,
}

impl Cmdlet for GetDetail {
    const NAME: &'static str = "Get-AzRecoveryServicesBackupJobDetail";
    const ALIASES: &'static [&'static str] = &["Get-AzRecoveryServicesBackupJobDetails"];
    const SYNOPSIS: &'static str = "Show a job with its steps, properties and errors";
    const EXAMPLE: &'static str = "rsv Get-AzRecoveryServicesBackupJob -VaultId testvault \
        -Query '[0]' -Output json | rsv Get-AzRecoveryServicesBackupJobDetail -Job - \
        -VaultId testvault";
    const REFUSED: &'static [(&'static str, &'static str)] = &[
        (
            "UseSecondaryRegion",
            "a vault on this machine has no paired region",
        ),
        ("VaultLocation", "it belongs to -UseSecondaryRegion"),
    ];
    type Args = GetDetailArgs;

    fn run(args: GetDetailArgs, session: &mut Session) -> Result<Output> {
        let id = session.vault(args.vault.vault_id.as_ref())?;
        let vault = session.vault_resource(&id)?.clone();
        let wanted = job_id(session, args.job.as_ref(), args.job_id)?;
        let job = JobBook::open(session.context(), &vault)?.find(wanted)?;
        Ok(Output::one(&VIEW, detail_view(&job)))
    }
}

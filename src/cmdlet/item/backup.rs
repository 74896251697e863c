//! Backup-AzRecoveryServicesBackupItem (reference 3.5): runs in the foreground.

use anyhow::Result;
use clap::Args;
use jiff::{SignedDuration, Timestamp};

use crate::cmdlet::common::{VaultArgs, time};
use crate::cmdlet::{Cmdlet, Effect, ObjectArg, Session, item, job};
use crate::domain::Refusal;
use crate::output::Output;
use crate::workflow::{self, BackupOptions};

pub(super) struct Backup;

/// What an on-demand backup of a machine is kept for without -ExpiryDateTimeUTC.
const DEFAULT_RETENTION: SignedDuration = SignedDuration::from_hours(30 * 24);

#[derive(Debug, Args)]
pub(super) struct BackupArgs {
    /// The item: JSON object, name, @file or -
    #[arg(long, alias = "1")]
    item: ObjectArg,
    /// The recovery point is kept until then (UTC); absent: 30 days, or longer as the policy says
    #[arg(long = "ExpiryDateTimeUTC", value_parser = time)]
    expiry_date_time_utc: Option<Timestamp>,
    /// Read every image again, also one that cannot have changed since its last backup (of rsv)
    #[arg(long)]
    full_read: bool,
    #[command(flatten)]
    vault: VaultArgs,
}

impl Cmdlet for Backup {
    const NAME: &'static str = "Backup-AzRecoveryServicesBackupItem";
    const SYNOPSIS: &'static str = "Back a protected item up now";
    const EXAMPLE: &'static str =
        "rsv Backup-AzRecoveryServicesBackupItem -Item V2VM -VaultId testvault";
    const EFFECT: Effect = Effect::Changes;
    const REFUSED: &'static [(&'static str, &'static str)] = &[
        (
            "BackupType",
            "it is for databases; a machine has one kind of backup",
        ),
        (
            "EnableCompression",
            "it is for SQL; backups of machines are always compressed",
        ),
    ];
    type Args = BackupArgs;

    fn run(args: BackupArgs, session: &mut Session) -> Result<Output> {
        let id = session.vault(args.vault.vault_id.as_ref())?;
        let vault = session.vault_resource(&id)?.clone();
        let item = item::item(session, &vault, &args.item)?.clone();
        let now = session.now();
        let expires = args.expiry_date_time_utc.unwrap_or(now + DEFAULT_RETENTION);
        if expires <= now {
            return Err(Refusal::usage(
                "ArgumentException",
                "-ExpiryDateTimeUTC has to be in the future.",
            )
            .into());
        }
        if session.what_if() {
            workflow::unwrap_dek(session.context(), &vault)?;
            session.console().what_if("Back up now", &item.name());
            return Ok(Output::none());
        }
        session.confirm(
            Effect::Changes,
            false,
            &format!("Back up {} now", item.name()),
        )?;
        let bar = session.observe(&format!("Backup {}", item.machine_name));
        let options = BackupOptions {
            expires,
            exact: args.expiry_date_time_utc.is_some(),
            read_all: args.full_read,
        };
        let outcome = workflow::backup(session.context(), &id, item.uuid, &options, &bar);
        bar.finish();
        session.show_warnings();
        Ok(Output::one(&job::VIEW, job::view(&outcome?)))
    }
}

//! Get-AzRecoveryServicesBackupRecoveryPoint (reference 3.6): newest first.

use anyhow::Result;
use clap::Args;
use jiff::{SignedDuration, Timestamp};

use crate::cmdlet::common::{VaultArgs, time};
use crate::cmdlet::recovery_point::{VIEW, view};
use crate::cmdlet::{Cmdlet, ObjectArg, Session, item};
use crate::domain::Refusal;
use crate::output::Output;
use crate::workflow;

pub(super) struct Get;

/// The window without dates, and from the one date that is given.
const WINDOW: SignedDuration = SignedDuration::from_hours(30 * 24);

#[derive(Debug, Args)]
pub(super) struct GetArgs {
    /// From then on (UTC); absent: 30 days before the end
    #[arg(long, alias = "0", value_parser = time, conflicts_with = "recovery_point_id")]
    start_date: Option<Timestamp>,
    /// Until then (UTC); absent: now, or 30 days after the start
    #[arg(long, alias = "1", value_parser = time, conflicts_with = "recovery_point_id")]
    end_date: Option<Timestamp>,
    /// The item: JSON object, name, @file or -
    #[arg(long, alias = "2")]
    item: ObjectArg,
    /// One recovery point
    #[arg(long)]
    recovery_point_id: Option<String>,
    /// Only recovery points of this tier
    #[arg(long, ignore_case = true, value_parser = [
        "VaultStandard", "Snapshot", "VaultArchive", "VaultStandardRehydrated",
        "SnapshotAndVaultStandard", "SnapshotAndVaultArchive"])]
    tier: Option<String>,
    #[command(flatten)]
    vault: VaultArgs,
}

impl GetArgs {
    fn window(&self, now: Timestamp) -> Result<(Timestamp, Timestamp), Refusal> {
        let bad = |text: &str| Err(Refusal::usage("ArgumentException", text));
        let (start, end) = match (self.start_date, self.end_date) {
            (None, None) => (now - WINDOW, now),
            (Some(start), None) => (start, start + WINDOW),
            (None, Some(end)) => (end - WINDOW, end),
            (Some(start), Some(end)) => (start, end),
        };
        if end <= start {
            return bad("End date should be greater than start date");
        }
        if start > now {
            return bad("Start date\\time should be less than current UTC date\\time");
        }
        Ok((start, end))
    }
}

impl Cmdlet for Get {
    const NAME: &'static str = "Get-AzRecoveryServicesBackupRecoveryPoint";
    const SYNOPSIS: &'static str = "List the recovery points of an item, newest first";
    const EXAMPLE: &'static str =
        "rsv Get-AzRecoveryServicesBackupRecoveryPoint -Item V2VM -VaultId testvault";
    const REFUSED: &'static [(&'static str, &'static str)] = &[
        (
            "KeyFileDownloadLocation",
            "rsv keeps no Azure Disk Encryption keys",
        ),
        (
            "UseSecondaryRegion",
            "a vault on this machine has no paired region",
        ),
        ("IsReadyForMove", "there is no archive tier in rsv"),
        ("TargetTier", "there is no archive tier in rsv"),
    ];
    type Args = GetArgs;

    fn run(args: GetArgs, session: &mut Session) -> Result<Output> {
        let id = session.vault(args.vault.vault_id.as_ref())?;
        let vault = session.vault_resource(&id)?.clone();
        let item = item::item(session, &vault, &args.item)?;
        let points = workflow::recovery_points(session.context(), &id, item.uuid)?;
        if let Some(wanted) = &args.recovery_point_id {
            let wanted = wanted.rsplit('/').next().unwrap_or_default();
            let point = points
                .iter()
                .find(|p| p.label.recovery_point_id == wanted)
                .ok_or_else(|| {
                    Refusal::not_found(format!("There is no recovery point '{wanted}'.")).hint(
                        "rsv Get-AzRecoveryServicesBackupRecoveryPoint without -RecoveryPointId \
                         lists those of the last 30 days.",
                    )
                })?;
            return Ok(Output::one(&VIEW, view(&vault, item)(point)));
        }
        let (start, end) = args.window(session.now())?;
        let values = points
            .iter()
            .filter(|p| {
                (start..=end).contains(&p.time)
                    && args
                        .tier
                        .as_ref()
                        .is_none_or(|t| t.eq_ignore_ascii_case(p.tier()))
            })
            .map(view(&vault, item))
            .collect();
        Ok(Output::many(&VIEW, values))
    }
}

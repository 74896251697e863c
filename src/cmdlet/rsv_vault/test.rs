//! Test-RsvVault: verifies a vault's data.

use anyhow::Result;
use clap::{Args, ValueEnum};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::cmdlet::common::VaultArgs;
use crate::cmdlet::{Cmdlet, Session};
use crate::domain::Refusal;
use crate::output::{Form, Output, View};
use crate::workflow::{self, VerifyLevel, VerifyOutcome};

pub(super) struct Test;

/// Percent of the data that -Level Sample reads without -Percent.
const DEFAULT_PERCENT: u8 = 10;

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "PascalCase")]
pub(super) enum Level {
    /// Names, headers, sizes and chains; needs no key
    Structure,
    /// Every recovery point through the index to its packs
    Index,
    /// Index, and a part of all packs to the last byte; samples add up
    Sample,
    /// Index, and all packs to the last byte
    Full,
}

#[derive(Debug, Args)]
pub(super) struct TestArgs {
    #[command(flatten)]
    vault: VaultArgs,
    /// How far to go; absent: Index
    #[arg(long, value_enum, ignore_case = true)]
    level: Option<Level>,
    /// Percent of the data that -Level Sample reads, 1 to 100; absent: 10
    #[arg(long, value_parser = clap::value_parser!(u8).range(1..=100))]
    percent: Option<u8>,
}

static VIEW: View = View {
    type_name: "Rsv.VaultVerification",
    form: Form::List,
    table: &[],
    list: &[],
};

impl Cmdlet for Test {
    const NAME: &'static str = "Test-RsvVault";
    const SYNOPSIS: &'static str =
        "Verify that a vault's data and its local snapshots are whole and intact";
    const EXAMPLE: &'static str = "rsv Test-RsvVault -VaultId testvault -Level Full";
    type Args = TestArgs;

    fn run(args: TestArgs, session: &mut Session) -> Result<Output> {
        let id = session.vault(args.vault.vault_id.as_ref())?;
        let level = match (args.level.unwrap_or(Level::Index), args.percent) {
            (Level::Sample, percent) => VerifyLevel::Sample(percent.unwrap_or(DEFAULT_PERCENT)),
            (_, Some(_)) => {
                return Err(Refusal::usage(
                    "ArgumentException",
                    "-Percent goes with -Level Sample only.",
                )
                .into());
            }
            (Level::Structure, None) => VerifyLevel::Structure,
            (Level::Index, None) => VerifyLevel::Index,
            (Level::Full, None) => VerifyLevel::Full,
        };
        let bar = session.observe(&format!("Verify {}", id.name));
        let outcome = workflow::verify(session.context(), &id, level, &bar);
        bar.finish();
        session.show_warnings();
        let outcome = outcome?;
        let output = Output::one(&VIEW, view(&id.name, level, &outcome));
        match outcome.require(&id.name) {
            Ok(()) => Ok(output),
            Err(refusal) => Ok(output.failing(refusal)),
        }
    }
}

fn view(vault: &str, level: VerifyLevel, outcome: &VerifyOutcome) -> Value {
    let level = match level {
        VerifyLevel::Structure => "Structure".to_owned(),
        VerifyLevel::Index => "Index".to_owned(),
        VerifyLevel::Sample(percent) => format!("Sample {percent} %"),
        VerifyLevel::Full => "Full".to_owned(),
    };
    let intact = outcome.damage.is_empty();
    let time = |ms: u64| Timestamp::from_millisecond(i64::try_from(ms).unwrap_or(i64::MAX)).ok();
    json!({
        "VaultName": vault,
        "Level": level,
        "Result": if intact { "Intact" } else { "Damaged" },
        "RecoveryPoints": outcome.points,
        "Packs": outcome.packs,
        "PackBytes": outcome.pack_bytes,
        "BytesRead": outcome.bytes_read,
        "CoveragePercent": percent(outcome.covered_bytes, outcome.listed_bytes),
        "OldestCheckTime": outcome.oldest_ms.and_then(time),
        "Snapshots": outcome.snapshots,
        "SnapshotBytesRead": outcome.snapshot_bytes_read,
        "SnapshotsNotVerified": outcome.unverified.iter().map(|left| json!({
            "ItemName": left.item,
            "RecoveryPointId": outcome.point_ids.get(&left.point),
            "Reason": left.reason,
        })).collect::<Vec<_>>(),
        "UnknownNames": outcome.unknown,
        "Damage": outcome.damage.iter().map(|damage| damage_view(damage, outcome)).collect::<Vec<_>>(),
    })
}

/// Rounded down: 100 means all. Nothing to check is all of it.
fn percent(part: u64, whole: u64) -> u64 {
    (part * 100).checked_div(whole).unwrap_or(100)
}

/// From the bytes upwards: object, disk, item, recovery point.
fn damage_view(damage: &workflow::Damage, outcome: &VerifyOutcome) -> Value {
    let affected = damage.affected.iter().map(|affected| {
        let disk = affected.disk.map(|(role, lun)| match role {
            0 => "OS disk".to_owned(),
            _ => format!("Data disk at LUN {lun}"),
        });
        json!({
            "ItemName": outcome.items.get(&affected.item),
            "RecoveryPointId": outcome.point_ids.get(&affected.point),
            "Sequence": affected.sequence,
            "Disk": disk,
            "Offset": disk.is_some().then_some(affected.offset),
            "Bytes": disk.is_some().then_some(affected.bytes),
        })
    });
    json!({
        "Object": damage.object,
        "Problem": damage.problem,
        "Affected": affected.collect::<Vec<_>>(),
    })
}

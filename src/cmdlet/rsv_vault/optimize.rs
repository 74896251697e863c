//! Optimize-RsvVault: retention, the purge of deleted items, and garbage collection.

use anyhow::Result;
use clap::Args;
use serde_json::{Value, json};

use crate::cmdlet::common::VaultArgs;
use crate::cmdlet::{Cmdlet, Effect, Session};
use crate::output::{Form, Output, View};
use crate::workflow::{self, Decision, OptimizeOptions, OptimizeOutcome};

pub(super) struct Optimize;

/// Percent of a pack that has to be needed for it to stay as it is, without -MinimumFill: copying
/// costs as much as is kept, and frees what is not.
const DEFAULT_FILL: u8 = 50;

#[derive(Debug, Args)]
pub(super) struct OptimizeArgs {
    #[command(flatten)]
    vault: VaultArgs,
    /// Packs of which less is needed are copied into new ones, in percent, 0 to 100; absent: 50
    #[arg(long, value_parser = clap::value_parser!(u8).range(0..=100))]
    minimum_fill: Option<u8>,
}

static VIEW: View = View {
    type_name: "Rsv.VaultOptimization",
    form: Form::List,
    table: &[],
    list: &[],
};

impl Cmdlet for Optimize {
    const NAME: &'static str = "Optimize-RsvVault";
    const SYNOPSIS: &'static str =
        "Remove expired recovery points, purged items and the bytes nothing needs any more";
    const EXAMPLE: &'static str = "rsv Optimize-RsvVault -VaultId testvault -WhatIf";
    const EFFECT: Effect = Effect::Changes;
    type Args = OptimizeArgs;

    fn run(args: OptimizeArgs, session: &mut Session) -> Result<Output> {
        let id = session.vault(args.vault.vault_id.as_ref())?;
        let question = format!("Optimize the data of vault '{}'", id.name);
        session.confirm(Effect::Changes, false, &question)?;
        let options = OptimizeOptions {
            minimum_fill: args.minimum_fill.unwrap_or(DEFAULT_FILL),
            dry_run: session.what_if(),
        };
        if !options.dry_run {
            session.finish_purges();
        }
        let bar = session.observe(&format!("Optimize {}", id.name));
        let outcome = workflow::optimize(session.context(), &id, options, &bar);
        bar.finish();
        session.show_warnings();
        let outcome = outcome?;
        if options.dry_run {
            session.console().what_if(&question, &id.to_string());
        }
        Ok(Output::one(&VIEW, view(&id.name, options, &outcome)))
    }
}

fn view(vault: &str, options: OptimizeOptions, outcome: &OptimizeOutcome) -> Value {
    let expired = outcome.expired.iter().map(|expired| {
        json!({
            "ItemName": expired.item,
            "RecoveryPointId": expired.point.label.recovery_point_id,
            "RecoveryPointTime": expired.point.time,
            "RecoveryPointExpiryTime": expired.point.kept_until,
        })
    });
    let decisions = |list: &[Decision]| -> Vec<Value> {
        let decision =
            |d: &Decision| json!({"Object": d.object, "Bytes": d.bytes, "Reason": d.reason});
        list.iter().map(decision).collect()
    };
    let collected = &outcome.collected;
    let left: Vec<Decision> = [&outcome.left[..], &collected.left[..]].concat();
    json!({
        "VaultName": vault,
        "DryRun": options.dry_run,
        "JobId": outcome.job.as_ref().map(|job| job.id),
        "RecoveryPointsExpired": expired.collect::<Vec<_>>(),
        "ItemsRemoved": outcome.items,
        "Packs": collected.packs,
        "PackBytes": collected.pack_bytes,
        "PacksRemoved": decisions(&collected.removed),
        "PacksRepacked": collected.repacked,
        "BytesWritten": collected.written,
        "BytesFreed": collected.freed(),
        "LeftoversRemoved": collected.leftovers,
        "Left": decisions(&left),
    })
}

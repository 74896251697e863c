//! Update-RsvVaultEncryption: all data of a vault goes under a new data-encryption key.

use anyhow::Result;
use clap::Args;
use serde_json::{Value, json};

use crate::cmdlet::common::VaultArgs;
use crate::cmdlet::{Cmdlet, Effect, Session};
use crate::output::{Form, Output, View};
use crate::workflow::{self, ReencryptOptions, Reencrypted};

pub(super) struct Update;

#[derive(Debug, Args)]
pub(super) struct UpdateArgs {
    #[command(flatten)]
    vault: VaultArgs,
    /// Leave out recovery points that are damaged: they are gone afterwards; absent: nothing is
    /// switched while one is
    #[arg(long)]
    skip_damaged: bool,
}

static VIEW: View = View {
    type_name: "Rsv.VaultEncryptionUpdate",
    form: Form::List,
    table: &[],
    list: &[],
};

impl Cmdlet for Update {
    const NAME: &'static str = "Update-RsvVaultEncryption";
    const SYNOPSIS: &'static str =
        "Encrypt all data of a vault anew under a new data-encryption key, and remove the old data";
    const EXAMPLE: &'static str = "rsv Update-RsvVaultEncryption -VaultId testvault -WhatIf";
    const EFFECT: Effect = Effect::Changes;
    type Args = UpdateArgs;

    fn run(args: UpdateArgs, session: &mut Session) -> Result<Output> {
        let id = session.vault(args.vault.vault_id.as_ref())?;
        let question = format!("Encrypt all data of vault '{}' anew", id.name);
        session.confirm(Effect::Changes, false, &question)?;
        let options = ReencryptOptions {
            skip_damaged: args.skip_damaged,
            dry_run: session.what_if(),
        };
        let bar = session.observe(&format!("Re-encrypt {}", id.name));
        let outcome = workflow::reencrypt(session.context(), &id, options, &bar);
        bar.finish();
        session.show_warnings();
        let outcome = outcome?;
        if options.dry_run {
            session.console().what_if(&question, &id.to_string());
        }
        let output = Output::one(&VIEW, view(&id.name, options, &outcome));
        Ok(match outcome.partial(&id.name) {
            Some(partial) => output.failing(partial),
            None => output,
        })
    }
}

fn view(vault: &str, options: ReencryptOptions, outcome: &Reencrypted) -> Value {
    let left_out = outcome.left_out.iter().map(|left| {
        json!({
            "ItemName": left.item,
            "RecoveryPointId": left.point.label.recovery_point_id,
            "RecoveryPointTime": left.point.time,
            "Problem": left.problem,
        })
    });
    let report = &outcome.report;
    json!({
        "VaultName": vault,
        "DryRun": options.dry_run,
        "JobId": outcome.job.as_ref().map(|job| job.id),
        "Resumed": outcome.resumed,
        "Epoch": outcome.epoch,
        "OldEpochs": outcome.old_epochs,
        "RecoveryPoints": report.points,
        "RecoveryPointsReused": report.reused,
        "RecoveryPointsLeftOut": left_out.collect::<Vec<_>>(),
        "BytesNeeded": outcome.bytes_needed,
        "BytesFree": outcome.bytes_free,
        "BytesRead": report.bytes_read,
        "BytesWritten": report.bytes_written,
        "ChunksCompared": outcome.proof.chunks,
        "BytesCompared": outcome.proof.bytes,
        "OldDataRemoved": outcome.old_data_removed,
        "NotDone": outcome.not_done,
    })
}

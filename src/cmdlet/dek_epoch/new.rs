//! New-RsvDekEpoch: new data goes under a new data-encryption key.

use anyhow::Result;
use clap::Args;
use serde_json::json;

use crate::cmdlet::common::VaultArgs;
use crate::cmdlet::{Cmdlet, Effect, Session};
use crate::output::{Form, Output, View};
use crate::workflow;

pub(super) struct New;

#[derive(Debug, Args)]
pub(super) struct NewArgs {
    #[command(flatten)]
    vault: VaultArgs,
    /// The old key is known to others: chunk ids change too, and the next backup stores all anew
    #[arg(long)]
    after_leak: bool,
}

static VIEW: View = View {
    type_name: "Rsv.DekEpoch",
    form: Form::List,
    table: &[],
    list: &[],
};

impl Cmdlet for New {
    const NAME: &'static str = "New-RsvDekEpoch";
    const SYNOPSIS: &'static str = "Put new backup data of a vault under a new data-encryption key";
    const EXAMPLE: &'static str = "rsv New-RsvDekEpoch -VaultId testvault";
    const EFFECT: Effect = Effect::Changes;
    type Args = NewArgs;

    fn run(args: NewArgs, session: &mut Session) -> Result<Output> {
        let id = session.vault(args.vault.vault_id.as_ref())?;
        let question = format!(
            "Start a new data-encryption key epoch of vault '{}'",
            id.name
        );
        if session.what_if() {
            session.console().what_if(&question, &id.to_string());
            return Ok(Output::none());
        }
        session.confirm(Effect::Changes, false, &question)?;
        let started = workflow::start_epoch(session.context(), &id, args.after_leak);
        session.show_warnings();
        let started = started?;
        if args.after_leak {
            session.console().warn(&format!(
                "Older recovery points of '{}' stay under the keys of their epochs: whoever has those \
                 keys and the vault's files reads them. rsv Update-RsvVaultEncryption -VaultId {} \
                 encrypts them anew.",
                id.name, id.name
            ));
        }
        let value = json!({
            "VaultName": id.name,
            "Epoch": started.epoch,
            "OlderEpochs": started.older,
            "DedupCarried": started.dedup_carried,
        });
        Ok(Output::one(&VIEW, value))
    }
}

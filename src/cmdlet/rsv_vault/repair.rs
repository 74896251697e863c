//! Repair-RsvVault: sets damaged packs aside and makes the index anew.

use anyhow::Result;
use clap::Args;
use serde_json::json;

use crate::cmdlet::common::VaultArgs;
use crate::cmdlet::{Cmdlet, Effect, Session};
use crate::output::{Form, Output, View};
use crate::workflow;

pub(super) struct Repair;

#[derive(Debug, Args)]
pub(super) struct RepairArgs {
    #[command(flatten)]
    vault: VaultArgs,
}

static VIEW: View = View {
    type_name: "Rsv.VaultRepair",
    form: Form::List,
    table: &[],
    list: &[],
};

impl Cmdlet for Repair {
    const NAME: &'static str = "Repair-RsvVault";
    const SYNOPSIS: &'static str = "Set damaged packs aside and make the index anew";
    const EXAMPLE: &'static str = "rsv Repair-RsvVault -VaultId testvault";
    const EFFECT: Effect = Effect::Changes;
    type Args = RepairArgs;

    fn run(args: RepairArgs, session: &mut Session) -> Result<Output> {
        let id = session.vault(args.vault.vault_id.as_ref())?;
        let question = format!("Repair the data of vault '{}'", id.name);
        session.confirm(Effect::Changes, false, &question)?;
        let bar = session.observe(&format!("Repair {}", id.name));
        let dry_run = session.what_if();
        let report = workflow::repair(session.context(), &id, dry_run, &bar);
        bar.finish();
        session.show_warnings();
        let report = report?;
        if dry_run {
            session.console().what_if(&question, &id.to_string());
        }
        let packs = report.set_aside.iter();
        let packs = packs.map(|(pack, problem)| json!({"Pack": pack, "Problem": problem}));
        let value = json!({
            "VaultName": id.name,
            "Packs": report.packs,
            "PacksSetAside": packs.collect::<Vec<_>>(),
            "BlobsSalvaged": report.salvaged,
            "BlobsLost": report.lost,
            "UnknownNames": report.unknown,
            "IndexRebuilt": !dry_run,
        });
        Ok(Output::one(&VIEW, value))
    }
}

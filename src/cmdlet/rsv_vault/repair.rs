//! Repair-RsvVault: sets damaged packs aside and makes the index anew.

use anyhow::Result;
use clap::Args;
use serde_json::json;
use uuid::Uuid;

use crate::cmdlet::common::VaultArgs;
use crate::cmdlet::{Cmdlet, Effect, Session};
use crate::output::{Form, Output, View};
use crate::workflow::{self, RepairOptions};

pub(super) struct Repair;

#[derive(Debug, Args)]
pub(super) struct RepairArgs {
    #[command(flatten)]
    vault: VaultArgs,
    /// Also set aside what no key of the vault made among the recovery points, such as a forged
    /// newest one; an item stays as it is unless the rest is a whole chain up to its known newest
    #[arg(long)]
    set_aside_points: bool,
    /// As -SetAsidePoints, and give up recovery points that are damaged or gone: the others of
    /// their item can be used again
    #[arg(long)]
    give_up_points: bool,
}

static VIEW: View = View {
    type_name: "Rsv.VaultRepair",
    form: Form::List,
    table: &[],
    list: &[],
};

/// A repair that comes to its end has not brought everything back.
fn loss(vault: &str, blobs: u64) -> String {
    let what = match blobs {
        1 => "1 blob is lost".into(),
        _ => format!("{blobs} blobs are lost"),
    };
    format!(
        "{what}: recovery points miss data. The next backup stores again what the \
         machines still hold; rsv Test-RsvVault -VaultId {vault} -Level Full (or Index, which \
         reads no data) says which recovery points miss some."
    )
}

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
        let options = RepairOptions {
            dry_run: session.what_if(),
            points: args.set_aside_points,
            give_up: args.give_up_points,
        };
        let outcome = workflow::repair(session.context(), &id, options, &bar);
        bar.finish();
        session.show_warnings();
        let (points, report) = outcome?;
        if options.dry_run {
            session.console().what_if(&question, &id.to_string());
        }
        if report.lost > 0 {
            session.console().warn(&loss(&id.name, report.lost));
        }
        let packs = report.set_aside.iter();
        let packs = packs.map(|(pack, problem)| json!({"Pack": pack, "Problem": problem}));
        let item = |id: &[u8; 16]| Uuid::from_bytes(*id);
        let aside = points
            .aside
            .iter()
            .map(|(id, name, problem)| json!({"Item": item(id), "File": name, "Problem": problem}));
        let given_up = points
            .given_up
            .iter()
            .map(|(id, (first, last))| json!({"Item": item(id), "First": first, "Last": last}));
        let left = points.left.iter();
        let left = left.map(|(id, problem)| json!({"Item": item(id), "Problem": problem}));
        let value = json!({
            "VaultName": id.name,
            "PointsSetAside": aside.collect::<Vec<_>>(),
            "PointsGivenUp": given_up.collect::<Vec<_>>(),
            "ItemsLeft": left.collect::<Vec<_>>(),
            "Packs": report.packs,
            "PacksSetAside": packs.collect::<Vec<_>>(),
            "BlobsSalvaged": report.salvaged,
            "BlobsLost": report.lost,
            "UnknownNames": report.unknown,
            "IndexRebuilt": !options.dry_run,
        });
        Ok(Output::one(&VIEW, value))
    }
}

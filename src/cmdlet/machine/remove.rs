//! Remove-AzVM: forgets a machine; its images and its recovery points stay.

use anyhow::Result;
use clap::Args;

use crate::cmdlet::common::operation_done;
use crate::cmdlet::{Cmdlet, Effect, Session};
use crate::domain::{Activity, ResourceId, Tagged};
use crate::output::{Form, Output, View};
use crate::state::Document;

pub(super) struct Remove;

#[derive(Debug, Args)]
pub(super) struct RemoveArgs {
    /// Resource group
    #[arg(long, alias = "0", required_unless_present = "id")]
    resource_group_name: Option<String>,
    /// Name of the machine
    #[arg(
        long,
        alias = "1",
        alias = "ResourceName",
        alias = "VMName",
        required_unless_present = "id"
    )]
    name: Option<String>,
    /// Id of the machine
    #[arg(long, conflicts_with_all = ["resource_group_name", "name"])]
    id: Option<String>,
    /// Do not ask
    #[arg(long)]
    force: bool,
}

static RESPONSE: View = View {
    type_name: "Microsoft.Azure.Commands.Compute.Models.PSComputeLongRunningOperation",
    form: Form::List,
    table: &[],
    list: &[],
};

/// The vaults that protect a machine.
fn protecting(state: &Document, id: &ResourceId) -> Vec<String> {
    let protects = state
        .vaults
        .iter()
        .filter(|v| v.items.iter().any(|item| item.protects(id)));
    protects
        .map(|vault| format!("'{}'", vault.base.name))
        .collect()
}

impl Cmdlet for Remove {
    const NAME: &'static str = "Remove-AzVM";
    const SYNOPSIS: &'static str =
        "Forget a virtual machine; its disk images and recovery points stay";
    const EXAMPLE: &'static str = "rsv Remove-AzVM -ResourceGroupName testrg -Name V2VM -Force";
    const EFFECT: Effect = Effect::Destroys;
    const REFUSED: &'static [(&'static str, &'static str)] = &[
        ("NoWait", "it is done at once"),
        (
            "ForceDeletion",
            "rsv runs no machines, so there is none to stop",
        ),
    ];
    type Args = RemoveArgs;

    fn run(args: RemoveArgs, session: &mut Session) -> Result<Output> {
        let start = session.now();
        let machines = &session.document().machines;
        let machine = match &args.id {
            Some(id) => machines.get(&id.parse()?)?,
            None => machines.one(
                session.subscription(),
                args.resource_group_name.as_deref(),
                args.name.as_deref().unwrap_or_default(),
            )?,
        };
        let id = machine.id();
        let question = format!(
            "Are you sure you want to remove virtual machine '{}' (its disk images stay)",
            id.name
        );
        session.confirm(Effect::Destroys, args.force, &question)?;
        let activity = Activity::new(
            "Microsoft.Compute/virtualMachines/delete",
            &id,
            "Delete virtual machine; its disk images stay",
        );
        let vaults = session.change(&activity, |state, _| {
            state.machines.get(&id)?;
            state.machines.remove(&id);
            Ok(protecting(state, &id))
        })?;
        if session.what_if() {
            return Ok(Output::none());
        }
        let console = session.console();
        console.verbose("The disk images were not touched.");
        if !vaults.is_empty() {
            console.warn(&format!(
                "The machine is protected in vault {}: backups of it fail from now on, its \
                 recovery points stay.",
                vaults.join(", ")
            ));
        }
        operation_done(session, &RESPONSE, start)
    }
}

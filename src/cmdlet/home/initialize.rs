//! Initialize-RsvHome: every command makes a home that is not there; this one says where it is.

use anyhow::Result;
use clap::Args;
use serde_json::{Value, json};

use crate::cmdlet::{Cmdlet, Effect, Session};
use crate::domain::{Activity, Refusal};
use crate::output::{Form, Output, View};
use crate::state::Document;
use crate::workflow::Context;

pub(super) struct Initialize;

#[derive(Debug, Args)]
pub(super) struct InitializeArgs {
    /// Take the time from RSV_NOW, for ever; only while the home holds no resources
    #[arg(long)]
    rehearsal: bool,
}

static VIEW: View = View {
    type_name: "Rsv.Home",
    form: Form::List,
    table: &[],
    list: &[],
};

fn view(context: &Context) -> Value {
    let (home, installation) = (context.home(), context.installation());
    json!({
        "Home": home.folder(),
        "Installation": installation,
        "RootKeyFile": home.root_key_file(installation),
        "AnchorFile": home.anchor(installation),
        "Generation": context.generation(),
        "Rehearsal": context.document().rehearsal,
    })
}

/// Makes it a rehearsal home. Every resource lies in a group, so no group means no resource: no
/// key vault that was made under the system clock loses its purge protection to another one.
fn rehearse(state: &mut Document) -> Result<()> {
    if !state.rehearsal && !state.resource_groups.is_empty() {
        return Err(Refusal::refused(
            "RsvHomeInUse",
            "This home holds resources: only an empty one can become a rehearsal home, since a \
             settable clock would defeat purge protection.",
        )
        .hint("rsv Initialize-RsvHome -Home ./rehearsal -Rehearsal makes another one.")
        .into());
    }
    state.rehearsal = true;
    Ok(())
}

impl Cmdlet for Initialize {
    const NAME: &'static str = "Initialize-RsvHome";
    const SYNOPSIS: &'static str = "Make a home, or show where this one and its root key are";
    const EXAMPLE: &'static str = "rsv Initialize-RsvHome";
    const EFFECT: Effect = Effect::Changes;
    type Args = InitializeArgs;

    fn run(args: InitializeArgs, session: &mut Session) -> Result<Output> {
        if args.rehearsal && !session.document().rehearsal {
            let resource = format!("/providers/Rsv/homes/{}", session.context().installation());
            let activity = Activity::new(
                "Rsv/homes/write",
                &resource,
                "Make the home a rehearsal home",
            );
            session.change(&activity, |state, _| rehearse(state))?;
        }
        Ok(Output::one(&VIEW, view(session.context())))
    }
}

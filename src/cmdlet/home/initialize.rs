//! Initialize-RsvHome: every command makes a home that is not there; this one says where it is.

use anyhow::Result;
use clap::Args;

use crate::cmdlet::home::{VIEW, home_id, view};
use crate::cmdlet::{Cmdlet, Effect, Session};
use crate::domain::{Activity, Refusal};
use crate::output::Output;
use crate::state::{Document, RootKeyKind};

pub(super) struct Initialize;

#[derive(Debug, Args)]
pub(super) struct InitializeArgs {
    /// Take the time from RSV_NOW, for ever; only while the home holds no resources
    #[arg(long)]
    rehearsal: bool,
    /// Keep the root key of the new home under a passphrase, asked for on the terminal; with
    /// -PassphraseFile or -PassphraseFd a new home has one anyway
    #[arg(long)]
    passphrase: bool,
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
            let resource = home_id(session.context());
            let activity = Activity::new(
                "Rsv/homes/write",
                &resource,
                "Make the home a rehearsal home",
            );
            session.change(&activity, |state, _| rehearse(state))?;
        }
        if args.passphrase && session.context().root_key_kind() == RootKeyKind::KeyFile {
            return Err(Refusal::refused(
                "RsvHomeExists",
                "This home is there already, with its root key in a key file.",
            )
            .hint("rsv Update-RsvRootKey -NewPassphrase puts it under a passphrase.")
            .into());
        }
        Ok(Output::one(&VIEW, view(session.context())))
    }
}

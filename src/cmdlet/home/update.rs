//! Update-RsvRootKey: keeps the root key under a passphrase, another one, or none.

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use clap::Args;

use crate::cmdlet::home::{VIEW, home_id, view};
use crate::cmdlet::{Cmdlet, Effect, PassphraseFrom, Session};
use crate::domain::Activity;
use crate::output::Output;
use crate::state::RootKeyKind;

pub(super) struct Update;

#[derive(Debug, Args)]
#[group(id = "into", required = true, multiple = false)]
pub(super) struct UpdateArgs {
    /// Ask for the new passphrase on the terminal
    #[arg(long, group = "into")]
    new_passphrase: bool,
    /// Read the new passphrase from this file or pipe
    #[arg(long, group = "into")]
    new_passphrase_file: Option<PathBuf>,
    /// Read the new passphrase from this open descriptor
    #[arg(long, group = "into")]
    new_passphrase_fd: Option<u32>,
    /// Take the passphrase away: keep the root key in a file that whoever reads it can use
    #[arg(long, group = "into")]
    key_file: bool,
}

impl Cmdlet for Update {
    const NAME: &'static str = "Update-RsvRootKey";
    const SYNOPSIS: &'static str =
        "Put the root key under a passphrase, change the passphrase, or take it away";
    const EXAMPLE: &'static str = "rsv Update-RsvRootKey -NewPassphrase";
    const EFFECT: Effect = Effect::Changes;
    type Args = UpdateArgs;

    fn run(args: UpdateArgs, session: &mut Session) -> Result<Output> {
        let context = session.context();
        let file = context.home().root_key_file(context.installation());
        let before = context.root_key_kind();
        let from = PassphraseFrom {
            how: "-NewPassphraseFile FILE or -NewPassphraseFd N",
            file: args.new_passphrase_file,
            descriptor: args.new_passphrase_fd,
        };
        let passphrase = match args.key_file {
            true => None,
            false => Some(from.choose(session.console(), &file)?),
        };
        let what = match passphrase {
            Some(_) => "Keep the root key under a passphrase",
            None => "Keep the root key in a key file",
        };
        if session.what_if() {
            let file = file.display().to_string();
            session.console().what_if(what, &file);
            return Ok(Output::none());
        }
        session.confirm(
            Effect::Changes,
            false,
            &format!("{what}: {}", file.display()),
        )?;
        session.context().keep_root_key(passphrase.as_ref())?;
        let activity = Activity::new("Rsv/rootKeys/write", &home_id(session.context()), what);
        session
            .change(&activity, |_, _| Ok(()))
            .context("the root key file was changed, but the activity log does not say so")?;
        if before == RootKeyKind::KeyFile && passphrase.is_some() {
            session.console().warn(
                "The root key itself is the same: copies of the old key file, in backups too, \
                 still open this home without the passphrase. Destroy them.",
            );
        }
        Ok(Output::one(&VIEW, view(session.context())))
    }
}

//! Backup-AzKeyVaultKey (reference 4.16).

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use clap::Args;
use serde_json::Value;

use crate::cmdlet::key::{KeyArgs, NO_HSM};
use crate::cmdlet::{Cmdlet, Effect, PassphraseFrom, Session};
use crate::domain::{Activity, KeyPermission, Refusal};
use crate::output::{Output, SCALAR};
use crate::workflow;

pub(super) struct Backup;

#[derive(Debug, Args)]
pub(super) struct BackupArgs {
    #[command(flatten)]
    key: KeyArgs,
    /// File to write; absent: {vault}-{key}-{Unix time} in the current folder
    #[arg(long, alias = "2")]
    output_file: Option<PathBuf>,
    /// Seal it under a passphrase, so that it opens in any home (of rsv)
    #[arg(long)]
    portable: bool,
    /// File or pipe with the passphrase of -Portable; absent: the terminal is asked
    #[arg(long, requires = "portable")]
    backup_passphrase_file: Option<PathBuf>,
    /// Open descriptor with the passphrase of -Portable
    #[arg(long, requires = "portable")]
    backup_passphrase_fd: Option<u32>,
    /// Overwrite the file
    #[arg(long)]
    force: bool,
}

/// Writes 0600 and durably; a file of that name is replaced only under `replace`.
fn write(path: &Path, bytes: &[u8], replace: bool) -> std::io::Result<()> {
    if replace && path.exists() {
        std::fs::remove_file(path)?;
    }
    workflow::write_new(path, bytes)
}

impl Cmdlet for Backup {
    const NAME: &'static str = "Backup-AzKeyVaultKey";
    const SYNOPSIS: &'static str = "Write all versions of a key to a sealed file that only this \
        installation opens, or under a passphrase (-Portable) any other one too";
    const EXAMPLE: &'static str = "rsv Backup-AzKeyVaultKey -VaultName testkeyvault -Name testkey";
    const EFFECT: Effect = Effect::Changes;
    const REFUSED: &'static [(&'static str, &'static str)] = &[
        ("HsmName", NO_HSM),
        (
            "Passphrase",
            "a passphrase is never a parameter's value: -Portable asks for it, or \
             -BackupPassphraseFile names its file",
        ),
    ];
    type Args = BackupArgs;

    fn run(args: BackupArgs, session: &mut Session) -> Result<Output> {
        let (id, name) = args.key.find(session)?;
        let (principal, now) = (session.principal(), session.now());
        let vault = session.document().key_vaults.get(&id)?.clone();
        session
            .document()
            .check_key(&id, Some(&name), principal, KeyPermission::Backup)?;
        let key = vault.key(&name)?;
        let path = args.output_file.unwrap_or_else(|| {
            let (seconds, rest) = (now.as_second(), now.subsec_millisecond());
            format!("{}-{}-{seconds}.{rest:03}", vault.base.name, key.name).into()
        });
        let path = std::path::absolute(&path)?;
        if path.exists() && !args.force {
            session.console().warn(&format!(
                "The backup key file '{}' already exists.",
                path.display()
            ));
            let question = format!("Overwrite existing file at '{}' ?", path.display());
            session.confirm(Effect::Destroys, args.force, &question)?;
        }
        let activity = Activity::new(
            "Microsoft.KeyVault/vaults/keys/backup/action",
            &format!("{id}/keys/{name}"),
            "Back up key",
        );
        let replace = path.exists();
        let from = PassphraseFrom {
            how: "-BackupPassphraseFile FILE or -BackupPassphraseFd N",
            file: args.backup_passphrase_file,
            descriptor: args.backup_passphrase_fd,
        };
        let passphrase = match args.portable {
            true => Some(from.choose(session.console(), &path)?),
            false => None,
        };
        let bytes = workflow::back_up_key(session.context(), &vault, key, passphrase.as_ref())?;
        let what_if = session.what_if();
        session.change(&activity, |state, _| {
            state.check_key(&id, Some(&name), principal, KeyPermission::Backup)?;
            let fresh = state.key_vaults.get(&id)?;
            if fresh.key(&name)? != key {
                return Err(Refusal::refused(
                    "RsvKeyChangedMeanwhile",
                    "Another command changed the key meanwhile.",
                )
                .hint("Run the command again.")
                .into());
            }
            if !what_if {
                write(&path, &bytes, replace)
                    .with_context(|| format!("writing {}", path.display()))?;
            }
            Ok(())
        })?;
        if what_if {
            return Ok(Output::none());
        }
        let path = path.display().to_string();
        Ok(Output::one(&SCALAR, Value::String(path)))
    }
}

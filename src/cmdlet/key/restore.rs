//! Restore-AzKeyVaultKey (reference 4.17).

use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use clap::Args;
use jiff::Timestamp;

use crate::cmdlet::key::{NO_HSM, VIEW, view};
use crate::cmdlet::key_vault::key_vault;
use crate::cmdlet::{Cmdlet, Effect, ObjectArg, PassphraseFrom, Session};
use crate::domain::{Activity, KeyPermission, KeyVault, Refusal, RefusalKind, ResourceId};
use crate::output::Output;
use crate::workflow::{self, KEY_BACKUP_BYTES_MAX, RestoredKey};

pub(super) struct Restore;

#[derive(Debug, Args)]
pub(super) struct RestoreArgs {
    /// Name of the key vault
    #[arg(long, alias = "0")]
    vault_name: Option<String>,
    /// The key vault: id, name, JSON object, @file or -
    #[arg(long, conflicts_with_all = ["vault_name", "resource_id"])]
    input_object: Option<ObjectArg>,
    /// Id of the key vault
    #[arg(long, conflicts_with = "vault_name")]
    resource_id: Option<String>,
    /// File that Backup-AzKeyVaultKey wrote in this installation, or anywhere with -Portable
    #[arg(long, alias = "1")]
    input_file: PathBuf,
    /// File or pipe with the passphrase of a portable backup; absent: the terminal is asked
    #[arg(long)]
    backup_passphrase_file: Option<PathBuf>,
    /// Open descriptor with the passphrase of a portable backup
    #[arg(long)]
    backup_passphrase_fd: Option<u32>,
}

fn read(path: &Path) -> Result<Vec<u8>> {
    let file = std::fs::File::open(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => anyhow::Error::from(Refusal::new(
            RefusalKind::NotFound,
            "RsvFileNotFound",
            format!("Cannot find backup key file '{}'", path.display()),
        )),
        _ => anyhow::Error::from(error).context(format!("opening {}", path.display())),
    })?;
    let mut bytes = Vec::new();
    file.take(KEY_BACKUP_BYTES_MAX)
        .read_to_end(&mut bytes)
        .with_context(|| format!("reading {}", path.display()))?;
    Ok(bytes)
}

/// A key goes where it came from, and never over another one.
fn check(vault: &KeyVault, restored: &RestoredKey, now: Timestamp) -> Result<(), Refusal> {
    restored.check_target(vault)?;
    let name = &restored.key().name;
    vault.check_key_name_free(name, now)?;
    if vault.key(name).is_err() {
        return Ok(());
    }
    Err(Refusal::refused(
        "Conflict",
        format!(
            "There is a key '{name}' in key vault '{}' already.",
            vault.base.name
        ),
    )
    .hint("A backup restores a key that is gone, not single versions."))
}

/// True when the state holds a key of that name after all: its files are not ours to remove.
fn is_named(session: &mut Session, id: &ResourceId, name: &str) -> bool {
    let name = name.to_lowercase();
    session.context().refresh().is_err()
        || session
            .document()
            .key_vaults
            .get(id)
            .is_ok_and(|v| v.keys.contains_key(&name) || v.deleted_keys.contains_key(&name))
}

impl Cmdlet for Restore {
    const NAME: &'static str = "Restore-AzKeyVaultKey";
    const SYNOPSIS: &'static str = "Bring a key back from a file of Backup-AzKeyVaultKey";
    const EXAMPLE: &'static str =
        "rsv Restore-AzKeyVaultKey -VaultName testkeyvault -InputFile testkey.keybackup";
    const EFFECT: Effect = Effect::Changes;
    const REFUSED: &'static [(&'static str, &'static str)] = &[
        ("HsmName", NO_HSM),
        ("HsmObject", NO_HSM),
        ("HsmResourceId", NO_HSM),
        (
            "Passphrase",
            "a passphrase is never a parameter's value: rsv asks for it, or \
             -BackupPassphraseFile names its file",
        ),
    ];
    type Args = RestoreArgs;

    fn run(args: RestoreArgs, session: &mut Session) -> Result<Output> {
        let id = key_vault(
            session,
            args.vault_name.as_deref(),
            None,
            args.input_object.as_ref(),
            args.resource_id.as_deref(),
        )?;
        let (principal, now) = (session.principal(), session.now());
        let from = PassphraseFrom {
            how: "-BackupPassphraseFile FILE or -BackupPassphraseFd N",
            file: args.backup_passphrase_file.clone(),
            descriptor: args.backup_passphrase_fd,
        };
        let bytes = read(&args.input_file)?;
        let context = session.store_and_console();
        let restored = workflow::open_key_backup(context.0, &bytes, || {
            from.read(context.1, &args.input_file)
        })?;
        let vault = session.document().key_vaults.get(&id)?;
        session.document().check_key(
            &id,
            Some(&restored.key().name),
            principal,
            KeyPermission::Restore,
        )?;
        check(vault, &restored, now)?;
        let key = restored.key().clone();
        if !session.what_if() {
            // Its own date may have come meanwhile: the files of a purged key go first.
            workflow::finish_purges(session.context())?;
            restored.store(session.context(), &id.name)?;
        }
        let activity = Activity::new(
            "Microsoft.KeyVault/vaults/keys/restore/action",
            &format!("{id}/keys/{}", key.name),
            "Restore key",
        );
        let outcome = session.change(&activity, |state, now| {
            state.check_key(&id, Some(&key.name), principal, KeyPermission::Restore)?;
            let vault = state.key_vaults.get_mut(&id)?;
            check(vault, &restored, now)?;
            vault.keys.insert(key.name.to_lowercase(), key.clone());
            let value = key.newest().map(|newest| view(vault, &key, newest));
            for version in workflow::version_ids(vault, &key) {
                state
                    .purged_keys
                    .remove(&version.to_string().to_lowercase());
            }
            Ok(value)
        });
        if outcome.is_err() && !session.what_if() && !is_named(session, &id, &key.name) {
            for version in &key.versions {
                let context = session.context();
                workflow::drop_key(context, &id.name, &key.name, &version.version, &outcome);
            }
        }
        Ok(outcome?.map_or_else(Output::none, |value| Output::one(&VIEW, value)))
    }
}

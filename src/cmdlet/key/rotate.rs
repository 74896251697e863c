//! Invoke-AzKeyVaultKeyRotation (reference 4.13): a new version now.

use anyhow::Result;
use clap::Args;
use jiff::Timestamp;

use crate::cmdlet::key::{KeyArgs, VIEW, view};
use crate::cmdlet::{Cmdlet, Effect, Session};
use crate::domain::{Activity, Key, KeyPermission, KeyVersion, Refusal};
use crate::output::Output;
use crate::workflow::{self, NewKey};

pub(super) struct Rotate;

#[derive(Debug, Args)]
pub(super) struct RotateArgs {
    #[command(flatten)]
    key: KeyArgs,
}

/// The newest version, whose size and operations the next one takes.
fn newest(key: &Key) -> Result<&KeyVersion, Refusal> {
    key.newest()
        .ok_or_else(|| Refusal::not_found(format!("The key '{}' has no version.", key.name)))
}

/// A version like the one before, living as long as the rotation policy says.
fn next(key: &Key, new: &NewKey, now: Timestamp) -> Result<KeyVersion, Refusal> {
    let expires = key.rotation.as_ref().and_then(|policy| policy.expiry(now));
    Ok(KeyVersion {
        version: new.version.clone(),
        spki_sha256: new.spki_sha256.clone(),
        enabled: true,
        expires,
        not_before: None,
        created: now,
        updated: now,
        ..newest(key)?.clone()
    })
}

impl Cmdlet for Rotate {
    const NAME: &'static str = "Invoke-AzKeyVaultKeyRotation";
    const SYNOPSIS: &'static str = "Make a new version of a key now, as its rotation policy says";
    const EXAMPLE: &'static str =
        "rsv Invoke-AzKeyVaultKeyRotation -VaultName testkeyvault -Name testkey";
    const EFFECT: Effect = Effect::Changes;
    type Args = RotateArgs;

    fn run(args: RotateArgs, session: &mut Session) -> Result<Output> {
        let (id, name) = args.key.find(session)?;
        let principal = session.principal();
        let vault = session.document().key_vaults.get(&id)?;
        session
            .document()
            .check_key(&id, Some(&name), principal, KeyPermission::Rotate)?;
        let bits = newest(vault.key(&name)?)?.bits;
        // Not under the lock, as in Add-AzKeyVaultKey.
        let new = if session.what_if() {
            NewKey::pretend()
        } else {
            workflow::make_key(session.context(), &id.name, &name, bits)?
        };
        let activity = Activity::new(
            "Microsoft.KeyVault/vaults/keys/rotate/action",
            &format!("{id}/keys/{name}"),
            "Rotate key",
        );
        let outcome = session.change(&activity, |state, now| {
            state.check_key(&id, Some(&name), principal, KeyPermission::Rotate)?;
            let vault = state.key_vaults.get_mut(&id)?;
            let key = vault.key_mut(&name)?;
            let version = next(key, &new, now)?;
            key.versions.push(version.clone());
            Ok(view(vault, vault.key(&name)?, &version))
        });
        if outcome.is_err() && !session.what_if() {
            let context = session.context();
            workflow::drop_key(context, &id.name, &name, &new.version, &outcome);
        }
        Ok(Output::one(&VIEW, outcome?))
    }
}

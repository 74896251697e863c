//! Remove-AzKeyVaultKey (reference 4.11): soft delete; with -InRemovedState purge.

use anyhow::Result;
use clap::Args;

use crate::cmdlet::key::{DELETED_VIEW, KeyArgs, NO_HSM, deleted_view};
use crate::cmdlet::{Cmdlet, Effect, Session};
use crate::domain::{Activity, KeyPermission, ResourceId};
use crate::output::Output;
use crate::workflow;

pub(super) struct Remove;

#[derive(Debug, Args)]
pub(super) struct RemoveArgs {
    #[command(flatten)]
    key: KeyArgs,
    /// Purge a deleted key: its private key is destroyed, and nothing it wraps opens again
    #[arg(long)]
    in_removed_state: bool,
    /// Do not ask; with -InRemovedState also destroy a key that is still needed
    #[arg(long)]
    force: bool,
    /// Print the deleted key
    #[arg(long)]
    pass_thru: bool,
}

impl Cmdlet for Remove {
    const NAME: &'static str = "Remove-AzKeyVaultKey";
    const SYNOPSIS: &'static str =
        "Delete a key so that it can be recovered, or purge a deleted one";
    const EXAMPLE: &'static str =
        "rsv Remove-AzKeyVaultKey -VaultName testkeyvault -Name deskey -Force";
    const EFFECT: Effect = Effect::Destroys;
    const REFUSED: &'static [(&'static str, &'static str)] = &[("HsmName", NO_HSM)];
    type Args = RemoveArgs;

    fn run(args: RemoveArgs, session: &mut Session) -> Result<Output> {
        let (id, name) = args.key.find(session)?;
        if args.in_removed_state {
            return purge(session, &id, &name, args.force);
        }
        let (principal, at) = (session.principal(), session.context().deletion_time());
        let vault = session.document().key_vaults.get(&id)?;
        session
            .document()
            .check_key(&id, Some(&name), principal, KeyPermission::Delete)?;
        let ids = workflow::version_ids(vault, vault.key(&name)?);
        let home = session.context().home().clone();
        let uses = workflow::key_usage(&home, session.document(), &ids)?;
        if !uses.is_empty() {
            session.console().warn(&format!(
                "Until the key is recovered, nothing can be read of: {}.",
                workflow::use_names(&uses)
            ));
        }
        let question = format!("Are you sure you want to remove key '{name}'?");
        session.confirm(Effect::Destroys, args.force, &question)?;
        let activity = Activity::new(
            "Microsoft.KeyVault/vaults/keys/delete",
            &format!("{id}/keys/{name}"),
            "Delete key",
        )
        .with("StillNeededBy", &workflow::use_names(&uses));
        let value = session.change(&activity, |state, _| {
            state.check_key(&id, Some(&name), principal, KeyPermission::Delete)?;
            let vault = state.key_vaults.get_mut(&id)?;
            let deleted = vault.delete_key(&name, at)?.clone();
            Ok(deleted_view(vault, &deleted))
        })?;
        Ok(if args.pass_thru {
            Output::one(&DELETED_VIEW, value)
        } else {
            Output::none()
        })
    }
}

fn purge(session: &mut Session, id: &ResourceId, name: &str, force: bool) -> Result<Output> {
    let principal = session.principal();
    let home = session.context().home().clone();
    let question = format!("Are you sure you want to purge key '{name}'.");
    session.confirm(Effect::Destroys, force, &question)?;
    let activity = Activity::new(
        "Microsoft.KeyVault/vaults/keys/purge/action",
        &format!("{id}/keys/{name}"),
        "Purge key",
    );
    let uses = session.change(&activity, |state, now| {
        state.check_key(id, Some(name), principal, KeyPermission::Purge)?;
        let vault = state.key_vaults.get(id)?;
        let deleted = vault.deleted_key(name, now)?;
        vault.check_key_purge(deleted)?;
        let ids = workflow::version_ids(vault, &deleted.key);
        let uses = workflow::check_not_needed(&home, state, &ids, force)?;
        let vault = state.key_vaults.get_mut(id)?;
        if let Some(deleted) = vault.deleted_keys.get_mut(&name.to_lowercase()) {
            deleted.deletion.purging = true;
        }
        Ok(uses)
    })?;
    if session.what_if() {
        return Ok(Output::none());
    }
    let purged = workflow::finish_purges(session.context())?;
    session.show_warnings();
    let lost = match uses.as_slice() {
        [] => "Nothing needed it.".to_owned(),
        uses => format!("Lost: {}.", workflow::use_names(uses)),
    };
    session.console().warn(&format!(
        "Private keys destroyed here: {}. {lost} A file made by Backup-AzKeyVaultKey still holds \
         the key, and copies of this home elsewhere are unknown.",
        purged.versions
    ));
    Ok(Output::none())
}

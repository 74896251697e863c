//! Remove-AzKeyVault (reference 4.4): soft delete; with -InRemovedState purge.

use anyhow::Result;
use clap::Args;
use serde_json::Value;

use crate::cmdlet::key_vault::{DELETED_TYPE, find_deleted, key_vault};
use crate::cmdlet::{Cmdlet, Effect, ObjectArg, Session};
use crate::domain::{
    Activity, DeletedKeyVault, Deletion, Refusal, ResourceId, Tagged, check_vault_purge,
};
use crate::output::{Output, SCALAR};
use crate::workflow;

pub(super) struct Remove;

#[derive(Debug, Args)]
pub(super) struct RemoveArgs {
    /// Name of the key vault
    #[arg(long, alias = "0", alias = "Name")]
    vault_name: Option<String>,
    /// Resource group
    #[arg(long, alias = "1", requires = "vault_name")]
    resource_group_name: Option<String>,
    /// Region; needed to name a deleted key vault
    #[arg(long, alias = "2")]
    location: Option<String>,
    /// The key vault, or with -InRemovedState the deleted one: id, name, JSON object, @file or -
    #[arg(long, conflicts_with_all = ["vault_name", "resource_id"])]
    input_object: Option<ObjectArg>,
    /// Id of the key vault
    #[arg(long, conflicts_with = "vault_name")]
    resource_id: Option<String>,
    /// Purge a deleted key vault: its private keys are destroyed, and nothing they wrap opens again
    #[arg(long)]
    in_removed_state: bool,
    /// Do not ask; with -InRemovedState also destroy keys that are still needed
    #[arg(long)]
    force: bool,
    /// Print True
    #[arg(long)]
    pass_thru: bool,
}

impl RemoveArgs {
    fn deleted_name(&self, session: &Session) -> Result<(String, Option<String>)> {
        if let Some(input) = &self.input_object {
            let object = session.object("InputObject", input, &[DELETED_TYPE])?;
            let name = object.text("InputObject", &["VaultName"])?.to_owned();
            let location = object.property("Location").map(str::to_owned);
            return Ok((name, location.or_else(|| self.location.clone())));
        }
        let name = match &self.resource_id {
            Some(id) => id.parse::<ResourceId>()?.name,
            None => self.vault_name.clone().unwrap_or_default(),
        };
        if self.location.is_none() {
            return Err(Refusal::usage(
                "RsvMissingParameter",
                "A deleted key vault is named with its -Location.",
            )
            .into());
        }
        Ok((name, self.location.clone()))
    }

    fn purge(&self, session: &mut Session) -> Result<Output> {
        let (name, location) = self.deleted_name(session)?;
        let found = find_deleted(session, &name, location.as_deref())?;
        check_vault_purge(found)?;
        let id = found.vault.id();
        let home = session.context().home().clone();
        let question = format!("Are you sure you want to remove vault '{name}' forever.");
        session.confirm(Effect::Destroys, self.force, &question)?;
        let activity = Activity::new(
            "Microsoft.KeyVault/locations/deletedVaults/purge/action",
            &id,
            "Purge key vault",
        );
        let uses = session.change(&activity, |state, now| {
            let missing = || Refusal::not_found(format!("Cannot find deleted vault '{name}'."));
            let deleted = state.deleted_key_vault(&name, now).ok_or_else(missing)?;
            check_vault_purge(deleted)?;
            let ids = workflow::all_version_ids(&deleted.vault);
            let uses = workflow::check_not_needed(&home, state, &ids, self.force)?;
            let held = state.deleted_key_vaults.get_mut(&name.to_lowercase());
            held.ok_or_else(missing)?.deletion.purging = true;
            Ok(uses)
        })?;
        if session.what_if() {
            return Ok(Output::none());
        }
        let purged = workflow::finish_purges(session.context())?;
        session.show_warnings();
        let lost = match uses.as_slice() {
            [] => "Nothing needed them.".to_owned(),
            uses => format!("Lost: {}.", workflow::use_names(uses)),
        };
        session.console().warn(&format!(
            "Private keys destroyed here: {}. {lost} Files made by Backup-AzKeyVaultKey still hold \
             theirs, and copies of this home elsewhere are unknown.",
            purged.versions
        ));
        Ok(self.answer())
    }

    fn answer(&self) -> Output {
        if self.pass_thru {
            Output::one(&SCALAR, Value::Bool(true))
        } else {
            Output::none()
        }
    }
}

impl Cmdlet for Remove {
    const NAME: &'static str = "Remove-AzKeyVault";
    const SYNOPSIS: &'static str =
        "Delete a key vault so that it can be recovered, or purge a deleted one";
    const EXAMPLE: &'static str = "rsv Remove-AzKeyVault -VaultName testkeyvault -Force";
    const EFFECT: Effect = Effect::Destroys;
    const REFUSED: &'static [(&'static str, &'static str)] = &[(
        "SubscriptionId",
        "key vault names are unique in a home: -VaultName is enough",
    )];
    type Args = RemoveArgs;

    fn run(args: RemoveArgs, session: &mut Session) -> Result<Output> {
        if args.in_removed_state {
            return args.purge(session);
        }
        let id = key_vault(
            session,
            args.vault_name.as_deref(),
            args.resource_group_name.as_deref(),
            args.input_object.as_ref(),
            args.resource_id.as_deref(),
        )?;
        let home = session.context().home().clone();
        let vault = session.document().key_vaults.get(&id)?;
        let ids = workflow::all_version_ids(vault);
        let uses = workflow::key_usage(&home, session.document(), &ids)?;
        if !uses.is_empty() {
            session.console().warn(&format!(
                "Until the key vault is recovered, nothing can be read of: {}.",
                workflow::use_names(&uses)
            ));
        }
        let question = format!("Are you sure you want to remove vault '{}'.", id.name);
        session.confirm(Effect::Destroys, args.force, &question)?;
        let activity = Activity::new("Microsoft.KeyVault/vaults/delete", &id, "Delete key vault")
            .with("StillNeededBy", &workflow::use_names(&uses));
        let at = session.context().deletion_time();
        session.change(&activity, |state, _| {
            state.key_vaults.get(&id)?;
            if let Some(vault) = state.key_vaults.remove(&id) {
                let deletion = Deletion::new(at, vault.retention_days);
                let name = vault.base.name.to_lowercase();
                let deleted = DeletedKeyVault { vault, deletion };
                state.deleted_key_vaults.insert(name, deleted);
            }
            Ok(())
        })?;
        Ok(args.answer())
    }
}

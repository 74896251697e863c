//! Undo-AzKeyVaultRemoval (reference 4.5).

use anyhow::Result;
use clap::Args;

use crate::cmdlet::common::tags;
use crate::cmdlet::key_vault::{DELETED_TYPE, VIEW, find_deleted, view};
use crate::cmdlet::{Cmdlet, Effect, ObjectArg, Session};
use crate::domain::{Activity, Refusal, Tagged, being_deleted};
use crate::output::Output;

pub(super) struct Undo;

#[derive(Debug, Args)]
pub(super) struct UndoArgs {
    /// Name of the key vault
    #[arg(long, alias = "0", required_unless_present = "input_object")]
    vault_name: Option<String>,
    /// Resource group
    #[arg(long, alias = "1", required_unless_present = "input_object")]
    resource_group_name: Option<String>,
    /// Region
    #[arg(long, alias = "2", required_unless_present = "input_object")]
    location: Option<String>,
    /// The deleted key vault: JSON object, @file or -
    #[arg(long, conflicts_with_all = ["vault_name", "resource_group_name", "location"])]
    input_object: Option<ObjectArg>,
    /// Tags, as name=value; they replace the ones before
    #[arg(long, value_delimiter = ',')]
    tag: Vec<String>,
}

impl UndoArgs {
    fn name(&self, session: &Session) -> Result<String> {
        let Some(input) = &self.input_object else {
            return Ok(self.vault_name.clone().unwrap_or_default());
        };
        let object = session.object("InputObject", input, &[DELETED_TYPE])?;
        Ok(object.text("InputObject", &["VaultName"])?.to_owned())
    }
}

impl Cmdlet for Undo {
    const NAME: &'static str = "Undo-AzKeyVaultRemoval";
    const SYNOPSIS: &'static str = "Recover a deleted key vault with its keys and access policies";
    const EXAMPLE: &'static str = "rsv Undo-AzKeyVaultRemoval -VaultName testkeyvault \
        -ResourceGroupName testrg -Location japaneast";
    const EFFECT: Effect = Effect::Changes;
    const REFUSED: &'static [(&'static str, &'static str)] = &[(
        "SubscriptionId",
        "key vault names are unique in a home: -VaultName is enough",
    )];
    type Args = UndoArgs;

    fn run(args: UndoArgs, session: &mut Session) -> Result<Output> {
        let name = args.name(session)?;
        let held = session
            .document()
            .deleted_key_vaults
            .get(&name.to_lowercase());
        if held.is_some_and(|d| d.deletion.purging) {
            return Err(being_deleted("Vault", &name).into());
        }
        let id = find_deleted(session, &name, args.location.as_deref())?
            .vault
            .id();
        if let Some(group) = &args.resource_group_name
            && !group.eq_ignore_ascii_case(&id.group)
        {
            return Err(Refusal::not_found(format!(
                "Cannot find deleted vault '{name}' in resource group '{group}'."
            ))
            .into());
        }
        let activity = Activity::new("Microsoft.KeyVault/vaults/write", &id, "Recover key vault");
        let value = session.change(&activity, |state, now| {
            let gone = || Refusal::not_found(format!("Cannot find deleted vault '{name}'."));
            state.group(id.subscription, &id.group)?;
            state.deleted_key_vault(&name, now).ok_or_else(gone)?;
            let deleted = state.deleted_key_vaults.remove(&name.to_lowercase());
            let mut vault = deleted.ok_or_else(gone)?.vault;
            if !args.tag.is_empty() {
                vault.base.tags = tags(&args.tag)?;
            }
            let value = view(&vault);
            state.key_vaults.put(vault);
            Ok(value)
        })?;
        Ok(Output::one(&VIEW, value))
    }
}

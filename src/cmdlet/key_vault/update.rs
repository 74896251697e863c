//! Update-AzKeyVault (reference 4.3): purge protection, RBAC mode, public access, tags.

use anyhow::Result;
use clap::Args;

use crate::cmdlet::common::{EnabledDisabled, boolean, tags};
use crate::cmdlet::key_vault::{VIEW, key_vault, view};
use crate::cmdlet::{Cmdlet, Effect, ObjectArg, Session};
use crate::domain::{Activity, Refusal};
use crate::output::Output;

pub(super) struct Update;

#[derive(Debug, Args)]
pub(super) struct UpdateArgs {
    /// Name of the key vault
    #[arg(long, alias = "Name")]
    vault_name: Option<String>,
    /// Resource group
    #[arg(long, requires = "vault_name")]
    resource_group_name: Option<String>,
    /// The key vault: id, name, JSON object, @file or -
    #[arg(long, conflicts_with_all = ["vault_name", "resource_id"])]
    input_object: Option<ObjectArg>,
    /// Id of the key vault
    #[arg(long, conflicts_with = "vault_name")]
    resource_id: Option<String>,
    /// Turn purge protection on; it cannot be turned off again
    #[arg(long)]
    enable_purge_protection: bool,
    /// true: access policies count; false: role assignments
    #[arg(long, value_parser = boolean)]
    disable_rbac_authorization: Option<bool>,
    /// true: role assignments count; false: access policies
    #[arg(long, value_parser = boolean, conflicts_with = "disable_rbac_authorization")]
    enable_rbac_authorization: Option<bool>,
    /// Public endpoint
    #[arg(long, value_enum, ignore_case = true)]
    public_network_access: Option<EnabledDisabled>,
    /// Tags, as name=value; they replace the ones before
    #[arg(long, alias = "Tags", value_delimiter = ',')]
    tag: Vec<String>,
}

impl Cmdlet for Update {
    const NAME: &'static str = "Update-AzKeyVault";
    const SYNOPSIS: &'static str = "Turn on purge protection, or change a key vault's settings";
    const EXAMPLE: &'static str = "rsv Update-AzKeyVault -VaultName testkeyvault \
        -ResourceGroupName testrg -EnablePurgeProtection";
    const EFFECT: Effect = Effect::Changes;
    const REFUSED: &'static [(&'static str, &'static str)] = &[(
        "SubscriptionId",
        "key vault names are unique in a home: -VaultName is enough",
    )];
    type Args = UpdateArgs;

    fn run(args: UpdateArgs, session: &mut Session) -> Result<Output> {
        let rbac = args
            .enable_rbac_authorization
            .or(args.disable_rbac_authorization.map(|d| !d));
        if !args.enable_purge_protection
            && rbac.is_none()
            && args.public_network_access.is_none()
            && args.tag.is_empty()
        {
            return Err(
                Refusal::usage("RsvNothingToChange", "Nothing to change was given.")
                    .hint("-EnablePurgeProtection, for one.")
                    .into(),
            );
        }
        let id = key_vault(
            session,
            args.vault_name.as_deref(),
            args.resource_group_name.as_deref(),
            args.input_object.as_ref(),
            args.resource_id.as_deref(),
        )?;
        if args.enable_purge_protection && !session.document().key_vaults.get(&id)?.purge_protection
        {
            purge_protection_is_for_ever(session, &id.name, false)?;
        }
        let activity = Activity::new("Microsoft.KeyVault/vaults/write", &id, "Update key vault");
        let value = session.change(&activity, |state, _| {
            let vault = state.key_vaults.get_mut(&id)?;
            vault.purge_protection |= args.enable_purge_protection;
            if let Some(rbac) = rbac {
                vault.rbac = rbac;
            }
            if let Some(access) = args.public_network_access {
                vault.public_network_access = access == EnabledDisabled::Enabled;
            }
            if !args.tag.is_empty() {
                vault.base.tags = tags(&args.tag)?;
            }
            Ok(view(vault))
        })?;
        Ok(Output::one(&VIEW, value))
    }
}

/// Warns; on a terminal the name has to be typed, unless `force` (-Force) was given.
pub(in crate::cmdlet) fn purge_protection_is_for_ever(
    session: &Session,
    name: &str,
    force: bool,
) -> Result<()> {
    let text = format!("Purge protection of '{name}' cannot be turned off again (R51).");
    if force {
        session.console().warn(&text);
        return Ok(());
    }
    session.confirm_irreversible(&text, name)
}

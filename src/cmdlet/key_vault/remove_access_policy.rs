//! Remove-AzKeyVaultAccessPolicy (reference 4.7): takes effect at the next use of a key.

use anyhow::Result;
use clap::Args;
use uuid::Uuid;

use crate::cmdlet::key_vault::{VIEW, key_vault, view};
use crate::cmdlet::{Cmdlet, Effect, ObjectArg, Session};
use crate::domain::{Activity, Refusal};
use crate::output::Output;

pub(super) struct Remove;

#[derive(Debug, Args)]
pub(super) struct RemoveArgs {
    /// Name of the key vault
    #[arg(long, alias = "0")]
    vault_name: Option<String>,
    /// Resource group
    #[arg(long, alias = "1")]
    resource_group_name: Option<String>,
    /// The key vault: id, name, JSON object, @file or -
    #[arg(long, conflicts_with_all = ["vault_name", "resource_id"])]
    input_object: Option<ObjectArg>,
    /// Id of the key vault
    #[arg(long, conflicts_with = "vault_name")]
    resource_id: Option<String>,
    /// Principal that loses its permissions
    #[arg(long, group = "principal")]
    object_id: Option<Uuid>,
    /// Sign-in name of the account that loses its permissions
    #[arg(long, alias = "UPN", group = "principal")]
    user_principal_name: Option<String>,
    /// Only what it may do through this application
    #[arg(long, requires = "object_id")]
    application_id: Option<Uuid>,
    /// Compute may no longer read secrets
    #[arg(long)]
    enabled_for_deployment: bool,
    /// Resource Manager may no longer read secrets
    #[arg(long)]
    enabled_for_template_deployment: bool,
    /// Azure Disk Encryption may no longer read secrets and unwrap keys
    #[arg(long)]
    enabled_for_disk_encryption: bool,
    /// Print the key vault
    #[arg(long)]
    pass_thru: bool,
}

impl Cmdlet for Remove {
    const NAME: &'static str = "Remove-AzKeyVaultAccessPolicy";
    const SYNOPSIS: &'static str = "Take a principal's permissions on a key vault away";
    const EXAMPLE: &'static str = "rsv Remove-AzKeyVaultAccessPolicy -VaultName testkeyvault \
        -UserPrincipalName operator@rsv.local";
    const EFFECT: Effect = Effect::Changes;
    const REFUSED: &'static [(&'static str, &'static str)] = &[
        (
            "ServicePrincipalName",
            "rsv has no directory of applications: use -ObjectId",
        ),
        (
            "EmailAddress",
            "rsv has no directory of users: use -UserPrincipalName or -ObjectId",
        ),
        (
            "SubscriptionId",
            "key vault names are unique in a home: -VaultName is enough",
        ),
    ];
    type Args = RemoveArgs;

    fn run(args: RemoveArgs, session: &mut Session) -> Result<Output> {
        let id = key_vault(
            session,
            args.vault_name.as_deref(),
            args.resource_group_name.as_deref(),
            args.input_object.as_ref(),
            args.resource_id.as_deref(),
        )?;
        let account = &session.document().account;
        let principal = match &args.user_principal_name {
            Some(name) if account.id.eq_ignore_ascii_case(name) => Some(account.object_id),
            Some(name) => {
                return Err(Refusal::not_found(format!("There is no account '{name}'.")).into());
            }
            None => args.object_id,
        };
        let flags = args.enabled_for_deployment
            || args.enabled_for_template_deployment
            || args.enabled_for_disk_encryption;
        if principal.is_none() && !flags {
            return Err(Refusal::usage(
                "RsvMissingParameter",
                "Say whose permissions go: -ObjectId or -UserPrincipalName.",
            )
            .into());
        }
        let activity = Activity::new(
            "Microsoft.KeyVault/vaults/accessPolicies/write",
            &id,
            "Remove key vault access policy",
        );
        let value = session.change(&activity, |state, _| {
            let vault = state.key_vaults.get_mut(&id)?;
            if let Some(principal) = principal {
                // Absent is what was asked for, as in Azure.
                vault.policies.retain(|p| {
                    p.object_id != principal
                        || (args.application_id.is_some()
                            && p.application_id != args.application_id)
                });
            }
            vault.for_deployment &= !args.enabled_for_deployment;
            vault.for_template_deployment &= !args.enabled_for_template_deployment;
            vault.for_disk_encryption &= !args.enabled_for_disk_encryption;
            Ok(view(vault))
        })?;
        Ok(if args.pass_thru {
            Output::one(&VIEW, value)
        } else {
            Output::none()
        })
    }
}

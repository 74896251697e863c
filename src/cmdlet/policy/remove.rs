//! Remove-AzRecoveryServicesBackupProtectionPolicy (reference 3.15).

use anyhow::Result;
use clap::Args;

use crate::cmdlet::common::VaultArgs;
use crate::cmdlet::policy::{VIEW, name, view};
use crate::cmdlet::{Cmdlet, Effect, ObjectArg, Session};
use crate::domain::{Activity, Refusal, Vault};
use crate::output::Output;

pub(super) struct Remove;

#[derive(Debug, Args)]
pub(super) struct RemoveArgs {
    /// Name of the policy
    #[arg(long, alias = "1", required_unless_present = "policy")]
    name: Option<String>,
    /// The policy: JSON object, name, @file or -
    #[arg(long, conflicts_with = "name")]
    policy: Option<ObjectArg>,
    /// Print the policy
    #[arg(long)]
    pass_thru: bool,
    /// Do not ask
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    vault: VaultArgs,
}

/// A policy goes only when no item has it.
fn check_unused(vault: &Vault, policy: &str) -> Result<(), Refusal> {
    let items: Vec<_> = vault
        .items_of(policy)
        .map(|i| i.machine_name.as_str())
        .collect();
    if items.is_empty() {
        return Ok(());
    }
    Err(Refusal::refused(
        "RsvPolicyInUse",
        format!("Policy '{policy}' is used by {}.", items.join(", ")),
    )
    .hint("rsv Enable-AzRecoveryServicesBackupProtection -Item ITEM -Policy OTHER moves an item."))
}

impl Cmdlet for Remove {
    const NAME: &'static str = "Remove-AzRecoveryServicesBackupProtectionPolicy";
    const SYNOPSIS: &'static str = "Delete a backup policy that no item uses";
    const EXAMPLE: &'static str =
        "rsv Remove-AzRecoveryServicesBackupProtectionPolicy -Name NewPolicy -VaultId testvault";
    const EFFECT: Effect = Effect::Changes;
    type Args = RemoveArgs;

    fn run(args: RemoveArgs, session: &mut Session) -> Result<Output> {
        let id = session.vault(args.vault.vault_id.as_ref())?;
        let wanted = match (&args.policy, &args.name) {
            (Some(arg), _) => name(session, arg)?,
            (None, text) => text.clone().unwrap_or_default(),
        };
        let vault = session.vault_resource(&id)?;
        let policy = vault.policy(&wanted)?.name.clone();
        check_unused(vault, &policy)?;
        let question = format!("Are you sure you want to remove the protection policy '{policy}'");
        session.confirm(Effect::Changes, args.force, &question)?;
        let activity = Activity::new(
            "Microsoft.RecoveryServices/vaults/backupPolicies/delete",
            &format!("{id}/backupPolicies/{policy}"),
            "Delete backup policy",
        );
        let value = session.change(&activity, |state, _| {
            let vault = state.vaults.get_mut(&id)?;
            check_unused(vault, &policy)?;
            let value = view(vault, vault.policy(&policy)?);
            vault.policies.retain(|p| p.name != policy);
            Ok(value)
        })?;
        Ok(if args.pass_thru {
            Output::one(&VIEW, value)
        } else {
            Output::none()
        })
    }
}

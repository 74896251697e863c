//! Set-AzRecoveryServicesVaultProperty (reference 2.5): the customer's key, or soft delete.

use anyhow::Result;
use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use crate::cmdlet::common::{NO_GUARD, VaultArgs, boolean};
use crate::cmdlet::{Cmdlet, Effect, Session};
use crate::domain::{Activity, KeyId, Refusal, ResourceId, SoftDelete, SoftDeleteState, Stage};
use crate::output::{Form, Output, View};
use crate::workflow;

pub(super) struct Set;

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum SoftDeleteChoice {
    /// On
    #[value(name = "Enable")]
    Enable,
    /// Off
    #[value(name = "Disable")]
    Disable,
    /// On for ever
    #[value(name = "AlwaysON")]
    AlwaysOn,
}

#[derive(Debug, Args)]
pub(super) struct SetArgs {
    #[command(flatten)]
    vault: VaultArgs,
    /// Key identifier: with a version pinned, without one the newest is followed
    #[arg(long)]
    encryption_key_id: Option<String>,
    /// Subscription of the key vault; absent: found by its name
    #[arg(long, requires = "encryption_key_id")]
    key_vault_subscription_id: Option<String>,
    /// Use the vault's own identity (the only kind in rsv yet)
    #[arg(long, value_parser = boolean, requires = "encryption_key_id")]
    use_system_assigned_identity: Option<bool>,
    /// Soft delete of backup data; AlwaysON is for ever
    #[arg(
        long,
        value_enum,
        ignore_case = true,
        conflicts_with = "encryption_key_id"
    )]
    soft_delete_feature_state: Option<SoftDeleteChoice>,
    /// Days deleted data is kept, 14-180
    #[arg(long, value_parser = clap::value_parser!(u32).range(14..=180),
        conflicts_with = "encryption_key_id")]
    soft_delete_retention_period_in_days: Option<u32>,
    /// false: hybrid backup security on
    #[arg(long, value_parser = boolean, conflicts_with = "encryption_key_id")]
    disable_hybrid_backup_security_feature: Option<bool>,
}

static CONFIG: View = View {
    type_name: "Microsoft.Azure.Management.RecoveryServices.Backup.Models.BackupResourceVaultConfig",
    form: Form::List,
    table: &[],
    list: &[],
};

impl SetArgs {
    /// The soft-delete settings asked for.
    fn apply(&self, settings: &mut SoftDelete) -> Result<(), Refusal> {
        let always = settings.state == SoftDeleteState::AlwaysON;
        if let Some(choice) = self.soft_delete_feature_state {
            if always && choice != SoftDeleteChoice::AlwaysOn {
                return Err(Refusal::refused(
                    "RsvSoftDeleteAlwaysOn",
                    "Vault's current Soft Delete State is AlwaysOn. This cannot be modified.",
                ));
            }
            settings.state = match choice {
                SoftDeleteChoice::Enable => SoftDeleteState::Enabled,
                SoftDeleteChoice::Disable => SoftDeleteState::Disabled,
                SoftDeleteChoice::AlwaysOn => SoftDeleteState::AlwaysON,
            };
        }
        if let Some(days) = self.soft_delete_retention_period_in_days {
            settings.retention_days = days;
        }
        if let Some(off) = self.disable_hybrid_backup_security_feature {
            if settings.state == SoftDeleteState::AlwaysON {
                return Err(Refusal::usage(
                    "ArgumentException",
                    "Setting SoftDeleteFeatureState to 'AlwaysON' will automatically set \
                     HybridBackupSecurityFeature to AlwaysON. Please remove the \
                     DisableHybridBackupSecurityFeature parameter or use a different value for \
                     the SoftDeleteFeatureState parameter.",
                ));
            }
            settings.enhanced_security = if off {
                SoftDeleteState::Disabled
            } else {
                SoftDeleteState::Enabled
            };
        }
        if settings.state == SoftDeleteState::AlwaysON {
            settings.enhanced_security = SoftDeleteState::AlwaysON;
        }
        Ok(())
    }

    fn set_soft_delete(&self, session: &mut Session, id: &ResourceId) -> Result<Output> {
        if self.soft_delete_feature_state.is_none()
            && self.soft_delete_retention_period_in_days.is_none()
            && self.disable_hybrid_backup_security_feature.is_none()
        {
            return Err(
                Refusal::usage("RsvNothingToChange", "Nothing to change was given.")
                    .hint("-EncryptionKeyId sets the key, -SoftDeleteFeatureState soft delete.")
                    .into(),
            );
        }
        let activity = Activity::new(
            "Microsoft.RecoveryServices/vaults/backupconfig/write",
            id,
            "Update vault soft-delete settings",
        );
        let settings = session.change(&activity, |state, _| {
            let vault = state.vaults.get_mut(id)?;
            self.apply(&mut vault.soft_delete)?;
            Ok(vault.soft_delete.clone())
        })?;
        Ok(Output::one(&CONFIG, config_view(&settings)))
    }
}

/// BackupResourceVaultConfig (O-4).
fn config_view(settings: &SoftDelete) -> Value {
    json!({
        "StorageModelType": null,
        "StorageType": null,
        "StorageTypeState": null,
        "EnhancedSecurityState": settings.enhanced_security.text(),
        "SoftDeleteFeatureState": settings.state.text(),
        "SoftDeleteRetentionPeriodInDays": settings.retention_days,
    })
}

impl Cmdlet for Set {
    const NAME: &'static str = "Set-AzRecoveryServicesVaultProperty";
    const SYNOPSIS: &'static str =
        "Encrypt a vault under a customer-managed key, or set soft delete";
    const EXAMPLE: &'static str = "rsv Set-AzRecoveryServicesVaultProperty -VaultId testvault \
        -EncryptionKeyId https://testkeyvault.vault.azure.net:443/keys/testkey";
    const EFFECT: Effect = Effect::Changes;
    const REFUSED: &'static [(&'static str, &'static str)] = &[
        (
            "UserAssignedIdentity",
            "user-assigned identities are not in rsv yet",
        ),
        (
            "InfrastructureEncryption",
            "the second encryption layer is not in rsv yet",
        ),
        ("Token", NO_GUARD),
        ("SecureToken", NO_GUARD),
    ];
    type Args = SetArgs;

    fn run(args: SetArgs, session: &mut Session) -> Result<Output> {
        let id = session.vault(args.vault.vault_id.as_ref())?;
        let Some(text) = &args.encryption_key_id else {
            return args.set_soft_delete(session, &id);
        };
        let key: KeyId = text.parse()?;
        if args.use_system_assigned_identity == Some(false) {
            return Err(Refusal::usage(
                "ArgumentException",
                "Please input a valid UserAssignedIdentity",
            )
            .hint("User-assigned identities are not in rsv yet: leave the parameter out.")
            .into());
        }
        let state = session.document();
        let subscription = match &args.key_vault_subscription_id {
            Some(text) => state.subscription_named(text)?.id,
            None => state.key_vault_named(&key.vault)?.base.subscription,
        };
        let vault = session.vault_resource(&id)?;
        let stage = Stage::Assign;
        workflow::check_readiness(state, vault, &key, session.rules(), stage, session.now())
            .require()?;
        if !vault.encryption.is_customer() {
            let text = format!(
                "Vault '{}' goes under a customer-managed key; it cannot go back to a \
                 platform-managed one (R17).",
                id.name
            );
            session.confirm_irreversible(&text, &id.name)?;
        }
        if session.what_if() {
            session
                .console()
                .what_if("Assign encryption key", &id.to_string());
            return Ok(Output::none());
        }
        session.confirm(
            Effect::Changes,
            false,
            &format!("Assign the key to {}", id.name),
        )?;
        workflow::assign_key(session.context(), &id, &key, subscription)?;
        session.show_warnings();
        Ok(Output::none())
    }
}

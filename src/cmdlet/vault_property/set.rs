//! Set-AzRecoveryServicesVaultProperty (reference 2.5): the customer's key, or soft delete.

use anyhow::Result;
use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use crate::cmdlet::common::{NO_GUARD, VaultArgs, boolean};
use crate::cmdlet::{Cmdlet, Effect, ObjectArg, Session, user_assigned_identity};
use crate::domain::{
    Activity, KeyId, Refusal, ResourceId, SoftDelete, SoftDeleteState, Stage, Vault,
};
use crate::output::{Form, Output, View};
use crate::workflow::{self, KeyAssignment};

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
    /// true (the default): the vault's own identity uses the key; false: an attached one
    #[arg(long, value_parser = boolean, requires = "encryption_key_id")]
    use_system_assigned_identity: Option<bool>,
    /// The attached identity that uses the key: id, name, JSON object, @file or -
    #[arg(long, requires = "encryption_key_id")]
    user_assigned_identity: Option<ObjectArg>,
    /// A second encryption layer under a platform key; with the first customer key or never
    #[arg(long, requires = "encryption_key_id", num_args = 0..=1, require_equals = true,
        default_missing_value = "true")]
    infrastructure_encryption: Option<bool>,
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

    /// The id of the attached identity that is to use the key; absent: the vault's own (R35, R36).
    fn key_identity(&self, session: &Session) -> Result<Option<String>> {
        let system = self.use_system_assigned_identity.unwrap_or(true);
        let arg = match (system, &self.user_assigned_identity) {
            (true, None) => return Ok(None),
            (false, Some(arg)) => arg,
            (false, None) => {
                return Err(Refusal::usage(
                    "ArgumentException",
                    "Please input a valid UserAssignedIdentity",
                )
                .hint("rsv Get-AzUserAssignedIdentity lists the identities there are.")
                .into());
            }
            (true, Some(_)) => {
                return Err(Refusal::usage(
                    "InvalidRestApiParameter",
                    "cmkIdentity parameter is invalid. A key is used by the vault's own identity \
                     or by an attached one, not by both.",
                )
                .hint("Add -UseSystemAssignedIdentity false: it is true by default.")
                .into());
            }
        };
        let object =
            session.object("UserAssignedIdentity", arg, &[user_assigned_identity::TYPE])?;
        let table = &session.document().user_identities;
        let id = session.named(table, "UserAssignedIdentity", &object, None)?;
        Ok(Some(id.to_string()))
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

/// R38: the service advises to change the key or the identity, one at a time.
fn warn_of_two_changes(session: &Session, vault: &Vault, key: &KeyId, user: Option<&str>) {
    let encryption = &vault.encryption;
    let same_key = encryption.key_uri.as_deref() == Some(key.to_string().as_str());
    let same_user = encryption.user_identity.as_deref() == user;
    if encryption.is_customer() && !same_key && !same_user {
        session.console().warn(
            "Key and identity change in one step; the service advises to change one at a time \
             (R38).",
        );
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
    const REFUSED: &'static [(&'static str, &'static str)] =
        &[("Token", NO_GUARD), ("SecureToken", NO_GUARD)];
    type Args = SetArgs;

    fn run(args: SetArgs, session: &mut Session) -> Result<Output> {
        let id = session.vault(args.vault.vault_id.as_ref())?;
        let Some(text) = &args.encryption_key_id else {
            return args.set_soft_delete(session, &id);
        };
        let key: KeyId = text.parse()?;
        let user_identity = args.key_identity(session)?;
        let state = session.document();
        let subscription = match &args.key_vault_subscription_id {
            Some(text) => state.subscription_named(text)?.id,
            None => state.key_vault_named(&key.vault)?.base.subscription,
        };
        let mut vault = session.vault_resource(&id)?.clone();
        workflow::check_infrastructure(&vault, args.infrastructure_encryption)?;
        warn_of_two_changes(session, &vault, &key, user_identity.as_deref());
        vault.encryption.user_identity.clone_from(&user_identity);
        let first = !vault.encryption.is_customer();
        if first || session.what_if() {
            // An update of a key is a job, which checks this too and keeps why it failed (R69).
            let (rules, now) = (session.rules(), session.now());
            workflow::check_readiness(state, &vault, &key, rules, Stage::Assign, now).require()?;
        }
        if first {
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
        let request = KeyAssignment {
            key,
            key_vault_subscription: subscription,
            user_identity,
            infrastructure: args.infrastructure_encryption.unwrap_or(false),
        };
        workflow::assign_key(session.context(), &id, &request)?;
        session.show_warnings();
        Ok(Output::none())
    }
}

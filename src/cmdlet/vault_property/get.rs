//! Get-AzRecoveryServicesVaultProperty (reference 2.6).

use anyhow::Result;
use clap::Args;
use serde_json::{Value, json};

use crate::cmdlet::common::{VaultArgs, enabled};
use crate::cmdlet::{Cmdlet, Session};
use crate::domain::{AtRest, UpdateStatus, Vault};
use crate::output::{Form, Output, View};

pub(super) struct Get;

#[derive(Debug, Args)]
pub(super) struct GetArgs {
    #[command(flatten)]
    vault: VaultArgs,
}

static VIEW: View = View {
    type_name: "Microsoft.Azure.Commands.RecoveryServices.VaultProperty",
    form: Form::List,
    table: &[],
    list: &[],
};

/// VaultProperty (M-3); `encryptionProperties` in the seed's five lines and order (O-3).
fn view(vault: &Vault) -> Value {
    let encryption = &vault.encryption;
    let at_rest = match encryption.at_rest {
        AtRest::MicrosoftManaged => "MicrosoftManaged",
        AtRest::CustomerManaged => "CustomerManaged",
    };
    let status = match encryption.last_update {
        UpdateStatus::NotEnabled => "NotEnabled",
        UpdateStatus::Succeeded => "Succeeded",
        UpdateStatus::Failed => "Failed",
    };
    let mut value = json!({
        "StorageModelType": vault.storage_redundancy,
        "StorageType": vault.storage_redundancy,
        "StorageTypeState": null,
        "EnhancedSecurityState": vault.soft_delete.enhanced_security.text(),
        "SoftDeleteFeatureState": vault.soft_delete.state.text(),
        "SoftDeleteRetentionPeriodInDays": vault.soft_delete.retention_days,
        "encryptionProperties": {
            "EncryptionAtRestType": at_rest,
            "KeyUri": encryption.key_uri,
            "SubscriptionId": encryption.key_vault_subscription,
            "LastUpdateStatus": status,
            "InfrastructureEncryptionState": enabled(encryption.infrastructure),
        },
    });
    // The seed's lines have no identity: it is there only where another one than its is used.
    if let Some(user) = &encryption.user_identity {
        value["encryptionProperties"]["UserAssignedIdentity"] = user.clone().into();
        value["encryptionProperties"]["UseSystemAssignedIdentity"] = false.into();
    }
    value
}

impl Cmdlet for Get {
    const NAME: &'static str = "Get-AzRecoveryServicesVaultProperty";
    const SYNOPSIS: &'static str = "Show how a vault is encrypted, and its soft-delete settings";
    const EXAMPLE: &'static str =
        "rsv Get-AzRecoveryServicesVaultProperty -VaultId testvault -Query encryptionProperties";
    type Args = GetArgs;

    fn run(args: GetArgs, session: &mut Session) -> Result<Output> {
        let id = session.vault(args.vault.vault_id.as_ref())?;
        Ok(Output::one(&VIEW, view(session.vault_resource(&id)?)))
    }
}

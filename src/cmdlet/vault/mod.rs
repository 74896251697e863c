//! Recovery Services vaults (reference 2.1-2.4).

mod get;
mod new;
mod remove;
mod update;

use serde_json::{Value, json};

use crate::cmdlet::common::{enabled, identity_json};
use crate::cmdlet::registry::{Row, row};
use crate::domain::{Tagged, Vault};
use crate::output::{Form, View};

/// This noun's cmdlets.
pub(super) static ROWS: &[Row] = &[
    row::<new::New>(),
    row::<get::Get>(),
    row::<update::Update>(),
    row::<remove::Remove>(),
];

/// PowerShell's type name of a vault.
pub(super) const TYPE: &str = "Microsoft.Azure.Commands.RecoveryServices.ARSVault";

/// M-1: a list, however many there are.
pub(super) static VIEW: View = View {
    type_name: TYPE,
    form: Form::List,
    table: &[],
    list: &[],
};

/// ARSVault (M-1). What rsv has no such thing for is null: private endpoints, moves under way,
/// costs, scores.
pub(super) fn view(vault: &Vault) -> Value {
    let encryption = &vault.encryption;
    let encryption_property = encryption.is_customer().then(|| {
        json!({
            "KeyVaultProperties": {"KeyUri": encryption.key_uri},
            "KekIdentity": {
                "UseSystemAssignedIdentity": encryption.user_identity.is_none(),
                "UserAssignedIdentity": encryption.user_identity,
            },
            "InfrastructureEncryption": enabled(encryption.infrastructure),
        })
    });
    let mut value = json!({
        "Name": vault.base.name,
        "ID": vault.id().to_string(),
        "Type": Vault::KIND.type_name(),
        "Location": vault.base.location,
        "ResourceGroupName": vault.base.group,
        "SubscriptionId": vault.base.subscription,
        "Properties": {
            "ProvisioningState": "Succeeded",
            "PrivateEndpointStateForBackup": "None",
            "PrivateEndpointStateForSiteRecovery": "None",
            "RestoreSettings": {
                "CrossSubscriptionRestoreSettings": {
                    "CrossSubscriptionRestoreState": vault.cross_subscription_restore,
                },
            },
            "PublicNetworkAccess": enabled(vault.public_network_access),
            "ImmutabilitySettings": {"ImmutabilityState": vault.immutability},
            "AlertSettings": {
                "AzureMonitorAlertsForAllJobFailure": enabled(vault.monitor_alerts),
                "AzureMonitorAlertsForAllReplicationIssues": null,
                "AzureMonitorAlertsForAllFailoverIssues": null,
                "EmailNotificationsForSiteRecovery": null,
                "ClassicAlertsForCriticalOperations": enabled(vault.classic_alerts),
            },
            "PrivateEndpointConnections": [],
            "EncryptionProperty": encryption_property,
            "MoveDetails": null,
            "MoveState": null,
            "RedundancySettings": {
                "StandardTierStorageRedundancy": vault.storage_redundancy,
                "CrossRegionRestore": "Disabled",
            },
            "SoftDeleteSettings": {
                "SoftDeleteState": vault.soft_delete.state.text(),
                "SoftDeleteRetentionPeriodInDays": vault.soft_delete.retention_days,
                "EnhancedSecurityState": vault.soft_delete.enhanced_security.text(),
            },
            "MultiUserAuthorization": "Disabled",
            "CostManagementSettings": null,
            "SecureScore": null,
            "BcdrSecurityLevel": null,
        },
        "Identity": identity_json(&vault.identity),
    });
    // Azure has no such property: it shows once it was set.
    if let (Some(level), Some(map)) = (vault.compression_level, value.as_object_mut()) {
        map.insert("CompressionLevel".into(), level.into());
    }
    value
}

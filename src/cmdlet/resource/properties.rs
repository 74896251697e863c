//! What ARM has under `properties`, kind by kind; never a path on this machine.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::cmdlet::common::{enabled, identity_json};
use crate::cmdlet::resource::any::Arm;
use crate::domain::{
    AccessPolicy, ActiveKey, Disk, DiskEncryptionSet, KeyVault, StorageAccount,
    UserAssignedIdentity, Vault, VirtualMachine, VmDisk,
};

/// Bytes in what Azure calls a GB of disk.
const GB: u64 = 1 << 30;

/// The properties of an object literal.
fn map(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

impl Arm for KeyVault {
    /// `enablePurgeProtection` is there only when it is on: ARM does not take false back.
    fn properties(&self, _now: Timestamp) -> Map<String, Value> {
        let mut properties = map(json!({
            "sku": {"family": "A", "name": self.sku.to_lowercase()},
            "tenantId": self.tenant_id,
            "accessPolicies": self.policies.iter().map(|p| policy(self, p)).collect::<Vec<_>>(),
            "enabledForDeployment": self.for_deployment,
            "enabledForDiskEncryption": self.for_disk_encryption,
            "enabledForTemplateDeployment": self.for_template_deployment,
            "enableSoftDelete": self.soft_delete,
            "softDeleteRetentionInDays": self.retention_days,
            "enableRbacAuthorization": self.rbac,
        }));
        if self.purge_protection {
            properties.insert("enablePurgeProtection".into(), true.into());
        }
        properties.extend(map(json!({
            "vaultUri": self.uri(),
            "provisioningState": "Succeeded",
            "publicNetworkAccess": enabled(self.public_network_access),
        })));
        properties
    }
}

fn policy(vault: &KeyVault, policy: &AccessPolicy) -> Value {
    let mut value = map(json!({"tenantId": vault.tenant_id, "objectId": policy.object_id}));
    if let Some(id) = policy.application_id {
        value.insert("applicationId".into(), json!(id));
    }
    value.insert(
        "permissions".into(),
        json!({
            "keys": policy.keys,
            "secrets": policy.secrets,
            "certificates": policy.certificates,
            "storage": policy.storage,
        }),
    );
    Value::Object(value)
}

impl Arm for Vault {
    /// `encryption` is there once a customer key was assigned.
    fn properties(&self, _now: Timestamp) -> Map<String, Value> {
        let mut properties = map(json!({
            "provisioningState": "Succeeded",
            "privateEndpointStateForBackup": "None",
            "privateEndpointStateForSiteRecovery": "None",
        }));
        if self.encryption.is_customer() {
            properties.insert(
                "encryption".into(),
                json!({
                    "keyVaultProperties": {"keyUri": self.encryption.key_uri},
                    "kekIdentity": {"useSystemAssignedIdentity": true},
                    "infrastructureEncryption": enabled(self.encryption.infrastructure),
                }),
            );
        }
        properties.extend(map(json!({
            "publicNetworkAccess": enabled(self.public_network_access),
            "monitoringSettings": {
                "azureMonitorAlertSettings": {
                    "alertsForAllJobFailures": enabled(self.monitor_alerts),
                },
                "classicAlertSettings": {
                    "alertsForCriticalOperations": enabled(self.classic_alerts),
                },
            },
            "restoreSettings": {
                "crossSubscriptionRestoreSettings": {
                    "crossSubscriptionRestoreState": self.cross_subscription_restore,
                },
            },
            "securitySettings": {
                "immutabilitySettings": {"state": self.immutability},
                "softDeleteSettings": {
                    "softDeleteState": self.soft_delete.state.text(),
                    "softDeleteRetentionPeriodInDays": self.soft_delete.retention_days,
                    "enhancedSecurityState": self.soft_delete.enhanced_security.text(),
                },
            },
        })));
        properties
    }

    fn sku(&self) -> Option<Value> {
        Some(json!({"Name": "RS0", "Tier": "Standard"}))
    }

    fn identity(&self) -> Option<Value> {
        Some(identity_json(&self.identity))
    }
}

impl Arm for DiskEncryptionSet {
    fn properties(&self, _now: Timestamp) -> Map<String, Value> {
        let key = |key: &ActiveKey| {
            let vault = json!({"id": key.source_vault});
            json!({"sourceVault": vault, "keyUrl": key.key_url})
        };
        map(json!({
            "activeKey": key(&self.active_key),
            "previousKeys": self.previous_keys.iter().map(key).collect::<Vec<_>>(),
            "encryptionType": self.encryption_type,
            "rotationToLatestKeyVersionEnabled": self.rotate_to_latest,
            "lastKeyRotationTimestamp": self.last_rotation,
            "provisioningState": "Succeeded",
        }))
    }

    fn identity(&self) -> Option<Value> {
        Some(identity_json(&self.identity))
    }
}

impl Arm for VirtualMachine {
    fn properties(&self, _now: Timestamp) -> Map<String, Value> {
        let set = self.disk_encryption_set.as_ref();
        let managed = set.map(|id| json!({"diskEncryptionSet": {"id": id}}));
        let data_disk = |(lun, disk): (usize, &VmDisk)| json!({"lun": lun, "name": disk.name, "managedDisk": managed});
        map(json!({
            "storageProfile": {
                "osDisk": {"name": self.os_disk.name, "managedDisk": managed},
                "dataDisks": self.data_disks.iter().enumerate().map(data_disk).collect::<Vec<_>>(),
            },
            "provisioningState": "Succeeded",
        }))
    }
}

impl Arm for Disk {
    fn properties(&self, now: Timestamp) -> Map<String, Value> {
        map(json!({
            "creationData": {"createOption": "Restore", "sourceResourceId": self.source},
            "diskSizeGB": self.size_bytes.div_ceil(GB),
            "diskSizeBytes": self.size_bytes,
            "uniqueId": self.unique(),
            "encryption": {
                "diskEncryptionSetId": self.encryption.disk_encryption_set,
                "type": self.encryption.type_name(),
            },
            "timeCreated": self.base.created,
            "diskState": self.state(now),
            "provisioningState": "Succeeded",
        }))
    }
}

impl Arm for StorageAccount {
    fn properties(&self, _now: Timestamp) -> Map<String, Value> {
        map(json!({
            "provisioningState": "Succeeded",
            "creationTime": self.base.created,
            "primaryLocation": self.base.location,
            "statusOfPrimary": "available",
        }))
    }

    fn kind(&self) -> Option<&str> {
        Some(&self.kind)
    }

    fn sku(&self) -> Option<Value> {
        Some(json!({"Name": self.sku}))
    }
}

impl Arm for UserAssignedIdentity {
    fn properties(&self, _now: Timestamp) -> Map<String, Value> {
        map(json!({
            "tenantId": self.tenant_id,
            "principalId": self.principal.principal_id,
            "clientId": self.principal.client_id,
        }))
    }
}

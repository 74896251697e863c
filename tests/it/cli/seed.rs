//! The PowerShell listings of the article that rsv follows, as it prints them, in its order.

/// The vault's identity.
pub(crate) const IDENTITY: &str = r#"
$vault=Get-AzRecoveryServicesVault -ResourceGroupName "testrg" -Name "testvault"

Update-AzRecoveryServicesVault -IdentityType SystemAssigned -VaultId $vault.ID

$vault.Identity | fl
"#;

/// Signing in.
pub(crate) const LOGIN: &str = "Login-AzAccount\n";

/// Choosing the subscription.
pub(crate) const CONTEXT: &str = "Set-AzContext -SubscriptionId SubscriptionId\n";

/// Soft delete of the key vault.
pub(crate) const SOFT_DELETE: &str = r#"
($resource = Get-AzResource -ResourceId (Get-AzKeyVault -VaultName "AzureKeyVaultName").ResourceId).Properties | Add-Member -MemberType "NoteProperty" -Name "enableSoftDelete" -Value "true"
"#;

/// Purge protection of the key vault.
pub(crate) const PURGE_PROTECTION: &str = r#"
($resource = Get-AzResource -ResourceId (Get-AzKeyVault -VaultName "AzureKeyVaultName").ResourceId).Properties | Add-Member -MemberType "NoteProperty" -Name "enablePurgeProtection" -Value "true"
"#;

/// Writing either back; it stands in the article twice.
pub(crate) const SET_RESOURCE: &str =
    "Set-AzResource -resourceid $resource.ResourceId -Properties $resource.Properties\n";

/// The customer's key.
pub(crate) const KEY: &str = r#"
$keyVault = Get-AzKeyVault -VaultName "testkeyvault" -ResourceGroupName "testrg" 
$key = Get-AzKeyVaultKey -VaultName $keyVault -Name "testkey" 
Set-AzRecoveryServicesVaultProperty -EncryptionKeyId $key.ID -KeyVaultSubscriptionId "xxxx-yyyy-zzzz"  -VaultId $vault.ID


$enc=Get-AzRecoveryServicesVaultProperty -VaultId $vault.ID
$enc.encryptionProperties | fl
"#;

/// Restoring disks under a disk encryption set.
pub(crate) const RESTORE: &str = r#"
$namedContainer = Get-AzRecoveryServicesBackupContainer  -ContainerType "AzureVM" -Status "Registered" -FriendlyName "V2VM" -VaultId $vault.ID
$backupitem = Get-AzRecoveryServicesBackupItem -Container $namedContainer  -WorkloadType "AzureVM" -VaultId $vault.ID
$startDate = (Get-Date).AddDays(-7)
$endDate = Get-Date
$rp = Get-AzRecoveryServicesBackupRecoveryPoint -Item $backupitem -StartDate $startdate.ToUniversalTime() -EndDate $enddate.ToUniversalTime() -VaultId $vault.ID
$restorejob = Restore-AzRecoveryServicesBackupItem -RecoveryPoint $rp[0] -StorageAccountName "DestAccount" -StorageAccountResourceGroupName "DestRG" -TargetResourceGroupName "DestRGforManagedDisks" -DiskEncryptionSetId “testdes1” -VaultId $vault.ID
"#;

/// All listings.
pub(crate) const LISTINGS: [&str; 9] = [
    IDENTITY,
    LOGIN,
    CONTEXT,
    SOFT_DELETE,
    SET_RESOURCE,
    PURGE_PROTECTION,
    SET_RESOURCE,
    KEY,
    RESTORE,
];

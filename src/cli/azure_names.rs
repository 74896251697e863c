//! The cmdlets of Azure that belong to rsv's subject, whether rsv has them or not, and why not.

use crate::domain::matches_name;

/// Azure's names in alphabetical order (the cmdlet reference, sections 2 to 7).
const AZURE_NAMES: [&str; 81] = [
    "Add-AzKeyVaultKey",
    "Backup-AzKeyVaultKey",
    "Backup-AzRecoveryServicesBackupItem",
    "Connect-AzAccount",
    "Disable-AzRecoveryServicesBackupProtection",
    "Disable-AzRecoveryServicesBackupRPMountScript",
    "Enable-AzRecoveryServicesBackupProtection",
    "Get-AzActivityLog",
    "Get-AzADServicePrincipal",
    "Get-AzContext",
    "Get-AzDisk",
    "Get-AzDiskEncryptionSet",
    "Get-AzDiskEncryptionSetAssociatedResource",
    "Get-AzKeyVault",
    "Get-AzKeyVaultKey",
    "Get-AzKeyVaultKeyRotationPolicy",
    "Get-AzRecoveryServicesBackupContainer",
    "Get-AzRecoveryServicesBackupItem",
    "Get-AzRecoveryServicesBackupJob",
    "Get-AzRecoveryServicesBackupJobDetail",
    "Get-AzRecoveryServicesBackupProperty",
    "Get-AzRecoveryServicesBackupProtectionPolicy",
    "Get-AzRecoveryServicesBackupRecoveryPoint",
    "Get-AzRecoveryServicesBackupRetentionPolicyObject",
    "Get-AzRecoveryServicesBackupRPMountScript",
    "Get-AzRecoveryServicesBackupSchedulePolicyObject",
    "Get-AzRecoveryServicesBackupStatus",
    "Get-AzRecoveryServicesResourceGuardMapping",
    "Get-AzRecoveryServicesSoftDeletedVault",
    "Get-AzRecoveryServicesVault",
    "Get-AzRecoveryServicesVaultProperty",
    "Get-AzResource",
    "Get-AzResourceGroup",
    "Get-AzRoleAssignment",
    "Get-AzSubscription",
    "Get-AzUserAssignedIdentity",
    "Grant-AzDiskAccess",
    "Invoke-AzKeyVaultKeyRotation",
    "Move-AzResource",
    "New-AzDiskEncryptionSet",
    "New-AzDiskEncryptionSetConfig",
    "New-AzDiskUpdateConfig",
    "New-AzKeyVault",
    "New-AzRecoveryServicesBackupProtectionPolicy",
    "New-AzRecoveryServicesVault",
    "New-AzResourceGroup",
    "New-AzRoleAssignment",
    "New-AzUserAssignedIdentity",
    "Register-AzRecoveryServicesBackupContainer",
    "Remove-AzDiskEncryptionSet",
    "Remove-AzKeyVault",
    "Remove-AzKeyVaultAccessPolicy",
    "Remove-AzKeyVaultKey",
    "Remove-AzRecoveryServicesBackupProtectionPolicy",
    "Remove-AzRecoveryServicesResourceGuardMapping",
    "Remove-AzRecoveryServicesVault",
    "Restore-AzKeyVaultKey",
    "Restore-AzRecoveryServicesBackupItem",
    "Revoke-AzDiskAccess",
    "Set-AzContext",
    "Set-AzKeyVaultAccessPolicy",
    "Set-AzKeyVaultKeyRotationPolicy",
    "Set-AzRecoveryServicesBackupProperty",
    "Set-AzRecoveryServicesBackupProtectionPolicy",
    "Set-AzRecoveryServicesResourceGuardMapping",
    "Set-AzRecoveryServicesVaultContext",
    "Set-AzRecoveryServicesVaultProperty",
    "Set-AzResource",
    "Stop-AzRecoveryServicesBackupJob",
    "Test-AzKeyVaultNameAvailability",
    "Undo-AzKeyVaultKeyRemoval",
    "Undo-AzKeyVaultRemoval",
    "Undo-AzRecoveryServicesBackupItemDeletion",
    "Undo-AzRecoveryServicesVaultDeletion",
    "Unregister-AzRecoveryServicesBackupContainer",
    "Update-AzDisk",
    "Update-AzDiskEncryptionSet",
    "Update-AzKeyVault",
    "Update-AzKeyVaultKey",
    "Update-AzRecoveryServicesVault",
    "Wait-AzRecoveryServicesBackupJob",
];

/// Cmdlets that rsv lacks, by the reason.
const MISSING: &str = include_str!("azure_missing.txt");

/// The lines of reasons and names.
fn missing() -> impl Iterator<Item = (&'static str, &'static str)> {
    let lines = MISSING.lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| line.split_once(" | "))
}

/// Why rsv lacks a cmdlet of Azure; none for any other name.
pub(crate) fn why_missing(name: &str) -> Option<&'static str> {
    missing()
        .find(|(_, names)| names.split(' ').any(|known| matches_name(known, name)))
        .map(|(reason, _)| reason)
}

/// Azure's names that are known letter for letter: those above, and those rsv says why it lacks.
pub(crate) fn azure_names() -> impl Iterator<Item = &'static str> {
    let others = missing().flat_map(|(_, names)| names.split(' '));
    let others = others.filter(|name| !name.ends_with('*') && !AZURE_NAMES.contains(name));
    AZURE_NAMES.into_iter().chain(others)
}

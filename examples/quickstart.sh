#!/usr/bin/env bash
# The main job of rsv, from an empty machine to a backed-up disk that is restored under another
# key: the seed document's steps, on a real ext4 image made here. Needs cargo, git's checkout and a
# Debian-like system (installs e2fsprogs if it is missing). Works in a folder of its own.
#
#   bash examples/quickstart.sh            builds rsv and runs the job in a temporary folder
#   RSV=/path/to/rsv WORK=dir bash …       uses that program and that folder
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)

if ! PATH=$PATH:/sbin:/usr/sbin command -v mkfs.ext4 >/dev/null; then
  apt-get update -qq && apt-get install -y -qq --no-install-recommends e2fsprogs >/dev/null
fi
export PATH=$PATH:/sbin:/usr/sbin
if [ -z "${RSV:-}" ]; then
  cargo build --release --quiet --manifest-path "$here/Cargo.toml"
  RSV=${CARGO_TARGET_DIR:-$here/target}/release/rsv
fi
rsv() { "$RSV" "$@"; }

if [ -z "${WORK:-}" ]; then
  WORK=$(mktemp -d)
  trap 'rm -rf "$WORK"' EXIT
fi
mkdir -p "$WORK" && cd "$WORK"
# Everything of this run stays in $WORK: also the root key, which otherwise goes to the user's
# configuration folder, and the rollback anchor.
export RSV_HOME=$WORK/rsv-home RSV_CONFIG_HOME=$WORK/config RSV_STATE_HOME=$WORK/state
say() { printf '\n== %s\n' "$*"; }

say "Two disks of a machine: an ext4 image with real files, and a data disk of an odd size"
mkdir -p files && cp -r "$here/src" files/ && head -c 3000000 /dev/urandom > files/random.bin
truncate -s 64M os.img && mkfs.ext4 -q -F -d files os.img
head -c 1234567 /dev/urandom > data.img && truncate -s 20000001 data.img

say "A vault with an identity of its own"
rsv New-AzResourceGroup -Name testrg -Location japaneast
rsv New-AzRecoveryServicesVault -ResourceGroupName testrg -Name testvault -Location japaneast >/dev/null
vault=$(rsv Get-AzRecoveryServicesVault -ResourceGroupName testrg -Name testvault -Output id)
rsv Update-AzRecoveryServicesVault -IdentityType SystemAssigned -VaultId "$vault" >/dev/null
rsv Get-AzRecoveryServicesVault -ResourceGroupName testrg -Name testvault -Query Identity
principal=$(rsv Get-AzRecoveryServicesVault -ResourceGroupName testrg -Name testvault -Query Identity.PrincipalId)

say "A key vault, the permissions, the protection, the key"
rsv New-AzKeyVault -VaultName testkeyvault -ResourceGroupName testrg -Location japaneast >/dev/null
rsv Set-AzKeyVaultAccessPolicy -VaultName testkeyvault -ObjectId "$principal" -PermissionsToKeys get,list,unwrapKey,wrapKey
rsv Update-AzKeyVault -VaultName testkeyvault -ResourceGroupName testrg -EnablePurgeProtection >/dev/null
rsv Add-AzKeyVaultKey -VaultName testkeyvault -Name testkey -Destination Software -KeyType RSA -Size 2048
key=$(rsv Get-AzKeyVaultKey -VaultName testkeyvault -Name testkey -Query Id)
sub=$(rsv Get-AzContext -Query Subscription.Id)

say "Is everything ready? Then the vault goes under the key"
rsv Test-RsvEncryptionReadiness -VaultId "$vault" -EncryptionKeyId "$key"
rsv Set-AzRecoveryServicesVaultProperty -EncryptionKeyId "$key" -KeyVaultSubscriptionId "$sub" -VaultId "$vault"
rsv Get-AzRecoveryServicesVaultProperty -VaultId "$vault" -Query encryptionProperties

say "Protect the machine and back it up"
rsv New-AzVM -ResourceGroupName testrg -Name V2VM -Location japaneast -OSDiskPath os.img -DataDiskPath data.img >/dev/null
rsv Enable-AzRecoveryServicesBackupProtection -Policy DefaultPolicy -Name V2VM -ResourceGroupName testrg -VaultId "$vault"
container=$(rsv Get-AzRecoveryServicesBackupContainer -ContainerType AzureVM -Status Registered -FriendlyName V2VM -VaultId "$vault" -Output json)
item=$(rsv Get-AzRecoveryServicesBackupItem -Container "$container" -WorkloadType AzureVM -VaultId "$vault" -Output json)
rsv Backup-AzRecoveryServicesBackupItem -Item "$item" -VaultId "$vault"
start=$(date -u -d '7 days ago' +%FT%TZ); end=$(date -u -d 'now + 1 minute' +%FT%TZ)
rp=$(rsv Get-AzRecoveryServicesBackupRecoveryPoint -Item "$item" -StartDate "$start" -EndDate "$end" -VaultId "$vault" -Query '[0]' -Output json)

say "A disk encryption set with a key of its own, and somewhere to restore to"
rsv New-AzResourceGroup -Name DestRG -Location japaneast >/dev/null
rsv New-AzResourceGroup -Name DestRGforManagedDisks -Location japaneast >/dev/null
rsv New-AzStorageAccount -ResourceGroupName DestRG -Name destaccount -Location japaneast -Path ./staging >/dev/null
rsv Add-AzKeyVaultKey -VaultName testkeyvault -Name deskey -Destination Software >/dev/null
rsv New-AzDiskEncryptionSetConfig -Location japaneast -IdentityType SystemAssigned -SourceVaultId "$(rsv Get-AzKeyVault -VaultName testkeyvault -Output id)" \
    -KeyUrl "$(rsv Get-AzKeyVaultKey -VaultName testkeyvault -Name deskey -Query Id)" -Output json |
  rsv New-AzDiskEncryptionSet -ResourceGroupName testrg -Name testdes1 -InputObject - >/dev/null
rsv Set-AzKeyVaultAccessPolicy -VaultName testkeyvault -PermissionsToKeys get,wrapKey,unwrapKey \
    -ObjectId "$(rsv Get-AzDiskEncryptionSet -ResourceGroupName testrg -Name testdes1 -Query Identity.PrincipalId)"

say "Restore under the disk encryption set's key"
rsv Restore-AzRecoveryServicesBackupItem -RecoveryPoint "$rp" -StorageAccountName destaccount -StorageAccountResourceGroupName DestRG \
    -TargetResourceGroupName DestRGforManagedDisks -DiskEncryptionSetId testdes1 -VaultId "$vault"
rsv Get-AzRecoveryServicesBackupJob -VaultId "$vault"
rsv Get-AzDisk -ResourceGroupName DestRGforManagedDisks

say "Read the disks back and compare"
for n in 0 1; do
  disk=$(rsv Get-AzDisk -ResourceGroupName DestRGforManagedDisks -Query "[$n].Name")
  rsv Grant-AzDiskAccess -ResourceGroupName DestRGforManagedDisks -DiskName "$disk" -Access Read -DurationInSecond 3600 -Query AccessSAS |
    rsv Save-AzVhd -SourceUri - -LocalFilePath "back$n.img"
done
cmp os.img back0.img
cmp data.img back1.img
e2fsck -fn back0.img >/dev/null 2>&1
debugfs -R 'cat /src/lib.rs' back0.img 2>/dev/null | cmp - "$here/src/lib.rs"
say "Done: both disks came back byte for byte, and a file inside one reads as it was"

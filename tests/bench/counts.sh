#!/usr/bin/env bash
# What does not depend on how busy the machine is: instructions of a control-plane cmdlet and of
# the hot loops under callgrind, CPU milliseconds of small cmdlets, system calls of a backup and a
# restore, and CPU milliseconds of listing and opening a vault with POINTS recovery points.
#
#   tests/bench/counts.sh [POINTS]          default 10,000; needs valgrind, strace, cargo
set -eu
here=$(cd "$(dirname "$0")/../.." && pwd)
points=${1:-10000}
RSV=${RSV:-$here/target/release/rsv}
# Memory-backed where there is one: thousands of points are made first, each of them synced.
work=$(mktemp -d -p "$([ -d /dev/shm ] && echo /dev/shm || echo /tmp)")
trap 'rm -rf "$work"' EXIT
export RSV_HOME=$work/home RSV_CONFIG_HOME=$work/config RSV_STATE_HOME=$work/state
r() { "$RSV" "$@" -WarningAction SilentlyContinue >/dev/null; }
ask() { "$RSV" "$@" -WarningAction SilentlyContinue; }
collected() { # command...: the instructions it took
  valgrind --tool=callgrind --callgrind-out-file=/dev/null "$@" 2>&1 >/dev/null | sed -n 's/.*Collected : //p'
}
instructions() { # name command...
  local name=$1; shift
  printf '%-44s %15s instructions\n' "$name" "$(collected "$@")"
}
loop() { # bench path: one iteration, from runs of one and of eleven, so that start and set-up cancel out
  local one eleven
  one=$(collected "$1" --bench --exact --sample-size 1 --sample-count 1 "$2")
  eleven=$(collected "$1" --bench --exact --sample-size 1 --sample-count 11 "$2")
  [ "$eleven" -gt "$one" ] || { echo "the benchmark $2 did not run" >&2; exit 1; }
  printf '%-44s %15s instructions\n' "$2" $(((eleven - one) / 10))
}
cpu() { # name runs command...: user + system time and wall time of one run
  python3 - "$@" <<'PY'
import resource, subprocess, sys, time
name, runs, command = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
start = time.monotonic()
for _ in range(runs):
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
wall = (time.monotonic() - start) / runs
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(f'{name:44} {(used.ru_utime + used.ru_stime) / runs * 1e3:8.1f} ms CPU {wall * 1e3:8.1f} ms wall')
PY
}
calls() { # name command...
  local name=$1; shift
  strace -f -c -o "$work/strace" "$@" >/dev/null
  printf '%-44s %15s system calls\n' "$name" "$(awk '$NF == "total" {print $4}' "$work/strace")"
  sort -k4 -nr "$work/strace" | awk '$4 ~ /^[0-9]+$/ && n++ < 6 {printf "  %s %s", $NF, $4} END {print ""}'
}

r New-AzResourceGroup -Name g -Location l
r New-AzRecoveryServicesVault -ResourceGroupName g -Name vv -Location l
r Update-AzRecoveryServicesVault -VaultId vv -IdentityType SystemAssigned
r New-AzKeyVault -VaultName kvbench -ResourceGroupName g -Location l -EnablePurgeProtection
r Set-AzKeyVaultAccessPolicy -VaultName kvbench -ObjectId "$(ask Get-AzRecoveryServicesVault -Name vv -Query Identity.PrincipalId)" -PermissionsToKeys get,list,wrapKey,unwrapKey
r Add-AzKeyVaultKey -VaultName kvbench -Name k -Destination Software
r Set-AzRecoveryServicesVaultProperty -VaultId vv -EncryptionKeyId "$(ask Get-AzKeyVaultKey -VaultName kvbench -Name k -Query Id)"
python3 -c "import random; r = random.Random(1); open('$work/os.img', 'wb').write(r.randbytes(32 << 20) + b'text ' * (4 << 20) + r.randbytes(12 << 20))"
r New-AzVM -ResourceGroupName g -Name vm -Location l -OSDiskPath "$work/os.img"
r Enable-AzRecoveryServicesBackupProtection -Policy DefaultPolicy -Name vm -ResourceGroupName g -VaultId vv
r New-AzStorageAccount -ResourceGroupName g -Name staging -Location l -Path "$work/staging"

echo "== cmdlets"
instructions 'Get-AzRecoveryServicesVault' "$RSV" Get-AzRecoveryServicesVault
cpu 'Get-AzRecoveryServicesVault' 50 "$RSV" Get-AzRecoveryServicesVault
cpu 'Get-AzKeyVaultKey' 50 "$RSV" Get-AzKeyVaultKey -VaultName kvbench -Name k
cpu 'Get-AzRecoveryServicesVault -Help' 50 "$RSV" Get-AzRecoveryServicesVault -Help
calls 'Backup-… of 64 MiB' "$RSV" Backup-AzRecoveryServicesBackupItem -Item vm -VaultId vv
ask Get-AzRecoveryServicesBackupRecoveryPoint -Item vm -VaultId vv -Query '[0]' -Output json >"$work/point"
calls 'Restore-… of 64 MiB' "$RSV" Restore-AzRecoveryServicesBackupItem -RecoveryPoint "@$work/point" -StorageAccountName staging -StorageAccountResourceGroupName g -TargetResourceGroupName g -VaultId vv

echo "== hot loops, each over one 256 KiB chunk (callgrind)"
bench=$(cd "$here" && cargo bench --locked --no-run --bench micro --message-format=json 2>/dev/null | sed -n 's/.*"executable":"\([^"]*micro[^"]*\)".*/\1/p' | tail -1)
for path in chunk_id pack_checksum header_digest seal_chunk open_chunk stream_seal stream_open compress::1 compress::3; do
  loop "$bench" "micro::$path"
done

echo "== a vault with $points recovery points more"
(cd "$here" && cargo bench --locked --bench scale -- "$points" 2>/dev/null | tail -1)
r Get-AzRecoveryServicesBackupRecoveryPoint -Item vm -VaultId vv # rolls the state forward
cpu 'Get-AzRecoveryServicesVault' 10 "$RSV" Get-AzRecoveryServicesVault -Name vv
cpu 'list them, as JSON' 10 "$RSV" Get-AzRecoveryServicesBackupRecoveryPoint -Item vm -VaultId vv -Output json
cpu 'find one' 10 "$RSV" Get-AzRecoveryServicesBackupRecoveryPoint -Item vm -VaultId vv -RecoveryPointId "$(ask Get-AzRecoveryServicesBackupRecoveryPoint -Item vm -VaultId vv -Query '[0].RecoveryPointId')"
cpu 'back up once more' 5 "$RSV" Backup-AzRecoveryServicesBackupItem -Item vm -VaultId vv

#!/usr/bin/env bash
# rsv beside restic, rustic, borg, bupstash and tar|zstd|age on the data sets of data.sh, step by
# step in turn on one machine, restored bytes compared. Prints one CSV line a step and a table of
# ratios at the end (wall seconds of the best deduplicating peer / ours, above 1 = rsv is faster).
#
#   PERF=/folder tests/bench/peers.sh [ROUNDS] [PEER...]    default: 1 round, every peer on PATH
#
# Peers: apt-get install restic borgbackup age zstd; cargo install rustic-rs bupstash (--locked).
set -u
here=$(cd "$(dirname "$0")/../.." && pwd)
D="${PERF:?folder for data and work}/data" W="$PERF/work"
rounds=${1:-1}; shift || true
mkdir -p "$W" && out="$W/results.csv" && : >"$out"
RSV=${RSV:-$here/target/release/rsv}
export PATH=$PATH:/sbin:/usr/sbin
export RESTIC_PASSWORD=x RESTIC_CACHE_DIR=$W/cache-restic RUSTIC_PASSWORD=x RUSTIC_CACHE_DIR=$W/cache-rustic RUSTIC_NO_PROGRESS=true
export BORG_PASSPHRASE=x BORG_BASE_DIR=$W/borgbase BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK=yes BORG_RELOCATED_REPO_ACCESS_IS_OK=yes
repo() { echo "$W/$P-$1"; }

restic_init()   { restic -q init --repository-version 2 -r "$(repo "$1")"; }
restic_put()    { restic -q -r "$(repo "$1")" --compression auto backup "$2"; }
restic_get()    { restic -q -r "$(repo "$1")" restore latest --target "$2"; }
rustic_init()   { rustic --log-level warn -r "$(repo "$1")" init --set-compression 1; }
rustic_put()    { rustic --log-level warn -r "$(repo "$1")" backup "$2"; }
rustic_get()    { rustic --log-level warn -r "$(repo "$1")" restore latest "$2"; }
borg_init()     { borg init -e repokey "$(repo "$1")"; }
borg_put()      { (cd "$D" && borg create -C lz4 "$(repo "$1")::a$(date +%s%N)" "$(basename "$2")"); }
borg_get()      { (cd "$2" && borg extract --sparse "$(repo "$1")::$(borg list --short --last 1 "$(repo "$1")")"); }
bupstash_init() { bupstash init -r "$(repo "$1")" && bupstash new-key -o "$(repo "$1").key"; }
bupstash_put()  { bupstash put -q --compression zstd:1 -r "$(repo "$1")" -k "$(repo "$1").key" --send-log "$(repo "$1").log" name="$1" "$2"; }
bupstash_get()  { local id; id=$(bupstash list -r "$(repo "$1")" -k "$(repo "$1").key" --format=jsonl1 name="$1" | tail -1 | sed 's/.*"id":"\([0-9a-f]*\)".*/\1/')
                  bupstash get -q -r "$(repo "$1")" -k "$(repo "$1").key" id="$id" >"$2/f"; }
pipe_init()     { mkdir -p "$(repo "$1")"; [ -f "$W/age.key" ] || age-keygen -o "$W/age.key" 2>/dev/null; }
pipe_put()      { zstd -q -1 -T2 -c "$2" | age -r "$(age-keygen -y "$W/age.key")" >"$(repo "$1")/b$(date +%s%N)"; }
pipe_get()      { age -d -i "$W/age.key" "$(find "$(repo "$1")" -type f | sort | tail -1)" | zstd -q -d >"$2/f"; }

# rsv: the vault under a customer key; the image a peer calls by its path is the machine's disk.
rsv_home()      { RSV_HOME=$(repo "$1") RSV_CONFIG_HOME=$(repo "$1").config RSV_STATE_HOME=$(repo "$1").state; export RSV_HOME RSV_CONFIG_HOME RSV_STATE_HOME; }
rsv_init()      { rsv_home "$1"; r() { "$RSV" "$@" -WarningAction SilentlyContinue; }
                  r New-AzResourceGroup -Name g -Location l && r New-AzRecoveryServicesVault -ResourceGroupName g -Name vv -Location l
                  r Update-AzRecoveryServicesVault -VaultId vv -IdentityType SystemAssigned
                  r New-AzKeyVault -VaultName kvbench -ResourceGroupName g -Location l -EnablePurgeProtection
                  r Set-AzKeyVaultAccessPolicy -VaultName kvbench -ObjectId "$(r Get-AzRecoveryServicesVault -Name vv -Query Identity.PrincipalId)" -PermissionsToKeys get,list,wrapKey,unwrapKey
                  r Add-AzKeyVaultKey -VaultName kvbench -Name k -Destination Software
                  r Set-AzRecoveryServicesVaultProperty -VaultId vv -EncryptionKeyId "$(r Get-AzKeyVaultKey -VaultName kvbench -Name k -Query Id)"
                  ln -sf "$D/disk.img" "$(repo "$1").img" ; r New-AzVM -ResourceGroupName g -Name vm -Location l -OSDiskPath "$(repo "$1").img"
                  r Enable-AzRecoveryServicesBackupProtection -Policy DefaultPolicy -Name vm -ResourceGroupName g -VaultId vv
                  r New-AzStorageAccount -ResourceGroupName g -Name staging -Location l -Path "$(repo "$1").staging"; }
rsv_put()       { rsv_home "$1"; ln -sfn "$2" "$(repo "$1").img"; "$RSV" Backup-AzRecoveryServicesBackupItem -Item vm -VaultId vv; }
rsv_get()       { rsv_home "$1"; "$RSV" Get-AzRecoveryServicesBackupRecoveryPoint -Item vm -VaultId vv -Query '[0]' -Output json |
                  "$RSV" Restore-AzRecoveryServicesBackupItem -RecoveryPoint - -StorageAccountName staging -StorageAccountResourceGroupName g -TargetResourceGroupName g -VaultId vv; }
rsv_save()      { rsv_home "$1"; "$RSV" Grant-AzDiskAccess -ResourceGroupName g -DiskName "$("$RSV" Get-AzDisk -ResourceGroupName g -Query '[0].Name')" -Access Read -DurationInSecond 3600 -Query AccessSAS |
                  "$RSV" Save-AzVhd -SourceUri - -LocalFilePath "$2/f"; }

# shellcheck disable=SC2046 # function names have no blanks
export -f $(declare -F | awk '{print $3}'); export D W RSV P
step() { # dataset step source command
  local ds=$1 st=$2 source=$3; shift 3
  sync; cat "$source" >/dev/null
  /usr/bin/time -o "$W/t" -f '%e,%U,%S,%M' bash -c "$*" >"$W/log" 2>&1; local rc=$?
  local bytes; bytes=$(du -sb "$(repo "$ds")" | cut -f1)
  echo "$round,$P,$ds,$st,$(tail -1 "$W/t"),$bytes,$([ $rc = 0 ] && echo ok || echo "FAIL$rc")" | tee -a "$out"
  [ $rc = 0 ] || { echo "--- $P $ds $st"; tail -5 "$W/log"; } >&2
}
check() { # dataset expected
  local found; found=$(find "$W/out" -type f -size +1M | head -1)
  cmp "$found" "$2" >&2 || echo "$round,$P,$1,compare,0,0,0,0,0,FAIL" | tee -a "$out"
  rm -rf "$W/out"; mkdir -p "$W/out"
}
run() { # dataset first second(or -)
  ${P}_init "$1" >"$W/log" 2>&1 || tail -3 "$W/log" >&2
  step "$1" first "$2" ${P}_put "$1" "$2"
  if [ "$3" != - ]; then
    step "$1" unchanged "$2" ${P}_put "$1" "$2"
    step "$1" incremental "$3" ${P}_put "$1" "$3"
  fi
  local expect=$2; [ "$3" = - ] || expect=$3
  step "$1" restore "$expect" ${P}_get "$1" "$W/out"
  [ "$P" = rsv ] && step "$1" save "$expect" rsv_save "$1" "$W/out"
  check "$1" "$expect"
  rm -rf "$(repo "$1")"*
}

peers=("$@")
if [ ${#peers[@]} = 0 ]; then
  peers=(rsv)
  for p in restic rustic borg bupstash; do command -v $p >/dev/null && peers+=("$p"); done
  command -v age >/dev/null && peers+=(pipe)
fi
for round in $(seq "$rounds"); do
  for P in "${peers[@]}"; do
    export P round
    rm -rf "$W/$P-"* "$W/cache-$P" "$W/out"; mkdir -p "$W/out"
    run disk "$D/disk.img" "$D/disk2.img"
    run random "$D/random.bin" -
    [ -f "$D/db.img" ] && run db "$D/db.img" -
  done
done

python3 - "$out" <<'PY'
import collections, csv, statistics, sys
rows = [r for r in csv.reader(open(sys.argv[1])) if r and r[-1] == 'ok']
wall, mem, size = (collections.defaultdict(list) for _ in range(3))
for _, peer, ds, step, w, u, s, kib, size_b, _ in rows:
    wall[ds, step, peer].append(float(w)); mem[ds, step, peer].append(int(kib)); size[ds, step, peer].append(int(size_b))
med = statistics.median
peers = sorted({k[2] for k in wall}, key=lambda p: (p != 'rsv', p))
print('\n| step (median wall s; repository MB) | ' + ' | '.join(peers) + ' | ratio to the best deduplicating peer | peak MiB |')
print('|---' * (len(peers) + 3) + '|')
for ds, step in dict.fromkeys((k[0], k[1]) for k in wall):
    cells = [f'{med(wall[ds, step, p]):.2f}; {med(size[ds, step, p]) / 1e6:.0f}' if (ds, step, p) in wall else '–' for p in peers]
    base = 'restore' if step == 'save' else step
    others = [med(wall[ds, base, p]) for p in peers if p not in ('rsv', 'pipe') and (ds, base, p) in wall]
    ours = med(wall[ds, step, 'rsv']) if (ds, step, 'rsv') in wall else None
    if step == 'save' and ours: ours += med(wall[ds, 'restore', 'rsv'])
    ratio = f'{min(others) / ours:.2f}' if others and ours else '–'
    peak = f"{max(mem[ds, step, 'rsv']) / 1024:.0f}" if (ds, step, 'rsv') in mem else '–'
    print(f'| {ds}, {step} | ' + ' | '.join(cells) + f' | {ratio} | {peak} |')
PY

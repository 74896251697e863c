#!/usr/bin/env bash
# rsv beside restic, rustic, borg, bupstash and zstd|age on the data sets of data.sh, step by step
# in turn on one machine, restored bytes compared. Prints a CSV line a step, then a table: median
# wall seconds, CPU seconds, stored MB, peak anonymous MiB and the ratio to the best deduplicating
# peer (its wall seconds / ours, above 1 = rsv is faster), with the target beside it.
#
#   PERF=/folder tests/bench/peers.sh [ROUNDS] [PEER...]    default: 1 round, every peer on PATH
#
# rsv runs before and after the others in every round. SETS="disk random db" picks data sets, RSV
# the program. Peers: apt-get install restic age zstd; pip install borgbackup;
# cargo install --locked rustic-rs bupstash.
set -u
here=$(cd "$(dirname "$0")/../.." && pwd)
D="${PERF:?folder for data and work}/data" W="$PERF/work"
rounds=${1:-1}; shift || true
mkdir -p "$W" && out="$W/results.csv" && : >"$out"
RSV=${RSV:-$here/target/release/rsv}
sets=" ${SETS:-disk random db} "
[ -x "$RSV" ] || { echo "no program at $RSV: cargo build --release --locked" >&2; exit 1; }
export PATH=$PATH:/sbin:/usr/sbin
export RESTIC_PASSWORD=x RESTIC_CACHE_DIR=$W/cache-restic RUSTIC_PASSWORD=x RUSTIC_CACHE_DIR=$W/cache-rustic RUSTIC_NO_PROGRESS=true
export BORG_PASSPHRASE=x BORG_BASE_DIR=$W/borgbase BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK=yes BORG_RELOCATED_REPO_ACCESS_IS_OK=yes
repo() { echo "$W/$P-$1"; }

# NAME_init SET; NAME_put SET FILE; NAME_get SET FOLDER restores the latest; NAME_reread, where the
# peer has a switch for it, backs up without trusting times. borg and bupstash read a lone image
# anew in any case, so that their unchanged step is their re-read too.
restic_init()   { restic -q init --repository-version 2 -r "$(repo "$1")"; }
restic_put()    { restic -q -r "$(repo "$1")" --compression auto backup "$2"; }
restic_reread() { restic -q -r "$(repo "$1")" --compression auto backup --force "$2"; }
restic_get()    { restic -q -r "$(repo "$1")" restore latest --target "$2"; }
rustic_init()   { rustic --log-level warn -r "$(repo "$1")" init --set-compression 1; }
rustic_put()    { rustic --log-level warn -r "$(repo "$1")" backup "$2"; }
rustic_reread() { rustic --log-level warn -r "$(repo "$1")" backup --force "$2"; }
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

# rsv: the vault under a customer's key; the image a peer calls by its path is the machine's disk.
rsv_home()      { RSV_HOME=$(repo "$1") RSV_CONFIG_HOME=$(repo "$1").config RSV_STATE_HOME=$(repo "$1").state; export RSV_HOME RSV_CONFIG_HOME RSV_STATE_HOME; }
r()             { "$RSV" "$@" -WarningAction SilentlyContinue; }
rsv_init()      { set -e; rsv_home "$1"
                  r New-AzResourceGroup -Name g -Location l
                  r New-AzRecoveryServicesVault -ResourceGroupName g -Name vv -Location l
                  r Update-AzRecoveryServicesVault -VaultId vv -IdentityType SystemAssigned
                  r New-AzKeyVault -VaultName kvbench -ResourceGroupName g -Location l -EnablePurgeProtection
                  r Set-AzKeyVaultAccessPolicy -VaultName kvbench -ObjectId "$(r Get-AzRecoveryServicesVault -Name vv -Query Identity.PrincipalId)" -PermissionsToKeys get,list,wrapKey,unwrapKey
                  r Add-AzKeyVaultKey -VaultName kvbench -Name k -Destination Software
                  r Set-AzRecoveryServicesVaultProperty -VaultId vv -EncryptionKeyId "$(r Get-AzKeyVaultKey -VaultName kvbench -Name k -Query Id)"
                  [ "$1" != zstd1 ] || r Update-AzRecoveryServicesVault -VaultId vv -CompressionLevel 1
                  ln -sfn "$D/disk.img" "$(repo "$1").img"; r New-AzVM -ResourceGroupName g -Name vm -Location l -OSDiskPath "$(repo "$1").img"
                  r Enable-AzRecoveryServicesBackupProtection -Policy DefaultPolicy -Name vm -ResourceGroupName g -VaultId vv
                  r New-AzStorageAccount -ResourceGroupName g -Name staging -Location l -Path "$(repo "$1").staging"; }
rsv_put()       { rsv_home "$1"; ln -sfn "$2" "$(repo "$1").img"; "$RSV" Backup-AzRecoveryServicesBackupItem -Item vm -VaultId vv; }
rsv_reread()    { rsv_home "$1"; ln -sfn "$2" "$(repo "$1").img"; "$RSV" Backup-AzRecoveryServicesBackupItem -Item vm -VaultId vv -FullRead; }
rsv_get()       { set -o pipefail; rsv_home "$1"; "$RSV" Get-AzRecoveryServicesBackupRecoveryPoint -Item vm -VaultId vv -Query '[0]' -Output json |
                  "$RSV" Restore-AzRecoveryServicesBackupItem -RecoveryPoint - -StorageAccountName staging -StorageAccountResourceGroupName g -TargetResourceGroupName g -VaultId vv; }
rsv_save()      { set -o pipefail; rsv_home "$1"; "$RSV" Grant-AzDiskAccess -ResourceGroupName g -DiskName "$("$RSV" Get-AzDisk -ResourceGroupName g -Query '[0].Name')" -Access Read -DurationInSecond 3600 -Query AccessSAS |
                  "$RSV" Save-AzVhd -SourceUri - -LocalFilePath "$2/f"; }
rsv_rotate()    { rsv_home "$1"; "$RSV" Set-AzRecoveryServicesVaultProperty -VaultId vv -EncryptionKeyId "$(r Get-AzKeyVaultKey -VaultName kvbench -Name k2 -Query Id)"; }
rsv_newkey()    { rsv_home "$1"; r Add-AzKeyVaultKey -VaultName kvbench -Name k2 -Destination Software; }

# shellcheck disable=SC2046 # function names have no blanks
export -f $(declare -F | awk '{print $3}'); export D W RSV P

# Runs a command; prints wall, user and system seconds, and its processes' peak anonymous KiB,
# looked at every 20 ms: page cache that a resident set counts is nobody's cost.
cat >"$W/measure.py" <<'PY'
import os, resource, subprocess, sys, threading, time
def tree(root):
    found, todo = [], [root]
    while todo:
        pid = todo.pop(); found.append(pid)
        try:
            for task in os.listdir(f'/proc/{pid}/task'):
                todo += open(f'/proc/{pid}/task/{task}/children').read().split()
        except OSError: pass
    return found
def anon(pid):
    try:
        for line in open(f'/proc/{pid}/status'):
            if line.startswith('RssAnon'): return int(line.split()[1])
    except OSError: pass
    return 0
peak, over = 0, False
def watch(root):
    global peak
    while not over:
        peak = max([peak] + [anon(p) for p in tree(root)])
        time.sleep(.02)
start = time.monotonic()
child = subprocess.Popen(['bash', '-c', sys.argv[2]], stdout=open(sys.argv[1], 'w'), stderr=subprocess.STDOUT)
looker = threading.Thread(target=watch, args=(child.pid,)); looker.start()
code = child.wait(); wall = time.monotonic() - start
over = True; looker.join()
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(f'{wall:.3f},{used.ru_utime:.2f},{used.ru_stime:.2f},{peak}')
sys.exit(code)
PY

step() { # set step source command
  local ds=$1 st=$2 source=$3 figures rc bytes; shift 3
  sync; cat "$source" >/dev/null
  # All of them read what they stored from memory, whichever way it was written.
  case $st in restore | save) find "$(repo "$ds")" -type f -exec cat {} + >/dev/null ;; esac
  figures=$(python3 "$W/measure.py" "$W/log" "$*"); rc=$?
  # What a restore wrote into the home is no part of the repository.
  bytes=$(du -sb --exclude=disks "$(repo "$ds")" | cut -f1)
  echo "$round,$P,$ds,$st,$figures,$bytes,$([ $rc = 0 ] && echo ok || echo "FAIL$rc"),$(cut -d' ' -f1 /proc/loadavg)" | tee -a "$out"
  [ $rc = 0 ] || { echo "--- $P $ds $st"; tail -5 "$W/log"; } >&2
}
check() { # set expected
  local found; found=$(find "$W/out" -type f -size +1M | head -1)
  if [ -n "$found" ] && cmp "$found" "$2" >&2; then
    echo "$round,$P,$1,compare,0,0,0,0,0,ok,0"
  else
    echo "$round,$P,$1,compare,0,0,0,0,0,DIFFERENT,0"
  fi | tee -a "$out"
  rm -rf "$W/out"; mkdir -p "$W/out"
}
init() { # set
  ("${P}_init" "$1") >"$W/log" 2>&1 || { echo "--- $P init $1"; tail -5 "$W/log"; } >&2
}
run() { # set first second
  init "$1"
  step "$1" first "$2" "${P}_put" "$1" "$2"
  step "$1" unchanged "$2" "${P}_put" "$1" "$2"
  if [ "$1" = disk ] && [ "$(type -t "${P}_reread")" = function ]; then step "$1" re-read "$2" "${P}_reread" "$1" "$2"; fi
  step "$1" incremental "$3" "${P}_put" "$1" "$3"
  step "$1" restore "$3" "${P}_get" "$1" "$W/out"
  if [ "$P" = rsv ]; then
    step "$1" save "$3" rsv_save "$1" "$W/out"
    if [ "$1" = disk ]; then (rsv_newkey "$1") >/dev/null; step "$1" rotate /dev/null rsv_rotate "$1"; fi
  fi
  check "$1" "$3"
  rm -rf "$(repo "$1")"*
}
run_random() {
  init random
  step random first "$D/random.bin" "${P}_put" random "$D/random.bin"
  step random restore "$D/random.bin" "${P}_get" random "$W/out"
  [ "$P" = rsv ] && step random save "$D/random.bin" rsv_save random "$W/out"
  check random "$D/random.bin"
  rm -rf "$(repo random)"*
}
run_zstd1() { init zstd1; step zstd1 first "$D/disk.img" rsv_put zstd1 "$D/disk.img"; rm -rf "$(repo zstd1)"*; }

peers=("$@")
if [ ${#peers[@]} = 0 ]; then
  peers=(rsv)
  for p in restic rustic borg bupstash; do command -v $p >/dev/null && peers+=("$p"); done
  command -v age >/dev/null && peers+=(pipe)
  peers+=(rsv)
fi
for round in $(seq "$rounds"); do
  for P in "${peers[@]}"; do
    export P round
    rm -rf "$W/$P-"* "$W/cache-$P" "$W/borgbase" "$W/out"; mkdir -p "$W/out"
    [[ $sets != *" disk "* ]] || run disk "$D/disk.img" "$D/disk2.img"
    if [ "$P" = rsv ] && [[ $sets == *" disk "* ]]; then run_zstd1; fi
    [[ $sets != *" random "* ]] || run_random
    [[ $sets != *" db "* ]] || run db "$D/db.img" "$D/db2.img"
  done
done

python3 "$here/tests/bench/table.py" "$out"

#!/usr/bin/env bash
# Runs the reliability tests in full – every kill point, every disk that a power cut could leave,
# every failing system call, every flipped byte – and prints what was counted. Takes up to an hour
# on two cores; `tests/all.sh` runs an evenly spread part of the same.
set -euo pipefail
cd "$(dirname "$0")/.."
export RSV_RELIABILITY=full RSV_FIGURES
RSV_FIGURES=$(mktemp)
trap 'rm -f "$RSV_FIGURES"' EXIT
cargo test --locked --test it -- \
  power_cut crash io_errors tamper damage concurrent hygiene rollback fuzz
printf '\n%-60s %10s\n' 'what' 'counted'
awk -F '\t' '{ sum[$1] += $2 } END { for (row in sum) printf "%-60s %10d\n", row, sum[row] }' "$RSV_FIGURES" | sort

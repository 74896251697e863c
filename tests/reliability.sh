#!/usr/bin/env bash
# Runs the reliability tests in full – every kill point, every failing system call, every flipped
# byte, thousands of the disks that a power cut could leave – and prints what was counted. Takes
# most of an hour on two cores; `tests/all.sh` runs an evenly spread part of the same, and installs
# the tools for both. A count stands in the table only after its test has passed.
set -euo pipefail
cd "$(dirname "$0")/.."
export RSV_RELIABILITY=full RSV_FIGURES
RSV_FIGURES=$(mktemp)
trap 'rm -f "$RSV_FIGURES"' EXIT
bash tests/all.sh --test it -- \
  power_cut crash io_errors tamper damage concurrent replay hygiene hostile rollback fuzz golden vectors
printf '\n%-72s %8s\n' 'what' 'counted'
awk -F '\t' '{ sum[$1] += $2 } END { for (row in sum) printf "%-72s %8d\n", row, sum[row] }' "$RSV_FIGURES" | LC_ALL=C sort

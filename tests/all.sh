#!/usr/bin/env bash
# Runs all tests. Installs the real tools that some of them use, if they are missing (Debian or
# Ubuntu, root). Ends with cargo's closing lines.
set -euo pipefail
cd "$(dirname "$0")/.."
export PATH=$PATH:/sbin:/usr/sbin

missing=()
for pair in mkfs.ext4:e2fsprogs jq:jq cmp:diffutils zsh:zsh fish:fish; do
  command -v "${pair%%:*}" >/dev/null || missing+=("${pair##*:}")
done
if ((${#missing[@]})); then
  apt-get update -qq
  apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi
exec cargo test --locked

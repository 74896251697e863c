#!/usr/bin/env bash
# Runs all tests. Installs the real tools that some of them use, if they are missing (Debian or
# Ubuntu, root), and the packages of the independent reader into target/. Ends with cargo's
# closing lines. What is given to it goes to `cargo test`.
set -euo pipefail
cd "$(dirname "$0")/.."
export PATH=$PATH:/sbin:/usr/sbin

missing=()
for pair in mkfs.ext4:e2fsprogs jq:jq cmp:diffutils strace:strace prlimit:util-linux python3:python3 zsh:zsh fish:fish shellcheck:shellcheck; do
  command -v "${pair%%:*}" >/dev/null || missing+=("${pair##*:}")
done
python3 -c 'import ensurepip, venv' 2>/dev/null || missing+=(python3-venv)
if ((${#missing[@]})); then
  apt-get update -qq
  apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi
reader=target/reader-venv
if ! "$reader/bin/python" -c 'import cryptography, blake3, zstandard' 2>/dev/null; then
  python3 -m venv "$reader"
  "$reader/bin/pip" install --quiet cryptography blake3 zstandard
fi
exec cargo test --locked "$@"

#!/usr/bin/env bash
# Runs fuzz targets on the stable toolchain: stable.sh SECONDS [TARGET …], all of them by default.
# RUSTC_BOOTSTRAP lets stable take the flags that put libFuzzer's coverage counters in. New inputs
# go to target/fuzz-corpus, crashes to target/fuzz-crashes; the kept corpus is only read.
set -euo pipefail
cd "$(dirname "$0")/../.."
seconds=${1:?seconds for each target}
shift
targets=("$@")
if ((${#targets[@]} == 0)); then
  for file in tests/fuzz/fuzz_targets/*.rs; do
    targets+=("$(basename "$file" .rs)")
  done
fi
host=$(rustc -vV | sed -n 's/^host: //p')
export RUSTC_BOOTSTRAP=1
# Counters and comparison tracing in every crate, as cargo-fuzz sets them.
export RUSTFLAGS="-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
-Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
-Cllvm-args=-sanitizer-coverage-trace-compares --cfg fuzzing"
cargo build --manifest-path tests/fuzz/Cargo.toml --target-dir target/fuzz --target "$host" --release --bins
mkdir -p target/fuzz-crashes
for target in "${targets[@]}"; do
  mkdir -p "target/fuzz-corpus/$target"
  "target/fuzz/$host/release/$target" "target/fuzz-corpus/$target" "tests/fuzz/corpus/$target" \
    -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
    -artifact_prefix="target/fuzz-crashes/$target-" >"target/fuzz-corpus/$target.log" 2>&1 || {
    tail -40 "target/fuzz-corpus/$target.log"
    exit 1
  }
  executions=$(sed -n 's/^stat::number_of_executed_units: *//p' "target/fuzz-corpus/$target.log")
  echo "$target: $executions executions, no crash"
done

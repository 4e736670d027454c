#!/bin/sh
# Fuzzes the decoder of the bridge with libFuzzer, AddressSanitizer and UndefinedBehaviorSanitizer.
# Environment: RUNS inputs (default 10 million), SEED.
# An input that breaks it stays in build/fuzz-bridge; run build/fuzz-bridge/fuzz with its name.
# SPDX-License-Identifier: Apache-2.0
set -eu
cd "$(dirname "$0")"
out=$(cd ../.. && mkdir -p build/fuzz-bridge/empty && cd build/fuzz-bridge && pwd)
runs="${RUNS:-10000000}"
compiler="${FUZZ_CXX:-clang++}"
flags="-std=c++17 -O1 -g -Wall -Wextra -Werror -I.. -I../test"
flags="$flags -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all"

# Everything but what needs Verilator's headers.
sources=fuzz_session.cpp
for source in ../*.cpp; do
  case "$source" in
    ../dpi.cpp | ../run_simulator.cpp | ../verilated_signals.cpp) ;;
    *) sources="$sources $source" ;;
  esac
done
# shellcheck disable=SC2086 # lists of words
$compiler $flags $sources -o "$out/fuzz"

mkdir -p "$out/corpus"
corpus=$(pwd)/corpus
cd "$out/empty" # names in inputs mean nothing here
# Freed memory is kept out of use for the next 1 MiB only: an input allocates far less.
export ASAN_OPTIONS="quarantine_size_mb=1:malloc_context_size=2"
exec "$out/fuzz" -seed="${SEED:-1}" -runs="$runs" -max_len=1024 -timeout=10 -handle_xfsz=0 -detect_leaks=0 -entropic=0 \
  -print_final_stats=1 -artifact_prefix="$out/" "$out/corpus" "$corpus"

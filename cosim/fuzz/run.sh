#!/bin/sh
# Fuzzes both protocol decoders of the co-simulation with libFuzzer, AddressSanitizer and
# UndefinedBehaviorSanitizer. Environment: RUNS inputs each (default 3 million), SEED, TARGETS ("vhost vfio").
# An input that breaks one stays in build/fuzz-cosim; run build/fuzz-cosim/TARGET with its name.
# SPDX-License-Identifier: Apache-2.0
set -eu
cd "$(dirname "$0")/../.."
out=build/fuzz-cosim
mkdir -p "$out"
flags="-std=c++17 -O1 -g -Wall -Wextra -Werror -Isim -Isim/test"
flags="$flags -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all"
common="cosim/guest_map.cpp cosim/device.cpp sim/error.cpp"

for target in ${TARGETS:-vhost vfio}; do
  case $target in
    vhost) sources="cosim/vhost_backend.cpp cosim/vhost_driver.cpp cosim/vhost_protocol.cpp" ;;
    vfio) sources="cosim/vfio_protocol.cpp cosim/pci_function.cpp" ;;
    *)
      echo "fuzz-cosim: TARGETS: expected vhost and vfio, got '$target'" >&2
      exit 2
      ;;
  esac
  echo "fuzz-cosim: $target, ${RUNS:-3000000} inputs"
  # shellcheck disable=SC2086 # lists of words
  "${FUZZ_CXX:-clang++}" $flags "cosim/fuzz/fuzz_$target.cpp" $sources $common -o "$out/$target"
  mkdir -p "$out/corpus-$target"
  ASAN_OPTIONS="quarantine_size_mb=1:malloc_context_size=2" "$out/$target" -seed="${SEED:-1}" \
    -runs="${RUNS:-3000000}" -max_len=512 -timeout=10 -detect_leaks=0 -print_final_stats=1 -verbosity=0 \
    -artifact_prefix="$out/$target-" "$out/corpus-$target"
done

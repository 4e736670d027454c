#!/bin/sh
# Builds and runs the unit tests of the C++ (no Verilator needed), with sanitizers.
# Argument: part of a test name.
# SPDX-License-Identifier: Apache-2.0
set -eu
cd "$(dirname "$0")"
out=../../build/sim-unit
mkdir -p "$out"
compiler="${CXX:-g++}"
launcher=""
if command -v ccache >/dev/null 2>&1; then launcher=ccache; fi
flags="-std=c++17 -O1 -g -Wall -Wextra -Werror -I.."
flags="$flags -fsanitize=address,undefined -fno-sanitize-recover=all"

# Everything but what needs Verilator's headers.
sources=""
for source in ../*.cpp ./*.cpp; do
  case "$source" in
    ../dpi.cpp | ../run_simulator.cpp | ../verilated_signals.cpp) ;;
    *) sources="$sources $source" ;;
  esac
done

objects=""
for source in $sources; do
  objects="$objects $out/$(basename "$source" .cpp).o"
done
for source in $sources; do
  printf '%s\0' "$launcher $compiler $flags -c $source -o $out/$(basename "$source" .cpp).o"
done | xargs -0 -P 2 -I{} sh -c '{}'
# shellcheck disable=SC2086 # lists of words
$compiler $flags $objects -o "$out/unit" -lpthread
exec "$out/unit" "$@"

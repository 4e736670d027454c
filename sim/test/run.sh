#!/bin/sh
# Builds and runs the unit tests of the C++ (no Verilator), with sanitizers. Arguments: part of a test name.
# SPDX-License-Identifier: Apache-2.0
set -eu
cd "$(dirname "$0")"
out=../../build/sim-unit
mkdir -p "$out"
cxx="${CXX:-g++}"
command -v ccache >/dev/null 2>&1 && cxx="ccache $cxx"
flags="-std=c++17 -O1 -g -Wall -Wextra -Werror -fsanitize=address,undefined -fno-sanitize-recover=all -I.."

# Everything but what needs Verilator's headers.
sources="$(ls ../*.cpp | grep -v -e /dpi.cpp -e /run_simulator.cpp -e /verilated_signals.cpp) $(ls ./*.cpp)"
objects=""
for source in $sources; do
  object="$out/$(basename "$source" .cpp).o"
  objects="$objects $object"
  # shellcheck disable=SC2086
  printf '%s\0' "$cxx $flags -c $source -o $object"
done | xargs -0 -P 2 -I{} sh -c '{}'
for source in $sources; do objects="$objects $out/$(basename "$source" .cpp).o"; done
# shellcheck disable=SC2086
${CXX:-g++} $flags $objects -o "$out/unit" -lpthread
exec "$out/unit" "$@"

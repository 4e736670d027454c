#!/bin/sh
# The unit tests of the bridge's C++. Argument: part of a test name.
# SPDX-License-Identifier: Apache-2.0
set -eu
cd "$(dirname "$0")/../.."
sources=""
for source in sim/*.cpp sim/test/*.cpp; do
  case "$source" in
    # What needs Verilator's headers, and the frame of the tests.
    sim/dpi.cpp | sim/run_simulator.cpp | sim/verilated_signals.cpp | sim/test/test_main.cpp) ;;
    *) sources="$sources $source" ;;
  esac
done
# shellcheck disable=SC2086 # a list of words
exec scripts/cpp-tests.sh sim $sources -- "$@"

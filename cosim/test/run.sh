#!/bin/sh
# The unit tests of the co-simulation's C++: everything but the Verilated device and main. Argument: part of a test name.
# SPDX-License-Identifier: Apache-2.0
set -eu
cd "$(dirname "$0")/../.."
sources="sim/checkers.cpp sim/error.cpp"
for source in cosim/*.cpp cosim/test/*.cpp; do
  case "$source" in
    cosim/rtl_device.cpp | cosim/main.cpp) ;;
    *) sources="$sources $source" ;;
  esac
done
# shellcheck disable=SC2086 # a list of words
exec scripts/cpp-tests.sh cosim $sources -- "$@"

#!/bin/sh
# Builds and runs unit tests of C++ (no Verilator needed), with sanitizers.
#
#   scripts/cpp-tests.sh NAME SOURCE... [-- PART-OF-A-TEST-NAME]
set -eu
cd "$(dirname "$0")/.."
name=$1
shift
out=build/cpp-tests/$name
mkdir -p "$out"
compiler="${CXX:-g++}"
launcher=""
if command -v ccache >/dev/null 2>&1; then launcher=ccache; fi
flags="-std=c++17 -O1 -g -Wall -Wextra -Werror -Isim -Isim/test"
flags="$flags -fsanitize=address,undefined -fno-sanitize-recover=all"

sources="sim/test/test_main.cpp"
while [ $# -gt 0 ]; do
  if [ "$1" = -- ]; then
    shift
    break
  fi
  sources="$sources $1"
  shift
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

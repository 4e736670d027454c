#!/usr/bin/env bash
# Installs what a set of targets needs and nothing that is already there.
#
#   scripts/setup.sh sim      Verilator, compiler, Node packages        (make sim, make test)
#   scripts/setup.sh check    the same, and Icarus, Yosys, clang-format (make check)
#   scripts/setup.sh fuzz     clang with libFuzzer                      (make fuzz-bridge)
#   scripts/setup.sh formal   Yosys, Node packages, and a solver         (make formal)
#   scripts/setup.sh waves    GTKWave                                   (make waves)
#
# Debian packages are installed when the user is root or sudo works without a password; otherwise one line says which are missing.
set -euo pipefail
cd "$(dirname "$0")/.."

fail() {
  echo "setup: $*" >&2
  exit 1
}

# pairs of each set: command:package, or /file:package for libraries
SIM="verilator:verilator g++:g++ make:make ccache:ccache taskset:util-linux python3:python3 /usr/include/zlib.h:zlib1g-dev"
CHECK="$SIM git:git iverilog:iverilog yosys:yosys clang-format:clang-format"
FUZZ="clang:clang"
FORMAL="yosys:yosys python3:python3 z3:z3"
WAVES="gtkwave:gtkwave"

case "${1:-}" in
  sim) wanted=$SIM ;;
  check) wanted=$CHECK ;;
  fuzz) wanted=$FUZZ ;;
  formal) wanted=$FORMAL ;;
  waves) wanted=$WAVES ;;
  *) fail "expected one of sim, check, fuzz, formal, waves; got '${1:-}'" ;;
esac

missing=()
for pair in $wanted; do
  case $pair in
    /*) [ -e "${pair%%:*}" ] || missing+=("${pair##*:}") ;;
    *) command -v "${pair%%:*}" >/dev/null 2>&1 || missing+=("${pair##*:}") ;;
  esac
done

if ((${#missing[@]})); then
  echo "setup: missing Debian packages: ${missing[*]}"
  if [ "$(id -u)" = 0 ]; then
    run=()
  elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
    run=(sudo -n)
  else
    fail "not root and no sudo without a password; please run: apt-get install ${missing[*]}"
  fi
  command -v apt-get >/dev/null 2>&1 || fail "no apt-get here; please install by hand: ${missing[*]}"
  "${run[@]}" apt-get update -q >/dev/null
  "${run[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -q --no-install-recommends "${missing[@]}" >/dev/null \
    || fail "apt-get could not install: ${missing[*]}"
fi

if [ "$1" != waves ] && [ "$1" != fuzz ]; then
  command -v node >/dev/null 2>&1 || fail "Node.js 20 or newer is needed; none was found"
  major=$(node -p 'process.versions.node.split(".")[0]')
  [ "$major" -ge 20 ] || fail "Node.js 20 or newer is needed; found $(node --version)"
  # Installed packages are current when the lock file has not changed since.
  stamp=node_modules/.installed-from
  if ! cmp -s package-lock.json "$stamp" 2>/dev/null; then
    echo "setup: installing Node packages"
    npm ci --no-audit --no-fund --loglevel=error
    cp package-lock.json "$stamp"
  fi
fi

# Bitwuzla is many times faster than z3 on these proofs, and not in every Debian: it comes from the testing root.
if [ "$1" = formal ] && [ "${SOLVER:-bitwuzla}" = bitwuzla ]; then
  scripts/testing-root.sh install bitwuzla || fail "no bitwuzla; SOLVER=z3 works without it, but slowly"
fi

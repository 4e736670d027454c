#!/usr/bin/env bash
# Serves the simulated card to one's own virtual machine or driver, until it leaves or ctrl-C; docs/real-drivers.md.
#
#   scripts/serve.sh vfio|vhost      SOCKET= path, TAP= name (or NET=none|loopback); KEEP=1 CAPTURE=file DATA_W=64 FEATURES=list MAC=address
set -euo pipefail
cd "$(dirname "$0")/.."

fail() {
  echo "make serve-$protocol: $*" >&2
  exit 2
}

protocol=$1
[ -n "${SOCKET:-}" ] || fail "expected SOCKET=path, where the Unix socket shall be"
[ -n "${TAP:-}${NET:-}" ] || fail "expected TAP=name, a TAP device that exists or shall be made (or NET=none, NET=loopback)"
words=("$protocol" --socket "$SOCKET" --net "${NET:-tap:${TAP:-}}")
if [ -n "${FEATURES:-}" ]; then words+=(--features "$FEATURES"); fi
if [ -n "${CAPTURE:-}" ]; then words+=(--capture "$CAPTURE"); fi
if [ -n "${MAC:-}" ]; then words+=(--mac "$MAC"); fi
if [ "${KEEP:-0}" = 1 ]; then words+=(--keep); fi
program=$(node scripts/build-sim.mjs --program cosim --top cosim_top --data-w "${DATA_W:-64}")
exec "$program" "${words[@]}"

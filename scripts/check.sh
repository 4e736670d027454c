#!/usr/bin/env bash
# All static checks, one line each. Runs every check even when an earlier one failed, and fails at the end.
set -uo pipefail
cd "$(dirname "$0")/.."

failed=()
step() {
  local name=$1
  shift
  local started=$SECONDS log
  log=$(mktemp)
  printf '%-34s' "$name"
  if "$@" >"$log" 2>&1; then
    echo "ok    $((SECONDS - started)) s"
  else
    echo "FAIL  $((SECONDS - started)) s"
    sed 's/^/    /' "$log" | tail -n 60
    failed+=("$name")
  fi
  rm -f "$log"
}

step "file lists agree" node scripts/check-filelist.mjs
step "every module has a test" node scripts/check-pairs.mjs
step "rtl/README.md is current" node scripts/gen-modules.mjs --check
step "conformance table is current" node --import=tsx tb/apps/conformance.ts --check
step "types (tsc)" npx --no-install tsc --noEmit
step "eslint" npx --no-install eslint --max-warnings 0 .
step "prettier" npx --no-install prettier --check --log-level warn .
step "clang-format" bash -c 'find sim cosim -name "*.cpp" -o -name "*.cc" -o -name "*.h" | xargs clang-format --dry-run --Werror'
step "white space" bash -c '! grep -rnIP "\\s+$|\\t" rtl sim cosim tb bench verify formal scripts --include=*.{v,vh,sv,ts,mjs,cpp,h,sh}'
step "bare TODO" bash -c '! grep -rnIwE "TODO|FIXME|XXX|HACK" rtl sim cosim tb verify formal scripts --exclude=check.sh'
step "RTL lint, three front ends" scripts/lint-rtl.sh

if ((${#failed[@]})); then
  printf 'check: %d failed: %s\n' "${#failed[@]}" "$(IFS=, && echo "${failed[*]}")" >&2
  exit 1
fi
echo "check: all passed"

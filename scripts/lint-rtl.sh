#!/usr/bin/env bash
# RTL lint with three front ends, because they disagree about what is legal: Verilator (style), Icarus (strict
# Verilog-2005), Yosys (synthesizable: no latches, no combinational loops, one driver per signal).
# Any output of a tool is a failure. Waivers: lint/verilator.vlt only.
#
#   scripts/lint-rtl.sh            the top at all widths, then every module alone
#   scripts/lint-rtl.sh MODULE...  these modules alone
set -uo pipefail
cd "$(dirname "$0")/.."

DIRS=(-y rtl/common -y rtl/axi -y rtl/ring -y rtl/net -y rtl/top)
WIDTHS=(64 128 256 512)
PAIRS=(1 4)
SOURCES=$(grep '^rtl/' rtl/vnet.f | tr '\n' ' ')
# Yosys infers latches without a word: forbid their cells.
LATCHES=' select -assert-none t:$dlatch t:$adlatch t:$dlatchsr'
runs=0
failed=0

# check NAME COMMAND...: the command must succeed and say nothing.
check() {
  local name=$1 output
  shift
  runs=$((runs + 1))
  if ! output=$("$@" 2>&1) || [ -n "$output" ]; then
    failed=$((failed + 1))
    printf 'FAIL %s\n%s\n' "$name" "$(head -n 40 <<<"$output" | sed 's/^/    /')"
  fi
}

# lint FILE TOP NAME=VALUE...: all three front ends with these parameters.
lint() {
  local file=$1 top=$2 parameter verilator=() icarus=() yosys=""
  shift 2
  for parameter in "$@"; do
    verilator+=("-G$parameter")
    icarus+=("-P$top.$parameter")
    yosys+="chparam -set ${parameter/=/ } $top; "
  done
  check "verilator $top $*" verilator --lint-only -Wall +1364-2005ext+v --top-module "$top" "${DIRS[@]}" \
    "${verilator[@]}" lint/verilator.vlt "$file"
  check "icarus $top $*" iverilog -g2005 -Wall -tnull -I rtl/top -s "$top" "${DIRS[@]}" "${icarus[@]}" "$file"
  check "yosys $top $*" yosys -q -p \
    "read_verilog -Irtl/top $SOURCES; ${yosys}hierarchy -check -top $top; proc; check -assert;$LATCHES"
}

if (($# == 0)); then
  for width in "${WIDTHS[@]}"; do
    for pairs in "${PAIRS[@]}"; do
      echo "vnet_top DATA_W=$width QUEUE_PAIRS=$pairs"
      lint rtl/top/vnet_top.v vnet_top "DATA_W=$width" "QUEUE_PAIRS=$pairs"
    done
  done
  echo "vnet_top with the experiments on"
  lint rtl/top/vnet_top.v vnet_top STRICT_LAYOUT=1 ANY_HEADER_SG=1
  echo "cosim_top, the wiring of both tops"
  check "verilator cosim_top" verilator --lint-only -Wall +1364-2005ext+v --top-module cosim_top "${DIRS[@]}" \
    lint/verilator.vlt cosim/cosim_top.v
fi

for file in $SOURCES; do
  module=$(basename "$file" .v)
  if (($# == 0)) || [[ " $* " == *" $module "* ]]; then
    echo "$module"
    lint "$file" "$module"
  fi
done

if ((failed)); then
  echo "lint-rtl: $failed of $runs runs failed" >&2
  exit 1
fi
echo "lint-rtl: $runs runs, no warning"

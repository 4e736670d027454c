#!/usr/bin/env bash
# One shard of a soak, the same on every kind of cluster. SHARDS is the number of shards; which one this is comes from the scheduler: an array index
# counted from 0. SEED and CYCLES (of the whole run) as for `make soak`. The report goes to REPORT_DIR, if given.
set -euo pipefail
cd "$(dirname "$0")/.."
shards=${SHARDS:?number of shards}
index=${SHARD_INDEX:-${JOB_COMPLETION_INDEX:-${SLURM_ARRAY_TASK_ID:?SHARD_INDEX, JOB_COMPLETION_INDEX or SLURM_ARRAY_TASK_ID is needed}}}
status=0
SHARD="$index/$shards" JOBS="${JOBS:-2}" make soak || status=$?
if [[ -n ${REPORT_DIR:-} ]]; then
  mkdir -p "$REPORT_DIR"
  cp build/soak/soak-*.json "$REPORT_DIR/"
fi
exit "$status"

#!/bin/bash
# A soak as a Slurm array: `sbatch --array=0-63 deploy/slurm-soak.sh`, then `REPORTS=soak-reports make soak-merge`.
# IMAGE is the Docker image as a file (`apptainer build virtio-net-rtl.sif docker-daemon://virtio-net-rtl:latest`).
#SBATCH --job-name=vnet-soak
#SBATCH --cpus-per-task=2
#SBATCH --mem=4G
#SBATCH --time=06:00:00
#SBATCH --output=soak-%A-%a.log
set -euo pipefail
export SEED="${SEED:-1}" CYCLES="${CYCLES:-1000000000}"
export SHARDS="${SLURM_ARRAY_TASK_COUNT:?start it with sbatch --array=0-N}"
export REPORT_DIR=/reports
reports="${REPORTS:-$PWD/soak-reports}"
mkdir -p "$reports"
# The image is read-only; builds go to a layer in memory.
exec apptainer exec --writable-tmpfs --pwd /virtio-net-rtl --bind "$reports:/reports" "${IMAGE:-virtio-net-rtl.sif}" \
  deploy/soak-shard.sh

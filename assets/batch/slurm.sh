#!/bin/sh
# A Slurm array of ten shards: sbatch slurm.sh, then: statelab merge part-*.json --format text
#SBATCH --array=1-10
#SBATCH --cpus-per-task=2
#SBATCH --mem=512M
statelab compare cart --runs 100 --quiet --jobs "$SLURM_CPUS_PER_TASK" --shard "$SLURM_ARRAY_TASK_ID/10" --out "part-$SLURM_ARRAY_TASK_ID.json"

#!/usr/bin/env bash
# Tries ranks on what starts them: a Slurm of two nodes on this machine, Open MPI, MPICH, torchrun.
set -euo pipefail

if ! command -v mpirun.openmpi mpiexec.hydra slurmd munged >/dev/null; then
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        apt-get update -qq
        DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends \
            openmpi-bin mpich slurm-wlm munge >/dev/null
    else
        echo "What is missing is skipped: install openmpi-bin, mpich, slurm-wlm and munge, and be root" >&2
    fi
fi
JUPYTER_GREEN_TEST_SLURM=1 python -m pytest -q tests/slurm tests/cli/test_ranks.py

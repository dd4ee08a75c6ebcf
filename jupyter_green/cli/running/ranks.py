"""Whether a launcher has started several processes of a job on this host, and of which job.

Its own variables say so: srun(1), "OUTPUT ENVIRONMENT VARIABLES"; mpirun(1) of Open MPI,
"Exported Environment Variables"; MPICH's Hydra; torchrun's "Environment Variables".
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from ...sampler import lineage

_PER_NODE = re.compile(r"([0-9]{1,9})(?:\(x([0-9]{1,9})\))?")


class LocalRanks(NamedTuple):
    """Several processes of one job on one host."""

    step: str
    """Of which step of which job: no two of one user have the same at one time."""
    size: int
    """How many they are."""


def local_ranks(environ: Mapping[str, str] = os.environ) -> LocalRanks | None:
    """Return of which ranks this process is one; ``None`` where it is alone on its host.

    A launcher may have been started by another one: the innermost says how many there are.
    """
    for of_launcher in (_torchrun, _open_mpi, _hydra, _slurm):
        if found := of_launcher(environ.get):
            return found if found.size > 1 else None
    return None


_Get = Callable[[str], "str | None"]


def _torchrun(get: _Get) -> LocalRanks | None:
    """Return torchrun's; its run id alone may be ``none``."""
    if get("TORCHELASTIC_RUN_ID") is None or get("LOCAL_RANK") is None:
        return None
    names = ("TORCHELASTIC_RUN_ID", "MASTER_ADDR", "MASTER_PORT", "TORCHELASTIC_RESTART_COUNT")
    step = " ".join(get(name) or "" for name in names)
    return LocalRanks(f"torchrun {step}", _number(get("LOCAL_WORLD_SIZE")))


def _open_mpi(get: _Get) -> LocalRanks | None:
    job = get("PMIX_NAMESPACE") or get("OMPI_MCA_ess_base_jobid")
    if job is None or get("OMPI_COMM_WORLD_LOCAL_RANK") is None:
        return None
    return LocalRanks(f"mpirun {job}", _number(get("OMPI_COMM_WORLD_LOCAL_SIZE")))


def _hydra(get: _Get) -> LocalRanks | None:
    """Return those of MPICH and Intel MPI, which name no job: their proxy starts all of a host."""
    if get("MPI_LOCALRANKID") is None:
        return None
    proxy = lineage.program(os.getppid())
    return LocalRanks(f"mpiexec {proxy}", _number(get("MPI_LOCALNRANKS")))


def _slurm(get: _Get) -> LocalRanks | None:
    job, step = get("SLURM_JOB_ID"), get("SLURM_STEP_ID")
    if job is None or step is None or get("SLURM_LOCALID") is None:
        return None
    counts = list(_counts(get("SLURM_STEP_TASKS_PER_NODE") or ""))
    node = _number(get("SLURM_NODEID"))
    count = counts[node] if node < len(counts) else _number(get("SLURM_NTASKS_PER_NODE"))
    return LocalRanks(f"slurm {get('SLURM_CLUSTER_NAME') or ''} {job}.{step}", count)


def _counts(per_node: str) -> Iterator[int]:
    """Go through the tasks of each node, given as ``2(x3),1``."""
    for part in per_node.split(","):
        if found := _PER_NODE.fullmatch(part):
            yield from [int(found[1])] * min(int(found[2] or 1), 100_000)


def _number(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() else 0

"""Which job of a scheduler or of continuous integration a program runs in."""

from __future__ import annotations

import os
from collections.abc import Mapping

from ..printable import printable, shortened

_MOST = 100


def job_of(environ: Mapping[str, str] = os.environ) -> str | None:
    """Return the job's name and number, as ``slurm 4242_7.0``; ``None`` where there is none.

    Slurm says array and step (sbatch(1), "OUTPUT ENVIRONMENT VARIABLES"), and PBS, LSF, GitHub
    Actions and GitLab CI the job.
    """
    get = environ.get
    found = None
    if get("SLURM_JOB_ID"):
        array, task = get("SLURM_ARRAY_JOB_ID"), get("SLURM_ARRAY_TASK_ID")
        job = f"{array}_{task}" if array and task else get("SLURM_JOB_ID")
        step = get("SLURM_STEP_ID")
        found = f"slurm {job}.{step}" if step else f"slurm {job}"
    elif get("PBS_JOBID"):
        found = f"pbs {get('PBS_JOBID')}"
    elif get("LSB_JOBID"):
        index = get("LSB_JOBINDEX", "0")
        found = f"lsf {get('LSB_JOBID')}" + (f"[{index}]" if index != "0" else "")
    elif get("GITHUB_RUN_ID"):
        found = f"github {get('GITHUB_RUN_ID')}.{get('GITHUB_RUN_ATTEMPT', '1')}"
    elif get("CI_JOB_ID"):
        found = f"gitlab {get('CI_JOB_ID')}"
    return shortened(printable(found), _MOST) if found else None

"""A real Slurm, which the project itself does not need: `make check-slurm` runs these."""

import os

from .cluster import missing

WANTED = "JUPYTER_GREEN_TEST_SLURM"
collect_ignore_glob = [] if os.environ.get(WANTED) and not missing() else ["test_*.py"]

"""Where this machine's idle power is kept, once somebody has had it measured."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from ..sources.variables import BASELINE_VARIABLE, USUAL_BASELINE


def baseline_file(environ: Mapping[str, str] = os.environ) -> Path | None:
    """Return the file that is named, or the usual one; ``None`` where there is none."""
    if named := environ.get(BASELINE_VARIABLE):
        return Path(named)
    usual = Path(USUAL_BASELINE)
    return usual if usual.exists() else None

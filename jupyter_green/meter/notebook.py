"""The notebook whose kernel this program is."""

from __future__ import annotations

import os
import sys
from pathlib import PurePosixPath, PureWindowsPath


def notebook() -> str | None:
    """Return the notebook's file name, without its folder, which may name a person.

    ``None`` in any other program, also in one that a notebook's cell has started.
    """
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    if getattr(shell, "kernel", None) is None:
        return None
    path = os.environ.get("JPY_SESSION_NAME")
    return PurePosixPath(PureWindowsPath(path).as_posix()).name if path else None

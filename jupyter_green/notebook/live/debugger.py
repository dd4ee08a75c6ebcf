"""A kernel's debugger: what the meter does around a cell is none of the user's frames.

ipykernel tells debugpy to pass by all modules that it has loaded itself when a user steps. What
comes later is the user's to debug. So would be this package, and a step from a cell's last line
would end in it, or in a library that it shows its view with.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Sequence
from typing import Any

PASSED_BY = ("jupyter_green", "anywidget", "ipywidgets", "psygnal")
"""This package, and what its view is made with."""


def pass_by(shell: Any) -> None:
    """Have a debugger that is attached to a shell's kernel pass by the meter.

    Nothing changes where there is none, or one that is to show the kernel's own modules.
    Cheap, since front ends come and go: each cell asks.
    """
    with contextlib.suppress(Exception):  # debugging is then as it was
        if (attached := _attached()) is None:
            return
        if getattr(shell.kernel.debugger, "filter_internal_frames", True):
            known = _filters(attached)
            if new := [each for each in _ours() if each not in known]:
                attached.set_exclude_filters([*new, *known])


def no_longer_pass_by() -> None:
    """Take back what :func:`pass_by` did."""
    with contextlib.suppress(Exception):
        if (attached := _attached()) is not None:
            ours = _ours()
            attached.set_exclude_filters([f for f in _filters(attached) if f not in ours])


def _attached() -> Any:
    """Return debugpy's end within this process, ``None`` where no front end debugs it."""
    debugpy = sys.modules.get("_pydevd_bundle.pydevd_constants")
    return None if debugpy is None else debugpy.get_global_debugger()


def _filters(attached: Any) -> Sequence[Any]:
    """Return what debugpy passes by. It takes this from front ends alone, and tells nobody."""
    filters: Sequence[Any] = attached._files_filtering._exclude_filters  # noqa: SLF001
    return filters


def _ours() -> Sequence[Any]:
    new_filter = sys.modules["_pydevd_bundle.pydevd_filtering"].ExcludeFilter
    return [new_filter(name, exclude=True, is_path=False) for name in PASSED_BY]

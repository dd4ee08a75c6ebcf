"""Starting the booker, where there is something to book and none is at work."""

from __future__ import annotations

import contextlib
import os
import subprocess
import time
from pathlib import Path

from .. import isolated
from .lock import booker_lock
from .places import LEDGER_VARIABLE, setting_of

BOOKER = "jupyter_green.ledger.started"
REFUSED = "refused"
"""A file in the ledger's folder with what keeps rows from being booked; they wait."""
REFUSED_S = 60.0
"""How long nothing is tried after that."""
STARTS_S = 1.0
"""How long one that was started is taken to be on its way; it stays longer than that."""
_WAIT_S = 10.0


class Booker:
    """Starts the booker of one ledger from this process."""

    def __init__(self, ledger: Path) -> None:
        self._ledger = ledger
        self._started_s = -STARTS_S

    def start(self) -> bool:
        """Start it, unless one is at work, or was refused a moment ago; return whether it was.

        Raises
        ------
        OSError
            Where no process can be started.
        """
        if time.monotonic() - self._started_s < STARTS_S:
            return False
        if refused(self._ledger, within_s=REFUSED_S):
            return False
        with booker_lock(self._ledger) as is_free:
            if not is_free:
                return False
        starter = subprocess.Popen(  # noqa: S603  (nothing of it comes from outside)
            isolated.command(BOOKER),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=isolated.package_folder(),
            env={**os.environ, LEDGER_VARIABLE: setting_of(self._ledger)},
            **isolated.apart(),
        )
        self._started_s = time.monotonic()
        with contextlib.suppress(subprocess.TimeoutExpired):
            # It ends once the booker is on its own: see `ledger/started.py`.
            if (status := starter.wait(_WAIT_S if hasattr(os, "fork") else 0)) > 0:
                refuse(self._ledger, failed(f"status {status}"))
                return False
        return True


def failed(how: str) -> str:
    """Return the words for a booker that cannot do its work, and how to find out why."""
    return f"the booker ended ({how}): `python -m jupyter_green.ledger.book` in a shell says why"


def refused(ledger: Path, *, within_s: float = float("inf")) -> str:
    """Return what keeps rows from being booked, as the last booker found; empty for nothing."""
    path = ledger / REFUSED
    try:
        age_s = abs(time.time() - path.stat().st_mtime)  # the clock may have been set back
        return path.read_text(encoding="utf-8", errors="replace") if age_s < within_s else ""
    except OSError:
        return ""


def refuse(ledger: Path, reason: str) -> None:
    """Leave word of what keeps rows from being booked; an empty one takes it back."""
    with contextlib.suppress(OSError):
        if reason:
            (ledger / REFUSED).write_text(reason, encoding="utf-8")
        else:
            (ledger / REFUSED).unlink(missing_ok=True)

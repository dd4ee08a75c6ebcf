"""``%green history``: what was metered before, in all notebooks, as the ledger has it.

The ledger is read by a process of its own: no kernel loads a database.
"""

from __future__ import annotations

import subprocess

from IPython.core.error import UsageError

from .. import isolated

_COMMAND = "jupyter_green.cli.command"
_TIMEOUT_S = 60.0


def history(number: str = "20") -> str:
    """Return the table of the last windows.

    Raises
    ------
    UsageError
        For what is no number, and where the ledger cannot be read.
    """
    if not (number.isascii() and number.isdigit() and int(number)):
        raise UsageError(f"%green history {number}: give a number of windows, 1 or more")
    ran = subprocess.run(  # noqa: S603  (a number is all that comes from outside)
        isolated.command(_COMMAND, "history", number),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        timeout=_TIMEOUT_S,
        cwd=isolated.package_folder(),
        start_new_session=True,
    )
    if ran.returncode:
        lines = ran.stderr.decode("utf-8", "replace").strip().splitlines()
        raise UsageError(f"%green history: {lines[-1] if lines else 'the ledger cannot be read'}")
    return ran.stdout.decode("utf-8", "replace").rstrip()

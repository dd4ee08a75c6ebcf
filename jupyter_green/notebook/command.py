"""Commands of ``jupyter green`` that a magic runs: in a process of its own, with the database.

No kernel loads one.
"""

from __future__ import annotations

import subprocess

from IPython.core.error import UsageError

from .. import isolated

_COMMAND = "jupyter_green.cli.command"
_TIMEOUT_S = 60.0


def output_of(magic: str, *words: str, given: str = "") -> str:
    """Return what a command prints.

    Parameters
    ----------
    magic
        What the user typed, for errors.
    words
        The command and its arguments.
    given
        Its standard input.

    Raises
    ------
    UsageError
        With the command's last line, where it does not succeed.
    """
    try:
        ran: subprocess.CompletedProcess[bytes] = subprocess.run(  # noqa: S603  (no shell; the words are arguments of our own command)
            isolated.command(_COMMAND, *words),
            input=given.encode("utf-8", "replace"),
            capture_output=True,
            check=False,
            timeout=_TIMEOUT_S,
            cwd=isolated.package_folder(),
            **isolated.apart(),
        )
    except subprocess.TimeoutExpired:
        raise UsageError(f"{magic}: no answer in {_TIMEOUT_S:g} s; ask about less") from None
    if ran.returncode:
        lines = ran.stderr.decode("utf-8", "replace").strip().splitlines()
        raise UsageError(f"{magic}: {lines[-1] if lines else 'the ledger cannot be read'}")
    return ran.stdout.decode("utf-8", "replace").rstrip()
